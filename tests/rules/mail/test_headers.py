"""Headers: encoded words, raw bytes, folds, and headers that are hardly any."""

from __future__ import annotations

import pytest

from keyue.channels.email.reader import oddities
from keyue.channels.email.reader.reading import read_mail
from tests.rules.mail.making import SENDER, b64, pairs, qword, read, word

SPLIT = "关于订单迟迟未到的投诉".encode("gbk")

SUBJECTS = [
    ("utf-8 in B", word("关于订单的投诉"), "关于订单的投诉"),
    ("gb2312 in B", word("关于订单的投诉", "gbk", "gb2312"), "关于订单的投诉"),
    ("Q", qword("关于订单的投诉", "gbk"), "关于订单的投诉"),
    ("lower-case letters", word("投诉").replace("?B?", "?b?").replace("utf-8", "UTF-8"), "投诉"),
    ("two words, a fold between", f"{word('关于订单')}\n {word('的投诉')}", "关于订单的投诉"),
    ("a tab as fold", f"{word('关于订单')}\r\n\t{word('的投诉')}", "关于订单的投诉"),
    (
        "split inside a character",
        f"=?GB2312?B?{b64(SPLIT[:7])}?=\n =?gb2312?B?{b64(SPLIT[7:])}?=",
        SPLIT.decode("gbk"),
    ),
    ("B and Q of one charset", f"{word('关于')} {qword('订单')}", "关于订单"),
    ("two charsets", f"{word('关于', 'gbk')} {word('订单')}", "关于订单"),
    ("text around, blanks kept", f"Re: {word('订单')} (2)", "Re: 订单 (2)"),
    ("words that touch text", f"[{word('客服')}]{word('订单')}12", "[客服]订单12"),
    ("no padding", "=?utf-8?B?5oqV6K+J5Lu2?= =?utf-8?B?5oqV6K+J5A?=", "投诉件投诉\ufffd"),
    ("padding forgotten", "=?gb2312?B?zba7pA?=", b"\xcd\xb6\xbb\xa4".decode("gbk")),
    ("base64 cut anywhere", "=?utf-8?B?5oqV6?=\n =?utf-8?B?K+J?=", "投诉"),
    ("a fold inside the word", "=?utf-8?B?5oqV\n 6K+J?=", "投诉"),
    ("blanks inside the word", "=?utf-8?B? 5oqV 6K+J ?=", "投诉"),
    ("blanks in Q", "=?utf-8?Q?order =E6=8A=95_ok?=", "order 投 ok"),
    ("a question mark in Q", "=?utf-8?Q?=E6=8A=95?=E8=AF=89??=", "投?诉?"),
    ("not closed", "=?utf-8?B?5oqV6K+J", "投诉"),
    ("not closed, another follows", "=?utf-8?B?5oqV =?utf-8?B?6K+J?=", "投诉"),
    ("language behind the charset", "=?utf-8*zh-CN?B?5oqV6K+J?=", "投诉"),
    ("no charset", "=?? B?5oqV6K+J?=", "投诉"),
    ("wrong charset", word("投诉", "gbk", "utf-8"), "投诉"),
    ("gb2312 that is utf-8", word("关于订单", "utf-8", "gb2312"), "关于订单"),
    ("us-ascii that is gbk", word("关于订单", "gbk", "us-ascii"), "关于订单"),
    ("a word in a word", word(word("投诉")), "投诉"),
    ("in quotes", f'"{word("投诉")}"', '"投诉"'),
    ("iso-2022-jp", word("注文について", "iso2022_jp", "ISO-2022-JP"), "注文について"),
    ("big5", word("訂單投訴", "big5"), "訂單投訴"),
    ("hz", "=?hz-gb-2312?B?" + b64("订单", "hz") + "?=", "订单"),
    ("no word at all", "=?what? this=?", "=?what? this=?"),
    ("an unknown encoding", "=?utf-8?X?abc?=", "=?utf-8?X?abc?="),
    ("a line end inside a word", word("第一行\r\nBcc: x"), "第一行 Bcc: x"),
    ("emoji", word("投诉😀"), "投诉😀"),
    ("a plain fold", "first\n second", "first second"),
    ("empty", "", ""),
]


@pytest.mark.parametrize(
    ("written", "subject"), [one[1:] for one in SUBJECTS], ids=[one[0] for one in SUBJECTS]
)
def test_subjects(written, subject):
    assert read(f"{SENDER}Subject: {written}\n\nx").subject == subject


@pytest.mark.parametrize("charset", ["utf-8", "gbk", "big5"])
def test_raw_bytes_in_headers(charset):
    text = "關於訂單" if charset == "big5" else "关于订单的投诉"
    name = "陳大文" if charset == "big5" else "张三"
    mail = read(f'Subject: {text}\nFrom: "{name}" <zhangsan@example.com>\n\nx', charset)
    assert mail.subject == text
    assert pairs([mail.sender]) == [(name, "zhangsan@example.com")]


def test_raw_bytes_that_contain_marks():
    """The second byte of 東 in GBK is `|`, of 誠 a backslash."""
    mail = read('Subject: x\nFrom: "陳東誠" <z@example.com>\n\nx', "gbk")
    assert pairs([mail.sender]) == [("陳東誠", "z@example.com")]


def test_a_raw_header_folded_inside_a_character():
    raw = "Subject: 关于订".encode()
    cut = "单".encode()
    mail = read_mail(SENDER.encode() + raw + cut[:1] + b"\r\n " + cut[1:] + "的投诉".encode() + b"\r\n\r\nx")
    assert mail.subject == "关于订单的投诉"


def test_a_word_broken_over_a_line_without_a_blank():
    """Programs in PHP do this; the rest of the header is still the header."""
    broken = f"{SENDER}Subject: =?gb2312?B?{b64('关于订单', 'gbk')[:6]}\n{b64('关于订单', 'gbk')[6:]}?=\nTo: kf@example.com\n\n正文"
    mail = read(broken)
    assert mail.subject == "关于订单" and mail.text == "正文"
    assert pairs(mail.to) == [("", "kf@example.com")] and oddities.BROKEN_HEADER in mail.warnings


def test_no_empty_line_between_header_and_body():
    mail = read(f"{SENDER}Subject: test\n您好，请退款。\n谢谢\n")
    assert (mail.subject, mail.text) == ("test", "您好，请退款。\n谢谢")
    assert oddities.NO_BLANK_LINE in mail.warnings


def test_a_blank_line_of_blanks_ends_the_header():
    assert read(f"{SENDER}Subject: test\n   \n正文\n").text == "正文"


def test_only_a_header():
    mail = read(f"{SENDER}Subject: test")
    assert (mail.subject, mail.text, mail.new_text) == ("test", "", "")


def test_no_header_at_all():
    mail = read("你好，这里没有邮件头。\n只有两行。")
    assert mail.text == "你好，这里没有邮件头。\n只有两行。" and oddities.NO_HEADER in mail.warnings


@pytest.mark.parametrize("raw", [b"", b"\n", b" \r\n\r\n", b"\0"])
def test_nothing(raw):
    mail = read_mail(raw)
    assert mail.text == "" and mail.sender.address == "" and mail.date is None


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\r\r\n"])
def test_line_ends(end):
    mail = read_mail(
        f"{SENDER}Subject: a\n b\nTo: kf@example.com\n\n第一行\n第二行\n".replace("\n", end).encode()
    )
    assert (mail.subject, mail.text) == ("a b", "第一行\n第二行")
    assert mail.sender.address == "zhangsan@example.com"


def test_mixed_line_ends():
    mail = read_mail(b"From: a@example.com\r\nSubject: x\nTo: b@example.com\r\n\nfirst\r\nsecond\rthird\n")
    assert (mail.subject, mail.text) == ("x", "first\nsecond\nthird")


@pytest.mark.parametrize(
    "before",
    [
        b"\xef\xbb\xbf",
        b"\r\n\r\n",
        b"From zhangsan@example.com Mon Jan  5 10:00:00 2026\n",
        b">From zhangsan@example.com Mon Jan  5 10:00:00 2026\r\n",
        b"+OK 1234 octets\r\n",
    ],
)
def test_what_programs_put_in_front(before):
    mail = read_mail(before + f"{SENDER}Subject: x\n\n正文".encode())
    assert (mail.sender.address, mail.subject, mail.text) == ("zhangsan@example.com", "x", "正文")


def test_a_whole_file_in_utf_16():
    mail = read_mail(f"{SENDER}Subject: 投诉\n\n正文".encode("utf-16"))
    assert (mail.subject, mail.text) == ("投诉", "正文")


def test_a_file_of_apple_mail():
    inner = f"{SENDER}Subject: x\n\n正文\n".encode()
    mail = read_mail(str(len(inner)).encode() + b"\n" + inner + b'<?xml version="1.0"?><plist></plist>')
    assert (mail.subject, mail.text) == ("x", "正文")


def test_a_quoted_from_of_an_mbox_is_no_quotation():
    mail = read_mail(
        b"From a@example.com Mon Jan  5 10:00:00 2026\nFrom: a@example.com\n\n>From the start.\nThe end.\n"
    )
    assert mail.text == mail.new_text == "From the start.\nThe end."


def test_nul_bytes_in_a_header():
    mail = read_mail(b"From: a\0@example.com\nSubject: te\0st\n\nx")
    assert (mail.subject, mail.sender.address) == ("test", "a@example.com") and oddities.NULS in mail.warnings


def test_names_of_fields_in_any_case_and_with_blanks():
    mail = read("FROM : zhangsan@example.com\nsUbJeCt: x\n\ny")
    assert (mail.sender.address, mail.subject) == ("zhangsan@example.com", "x")


def test_several_subjects():
    mail = read(f"{SENDER}Subject: \nSubject: x\n\ny")
    assert mail.subject == "x" and oddities.SEVERAL_SUBJECTS in mail.warnings


IDS = [
    ("Message-ID: <a@b>\n", "<a@b>", ()),
    ("Message-Id:\n <a@b>\n", "<a@b>", ()),
    ("Message-ID: a@b\n", "<a@b>", ()),
    ("Message-ID: <a b@c>\n", "<ab@c>", ()),
    ("Message-ID: 12345\n", "<12345>", ()),
    ("References: <1@x> <2@x>\n <3@x>\nIn-Reply-To: <3@x>\n", "", ("<1@x>", "<2@x>", "<3@x>")),
    ("References: <1@x><2@x>,<1@x>\nIn-Reply-To: <4@x>\n", "", ("<1@x>", "<2@x>", "<4@x>")),
    ('In-Reply-To: Your message of "Mon" <5@x>\n', "", ("<5@x>",)),
    ("References: <long-\n id@x>\n", "", ("<long-id@x>",)),
    ("References: 1@x 2@x\n", "", ("<1@x>", "<2@x>")),
]


@pytest.mark.parametrize(("header", "message_id", "references"), IDS)
def test_ids(header, message_id, references):
    mail = read(f"{SENDER}{header}\nx")
    assert (mail.message_id, mail.references) == (message_id, references)
