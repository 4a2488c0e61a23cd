"""What the auditor reads: who looked at whose data, what administrators did, and whether the ledger stands whole."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _t

from keyue.cases import selectors as cases
from keyue.cases.numbers import identity_of
from keyue.customers.enums import Revealable
from keyue.customers.rules import number_of, parse_number
from keyue.kernel import cursors
from keyue.kernel.errors import Invalid
from keyue.ledger import selectors as ledger
from keyue.ledger.facts import Actor, Subject
from keyue.ledger.models import AccessEntry, Fact
from keyue.people import selectors as people
from keyue.people.models import User
from keyue.people.roles import ROLES
from keyue.promises import selectors as promises
from keyue.regulations import selectors as regulations
from keyue.workbench.audit_words import (
    EVERY_FACT,
    FIELD_LABELS,
    SUBJECT_LABELS,
    VALUE_LABELS,
    VIA_LABELS,
)

SIZE = 50
MOST_TOKENS = 20
SHOWN_DATA = 160

TRAIL, FACTS = "trail", "facts"
ALONE = frozenset({"installation", "calendar", "company", "approval_steps"})
"""Kinds of which there is one."""
PERSON_FIELDS = frozenset({"holders", "removed", "head", "to", "user", "giver", "taker", "people", "person"})
TECHNICAL_FIELDS = frozenset(
    {
        "digest", "ended_sessions", "sessions", "token", "delegation", "answers", "rebasing", "size", "sha256",
        "fingerprint",
    }
)  # fmt: skip
PACK_LOOKS = {"asked": _t("申请证据包"), "downloaded": _t("下载证据包")}
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")


@dataclass(frozen=True, slots=True)
class Search:
    """What was asked for. `about` = what was done to the person instead of by the person."""

    person: str = ""
    about: bool = False
    number: str = ""
    kind: str = ""
    since: date | None = None
    until: date | None = None

    @property
    def is_narrow(self) -> bool:
        return bool(self.person or self.number or self.kind or self.since or self.until)


@dataclass(frozen=True, slots=True)
class Line:
    """A row of either list, in words."""

    at: datetime
    who: str
    what: str
    subject: str
    detail: str
    via: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """Lines and where the next page begins; `faults` say by field what could not be looked for."""

    lines: Sequence[Line] = ()
    cursor: str = ""
    faults: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether the ledger stands whole: the last check, the last seal, and what is not sealed yet."""

    newest: str
    unsealed: str
    checkpoint: Any
    verified_at: datetime | None
    problems: int
    sample: int | None


def standing() -> Standing:
    """The state of chains and checkpoints, as the last check left it."""
    last = ledger.last_verification()
    said = last.data if last else {}
    return Standing(
        newest=f"{ledger.newest_fact_id():,}",
        unsealed=f"{ledger.unsealed_count():,}",
        checkpoint=ledger.last_checkpoint(),
        verified_at=last.recorded_at if last else None,
        problems=int(said.get("problems", 0)),
        sample=said.get("sample"),
    )


def page_of(viewer: User, what: str, search: Search, *, cursor: str = "", size: int = SIZE) -> Page:
    """A page of the access trail or of administrative facts, the latest first. Raises Invalid for a bad cursor."""
    asked = _Asked(viewer, search)
    if asked.faults:
        return Page(faults=asked.faults)
    rows, after = _rows(what, asked, cursor, size)
    lines = _trail_lines(rows) if what == TRAIL else _fact_lines(rows)
    return Page(lines, after)


def every_line(viewer: User, what: str, search: Search, *, most: int) -> Iterator[Line]:
    """All lines up to `most`, a thousand at a time."""
    cursor, seen = "", 0
    while seen < most:
        page = page_of(viewer, what, search, cursor=cursor, size=min(1000, most - seen))
        seen += len(page.lines)
        yield from page.lines
        cursor = page.cursor
        if not cursor:
            return


# --- what was asked for -----------------------------------------------------------------------------------


class _Asked:
    """A search in the terms of the ledger; what nobody or nothing is called is a fault by field."""

    def __init__(self, viewer: User, search: Search) -> None:
        self.search = search
        self.faults: dict[str, str] = {}
        self.person = self._person(viewer) if search.person else None
        self.subject = self._subject() if search.number else None
        zone = promises.zone()

        def begins(day: date) -> datetime:
            return datetime.combine(day, time(), zone)

        self.since = begins(search.since) if search.since else None
        self.until = begins(search.until + timedelta(days=1)) if search.until else None
        if self.since and self.until and self.since >= self.until:
            self.faults["until"] = _("结束日期要在开始日期当天或之后。")

    def _person(self, viewer: User) -> User | None:
        text = self.search.person.strip()
        found = people.by_username(text)
        if found is not None:
            return found
        named = list(people.staff_for(viewer, text=text, state="all").order_by("pk")[:2])
        if len(named) == 1:
            return named[0]
        self.faults["person"] = (
            _("有几个人都叫这个，请写工号。") if named else _("没有这个人。请写完整的姓名或工号。")
        )
        return None

    def _subject(self) -> Subject | None:
        text = self.search.number.strip()
        customer, case = parse_number(text), identity_of(text)
        if customer is not None and text.upper().startswith("KH"):
            return Subject("customer", str(customer))
        if case is not None:
            return Subject("case", str(case))
        self.faults["number"] = _("请写客户编号（如 KH-00317）或事项编号（如 TS-2611-000142）。")
        return None

    @property
    def actors(self) -> list[Actor | None]:
        """The person, and the programs that act for the person; one None where nobody is asked for."""
        if self.person is None or self.search.about:
            return [None]
        tokens = people.every_token(user=self.person, at=None).order_by("-pk").values_list("pk", flat=True)
        return [
            Actor("staff", str(self.person.pk)),
            *(Actor("token", str(pk)) for pk in tokens[:MOST_TOKENS]),
        ]


def _rows(what: str, asked: _Asked, cursor: str, size: int) -> tuple[list[Any], str]:
    """Rows newest first and the cursor behind them. Of several actors each list is read by its own index."""
    field_ = "at" if what == TRAIL else "recorded_at"
    found: list[Any] = []
    for actor in asked.actors:
        rows = _trail(asked, actor) if what == TRAIL else _facts(asked, actor)
        found += _before(rows, field_, cursor)[: size + 1]
    found.sort(key=lambda row: (getattr(row, field_), row.pk), reverse=True)
    if len(found) <= size:
        return found, ""
    last = found[size - 1]
    return found[:size], cursors.mark(getattr(last, field_), last.pk)


def _trail(asked: _Asked, actor: Actor | None) -> QuerySet[AccessEntry]:
    subject = asked.subject
    if asked.search.about and asked.person is not None:
        subject = Subject("user", str(asked.person.pk))
    return ledger.accesses(
        by=actor, subject=subject, kind=asked.search.kind, since=asked.since, until=asked.until
    )


def _facts(asked: _Asked, actor: Actor | None) -> QuerySet[Fact]:
    subject = asked.subject
    if asked.search.about and asked.person is not None:
        subject = Subject("user", str(asked.person.pk))
    if subject is None:
        return ledger.administrative_facts(
            by=actor, kind=asked.search.kind, since=asked.since, until=asked.until
        )
    rows = ledger.facts_about(subject, since=asked.since, until=asked.until)
    if asked.search.kind:
        rows = rows.filter(kind=asked.search.kind)
    return rows.filter(actor_kind=actor.kind, actor_id=actor.id) if actor else rows


def _before(rows: QuerySet[Any], name: str, cursor: str) -> QuerySet[Any]:
    if not cursor:
        return rows
    try:
        at, pk = cursors.place(cursor)
    except ValueError:
        sentence = _("翻页标记不对，请从第一页重新开始。")
        raise Invalid(sentence, fields={"cursor": sentence}, code="bad_cursor") from None
    # the first condition alone is one that an index can begin at
    return rows.filter(**{f"{name}__lte": at}).exclude(**{name: at, "pk__gte": pk})


# --- in words ---------------------------------------------------------------------------------------------


class _Names:
    """Names of everybody and everything that some rows mention: a few queries, however many rows."""

    def __init__(self, actors: Sequence[Actor], subjects: Sequence[Subject], data: Sequence[Any]) -> None:
        refs: dict[str, set[str]] = {}
        for subject in subjects:
            refs.setdefault(subject.kind, set()).add(subject.ref)
        tokens = {int(a.id) for a in actors if a.kind == "token" and a.id.isdecimal()}
        staff = {int(a.id) for a in actors if a.kind == "staff" and a.id.isdecimal()}
        staff |= {int(ref) for ref in refs.get("user", ()) if ref.isdecimal()}
        staff |= {int(ref) for ref in _people_in(data)}
        self.people = people.names_of(staff) if staff else {}
        known = people.every_token(user=None, at=None).filter(pk__in=tokens) if tokens else ()
        self.tokens = {token.pk: f"{token.user.name} · {token.name}" for token in known}
        ids = [int(ref) for ref in refs.get("case", ()) if ref.isdecimal()]
        self.cases = {pk: case.number for pk, case in cases.cases_by_id(ids).items()} if ids else {}
        documents = refs.get("regulation", set()) | {
            str(one["regulation"]) for one in data if one.get("regulation")
        }
        self.regulations = (
            dict(regulations.regulations().filter(pk__in=documents).values_list("pk", "title"))
            if documents
            else {}
        )
        codes = refs.get("department", set()) | refs.get("post", set()) | set(_codes_in(data))
        self.owners = people.owner_names(codes) if codes else {}

    def actor(self, actor: Actor) -> str:
        if actor.kind == "staff" and actor.id.isdecimal():
            return self.people.get(int(actor.id), actor.id)
        if actor.kind == "token" and actor.id.isdecimal():
            return self.tokens.get(int(actor.id), _("接口"))
        return _("客户") if actor.kind == "customer" else _("系统")

    def subject(self, subject: Subject) -> str:
        label = str(SUBJECT_LABELS.get(subject.kind, subject.kind))
        if subject.kind == "customer" and subject.ref.isdecimal():
            return number_of(int(subject.ref))
        if subject.kind == "case" and subject.ref.isdecimal():
            return self.cases.get(int(subject.ref), f"{label} {subject.ref}")
        if subject.kind == "user" and subject.ref.isdecimal():
            return self.people.get(int(subject.ref), f"{label} {subject.ref}")
        if subject.kind in {"department", "post"}:
            return f"{label} {self.owners.get(subject.ref, subject.ref)}"
        if subject.kind == "regulation":
            return f"《{self.regulations.get(subject.ref, subject.ref)}》"
        return label if subject.kind in ALONE else f"{label} {subject.ref}"

    def value(self, name: str, value: object) -> str:
        if isinstance(value, list | tuple):
            return _("、").join(self.value(name, one) for one in value)
        if name in {"role", "roles"} and str(value) in ROLES:
            return str(ROLES[str(value)].display_name)
        if label := VALUE_LABELS.get((name, str(value))):
            return str(label)
        if name == "regulation":
            return f"《{self.regulations.get(str(value), str(value))}》"
        if name in PERSON_FIELDS and str(value).isdecimal():
            return self.people.get(int(str(value)), str(value))
        if isinstance(value, bool):
            return _("是") if value else _("否")
        if isinstance(value, str) and INSTANT.match(value):
            return value[:16].replace("T", " ")
        if isinstance(value, dict):
            return " ".join(
                f"{FIELD_LABELS.get(key, key)} {self.value(key, one)}" for key, one in value.items()
            )
        return self.owners.get(str(value), str(value))


def _codes_in(data: object) -> Iterator[str]:
    if isinstance(data, Mapping):
        yield from _codes_in(list(data.values()))
    elif isinstance(data, list):
        for part in data:
            yield from _codes_in(part)
    elif isinstance(data, str) and 0 < len(data) <= 40:
        yield data


def _people_in(data: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for one in data:
        for name in PERSON_FIELDS & one.keys():
            value = one[name]
            for part in value if isinstance(value, list) else [value]:
                if str(part).isdecimal():
                    yield str(part)


def _trail_lines(rows: Sequence[AccessEntry]) -> list[Line]:
    actors = [Actor(row.actor_kind, row.actor_id) for row in rows]
    subjects = [Subject(row.subject_kind, row.subject_ref) for row in rows]
    names = _Names(actors, subjects, ())
    return [
        Line(
            at=row.at,
            who=names.actor(actor),
            what=_seen(row.what),
            subject=names.subject(subject),
            detail=str(VALUE_LABELS.get(("purpose", row.purpose), row.purpose)),
            via=str(VIA_LABELS.get(row.via, row.via)),
            code=row.what,
        )
        for row, actor, subject in zip(rows, actors, subjects, strict=True)
    ]


def _fact_lines(rows: Sequence[Fact]) -> list[Line]:
    subjects = ledger.subjects_of(rows) if rows else {}
    names = _Names([row.by for row in rows], list(subjects.values()), [row.data for row in rows])
    return [
        Line(
            at=row.recorded_at,
            who=names.actor(row.by),
            what=str(EVERY_FACT.get(row.kind, row.kind)),
            subject=names.subject(subjects[row.stream_id]),
            detail=_data(row.data, names),
            via=row.source,
            code=row.kind,
        )
        for row in rows
    ]


def _seen(what: str) -> str:
    """`contact/3:name,phone` as 姓名、电话."""
    head, _colon, tail = what.partition(":")
    kind, _slash, ref = head.partition("/")
    if kind == "contact":
        return _("、").join(
            str(Revealable(name).label) if name in Revealable.values else name for name in tail.split(",")
        )
    if kind == "attachment":
        return _("附件 %(n)s") % {"n": ref}
    if kind == "statement":
        return _("公司声明的凭证 %(n)s") % {"n": ref.rpartition("/")[2]}
    if head == "evidence_pack":
        did, _colon, uid = tail.partition(":")
        return f"{PACK_LOOKS.get(did, did)} {uid}"
    lists = {TRAIL: _("查阅记录"), FACTS: _("管理事实")}
    if head in lists and tail:
        return _("%(list)s，%(n)s 条") % {"list": lists[head], "n": tail}
    return lists.get(head, what)


def _data(data: Mapping[str, Any], names: _Names) -> str:
    said = [
        f"{FIELD_LABELS.get(name, name)} {names.value(name, value)}"
        for name, value in data.items()
        if value not in (None, "", [], {}) and name not in TECHNICAL_FIELDS
    ]
    text = _("；").join(said)
    return text if len(text) <= SHOWN_DATA else f"{text[:SHOWN_DATA]}…"
