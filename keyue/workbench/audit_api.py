"""The auditor's lists over the API: who looked at what, what administrators did, whether the ledger stands whole."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Field, Query, Router

from keyue.kernel.errors import Invalid
from keyue.ledger.actions import record_access
from keyue.ledger.events import LEDGER
from keyue.people.api import VIA, Cursor, Limit, Out, at_of, by_of, needs, user_of
from keyue.people.enums import Permission
from keyue.workbench import audit
from keyue.workbench.audit import FACTS, TRAIL, Search
from keyue.workbench.audit_words import FACT_LABELS, TRAIL_KINDS

router = Router(tags=["audit"])
Person = Annotated[str, Query(max_length=64, description="username, or a name that only one person has")]
Number = Annotated[str, Query(max_length=40, description="of a customer or a case", examples=["KH-00317"])]
Since = Annotated[date | None, Query(description="first day, by the company's wall")]
Until = Annotated[date | None, Query(description="last day, by the company's wall")]
Looked = Literal[("", *TRAIL_KINDS)]  # type: ignore[valid-type]
Done = Literal[("", *FACT_LABELS)]  # type: ignore[valid-type]


class LineOut(Out):
    """One look, or one act, in words; `code` is what a program goes by."""

    at: datetime
    who: str
    what: str
    subject: str
    detail: str = Field(description="the purpose of a look; what the act held")
    via: str
    code: str


class LinePage(Out):
    """`next_cursor` leads to the next page; empty on the last."""

    items: list[LineOut]
    next_cursor: str


class StandingOut(Out):
    """What the last `keyue verify` found, and the last seal."""

    verified_at: datetime | None = Field(description="null: it never ran")
    problems: int
    sample: int | None = Field(description="how many chains it looked at; null: all")
    checkpoint: int | None = Field(description="number of the last checkpoint")
    sealed_at: datetime | None


@router.get("/trail", response=LinePage, summary="Who looked at, revealed or exported what, newest first")
@needs(Permission.AUDIT_READ)
def audit_trail(
    request: HttpRequest,
    person: Person = "",
    number: Number = "",
    kind: Annotated[Looked, Query()] = "",
    since: Since = None,
    until: Until = None,
    limit: Limit = 50,
    cursor: Cursor = "",
) -> dict[str, Any]:
    """This look leaves a trace as well."""
    search = Search(person=person, number=number, kind=kind, since=since, until=until)
    return _page(request, TRAIL, search, cursor, limit)


@router.get("/facts", response=LinePage, summary="What administrators did, newest first")
@needs(Permission.AUDIT_READ)
def audit_facts(
    request: HttpRequest,
    person: Person = "",
    about: Annotated[bool, Query(description="what was done to the person instead of by the person")] = False,
    number: Number = "",
    kind: Annotated[Done, Query()] = "",
    since: Since = None,
    until: Until = None,
    limit: Limit = 50,
    cursor: Cursor = "",
) -> dict[str, Any]:
    """Accounts, roles, posts, regulations, the installation; with `number` all facts of that customer or case."""
    search = Search(person=person, about=about, number=number, kind=kind, since=since, until=until)
    return _page(request, FACTS, search, cursor, limit)


@router.get("/standing", response=StandingOut, summary="Whether the ledger stands whole")
@needs(Permission.AUDIT_READ)
def audit_standing(request: HttpRequest) -> dict[str, Any]:
    """As `keyue verify` left it."""
    found = audit.standing()
    seal = found.checkpoint
    return {
        "verified_at": found.verified_at,
        "problems": found.problems,
        "sample": found.sample,
        "checkpoint": seal.n if seal else None,
        "sealed_at": seal.at if seal else None,
    }


def _page(request: HttpRequest, what: str, search: Search, cursor: str, limit: int) -> dict[str, Any]:
    found = audit.page_of(user_of(request), what, search, cursor=cursor, size=limit)
    if found.faults:
        raise Invalid(_("有 %(n)d 处需要修改。") % {"n": len(found.faults)}, fields=found.faults)
    if not cursor:
        # leafing on is the same look
        record_access(
            by=by_of(request), subject=LEDGER, what=what, purpose="audit", via=VIA, at=at_of(request)
        )
    items = [
        {
            "at": line.at,
            "who": line.who,
            "what": line.what,
            "subject": line.subject,
            "detail": line.detail,
            "via": line.via,
            "code": line.code,
        }
        for line in found.lines
    ]
    return {"items": items, "next_cursor": found.cursor}
