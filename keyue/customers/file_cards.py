"""A customer's file as its tab shows it, now or as of a date: fields in groups, each with when it was verified; masked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _t

from keyue.customers import history, rules
from keyue.customers.completing import field_rules, measured
from keyue.customers.enums import (
    Channel,
    CheckedHow,
    Credit,
    DefectKind,
    Grade,
    IdentifierKind,
    LegalBasis,
    Part,
    Secrecy,
    Source,
    Stage,
    Stance,
)
from keyue.customers.freshness import due_after, interval_of
from keyue.customers.history import Change, Snapshot
from keyue.customers.identity_rules import mask_code
from keyue.customers.models import Customer, Defect, FieldCheck, LearntChange
from keyue.customers.regions import region_name
from keyue.customers.selectors import contacts_of
from keyue.customers.upkeep_rules import FieldRule
from keyue.customers.upkeep_words import label_of, labels, why_of
from keyue.kernel.once import recalled
from keyue.people import selectors as people
from keyue.people.enums import Permission
from keyue.people.models import User
from keyue.people.permissions import allows

CHOICES: Mapping[str, Any] = {
    "grade": Grade,
    "stage": Stage,
    "credit": Credit,
    "secrecy": Secrecy,
    "source": Source,
    "legal_basis": LegalBasis,
    "part": Part,
    "stance": Stance,
    "preferred_channel": Channel,
}
MASKED = frozenset({"phone", "email", "address", "name"})
"""What names or reaches a person: under its mask until somebody says what they need it for."""
WRITTEN = frozenset({"needs", "history", "strategy", "reason"})
"""Texts that may name people: for those who may look at personal data."""
GROUPS: Sequence[tuple[Promise, tuple[str, ...]]] = (
    (
        _t("身份"),
        ("name", "region", "city", "address", "industry", "scale", "category", "source", "legal_basis"),
    ),
    (_t("合作"), ("stage", "grade", "credit", "credit_limit", "needs", "history", "strategy", "secrecy")),
    (_t("负责"), ("account_manager", "department")),
)
OF_CONTACTS = ("contact", "phone", "email", "decision_makers")
STARS = "****"


@dataclass(frozen=True, slots=True)
class FieldLine:
    """One field of the file: what it says under its mask, and when it was last found right.

    `is_hidden`: a value of the company's own that may be revealed. `due`: until when it counts as fresh.
    """

    key: str
    label: str
    value: str
    is_missing: bool = False
    is_hidden: bool = False
    verified_at: datetime | None = None
    verified_by: str = ""
    how: str = ""
    is_stale: bool = False
    has_history: bool = True


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that belong together."""

    title: str | Promise
    lines: list[FieldLine]


@dataclass(frozen=True, slots=True)
class Missing:
    """A field that is required and empty, and why it matters."""

    key: str
    label: str
    why: str


@dataclass(frozen=True, slots=True)
class FileCard:
    """The whole tab. `at` is the date that was asked for; None: now."""

    at: datetime | None
    exists: bool
    score: int
    missing: list[Missing]
    groups: list[Group]
    contacts: list[list[FieldLine]]
    learnt: list[tuple[LearntChange, str]]
    defects: list[tuple[Defect, str]]
    has_own: bool
    interval: str
    due: datetime | None
    is_stale: bool


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads, and what they may."""

    user: User
    may_reveal: bool


def reader_of(user: User) -> Reader:
    """What this person may read of a file."""
    return Reader(user, allows(user, Permission.CUSTOMER_REVEAL))


def file_card(user: User, customer: Customer, *, now: datetime, at: datetime | None = None) -> FileCard:
    """The file as this person may see it, now or as of `at`."""
    reader = reader_of(user)
    known = field_rules(retired=True)
    every = known if at is not None else [rule for rule in known if not rule.is_retired]
    then = history.snapshot(customer, at or now)
    complete = measured(customer, contacts_of(customer), known)
    checks = {} if at else _checks(customer)
    interval = interval_of(customer, now)
    missing = [] if at else list(complete.missing)
    names = labels(every)

    def line(key: str, value: str, *, is_hidden: bool = False) -> FieldLine:
        check = checks.get(key)
        verified = check[0].verified_at if check else None
        due = due_after(verified or customer.created_at, interval)
        return FieldLine(
            key, names.get(key, key), value, key in missing, is_hidden, verified,
            check[1] if check else "", str(CheckedHow(check[0].how).label) if check else "",
            bool(value) and not at and due is not None and due < now,
        )  # fmt: skip

    due = due_after(customer.verified_at or customer.created_at, interval)
    return FileCard(
        at=at,
        exists=then.exists,
        score=complete.score,
        has_own=any(not rule.is_standard and rule.holds_for(customer.kind) for rule in every),
        missing=[Missing(key, names.get(key, key), why_of(key)) for key in missing],
        groups=_groups(then, every, customer, reader, line),
        contacts=[_contact_lines(one.values, names, reader) for one in then.contacts],
        learnt=[] if at else _learnt(customer, names),
        defects=[] if at else _defects(customer, names),
        interval=interval.clause if interval else "",
        due=due,
        is_stale=due is not None and due < now,
    )


def _groups(
    then: Snapshot, every: Sequence[FieldRule], customer: Customer, reader: Reader, line: Any
) -> list[Group]:
    people_named = _people([then.values.get("account_manager")])
    codes = [code for code in [then.values.get("department")] if code]
    departments = recalled("people owner names", codes, people.owner_names) if codes else {}
    found = []
    for title, keys in GROUPS:
        lines = []
        for key in keys:
            # a person's own stand with their contact
            if customer.is_person and key in {"name", "address"}:
                continue
            said = shown(key, then.values.get(key), reader, is_person=False, people_named=people_named)
            lines.append(line(key, departments.get(said, said) if key == "department" else said))
        found.append(Group(title, lines))
    on_file = {key for one in then.contacts for key in _of_contact(one.values)}
    reached = [line(key, _("已登记") if key in on_file else "") for key in _asked_of_contacts(customer)]
    found.insert(1, Group(_("联系"), reached))
    own = [
        rule
        for rule in every
        if not rule.is_standard and (rule.holds_for(customer.kind) or then.values.get(rule.key))
    ]
    if own:
        found.append(Group(_("公司自定义"), [_own_line(rule, then, line) for rule in own]))
    codes = [
        FieldLine(
            "identifier", str(IdentifierKind(kind).label), _code(kind, value, customer), has_history=False
        )
        for kind, value in then.identifiers.values()
    ]
    if codes:
        found.insert(1, Group(_("证照与别名"), codes))
    return found


def _asked_of_contacts(customer: Customer) -> tuple[str, ...]:
    return ("phone", "email", "address", "name") if customer.is_person else OF_CONTACTS


def _of_contact(values: Mapping[str, Any]) -> set[str]:
    held = {key for key in ("phone", "email", "address", "name") if values.get(key)}
    if values.get("name"):
        held.add("contact")
    return held | ({"decision_makers"} if values.get("part") in {Part.DECIDER, Part.APPROVER} else set())


def _own_line(rule: FieldRule, then: Snapshot, line: Any) -> FieldLine:
    value = str(then.values.get(rule.key) or "")
    found: FieldLine = line(rule.key, own_value(rule, value), is_hidden=bool(value) and rule.is_personal)
    return found


def own_value(rule: FieldRule, value: str) -> str:
    """What a field of the company's own says on screen; personal ones under their mask."""
    if not value:
        return ""
    if rule.is_personal:
        return STARS
    return {"yes": _("是"), "no": _("否")}.get(value, value) if rule.kind == "yes_no" else value


def _code(kind: str, value: str, customer: Customer) -> str:
    if kind == IdentifierKind.ID_NUMBER:
        return mask_code(value)
    return rules.mask_name(value) if customer.is_person else value


def _contact_lines(values: Mapping[str, Any], names: Mapping[str, str], reader: Reader) -> list[FieldLine]:
    labels_of = {**names, "name": _("姓名")}
    keys = ("name", "role", "phone", "email", "address", "part", "stance", "preferred_channel")
    return [
        FieldLine(key, labels_of.get(key, key), said, has_history=False)
        for key in keys
        if (said := shown(key, values.get(key), reader, is_person=True))
    ]


def shown(
    key: str,
    value: Any,
    reader: Reader,
    *,
    is_person: bool,
    people_named: Mapping[str, str] | None = None,
) -> str:
    """A value of a field as this reader may see it: labels for codes, masks for what is personal; empty of nothing."""
    text = str(value or "")
    if not text:
        return ""
    if key in CHOICES:
        choices = CHOICES[key]
        return str(choices(text).label) if text in choices.values else text
    if key == "region":
        return region_name(text, get_language() or "zh")
    if key == "account_manager":
        return (people_named or {}).get(text, text)
    if key in WRITTEN and not reader.may_reveal:
        return STARS
    return masked(key, text) if is_person and key in MASKED else text


def masked(key: str, text: str) -> str:
    """A person's value under its mask."""
    if key == "phone":
        return rules.mask_phone(text)
    if key == "email":
        return rules.mask_email(text)
    return rules.mask_name(text) if key == "name" else text[:2] + STARS


def _people(codes: Sequence[Any]) -> dict[str, str]:
    ids = {str(code): pk for code in codes if code and (pk := people.person_of(str(code))) is not None}
    names = recalled("people names", set(ids.values()), people.names_of) if ids else {}
    return {code: names.get(pk, code) for code, pk in ids.items()}


def _checks(customer: Customer) -> dict[str, tuple[FieldCheck, str]]:
    rows = list(FieldCheck.objects.filter(customer=customer.pk))
    names = actor_names([tuple(row.verified_by.split(":", 1)) for row in rows])
    return {row.field: (row, names[tuple(row.verified_by.split(":", 1))]) for row in rows}


def actor_names(actors: Sequence[tuple[str, ...]]) -> dict[tuple[str, ...], str]:
    """What people call those who acted, by (kind, id); one query."""
    ids = {int(actor[1]) for actor in actors if actor[0] == "staff" and actor[1].isdecimal()}
    names = recalled("people names", ids, people.names_of) if ids else {}
    said = {"system": _("系统"), "customer": _("客户本人"), "token": _("接口")}
    return {
        actor: names.get(int(actor[1]), "")
        if actor[0] == "staff" and actor[1].isdecimal()
        else said.get(actor[0], "")
        for actor in actors
    }


def _learnt(customer: Customer, names: Mapping[str, str]) -> list[tuple[LearntChange, str]]:
    rows = LearntChange.objects.filter(customer=customer.pk, entered_at=None).order_by("learnt_at", "pk")
    return [(row, _("、").join(names.get(key, key) for key in row.fields)) for row in rows[:20]]


def _defects(customer: Customer, names: Mapping[str, str]) -> list[tuple[Defect, str]]:
    rows = Defect.objects.filter(customer=customer.pk, mended_at=None).order_by("pk")
    return [
        (row, _("、").join(names.get(key, key) for key in row.fields) or str(DefectKind(row.kind).label))
        for row in rows
    ]


# --- what changed, as a dialog shows it ---


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """A change as people read it; `is_hidden` values stand under masks and may be revealed."""

    change: Change
    label: str
    old: str
    new: str
    who: str
    why: str
    is_hidden: bool


def change_lines(user: User, customer: Customer, changes: Sequence[Change]) -> list[ChangeLine]:
    """Changes as this person may see them: two queries, whatever their number."""
    reader = reader_of(user)
    every = {rule.key: rule for rule in field_rules(retired=True)}
    names = labels(every.values()) | {
        "contact": str(_t("添加联系人")), "created": str(_t("建档")), "identifier": str(_t("证照与别名")),
    }  # fmt: skip
    actors = actor_names([change.actor for change in changes])
    managers = [v for c in changes if c.field == "account_manager" for v in (c.old, c.new) if v]
    known = (
        {str(pk): name for pk, name in people.names_of({int(v) for v in managers}).items()}
        if managers
        else {}
    )

    def said(change: Change, value: Any) -> str:
        rule = every.get(change.field)
        if rule is not None and not rule.is_standard:
            return own_value(rule, str(value or ""))
        personal = change.contact is not None or (change.is_sealed and change.field not in WRITTEN)
        if change.field == "identifier":
            return STARS if change.is_sealed else str(value or "")
        return shown(change.field, value, reader, is_person=personal, people_named=known)

    found = []
    for change in changes:
        lost = _("已删除") if change.is_lost else ""
        old, new = lost or said(change, change.old), lost or said(change, change.new)
        hidden = change.is_sealed and not change.is_lost and change.field not in WRITTEN
        why = change.why if reader.may_reveal else ""
        found.append(
            ChangeLine(
                change, names.get(change.field, change.field), old, new, actors[change.actor], why, hidden
            )
        )
    return found


def field_label(key: str) -> str:
    """What people call a field, by the key that facts use."""
    rule = next((one for one in field_rules(retired=True) if one.key == key), None)
    return label_of(rule) if rule is not None else labels([]).get(key, key)
