"""Making the demo: 120 customers and 600 cases over 90 days, through the same actions as real work.

Each case is a story that unfolds step by step; a queue in the order of time lets all of them happen as they would
have, with the sweep in between. Everything is relative to now and comes from one seed.
"""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from keyue.cases.actions import handling, rounds, telling, triage
from keyue.cases.actions.intake import Intake, register
from keyue.cases.models import Case
from keyue.customers.actions.bulk import NewCustomer, create_many
from keyue.customers.models import Customer
from keyue.kernel import clock
from keyue.kernel.errors import Refused
from keyue.ledger.facts import SYSTEM, Actor
from keyue.operations.actions import found
from keyue.operations.demo import texts
from keyue.operations.demo.company import FIRST_PASSWORD, FOUNDING, PASSWORD
from keyue.people.actions import set_password
from keyue.people.models import User
from keyue.promises import actions as promises

DAYS = 90
CASES = 600
CUSTOMERS = 120
SWEEPS_EVERY = timedelta(hours=6)
AT_A_LOOK = 200
Step = tuple[timedelta, Callable[[datetime], object]]
PORTAL = Actor("customer", "portal")


@dataclass(slots=True)
class Cast:
    """The people of the demo by sign-in name."""

    users: dict[str, User]

    def __getitem__(self, name: str) -> Actor:
        return Actor("staff", str(self.users[name].pk))


WORKERS = {"engineering": ("chen", "fang"), "quality": ("wu",), "supply": ("tang",), "sales": ("lu", "ouyang"),
           "finance": ("shen",), "service": ("yu",)}  # fmt: skip


def build(
    now: datetime,
    *,
    seed: int = 20260317,
    cases: int = CASES,
    report: Callable[[int, int], None] | None = None,
) -> None:
    """Found the demo company and let its last 90 days happen. Raises Refused where anything is already there."""
    if User.objects.exists() or Case.objects.exists():
        raise Refused("数据库不是空的，不能再做演示数据。")
    start = now - timedelta(days=DAYS, hours=2)
    with clock.telling(start), transaction.atomic():
        found(FOUNDING, at=start, is_demo=True, must_change_password=False)
    chance = random.Random(seed)  # noqa: S311  a story, not a secret
    cast = Cast({user.username: user for user in User.objects.all()})
    archive = _customers(chance, cast, start)
    _History(chance, cast, archive, now, cases, report).happen(start)
    _renew_passwords(cast, now)


def _renew_passwords(cast: Cast, now: datetime) -> None:
    """The administrators' first passwords would be too old today: the printed ones work at once."""
    with clock.telling(now):
        for person in FOUNDING.people:
            if person.password == FIRST_PASSWORD:
                set_password(
                    user=cast.users[person.username], password=PASSWORD, must_change=False, by=SYSTEM, at=now
                )


def _customers(chance: random.Random, cast: Cast, start: datetime) -> list[Customer]:
    pairs = list(itertools.product(texts.PLACES, texts.TRADES))
    chance.shuffle(pairs)
    managers = [cast.users["lu"], cast.users["ouyang"]]
    rows = [
        NewCustomer(
            kind="organisation",
            name=f"{place}{trade}（演示）",
            contact_name=chance.choice(texts.SURNAMES) + chance.choice(texts.GIVEN),
            phone=f"1380000{number:04d}",
            email=f"customer{number}@example.com",
            region=chance.choice(texts.REGIONS),
            grade=chance.choices(["A", "B", "C"], [1, 3, 4])[0],
            account_manager_id=chance.choice(managers).pk,
            department="sales",
            source="visit",
            legal_basis="contract",
        )
        for number, (place, trade) in enumerate(pairs[:CUSTOMERS])
    ]
    with clock.telling(start):
        return [
            customer
            for customer, _contact in create_many(customers=rows, by=cast["lu"], at=start, via="demo")
        ]


@dataclass(slots=True)
class _History:
    chance: random.Random
    cast: Cast
    archive: list[Customer]
    now: datetime
    cases: int
    report: Callable[[int, int], None] | None

    def happen(self, start: datetime) -> None:
        """Let everything happen in the order of time."""
        queue: list[tuple[datetime, int, Iterator[Step] | None, Callable[[datetime], object] | None]] = []
        order = itertools.count()
        for _ in range(self.cases):
            at = self._arrival(start)
            heapq.heappush(queue, (at, next(order), self._story(at), None))
        sweep_at, done = start, 0
        while queue:
            at, _n, story, step = heapq.heappop(queue)
            while sweep_at < at:
                self._sweep(sweep_at)
                sweep_at += SWEEPS_EVERY
            if step is not None:
                with clock.telling(at):
                    step(at)
            else:
                done += 1
                if self.report:
                    self.report(done, self.cases)
            following = next(story, None) if story is not None else None
            if following is not None and at + following[0] < self.now:
                heapq.heappush(queue, (at + following[0], next(order), story, following[1]))
        self._sweep(self.now)
        while promises.fold_tallies():
            pass

    def _sweep(self, at: datetime) -> None:
        with clock.telling(at):
            while promises.look(now=at, limit=AT_A_LOOK).subjects == AT_A_LOOK:
                pass

    def _arrival(self, start: datetime) -> datetime:
        """More of them lately and in the day, a few at night."""
        day = int(DAYS * (1 - self.chance.random() ** 1.4 * 0.999))
        hour = self.chance.choices(
            range(24), [1, 1, 1, 1, 1, 1, 2, 4, 8, 10, 10, 9, 6, 7, 10, 10, 9, 7, 5, 4, 3, 3, 2, 1]
        )[0]
        at = start + timedelta(
            days=day, hours=hour, minutes=self.chance.randrange(60), seconds=self.chance.randrange(60)
        )
        return min(at, self.now - timedelta(minutes=self.chance.randrange(3, 240)))

    def _between(self, low: float, high: float) -> timedelta:
        return timedelta(hours=self.chance.uniform(low, high))

    def _story(self, at: datetime) -> Iterator[Step]:
        kind = self.chance.random()
        if kind < 0.06:
            return self._praise()
        if kind < 0.14:
            return self._inquiry()
        return self._opinion()

    def _intake(self, box: list[int], type_: str, title: str, content: str) -> Callable[[datetime], object]:
        customer = self.chance.choice(self.archive)
        channel = self.chance.choices(["phone", "webform", "email", "wechat", "visit"], [5, 6, 3, 4, 1])[0]
        phase = self.chance.choices(["after", "during", "before"], [8, 2, 1])[0]
        anonymous = channel == "webform" and self.chance.random() < 0.06
        staff = self.cast[self.chance.choice(["lin", "yu"])]
        contact = customer.contacts.first()

        def run(at: datetime) -> None:
            intake = Intake(
                type=type_,
                title=title,
                content=content,
                channel=channel,
                phase=phase,
                consent_version="1",
                is_anonymous=anonymous,
                customer=None if anonymous else customer,
                contact=None if anonymous else contact,
            )
            by = PORTAL if channel == "webform" else staff
            box.append(register(intake, by=by, at=at, source="portal" if by is PORTAL else "web").case.pk)

        return run

    def _praise(self) -> Iterator[Step]:
        box: list[int] = []
        text = self.chance.choice(texts.PRAISE)
        yield timedelta(0), self._intake(box, "praise", "表扬", text)
        yield (
            self._between(0.2, 1.8),
            lambda at: triage.classify(box[0], type="praise", category="service", by=self.cast["lin"], at=at),
        )
        yield (
            self._between(1, 20),
            lambda at: telling.reply(
                box[0], word=self._word("谢谢您的肯定，我们会转告同事。"), by=self.cast["lin"], at=at
            ),
        )
        yield self._between(1, 5), lambda at: rounds.close(box[0], by=self.cast["lin"], at=at)

    def _inquiry(self) -> Iterator[Step]:
        box: list[int] = []
        title, text = self.chance.choice(texts.INQUIRIES)
        yield timedelta(0), self._intake(box, "inquiry", title, text)
        yield (
            self._between(0.2, 2.4),
            lambda at: triage.classify(box[0], type="inquiry", category="other", by=self.cast["yu"], at=at),
        )
        yield (
            self._between(0.3, 6),
            lambda at: telling.reply(
                box[0], word=self._word("您好，已把详细说明发给您，请查收。"), by=self.cast["yu"], at=at
            ),
        )
        yield self._between(2, 30), lambda at: rounds.close(box[0], by=self.cast["yu"], at=at)

    def _word(self, body: str) -> telling.Word:
        via = self.chance.choices(["mail", "call", "portal"], [4, 4, 2])[0]
        return telling.Word(
            via="portal" if via == "mail" else via, body=body, spoke_to="客户联系人" if via == "call" else ""
        )

    def _opinion(self) -> Iterator[Step]:
        box: list[int] = []
        story = self.chance.choice(texts.STORIES)
        cast, chance = self.cast, self.chance
        agent = cast[chance.choice(["lin", "yu"])]
        yield from self._arrive(box, story, agent)
        if chance.random() < 0.04:
            yield from self._turn_down(box)
            return
        yield from self._judge(box)
        helpers = [
            code for code in ("quality", "supply") if code != story.department and chance.random() < 0.25
        ]
        yield (
            self._between(0.1, 1.5),
            lambda at: handling.assign(
                box[0], lead=story.department, collaborators=helpers, by=cast["xu"], at=at
            ),
        )
        yield from self._until_satisfied(box, story, agent)
        yield (
            self._between(0.5, 30),
            lambda at: rounds.record_cause(
                box[0],
                cause=story.cause,
                explanation=story.reason,
                prevention=story.prevention,
                by=self._worker(story),
                at=at,
            ),
        )
        yield self._between(0.2, 20), lambda at: rounds.close(box[0], by=agent, at=at)

    def _arrive(self, box: list[int], story: texts.Story, agent: Actor) -> Iterator[Step]:
        """Received, classified (now and then late), and mostly answered."""
        chance = self.chance
        yield (
            timedelta(0),
            self._intake(
                box,
                story.type,
                story.title.format(n=chance.randint(1, 6)),
                story.content.format(n=chance.randint(1, 6)),
            ),
        )
        late = chance.random() < 0.06
        yield (
            (self._between(2.1, 5) if late else self._between(0.1, 1.9)),
            lambda at: triage.classify(box[0], type=story.type, category=story.category, by=agent, at=at),
        )
        if story.type == "complaint" or chance.random() < 0.5:
            yield (
                self._between(0.2, 6),
                lambda at: telling.reply(
                    box[0], word=self._word(chance.choice(texts.REPLIES)), by=agent, at=at
                ),
            )

    def _turn_down(self, box: list[int]) -> Iterator[Step]:
        """Found invalid at the review, and ended so."""
        cast = self.cast
        yield (
            self._between(0.5, 3),
            lambda at: triage.review(box[0], valid=False, reason="与另一条重复登记", by=cast["xu"], at=at),
        )
        yield (
            self._between(1, 20),
            lambda at: rounds.decide_exit(box[0], approve=True, by=cast["gu"], at=at),
        )

    def _judge(self, box: list[int]) -> Iterator[Step]:
        """Reviewed and assessed; what weighs much gets its meeting."""
        supervisor = self.cast["xu"]
        yield self._between(0.2, 5), lambda at: triage.review(box[0], valid=True, by=supervisor, at=at)
        scores = self.chance.choices(
            [(1, 1, 1), (2, 1, 1), (2, 2, 1), (2, 2, 2), (3, 2, 2), (3, 3, 3)], [4, 4, 4, 3, 2, 1]
        )[0]
        yield (
            self._between(0.1, 2),
            lambda at: triage.assess(
                box[0], severity=scores[0], reach=scores[1], consequence=scores[2], by=supervisor, at=at
            ),
        )
        if sum(scores) >= 7:
            yield (
                self._between(0.5, 4.5),
                lambda at: triage.hold_meeting(
                    box[0],
                    minutes="专题会议：确定原因、措施和完成时间，由责任部门负责人督办。",
                    attendees="许南乔、责任部门负责人",
                    by=supervisor,
                    at=at,
                ),
            )

    def _until_satisfied(self, box: list[int], story: texts.Story, agent: Actor) -> Iterator[Step]:
        """Rounds of work, each ending with the question whether the customer is satisfied."""
        chance, round_, satisfied = self.chance, 1, False
        while not satisfied:
            yield from self._work(box, story, agent, round_)
            satisfied = chance.random() < (0.88 if round_ == 1 else 0.97)
            outcome = "satisfied" if satisfied else "unsatisfied"
            if chance.random() < 0.15:
                yield self._between(5, 40), lambda at: self._follow_up(box, "unreachable", agent, at)
            yield self._between(12, 175), lambda at, outcome=outcome: self._follow_up(box, outcome, agent, at)  # type: ignore[misc]
            round_ += 1

    def _note_follow_up(self, box: list[int], agent: Actor, at: datetime) -> None:
        """Service asks the department how things stand (S3 4.3.3)."""
        handling.note_follow_up(box[0], text="已与责任部门核对：现场进展正常，按方案推进。", by=agent, at=at)

    def _worker(self, story: texts.Story) -> Actor:
        return self.cast[self.chance.choice(WORKERS[story.department])]

    def _follow_up(self, box: list[int], outcome: str, agent: Actor, at: datetime) -> None:
        notes = {
            "satisfied": "客户表示满意。",
            "unsatisfied": "客户说问题又出现了，要求重新处理。",
            "unreachable": "电话无人接听。",
        }
        rounds.follow_up(
            box[0], outcome=outcome, via="call", spoke_to="客户联系人", note=notes[outcome], by=agent, at=at
        )

    def _wait(self, box: list[int], worker: Actor) -> Iterator[Step]:
        """The clock stands until the customer has sent what is missing."""
        yield (
            self._between(0.5, 4),
            lambda at: telling.wait(
                box[0],
                reason="customer",
                word=self._word("请补充设备铭牌照片和最近一周的运行记录，收到后我们继续处理。"),
                by=worker,
                at=at,
            ),
        )
        yield (
            self._between(4, 40),
            lambda at: telling.receive(
                box[0], body="照片和记录已发，请查收。", via="portal", by=PORTAL, at=at, source="portal"
            ),
        )

    def _work(self, box: list[int], story: texts.Story, agent: Actor, round_: int) -> Iterator[Step]:
        chance, worker = self.chance, self._worker(story)
        late = chance.random() < 0.08
        yield (
            (self._between(24.5, 40) if late else self._between(1, 22)),
            lambda at: handling.file_plan(
                box[0],
                body=f"1. 现场核实原因；2. {story.result}3. 复查并回报。",
                by=worker,
                at=at,
                steps=[
                    {"what": "现场核实", "who": "责任部门", "until": "当日"},
                    {"what": "处理", "who": "责任部门", "until": "次日"},
                ],
            ),
        )
        if chance.random() < 0.9:
            yield self._between(0.5, 6), lambda at: self._note_follow_up(box, agent, at)
        if chance.random() < 0.18:
            yield from self._wait(box, worker)
        if chance.random() < 0.2:
            hours = chance.uniform(30, 90)
            yield (
                self._between(1, 8),
                lambda at: telling.give_eta(
                    box[0],
                    eta=at + timedelta(hours=hours),
                    word=self._word("预计需要几天完成，我们会按这个时间办结。"),
                    reason="等备件到货",
                    by=worker,
                    at=at,
                ),
            )
            yield (
                self._between(8, hours * 1.05),
                lambda at: handling.solve(box[0], result=story.result, by=worker, at=at),
            )
        else:
            if chance.random() < 0.3:
                yield (
                    self._between(1, 6),
                    lambda at: telling.reply(
                        box[0], word=self._word(chance.choice(texts.PROGRESS)), by=agent, at=at
                    ),
                )
            yield (
                (self._between(20, 40) if chance.random() < 0.1 else self._between(1, 18)),
                lambda at: handling.solve(box[0], result=story.result, by=worker, at=at),
            )
        yield (
            self._between(0.3, 20),
            lambda at: handling.report_result(box[0], result=story.result, by=worker, at=at),
        )
        late = chance.random() < 0.05
        yield (
            (self._between(48.5, 60) if late else self._between(0.5, 30)),
            lambda at: telling.tell_result(
                box[0], word=self._word(f"处理结果：{story.result}"), by=agent, at=at
            ),
        )
