"""A customer who is erased is gone from their cases too; what was done, and when, can still be proven."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection

from keyue.cases.actions.files import Upload, path_of
from keyue.cases.actions.telling import receive
from keyue.cases.codes import code_opens
from keyue.cases.models import Attachment, Case, Message
from keyue.cases.search import containing
from keyue.channels.email.sending import send_case_mail
from keyue.customers import actions as customers
from keyue.kernel import clock
from keyue.ledger.actions import Undeliverable
from keyue.ledger.facts import SYSTEM, Actor
from keyue.ledger.selectors import facts_of
from keyue.ledger.verification import verify_ledger
from keyue.promises.models import Promise
from keyue.promises.verification import verify_promises
from tests.apps.cases.conftest import Desk

pytestmark = pytest.mark.django_db
OURS = b"%PDF-1.4\nwho complains"
SHARED = b"%PDF-1.4\nthe same price list"


def cells() -> Iterator[tuple[str, str]]:
    """Every value of every table as text; the search index's own innards hold no rows of ours."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if "casetext_fts_" not in table:
                cursor.execute(f'SELECT * FROM "{table}"')
                for row in cursor.fetchall():
                    for value in row:
                        yield (
                            table,
                            value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value),
                        )


def holding(*words: str) -> set[str]:
    return {table for table, text in cells() if any(word in text for word in words)}


@pytest.fixture
def case(desk: Desk) -> Case:
    """A case with all that a customer may leave behind: texts, files, whom we spoke to, sealed reasons."""
    case = desk.complaint(uploads=[Upload("周叙白的合同.pdf", OURS), Upload("报价.pdf", SHARED)])
    desk.to_assigned(case, collaborators=("quality",))
    world = desk.world
    desk.act(world.agent, case, "reply", via="mail", body="周主任您好，明天到场")
    desk.act(world.agent, case, "reply", via="call", body="已电话说明", spoke_to="周叙白")
    desk.act(world.supervisor, case, "reassign", lead="quality", reason="周主任要求换人")
    receive(
        case.pk,
        body="浊度又高了",
        via="portal",
        by=Actor("customer", "portal"),
        at=clock.now(),
        source="portal",
    )
    return case


def erase(case: Case) -> None:
    customers.erase(customer=case.customer, reason="requested", by=SYSTEM, at=clock.now())


def test_nothing_of_what_was_said_is_left(desk: Desk, case: Case, django_capture_on_commit_callbacks):
    assert containing("浊度") == [case.pk]
    assert holding("浊度", "周叙白", "周主任")
    with django_capture_on_commit_callbacks(execute=True):
        erase(case)
    assert holding("浊度", "周叙白", "周主任", "13800006027", "zhou@example.com") == set()
    case.refresh_from_db()
    assert (case.title, case.content) == ("（个人信息已删除）", "")
    assert containing("浊度") == []
    # by its number it is still found
    assert containing(case.number[-6:]) == [case.pk]
    assert not Message.objects.filter(case=case, erased_at=None).exists()
    assert not path_of(Attachment.objects.filter(message__case=case).first().sha256).exists()


def test_what_was_done_can_still_be_proven(desk: Desk, case: Case):
    before = [fact.id for fact in facts_of(case.subject)]
    promised = list(Promise.objects.order_by("pk").values_list("control", "state"))
    erase(case)
    after = facts_of(case.subject)
    assert [fact.id for fact in after][: len(before)] == before
    assert after[-1].kind == "case.erased"
    assert list(verify_ledger()) == []
    assert list(verify_promises(clock.now())) == []
    rows = Promise.objects.order_by("pk").values_list("control", "state")
    assert list(rows) == promised


def test_a_file_that_another_case_holds_too_stays_for_it(
    desk: Desk, case: Case, django_capture_on_commit_callbacks
):
    other = desk.complaint(name="沈自明", phone="13900001234", email="", uploads=[Upload("报价.pdf", SHARED)])
    with django_capture_on_commit_callbacks(execute=True):
        erase(case)
    kept = Attachment.objects.get(message__case=other)
    assert (kept.name, kept.erased_at) == ("报价.pdf", None)
    assert path_of(kept.sha256).read_bytes() == SHARED
    other.refresh_from_db()
    assert other.content
    assert containing("浊度") == [other.pk]


def test_files_stay_where_the_erasure_fails(desk: Desk, case: Case, monkeypatch):
    digest = Attachment.objects.filter(message__case=case).first().sha256
    monkeypatch.setattr("keyue.cases.actions.erasing.index_text", lambda *rest: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        erase(case)
    case.refresh_from_db()
    assert case.content
    assert path_of(digest).exists()


def test_what_was_not_yet_sent_is_not_sent_any_more(desk: Desk, case: Case):
    message = Message.objects.get(case=case, via="mail")
    erase(case)
    with pytest.raises(Undeliverable):
        send_case_mail({"message": message.pk, "case": case.pk}, message.outbox_key)


def test_the_way_back_is_closed_and_the_work_goes_on(desk: Desk):
    registered = desk.registered()
    case = registered.case
    desk.to_assigned(case)
    erase(case)
    case.refresh_from_db()
    assert not code_opens(case, registered.code)
    # reasons are sealed under the case's own key from now on
    desk.act(desk.world.supervisor, case, "reassign", lead="quality", reason="换部门办完")
    desk.act(desk.world.agent, case, "withdraw", via="call", spoke_to="周叙白", note="自己解决了，不用来了")
    case.refresh_from_db()
    assert not case.is_open


def test_erasing_again_does_what_is_left(desk: Desk, case: Case):
    erase(case)
    kinds = [fact.kind for fact in facts_of(case.subject)]
    # as after a restore that brought a text back
    Message.objects.filter(case=case).update(body="浊度", erased_at=None)
    erase(case)
    assert holding("浊度") == set()
    assert [fact.kind for fact in facts_of(case.subject)] == kinds


def test_pages_of_an_erased_customer_s_case_stand(desk: Desk, case: Case, as_user):
    erase(case)
    browser = as_user(desk.world.supervisor)
    for address in ("/cases/", f"/cases/{case.number}/", f"/cases/{case.number}/?tab=ledger"):
        page = browser.get(address)
        assert page.status_code == 200
        assert "个人信息已删除" in page.content.decode()
