"""The bench of the archive on few customers: it ends, and compares only what is alike."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from keyue.customers.models import Customer
from keyue.operations.bench import customers, measuring

FEW = 30


def bench_of(
    monkeypatch: pytest.MonkeyPatch, small: Mapping[str, Any], large: Mapping[str, Any]
) -> measuring.Measure:
    """What the list comes to where both sizes answer so."""
    bench = measuring.Bench(
        Path(), measuring.QUICK, "sqlite", "", lambda text: None, customers=measuring.QUICK_CUSTOMERS
    )
    answers = dict(zip(bench.customers, (small, large), strict=True))
    monkeypatch.setattr(measuring.Bench, "_archive", lambda self, size, part: answers[size])
    bench._customer_pages()
    [measure] = bench.measures
    return measure


def page(median: float, rows: int) -> dict[str, Any]:
    return {"median": median, "rows": rows}


def test_a_page_that_is_not_full_is_not_compared(monkeypatch: pytest.MonkeyPatch):
    small = {"all.-": page(30, 25), "seller.王": page(10, 3)}
    measure = bench_of(monkeypatch, small, {"all.-": page(33, 25), "seller.王": page(40, 25)})
    assert (round(measure.value, 2), measure.met) == (1.1, True)
    assert "not compared" in measure.note
    assert "'seller.王': [3, 25]" in measure.note


def test_where_every_page_is_full_all_count_and_where_none_is_nothing_was_measured(
    monkeypatch: pytest.MonkeyPatch,
):
    small = {"all.-": page(30, 25), "seller.王": page(10, 25)}
    measure = bench_of(monkeypatch, small, {"all.-": page(33, 25), "seller.王": page(16, 25)})
    assert (measure.value, measure.met) == (1.6, False)
    assert "not compared" not in measure.note
    assert not bench_of(monkeypatch, {"all.-": page(30, 3)}, {"all.-": page(30, 25)}).met


@pytest.mark.sqlite
def test_an_archive_of_few_is_built_and_measured(fresh_database):
    assert customers.ensure(FEW) is True
    assert Customer.objects.count() == FEW
    assert customers.ensure(FEW) is False
    listed = customers.pages()
    assert listed["all.-"]["rows"] == 25
    assert listed["seller.-"]["rows"] < 25
    found = customers.search()
    assert found["slowest"] > 0 and found["ratio"] > 0
    # a department without any customer has no page to measure
    Customer.objects.filter(department="d07").update(department="d08", account_manager=None)
    tabs = customers.files()
    assert {name.split(".")[0] for name in tabs} == {"all"}
    assert max(tab["queries"] for tab in tabs.values()) <= measuring.CUSTOMER_QUERIES
