"""What is pushed to other systems: which facts, signed how, again and again until taken, and from the log once more."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from keyue.channels.webhook import actions, facts, jobs
from keyue.channels.webhook.actions.outlets import OutletPlan
from keyue.channels.webhook.enums import OutletKind, PushState
from keyue.channels.webhook.models import Outlet, Push
from keyue.channels.webhook.selectors import keys_of
from keyue.channels.webhook.signing import is_signed
from keyue.kernel import clock
from keyue.kernel.errors import Invalid, Refused
from keyue.ledger import actions as ledger
from keyue.ledger.facts import SYSTEM
from keyue.ledger.models import Fact
from keyue.people import actions as people
from keyue.people.models import User
from tests.apps.channels.vendors import Desk, Standin, send_all
from tests.apps.channels.webhook.conftest import System
from tests.journeys.world import browser_of

pytestmark = pytest.mark.django_db
WANTS = ("conversation.opened", "conversation.asked", "conversation.answered")


def outlet_to(standin: Standin, name: str = "工单系统", wants: tuple[str, ...] = WANTS) -> Outlet:
    plan = OutletPlan(name, f"{standin.url}/sink/{name}", wants=wants)
    made = actions.open_outlet(kind=OutletKind.HOOK, plan=plan, by=SYSTEM, at=clock.now())
    actions.make_secret(outlet=made, by=SYSTEM, at=clock.now())
    return Outlet.objects.get(pk=made.pk)


def gather() -> None:
    facts.gather(clock.now())


def test_facts_are_pushed_signed_and_without_a_word_of_the_customer(system: System, standin: Standin) -> None:
    outlet = outlet_to(standin)
    system.says("我的电话 13812346027，浊度超标")
    gather()
    assert send_all().sent == 2
    entries = standin.entries("/sink")
    assert [entry["headers"]["keyue-event"] for entry in entries] == [
        "conversation.opened",
        "conversation.asked",
    ]
    for entry in entries:
        fact = Fact.objects.get(uid=entry["body"]["id"])
        body = entry["body"]
        assert body["kind"] == fact.kind == entry["headers"]["keyue-event"]
        assert body["subject"]["kind"] == "conversation"
        assert body["subject"]["number"].startswith("HH-")
        assert body["data"] == fact.data
        assert "13812346027" not in entry["raw"] and "浊度" not in entry["raw"]
        head = entry["headers"]
        keys = keys_of(outlet).working(clock.now())
        assert is_signed(keys, head["keyue-timestamp"], head["keyue-signature"], entry["raw"].encode())
    assert set(Push.objects.values_list("state", "status", "tries")) == {("sent", 200, 1)}


def test_what_was_before_and_what_is_not_wanted_is_not_pushed(system: System, standin: Standin) -> None:
    system.says("以前的", id="m-0")
    outlet_to(standin, wants=("conversation.answered",))
    system.says("现在的", id="m-1")
    gather()
    assert Push.objects.count() == 0


def test_collecting_again_collects_nothing_twice(system: System, standin: Standin) -> None:
    outlet = outlet_to(standin)
    system.says("在")
    gather()
    Outlet.objects.filter(pk=outlet.pk).update(cursor=0)
    gather()
    gather()
    assert Push.objects.filter(what="conversation.asked").count() == 1


def test_a_system_that_is_down_gets_it_when_it_is_up(system: System, standin: Standin) -> None:
    outlet_to(standin)
    system.says("在")
    gather()
    standin.kill()
    assert send_all().put_off == 2
    assert {push.state for push in Push.objects.all()} == {PushState.WAITING}
    assert "连不上" in Push.objects.first().said
    standin.start()
    assert send_all(turns=2).sent == 2
    assert len(standin.entries("/sink")) == 2
    assert set(Push.objects.values_list("state", "tries")) == {("sent", 2)}


def test_a_push_that_was_taken_without_a_word_comes_again_with_the_same_id(
    system: System, standin: Standin
) -> None:
    """At least once: the receiver knows it by its id."""
    outlet_to(standin, wants=("conversation.asked",))
    system.says("在")
    gather()
    standin.misbehave("/sink", after=True)
    assert send_all().put_off == 1
    assert send_all(turns=2).sent == 1
    first, second = (entry["body"] for entry in standin.entries("/sink"))
    assert first["id"] == second["id"]
    assert first["delivery"] == second["delivery"]


def test_what_is_given_up_stands_in_the_log_and_is_pushed_from_there(
    system: System, standin: Standin
) -> None:
    outlet = outlet_to(standin, wants=("conversation.asked",))
    system.says("在")
    gather()
    standin.misbehave("/sink", times=12, status=500)
    assert send_all(turns=12).given_up == 1
    jobs.report_given_up(clock.now())
    push = Push.objects.get()
    assert (push.state, push.tries, push.status) == (PushState.FAILED, 12, 500)
    actions.replay(push=push, by=SYSTEM, at=clock.now())
    assert send_all().sent == 1
    push.refresh_from_db()
    assert (push.state, push.turn) == (PushState.SENT, 2)
    kinds = list(Fact.objects.filter(stream__kind="outlet").order_by("id").values_list("kind", flat=True))
    assert kinds == ["outlet.opened", "outlet.secret_made", "outlet.replayed"]
    # and once more by hand, although it arrived
    actions.replay(push=push, by=SYSTEM, at=clock.now())
    with pytest.raises(Refused, match="等着推送"):
        actions.replay(push=push, by=SYSTEM, at=clock.now())
    assert send_all().sent == 1
    assert [entry["body"]["turn"] for entry in standin.entries("/sink")][-2:] == [2, 3]
    assert outlet.is_open


def test_one_that_says_gone_is_not_asked_again(system: System, standin: Standin) -> None:
    outlet_to(standin, wants=("conversation.asked",))
    system.says("在")
    gather()
    standin.misbehave("/sink", status=410)
    assert send_all().given_up == 1


def test_a_redirect_is_no_receipt(system: System, standin: Standin) -> None:
    outlet_to(standin, wants=("conversation.asked",))
    system.says("在")
    gather()
    standin.misbehave("/sink", status=302)
    assert send_all().put_off == 1
    assert Push.objects.get().status == 302


def test_a_closed_outlet_gets_nothing_more(system: System, standin: Standin) -> None:
    outlet = outlet_to(standin, wants=("conversation.asked",))
    system.says("在")
    gather()
    actions.close_outlet(outlet=outlet, by=SYSTEM, at=clock.now())
    assert send_all().given_up == 1
    system.says("又", id="m-2", sender="u-2")
    gather()
    assert Push.objects.count() == 1
    assert standin.entries("/sink") == []
    with pytest.raises(Refused):
        actions.replay(push=Push.objects.get(), by=SYSTEM, at=clock.now())


def test_two_secrets_sign_for_a_day(system: System, standin: Standin, monkeypatch: Any) -> None:
    outlet = outlet_to(standin, wants=("conversation.asked",))
    old = keys_of(outlet).secret
    new = actions.make_secret(outlet=outlet, by=SYSTEM, at=clock.now())
    system.says("在")
    gather()
    send_all()
    [entry] = standin.entries("/sink")
    head, raw = entry["headers"], entry["raw"].encode()
    for secret in (old, new):
        assert is_signed([secret], head["keyue-timestamp"], head["keyue-signature"], raw)
    at = clock.now()
    outlet.refresh_from_db()
    assert keys_of(outlet).working(at + timedelta(days=2)) == [new]


@pytest.mark.parametrize(
    ("plan", "at_fault"),
    [
        (OutletPlan("", "https://example.invalid/", wants=WANTS), {"name", "address"}),
        (OutletPlan("甲", "", wants=WANTS), {"address"}),
        (OutletPlan("甲", "http://169.254.169.254/", wants=()), {"address", "wants"}),
        (OutletPlan("甲", "ftp://example.com", wants=WANTS), {"address"}),
    ],
)
def test_what_is_wrong_with_an_outlet_is_said(db: None, plan: OutletPlan, at_fault: set[str]) -> None:
    with pytest.raises(Invalid) as error:
        actions.open_outlet(kind=OutletKind.HOOK, plan=plan, by=SYSTEM, at=clock.now())
    assert set(error.value.fields) == at_fault
    assert Outlet.objects.count() == 0


# --- the pages ---


@pytest.fixture
def administrator(desk: Desk) -> Client:
    at = clock.now()
    user = people.create_staff(username="sys", name="秦系安", must_change_password=False, by=SYSTEM, at=at)
    people.grant_role(user=user, role="system_administrator", by=SYSTEM, at=at)
    User.objects.update(must_change_password=False)
    return browser_of(User.objects.get(pk=user.pk))


def test_an_administrator_sets_one_up_tries_it_and_reads_its_log(
    administrator: Client, system: System, standin: Standin
) -> None:
    form = {"name": "工单系统", "address": f"{standin.url}/sink/one", "wants": ["conversation.asked"]}
    assert administrator.get("/settings/outlets/new/hook/").status_code == 200
    answer = administrator.post("/settings/outlets/new/hook/", form, follow=True)
    assert "已启用" in answer.content.decode()
    row = Outlet.objects.get()
    url = f"/settings/outlets/{row.pk}/"
    assert form["address"] not in administrator.get(url).content.decode()
    shown = administrator.post(f"{url}secret/").content.decode()
    assert keys_of(Outlet.objects.get()).secret in shown
    assert keys_of(Outlet.objects.get()).secret not in administrator.get(url).content.decode()
    assert "对方已收下" in administrator.post(f"{url}try/", follow=True).content.decode()
    assert standin.entries("/sink/one")[0]["body"]["kind"] == "ping"
    system.says("在")
    gather()
    send_all()
    assert "已推送" in administrator.get(url).content.decode()
    push = Push.objects.get()
    answer = administrator.post(f"{url}replay/{push.pk}/", follow=True)
    assert "已排队" in answer.content.decode()
    assert "还没有推送过" in administrator.get(f"{url}?state=failed").content.decode()
    assert "1" in administrator.get("/settings/outlets/").content.decode()


def test_a_change_without_an_address_keeps_it_and_two_at_once_are_told(
    administrator: Client, standin: Standin
) -> None:
    row = outlet_to(standin)
    url = f"/settings/outlets/{row.pk}/"
    form = {"name": "新名", "address": "", "wants": ["case.closed"], "rev": row.rev}
    assert administrator.post(url, form).status_code == 303
    late = administrator.post(url, {**form, "name": "又改"})
    assert late.status_code == 409
    assert "刚被别人改过" in late.content.decode()
    row.refresh_from_db()
    assert (row.name, row.wants) == ("新名", ["case.closed"])
    assert "对方已收下" in administrator.post(f"{url}try/", follow=True).content.decode()


def test_bad_input_on_the_page_is_said_and_kept(administrator: Client) -> None:
    form = {"name": "内网的", "address": "http://10.0.0.1/x", "wants": ["case.closed"]}
    answer = administrator.post("/settings/outlets/new/hook/", form)
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "KEYUE_PRIVATE_HOSTS" in text and "内网的" in text
    assert administrator.get("/settings/outlets/new/nonsense/").status_code == 404
    assert administrator.get("/settings/outlets/999/").status_code == 404


# --- callbacks that could not be read ---


def test_an_unread_callback_is_kept_shown_and_read_again(administrator: Client, system: System) -> None:
    raw = json.dumps({"id": "m", "sender": {"id": "u"}, "text": "后来读懂了"}).encode()
    for _turn in range(3):
        kept = actions.keep_unread(
            channel=system.channel, raw=raw, fault="ValueError", by=SYSTEM, at=clock.now()
        )
    page = administrator.get(f"/settings/channels/{system.channel.pk}/").content.decode()
    assert page.count("再读一次") == 1
    assert raw.hex() not in kept.raw
    answer = administrator.post(f"/settings/callbacks/{kept.pk}/read/", follow=True)
    assert "读懂了" in answer.content.decode()
    kept.refresh_from_db()
    assert kept.handled_at is not None and kept.raw == ""
    from keyue.conversations.models import Line

    assert Line.objects.get().body == "后来读懂了"
    bad = actions.keep_unread(channel=system.channel, raw=b"{}", fault="x", by=SYSTEM, at=clock.now())
    administrator.post(f"/settings/callbacks/{bad.pk}/read/", follow=True)
    bad.refresh_from_db()
    assert bad.handled_at is None
    administrator.post(f"/settings/callbacks/{bad.pk}/aside/", follow=True)
    bad.refresh_from_db()
    assert bad.handled_at is not None


def test_the_secret_of_a_channel_is_shown_once(administrator: Client, system: System) -> None:
    url = f"/settings/channels/{system.channel.pk}/"
    assert "换一个密钥" in administrator.get(url).content.decode()
    shown = administrator.post(f"{url}secret/").content.decode()
    system.channel.refresh_from_db()
    from keyue.channels.webhook.selectors import channel_keys

    assert channel_keys(system.channel).secret in shown
    assert channel_keys(system.channel).secret not in administrator.get(url).content.decode()


def test_the_outbox_of_others_is_left_alone(db: None) -> None:
    """Only messages of outlets are noted as given up."""
    from django.db import transaction

    with transaction.atomic():
        ledger.enqueue(kind="mail.case", key="x", payload={}, at=clock.now())
    assert jobs.report_given_up(clock.now()) == 0
