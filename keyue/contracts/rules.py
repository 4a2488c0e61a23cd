"""Pure decisions about contracts and projects: numbers, percents, what a contract is on a day. No Django."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal

from keyue.kernel.errors import Invalid
from keyue.kernel.texts import sentence

NUMBER_LONGEST = 60
TITLE_LONGEST = 120
NAME_LONGEST = 60
TEXT_LONGEST = 2000
MOST_LEVELS = 12
MOST_PAYMENTS = 60
MOST_STAGES = 40
ENDING = timedelta(days=90)
"""How long before its end a contract is listed as ending."""
_DASHES = re.compile(r"[\u2010-\u2015\u2212\u30fc\uff0d\ufe63_]+")


def tidy_number(text: str) -> str:
    """A contract number as it is shown: half-width, on one line. Raises Invalid where there is none."""
    number = " ".join(unicodedata.normalize("NFKC", text).split())
    if not number:
        raise Invalid(sentence("请填写合同编号。"), fields={"number": sentence("请填写合同编号。")})
    if len(number) > NUMBER_LONGEST or not number.isprintable():
        said = sentence("合同编号最多 %(most)d 个字，不能有控制字符。", most=NUMBER_LONGEST)
        raise Invalid(said, fields={"number": said})
    return number


def number_key(number: str) -> str:
    """What makes a number the same one: whatever its case, its spaces and the sort of its dashes."""
    return _DASHES.sub("-", "".join(unicodedata.normalize("NFKC", number).split())).upper()


def progress(stages: Iterable[tuple[int, int]]) -> int:
    """How far a project has come in per cent, of (weight, percent) of its stages; 0 without any. Never 100 before all
    stages are."""
    some = list(stages)
    weights = sum(weight for weight, _percent in some)
    if not weights:
        return 0
    done = sum(weight * percent for weight, percent in some) // weights
    return min(done, 99) if any(percent < 100 for _weight, percent in some) else 100


def standing_of(status: str, effective_on: date | None, ends_on: date | None, today: date) -> str:
    """What a contract is on a day: a member of `enums.Standing`. It holds until the end of its last day."""
    if status in ("drafted", "reviewed", "terminated"):
        return status
    if ends_on is not None and ends_on < today:
        return "expired"
    if effective_on is not None and effective_on > today:
        return "ahead"
    return "ending" if ends_on is not None and ends_on <= today + ENDING else "in_force"


def open_amount(amount: Decimal, received: Decimal) -> Decimal:
    """What is still to come of a payment."""
    return max(amount - received, Decimal("0.00"))
