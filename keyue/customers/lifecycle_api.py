"""Stages of a customer, the end of a relation, and what came of looking into background and credit, over the REST API."""

from __future__ import annotations

from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field

from keyue.customers import actions, selectors
from keyue.customers.api import CustomerOut, Number, customer_dict, router
from keyue.customers.enums import Background, LossReason, Stage
from keyue.people.api import VIA, In, Instant, at_of, by_of, needs, shown, user_of
from keyue.people.enums import Permission

LONGEST = 2000


class CustomerStageIn(In):
    """Another stage; `past` goes by `/loss`."""

    model_config = shown(examples=[{"stage": "intent", "reason": "已约下周看现场"}])

    stage: Literal[tuple(one for one in Stage.values if one != Stage.PAST)]  # type: ignore[valid-type]
    reason: str = Field(min_length=1, max_length=LONGEST)
    happened: Instant | None = None


class CustomerLossIn(In):
    """Why the customer works with the company no more."""

    model_config = shown(examples=[{"reason": "competitor", "win_back": True, "remark": "对方年底招标"}])

    reason: Literal[tuple(LossReason.values)]  # type: ignore[valid-type]
    win_back: bool = False
    remark: str = Field("", max_length=LONGEST)


class CustomerBackgroundIn(In):
    """What was looked at and what it said."""

    model_config = shown(examples=[{"outcome": "sound", "found": "查询企业信用信息公示系统，没有异常"}])

    outcome: Literal[tuple(Background.values)]  # type: ignore[valid-type]
    found: str = Field(min_length=1, max_length=LONGEST)
    happened: Instant | None = None


@router.post("/{number}/stage", response=CustomerOut, summary="Move a customer to another stage")
@needs(Permission.CUSTOMER_EDIT)
def change_stage(request: HttpRequest, number: Number, data: CustomerStageIn) -> dict[str, Any]:
    """The reason is sealed; the same stage again changes nothing."""
    return _done(actions.change_stage, request, number, data)


@router.post("/{number}/loss", response=CustomerOut, summary="Say that a customer was lost")
@needs(Permission.CUSTOMER_EDIT)
def lose_customer(request: HttpRequest, number: Number, data: CustomerLossIn) -> dict[str, Any]:
    """The stage is past from then on."""
    return _done(actions.lose_customer, request, number, data)


@router.post(
    "/{number}/background", response=CustomerOut, summary="Write down a check of background and credit"
)
@needs(Permission.CUSTOMER_EDIT)
def check_background(request: HttpRequest, number: Number, data: CustomerBackgroundIn) -> dict[str, Any]:
    """What was found is sealed."""
    return _done(actions.check_background, request, number, data)


def _done(act: Any, request: HttpRequest, number: str, data: In) -> dict[str, Any]:
    customer = selectors.customer_for(user_of(request), number)
    act(customer=customer, **data.model_dump(), by=by_of(request), at=at_of(request), via=VIA)
    return customer_dict(selectors.customer_card(customer.pk))
