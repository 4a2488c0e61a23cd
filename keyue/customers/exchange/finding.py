"""Whom the rows of a sheet are about: the customers on file that they name by an identifier, and whose codes they have."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from keyue.customers import identity_rules, likeness, rules, selectors
from keyue.customers.enums import IdentifierKind, ImportKey, Kind
from keyue.customers.exchange.rows import KEYS, Row
from keyue.customers.likeness import Given
from keyue.customers.models import Contact, Identifier
from keyue.customers.sealed import index_of
from keyue.people.models import User

MOST_NAMED = 3
CODES = (IdentifierKind.USCC.value, IdentifierKind.EXTERNAL.value)


@dataclass(frozen=True, slots=True)
class Match:
    """The customer that a row is about; without one it is nobody on file, or `fault` (column, sentence) says why not."""

    customer: int | None = None
    fault: tuple[str, str] | None = None


@dataclass(slots=True)
class Found:
    """What the archive says of some rows, by their line."""

    matches: dict[int, Match] = field(default_factory=dict)
    # customers on file who look like a row that names nobody
    alike: dict[int, list[int]] = field(default_factory=dict)


def find(rows: Sequence[Row], *, key: str, system: str, viewer: User, alike: bool = False) -> Found:
    """Whom each row is about, of those that `viewer` may see: what they may not see does not exist for the import.

    A code is another matter: it belongs to one customer, and a row that has another's is refused. A dozen queries for
    all rows; `alike` asks for a few more.
    """
    good = [row for row in rows if not row.faults]
    named = _named(good, key, system)
    owners = _owners(good, system)
    wanted = {pk for pks in named.values() for pk in pks} | {pk for pk in owners.values()}
    roots = _roots(wanted, viewer)
    found = Found()
    for row in good:
        found.matches[row.line] = _match(row, key, named.get(row.line, set()), roots, owners)
    if alike:
        found.alike = _alike(good, found, viewer)
    return found


def _named(rows: Sequence[Row], key: str, system: str) -> dict[int, set[int]]:
    """Ids of the customers that each row names by the key, by its line; by any, the surest one that names somebody."""
    if key != ImportKey.ANY:
        return _named_by(rows, key, system)
    found: dict[int, set[int]] = {}
    for one in KEYS:
        found = _named_by([row for row in rows if row.line not in found], one, system) | found
    return found


def _named_by(rows: Sequence[Row], key: str, system: str) -> dict[int, set[int]]:
    if key == ImportKey.NUMBER:
        return {row.line: {row.number} for row in rows if row.number}
    by_value: dict[str, set[int]] = {}
    values = {row.key(key) for row in rows} - {""}
    if key == ImportKey.PHONE:
        indexes = {index_of("phone", value): value for value in values}
        pairs = Contact.objects.filter(phone_index__in=indexes).values_list("phone_index", "customer_id")
        for index, customer in pairs:
            by_value.setdefault(indexes[index], set()).add(customer)
    else:
        for (_kind, value), customer in _holders({(key, value) for value in values}, system).items():
            by_value.setdefault(value, set()).add(customer)
    return {row.line: by_value[row.key(key)] for row in rows if row.key(key) in by_value}


def _holders(codes: Iterable[tuple[str, str]], system: str) -> dict[tuple[str, str], int]:
    """Whose these codes are now."""
    found: dict[tuple[str, str], int] = {}
    for kind in CODES:
        keys = {identity_rules.code_key(value): value for k, value in codes if k == kind}
        if not keys:
            continue
        rows = Identifier.objects.filter(
            kind=kind, system=system if kind == IdentifierKind.EXTERNAL else "", key__in=keys, ended_at=None
        )
        found |= {
            (kind, keys[bytes(key or b"")]): customer
            for key, customer in rows.values_list("key", "customer_id")
        }
    return found


def _owners(rows: Sequence[Row], system: str) -> dict[tuple[str, str], int]:
    return _holders({(kind, value) for row in rows for kind, value in row.codes.items()}, system)


def _roots(ids: set[int], viewer: User) -> dict[int, int]:
    """For whom each of these customers stands today, of those that the viewer may see."""
    seen = dict(
        selectors.visible_to(viewer).filter(pk__in=ids, erased_at=None).values_list("pk", "merged_into_id")
    )
    merged = {root for root in seen.values() if root}
    standing = set(
        selectors.visible_to(viewer)
        .filter(pk__in=merged, erased_at=None, merged_into=None)
        .values_list("pk", flat=True)
    )
    return {pk: root or pk for pk, root in seen.items() if root is None or root in standing}


def _match(
    row: Row, key: str, named: set[int], roots: dict[int, int], owners: dict[tuple[str, str], int]
) -> Match:
    whom = sorted({roots[pk] for pk in named if pk in roots})
    if len(whom) > 1:
        numbers = _("、").join(rules.number_of(pk) for pk in whom[:MOST_NAMED])
        return Match(
            fault=(
                _column(row, key),
                _("有几位客户都是它：%(numbers)s，请改用客户编号") % {"numbers": numbers},
            )
        )
    if key in {ImportKey.NUMBER, ImportKey.ANY} and row.number and not whom:
        return Match(fault=("number", _("没有这位客户，或您看不到该客户")))
    customer = whom[0] if whom else None
    for code in row.codes.items():
        owner = owners.get(code)
        if owner is not None and (customer is None or roots.get(owner) != customer):
            return Match(fault=(code[0], _("已登记在另一份档案上，两份档案可能是同一个客户，请先核对")))
    return Match(customer)


def _column(row: Row, key: str) -> str:
    """The column that a fault of the key belongs to."""
    if key != ImportKey.ANY:
        return key
    return next((one.value for one in KEYS if row.key(one)), "")


def _alike(rows: Sequence[Row], found: Found, viewer: User) -> dict[int, list[int]]:
    """Who on file looks like the rows that name nobody, of those that the viewer may see: doubles to look at."""
    fresh = [row for row in rows if found.matches[row.line] == Match()]
    given = [
        Given(
            kind=row.kind or (Kind.PERSON if row.contact.get("name") == row.name else Kind.ORGANISATION),
            name=row.name,
            phone=row.contact.get("phone", ""),
            email=row.contact.get("email", ""),
        )
        for row in fresh
    ]
    likely = likeness.likely(given)
    roots = _roots({one.customer_id for some in likely for one in some}, viewer)
    result: dict[int, list[int]] = {}
    for row, some in zip(fresh, likely, strict=True):
        whom = dict.fromkeys(roots[one.customer_id] for one in some if one.customer_id in roots)
        if whom:
            result[row.line] = list(whom)[:MOST_NAMED]
    return result
