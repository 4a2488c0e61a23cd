"""Personal data at the demo company: purposes and consents, requests for rights, a legal hold, how long data is kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from keyue.customers import actions as customers
from keyue.customers.models import Contact, Customer
from keyue.operations.demo.play import Play, Step
from keyue.operations.demo.standing import KNOWN
from keyue.privacy import actions as privacy
from keyue.privacy.models import Consent, Purpose, RetentionCandidate, RightRequest

PURPOSES = (
    ("events", "活动与优惠通知", False, False,
     "为通知技术交流会、产品更新和优惠，我们用您的姓名、电话和邮箱发短信或邮件，每月不超过两次；保存到您撤回同意为止。"),
    ("survey", "满意度调查", False, False,
     "为改进服务，办结后我们用您的电话或邮箱请您评价一次；答卷保存三年，统计结果不含姓名。"),
    ("cases", "对外案例宣传", True, True,
     "为制作案例，我们在网站和投标文件中引用您的单位、职务和评价；由广告公司排版，保存到您撤回同意为止。"),
)  # fmt: skip
PERSONS = (
    ("顾嘉树（演示）", "13800009201", "gu.js@example.com"),
    ("沈清扬（演示）", "13800009202", "shen.qy@example.com"),
    ("魏子衿（演示）", "13800009203", ""),
)
"""Householders who asked for their own water, by telephone."""


def steps(play: Play) -> Iterator[Step]:
    """In the order of time."""
    yield from sorted(_Privacy(play).acts(), key=lambda step: step[0])


@dataclass(slots=True)
class _Privacy:
    """The purposes by code, the persons in the order of their coming, the requests by what they ask."""

    play: Play
    purposes: dict[str, Purpose] = field(default_factory=dict)
    persons: list[Contact] = field(default_factory=list)
    requests: dict[str, RightRequest] = field(default_factory=dict)

    def acts(self) -> Iterator[Step]:
        day = self.play.workday
        yield day(59, 14), self.set_up
        yield day(58, 9.4), self.enter_persons
        for n, (place, trade) in enumerate(KNOWN[:12]):
            yield day(55 - 4 * n, 15.3), partial(self.consent, f"{place}{trade}", n)
        yield day(36, 10), self.renew_text
        yield day(26, 11), partial(self.withdraw, "survey")
        yield day(16, 14.6), partial(self.withdraw, "cases")
        yield day(15, 9.1), self.stop_use
        for right, what, who, days in self._requests():
            received, *later = days
            yield day(received, 10.9), partial(self.ask, right, what, who)
            for ago, act in zip(later, (self.accept, self.answer), strict=False):
                yield day(ago, 16.8), partial(act, right)
        yield day(33, 15), self.hold
        yield day(13, 16), self.set_rules
        yield day(12, 9), lambda at: privacy.look_on(now=at)
        yield day(9, 14), self.keep_one

    def _requests(self) -> Iterator[tuple[str, str, int, tuple[int, ...]]]:
        """Which right, in whose words, of which person, and on which days it was asked, accepted and answered."""
        yield "access", "请把你们保存的我的信息都发给我。", 0, (40, 39, 31)
        yield "correction", "手机号换了，旧号已停用，请改成新的。", 1, (21, 20, 17)
        yield "explanation", "我为什么收到了交流会的短信？", 0, (14, 8)
        yield "deletion", "已经搬走，请删除我的全部信息。", 2, (4, 3)
        yield "copy", "请复制一份我的维修记录。", 1, (1,)

    def set_up(self, at: datetime) -> None:
        for code, name, is_separate, is_used_elsewhere, text in PURPOSES:
            self.purposes[code] = privacy.create_purpose(
                code=code, name=name, text=text, user=self.play.cast.users["jian"], at=at,
                is_separate=is_separate, is_used_elsewhere=is_used_elsewhere,
            )  # fmt: skip

    def renew_text(self, at: datetime) -> None:
        text = PURPOSES[1][-1].replace("评价一次", "评价一次，半年后再回访一次")
        privacy.publish_text(
            purpose=self.purposes["survey"],
            text=text,
            is_renewing=True,
            user=self.play.cast.users["jian"],
            at=at,
        )

    def enter_persons(self, at: datetime) -> None:
        for name, phone, email in PERSONS:
            row = customers.create_customer(
                kind="person", name=name, phone=phone, email=email, region="浙江", source="phone",
                legal_basis="consent", department="service", by=self.play.cast["lin"], at=at,
            )  # fmt: skip
            self.persons.append(Contact.objects.select_related("customer").get(customer=row, is_self=True))

    def consent(self, brand: str, n: int, at: datetime) -> None:
        contact = Contact.objects.get(pk=self.play.whose(brand)[1].pk)
        for code in ("events", "survey", "cases")[: 1 + n % 3]:
            privacy.give_consent(
                contact=contact, purpose=self.purposes[code], via=("call", "visit", "portal")[n % 3],
                by=self.play.cast[("ouyang", "mo")[n % 2]], at=at,
            )  # fmt: skip

    def withdraw(self, code: str, at: datetime) -> None:
        consent = Consent.objects.filter(purpose=self.purposes[code], withdrawn_at=None, renewed_at=None)
        privacy.withdraw_consent(
            consent=consent.order_by("pk")[0], via="call", by=self.play.cast["lin"], at=at
        )

    def stop_use(self, at: datetime) -> None:
        consent = Consent.objects.get(purpose=self.purposes["cases"], withdrawn_at__isnull=False)
        privacy.stop_use(consent=consent, by=self.play.cast["jian"], at=at)

    # ── requests ──────────────────────────────────────────────────────────────────────────────────────────

    def ask(self, right: str, what: str, who: int, at: datetime) -> None:
        self.requests[right] = privacy.register_request(
            contact=self.persons[who], right=right, via="call", what=what, by=self.play.cast["lin"], at=at
        )

    def accept(self, right: str, at: datetime) -> None:
        privacy.accept_request(
            request=self.requests[right], identity="callback", user=self.play.cast.users["jian"], at=at
        )

    def answer(self, right: str, at: datetime) -> None:
        request, user = self.requests[right], self.play.cast.users["jian"]
        if right == "access":
            privacy.hand_over(request=request, user=user, at=at)
        else:
            changes = {"phone": "13800009212"}
            privacy.correct_and_answer(
                request=request,
                changes=changes,
                answer="已改为您来电的号码，旧号码不再使用。",
                user=user,
                at=at,
            )

    # ── holds and how long data is kept ───────────────────────────────────────────────────────────────────

    def hold(self, at: datetime) -> None:
        privacy.place_hold(
            customer=Customer.objects.get(pk=self.play.whose("金穗食品")[0].pk),
            why="尾款纠纷已立案，往来记录和联系人须保全到结案。",
            user=self.play.cast.users["jian"], at=at, review_on=self.play.workday(-60, 9).date(),
        )  # fmt: skip

    def set_rules(self, at: datetime) -> None:
        for name, kind, years, ground in (
            ("历史客户满五年", "past", 5, "《个人信息保护法》第十九条；会计档案另按其保管期限"),
            ("个人客户三年无往来", "without_dealings", 3, "《个人信息保护法》第十九条"),
        ):
            privacy.set_rule(
                name=name, kind=kind, years=years, ground=ground, user=self.play.cast.users["jian"], at=at
            )

    def keep_one(self, at: datetime) -> None:
        """Of those whose time is over, the one with the lawsuit is kept; the others wait for a decision."""
        held = self.play.whose("金穗食品")[0].pk
        privacy.decide_candidate(
            candidate=RetentionCandidate.objects.get(customer=held), decision="keep", ground="claim_open",
            said="尾款诉讼未了结。", keep_until=self.play.workday(-240, 9).date(),
            user=self.play.cast.users["jian"], at=at,
        )  # fmt: skip
