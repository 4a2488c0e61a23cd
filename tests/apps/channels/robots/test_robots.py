"""Group robots: which notices, in which form, signed, quiet at night, and not too many a minute."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from keyue.channels.robots import formats
from keyue.channels.robots.notices import gather
from keyue.channels.webhook import actions
from keyue.channels.webhook.actions.outlets import OutletPlan
from keyue.channels.webhook.enums import OutletKind
from keyue.channels.webhook.models import Outlet, Push
from keyue.kernel import clock
from keyue.ledger.facts import SYSTEM
from keyue.people import actions as people
from keyue.people.models import User
from keyue.promises import actions as promises
from keyue.promises.enums import NoticeKind
from tests.apps.channels.vendors import SECRET, Desk, Standin, send_all
from tests.journeys.world import browser_of

PATHS = {
    OutletKind.WECOM: "/cgi-bin/webhook/send?key=k1",
    OutletKind.DINGTALK: "/robot/send?access_token=t1",
    OutletKind.FEISHU: "/open-apis/bot/v2/hook/h1",
}
# a Tuesday morning in Shanghai, and the night after it
MORNING = datetime(2026, 3, 17, 2, 0, tzinfo=UTC)
NIGHT = datetime(2026, 3, 17, 16, 0, tzinfo=UTC)


@pytest.fixture
def now(monkeypatch: Any) -> Any:
    moment = {"at": MORNING}
    monkeypatch.setattr(clock, "now", lambda: moment["at"])

    def set_to(at: datetime) -> datetime:
        moment["at"] = at
        return at

    return set_to


def robot(
    standin: Standin, kind: OutletKind = OutletKind.WECOM, department: str = "service", *, quiet: bool = True
) -> Outlet:
    plan = OutletPlan(
        str(kind.label),
        standin.url + PATHS[kind],
        secret=SECRET,
        department=department,
        wants=[NoticeKind.REMIND.value, NoticeKind.UNDELIVERED.value],
        is_quiet_at_night=quiet,
    )
    return actions.open_outlet(kind=kind, plan=plan, by=SYSTEM, at=clock.now())


def tell(user: User, text: str, kind: NoticeKind = NoticeKind.UNDELIVERED) -> None:
    promises.tell(key=f"test:{text}", kind=kind, at=clock.now(), to_user_id=user.pk, detail={"text": text})


def said(standin: Standin, kind: OutletKind = OutletKind.WECOM) -> list[str]:
    entries = [e for e in standin.entries(PATHS[kind].partition("?")[0]) if e["status"] == 200]
    good = [e for e in entries if (e["answer"] or {}).get("errcode", (e["answer"] or {}).get("code")) == 0]
    return [
        e["body"]["content"]["text"] if kind == OutletKind.FEISHU else e["body"]["text"]["content"]
        for e in good
    ]


def later(now: Any, **span: float) -> datetime:
    return now(clock.now() + timedelta(**span))


# --- forms and signatures ---


def test_dingtalks_published_signature() -> None:
    """The published sample is of the sign-in interface, whose text to sign is the timestamp alone: the same HMAC-SHA256 in
    base64. A robot signs the timestamp, a newline and the secret."""
    import base64
    import hashlib
    import hmac

    sample = base64.b64encode(hmac.new(b"testappSecret", b"1546084445901", hashlib.sha256).digest()).decode()
    assert sample == "HCbG3xNE3vzhO+u7qCUL1jS5hsu2n5r2cFhnTrtyDAE="
    text = b"1546084445901\ntestappSecret"
    expected = base64.b64encode(hmac.new(b"testappSecret", text, hashlib.sha256).digest()).decode()
    assert formats.dingtalk_sign("testappSecret", "1546084445901") == expected


def test_feishu_signs_nothing_under_timestamp_and_secret() -> None:
    import base64
    import hashlib
    import hmac

    key = b"1599360473\nsecret"
    expected = base64.b64encode(hmac.new(key, b"", hashlib.sha256).digest()).decode()
    assert formats.feishu_sign("secret", "1599360473") == expected


def test_texts_are_cut_between_lines_by_bytes() -> None:
    text = "\n".join(f"· 第 {n} 条提醒" for n in range(500))
    cut = formats.shortened(text, 2_000)
    assert len(cut.encode()) <= 2_000 and cut.endswith("\n…") and "�" not in cut
    assert formats.shortened("短", 10) == "短"
    assert len(formats.shortened("字" * 1000, 100).encode()) <= 100


@pytest.mark.parametrize("code", [45009, 93000, 1, None, "x"])
def test_what_a_robot_says_is_a_sentence(code: object) -> None:
    assert formats.fault_of(OutletKind.WECOM, {"errcode": code, "errmsg": "m"})
    assert formats.fault_of(OutletKind.WECOM, [])
    assert not formats.fault_of(OutletKind.WECOM, {"errcode": 0})
    assert not formats.fault_of(OutletKind.FEISHU, {"StatusCode": 0})


# --- notices ---


@pytest.mark.django_db
@pytest.mark.parametrize("kind", list(PATHS))
def test_notices_of_a_department_stand_in_its_group_in_one_message(
    desk: Desk, standin: Standin, now: Any, kind: OutletKind
) -> None:
    # the platforms look at the clock themselves
    now(datetime.fromtimestamp(time.time(), UTC))
    robot(standin, kind, quiet=False)
    tell(desk.agent, "第一件")
    tell(desk.agent, "第二件")
    tell(desk.world.engineer, "别的部门的事")
    tell(desk.agent, "没有选的种类", NoticeKind.ASSIGNED)
    later(now, minutes=1)
    gather(clock.now())
    assert send_all().sent == 1
    [text] = said(standin, kind)
    assert "第一件" in text and "第二件" in text
    assert "别的部门" not in text and "没有选" not in text
    gather(clock.now())
    later(now, minutes=5)
    gather(clock.now())
    assert send_all().sent == 0
    assert Push.objects.count() == 2


@pytest.mark.django_db
def test_what_came_up_within_half_a_minute_waits_for_its_company(
    desk: Desk, standin: Standin, now: Any
) -> None:
    robot(standin)
    tell(desk.agent, "刚才的事")
    gather(clock.now())
    assert Push.objects.count() == 0
    later(now, seconds=31)
    gather(clock.now())
    assert Push.objects.count() == 1


@pytest.mark.django_db
def test_at_night_it_is_quiet_and_in_the_morning_all_is_said(desk: Desk, standin: Standin, now: Any) -> None:
    robot(standin)
    now(NIGHT)
    tell(desk.agent, "夜里的事")
    later(now, minutes=5)
    gather(clock.now())
    assert Push.objects.count() == 0
    now(datetime(2026, 3, 17, 23, 1, tzinfo=UTC))
    gather(clock.now())
    assert send_all().sent == 1
    assert "夜里的事" in said(standin)[0]


@pytest.mark.django_db
def test_many_notices_take_several_messages_and_none_is_lost(desk: Desk, standin: Standin, now: Any) -> None:
    robot(standin)
    for n in range(45):
        tell(desk.agent, f"第{n:02d}件事")
    later(now, minutes=3)
    for _turn in range(4):
        gather(clock.now())
        send_all()
        later(now, seconds=30)
    texts = said(standin)
    assert len(texts) == 3
    assert all(any(f"第{n:02d}件事" in text for text in texts) for n in range(45))


@pytest.mark.django_db
def test_more_than_twenty_a_minute_wait(desk: Desk, standin: Standin, now: Any) -> None:
    robot(standin)
    for n in range(25):
        tell(desk.agent, f"第{n:02d}件事")
        later(now, seconds=31)
        gather(clock.now())
    done = send_all()
    assert (done.sent, done.put_off) == (20, 5)
    assert len(standin.entries("/cgi-bin/webhook/send")) == 20
    later(now, minutes=2)
    # for the stand-in no minute has passed
    standin.kill()
    standin.start()
    assert send_all().sent == 5


@pytest.mark.django_db
def test_a_robot_that_says_too_fast_or_gone_is_tried_again(desk: Desk, standin: Standin, now: Any) -> None:
    robot(standin)
    tell(desk.agent, "要紧的事")
    later(now, minutes=1)
    gather(clock.now())
    standin.misbehave("/cgi-bin/webhook/send", status=200, body={"errcode": 45009, "errmsg": "freq"})
    assert send_all().put_off == 1
    assert "每分钟最多 20 条" in Push.objects.get().said
    later(now, minutes=1)
    assert send_all().sent == 1


@pytest.mark.django_db
def test_a_robot_with_another_secret_says_so(desk: Desk, standin: Standin, now: Any) -> None:
    row = robot(standin, OutletKind.DINGTALK)
    plan = OutletPlan(row.name, secret="other", department="service", wants=["undelivered"])
    actions.change_outlet(outlet=row, plan=plan, by=SYSTEM, at=clock.now())
    tell(desk.agent, "要紧的事")
    later(now, minutes=1)
    gather(clock.now())
    assert send_all().put_off == 1
    assert "签名" in Push.objects.get().said


@pytest.mark.django_db
def test_an_administrator_enters_a_robot_and_tries_it(desk: Desk, standin: Standin) -> None:
    user = people.create_staff(username="sys", name="秦系安", by=SYSTEM, at=clock.now())
    people.grant_role(user=user, role="system_administrator", by=SYSTEM, at=clock.now())
    User.objects.update(must_change_password=False)
    browser = browser_of(User.objects.get(pk=user.pk))
    form = {
        "name": "客服群", "address": standin.url + PATHS[OutletKind.FEISHU], "secret": SECRET,
        "department": "service", "wants": ["escalate"], "is_quiet_at_night": "on",
    }  # fmt: skip
    assert "加签密钥" in browser.get("/settings/outlets/new/feishu/").content.decode()
    assert "加签密钥" not in browser.get("/settings/outlets/new/wecom/").content.decode()
    assert browser.post("/settings/outlets/new/feishu/", form).status_code == 303
    row = Outlet.objects.get()
    answer = browser.post(f"/settings/outlets/{row.pk}/try/", follow=True)
    assert "对方已收下" in answer.content.decode()
    assert "试发" in said(standin, OutletKind.FEISHU)[0]
    stored = json.dumps(list(Outlet.objects.values()), default=str)
    assert "open-apis" not in stored and SECRET not in stored
    assert isinstance(browser, Client)
