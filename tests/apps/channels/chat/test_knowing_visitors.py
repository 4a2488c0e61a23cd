"""Who is at a window: a stranger, somebody whom the company's page vouches for, somebody who left an address."""

from __future__ import annotations

import base64
import hmac
import json
from datetime import timedelta
from typing import Any

import pytest

from keyue.channels.chat.hours import described, is_open
from keyue.channels.chat.jobs import mail_the_absent
from keyue.channels.chat.setup import setup_of
from keyue.channels.chat.tokens import read_identity
from keyue.conversations import actions
from keyue.conversations.actions._ground import Words
from keyue.conversations.actions.receiving import Incoming
from keyue.conversations.models import Conversation, Party
from keyue.customers import actions as customers
from keyue.customers.models import Contact
from keyue.kernel.errors import Denied
from keyue.ledger.actions import deliver
from keyue.ledger.facts import SYSTEM, Actor
from keyue.ledger.models import Fact
from tests.apps.channels.chat.conftest import SECRET, Chat

pytestmark = pytest.mark.django_db
MAIL = "zhou.xubai@example.com"


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def signed(claims: dict[str, Any], *, secret: str = SECRET, alg: str = "HS256") -> str:
    head = f"{part({'alg': alg, 'typ': 'JWT'})}.{part(claims)}"
    mark = hmac.new(secret.encode(), head.encode(), "sha256").digest()
    return f"{head}.{base64.urlsafe_b64encode(mark).rstrip(b'=').decode()}"


@pytest.fixture
def contact(chat: Chat) -> Contact:
    customer = customers.create_customer(
        kind="organisation", name="北屿文旅", contact_name="周叙白", phone="13812346027", email=MAIL, source="phone",
        legal_basis="contract", by=SYSTEM, at=chat.now.at,
    )  # fmt: skip
    return customer.contacts.get()


def claims(chat: Chat, **more: Any) -> dict[str, Any]:
    return {"sub": "user-7", "exp": int((chat.now.at + timedelta(hours=1)).timestamp()), **more}


def test_the_example_of_the_standard_is_read() -> None:
    """RFC 7515, A.1: its key is no text, so the same is signed here with one; the encoding is the standard's own."""
    from datetime import UTC, datetime

    at = datetime(2011, 3, 22, tzinfo=UTC)
    token = signed({"sub": "joe", "exp": 1300819380})
    assert read_identity(token, SECRET, at).user == "joe"
    with pytest.raises(Denied, match="过期"):
        read_identity(token, SECRET, datetime(2011, 3, 23, tzinfo=UTC))


def test_a_named_visitor_is_the_same_everywhere_and_known(chat: Chat, contact: Contact) -> None:
    phone, desk = chat.visitor(), chat.visitor()
    token = signed(claims(chat, email=MAIL, name="周叙白"))
    phone.begin(identity=token)
    phone.says("你好", identity=token)
    assert [line["text"] for line in desk.begin(identity=token)["lines"]] == ["你好"]
    talk = phone.talk
    assert talk.contact == contact and Party.objects.get().known == "address"
    assert Fact.objects.filter(kind="conversation.opened").count() == 1
    # what they said by mail before and say in chat now is one conversation
    mail = actions.open_channel(
        kind="email",
        plan=actions.keeping.ChannelPlan("邮箱", department="service"),
        by=SYSTEM,
        at=chat.now.at,
    )
    incoming = Incoming(external_id="<1@x>", handle=MAIL, body="接着说")
    received = actions.receive(mail, incoming, by=Actor("customer", "mail"), at=chat.now.at, source="email")
    assert received.conversation == talk
    # and the window shows what was said at the window, not the mail
    assert [line["text"] for line in desk.begin(identity=token)["lines"]] == ["你好"]


def test_whoever_signs_out_leaves_nothing_behind(chat: Chat, contact: Contact) -> None:
    visitor = chat.visitor()
    token = signed(claims(chat, email=MAIL))
    visitor.begin(identity=token)
    visitor.says("我的订单", identity=token)
    after = visitor.begin()
    assert after["lines"] == [] and after["other"] is True


@pytest.mark.parametrize(
    "change",
    [
        {"secret": "another-secret-of-32-signs-or-more-x"},
        {"alg": "none"},
        {"alg": "HS512"},
    ],
)
def test_forged_names_are_refused(chat: Chat, change: dict[str, str]) -> None:
    answer = chat.visitor().call("begin", {"identity": signed(claims(chat), **change)})
    assert answer.status_code == 403 and "签名" in answer.json()["said"]


@pytest.mark.parametrize(
    "broken", [{"exp": 1}, {"exp": "soon"}, {"sub": ""}, {"sub": 7}, {"nbf": 9_999_999_999}]
)
def test_names_that_are_no_good_are_refused(chat: Chat, broken: dict[str, Any]) -> None:
    assert chat.visitor().call("begin", {"identity": signed(claims(chat, **broken))}).status_code == 403


def test_nonsense_for_a_name_is_refused(chat: Chat) -> None:
    for text in ("x", "a.b.c", "..", "é.é.é", "[].[].[]", "x" * 5000):
        assert chat.visitor().call("begin", {"identity": text}).status_code == 403


def test_who_leaves_an_address_is_known_by_it_and_that_can_be_taken_back(
    chat: Chat, contact: Contact
) -> None:
    visitor = chat.visitor()
    visitor.says("你好")
    assert visitor.talk.contact is None
    assert visitor.send("x", email="not an address").status_code == 422
    visitor.says("请回电", email=f" {MAIL.upper()} ")
    talk = visitor.talk
    assert talk.contact == contact and Party.objects.get().known == "said"
    actions.unknow(conversation=talk, by=Actor("staff", "1"), at=chat.now.at)
    visitor.says("再说一次", email=MAIL)
    assert visitor.talk.contact is None


def test_outside_the_hours_it_says_so_and_mails_the_answer(chat: Chat, mailbox: Any) -> None:
    chat.setup(hours="own", own_hours="08:00-22:00")
    chat.now.at += timedelta(hours=14)  # midnight
    visitor = chat.visitor()
    assert "今天 08:00" in visitor.begin()["closed"]
    visitor.says("滤芯漏水了", email=MAIL)
    assert Fact.objects.filter(kind="conversation.callback_agreed").count() == 1
    chat.now.at += timedelta(hours=9)
    assert visitor.begin()["closed"] == ""
    line = actions.answer(
        conversation=visitor.talk, words=Words("今天上午上门"), user=chat.world.agent, at=chat.now.at
    )
    for _ in range(2):
        chat.now.pass_(minutes=4)
        mail_the_absent(chat.now.at)
        deliver(now=chat.now.at)
    [letter] = mailbox.to(MAIL)
    assert "今天上午上门" in letter.text
    line.refresh_from_db()
    assert line.detail["mailed"]


def test_who_has_read_it_gets_no_mail(chat: Chat, mailbox: Any) -> None:
    visitor = chat.visitor()
    visitor.says("你好", email=MAIL)
    line = actions.answer(
        conversation=visitor.talk, words=Words("您好"), user=chat.world.agent, at=chat.now.at
    )
    visitor.call("read", {"upto": line.pk})
    chat.now.pass_(minutes=4)
    assert mail_the_absent(chat.now.at) == 0


def test_hours_are_the_company_s_own_or_the_window_s(chat: Chat) -> None:
    always, own = (
        setup_of({"hours": "always"}),
        setup_of({"hours": "own", "own_hours": "08:00-12:00, 14:00-18:00"}),
    )
    noon = chat.now.at.replace(hour=5)  # 13:00 in Shanghai
    assert is_open(always, noon) and described(always, noon) == ""
    assert not is_open(own, noon) and "今天 14:00" in described(own, noon)
    late = chat.now.at.replace(hour=11)
    assert "明天 08:00" in described(own, late)
    sunday = chat.now.at + timedelta(days=5)
    assert not is_open(setup_of({}), sunday)
    assert Conversation.objects.count() == 0
