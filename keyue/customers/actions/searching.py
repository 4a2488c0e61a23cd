"""Writing the index of the search: tokens go with the names and numbers that they come from, in the same transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import connection, transaction

from keyue.customers.enums import IdentifierKind
from keyue.customers.models import Contact, Customer, Identifier
from keyue.customers.models.searching import TOKENS_A_CUSTOMER, SearchToken
from keyue.customers.sealed import Clear, opened
from keyue.customers.sealed_identifiers import NAMES, opened_identifiers
from keyue.customers.searching import in_batches, place_of, rows_of, tokens_of
from keyue.customers.searching_words import of_code, of_organisation, of_person, of_phone

AT_A_TIME = 200
NOTHING = frozenset({0})
"""What stands for a customer of whom nothing can be looked for, so that whoever has no row was never indexed."""
CODES = (IdentifierKind.USCC, IdentifierKind.EXTERNAL)


def tokens_of_name(name: str) -> set[int]:
    """What an organisation's name gives."""
    return tokens_of(of_organisation(name), keyed=False)


def tokens_of_contact(clear: Clear) -> set[int]:
    """What a contact's name and number give."""
    return tokens_of(of_person(clear.name) | of_phone(clear.phone), keyed=True)


def index_new(made: Sequence[tuple[Customer, Clear | None]]) -> None:
    """Index customers who have just been entered, each with what their one contact says in the clear."""
    rows: list[tuple[int, int]] = []
    for customer, clear in made:
        tokens = tokens_of_name(customer.name) if customer.name else set()
        if clear is not None:
            tokens |= tokens_of_contact(clear)
        start, _end = place_of(customer.pk)
        rows += [(token, start + n) for n, token in enumerate(sorted(tokens or NOTHING)[:TOKENS_A_CUSTOMER])]
    _insert(rows)


@transaction.atomic
def index_contact(customer_id: int, clear: Clear) -> None:
    """Add what a further contact of a customer says."""
    _add(customer_id, tokens_of_contact(clear))


@transaction.atomic
def index_words(customer_id: int, texts: Iterable[str]) -> None:
    """Add further names of an organisation: a former, a short, another one. A code (`reindex`) is found as a whole."""
    _add(customer_id, {token for text in texts for token in tokens_of_name(text)})


@transaction.atomic
def reindex(customer_ids: Iterable[int]) -> int:
    """Let the index say of these customers what their rows say now; how many rows of it were wrong. Doing it twice does it
    once."""
    wanted = expected_tokens(customer_ids)
    changed = 0
    for pk, tokens in wanted.items():
        _hold(pk)
        stored = dict(rows_of(pk).values_list("token", "id"))
        gone = [row for token, row in stored.items() if token not in tokens]
        if gone:
            SearchToken.objects.filter(pk__in=gone).delete()
        changed += len(gone) + _add(pk, tokens)
    return changed


def forget_keyed(customer_id: int) -> None:
    """Take away all that comes from persons: when the customer's key goes, these go."""
    rows_of(customer_id).filter(token__lt=0).delete()
    if not rows_of(customer_id).exists():
        _insert([(0, place_of(customer_id)[0])])


def index_older(now: datetime) -> int:
    """Index the newest of those customers who were entered before there was an index; how many."""
    lowest = SearchToken.objects.order_by("id").values_list("id", flat=True).first()
    older = Customer.objects.order_by("-pk")
    if lowest is not None:
        older = older.filter(pk__lt=lowest // TOKENS_A_CUSTOMER)
    ids = list(older.values_list("pk", flat=True)[:AT_A_TIME])
    reindex(ids)
    return len(ids)


def rebuild() -> int:
    """Bring the whole index in step, 500 customers a transaction; how many of its rows were wrong."""
    changed = 0
    for ids in in_batches():
        changed += reindex(ids)
    return changed


def expected_tokens(customer_ids: Iterable[int]) -> dict[int, set[int]]:
    """What the index should hold of each of these customers; five queries for 500 of them."""
    customers = Customer.objects.in_bulk(list(customer_ids))
    found: dict[int, set[int]] = {
        pk: tokens_of_name(customer.name) if customer.name else set() for pk, customer in customers.items()
    }
    contacts = list(Contact.objects.filter(customer__in=customers))
    for contact, clear in zip(contacts, opened(contacts), strict=True):
        found[contact.customer_id] |= tokens_of_contact(clear)
    for pk, tokens in _of_identifiers(customers).items():
        found[pk] |= tokens
    return {pk: set(sorted(tokens or NOTHING)[:TOKENS_A_CUSTOMER]) for pk, tokens in found.items()}


def _of_identifiers(customers: Mapping[int, Customer]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    rows = list(Identifier.objects.filter(customer__in=customers, kind__in=NAMES + CODES, ended_at=None))
    for row, text in zip(rows, opened_identifiers(rows), strict=True):
        if row.kind in CODES:
            words = of_code(text)
        else:
            words = of_person(text) if row.sealed else of_organisation(text)
        found[row.customer_id] |= tokens_of(words, keyed=bool(row.sealed))
    return found


def _hold(customer_id: int) -> None:
    """The customer's row is ours until the transaction ends, so that two do not take the same place in the index."""
    if connection.features.has_select_for_update:
        Customer.objects.select_for_update(no_key=True).only("pk").get(pk=customer_id)


def _add(customer_id: int, tokens: set[int]) -> int:
    """Put in what is not there yet; how many."""
    if not tokens:
        return 0
    _hold(customer_id)
    stored = dict(rows_of(customer_id).values_list("token", "id"))
    missing = sorted(tokens - stored.keys())
    start, end = place_of(customer_id)
    taken = set(stored.values())
    free = (place for place in range(start, end) if place not in taken)
    rows = list(zip(missing, free, strict=False))
    _insert(rows)
    return len(rows)


def _insert(rows: list[tuple[int, int]]) -> None:
    """(token, id), in the order of the tokens: each page of the index is written once."""
    if not rows:
        return
    rows.sort()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "INSERT INTO customers_searchtoken (token, id) SELECT * FROM unnest(%s::bigint[], %s::bigint[])",
                [[token for token, _id in rows], [pk for _token, pk in rows]],
            )
        else:
            cursor.executemany("INSERT INTO customers_searchtoken (token, id) VALUES (%s, %s)", rows)
