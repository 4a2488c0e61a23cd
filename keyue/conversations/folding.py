"""How channels and conversations are folded from facts: what regulations may ask of them. Pure Python."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from keyue.conversations.events import CHANNEL_KINDS, CONVERSATION_KINDS
from keyue.ledger.facts import FactRecord
from keyue.people.rules import PERSON
from keyue.promises.engine import SubjectModel
from keyue.promises.scenario import register_model


@dataclass(frozen=True, slots=True)
class ChannelState:
    """What regulations may ask of a channel: `keeper` is an owner's code, `type` what kind of channel it is."""

    type: str
    keeper: str | None = None
    department: str | None = None
    failing: bool = False
    round: int = 1
    waiting: bool = False
    ended: bool = False


@dataclass(frozen=True, slots=True)
class ConversationState:
    """What regulations may ask of a conversation: `type` is the kind of channel it began on, `agent` an owner's code.

    One that is over does not end as a subject: it is to be recorded after that."""

    type: str
    channel: str
    customer: str | None = None
    contact: str | None = None
    department: str | None = None
    agent: str | None = None
    case: str | None = None
    answered: bool = False
    asking: bool = False
    over: bool = False
    summary: bool | None = None
    opinion: str | None = None
    round: int = 1
    waiting: bool = False
    ended: bool = False


def fold_channel(state: ChannelState | None, fact: FactRecord) -> ChannelState | None:
    """The channel after `fact`; None where it has no effect. Nothing exists before `channel.opened`."""
    data = fact.data
    if state is None:
        if fact.kind != "channel.opened":
            return None
        return ChannelState(str(data.get("type") or ""), data.get("keeper"), data.get("department"))
    if fact.kind not in CHANNEL_KINDS or fact.kind == "channel.opened":
        return None
    step = CHANNEL_STEPS.get(fact.kind)
    return state if step is None else step(state, data)


CHANNEL_STEPS: Mapping[str, Callable[[ChannelState, Mapping[str, Any]], ChannelState]] = {
    "channel.keeper_given": lambda state, data: replace(state, keeper=f"{PERSON}{data.get('user')}"),
    "channel.keeper_left": lambda state, data: replace(state, keeper=None),
    "channel.department_given": lambda state, data: replace(state, department=data.get("department")),
    "channel.failed": lambda state, data: replace(state, failing=True),
    "channel.restored": lambda state, data: replace(state, failing=False),
    "channel.closed": lambda state, data: replace(state, ended=True),
}


def fold_conversation(state: ConversationState | None, fact: FactRecord) -> ConversationState | None:
    """The conversation after `fact`; None where it has no effect. Nothing exists before `conversation.opened`."""
    data = fact.data
    if state is None:
        if fact.kind != "conversation.opened":
            return None
        return ConversationState(
            type=str(data.get("type") or ""),
            channel=str(data.get("channel") or ""),
            customer=data.get("customer"),
            contact=data.get("contact"),
            department=data.get("department"),
        )
    if fact.kind not in CONVERSATION_KINDS or fact.kind == "conversation.opened":
        return None
    step = CONVERSATION_STEPS.get(fact.kind)
    return state if step is None else step(state, data)


def _handed_over(state: ConversationState, data: Mapping[str, Any]) -> ConversationState:
    department = data.get("department") or state.department
    return replace(state, agent=data.get("agent"), department=department)


CONVERSATION_STEPS: Mapping[str, Callable[[ConversationState, Mapping[str, Any]], ConversationState]] = {
    "conversation.asked": lambda state, data: replace(state, asking=True),
    "conversation.answered": lambda state, data: replace(state, asking=False, answered=True),
    "conversation.person_joined": lambda state, data: replace(state, agent=data.get("agent")),
    "conversation.handed_over": _handed_over,
    "conversation.customer_known": lambda state, data: replace(
        state, customer=data.get("customer"), contact=data.get("contact")
    ),
    "conversation.customer_unknown": lambda state, data: replace(state, customer=None, contact=None),
    "conversation.case_linked": lambda state, data: replace(state, case=data.get("case")),
    "conversation.ended": lambda state, data: replace(state, over=True, asking=False),
    "conversation.recorded": lambda state, data: replace(state, summary=True, opinion=data.get("opinion")),
}

CHANNEL = SubjectModel(
    name="channel",
    fold=fold_channel,
    fields=frozenset(f.name for f in fields(ChannelState)),
    kinds={**CHANNEL_KINDS},
)
CONVERSATION = SubjectModel(
    name="conversation",
    fold=fold_conversation,
    fields=frozenset(f.name for f in fields(ConversationState)),
    kinds={**CONVERSATION_KINDS},
)
register_model(CHANNEL)
register_model(CONVERSATION)
