"""Reading contracts and projects. Fetching is authorising: what takes a `viewer` returns only what that person may see:
those of the customers whom they see, where they may see contracts at all."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from keyue.contracts import levels as texts
from keyue.contracts.enums import Status
from keyue.contracts.levels import Level
from keyue.contracts.models import (
    Contract,
    Payment,
    Project,
    ProjectOpinion,
    ProjectStage,
    ProjectTalk,
    ServiceLevel,
)
from keyue.customers import selectors as customers
from keyue.customers.models import Customer
from keyue.kernel.errors import NotFound
from keyue.ledger.facts import Subject
from keyue.people.enums import Permission
from keyue.people.models import User
from keyue.people.permissions import allows
from keyue.promises import selectors as promises
from keyue.promises.selectors import Score

MOST_OF_CUSTOMER = 100
MOST_TALKS = 100


def visible_to(viewer: User) -> QuerySet[Contract]:
    """The contracts that `viewer` may see: the one place that decides it."""
    rows = Contract.objects.select_related("customer", "staff")
    if not allows(viewer, Permission.CONTRACT_VIEW):
        return rows.none()
    return rows.filter(_of_seen_customers(viewer))


def projects_visible_to(viewer: User) -> QuerySet[Project]:
    """The projects that `viewer` may see."""
    rows = Project.objects.select_related("customer", "account_manager", "contract")
    if not allows(viewer, Permission.CONTRACT_VIEW):
        return rows.none()
    return rows.filter(_of_seen_customers(viewer))


def _of_seen_customers(viewer: User) -> Exists:
    # asked row by row: as a list of all whom somebody sees, SQLite would gather the whole archive first
    return Exists(customers.visible_to(viewer).filter(pk=OuterRef("customer")))


def contract_for(viewer: User, pk: int) -> Contract:
    """A contract that `viewer` may see. Raises NotFound."""
    found = visible_to(viewer).filter(pk=pk).first()
    if found is None:
        raise NotFound(_("没有这份合同，或您看不到它的客户。"))
    return found


def project_for(viewer: User, pk: int) -> Project:
    """A project that `viewer` may see. Raises NotFound."""
    found = projects_visible_to(viewer).filter(pk=pk).first()
    if found is None:
        raise NotFound(_("没有这个项目，或您看不到它的客户。"))
    return found


def payment_for(viewer: User, contract_id: int, pk: int) -> Payment:
    """A payment of a contract that `viewer` may see. Raises NotFound."""
    contract = contract_for(viewer, contract_id)
    found = contract.payments.select_related("contract").filter(pk=pk).first()
    if found is None:
        raise NotFound(_("没有这一期收款。"))
    return found


def stage_for(viewer: User, project_id: int, pk: int) -> ProjectStage:
    """A stage of a project that `viewer` may see. Raises NotFound."""
    project = project_for(viewer, project_id)
    found = project.stages.select_related("project").filter(pk=pk).first()
    if found is None:
        raise NotFound(_("没有这个阶段。"))
    return found


def opinion_for(viewer: User, project_id: int, pk: int) -> ProjectOpinion:
    """An opinion about a project that `viewer` may see. Raises NotFound."""
    project = project_for(viewer, project_id)
    found = project.opinions.select_related("project").filter(pk=pk).first()
    if found is None:
        raise NotFound(_("没有这条意见。"))
    return found


# ── what belongs to one of them ───────────────────────────────────────────────────────────────────────────────


def levels_of(contract: Contract) -> list[Level]:
    """The service levels of a contract, in their order."""
    return [level_of(row) for row in ServiceLevel.objects.filter(contract=contract).order_by("n")]


def level_of(row: ServiceLevel) -> Level:
    """A stored service level as the documents are made of."""
    return Level(
        n=row.n,
        what=row.what,
        amount=row.amount,
        unit=row.unit,
        clause=row.clause,
        types=tuple(row.types),
        urgent=row.urgent,
        calendar=row.calendar,
        pauses=row.pauses,
    )


def payments_of(contract: Contract) -> list[Payment]:
    """The payments of a contract, in their order."""
    return list(contract.payments.order_by("n"))


def level_scores(contract: Contract) -> Mapping[str, Score]:
    """By the control of a level how well it was kept, over the whole life of the contract."""
    names = [texts.regulation_id(contract.pk, customer) for customer in contract.levels_for]
    parts: dict[str, list[Score]] = {}
    for (_regulation, control), score in (
        promises.scores(month=None, regulations=names) if names else {}
    ).items():
        parts.setdefault(control, []).append(score)
    return {control: promises.total(some) for control, some in parts.items()}


def stages_of(projects: Iterable[Project]) -> dict[int, list[ProjectStage]]:
    """The stages of each project, in their order; one query."""
    found: dict[int, list[ProjectStage]] = {project.pk: [] for project in projects}
    for stage in ProjectStage.objects.filter(project__in=list(found)).order_by("project", "n"):
        found[stage.project_id].append(stage)
    return found


def talks_of(project: Project) -> list[ProjectTalk]:
    """The newest talks about a project."""
    rows = project.talks.select_related("stage", "staff").order_by("-happened_at", "-pk")
    return list(rows[:MOST_TALKS])


def talks_with(viewer: User, customer_ids: Collection[int], before: datetime, most: int) -> list[ProjectTalk]:
    """The newest talks about the projects of some customers before an instant, of those that `viewer` may see."""
    seen = projects_visible_to(viewer).filter(customer__in=list(customer_ids)).order_by().values("pk")
    rows = ProjectTalk.objects.filter(project__in=seen, happened_at__lt=before)
    return list(rows.select_related("project", "stage", "staff").order_by("-happened_at", "-pk")[:most])


def opinions_of(project: Project) -> list[ProjectOpinion]:
    """The newest opinions heard at a project."""
    rows = project.opinions.select_related("staff").order_by("-heard_at", "-pk")
    return list(rows[:MOST_TALKS])


def renewals_of(viewer: User, contract: Contract) -> list[Contract]:
    """The contracts that follow this one."""
    return list(visible_to(viewer).filter(renews=contract).order_by("pk")[:10])


def renewed_by(viewer: User, contract: Contract) -> Contract | None:
    """The contract that this one follows."""
    return visible_to(viewer).filter(renewals=contract).first()


# ── of a customer, of a person ────────────────────────────────────────────────────────────────────────────────


def of_customer(viewer: User, customer: Customer) -> list[Contract]:
    """The contracts of a customer and of those that were merged into them, the newest first."""
    rows = visible_to(viewer).filter(customer__in=_with_aliases(customer))
    return list(rows.order_by("-pk")[:MOST_OF_CUSTOMER])


def projects_of_customer(viewer: User, customer: Customer) -> list[Project]:
    """The projects of a customer, as `of_customer`."""
    rows = projects_visible_to(viewer).filter(customer__in=_with_aliases(customer))
    return list(rows.order_by("-pk")[:MOST_OF_CUSTOMER])


def projects_of_contract(viewer: User, contract: Contract) -> list[Project]:
    """The projects under a contract."""
    return list(projects_visible_to(viewer).filter(contract=contract).order_by("-pk")[:MOST_OF_CUSTOMER])


def _with_aliases(customer: Customer) -> list[int]:
    return [
        pk for pk in customers.family_of(customer) if pk == customer.pk or customer.merged_into_id is None
    ]


def contracts_between(customers: Collection[int]) -> list[Contract]:
    """The contracts of these customers and of whoever was merged into one of them, whose service levels have begun."""
    ids = list(customers)
    mine = Q(customer__in=ids) | Q(customer__merged_into__in=ids)
    rows = Contract.objects.filter(mine, levels_from__isnull=False).select_related("customer")
    return list(rows.order_by("pk"))


def contracts_of_staff(user: User) -> QuerySet[Contract]:
    """The contracts that somebody looks after, without those that were terminated."""
    return Contract.objects.filter(staff=user).exclude(status=Status.TERMINATED).order_by("pk")


def projects_of_manager(user: User) -> QuerySet[Project]:
    """The projects whose account manager somebody is, without those that are completed."""
    return Project.objects.filter(account_manager=user, completed_at=None).order_by("pk")


def numbers_of_contracts(ids: Iterable[int]) -> dict[int, str]:
    """The number of each of these contracts."""
    return dict(Contract.objects.filter(pk__in=set(ids)).values_list("pk", "number"))


def numbers_of_projects(ids: Iterable[int]) -> dict[int, str]:
    """The contract number of each of these projects."""
    return dict(Project.objects.filter(pk__in=set(ids)).values_list("pk", "contract_number"))


def owner_of(subject: Subject) -> Subject:
    """The customer whose key seals what is said about a contract or a project."""
    rows = Contract.objects if subject.kind == "contract" else Project.objects
    return rows.select_related("customer").get(pk=int(subject.ref)).customer.subject


def in_force(today: date) -> Q:
    """Contracts that hold on a day."""
    return (
        Q(status__in=[Status.SIGNED, Status.ARCHIVED])
        & Q(effective_on__lte=today)
        & (Q(ends_on=None) | Q(ends_on__gte=today))
    )


def contracts_to_choose(viewer: User, customer: Customer) -> Sequence[Contract]:
    """The contracts that a project of a customer may be under."""
    return of_customer(viewer, customer)
