"""Which charset bytes are in, by what comes out: real text is made of common characters, the wrong charset gives rare ones.

Chinese first: where the bytes could be several things, GB 18030 is taken. No statistics beyond a list of the commonest
characters, so that two characters of a subject are read by the same rule as a page.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from keyue.channels.email.reader.stateful import has_escapes, looks_like_hz, read_hz, read_iso2022

COMMONEST = frozenset(
    "的一是不了在人有我他这为之大来以个中上们到说国和地也子时道出而要于就下得可你年生自会那后能对着事其里所去行过家十用发天如然作方成者多日"
    "都三小军二无同么经法当起与好看学进种将还分此心前面又定见只主没公从知全工己开些手理点长明样意动名力现问使给第正外文新把相实本两水机电信"
    "件回复您请谢产品投诉客户服务质量问题处司订单退款货快递联系人话号码收到关于今昨月周星期先女士售后维修员工作情况需希望尽快反馈附查阅"
    "這為來個們說國時過發後對裡還當與學種將現問給長樣動實兩機電號碼聯繫關於訂單貨遞買賣務質題處詢請謝覆戶應開見無從經點車門東網業產價錢"
    "张王李赵陈刘杨黄周吴徐孙马朱胡林郭何高罗郑梁宋唐许邓冯韩曹曾彭萧蔡潘田董袁余叶蒋杜苏魏程吕丁沈任姚卢傅钟姜崔谭廖范汪陆金石戴贾韦夏"
    "邱侯邹熊孟秦白江阎薛尹段雷黎史龙陶贺顾毛郝龚邵万钱严覃武莫孔向汤張陳劉楊黃吳趙孫馬鄭羅許鄧馮韓蕭葉蔣蘇呂盧鍾譚陸賈鄒閻賀顧龔錢嚴湯"
    "公司系统测试通知报告会议合同付款发票银行账户密码验证自动技术支持销售部门经理总北京上海广州深圳中国香港台湾邮箱"
)
_SYLLABLES = frozenset("이다는가을를에의하고은니지사도로서나기해한라시어자리안녕세요습객센터주문제입")
_SIGNS = frozenset("，。、；：？！“”‘’（）《》【】…—·　￥「」『』～％＋－／")
_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fe]")
_CYRILLIC_LOWER = re.compile("[а-яё]")
_CYRILLIC_UPPER = re.compile("[А-ЯЁ]")
_ALONE = re.compile(rb"(?<![\x80-\xff])[\x80-\xff](?![\x80-\xff])")
_RUNS = re.compile(rb"[\x80-\xff]+")
_HIGH = re.compile(rb"[\x80-\xff]")
_LONE = re.compile(rb"(?<![\x80-\xff])[\x80-\xff](?=[\x00-\x7f]{2}|[\x00-\x7f]?\Z)")
_IN_A_WORD = re.compile(rb"(?<=[A-Za-z])[\xc0-\xff]{2,3}(?=[A-Za-z])")
_CUT_OFF = re.compile(rb"(?:[\xc2-\xdf]|[\xe0-\xef][\x80-\xbf]?|[\xf0-\xf4][\x80-\xbf]{0,2})\Z")

CANDIDATES = (
    ("gb18030", 0.12),
    ("big5", 0.04),
    ("cp932", 0.0),
    ("cp949", 0.0),
    ("cp1251", 0.0),
    ("koi8_r", 0.0),
)
"""Charsets to try beside UTF-8, and how much each is believed before looking."""
CHINESE = frozenset({"gb18030", "big5"})
SAMPLE = 20_000
GOOD = 0.3


@cache
def _level_one() -> frozenset[str]:
    """The everyday characters of GB 2312 and of Big5, as the standards list them."""
    simplified = bytes(
        byte
        for lead in range(0xB0, 0xD8)
        for trail in range(0xA1, 0xFF if lead < 0xD7 else 0xFA)
        for byte in (lead, trail)
    )
    trails = [*range(0x40, 0x7F), *range(0xA1, 0xFF)]
    traditional = bytes(byte for lead in range(0xA4, 0xC6) for trail in trails for byte in (lead, trail))
    return frozenset(simplified.decode("gb2312") + traditional.decode("cp950", "ignore"))


def plausibility(text: str) -> float:
    """How much the characters beyond ASCII look like text that somebody wrote, from about -2 to 1; 0 without any."""
    everyday = _level_one()
    total, count = 0.0, 0
    for character in text[:SAMPLE]:
        if character < "\x80":
            continue
        count += 1
        if character in COMMONEST or character in _SIGNS:
            total += 1.0
        elif character in everyday:
            total += 0.45
        else:
            total += _rare(character)
    return total / count if count else 0.0


def _rare(character: str) -> float:
    code = ord(character)
    if character == "\ufffd":
        return -2.0
    if _KANA.match(character):
        return 0.85
    if 0xAC00 <= code <= 0xD7A3:
        return 0.95 if character in _SYLLABLES else 0.35
    if _CYRILLIC_LOWER.match(character):
        return 0.62
    if _CYRILLIC_UPPER.match(character):
        return 0.2
    if 0x2500 <= code <= 0x259F:
        # lines and blocks: what a drawn rule becomes in the wrong charset
        return 0.0
    if 0x1F300 <= code <= 0x1FAFF or 0xFF01 <= code <= 0xFF5E or 0x2010 <= code <= 0x27BF:
        return 0.6
    if 0x3400 <= code <= 0x9FFF:
        return 0.0
    category = unicodedata.category(character)
    if category in {"Co", "Cn", "Cc", "Cs"}:
        return -1.5
    if 0xC0 <= code <= 0x24F:
        return 0.3
    return -0.1 if category.startswith("L") else 0.0


def utf8_of(raw: bytes) -> str | None:
    """The text where it is UTF-8 all through, a last character cut off or not; None where it is not."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(raw) - 3 or not _CUT_OFF.search(raw) or error.start < 6:
            return None
        return raw.decode("utf-8", "replace")


def read_as(raw: bytes, codec: str) -> str:
    """`raw` in a charset of Python's by its name here; what is in none shows as �."""
    if codec == "big5":
        plain = raw.decode("cp950", "replace")
        if "\ufffd" not in plain:
            return plain
        wide = raw.decode("big5hkscs", "replace")
        return wide if wide.count("\ufffd") < plain.count("\ufffd") else plain
    if codec == "cp1252":
        return _windows(raw)
    return raw.decode(codec, "replace")


def _windows(raw: bytes) -> str:
    """Windows-1252, in which the five bytes that mean nothing stand for themselves."""
    try:
        return raw.decode("cp1252")
    except UnicodeDecodeError:
        return raw.decode("latin-1").translate(_WINDOWS)


_WINDOWS = {
    code: bytes([code]).decode("cp1252")
    for code in range(0x80, 0xA0)
    if code not in {0x81, 0x8D, 0x8F, 0x90, 0x9D}
}


def guess(raw: bytes, hint: str = "") -> tuple[str, str]:
    """The text, and the charset that it was taken to be in. `hint`: a charset that the rest of the mail is in."""
    if raw.isascii():
        if has_escapes(raw):
            return read_iso2022(raw), "iso-2022"
        if looks_like_hz(raw):
            return read_hz(raw), "hz"
        return raw.decode("ascii"), "ascii"
    strict = utf8_of(raw)
    if strict is not None and not _means_gb(raw, strict, hint):
        return strict, "utf-8"
    if has_escapes(raw) and len(_HIGH.findall(raw)) < len(raw) // 10:
        return read_iso2022(raw), "iso-2022"
    if _is_western(raw, hint):
        return read_as(raw, "cp1252"), "cp1252"
    loose = raw.decode("utf-8", "replace")
    if _is_nearly_utf8(loose):
        return loose, "utf-8"
    best, score = "", -9.0
    sample = raw[: SAMPLE * 2]
    for codec, trust in CANDIDATES:
        tried = read_as(sample, codec)
        there = plausibility(tried) + trust + (0.25 if codec == hint else 0.0)
        if not trust and codec != hint:
            # a word or two can look like anything: what is seldom met here has to show more of itself
            there -= 1.2 / max(1, sum(character >= "\x80" for character in tried))
        if there > score:
            best, score = codec, there
    if score < -0.5 and not _is_paired(raw):
        return read_as(raw, "cp1252"), "cp1252"
    return read_as(raw, best), best


def _is_nearly_utf8(loose: str) -> bool:
    """Whether far more is UTF-8 than is not: in another charset hardly any of it would be."""
    sample = loose[:SAMPLE]
    lost = sample.count("\ufffd")
    kept = sum(character >= "\x80" for character in sample) - lost
    return kept >= 4 and kept >= 3 * lost


def _means_gb(raw: bytes, strict: str, hint: str) -> bool:
    """Whether a few characters of GBK are UTF-8 by chance, as 联通 is: no Chinese comes out of it.

    Letters and signs of Latin 1 (é, £) are what they seem, unless the rest of the mail is Chinese.
    """
    if len(raw) > 64 or any(character > "\u0800" for character in strict):
        return False
    if hint not in CHINESE and all(character < "\u0100" for character in strict):
        return False
    return plausibility(raw.decode("gb18030", "replace")) > max(GOOD, plausibility(strict) + 0.1)


def _is_western(raw: bytes, hint: str) -> bool:
    """Whether letters with accents stand alone among ASCII ones: in Chinese charsets high bytes come in pairs.

    A second byte of GBK or Big5 can be ASCII too, but then the next character's first byte follows it.
    """
    head = raw[:SAMPLE]
    runs = _RUNS.findall(head)
    high = sum(map(len, runs))
    if high * 2 >= len(head):
        return False
    alone = len(_LONE.findall(head)) + (0 if hint in CHINESE else len(_IN_A_WORD.findall(head)))
    if alone >= 0.6 * len(runs):
        return True
    if sum(len(run) == 1 for run in runs) < 0.6 * len(runs):
        return False
    return plausibility(head.decode("gb18030", "replace")) < GOOD + 0.15


def in_words(raw: bytes) -> bool:
    """Whether the bytes beyond ASCII make up whole words, as in Russian or Korean, not letters among others."""
    runs = _RUNS.findall(raw[:SAMPLE])
    return len(runs) >= 2 and sum(map(len, runs)) >= 3 * len(runs)


def _is_paired(raw: bytes) -> bool:
    return len(_ALONE.findall(raw)) < 0.3 * max(1, len(_HIGH.findall(raw)))
