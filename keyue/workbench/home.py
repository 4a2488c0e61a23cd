"""What the workbench shows, as plain data that its templates print."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from keyue.cases import selectors as cases
from keyue.cases.acts import act_in_row
from keyue.cases.enums import CaseType
from keyue.cases.models import Case
from keyue.compliance.waiting import Wait, waiting_for
from keyue.customers import selectors as customers
from keyue.people import naming
from keyue.people import selectors as people
from keyue.people.enums import Permission
from keyue.people.models import User
from keyue.people.permissions import allows
from keyue.promises import selectors as promises
from keyue.promises import subjects
from keyue.promises.models import Promise
from keyue.promises.owed import Buckets, Today
from keyue.promises.selectors import Score
from keyue.promises.subjects import About
from keyue.regulations import scoped
from keyue.regulations import selectors as regulations
from keyue.regulations.controls import Control
from keyue.ui import wording
from keyue.ui.addresses import address
from keyue.ui.components import ClauseTag, Tab
from keyue.workbench import notices
from keyue.workbench.notices import NoticeRow

SHOWN = 50
MOST_LOADED = 12
GROUPS = (("late", "late"), ("today", "soon"), ("week", "open"), ("later", "idle"))


@dataclass(frozen=True, slots=True)
class PromiseRow:
    """A promise as a row: what, for whom, by which clause, and the one button that performs it."""

    promise: Promise
    title: str
    url: str
    number: str
    kind: str
    grade: str
    customer: str
    clause: ClauseTag
    who: str
    act_label: str
    act_url: str
    has_act: bool
    take_url: str


@dataclass(frozen=True, slots=True)
class Group:
    """Promises that are due at about the same time; `more` leads to the rest."""

    name: str
    tone: str
    label: str
    count: int
    rows: Sequence[PromiseRow]
    more_url: str = ""


@dataclass(frozen=True, slots=True)
class Load:
    """How much is with a person: overdue, due today, and after; `most` is what the fullest of them holds."""

    user: User
    late: int
    today: int
    later: int
    most: int = 0

    @property
    def total(self) -> int:
        return self.late + self.today + self.later

    @property
    def shares(self) -> list[tuple[str, float]]:
        """The bar: each part as per cent of what the fullest holds."""
        parts = (("late", self.late), ("soon", self.today), ("open", self.later))
        return [(tone, 100 * n / max(self.most, 1)) for tone, n in parts if n]


@dataclass(frozen=True, slots=True)
class Home:
    """Everything on the page."""

    tabs: Sequence[Tab]
    groups: Sequence[Group]
    buckets: Buckets
    score: Score
    overdue: str
    nearest: datetime | None
    loads: Sequence[Load]
    requests: int
    waits: Sequence[Wait]
    told: Sequence[NoticeRow]


def controls_in_force(rows: Iterable[Promise] = ()) -> dict[tuple[str, str], Control]:
    """Every control of the published editions, and of the contracts that these promises stand in, the newest of a name
    last: for the words on screen."""
    found = {(e.regulation, c.id): c for e in regulations.editions_for("case") for c in e.controls}
    for ones in scoped.of_regulations({row.regulation for row in rows}).values():
        found |= {(e.regulation, c.id): c for one in ones for e in one.editions for c in e.controls}
    return found


def clause_tags(today: Today, rows: Iterable[Promise] = ()) -> Mapping[tuple[str, str], ClauseTag]:
    """A tag for each control in force, and each of the contracts that these promises stand in: the clause, and how well
    it is kept this month."""
    documents = [(one.document, one.controls) for one in regulations.documents_in_force(today.now)]
    agreed = scoped.of_regulations({row.regulation for row in rows})
    documents += [
        (one.document, tuple(control for edition in one.editions for control in edition.controls))
        for ones in agreed.values()
        for one in ones
    ]
    scores = promises.scores(
        month=today.month, regulations={document.id for document, _controls in documents}
    )
    tags = {}
    for document, controls in documents:
        good, fair = document.thresholds["good"], document.thresholds["fair"]
        is_agreed = document.id in agreed
        for control in controls:
            score = scores.get((document.id, control.id), Score({}))
            url = address("regulations:clause", document.id, control.clause)
            tags[document.id, control.id] = ClauseTag(
                number=control.clause,
                label=control.name,
                url=scoped.place_of(document.id, control.clause) if is_agreed else f"{url}#c{control.clause}",
                title=f"{document.title} {control.clause}"
                if is_agreed
                else f"《{document.title}》{control.clause}",
                tone=wording.clause_tone(score.kept, score.broken, good=good, fair=fair),
            )
    return tags


def rows_of(found: Iterable[Promise], user: User, today: Today) -> list[PromiseRow]:
    """Rows for promises, with a fixed number of queries for each kind of subject, whatever their number."""
    listed = list(found)
    known = cases.cases_by_id([row.subject_id for row in listed if row.subject_kind == "case"])
    cards = customers.customer_cards({case.customer_id for case in known.values() if case.customer_id})
    names = people.owner_names({row.owner for row in listed})
    tags, controls = clause_tags(today, listed), controls_in_force(listed)
    mine = promises.owner_codes(user)
    others = subjects.abouts_of(user, [row for row in listed if row.subject_kind != "case"])
    return [
        _row(
            row,
            known[row.subject_id],
            cards,
            names,
            tags,
            controls.get((row.regulation, row.control)),
            user,
            mine,
        )
        if row.pk not in others
        else _other_row(row, others[row.pk], names, tags, user, mine)
        for row in listed
        if row.pk in others or (row.subject_kind == "case" and row.subject_id in known)
    ]


def _row(
    row: Promise,
    case: Case,
    cards: Mapping[int, Any],
    names: Mapping[str, str],
    tags: Mapping[tuple[str, str], ClauseTag],
    control: Control | None,
    user: User,
    mine: frozenset[str],
) -> PromiseRow:
    card = cards.get(case.customer_id or 0)
    act = act_in_row(control, row, user, case)
    # what is owed by the person already needs no taking
    takes = row.holder_id is None and row.owner in mine and people.person_of(row.owner) != user.pk
    return PromiseRow(
        promise=row,
        title=_("%(name)s：%(title)s") % {"name": row.name, "title": case.title},
        url=address("cases:page", case.number),
        number=case.number,
        kind=str(CaseType(case.type).label),
        grade=(card.grade or "") if card else "",
        customer=card.shown_name if card else (_("匿名客户") if case.is_anonymous else _("未登记客户")),
        clause=tags.get((row.regulation, row.control)) or ClauseTag(row.clause, row.name),
        who=row.holder.name if row.holder else names.get(row.owner, row.owner),
        act_label=str(act.label) if act else _("打开"),
        act_url=address("cases:act", case.number, act.code) if act else address("cases:page", case.number),
        has_act=act is not None,
        take_url=address("promises:take", row.pk) if takes else "",
    )


def _other_row(
    row: Promise,
    about: About,
    names: Mapping[str, str],
    tags: Mapping[tuple[str, str], ClauseTag],
    user: User,
    mine: frozenset[str],
) -> PromiseRow:
    """A promise about something else than a case, as the room that owns its kind of subject describes it."""
    takes = row.holder_id is None and row.owner in mine and people.person_of(row.owner) != user.pk
    return PromiseRow(
        promise=row,
        title=about.title,
        url=about.url,
        number=about.number,
        kind=about.kind,
        grade="",
        customer="",
        clause=tags.get((row.regulation, row.control)) or ClauseTag(row.clause, row.name),
        who=row.holder.name if row.holder else names.get(row.owner, row.owner),
        act_label=about.act_label or _("打开"),
        act_url=about.act_url or about.url,
        has_act=False,
        take_url=address("promises:take", row.pk) if takes else "",
    )


def home_of(user: User, scope: str, now: datetime) -> Home:
    """The workbench of a person: their own promises, or (`scope` "team") those of their departments."""
    rows = promises.owed_in(user) if scope == "team" else promises.owed_by(user)
    today = promises.today_at(now)
    found = rows.buckets(today, limit=SHOWN)
    labels = {"late": _("已逾期"), "today": _("今天到期"), "week": _("本周到期"), "later": _("之后与不限时")}
    shown = {name: list(getattr(found, name)) for name, _tone in GROUPS}
    everything = rows_of([row for part in shown.values() for row in part], user, today)
    by_pk = {row.promise.pk: row for row in everything}
    groups = [
        Group(
            name, tone, labels[name], found.counts[name], [by_pk[p.pk] for p in shown[name] if p.pk in by_pk]
        )
        for name, tone in GROUPS
        if found.counts[name]
    ]
    monthly = promises.scores(month=today.month, owners=promises.owner_codes(user))
    upcoming = [row.due for row in found.today if row.due]
    return Home(
        tabs=_tabs(user, scope, rows, found),
        groups=groups,
        buckets=found,
        score=promises.total(monthly.values()),
        overdue=wording.overdue(now - oldest) if (oldest := _oldest(found.late)) else "",
        nearest=min(upcoming, default=None),
        loads=loads_of(user, today),
        requests=len(promises.open_requests(user)[:100]) if _decides(user) else 0,
        waits=waiting_for(user, now),
        told=notices.newest(user, now.astimezone(today.end.tzinfo)),
    )


def _oldest(rows: Sequence[Promise]) -> datetime | None:
    return next((row.due for row in rows), None)


def _decides(user: User) -> bool:
    return allows(user, Permission.WAIVER_APPROVE) or allows(user, Permission.EXTENSION_APPROVE)


def _tabs(user: User, scope: str, rows: Any, found: Buckets) -> list[Tab]:
    shown = sum(found.counts.values())
    other = (promises.owed_by(user) if scope == "team" else promises.owed_in(user)).count()
    counts = {"mine": other, "team": shown} if scope == "team" else {"mine": shown, "team": other}
    home = address("workbench:home")
    return [
        Tab(_("我的"), home, min(counts["mine"], 100), scope != "team"),
        Tab(_("本部门"), f"{home}?scope=team", min(counts["team"], 100), scope == "team"),
    ]


def empty_posts(user: User, now: datetime) -> list[str]:
    """Posts that regulations name and nobody stands behind, for those who can do something about it."""
    if not any(allows(user, one) for one in (Permission.ORGANISATION_MANAGE, Permission.REGULATION_EDIT)):
        return []
    codes = people.empty_posts(naming.named_codes(now), now)
    names = people.owner_names(codes) if codes else {}
    return [names[code] for code in codes]


def loads_of(user: User, today: Today) -> list[Load]:
    """What the people of this person's department hold, the fullest first."""
    if user.department is None:
        return []
    members = list(people.active_staff().filter(department=user.department)[: MOST_LOADED * 2])
    counts = promises.held_counts([member.pk for member in members], today)
    most = max((sum(found) for found in counts.values()), default=0)
    loads = [Load(member, *counts.get(member.pk, (0, 0, 0)), most) for member in members]
    return sorted(loads, key=lambda load: (-load.total, load.user.pk))[:MOST_LOADED]
