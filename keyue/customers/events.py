"""What happens to customers. Ids and codes only: a value that is evidence is sealed under the customer's key.

The subject is `Subject("customer", id)`. Beside the fields below, a fact may have sealed ones, readable as long as the
key lives: `name_old`, `name_new` and the like for changes, `remark` for what was typed beside a purpose.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from keyue.customers import outward_events
from keyue.kernel.events import Event, kinds_of


@dataclass(frozen=True)
class CustomerCreated(Event):
    """A customer is known: S1-4.2, S2-5.1. `filled` are the names of what is on file from the start."""

    kind = "customer.created"
    number: str
    type: str
    source: str
    legal_basis: str
    region: str | None = None
    contact: str | None = None
    stage: str | None = None
    account_manager: str | None = None
    department: str | None = None
    grade: str | None = None
    category: str | None = None
    filled: tuple[str, ...] = ()


@dataclass(frozen=True)
class CustomerChanged(Event):
    """Fields of a customer changed; `old` and `new` hold those that are not personal: S1-5.2.

    `change` names the `customer.change_learnt` that it answers; `why` says what brought it about, a code. `filled` and
    `emptied` are the names of what is on file since, or no longer.
    """

    kind = "customer.changed"
    fields: tuple[str, ...]
    old: Mapping[str, Any] | None = None
    new: Mapping[str, Any] | None = None
    change: str | None = None
    why: str | None = None
    filled: tuple[str, ...] | None = None
    emptied: tuple[str, ...] | None = None


@dataclass(frozen=True)
class CustomerChangeLearnt(Event):
    """Somebody learnt that something of a customer is no longer so (`at` is when): S1-5.2, S2-4.2c."""

    kind = "customer.change_learnt"
    change: str
    fields: tuple[str, ...] = ()
    staff: str | None = None


@dataclass(frozen=True)
class CustomerStageChanged(Event):
    """潜在, 意向, 签约, 历史: a customer moved on, or back (sealed: `reason`): S1-2."""

    kind = "customer.stage_changed"
    old: str
    new: str


@dataclass(frozen=True)
class CustomerLost(Event):
    """A customer no longer works with the company (sealed: `remark`)."""

    kind = "customer.lost"
    reason: str
    win_back: bool


@dataclass(frozen=True)
class CustomerContactAdded(Event):
    """A further person, number or address by which a customer is reached."""

    kind = "customer.contact_added"
    contact: str
    source: str | None = None
    legal_basis: str | None = None
    part: str | None = None
    filled: tuple[str, ...] | None = None


@dataclass(frozen=True)
class CustomerContactChanged(Event):
    """Fields of a contact changed; the personal values are sealed, `old` holds what the others were."""

    kind = "customer.contact_changed"
    contact: str
    fields: tuple[str, ...]
    preferred_channel: str | None = None
    part: str | None = None
    stance: str | None = None
    reports_to: str | None = None
    old: Mapping[str, Any] | None = None
    change: str | None = None
    filled: tuple[str, ...] | None = None
    emptied: tuple[str, ...] | None = None


@dataclass(frozen=True)
class CustomerOtherNameGiven(Event):
    """Somebody came with this organisation's number or address and called it by another name (sealed: `name`)."""

    kind = "customer.other_name_given"
    contact: str


@dataclass(frozen=True)
class CustomerIdentifierAdded(Event):
    """A further identifier or name by which a customer is known; a person's stands sealed (`value`)."""

    kind = "customer.identifier_added"
    identifier: str
    type: str
    system: str | None = None
    value: str | None = None


@dataclass(frozen=True)
class CustomerIdentifierEnded(Event):
    """An identifier or name is no longer the customer's."""

    kind = "customer.identifier_ended"
    identifier: str


@dataclass(frozen=True)
class CustomerVerified(Event):
    """Fields of the file were checked against the world and found right, or put right: S1-5.1, S2-4.1b. `change` names
    the `customer.change_learnt` that turned out to be mistaken."""

    kind = "customer.verified"
    fields: tuple[str, ...]
    how: str
    change: str | None = None


@dataclass(frozen=True)
class CustomerDefectFound(Event):
    """The daily check found the file incomplete or irregular: S1-5.3."""

    kind = "customer.defect_found"
    defect: str
    type: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class CustomerDefectMended(Event):
    """What the check had found is right now."""

    kind = "customer.defect_mended"
    defect: str


@dataclass(frozen=True)
class CustomerContacted(Event):
    """Somebody was in touch with the customer (`at` is when): S1-4.1, S1-8.1. `contact` names the note."""

    kind = "customer.contacted"
    contact: str
    way: str
    staff: str | None = None
    is_important: bool | None = None


@dataclass(frozen=True)
class CustomerContactRecorded(Event):
    """The note of a contact was entered: S1-8.3. Of its texts, sealed in the note, the fact says only that they are there;
    of `attendees` how many. `opinion` is `said`, `none` where the customer has none, and absent where nobody asked (S3 3.2.3)."""

    kind = "customer.contact_recorded"
    contact: str
    way: str
    staff: str | None = None
    is_important: bool | None = None
    contacted_at: datetime | None = None
    attendees: int | None = None
    topics: bool | None = None
    feedback: bool | None = None
    next_steps: bool | None = None
    opinion: str | None = None


@dataclass(frozen=True)
class CustomerContactOpinionRecorded(Event):
    """What the customer thinks was added to a note that had left it open: S3 3.2.3. `said` or `none`."""

    kind = "customer.contact_opinion_recorded"
    contact: str
    opinion: str


@dataclass(frozen=True)
class CustomerFollowUpAgreed(Event):
    """A next step was agreed in a contact (S1-8.3), or promised to the customer in words (`said_in`: S1-3.2), and is due
    (sealed: `what`)."""

    kind = "customer.follow_up_agreed"
    follow_up: str
    due: datetime
    contact: str | None = None
    staff: str | None = None
    said_in: str | None = None


@dataclass(frozen=True)
class CustomerFollowUpDone(Event):
    """What had been agreed as a next step was done, or need not be done any more."""

    kind = "customer.follow_up_done"
    follow_up: str
    outcome: str


@dataclass(frozen=True)
class CustomerInformationCollected(Event):
    """Information about a customer was got outside the system (`at` is when): S2-5.1d."""

    kind = "customer.information_collected"
    item: str
    staff: str | None = None


@dataclass(frozen=True)
class CustomerInformationEntered(Event):
    """Information that had been collected was entered."""

    kind = "customer.information_entered"
    item: str


@dataclass(frozen=True)
class CustomerDuplicateFound(Event):
    """Another file seems to be about the same customer: S1-4.3a. `score` is in whole per cent: a ledger has no fractions."""

    kind = "customer.duplicate_found"
    other: str
    score: int | None = None


@dataclass(frozen=True)
class CustomerFoundDistinct(Event):
    """A person looked at both files and found two customers."""

    kind = "customer.found_distinct"
    other: str


@dataclass(frozen=True)
class CustomerMerged(Event):
    """Two files of one customer became one: `into` on the chain of the one that is now an alias, `alias` on the other's."""

    kind = "customer.merged"
    merge: str
    into: str | None = None
    alias: str | None = None


@dataclass(frozen=True)
class CustomerUnmerged(Event):
    """A merge was undone."""

    kind = "customer.unmerged"
    merge: str
    into: str | None = None
    alias: str | None = None


@dataclass(frozen=True)
class CustomerGraded(Event):
    """A grade was decided, with the scores behind it: S1-6.1, S4-7.1. Scores are out of a hundred, as text."""

    kind = "customer.graded"
    grade: str
    standard: str
    score: str | None = None
    size: str | None = None
    potential: str | None = None
    credit: str | None = None
    history: str | None = None
    value: str | None = None
    needs: str | None = None
    proposal: str | None = None


@dataclass(frozen=True)
class CustomerRegraded(Event):
    """A grade became another one: S1-6.3. `reason` is a code; what was typed beside it is sealed (`remark`)."""

    kind = "customer.regraded"
    old: str
    new: str
    reason: str
    standard: str | None = None


@dataclass(frozen=True)
class CustomerGradeProposed(Event):
    """Another grade was proposed, or a human review asked for (sealed: `request`): S1-6.3, 个人信息保护法 article 24."""

    kind = "customer.grade_proposed"
    proposal: str
    standard: str
    why: str
    old: str | None = None
    new: str | None = None
    score: str | None = None


@dataclass(frozen=True)
class CustomerGradeProposalClosed(Event):
    """A proposal was decided, lapsed, or its decision undone (sealed: `remark`): S1-6.3."""

    kind = "customer.grade_proposal_closed"
    proposal: str
    outcome: str
    grade: str | None = None


@dataclass(frozen=True)
class CustomerTreatmentBegun(Event):
    """What the standard in use gives a grade holds for the customer from now on: S1-6.2b."""

    kind = "customer.treatment_begun"
    grade: str
    standard: str


@dataclass(frozen=True)
class CustomerNeedNoted(Event):
    """The customer said what they need (sealed: `what`): S2-4.3a, S1-11.3."""

    kind = "customer.need_noted"
    need: str
    learned_at: datetime | None = None
    contact: str | None = None


@dataclass(frozen=True)
class CustomerNeedDropped(Event):
    """Nothing comes of a need."""

    kind = "customer.need_dropped"
    need: str
    reason: str


@dataclass(frozen=True)
class CustomerPlanConfirmed(Event):
    """The customer agreed to the service plan for a need: S2-5.2a."""

    kind = "customer.plan_confirmed"
    need: str
    plan: str
    how: str


@dataclass(frozen=True)
class CustomerOpportunityOpened(Event):
    """A need became an opportunity: S1-11.3."""

    kind = "customer.opportunity_opened"
    opportunity: str
    need: str | None = None


@dataclass(frozen=True)
class CustomerSigned(Event):
    """The customer signed for the first time: S1-12."""

    kind = "customer.signed"
    contract: str | None = None


@dataclass(frozen=True)
class CustomerBackgroundChecked(Event):
    """Background and credit were looked into (sealed: `found`): S1 补1."""

    kind = "customer.background_checked"
    outcome: str


@dataclass(frozen=True)
class CustomerContractSigned(Event):
    """A contract was signed, with what it says: S4-9.2."""

    kind = "customer.contract_signed"
    contract: str
    rights: bool | None = None
    duties: bool | None = None
    term: bool | None = None
    limits: bool | None = None


@dataclass(frozen=True)
class CustomerServiceStarted(Event):
    """Service under a contract or a project began: S4-9.2."""

    kind = "customer.service_started"
    contract: str | None = None
    project: str | None = None


@dataclass(frozen=True)
class CustomerCreditGiven(Event):
    """The customer may buy on credit, up to a limit."""

    kind = "customer.credit_given"
    limit: str


@dataclass(frozen=True)
class CustomerRevealed(Event):
    """A personal field was looked at in the clear: S0-4.1.2."""

    kind = "customer.revealed"
    what: str
    purpose: str
    via: str
    by: str | None = None
    contact: str | None = None


@dataclass(frozen=True)
class CustomerAccountManagerAssigned(Event):
    """Somebody is (or, without `user`, nobody is) the customer's account manager: S2-4.1."""

    kind = "customer.account_manager_assigned"
    user: str | None = None
    previous: str | None = None
    department: str | None = None


@dataclass(frozen=True)
class CustomerManagerLeft(Event):
    """The customer's account manager no longer looks after them, and nobody has been named yet: S2-4.1a."""

    kind = "customer.manager_left"
    previous: str


@dataclass(frozen=True)
class CustomerConsentGiven(Event):
    """A person agreed to a purpose, as a text of a version said it: 个人信息保护法 articles 13 and 14."""

    kind = "customer.consent_given"
    consent: str
    purpose: str
    text: str
    contact: str | None = None
    is_separate: bool | None = None


@dataclass(frozen=True)
class CustomerConsentWithdrawn(Event):
    """A consent was withdrawn: 个人信息保护法 article 15."""

    kind = "customer.consent_withdrawn"
    consent: str
    purpose: str
    contact: str | None = None


@dataclass(frozen=True)
class CustomerUseStopped(Event):
    """What rested on a consent that was withdrawn has stopped."""

    kind = "customer.use_stopped"
    purpose: str
    consent: str | None = None


@dataclass(frozen=True)
class CustomerRightRequested(Event):
    """Somebody asked for a right of theirs: 个人信息保护法 articles 44 to 50."""

    kind = "customer.right_requested"
    request: str
    right: str
    person: str | None = None
    via: str | None = None
    by_relative: bool | None = None
    kinship_proof: str | None = None


@dataclass(frozen=True)
class CustomerRightAccepted(Event):
    """A request was taken up, or it was said what is missing."""

    kind = "customer.right_accepted"
    request: str
    missing: str | None = None


@dataclass(frozen=True)
class CustomerRightAnswered(Event):
    """A request was answered: done, done in part, or refused with a reason."""

    kind = "customer.right_answered"
    request: str
    outcome: str
    reason: str | None = None
    approved_by: str | None = None


@dataclass(frozen=True)
class CustomerPurposeEnded(Event):
    """What the data was kept for is done."""

    kind = "customer.purpose_ended"
    purpose: str


@dataclass(frozen=True)
class CustomerRetentionEnded(Event):
    """The time for which the data may be kept is over."""

    kind = "customer.retention_ended"
    rule: str


@dataclass(frozen=True)
class CustomerRestricted(Event):
    """The data is kept and no longer used: 个人信息保护法 article 47."""

    kind = "customer.restricted"
    reason: str


@dataclass(frozen=True)
class CustomerHeld(Event):
    """A legal hold keeps the data from being erased (sealed: `why`)."""

    kind = "customer.held"
    hold: str


@dataclass(frozen=True)
class CustomerReleased(Event):
    """A legal hold was lifted."""

    kind = "customer.released"
    hold: str


@dataclass(frozen=True)
class CustomerFileAdded(Event):
    """A file was kept with the customer; its name is sealed in its row."""

    kind = "customer.file_added"
    file: str
    sha256: str


@dataclass(frozen=True)
class CustomerFileRemoved(Event):
    """A file of the customer was taken away for good."""

    kind = "customer.file_removed"
    file: str


@dataclass(frozen=True)
class CustomerWithdrawn(Event):
    """The import that had entered the customer was undone, and nobody had anything to do with the file since."""

    kind = "customer.withdrawn"
    run: str


@dataclass(frozen=True)
class CustomerErased(Event):
    """The customer's key was destroyed: nothing personal can be read any more, here or in any fact."""

    kind = "customer.erased"
    reason: str


MODULES = (__name__, outward_events.__name__)
EVENTS: dict[str, type[Event]] = {
    event.kind: event for event in Event.__subclasses__() if event.__module__ in MODULES
}

KINDS = kinds_of(EVENTS)
