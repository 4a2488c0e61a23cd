"""Mails come in from a real mailbox: each once, none lost, whatever the server does with its numbers."""

from __future__ import annotations

from email import message_from_bytes, policy

import pytest

from keyue.channels.email import fetching
from keyue.channels.email.models import RawMail
from keyue.conversations.enums import Delivery
from keyue.conversations.models import Conversation, Line
from tests.apps.channels.mail.conftest import Post, inbound, letter, results
from tests.support.mailserver import CUSTOMER, OTHER, SALES, SERVICE


def test_a_mail_becomes_a_conversation_its_answer_a_mail_and_the_reply_threads(post: Post):
    post.arrives(letter())
    assert post.fetch().taken == 1
    talk = Conversation.objects.get()
    assert (talk.contact, talk.channel, inbound()[0].body) == (
        post.contact,
        post.channel,
        "水泵漏水，请派人来看。",
    )
    assert talk.waiting_since is not None
    line = post.answer(talk, "明天上午九点，王工上门。")
    assert line.delivery == Delivery.SENT
    [raw] = post.server.wait_for(1, CUSTOMER)
    answer = message_from_bytes(raw, policy=policy.default)
    assert answer["Subject"] == f"Re: 水泵漏水 [{talk.number}]"
    assert answer["In-Reply-To"] == inbound()[0].external_id
    assert answer["From"] == SERVICE
    reply = letter(
        "好的，谢谢。\n\n在 2026年11月23日，客服 写道：\n> 明天上午九点，王工上门。\n",
        subject=f"回复：{answer['Subject']}",
        In_Reply_To=str(answer["Message-ID"]),
        References=f"{answer['References']} {answer['Message-ID']}",
    )
    post.arrives(reply)
    post.fetch()
    assert [one.body for one in inbound()] == ["水泵漏水，请派人来看。", "好的，谢谢。"]
    assert Conversation.objects.count() == 1
    assert "王工上门" in inbound()[1].detail["quoted"]


def test_a_reply_after_the_end_goes_on_with_the_same_conversation(post: Post):
    from keyue.conversations import actions
    from keyue.conversations.enums import Ending
    from keyue.kernel import clock
    from keyue.ledger.facts import SYSTEM

    post.arrives(letter(sender=OTHER))
    post.fetch()
    first = Conversation.objects.get()
    line = post.answer(first, "明天到。")
    actions.end(conversation=first, ending=Ending.STAFF, by=SYSTEM, at=clock.now())
    post.arrives(letter("没有人来。", sender=OTHER, subject="又来了", In_Reply_To=line.external_id or ""))
    post.fetch()
    assert Conversation.objects.order_by("-pk")[0].follows == first
    # by the number alone, as some phones reply
    second = Conversation.objects.order_by("-pk")[0]
    actions.end(conversation=second, ending=Ending.STAFF, by=SYSTEM, at=clock.now())
    post.arrives(letter("还是没有人来。", sender=OTHER, subject=f"Re: 又来了 [{second.number}]"))
    post.fetch()
    assert Conversation.objects.order_by("-pk")[0].follows == second


def test_the_number_of_somebody_else_joins_nothing(post: Post):
    post.arrives(letter())
    post.fetch()
    theirs = Conversation.objects.get()
    post.arrives(letter("把结果也发给我", sender=OTHER, subject=f"Re: [{theirs.number}]"))
    post.fetch()
    newest = Conversation.objects.order_by("-pk")[0]
    assert newest != theirs
    assert newest.follows is None


def test_nothing_is_marked_in_the_mailbox_and_what_was_read_elsewhere_comes_too(post: Post):
    post.arrives(letter("一"), letter("二"))
    with post.server.opened(SERVICE) as other_program:
        other_program.store("1", "+FLAGS", r"(\Seen)")
    post.fetch()
    assert [one.body for one in inbound()] == ["一", "二"]
    with post.server.opened(SERVICE) as other_program:
        flags = [other_program.fetch(n, "(FLAGS)")[1][0] for n in ("1", "2")]
    assert rb"\Seen" in flags[0] and rb"\Seen" not in flags[1]


def test_the_same_mail_twice_is_one_line(post: Post):
    mail = letter()
    post.arrives(mail, mail)
    post.fetch()
    assert len(inbound()) == 1
    assert results() == ["line", "copy"]


def test_two_mails_under_one_message_id_are_two_lines(post: Post):
    """Some programs give every mail the same identity: nothing of them may be lost."""
    post.arrives(letter("第一封", message_id="<always@beiyu.example>"))
    post.fetch()
    second = letter("第二封", message_id="<always@beiyu.example>")
    second.replace_header("Date", "Mon, 23 Nov 2026 09:00:00 +0800")
    post.arrives(second)
    post.fetch()
    assert [one.body for one in inbound()] == ["第一封", "第二封"]


def test_a_mail_to_two_of_our_mailboxes_is_one_line(post: Post):
    sales = post.open("销售邮箱", **post.server.options(SALES))
    mail = letter(to=f"{SERVICE}, {SALES}")
    post.arrives(mail)
    post.arrives(mail, to=SALES)
    post.fetch()
    post.fetch(sales)
    assert len(inbound()) == 1
    assert results() == ["line", "copy"]
    assert {row.line for row in RawMail.objects.all()} == {inbound()[0]}
    post.arrives(letter("只给销售的", sender=OTHER, to=SALES), to=SALES)
    post.fetch(sales)
    assert inbound()[1].channel == sales


def test_other_numbers_bring_nothing_twice_and_lose_nothing(post: Post):
    """UIDVALIDITY changes, the mails come in another order, and one that nobody had fetched is among them."""
    post.arrives(letter("一"), letter("二"), letter("三"))
    post.fetch()
    validity = post.state.uid_validity
    post.arrives(letter("四，还没有收"))
    post.server.renumber()
    post.fetch()
    assert post.state.uid_validity != validity
    assert [one.body for one in inbound()] == ["一", "二", "三", "四，还没有收"]
    post.arrives(letter("五"))
    post.fetch()
    assert [one.body for one in inbound()][4:] == ["五"]
    assert results() == ["line"] * 5


def test_only_new_mails_where_the_mailbox_says_so_also_after_other_numbers(post: Post):
    post.arrives(letter("旧的一"), letter("旧的二"))
    # they came long before
    with post.server.opened(SERVICE) as program:
        for number in ("1", "2"):
            raw = program.fetch(number, "(BODY.PEEK[])")[1][0][1]
            program.append("INBOX", None, '"01-Jan-2025 08:00:00 +0800"', raw)
            program.store(number, "+FLAGS", r"(\Deleted)")
        program.expunge()
    post.change(old_mail="new")
    post.fetch()
    assert inbound() == []
    post.arrives(letter("新的"))
    post.fetch()
    assert [one.body for one in inbound()] == ["新的"]
    with post.server.opened(SERVICE) as program:
        raws = [(program.fetch(str(n), "(BODY.PEEK[])")[1][0][1]) for n in (1, 2, 3)]
    post.server.empty()
    with post.server.opened(SERVICE) as program:
        for raw, day in zip(raws, ("01-Jan-2025", "01-Jan-2025", "23-Nov-2099"), strict=True):
            program.append("INBOX", None, f'"{day} 08:00:00 +0800"', raw)
    post.arrives(letter("还有一封"))
    post.fetch()
    assert [one.body for one in inbound()] == ["新的", "还有一封"]


def test_a_mail_moved_away_and_back_is_one_line(post: Post):
    post.arrives(letter())
    post.fetch()
    with post.server.opened(SERVICE) as program:
        program.create("Later")
        program.uid("MOVE", "1", "Later")
        program.select("Later")
        program.uid("MOVE", "1", "INBOX")
    post.fetch()
    assert len(inbound()) == 1
    assert post.state.last_uid == 2


def test_another_folder_brings_what_was_not_taken_in_yet(post: Post):
    post.arrives(letter("一"))
    post.fetch()
    with post.server.opened(SERVICE) as program:
        program.create("Later")
        program.uid("COPY", "1", "Later")
    post.server.put(letter("二").as_bytes(), folder="Later")
    post.change(folder="Later")
    assert post.fetch().taken == 1
    assert [one.body for one in inbound()] == ["一", "二"]


def test_a_folder_with_a_chinese_name_is_read(post: Post):
    with post.server.opened(SERVICE) as program:
        program.create('"&W6JiN2dlTvY- &- \\"x\\""')
        program.append('"&W6JiN2dlTvY- &- \\"x\\""', None, None, letter("在子文件夹里").as_bytes())
    post.change(folder='客户来件 & "x"')
    assert post.fetch().fault == ""
    assert [one.body for one in inbound()] == ["在子文件夹里"]


def test_many_mails_come_in_turns(post: Post, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(fetching, "MOST_A_TURN", 4)
    for n in range(10):
        post.server.put(letter(f"第 {n} 封").as_bytes())
    turns = [post.fetch() for _turn in range(3)]
    assert [(turn.taken, turn.is_more) for turn in turns] == [(4, True), (4, True), (2, False)]
    assert [one.body for one in inbound()] == [f"第 {n} 封" for n in range(10)]


def test_a_large_mail_comes_in_pieces(post: Post):
    mail = letter("附上录像")
    mail.add_attachment(
        b"\0\0\0\x18ftypmp42" + bytes(range(256)) * 24_000,
        maintype="video",
        subtype="mp4",
        filename="录像.mp4",
    )
    post.server.put(mail.as_bytes())
    post.fetch()
    [file] = inbound()[0].files.all()
    assert (file.name, file.size) == ("录像.mp4", 12 + 256 * 24_000)


def test_of_a_mail_that_is_too_large_the_beginning_comes(post: Post, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(fetching, "LARGEST", 2_000_000)
    mail = letter("太大的邮件")
    mail.add_attachment(b"x" * 3_000_000, maintype="application", subtype="octet-stream", filename="大.bin")
    post.server.put(mail.as_bytes())
    post.arrives(letter("后面的"))
    post.fetch()
    large, after = inbound()
    assert large.body.startswith("太大的邮件") and "只取回了开头" in large.body
    assert after.body == "后面的"
    row = RawMail.objects.order_by("pk")[0]
    assert not row.is_whole and row.size > 4_000_000


def test_nothing_in_a_mail_is_too_long_for_the_database(post: Post):
    raw = (
        b"From: " + b"a" * 60 + b"@" + b"b" * 180 + b".example\r\nSubject: " + b"s" * 20_000 + b"\r\nMessage-ID: <"
        + b"i" * 900 + b"@x>\r\nReferences: " + b" ".join(b"<%d@x>" % n for n in range(3_000)) + b"\r\n\r\n"
        + "长".encode() * 50_000
    )  # fmt: skip
    post.server.put(raw)
    post.fetch()
    [line] = inbound()
    assert "正文太长" in line.body
    assert line.files.get().size == 150_000
    assert len(line.external_id or "") <= 250
    post.answer(line.conversation, "收到")
    assert Line.objects.get(kind="out").delivery in {"sent", "failed", "waiting"}
