"""Who keeps a promise inside the owning department, and what an approver may change about it.

An owner is a department or a post; inside it a person takes the promise or is given it, until then it stands with
everyone there and its head. Waivers and extensions are asked for with a reason and approved by somebody who neither
asked nor owes (39, 40).
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.kernel.errors import Denied, Invalid, NotFound, Refused
from keyue.ledger.facts import Actor, Draft, Subject
from keyue.people import selectors as people
from keyue.people.enums import Permission
from keyue.people.models import User
from keyue.people.permissions import allows, check
from keyue.promises import selectors, subjects
from keyue.promises.actions.recording import hold, record
from keyue.promises.enums import NoticeKind, RequestKind
from keyue.promises.models import Notice, Promise, PromiseRequest
from keyue.regulations import scoped
from keyue.regulations import selectors as regulations

REASON = 500


def actor(user: User) -> Actor:
    """The person as the doer of a fact."""
    return Actor("staff", str(user.pk))


def locked(pk: int) -> Promise:
    """The open promise, its subject held against other writers. Raises NotFound or Refused."""
    found = Promise.objects.filter(pk=pk).values_list("subject_kind", "subject_id").first()
    if found is None:
        raise NotFound(_("没有这条约定。"))
    hold(Subject(found[0], str(found[1])))
    promise = Promise.objects.select_related("holder").get(pk=pk)
    if not promise.is_open:
        raise Refused(_("这条约定已经了结。"))
    return promise


def subject_of(promise: Promise) -> Subject:
    """What a promise is about."""
    return Subject(promise.subject_kind, str(promise.subject_id))


def named(promise: Promise) -> dict[str, object]:
    """How a fact says which promise it speaks of."""
    return {
        "regulation": promise.regulation,
        "control": promise.control,
        "cycle": promise.cycle,
        "seq": promise.seq,
    }


def _hold(promise: Promise, holder: User | None, *, by: Actor, at: datetime, source: str) -> Promise:
    data = {**named(promise), "holder": person_id(holder), "before": person_id(promise.holder)}
    record(subject_of(promise), [Draft("promise.held", data)], by=by, at=at, source=source)
    promise.refresh_from_db()
    return promise


def person_id(user: User | None) -> str | None:
    """A person as a fact names them."""
    return str(user.pk) if user else None


@transaction.atomic
def take(pk: int, *, user: User, at: datetime, source: str = "web") -> Promise:
    """The person takes a promise that stands with their post or department. Taken by another, it stays theirs."""
    check(user, Permission.CASE_TAKE)
    promise = locked(pk)
    if promise.owner not in selectors.owner_codes(user):
        raise Denied(_("这条约定不归您的部门或岗位。"))
    if promise.holder_id == user.pk:
        return promise
    if promise.holder_id is not None:
        holder = promise.holder.name if promise.holder else ""
        raise Refused(_("这条约定已由%(name)s领取。") % {"name": holder}, code="taken")
    return _hold(promise, user, by=actor(user), at=at, source=source)


@transaction.atomic
def give(pk: int, *, to: User, user: User, at: datetime, source: str = "web") -> Promise:
    """A head gives a promise to a person of the owning department or post."""
    check(user, Permission.CASE_HAND_OUT)
    promise = locked(pk)
    if to.pk not in {person.pk for person in people.people_behind(promise.owner, at)}:
        sentence = _("%(name)s不在这条约定的责任部门或岗位。") % {"name": to.name}
        raise Invalid(sentence, fields={"to": sentence})
    if not all(allows(to, needed) for needed in selectors.KEEPING):
        sentence = _("%(name)s没有查看和领取事项的权限，不能派给。") % {"name": to.name}
        raise Invalid(sentence, fields={"to": sentence})
    if promise.holder_id == to.pk:
        return promise
    return _hold(promise, to, by=actor(user), at=at, source=source)


@transaction.atomic
def put_back(pk: int, *, user: User, at: datetime, source: str = "web") -> Promise:
    """The holder gives it back to the department; so may who hands out."""
    promise = locked(pk)
    if promise.holder_id != user.pk:
        check(user, Permission.CASE_HAND_OUT)
    if promise.holder_id is None:
        return promise
    return _hold(promise, None, by=actor(user), at=at, source=source)


@transaction.atomic
def request(
    pk: int,
    *,
    kind: str,
    reason: str,
    due: datetime | None = None,
    user: User,
    at: datetime,
    source: str = "web",
) -> PromiseRequest:
    """Ask for a waiver, or for an extension to `due`, with a reason. One open request of a kind at a time."""
    check(user, Permission.WAIVER_REQUEST)
    promise = locked(pk)
    _check_request(promise, kind, reason, due, at)
    if promise.requests.filter(kind=kind, approved=None).exists():
        raise Refused(_("已有一个待审批的申请。"))
    facts = record(
        subject_of(promise),
        [
            Draft(
                f"promise.{kind}_requested",
                {**named(promise), "requested_by": str(user.pk), "due": due.isoformat() if due else None},
                sealed={"reason": reason.strip()},
            )
        ],
        by=actor(user),
        at=at,
        source=source,
        seal_for=_sealed_for(promise),
    )
    made = PromiseRequest.objects.create(
        promise=promise, kind=kind, due=due, reason_fact=facts[0].uid, requested_at=at, requested_by=user
    )
    _tell_approvers(promise, made, at)
    return made


def _check_request(promise: Promise, kind: str, reason: str, due: datetime | None, at: datetime) -> None:
    faults: dict[str, object] = {}
    if kind not in RequestKind.values:
        faults["kind"] = _("请选择免除或延期。")
    if not reason.strip():
        faults["reason"] = _("请写明理由。")
    elif len(reason.strip()) > REASON:
        faults["reason"] = _("理由最多 %(most)d 字。") % {"most": REASON}
    if kind == RequestKind.EXTENSION:
        if due is None or due <= at or (promise.due is not None and due <= promise.due):
            faults["due"] = _("新的到期要晚于原来的到期。")
        elif promise.due is not None and promise.due < at:
            faults["due"] = _("已经逾期，不能延期；可以申请免除，逾期的记录仍在。")
        elif promise.due is None and not promise.paused:
            faults["due"] = _("这条约定没有时限，不需要延期。")
    if faults:
        raise Invalid(next(iter(faults.values())), fields=faults)


def _sealed_for(promise: Promise) -> Subject:
    subject = subject_of(promise)
    kind = subjects.kind_of(subject)
    return kind.sealed_for(subject) if kind else subject


def _tell_approvers(promise: Promise, made: PromiseRequest, at: datetime) -> None:
    """Those of the first rung above who may approve it: to whom its clause escalates, else the ladder of its owner."""
    agreed = scoped.of_regulations([promise.regulation]).get(promise.regulation, ())
    editions = [
        *regulations.editions_for(promise.subject_kind),
        *(edition for one in agreed for edition in one.editions),
    ]
    control = next(
        (
            found
            for edition in editions
            if edition.id == promise.edition_id and (found := edition.control(promise.control)) is not None
        ),
        None,
    )
    codes = [code for step in (control.escalate if control else ()) for code in step.to]
    behind = people.people_behind_many(codes, at)
    rungs = [
        *(behind.get(code, ()) for code in dict.fromkeys(codes)),
        *([person] for person in people.ladder_of(promise.owner)),
    ]
    needed = Permission.WAIVER_APPROVE if made.kind == RequestKind.WAIVER else Permission.EXTENSION_APPROVE
    for rung in rungs:
        able = [p for p in rung if p.pk != made.requested_by_id and allows(p, needed)]
        able = [p for p in able if not selectors.owes(p, promise)]
        for person in able:
            _tell(promise, made, NoticeKind.REQUESTED, person, at)
        if able:
            return


def _tell(promise: Promise, made: PromiseRequest, kind: str, to: User, at: datetime) -> None:
    detail: dict[str, object] = {"request": made.pk, "kind": made.kind}
    if made.approved is not None:
        detail["approved"] = made.approved
    Notice.objects.create(
        key=f"{kind}:{made.pk}:{to.pk}",
        kind=kind,
        at=at,
        to_user=to,
        promise=promise,
        subject_kind=promise.subject_kind,
        subject_id=promise.subject_id,
        detail=detail,
    )


@transaction.atomic
def decide(
    request_id: int, *, approve: bool, user: User, at: datetime, reason: str = "", source: str = "web"
) -> PromiseRequest:
    """Approve or decline. The approver neither asked nor owes; an extension counts only before the due instant."""
    made = PromiseRequest.objects.filter(pk=request_id).first()
    if made is None:
        raise NotFound(_("没有这个申请。"))
    waiver = made.kind == RequestKind.WAIVER
    check(user, Permission.WAIVER_APPROVE if waiver else Permission.EXTENSION_APPROVE)
    promise = locked(made.promise_id)
    made.refresh_from_db()
    if made.approved is not None:
        raise Refused(_("这个申请已经审批过。"))
    _check_approver(promise, made, user, at)
    if approve:
        draft = Draft(
            f"promise.{made.kind}_approved",
            {
                **named(promise),
                "requested_by": str(made.requested_by_id),
                "approved_by": str(user.pk),
                "due": made.due.isoformat() if made.due else None,
            },
        )
    else:
        if not reason.strip():
            raise Invalid(_("请写明不同意的理由。"), fields={"reason": _("请写明不同意的理由。")})
        draft = Draft(
            f"promise.{made.kind}_declined",
            {**named(promise), "requested_by": str(made.requested_by_id), "declined_by": str(user.pk)},
            sealed={"reason": reason.strip()[:REASON]},
        )
    record(
        subject_of(promise),
        [draft],
        by=actor(user),
        at=at,
        source=source,
        seal_for=_sealed_for(promise) if draft.sealed else None,
    )
    made.approved, made.decided_at, made.decided_by = approve, at, user
    made.save(update_fields=["approved", "decided_at", "decided_by"])
    promise.refresh_from_db()
    _tell(promise, made, NoticeKind.DECIDED, made.requested_by, at)
    return made


def _check_approver(promise: Promise, made: PromiseRequest, user: User, at: datetime) -> None:
    if made.requested_by_id == user.pk:
        raise Refused(_("申请人不能批准自己的申请。"))
    if selectors.owes(user, promise):
        raise Refused(_("责任人不能批准自己的约定。"))
    if made.kind == RequestKind.EXTENSION and promise.due is not None and promise.due < at:
        raise Refused(_("已经逾期，不能延期；可以申请免除，逾期的记录仍在。"))


@transaction.atomic
def hand_over(leaver: User, heir: User, by: Actor, at: datetime) -> None:
    """All open promises that a leaver holds go to the heir, each with a fact."""
    for pk in list(Promise.objects.filter(holder=leaver, is_open=True).values_list("pk", flat=True)):
        _hold(locked(pk), heir, by=by, at=at, source="hand_over")
