"""How the demo company wins customers: leads and their conflicts, the pool, needs and plans, opportunities, targets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from keyue.customers import actions as customers
from keyue.customers.enums import Stage
from keyue.customers.models import Customer
from keyue.operations.demo import winning_texts as said
from keyue.operations.demo.play import ZONE, Play, Step, hours
from keyue.sales import actions as sales
from keyue.sales.enums import DropReason, LossReason
from keyue.sales.models import Lead, Need, Opportunity, PoolEntry, ServicePlan
from keyue.sales.rules import period_of


def steps(play: Play) -> Iterator[Step]:
    """In the order of time."""
    yield from sorted(_Sales(play).acts(), key=lambda step: step[0])


@dataclass(slots=True)
class _Sales:
    """What has come of it so far: leads by name and colleague, the others by how the customer's name begins."""

    play: Play
    leads: dict[tuple[str, str], Lead] = field(default_factory=dict)
    won: dict[str, Customer] = field(default_factory=dict)
    needs: dict[str, Need] = field(default_factory=dict)
    plans: dict[str, ServicePlan] = field(default_factory=dict)
    deals: dict[str, Opportunity] = field(default_factory=dict)
    entries: dict[int, PoolEntry] = field(default_factory=dict)

    def acts(self) -> Iterator[Step]:
        day = self.play.workday
        yield day(60, 9.8), self.set_targets
        yield day(59, 9.2), sales_begin
        for n, lead in enumerate(said.LEADS):
            yield from self._lead(lead, n * 0.15)
        name, staff, ago, why = said.SETTLED
        yield day(ago, 15.2), partial(self.settle, (name, staff), why)
        for n, (brand, ago, again) in enumerate(said.RELEASED):
            yield day(ago, 16.7), partial(self.release, n, brand)
            if again:
                yield day(again, 9.9), partial(self.pick, n)
        for ago in range(55, 0, -6):
            yield day(ago, 8.3), lambda at: sales.look_at_leads(now=at)
        for need in said.NEEDS:
            yield from self._need(need)
        for deal in said.DEALS:
            yield from self._deal(deal)

    def customer(self, brand: str) -> Customer:
        """Somebody won since, or on file from the beginning."""
        known = self.won.get(brand) or self.play.whose(brand)[0]
        return Customer.objects.select_related("account_manager").get(pk=known.pk)

    def set_targets(self, at: datetime) -> None:
        today = self.play.now.astimezone(ZONE).date()
        quarter = period_of("quarter", today)
        for name, (wins, amount) in said.TARGETS.items():
            for period in (quarter.before, quarter, period_of("month", today), period_of("year", today)):
                months = {"year": 12, "quarter": 3, "month": 1}[period.kind]
                sales.set_target(
                    user=self.play.cast.users[name], period=period.code, customers=-(-wins * months // 3),
                    amount=str(int(amount) * months // 3), by=self.play.cast["lu"], at=at,
                )  # fmt: skip

    # ── leads ─────────────────────────────────────────────────────────────────────────────────────────────

    def _lead(self, lead: said.Lead, later: float) -> Iterator[Step]:
        day = self.play.workday
        yield day(lead.day, 9.5 + later), partial(self.register, lead)
        for n, ago in enumerate(lead.contacts):
            yield day(ago, 10.3 + later), partial(self.contact, lead, n)
        how, ago = lead.end
        if how == "won":
            yield day(ago, 11.1), partial(self.qualify, lead)
            yield day(ago - 1, 15.6), partial(self.intend, lead)
        elif how:
            yield day(ago, 17.1), partial(self.drop, lead)

    def register(self, lead: said.Lead, at: datetime) -> None:
        registration = sales.Registration(
            kind="organisation", name=lead.name, person=lead.person, phone=lead.phone, region=lead.region,
            note=lead.note, source=lead.source, legal_basis="contract",
        )  # fmt: skip
        # who registers only after the first call breaks the clause that asks for it before
        contacted = at - hours(18) if lead.late else None
        self.leads[lead.name, lead.staff] = sales.register_lead(
            registration=registration, staff=self.play.cast.users[lead.staff], by=self.play.cast[lead.staff],
            at=at, contacted=contacted and self.play.before_night(contacted, 9), way="phone" if lead.late else "",
        )  # fmt: skip

    def contact(self, lead: said.Lead, n: int, at: datetime) -> None:
        sales.contact_lead(
            lead=self.leads[lead.name, lead.staff], way=("phone", "visit")[n % 2],
            what=("介绍公司和同类案例，约定上门时间。", "上门勘查，取水样，了解预算和决策流程。")[n % 2],
            by=self.play.cast[lead.staff], at=at,
        )  # fmt: skip

    def qualify(self, lead: said.Lead, at: datetime) -> None:
        self.won[_short(lead.name)] = sales.qualify_lead(
            lead=self.leads[lead.name, lead.staff], by=self.play.cast[lead.staff], at=at
        )

    def intend(self, lead: said.Lead, at: datetime) -> None:
        customers.change_stage(
            customer=self.customer(_short(lead.name)), stage=Stage.INTENT, reason="已约定现场勘查和方案时间。",
            by=self.play.cast[lead.staff], at=at,
        )  # fmt: skip

    def drop(self, lead: said.Lead, at: datetime) -> None:
        remark = {
            DropReason.NO_NEED: "学校改为市政直供。",
            DropReason.COMPETITOR: "对方总部统一采购，指定了供应商。",
        }
        reason = DropReason(lead.end[0])
        sales.drop_lead(
            lead=self.leads[lead.name, lead.staff], reason=reason.value, remark=remark[reason],
            by=self.play.cast[lead.staff], at=at,
        )  # fmt: skip

    def settle(self, whose: tuple[str, str], why: str, at: datetime) -> None:
        sales.settle_conflict(
            lead=self.leads[whose], outcome="first", why=why, by=self.play.cast["lu"], at=at
        )

    # ── the pool ──────────────────────────────────────────────────────────────────────────────────────────

    def release(self, n: int, brand: str, at: datetime) -> None:
        if brand:
            customer = self.customer(brand)
        else:
            rows = Customer.objects.select_related("account_manager")
            customer = rows.filter(stage=Stage.PROSPECT).exclude(account_manager=None).order_by("pk")[n]
        manager = customer.account_manager
        by = self.play.cast[manager.username if manager else "lu"]
        self.entries[n] = sales.release_customer(
            customer=customer, by=by, at=at, reason="manager" if n == 2 else "released"
        )

    def pick(self, n: int, at: datetime) -> None:
        entry = self.entries[n]
        name = "mo" if entry.previous is None or entry.previous.username != "mo" else "ouyang"
        sales.pick_customer(entry=entry, user=self.play.cast.users[name], by=self.play.cast[name], at=at)

    # ── needs and their plans ─────────────────────────────────────────────────────────────────────────────

    def _need(self, need: said.Need) -> Iterator[Step]:
        day = self.play.workday
        yield day(need.day, 11.6), partial(self.note_need, need)
        if need.sent:
            yield day(need.sent, 14.8), partial(self.send_plan, need)
        how, ago = need.end
        if how:
            yield day(ago, 15.9), partial(self.end_need, need, how)

    def note_need(self, need: said.Need, at: datetime) -> None:
        self.needs[need.brand] = sales.note_need(
            customer=self.customer(need.brand), what=need.what, user=self.play.cast.users[need.staff],
            by=self.play.cast[need.staff], at=at,
        )  # fmt: skip

    def send_plan(self, need: said.Need, at: datetime) -> None:
        self.plans[need.brand], _token = sales.send_plan(
            need=self.needs[need.brand], text=f"针对「{need.what.rstrip('。')}」，服务内容和时限如下，确认后生效。",
            items=need.items, user=self.play.cast.users[need.staff], by=self.play.cast[need.staff], at=at,
        )  # fmt: skip

    def end_need(self, need: said.Need, how: str, at: datetime) -> None:
        by = self.play.cast[need.staff]
        if how == "confirmed":
            sales.confirm_plan(plan=self.plans[need.brand], how="visit", by=by, at=at)
        elif how == "changes":
            wish = "反渗透先按 3 吨/时，预留扩容接口，报价分两期。"
            sales.ask_changes(plan=self.plans[need.brand], what=wish, how="call", by=by, at=at)
        else:
            sales.drop_need(
                need=self.needs[need.brand],
                reason="withdrawn",
                remark="锅炉房整体外包，不再自建。",
                by=by,
                at=at,
            )

    # ── opportunities ─────────────────────────────────────────────────────────────────────────────────────

    def _deal(self, deal: said.Deal) -> Iterator[Step]:
        day = self.play.workday
        yield day(deal.day, 13.8), partial(self.open, deal)
        for stage, ago in deal.path:
            yield day(ago, 17.4), partial(self.move, deal, stage)

    def open(self, deal: said.Deal, at: datetime) -> None:
        self.deals[deal.title] = sales.open_opportunity(
            customer=self.customer(deal.brand), title=deal.title, owner=self.play.cast.users[deal.staff],
            need=self.needs.get(deal.need), amount=deal.amount, next_step=deal.next_step,
            expected_on=self.play.workday(-deal.expected, 9).date(),
            next_on=self.play.workday(-deal.next_in, 9).date() if deal.next_step else None,
            by=self.play.cast[deal.staff], at=at,
        )  # fmt: skip

    def move(self, deal: said.Deal, stage: str, at: datetime) -> None:
        row, by = Opportunity.objects.get(pk=self.deals[deal.title].pk), self.play.cast[deal.staff]
        if stage in LossReason.values:
            remark = {"price": "比第二名高一成，客户改为分项采购。"}.get(stage, "客户取消了项目。")
            sales.lose_opportunity(opportunity=row, reason=stage, remark=remark, by=by, at=at)
        else:
            sales.move_opportunity(opportunity=row, stage=stage, by=by, at=at)


def sales_begin(at: datetime) -> None:
    """The account managers are counted from now on for whom they hold."""
    while sales.begin_holdings(now=at):
        pass


def _short(brand: str) -> str:
    """How needs and opportunities call a customer who was won."""
    return next((need.brand for need in said.NEEDS if brand.startswith(need.brand)), brand)
