"""Mails of kinds that came up when somebody looked for what the other tests leave out, Chinese ones above all."""

from __future__ import annotations

import base64

import pytest

from keyue.channels.email.reader.reading import read_mail
from tests.rules.mail.making import PNG, b64, lines64

HEAD = b"From: =?GB2312?B?1cXI/Q==?= <z@example.com>\r\n"
WORDS = "水泵漏水，请尽快派人处理，谢谢。"


def gb(text: str) -> bytes:
    return text.encode("gb18030")


def body(said: bytes, raw: bytes) -> bytes:
    return HEAD + b"Content-Type: text/plain" + said + b"\r\n\r\n" + raw


@pytest.mark.parametrize(
    ("name", "charset"),
    [
        ("gb2312_charset", "gbk"), ("'gb2312'", "gbk"), ("GBK ", "gbk"), ("GB_2312-80", "gbk"), ("EUC-CN", "gbk"),
        ("_iso-2022-jp$ESC", "gbk"), ("default", "gbk"), ("ANSI_X3.110-1983", "gbk"), ("koi8-r", "gbk"),
        ("windows-1252", "gbk"), ("utf-8//IGNORE", "utf-8"), ("utf8mb4", "utf-8"), ("unicode-1-1-utf-7", "utf-7"),
        ("chinesebig5", "big5"),
    ],
)  # fmt: skip
def test_charsets_by_names_that_nobody_registered(name: str, charset: str):
    words = WORDS if charset != "big5" else "水泵漏水，請盡快派人處理，謝謝。"
    assert read_mail(body(f"; charset={name}".encode(), words.encode(charset))).text == words


def test_words_of_hong_kong_under_the_name_of_big5():
    words = "啲嘢漏水嘅，唔該跟進"
    assert read_mail(body(b"; charset=big5", words.encode("big5hkscs"))).text == words


def test_characters_of_four_bytes_under_the_name_of_gb2312():
    words = "㐀㐁 𠮷野家 €"
    assert read_mail(body(b"; charset=gb2312", gb(words))).text == words


@pytest.mark.parametrize(("codec", "words"), [("latin-1", WORDS), ("cp1252", "请人看水泵，请修")])
def test_utf_8_that_was_encoded_twice(codec: str, words: str):
    mail = read_mail(body(b"; charset=utf-8", words.encode().decode(codec).encode()))
    assert mail.text == words
    assert [str(one) for one in mail.warnings] == ["UTF-8 编码了两次，还原后读"]


@pytest.mark.parametrize(
    "words", ["Müller où ça été ÿÿÿ", "Ã©tÃ© dÃ©jÃ", "naïve café façade ½ ¾ ×", "Привет мир", "水泵 Ã°Â°"]
)
def test_other_letters_are_not_taken_for_twice_encoded_chinese(words: str):
    assert read_mail(body(b"; charset=utf-8", words.encode())).text == words


@pytest.mark.parametrize(
    ("raw", "subject"),
    [
        (b"\xb9\xd8\xd3\xda" + gb("水泵漏水的") + b"\r\n " + gb("投诉信"), "关于水泵漏水的 投诉信"),
        (b"=?gb2312?Q?" + gb("漏水") + b"_=B1=A8=D0=DE?=", "漏水 报修"),
        (b"=?UTF-8?B?5rC05rO1 5ryP5rC0?=", "水泵漏水"),
        (b"=?iso-8859-1?B?" + base64.b64encode(gb("关于水泵漏水的投诉")) + b"?=", "关于水泵漏水的投诉"),
        (b"=?gb18030?B?" + base64.b64encode(gb("急😡😡")) + b"?=", "急😡😡"),
        (b"&#27700;&#x6CF5;&#28431;&#27700; &#169; &#55357;", "水泵漏水 &#169; &#55357;"),
        (b"=?gb2312?B?" + base64.b64encode("水泵漏水".encode("gbk")[:5]) + b"?=\r\n =?gb2312?B?"
         + base64.b64encode("水泵漏水".encode("gbk")[5:]) + b"?=", "水泵漏水"),
    ],
    ids=["raw and folded", "raw in Q", "blank in B", "latin", "emoji", "numbers of a form", "cut in a character"],
)  # fmt: skip
def test_subjects(raw: bytes, subject: str):
    assert read_mail(b"From: z@example.com\r\nSubject: " + raw + b"\r\n\r\nx").subject == subject


@pytest.mark.parametrize(
    ("said", "name", "address"),
    [
        ("张三<z@example.com>", "张三", "z@example.com"),
        ("<z@example.com>张三", "张三", "z@example.com"),
        ('"张三" z@example.com', "张三", "z@example.com"),
        ("张三 [mailto:z@example.com]", "张三", "z@example.com"),
        (f"=?utf-8?B?{b64('张三<z@example.com>')}?=", "张三", "z@example.com"),
        (f'"=?utf-8?B?{b64("张三, 销售部")}?=" <z@example.com>', "张三, 销售部", "z@example.com"),
        ("z＠example.com", "", "z@example.com"),
        ("'z@example.com'", "", "z@example.com"),
        ('"z@example.com" <other@example.org>', "z@example.com", "other@example.org"),
    ],
)
def test_senders(said: str, name: str, address: str):
    mail = read_mail(f"From: {said}\r\nSubject: x\r\n\r\nx".encode())
    assert (mail.sender.name, mail.sender.address) == (name, address)


@pytest.mark.parametrize(
    ("said", "iso"),
    [
        ("Mon, 23 Nov 2026 24:00:00 +0800", "2026-11-24T00:00:00+08:00"),
        ("Mon, 31 Dec 2026 24:00:00 +0800", "2027-01-01T00:00:00+08:00"),
        ("星期一, 23 十一月 2026 09:10:11 +0800", "2026-11-23T09:10:11+08:00"),
        ("Mon, 23 Nov 2026 09:10:11 +0800 (中国标准时间)", "2026-11-23T09:10:11+08:00"),
    ],
)
def test_dates(said: str, iso: str):
    mail = read_mail(f"From: z@example.com\r\nDate: {said}\r\n\r\nx".encode())
    assert mail.date is not None and mail.date.isoformat() == iso


def test_a_date_beyond_the_last_hour_is_none():
    assert read_mail(b"From: z@example.com\r\nDate: Mon, 23 Nov 2026 24:30:00 +0800\r\n\r\nx").date is None


def attached(said: bytes) -> bytes:
    return (
        HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b\r\nContent-Type: application/pdf"
        + said + b"\r\n\r\n%PDF\r\n--b--"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("said", "name"),
    [
        (b"; name=\"&#25253;&#20215;.pdf\"", "报价.pdf"),
        (b"\r\nContent-Disposition: attachment; filename=\"%E6%8A%A5%E4%BB%B7.pdf\"", "报价.pdf"),
        ("\r\nContent-Disposition: attachment; filename=报价 单.pdf".encode(), "报价 单.pdf"),
        (b"; name=\"..\\\\..\\\\windows\\\\a.pdf\"", "a.pdf"),
        (b"\r\nContent-Disposition: attachment;\r\n filename*0*=gb18030''%B1%A8; filename*1*=%BC%DB%B5%A5;\r\n filename*2=.pdf",
         "报价单.pdf"),
    ],
    ids=["numbers of a form", "percents", "bare blank", "a path", "pieces"],
)  # fmt: skip
def test_names_of_files(said: bytes, name: str):
    assert [one.name for one in read_mail(attached(said)).attachments] == [name]


HISTORY = {
    "163 with its card": "\n\n\n| |\n张三\n|\n|\nz@163.com\n|\n---- 回复的原邮件 ----\n| 发件人 | 客服<s@x.com> |\n| 主题 | 回复 |\n旧的正文",
    "163 card of the phone": "\n\n| |\n张三\n|\n|\n邮箱：z@163.com\n|\n\n签名由 网易邮箱大师 定制\n",
    "mail master": "\n来自 网易邮箱大师\n在2026年11月23日 09:10，客服<s@x.com> 写道：\n旧的正文",
    "wecom": "\n\n发件人: 客服<s@x.com>\n发件时间: 2026年11月23日(周一) 09:10\n收件人: 张三<z@x.com>\n主题: 回复\n旧的正文",
    "lark": '\n\n发件人："客服"<s@x.com>\n日期：2026年11月23日 (周一) 09:10\n主题：回复\n收件人："张三"<z@x.com>\n旧的正文',
    "huawei": "\n\n-------- 原始邮件 --------\n发件人： 客服 <s@x.com>\n日期： 2026年11月23日周一 09:10\n收件人： z@x.com\n主 题： 回复\n旧的正文",
    "139": "\n\n----邮件原文----\n发件人：客服 <s@x.com>\n收 件 人：z <z@139.com>\n抄 送： (无)\n发送时间：2026-11-23 09:10:11\n主题：回复\n\n旧的正文",
    "gmail of Taiwan": "\n\n客服 <s@x.com> 於 2026年11月23日 週一 上午9:10寫道：\n\n> 旧的正文\n",
}


@pytest.mark.parametrize("history", HISTORY.values(), ids=HISTORY)
def test_what_clients_put_below_an_answer(history: str):
    raw = f"From: z@example.com\r\nSubject: 回复\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n好的，谢谢{history}"
    assert read_mail(raw.encode()).new_text == "好的，谢谢"


def test_a_table_that_somebody_wrote_stays():
    words = "规格如下\n| 型号 | 流量 |\n| A1 | 20 |\n| |\n请按此报价，并说明交货期和付款方式有什么要求。"
    assert read_mail(body(b"; charset=utf-8", words.encode())).new_text == words


def test_a_mail_inside_a_mail_in_base64_is_a_file():
    inner = (
        b"From: a@b.example\r\nSubject: =?gbk?B?"
        + base64.b64encode(gb("内层主题"))
        + b"?=\r\n\r\n"
        + gb("内层正文")
    )
    raw = (
        HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=gbk\r\n\r\n"
        + gb("请看转来的邮件") + b"\r\n--b\r\nContent-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + lines64(inner).encode() + b"--b--"
    )  # fmt: skip
    mail = read_mail(raw)
    assert mail.text == "请看转来的邮件"
    assert [(one.name, one.content) for one in mail.attachments] == [("内层主题.eml", inner)]


def test_a_picture_alone():
    raw = (
        HEAD
        + b"Content-Type: image/png; name=a.png\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + lines64(PNG).encode()
    )
    assert [(one.name, one.content) for one in read_mail(raw).attachments] == [("a.png", PNG)]


def test_lines_ended_in_the_old_way_of_the_mac():
    assert read_mail(b"From: z@example.com\rSubject: x\r\r" + gb(WORDS)).text == WORDS


def test_lines_that_flow_without_blanks():
    raw = body(b"; charset=utf-8; format=flowed; delsp=yes", "水泵 \r\n漏水，请 \r\n处理".encode())
    assert read_mail(raw).text == "水泵漏水，请处理"
