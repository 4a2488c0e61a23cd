"""Who wrote and to whom, in all the ways in which lists of addresses are written."""

from __future__ import annotations

import pytest

from keyue.channels.email.reader import oddities
from tests.rules.mail.making import SENDER, pairs, read, word

LISTS = [
    ("a@example.com", [("", "a@example.com")]),
    ("张三 <a@example.com>", [("张三", "a@example.com")]),
    ("张三<a@example.com>", [("张三", "a@example.com")]),
    (
        '"张三" <a@example.com>, "李四" <b@example.com>',
        [("张三", "a@example.com"), ("李四", "b@example.com")],
    ),
    ('"张三 <a@b>" <c@d>', [("张三 <a@b>", "c@d")]),
    ("张三 <a@b> <c@d>", [("张三 <a@b>", "c@d")]),
    ('"张三, 销售部" <a@example.com>', [("张三, 销售部", "a@example.com")]),
    ("Li, Lei <a@example.com>", [("Li, Lei", "a@example.com")]),
    ("张三，经理 <a@example.com>", [("张三，经理", "a@example.com")]),
    (f"{word('张三, 销售部')} <a@example.com>", [("张三, 销售部", "a@example.com")]),
    (f'"{word("张三", "gbk")}" <a@example.com>', [("张三", "a@example.com")]),
    (f"{word('张', 'gbk')}\n {word('三', 'gbk')} <a@example.com>", [("张三", "a@example.com")]),
    (f"{word('张三 <a@example.com>')}", [("张三", "a@example.com")]),
    ("=?utf-8?Q?=E5=BC=A0,=E4=B8=89?= <a@example.com>", [("张,三", "a@example.com")]),
    (
        f"{word('张三')}<a@example.com>;{word('李四')}<b@example.com>",
        [("张三", "a@example.com"), ("李四", "b@example.com")],
    ),
    ("a@example.com (张三)", [("张三", "a@example.com")]),
    ("张三 (销售(华东)) <a@example.com>", [("张三", "a@example.com")]),
    ('"Li \\"Lei\\" Lee" <a@example.com>', [('Li "Lei" Lee', "a@example.com")]),
    ("'a@example.com' <a@example.com>", [("a@example.com", "a@example.com")]),
    ("a@example.com <b@example.com>", [("a@example.com", "b@example.com")]),
    ("<a@example.com> 张三", [("张三", "a@example.com")]),
    ("张三 a@example.com", [("张三", "a@example.com")]),
    ("张三 [mailto:a@example.com]", [("张三", "a@example.com")]),
    ("<mailto:a@example.com>", [("", "a@example.com")]),
    ("<<a@example.com>>", [("", "a@example.com")]),
    ("< a @ example.com >", [("", "a@example.com")]),
    ("张三 <a@example.com", [("张三", "a@example.com")]),
    ('"张三 <a@example.com>', [("张三", "a@example.com")]),
    ("<@relay.example,@x.example:a@example.com>", [("", "a@example.com")]),
    ('"li lei"@example.com', [("", '"li lei"@example.com')]),
    ("a@[192.0.2.1]", [("", "a@[192.0.2.1]")]),
    ("root", [("", "root")]),
    ("root, 张三 <a@example.com>", [("", "root"), ("张三", "a@example.com")]),
    ("张三 <zhangsan>", [("张三", "zhangsan")]),
    ("客服 <客服@例子.中国>", [("客服", "客服@例子.中国")]),
    ("a@xn--fsqu00a.xn--fiqs8s", [("", "a@xn--fsqu00a.xn--fiqs8s")]),
    ("张三＜a@example.com＞", [("张三", "a@example.com")]),
    (
        "a@example.com；b@example.com，c@example.com",
        [("", "a@example.com"), ("", "b@example.com"), ("", "c@example.com")],
    ),
    ("undisclosed-recipients:;", []),
    ("客服组: 张三 <a@example.com>, b@example.com;", [("张三", "a@example.com"), ("", "b@example.com")]),
    ("<>", []),
    (" , ,", []),
    ("张三", [("张三", "")]),
    ("", []),
]


@pytest.mark.parametrize(("written", "expected"), LISTS)
def test_lists_of_addresses(written, expected):
    assert pairs(read(f"{SENDER}To: {written}\n\nx").to) == expected


def test_several_fields_and_all_kinds():
    mail = read(
        f"{SENDER}To: a@example.com\nTo: b@example.com\nCc: 抄送 <c@example.com>\nReply-To: 回复 <d@example.com>\n\nx"
    )
    assert pairs(mail.to) == [("", "a@example.com"), ("", "b@example.com")]
    assert pairs(mail.cc) == [("抄送", "c@example.com")] and pairs(mail.reply_to) == [
        ("回复", "d@example.com")
    ]


SENDERS = [
    ("From: 张三 <a@example.com>\n", ("张三", "a@example.com"), False),
    ("Sender: 张三 <a@example.com>\n", ("张三", "a@example.com"), True),
    ("Return-Path: <a@example.com>\n", ("", "a@example.com"), True),
    ("From:\nSender: a@example.com\n", ("", "a@example.com"), True),
    ("From: 张三\nReturn-Path: <a@example.com>\n", ("张三", "a@example.com"), True),
    ("From: <>\nReturn-Path: <>\n", ("", ""), True),
    ("From: a@example.com\nFrom: b@example.com\n", ("", "a@example.com"), True),
    ("From: 张三\nFrom: b@example.com\n", ("", "b@example.com"), True),
    ("From: a@example.com, b@example.com\n", ("", "a@example.com"), True),
    ("To: kf@example.com\n", ("", ""), True),
    ("From: MAILER-DAEMON (Mail Delivery System)\n", ("Mail Delivery System", "MAILER-DAEMON"), False),
    ('From: "张三" </O=EXAMPLE/OU=CN/CN=ZHANG>\n', ("张三", "/O=EXAMPLE/OU=CN/CN=ZHANG"), False),
]


@pytest.mark.parametrize(("header", "sender", "is_odd"), SENDERS)
def test_senders(header, sender, is_odd):
    mail = read(f"{header}Subject: x\n\ny")
    assert pairs([mail.sender]) == [sender] and bool(mail.warnings) == is_odd


def test_the_sender_of_an_mbox_line():
    mail = read("From zhangsan@example.com Mon Jan  5 10:00:00 2026\nSubject: x\n\ny")
    assert mail.sender.address == "zhangsan@example.com"


DATES = [
    ("Mon, 5 Jan 2026 10:00:00 +0800", "2026-01-05T10:00:00+08:00"),
    ("Mon, 05 Jan 2026 10:00:00 +0800 (CST)", "2026-01-05T10:00:00+08:00"),
    ("5 Jan 26 10:00 +0800", "2026-01-05T10:00:00+08:00"),
    ("5 Jan 99 10:00 +0800", "1999-01-05T10:00:00+08:00"),
    ("Mon, 5 Jan 126 10:00:00 +0800", "2026-01-05T10:00:00+08:00"),
    ("星期一, 5 一月 2026 10:00:00 +0800", "2026-01-05T10:00:00+08:00"),
    ("周一, 5 1月 2026 10:00:00 +0800", "2026-01-05T10:00:00+08:00"),
    ("2026-01-05 10:00:00 +0800", "2026-01-05T10:00:00+08:00"),
    ("2026-01-05T10:00:00Z", "2026-01-05T10:00:00+00:00"),
    ("2026年1月5日 下午3:20 GMT+8", "2026-01-05T15:20:00+08:00"),
    ("Mon Jan 5 10:00:00 2026", "2026-01-05T10:00:00+00:00"),
    ("Mon, 5 Jan 2026 10:00:00", "2026-01-05T10:00:00+00:00"),
    ("Mon, 5 Jan 2026 10:00:00 GMT+08:00", "2026-01-05T10:00:00+08:00"),
    ("Mon, 5 Jan 2026 10:00:00 EST", "2026-01-05T10:00:00-05:00"),
    ("Mon, 5 Jan 2026 10.00.00 +0800", "2026-01-05T10:00:00+08:00"),
    ("Mon, 5 Jan 2026 10:00:60 +0800", "2026-01-05T10:00:59+08:00"),
    ("Thu, 01 Jan 1970 00:00:00 +0000", "1970-01-01T00:00:00+00:00"),
    ("Mon, 32 Jan 2026 10:00:00 +0800", None),
    ("Mon, 5 Jan 2026 25:00:00 +0800", None),
    ("Fri, 31 Dec 9999 23:59:59 -0800", None),
    ("昨天", None),
    ("", None),
]


@pytest.mark.parametrize(("written", "expected"), DATES)
def test_dates(written, expected):
    assert read(f"{SENDER}Date: {written}\n\nx").as_dict()["date"] == expected


def test_a_date_without_a_zone_is_that_of_the_place_of_arrival():
    header = "Received: from x by mx.example.com; Mon, 5 Jan 2026 10:00:02 +0800 (CST)\n"
    mail = read(f"{SENDER}{header}Date: Mon, 5 Jan 2026 10:00:00\n\nx")
    assert (
        mail.as_dict()["date"] == "2026-01-05T10:00:00+08:00" and oddities.DATE_WITHOUT_ZONE in mail.warnings
    )
    mail = read(f"{SENDER}{header}Date: Mon, 5 Jan 2026 10:00:00 CST\n\nx")
    assert mail.as_dict()["date"] == "2026-01-05T10:00:00+08:00"


def test_a_date_far_off_is_told():
    assert oddities.DATE_FAR_OFF in read(f"{SENDER}Date: Thu, 01 Jan 1970 00:00:00 +0000\n\nx").warnings
    assert oddities.DATE_UNREADABLE in read(f"{SENDER}Date: 昨天\n\nx").warnings
