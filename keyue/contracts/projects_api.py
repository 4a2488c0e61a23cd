"""Projects over the REST API, with the rules of the pages. The api room mounts `router` at /projects; see `api.py`."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field, Query, Router, Status
from pydantic import StrictInt

from keyue.contracts import actions, cards, lists, selectors
from keyue.contracts.actions.projects import ProjectPlan, StagePlan
from keyue.contracts.api import EDIT, VIEW, Key, StaffId, Text, colleague
from keyue.contracts.enums import Opinion, Topic, Way
from keyue.contracts.models import Project
from keyue.contracts.rules import MOST_STAGES
from keyue.contracts.sealed import opened
from keyue.customers import selectors as customers
from keyue.people.api import VIA, Cursor, Identity, In, Limit, Out, at_of, by_of, needs, shown, user_of

router = Router(tags=["contracts"])


class StageIn(In):
    """A stage: `weight` is how much of the project it is beside the others."""

    name: str = Field(max_length=80, examples=["安装"])
    weight: StrictInt = Field(1, ge=1, le=100)
    planned_on: date | None = None


class ProjectIn(In):
    """A project of a customer. `contract_number` is unique among projects."""

    model_config = shown(
        examples=[
            {
                "customer": "KH-00317",
                "title": "3# 膜组扩容",
                "contract_number": "HT-2026-001",
                "stages": [{"name": "基础"}, {"name": "安装", "weight": 3}],
            }
        ]
    )

    customer: str = Field(max_length=40)
    title: str = Field(max_length=200)
    contract_number: str = Field(max_length=80)
    stages: list[StageIn] = Field(min_length=1, max_length=MOST_STAGES)
    account_manager: StaffId | None = Field(None, description="null: the customer's")
    contract: StaffId | None = Field(None, description="id of the contract that it is under")
    planned_from: date | None = None
    planned_to: date | None = None


class ConfirmIn(In):
    """How the customer agreed to the service plan."""

    how: Literal[tuple(Way.values)] = Field(examples=["visit"])  # type: ignore[valid-type]
    remark: Text = Field(examples=["周工签字。"])


class StageProgressIn(In):
    """How far a stage has come."""

    percent: StrictInt = Field(ge=0, le=99, examples=[60])


class TalkIn(In):
    """What the customer was told; with `stage` about the end of that stage."""

    topic: Literal[tuple(Topic.values)] = Field(examples=["progress"])  # type: ignore[valid-type]
    way: Literal[tuple(Way.values)] = Field(examples=["call"])  # type: ignore[valid-type]
    text: Text = Field(examples=["安装完成六成，下周进设备。"])
    stage: StaffId | None = None


class OpinionIn(In):
    """What the customer said about the project."""

    type: Literal[tuple(Opinion.values)] = Field(examples=["suggestion"])  # type: ignore[valid-type]
    text: Text = Field(examples=["希望周末也能施工。"])


class StageOut(Out):
    """A stage; `told_at` is when the customer heard that it is finished."""

    id: int
    n: int
    name: str
    weight: int
    percent: int
    planned_on: date | None
    finished_at: datetime | None
    told_at: datetime | None


class ProjectBrief(Out):
    """A project as lists show it. `untold` counts finished stages of which the customer has not been told."""

    id: int
    title: str
    contract_number: str
    customer: str
    contract: int | None
    account_manager: int
    progress: int
    untold: int
    planned_from: date | None
    planned_to: date | None
    plan_confirmed_at: datetime | None
    started_at: datetime | None
    completed_at: datetime | None
    revision: int


class OpinionOut(Out):
    """An opinion; `case_number` is empty until it has become a case."""

    id: int
    type: str
    heard_at: datetime
    case_number: str


class ProjectOut(ProjectBrief):
    """A project with its stages, and what the customer said."""

    stages: list[StageOut]
    opinions: list[OpinionOut]


class ProjectList(Out):
    """A page; `next_cursor` leads to the one after it, empty on the last."""

    items: list[ProjectBrief]
    next_cursor: str


def _project_brief(rows: list[Project]) -> list[dict[str, Any]]:
    texts = opened([(row.customer_id, row) for row in rows])
    return [
        {
            **{name: getattr(row, name, None) for name in ProjectBrief.model_fields},
            "title": text["title"],
            "customer": row.customer.number,
            "contract": row.contract_id,
            "account_manager": row.account_manager_id,
        }
        for row, text in zip(rows, texts, strict=True)
    ]


def _project(request: HttpRequest, pk: int) -> dict[str, Any]:
    row = selectors.project_for(user_of(request), pk)
    return {
        **_project_brief([row])[0],
        "stages": [
            {name: getattr(stage, name) for name in StageOut.model_fields}
            for stage in selectors.stages_of([row])[row.pk]
        ],
        "opinions": [
            {name: getattr(one, name) for name in OpinionOut.model_fields}
            for one in selectors.opinions_of(row)
        ],
    }


@router.get("", response=ProjectList, summary="List projects")
@needs(VIEW)
def list_projects(
    request: HttpRequest,
    q: str = Query("", max_length=60, description="how a contract number begins, or a customer's number"),
    show: Literal[("", *lists.PROJECT_SHOWS)] = Query("", description="which of them"),  # type: ignore[valid-type]
    cursor: Cursor = "",
    limit: Limit = lists.PAGE,
) -> dict[str, Any]:
    """The newest first; `untold` are those with a finished stage of which the customer has not been told."""
    found = lists.project_page(
        user_of(request),
        show=show,
        text=q,
        today=cards.today_at(at_of(request)),
        cursor=cursor,
        size=limit,
    )
    return {"items": _project_brief(list(found.rows)), "next_cursor": found.next}


@router.post("", response={201: ProjectOut}, summary="Enter a project")
@needs(EDIT)
def create_project(request: HttpRequest, data: ProjectIn) -> Any:
    """Its account manager is the customer's where none is named."""
    viewer = user_of(request)
    customer = customers.customer_for(viewer, data.customer)
    contract = selectors.contract_for(viewer, data.contract) if data.contract else None
    given = data.model_dump(exclude={"customer", "contract", "stages", "account_manager"})
    plan = ProjectPlan(
        **given,
        stages=[StagePlan(**stage.model_dump()) for stage in data.stages],
        account_manager=colleague(data.account_manager, "account_manager"),
    )
    made = actions.create_project(
        customer=customer, plan=plan, contract=contract, by=by_of(request), at=at_of(request), via=VIA
    )
    return Status(201, _project(request, made.pk))


@router.get("/{pk}", response=ProjectOut, summary="A project")
@needs(VIEW)
def project_detail(request: HttpRequest, pk: Key) -> dict[str, Any]:
    """With its stages."""
    return _project(request, pk)


@router.post("/{pk}/confirm", response=ProjectOut, summary="Enter that the customer agreed to the plan")
@needs(EDIT)
def confirm_plan(request: HttpRequest, pk: Key, data: ConfirmIn) -> dict[str, Any]:
    """Before work begins."""
    return _project_done(request, pk, actions.confirm_plan, **data.model_dump())


@router.post("/{pk}/start", response=ProjectOut, summary="Enter that work began")
@needs(EDIT)
def start_service(request: HttpRequest, pk: Key) -> dict[str, Any]:
    """After the customer agreed to the plan."""
    return _project_done(request, pk, actions.start_service)


@router.post("/{pk}/complete", response=ProjectOut, summary="Enter that a project is done")
@needs(EDIT)
def complete_project(request: HttpRequest, pk: Key) -> dict[str, Any]:
    """After all of its stages."""
    return _project_done(request, pk, actions.complete_project)


@router.post("/{pk}/stages/{stage}/progress", response=ProjectOut, summary="Say how far a stage has come")
@needs(EDIT)
def note_progress(request: HttpRequest, pk: Key, stage: Identity, data: StageProgressIn) -> dict[str, Any]:
    """In per cent."""
    row = selectors.stage_for(user_of(request), pk, stage)
    actions.note_progress(stage=row, percent=data.percent, by=by_of(request), at=at_of(request), via=VIA)
    return _project(request, pk)


@router.post("/{pk}/stages/{stage}/finish", response=ProjectOut, summary="Enter that a stage is done")
@needs(EDIT)
def finish_stage(request: HttpRequest, pk: Key, stage: Identity) -> dict[str, Any]:
    """Then the customer is to be told."""
    row = selectors.stage_for(user_of(request), pk, stage)
    actions.finish_stage(stage=row, by=by_of(request), at=at_of(request), via=VIA)
    return _project(request, pk)


@router.post("/{pk}/talks", response=ProjectOut, summary="Enter what the customer was told")
@needs(EDIT)
def record_talk(request: HttpRequest, pk: Key, data: TalkIn) -> dict[str, Any]:
    """How the project stands, or that a stage is finished."""
    viewer = user_of(request)
    stage = selectors.stage_for(viewer, pk, data.stage) if data.stage else None
    given = data.model_dump(exclude={"stage"})
    return _project_done(request, pk, actions.record_talk, staff=viewer, stage=stage, **given)


@router.post("/{pk}/opinions", response=ProjectOut, summary="Enter what the customer said")
@needs(EDIT)
def hear_opinion(request: HttpRequest, pk: Key, data: OpinionIn) -> dict[str, Any]:
    """A case is to follow: `POST /cases`."""
    return _project_done(request, pk, actions.hear_opinion, staff=user_of(request), **data.model_dump())


def _project_done(request: HttpRequest, pk: int, act: Any, **given: Any) -> dict[str, Any]:
    row = selectors.project_for(user_of(request), pk)
    act(project=row, by=by_of(request), at=at_of(request), via=VIA, **given)
    return _project(request, pk)
