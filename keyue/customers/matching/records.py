"""Records as they are compared: each field in one form. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from keyue.customers.matching.companies import CompanyName, parsed
from keyue.customers.matching.identifiers import bare
from keyue.customers.rules import name_key

KEYS = ("name", "short_name", "phone", "email", "id", "uscc", "birth", "address", "contact")
HAN = re.compile(r"[㐀-鿿]")
ORGANISATION = re.compile(
    r"公司|集团|厂|店|院|学校|大学|银行|中心|合作社|事务所|商行|经营部|工作室|协会|委员会"
)
LONGEST_PERSON = 4
"""Characters of a person's name in Chinese, but for those with a dot."""


@dataclass(frozen=True, slots=True)
class Record:
    """`ref` names it in its file; of what is missing there is "" or nothing. Texts are folded, numbers bare."""

    ref: str
    name: str
    company: CompanyName | None
    words: tuple[str, ...]
    short_names: tuple[str, ...]
    phones: tuple[str, ...]
    emails: tuple[str, ...]
    id: str
    uscc: str
    birth: str
    address: tuple[str, ...]
    contact: str

    @classmethod
    def of(cls, ref: str, values: Mapping[str, str]) -> Record:
        """A record from its fields as they were written; unknown keys are left aside."""
        said = {key: values.get(key, "").strip() for key in KEYS}
        name = name_key(said["name"])
        is_company = bool(HAN.search(name)) and (
            len(name) > LONGEST_PERSON or bool(ORGANISATION.search(name))
        )
        return cls(
            ref=ref,
            name=name,
            company=parsed(said["name"]) if is_company else None,
            words=() if HAN.search(name) else tuple(words_of(said["name"])),
            short_names=tuple(filter(None, map(name_key, re.split(r"[;；,，、|/]", said["short_name"])))),
            phones=tuple(
                dict.fromkeys(filter(None, map(phone_of, re.split(r"[;；,，、|/]|\s{2,}", said["phone"]))))
            ),
            emails=tuple(
                dict.fromkeys(
                    mail.lower() for mail in re.split(r"[;；,，、|\s]+", said["email"]) if "@" in mail
                )
            ),
            id=bare(said["id"]),
            uscc=bare(said["uscc"]),
            birth=re.sub(r"\D", "", unicodedata.normalize("NFKC", said["birth"])),
            address=tuple(address_words(said["address"])),
            contact=name_key(said["contact"]),
        )


def words_of(text: str) -> Iterator[str]:
    """Words of letters and digits, without case."""
    yield from re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold())


def phone_of(text: str) -> str:
    """The digits of a telephone number without the country's; "" for what is too short to be one."""
    digits = re.sub(r"\D", "", unicodedata.normalize("NFKC", text))
    digits = re.sub(r"^(?:00)?86(?=1[3-9]\d{9}$|0?\d{9,11}$)", "", digits)
    return digits if len(digits) >= 7 else ""


def address_words(text: str) -> Iterator[str]:
    """Words of an address: of letters and digits, and each two characters of Chinese that stand side by side."""
    for word in words_of(text):
        for part in re.findall(r"[㐀-鿿]+|[^㐀-鿿]+", word):
            if HAN.match(part):
                yield from (part[at : at + 2] for at in range(max(1, len(part) - 1)))
            else:
                yield part
