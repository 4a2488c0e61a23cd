"""What happens on the way to a customer: leads, the public pool, targets, plans, opportunities. Ids and codes only.

The subjects are `Subject("lead", id)`, `("pool", customer id)`, `("plan", id)`, `("opportunity", id)`, `("target", id)`
and `("sales_rules", 1)`. What is typed stands sealed: under a lead's own key, else under the customer's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from keyue.kernel.events import Event, kinds_of

# --- leads ---


@dataclass(frozen=True)
class LeadRegistered(Event):
    """Somebody registered whom they mean to win, before contacting them: S1-12.2. `staff` is an owner's code."""

    kind = "lead.registered"
    number: str
    staff: str
    type: str
    source: str
    legal_basis: str
    department: str | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class LeadRegisteredAgain(Event):
    """It is somebody else's already (撞单): `first` names their lead or `customer` their customer. `score`: of a hundred."""

    kind = "lead.registered_again"
    staff: str
    first: str | None = None
    customer: str | None = None
    first_staff: str | None = None
    score: int | None = None
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class LeadConflictSettled(Event):
    """Whose it is was decided (sealed: `why`)."""

    kind = "lead.conflict_settled"
    outcome: str
    staff: str | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class LeadContacted(Event):
    """Somebody was in touch (`at` is when; sealed: `what`): S1-12.2."""

    kind = "lead.contacted"
    way: str
    staff: str


@dataclass(frozen=True)
class LeadQualified(Event):
    """The lead became a customer, or turned out to be one."""

    kind = "lead.qualified"
    customer: str
    is_new: bool


@dataclass(frozen=True)
class LeadDropped(Event):
    """Nothing comes of it (sealed: `remark`)."""

    kind = "lead.dropped"
    reason: str


@dataclass(frozen=True)
class LeadExpired(Event):
    """The protection ended, and nothing had come of it."""

    kind = "lead.expired"


@dataclass(frozen=True)
class LeadExtended(Event):
    """The protection was made longer (sealed: `why`)."""

    kind = "lead.extended"
    until: datetime


@dataclass(frozen=True)
class LeadHandedOver(Event):
    """Somebody else follows the lead now."""

    kind = "lead.handed_over"
    staff: str
    previous: str
    department: str | None = None


@dataclass(frozen=True)
class LeadRevealed(Event):
    """A personal field was looked at in the clear: S0-4.1.2."""

    kind = "lead.revealed"
    what: str
    purpose: str
    via: str


@dataclass(frozen=True)
class LeadErased(Event):
    """The lead's key was destroyed: nothing personal can be read any more."""

    kind = "lead.erased"
    reason: str


# --- the public pool ---


@dataclass(frozen=True)
class PoolWarned(Event):
    """The account manager was told that the customer goes into the pool at `due`, for want of contact since `since`."""

    kind = "pool.warned"
    manager: str
    since: datetime
    due: datetime


@dataclass(frozen=True)
class PoolEntered(Event):
    """The customer lies in the public pool; `previous` may not pick it again before `locked_until`."""

    kind = "pool.entered"
    entry: str
    reason: str
    previous: str | None = None
    locked_until: datetime | None = None


@dataclass(frozen=True)
class PoolLeft(Event):
    """The customer lies there no more: picked by `user`, put back, or assigned by somebody."""

    kind = "pool.left"
    entry: str
    how: str
    user: str | None = None


# --- targets and rules ---


@dataclass(frozen=True)
class TargetSet(Event):
    """How many new customers, and how much, somebody is to win in a period: S1-12.1. An amount is text."""

    kind = "target.set"
    user: str
    period: str
    customers: int
    amount: str


@dataclass(frozen=True)
class SalesRulesChanged(Event):
    """The company changed how leads, pool and opportunities work; `old` and `new` hold what is different."""

    kind = "sales_rules.changed"
    fields: tuple[str, ...]
    old: Mapping[str, Any] | None = None
    new: Mapping[str, Any] | None = None


# --- service plans ---


@dataclass(frozen=True)
class PlanSent(Event):
    """A service plan was laid before the customer, with a link that is good until `until`: S2-4.3b."""

    kind = "plan.sent"
    need: str
    customer: str
    version: int
    until: datetime


@dataclass(frozen=True)
class PlanConfirmed(Event):
    """The customer said yes (sealed: `from`, where it came from): S2-5.2a."""

    kind = "plan.confirmed"
    how: str


@dataclass(frozen=True)
class PlanChangesAsked(Event):
    """The customer wants it otherwise (sealed: `what`, `from`)."""

    kind = "plan.changes_asked"
    how: str


@dataclass(frozen=True)
class PlanWithdrawn(Event):
    """The plan is not offered any more: taken back, or replaced by a newer one."""

    kind = "plan.withdrawn"
    why: str


# --- opportunities ---


@dataclass(frozen=True)
class OpportunityOpened(Event):
    """An opportunity with a customer: S1-11.3. Amounts are text."""

    kind = "opportunity.opened"
    customer: str
    stage: str
    owner: str
    amount: str | None = None
    need: str | None = None
    expected: str | None = None


@dataclass(frozen=True)
class OpportunityMoved(Event):
    """It went to another stage; `undoes` where that took a step back."""

    kind = "opportunity.moved"
    old: str
    new: str
    undoes: bool | None = None


@dataclass(frozen=True)
class OpportunityChanged(Event):
    """Fields changed; `old` and `new` hold those that are not sealed."""

    kind = "opportunity.changed"
    fields: tuple[str, ...]
    old: Mapping[str, Any] | None = None
    new: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class OpportunityWon(Event):
    """The customer said yes."""

    kind = "opportunity.won"
    amount: str | None = None


@dataclass(frozen=True)
class OpportunityLost(Event):
    """The customer said no, or nothing (sealed: `remark`)."""

    kind = "opportunity.lost"
    reason: str


@dataclass(frozen=True)
class OpportunityReopened(Event):
    """What was won or lost is open again (sealed: `why`)."""

    kind = "opportunity.reopened"
    stage: str


@dataclass(frozen=True)
class OpportunityHandedOver(Event):
    """Somebody else works on it."""

    kind = "opportunity.handed_over"
    owner: str
    previous: str


EVENTS: dict[str, type[Event]] = {
    event.kind: event for event in Event.__subclasses__() if event.__module__ == __name__
}

LEAD_KINDS = kinds_of({kind: event for kind, event in EVENTS.items() if kind.startswith("lead.")})
