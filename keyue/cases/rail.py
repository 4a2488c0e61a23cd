"""The promise rail of a case: what is owed in each round, who owes it, how it was kept, and what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from django.utils.translation import gettext as _

from keyue.cases import acts
from keyue.cases.book import limit_text
from keyue.cases.cards import ActLink, CadenceLine, Evidence, Face, Round, Step
from keyue.cases.links import address
from keyue.cases.rules import CaseState
from keyue.cases.sheet import Sheet
from keyue.cases.strictest import strictest_first
from keyue.cases.wording import proof
from keyue.people.enums import Permission
from keyue.people.permissions import allows
from keyue.promises import selectors as promises
from keyue.promises.enums import BROKEN, KEPT, PromiseState, RequestKind
from keyue.promises.models import Promise, PromiseRequest
from keyue.regulations.conditions import ConditionError
from keyue.regulations.controls import Control

# the facts by which a case goes on from stage to stage: what they start is sure to come
FIRST = ("case.received", "case.classified", "case.reviewed", "case.assessed", "case.assigned")
LATER = ("case.solved", "case.result_to_service", "case.result_to_customer")


def rounds(sheet: Sheet) -> list[Round]:
    """The rounds, the running one first. In it stand what is yet to come, without a start, and what earlier rounds
    still owe."""
    order = {(name, control.id): n for n, (name, control) in enumerate(sheet.book.upcoming())}
    running = sheet.state.round
    found = []
    for n in range(running, 0, -1):
        mine = [promise for promise in sheet.promises if _stands_in(promise, running) == n]
        ordered = sorted(mine, key=lambda p: (p.start, order.get((p.regulation, p.control), 99), p.seq))
        ordered = strictest_first(ordered, sheet.stricter)
        cadences = [p for p in ordered if sheet.is_cadence(p)]
        steps = [_step(sheet, promise) for promise in ordered if promise not in cadences]
        if n == running:
            steps += _upcoming(sheet, [promise for promise in mine if promise.cycle == n])
        found.append(Round(n, steps, _cadences(sheet, cadences)))
    return found


def _stands_in(promise: Promise, running: int) -> int:
    """The round on whose rail a promise stands: its own; what is still owed goes along with the case."""
    return running if promise.is_open else promise.cycle


# --- one step ---


def _step(sheet: Sheet, promise: Promise) -> Step:
    control = sheet.book.control(promise)
    closing = sheet.facts_by_id.get(str(promise.closed_by)) if promise.closed_by else None
    asked = [request for request in sheet.requests if request.promise_id == promise.pk]
    done = promise.state in KEPT | {PromiseState.MET_LATE}
    who = sheet.by_name(closing) if closing is not None and done else owes(sheet, promise)
    return Step(
        pk=promise.pk,
        name=promise.name,
        limit=limit_text(control.limit, sheet.state) if control else "",
        face=sheet.face(promise),
        clause=sheet.book.tag(promise.regulation, promise.clause),
        who=who,
        due=promise.due,
        since_round=promise.cycle if promise.cycle < sheet.state.round and promise.is_open else 0,
        is_current=sheet.current is not None and promise.pk == sheet.current.pk,
        stricter_than=_laxer(sheet, promise),
        used=_used(sheet, promise),
        proof=Evidence(proof(closing.kind), f"?tab=evidence#e{promise.pk}")
        if closing is not None and done
        else None,
        note=_note(sheet, promise, asked),
        act=_act(sheet, control, "e" if promise is sheet.next_own else "") if promise.is_open else None,
        why_not=_why_not(sheet, control) if promise.is_open else "",
        holder=_holding(sheet, promise) if promise.is_open else (),
        requests=_asking(sheet, promise, asked) if promise.is_open else (),
    )


def _laxer(sheet: Sheet, promise: Promise) -> str:
    """The clause that asks the same later, as its title says it; "" where none does."""
    other = sheet.stricter.get(promise.pk)
    return sheet.book.tag(other.regulation, other.clause).title if other is not None else ""


def owes(sheet: Sheet, promise: Promise) -> str:
    """Who has to keep it: a person of a department, or the department."""
    owner = sheet.names.owner(promise.owner)
    return f"{promise.holder.name} · {owner}" if promise.holder is not None else owner


def _used(sheet: Sheet, promise: Promise) -> int | None:
    if promise.due is None or not promise.is_open or promise.due <= promise.start:
        return None
    share = (sheet.now - promise.start) / (promise.due - promise.start)
    return round(100 * min(max(share, 0.0), 1.0))


def _note(sheet: Sheet, promise: Promise, asked: Sequence[PromiseRequest]) -> str:
    """What was asked and decided about it, the last word only."""
    if not asked:
        return ""
    last = asked[-1]
    kind = str(RequestKind(last.kind).label)
    reason = sheet.reasons.get(last.pk, "")
    decider = last.decided_by.name if last.decided_by else ""
    if last.approved is None and not promise.is_open:
        said = _("%(name)s申请过%(kind)s，约定已了结，没有再审批") % {
            "name": last.requested_by.name,
            "kind": kind,
        }
    elif last.approved is None:
        said = _("%(name)s已申请%(kind)s，待审批") % {"name": last.requested_by.name, "kind": kind}
    elif last.approved:
        said = _("%(kind)s由%(name)s批准") % {"kind": kind, "name": decider}
    else:
        said = _("%(name)s没有同意%(kind)s") % {"kind": kind, "name": decider}
    return _("%(what)s。理由：%(reason)s") % {"what": said, "reason": reason} if reason else said


def _act(sheet: Sheet, control: Control | None, key: str = "") -> ActLink | None:
    code = sheet.code_for(control)
    return sheet.link(code, key) if code else None


def _why_not(sheet: Sheet, control: Control | None) -> str:
    """Why the act cannot be done now, for those whose it is; for the others the step says whose."""
    act = acts.act_for(control) if control else None
    if act is None or sheet.code_for(control) or not allows(sheet.user, act.permission):
        return ""
    if act.not_theirs(sheet.user, sheet.case) is not None:
        return ""
    return str(act.refusal(sheet.state) or sheet.obstacle(act.code) or "")


def _holding(sheet: Sheet, promise: Promise) -> list[ActLink]:
    """Taking it, giving it to a colleague, putting it back: of promises that the reader may see."""
    if not promises.is_seen(sheet.user, promise):
        return []
    found = []
    mine = promise.holder_id == sheet.user.pk
    may_give = allows(sheet.user, Permission.CASE_HAND_OUT)
    is_ours = promise.owner in promises.owner_codes(sheet.user)
    if promise.holder_id is None and is_ours and allows(sheet.user, Permission.CASE_TAKE):
        found.append(ActLink("take", _("领取"), address("promises:take", promise.pk), "user", post=True))
    if may_give:
        found.append(ActLink("give", _("派给"), address("promises:give", promise.pk), "send"))
    if promise.holder_id is not None and (mine or may_give):
        found.append(
            ActLink("put_back", _("放回"), address("promises:put_back", promise.pk), "undo", post=True)
        )
    return [link for link in found if link.url]


def _asking(sheet: Sheet, promise: Promise, asked: Sequence[PromiseRequest]) -> list[ActLink]:
    """Asking for more time or a waiver, and deciding what was asked: about promises that the reader may see."""
    if not promises.is_seen(sheet.user, promise):
        return []
    found = []
    waiting = [request for request in asked if request.approved is None]
    if allows(sheet.user, Permission.WAIVER_REQUEST):
        url = address("promises:request", promise.pk)
        kinds = {request.kind for request in waiting}
        late = promise.due is not None and promise.due < sheet.now
        if RequestKind.EXTENSION not in kinds and promise.due is not None and not late:
            found.append(ActLink("extension", _("申请延期"), f"{url}?kind=extension" if url else "", "clock"))
        if RequestKind.WAIVER not in kinds:
            found.append(ActLink("waiver", _("申请免除"), f"{url}?kind=waiver" if url else "", "shield"))
    for request in waiting:
        needed = (
            Permission.WAIVER_APPROVE if request.kind == RequestKind.WAIVER else Permission.EXTENSION_APPROVE
        )
        is_own = request.requested_by_id == sheet.user.pk or promises.owes(sheet.user, promise)
        if allows(sheet.user, needed) and not is_own:
            text = _("审批%(kind)s") % {"kind": RequestKind(request.kind).label}
            found.append(ActLink("decide", text, address("promises:decide", request.pk), "check"))
    return [link for link in found if link.url]


# --- cadences ---


def _cadences(sheet: Sheet, rows: Sequence[Promise]) -> list[CadenceLine]:
    by_control: dict[tuple[str, str], list[Promise]] = {}
    for promise in rows:
        by_control.setdefault((promise.regulation, promise.control), []).append(promise)
    found = []
    for mine in by_control.values():
        last = next((promise for promise in reversed(mine) if promise.is_open), None)
        control = sheet.book.control(mine[-1])
        found.append(
            CadenceLine(
                name=mine[-1].name,
                every=limit_text(control.limit, sheet.state) if control else "",
                clause=sheet.book.tag(mine[-1].regulation, mine[-1].clause),
                who=owes(sheet, last or mine[-1]),
                face=sheet.face(last) if last else None,
                kept=sum(promise.state in KEPT for promise in mine),
                broken=sum(promise.state in BROKEN for promise in mine),
                act=_act(sheet, control) if last else None,
            )
        )
    # nothing running and nothing to count: nothing to say
    return [line for line in found if line.face is not None or line.due_count]


# --- what is yet to come ---


def _upcoming(sheet: Sheet, begun: Sequence[Promise]) -> list[Step]:
    if sheet.state.ended:
        return []
    kinds = {fact.kind for fact in sheet.facts} if sheet.state.round == 1 else _kinds_of_round(sheet)
    starters = (set(LATER) if sheet.state.round > 1 else {*FIRST, *LATER}) - kinds
    there = {(promise.regulation, promise.control) for promise in begun}
    found = []
    for regulation, control in sheet.book.upcoming():
        triggers = {occasion.kind for occasion in control.on}
        if (regulation, control.id) in there or control.recurs or not triggers & starters:
            continue
        if _may_hold(control, sheet.state):
            found.append(_coming(sheet, regulation, control))
    return found


def _kinds_of_round(sheet: Sheet) -> set[str]:
    """Kinds of the facts since the running round began."""
    kinds: set[str] = set()
    for fact in sheet.facts:
        unsatisfied = fact.kind == "case.follow_up_call" and fact.data.get("outcome") == "unsatisfied"
        if unsatisfied or fact.kind == "case.reopened":
            kinds = set()
        else:
            kinds.add(fact.kind)
    return kinds


def _may_hold(control: Control, state: CaseState) -> bool:
    """Whether the control's conditions can come to hold as the case goes on: now, or once it is solved."""
    for later in (state, replace(state, solved=True)):
        try:
            if all(condition.holds({"case": later}) for condition in control.when):
                return True
        except ConditionError:
            return False
    return False


def _coming(sheet: Sheet, regulation: str, control: Control) -> Step:
    owner = next((code for code in (_resolved(code, sheet.state) for code in control.owner) if code), "")
    return Step(
        name=control.name,
        limit=limit_text(control.limit, sheet.state),
        face=Face("idle"),
        clause=sheet.book.tag(regulation, control.clause),
        who=sheet.names.owner(owner) if owner else "",
    )


def _resolved(code: str, state: CaseState) -> str | None:
    """An owner as a code: a path reads the case, and what only the trigger knows is not known yet."""
    variable, dot, name = code.partition(".")
    if not dot:
        return code
    value = getattr(state, name, None) if variable == "case" else None
    return str(value) if value else None
