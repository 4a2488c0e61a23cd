"""Identifiers as they are kept: codes with their check signs, names, numbers of other systems. Pure."""

from __future__ import annotations

import unicodedata

from keyue.customers import rules
from keyue.customers.faults import Fault, FaultCode, shown
from keyue.customers.matching.identifiers import USCC_SIGNS, bare, is_identity_number, is_uscc
from keyue.customers.matching.sounds import sound_key

CODE_LENGTH = 18
EXTERNAL_LONGEST = 80
SYSTEM_LONGEST = 40


def clean_uscc(text: str) -> str:
    """A 统一社会信用代码 of 18 signs in capitals, its check sign right (GB 32100-2015). Raises Fault."""
    code = bare(text)
    if len(code) != CODE_LENGTH:
        raise Fault(FaultCode.USCC_LENGTH, n=len(code))
    wrong = next((sign for sign in code if sign not in USCC_SIGNS), "")
    if wrong:
        raise Fault(FaultCode.USCC_SIGN, sign=wrong)
    if not is_uscc(code):
        raise Fault(FaultCode.USCC_CHECK)
    return code


def clean_id_number(text: str) -> str:
    """A citizen's number with its check sign (GB 11643-1999), or another document's letters and digits. Raises Fault."""
    code = bare(text)
    if len(code) == CODE_LENGTH:
        if not is_identity_number(code):
            raise Fault(FaultCode.ID_NUMBER_CHECK)
    elif not 5 <= len(code) <= 20:
        raise Fault(FaultCode.ID_NUMBER_LENGTH)
    return code


def clean_external(text: str) -> str:
    """A number that another system gave, as it is written there. Raises Fault."""
    value = _tidy(text)
    if not value:
        raise Fault(FaultCode.IDENTIFIER_MISSING)
    if len(value) > EXTERNAL_LONGEST:
        raise Fault(FaultCode.NAME_TOO_LONG, n=len(value), most=EXTERNAL_LONGEST)
    return value


def clean_system(text: str) -> str:
    """The name of another system: ERP, 金税. Raises Fault."""
    system = _tidy(text)
    if not system:
        raise Fault(FaultCode.SYSTEM_MISSING)
    if len(system) > SYSTEM_LONGEST:
        raise Fault(FaultCode.NAME_TOO_LONG, n=len(system), most=SYSTEM_LONGEST)
    return system


def _tidy(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).split())


def clean_other_name(text: str, *, is_person: bool) -> str:
    """A further name of an organisation or a person. Raises Fault."""
    name = rules.tidy_person(text) if is_person else rules.tidy_organisation(text)
    if not rules.name_key(name):
        raise Fault(FaultCode.IDENTIFIER_MISSING)
    return name


def code_key(code: str) -> bytes:
    """What a code that is kept in the clear is found by; equal but for case and width means the same."""
    return _tidy(code).casefold().encode()


def name_key(name: str) -> bytes:
    """What an organisation's further name is found by: how it sounds."""
    return sound_key(name)


def mask_code(code: str) -> str:
    """`330***********1234`: what is shown of an identity number before somebody says what they need it for."""
    if len(code) < 8:
        return rules.STARS
    return f"{code[:3]}{'*' * (len(code) - 7)}{code[-4:]}"


def quoted(text: str) -> str:
    """A value fit to be said back in a sentence."""
    return shown(text, 40)
