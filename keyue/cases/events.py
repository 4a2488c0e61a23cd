"""What can happen to a case. Each event becomes one fact on the case's stream; ids only, no personal data.

Free text (reasons, minutes, plans) is sealed under the customer's key or stands in a message that the fact names.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from keyue.kernel.events import Event, kinds_of


@dataclass(frozen=True)
class CaseReceived(Event):
    """A customer's opinion reached the company: S3 3, S2 4.4."""

    kind = "case.received"
    type: str
    channel: str | None = None
    phase: str | None = None
    region: str | None = None
    customer: str | None = None
    contact: str | None = None
    message: str | None = None
    anonymous: bool | None = None
    account_manager: str | None = None
    customer_grade: str | None = None


@dataclass(frozen=True)
class CaseClassified(Event):
    """First sorting into one of the five categories, and into a type: S3 4.1.1."""

    kind = "case.classified"
    type: str | None = None
    category: str | None = None


@dataclass(frozen=True)
class CaseReclassified(Event):
    kind = "case.reclassified"
    type: str | None = None
    category: str | None = None


@dataclass(frozen=True)
class CaseReviewRequested(Event):
    """The classification brought a case of another type within the review of opinions: S3 4.2.1."""

    kind = "case.review_requested"


@dataclass(frozen=True)
class CaseReviewed(Event):
    """The head of service found the item valid or invalid: S3 4.2.1."""

    kind = "case.reviewed"
    valid: bool | None = None


@dataclass(frozen=True)
class CaseAssessed(Event):
    """Severity, reach and consequence judged, 1 to 3 each, and the level they give: S3 4.2.2."""

    kind = "case.assessed"
    priority: str | None = None
    level: str | None = None
    severity: int | None = None
    reach: int | None = None
    consequence: int | None = None


@dataclass(frozen=True)
class CaseMeetingCalled(Event):
    """The assessment shows a large impact: a special meeting is owed: S3 4.2.2, S2 5.3."""

    kind = "case.meeting_called"
    level: str | None = None


@dataclass(frozen=True)
class CaseMeetingHeld(Event):
    kind = "case.meeting_held"
    minutes: str | None = None
    attendees: tuple[str, ...] | None = None


@dataclass(frozen=True)
class CaseUrgentReported(Event):
    """A collector told the superior of an important or urgent matter: S3 3.3.3."""

    kind = "case.urgent_reported"
    message: str | None = None


@dataclass(frozen=True)
class CaseUrgentAcknowledged(Event):
    kind = "case.urgent_acknowledged"


@dataclass(frozen=True)
class CaseAssigned(Event):
    """One lead department and any number of collaborating ones: S3 4.3.1."""

    kind = "case.assigned"
    lead: str | None = None
    collaborators: tuple[str, ...] | None = None


@dataclass(frozen=True)
class CaseReassigned(Event):
    kind = "case.reassigned"
    lead: str | None = None
    collaborators: tuple[str, ...] | None = None


@dataclass(frozen=True)
class CaseReturned(Event):
    """The lead department gave the task back, with a reason."""

    kind = "case.returned"
    department: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class CaseTaskGiven(Event):
    """A part of the work for a collaborating department, due not later than the lead's; or a question of service staff to
    those who support them (`support`: S4 5.1a), with a limit of its own."""

    kind = "case.task_given"
    department: str | None = None
    due: datetime | None = None
    task: str | None = None
    support: bool | None = None


@dataclass(frozen=True)
class CaseTaskDone(Event):
    kind = "case.task_done"
    department: str | None = None
    task: str | None = None


@dataclass(frozen=True)
class CasePlanFiled(Event):
    """The handling plan, written and filed with service: S3 4.3.2."""

    kind = "case.plan_filed"
    plan: str | None = None


@dataclass(frozen=True)
class CaseEtaGiven(Event):
    """An expected time of solution; it counts only if told to the customer: S3 4.4.1."""

    kind = "case.eta_given"
    eta: datetime | None = None
    to: str | None = None
    message: str | None = None


@dataclass(frozen=True)
class CaseSolved(Event):
    """`opinion`, of after-sales work (S3 3.1.2c): `said`, or `none` where the customer was asked and has none."""

    kind = "case.solved"
    message: str | None = None
    opinion: str | None = None


@dataclass(frozen=True)
class CaseResultToService(Event):
    kind = "case.result_to_service"
    message: str | None = None


@dataclass(frozen=True)
class CaseResultToCustomer(Event):
    kind = "case.result_to_customer"
    message: str | None = None
    via: str | None = None


@dataclass(frozen=True)
class CaseFirstResponse(Event):
    """The first word from a person of the company to the customer; an automatic one is `case.auto_ack`."""

    kind = "case.first_response"
    message: str | None = None
    via: str | None = None


@dataclass(frozen=True)
class CaseAutoAck(Event):
    kind = "case.auto_ack"
    via: str | None = None


@dataclass(frozen=True)
class CaseProgressTold(Event):
    """The customer was told how things stand: S3 4.4.2, S2 5.3."""

    kind = "case.progress_told"
    message: str | None = None
    via: str | None = None


@dataclass(frozen=True)
class CaseFollowUpNoted(Event):
    """Service asked the department how things stand: S3 4.3.3."""

    kind = "case.follow_up_noted"
    message: str | None = None


@dataclass(frozen=True)
class CaseFollowUpCall(Event):
    """The customer was asked, after the result, whether they are satisfied: S3 4.5.2."""

    kind = "case.follow_up_call"
    outcome: str | None = None
    via: str | None = None
    message: str | None = None


@dataclass(frozen=True)
class CaseRated(Event):
    """A score from 1 to 5 given by the customer; by itself it decides nothing."""

    kind = "case.rated"
    score: int | None = None
    via: str | None = None


@dataclass(frozen=True)
class CaseReopened(Event):
    kind = "case.reopened"


@dataclass(frozen=True)
class CaseWaitingCustomer(Event):
    """Work waits, by a typed reason, and the request was sent to the customer: decisions 16 to 19."""

    kind = "case.waiting_customer"
    reason: str | None = None
    message: str | None = None


@dataclass(frozen=True)
class CaseCustomerReplied(Event):
    kind = "case.customer_replied"
    message: str | None = None


@dataclass(frozen=True)
class CasePriorityChanged(Event):
    kind = "case.priority_changed"
    priority: str | None = None
    level: str | None = None


@dataclass(frozen=True)
class CaseCauseRecorded(Event):
    """Root cause and prevention, before closing: S1 10.3."""

    kind = "case.cause_recorded"
    cause: str | None = None
    message: str | None = None


@dataclass(frozen=True)
class CaseWithdrawn(Event):
    kind = "case.withdrawn"
    via: str | None = None


@dataclass(frozen=True)
class CaseMerged(Event):
    kind = "case.merged"
    into: str | None = None


@dataclass(frozen=True)
class CaseAbsorbed(Event):
    """Another case about the same matter was merged into this one, which keeps the earliest receipt (35)."""

    kind = "case.absorbed"
    source: str | None = None
    received_at: datetime | None = None


@dataclass(frozen=True)
class CaseExitRequested(Event):
    """An honest exit other than satisfaction was asked for and waits for its approver: decision 34."""

    kind = "case.exit_requested"
    exit: str | None = None
    requested_by: str | None = None
    attempts: int | None = None


@dataclass(frozen=True)
class CaseClosed(Event):
    kind = "case.closed"
    exit: str | None = None
    attempts: int | None = None
    requested_by: str | None = None
    approved_by: str | None = None


@dataclass(frozen=True)
class CaseMessageReceived(Event):
    """The customer wrote or called again."""

    kind = "case.message_received"
    message: str | None = None
    via: str | None = None


@dataclass(frozen=True)
class CaseNoted(Event):
    """An internal note; the customer does not see it, and it stops no clock."""

    kind = "case.noted"
    message: str | None = None


@dataclass(frozen=True)
class CaseCustomerMatched(Event):
    """The case belongs to this customer after all, or its customer has another account manager ("" for none)."""

    kind = "case.customer_matched"
    customer: str | None = None
    contact: str | None = None
    account_manager: str | None = None
    customer_grade: str | None = None


@dataclass(frozen=True)
class CaseRetitled(Event):
    """What the case is called was changed; both titles are sealed beside it."""

    kind = "case.retitled"


@dataclass(frozen=True)
class CaseErased(Event):
    """The customer was erased: what was said about the case is gone, what was done stands."""

    kind = "case.erased"


EVENTS: dict[str, type[Event]] = {
    event.kind: event
    for event in list(globals().values())
    if isinstance(event, type) and issubclass(event, Event) and event is not Event
}
KINDS = kinds_of(EVENTS)
