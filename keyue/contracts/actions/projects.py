"""Projects: stages and how far they are, and telling the customer (S2-4.1c, 4.3b, 4.3c, 5.1b)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from keyue.contracts import rules
from keyue.contracts.actions._ground import (
    WEB,
    gathered,
    held_project,
    member,
    none_twice,
    note,
    refuse_erased,
    save,
    signature,
    staff_or_manager,
    tidy,
)
from keyue.contracts.enums import Topic, Way
from keyue.contracts.events import (
    ProjectChanged,
    ProjectCompleted,
    ProjectContacted,
    ProjectCreated,
    ProjectManagerAssigned,
    ProjectPlanConfirmed,
    ProjectProgressed,
    ProjectServiceStarted,
    ProjectStageFinished,
)
from keyue.contracts.models import Contract, Project, ProjectStage, ProjectTalk
from keyue.contracts.sealed import context, key_of, opened, sealed
from keyue.customers import actions as customers
from keyue.customers.events import CustomerServiceStarted
from keyue.customers.models import Customer
from keyue.kernel.errors import Invalid, Refused
from keyue.ledger.facts import Actor
from keyue.people.models import User
from keyue.people.rules import PERSON


@dataclass(frozen=True, slots=True)
class StagePlan:
    """A stage as it was typed: `weight` from 1 to 100, how much of the project it is beside the others."""

    name: str
    weight: int = 1
    planned_on: date | None = None


@dataclass(frozen=True, slots=True)
class ProjectPlan:
    """All that is said of a project when it is entered."""

    title: str
    contract_number: str
    stages: Sequence[StagePlan] = ()
    account_manager: User | None = None
    planned_from: date | None = None
    planned_to: date | None = None


@transaction.atomic
def create_project(
    *,
    customer: Customer,
    plan: ProjectPlan,
    by: Actor,
    at: datetime,
    contract: Contract | None = None,
    via: str = WEB,
) -> Project:
    """Enter a project. Its account manager is the customer's where none is named: somebody always is (S2-4.1a).

    Raises Invalid by field (a number that is taken, no account manager, a contract of another customer), Refused.
    """
    refuse_erased(customer)
    if contract is not None and contract.customer_id != customer.pk:
        raise Invalid(_("这份合同属于另一位客户。"), fields={"contract": _("这份合同属于另一位客户。")})
    values = _checked(plan, customer, None)
    stages = _checked_stages(plan.stages)
    number = values["contract_number"]
    row = Project(
        customer=customer,
        contract=contract,
        created_at=at,
        created_by=signature(by),
        account_manager=values["account_manager"],
        contract_number=number,
        contract_number_key=rules.number_key(number),
        planned_from=plan.planned_from,
        planned_to=plan.planned_to,
        **sealed(key_of(customer.pk), Project, {"title": values["title"]}),
    )
    _save(row, lambda: row.save(force_insert=True))
    ProjectStage.objects.bulk_create(
        ProjectStage(project=row, n=n, name=one.name, weight=one.weight, planned_on=one.planned_on)
        for n, one in enumerate(stages, 1)
    )
    event = ProjectCreated(
        customer=str(customer.pk),
        contract_number=number,
        account_manager=f"{PERSON}{row.account_manager_id}",
        contract=str(contract.pk) if contract else None,
        stages=len(stages),
    )
    note(row, event, by=by, at=at, via=via, sealed={"title": values["title"]}, begins=True)
    return row


@transaction.atomic
def change_project(
    *,
    project: Project,
    plan: ProjectPlan,
    by: Actor,
    at: datetime,
    revision: int | None = None,
    via: str = WEB,
) -> Project:
    """Change what is said of a project. Stages are matched by their place: what has begun keeps its progress; a finished
    one stays as it is, and only stages that have not begun can be taken away.

    Raises Invalid by field, Refused for one that is completed or was changed meanwhile.
    """
    row = held_project(project, revision)
    _refuse_completed(row)
    values = _checked(plan, row.customer, row)
    stages = _checked_stages(plan.stages)
    before = {
        "title": opened([(row.customer_id, row)])[0]["title"],
        "contract_number": row.contract_number,
        "planned_from": row.planned_from,
        "planned_to": row.planned_to,
    }
    after = {name: values.get(name, getattr(plan, name)) for name in before}
    changed = {name for name, old in before.items() if old != after[name]}
    if _change_stages(row, stages):
        changed.add("stages")
        row.progress = _progress_of(row)
    if values["account_manager"].pk != row.account_manager_id:
        _assign(row, values["account_manager"], by=by, at=at, via=via)
    if not changed:
        return row
    row.contract_number, row.contract_number_key = (
        after["contract_number"],
        rules.number_key(after["contract_number"]),
    )
    row.planned_from, row.planned_to = plan.planned_from, plan.planned_to
    row.title = key_of(row.customer_id).seal(after["title"], context(Project, "title"))
    columns = ("contract_number", "contract_number_key", "planned_from", "planned_to", "title", "progress")
    _save(row, lambda: save(row, *columns))
    texts = {"title": after["title"]} if "title" in changed else None
    note(row, ProjectChanged(fields=tuple(sorted(changed))), by=by, at=at, via=via, sealed=texts)
    return row


@transaction.atomic
def assign_manager(*, project: Project, manager: User, by: Actor, at: datetime, via: str = WEB) -> Project:
    """Name another account manager; the same one changes nothing. There is no project without one."""
    row = held_project(project)
    if manager.pk != row.account_manager_id:
        _assign(row, manager, by=by, at=at, via=via)
    return row


def _assign(row: Project, manager: User, *, by: Actor, at: datetime, via: str) -> None:
    previous, row.account_manager = row.account_manager_id, manager
    save(row, "account_manager")
    event = ProjectManagerAssigned(user=str(manager.pk), previous=str(previous))
    note(row, event, by=by, at=at, via=via)


# ── from the plan to the end ──────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def confirm_plan(
    *, project: Project, how: str, remark: str, by: Actor, at: datetime, via: str = WEB
) -> Project:
    """The customer agreed to the service plan, and how (S2-4.3b). Raises Refused where they already have."""
    row = held_project(project)
    _refuse_completed(row)
    if row.plan_confirmed_at is not None:
        raise Refused(_("客户已经确认过方案。"))
    way = member(Way, how, "how")
    said = tidy(remark, "remark", missing=_("请写明客户确认了什么，由谁确认。"))
    row.plan_confirmed_at = at
    save(row, "plan_confirmed_at")
    event = ProjectPlanConfirmed(how=way.value)
    note(row, event, by=by, at=at, via=via, sealed={"remark": said}, evidence=_proof(way, row.pk))
    return row


@transaction.atomic
def start_service(*, project: Project, by: Actor, at: datetime, via: str = WEB) -> Project:
    """Work begins, after the customer has agreed to the plan (S2-4.3b). Raises Refused before that."""
    row = held_project(project)
    if row.started_at is not None:
        raise Refused(_("项目已经开工。"))
    if row.plan_confirmed_at is None:
        raise Refused(_("服务方案先经客户确认，再开工。"), code="plan_not_confirmed")
    row.started_at = at
    save(row, "started_at")
    note(row, ProjectServiceStarted(), by=by, at=at, via=via)
    event = CustomerServiceStarted(
        project=str(row.pk), contract=str(row.contract_id) if row.contract_id else None
    )
    customers.note(row.customer, event, by=by, at=at, via=via)
    return row


@transaction.atomic
def note_progress(
    *, stage: ProjectStage, percent: int, by: Actor, at: datetime, via: str = WEB
) -> ProjectStage:
    """How far a stage has come, 0 to 99 per cent; whole it is when it is finished. Raises Invalid, Refused."""
    project, row = _held_stage(stage)
    if not 0 <= percent <= 99:
        said = _("进度填 0 到 99；做完了请点「完成阶段」。")
        raise Invalid(said, fields={"percent": said})
    if row.finished_at is not None:
        raise Refused(_("这个阶段已经完成。"))
    if percent == row.percent:
        return row
    row.percent = percent
    row.save(update_fields=["percent"])
    project.progress = _progress_of(project)
    save(project, "progress")
    event = ProjectProgressed(stage=str(row.pk), percent=percent, progress=project.progress)
    note(project, event, by=by, at=at, via=via)
    return row


@transaction.atomic
def finish_stage(
    *,
    stage: ProjectStage,
    by: Actor,
    at: datetime,
    happened: datetime | None = None,
    via: str = WEB,
) -> ProjectStage:
    """A stage is done; now the customer is to be told (S2-4.1c). `happened`: when, where that is not now.

    Raises Invalid for an instant to come, Refused for one that is finished and before work began.
    """
    project, row = _held_stage(stage)
    if row.finished_at is not None:
        raise Refused(_("这个阶段已经完成。"))
    if project.started_at is None:
        raise Refused(_("开工后才能完成阶段。"))
    when = happened or at
    if when > at:
        said = _("完成时间不能晚于现在。")
        raise Invalid(said, fields={"happened": said})
    row.percent, row.finished_at = 100, when
    row.save(update_fields=["percent", "finished_at"])
    project.progress, project.untold = _progress_of(project), _untold(project)
    save(project, "progress", "untold")
    event = ProjectStageFinished(stage=str(row.pk), progress=project.progress)
    note(project, event, by=by, at=at, via=via, happened=when)
    return row


@transaction.atomic
def record_talk(
    *,
    project: Project,
    topic: str,
    way: str,
    text: str,
    staff: User,
    by: Actor,
    at: datetime,
    stage: ProjectStage | None = None,
    happened: datetime | None = None,
    via: str = WEB,
) -> ProjectTalk:
    """The customer was told how the project stands: what, how and when, with what shows it (S2-4.1c, 4.3c, 5.2b).

    Raises Invalid: nothing said, an instant to come, a stage of another project, one that is not named where the talk was
    about its end.
    """
    row = held_project(project)
    about, how = member(Topic, topic, "topic"), member(Way, way, "way")
    said = tidy(text, "text", missing=_("请写明沟通的内容和客户的答复。"))
    when = happened or at
    if when > at:
        raise Invalid(_("沟通时间不能晚于现在。"), fields={"happened": _("沟通时间不能晚于现在。")})
    if stage is None and about == Topic.STAGE:
        raise Invalid(_("请选择沟通的是哪个阶段。"), fields={"stage": _("请选择沟通的是哪个阶段。")})
    if stage is not None and stage.project_id != row.pk:
        raise Invalid(_("请选择这个项目的阶段。"), fields={"stage": _("请选择这个项目的阶段。")})
    talk = ProjectTalk.objects.create(
        project=row,
        stage=stage,
        topic=about,
        way=how,
        happened_at=when,
        recorded_at=at,
        staff=staff,
        **sealed(key_of(row.customer_id), ProjectTalk, {"text": said}),
    )
    # what was said before the end of a stage is no word about its end
    if (
        stage is not None
        and stage.finished_at is not None
        and stage.told_at is None
        and when >= stage.finished_at
    ):
        ProjectStage.objects.filter(pk=stage.pk).update(told_at=when)
        row.untold = _untold(row)
        save(row, "untold")
    event = ProjectContacted(
        contact=str(talk.pk), topic=about.value, way=how.value, stage=str(stage.pk) if stage else None
    )
    proof = _proof(how, talk.pk)
    note(row, event, by=by, at=at, via=via, happened=when, sealed={"text": said}, evidence=proof)
    return talk


@transaction.atomic
def complete_project(*, project: Project, by: Actor, at: datetime, via: str = WEB) -> Project:
    """All stages are done and the work is handed over (S2-4.3d). Raises Refused while a stage is not finished."""
    row = held_project(project)
    _refuse_completed(row)
    if row.started_at is None:
        raise Refused(_("项目还没有开工。"))
    left = row.stages.filter(finished_at=None).order_by("n").first()
    if left is not None:
        raise Refused(_("「%(name)s」还没有完成。") % {"name": left.name})
    row.completed_at, row.progress = at, 100
    save(row, "completed_at", "progress")
    note(row, ProjectCompleted(), by=by, at=at, via=via)
    return row


# ── checking ──────────────────────────────────────────────────────────────────────────────────────────────────


def _checked(plan: ProjectPlan, customer: Customer, row: Project | None) -> dict[str, Any]:
    missing = _("请指定客户经理：每个项目都要有一名，这位客户自己还没有。")

    def manager() -> User:
        if row is not None and plan.account_manager is None:
            return row.account_manager
        return staff_or_manager(plan.account_manager, customer, "account_manager", missing)

    values = gathered(
        ("contract_number", lambda: _free_number(plan.contract_number, row)),
        (
            "title",
            lambda: tidy(plan.title, "title", most=rules.TITLE_LONGEST, missing=_("请填写项目名称。")),
        ),
        ("account_manager", manager),
    )
    if plan.planned_from and plan.planned_to and plan.planned_to < plan.planned_from:
        said = _("计划完成不能早于计划开始。")
        raise Invalid(said, fields={"planned_to": said})
    return values


def _free_number(text: str, row: Project | None) -> str:
    try:
        number = rules.tidy_number(text)
    except Invalid as error:
        raise Invalid(error.message, fields={"contract_number": error.message}) from error
    others = Project.objects.filter(contract_number_key=rules.number_key(number))
    if (others.exclude(pk=row.pk) if row else others).exists():
        raise _taken(number)
    return number


def _taken(number: str) -> Invalid:
    said = _("合同编号 %(number)s 已登记在另一个项目上，编号不能重复：请核对。") % {"number": number}
    return Invalid(said, fields={"contract_number": said}, code="number_taken")


def _save(row: Project, write: Any) -> None:
    try:
        with transaction.atomic():
            write()
    except IntegrityError:
        others = Project.objects.filter(contract_number_key=row.contract_number_key).exclude(pk=row.pk)
        if others.exists():
            raise _taken(row.contract_number) from None
        raise


def _checked_stages(given: Sequence[StagePlan]) -> list[StagePlan]:
    faults: dict[str, object] = {}
    found = []
    for n, one in enumerate(given, 1):
        name = " ".join(one.name.split())
        if not name or len(name) > rules.NAME_LONGEST:
            faults[f"stage-{n}"] = _("请填写阶段名称，最多 %(most)d 字。") % {"most": rules.NAME_LONGEST}
        elif not 1 <= one.weight <= 100:
            faults[f"stage-{n}"] = _("权重填 1 到 100。")
        found.append(StagePlan(name, one.weight, one.planned_on))
    if not found:
        faults["stages"] = _("请至少填写一个阶段。")
    if len(found) > rules.MOST_STAGES:
        faults["stages"] = _("一个项目最多 %(most)d 个阶段。") % {"most": rules.MOST_STAGES}
    if not none_twice(one.name for one in found):
        faults["stages"] = _("阶段名称不能重复。")
    if faults:
        raise Invalid(_("阶段有 %(n)d 处需要修改。") % {"n": len(faults)}, fields=faults)
    return found


def _change_stages(row: Project, wanted: Sequence[StagePlan]) -> bool:
    there = list(row.stages.order_by("n"))
    for stage in there[len(wanted) :]:
        if stage.percent:
            said = _("「%(name)s」已经开始，不能去掉。") % {"name": stage.name}
            raise Invalid(said, fields={"stages": said})
    changed = len(there) != len(wanted)
    for stage in there[len(wanted) :]:
        stage.delete()
    for stage, plan in zip(there, wanted, strict=False):
        new = (plan.name, plan.weight, plan.planned_on)
        if (stage.name, stage.weight, stage.planned_on) != new:
            stage.name, stage.weight, stage.planned_on = new
            stage.save(update_fields=["name", "weight", "planned_on"])
            changed = True
    ProjectStage.objects.bulk_create(
        ProjectStage(project=row, n=n, name=plan.name, weight=plan.weight, planned_on=plan.planned_on)
        for n, plan in enumerate(wanted[len(there) :], len(there) + 1)
    )
    return changed


def _held_stage(stage: ProjectStage) -> tuple[Project, ProjectStage]:
    project = held_project(stage.project)
    _refuse_completed(project)
    return project, ProjectStage.objects.get(pk=stage.pk)


def _progress_of(project: Project) -> int:
    return rules.progress(project.stages.values_list("weight", "percent"))


def _untold(project: Project) -> int:
    return project.stages.filter(finished_at__isnull=False, told_at=None).count()


def _refuse_completed(row: Project) -> None:
    if row.completed_at is not None:
        raise Refused(_("项目已经完成，不能再改。"), code="completed")


PROOFS: Mapping[str, str] = {
    Way.CALL: "call",
    Way.VISIT: "visit",
    Way.MAIL: "mail",
    Way.MESSAGE: "note",
    Way.MEETING: "minutes",
}


def _proof(way: Way, ref: int) -> list[dict[str, str]]:
    """What shows that the customer was told: a note of this room, of the sort that the way leaves."""
    return [{"type": PROOFS[way], "ref": f"project-talk:{ref}"}]
