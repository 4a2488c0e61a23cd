"""Bytes of a mail as text, whatever charset they are said to be in.

The declared charset is believed as far as it holds: GB 2312 is read as GB 18030, which contains it, Latin 1 as
Windows-1252, and a declaration that gives nonsense where another charset gives text is overruled and told.
"""

from __future__ import annotations

import codecs
import re
from functools import cache

from keyue.channels.email.reader import oddities
from keyue.channels.email.reader.guessing import (
    CHINESE,
    GOOD,
    SAMPLE,
    guess,
    in_words,
    plausibility,
    read_as,
    utf8_of,
)
from keyue.channels.email.reader.oddities import Oddities
from keyue.channels.email.reader.stateful import has_escapes, looks_like_hz, read_hz, read_iso2022

_LABEL = re.compile(r"[a-z0-9][a-z0-9._:+()-]{0,60}")
_PLAIN = re.compile(r"[^a-z0-9]+")
_CODEC = re.compile(
    r"(?:cp\d+|iso8859-\d+|koi8-[rtu]|mac-[a-z]+|utf-(?:7|8|16|32)(?:-[bl]e)?|big5(?:hkscs)?|gb18030|gbk|gb2312|shift_jis(?:x0213|_2004)?"
    r"|euc_(?:jp|kr|jisx0213|jis_2004)|johab|tis-620|ptcp154|kz1048|hp-roman8|ascii)"
)
_BY_PREFIX = (
    ("gb", "gb18030"),
    ("xgb", "gb18030"),
    ("csgb", "gb18030"),
    ("isoir58", "gb18030"),
    ("euccn", "gb18030"),
    ("xeuccn", "gb18030"),
    ("eucgb", "gb18030"),
    ("cp936", "gb18030"),
    ("ms936", "gb18030"),
    ("windows936", "gb18030"),
    ("936", "gb18030"),
    ("chinesesimplified", "gb18030"),
    ("chinesegb", "gb18030"),
    ("simplifiedchinese", "gb18030"),
    ("chinesebig5", "big5"),
    ("chinesetraditional", "big5"),
    ("chinese", "gb18030"),
    ("zhcn", "gb18030"),
    ("big5", "big5"),
    ("xxbig5", "big5"),
    ("xbig5", "big5"),
    ("cnbig5", "big5"),
    ("csbig5", "big5"),
    ("cp950", "big5"),
    ("ms950", "big5"),
    ("windows950", "big5"),
    ("950", "big5"),
    ("zhtw", "big5"),
    ("utf8", "utf_8"),
    ("xutf8", "utf_8"),
    ("unicode11utf8", "utf_8"),
    ("unicode20utf8", "utf_8"),
    ("65001", "utf_8"),
    ("cp65001", "utf_8"),
    ("utf7", "utf_7"),
    ("unicode11utf7", "utf_7"),
    ("csunicode11utf7", "utf_7"),
    ("utf16le", "utf_16_le"),
    ("utf16be", "utf_16_be"),
    ("utf16", "utf_16"),
    ("ucs2", "utf_16"),
    ("iso10646ucs2", "utf_16"),
    ("unicode", "utf_16"),
    ("utf32", "utf_32"),
    ("ucs4", "utf_32"),
    ("hz", "hz"),
    ("iso2022", "iso2022"),
    ("csiso2022", "iso2022"),
    ("shiftjis", "cp932"),
    ("xsjis", "cp932"),
    ("sjis", "cp932"),
    ("mskanji", "cp932"),
    ("windows31j", "cp932"),
    ("eucjp", "euc_jisx0213"),
    ("xeucjp", "euc_jisx0213"),
    ("euckr", "cp949"),
    ("ksc5601", "cp949"),
    ("ksc5601", "cp949"),
    ("windows949", "cp949"),
    ("iso88591", "cp1252"),
    ("windows1252", "cp1252"),
    ("cp1252", "cp1252"),
    ("latin1", "cp1252"),
    ("l1", "cp1252"),
    ("iso88598", "iso8859-8"),
    ("xmacroman", "mac-roman"),
    ("macintosh", "mac-roman"),
)
_NOT_LATIN1 = re.compile(r"iso8859(?:1[0-6]|8)")
_WIDE = {"utf_16", "utf_16_le", "utf_16_be", "utf_32"}
_HARDLY_MIXED = {"cp932", "cp949", "cp1251", "cp1252", "koi8_r"}
_CHINESE = {"gb18030", "big5", "cp932", "cp949", "euc_jisx0213"}
_SHOWN = {"utf_8": "utf-8", "hz": "hz-gb-2312", "iso2022": "iso-2022"}
SURE = 0.5
LONGEST_BY_LINE = 1_000_000
FEWEST_TWICE = 6
"""Letters beyond ASCII that two Chinese characters become when they are encoded twice."""
_HAN = re.compile("[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
SURELY_OTHER = 0.3
"""By how much another charset must look better than a declared one that could be right."""


@cache
def codec_of(label: str) -> str:
    """The name under which a declared charset is read here; empty where it says nothing."""
    tidy = label.strip().strip("\"'").strip().lower()
    for lead in ("charset=", "charset:"):
        tidy = tidy.removeprefix(lead).strip("\"' ")
    found = _LABEL.match(tidy)
    if not found:
        return ""
    plain = _PLAIN.sub("", found[0])
    if _NOT_LATIN1.fullmatch(plain.removesuffix("i").removesuffix("e")):
        plain = plain.removesuffix("i").removesuffix("e")
        return f"iso8859-{plain[7:]}"
    for lead, codec in _BY_PREFIX:
        if plain.startswith(lead):
            return codec
    try:
        # only names of charsets: the codecs of Python hold compression and ciphers too
        name = codecs.lookup(found[0]).name
    except (LookupError, ValueError):
        return ""
    if not _CODEC.fullmatch(name) or name == "ascii":
        return ""
    return {"utf-8": "utf_8", "iso8859-1": "cp1252"}.get(name, name)


def decode(raw: bytes, label: str = "", odd: Oddities | None = None, hint: str = "") -> str:
    """`raw` as text. `label` is the declared charset, `hint` one that is likely where none is declared.

    Never raises; what is in no charset shows as �. What had to be overruled is told to `odd`.
    """
    odd = odd or Oddities()
    marked = _by_mark(raw)
    if marked is not None:
        return marked
    codec = codec_of(label)
    if codec in _WIDE:
        return _wide(raw, codec, label, odd)
    if b"\0" in raw:
        wide = _wide_unsaid(raw)
        if wide is not None:
            return wide
    if raw.isascii():
        return _seven_bits(raw, codec)
    if codec in {"", "cp1252", "hz", "iso2022", "utf_7"}:
        return _guessed(raw, codec, label, odd, hint)
    if codec == "utf_8":
        return _utf8(raw, label, odd)
    if codec in _CHINESE:
        return _many_bytes(raw, codec, label, odd)
    return _one_byte(raw, codec, label, odd)


def _by_mark(raw: bytes) -> str | None:
    """Text that begins with a byte order mark says itself what it is."""
    if raw.startswith(codecs.BOM_UTF8):
        strict = utf8_of(raw[3:])
        return strict if strict is not None else None
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = raw.decode("utf-16", "replace")
        return text if plausibility(text) >= 0 else None
    return None


def _seven_bits(raw: bytes, codec: str) -> str:
    if has_escapes(raw):
        return read_iso2022(raw)
    if codec == "hz" or (codec in {"", "gb18030"} and looks_like_hz(raw)):
        return read_hz(raw)
    if codec == "utf_7":
        return raw.decode("utf-7", "replace")
    return raw.decode("ascii")


def _wide(raw: bytes, codec: str, label: str, odd: Oddities) -> str:
    if codec == "utf_32":
        ends = "utf-32-be" if raw[:2] == b"\0\0" else "utf-32-le"
        return raw.decode(
            "utf-32" if raw[:4] in {codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE} else ends, "replace"
        )
    tries = ["utf-16-le", "utf-16-be"] if codec == "utf_16" else [codec.replace("_", "-")]
    even, uneven = raw[0::2].count(0), raw[1::2].count(0)
    if codec == "utf_16" and even != uneven:
        tries = ["utf-16-be"] if even > uneven else ["utf-16-le"]
    texts = [raw.decode(one, "replace") for one in tries]
    best = max(texts, key=plausibility)
    if even or uneven or plausibility(best) >= GOOD:
        return best
    text, used = guess(raw)
    odd.say(oddities.charset_wrong(label, used))
    return text


def _wide_unsaid(raw: bytes) -> str | None:
    """UTF-16 that nobody declared shows by the zero bytes of its ASCII characters, all on one side."""
    even, uneven = raw[0::2].count(0), raw[1::2].count(0)
    if (
        max(even, uneven) < 2
        or min(even, uneven) * 10 > max(even, uneven)
        or max(even, uneven) * 20 < len(raw)
    ):
        return None
    text = raw.decode("utf-16-be" if even > uneven else "utf-16-le", "replace")
    return text if plausibility(text) >= 0 else None


def _guessed(raw: bytes, codec: str, label: str, odd: Oddities, hint: str) -> str:
    text, used = guess(raw, codec_of(hint))
    if codec == "cp1252":
        if _is_latin(raw, text, used):
            return read_as(raw, "cp1252")
        odd.say(oddities.charset_wrong(label, used))
    elif codec or label.strip("\"' ").lower().replace("-", "") in {"usascii", "ascii"}:
        odd.say(oddities.charset_wrong(label, used))
    elif label.strip():
        odd.say(oddities.charset_unknown(label, used))
    else:
        odd.say(oddities.charset_missing(used))
    if "\ufffd" in text:
        odd.say(oddities.charset_broken(used))
    return text


def _is_latin(raw: bytes, text: str, used: str) -> bool:
    """Whether what is declared Latin 1 is: it cannot be wrong by its bytes, so only what is surely something else is not."""
    if used == "utf-8":
        return plausibility(text) < 0
    if used == "cp1252" or (used not in CHINESE and not in_words(raw)):
        return True
    return plausibility(text) < GOOD + 0.15


def _utf8(raw: bytes, label: str, odd: Oddities) -> str:
    strict = utf8_of(raw)
    if strict is not None:
        return _once(strict, odd)
    text, used = guess(raw)
    fits_all = used in {"utf-8", "cp1252"}
    surely = not fits_all and plausibility(text) > SURE and "\ufffd" not in text[:SAMPLE]
    pieces = text if surely else _by_line(raw)
    is_mixed = pieces != text and (fits_all or plausibility(text) < max(GOOD, plausibility(pieces)))
    if is_mixed or used == "utf-8":
        odd.say(oddities.charset_broken("utf-8"))
        return pieces
    odd.say(oddities.charset_wrong(label, used))
    return text


def _once(text: str, odd: Oddities) -> str:
    """Text that a program took for Latin letters and encoded again, as it was before: only where Chinese comes out."""
    letters = sum(c > "\x7f" for c in text[:SAMPLE])
    if letters < FEWEST_TWICE:
        return text
    for codec in ("latin-1", "cp1252"):
        try:
            before = text.encode(codec).decode("utf-8")
        except UnicodeError:
            continue
        if len(_HAN.findall(before)) * 6 > letters:
            odd.say(oddities.ENCODED_TWICE)
            return before
    return text


def _by_line(raw: bytes) -> str:
    """Each line in the charset that it is in: mails are put together from pieces of several."""
    if len(raw) > LONGEST_BY_LINE:
        return raw.decode("utf-8", "replace")
    lines = []
    for line in raw.splitlines(keepends=True):
        strict = utf8_of(line)
        text, used = (strict, "utf-8") if strict is not None else guess(line)
        if used in _HARDLY_MIXED or (strict is None and plausibility(text) < GOOD):
            # a line that is partly UTF-8 is damaged, not of another charset
            loose = line.decode("utf-8", "replace")
            text = loose if any("\x7f" < character != "\ufffd" for character in loose) else text
        lines.append(text)
    return "".join(lines)


def _many_bytes(raw: bytes, codec: str, label: str, odd: Oddities) -> str:
    text = read_as(raw, codec)
    there = plausibility(text)
    unicode = utf8_of(raw)
    could_be = unicode is not None and plausibility(unicode) > max(there, 0.0) - 0.05
    if unicode is not None and could_be and (there < 0 or any(character > "\u0800" for character in unicode)):
        odd.say(oddities.charset_wrong(label, "utf-8"))
        return unicode
    broken = "\ufffd" in text
    if broken or there < (SURE if codec in {"gb18030", "big5"} else SURE + 0.15):
        other, used = guess(raw)
        better = plausibility(other) - there
        enough = 0.1 if broken else SURELY_OTHER if there < GOOD and len(raw) >= 8 else 0.5
        if codec not in {"gb18030", "big5"} and len(raw) >= 16:
            enough = min(enough, SURELY_OTHER)
        if used != codec and better > enough:
            odd.say(oddities.charset_wrong(label, used))
            return other
    if broken and len(raw) <= LONGEST_BY_LINE:
        pieces = _by_line(raw)
        if pieces.count("\ufffd") < text.count("\ufffd"):
            text = pieces
        if "\ufffd" in text:
            odd.say(oddities.charset_broken(_SHOWN.get(codec, codec)))
    return text


def _one_byte(raw: bytes, codec: str, label: str, odd: Oddities) -> str:
    text = read_as(raw, codec)
    unicode = utf8_of(raw)
    if unicode is not None and plausibility(unicode) > plausibility(text):
        odd.say(oddities.charset_wrong(label, "utf-8"))
        return unicode
    other, used = guess(raw)
    if used in _CHINESE and plausibility(other) > max(0.6, plausibility(text) + SURELY_OTHER):
        odd.say(oddities.charset_wrong(label, used))
        return other
    if "\ufffd" in text:
        odd.say(oddities.charset_broken(codec))
    return text
