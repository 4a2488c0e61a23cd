"""Which open cases say the same as a case. Only the newest cases with one of its rarest words are read, never all."""

from __future__ import annotations

import hmac
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from keyue.cases import selectors as cases
from keyue.cases.models import Case
from keyue.ledger.sealing import blind_index
from keyue.people.models import User
from keyue.sorting.model import likeness
from keyue.sorting.model.likeness import Said
from keyue.sorting.models import CaseTerm, TermCount
from keyue.sorting.proposing import text_of

RAREST = 12
"""Words of a case by which others are looked for."""
NEWEST = 60
"""Cases that are read for each such word."""
COMPARED = 60
"""Cases whose texts are compared."""
SHOWN = 5
ALL = 0
"""The number under which all indexed cases are counted; no word has it."""
WINDOW = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Alike:
    """A case that says the same, how much, and in which words."""

    case: Case
    share: float
    words: tuple[str, ...]

    @property
    def percent(self) -> int:
        return round(100 * self.share)


@lru_cache(maxsize=1)
def _key() -> bytes:
    return bytes.fromhex(blind_index("sorting", "sorting.CaseTerm.term"))


@lru_cache(maxsize=20_000)
def number_of(term: str) -> int:
    """A word as a number: equal words find each other, and without the installation's key it says nothing."""
    digest = hmac.digest(_key(), term.encode(), "sha256")
    return int.from_bytes(digest[:8], signed=True) or 1


def terms_of(case: Case) -> Said:
    """What a case says, as far as it is kept."""
    return likeness.terms(text_of(case))


@dataclass(frozen=True, slots=True)
class Counts:
    """How many cases there are, and how many say each of some pieces."""

    of: int
    by: Mapping[str, int]

    def rarity(self, term: str) -> float:
        return likeness.rarity_of(self.by.get(term, 1), self.of)


def counts_of(terms: Iterable[str]) -> Counts:
    """One query."""
    numbers = {number_of(term): term for term in terms}
    found = dict(TermCount.objects.filter(term__in=[ALL, *numbers]).values_list("term", "n"))
    return Counts(found.get(ALL, 0), {term: found.get(number, 0) for number, term in numbers.items()})


def candidates(case_id: int, counts: Counts) -> list[int]:
    """Ids of the cases that share most of the rarest pieces, whether or not the reader may see them."""
    # what one case alone says is its own
    shared_by = {term: n for term, n in counts.by.items() if n > 1}
    rarest = sorted(shared_by, key=lambda term: (shared_by[term], term))[:RAREST]
    shared: Counter[int] = Counter()
    for term in rarest:
        rows = CaseTerm.objects.filter(term=number_of(term)).order_by("-case_id")
        shared.update(rows.values_list("case_id", flat=True)[:NEWEST])
    shared.pop(case_id, None)
    return [pk for pk, _n in sorted(shared.items(), key=lambda item: (-item[1], -item[0]))[:COMPARED]]


def alike_open(user: User, case: Case, now: datetime, most: int = SHOWN) -> list[Alike]:
    """The open cases of the last 90 days that this person may see and that say the same."""
    mine = terms_of(case)
    counts = counts_of(mine)
    ids = candidates(case.pk, counts)
    if not ids:
        return []
    rows = cases.visible_to(user).filter(pk__in=ids, is_open=True, received_at__gte=now - WINDOW)
    found = []
    for other in rows.select_related("customer"):
        alike = likeness.likeness(mine, terms_of(other), counts.rarity)
        if alike.share >= likeness.ALIKE:
            found.append(Alike(other, alike.share, alike.words))
    return sorted(found, key=lambda one: (-one.share, -one.case.pk))[:most]


def of_one_matter(case: Case, since: datetime) -> list[Alike]:
    """All cases since an instant that are of one matter with this one, whoever may see them: for the alarm."""
    mine = terms_of(case)
    counts = counts_of(mine)
    ids = candidates(case.pk, counts)
    rows = list(Case.objects.filter(pk__in=ids, received_at__gte=since).exclude(content="")) if ids else []
    found = likeness.cluster(mine, [terms_of(row) for row in rows], counts.rarity)
    return [Alike(rows[place], alike.share, alike.words) for place, alike in found.items()]
