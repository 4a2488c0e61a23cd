"""One case of the demo while it unfolds: every act of it through the same actions as real work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from keyue.cases.actions import handling, rounds, telling, triage
from keyue.cases.actions.intake import Intake, register
from keyue.cases.models import Case
from keyue.channels.webform import actions as webform
from keyue.customers.models import Contact, Customer
from keyue.ledger.facts import Actor, Subject
from keyue.operations.demo import texts
from keyue.operations.demo.play import DESK, HEIR, LEAVER, LEFT_AGO, PORTAL, ZONE, Play, hours, uploads
from keyue.operations.demo.stories import Story
from keyue.promises import actions as promises
from keyue.promises import selectors as promised
from keyue.promises.models import Promise

SCORES = {
    "ordinary": ((1, 1, 1), (2, 1, 1), (1, 2, 1)),
    "serious": ((2, 2, 1), (2, 2, 2), (1, 3, 1)),
    "major": ((3, 2, 2), (3, 3, 2)),
}
CALLED = ("phone", "wechat", "wecom", "visit", "sms")
HELD = ("plan", "solve", "solve_by_eta")
AT_THE_DESK = ("service_follow", "progress", "result_to_customer", "follow_up")


@dataclass(slots=True)
class Matter:
    """A case and what its story needs to remember. `t` is the instant of its last step."""

    play: Play
    t: datetime
    type: str = ""
    title: str = ""
    content: str = ""
    answer: str = ""
    category: str = "other"
    story: Story | None = None
    channel: str = ""
    code: str = ""
    is_anonymous: bool = False
    has_files: bool = False
    level: str = "ordinary"
    agent: str = ""
    lead: str = ""
    assigned: str = ""
    round: int = 1
    pk: int = 0
    customer: Customer | None = None
    contact: Contact | None = None
    twin: Matter | None = None
    eta: datetime | None = None
    request: int = 0
    task: int = 0
    has_ended: bool = False

    @classmethod
    def opinion(
        cls, play: Play, at: datetime, *, department: str = "", kind: str = "", channel: str = ""
    ) -> Matter:
        """Feedback, a suggestion or a complaint."""
        story, unit = play.story(department, kind)
        chance = play.chance
        matter = cls(
            play, at, type=story.type, title=story.title.format(u=unit), content=story.content.format(u=unit),
            category=story.category, story=story, lead=story.department, channel=channel,
        )  # fmt: skip
        weights = {"complaint": (45, 41, 14), "feedback": (68, 29, 3), "suggestion": (88, 12, 0)}[story.type]
        matter.level = chance.choices(["ordinary", "serious", "major"], weights)[0]
        matter.has_files = chance.random() < 0.12
        return matter

    @classmethod
    def simple(cls, play: Play, at: datetime, kind: str, channel: str = "") -> Matter:
        """Praise, an inquiry, a request or a report of misconduct: sorted and answered."""
        kinds = {
            "praise": texts.PRAISE, "inquiry": texts.INQUIRIES, "request": texts.REQUESTS, "misconduct": texts.MISCONDUCT,
        }[kind]  # fmt: skip
        title, content, answer = play.other(kinds)
        matter = cls(play, at, type=kind, title=title, content=content, channel=channel)
        matter.answer = answer or (
            "谢谢您的肯定，我们会转告同事。"
            if kind == "praise"
            else "已按程序转交督察，核查结果会在这里告诉您。"
        )
        matter.category = "service" if kind == "praise" else "other"
        matter.is_anonymous = kind == "misconduct"
        return matter

    # ── the clock of the story ────────────────────────────────────────────────────────────────────────────

    def at(self, when: datetime) -> datetime:
        """`when`, or a little after the step before."""
        self.t = max(when, self.t + timedelta(minutes=2))
        return self.t

    def after(self, low: float, high: float, *, awake: bool = False) -> datetime:
        """So many hours after the step before."""
        when = self.t + hours(self.play.chance.uniform(low, high))
        return self.at(self.play.awake(when) if awake else when)

    def share(self, kept: float) -> float:
        """How much of a limit is used: less than all of it with the probability `kept`."""
        chance = self.play.chance
        return (
            chance.betavariate(1.6, 2.2) * 0.88 + 0.04
            if chance.random() < kept
            else 1.05 + chance.random() * 0.4
        )

    def within(self, since: datetime, limit: float, kept: float) -> datetime:
        """An instant by day, inside a limit of so many hours with the probability `kept`."""
        share = self.share(kept)
        end = since + hours(limit)
        when = self.play.awake(since + hours(limit * share), end - hours(0.1) if share < 1 else None)
        return self.at(when)

    # ── intake and sorting ────────────────────────────────────────────────────────────────────────────────

    @property
    def by_agent(self) -> Actor:
        return self.play.cast[self.agent]

    @property
    def worker(self) -> str:
        """Who works on it now: whoever it was assigned to, or the heir of who has left since."""
        has_left = self.assigned == LEAVER and self.t >= self.play.now - LEFT_AGO
        return HEIR if has_left else self.assigned

    @property
    def by_worker(self) -> Actor:
        return self.play.cast[self.worker]

    def receive(self, at: datetime) -> None:
        """It comes in; by telephone or in person a colleague writes it down."""
        play, chance = self.play, self.play.chance
        self.agent = self.agent or play.one_of(DESK)
        self.channel = self.channel or next(play.channels)
        self.twin = self.twin if self.twin and not self.twin.has_ended else None
        if self.channel == "webform" and chance.random() < 0.08 and not self.code and not self.customer:
            self.is_anonymous = True
        if not self.is_anonymous and self.customer is None:
            self.customer, self.contact = chance.choice(play.served)
        by = self.by_agent if self.channel in CALLED else PORTAL
        made = register(
            Intake(
                type=self.type, title=self.title, content=self.content, channel=self.channel,
                phase=chance.choices(["after", "during", "before"], [8, 2, 1])[0],
                region=self.customer.region if self.customer else "",
                consent_version="1", is_anonymous=self.is_anonymous, customer=self.customer, contact=self.contact,
                uploads=uploads(chance) if self.has_files else (),
            ),
            by=by, at=at, source="portal" if by is PORTAL else "web", code=self.code,
        )  # fmt: skip
        self.pk = made.case.pk
        if self.story:
            play.alive.append(self)

    def classify(self, at: datetime) -> None:
        triage.classify(self.pk, type=self.type, category=self.category, by=self.by_agent, at=at)

    def reply(self, at: datetime) -> None:
        body = self.answer or self.play.chance.choice(texts.REPLIES)
        telling.reply(self.pk, word=self.word(body), by=self.by_agent, at=at)

    def word(self, body: str) -> telling.Word:
        """By telephone where the customer has one, else on the page of progress."""
        if self.is_anonymous or self.play.chance.random() < 0.55:
            return telling.Word(via="portal", body=body)
        return telling.Word(via="call", body=body, spoke_to="客户联系人")

    def review(self, at: datetime) -> None:
        triage.review(self.pk, valid=True, by=self.play.cast["xu"], at=at)

    def find_invalid(self, at: datetime) -> None:
        reason = self.play.chance.choice(texts.INVALID)
        triage.review(self.pk, valid=False, reason=reason, by=self.play.cast["xu"], at=at)

    def assess(self, at: datetime) -> None:
        severity, reach, consequence = self.play.chance.choice(SCORES[self.level])
        triage.assess(
            self.pk, severity=severity, reach=reach, consequence=consequence, by=self.play.cast["xu"], at=at
        )

    def raise_level(self, at: datetime) -> None:
        self.level = "major"
        triage.change_level(
            self.pk, level="major", reason="客户要求当日恢复，影响范围扩大。", by=self.play.cast["xu"], at=at
        )

    def meet(self, at: datetime) -> None:
        triage.hold_meeting(
            self.pk, minutes=self.play.chance.choice(texts.MINUTES), attendees="许南乔、责任部门负责人",
            by=self.play.cast["xu"], at=at,
        )  # fmt: skip

    def report_urgent(self, at: datetime) -> None:
        triage.report_urgent(self.pk, text=self.play.chance.choice(texts.URGENT), by=self.by_agent, at=at)

    def acknowledge(self, at: datetime) -> None:
        triage.acknowledge_urgent(self.pk, by=self.play.cast["xu"], at=at)

    # ── departments ───────────────────────────────────────────────────────────────────────────────────────

    def assign(self, at: datetime) -> None:
        self.assigned = self.play.worker(self.lead, at)
        helpers = self.story.helpers if self.story and self.task else ()
        handling.assign(self.pk, lead=self.lead, collaborators=helpers, by=self.play.cast["xu"], at=at)

    def give_back(self, at: datetime) -> None:
        """The wrong department returns it with a reason."""
        handling.return_task(self.pk, reason=self.play.chance.choice(texts.RETURNS), by=self.by_worker, at=at)

    def take(self, at: datetime) -> None:
        """A person takes what stands with the department, or is given it by its head."""
        user = self.play.cast.users[self.worker]
        head = {"engineering": "he"}.get(self.lead)
        for promise in promised.promises_of(self.subject).filter(control__in=HELD, is_open=True, holder=None):
            if head and self.worker != head and self.play.chance.random() < 0.3:
                promises.give(promise.pk, to=user, user=self.play.cast.users[head], at=at)
            else:
                promises.take(promise.pk, user=user, at=at)

    def take_desk(self, at: datetime) -> None:
        """The colleague at the service desk who knows the case keeps it."""
        user = self.play.cast.users[self.agent]
        owed = promised.promises_of(self.subject).filter(control__in=AT_THE_DESK, is_open=True, holder=None)
        for promise in owed:
            promises.take(promise.pk, user=user, at=at)

    def give_task(self, at: datetime) -> None:
        department = self.story.helpers[0] if self.story else "quality"
        what, _result = texts.TASKS[department]
        limit = promised.earliest_due(self.subject, ("solve_by_eta", "solve"))
        due = at + hours(26) if limit is None else at + (limit - at) * 0.8
        made = handling.give_task(
            self.pk, department=department, what=what, due=due, by=self.by_worker, at=at
        )
        self.task = made.pk

    def finish_task(self, at: datetime) -> None:
        department = self.story.helpers[0] if self.story else "quality"
        by = self.play.cast[self.play.worker(department, at)]
        handling.finish_task(self.pk, task_id=self.task, result=texts.TASKS[department][1], by=by, at=at)

    def plan(self, at: datetime) -> None:
        local = at.astimezone(ZONE)
        handling.file_plan(
            self.pk, body=self.play.chance.choice(texts.PLANS).format(result=self.result), by=self.by_worker, at=at,
            steps=[
                {"what": "现场核实", "who": "责任部门", "until": f"{local.month}月{local.day}日"},
                {"what": "处理并自检", "who": "责任部门", "until": f"{(local + timedelta(days=1)):%m-%d}"},
            ],
        )  # fmt: skip

    def note_follow_up(self, at: datetime) -> None:
        handling.note_follow_up(
            self.pk, text=self.play.chance.choice(texts.FOLLOW_NOTES), by=self.by_agent, at=at
        )

    def tell_progress(self, at: datetime) -> None:
        body = self.play.chance.choice(texts.PROGRESS)
        telling.reply(self.pk, word=self.word(body), by=self.by_agent, at=at)

    def promise_eta(self, at: datetime) -> None:
        eta = self.eta if self.eta is not None and self.eta > at else at + hours(40)
        self.eta = eta
        said = self.play.chance.choice(texts.ETA_WORDS).format(eta=f"{eta.astimezone(ZONE):%m月%d日 %H:%M}")
        reason = self.play.chance.choice(texts.ETA_REASONS)
        telling.give_eta(self.pk, eta=eta, word=self.word(said), reason=reason, by=self.by_worker, at=at)

    def wait(self, at: datetime, reason: str = "customer") -> None:
        telling.wait(self.pk, reason=reason, word=self.word(texts.WAITING[reason]), by=self.by_worker, at=at)

    def wait_for_others(self, at: datetime) -> None:
        self.wait(at, "third_party")

    def wait_for_weather(self, at: datetime) -> None:
        self.wait(at, "force_majeure")

    def hear(self, at: datetime) -> None:
        """What was waited for comes."""
        telling.receive(
            self.pk, body=self.play.chance.choice(texts.ANSWERS), via="portal", uploads=uploads(self.play.chance),
            by=PORTAL, at=at, source="portal",
        )  # fmt: skip

    @property
    def result(self) -> str:
        return self.story.result if self.story else self.answer

    def solve(self, at: datetime) -> None:
        handling.solve(self.pk, result=self.result, by=self.by_worker, at=at)

    def report(self, at: datetime) -> None:
        handling.report_result(self.pk, result=self.result, by=self.by_worker, at=at)

    # ── the customer's judgement and the end ──────────────────────────────────────────────────────────────

    def tell(self, at: datetime) -> None:
        telling.tell_result(self.pk, word=self.word(f"处理结果：{self.result}"), by=self.by_agent, at=at)

    def follow_up(self, at: datetime, outcome: str = "satisfied") -> None:
        notes = {
            "satisfied": texts.SATISFIED,
            "unsatisfied": texts.UNSATISFIED,
            "unreachable": texts.UNREACHABLE,
        }
        rounds.follow_up(
            self.pk, outcome=outcome, via="call", spoke_to="" if outcome == "unreachable" else "客户联系人",
            note=self.play.chance.choice(notes[outcome]), by=self.by_agent, at=at,
        )  # fmt: skip
        self.round += outcome == "unsatisfied"

    def miss(self, at: datetime) -> None:
        """Nobody takes the call."""
        self.follow_up(at, "unreachable")

    def complain_again(self, at: datetime) -> None:
        """Not satisfied: the next round."""
        self.follow_up(at, "unsatisfied")

    def rate(self, at: datetime, score: int = 0) -> None:
        """On the page of progress: a score, and the answer asked apart."""
        score = score or self.play.chance.choices([5, 4, 3], [6, 4, 1])[0]
        case = Case.objects.get(pk=self.pk)
        webform.rate(case, score=score, comment=texts.RATED[score] if score > 2 else "", by=PORTAL, at=at)
        webform.answer(
            case, again=score < 3, reason=texts.RATED[score] if score < 3 else "", by=PORTAL, at=at
        )
        self.round += score < 3

    def rate_badly(self, at: datetime) -> None:
        """A low score, and: to be taken up again."""
        self.rate(at, 2)

    def find_cause(self, at: datetime) -> None:
        story = self.story
        if story:
            rounds.record_cause(
                self.pk, cause=story.cause, explanation=story.reason, prevention=story.prevention,
                by=self.by_worker, at=at,
            )  # fmt: skip

    def close(self, at: datetime) -> None:
        rounds.close(self.pk, by=self.by_agent, at=at)
        self.has_ended = True

    def ask_exit(self, at: datetime, exit_: str = "declined") -> None:
        rounds.request_exit(self.pk, exit=exit_, reason=texts.EXITS[exit_], by=self.by_agent, at=at)

    def approve_exit(self, at: datetime) -> None:
        rounds.decide_exit(self.pk, approve=True, by=self.play.cast["gu"], at=at)
        self.has_ended = True

    def refuse_exit(self, at: datetime) -> None:
        rounds.decide_exit(
            self.pk,
            approve=False,
            reason="录音里客户并没有放弃，请继续处理。",
            by=self.play.cast["gu"],
            at=at,
        )

    def withdraw(self, at: datetime) -> None:
        rounds.withdraw(self.pk, via="portal", by=PORTAL, at=at, source="portal")
        self.has_ended = True

    def merge(self, at: datetime) -> None:
        """The same matter again: into the one that is being worked on."""
        if self.twin is not None and not self.twin.has_ended:
            rounds.merge(self.pk, into_id=self.twin.pk, by=self.play.cast["xu"], at=at)
            self.has_ended = True

    # ── waivers and extensions ────────────────────────────────────────────────────────────────────────────

    @property
    def subject(self) -> Subject:
        return Subject("case", str(self.pk))

    def _open(self, control: str) -> Promise | None:
        return promised.promises_of(self.subject).filter(control=control, is_open=True).first()

    def ask_extension(self, at: datetime) -> None:
        promise = self._open("solve")
        if promise is not None and promise.due is not None:
            due = promise.due + hours(44)
            self.eta = due
            user = self.play.cast.users[self.worker]
            made = promises.request(
                promise.pk, kind="extension", reason=texts.EXTENSION, due=due, user=user, at=at
            )
            self.request = made.pk

    def ask_waiver(self, at: datetime) -> None:
        promise = self._open("progress")
        if promise is not None:
            user = self.play.cast.users[self.agent]
            self.request = promises.request(
                promise.pk, kind="waiver", reason=texts.WAIVER, user=user, at=at
            ).pk

    def approve_request(self, at: datetime) -> None:
        promises.decide(self.request, approve=True, user=self.play.cast.users["gu"], at=at)

    def refuse_request(self, at: datetime) -> None:
        promises.decide(
            self.request, approve=False, reason=texts.DECLINED_REQUEST, user=self.play.cast.users["gu"], at=at
        )
