"""Parts: which is the text, which a file, and what is left of a mail that was put together badly."""

from __future__ import annotations

import pytest

from keyue.channels.email.reader import oddities
from keyue.channels.email.reader.mail import Mail
from keyue.channels.email.reader.reading import read_mail
from tests.rules.mail.making import (
    PNG,
    SENDER,
    b64,
    body_of,
    file,
    lines64,
    mixed,
    multipart,
    plain,
    qp,
    read,
    sha,
    shown,
    uu,
)

PDF = b"%PDF-1.4\n\x00\xff not text \r\n"


def files(mail: Mail) -> list[tuple[str, str, str]]:
    return [(one.name, one.type, one.sha256) for one in mail.attachments]


def test_plain_and_html_are_one_text():
    mail = mixed(plain("请退款"), shown("<p>请<b>退款</b></p>"), kind="multipart/alternative")
    assert mail.text == "请退款" and mail.html == "<p>请<b>退款</b></p>" and not mail.attachments


def test_html_alone():
    mail = mixed(shown("<p>请<b>退款</b></p>"), kind="multipart/alternative")
    assert mail.text == "请退款"


def test_an_empty_plain_part_is_no_text():
    assert mixed(plain(" \n"), shown("<p>请退款</p>"), kind="multipart/alternative").text == "请退款"


def test_a_plain_part_that_only_says_to_look_at_the_html():
    mail = mixed(
        plain("您的邮件客户端不支持 HTML，请在浏览器中查看"),
        shown("<p>请退款</p>"),
        kind="multipart/alternative",
    )
    assert mail.text == "请退款" and oddities.PLAIN_IS_STUB in mail.warnings


def test_a_plain_part_in_which_the_chinese_was_lost():
    mail = mixed(plain("????????12??"), shown("<p>订单没有收到12天了</p>"), kind="multipart/alternative")
    assert mail.text == "订单没有收到12天了" and oddities.PLAIN_IS_LOST in mail.warnings


def test_files_behind_a_text():
    mail = mixed(
        plain("见附件"),
        file('; filename="a.pdf"', PDF, "application/pdf"),
        file("; filename=b.png", PNG, "image/png"),
    )
    assert mail.text == "见附件"
    assert files(mail) == [("a.pdf", "application/pdf", sha(PDF)), ("b.png", "image/png", sha(PNG))]
    assert [one.size for one in mail.attachments] == [len(PDF), len(PNG)]
    assert [one.content for one in mail.attachments] == [PDF, PNG]


def test_a_picture_in_the_text_is_inline():
    picture = (
        f"Content-Type: image/png\nContent-ID: <p1@x>\nContent-Transfer-Encoding: base64\n\n{lines64(PNG)}"
    )
    html = '<p>见图</p><img src="cid:p1@x"><img src="http://track.example/x.gif">'
    mail = mixed(
        multipart(plain("见图"), shown(html), kind="multipart/alternative", mark="b2"),
        picture,
        kind="multipart/related",
    )
    assert mail.text == "见图" and [one.inline for one in mail.attachments] == [True]
    assert 'src="cid:p1@x"' in mail.html and "track.example" not in mail.html


def test_a_picture_called_attachment_that_the_text_shows_is_inline():
    picture = file("", PNG, "image/png", "Content-ID: <p1@x>\n")
    mail = mixed(
        shown('<img src="cid:p1@x">见图'),
        picture,
        file("; filename=a.png", PNG, "image/png"),
        kind="multipart/related",
    )
    assert [(one.name, one.inline) for one in mail.attachments] == [
        ("attachment-1.png", True),
        ("a.png", False),
    ]


def test_texts_between_files_are_one_text():
    """Apple Mail parts the text where a file stands in it."""
    mail = mixed(plain("第一段"), file("; filename=a.pdf", PDF), plain("第二段"))
    assert mail.text == "第一段\n第二段" and len(mail.attachments) == 1


def test_html_between_files_of_apple_mail():
    inner = multipart(shown("<p>甲</p>"), file("; filename=a.pdf", PDF), shown("<p>乙</p>"), mark="b2")
    mail = mixed(plain("甲\n乙"), inner, kind="multipart/alternative")
    assert mail.text == "甲\n乙" and mail.html == "<p>甲</p>\n<p>乙</p>" and len(mail.attachments) == 1


def test_plain_and_html_side_by_side_in_mixed_are_said_once():
    mail = mixed(plain("请退款，谢谢"), shown("<p>请退款，</p><p>谢谢</p>"))
    assert mail.text == "请退款，谢谢" and "<p>谢谢</p>" in mail.html


def test_a_text_with_a_name_is_a_file_beside_a_text_and_the_text_alone():
    named = "Content-Type: text/plain; charset=gbk; name=log.txt\n\n错误日志"
    mail = mixed(plain("见附件", "gbk"), named, charset="gbk")
    assert mail.text == "见附件" and files(mail) == [("log.txt", "text/plain", sha("错误日志".encode("gbk")))]
    mail = mixed(named, charset="gbk")
    assert mail.text == "错误日志" and len(mail.attachments) == 1


def test_the_whole_mail_is_a_file():
    head = 'Content-Type: application/pdf; name="a.pdf"\nContent-Transfer-Encoding: base64\n'
    mail = read(f"{SENDER}{head}\n{lines64(PDF)}")
    assert mail.text == "" and files(mail) == [("a.pdf", "application/pdf", sha(PDF))]


def test_a_file_without_any_encoding_keeps_its_bytes():
    raw = (
        (
            SENDER + 'Content-Type: multipart/mixed; boundary="b"\n\n--b\nContent-Type: application/zip\n\n'
        ).encode()
        + PDF
        + b"\r\n--b--"
    )
    assert read_mail(raw).attachments[0].content == PDF.removesuffix(b"\r\n") + b"\r\n"


def test_no_boundary_declared():
    mail = read(
        f"{SENDER}Content-Type: multipart/mixed\n\n--xyz\n{plain('正文')}\n--xyz\n{file('; filename=a', PDF)}\n--xyz--\n"
    )
    assert mail.text == "正文" and files(mail)[0][2] == sha(PDF) and oddities.NO_BOUNDARY in mail.warnings


def test_another_boundary_than_declared():
    mail = read(
        f'{SENDER}Content-Type: multipart/mixed; boundary="abc"\n\n--xyz\n{plain("正文")}\n--xyz\n{file("; filename=a", PDF)}\n--xyz--\n'
    )
    assert mail.text == "正文" and files(mail)[0][2] == sha(PDF)


def test_a_boundary_without_quotes_behind_no_semicolon():
    mail = read(
        f"{SENDER}Content-Type: multipart/mixed boundary=a=b_c\n\n--a=b_c\n{plain('正文')}\n--a=b_c--\n"
    )
    assert mail.text == "正文"


def test_no_end():
    mail = read(
        f"{SENDER}Content-Type: multipart/mixed; boundary=b\n\n--b\n{plain('正文')}\n--b\n{file('; filename=a', PDF)}"
    )
    assert mail.text == "正文" and files(mail)[0][2] == sha(PDF) and oddities.NOT_CLOSED in mail.warnings


def test_parts_behind_the_end():
    mail = read(
        f"{SENDER}Content-Type: multipart/mixed; boundary=b\n\n--b\n{plain('正文')}\n--b--\n--b\n{file('; filename=a', PDF)}\n--b--\n"
    )
    assert mail.text == "正文" and files(mail)[0][2] == sha(PDF)


def test_no_parts_at_all():
    mail = read(f"{SENDER}Content-Type: multipart/mixed; boundary=b\n\n只有文字\n")
    assert mail.text == "只有文字" and oddities.NO_PARTS in mail.warnings


def test_what_stands_around_the_parts():
    body = f"This is a multi-part message in MIME format.\n--b\n{plain('正文')}\n--b--\n邮件组：点此退订\n"
    mail = read(f"{SENDER}Content-Type: multipart/mixed; boundary=b\n\n{body}")
    assert mail.text == "正文\n邮件组：点此退订" and oddities.OUTSIDE_PARTS in mail.warnings
    mail = read(
        f"{SENDER}Content-Type: multipart/mixed; boundary=b\n\n写在前面的话\n--b\n{plain('正文')}\n--b--\n"
    )
    assert mail.text == "写在前面的话\n正文"


def test_a_part_without_header_and_one_without_an_empty_line():
    mail = read(
        f"{SENDER}Content-Type: multipart/mixed; boundary=b\n\n--b\n\n第一\n--b\n第二\n--b\nContent-Type: text/plain\n--b--\n"
    )
    assert mail.text == "第一\n第二"


def test_the_same_boundary_within():
    inner = multipart(plain("内"), mark="b-in")
    mail = read(
        f"{SENDER}Content-Type: multipart/mixed; boundary=b\n\n--b\n{inner}--b\n{plain('外')}\n--b--\n"
    )
    assert mail.text == "内\n外"


def test_thousands_of_levels():
    raw = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(5000))
    mail = read(f"{SENDER}{raw}{plain('最里面')}")
    assert mail.text == "最里面"


def test_a_multipart_that_is_encoded_as_a_whole():
    inner = f"--b\n{plain('正文')}\n--b--\n"
    mail = read(
        f"{SENDER}Content-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: base64\n\n{lines64(inner.encode())}"
    )
    assert mail.text == "正文"


# --- transfer encodings ---

TEXT = "您好，订单没有收到。\nThe order 12 = 34 has not come."
ENCODED = [
    ("base64", lines64(TEXT.encode()), None),
    ("BASE64 ", lines64(TEXT.encode()), None),
    ("base64; x=y", b64(TEXT), None),
    ("x-base64", b64(TEXT), None),
    ("base64", b64(TEXT)[:20] + "!\n**" + b64(TEXT)[20:], oddities.BASE64_DAMAGED),
    ("base64", b64(TEXT).rstrip("="), oddities.BASE64_DAMAGED),
    ("base64", lines64(TEXT[:11].encode()) + lines64(TEXT[11:].encode()), oddities.BASE64_DAMAGED),
    ("base64", TEXT, oddities.NOT_BASE64),
    ("7bit", b64(TEXT), oddities.BASE64_UNDECLARED),
    ("", lines64(TEXT.encode()), oddities.BASE64_UNDECLARED),
    ("quoted-printable", qp(TEXT), None),
    ("quoted printable", qp(TEXT).lower(), None),
    ("quoted-printable", TEXT.replace("=", "=3D"), None),
    ("quoted-printable", TEXT, None),
    ("quoted-printable", qp(TEXT)[:30] + "=\n" + qp(TEXT)[30:], None),
    ("quoted-printable", qp(TEXT)[:30] + "=  \r\n" + qp(TEXT)[30:], None),
    ("8bit", qp(TEXT), oddities.QP_UNDECLARED),
    ("x-uuencode", uu(TEXT.encode(), "text"), None),
    ("8bit", TEXT, None),
    ("binary", TEXT, None),
    ("utf-8", TEXT, None),
    ("x-gzip64", TEXT, oddities.transfer_unknown("x-gzip64")),
]


@pytest.mark.parametrize(("said", "body", "odd"), ENCODED)
def test_transfer_encodings(said, body, odd):
    mail = body_of("text/plain; charset=utf-8", body.encode(), f"Content-Transfer-Encoding: {said}\n")
    assert mail.text == TEXT
    assert (odd in mail.warnings) if odd else not mail.warnings


def test_base64_with_a_footer_in_plain_words():
    body = lines64(TEXT.encode()) + "\n-- \n邮件组 list at example.com\n"
    mail = body_of("text/plain; charset=utf-8", body.encode(), "Content-Transfer-Encoding: base64\n")
    assert (
        mail.text == TEXT + "\n-- \n邮件组 list at example.com" and oddities.BASE64_TRAILING in mail.warnings
    )


def test_base64_that_was_cut_off():
    whole = lines64(PDF * 20)
    mail = mixed(
        plain("x"), f"Content-Type: application/pdf\nContent-Transfer-Encoding: base64\n\n{whole[:121]}"
    )
    assert (PDF * 20).startswith(mail.attachments[0].content) and mail.attachments[0].size >= 87


def test_quoted_printable_with_bare_returns():
    raw = (SENDER + "Content-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\n").replace(
        "\n", "\r"
    )
    mail = read_mail(raw.encode() + b"first=\rsecond\rthird=3D\r")
    assert mail.text == "firstsecond\nthird="


def test_a_file_uuencoded_in_the_text():
    mail = body_of("text/plain; charset=gbk", f"见附件\n\n{uu(PDF, '报告.pdf')}\n谢谢".encode("gbk"))
    assert mail.text == "见附件\n\n\n谢谢" and files(mail) == [
        ("报告.pdf", "application/octet-stream", sha(PDF))
    ]


def test_the_word_begin_is_no_file():
    mail = body_of("text/plain", b"begin 644 when you like\nend of story\n")
    assert mail.text == "begin 644 when you like\nend of story" and not mail.attachments


def test_html_that_calls_itself_plain_and_the_other_way_round():
    mail = body_of("text/plain; charset=utf-8", "<html><body><p>请退款</p><p>谢谢</p></body></html>".encode())
    assert mail.text == "请退款\n\n谢谢" and oddities.HTML_DECLARED_PLAIN in mail.warnings
    mail = body_of("text/html; charset=utf-8", "请退款\n谢谢".encode())
    assert mail.text == "请退款\n谢谢" and oddities.PLAIN_DECLARED_HTML in mail.warnings


@pytest.mark.parametrize(
    "kind",
    ["text", "text/", "plain", "charset=utf-8", "text\\plain; charset=utf-8", ";;; charset=utf-8", "garbage"],
)
def test_content_types_that_are_none(kind):
    assert body_of(kind, "请退款".encode()).text == "请退款"


def test_flowed_lines_are_one():
    mail = body_of(
        "text/plain; charset=utf-8; format=flowed",
        "This is one \nline.\n 空格开头\n-- \nsig \nnature".encode(),
    )
    assert mail.text == "This is one line.\n空格开头\n-- \nsig nature"
    mail = body_of("text/plain; charset=utf-8; format=flowed; delsp=yes", "这是一 \n行".encode())
    assert mail.text == "这是一行"
