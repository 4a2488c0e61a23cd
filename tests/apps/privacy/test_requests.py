"""Requests for rights: each step, its promises, and what may not be answered how."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, datetime, timedelta

import pytest

from keyue.customers.sealed import opened
from keyue.kernel.errors import Denied, Invalid, NotFound, Refused
from keyue.ledger.models import AccessEntry, Fact, OutboxItem
from keyue.privacy import actions, holdings, selectors
from keyue.privacy.models import RightRequest
from keyue.privacy.package import package_of
from keyue.privacy.sealed import code_of_request
from keyue.privacy.sealed import opened as opened_here
from keyue.promises.actions import publish_calendar
from keyue.promises.models import Promise
from keyue.regulations.actions import adopt_pack
from keyue.worktime.holidays import chinese_calendar
from tests.journeys.world import WEEKLY

from .conftest import AT, BY, EMAIL, PHONE, PNG, PORTAL, kinds, last

SHOWN = "138 1234 6027"
RULED = {
    "request_accepted.within": "3 working days",
    "copy_given.within": "15 working days",
    "data_corrected.within": "15 working days",
    "deleted_on_request.within": "15 working days",
    "use_stopped.within": "PT24H",
}


@pytest.fixture
def ruled(at):
    """The privacy pack in force, with its own proposals."""
    publish_calendar(
        definition=chinese_calendar((2025, 2026), WEEKLY),
        by=BY,
        at=datetime(2025, 1, 1, tzinfo=UTC),
        source="test",
    )
    before = at - timedelta(days=9)
    adopt_pack(pack="privacy", effective_from=before, answers=RULED, by=BY, at=before)


def promises(request):
    return {row.control: row.state for row in Promise.objects.filter(triggered_by=request.uid)}


def test_a_request_is_a_fact_with_promises_of_its_own(ruled, ask, person, staff):
    request = ask("access")
    assert last(person, "customer.right_requested").data == {
        "request": request.number,
        "right": "access",
        "person": str(request.contact_id),
        "via": "portal",
        "by_relative": False,
    }
    # the record of the request is complete at once, the two limits run
    assert promises(request) == {
        "request_logged": "met",
        "request_accepted": "pending",
        "copy_given": "pending",
    }
    actions.accept_request(request=request, user=staff.agent, at=AT)
    assert promises(request)["request_accepted"] == "met"
    actions.hand_over(request=request, user=staff.officer, at=AT)
    assert promises(request)["copy_given"] == "met"
    found = selectors.promises_of([request])[request.pk]
    assert {row.control for row in found} == {"request_logged", "request_accepted", "copy_given"}


def test_two_requests_are_promised_apart(ruled, ask, staff):
    first, second = ask("access"), ask("correction")
    actions.accept_request(request=second, user=staff.officer, at=AT)
    assert promises(first)["request_accepted"] == "pending"
    assert promises(second) == {
        "request_logged": "met",
        "request_accepted": "met",
        "data_corrected": "pending",
    }


def test_nobody_is_taken_up_before_it_is_known_who_asks(ask, staff):
    request = ask("access", identity="", via="call")
    with pytest.raises(Invalid, match="核验身份"):
        actions.accept_request(request=request, user=staff.agent, at=AT)
    accepted = actions.accept_request(request=request, user=staff.agent, at=AT, identity="callback")
    assert (accepted.step, accepted.identity) == ("accepted", "callback")


def test_what_is_missing_is_said_once_and_the_request_goes_on(ask, staff, person):
    request = ask("correction")
    missing = actions.say_missing(
        request=request, missing="请补充新号码的实名证明。", user=staff.agent, at=AT
    )
    assert missing.step == "missing" and "实名" not in missing.missing
    assert last(person, "customer.right_accepted").data == {"request": request.number, "missing": "documents"}
    assert actions.accept_request(request=missing, user=staff.agent, at=AT).step == "accepted"


def test_a_correction_changes_the_file_and_answers(ask, staff, person, own):
    request = actions.accept_request(request=ask("correction"), user=staff.officer, at=AT)
    with pytest.raises(Refused, match="没有改动"):
        actions.correct_and_answer(
            request=request, changes={"phone": PHONE}, answer="", user=staff.officer, at=AT
        )
    done = actions.correct_and_answer(
        request=request, changes={"phone": "13912340000"}, answer="", user=staff.officer, at=AT
    )
    own.refresh_from_db()
    assert opened([own])[0].phone == "+8613912340000"
    assert (done.step, done.outcome) == ("answered", "done")
    assert kinds(person)[-2:] == ["customer.contact_changed", "customer.right_answered"]


def test_a_refusal_has_a_ground_and_another_approver(ask, staff, person):
    request = actions.accept_request(request=ask("explanation"), user=staff.officer, at=AT)
    with pytest.raises(Invalid, match="选择理由"):
        actions.answer_request(
            request=request, outcome="refused", answer="不能提供。", user=staff.officer, at=AT
        )
    with pytest.raises(Invalid, match="答复"):
        actions.answer_request(
            request=request, outcome="refused", answer=" ", ground="secrecy", user=staff.officer, at=AT
        )
    proposed = actions.answer_request(
        request=request,
        outcome="refused",
        answer="涉及商业秘密。",
        ground="secrecy",
        user=staff.officer,
        at=AT,
    )
    assert proposed.step == "proposed" and "customer.right_answered" not in kinds(person)
    with pytest.raises(Denied):
        actions.approve_answer(request=proposed, user=staff.officer, at=AT)
    back = actions.return_answer(request=proposed, why="先问法务。", user=staff.supervisor, at=AT)
    assert (back.step, back.outcome) == ("accepted", "")
    again = actions.answer_request(
        request=back,
        outcome="partly",
        answer="只能说明评分办法。",
        ground="secrecy",
        user=staff.officer,
        at=AT,
    )
    answered = actions.approve_answer(request=again, user=staff.supervisor, at=AT)
    assert answered.step == "answered"
    fact = last(person, "customer.right_answered")
    assert fact.data == {
        "request": request.number,
        "outcome": "partly",
        "reason": "secrecy",
        "approved_by": str(staff.supervisor.pk),
    }
    assert opened_here([answered], "answer") == [{"answer": "只能说明评分办法。"}]
    with pytest.raises(Refused):
        actions.approve_answer(request=answered, user=staff.supervisor, at=AT)


@pytest.mark.parametrize("right", ["deletion", "copy", "access", "portability"])
def test_nothing_is_called_done_that_was_not_done(ask, staff, right):
    request = actions.accept_request(request=ask(right), user=staff.officer, at=AT)
    with pytest.raises(Refused):
        actions.answer_request(request=request, outcome="done", answer="好了", user=staff.officer, at=AT)


def test_a_withdrawal_is_answered_once_the_consents_are_withdrawn(ask, own, staff, marketing):
    consent = actions.give_consent(contact=own, purpose=marketing, via="call", by=BY, at=AT)
    request = actions.accept_request(request=ask("withdrawal", via="call"), user=staff.officer, at=AT)
    with pytest.raises(Refused, match="没撤回"):
        actions.answer_request(request=request, outcome="done", answer="已撤回", user=staff.officer, at=AT)
    actions.withdraw_consent(consent=consent, via="call", by=BY, at=AT)
    done = actions.answer_request(request=request, outcome="done", answer="已撤回", user=staff.officer, at=AT)
    assert done.step == "answered"


def test_relatives_bring_a_proof_of_kinship(ask, person):
    with pytest.raises(Invalid, match="关系证明"):
        ask("access", person="relative")
    request = ask("access", person="relative", via="visit", paper=actions.Upload("户口簿.png", PNG))
    fact = last(person, "customer.right_requested")
    assert fact.data["by_relative"] is True and fact.data["kinship_proof"] == str(request.proof_id)


def test_the_steps_come_in_their_order(ask, staff):
    request = ask("access")
    with pytest.raises(Refused):
        actions.hand_over(request=request, user=staff.officer, at=AT)
    with pytest.raises(Refused):
        actions.approve_answer(request=request, user=staff.supervisor, at=AT)
    actions.accept_request(request=request, user=staff.agent, at=AT)
    with pytest.raises(Refused):
        actions.say_missing(request=request, missing="晚了", user=staff.agent, at=AT)


def test_the_package_is_fetched_once_and_the_look_is_recorded(ask, staff, person):
    request = actions.accept_request(request=ask("copy"), user=staff.officer, at=AT)
    link = actions.hand_over(request=request, user=staff.officer, at=AT)
    text = selectors.link_of(link)
    assert selectors.hand_over_of(text, AT).pk == link.pk
    for wrong in (text[:-1], text[:-1] + "?", "x.y", link.uid.hex, f"{link.uid.hex}."):
        with pytest.raises(NotFound):
            selectors.hand_over_of(wrong, AT)
    with pytest.raises(NotFound):
        selectors.hand_over_of(text, AT + timedelta(days=7))
    actions.take_package(link=link, by=PORTAL, at=AT)
    with pytest.raises(NotFound):
        selectors.hand_over_of(text, AT)
    with pytest.raises(Refused):
        actions.take_package(link=link, by=PORTAL, at=AT)
    entry = AccessEntry.objects.get(subject_ref=str(person.pk))
    assert (entry.what, entry.purpose, entry.actor_kind) == (
        f"contact/{request.contact_id}:all",
        "rights",
        "customer",
    )


def test_the_package_holds_everything_about_the_person_and_nothing_about_others(
    ask, own, person, company, staff, marketing
):
    from keyue.customers.actions import reveal

    actions.give_consent(contact=own, purpose=marketing, via="portal", by=PORTAL, at=AT)
    reveal(contact=own, fields=["phone"], purpose="contact", by=BY, at=AT)
    ask("correction")
    with zipfile.ZipFile(io.BytesIO(package_of(person, own, AT))) as package:
        held = json.loads(package.read("data.json"))["held"]
        page = package.read("index.html").decode()
    assert {"contacts", "file", "consents", "requests", "looks"} <= held.keys()
    assert held["contacts"]["rows"][0]["phone"] == SHOWN and held["contacts"]["rows"][0]["email"] == EMAIL
    assert held["consents"]["rows"][0]["text"] == "用手机号和邮箱给您发活动通知，保存一年。"
    assert held["requests"]["rows"][0]["what"] == "请更正电话"
    assert held["looks"]["rows"][0]["purpose"] == "联系客户"
    assert SHOWN in page and "请更正电话" in page
    _first, second = company.contacts.order_by("pk").select_related("customer")
    content = package_of(company, second, AT)
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        text = package.read("data.json").decode() + package.read("index.html").decode()
    assert "沈确" in text and "方以宁" not in text and "13900001111" not in text


def test_other_rooms_add_to_the_package(own, person, monkeypatch):
    monkeypatch.setattr(holdings, "_rooms", dict(holdings._rooms))
    extra = holdings.Holding("visits", "走访", {"place": "地点"}, [{"place": "3 号楼"}])
    holdings.register("visits", lambda customer, contact, at: [extra])
    holdings.register("nothing", lambda customer, contact, at: [holdings.Holding("none", "无", {"a": "甲"})])
    keys = [one.key for one in holdings.held_about(person, own, AT)]
    assert "visits" in keys and "none" not in keys


def test_mail_is_told_of_by_ids_alone_and_only_to_an_address_on_file(ask, make, staff):
    request = ask("access")
    [item] = OutboxItem.objects.all()
    assert item.kind == "mail.privacy" and item.payload == {"request": request.pk, "what": "received"}
    silent = make(name="许知远", phone="13700001111", email="")
    contact = silent.contacts.select_related("customer").get()
    actions.register_request(contact=contact, right="access", via="call", by=BY, at=AT)
    assert OutboxItem.objects.count() == 1


def test_a_request_is_followed_with_number_and_code(ask):
    request = ask("access")
    code = code_of_request(request.uid)
    assert (
        selectors.request_by_code(request.number.lower(), f" {code[:4]}-{code[4:]} ".lower()).pk == request.pk
    )
    said = set()
    for number, typed in ((request.number, "22222222"), ("QY-99999", code), ("", ""), ("QY-x", code)):
        with pytest.raises(NotFound) as refused:
            selectors.request_by_code(number, typed)
        said.add(str(refused.value))
    assert len(said) == 1


def test_who_may_not_see_the_customer_does_not_see_the_request(ask, staff):
    request = ask("access")
    assert selectors.request_for(staff.agent, request.pk).pk == request.pk
    for act in (
        lambda: selectors.request_for(staff.worker, request.pk),
        lambda: selectors.request_for(staff.officer, request.pk + 1),
    ):
        with pytest.raises(NotFound):
            act()
    assert selectors.requests_page(staff.worker) == ([], "")


def test_the_queue_comes_page_by_page(ask, staff):
    made = [ask("access", at=AT - timedelta(minutes=n)) for n in range(5)]
    seen, cursor = [], ""
    while True:
        rows, cursor = selectors.requests_page(staff.officer, cursor=cursor, size=2)
        seen += [row.pk for row in rows]
        if not cursor:
            break
    assert seen == [row.pk for row in made]
    with pytest.raises(Invalid):
        selectors.requests_page(staff.officer, cursor="nowhere")
    actions.accept_request(request=made[0], user=staff.officer, at=AT)
    assert [row.pk for row in selectors.requests_page(staff.officer, step="accepted")[0]] == [made[0].pk]
    assert selectors.requests_page(staff.officer, right="copy")[0] == []


def test_no_fact_holds_what_was_said(ask, staff):
    request = ask("correction", what="我叫周叙白，电话错了")
    actions.say_missing(request=request, missing="周先生请补证明", user=staff.agent, at=AT)
    text = "".join(str(fact.data) for fact in Fact.objects.all())
    assert "周" not in text
    assert "周" not in str(RightRequest.objects.values().get())
