"""Letting running promises follow a newer edition: an explicit act that lists what would change, approved by another
person, and recorded on each subject."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.compliance import rebasing as selectors
from keyue.compliance.actions.telling import tell_of_edition
from keyue.compliance.enums import RebasingState
from keyue.compliance.models import Rebasing
from keyue.compliance.rebasing import Row
from keyue.kernel.errors import NotFound, Refused
from keyue.ledger.facts import Actor, Draft, Subject
from keyue.people import selectors as people
from keyue.people.enums import Permission
from keyue.people.models import User
from keyue.people.permissions import check
from keyue.promises import actions as promises
from keyue.promises.models import Promise
from keyue.regulations import selectors as regulations
from keyue.regulations.actions.recording import record, words_of
from keyue.regulations.events import Event
from keyue.regulations.models import Regulation

AT_A_TIME = 100
LONGEST_SAID = 500


@transaction.atomic
def ask_rebasing(
    *, regulation: str, reason: str, user: User, by: Actor, at: datetime, source: str = "web"
) -> Rebasing:
    """List what would change if everything that runs under older editions followed the one in force; a first batch at
    once, the rest by the worker. Nothing changes before somebody else has approved it.

    Raises Denied, NotFound where nothing is in force, Invalid without a reason, Refused where nothing runs under an
    older edition or (`open`) one is under way.
    """
    check(user, Permission.REGULATION_ADOPT)
    edition = regulations.edition_in_force(regulation, at=at)
    if edition is None:
        raise NotFound(_("没有这项制度，或还没有生效。"))
    why = words_of(reason, "reason", most=LONGEST_SAID, missing=_("请写明为什么要改按新版。"))
    # two at once: the second waits, and sees what the first has asked
    Regulation.objects.select_for_update().get(pk=regulation)
    if selectors.open_of(regulation) is not None:
        raise Refused(_("这项制度已有一项改按新版的申请，请先办结。"), code="open")
    total = selectors.running(edition).count()
    if not total:
        raise Refused(_("没有按旧版进行的约定，不需要改按新版。"))
    made = Rebasing.objects.create(
        regulation_id=regulation,
        edition=edition,
        reason=why,
        asked_at=at,
        asked_by=user,
        total=total,
    )
    sealed = {"reason": why}
    record(edition, Event.REBASING_ASKED, {"rebasing": made.pk}, by=by, at=at, source=source, sealed=sealed)
    return _list_more(made, at)


@transaction.atomic
def decide_rebasing(
    *,
    rebasing: Rebasing,
    approve: bool,
    remark: str = "",
    user: User,
    by: Actor,
    at: datetime,
    source: str = "web",
) -> Rebasing:
    """Approve or decline what was listed; approved, the first batch moves at once and the worker goes on.

    Raises Denied, Refused for one's own request and where nothing waits, Invalid for a refusal without a reason.
    """
    check(user, Permission.REGULATION_APPROVE)
    row = _held(rebasing.pk)
    if row.state != RebasingState.WAITING:
        raise Refused(
            _("改动还没有列完，请等列完再审批。")
            if row.state == RebasingState.LISTING
            else _("这项申请已经审批过，请刷新页面看结果。")
        )
    if row.asked_by_id == user.pk:
        raise Refused(_("不能批准自己提出的申请，请由另一位可以批准制度的人审批。"))
    missing = "" if approve else _("请写明不同意的理由。")
    row.remark = words_of(remark, "remark", most=LONGEST_SAID, missing=missing)
    row.approved, row.decided_at, row.decided_by = approve, at, user
    row.state = RebasingState.MOVING if approve else RebasingState.DECLINED
    row.save(update_fields=["approved", "decided_at", "decided_by", "remark", "state"])
    moving = sum(one.moves for one in selectors.rows_of(row))
    said = {"rebasing": row.pk, "approved": approve, "promises": moving}
    sealed = {"remark": row.remark}
    record(row.edition, Event.REBASING_DECIDED, said, by=by, at=at, source=source, sealed=sealed)
    return _move_more(row, at) if approve else row


@transaction.atomic
def go_on(*, rebasing_id: int, now: datetime) -> Rebasing:
    """Another batch of what is listed or moved: the worker's part."""
    row = _held(rebasing_id)
    if row.state == RebasingState.LISTING:
        return _list_more(row, now)
    return _move_more(row, now) if row.state == RebasingState.MOVING else row


def _list_more(row: Rebasing, at: datetime) -> Rebasing:
    some = list(selectors.running(row.edition).filter(pk__gt=row.last)[:AT_A_TIME])
    row.rows = [*row.rows, *(one.as_json() for one in selectors.compared(some, row.edition, at))]
    row.last = some[-1].pk if some else row.last
    if len(some) < AT_A_TIME:
        row.state, row.total = RebasingState.WAITING, len(row.rows)
        deciders = people.who_may(Permission.REGULATION_APPROVE, at=at) - {row.asked_by_id}
        tell_of_edition("rebasing", row.edition, sorted(deciders), at, str(row.pk))
    row.save(update_fields=["rows", "last", "state", "total"])
    return row


def _move_more(row: Rebasing, at: datetime) -> Rebasing:
    rows = selectors.rows_of(row)
    batch = rows[row.done : row.done + AT_A_TIME]
    by_subject: dict[Subject, list[tuple[int, Row]]] = {}
    for place, one in enumerate(batch, start=row.done):
        if one.moves:
            by_subject.setdefault(one.subject, []).append((place, one))
    for subject, some in by_subject.items():
        for place, why in _move(row, subject, some, at).items():
            row.rows[place]["why"] = why
            row.moved += why == "moved"
    row.done += len(batch)
    if row.done >= len(rows):
        row.state = RebasingState.DONE
    row.save(update_fields=["rows", "done", "moved", "state"])
    return row


def _move(row: Rebasing, subject: Subject, some: list[tuple[int, Row]], at: datetime) -> dict[int, str]:
    """Record it on one subject; what became of each row: what is overdue or settled by now stays."""
    held = promises.hold(subject)
    stored = {
        (one.control, one.cycle, one.seq): one
        for one in Promise.objects.filter(
            subject_kind=subject.kind, subject_id=int(subject.ref), regulation=row.regulation_id
        )
    }
    outcomes: dict[int, str] = {}
    drafts = []
    for place, one in some:
        found = stored.get(one.key)
        if found is None or not found.is_open:
            outcomes[place] = "closed"
        elif found.due is not None and found.due < at:
            outcomes[place] = "overdue"
        else:
            said = selectors.said(found, row.edition, str(row.asked_by_id), str(row.decided_by_id))
            key = f"rebased:{row.pk}:{subject.kind}:{subject.ref}:{one.control}:{one.cycle}:{one.seq}"
            drafts.append(Draft("promise.rebased", said, key=key))
            outcomes[place] = "moved"
    if drafts:
        by = Actor("staff", str(row.decided_by_id))
        promises.record(subject, drafts, by=by, at=at, source="rebasing", held=held)
        _check_moved(row, subject, some, outcomes)
    return outcomes


def _check_moved(
    row: Rebasing, subject: Subject, some: list[tuple[int, Row]], outcomes: dict[int, str]
) -> None:
    """By now the new due may be past: what the engine left where it was is not counted as moved."""
    now_under = Promise.objects.filter(
        subject_kind=subject.kind, subject_id=int(subject.ref), regulation=row.regulation_id
    ).values_list("control", "cycle", "seq", "edition_id")
    editions = {(control, cycle, seq): edition for control, cycle, seq, edition in now_under}
    for place, one in some:
        if outcomes[place] == "moved" and editions.get(one.key) != row.edition_id:
            outcomes[place] = "late"


def _held(pk: int) -> Rebasing:
    found = Rebasing.objects.select_for_update().filter(pk=pk).first()
    if found is None:
        raise NotFound(_("没有这项改按新版的申请。"))
    return found
