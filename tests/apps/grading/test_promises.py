"""What a grade is given runs: contacts, verifications and first responses by grade, as promises like any other."""

from __future__ import annotations

from datetime import timedelta

import pytest

from keyue.cases.actions.intake import Intake, register
from keyue.customers import actions as customers
from keyue.customers import freshness
from keyue.customers.actions.merging import merge
from keyue.customers.actions.notes import record_contact
from keyue.customers.actions.upkeep import verify_fields
from keyue.grading import actions, promising
from keyue.promises.models import Promise
from keyue.promises.verification import verify_promises
from keyue.regulations.selectors import editions_for
from tests.apps.customers.conftest import AT, BY

DAY = timedelta(days=1)
LATER = AT + 10 * DAY


def owed(customer, control: str) -> list[tuple[str, int | None]]:
    """The promises of one control about a customer: how they stand, and how many days they were given."""
    rows = Promise.objects.filter(
        subject_kind="customer", subject_id=customer.pk, regulation=promising.REGULATION, control=control
    )
    return [(row.state, (row.due - row.start).days if row.due else None) for row in rows.order_by("seq")]


def grade(customer, to: str | None, at):
    customer.refresh_from_db()
    customers.change_customer(customer=customer, changes={"grade": to}, by=BY, at=at)


@pytest.fixture
def ruled(applied):
    return applied()


def test_a_grade_begins_what_it_is_given(ruled, client_of, pass_to):
    customer = client_of(grade="B")
    assert owed(customer, "contacted") == [("pending", 30)]
    assert owed(customer, "verified") == [("pending", 90)]
    pass_to(LATER)
    grade(customer, "A", LATER)
    # the raised grade draws in what is open: 14 days from when it was raised
    [row] = Promise.objects.filter(subject_id=customer.pk, control="contacted")
    assert row.due.date() == (LATER + 14 * DAY).date() or row.due.date() == (LATER + 15 * DAY).date()
    assert not list(verify_promises(LATER))


def test_each_contact_begins_the_next_interval(ruled, client_of, pass_to):
    customer = client_of(grade="A")
    pass_to(LATER)
    record_contact(
        customer=customer, way="phone", contacted_at=LATER, staff=None, topics="扩容", by=BY, at=LATER
    )
    assert owed(customer, "contacted") == [("met", 14), ("pending", 14)]
    verify_fields(customer=customer, fields=["name"], how="phone", by=BY, at=LATER)
    assert owed(customer, "verified") == [("met", 90), ("pending", 90)]
    assert not list(verify_promises(LATER))


def test_a_grade_without_an_interval_ends_the_duty_and_another_begins_it_again(ruled, client_of, pass_to):
    customer = client_of(grade="A")
    pass_to(LATER)
    grade(customer, "D", LATER)
    assert owed(customer, "contacted") == [("cancelled", 14)]
    pass_to(LATER + DAY)
    grade(customer, "C", LATER + DAY)
    assert owed(customer, "contacted") == [("cancelled", 14), ("pending", 90)]
    assert owed(client_of(), "contacted") == []


def test_a_file_that_became_an_alias_owes_nothing_further(ruled, client_of):
    loser, into = client_of(grade="A"), client_of(grade="A")
    merge(loser=loser, into=into, by=BY, at=AT)
    assert owed(loser, "contacted") == [("cancelled", 14)]
    assert owed(into, "contacted") == [("pending", 14)]


def test_the_first_response_is_as_quick_as_the_grade_says(ruled, client_of):
    for given, hours in (("A", 2), ("C", 24), (None, None)):
        customer = client_of(grade=given)
        opinion = Intake(type="complaint", content="出水浑浊。", channel="phone", customer=customer)
        case = register(opinion, by=BY, at=AT, source="test").case
        rows = Promise.objects.filter(
            subject_kind="case", subject_id=case.pk, regulation=promising.REGULATION
        )
        assert [(row.due - row.start) / timedelta(hours=1) for row in rows] == ([hours] if hours else [])


def test_who_was_graded_before_is_begun_with_by_the_review(client_of, applied, pass_to):
    customer = client_of(grade="A")
    applied()
    assert owed(customer, "contacted") == []
    pass_to(AT + DAY)
    actions.start_due_run(now=AT + DAY)
    while actions.work_batch(now=AT + DAY):
        pass
    assert owed(customer, "contacted") == [("pending", 14)]
    assert not list(verify_promises(AT + DAY))


def test_a_later_standard_governs_what_begins_under_it(ruled, client_of, applied, pass_to):
    customer = client_of(grade="A")
    applied(when=LATER)
    found = [one for one in editions_for("customer") if one.regulation == promising.REGULATION]
    assert [one.effective for one in found] == [AT, LATER]
    assert owed(customer, "contacted") == [("pending", 14)]


def test_the_interval_of_verification_is_that_of_the_grade(ruled, client_of):
    customer = client_of(grade="A")
    interval = freshness.interval_of(customer, AT)
    assert interval is not None
    assert interval.regulation == promising.REGULATION
