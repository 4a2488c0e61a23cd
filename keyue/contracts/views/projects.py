"""The list of projects, a project's page with the flow of its stages, its form, and what is done with it."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from keyue.contracts import actions, cards, lists, selectors
from keyue.contracts.cards import ProjectCard
from keyue.contracts.enums import Opinion, Topic, Way
from keyue.contracts.forms import (
    ConfirmForm,
    EmptyForm,
    FilterForm,
    FinishForm,
    Form,
    OpinionForm,
    ProgressForm,
    ProjectSheet,
    TalkForm,
)
from keyue.contracts.models import Contract, Project, ProjectStage
from keyue.contracts.sealed import opened
from keyue.contracts.views._ground import Act, crumbs, found, perform
from keyue.contracts.views.contracts import revision_of
from keyue.customers import area
from keyue.customers import selectors as customers
from keyue.customers.models import Customer
from keyue.kernel.errors import Invalid
from keyue.ledger.facts import Actor
from keyue.people.enums import Permission
from keyue.people.guards import staff_page
from keyue.people.http import StaffRequest, actor_of
from keyue.people.permissions import allows
from keyue.promises import selectors as promises
from keyue.ui.addresses import address
from keyue.ui.components import Crumb
from keyue.ui.pages import MISTAKEN, go, is_fragment, page

HERE = "contracts:projects"
SHOWS = (
    ("running", gettext_lazy("未完成")),
    ("untold", gettext_lazy("阶段完成未沟通")),
    ("late", gettext_lazy("晚于计划")),
    ("completed", gettext_lazy("已完成")),
)
EDIT = Permission.CONTRACT_EDIT
ACTS: dict[str, Act] = {
    act.code: act
    for act in (
        Act(
            "confirm",
            gettext_lazy("登记方案确认"),
            EDIT,
            ConfirmForm,
            actions.confirm_plan,
            gettext_lazy("已登记客户对方案的确认。"),
        ),
        Act(
            "start",
            gettext_lazy("开工"),
            EDIT,
            EmptyForm,
            actions.start_service,
            gettext_lazy("项目已开工。"),
            gettext_lazy("客户确认方案之后才能开工；开工后按制度的间隔向客户反馈进展。"),
        ),
        Act(
            "talk",
            gettext_lazy("记录沟通"),
            EDIT,
            TalkForm,
            actions.record_talk,
            gettext_lazy("沟通已记录。"),
        ),
        Act(
            "opinion",
            gettext_lazy("记下意见"),
            EDIT,
            OpinionForm,
            actions.hear_opinion,
            gettext_lazy("意见已记下，请登记为事项。"),
            gettext_lazy("客户提出的意见和建议一律登记为事项办理。"),
        ),
        Act(
            "complete",
            gettext_lazy("完成项目"),
            EDIT,
            EmptyForm,
            actions.complete_project,
            gettext_lazy("项目已完成。"),
            gettext_lazy("全部阶段完成、客户接收之后登记；登记后不能再改。"),
        ),
    )
}
STAGE_ACTS: dict[str, Act] = {
    act.code: act
    for act in (
        Act(
            "progress",
            gettext_lazy("更新进度"),
            EDIT,
            ProgressForm,
            actions.note_progress,
            gettext_lazy("进度已更新。"),
        ),
        Act(
            "finish",
            gettext_lazy("完成阶段"),
            EDIT,
            FinishForm,
            actions.finish_stage,
            gettext_lazy("阶段已完成，请与客户沟通并记录。"),
        ),
    )
}


@never_cache
@staff_page(Permission.CONTRACT_VIEW)
def project_list(request: StaffRequest) -> HttpResponse:
    """The projects that the reader sees; those with a finished stage of which the customer has not been told say so."""
    form = FilterForm(request.GET, SHOWS)
    form.is_valid()
    wanted = {"show": form.cleaned_data.get("show", ""), "text": form.cleaned_data.get("q", "")}
    today = cards.today_at(request.at)
    found_page = lists.project_page(request.user, today=today, cursor=request.GET.get("after", ""), **wanted)
    context = {
        "area_tabs": area.tabs_for(request.user, HERE),
        "form": form,
        "is_narrowed": any(wanted.values()),
        "cards": cards.project_cards(found_page.rows, request.at),
        "next": found_page.next,
        "is_first": not request.GET.get("after"),
        "count": lists.count_projects(request.user, today=today, **wanted),
        "untold": lists.count_projects(request.user, today=today, show="untold"),
    }
    template = "contracts/projects.html" + ("#rows" if is_fragment(request) else "")
    return page(request, template, context, crumbs=crumbs(Crumb(_("项目"))))


@never_cache
@staff_page(Permission.CONTRACT_VIEW)
def project_page(request: StaffRequest, pk: int) -> HttpResponse:
    """A project: its stages, what the customer was told, and what they said."""
    project = selectors.project_for(request.user, pk)
    [card] = cards.project_cards([project], request.at)
    stages = selectors.stages_of([project])[project.pk]
    may_edit = allows(request.user, EDIT)
    context = {
        "project": project,
        "card": card,
        "stages": _stages(stages, project, request),
        "talks": _talks(project),
        "opinions": _opinions(project),
        "promises": list(promises.promises_of(project.subject)[:20]),
        "acts": _possible(project, card, stages) if may_edit else [],
        "may_edit": may_edit and project.completed_at is None,
        "may_register": allows(request.user, Permission.CASE_REGISTER),
    }
    trail = crumbs(Crumb(_("项目"), reverse(HERE)), Crumb(project.contract_number))
    return page(request, "contracts/project.html", context, crumbs=trail)


def _stages(stages: list[ProjectStage], project: Project, request: StaffRequest) -> list[dict[str, Any]]:
    now = next((stage.pk for stage in stages if stage.finished_at is None), None)
    today = cards.today_at(request.at)
    found = []
    for stage in stages:
        late = stage.finished_at is None and stage.planned_on is not None and stage.planned_on < today
        if stage.finished_at is not None:
            tone = "kept" if stage.told_at is not None else "late"
        else:
            tone = "soon" if late else "open" if stage.pk == now and project.started_at else "idle"
        found.append({"stage": stage, "tone": tone, "is_now": stage.pk == now, "is_late": late})
    return found


def _talks(project: Project) -> list[dict[str, Any]]:
    rows = selectors.talks_of(project)
    texts = opened([(project.customer_id, row) for row in rows], ("text",))
    return [
        {
            "row": row,
            "text": text["text"],
            "topic": str(Topic(row.topic).label),
            "way": str(Way(row.way).label),
        }
        for row, text in zip(rows, texts, strict=True)
    ]


def _opinions(project: Project) -> list[dict[str, Any]]:
    rows = selectors.opinions_of(project)
    texts = opened([(project.customer_id, row) for row in rows], ("text",))
    return [
        {
            "row": row,
            "text": text["text"],
            "type": str(Opinion(row.type).label),
            "case_url": address("cases:page", row.case_number) if row.case_number else "",
        }
        for row, text in zip(rows, texts, strict=True)
    ]


def _possible(project: Project, card: ProjectCard, stages: list[ProjectStage]) -> list[Act]:
    """What comes next first."""
    runs = project.completed_at is None
    whole = bool(stages) and all(stage.finished_at is not None for stage in stages)
    codes = {
        "confirm": runs and project.plan_confirmed_at is None,
        "start": runs and project.plan_confirmed_at is not None and project.started_at is None,
        "complete": runs and whole and not card.untold,
        "talk": True,
        "opinion": True,
    }
    return [ACTS[code] for code, can in codes.items() if can]


# ── the form ──────────────────────────────────────────────────────────────────────────────────────────────────


@never_cache
@staff_page(EDIT)
def project_new(request: StaffRequest, number: str) -> HttpResponse:
    """Enter a project of a customer; with `?contract=` under one of their contracts."""
    customer = customers.customer_for(request.user, number)
    contract = _contract(request, customer)
    title = opened([(contract.customer_id, contract)])[0]["title"] if contract else ""
    sheet = (
        ProjectSheet(request.POST)
        if request.method == "POST"
        else ProjectSheet(contract=contract, title=title)
    )
    back = reverse("customers:page", args=[number])
    return _edit(request, sheet, customer, contract=contract, title=_("登记项目"), back=back)


def _contract(request: StaffRequest, customer: Customer) -> Contract | None:
    wanted = request.POST.get("contract") or request.GET.get("contract") or ""
    if not wanted.isdecimal() or len(wanted) > 18:
        return None
    return selectors.visible_to(request.user).filter(pk=int(wanted), customer=customer).first()


@never_cache
@staff_page(EDIT)
def project_edit(request: StaffRequest, pk: int) -> HttpResponse:
    """Change what is said of a project, and its stages."""
    project = selectors.project_for(request.user, pk)
    if request.method == "POST":
        sheet = ProjectSheet(request.POST)
    else:
        stages = selectors.stages_of([project])[project.pk]
        title = opened([(project.customer_id, project)])[0]["title"]
        sheet = ProjectSheet(project=project, title=title, stages=stages)
    back = reverse("contracts:project", args=[pk])
    return _edit(request, sheet, project.customer, project=project, title=_("修改项目"), back=back)


def _edit(
    request: StaffRequest,
    sheet: ProjectSheet,
    customer: Customer,
    *,
    title: str,
    back: str,
    project: Project | None = None,
    contract: Contract | None = None,
) -> HttpResponse:
    status = 200
    if request.POST.get("act") == "stage":
        sheet.add()
    elif request.method == "POST":
        status = MISTAKEN
        if sheet.is_valid():
            given: dict[str, Any] = {"plan": sheet.plan(), "by": actor_of(request), "at": request.at}
            try:
                if project is None:
                    kept = actions.create_project(customer=customer, contract=contract, **given)
                else:
                    kept = actions.change_project(project=project, revision=revision_of(request), **given)
                return go(request, reverse("contracts:project", args=[kept.pk]), _("项目已保存。"))
            except Invalid as error:
                sheet.take(error.fields or {"": str(error)})
    context = {
        "sheet": sheet,
        "title": title,
        "customer": customers.customer_card(customer.pk),
        "project": project,
        "contract": contract,
        "back": back,
    }
    trail = crumbs(Crumb(_("项目"), reverse(HERE)), Crumb(title))
    return page(request, "contracts/project_edit.html", context, crumbs=trail, status=status)


# ── acts ──────────────────────────────────────────────────────────────────────────────────────────────────────


@never_cache
@staff_page(EDIT)
def project_act(request: StaffRequest, pk: int, code: str) -> HttpResponse:
    """Enter what the customer agreed to, was told or said; begin the work and end it."""
    act = found(ACTS, code)
    project = selectors.project_for(request.user, pk)
    back = reverse("contracts:project", args=[pk])
    given: dict[str, Any] = {"project": project}
    if code in ("talk", "opinion"):
        given["staff"] = request.user
    stage = request.GET.get("stage", "")

    def prepare(form: Form) -> None:
        if isinstance(form, TalkForm):
            form.fields["stage"].queryset = project.stages.order_by("n")  # type: ignore[attr-defined]

    first = {"stage": stage if stage.isdecimal() else None, "topic": Topic.STAGE if stage else Topic.PROGRESS}
    return perform(
        request,
        act,
        url=reverse("contracts:project_act", args=[pk, code]),
        back=back,
        about=project.contract_number,
        trail=crumbs(Crumb(_("项目"), reverse(HERE)), Crumb(project.contract_number, back)),
        given=given,
        initial=first,
        prepare=prepare,
    )


@never_cache
@staff_page(EDIT)
def stage_act(request: StaffRequest, pk: int, stage: int, code: str) -> HttpResponse:
    """Say how far a stage has come, or that it is done."""
    act = found(STAGE_ACTS, code)
    row = selectors.stage_for(request.user, pk, stage)
    back = reverse("contracts:project", args=[pk])
    return perform(
        request,
        act,
        url=reverse("contracts:stage_act", args=[pk, stage, code]),
        back=back,
        about=row.name,
        trail=crumbs(Crumb(_("项目"), reverse(HERE)), Crumb(row.project.contract_number, back)),
        given={"stage": row},
        initial={"percent": row.percent},
    )


@never_cache
@staff_page(EDIT)
def opinion_case(request: StaffRequest, pk: int, opinion: int) -> HttpResponse:
    """Register an opinion as a case."""
    row = selectors.opinion_for(request.user, pk, opinion)
    back = reverse("contracts:project", args=[pk])

    def do(*, by: Actor, at: Any) -> None:
        actions.open_case(opinion=row, staff=request.user, by=by, at=at)

    act = Act(
        "case",
        _("登记为事项"),
        Permission.CASE_REGISTER,
        EmptyForm,
        do,
        _("已登记为事项。"),
        _("按听到的时间受理，时限从那时算起。"),
    )
    return perform(
        request,
        act,
        url=reverse("contracts:opinion_case", args=[pk, opinion]),
        back=back,
        about=row.project.contract_number,
        trail=crumbs(Crumb(_("项目"), reverse(HERE)), Crumb(row.project.contract_number, back)),
        given={},
    )
