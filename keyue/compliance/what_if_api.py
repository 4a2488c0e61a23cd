"""What if, over the REST API: a period replayed under other limits, its progress and its figures."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Field, Router, Status
from pydantic import StrictInt

from keyue.compliance import actions, what_if
from keyue.compliance.api import Regulation, ScoreOut, score_out
from keyue.compliance.enums import WhatIfState
from keyue.compliance.models import WhatIf
from keyue.compliance.what_if import LONGEST_TEXT, Changes
from keyue.compliance.what_if_figures import Pair, figures_of
from keyue.compliance.what_if_words import values_of
from keyue.kernel.errors import Invalid
from keyue.people.api import (
    VIA,
    Cursor,
    Identity,
    In,
    Instant,
    Limit,
    Out,
    at_of,
    by_of,
    needs,
    shown,
    user_of,
)
from keyue.people.enums import Permission
from keyue.regulations.answering import LONGEST

router = Router(tags=["regulations"])
LARGEST_EDITION = 2**31 - 1
Value = Annotated[str, Field(max_length=LONGEST)] | dict[str, Any]


class WhatIfIn(In):
    """What would be otherwise, and over which period: at least one of `set`, `edition`, `text` and `calendar`."""

    model_config = shown(
        examples=[
            {
                "since": "2026-08-01T00:00:00+08:00",
                "until": "2026-11-01T00:00:00+08:00",
                "set": {"plan.within": "PT12H"},
            }
        ]
    )

    since: Instant
    until: Instant = Field(description="not after now; promises that start before it count")
    set: dict[Annotated[str, Field(max_length=120)], Value] = Field(
        default_factory=dict, description="by `control.field`, for a limit by context `solve.within.urgent`"
    )
    edition: StrictInt | None = Field(
        None,
        ge=1,
        le=LARGEST_EDITION,
        description="the number of a draft or another edition of the regulation",
    )
    text: str = Field("", max_length=LONGEST_TEXT, description="a whole text of the regulation")
    calendar: dict[str, Any] | None = Field(
        None, description="the company's calendar: `tz`, `weekly`, `holidays`, `makeup_days`, `makeup_hours`"
    )


class PairOut(Out):
    """Promises that start in the period, under the edition in force and as changed."""

    before: ScoreOut
    after: ScoreOut


class ControlOut(PairOut):
    """A control that can come out otherwise. `worse`: promises broken only as changed; `better`: only before."""

    control: str
    clause: str
    name: str
    worse: int
    better: int
    problem: str = Field(description="why it could not be evaluated; empty where it could")


class OwnerOut(PairOut):
    """A post, department or person whose load moves."""

    owner: str
    name: str


class AffectedOut(Out):
    """A case with promises that come out otherwise; `number` is empty where it is not this person's to see."""

    number: str
    worse: int
    better: int
    controls: list[str]


class FiguresOut(PairOut):
    """What a replay came to."""

    subjects: int = Field(description="how many cases or other subjects have such promises")
    controls: list[ControlOut]
    owners: list[OwnerOut]
    affected: list[AffectedOut] = Field(description="the most affected, at most 20")


class WhatIfOut(Out):
    """A replay; `done` of `total` subjects were looked at until `state` is done, cancelled or failed."""

    id: int
    regulation: str
    edition: int = Field(description="the one in force when it was asked")
    state: Literal[tuple(WhatIfState.values)]  # type: ignore[valid-type]
    since: datetime
    until: datetime
    asked_at: datetime
    asked_by: str
    done: int
    total: int
    problem: str
    finished_at: datetime | None


class WhatIfDetail(WhatIfOut):
    """A replay with its figures; null until it is done."""

    figures: FiguresOut | None


class WhatIfPage(Out):
    """`next_cursor` leads to the next page; empty on the last."""

    items: list[WhatIfOut]
    next_cursor: str


@router.post(
    "/{regulation}/what-ifs", response={202: WhatIfDetail}, summary="Replay a period under other limits"
)
@needs(Permission.REGULATION_VIEW)
def ask_what_if(request: HttpRequest, regulation: Regulation, payload: WhatIfIn) -> Status[dict[str, Any]]:
    """202 with a replay that the worker goes on with; it changes nothing. Old ones are kept for 30 days."""
    try:
        changes = Changes(values_of(payload.set), payload.edition, payload.text, payload.calendar)
        asked = actions.ask_what_if(
            regulation=regulation,
            changes=changes,
            since=payload.since,
            until=payload.until,
            user=user_of(request),
            by=by_of(request),
            at=at_of(request),
            source=VIA,
        )
    except Invalid as error:
        fields = {f"set.{name}" if name in payload.set else name: said for name, said in error.fields.items()}
        raise Invalid(error.message, fields=fields, code=error.code) from error
    return Status(202, _detail(request, asked))


@router.get(
    "/{regulation}/what-ifs", response=WhatIfPage, summary="The replays of a regulation, newest first"
)
@needs(Permission.REGULATION_VIEW)
def what_if_list(
    request: HttpRequest, regulation: Regulation, limit: Limit = 50, cursor: Cursor = ""
) -> dict[str, Any]:
    """Everybody's, of the last 30 days."""
    rows = what_if.what_ifs_for(user_of(request), regulation)
    if cursor:
        if not (cursor.isascii() and cursor.isdecimal() and len(cursor) < 19):
            said = _("翻页标记不对。")
            raise Invalid(_("翻页标记不对，请从第一页开始。"), fields={"cursor": said}, code="bad_cursor")
        rows = rows.filter(pk__lt=int(cursor))
    found = list(rows[: limit + 1])
    more = str(found[limit - 1].pk) if len(found) > limit else ""
    return {"items": [_out(row) for row in found[:limit]], "next_cursor": more}


@router.get(
    "/{regulation}/what-ifs/{pk}", response=WhatIfDetail, summary="How far a replay is, and its figures"
)
@needs(Permission.REGULATION_VIEW)
def what_if_detail(request: HttpRequest, regulation: Regulation, pk: Identity) -> dict[str, Any]:
    """Ask again until `state` is no longer `running`."""
    return _detail(request, what_if.what_if_for(user_of(request), regulation, pk))


@router.post("/{regulation}/what-ifs/{pk}/cancellation", response=WhatIfDetail, summary="Cancel a replay")
@needs(Permission.REGULATION_VIEW)
def cancel_what_if(request: HttpRequest, regulation: Regulation, pk: Identity) -> dict[str, Any]:
    """For who asked, and for who may put regulations in force. 409 where it has ended."""
    user = user_of(request)
    found = what_if.what_if_for(user, regulation, pk)
    row = actions.cancel_what_if(what_if=found, user=user, by=by_of(request), at=at_of(request), source=VIA)
    return _detail(request, row)


def _out(row: WhatIf) -> dict[str, Any]:
    names = ("id", "state", "since", "until", "asked_at", "done", "total", "problem", "finished_at")
    return {
        **{name: getattr(row, name) for name in names},
        "regulation": row.regulation_id,
        "edition": row.edition.n,
        "asked_by": row.asked_by.username,
    }


def _detail(request: HttpRequest, row: WhatIf) -> dict[str, Any]:
    return {**_out(row), "figures": _figures(request, row) if row.state == WhatIfState.DONE else None}


def _figures(request: HttpRequest, row: WhatIf) -> dict[str, Any]:
    figures = figures_of(user_of(request), row)
    return {
        **_pair(figures.score),
        "subjects": figures.subjects,
        "controls": [
            {
                **_pair(one.score),
                "control": one.id,
                "clause": one.clause,
                "name": one.name,
                "worse": one.worse,
                "better": one.better,
                "problem": one.failed,
            }
            for one in figures.controls
        ],
        "owners": [{**_pair(one.score), "owner": one.code, "name": one.name} for one in figures.owners],
        "affected": [
            {"number": one.number, "worse": one.worse, "better": one.better, "controls": list(one.controls)}
            for one in figures.cases
        ],
    }


def _pair(pair: Pair) -> dict[str, Any]:
    return {"before": score_out(pair.before), "after": score_out(pair.after)}
