"""What the demo company has agreed: contracts from draft to archive, payments, levels that run as promises, projects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial

from keyue.contracts import actions as contracts
from keyue.contracts.actions.contracts import Terms
from keyue.contracts.actions.projects import ProjectPlan, StagePlan
from keyue.contracts.models import Contract, Payment, Project, ProjectStage
from keyue.customers import actions as customers
from keyue.customers.models import Customer
from keyue.operations.demo import agreements_texts as said
from keyue.operations.demo.play import ZONE, Play, Step

MONTH = 30.44
"""Days."""


def steps(play: Play) -> Iterator[Step]:
    """In the order of time."""
    yield from sorted(_Agreements(play).acts(), key=lambda step: step[0])


@dataclass(slots=True)
class _Agreements:
    """The contracts and projects by their numbers."""

    play: Play
    contracts: dict[str, Contract] = field(default_factory=dict)
    projects: dict[str, Project] = field(default_factory=dict)

    def acts(self) -> Iterator[Step]:
        day = self.play.workday
        for n, contract in enumerate(said.CONTRACTS):
            later = n * 0.07
            yield day(contract.entered, 10.2 + later), partial(self.draft, contract)
            for what, ago in contract.steps:
                yield day(ago, 15.1 + later), partial(getattr(self, what), contract)
            for n_payment, (_due, _share, paid) in enumerate(contract.payments):
                if paid:
                    yield day(paid, 11.3 + later), partial(self.receive, contract, n_payment)
            if contract.chased:
                yield day(contract.chased, 16.2 + later), partial(self.chase, contract)
        for ago in range(54, 0, -3):
            yield day(ago, 8.1), lambda at: contracts.miss_payments(now=at)
        for project in said.PROJECTS:
            yield day(project.created, 14.1), partial(self.create, project)
            for n, (what, ago, stage, words) in enumerate(project.steps):
                yield (
                    day(ago, 14.3 + n * 0.2),
                    partial(getattr(self, f"project_{what}"), project, stage, words),
                )

    def month(self, months: float) -> date:
        """A day so many months from today."""
        return (self.play.now.astimezone(ZONE) + timedelta(days=round(months * MONTH))).date()

    def number(self, of: said.Contract | said.Project) -> str:
        """A number with the year in which it was given."""
        return f"HT-{self.play.now.astimezone(ZONE).year - of.years_ago}-{of.number}"

    def customer(self, brand: str) -> Customer:
        rows = Customer.objects.select_related("account_manager").filter(merged_into=None)
        return rows.filter(name__startswith=brand).order_by("pk")[0]

    def terms(self, of: said.Contract) -> Terms:
        whole = Decimal(of.amount)
        return Terms(
            number=self.number(of),
            title=of.title,
            kind=of.kind,
            amount=of.amount,
            effective_on=self.month(of.begins),
            ends_on=self.month(of.ends),
            renew_on=self.month(of.renew) if of.renew else None,
            rights="甲方按期付款、提供进场条件；有权随时查阅运行和维保记录。",
            duties="乙方按约定时限响应和解决，配备持证人员，发生质量问题无偿返工。",
            term="期满前三个月协商续约；任何一方终止须提前六十日书面通知。",
            limits="不可抗力和甲方原因造成的停机不计入时限。",
            credit_limit=of.limit or None,
            staff=self.play.cast.users[of.staff],
            duty_post="service_desk" if of.levels else "",
            levels=of.levels,
            payments=[
                (self.play.workday(due, 9).date(), str(whole * share / 100))
                for due, share, _paid in of.payments
            ],
        )

    # ── a contract ────────────────────────────────────────────────────────────────────────────────────────

    def draft(self, of: said.Contract, at: datetime) -> None:
        self.contracts[of.number] = contracts.draft_contract(
            customer=self.customer(of.brand), terms=self.terms(of), by=self.play.cast[of.staff], at=at
        )

    def review(self, of: said.Contract, at: datetime) -> None:
        customers.check_background(
            customer=self.customer(of.brand),
            outcome="sound",
            found="查询企业信用信息公示系统和执行信息，没有异常。",
            by=self.play.cast[of.staff],
            at=at,
        )
        contracts.review_contract(
            contract=self.contracts[of.number],
            remark="条款与报价一致，同意签署。",
            by=self.play.cast["lu"],
            at=at,
        )

    def change(self, of: said.Contract, at: datetime) -> None:
        contracts.change_contract(
            contract=self.contracts[of.number], terms=self.terms(of), by=self.play.cast[of.staff], at=at
        )

    def sign(self, of: said.Contract, at: datetime) -> None:
        signed = min(self.month(of.begins), at.astimezone(ZONE).date())
        contracts.sign_contract(
            contract=self.contracts[of.number], signed_on=signed, by=self.play.cast[of.staff], at=at
        )

    def archive(self, of: said.Contract, at: datetime) -> None:
        place = f"档案室 B 柜 {self.number(of)[-4:-2]} 层，扫描件在客户档案"
        contracts.archive_contract(
            contract=self.contracts[of.number], place=place, by=self.play.cast["bai"], at=at
        )

    def terminate(self, of: said.Contract, at: datetime) -> None:
        contracts.terminate_contract(
            contract=self.contracts[of.number], reason="agreed", remark="客户停产搬迁，双方协商终止，按完成量结算。",
            by=self.play.cast["lu"], at=at,
        )  # fmt: skip

    def give_back(self, of: said.Contract, at: datetime) -> None:
        contracts.return_contract(
            contract=self.contracts[of.number], remark="付款节点与质保期对不上，请按模板改第六条。",
            by=self.play.cast["lu"], at=at,
        )  # fmt: skip

    def _payment(self, of: said.Contract, n: int) -> Payment:
        return self.contracts[of.number].payments.select_related("contract").get(n=n + 1)

    def receive(self, of: said.Contract, n: int, at: datetime) -> None:
        payment = self._payment(of, n)
        contracts.receive_payment(
            payment=payment, amount=payment.amount, received_on=at.astimezone(ZONE).date(),
            by=self.play.cast["ge"], at=at,
        )  # fmt: skip

    def chase(self, of: said.Contract, at: datetime) -> None:
        open_ones = (self._payment(of, n) for n in range(len(of.payments)))
        payment = next(one for one in open_ones if one.open > 0)
        contracts.chase_payment(
            payment=payment,
            way="call",
            remark="对方财务说发票已挂账，月底前付。",
            by=self.play.cast[of.staff],
            at=at,
        )

    # ── a project ─────────────────────────────────────────────────────────────────────────────────────────

    def create(self, of: said.Project, at: datetime) -> None:
        day = self.play.workday
        stages = [StagePlan(name, weight, day(planned, 9).date()) for name, weight, planned in of.stages]
        plan = ProjectPlan(
            of.title,
            self.number(of),
            stages,
            planned_from=day(of.created, 9).date(),
            planned_to=stages[-1].planned_on,
        )
        self.projects[of.number] = contracts.create_project(
            customer=self.customer(of.brand), plan=plan, contract=self.contracts[of.number],
            by=self.play.cast["he"], at=at,
        )  # fmt: skip

    def _stage(self, of: said.Project, n: int) -> ProjectStage:
        return self.projects[of.number].stages.select_related("project").get(n=n)

    def project_confirm(self, of: said.Project, _stage: int, words: str, at: datetime) -> None:
        contracts.confirm_plan(
            project=self.projects[of.number], how="meeting", remark=words, by=self.play.cast["he"], at=at
        )

    def project_start(self, of: said.Project, _stage: int, _words: str, at: datetime) -> None:
        contracts.start_service(project=self.projects[of.number], by=self.play.cast["he"], at=at)

    def project_progress(self, of: said.Project, stage: int, percent: int, at: datetime) -> None:
        contracts.note_progress(
            stage=self._stage(of, stage), percent=percent, by=self.play.cast["chen"], at=at
        )

    def project_finish(self, of: said.Project, stage: int, _words: str, at: datetime) -> None:
        contracts.finish_stage(stage=self._stage(of, stage), by=self.play.cast["he"], at=at)

    def project_talk(self, of: said.Project, stage: int, words: str, at: datetime) -> None:
        self._talk(of, "stage", stage, words, at)

    def project_say(self, of: said.Project, stage: int, words: str, at: datetime) -> None:
        self._talk(of, "progress", stage, words, at)

    def _talk(self, of: said.Project, topic: str, stage: int, words: str, at: datetime) -> None:
        contracts.record_talk(
            project=self.projects[of.number], topic=topic, way="meeting", text=words,
            staff=self.play.cast.users["he"], stage=self._stage(of, stage), by=self.play.cast["he"], at=at,
        )  # fmt: skip

    def project_hear(self, of: said.Project, _stage: int, words: str, at: datetime) -> None:
        users = self.play.cast.users
        contracts.hear_opinion(
            project=self.projects[of.number], type="suggestion", text=words, staff=users["he"],
            by=self.play.cast["he"], at=at,
        )  # fmt: skip

    def project_complete(self, of: said.Project, _stage: int, _words: str, at: datetime) -> None:
        contracts.complete_project(project=self.projects[of.number], by=self.play.cast["he"], at=at)
