"""What a replay reads: the two sides of a question, the chains it goes through, and what some of them come to.

Nothing here writes. What is read of a slice depends on the question alone, so that a slice done again, by another
process or after a restart, comes to the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from itertools import islice
from typing import Any

from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from keyue.compliance.edition_access import edition_for, makes
from keyue.compliance.enums import WhatIfState
from keyue.compliance.models import WhatIf
from keyue.kernel.errors import Invalid, NotFound
from keyue.ledger import selectors as ledger
from keyue.ledger.facts import SKEW, Subject, canonical
from keyue.ledger.models import Fact, Stream
from keyue.people.enums import Permission
from keyue.people.models import User
from keyue.people.permissions import check
from keyue.promises import subjects
from keyue.promises.calendars import calendar_editions
from keyue.promises.engine import CalendarEdition
from keyue.promises.replay import Period, Plan, Replayed, Terms, plans_of, replay
from keyue.regulations import selectors as regulations
from keyue.regulations.controls import Control, ControlError
from keyue.regulations.document import Document, read_document
from keyue.regulations.models import Edition
from keyue.worktime import selectors as worktime
from keyue.worktime.calendar import COMPANY_CALENDAR, Calendar

SLICE = 1_000
"""Chains of one piece of work: well under a second, after which a cancellation is noticed."""
LONGEST_TEXT = 1_000_000


@dataclass(frozen=True, slots=True)
class Changes:
    """What is otherwise: single values (`{"plan.within": "PT12H"}`) on the text in force, on an edition of the same
    regulation by its number, or on a text; and the company's calendar as an object of the engine's specification.
    `digest` is that of the edition as it was when it was asked, for a draft changes."""

    values: Mapping[str, Any] = field(default_factory=dict)
    edition: int | None = None
    text: str = ""
    calendar: Mapping[str, Any] | None = None
    digest: str = ""

    def as_json(self) -> dict[str, Any]:
        """As it is kept, without what stays as it is."""
        said = {
            "values": dict(self.values),
            "edition": self.edition,
            "text": self.text,
            "calendar": dict(self.calendar) if self.calendar is not None else None,
            "digest": self.digest,
        }
        return {name: value for name, value in said.items() if value}

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Changes:
        """What `as_json` wrote."""
        return cls(
            said.get("values", {}),
            said.get("edition"),
            said.get("text", ""),
            said.get("calendar") or None,
            said.get("digest", ""),
        )


@dataclass(frozen=True, slots=True)
class Sides:
    """A question taken apart: the document of each side, and its terms."""

    before: Document
    after: Document
    base: Terms
    changed: Terms
    answers: Mapping[str, Any]
    """The company's answers to the changed text, without the values that were changed."""

    def control(self, identity: str) -> tuple[Control | None, Control | None]:
        """A control on both sides."""
        before, after = (
            next((c for c in terms.controls if c.id == identity), None) for terms in (self.base, self.changed)
        )
        return before, after


def sides_of(edition: Edition, changes: Changes) -> Sides:
    """The regulation as it is in force and as it would be. Raises Invalid with a sentence for each change at fault."""
    reading = regulations.read(edition)
    document, answers = _changed(reading.document, edition, changes)
    controls = _controls(document, answers, changes.values)
    named = {c.calendar for c in (*reading.controls, *controls) if c.calendar}
    calendars = _calendars(named)
    base = Terms(reading.document.subject, reading.controls, calendars)
    changed = Terms(document.subject, controls, calendars)
    if changes.calendar is not None:
        changed = changed.with_calendar(_calendar(changes.calendar))
    return Sides(reading.document, document, base, changed, answers)


def _changed(document: Document, edition: Edition, changes: Changes) -> tuple[Document, Mapping[str, Any]]:
    """The text that would hold, and the answers to it."""
    if changes.edition is not None:
        try:
            other = regulations.edition(edition.regulation_id, changes.edition)
        except NotFound as error:
            raise Invalid(str(error), fields={"edition": str(error)}) from error
        if changes.digest and other.digest != changes.digest:
            said = _("第 %(n)d 版草案在推演以后改过，请再推演一次。") % {"n": other.n}
            raise Invalid(said, fields={"edition": said})
        return regulations.read(other).document, other.answers
    if not changes.text:
        return document, edition.answers
    if len(changes.text) > LONGEST_TEXT:
        said = _("原文太长，至多 %(most)d 个字。") % {"most": LONGEST_TEXT}
        raise Invalid(said, fields={"text": said})
    found = read_document(changes.text)
    if found.faults:
        first = found.faults[0]
        said = _("制度有 %(count)s 处错误，第 %(line)s 行：%(message)s") % {
            "count": len(found.faults),
            "line": first.line,
            "message": first.message,
        }
        raise Invalid(said, fields={"text": said})
    if found.id != edition.regulation_id:
        said = _("这是另一项制度的原文：%(id)s") % {"id": found.id}
        raise Invalid(said, fields={"text": said})
    known = {block.id for block in found.blocks}
    return found, {key: value for key, value in edition.answers.items() if key.partition(".")[0] in known}


def _controls(
    document: Document, answers: Mapping[str, Any], values: Mapping[str, Any]
) -> tuple[Control, ...]:
    faults: dict[str, object] = {}
    for key in values:
        try:
            document.controls({**answers, key: values[key]})
        except ControlError as error:
            faults[key] = str(error)
    if not faults:
        try:
            return document.controls({**answers, **values})
        except ControlError as error:
            faults[error.field] = str(error)
    raise Invalid(_("有 %(n)d 处需要修改。") % {"n": len(faults)}, fields=faults)


def _calendar(said: Mapping[str, Any]) -> Calendar:
    try:
        return Calendar.from_dict(said)
    except Invalid as error:
        raise Invalid(str(error), fields={"calendar": str(error)}) from error


def _calendars(named: set[str]) -> list[CalendarEdition]:
    found: list[tuple[str, datetime, Calendar]] = []
    for code in (*sorted(named - {COMPANY_CALENDAR}), COMPANY_CALENDAR):
        versions = worktime.calendar_versions(code)
        if not versions and code != COMPANY_CALENDAR:
            raise Invalid(_("公司还没有发布代码为 %(code)s 的日历。") % {"code": code})
        found += [(code, recorded_at, calendar) for recorded_at, calendar in versions]
    return calendar_editions(found)


def as_read(regulation: str, changes: Changes, user: User, at: datetime) -> Changes:
    """The changes with the digest of the edition that they name. Raises Invalid for one that this person may not open."""
    if changes.edition is None:
        return changes
    try:
        found = edition_for(user, regulation, changes.edition, at)
    except NotFound as error:
        raise Invalid(str(error), fields={"edition": str(error)}) from error
    return replace(changes, digest=found.digest)


def period_of(what_if: WhatIf) -> Period:
    """The period of a question; what came to be known after it was asked does not count."""
    return Period(what_if.since, what_if.until, what_if.asked_at)


def plans(what_if: WhatIf) -> list[Plan]:
    """What has to be derived, by kinds of subjects that the product has."""
    sides = sides_of(what_if.edition, Changes.from_json(what_if.changes))
    found = plans_of(what_if.regulation_id, sides.base, sides.changed, period_of(what_if))
    return [plan for plan in found if plan.subject in subjects.kinds()]


def digest_of(edition: Edition, changes: Changes, since: datetime, until: datetime) -> str:
    """What makes two questions the same one."""
    said = [edition.pk, changes.as_json(), since.isoformat(), until.isoformat()]
    return sha256(canonical({"question": said})).hexdigest()


# ── slices ────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Slice:
    """The chains of a kind after one row of the table, up to and with another."""

    kind: str
    after: int
    up_to: int


def chains(kinds: Sequence[str]) -> tuple[int, int]:
    """How many chains there are of these kinds, and the newest one's row."""
    rows = Stream.objects.filter(kind__in=kinds)
    return rows.count(), rows.aggregate(newest=Max("pk"))["newest"] or 0


def slices(what_if: WhatIf, kinds: Sequence[str]) -> Iterator[Slice]:
    """What is still to be done of a replay, in its order, each piece looked for when it is asked for."""
    here = list(kinds).index(what_if.kind) if what_if.kind in kinds else 0
    for kind in kinds[here:]:
        after = what_if.position if kind == what_if.kind else 0
        while after < what_if.last:
            rows = Stream.objects.filter(kind=kind, pk__gt=after, pk__lte=what_if.last).order_by("pk")
            end = rows.values_list("pk", flat=True)[SLICE - 1 : SLICE].first()
            yield Slice(kind, after, end or what_if.last)
            after = end or what_if.last


def replay_slice(plan: Plan, piece: Slice) -> tuple[int, Replayed]:
    """How many chains a slice has, and what they come to under a plan."""
    model = subjects.kinds()[plan.subject].model
    rows = Stream.objects.filter(kind=piece.kind, pk__gt=piece.after, pk__lte=piece.up_to).order_by("pk")
    if plan.has_windows:
        refs = list(rows.values_list("ref", flat=True))
        n = len(refs)
    else:
        # where nothing happened in the period nothing began; a clock ahead of ours is put back by so much at most
        period = plan.period
        facts = Fact.objects.filter(stream=OuterRef("pk"), at__gte=period.since, at__lt=period.until + SKEW)
        found = list(rows.annotate(is_concerned=Exists(facts)).values_list("ref", "is_concerned"))
        n, refs = len(found), [ref for ref, is_concerned in found if is_concerned]
    total = Replayed()
    rest = iter(refs)
    while batch := [Subject(piece.kind, ref) for ref in islice(rest, ledger.AT_A_TIME)]:
        for subject, known in ledger.facts_of_many(batch).items():
            total.add(replay(subject.ref, known, plan, model))
    return n, total


# ── asking for them ───────────────────────────────────────────────────────────────────────────────────────────


def what_ifs_for(user: User, regulation: str) -> QuerySet[WhatIf]:
    """The replays of a regulation, newest first: who may see the regulation sees them, those of a draft or of a text
    who asked or whose business drafts are. Raises Denied."""
    check(user, Permission.REGULATION_VIEW)
    rows = WhatIf.objects.filter(regulation=regulation).select_related("edition", "asked_by", "regulation")
    if not makes(user):
        rows = rows.filter(Q(asked_by=user) | ~Q(changes__has_any_keys=["edition", "text"]))
    return rows.order_by("-pk")


def what_if_for(user: User, regulation: str, pk: int) -> WhatIf:
    """One replay. Raises NotFound, Denied."""
    found = what_ifs_for(user, regulation).filter(pk=pk).first()
    if found is None:
        raise NotFound(_("没有这次推演，或已过 30 天清除。"))
    return found


def waiting(worker: str, now: datetime) -> QuerySet[WhatIf]:
    """The replays that a process may go on with, the oldest first: its own, and those that nobody works on."""
    free = WhatIf.free_for(worker, now)
    return WhatIf.objects.filter(free, state=WhatIfState.RUNNING).order_by("pk")


def by_id(pk: int) -> WhatIf:
    """A replay for the process that works on it."""
    return WhatIf.objects.select_related("edition").get(pk=pk)


def earlier(digest: str, since: datetime) -> WhatIf | None:
    """The newest replay of the same question that was asked after an instant and has come, or comes, to its end."""
    states = [WhatIfState.RUNNING, WhatIfState.DONE]
    rows = WhatIf.objects.filter(digest=digest, asked_at__gte=since, state__in=states)
    return rows.select_related("edition", "asked_by", "regulation").order_by("-pk").first()
