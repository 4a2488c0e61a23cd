"""What can be wrong with a value that somebody typed. Pure; `wording.py` has the sentence for each."""

from __future__ import annotations

from enum import StrEnum


class FaultCode(StrEnum):
    """Each fault has one sentence."""

    NAME_MISSING = "name_missing"
    NAME_TOO_LONG = "name_too_long"
    NAME_IS_NUMBER = "name_is_number"
    NAME_HOLDS_CONTACT = "name_holds_contact"
    PHONE_CHARACTERS = "phone_characters"
    PHONE_MOBILE_LENGTH = "phone_mobile_length"
    PHONE_AREA_CODE = "phone_area_code"
    PHONE_LANDLINE = "phone_landline"
    PHONE_FOREIGN = "phone_foreign"
    PHONE_UNKNOWN = "phone_unknown"
    EMAIL_AT = "email_at"
    EMAIL_LOCAL = "email_local"
    EMAIL_DOMAIN = "email_domain"
    EMAIL_TOO_LONG = "email_too_long"
    REGION_UNKNOWN = "region_unknown"
    CITY_TOO_LONG = "city_too_long"
    CITY_CHARACTERS = "city_characters"
    TEXT_TOO_LONG = "text_too_long"
    MONEY_UNKNOWN = "money_unknown"
    USCC_LENGTH = "uscc_length"
    USCC_SIGN = "uscc_sign"
    USCC_CHECK = "uscc_check"
    ID_NUMBER_CHECK = "id_number_check"
    ID_NUMBER_LENGTH = "id_number_length"
    IDENTIFIER_MISSING = "identifier_missing"
    SYSTEM_MISSING = "system_missing"


class Fault(ValueError):
    """A value that cannot be kept as it is; `values` fill the sentence."""

    def __init__(self, code: FaultCode, **values: object) -> None:
        super().__init__(code.value)
        self.code = code
        self.values = values


def shown(text: str, most: int = 20) -> str:
    """What somebody typed, fit to be said back to them in any encoding."""
    return "".join(c if c.isprintable() else "?" for c in text[:most])
