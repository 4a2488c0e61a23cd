"""A regulation read like a coverage report: each clause with the share of its promises kept, and the proof behind it.

A rate is kept ÷ (kept + broken) of the promises that fell due in the month; what is pending, waived or cancelled is
shown beside it. A clause without promises due has no rate, which is not 100 %.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from keyue.cases import lists as cases
from keyue.cases.proofs import Shown, shown_for
from keyue.compliance.control_words import Detail, details, limit_words, named_in, owner_words, start_words
from keyue.compliance.standing import STANDINGS, Standing, standing_of
from keyue.kernel.errors import NotFound
from keyue.people import selectors as people
from keyue.people.models import User
from keyue.promises import selectors as promises
from keyue.promises import subjects
from keyue.promises.enums import STATE_TONES, PromiseState
from keyue.promises.models import Promise
from keyue.promises.selectors import Score
from keyue.regulations import selectors as regulations
from keyue.regulations.controls import Control
from keyue.regulations.document import Clause
from keyue.regulations.kinds import KIND_NAMES, PART_NAMES, ControlKind, Part
from keyue.regulations.selectors import Reading
from keyue.ui import wording
from keyue.ui.addresses import address

MONTHS = 6
RECENT = 5
EVIDENCE = 50
TIMES = re.compile(r"([0-9]+|[一二两三四五六七八九十]+)\s*个?\s*(工作小时|工作日|小时|分钟|天|日|周|月)")
NOTHING = Score({})


@dataclass(frozen=True, slots=True)
class ControlView:
    """A control bound to a clause, in words."""

    control: Control
    limit: str
    owner: str
    score: Score
    question: str
    start: str = ""
    details: Sequence[Detail] = ()
    kind: str = ""
    awaits: str = ""


@dataclass(frozen=True, slots=True)
class ClauseView:
    """A clause as the page shows it; `trend` are monthly rates, oldest first, None where nothing was due; `before` is
    the rate of the month before the one that is shown."""

    clause: Clause
    anchor: str
    tone: str
    score: Score
    trend: Sequence[float | None]
    before: float | None
    controls: Sequence[ControlView]
    paragraphs: Sequence[SafeString]
    standing: Standing = Standing.RUNNING
    keeper: str = ""

    @property
    def is_narrative(self) -> bool:
        return not self.controls

    @property
    def is_measured(self) -> bool:
        """Whether it has figures: a clause without any says why instead."""
        return self.standing in (Standing.RUNNING, Standing.FORBIDDING)

    @property
    def forbids(self) -> bool:
        return self.standing is Standing.FORBIDDING

    @property
    def standing_words(self) -> str:
        return str(STANDINGS[self.standing])

    @property
    def total(self) -> int:
        return sum(self.score.by_state.values())

    @property
    def rates(self) -> list[float]:
        """The months of the trend in which anything was due."""
        return [rate for rate in self.trend if rate is not None]


@dataclass(frozen=True, slots=True)
class Chapter:
    """A heading with the clauses under it, and their score together."""

    heading: str
    anchor: str
    clauses: Sequence[ClauseView]
    tone: str
    score: Score

    @property
    def standing_words(self) -> str:
        """What it is where nothing was due: that of its clauses which comes first among the standings."""
        standings = {view.standing for view in self.clauses}
        return str(STANDINGS[next((one for one in Standing if one in standings), Standing.NARRATIVE)])

    @property
    def is_measured(self) -> bool:
        return any(view.is_measured for view in self.clauses)


@dataclass(frozen=True, slots=True)
class Coverage:
    """A whole regulation for one month."""

    reading: Reading
    month: str
    months: Sequence[str]
    chapters: Sequence[Chapter]
    score: Score
    standings: Mapping[str, int]
    keeper: str
    gone: int = 0
    """How many promises of the score belong to controls that the edition in force has no more."""

    @property
    def counts(self) -> list[tuple[str, int]]:
        """How many clauses stand how, in words; what there is none of is left out."""
        return [(str(STANDINGS[one]), self.standings[one]) for one in Standing if self.standings.get(one)]

    @property
    def shown(self) -> int:
        """How many clauses stand in its chapters."""
        return sum(len(chapter.clauses) for chapter in self.chapters)

    def mentioning(self, words: str) -> Coverage:
        """The same with only the clauses whose number, heading or text contain `words`, and the words marked."""
        wanted = words.casefold()

        def has(view: ClauseView) -> bool:
            clause = view.clause
            return wanted in f"{clause.number} {clause.heading}\n{clause.text}".casefold()

        def marked(view: ClauseView) -> ClauseView:
            texts = [_paragraph(text, view.is_measured, words) for text in view.clause.paragraphs]
            return replace(view, paragraphs=texts)

        found = [
            replace(chapter, clauses=[marked(view) for view in chapter.clauses if has(view)])
            for chapter in self.chapters
        ]
        return replace(self, chapters=[chapter for chapter in found if chapter.clauses])

    def beside(self, opened: ClauseView) -> tuple[ClauseView | None, ClauseView | None]:
        """The running clauses before and after one."""
        views = [view for chapter in self.chapters for view in chapter.clauses]
        numbers = [view.clause.number for view in views]
        place = numbers.index(opened.clause.number)
        earlier = (view for view in reversed(views[:place]) if not view.is_narrative)
        later = (view for view in views[place + 1 :] if not view.is_narrative)
        return next(earlier, None), next(later, None)

    def find(self, number: str) -> ClauseView:
        """The clause with this number; raises NotFound."""
        for chapter in self.chapters:
            for view in chapter.clauses:
                if view.clause.number == number:
                    return view
        raise NotFound(_("这项制度没有第 %(number)s 条。") % {"number": number})


def months_to(now: datetime, n: int = MONTHS) -> list[str]:
    """The last `n` months up to now, oldest first, as "2026-11"."""
    latest = promises.month_at(now)
    return [month_before(latest, back) for back in range(n - 1, -1, -1)]


def month_before(month: str, n: int = 1) -> str:
    """The month `n` months before: "2026-01" → "2025-12"."""
    years, index = divmod(int(month[:4]) * 12 + int(month[5:]) - 1 - n, 12)
    return f"{years}-{index + 1:02d}"


def coverage_of(
    regulation: str, *, month: str, now: datetime, owners: Collection[str] | None = None
) -> Coverage:
    """The regulation in force now, with its figures for a month; with `owners`, only theirs. Raises NotFound."""
    reading = next((r for r in regulations.documents_in_force(now) if r.document.id == regulation), None)
    if reading is None:
        raise NotFound(_("没有这项制度，或还没有生效。"))
    months = months_to(now)
    by_month = {
        name: promises.scores(month=name, regulation=regulation, owners=owners) for name in {*months, month}
    }
    codes = {code for control in reading.controls for code in named_in(control)}
    document, known = reading.document, {control.id for control in reading.controls}
    codes |= {keeper for keeper in (document.keeper, *(one.keeper for one in document.clauses)) if keeper}
    names = people.owner_names(codes)
    chapters = _chapters(reading, by_month, months, month, names)
    views = [view for chapter in chapters for view in chapter.clauses]
    return Coverage(
        reading=reading,
        month=month,
        months=list(reversed(months)),
        chapters=chapters,
        score=promises.total(by_month[month].values()),
        standings=Counter(view.standing for view in views),
        gone=sum(
            sum(score.by_state.values())
            for (_regulation, control), score in by_month[month].items()
            if control not in known
        ),
        keeper=names.get(document.keeper, ""),
    )


Scores = Mapping[str, Mapping[tuple[str, str], Score]]


def _chapters(
    reading: Reading, by_month: Scores, months: Sequence[str], month: str, names: Mapping[str, str]
) -> list[Chapter]:
    groups: list[tuple[Clause | None, list[ClauseView]]] = []
    for clause in reading.document.clauses:
        is_chapter = clause.level == 2
        if is_chapter or not groups:
            groups.append((clause if is_chapter else None, []))
        if not is_chapter or clause.text or clause.control_ids:
            groups[-1][1].append(_view(reading, clause, by_month, months, month, names))
    chapters = []
    for n, (first, views) in enumerate(groups):
        score = promises.total(view.score for view in views)
        heading = f"{first.number} {first.heading}".strip() if first else reading.document.title
        chapters.append(Chapter(heading, f"chapter-{n}", views, _tone(reading, score), score))
    return chapters


def _tone(reading: Reading, score: Score) -> str:
    limits = reading.document.thresholds
    return wording.clause_tone(score.kept, score.broken, good=limits["good"], fair=limits["fair"])


def _view(
    reading: Reading,
    clause: Clause,
    by_month: Scores,
    months: Sequence[str],
    month: str,
    names: Mapping[str, str],
) -> ClauseView:
    controls = reading.controls_of(clause)
    identity = reading.document.id

    def score_in(name: str) -> Score:
        return promises.total(by_month[name].get((identity, control.id), NOTHING) for control in controls)

    score = score_in(month)
    return ClauseView(
        clause=clause,
        anchor=f"c{clause.number}",
        tone=_tone(reading, score),
        score=score,
        trend=[score_in(name).rate for name in months],
        before=score_in(earlier).rate if (earlier := month_before(month)) in by_month else None,
        controls=[
            ControlView(
                control,
                limit_words(control),
                owner_words(control.owner, names),
                by_month[month].get((identity, control.id), NOTHING),
                control.question if control.is_unanswered and not control.awaits else "",
                start_words(control),
                details(control, names),
                str(KIND_NAMES[ControlKind(control.kind)]),
                str(PART_NAMES[Part(control.awaits)]) if control.awaits else "",
            )
            for control in controls
        ],
        standing=standing_of(controls),
        keeper=names.get(clause.keeper, ""),
        paragraphs=[_paragraph(text, any(c.runs for c in controls)) for text in clause.paragraphs],
    )


def _paragraph(text: str, bound: bool, words: str = "") -> SafeString:
    """A paragraph with its times marked where a control is bound to the clause, and `words` wherever they stand."""
    plain = str(conditional_escape(text))
    if words:
        sought = re.compile(re.escape(str(conditional_escape(words))), re.IGNORECASE)
        plain = sought.sub(lambda match: f"<mark>{match[0]}</mark>", plain)
    if bound:
        plain = TIMES.sub(lambda match: f'<span class="bind">{match[0]}</span>', plain)
    return mark_safe(plain)  # noqa: S308  escaped above


# ── what stands behind a figure ───────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Proof:
    """A promise behind a figure: which matter, by whom, how it went, and what shows it. `number` and `shown` are empty
    where the reader may not see it."""

    promise: Promise
    tone: str
    number: str
    title: str
    url: str
    owner: str
    why: str
    shown: Sequence[Shown] = ()


STATES: Mapping[str, tuple[str, ...]] = {
    "": (),
    "kept": (PromiseState.MET,),
    "late": (PromiseState.MET_LATE, PromiseState.BREACHED),
    "open": (PromiseState.PENDING,),
    "waived": (PromiseState.WAIVED,),
    "cancelled": (PromiseState.CANCELLED,),
}


@dataclass(frozen=True, slots=True)
class ProofPage:
    rows: Sequence[Proof]
    next_offset: int | None


def proofs(
    user: User,
    view: ClauseView,
    *,
    regulation: str,
    month: str,
    state: str,
    offset: int = 0,
    size: int = EVIDENCE,
    owners: Collection[str] | None = None,
) -> ProofPage:
    """The promises of a clause in a month and state, newest due first. Raises NotFound for an unknown state."""
    if state not in STATES:
        raise NotFound(_("没有这种状态。"))
    ids = [control.control.id for control in view.controls]
    rows = promises.of_clause(regulation, ids, month=month, states=STATES[state], owners=owners)
    found = list(rows[offset : offset + size + 1])
    return ProofPage(_proofs(user, found[:size]), offset + size if len(found) > size else None)


def proofs_after(
    user: User, view: ClauseView, *, regulation: str, month: str, state: str, cursor: str, size: int
) -> tuple[list[Proof], str]:
    """`proofs` for programs: a page behind a cursor, which stays its place while rows come and go. Raises NotFound."""
    if state not in STATES:
        raise NotFound(_("没有这种状态。"))
    ids = [control.control.id for control in view.controls]
    found, following = promises.clause_page(
        regulation, ids, month=month, states=STATES[state], cursor=cursor, size=size
    )
    return _proofs(user, found), following


def _proofs(user: User, rows: Sequence[Promise]) -> list[Proof]:
    of_cases = [row for row in rows if row.subject_kind == "case"]
    others = [row for row in rows if row.subject_kind != "case"]
    visible = cases.visible_to(user).in_bulk([row.subject_id for row in of_cases])
    abouts = subjects.abouts_of(user, others)
    names = people.owner_names({row.breach_owner or row.owner for row in rows})
    waivers = promises.decided_requests([row.pk for row in rows])
    proven = shown_for(of_cases, visible)
    proven |= {pk: list(shown_) for pk, shown_ in subjects.proven_of(user, others).items() if pk in abouts}
    shown = []
    for row in rows:
        case = visible.get(row.subject_id) if row.subject_kind == "case" else None
        about = abouts.get(row.pk)
        request = waivers.get(row.pk)
        owner = row.breach_owner or row.owner
        shown.append(
            Proof(
                promise=row,
                tone=STATE_TONES[row.state],
                number=case.number if case else about.number if about else "",
                title=case.title if case else about.title if about else _("您无权查看这个事项"),
                url=address("cases:page", case.number) if case else about.url if about else "",
                owner=names.get(owner, owner),
                why=_("%(kind)s，批准人 %(name)s")
                % {"kind": request.get_kind_display(), "name": request.decided_by.name}
                if request and request.decided_by
                else "",
                shown=proven.get(row.pk, ()),
            )
        )
    return shown


def strip_label(chapters: Sequence[Chapter]) -> str:
    """What the strip of clauses says to who cannot see it."""
    counts: dict[str, int] = {}
    for chapter in chapters:
        for view in chapter.clauses:
            tone = view.tone if view.is_measured else str(view.standing)
            counts[tone] = counts.get(tone, 0) + 1
    words: dict[str, Any] = {
        "kept": _("达标"), "soon": _("偏低"), "late": _("未达标"), "idle": _("没有到期的"),
        **{str(standing): words for standing, words in STANDINGS.items()},
    }  # fmt: skip
    return _("，").join(f"{words[tone]} {n}" for tone, n in counts.items())
