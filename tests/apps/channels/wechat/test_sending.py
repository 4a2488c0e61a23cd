"""Answers to WeChat: the token that all share, the windows, the codes, and what happens when something dies in between."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from keyue.channels.wechat.interface import Fault
from keyue.channels.wechat.kind import check
from keyue.channels.wechat.models import AccessToken
from keyue.channels.wechat.platform import WECHAT
from keyue.channels.wechat.sending import pieces
from keyue.conversations import actions
from keyue.conversations.enums import Delivery
from keyue.conversations.models import Channel, Conversation, Line
from keyue.kernel import clock
from keyue.kernel.errors import Refused
from keyue.ledger.facts import SYSTEM
from keyue.ledger.models import OutboxItem
from keyue.ui.uploads import Upload
from tests.apps.channels.vendors import Desk, Standin, send_all
from tests.apps.channels.wechat.conftest import USER, Customer
from tests.apps.channels.wechat.test_callbacks import PNG
from tests.support.crashing import at_once, die_at

SEND = "/cgi-bin/message/custom/send"
TOKENS = "/cgi-bin/stable_token"


def texts(standin: Standin) -> list[str]:
    return [entry["body"].get("text", {}).get("content", "") for entry in standin.taken(SEND)]


@pytest.mark.django_db
def test_an_answer_reaches_the_customer_once(customer: Customer, desk: Desk) -> None:
    customer.says("在吗")
    line = desk.answers(Conversation.objects.get(), "您好 <b>&")
    assert send_all().sent == 1
    assert send_all().sent == 0
    [entry] = customer.standin.taken(SEND)
    assert entry["body"] == {"touser": USER, "msgtype": "text", "text": {"content": "您好 <b>&"}}
    line.refresh_from_db()
    assert line.delivery == Delivery.SENT


@pytest.mark.django_db
def test_the_token_is_asked_for_once_kept_sealed_and_renewed_before_its_end(
    customer: Customer, desk: Desk, monkeypatch: Any
) -> None:
    customer.says("在吗")
    for turn in range(3):
        desk.answers(Conversation.objects.get(), f"第 {turn} 句")
        send_all()
    assert len(customer.standin.entries(TOKENS)) == 1
    row = AccessToken.objects.get()
    assert row.token and "token-1" not in row.token
    later = clock.now() + timedelta(hours=2) - timedelta(minutes=4)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert WECHAT.token(customer.channel) == "token-1"
    assert len(customer.standin.entries(TOKENS)) == 2


@pytest.mark.django_db
def test_a_token_that_somebody_else_made_worthless_is_renewed_and_the_answer_goes_out(
    customer: Customer, desk: Desk
) -> None:
    customer.says("在吗")
    WECHAT.token(customer.channel)
    customer.standin.tell("forget_token")
    desk.answers(Conversation.objects.get(), "您好")
    assert send_all().sent == 1
    assert [entry["body"]["force_refresh"] for entry in customer.standin.entries(TOKENS)] == [False, True]
    assert texts(customer.standin) == ["您好"]


@pytest.mark.django_db
def test_after_48_hours_nobody_may_write_and_after_five_answers(
    customer: Customer, desk: Desk, monkeypatch: Any
) -> None:
    customer.says("在吗")
    conversation = Conversation.objects.get()
    for turn in range(5):
        desk.answers(conversation, f"第 {turn + 1} 句")
    with pytest.raises(Refused, match="最多让发 5 条"):
        desk.answers(conversation, "第 6 句")
    customer.says("我还在", number=2)
    desk.answers(conversation, "第 6 句")
    at = clock.now() + timedelta(hours=48, minutes=1)
    monkeypatch.setattr(clock, "now", lambda: at)
    with pytest.raises(Refused, match="48 小时"):
        desk.answers(conversation, "太晚了")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("code", "word", "outcome"),
    [
        (45015, "48 小时", "given_up"),
        (45047, "最多让发 5 条", "given_up"),
        (43004, "取消关注", "given_up"),
        (48001, "权限", "given_up"),
        (-1, "繁忙", "put_off"),
        (45009, "次数用完", "put_off"),
        (99999, "99999", "put_off"),
    ],
)
def test_what_wechat_says_becomes_a_sentence(
    customer: Customer, desk: Desk, code: int, word: str, outcome: str
) -> None:
    customer.says("在吗")
    desk.answers(Conversation.objects.get(), "您好")
    customer.standin.misbehave(SEND, status=200, body={"errcode": code, "errmsg": "whatever"})
    assert getattr(send_all(), outcome) == 1
    assert word in OutboxItem.objects.get(kind="talk.line").last_error


@pytest.mark.django_db
def test_wrong_credentials_are_said_and_the_channel_shows_it(customer: Customer, desk: Desk) -> None:
    assert "都对" in check(customer.channel)
    AccessToken.objects.all().delete()
    for body, word in (({"errcode": 40125}, "AppSecret"), ({"errcode": 40164}, "白名单")):
        customer.standin.misbehave(TOKENS, status=200, body=body)
        with pytest.raises(Fault, match=word):
            check(Channel.objects.get(pk=customer.channel.pk))
    row = Channel.objects.get(pk=customer.channel.pk)
    assert row.failure == "refused"
    assert "都对" in check(row)
    assert Channel.objects.get(pk=customer.channel.pk).failing_since is None


@pytest.mark.django_db
def test_pictures_go_out_and_other_files_are_refused_with_a_word(customer: Customer, desk: Desk) -> None:
    customer.says("在吗")
    conversation = Conversation.objects.get()
    desk.answers(conversation, "请看图", Upload("图.png", PNG))
    assert send_all().sent == 1
    kinds = [entry["body"]["msgtype"] for entry in customer.standin.taken(SEND)]
    assert kinds == ["text", "image"]
    [upload] = customer.standin.taken("/cgi-bin/media/upload")
    assert upload["query"]["type"] == "image"
    desk.answers(conversation, "请看说明", Upload("说明.txt", b"x"))
    assert send_all().given_up == 1
    assert "说明.txt" in OutboxItem.objects.get(failed_at__isnull=False).last_error
    assert len(customer.standin.taken(SEND)) == 2


def test_long_texts_are_cut_where_a_sentence_ends() -> None:
    text = "第一句话。" * 400
    cut = pieces(text)
    assert "".join(cut) == text
    assert all(len(piece.encode()) <= 1_800 and piece.endswith("。") for piece in cut)
    assert pieces("𠮷" * 2_000)[0] == "𠮷" * 450
    assert pieces("") == []


# --- faults ---


@pytest.mark.django_db
def test_wechat_is_down_and_up_again(customer: Customer, desk: Desk, standin: Standin) -> None:
    customer.says("在吗")
    desk.answers(Conversation.objects.get(), "您好")
    standin.kill()
    assert send_all().put_off == 1
    standin.start()
    standin.tell("heard", user=USER)
    assert send_all(turns=2).sent == 1
    assert texts(standin) == ["您好"]


@pytest.mark.django_db
def test_what_was_sent_of_a_long_answer_is_not_sent_again(
    customer: Customer, desk: Desk, standin: Standin
) -> None:
    customer.says("在吗")
    text = "".join(f"第 {n} 句话说完了。" for n in range(300))
    desk.answers(Conversation.objects.get(), text)
    standin.misbehave(SEND, times=0)
    # the second part fails twice, then all is well
    first = {"n": 0}
    real = WECHAT.__class__.call

    def call(self: Any, channel: Channel, path: str, body: Any = None, **more: Any) -> Any:
        first["n"] += 1
        if first["n"] in {2, 3}:
            raise Fault("断了", 0)
        return real(self, channel, path, body, **more)

    import unittest.mock

    with unittest.mock.patch.object(WECHAT.__class__, "call", call):
        assert send_all().put_off == 1
        assert send_all(turns=2).put_off == 1
        assert send_all(turns=3).sent == 1
    assert "".join(texts(standin)) == text


@pytest.mark.django_db
def test_an_answer_whose_receipt_is_lost_may_come_twice(
    customer: Customer, desk: Desk, standin: Standin
) -> None:
    """WeChat's interface knows no identity of a message: this is the one case in which somebody reads a line twice."""
    customer.says("在吗")
    desk.answers(Conversation.objects.get(), "您好")
    standin.misbehave(SEND, after=True)
    assert send_all().put_off == 1
    assert send_all(turns=2).sent == 1
    assert texts(standin) == ["您好", "您好"]


def test_two_processes_ask_for_one_token(fresh_database: Any, standin: Standin) -> None:
    channel = _channel(standin)
    tokens = at_once(*[lambda: WECHAT.token(channel)] * 4)
    assert set(tokens) == {"token-1"}
    assert len(standin.entries(TOKENS)) == 1


def test_a_worker_that_dies_while_it_asks_for_a_token_keeps_nobody_from_it(
    fresh_database: Any, standin: Standin, monkeypatch: Any
) -> None:
    channel = _channel(standin)
    for moment in range(40):
        AccessToken.objects.all().delete()
        died = die_at(moment, lambda: WECHAT.token(channel))
        at = clock.now() + timedelta(seconds=21)
        with monkeypatch.context() as patched:
            patched.setattr(clock, "now", lambda at=at: at)
            assert WECHAT.token(channel).startswith("token-")
        if not died:
            break
    else:
        pytest.fail("it never came to its end")


def _channel(standin: Standin) -> Channel:
    from keyue.conversations.actions.keeping import ChannelPlan
    from tests.apps.channels.vendors import SECRET

    plan = ChannelPlan(
        "公众号",
        options={"app_id": "wx5823bf96d3bd56c7", "api": standin.url},
        secrets={"app_secret": SECRET, "token": "t"},
    )
    return actions.open_channel(kind="wechat", plan=plan, by=SYSTEM, at=clock.now())


def test_a_worker_that_dies_while_it_sends(fresh_database: Any, standin: Standin, home: Any) -> None:
    """At every moment: the line is sent, at most one time more than once, and never lost."""
    from keyue.conversations.actions._ground import Words
    from keyue.conversations.actions.receiving import Incoming
    from tests.journeys.world import found

    world = found(packs=())
    channel = _channel(standin)
    standin.tell("heard", user="u")
    moment = 0
    while True:
        incoming = Incoming(f"m{moment}", "u", "在吗")
        received = actions.receive(channel, incoming, by=SYSTEM, at=clock.now(), source="test")
        standin.tell("heard", user="u")
        line = actions.answer(
            conversation=received.conversation, words=Words(f"答 {moment}"), user=world.agent, at=clock.now()
        )
        died = die_at(moment, lambda: send_all())
        send_all(turns=3)
        line = Line.objects.get(pk=line.pk)
        assert line.delivery == Delivery.SENT, moment
        times = texts(standin).count(f"答 {moment}")
        assert 1 <= times <= 2, (moment, times)
        if not died:
            break
        moment += 3
    assert moment > 5
