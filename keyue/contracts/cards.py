"""Contracts and projects as lists and pages show them: their texts opened, many with one query for all keys."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.urls import reverse
from django.utils.translation import gettext as _

from keyue.contracts import rules, selectors
from keyue.contracts.enums import ContractKind, Standing
from keyue.contracts.models import Contract, Project, ProjectStage
from keyue.contracts.sealed import opened
from keyue.customers import selectors as customers
from keyue.promises import selectors as promises

TONES = {
    Standing.DRAFTED: "idle",
    Standing.REVIEWED: "open",
    Standing.AHEAD: "open",
    Standing.IN_FORCE: "kept",
    Standing.ENDING: "soon",
    Standing.EXPIRED: "idle",
    Standing.TERMINATED: "void",
}


@dataclass(frozen=True, slots=True)
class ContractCard:
    """A contract in a list. `share` is how much of its term has passed in per cent, None without a last day; `days_left`
    until its last day, None where that does not matter."""

    id: int
    number: str
    title: str
    kind: str
    customer: str
    customer_url: str
    amount: Decimal | None
    currency: str
    standing: str
    effective_on: date | None
    ends_on: date | None
    renew_on: date | None
    staff: str
    is_signed: bool
    unpaid_from: date | None
    is_unpaid: bool
    share: int | None
    days_left: int | None

    @property
    def tone(self) -> str:
        return TONES[Standing(self.standing)]

    @property
    def standing_label(self) -> str:
        return str(Standing(self.standing).label)

    @property
    def url(self) -> str:
        return reverse("contracts:contract", args=[self.id])

    @property
    def said(self) -> str:
        """How it stands, in a few words."""
        if self.days_left is None:
            return self.standing_label
        return _("余 %(n)d 天") % {"n": self.days_left} if self.days_left else _("今天到期")


@dataclass(frozen=True, slots=True)
class ProjectCard:
    """A project in a list. `stage` is the stage under way, `next_on` the day on which it is planned to be done."""

    id: int
    title: str
    contract_number: str
    contract_id: int | None
    customer: str
    customer_url: str
    account_manager: str
    progress: int
    stage: str
    next_on: date | None
    untold: int
    is_late: bool
    is_completed: bool
    is_started: bool
    planned_to: date | None

    @property
    def url(self) -> str:
        return reverse("contracts:project", args=[self.id])

    @property
    def tone(self) -> str:
        if self.untold:
            return "late"
        if self.is_completed:
            return "kept"
        return "soon" if self.is_late else "open" if self.is_started else "idle"

    @property
    def said(self) -> str:
        """How it stands, in a few words."""
        if self.untold:
            return _("%(n)d 个阶段未告知客户") % {"n": self.untold}
        if self.is_completed:
            return _("已完成")
        if not self.is_started:
            return _("未开工")
        return _("晚于计划") if self.is_late else _("进行中")


def today_at(now: datetime) -> date:
    """The day of an instant in the company."""
    return now.astimezone(promises.zone()).date()


def contract_cards(rows: Sequence[Contract], now: datetime) -> list[ContractCard]:
    """These contracts, in their order."""
    if not rows:
        return []
    today, names = today_at(now), _names(row.customer_id for row in rows)
    texts = opened([(row.customer_id, row) for row in rows])
    return [_contract(row, text["title"], names, today) for row, text in zip(rows, texts, strict=True)]


def _contract(row: Contract, title: str, names: dict[int, tuple[str, str]], today: date) -> ContractCard:
    standing = rules.standing_of(row.status, row.effective_on, row.ends_on, today)
    customer, customer_url = names.get(row.customer_id, ("", ""))
    runs = standing in (Standing.IN_FORCE, Standing.ENDING)
    return ContractCard(
        id=row.pk,
        number=row.number,
        title=title or _("已删除"),
        kind=str(ContractKind(row.kind).label),
        customer=customer,
        customer_url=customer_url,
        amount=row.amount,
        currency=row.currency,
        standing=standing,
        effective_on=row.effective_on,
        ends_on=row.ends_on,
        renew_on=row.renew_on,
        staff=row.staff.name,
        is_signed=row.is_signed,
        unpaid_from=row.unpaid_from,
        is_unpaid=row.is_signed and row.unpaid_from is not None and row.unpaid_from < today,
        share=_share(row.effective_on, row.ends_on, today) if row.is_signed else None,
        days_left=(row.ends_on - today).days if runs and row.ends_on else None,
    )


def _share(begins: date | None, ends: date | None, today: date) -> int | None:
    if begins is None or ends is None:
        return None
    whole = (ends - begins + timedelta(days=1)).days
    return min(max(100 * (today - begins).days // whole, 0), 100)


def project_cards(rows: Sequence[Project], now: datetime) -> list[ProjectCard]:
    """These projects, in their order."""
    if not rows:
        return []
    today, names = today_at(now), _names(row.customer_id for row in rows)
    texts = opened([(row.customer_id, row) for row in rows])
    stages = selectors.stages_of(rows)
    return [
        _project(row, text["title"], names, stages[row.pk], today)
        for row, text in zip(rows, texts, strict=True)
    ]


def _project(
    row: Project,
    title: str,
    names: dict[int, tuple[str, str]],
    stages: Sequence[ProjectStage],
    today: date,
) -> ProjectCard:
    customer, customer_url = names.get(row.customer_id, ("", ""))
    now = next((stage for stage in stages if stage.finished_at is None), None)
    return ProjectCard(
        id=row.pk,
        title=title or _("已删除"),
        contract_number=row.contract_number,
        contract_id=row.contract_id,
        customer=customer,
        customer_url=customer_url,
        account_manager=row.account_manager.name,
        progress=row.progress,
        stage=now.name if now is not None else "",
        next_on=now.planned_on if now is not None else None,
        untold=row.untold,
        is_late=row.completed_at is None and row.planned_to is not None and row.planned_to < today,
        is_completed=row.completed_at is not None,
        is_started=row.started_at is not None,
        planned_to=row.planned_to,
    )


def _names(ids: Iterable[int]) -> dict[int, tuple[str, str]]:
    return {
        pk: (card.shown_name, card.url) for pk, card in customers.customer_cards(sorted(set(ids))).items()
    }
