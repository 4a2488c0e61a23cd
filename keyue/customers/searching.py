"""Finding customers through the index of words, within what somebody may see. `searching_words.py` says which words.

A search is a conjunction of lists, each with its newest customers first: those of a word, of a department, of a grade.
Where one of them is short, that one is read and the rest is asked of each of its customers. Where all are long, the page
is nearly always filled by the first of a walk along a word's list; only where it is not, the shortest of them is looked
for and walked to its end. So what a page costs follows the shortest list, never the archive's size. Both databases do
the same: no statistics and no planner decides.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b, sha256
from hmac import digest as hmac_digest

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL

from keyue.customers.models import Customer
from keyue.customers.models.searching import TOKENS_A_CUSTOMER, SearchToken
from keyue.customers.searching_words import Asked, asked
from keyue.kernel.cursors import LARGEST
from keyue.ledger import keys

Rows = QuerySet[SearchToken]
SHORT = 1_000
"""A list that is read as a whole rather than walked."""
FIRST_STEPS = 4_000
"""How far a long list is walked before the shortest one is looked for."""
LONG = 50_000
PURPOSE = "customers.SearchToken"


@dataclass(frozen=True, slots=True)
class Finds:
    """What a text finds: `ids` of customers that words with a short list lead to, whoever may see them, and
    conjunctions of tokens (`common`) that all have long ones."""

    ids: frozenset[int]
    common: tuple[tuple[int, ...], ...]

    @property
    def is_empty(self) -> bool:
        return not self.ids and not self.common

    def condition(self) -> Q:
        """As a condition on a customer."""
        found = Q(pk__in=sorted(self.ids))
        for tokens in self.common:
            found |= has_all(tokens)
        return found


# --- tokens ---


@lru_cache(maxsize=8)
def _word_key(master: bytes) -> bytes:
    return keys.derived(master, PURPOSE)


def tokens_of(words: Iterable[str], *, keyed: bool) -> set[int]:
    """The tokens of words: positive where they are open, negative under the installation's key."""
    if not keyed:
        return {_number(blake2b(word.encode(), digest_size=8).digest()) for word in words}
    key = _word_key(keys.master_key())
    return {-_number(hmac_digest(key, word.encode(), sha256)) for word in words}


def _number(digest: bytes) -> int:
    return int.from_bytes(digest[:8], "big") >> 1 or 1


def place_of(customer_id: int) -> tuple[int, int]:
    """From where, and up to but not including where, the ids of a customer's tokens lie."""
    return customer_id * TOKENS_A_CUSTOMER, (customer_id + 1) * TOKENS_A_CUSTOMER


def rows_of(customer_id: int) -> QuerySet[SearchToken]:
    """All tokens of a customer."""
    start, end = place_of(customer_id)
    return SearchToken.objects.filter(id__gte=start, id__lt=end)


# --- what a text finds ---


def look_up(text: str) -> Finds:
    """What a text finds in the index: two statements."""
    several = [tuple(sorted(tokens_of(one.words, keyed=one.keyed))) for one in _asked(text)]
    sizes = _sizes({token for tokens in several for token in tokens}, SHORT + 1)
    several = [tokens for tokens in several if all(sizes[token] for token in tokens)]
    several = [tuple(sorted(tokens, key=lambda token: sizes[token])) for tokens in several]
    rare = [tokens for tokens in several if sizes[tokens[0]] <= SHORT]
    common = tuple(tokens for tokens in several if sizes[tokens[0]] > SHORT)
    return Finds(_read(rare), common)


def _asked(text: str) -> list[Asked]:
    return asked(text) if text else []


def _sizes(tokens: Collection[int], most: int) -> dict[int, int]:
    """How many customers each token leads to, up to `most`; one statement."""
    if not tokens:
        return {}
    one = f"(SELECT COUNT(*) FROM (SELECT 1 FROM customers_searchtoken WHERE token = %s LIMIT {most:d}) AS t)"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join([one] * len(tokens))}", list(tokens))
        return dict(zip(tokens, cursor.fetchone(), strict=True))


def _read(several: Sequence[Sequence[int]]) -> frozenset[int]:
    """The customers that any of these conjunctions leads to, and for one merged into another that other; the first token
    of each is a rare one."""
    if not several:
        return frozenset()
    parts: list[str] = []
    values: list[int] = []
    for first, *others in several:
        tests = "".join(f" AND {_HELD}" for _other in others)
        parts.append(f"{_ITS} WHERE t.token = %s{tests}")
        values += [first, *others]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT coalesce(c.merged_into_id, c.id) FROM ({' UNION '.join(parts)}) AS f "  # noqa: S608
            "JOIN customers_customer c ON c.id = f.id",
            values,
        )
        return frozenset(row[0] for row in cursor.fetchall())


_ITS = f"SELECT t.id / {TOKENS_A_CUSTOMER} AS id FROM customers_searchtoken t"  # noqa: S608
# that the customer of the row `t` has another token too
_HELD = (
    "EXISTS (SELECT 1 FROM customers_searchtoken o WHERE o.token = %s "  # noqa: S608
    f"AND o.id >= t.id / {TOKENS_A_CUSTOMER} * {TOKENS_A_CUSTOMER} "
    f"AND o.id < (t.id / {TOKENS_A_CUSTOMER} + 1) * {TOKENS_A_CUSTOMER})"
)


def has_all(tokens: Iterable[int]) -> Q:
    """That a customer has all of these tokens."""
    found = Q()
    for token in tokens:
        held = SearchToken.objects.filter(
            token=token,
            id__gte=OuterRef("pk") * TOKENS_A_CUSTOMER,
            id__lt=(OuterRef("pk") + 1) * TOKENS_A_CUSTOMER,
        )
        found &= Q(Exists(held))
    return found


# --- walking a long list ---


def walk(
    tokens: Sequence[int], rows: QuerySet[Customer], *, limit: int, below: int | None, steps: int | None
) -> tuple[list[int], bool]:
    """The newest customers of `rows` that have all tokens, along the list of the first one: at most `limit`; and whether
    the list holds no more of them.

    `below`: only ids under it. `steps`: no more than so many of the list are looked at. Two statements at most.
    """
    first, *others = tokens
    start = min(below or LARGEST, LARGEST) * TOKENS_A_CUSTOMER
    end = _after(first, start, steps) if steps else 0
    test = rows.filter(pk=RawSQL(f"t.id / {TOKENS_A_CUSTOMER}", [])).order_by().values("pk")  # noqa: S611
    seen, given = test.query.sql_with_params()
    # the other words are asked in their index, who may see the customer in the customer's row: the first is cheaper
    held = "".join(f" AND {_HELD}" for _other in others)
    # no list of steps in FROM: SQLite would go through all of it before it sorted and cut it
    sql = (
        f"SELECT t.id / {TOKENS_A_CUSTOMER} FROM customers_searchtoken t "  # noqa: S608
        f"WHERE t.token = %s AND t.id < %s AND t.id >= %s{held} AND EXISTS ({seen}) "
        f"ORDER BY t.id DESC LIMIT {limit:d}"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [first, start, end, *others, *given])
        found = [row[0] for row in cursor.fetchall()]
    return found, not end and len(found) < limit


def _after(token: int, start: int, steps: int) -> int:
    """The id at which so many steps of a list below `start` end; 0 where the list ends before."""
    rows = SearchToken.objects.filter(token=token, id__lt=start).order_by("-id")
    return next(iter(rows.values_list("id", flat=True)[steps - 1 : steps]), 0)


def rarest_first(tokens: Sequence[int]) -> tuple[list[int], int]:
    """The tokens in the order of their lists' lengths, and the shortest length, as far as LONG tells them apart."""
    sizes = _sizes(tokens, LONG)
    ordered = sorted(tokens, key=lambda token: sizes[token])
    return ordered, sizes[ordered[0]]


def few(rows: QuerySet[Customer]) -> list[int] | None:
    """The ids of these customers where they are few, else None: by an index of theirs, in no order."""
    ids = list(rows.order_by().values_list("pk", flat=True)[: SHORT + 1])
    return ids if len(ids) <= SHORT else None


def merged(parts: Iterable[Sequence[int]], limit: int) -> list[int]:
    """The newest of several lists, each once."""
    return sorted({pk for part in parts for pk in part}, reverse=True)[:limit]


def in_batches(size: int = 500) -> Iterator[list[int]]:
    """The ids of all customers, the oldest first."""
    last = 0
    while ids := list(
        Customer.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:size]
    ):
        yield ids
        last = ids[-1]
