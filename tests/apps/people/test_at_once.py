"""What happens when two do the same thing at the same moment: one wins, the other is told."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connections

from keyue.kernel import clock
from keyue.kernel.errors import Invalid
from keyue.people import actions, authentication, selectors, totp
from keyue.people.models import User
from tests.apps.people.conftest import PASSWORD, SYSTEM
from tests.support.databases import FreshDatabase

AT = clock.now() - timedelta(minutes=10)


def at_once(*jobs: Callable[[], object]) -> list[object]:
    """Run each in a thread of its own; what each returned, or the exception it raised."""
    results: list[object] = [None] * len(jobs)
    barrier = threading.Barrier(len(jobs))

    def run(number: int, job: Callable[[], object]) -> None:
        barrier.wait()
        try:
            results[number] = job()
        except Exception as error:
            results[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=item) for item in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.fixture
def li(fresh_database: FreshDatabase) -> User:
    return actions.create_staff(
        username="li.qiang", name="李强", password=PASSWORD, must_change_password=False, by=SYSTEM, at=AT
    )


def test_one_code_two_browsers(li: User):
    secret = totp.new_secret()
    step = totp.step_of(AT)
    actions.set_up_code(
        user=li, secret=secret, code=totp.code_at(secret, step - 1), phone_at=AT, by=SYSTEM, at=AT
    )
    code = totp.code_at(secret, step)

    def use() -> object:
        return actions.use_code(user=li, code=code, phone_at=AT, by=SYSTEM, at=AT)

    assert sorted(map(str, at_once(use, use, use))) == ["None", "None", "totp"]


def test_one_recovery_code_two_browsers(li: User):
    secret = totp.new_secret()
    code = totp.code_at(secret, totp.step_of(AT))
    codes = actions.set_up_code(user=li, secret=secret, code=code, phone_at=AT, by=SYSTEM, at=AT)

    def use() -> object:
        return actions.use_code(user=li, code=codes[0], phone_at=AT, by=SYSTEM, at=AT)

    assert sorted(map(str, at_once(use, use))) == ["None", "recovery_code"]


def test_one_name_for_a_post_and_a_department(fresh_database: FreshDatabase):
    company = actions.create_department(code="company", name="公司", by=SYSTEM, at=AT)
    results = at_once(
        lambda: actions.create_post(code="quality", name="质量岗", by=SYSTEM, at=AT),
        lambda: actions.create_department(code="quality", name="质量部", parent=company, by=SYSTEM, at=AT),
    )
    assert sum(isinstance(result, Invalid) for result in results) == 1
    assert selectors.code_conflicts() == []


def test_guesses_sent_together_are_all_counted(li: User):
    def guess() -> object:
        return authentication.attempt("li.qiang", "wrong", at=AT).outcome.value

    assert set(map(str, at_once(*[guess] * 5))) == {"wrong"}
    assert authentication.attempt("li.qiang", PASSWORD, at=AT).outcome is authentication.Outcome.LOCKED
