"""Whatever the bytes: never an error, always JSON, never half a character."""

from __future__ import annotations

import dataclasses
import json
import random
from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from keyue.channels.email.reader import oddities
from keyue.channels.email.reader.mail import Mail
from keyue.channels.email.reader.reading import read_mail
from keyue.channels.email.reader.rtf import read_rtf, unpacked
from keyue.channels.email.reader.smime import signed_content
from keyue.channels.email.reader.tnef import read_tnef
from tests.rules.mail.making import (
    PNG,
    SENDER,
    attribute,
    file,
    multipart,
    plain,
    properties,
    qp,
    shown,
    signed,
    tnef,
    tnef_file,
    uu,
    word,
)

PIECES = [
    b"\r\n", b"\n\n", b"--b\n", b"--b--\n", b"Content-Type: multipart/mixed; boundary=b\n", b"Content-Type: text/html\n",
    b"Content-Transfer-Encoding: base64\n", b"Content-Transfer-Encoding: quoted-printable\n", b"From: ", b"Subject: =?gb2312?B?",
    b"?=", b"=?utf-8?Q?=", b"charset=", b"utf-16", b"gb2312", b"hz", b"iso-2022-cn", b"utf-7", b"\x1b$)A\x0e", b"~{", b"~}", b"<", b">",
    b'"', b"(", b";", b",", b"@", b"\\", b"<style>", b"<!--", b"<table><td>", b"&#x", b"begin 644 a\n", b"end\n", b"=\r", b"+/v8-", b"+2D0-",
    b"\xff\xfe", b"\xef\xbb\xbf", b"\0", b"\xd8\x00", b"\x81", b"\xb6\xa9", "订单".encode(), b"filename*0*=", b"%E6", b"\x78\x9f\x3e\x22\x01\x00",
    b"> ", b"-- \n", "写道：\n".encode(), b"\xed\xa0\x80",
]  # fmt: skip


def strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from strings(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from strings(one)


def check(raw: bytes) -> Mail:
    mail = read_mail(raw)
    said = mail.as_dict()
    json.dumps(said, ensure_ascii=False).encode("utf-8")
    assert oddities.DAMAGED not in mail.warnings
    for text in strings(said):
        assert "\0" not in text
    assert mail.new_text.strip() or not mail.text.strip()
    assert all(isinstance(one.content, bytes) and one.name for one in mail.attachments)
    return mail


@given(st.binary(max_size=2000))
@example(b"\n\xf0\x9f\x98")
@example(b"Subject: =?utf-7?Q?+2D0-?=\n\n+2D0-")
def test_random_bytes(raw):
    check(raw)


@given(st.lists(st.sampled_from(PIECES), max_size=60))
@settings(max_examples=300)
def test_random_pieces_of_mails(pieces):
    check(b"".join(pieces))


@given(
    st.sampled_from(
        ["From", "To", "Subject", "Date", "Content-Type", "Content-Disposition", "References", "Message-ID"]
    ),
    st.binary(max_size=300),
)
@settings(max_examples=300)
def test_random_values_of_headers(name, value):
    check(name.encode() + b": " + value + b"\n\nx")


@given(
    st.sampled_from(
        [
            "utf-7",
            "utf-16",
            "utf-32",
            "gbk",
            "big5",
            "hz",
            "iso-2022-jp",
            "iso-2022-cn",
            "euc-kr",
            "shift_jis",
            "x",
        ]
    ),
    st.binary(max_size=300),
)
@settings(max_examples=300)
def test_random_bodies_in_all_charsets(charset, raw):
    check(f"{SENDER}Content-Type: text/plain; charset={charset}\n\n".encode() + raw)


@given(st.text(max_size=300))
def test_any_text_survives_in_utf_8(text):
    mail = check(
        f"{SENDER}Content-Type: text/plain; charset=utf-8\n\n正文：".encode()
        + text.encode("utf-8", "surrogatepass")
    )
    kept = [one for one in text if one.isalnum()]
    if not any("\ud800" <= one <= "\udfff" for one in text):
        assert [one for one in mail.text if one.isalnum()] == ["正", "文", *kept]


@given(st.text(max_size=300))
@settings(max_examples=200)
def test_any_text_survives_as_html(text):
    import html

    mail = check(
        f"{SENDER}Content-Type: text/html; charset=utf-8\n\n<p>".encode()
        + html.escape(text).encode("utf-8", "replace")
        + b"</p>"
    )
    kept = [one for one in text if one.isalnum() and not "\ud800" <= one <= "\udfff"]
    assert [one for one in mail.text if one.isalnum()] == kept


def seeds() -> list[bytes]:
    packed = tnef(
        tnef_file("报告.doc", b"first", "长.doc"),
        attribute(1, 6, 0x9003, properties((0x1F, 0x1000, b"a\0b\0"))),
    )
    history = "还没解决\n\n-- \n张三\n\n在 2026-01-05 10:00，客服 <kf@example.com> 写道：\n> 已受理"
    first = (
        f"{SENDER}To: {word('客服')} <kf@example.com>, b@example.com\nSubject: {word('投诉', 'gbk')}\nDate: Mon, 5 Jan 2026 10:00:00 +0800\n"
        + multipart(
            multipart(
                plain(history),
                shown("<p>还没<b>解决</b></p><blockquote type=cite>已受理</blockquote>"),
                kind="multipart/alternative",
                mark="b2",
            ),
            file(f'; filename="{word("报告.pdf", "gbk")}"', PNG),
            file("; filename=winmail.dat", packed, "application/ms-tnef"),
            file("; filename=smime.p7m", signed(plain("内").encode()), "application/pkcs7-mime"),
            f"Content-Type: message/rfc822\n\n{SENDER}Subject: x\n\ny",
        )
    )
    second = f"{SENDER}Content-Type: text/plain; charset=gbk\nContent-Transfer-Encoding: quoted-printable\n\n{qp(history, 'gbk')}"
    third = f"{SENDER}Content-Type: text/plain; charset=utf-8\n\n{history}\n{uu(PNG, 'a.png')}"
    return [first.encode(), second.encode(), third.replace("\n", "\r\n").encode()]


def mutated(raw: bytes, dice: random.Random) -> bytes:
    made = bytearray(raw)
    for _ in range(dice.randint(1, 12)):
        at = dice.randrange(len(made) + 1)
        length = dice.choice((1, 2, 3, 10, 60, 300))
        kind = dice.randrange(6)
        if kind == 0:
            del made[at : at + length]
        elif kind == 1:
            made[at:at] = dice.randbytes(length)
        elif kind == 2:
            made[at:at] = dice.choice(PIECES)
        elif kind == 3:
            made[at:at] = made[at : at + length]
        elif kind == 4 and at < len(made):
            made[at] ^= 1 << dice.randrange(8)
        else:
            made[at : at + length] = bytes(reversed(made[at : at + length]))
    return bytes(made)


@pytest.mark.parametrize("seed", range(3))
def test_mutated_mails(seed):
    raw = seeds()[seed]
    check(raw)
    for number in range(400):
        check(mutated(raw, random.Random(f"{seed}-{number}")))


@pytest.mark.parametrize("seed", range(3))
def test_mails_cut_off_anywhere(seed):
    raw = seeds()[seed]
    for size in range(0, len(raw), 7):
        check(raw[:size])


def test_the_seeds_are_read_as_they_are_meant():
    mail = read_mail(seeds()[0])
    assert mail.new_text == "还没解决" and mail.subject == "投诉"
    assert [one.name for one in mail.attachments] == ["报告.pdf", "长.doc", "smime.p7m", "x.eml"]


@given(st.binary(max_size=600))
@settings(max_examples=300)
def test_the_small_formats_take_any_bytes(raw):
    read_tnef(b"\x78\x9f\x3e\x22\x01\x00" + raw)
    signed_content(raw)
    signed_content(b"\x30\x80" + raw)
    unpacked(raw)
    read_rtf(b"{\\rtf1 " + raw)


def test_a_mail_cannot_be_changed():
    mail = read_mail(b"Subject: x\n\ny")
    with pytest.raises(dataclasses.FrozenInstanceError):
        mail.subject = "z"  # type: ignore[misc]
