"""Bodies in the charsets in which they come, declared rightly, wrongly or not at all."""

from __future__ import annotations

import base64

import pytest

from tests.rules.mail.making import body_of, qp

LETTER = "您好：\n我的订单 2026-0107 还没有收到，请尽快处理，谢谢！"
SHORT = "请退款"
TRADITIONAL = "您好，訂單尚未收到，請儘快處理並回覆，謝謝。"

# what the part says of itself, the charset its bytes are in, what is written
AS_DECLARED = [
    ("text/plain; charset=gb2312", "gb2312", LETTER),
    ("text/plain; charset=GBK", "gbk", LETTER + "镕喆"),
    ('text/plain; charset="gb18030"', "gb18030", LETTER + "㐂𠮷"),
    ("text/plain; charset=utf-8", "utf-8", LETTER + "😀"),
    ("text/plain; charset=big5", "big5", TRADITIONAL),
    ("text/plain; charset=Big5-HKSCS", "big5hkscs", TRADITIONAL + "嘅啲"),
    ("text/plain; charset=hz-gb-2312", "hz", "订单还没有收到"),
    ("text/plain; charset=iso-2022-jp", "iso2022_jp", "注文がまだ届きません。"),
    ("text/plain; charset=shift_jis", "cp932", "注文がまだ届きません①"),
    ("text/plain; charset=euc-kr", "cp949", "주문이 도착하지 않았습니다"),
    ("text/plain; charset=iso-2022-kr", "iso2022_kr", "주문이 도착하지 않았습니다"),
    ("text/plain; charset=utf-7", "utf-7", "订单还没有收到"),
    ("text/plain; charset=utf-16", "utf-16", LETTER),
    ("text/plain; charset=utf-16le", "utf-16-le", LETTER),
    ("text/plain; charset=koi8-r", "koi8-r", "Заказ не пришёл"),
    ("text/plain; charset=windows-1251", "cp1251", "Заказ не пришёл"),
    ("text/plain; charset=iso-8859-1", "cp1252", "L’été à Zürich – déjà vu"),
]


@pytest.mark.parametrize(("kind", "charset", "text"), AS_DECLARED, ids=[one[1] for one in AS_DECLARED])
def test_a_body_in_the_charset_that_it_declares(kind, charset, text):
    encoded = base64.encodebytes(text.encode(charset))
    mail = body_of(kind, encoded, "Content-Transfer-Encoding: base64\n")
    assert mail.text == text and not mail.warnings


# names that are in no register, and what mailers mean by them
NAMES = [
    ("GB2312_CHARSET", "gbk"),
    ("gb_2312-80", "gbk"),
    ("x-gbk", "gbk"),
    ("cp936", "gbk"),
    ("MS936", "gbk"),
    ("windows-936", "gbk"),
    ("ansi", "gbk"),
    ("chinesesimplified", "gbk"),
    ("'gb2312'", "gbk"),
    ('"gb2312', "gbk"),
    ("gb2312 format=flowed", "gbk"),
    ("utf8", "utf-8"),
    ("UTF_8", "utf-8"),
    ("utf-8//IGNORE", "utf-8"),
    ("unicode-1-1-utf-8", "utf-8"),
    ("charset=utf-8", "utf-8"),
    ("unknown-8bit", "utf-8"),
    ("x-unknown", "gbk"),
    ("default", "gbk"),
    ("rot13", "utf-8"),
    ("zlib", "gbk"),
]


@pytest.mark.parametrize(("name", "charset"), NAMES)
def test_names_of_charsets_as_mailers_write_them(name, charset):
    assert body_of(f"text/plain; charset={name}", LETTER.encode(charset)).text == LETTER


WRONG = [
    ("utf-8", "gbk", LETTER),
    ("utf-8", "gbk", SHORT),
    ("gb2312", "utf-8", LETTER),
    ("gb2312", "utf-8", SHORT),
    ("gbk", "utf-8", "投诉"),
    ("us-ascii", "gbk", LETTER),
    ("us-ascii", "utf-8", LETTER),
    ("iso-8859-1", "gbk", LETTER),
    ("iso-8859-1", "utf-8", SHORT),
    ("windows-1252", "gbk", SHORT),
    ("utf-8", "big5", TRADITIONAL),
    ("gb2312", "big5", TRADITIONAL),
    ("big5", "gbk", LETTER),
    ("iso-2022-jp", "gbk", LETTER),
    ("utf-16", "gbk", LETTER),
    ("euc-kr", "gbk", LETTER),
]


@pytest.mark.parametrize(("declared", "real", "text"), WRONG, ids=[f"{a}-is-{b}" for a, b, _ in WRONG])
def test_a_wrong_declaration_is_overruled_and_told(declared, real, text):
    mail = body_of(f"text/plain; charset={declared}", text.encode(real))
    assert mail.text == text and mail.warnings


@pytest.mark.parametrize("charset", ["utf-8", "gbk", "big5"])
@pytest.mark.parametrize("kind", ["text/plain", "", "text/plain; charset="])
def test_no_declaration_at_all(kind, charset):
    text = TRADITIONAL if charset == "big5" else LETTER
    mail = body_of(kind, text.encode(charset)) if kind else body_of("text/plain", text.encode(charset))
    assert mail.text == text


def test_two_characters_that_are_utf_8_by_chance():
    assert "小时".encode("gbk").decode("utf-8") == "Сʱ"
    assert body_of("text/plain", "小时".encode("gbk")).text == "小时"
    assert body_of("text/plain; charset=gb2312", "小时".encode("gbk")).text == "小时"


def test_two_character_names_without_a_declaration():
    for name in ("张三", "李四", "王五", "退款", "投诉", "客户", "您好"):
        assert body_of("text/plain", name.encode("gbk")).text == name


def test_letters_with_accents_are_not_taken_for_chinese():
    assert body_of("text/plain", "Grüße aus Köln, Müller".encode("latin-1")).text == "Grüße aus Köln, Müller"
    assert body_of("text/plain; charset=iso-8859-1", b"caf\xe9").text == "café"


def test_a_body_put_together_from_two_charsets():
    raw = "正文是 UTF-8 的，下面的页脚不是。\n".encode() + "本邮件由公司网关转发，请勿直接回复。\n".encode(
        "gbk"
    )
    mail = body_of("text/plain; charset=utf-8", raw)
    assert mail.text == "正文是 UTF-8 的，下面的页脚不是。\n本邮件由公司网关转发，请勿直接回复。"


def test_a_character_cut_off_at_the_end_costs_only_itself():
    text = body_of("text/plain; charset=utf-8", LETTER.encode()[:-2]).text
    assert text.startswith(LETTER[:-1]) and len(text) <= len(LETTER)
    text = body_of("text/plain; charset=gbk", LETTER.encode("gbk")[:-1]).text
    assert text.startswith(LETTER[:-1])


def test_a_broken_byte_in_the_middle_costs_only_itself():
    raw = LETTER.encode()
    mail = body_of("text/plain; charset=utf-8", raw[:30] + b"\xff" + raw[30:])
    assert mail.text.replace("\ufffd", "") == LETTER and "\ufffd" in mail.text and mail.warnings


def test_hz_that_nobody_declared():
    raw = b"~{MySjWSTw~}"
    mail = body_of("text/plain", b"Hello ~{6)5%~} end")
    assert mail.text == "Hello 订单 end".replace("订单", b"\xb6\xa9\xb5\xa5".decode("gbk"))
    assert "~{" not in body_of("text/plain", raw).text


def test_iso_2022_cn():
    shifted = bytes(byte & 0x7F for byte in "订单没收到".encode("gb2312"))
    mail = body_of("text/plain; charset=iso-2022-cn", b"\x1b$)A\x0e" + shifted + b"\x0f ok")
    assert mail.text == "订单没收到 ok"


def test_utf_16_without_any_mark():
    assert (
        body_of("text/plain; charset=utf-16", "订单 no. 5\n没收到".encode("utf-16-be")).text
        == "订单 no. 5\n没收到"
    )
    assert body_of("text/plain", "订单 no. 5\n没收到".encode("utf-16-le")).text == "订单 no. 5\n没收到"


def test_a_byte_order_mark_is_no_character():
    assert body_of("text/plain; charset=gbk", b"\xef\xbb\xbf" + LETTER.encode()).text == LETTER


def test_nul_bytes_are_left_out():
    mail = body_of("text/plain; charset=gbk", "请\0退\0款".encode("gbk"))
    assert mail.text == "请退款"


def test_quoted_printable_in_gbk():
    mail = body_of(
        "text/plain; charset=gb2312",
        qp(LETTER, "gbk").encode(),
        "Content-Transfer-Encoding: quoted-printable\n",
    )
    assert mail.text == LETTER


HTML = "<html><head>{meta}</head><body><p>请退款，订单 12</p></body></html>"
METAS = [
    ("text/html", "gb2312", "gbk"),
    ("text/html", "utf-8", "utf-8"),
    ("text/html; charset=gb2312", "utf-8", "gbk"),
    ("text/html; charset=utf-8", "gb2312", "utf-8"),
    ("text/html", "utf-8", "gbk"),
    ("text/html; charset=us-ascii", "gb2312", "gbk"),
]


@pytest.mark.parametrize(("kind", "meta", "real"), METAS)
def test_html_whose_meta_says_the_same_or_something_else(kind, meta, real):
    said = HTML.format(meta=f'<meta http-equiv="Content-Type" content="text/html; charset={meta}">')
    assert body_of(kind, said.encode(real)).text == "请退款，订单 12"
