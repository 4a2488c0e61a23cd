"""Automatic mails, bounces, mails from ourselves, mails about cases, mails that cannot be read, and hostile ones."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from django.test import Client

from keyue.cases.actions import telling
from keyue.cases.actions.intake import Intake, register
from keyue.cases.actions.telling import Word
from keyue.channels.email import actions as mails
from keyue.channels.email import fetching
from keyue.channels.email.models import RawMail
from keyue.conversations import actions
from keyue.conversations.enums import Delivery
from keyue.conversations.models import Conversation, Line
from keyue.customers import actions as customers
from keyue.customers import erasure
from keyue.kernel import clock
from keyue.kernel.errors import NotFound, Refused
from keyue.ledger import actions as ledger
from keyue.ledger import selectors as facts
from keyue.ledger.facts import SYSTEM, Actor
from keyue.ledger.models import OutboxItem
from keyue.promises.models import Notice
from tests.apps.channels.mail.conftest import Post, inbound, letter, results
from tests.journeys.world import browser_of
from tests.support.mailserver import CUSTOMER, GONE, OTHER, SALES, SERVICE


def deliver() -> None:
    from datetime import timedelta

    ledger.deliver(now=clock.now() + timedelta(seconds=1))


def channel_facts(post: Post) -> list[str]:
    return [fact.kind for fact in facts.facts_of(post.channel.subject)]


# --- machines ---


def test_an_automatic_reply_is_kept_and_asks_for_nothing(post: Post):
    post.arrives(letter())
    post.fetch()
    talk = Conversation.objects.get()
    post.answer(talk, "明天上门。")
    post.arrives(letter("我在休假。", subject="自动回复：水泵漏水", Auto_Submitted="auto-replied"))
    post.fetch()
    talk.refresh_from_db()
    assert inbound()[-1].detail["automatic"] is True
    assert talk.waiting_since is None


def test_a_machine_is_never_answered_by_a_machine(post: Post):
    post.arrives(letter("我在休假。", subject="自动回复", Auto_Submitted="auto-replied"))
    post.fetch()
    line = actions.auto_answer(conversation=Conversation.objects.get(), body="收到", at=clock.now())
    deliver()
    assert "自动发出" in OutboxItem.objects.get(payload__line=line.pk).last_error
    assert post.server.letters(CUSTOMER) == []


def test_automatic_answers_to_one_address_have_an_end(post: Post):
    for n in range(8):
        post.arrives(letter(f"问题 {n}"))
        post.fetch()
        actions.auto_answer(conversation=Conversation.objects.get(), body=f"自动答复 {n}", at=clock.now())
        deliver()
    sent = post.server.wait_for(5, CUSTOMER)
    assert len(sent) == 5
    first = message_from_bytes(sent[0], policy=policy.default)
    assert first["Auto-Submitted"] == "auto-replied"


def test_our_own_mail_that_comes_back_is_no_message(post: Post):
    post.arrives(letter())
    post.fetch()
    post.answer(Conversation.objects.get(), "明天上门。")
    [sent] = post.server.wait_for(1, CUSTOMER)
    post.arrives(sent)
    post.fetch()
    assert results() == ["line", "own"]
    assert len(inbound()) == 1


def test_two_of_our_mailboxes_do_not_talk_to_each_other_without_end(post: Post):
    post.open("销售邮箱", **post.server.options(SALES))
    post.arrives(letter("转给服务部", sender=SALES))
    post.fetch()
    talk = Conversation.objects.get()
    assert talk.waiting_since is None
    actions.auto_answer(conversation=talk, body="收到您的来信", at=clock.now())
    deliver()
    assert post.server.letters(SALES) == []


def test_a_form_of_our_web_site_names_the_customer_in_reply_to(post: Post):
    post.arrives(letter("官网留言：想买水泵", sender=SERVICE, Reply_To=f"李问 <{OTHER}>"))
    post.fetch()
    talk = Conversation.objects.get()
    assert talk.waiting_since is not None
    post.answer(talk, "请看附件报价。")
    assert post.server.wait_for(1, OTHER)


def test_nobody_speaks_for_a_customer_by_reply_to(post: Post):
    """A provider vouches for From at best."""
    post.arrives(letter("撤回投诉", sender="noreply@evil.example", Reply_To=CUSTOMER))
    post.fetch()
    assert Conversation.objects.get().contact is None


def test_reply_to_of_anybody_else_gets_no_answer(post: Post):
    """Who forges a customer's address would otherwise read what we answer."""
    post.arrives(letter("我的投诉办得怎样了", Reply_To="thief@evil.example"))
    post.fetch()
    post.answer(Conversation.objects.get(), "还在办理。")
    assert post.server.wait_for(1, CUSTOMER)


# --- bounces ---


def test_a_bounce_marks_the_answer_as_failed_and_tells_its_author(post: Post):
    post.arrives(letter(sender=GONE))
    post.fetch()
    talk = Conversation.objects.get()
    line = post.answer(talk, "明天上门。")
    assert line.delivery == Delivery.SENT
    post.server.wait_for(2, SERVICE)
    post.fetch()
    line.refresh_from_db()
    assert line.delivery == Delivery.FAILED
    assert results() == ["line", "bounce"]
    assert Line.objects.get(kind="event").detail["bounced"] == str(line.uid)
    notice = Notice.objects.get(kind="undelivered")
    assert notice.to_user == post.world.agent
    assert Conversation.objects.count() == 1
    # the report once more, by another way
    [_asked, report] = post.server.letters(SERVICE)
    post.arrives(report.replace(b"Message-Id: <", b"Message-Id: <again."))
    post.fetch()
    assert Line.objects.filter(kind="event").count() == 1
    assert Notice.objects.filter(kind="undelivered").count() == 1


def test_what_was_read_stays_read_whatever_a_server_reports_later(post: Post):
    from keyue.conversations.actions.bouncing import note_bounce

    post.arrives(letter())
    post.fetch()
    line = post.answer(Conversation.objects.get(), "明天上门。")
    actions.note_delivery(line=line, delivery=Delivery.READ, by=SYSTEM, at=clock.now())
    note_bounce(line=line, identity="<b>", detail={}, by=SYSTEM, at=clock.now())
    line.refresh_from_db()
    assert line.delivery == Delivery.READ


def test_an_address_that_the_server_does_not_know_is_given_up_at_once(post: Post):
    post.arrives(letter(sender="nobody@beiyu.example"))
    post.fetch()
    line = post.answer(Conversation.objects.get(), "明天上门。")
    assert OutboxItem.objects.get(payload__line=line.pk).failed_at is not None
    from keyue.conversations.jobs import report_unsent

    report_unsent(clock.now())
    line.refresh_from_db()
    assert line.delivery == Delivery.FAILED


def test_a_bounce_of_a_mail_of_a_case_tells_its_author(post: Post, settings):
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", post.server.smtp
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.DEFAULT_FROM_EMAIL = SERVICE
    customer = customers.create_customer(
        kind="organisation", name="远山机械", contact_name="李问", phone="13912346028", email=GONE,
        source="phone", legal_basis="contract", by=SYSTEM, at=clock.now(),
    )  # fmt: skip
    intake = Intake(
        type="complaint", title="漏水", content="漏水", customer=customer, contact=customer.contacts.get()
    )
    case = register(intake, by=Actor("staff", str(post.world.agent.pk)), at=clock.now(), source="web").case
    by = Actor("staff", str(post.world.agent.pk))
    telling.reply(case.pk, word=Word("mail", "已派人。"), by=by, at=clock.now())
    deliver()
    post.server.wait_for(1, SERVICE)
    post.fetch()
    assert results() == ["bounce"]
    assert Notice.objects.filter(kind="undelivered", to_user=post.world.agent).count() == 1


# --- cases ---


def test_a_reply_to_a_mail_of_a_case_is_about_that_case(post: Post, settings):
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", post.server.smtp
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    staff = Actor("staff", str(post.world.agent.pk))
    intake = Intake(
        type="complaint", title="漏水", content="漏水", customer=post.contact.customer, contact=post.contact
    )
    case = register(intake, by=staff, at=clock.now(), source="web").case
    telling.reply(case.pk, word=Word("mail", "已派人。"), by=staff, at=clock.now())
    deliver()
    [sent] = post.server.wait_for(1, CUSTOMER)
    mail = message_from_bytes(sent, policy=policy.default)
    post.arrives(letter("人还没到。", subject="Re: 没有号码", In_Reply_To=str(mail["Message-ID"])))
    post.fetch()
    talk = Conversation.objects.get()
    assert talk.case == case
    assert [one.body for one in case.messages.filter(kind="in").order_by("pk")][-1] == "人还没到。"


def test_the_number_of_a_case_in_the_subject_counts_for_its_customer_only(post: Post):
    staff = Actor("staff", str(post.world.agent.pk))
    intake = Intake(
        type="complaint", title="漏水", content="漏水", customer=post.contact.customer, contact=post.contact
    )
    case = register(intake, by=staff, at=clock.now(), source="web").case
    post.arrives(letter("结果呢", subject=f"关于 {case.number} 的事", sender=OTHER))
    post.fetch()
    assert Conversation.objects.get().case is None
    post.arrives(letter("结果呢", subject=f"关于{case.number}的事"))
    post.fetch()
    assert Conversation.objects.order_by("-pk")[0].case == case


# --- what cannot be read ---


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\r\n",
        b"\0" * 500,
        b"Subject: nobody wrote this\r\n\r\nhello\r\n",
        b"From: undisclosed\r\n\r\nhello\r\n",
        b"From: <a@b@c.example>\r\n\r\n\xff\xfe\xff\r\n",
        bytes.fromhex("d0cf11e0a1b11ae1") + bytes(2_000),
    ],
    ids=["empty", "blank", "nuls", "no sender", "no address", "two ats", "outlook file"],
)
def test_a_mail_without_a_readable_sender_is_kept_shown_and_opens_a_promise(post: Post, raw: bytes):
    post.server.put(raw or b" ")
    post.arrives(letter("后面的照样收"))
    post.fetch()
    row = RawMail.objects.order_by("pk")[0]
    assert row.result == "odd" and row.why
    assert mails.CONTENTS.path_of(row.sha256).read_bytes() == post.server.letters(SERVICE)[0]
    # it stands in the queue of the conversations
    assert row.line is not None and row.line.conversation.state == "queued"
    assert "channel.mail_unreadable" in channel_facts(post)
    assert inbound()[-1].body == "后面的照样收"
    mails.look_at(mail=row, user=post.world.agent, at=clock.now())
    assert channel_facts(post)[-1] == "channel.mail_looked_at"
    with pytest.raises(Refused):
        mails.look_at(mail=row, user=post.world.agent, at=clock.now())


def test_a_mail_at_which_the_program_fails_is_put_aside(post: Post, monkeypatch: pytest.MonkeyPatch):
    read = fetching.read_mail

    def broken(raw: bytes):
        if "坏的".encode() in raw or b"=E5=9D=8F" in raw or b"5Z2P55qE" in raw:
            raise RecursionError("deep")
        return read(raw)

    monkeypatch.setattr(fetching, "read_mail", broken)
    post.arrives(letter("坏的"), letter("好的"))
    post.fetch()
    assert results() == ["odd", "line"]
    assert "RecursionError" in RawMail.objects.order_by("pk")[0].why
    assert "读不了" in inbound()[0].body
    post.server.renumber()
    post.fetch()
    assert results() == ["odd", "line", "copy"]
    assert len(inbound()) == 2


def test_a_mail_that_no_line_can_hold_is_kept_without_one(post: Post, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(mails.conversations, "receive", lambda *a, **k: 1 / 0)
    post.arrives(letter())
    post.fetch()
    row = RawMail.objects.get()
    assert (row.result, row.line) == ("odd", None)
    assert post.state.last_uid == 1
    assert "channel.mail_unreadable" in channel_facts(post)


# --- hostile ones ---

SCRIPT = (
    "<p>你好</p><script>alert(1)</script><img src=x onerror=alert(2)><svg onload=alert(3)></svg>"
    "<a href='javascript:alert(4)'>点</a><iframe src='//evil.example'></iframe><style>*{display:none}</style>"
    "<img src='https://evil.example/seen.gif'><form action='//evil.example'><input name=p></form>"
    "<base href='//evil.example'><meta http-equiv=refresh content='0;url=//evil.example'>"
)


def test_scripts_in_a_mail_are_harmless(post: Post):
    mail = letter("你好")
    mail.add_alternative(SCRIPT, subtype="html")
    post.arrives(mail)
    post.fetch()
    client = browser_of(post.world.agent)
    row = RawMail.objects.get()
    shown = client.get(f"/mails/{row.pk}/shown/")
    text = shown.content.decode().lower()
    for word in (
        "script",
        "onerror",
        "onload",
        "svg",
        "iframe",
        "style",
        "evil.example",
        "<form",
        "<base",
        "refresh",
    ):
        assert word not in text, word
    assert "你好" in text
    policy_said = shown["Content-Security-Policy"]
    assert "default-src 'none'" in policy_said and "sandbox" in policy_said
    page = client.get(f"/mails/{row.pk}/")
    assert "sandbox" in page.content.decode() and "alert(1)" not in page.content.decode()


@pytest.mark.parametrize("break_", ["\r\n", "\n", "\r", "\u2028", "\x0b", "\0", "=?utf-8?Q?=0D=0A?="])
def test_a_subject_adds_no_header_to_the_answer(post: Post, break_: str):
    folded = f"{break_}Bcc: thief@evil.example" if break_.startswith("=") else ""
    raw = letter().as_bytes()
    subject = (
        f"=?utf-8?B?{__import__('base64').b64encode(f'漏水{break_}Bcc: {OTHER}'.encode()).decode()}?={folded}"
    )
    head, _sep, rest = raw.partition(b"Subject:")
    rest = rest.partition(b"\n")[2]
    while rest[:1] in {b" ", b"\t"}:
        rest = rest.partition(b"\n")[2]
    post.arrives(head + b"Subject: " + subject.encode() + b"\n" + rest)
    post.fetch()
    post.answer(Conversation.objects.get(), "明天上门。")
    [sent] = post.server.wait_for(1, CUSTOMER)
    mail = message_from_bytes(sent, policy=policy.default)
    assert mail["Bcc"] is None
    assert post.server.letters(OTHER) == []


def test_message_ids_add_no_header_to_the_answer(post: Post):
    raw = letter().as_bytes().replace(b"Message-ID: <", b"Message-ID: <x\xff\xfe,(\"'; ")
    post.server.put(raw)
    post.fetch()
    post.answer(Conversation.objects.get(), "明天上门。")
    [sent] = post.server.wait_for(1, CUSTOMER)
    assert message_from_bytes(sent, policy=policy.default)["Subject"].startswith("Re: 水泵漏水")


def bomb() -> bytes:
    """Half a megabyte that says it unpacks to half a gigabyte."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for n in range(8):
            archive.writestr(f"{n}.txt", b"0" * 64 * 1024 * 1024)
    return made.getvalue()


def test_a_zip_bomb_and_a_program_are_named_and_not_taken_in(post: Post):
    mail = letter("请看附件")
    mail.add_attachment(bomb(), maintype="application", subtype="zip", filename="图纸.zip")
    mail.add_attachment(
        b"MZ" + bytes(300), maintype="application", subtype="octet-stream", filename="报价.pdf\u202eexe.scr"
    )
    mail.add_attachment(b"%PDF-1.4 real", maintype="application", subtype="pdf", filename="报价.pdf")
    post.arrives(mail)
    post.fetch()
    [line] = inbound()
    assert [file.name for file in line.files.all()] == ["报价.pdf"]
    assert "图纸.zip" in line.body and "没有收下的附件" in line.body
    assert "\u202e" not in line.body
    client = browser_of(post.world.agent)
    got = client.get(f"/mails/{RawMail.objects.get().pk}/files/1/")
    assert got["Content-Disposition"].startswith("attachment") and got["X-Content-Type-Options"] == "nosniff"


def test_thirty_attachments_do_not_stop_a_mail(post: Post):
    mail = letter("照片三十张")
    for n in range(30):
        mail.add_attachment(
            b"\x89PNG\r\n\x1a\n" + bytes([n]) * 2_000, maintype="image", subtype="png", filename=f"{n}.png"
        )
    post.arrives(mail)
    post.fetch()
    assert inbound()[0].files.count() == 8
    assert len(inbound()[0].detail["refused"]) == 20


# --- who sees ---


def test_raw_mails_are_for_who_may_see_the_conversation(post: Post):
    post.arrives(letter())
    post.fetch()
    row = RawMail.objects.get()
    assert browser_of(post.world.agent).get(f"/mails/{row.pk}/raw/").status_code == 200
    for path in ("", "raw/", "shown/", "files/0/"):
        assert browser_of(post.world.stranger).get(f"/mails/{row.pk}/{path}").status_code in {403, 404}
        assert Client().get(f"/mails/{row.pk}/{path}").status_code == 302
    assert browser_of(post.world.agent).get(f"/mailboxes/{post.channel.pk}/").status_code == 200
    assert browser_of(post.world.stranger).get(f"/mailboxes/{post.channel.pk}/").status_code == 403


def test_the_mails_of_an_erased_customer_are_gone(post: Post, django_capture_on_commit_callbacks: Callable):
    post.arrives(letter())
    with django_capture_on_commit_callbacks(execute=True):
        post.fetch()
    row = RawMail.objects.get()
    path = mails.CONTENTS.path_of(row.sha256)
    assert path.is_file()
    with django_capture_on_commit_callbacks(execute=True):
        erasure.forget_everywhere(post.contact.customer_id, SYSTEM, clock.now())
    assert not path.exists()
    assert browser_of(post.world.agent).get(f"/mails/{row.pk}/").status_code == 404
    with pytest.raises(NotFound):
        from keyue.channels.email.views import _content

        row.refresh_from_db()
        _content(row)


def test_a_mail_says_when_it_came_and_not_before_the_mailbox_was_ours(post: Post):
    with post.server.opened(SERVICE) as program:
        mail: EmailMessage = letter("很久以前", sender=OTHER)
        program.append("INBOX", None, '"01-Jan-2020 08:00:00 +0800"', mail.as_bytes())
    post.fetch()
    talk = Conversation.objects.get()
    assert talk.opened_at == post.channel.opened_at
    assert talk.waiting_since == talk.opened_at
