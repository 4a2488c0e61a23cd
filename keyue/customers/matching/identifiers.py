"""Numbers that name one company or one person in China, with their check digits. Pure."""

from __future__ import annotations

import re
import unicodedata

USCC_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""Signs of a 统一社会信用代码: no I, O, S, V, Z (GB 32100-2015, 4.2)."""
USCC_WEIGHTS = tuple(3**n % 31 for n in range(17))
IDENTITY_WEIGHTS = tuple(2 ** (17 - n) % 11 for n in range(17))
IDENTITY_CHECKS = "10X98765432"


def bare(text: str) -> str:
    """Letters and digits of one width, in capitals."""
    return re.sub(r"[^0-9A-Z]", "", unicodedata.normalize("NFKC", text).upper())


def is_uscc(code: str) -> bool:
    """Whether a code of 18 signs has the check sign that GB 32100-2015 (appendix A) asks for."""
    if len(code) != 18 or any(sign not in USCC_SIGNS for sign in code):
        return False
    total = sum(USCC_SIGNS.index(sign) * weight for sign, weight in zip(code, USCC_WEIGHTS, strict=False))
    return USCC_SIGNS[-total % 31] == code[17]


def is_identity_number(code: str) -> bool:
    """Whether a number of 18 signs has the check sign of a citizen's number (GB 11643-1999)."""
    if not re.fullmatch(r"\d{17}[\dX]", code):
        return False
    total = sum(int(sign) * weight for sign, weight in zip(code, IDENTITY_WEIGHTS, strict=False))
    return IDENTITY_CHECKS[total % 11] == code[17]
