"""The promises to a customer as a public rail: what was promised, what was kept, and how late we were.

Steps are named by the facts that perform them, so that whichever regulations a company adopts fill them. No names of
staff stand here, departments do: a customer may know who handles a matter, not whom to press.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from keyue.cases.book import face_of, rule_of
from keyue.cases.cards import Face
from keyue.cases.enums import Category, Exit, FollowUpOutcome, Level
from keyue.cases.models import Case
from keyue.cases.rules import CaseState, fold, seeks_satisfaction
from keyue.cases.waits import Clocks, Wait, clocks_of, stood_still, waits_of
from keyue.cases.wording import label
from keyue.ledger.facts import FactRecord
from keyue.promises.enums import BROKEN, PromiseState
from keyue.promises.knowledge import known_facts
from keyue.promises.models import Promise
from keyue.regulations.conditions import ConditionError
from keyue.regulations.controls import Control
from keyue.regulations.editions import EditionInForce
from keyue.ui import wording
from keyue.worktime.rules import Days, Rule, describe


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the way. `kinds` perform its promises, the last of them ends it; `promised` follows 承诺 … 前."""

    code: str
    kinds: tuple[str, ...]
    name: Any
    done: Any
    promised: Any
    later: Any = ""
    first_round_only: bool = False


STEPS = (
    Step(
        "classify",
        ("case.classified",),
        gettext_lazy("受理并分类"),
        gettext_lazy("已受理并分类"),
        gettext_lazy("完成分类"),
        gettext_lazy("受理后 %(limit)s内"),
        True,
    ),
    Step(
        "respond",
        ("case.first_response",),
        gettext_lazy("首次回应"),
        gettext_lazy("已首次回应"),
        gettext_lazy("由专人回应您"),
        gettext_lazy("受理后 %(limit)s内"),
        True,
    ),
    Step(
        "assess",
        ("case.reviewed", "case.assessed"),
        gettext_lazy("审核评估"),
        gettext_lazy("已审核评估"),
        gettext_lazy("完成审核评估"),
        gettext_lazy("受理后 %(limit)s内"),
        True,
    ),
    Step(
        "assign",
        ("case.assigned",),
        gettext_lazy("派单"),
        gettext_lazy("已派单"),
        gettext_lazy("安排责任部门"),
        gettext_lazy("评估后 %(limit)s内"),
        True,
    ),
    Step(
        "plan",
        ("case.plan_filed",),
        gettext_lazy("处理方案"),
        gettext_lazy("已有处理方案"),
        gettext_lazy("拿出处理方案"),
        gettext_lazy("派单后 %(limit)s内"),
    ),
    Step(
        "solve",
        ("case.solved",),
        gettext_lazy("解决"),
        gettext_lazy("已解决"),
        gettext_lazy("解决"),
        gettext_lazy("派单后 %(limit)s内"),
    ),
    Step(
        "tell",
        ("case.result_to_customer",),
        gettext_lazy("告知结果"),
        gettext_lazy("已告知结果"),
        gettext_lazy("把结果告知您"),
        gettext_lazy("有结果后 %(limit)s内"),
    ),
    Step(
        "follow_up",
        ("case.follow_up_call",),
        gettext_lazy("回访"),
        gettext_lazy("已回访"),
        gettext_lazy("回访您是否满意"),
        gettext_lazy("告知后 %(limit)s内"),
    ),
)
EXITS: Mapping[str, Any] = {
    Exit.SATISFIED: gettext_lazy("您已确认问题解决"),
    Exit.ANSWERED: gettext_lazy("已答复您。还有问题请再联系我们"),
    Exit.DECLINED: gettext_lazy("您表示不再要求处理"),
    Exit.UNREACHABLE: gettext_lazy("多次联系您没有联系上。您留言后我们会接着处理"),
    Exit.THIRD_PARTY: gettext_lazy("已转由第三方处理"),
    Exit.INVALID: gettext_lazy("经核实不成立，已由另一人复核。如不认可，请在下方留言说明"),
    Exit.WITHDRAWN: gettext_lazy("您已撤回"),
    Exit.MERGED: gettext_lazy("与同一件事的另一条反馈合并处理"),
}
"""How it ended, as the sender is told."""
GOOD_ENDS = frozenset({Exit.SATISFIED, Exit.ANSWERED})
HEADLINE = (("classify", gettext_lazy("%(limit)s内分类")), ("plan", gettext_lazy("%(limit)s内给出方案")))
SIMPLE = frozenset({"classify", "respond"})
"""The steps of what is answered and not handled: an inquiry, praise."""


def tone_of_end(how: str) -> str:
    """The tone of a case that has ended so."""
    return "kept" if how in GOOD_ENDS else "void"


@dataclass(frozen=True, slots=True)
class Node:
    """A step as the page shows it. `due` with `face` is what is still owed."""

    code: str
    tone: str
    name: str
    right: str = ""
    notes: Sequence[str] = ()
    is_current: bool = False
    is_done: bool = False
    due: datetime | None = None
    face: Face | None = None
    promised: str = ""


@dataclass(frozen=True, slots=True)
class Round:
    """The way of one round."""

    n: int
    nodes: Sequence[Node]
    ended_by: str = ""


@dataclass(slots=True)
class Way:
    """What the rail is made of, read by the selector."""

    case: Case
    facts: Sequence[FactRecord]
    promises: Sequence[Promise]
    editions: Sequence[EditionInForce]
    departments: Mapping[str, str]
    explained: Sequence[datetime]
    now: datetime
    zone: ZoneInfo
    state: CaseState = field(init=False)
    _of_round: dict[int, dict[str, FactRecord]] = field(init=False, default_factory=dict)
    _waits: Sequence[Wait] = field(init=False, default=())

    def __post_init__(self) -> None:
        state: CaseState | None = None
        for fact in known_facts(self.facts, self.now):
            n = state.round if state else 1
            self._of_round.setdefault(n, {}).setdefault(self._kind(fact), fact)
            if state is None or not state.ended:
                state = fold(state, fact) or state
        self.state = state or CaseState(type=self.case.type)
        self._waits = waits_of(self.facts, self.now)

    @staticmethod
    def _kind(fact: FactRecord) -> str:
        """An attempt that reached nobody is no follow-up."""
        reached = fact.data.get("outcome") != FollowUpOutcome.UNREACHABLE
        return fact.kind if reached else f"{fact.kind} unreachable"

    # --- rounds ---

    def rounds(self) -> list[Round]:
        """The rounds, the running one first."""
        found = []
        for n in range(self.state.round, 0, -1):
            steps = [step for step in STEPS if self._belongs(step, n)]
            nodes = [node for step in steps if (node := self._node(step, n)) is not None]
            past = n < self.state.round or self.state.ended
            if past:
                nodes = [node for node in nodes if node.tone != "idle"]
            if n == self.state.round and self.state.ended:
                nodes.append(self._end_node())
            found.append(Round(n, nodes if past else _with_current(nodes), self._ending(n)))
        return found

    def _belongs(self, step: Step, n: int) -> bool:
        if n > 1 and step.first_round_only:
            return False
        if self._done(step, n) is not None or self._promises(step, n):
            return True
        if seeks_satisfaction(self.state):
            return step.code != "respond"
        return step.code in SIMPLE

    def _ending(self, n: int) -> str:
        if n == self.state.round:
            return ""
        again = _("重新处理") if "case.reopened" in self._of_round.get(n, {}) else _("您说还没有解决")
        return _("%(why)s，开始第 %(n)d 轮处理") % {"why": again, "n": n + 1}

    # --- one step ---

    def _done(self, step: Step, n: int) -> FactRecord | None:
        found = self._of_round.get(n, {})
        if step.code == "assess" and self.state.valid is False:
            # what was found invalid is not assessed
            return found.get("case.reviewed")
        return found.get(step.kinds[-1])

    def _promises(self, step: Step, n: int) -> list[Promise]:
        return [
            promise
            for promise in self.promises
            if promise.cycle == n
            and promise.state != PromiseState.CANCELLED
            and self._performs(promise, step.kinds)
        ]

    def _control(self, promise: Promise) -> Control | None:
        edition = next((e for e in self.editions if e.id == promise.edition_id), None)
        return edition.control(promise.control) if edition else None

    def _performs(self, promise: Promise, kinds: Iterable[str]) -> bool:
        control = self._control(promise)
        return control is not None and performs(control, kinds)

    def _node(self, step: Step, n: int) -> Node | None:
        fact = self._done(step, n)
        mine = self._promises(step, n)
        late = [promise for promise in mine if promise.state in BROKEN and promise.closed_at is not None]
        if fact is not None:
            return self._done_node(step, fact, mine, late)
        owed = [promise for promise in mine if promise.is_open]
        if owed and not self.state.ended:
            return self._owed_node(step, owed, late)
        if late or any(promise.state == PromiseState.BREACHED for promise in mine):
            return Node(step.code, "late", str(step.name), _("没有按约完成"), self._apologies(mine))
        if self.state.ended or n < self.state.round or self._passed(step, n):
            return None
        return Node(step.code, "idle", str(step.name), self._limit(step))

    def _passed(self, step: Step, n: int) -> bool:
        """Whether a later step has been done, so that this one will not be."""
        later = STEPS[STEPS.index(step) + 1 :]
        return any(self._done(other, n) is not None for other in later if other.code != "respond")

    def _done_node(self, step: Step, fact: FactRecord, mine: list[Promise], late: list[Promise]) -> Node:
        notes = self._details(step, fact)
        if late:
            worst = max(
                promise.closed_at - promise.due for promise in late if promise.closed_at and promise.due
            )
            right = _("晚了 %(span)s") % {"span": wording.span(worst)}
            return Node(
                step.code, "late", self._name(step), right, [*notes, *self._apologies(late)], is_done=True
            )
        started = min((promise.start for promise in mine), default=None)
        right = (
            wording.span(fact.at - started)
            if started is not None and started <= fact.at
            else wording.moment(fact.at, now=self.now, zone=self.zone)
        )
        waited = self._waited(mine, fact.at)
        if waited >= timedelta(minutes=1):
            notes = [*notes, _("其中停表等待 %(span)s，不计入时限") % {"span": wording.span(waited)}]
        waived = bool(mine) and all(promise.state == PromiseState.WAIVED for promise in mine)
        return Node(step.code, "void" if waived else "kept", self._name(step), right, notes, is_done=True)

    def _name(self, step: Step) -> str:
        department = self.departments.get(self.case.lead, "")
        if step.code == "assign" and department:
            return _("已派单到%(department)s") % {"department": department}
        if step.code == "assess" and self.state.valid is False:
            return _("已审核")
        return str(step.done)

    def _owed_node(self, step: Step, owed: list[Promise], late: list[Promise]) -> Node:
        promise = min(owed, key=lambda p: (p.due is None, p.due or p.start, p.pk))
        face = replace(face_of(promise), pause_reason="")
        tone = wording.tone_of(
            state=face.state, now=self.now, start=face.start, due=face.due, paused=face.paused
        )
        notes = self._apologies([p for p in (*late, *owed) if p.due is not None and p.due < self.now])
        department = self.departments.get(self.case.lead, "")
        if step.code in {"plan", "solve"} and department:
            notes = [_("由%(department)s负责") % {"department": department}, *notes]
        return Node(
            step.code,
            tone,
            str(step.name),
            self._due_text(promise, tone),
            notes,
            due=promise.due,
            face=face,
            promised=str(step.promised),
        )

    def _due_text(self, promise: Promise, tone: str) -> str:
        if tone == "wait":
            return _("停表")
        if promise.due is None:
            return _("进行中")
        if tone == "late":
            return wording.overdue(self.now - promise.due)
        return wording.moment(promise.due, now=self.now, zone=self.zone, before=True)

    def _details(self, step: Step, fact: FactRecord) -> list[str]:
        if step.code == "classify":
            category = label(Category, fact.data.get("category"))
            return [category] if category else []
        if step.code == "assess":
            level = label(Level, fact.data.get("level"))
            return [_("按%(level)s事项处理") % {"level": level}] if level else []
        if step.code == "assign":
            # who helps now, as the name of the step says who leads now
            names = [self.departments.get(code, code) for code in self.state.collaborators]
            return [_("协同：%(names)s") % {"names": _("、").join(names)}] if names else []
        if step.code == "follow_up":
            return [label(FollowUpOutcome, fact.data.get("outcome"))]
        return []

    def _end_node(self) -> Node:
        ended_at = self.case.ended_at or self.now
        right = wording.moment(ended_at, now=self.now, zone=self.zone)
        return Node(
            "end",
            tone_of_end(self.case.exit),
            _("已结束"),
            right,
            [str(EXITS[self.case.exit])] if self.case.exit else [],
            is_done=True,
        )

    # --- lateness, said as it is ---

    def _apologies(self, promises: Iterable[Promise]) -> list[str]:
        found = []
        for promise in promises:
            if promise.due is None:
                continue
            due = spaced(wording.moment(promise.due, now=self.now, zone=self.zone, before=True))
            sentence = _("约定%(due)s完成，没有做到，向您致歉。") % {"due": due}
            word = next((at for at in self.explained if at >= promise.due), None)
            if word is not None:
                moment = spaced(wording.moment(word, now=self.now, zone=self.zone))
                sentence += _("之后给您的答复见「往来」%(moment)s 一条。") % {"moment": moment}
            found.append(sentence)
        return found[-1:]

    def _waited(self, mine: Iterable[Promise], end: datetime) -> timedelta:
        """What the promises of a step did not count of the time until then."""
        stood = (stood_still(self._waits, self._control(promise), promise.start, end) for promise in mine)
        return max(stood, default=timedelta(0))

    def clocks(self) -> Clocks:
        """What a wait does to what is owed now."""
        return clocks_of(self.state, self.promises, self._control)

    # --- what is yet to come ---

    def _limit(self, step: Step) -> str:
        return limit_sentence(step, expected_limit(step, self.editions, self.state, self.now))

    def next_word(self) -> datetime | None:
        """By when the customer is to hear how things stand, where a regulation says so."""
        for promise in self.promises:
            control = self._control(promise)
            told = control is not None and any(o.kind == "case.progress_told" for o in control.met_by)
            if told and promise.is_open and not promise.paused:
                return promise.due
        return None


def spaced(text: str) -> str:
    """With a space before it where it begins with a figure, for the middle of a Chinese sentence."""
    return f" {text}" if text[:1].isdigit() else text


def _with_current(nodes: list[Node]) -> list[Node]:
    """The first step that is owed is the one at hand; where none is, the first that has not begun."""
    first = next((n for n, node in enumerate(nodes) if not node.is_done and node.face is not None), None)
    if first is None:
        return nodes
    return [replace(node, is_current=n == first) for n, node in enumerate(nodes)]


def performs(control: Control, kinds: Iterable[str]) -> bool:
    """Whether a control with a limit is performed by one of these facts."""
    wanted = set(kinds)
    return control.kind == "deadline" and any(occasion.kind in wanted for occasion in control.met_by)


def in_force(editions: Sequence[EditionInForce], now: datetime) -> list[EditionInForce]:
    """Of each regulation the edition that governs what starts now."""
    newest: dict[str, EditionInForce] = {}
    for edition in editions:
        if edition.effective <= now:
            newest[edition.regulation] = edition
    return list(newest.values())


def limit_sentence(step: Step, rule: Rule | None) -> str:
    """`派单后 24 小时内`, `当日内`; empty where nothing is promised."""
    if rule is None:
        return ""
    text = describe(rule, get_language() or "zh")
    if isinstance(rule, Days) and rule.n == 0:
        return _("%(limit)s内") % {"limit": text}
    return str(step.later) % {"limit": text}


def expected_limit(
    step: Step, editions: Sequence[EditionInForce], state: CaseState, now: datetime
) -> Rule | None:
    """How long a step may take, by the first control in force that can come to ask for it."""
    for edition in in_force(editions, now):
        for control in edition.controls:
            if control.limit is not None and performs(control, step.kinds) and _may_hold(control, state):
                return rule_of(control.limit, state)
    return None


def _may_hold(control: Control, state: CaseState) -> bool:
    for later in (state, replace(state, solved=True)):
        try:
            if all(condition.holds({"case": later}) for condition in control.when):
                return True
        except ConditionError:
            return False
    return False


def outlook(editions: Sequence[EditionInForce], now: datetime) -> list[Node]:
    """What a complaint may expect, before there is one: the steps with their limits."""
    state = CaseState(type="complaint")
    limits = [(step, limit_sentence(step, expected_limit(step, editions, state, now))) for step in STEPS]
    return [Node(step.code, "idle", str(step.name), text) for step, text in limits if text]


def headline(editions: Sequence[EditionInForce], now: datetime) -> str:
    """`2 小时内分类，24 小时内给出方案，每一步都公开`: of what is promised the two that come first to mind."""
    state = CaseState(type="complaint")
    rules = {step.code: expected_limit(step, editions, state, now) for step in STEPS}
    language = get_language() or "zh"
    found = [
        str(text) % {"limit": describe(rule, language)}
        for code, text in HEADLINE
        if (rule := rules[code]) is not None
    ]
    return _("，").join([*found, _("每一步都公开")])
