"""What changed in a customer's file, and what it said as of any date (S1-5.2, S2-4.2b).

The file as it was then is the file as it is now, with every change that was recorded since taken back: facts keep what
each field was. "As of" means what stood in the file at that instant, whatever had happened outside it by then.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from keyue.customers.completing import own_values
from keyue.customers.models import Contact, Customer
from keyue.customers.sealed import OWN, opened, opened_own
from keyue.customers.selectors import contacts_of
from keyue.ledger import selectors as ledger
from keyue.ledger.models import Fact
from keyue.ledger.sealing import sealed_values
from keyue.people.rules import PERSON

COLUMNS = (
    *("name", "region", "city", "source", "legal_basis", "category", "industry", "scale", "address"),
    *("credit", "credit_limit", "secrecy"),
)
FOLLOWED = ("stage", "stage_since", "grade", "account_manager", "department")
"""What facts say anew each time, so that it is read forward."""
CONTACT_CHOICES = ("part", "stance", "preferred_channel", "source", "legal_basis", "reports_to")
CHANGES = frozenset(
    {
        "customer.created",
        "customer.changed",
        "customer.contact_added",
        "customer.contact_changed",
        "customer.stage_changed",
        "customer.account_manager_assigned",
        "customer.manager_left",
        "customer.graded",
        "customer.regraded",
        "customer.identifier_added",
        "customer.identifier_ended",
    }
)
"""Facts that say of a file that it reads differently since."""


@dataclass(frozen=True, slots=True)
class ContactThen:
    """A contact as the file had it: personal values normalised and in the clear."""

    id: int
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a file said at an instant, in the clear: for the server alone, `history_cards` masks it.

    `values` by the keys of the fields, those of the company's own with `extra.`; absent or empty: nothing was on file.
    `identifiers` by id: (kind, value).
    """

    at: datetime
    exists: bool
    values: Mapping[str, Any] = field(default_factory=dict)
    contacts: Sequence[ContactThen] = ()
    identifiers: Mapping[str, tuple[str, str]] = field(default_factory=dict)


def snapshot(customer: Customer, instant: datetime) -> Snapshot:
    """What a customer's file said at an instant; `exists` is False before they were on file.

    Five queries at most, whatever the date; what was sealed is empty where the key is gone.
    """
    facts = list(ledger.facts_about(customer.subject).filter(kind__in=CHANGES).order_by("rev"))
    told = [fact for fact in facts if fact.recorded_at <= instant]
    if not told:
        return Snapshot(instant, exists=False)
    values = _now(customer)
    rows = contacts_of(customer)
    contacts, cleared = _contacts_now(rows), _cleared(rows)
    since = [fact for fact in facts if fact.recorded_at > instant]
    for fact, sealed in reversed(list(zip(since, sealed_values(since), strict=True))):
        _take_back(fact, sealed if _contact_of(fact) not in cleared else {}, values, contacts)
    values |= _followed(told)
    return Snapshot(
        instant,
        exists=True,
        values={key: value for key, value in values.items() if value not in (None, "")},
        contacts=[ContactThen(pk, said) for pk, said in sorted(contacts.items())],
        identifiers=_identifiers(told),
    )


def _now(customer: Customer) -> dict[str, Any]:
    own = {column: _plain(getattr(customer, column)) for column in COLUMNS}
    return own | opened_own(customer, OWN) | dict(own_values([customer])[0])


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, str) else str(value)


def _contacts_now(rows: Sequence[Contact]) -> dict[int, dict[str, Any]]:
    found = {}
    for row, clear in zip(rows, opened(rows), strict=True):
        chosen = {name: getattr(row, name) for name in CONTACT_CHOICES if name != "reports_to"}
        found[row.pk] = {**asdict(clear), **chosen, "reports_to": row.reports_to_id}
    return found


def _cleared(rows: Iterable[Contact]) -> frozenset[int]:
    """The contacts whose personal data was taken out of the file: what facts still seal about them is read no more."""
    gone = [row for row in rows if row.left_at is not None]
    return frozenset(row.pk for row in gone if not any(getattr(row, name) for name in Contact.personal))


def _contact_of(fact: Fact) -> int | None:
    text = str(fact.data.get("contact") or "")
    return int(text) if text.isdecimal() else None


def _take_back(
    fact: Fact, sealed: Mapping[str, str | None], values: dict[str, Any], contacts: dict[int, dict[str, Any]]
) -> None:
    data = fact.data
    if fact.kind == "customer.contact_added":
        contacts.pop(int(data["contact"]), None)
        return
    if fact.kind == "customer.changed":
        target: dict[str, Any] | None = values
    elif fact.kind == "customer.contact_changed":
        target = contacts.get(int(data["contact"]))
    else:
        return
    if target is None:
        return
    old = data.get("old") or {}
    for name in data.get("fields") or ():
        if name in old:
            target[name] = old[name]
        elif f"{name}_old" in sealed:
            target[name] = sealed[f"{name}_old"] or ""


def _followed(facts: Iterable[Fact]) -> dict[str, Any]:
    """The fields that every fact about them says whole, as of the last of these facts."""
    found: dict[str, Any] = dict.fromkeys(FOLLOWED)
    for fact in facts:
        data = fact.data
        if fact.kind == "customer.created":
            found |= {name: data.get(name) for name in FOLLOWED}
            found["stage_since"] = fact.at.isoformat() if data.get("stage") else None
        elif fact.kind == "customer.stage_changed":
            found |= {"stage": data["new"], "stage_since": fact.at.isoformat()}
        elif fact.kind == "customer.account_manager_assigned":
            user = data.get("user")
            manager = f"{PERSON}{user}" if user else None
            found |= {"account_manager": manager, "department": data.get("department")}
        elif fact.kind == "customer.manager_left":
            found["account_manager"] = None
        elif fact.kind in {"customer.graded", "customer.regraded"}:
            found["grade"] = data.get("new") or data.get("grade")
        elif fact.kind == "customer.changed" and "grade" in (data.get("new") or {}):
            found["grade"] = data["new"]["grade"]
    return found


def _identifiers(facts: Sequence[Fact]) -> dict[str, tuple[str, str]]:
    added = [fact for fact in facts if fact.kind == "customer.identifier_added"]
    found = {
        str(fact.data["identifier"]): (
            str(fact.data["type"]),
            fact.data.get("value") or sealed.get("value") or "",
        )
        for fact, sealed in zip(added, sealed_values(added), strict=True)
    }
    for fact in facts:
        if fact.kind == "customer.identifier_ended":
            found.pop(str(fact.data["identifier"]), None)
    return found


# --- what changed ---


@dataclass(frozen=True, slots=True)
class Change:
    """One field that a fact changed, in the clear: for the server alone.

    `at`: when it was so, `recorded_at`: when it was entered, `learnt_at`: when somebody learnt of it, where they said.
    `why` is what somebody wrote as the reason. `contact` is the id of the contact whose field it is. `is_sealed`: the values name people and stand sealed in the
    fact; `is_lost`: they cannot be read any more.
    """

    fact: str
    rev: int
    kind: str
    at: datetime
    recorded_at: datetime
    actor: tuple[str, str]
    field: str
    old: Any
    new: Any
    why: str = ""
    contact: int | None = None
    learnt_at: datetime | None = None
    is_sealed: bool = False
    is_lost: bool = False


PAGE = 20


def changes_of(
    customer: Customer, *, field: str = "", before: int | None = None, size: int = PAGE
) -> tuple[list[Change], int | None]:
    """A page of what changed, the newest first, and where the next page begins; of one `field` alone where it is named.

    `before` is the second of the page before. Four queries.
    """
    facts = ledger.facts_about(customer.subject).filter(kind__in=CHANGES)
    cleared = _cleared(contacts_of(customer))
    if field:
        facts = facts.filter(kind__in=_kinds_of(field))
    found: list[Change] = []
    while len(found) < size:
        some = facts.filter(rev__lt=before) if before is not None else facts
        rows = list(some[: size + 1])
        learnt = _learnt(customer, rows)
        for fact, sealed in zip(rows, sealed_values(rows), strict=True):
            before = fact.rev
            some_changes = _changes(fact, sealed, learnt, cleared)
            found += [one for one in some_changes if not field or one.field == field]
            if len(found) >= size:
                break
        if len(rows) <= size:
            return found, None if before == (rows[-1].rev if rows else before) else before
    return found, before


def _kinds_of(name: str) -> list[str]:
    special = {
        "stage": ["customer.stage_changed"],
        "account_manager": ["customer.account_manager_assigned", "customer.manager_left"],
        "department": ["customer.account_manager_assigned"],
        "grade": ["customer.changed", "customer.graded", "customer.regraded"],
    }
    return special.get(name, ["customer.changed", "customer.contact_changed", "customer.contact_added"])


def _learnt(customer: Customer, facts: Iterable[Fact]) -> dict[str, datetime]:
    """When somebody learnt of the changes that these facts answer."""
    answered = {str(fact.data["change"]) for fact in facts if fact.data.get("change")}
    if not answered:
        return {}
    rows = customer.learnt_changes.filter(change__in=answered)
    return {row.change: row.learnt_at for row in rows}


def _changes(
    fact: Fact,
    sealed: Mapping[str, str | None],
    learnt: Mapping[str, datetime],
    cleared: frozenset[int] = frozenset(),
) -> list[Change]:
    data = fact.data
    if _contact_of(fact) in cleared:
        sealed = dict.fromkeys(sealed)

    def change(name: str, old: Any, new: Any, **more: Any) -> Change:
        return Change(
            fact=str(fact.uid), rev=fact.rev, kind=fact.kind, at=fact.at, recorded_at=fact.recorded_at,
            actor=(fact.actor_kind, fact.actor_id), field=name, old=old, new=new,
            why=str(sealed.get("reason") or sealed.get("remark") or ""),
            learnt_at=learnt.get(str(data.get("change") or "")), **more,
        )  # fmt: skip

    contact = _contact_of(fact)
    if fact.kind in {"customer.changed", "customer.contact_changed"}:
        return [_one(name, data, sealed, contact, change) for name in data.get("fields") or ()]
    if fact.kind == "customer.stage_changed" or fact.kind == "customer.regraded":
        name = "stage" if fact.kind == "customer.stage_changed" else "grade"
        return [change(name, data.get("old"), data.get("new"))]
    if fact.kind == "customer.graded":
        return [change("grade", None, data.get("grade"))]
    if fact.kind == "customer.account_manager_assigned":
        return [change("account_manager", data.get("previous"), data.get("user"))]
    if fact.kind == "customer.manager_left":
        return [change("account_manager", data.get("previous"), None)]
    if fact.kind == "customer.contact_added":
        return [change("contact", None, None, contact=contact)]
    if fact.kind == "customer.identifier_added":
        value = data.get("value") or sealed.get("value")
        return [change("identifier", None, value, is_sealed="value" in sealed)]
    name = "identifier" if fact.kind == "customer.identifier_ended" else "created"
    return [change(name, None, None)]


def _one(
    name: str, data: Mapping[str, Any], sealed: Mapping[str, str | None], contact: int | None, change: Any
) -> Change:
    if f"{name}_new" in sealed:
        old, new = sealed.get(f"{name}_old"), sealed.get(f"{name}_new")
        lost = old is None and new is None
        made: Change = change(name, old, new, contact=contact, is_sealed=True, is_lost=lost)
        return made
    old_values = data.get("old") or {}
    new_values = data.get("new") or data
    made = change(name, old_values.get(name), new_values.get(name), contact=contact)
    return made


def change_in(customer: Customer, fact: str, name: str) -> Change | None:
    """One change of a customer's file, by the fact that tells of it and the field."""
    rows = list(ledger.facts_about(customer.subject).filter(uid=fact, kind__in=CHANGES))
    for row, sealed in zip(rows, sealed_values(rows), strict=True):
        return next(
            (one for one in _changes(row, sealed, {}, _cleared(contacts_of(customer))) if one.field == name),
            None,
        )
    return None
