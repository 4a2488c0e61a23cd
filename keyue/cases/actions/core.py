"""What every act on a case shares: lock, check, write the message, record the facts, project the state."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from keyue.cases import conduct
from keyue.cases.actions.files import Upload, attach
from keyue.cases.actions.indexing import index_text
from keyue.cases.enums import MESSAGE_VISIBLE_TO_CUSTOMER, MessageKind
from keyue.cases.models import Case, Message
from keyue.cases.rules import CaseState
from keyue.kernel import clock
from keyue.kernel.errors import Invalid, NotFound, Refused
from keyue.kernel.events import Event
from keyue.kernel.ids import new_id
from keyue.ledger.facts import Actor, Draft, EvidenceKind, Subject
from keyue.ledger.insertion import insert_rows, update_row
from keyue.ledger.models import Fact
from keyue.ledger.reading import rows_where
from keyue.promises import actions as promises
from keyue.promises import selectors as promised
from keyue.promises.models import Promise

ONE_MOMENT = timedelta(seconds=5)
"""How long a request may have waited for another."""
BACKDATED_WITHOUT_PROOF = timedelta(hours=24)
UNPROVEN = "backdated_without_proof"
SECOND_SOURCE = EvidenceKind.FILE
"""What shows that something happened when its recorder says, beside the recorder: a recording, a screenshot, a mail kept
as a file. A line that the recorder writes, of a call or of anything else, is no second source."""


@dataclass(frozen=True, slots=True)
class Proof:
    """Evidence of an act: its kind (a member of EvidenceKind) and what shows it."""

    kind: str
    detail: Mapping[str, Any] = field(default_factory=dict)

    def as_evidence(self) -> dict[str, Any]:
        return {"type": EvidenceKind(self.kind).value, **self.detail}


def locked(case_id: int) -> Case:
    """The case, held against other writers until the transaction ends. Raises NotFound.

    The chain is locked first, as the sweep does, so that the two never wait for each other.
    """
    facts = promises.hold(Subject("case", str(case_id)))
    found = rows_where(Case, "it.id = %s", [case_id])
    if not found:
        raise NotFound(_("没有这个事项，或者您无权查看。"))
    case = found[0]
    case.held = facts
    return case


def state_of(case: Case) -> CaseState:
    """The folded state of a case, from its facts."""
    state: CaseState | None = promises.state_of(case.subject, case.held)
    if state is None:
        raise NotFound(_("没有这个事项，或者您无权查看。"))
    return state


def check(case: Case, question: str, *, rev: int | None = None) -> CaseState:
    """The state, if the act is possible now. Raises Refused with the reason, or with `conflict` where the case has
    moved on since the person looked (`rev`)."""
    if rev is not None and rev != case.rev:
        raise Refused(_("这个事项刚被别人改过。您的内容还在，请对比后再提交。"), code="conflict")
    state = state_of(case)
    reason = conduct.ended(state) or (
        conduct.QUESTIONS[question](state) if question in conduct.QUESTIONS else None
    )
    if reason is not None:
        raise Refused(reason)
    return state


def staff_id(by: Actor) -> int | None:
    """The member of staff behind an actor, or None for customers and the system."""
    return int(by.id) if by.kind == "staff" else None


def text_of(value: str, *, field: str, most: int = 20_000, required: bool = True) -> str:
    """Trimmed text of bounded length. Raises Invalid with a sentence for the field."""
    value = value.strip().replace("\x00", "")
    if required and not value:
        raise Invalid(_("请填写内容。"), fields={field: _("请填写内容。")})
    if len(value) > most:
        sentence = _("最多 %(most)d 字，现在是 %(n)d 字。") % {"most": most, "n": len(value)}
        raise Invalid(sentence, fields={field: sentence})
    return value


def write_message(
    case: Case,
    kind: str,
    body: str,
    *,
    by: Actor,
    at: datetime,
    via: str = "",
    detail: Mapping[str, Any] | None = None,
    uid: UUID | None = None,
    is_public: bool | None = None,
    indexed: bool = True,
) -> Message:
    """Add a line to the timeline and, unless somebody else does, to the search index."""
    message = Message(
        uid=uid or new_id(),
        case=case,
        kind=kind,
        via=via,
        body=body,
        detail=dict(detail or {}),
        salt=secrets.token_hex(16),
        at=at,
        recorded_at=clock.now(),
        author_id=staff_id(by),
        is_public=MESSAGE_VISIBLE_TO_CUSTOMER[kind] if is_public is None else is_public,
    )
    insert_rows([message])
    if indexed:
        index_text(case.pk, source_of(message), body)
    return message


def source_of(message: Message) -> str:
    """The name of a message's text in the search index."""
    return f"message:{message.pk}"


def shown_by(message: Message, kind: str, **detail: Any) -> Proof:
    """Proof by a message: a salted digest, so that the text can be erased and the chain stays whole."""
    digest = sha256(f"{message.salt}{message.body}".encode()).hexdigest()
    return Proof(kind, {"message": str(message.uid), "sha256": digest, **detail})


def shown_with(message: Message, kind: str, uploads: Sequence[Upload]) -> list[Proof]:
    """Keep the files of a message: it and each of them is proof, a file by a salted digest as well."""
    proofs = [shown_by(message, kind)]
    for digest in attach(message, uploads):
        salted = sha256(f"{message.salt}{digest}".encode()).hexdigest()
        proofs.append(Proof(SECOND_SOURCE, {"message": str(message.uid), "sha256": salted}))
    return proofs


def record(
    case: Case,
    events: Sequence[Event],
    *,
    by: Actor,
    at: datetime,
    source: str,
    proofs: Sequence[Proof] = (),
    sealed: Mapping[str, str] | None = None,
    key: str | None = None,
    announce: bool = True,
    begins: bool = False,
) -> list[Fact]:
    """Record events of a case, with their evidence; its promises and columns follow. One transaction with the caller.

    Raises Refused where staff say without a second source that it happened more than a day ago, or early enough to undo
    a promise's being overdue (36).
    """
    at = _after_what_was_seen(case, at)
    now = clock.now()
    is_unproven = by.kind == "staff" and SECOND_SOURCE not in {proof.kind for proof in proofs}
    if is_unproven and now - at > BACKDATED_WITHOUT_PROOF:
        raise Refused(
            _("发生时间早于 24 小时前，要附上当时的凭证：通话录音、截图或邮件原件。"), code=UNPROVEN
        )
    overdue = promised.overdue(case.subject, now) if is_unproven and now - at > ONE_MOMENT else {}
    evidence = [proof.as_evidence() for proof in proofs]
    drafts = [
        Draft(
            kind=event.kind,
            data=event.data(),
            evidence=evidence,
            sealed=dict(sealed or {}) if position == 0 else {},
            key=f"{key}:{event.kind}" if key else None,
        )
        for position, event in enumerate(events)
    ]
    facts = promises.record(
        case.subject,
        drafts,
        by=by,
        at=at,
        source=source,
        seal_for=case.seal_owner if sealed else None,
        announce=announce,
        held=case.held,
        begins=begins,
    )
    _refuse_undoing(overdue)
    if case.held is not None:
        case.held = [*case.held, *(fact.as_record() for fact in facts if fact.is_new)]
    return facts


def write_down(
    case: Case,
    kind: MessageKind,
    body: str,
    event: Callable[[str], Event],
    *,
    detail: Mapping[str, Any] | None = None,
    uploads: Sequence[Upload] = (),
    by: Actor,
    at: datetime,
    source: str,
) -> None:
    """An internal line of the timeline, and the fact that it and its files prove; `event` is made of the line's id.

    What kind of line it is is what kind of proof it is.
    """
    message = write_message(case, kind, body, by=by, at=at, detail=detail)
    proofs = shown_with(message, EvidenceKind(kind.value), uploads)
    record(case, [event(str(message.uid))], by=by, at=at, source=source, proofs=proofs)


def _refuse_undoing(overdue: Mapping[int, Promise]) -> None:
    """Refuse what would leave one of these promises kept or moot after all, or its breach with somebody else: what the
    facts make of them has been derived, and is taken back with the transaction."""
    after = promised.by_id(overdue) if overdue else {}
    for pk, before in overdue.items():
        row = after.get(pk)
        owner = before.breach_owner or before.owner
        if row is None or row.breached_at is None or row.breach_owner != owner:
            raise Refused(
                _(
                    "「%(name)s」已经逾期。要按到期以前的时间登记，请附上当时的凭证：通话录音、截图或邮件原件；"
                    "没有凭证的，按现在的时间登记。"
                )
                % {"name": before.name},
                code=UNPROVEN,
            )


def _after_what_was_seen(case: Case, at: datetime) -> datetime:
    """Of two requests of one moment the later in the chain acted on what the earlier had done, whichever came in first:
    it waited for the chain, and its own instant is from before."""
    now = clock.now()
    newest = max((fact.at for fact in case.held or ()), default=at)
    return newest if now - ONE_MOMENT <= at < newest <= now else at


def change(case: Case, **columns: Any) -> None:
    """Set columns that no fact folds (details such as the rating). Together with `record`, in one transaction."""
    update_row(Case, case.pk, **columns)
    for name, value in columns.items():
        setattr(case, name, value)
