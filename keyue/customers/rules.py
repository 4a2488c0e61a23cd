"""Names, telephone numbers and e-mail addresses: what is accepted, how it is kept, compared, shown and masked. Pure.

Everything typed is normalised once, on the way in, so that equal things are equal texts and find each other by their
blind index. What cannot be understood raises `Fault`.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import TYPE_CHECKING

from keyue.customers.faults import Fault, FaultCode, shown

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

PERSON_LONGEST = 60
ORGANISATION_LONGEST = 120
ROLE_LONGEST = 40
ADDRESS_LONGEST = 200
WORD_LONGEST = 40
TEXT_LONGEST = 2000
EMAIL_LONGEST = 254
STARS = "****"

# --- names ---

_HAN = "\u3005\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_SPACE_BETWEEN_HAN = re.compile(rf"(?<=[{_HAN}])\s+(?=[{_HAN}])")
_MIDDLE_DOTS = str.maketrans(dict.fromkeys("•‧∙・⋅", "·"))
_MOBILE_INSIDE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")

COMPOUND_SURNAMES = frozenset(
    "欧阳 太史 端木 上官 司马 东方 独孤 南宫 万俟 闻人 夏侯 诸葛 尉迟 公羊 赫连 澹台 皇甫 宗政 濮阳 公冶 太叔 申屠 公孙 "
    "慕容 仲孙 钟离 长孙 宇文 司徒 鲜于 司空 令狐 公西 百里 东郭 呼延 轩辕 拓跋 东门 西门 南门 微生 左丘 第五 谷梁 "
    "梁丘 公良 段干 子车 漆雕 乐正 纳兰".split()
)


def tidy_name(text: str, *, longest: int = PERSON_LONGEST) -> str:
    """A name as it is kept: no control characters, single spaces, none between Chinese characters. Raises Fault."""
    # private and unassigned characters stay: rare characters of names are kept there
    visible = "".join(
        " " if unicodedata.category(c) in {"Cc", "Zl", "Zp"} else c
        for c in text
        if unicodedata.category(c) not in {"Cf", "Cs"}
    )
    name = _SPACE_BETWEEN_HAN.sub("", " ".join(visible.split())).translate(_MIDDLE_DOTS)
    if len(name) > longest:
        raise Fault(FaultCode.NAME_TOO_LONG, n=len(name), most=longest)
    return name


def tidy_person(text: str) -> str:
    """A person's name; empty stays empty. Raises Fault for what is a number rather than a name."""
    name = tidy_name(text)
    if name.strip("+-() ").replace("-", "").replace(" ", "").isdecimal():
        raise Fault(FaultCode.NAME_IS_NUMBER)
    return name


def tidy_organisation(text: str) -> str:
    """An organisation's name. It is kept in the clear, so it must not carry somebody's number or address along."""
    name = tidy_name(text, longest=ORGANISATION_LONGEST)
    if not name:
        raise Fault(FaultCode.NAME_MISSING)
    if "@" in name or _MOBILE_INSIDE.search(
        re.sub(r"(?<=\d)[ -](?=\d)", "", unicodedata.normalize("NFKC", name))
    ):
        raise Fault(FaultCode.NAME_HOLDS_CONTACT)
    return name


def name_key(name: str) -> str:
    """What of a name is compared: letters and digits, without case, width, spaces and punctuation."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    bare = "".join(c for c in folded if not _is_decoration(unicodedata.category(c)))
    # without the space between them, a letter and an accent may have become one
    return unicodedata.normalize("NFKC", bare) or "".join(folded.split()).encode(errors="ignore").decode()


def _is_decoration(category: str) -> bool:
    return category[0] in "ZPS" or category in {"Cc", "Cf", "Cs"}


def search_key(name: str) -> bytes:
    """`name_key` as an organisation's column holds it: bytes that range the same way in every database."""
    return name_key(name)[:ORGANISATION_LONGEST].encode()


def prefix_range(text: str) -> tuple[bytes, bytes]:
    """From where, and up to but not including where, the search keys lie that begin like `text`."""
    start = search_key(text)
    # no UTF-8 ends in 0xFF
    return start, start[:-1] + bytes([start[-1] + 1])


def mask_name(name: str) -> str:
    """张* · 欧阳* · J***. The length of the rest is not told."""
    if not name:
        return ""
    if re.match(rf"[{_HAN}]", name):
        surname = name[:2] if name[:2] in COMPOUND_SURNAMES and len(name) > 2 else name[:1]
        return surname + "*"
    return name[0] + "***"


_STREET = re.compile(r"(.*?(?:省|自治区|市|区|县|旗|镇|乡))")


def mask_address(address: str) -> str:
    """浙江省杭州市**** : as far as the town, and no further."""
    if not address:
        return ""
    place = "".join(_STREET.findall(address)[:3])
    return f"{place or address[:2]}{STARS}"


# --- texts and money ---


def tidy_text(text: str) -> str:
    """A longer text as it is kept: its lines without trailing space, no control characters. Raises Fault."""
    lines = (
        "".join(c for c in line if unicodedata.category(c) not in {"Cc", "Cs"}).rstrip()
        for line in text.splitlines()
    )
    tidy = "\n".join(lines).strip()
    if len(tidy) > TEXT_LONGEST:
        raise Fault(FaultCode.TEXT_TOO_LONG, n=len(tidy), most=TEXT_LONGEST)
    return tidy


_MONEY = re.compile(r"\d{1,14}(\.\d{1,2})?")


def parse_money(value: Decimal | str | None) -> Decimal | None:
    """An amount of yuan, exact to the fen; None of nothing. Raises Fault."""
    text = unicodedata.normalize("NFKC", str(value if value is not None else "")).strip()
    text = text.lstrip("¥").replace(",", "").replace(" ", "")
    if not text:
        return None
    if not _MONEY.fullmatch(text):
        raise Fault(FaultCode.MONEY_UNKNOWN)
    return Decimal(text).quantize(Decimal("0.01"))


# --- telephone numbers ---

_DASHES = re.compile(r"[\u2010-\u2015\u2212\u30fc\uff0d\ufe63~]")
_EXTENSION = re.compile(r"\s*(?:;ext=|转|分机|ext\.?|#|,|x)\s*[:.]?\s*(\d{1,6})$", re.IGNORECASE)
_LANDLINE_EXTENSION = re.compile(r"^(\(?0[1-9]\d{1,2}\)?[\s-]?\d{3,4}[\s-]?\d{4})-(\d{1,6})$")
_MOBILE = re.compile(r"1[3-9]\d{9}")


def normalise_phone(text: str) -> str:
    """A telephone number in E.164, `+8613812346027`; an extension follows as `;ext=802`. Empty stays empty.

    Mainland mobiles, landlines with their area code, 400 and 800 numbers, and any other country's with `+` or `00`.
    Every 11-digit mobile that begins with 13 to 19 is taken: operators open number ranges faster than libraries learn
    of them. The rest is for `phonenumbers` to judge. Raises Fault.
    """
    text = _DASHES.sub("-", unicodedata.normalize("NFKC", text)).strip()
    if text[:4].lower() == "tel:":
        text = text[4:].strip()
    if not text:
        return ""
    number, extension = _split_extension(text)
    digits = _digits(number)
    home = _home_digits(digits)
    e164 = _foreign(digits) if home is None else _home(home)
    return f"{e164};ext={extension}" if extension else e164


def _split_extension(text: str) -> tuple[str, str]:
    for pattern in (_EXTENSION, _LANDLINE_EXTENSION):
        match = pattern.search(text)
        if match and pattern is _EXTENSION:
            return text[: match.start()], match.group(1)
        if match:
            return match.group(1), match.group(2)
    return text, ""


def _digits(text: str) -> str:
    """The digits, with a leading + where there was one."""
    for c in text:
        if not (c.isascii() and c.isdigit()) and c not in " -().+/\t\xa0":
            raise Fault(FaultCode.PHONE_CHARACTERS, character=shown(c))
    digits = re.sub(r"[^\d+]", "", text)
    if not digits.strip("+") or "+" in digits[1:]:
        raise Fault(FaultCode.PHONE_UNKNOWN)
    return digits


def _home_digits(digits: str) -> str | None:
    """The national part of a mainland number; None for another country's."""
    for prefix in ("+86", "0086"):
        if digits.startswith(prefix):
            return digits[len(prefix) :]
    if digits.startswith(("+", "00")):
        return None
    if digits.startswith("86") and _MOBILE.fullmatch(digits[2:]):
        return digits[2:]
    return digits


def _home(digits: str) -> str:
    if digits.startswith("0") and _MOBILE.fullmatch(digits[1:]):
        # an old way to dial a mobile of another city
        digits = digits[1:]
    if _MOBILE.fullmatch(digits):
        return "+86" + digits
    if re.match(r"1[3-9]", digits):
        raise Fault(FaultCode.PHONE_MOBILE_LENGTH, n=len(digits))
    found = _judged("+86" + digits.removeprefix("0"))
    if found:
        return found
    if digits.startswith("0"):
        raise Fault(FaultCode.PHONE_LANDLINE)
    raise Fault(FaultCode.PHONE_AREA_CODE if len(digits) in (7, 8) else FaultCode.PHONE_UNKNOWN)


def _foreign(digits: str) -> str:
    found = _judged("+" + digits.removeprefix("+").removeprefix("00"))
    if not found:
        raise Fault(FaultCode.PHONE_FOREIGN)
    return found


def _parsed(e164: str) -> PhoneNumber | None:
    # most numbers are mobiles and never come here: only who needs the library loads its tables
    import phonenumbers

    try:
        return phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        return None


def _judged(e164: str) -> str:
    """The number in its one form where it is a valid one of its country, else empty."""
    import phonenumbers

    number = _parsed(e164)
    if number is None or not phonenumbers.is_valid_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _parts(phone: str) -> tuple[str, str, str, str]:
    """(country code, area or network, subscriber, extension) of a normalised number."""
    e164, _, extension = phone.partition(";ext=")
    if _MOBILE.fullmatch(e164[3:]) and e164.startswith("+86"):
        return "86", "", e164[3:], extension
    number = _parsed(e164)
    if number is None:
        return "", "", e164, extension
    import phonenumbers

    national = phonenumbers.national_significant_number(number)
    country = str(number.country_code)
    if country != "86":
        return country, "", national, extension
    size = 3 if national[:3] in {"400", "800"} else phonenumbers.length_of_geographical_area_code(number)
    return country, national[:size], national[size:], extension


def format_phone(phone: str) -> str:
    """A normalised number as people write it: `138 1234 6027`, `0571-87654321 转 802`, `400-123-4567`."""
    if not phone:
        return ""
    country, area, rest, extension = _parts(phone)
    tail = f" 转 {extension}" if extension else ""
    if country != "86":
        return (_international(phone) or phone) + tail
    if not area:
        return (f"{rest[:3]} {rest[3:7]} {rest[7:]}" if len(rest) == 11 else rest) + tail
    if area in {"400", "800"}:
        return f"{area}-{rest[:3]}-{rest[3:]}{tail}"
    return f"0{area}-{rest}{tail}"


def _international(phone: str) -> str:
    import phonenumbers

    number = _parsed(phone.partition(";")[0])
    if number is None:
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def mask_phone(phone: str) -> str:
    """`138****6027`, `0571-****4321`, `400-****4567`, `+852 ****4567`; of a short number only the last two digits."""
    if not phone:
        return ""
    country, area, rest, _extension = _parts(phone)
    tail = rest[-4:] if len(rest) >= 7 else rest[-2:] if len(rest) > 3 else ""
    if country != "86":
        return f"+{country} {STARS}{tail}" if country else STARS + tail
    if not area:
        return rest[:3] + STARS + tail if len(rest) == 11 else STARS + tail
    return f"{area}-{STARS}{tail}" if area in {"400", "800"} else f"0{area}-{STARS}{tail}"


# --- e-mail addresses ---

_LOCAL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_TOP = re.compile(r"[a-z]{2,63}|xn--[a-z0-9-]{2,59}")


def normalise_email(text: str) -> str:
    """An address in small letters, its domain in ASCII; 。 and ＠ of a Chinese keyboard are understood. Raises Fault."""
    text = unicodedata.normalize("NFKC", text).strip().lower()
    text = text.removeprefix("mailto:").strip()
    if not text:
        return ""
    local, at, domain = text.rpartition("@")
    if not at or "@" in local:
        raise Fault(FaultCode.EMAIL_AT)
    if not _LOCAL.fullmatch(local) or len(local) > 64:
        raise Fault(FaultCode.EMAIL_LOCAL)
    address = f"{local}@{_domain(domain)}"
    if len(address) > EMAIL_LONGEST:
        raise Fault(FaultCode.EMAIL_TOO_LONG, most=EMAIL_LONGEST)
    return address


def _domain(text: str) -> str:
    try:
        domain = text.replace("。", ".").encode("idna").decode("ascii").lower()
    except UnicodeError:
        raise Fault(FaultCode.EMAIL_DOMAIN) from None
    labels = domain.split(".")
    if len(labels) < 2 or not all(map(_LABEL.fullmatch, labels)) or not _TOP.fullmatch(labels[-1]):
        raise Fault(FaultCode.EMAIL_DOMAIN)
    return domain


def mask_email(email: str) -> str:
    """`z***@example.com`."""
    local, at, domain = email.partition("@")
    return f"{local[:1]}***@{domain}" if at else ""


def may_be_contact(text: str) -> bool:
    """Whether a text typed into a search may be somebody's number or address, or the beginning of one."""
    return "@" in text or "＠" in text or sum(c.isdigit() for c in text) >= 5


# --- customer numbers ---

NUMBER = re.compile(r"kh[-‐–—_ ]?0*(\d{1,18})", re.IGNORECASE)


def number_of(pk: int) -> str:
    """The readable number of a customer: KH-00317."""
    return f"KH-{pk:05d}"


def parse_number(text: str) -> int | None:
    """The id behind `KH-00317`, `kh317` or `KH 317`; None for anything else."""
    match = NUMBER.fullmatch(unicodedata.normalize("NFKC", text).strip())
    return int(match.group(1)) if match and match.group(1) else None
