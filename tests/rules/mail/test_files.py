"""Names of files, mails within mails, winmail.dat, S/MIME, reports and other files."""

from __future__ import annotations

import pytest

from keyue.channels.email.reader import oddities
from keyue.channels.email.reader.reading import read_mail
from keyue.channels.email.reader.tnef import read_tnef
from tests.rules.mail.making import (
    PNG,
    SENDER,
    attribute,
    b64,
    body_of,
    file,
    lines64,
    mixed,
    multipart,
    plain,
    properties,
    qword,
    read,
    sha,
    signed,
    tnef,
    tnef_file,
    word,
)

NAMES = [
    ('; filename="报告.pdf"', "报告.pdf"),
    ("; filename=报告 最终.pdf", "报告 最终.pdf"),
    (f'; filename="{word("报告.pdf", "gbk")}"', "报告.pdf"),
    (f"; filename={word('报告 最终.pdf')}", "报告 最终.pdf"),
    (f'; filename="{qword("报告.pdf")}"', "报告.pdf"),
    (f'; filename="{word("客户投诉")}\n\t{word("报告.pdf")}"', "客户投诉报告.pdf"),
    ("; filename*=utf-8''%E6%8A%A5%E5%91%8A.pdf", "报告.pdf"),
    ("; filename*=gb2312''%B1%A8%B8%E6.pdf", "报告.pdf"),
    ("; filename*=utf-8''%B1%A8%B8%E6.pdf", "报告.pdf"),
    ("; filename*=%E6%8A%A5%E5%91%8A.pdf", "报告.pdf"),
    ("; filename=%E6%8A%A5%E5%91%8A.pdf", "报告.pdf"),
    ("; filename=\"utf-8''%E6%8A%A5%E5%91%8A.pdf\"", "报告.pdf"),
    ("; filename*0*=utf-8''%E6%8A%A5;\n filename*1*=%E5%91%8A;\n filename*2=.pdf", "报告.pdf"),
    ("; filename*2=.pdf;\n filename*1*=%8A;\n filename*0*=utf-8''%E6%8A%A5%E5%91", "报告.pdf"),
    (
        f'; filename*0="=?utf-8?B?{b64("客户报告.pdf")[:8]}";\n filename*1="{b64("客户报告.pdf")[8:]}?="',
        "客户报告.pdf",
    ),
    ("; filename=\"fallback.pdf\"; filename*=utf-8''%E6%8A%A5.pdf", "报.pdf"),
    ('; filename="a;b.pdf"; size=3', "a;b.pdf"),
    ('; filename="a \\"b\\".pdf"', 'a "b".pdf'),
    ('; filename="unclosed.pdf', "unclosed.pdf"),
    ('; filename="C:\\我的文档\\报告.pdf"', "报告.pdf"),
    ('; filename="../../etc/passwd"', "passwd"),
    ('; filename="发票/收据.pdf"', "收据.pdf"),
    ('; filename=".."', "attachment-1.pdf"),
    ('; filename=""', "attachment-1.pdf"),
    ("", "attachment-1.pdf"),
    ('; filename="cod\u202efdp.exe"', "codfdp.exe"),
    ('; FileName="a.pdf"', "a.pdf"),
]


@pytest.mark.parametrize(("named", "expected"), NAMES)
def test_names(named, expected):
    mail = mixed(plain("x"), file(named, PNG, "application/pdf"))
    assert [(one.name, one.sha256) for one in mail.attachments] == [(expected, sha(PNG))]


@pytest.mark.parametrize("charset", ["gbk", "big5", "utf-8"])
def test_names_as_raw_bytes(charset):
    name = "檔案.pdf" if charset == "big5" else "投诉报告.pdf"
    mail = mixed(plain("x", charset), file(f'; filename="{name}"', PNG), charset=charset)
    assert mail.attachments[0].name == name


def test_a_name_in_the_content_type_alone():
    part = f"Content-Type: application/pdf;\n\tname={word('报告.pdf', 'gbk')}\nContent-Transfer-Encoding: base64\n\n{lines64(PNG)}"
    assert mixed(plain("x"), part).attachments[0].name == "报告.pdf"


def test_a_very_long_name_keeps_its_extension():
    name = mixed(plain("x"), file(f'; filename="{"长" * 500}.pdf"', PNG)).attachments[0].name
    assert len(name) == 200 and name.endswith("长.pdf")


INNER = f"{SENDER}Subject: {word('原来的投诉')}\n\n里面的正文\n"


def test_a_mail_within_a_mail_is_a_file():
    mail = mixed(plain("见附件"), f"Content-Type: message/rfc822\n\n{INNER}")
    (inner,) = mail.attachments
    assert mail.text == "见附件" and (inner.name, inner.type) == ("原来的投诉.eml", "message/rfc822")
    assert read_mail(inner.content).text == "里面的正文"


def test_a_mail_within_a_mail_in_base64():
    part = f"Content-Type: message/rfc822; name=a.eml\nContent-Transfer-Encoding: base64\n\n{lines64(INNER.encode())}"
    (inner,) = mixed(plain("x"), part).attachments
    assert (inner.name, inner.content) == ("a.eml", INNER.encode())


def test_a_mail_within_with_parts_of_its_own_keeps_them():
    inner = SENDER + multipart(plain("内"), file("; filename=b.pdf", PNG), mark="inner")
    mail = mixed(plain("外"), f"Content-Type: message/rfc822\n\n{inner}")
    assert mail.text == "外" and len(mail.attachments) == 1
    assert read_mail(mail.attachments[0].content).attachments[0].sha256 == sha(PNG)


def test_a_digest_holds_mails():
    mail = mixed(f"\n{INNER}", f"\n{INNER}", kind="multipart/digest")
    assert [one.type for one in mail.attachments] == ["message/rfc822"] * 2


def test_a_piece_of_a_mail():
    mail = body_of("message/partial; id=a; number=2; total=3", "第二段".encode())
    assert mail.text == "第二段" and len(mail.attachments) == 1 and oddities.PARTIAL in mail.warnings


def test_an_invitation():
    calendar = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:投诉处理会\nLOCATION:三楼\nEND:VEVENT\nEND:VCALENDAR"
    part = f"Content-Type: text/calendar; charset=utf-8; method=REQUEST\n\n{calendar}"
    mail = mixed(plain("请参加"), part, kind="multipart/alternative")
    assert mail.text == "请参加" and [(one.name, one.type) for one in mail.attachments] == [
        ("invite.ics", "text/calendar")
    ]
    mail = body_of("text/calendar; charset=utf-8", calendar.encode())
    assert mail.text == "投诉处理会\n三楼" and len(mail.attachments) == 1


def test_a_visiting_card():
    mail = mixed(plain("x"), "Content-Type: text/vcard; charset=utf-8\n\nBEGIN:VCARD\nFN:张三\nEND:VCARD")
    assert mail.text == "x" and mail.attachments[0].name == "attachment-1.vcf"


def test_a_file_of_two_forks():
    double = multipart(
        f"Content-Type: application/applefile\nContent-Transfer-Encoding: base64\n\n{lines64(b'fork')}",
        file("; filename=a.jpg", PNG, "image/jpeg"),
        kind="multipart/appledouble",
        mark="b2",
    )
    mail = mixed(plain("见图"), double)
    assert mail.text == "见图" and ("a.jpg", sha(PNG)) in [(one.name, one.sha256) for one in mail.attachments]


# --- winmail.dat ---


def winmail(raw: bytes) -> str:
    return file("; filename=winmail.dat", raw, "application/ms-tnef")


def test_winmail_gives_its_files():
    packed = tnef(tnef_file("报告.doc", b"first"), tnef_file("SHORT~1.PDF", b"second", "很长的名字.pdf"))
    mail = mixed(plain("见附件"), winmail(packed))
    assert mail.text == "见附件" and oddities.TNEF in mail.warnings
    assert [(one.name, one.content) for one in mail.attachments] == [
        ("报告.doc", b"first"),
        ("很长的名字.pdf", b"second"),
    ]


@pytest.mark.parametrize(
    "body",
    [
        attribute(1, 2, 0x800C, "请退款".encode("gbk") + b"\0"),
        attribute(1, 6, 0x9003, properties((0x1F, 0x1000, "请退款\0".encode("utf-16-le")))),
        attribute(1, 6, 0x9003, properties((0x102, 0x1013, "<p>请退款</p>".encode()))),
        attribute(
            1, 6, 0x9003, properties((3, 0x3FDE, b"\xa8\x03\0\0"), (0x1E, 0x1000, "请退款\0".encode("gbk")))
        ),
    ],
)
def test_winmail_gives_its_text_where_there_is_no_other(body):
    assert mixed(winmail(tnef(body))).text == "请退款"
    assert mixed(plain("另有正文"), winmail(tnef(body))).text == "另有正文"


def rtf(text: bytes) -> bytes:
    """Rich text in the container that is not compressed."""
    return len(text).to_bytes(4, "little") * 2 + b"MELA" + bytes(4) + text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            rb"{\rtf1\ansi\ansicpg936{\fonttbl{\f0\fcharset134 SimSun;}}\f0 \'c7\'eb\'cd\'cb\'bf\'ee\par OK}",
            "请退款\nOK",
        ),
        (rb"{\rtf1\ansi\uc1 \u-29705?\u-28672? }", "请退"),
        (
            rb"{\rtf1\ansi\fromhtml1{\*\htmltag64 <p>}\htmlrtf\par\htmlrtf0 A{\*\htmltag84 &lt;}B{\*\htmltag72 </p>}}",
            "A<B",
        ),
    ],
)
def test_winmail_with_rich_text(text, expected):
    body = attribute(1, 6, 0x9003, properties((0x102, 0x1009, rtf(text))))
    assert mixed(winmail(tnef(body))).text == expected


def test_compressed_rich_text_of_the_specification():
    """The example of MS-OXRTFCP 4.1.1."""
    packed = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a00726370673132354232 0af32068656c090020627705b06c647d0a800fa0".replace(
            " ", ""
        )
    )
    body = attribute(1, 6, 0x9003, properties((0x102, 0x1009, packed)))
    assert mixed(winmail(tnef(body))).text == "hello world"


def test_a_mail_within_winmail():
    inner = tnef(attribute(1, 2, 0x800C, b"inner text\0"), tnef_file("deep.txt", b"deep"))
    outer = attribute(2, 6, 0x9002, b"\0" * 14) + attribute(
        2, 6, 0x9005, properties((0x0D, 0x3701, b"\0" * 16 + inner))
    )
    mail = mixed(plain("x"), winmail(tnef(outer)))
    assert [one.content for one in mail.attachments] == [b"inner text", b"deep"]


def test_a_damaged_winmail_stays_among_the_files():
    packed = tnef(tnef_file("a.doc", b"first"), tnef_file("b.doc", b"second" * 50))
    mail = mixed(plain("x"), winmail(packed[:-120]))
    assert [one.name for one in mail.attachments][:2] == [
        "winmail.dat",
        "a.doc",
    ] and oddities.TNEF_DAMAGED in mail.warnings
    mail = mixed(plain("x"), winmail(b"no tnef"))
    assert [(one.name, one.content) for one in mail.attachments] == [("winmail.dat", b"no tnef")]


def test_any_cut_of_a_winmail_can_be_read():
    packed = tnef(
        tnef_file("报告.doc", b"first", "长.doc"),
        attribute(1, 6, 0x9003, properties((0x1F, 0x1000, b"a\0b\0"))),
    )
    assert all(read_tnef(packed[:size]) is not None for size in range(4, len(packed)))


# --- S/MIME, PGP, reports ---


def test_a_signed_mail():
    signature = file("; filename=smime.p7s", b"\x30\x00", "application/pkcs7-signature")
    mail = mixed(plain("请退款"), signature, kind="multipart/signed")
    assert mail.text == "请退款" and mail.attachments[0].name == "smime.p7s"


def test_a_mail_inside_its_signature():
    inner = multipart(plain("请退款"), file("; filename=a.pdf", PNG), mark="in")
    head = "Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m\nContent-Transfer-Encoding: base64\n"
    mail = read(f"{SENDER}{head}\n{lines64(signed(inner.encode()))}")
    assert mail.text == "请退款" and [one.name for one in mail.attachments] == ["smime.p7m", "a.pdf"]
    assert oddities.OPAQUE_SIGNED in mail.warnings


def test_an_encrypted_mail():
    parts = (
        "Content-Type: application/pgp-encrypted\n\nVersion: 1",
        "Content-Type: application/octet-stream; name=encrypted.asc\n\n-----BEGIN PGP MESSAGE-----",
    )
    mail = mixed(*parts, kind="multipart/encrypted")
    assert mail.text == "" and [one.name for one in mail.attachments] == ["attachment-1.asc", "encrypted.asc"]
    assert oddities.ENCRYPTED in mail.warnings


def test_a_clear_signature_of_pgp():
    text = "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n请退款\n-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----"
    mail = read(f"{SENDER}\n{text}")
    assert mail.text == text and mail.new_text == "请退款"


def test_an_outlook_file_is_no_raw_mail():
    raw = bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 100
    mail = read_mail(raw)
    assert mail.attachments[0].content == raw and oddities.OUTLOOK_FILE in mail.warnings
