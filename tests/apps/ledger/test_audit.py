"""What the auditor reads: by index, however much there is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.db.models import QuerySet

from keyue.ledger import actions, selectors
from keyue.ledger.events import LEDGER
from keyue.ledger.facts import SYSTEM, Actor, Draft, Subject

AT = datetime(2026, 11, 22, 2, tzinfo=UTC)
LI, CHEN = Actor("staff", "7"), Actor("staff", "8")
CASE, ACCOUNT = Subject("case", "1"), Subject("user", "9")


def plan(rows: QuerySet) -> str:
    """How the database finds the first page."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            # a handful of rows is scanned whole, or sorted, where an index would do
            for other in ("seqscan", "bitmapscan", "sort"):
                cursor.execute(f"SET LOCAL enable_{other} = off")
    return rows[:50].explain()


def note(subject: Subject, kind: str, by: Actor, minutes: int) -> None:
    actions.record(subject, [Draft(kind)], by=by, at=AT + timedelta(minutes=minutes), source="test")


@pytest.mark.django_db
def test_what_administrators_did_without_the_facts_of_everyday_work():
    note(CASE, "case.received", LI, 0)
    note(ACCOUNT, "user.created", LI, 1)
    note(ACCOUNT, "user.role_granted", CHEN, 2)
    note(Subject("customer", "3"), "customer.created", LI, 3)
    note(Subject("regulation", "feedback"), "regulation.edition_approved", LI, 4)

    def kinds(**chosen: object) -> list[str]:
        return [fact.kind for fact in selectors.administrative_facts(**chosen)]

    assert kinds() == ["regulation.edition_approved", "user.role_granted", "user.created"]
    assert kinds(by=LI) == ["regulation.edition_approved", "user.created"]
    assert kinds(kind="user.created") == ["user.created"]
    newest, granted, _created = selectors.administrative_facts()
    assert kinds(since=granted.recorded_at, until=newest.recorded_at) == ["user.role_granted"]
    assert [fact.kind for fact in selectors.facts_about(ACCOUNT)] == ["user.role_granted", "user.created"]
    assert selectors.subjects_of([newest]) == {newest.stream_id: Subject("regulation", "feedback")}


@pytest.mark.django_db
def test_the_trail_by_person_thing_kind_and_time():
    def look(by: Actor, subject: Subject, minutes: int) -> None:
        at = AT + timedelta(minutes=minutes)
        actions.record_access(
            by=by, subject=subject, what=f"phone{minutes}", purpose="contact", via="web", at=at
        )

    look(LI, CASE, 0)
    look(CHEN, CASE, 1)
    look(LI, Subject("customer", "1"), 2)

    def seen(**chosen: object) -> list[str]:
        return [entry.what for entry in selectors.accesses(**chosen)]

    assert seen() == ["phone2", "phone1", "phone0"]
    assert seen(by=LI) == ["phone2", "phone0"]
    assert seen(subject=CASE) == ["phone1", "phone0"]
    assert seen(kind="customer") == ["phone2"]
    assert seen(since=AT + timedelta(minutes=1), until=AT + timedelta(minutes=2)) == ["phone1"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("rows", "index"),
    [
        (lambda: selectors.administrative_facts(), "audited_fact"),
        (lambda: selectors.administrative_facts(since=AT, until=AT), "audited_fact"),
        (lambda: selectors.administrative_facts(by=LI, until=AT), "audited_fact_by_actor"),
        (lambda: selectors.administrative_facts(kind="user.created"), "audited_fact_of_kind"),
        (lambda: selectors.accesses(since=AT), "access_at"),
        (lambda: selectors.accesses(by=LI, until=AT), "access_of_actor"),
        (lambda: selectors.accesses(subject=CASE), "access_to_subject"),
        (lambda: selectors.accesses(kind="case"), "access_of_kind"),
    ],
)
def test_every_page_is_read_in_the_order_of_an_index(rows, index):
    found = plan(rows())
    assert index in found, found
    assert "TEMP B-TREE" not in found and "Sort" not in found, found


@pytest.mark.django_db
def test_that_the_ledger_was_verified_is_a_fact():
    assert selectors.last_verification() is None
    actions.note_verification(problems=0, sample=None, by=SYSTEM, at=AT)
    actions.note_verification(problems=2, sample=50, by=SYSTEM, at=AT + timedelta(hours=1))
    last = selectors.last_verification()
    assert last is not None and last.data == {"problems": 2, "sample": 50}


@pytest.mark.django_db
def test_taking_audit_records_along_is_a_fact_and_a_trace():
    actions.note_audit_export(what="trail", rows=12, purpose="internal_audit", by=LI, at=AT)
    [fact] = selectors.facts_about(LEDGER)
    assert (fact.kind, fact.data["rows"], fact.by) == ("ledger.audit_exported", 12, LI)
    [trace] = selectors.accesses_of(LEDGER)
    assert (trace.what, trace.purpose, trace.via) == ("trail:12", "internal_audit", "export")
