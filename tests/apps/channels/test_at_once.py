"""Two at the same moment: one case, one score, one round."""

from __future__ import annotations

import threading
from collections.abc import Callable

from django.db import connection
from django.test import Client

from keyue.cases.models import Case, Message
from keyue.channels import actions
from keyue.channels.limits import Limit
from keyue.channels.models import RateWindow
from keyue.kernel import clock
from keyue.ledger.facts import SYSTEM
from keyue.ledger.models import Fact
from tests.apps.channels.conftest import Sender, form, read_receipt, to_assigned, to_told, token
from tests.journeys.world import found
from tests.support.databases import FreshDatabase


def at_once(*calls: Callable[[], object]) -> list[object]:
    """Run all at the same instant, each with a connection of its own."""
    barrier, results = threading.Barrier(len(calls)), [None] * len(calls)

    def run(n: int, call: Callable[[], object]) -> None:
        try:
            barrier.wait(20)
            results[n] = call()
        except Exception as error:
            results[n] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(n, call)) for n, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def test_a_double_click_is_one_case_and_both_see_the_same_receipt(fresh_database: FreshDatabase) -> None:
    found()
    carried = token()
    answers = at_once(*[lambda: Client().post("/feedback/", form(token=carried))] * 4)
    receipts = {read_receipt(answer) for answer in answers}  # type: ignore[arg-type]
    assert len(receipts) == 1
    assert Case.objects.count() == 1 and Message.objects.count() == 1
    assert Fact.objects.filter(kind="case.received").count() == 1
    assert Fact.objects.filter(kind="case.auto_ack").count() == 1


def test_one_word_one_score_one_new_round(fresh_database: FreshDatabase) -> None:
    world = found()
    sender = Sender(Client())
    number, code = sender.receipt()
    case = Case.objects.get()
    to_assigned(world, case)
    to_told(world, case)
    sender.follow(number, code)

    def twice(what: str, **data: str) -> list[int]:
        def call() -> int:
            browser = Client()
            browser.cookies = sender.client.cookies
            return browser.post(f"/feedback/progress/{number}/{what}/", data).status_code

        return sorted(at_once(call, call))  # type: ignore[type-var]

    assert twice("message", body="补充", once="same") == [303, 303]
    assert Message.objects.filter(body="补充").count() == 1
    assert twice("remind") == [303, 429]
    assert twice("rate", score="3") == [303, 409]
    assert Fact.objects.filter(kind="case.rated").count() == 1
    assert twice("answer", again="yes") == [303, 409]
    assert Case.objects.get().round == 2


def test_counts_lose_nothing(fresh_database: FreshDatabase) -> None:
    limit, at = Limit("test", 100, 600), clock.now()
    results = at_once(*[lambda: actions.take(limit, "a", by=SYSTEM, at=at)] * 8)
    assert results == [None] * 8
    assert RateWindow.objects.get().n == 8
