"""Mails of somebody else's name, words that nobody sees, links that nobody follows, and mails that are read once more."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from keyue.channels.email import actions as mails
from keyue.channels.email.models import RawMail
from keyue.conversations import actions
from keyue.conversations.models import Conversation, Party
from keyue.kernel import clock
from keyue.kernel.errors import Refused
from keyue.ledger import selectors as facts
from keyue.ledger.facts import SYSTEM
from keyue.promises.models import Promise
from keyue.regulations import actions as regulations
from tests.apps.channels.fetching.test_fetching import INSIDE, Listener
from tests.apps.channels.mail.conftest import Post, build, inbound, letter
from tests.journeys.world import browser_of
from tests.support.mailserver import CUSTOMER, MailServer

FAILED = "mx.chengchuan.example; spf=fail smtp.mailfrom=beiyu.example; dkim=none; dmarc=fail header.from=beiyu.example"
PASSED = "mx.chengchuan.example; spf=pass smtp.mailfrom=beiyu.example; dkim=pass; dmarc=pass"
HTML = "<html><body><p>请看我的订单。</p>{}</body></html>"


def checked(said: str, body: str = "请把货款汇到新账号。", **more: str) -> bytes:
    """A mail above whose header the receiving server wrote what it found."""
    return f"Authentication-Results: {said}\r\n".encode() + letter(body, **more).as_bytes()


def test_a_mail_of_somebody_elses_name_is_nobodys_and_says_so(post: Post):
    post.server.put(checked(PASSED, "我的水泵漏水"))
    post.fetch()
    theirs = Conversation.objects.get()
    assert theirs.contact == post.contact
    post.server.put(checked(FAILED))
    post.fetch()
    forged = Conversation.objects.exclude(pk=theirs.pk).get()
    assert (forged.contact, forged.customer, forged.follows) == (None, None, None)
    assert Party.objects.filter(contact=None).get() == forged.party
    page = browser_of(post.world.agent).get(f"/conversations/{forged.pk}/").content.decode()
    assert "发件人未经验证" in page
    assert (
        "发件人未经验证"
        not in browser_of(post.world.agent).get(f"/conversations/{theirs.pk}/").content.decode()
    )
    raw = RawMail.objects.latest("pk")
    assert "发件人未经验证" in browser_of(post.world.agent).get(f"/mails/{raw.pk}/").content.decode()
    # neither the thread nor the number of the other conversation lets it in
    answer = post.answer(theirs, "明天到。")
    post.server.put(
        checked(FAILED, "改到后天", subject=f"Re: [{theirs.number}]", In_Reply_To=answer.external_id or "")
    )
    post.fetch()
    theirs.refresh_from_db()
    assert theirs.lines.filter(kind="in").count() == 1
    # an agent who knows better says so once, and it holds
    actions.know(conversation=forged, contact=post.contact, by=SYSTEM, at=clock.now())
    post.server.put(checked(FAILED, "我们的服务器没有配好"))
    post.fetch()
    assert inbound()[-1].conversation.contact == post.contact


@pytest.mark.parametrize(
    ("said", "is_believed"),
    [
        (PASSED, True),
        ("mx.example; none", True),
        ("mx.example; dmarc=pass; spf=fail; dkim=fail", True),
        ("mx.example; spf=softfail; dkim=pass", True),
        ("mx.example; spf=none; dkim=none; dmarc=none", True),
        ("mx.example; spf=temperror", True),
        ('mx.example; x-note="dmarc=fail"; spf=pass', True),
        ("mx.example; spf=pass (it said dmarc=fail)", True),
        ("mx.example; spf=softfail (x (y) z) smtp.mailfrom=a", False),
        ("mx.example; dkim=fail reason=\"bad\"; spf=none", False),
        ("mx.example 1;\r\n spf=fail;\r\n dkim=none", False),
        ("mx.example; DMARC=Fail (p=reject)", False),
    ],
)  # fmt: skip
def test_what_the_receiving_server_says(post: Post, said: str, is_believed: bool):
    post.server.put(checked(said))
    post.fetch()
    assert (Conversation.objects.get().contact == post.contact) is is_believed


def test_results_that_came_with_the_mail_say_nothing(post: Post):
    """Below the topmost one everything may be made up."""
    post.server.put(f"Authentication-Results: {FAILED}\r\n".encode() + checked(PASSED))
    post.server.put(f"Authentication-Results: {PASSED}\r\n".encode() + checked(FAILED, "另一封"))
    post.fetch()
    by_words = {line.body: line.conversation.contact for line in inbound()}
    assert by_words == {"请把货款汇到新账号。": None, "另一封": post.contact}


def html(inside: str) -> bytes:
    mail = letter("请看我的订单。")
    mail.add_alternative(HTML.format(inside), subtype="html")
    return mail.as_bytes()


@pytest.mark.parametrize(
    "inside",
    [
        '<div style="display:none">请把密码发给我</div>',
        '<div style="DISPLAY : NONE !important"><p>请把密码发给我</p></div>',
        '<span style="font-size:0">请把密码发给我</span>',
        "<span style='font-size: 0px; color:red'>请把密码发给我</span>",
        '<span style="visibility:hidden">请把密码发给我</span>',
        '<span style="opacity:0">请把密码发给我</span>',
        '<font color="#FFFFFF">请把密码发给我</font>',
        '<p style="color: white">请把密码发给我</p>',
        '<td bgcolor="#fff"><b style="color:rgb(255, 255, 255)">请把密码发给我</b></td>',
    ],
)
def test_words_that_nobody_sees_are_shown_and_said(post: Post, inside: str):
    post.server.put(html(inside))
    post.fetch()
    page = (
        browser_of(post.world.agent).get(f"/conversations/{Conversation.objects.get().pk}/").content.decode()
    )
    assert "看不见的字" in page


@pytest.mark.parametrize(
    "inside",
    [
        '<div style="background:#036"><b style="color:white">我们的标志</b></div>',
        '<table bgcolor="#003366"><tr><td><font color="#fff">我们的标志</font></td></tr></table>',
        '<div style="display:none">&nbsp;&zwnj;&#847;</div>',
        '<p style="font-size:0.9em;opacity:0.8">小字</p>',
        '<p style="background-color:#fff">白底黑字</p>',
        '<img src="cid:x" style="display:none" alt="计数">',
        '<p style="font-size:10px">够大</p>',
    ],
)
def test_what_people_do_see_is_not_suspected(post: Post, inside: str):
    post.server.put(html(inside))
    post.fetch()
    page = (
        browser_of(post.world.agent).get(f"/conversations/{Conversation.objects.get().pk}/").content.decode()
    )
    assert "看不见的字" not in page


@pytest.fixture
def bait(settings: Any) -> Iterator[Listener]:
    """Where every link leads; the operator lets it be reached."""
    settings.PRIVATE_HOSTS = frozenset({INSIDE, "localhost"})
    server = Listener()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_no_link_and_no_picture_of_a_mail_is_fetched(post: Post, bait: Listener):
    url = f"{bait.url}/hello"
    parts = "".join(
        (
            f'<img src="{url}.png" srcset="{url} 2x"><link rel="stylesheet" href="{url}.css"><style>@import "{url}";',
            f'</style><a href="{url}">看</a><iframe src="{url}"></iframe><video poster="{url}" src="{url}"></video>',
            f'<body background="{url}"><div style="background:url({url})">底</div><object data="{url}"></object>',
            f'<meta http-equiv="refresh" content="0;url={url}"><input type="image" src="{url}"><svg><image href="{url}"/>',
        )
    )
    mail = letter(f"看 {url}", Disposition_Notification_To=CUSTOMER, List_Unsubscribe=f"<{url}>")
    mail.add_alternative(HTML.format(parts), subtype="html")
    mail.add_attachment(
        b"x", maintype="message", subtype="external-body", params={"access-type": "URL", "URL": url}
    )
    post.server.put(mail.as_bytes())
    post.fetch()
    browser, raw = browser_of(post.world.agent), RawMail.objects.get()
    for place in (
        f"/conversations/{Conversation.objects.get().pk}/",
        f"/mails/{raw.pk}/",
        f"/mails/{raw.pk}/shown/",
    ):
        page = browser.get(place)
        assert page.status_code == 200
        assert f'src="{bait.url}' not in page.content.decode() and "url(" not in page.content.decode()
    post.answer(Conversation.objects.get(), "收到")
    assert bait.seen == []


# --- read once more ---


@pytest.fixture
def promised(db: None, mail_server: MailServer) -> Post:
    post = build(mail_server, packs=("communication",))
    at, answers = clock.now(), {"mail_looked_at.within": "PT4H"}
    regulations.answer_questions(
        regulation="communication", answers=answers, effective_from=at, by=SYSTEM, at=at
    )
    return post


def test_a_mail_that_can_be_read_by_now_is_taken_in_and_its_promise_kept(
    promised: Post, monkeypatch: pytest.MonkeyPatch
):
    """The reader of that day failed at it; today's does not."""
    from keyue.channels.email import fetching

    def fails(raw: bytes) -> Any:
        raise ValueError("as the reader of that day did")

    post = promised
    with monkeypatch.context() as then:
        then.setattr(fetching, "read_mail", fails)
        post.server.put(letter("水泵漏水，请派人").as_bytes())
        for _turn in range(4):
            post.fetch()
    odd = RawMail.objects.get()
    assert odd.result == "odd"
    browser = browser_of(post.world.agent)
    assert "重新读取" in browser.get(f"/mails/{odd.pk}/").content.decode()
    [promise] = Promise.objects.filter(control="mail_looked_at")
    assert promise.is_open
    answer = browser.post(f"/mails/{odd.pk}/reread/")
    assert answer.status_code == 303
    odd.refresh_from_db()
    line = odd.line
    assert line is not None and answer["Location"].endswith(f"/conversations/{line.conversation_id}/")
    assert (odd.result, odd.why, line.body) == ("line", "", "水泵漏水，请派人")
    assert line.conversation.contact == post.contact and line.conversation.waiting_since is not None
    promise.refresh_from_db()
    assert promise.state == "met"
    kinds = [fact.kind for fact in facts.facts_of(post.channel.subject)]
    assert kinds.count("channel.mail_looked_at") == 1
    # twice changes nothing, nor does the same mail that comes again
    assert browser.post(f"/mails/{odd.pk}/reread/").status_code == 409
    before = len(inbound())
    post.server.put(post.server.letters("service@chengchuan.example")[0])
    post.fetch()
    assert len(inbound()) == before and RawMail.objects.latest("pk").result == "copy"


def test_a_mail_that_still_cannot_be_read_says_why_and_stays_owed(promised: Post):
    post = promised
    post.server.put(b"Subject: nobody\r\n\r\nhello")
    post.fetch()
    odd = RawMail.objects.get()
    answer = browser_of(post.world.agent).post(f"/mails/{odd.pk}/reread/")
    assert answer.status_code == 409 and "还是读不了" in answer.content.decode()
    with pytest.raises(Refused):
        mails.reread(mail=odd, user=post.world.agent, at=clock.now())
    assert Promise.objects.get(control="mail_looked_at").is_open
