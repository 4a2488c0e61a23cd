"""Which of some candidates are names of people in the archive: asked by the knowledge room before a text is kept or leaves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from keyue.customers.models.searching import TOKENS_A_CUSTOMER, SearchToken
from keyue.customers.searching import tokens_of

MOST_ROWS = 20_000


def known_names(candidates: Collection[str]) -> set[str]:
    """Those of which a person's name in the archive holds every pair of characters: one query. It may take one for a name that
    is none, never the other way round."""
    pairs = {name: [name[n : n + 2] for n in range(len(name) - 1)] for name in candidates if len(name) > 1}
    if not pairs:
        return set()
    token_of = {
        pair: next(iter(tokens_of([f"g{pair}"], keyed=True)))
        for several in pairs.values()
        for pair in several
    }
    rows = SearchToken.objects.filter(token__in=set(token_of.values())).values_list("token", "id")[:MOST_ROWS]
    customers: dict[int, set[int]] = defaultdict(set)
    found = list(rows)
    for token, place in found:
        customers[token].add(place // TOKENS_A_CUSTOMER)
    # what was not read to its end is taken for known
    is_whole = len(found) < MOST_ROWS
    known = set()
    for name, several in pairs.items():
        held = [customers[token_of[pair]] for pair in several]
        if set.intersection(*held) or (not is_whole and all(held)):
            known.add(name)
    return known
