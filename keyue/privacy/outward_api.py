"""What of a customer is given to others, and what got out, over the REST API, with the rules of the pages.

The room's `api` mounts `router`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Field, Path, Router

from keyue.customers import selectors as customers
from keyue.customers.rules import number_of
from keyue.people import selectors as people
from keyue.people.api import VIA, Identity, In, Instant, Out, at_of, by_of, needs, shown, user_of
from keyue.people.enums import Permission
from keyue.people.permissions import check
from keyue.privacy import actions, selectors
from keyue.privacy.enums import DataKind, FoundHow
from keyue.privacy.models import Disclosure, Provision
from keyue.privacy.sealed import opened

router = Router(tags=["privacy"])
LONGEST, RECIPIENT = 2000, 300
Number = Annotated[str, Path(max_length=40, examples=["KH-00317"], description="the customer's number")]
PROVIDED = tuple(kind.value for kind in DataKind if kind != DataKind.SECRET)


class ProvisionIn(In):
    """Who is given what, what for, and on which separate consent; texts are sealed under the customer's key."""

    model_config = shown(
        examples=[{"recipient": "远山物流", "kinds": ["contact"], "purpose": "上门送货", "consent": 1}]
    )

    recipient: str = Field(min_length=1, max_length=RECIPIENT)
    kinds: list[Literal[PROVIDED]] = Field(min_length=1, max_length=len(PROVIDED))  # type: ignore[valid-type]
    purpose: str = Field(min_length=1, max_length=LONGEST)
    consent: int | None = Field(None, ge=1, description="id of a separate consent that counts now")


class ProvisionOut(Out):
    """Personal data that was given to somebody outside."""

    id: int
    customer: str
    consent: int | None
    kinds: list[str]
    recipient: str
    purpose: str
    provided_at: datetime


class DisclosureIn(In):
    """What got out; `approved_by` only by whoever looks after personal data. Texts are sealed."""

    model_config = shown(
        examples=[
            {
                "what": "客户名单发到了公司以外的群里",
                "kinds": ["contact"],
                "how": "staff",
                "happened_at": "2026-03-16T10:00:00+08:00",
            }
        ]
    )

    what: str = Field(min_length=1, max_length=LONGEST)
    kinds: list[Literal[tuple(DataKind.values)]] = Field(min_length=1, max_length=len(DataKind.values))  # type: ignore[valid-type]
    how: Literal[tuple(FoundHow.values)]  # type: ignore[valid-type]
    happened_at: Instant
    recipient: str = Field("", max_length=RECIPIENT)
    approved_by: int | None = Field(None, ge=1, description="id of who had allowed it")


class DisclosureOut(Out):
    """Something that got out; what happened is read on the pages."""

    id: int
    customer: str
    kinds: list[str]
    how: str
    happened_at: datetime
    reported_at: datetime
    remedied_at: datetime | None


class RemedyIn(In):
    """What was done about it; sealed."""

    remedy: str = Field(min_length=1, max_length=LONGEST, examples=["已收回文件，并告知客户"])


def _provisions(rows: list[Provision]) -> list[dict[str, Any]]:
    found = []
    for row, clear in zip(rows, opened(rows, "recipient", "purpose"), strict=True):
        plain = {"id": row.pk, "kinds": row.kinds, "provided_at": row.provided_at}
        found.append({**plain, **clear, "customer": number_of(row.customer_id), "consent": row.consent_id})
    return found


def _disclosure(row: Disclosure) -> dict[str, Any]:
    plain = {name: getattr(row, name) for name in DisclosureOut.model_fields}
    return {**plain, "customer": number_of(row.customer_id)}


@router.get("/customers/{number}/provisions", response=list[ProvisionOut], summary="What was given to others")
@needs(Permission.PRIVACY_HANDLE)
def list_provisions(request: HttpRequest, number: Number) -> list[dict[str, Any]]:
    """The newest first, 200 at most."""
    return _provisions(selectors.provisions_of(customers.customer_for(user_of(request), number)))


@router.post(
    "/customers/{number}/provisions", response={201: ProvisionOut}, summary="Give personal data to others"
)
@needs(Permission.PRIVACY_HANDLE)
def provide_data(request: HttpRequest, number: Number, data: ProvisionIn) -> dict[str, Any]:
    """409 (`not_approved`) where a regulation asks for a separate consent and there is none."""
    user = user_of(request)
    customer = customers.customer_for(user, number)
    consent = selectors.consent_for(user, data.consent) if data.consent else None
    given = data.model_dump(exclude={"consent"})
    made = actions.provide_data(
        customer=customer, consent=consent, **given, user=user, at=at_of(request), via=VIA
    )
    return _provisions([made])[0]


@router.get("/customers/{number}/disclosures", response=list[DisclosureOut], summary="What got out")
@needs(Permission.PRIVACY_HANDLE)
def list_disclosures(request: HttpRequest, number: Number) -> list[dict[str, Any]]:
    """The newest first, 200 at most."""
    customer = customers.customer_for(user_of(request), number)
    return [_disclosure(row) for row in selectors.disclosures_of(customer)]


@router.post(
    "/customers/{number}/disclosures", response={201: DisclosureOut}, summary="Report that something got out"
)
@needs(Permission.CUSTOMER_VIEW)
def report_disclosure(request: HttpRequest, number: Number, data: DisclosureIn) -> dict[str, Any]:
    """Whoever may see the customer; those who look after personal data are told."""
    user = user_of(request)
    customer = customers.customer_for(user, number)
    given = data.model_dump(exclude={"approved_by"})
    approver = None
    if data.approved_by is not None:
        check(user, Permission.PRIVACY_HANDLE)
        approver = people.find_user(data.approved_by)
    made = actions.report_disclosure(
        customer=customer, approved_by=approver, **given, by=by_of(request), at=at_of(request), via=VIA
    )
    return _disclosure(made)


@router.post("/disclosures/{pk}/remedy", response=DisclosureOut, summary="Enter what was done about it")
@needs(Permission.PRIVACY_HANDLE)
def remedy_disclosure(request: HttpRequest, pk: Identity, data: RemedyIn) -> dict[str, Any]:
    """Once."""
    user = user_of(request)
    found = selectors.disclosure_for(user, pk)
    done = actions.remedy_disclosure(
        disclosure=found, remedy=data.remedy, user=user, at=at_of(request), via=VIA
    )
    return _disclosure(done)
