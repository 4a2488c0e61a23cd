"""Taking back a step by which a promise came to a person or went back to its department.

An undo is an act like any other: a fact of its own, by the same person, within a few minutes, and only while nothing
else has happened to the promise. What was told stays told, and nobody is told again.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.kernel.errors import Denied, NotFound, Refused
from keyue.ledger import selectors as ledger
from keyue.ledger.facts import Draft
from keyue.ledger.models import Fact
from keyue.people import selectors as people
from keyue.people.models import User
from keyue.promises.actions.handing import actor, locked, named, person_id, subject_of
from keyue.promises.actions.recording import record
from keyue.promises.models import Promise

HELD = "promise.held"
MINUTES = 5
UNDO = timedelta(minutes=MINUTES)


def undoable(promise: Promise, *, user: User, at: datetime) -> str:
    """The step that this person may take back now, by its fact; "" where there is none."""
    newest = next(iter(_about(promise, at)), None)
    if newest is None or _why_not(promise, newest, newest, user, at):
        return ""
    return str(newest.uid)


@transaction.atomic
def undo(pk: int, *, fact: str, user: User, at: datetime, source: str = "web") -> Promise:
    """Put a promise back to whom it was with before this step. Raises Denied, NotFound or Refused."""
    promise = locked(pk)
    steps = _about(promise, at)
    step = next((found for found in steps if str(found.uid) == fact), None)
    if step is None:
        # the few minutes are the window that is looked at
        raise Refused(_("已过 %(n)d 分钟，不能再撤销。") % {"n": MINUTES}, code="too_late")
    why = _why_not(promise, step, steps[0], user, at)
    if why is not None:
        raise why
    before = _before(step)
    data = {**named(promise), "holder": before, "before": person_id(promise.holder), "undoes": fact}
    draft = Draft(HELD, data)
    record(subject_of(promise), [draft], by=actor(user), at=at, source=source, announce=False)
    promise.refresh_from_db()
    return promise


def _about(promise: Promise, at: datetime) -> list[Fact]:
    """What was recorded about the promise itself in the last few minutes, the newest first."""
    wanted = named(promise)
    recent = ledger.facts_about(subject_of(promise), since=at - UNDO)
    return [
        fact
        for fact in recent
        if fact.kind.startswith("promise.") and wanted.items() <= dict(fact.data).items()
    ]


def _before(step: Fact) -> str | None:
    before = step.data.get("before")
    return None if before is None else str(before)


def _why_not(
    promise: Promise, step: Fact, newest: Fact, user: User, at: datetime
) -> Denied | NotFound | Refused | None:
    """Why this step is not to be taken back by this person now; None where it may be."""
    if step.kind != HELD or "before" not in step.data or "undoes" in step.data:
        return NotFound(_("这一步不能撤销。"))
    if (step.actor_kind, step.actor_id) != (actor(user).kind, actor(user).id):
        return Denied(_("只有做这一步的人可以撤销。"))
    if step.uid != newest.uid or person_id(promise.holder) != step.data.get("holder"):
        return Refused(_("这条约定之后又有变动，不能再撤销。"), code="changed")
    before = _before(step)
    if before is not None and int(before) not in {p.pk for p in people.people_behind(promise.owner, at)}:
        return Refused(_("原来的责任人已不在责任部门或岗位，不能再撤销。"), code="changed")
    return None
