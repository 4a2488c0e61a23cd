"""What happens to contracts and projects. Ids and codes only; titles, terms and remarks are sealed under the customer's key.

The subjects are `Subject("contract", id)` and `Subject("project", id)`. Amounts are decimal text in the contract's
currency, days are ISO dates.
"""

from __future__ import annotations

from dataclasses import dataclass

from keyue.kernel.events import Event, kinds_of


@dataclass(frozen=True)
class ContractDrafted(Event):
    """A contract is being negotiated (sealed: `title`): S1-12 补4. `filled` are the terms that it says something of."""

    kind = "contract.drafted"
    number: str
    customer: str
    type: str
    staff: str | None = None
    amount: str | None = None
    currency: str | None = None
    renews: str | None = None
    levels: int | None = None
    filled: tuple[str, ...] = ()


@dataclass(frozen=True)
class ContractChanged(Event):
    """Fields of a contract that nobody has signed yet changed; it is reviewed anew."""

    kind = "contract.changed"
    fields: tuple[str, ...]
    filled: tuple[str, ...] | None = None


@dataclass(frozen=True)
class ContractReviewed(Event):
    """Somebody other than the drafter read the contract and agrees to its signing (sealed: `remark`): S1 补4."""

    kind = "contract.reviewed"
    reviewed_by: str


@dataclass(frozen=True)
class ContractReturned(Event):
    """The review asks for changes (sealed: `remark`)."""

    kind = "contract.returned"
    reviewed_by: str


@dataclass(frozen=True)
class ContractSigned(Event):
    """Both sides have signed: S4-9.2. `levels_from` is the instant from which its service levels run."""

    kind = "contract.signed"
    signed_on: str
    effective_on: str
    ends_on: str | None = None
    levels_from: str | None = None


@dataclass(frozen=True)
class ContractArchived(Event):
    """The signed contract lies in the archive (sealed: `place`): S1 补4."""

    kind = "contract.archived"


@dataclass(frozen=True)
class ContractTerminated(Event):
    """A contract ended before its term (sealed: `remark`)."""

    kind = "contract.terminated"
    reason: str


@dataclass(frozen=True)
class ContractStaffChanged(Event):
    """Somebody else looks after the contract."""

    kind = "contract.staff_changed"
    user: str
    previous: str | None = None


@dataclass(frozen=True)
class ContractRenewalPlanned(Event):
    """When to speak with the customer about renewing was set."""

    kind = "contract.renewal_planned"
    on: str | None = None


@dataclass(frozen=True)
class ContractPaymentMissed(Event):
    """A payment's day passed and it has not all come in (`at` is the end of that day): S1 补5."""

    kind = "contract.payment_missed"
    payment: str
    due: str
    open: str


@dataclass(frozen=True)
class ContractPaymentChased(Event):
    """The customer was reminded of a payment (sealed: `remark`): S1 补5."""

    kind = "contract.payment_chased"
    payment: str
    way: str


@dataclass(frozen=True)
class ContractPaymentReceived(Event):
    """Money came in for a payment; `open` is what is left of it."""

    kind = "contract.payment_received"
    payment: str
    amount: str
    open: str


@dataclass(frozen=True)
class ProjectCreated(Event):
    """A project is entered (sealed: `title`): S2-5.1b."""

    kind = "project.created"
    customer: str
    contract_number: str
    account_manager: str
    contract: str | None = None
    stages: int | None = None


@dataclass(frozen=True)
class ProjectChanged(Event):
    """Fields of a project changed (sealed: `title`)."""

    kind = "project.changed"
    fields: tuple[str, ...]


@dataclass(frozen=True)
class ProjectManagerAssigned(Event):
    """Somebody else is the project's account manager: S2-4.1a."""

    kind = "project.manager_assigned"
    user: str
    previous: str | None = None


@dataclass(frozen=True)
class ProjectPlanConfirmed(Event):
    """The customer agreed to the service plan (sealed: `remark`): S2-4.3b."""

    kind = "project.plan_confirmed"
    how: str


@dataclass(frozen=True)
class ProjectServiceStarted(Event):
    """Work began: S2-4.3b, 4.3c."""

    kind = "project.service_started"


@dataclass(frozen=True)
class ProjectProgressed(Event):
    """How far a stage has come; `progress` is the project's, both in per cent."""

    kind = "project.progressed"
    stage: str
    percent: int
    progress: int


@dataclass(frozen=True)
class ProjectStageFinished(Event):
    """A stage is done (`at` is when): S2-4.1c."""

    kind = "project.stage_finished"
    stage: str
    progress: int


@dataclass(frozen=True)
class ProjectContacted(Event):
    """The customer was told how the project stands (sealed: `text`): S2-4.1c, 4.3c, 5.2b."""

    kind = "project.contacted"
    contact: str
    topic: str
    way: str
    stage: str | None = None


@dataclass(frozen=True)
class ProjectOpinionHeard(Event):
    """The customer said what they think of the project: S2-5.2b."""

    kind = "project.opinion_heard"
    opinion: str
    type: str


@dataclass(frozen=True)
class ProjectCaseOpened(Event):
    """An opinion became a case: S2-5.2b."""

    kind = "project.case_opened"
    opinion: str
    case: str


@dataclass(frozen=True)
class ProjectCompleted(Event):
    """All stages are done and the customer has taken the work over: S2-4.3d."""

    kind = "project.completed"


def _events_of(subject: str) -> dict[str, type[Event]]:
    mine = (event for event in Event.__subclasses__() if event.__module__ == __name__)
    return {event.kind: event for event in mine if event.kind.startswith(f"{subject}.")}


CONTRACT_EVENTS = _events_of("contract")
PROJECT_EVENTS = _events_of("project")
CONTRACT_KINDS = kinds_of(CONTRACT_EVENTS)
PROJECT_KINDS = kinds_of(PROJECT_EVENTS)
