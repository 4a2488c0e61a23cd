"""Customers as the matcher compares them, and which of the archive are worth comparing with somebody.

What is read here is in the clear and goes no further than the comparison: what comes out is ids, scores and reasons.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from django.db.models import Q

from keyue.customers import rules
from keyue.customers.enums import IdentifierKind, Kind
from keyue.customers.faults import Fault
from keyue.customers.identity_rules import clean_id_number, clean_uscc, code_key
from keyue.customers.matching.companies import parsed
from keyue.customers.matching.identifiers import bare
from keyue.customers.matching.matcher import PROPOSED, Matcher, Pair
from keyue.customers.matching.records import Record
from keyue.customers.matching.sounds import sound_key, sound_range
from keyue.customers.models import Contact, Customer, Identifier, subject_of
from keyue.customers.sealed import context, index_of
from keyue.customers.sealed_identifiers import NAMES, key_for, opened_identifiers
from keyue.ledger import sealing

AT_A_TIME = 500
MOST_CONTACTS = 20
MOST_NAMES = 5
MOST_CANDIDATES = 60
READ = ("name", "phone", "email", "address")
TYPED = "?"


@dataclass(frozen=True, slots=True)
class Given:
    """What is known of somebody who may be on file: as it was typed, or as a row of a sheet has it."""

    kind: str
    name: str = ""
    phone: str = ""
    email: str = ""
    uscc: str = ""
    id_number: str = ""
    external: tuple[str, str] = ("", "")

    @property
    def is_person(self) -> bool:
        """Whether the name is a natural person's."""
        return self.kind == Kind.PERSON


@dataclass(frozen=True, slots=True)
class Likely:
    """A customer who may be the one that was given: why, how surely, and whether an identifier says so."""

    customer_id: int
    score: float
    reasons: tuple[str, ...]
    by_identifier: bool
    may_merge: bool


# --- customers as records ---


def records_of(customer_ids: Iterable[int]) -> dict[int, Record]:
    """The files of these customers as records, without those who are erased; four queries for 500 of them."""
    wanted = sorted(set(customer_ids))
    found: dict[int, Record] = {}
    for start in range(0, len(wanted), AT_A_TIME):
        found |= _some_records(wanted[start : start + AT_A_TIME])
    return found


def _some_records(ids: Sequence[int]) -> dict[int, Record]:
    customers = list(Customer.objects.filter(pk__in=ids, erased_at=None).only("kind", "name", "address"))
    contacts = _contacts_of([customer.pk for customer in customers])
    known = _identifiers_of([customer.pk for customer in customers])
    made = {}
    for customer in customers:
        rows = contacts.get(customer.pk, [])
        own = next((row for is_self, row in rows if is_self), {})
        first = next((row["name"] for _is_self, row in rows if row["name"]), "")
        is_person = customer.kind == Kind.PERSON
        said = known.get(customer.pk, {})
        made[customer.pk] = Record.of(
            str(customer.pk),
            {
                "name": own.get("name", "") if is_person else customer.name,
                "short_name": "；".join(said.get("names", ())),
                "phone": "；".join(row["phone"].partition(";")[0] for _s, row in rows if row["phone"]),
                "email": "；".join(row["email"] for _s, row in rows if row["email"]),
                "id": next(iter(said.get("id_number", ())), ""),
                "uscc": next(iter(said.get("uscc", ())), ""),
                "address": own.get("address", "") if is_person else customer.address,
                "contact": "" if is_person else first,
            },
        )
    return made


def _contacts_of(ids: Sequence[int]) -> dict[int, list[tuple[bool, dict[str, str]]]]:
    """What each customer's contacts say, by customer: the first twenty."""
    rows = list(
        Contact.objects.filter(customer__in=ids)
        .order_by("customer", "-is_self", "pk")
        .values_list("customer_id", "is_self", *READ)
    )
    values = sealing.unseal_many(
        [
            (subject_of(row[0]), text, context(field))
            for row in rows
            for field, text in zip(READ, row[2:], strict=True)
        ]
    )
    found: dict[int, list[tuple[bool, dict[str, str]]]] = {}
    n = len(READ)
    for place, row in enumerate(rows):
        mine = found.setdefault(row[0], [])
        if len(mine) < MOST_CONTACTS:
            clear = values[place * n : (place + 1) * n]
            mine.append((row[1], {field: text or "" for field, text in zip(READ, clear, strict=True)}))
    return found


def _identifiers_of(ids: Sequence[int]) -> dict[int, dict[str, list[str]]]:
    """What each customer is known by, as `names`, `uscc` and `id_number`."""
    rows = list(Identifier.objects.filter(customer__in=ids, ended_at=None).order_by("pk"))
    found: dict[int, dict[str, list[str]]] = {}
    for row, text in zip(rows, opened_identifiers(rows), strict=True):
        place = "names" if row.kind in NAMES else row.kind
        if text:
            found.setdefault(row.customer_id, {}).setdefault(place, []).append(text)
    return found


def best_of(matcher: Matcher, a: Record, b: Record, least: float = 0.0) -> Pair | None:
    """How like two records are, each by that of its names that is likest: also a former or a short one."""
    found = [
        pair
        for one in _called(a)
        for other in _called(b)
        if (pair := matcher.scored(one, other, least)) is not None
    ]
    return max(found, key=lambda pair: pair.score, default=None)


def _called(record: Record) -> list[Record]:
    """A record under each of its names; identifiers still count once."""
    others = [name for name in record.short_names[:MOST_NAMES] if name != record.name]
    if record.company is None or not others:
        return [record]
    return [record, *(replace(record, name=name, company=parsed(name)) for name in others)]


# --- who is like somebody ---


def likely(given: Sequence[Given], *, most: int = MOST_CANDIDATES) -> list[list[Likely]]:
    """For each of these, who on file may be the same one, the surest first; as many queries for 500 as for one.

    A customer who has been merged is given as who stands for them. Whoever asks says whom they may see.
    """
    numbered = [_numbers(one) for one in given]
    by_number = _by_numbers(numbered)
    by_name = _by_names(given)
    candidates = [
        dict.fromkeys([*(pk for key in keys for pk in by_number.get(key, ())), *by_name[place]][:most])
        for place, keys in enumerate(numbered)
    ]
    records = records_of({pk for some in candidates for pk in some})
    sure = [{pk for key in keys for pk in by_number.get(key, ())} for keys in numbered]
    roots = _roots(records)
    return [
        _scored(one, [pk for pk in some if pk in records], records, sure[place], roots)
        for place, (one, some) in enumerate(zip(given, candidates, strict=True))
    ]


def _numbers(given: Given) -> list[tuple[str, bytes | str]]:
    """What finds somebody exactly: the columns and values to look up. What cannot be understood finds nobody."""
    found: list[tuple[str, bytes | str]] = []
    for field, rule, text in (
        ("phone", rules.normalise_phone, given.phone),
        ("email", rules.normalise_email, given.email),
    ):
        index = index_of(field, _clean(rule, text))
        if index:
            found.append((f"{field}_index", index))
    if not given.is_person and (code := _clean(clean_uscc, given.uscc)):
        found.append((IdentifierKind.USCC.value, code_key(code)))
    if given.is_person and given.id_number and (code := _clean(clean_id_number, given.id_number)):
        found.append((IdentifierKind.ID_NUMBER.value, key_for(True, IdentifierKind.ID_NUMBER, code)))
    if given.external[1]:
        found.append((f"{IdentifierKind.EXTERNAL.value}:{given.external[0]}", code_key(given.external[1])))
    return found


def _clean(rule: object, text: str) -> str:
    try:
        return str(rule(text)) if text else ""  # type: ignore[operator]
    except Fault:
        return ""


def _by_numbers(
    asked: Sequence[Sequence[tuple[str, bytes | str]]],
) -> dict[tuple[str, bytes | str], list[int]]:
    """The customers with each of these numbers."""
    wanted: dict[str, set[bytes | str]] = {}
    for keys in asked:
        for column, value in keys:
            wanted.setdefault(column, set()).add(value)
    found: dict[tuple[str, bytes | str], list[int]] = {}
    for column, values in wanted.items():
        kind, _colon, system = column.partition(":")
        for some in _parts(sorted(values)):
            for value, pk in _with_number(kind, system, some):
                found.setdefault((column, value), []).append(pk)
    return found


def _with_number(kind: str, system: str, values: Sequence[bytes | str]) -> Iterable[tuple[bytes | str, int]]:
    if kind in {"phone_index", "email_index"}:
        rows = Contact.objects.filter(**{f"{kind}__in": values}).values_list(kind, "customer_id")
        return [(value, pk) for value, pk in rows if value]
    named = Identifier.objects.filter(kind=kind, system=system, key__in=values, ended_at=None)
    return [(bytes(key), pk) for key, pk in named.values_list("key", "customer_id") if key is not None]


def _parts(values: Sequence[bytes | str]) -> Iterable[Sequence[bytes | str]]:
    return (values[start : start + AT_A_TIME] for start in range(0, len(values), AT_A_TIME))


def _by_names(given: Sequence[Given]) -> list[list[int]]:
    """For each, the customers whose names begin with the brand, or who are called just so."""
    if len(given) == 1:
        return [_of_name(given[0])]
    sounds = {place: sound_key(one.name) for place, one in enumerate(given) if one.name and not one.is_person}
    indexes = {
        place: index_of("name", one.name) for place, one in enumerate(given) if one.name and one.is_person
    }
    heard: dict[bytes | str, list[int]] = {}
    for some in _parts(sorted(set(sounds.values()))):
        rows = Customer.objects.filter(sound_key__in=some).values_list("sound_key", "pk")
        known = Identifier.objects.filter(key__in=some, kind__in=NAMES, ended_at=None)
        for key, pk in [*rows, *known.values_list("key", "customer_id")]:
            heard.setdefault(bytes(key or b""), []).append(pk)
    for some in _parts(sorted({index for index in indexes.values() if index})):
        named = Contact.objects.filter(name_index__in=some, is_self=True)
        for index, pk in named.values_list("name_index", "customer_id"):
            heard.setdefault(index or "", []).append(pk)
    return [
        heard.get(sounds.get(place, indexes.get(place) or ""), [])[:MOST_CANDIDATES]
        for place in range(len(given))
    ]


def _of_name(given: Given) -> list[int]:
    """Whose name begins with the same brand, however it is written: for somebody who is typing."""
    if not given.name.strip():
        return []
    if given.is_person:
        index = index_of("name", given.name)
        named = Contact.objects.filter(name_index=index, is_self=True).order_by("-pk") if index else None
        return [] if named is None else list(named.values_list("customer_id", flat=True)[:MOST_CANDIDATES])
    between = sound_range(given.name)
    if between is None:
        return []
    heard = Q(sound_key__gte=between[0], sound_key__lt=between[1])
    rows = Customer.objects.filter(heard).order_by("sound_key", "pk").values_list("pk", flat=True)
    known = Identifier.objects.filter(
        key__gte=between[0], key__lt=between[1], kind__in=NAMES, value__gt="", ended_at=None
    ).values_list("customer_id", flat=True)
    return [*rows[:MOST_CANDIDATES], *known[:MOST_CANDIDATES]]


def _roots(ids: Collection[int]) -> dict[int, int]:
    rows = Customer.objects.filter(pk__in=list(ids), merged_into__isnull=False)
    return dict(rows.values_list("pk", "merged_into_id")) if ids else {}


def _scored(
    given: Given,
    candidates: Sequence[int],
    records: Mapping[int, Record],
    sure: Collection[int],
    roots: Mapping[int, int],
) -> list[Likely]:
    typed = Record.of(
        TYPED,
        {
            "name": given.name,
            "phone": _clean(rules.normalise_phone, given.phone),
            "email": _clean(rules.normalise_email, given.email),
            "uscc": given.uscc,
            "id": bare(given.id_number),
        },
    )
    matcher = Matcher([typed], [records[pk] for pk in candidates])
    best: dict[int, Likely] = {}
    for pk in candidates:
        pair = best_of(matcher, typed, records[pk])
        if pair is None or (pair.score < PROPOSED and pk not in sure and not _same_person(given, pair)):
            continue
        root = roots.get(pk, pk)
        found = Likely(
            root, pair.score, tuple(reason.chinese for reason in pair.reasons), pk in sure, pair.may_merge
        )
        if root not in best or best[root].score < found.score:
            best[root] = found
    return sorted(best.values(), key=lambda one: (not one.by_identifier, -one.score, one.customer_id))


def _same_person(given: Given, pair: Pair) -> bool:
    """Whether a person has just this name: said to whoever types it, however common it is."""
    return given.is_person and any(reason.message == "姓名相同" for reason in pair.reasons)
