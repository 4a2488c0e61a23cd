"""How the demo company keeps its archive: files checked and verified, contacts noted, doubles found, one of them merged.

The customer of whom most is known is `standing.HERO`; the others are looked after as well as their account managers find
time, so that some promises are kept, some run and some are broken.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from keyue.customers import actions as customers
from keyue.customers.actions import attaching, checking, fields, notes, upkeep
from keyue.customers.actions.duplicates import Proposal
from keyue.customers.actions.notes import NextStep
from keyue.customers.enums import Stage
from keyue.customers.models import Contact, Customer, FollowUp
from keyue.operations.demo import archive_rules, texts
from keyue.operations.demo import archive_texts as said
from keyue.operations.demo.play import Act, Play, Step, picture
from keyue.operations.demo.standing import HERO
from keyue.ui.uploads import Upload

LACKING = 6
"""How many signed customers nobody has named a decision maker of."""


def steps(play: Play) -> Iterator[Step]:
    """In the order of time."""
    yield from sorted(_acts(play), key=lambda step: step[0])


def _acts(play: Play) -> Iterator[Step]:
    day = play.workday
    yield day(61, 9.5), partial(archive_rules.adopt, play)
    yield day(60, 9), partial(_set_up, play)
    yield day(60, 15), partial(_name_deciders, play)
    for n, brand in enumerate(said.MOVED):
        yield day(58, 10 + n * 0.2), partial(_hand_over, play, brand)
    for ago in range(57, 0, -4):
        yield day(ago, 8.2), _check
    for ago, n in ((52, 0), (49, 1), (30, 2)):
        yield day(ago, 10.4), partial(_mend, play, n)
    for ago in (36, 15):
        yield day(ago, 13.9), partial(_go_round, play, skips=ago == 15)
    hero = _Hero(play)
    yield from hero.acts()
    for talk in said.TALKED:
        yield from _talks(play, talk)
    yield from _doubles(play)
    for brand, level in (("恒川制药", "internal"), ("东溟化工", "secret")):
        yield day(47, 11), partial(_keep_secret, play, brand, level)


def _set_up(play: Play, at: datetime) -> None:
    by = play.cast["bai"]
    fields.set_upkeep(stages=[Stage.SIGNED], contact_days={"A": 30, "B": 60, "C": 90}, by=by, at=at)
    for n, (key, label, kind, options) in enumerate(said.FIELDS):
        fields.define_field(
            key=key,
            label=label,
            kind=kind,
            options=options,
            for_persons=False,
            order=510 + 10 * n,
            by=by,
            at=at,
        )


def _name_deciders(play: Play, at: datetime) -> None:
    """The keeper goes through the signed customers and notes who decides there."""
    signed = [pair for pair in play.archive if pair[0].stage == Stage.SIGNED]
    known = {play.whose(brand)[0].pk for brand in said.MOVED}
    due = [pair for pair in play.archive if pair[0].pk in known and pair not in signed]
    for _customer, contact in signed[LACKING:] + due:
        customers.change_contact(contact=contact, changes={"part": "decider"}, by=play.cast["bai"], at=at)


def _mend(play: Play, n: int, at: datetime) -> None:
    customer, contact = [pair for pair in play.archive if pair[0].stage == Stage.SIGNED][n]
    customers.change_contact(contact=contact, changes={"part": "decider"}, by=play.cast["bai"], at=at)
    checking.check_customer(customer=_now(customer), by=play.cast["bai"], at=at)


def _check(at: datetime) -> None:
    while checking.check_archive(at):
        pass


def _hand_over(play: Play, brand: str, at: datetime) -> None:
    """Sales has shared the important customers out anew; from then on contact and verification are counted."""
    customer, manager = _now(play.whose(brand)[0]), said.MOVED[brand]
    customers.assign_account_manager(
        customer=customer, user=play.cast.users[manager], by=play.cast["lu"], at=at
    )


def _keep_secret(play: Play, brand: str, level: str, at: datetime) -> None:
    customer = _now(play.whose(brand)[0])
    customers.change_customer(customer=customer, changes={"secrecy": level}, by=play.cast["bai"], at=at)


def _now(customer: Customer) -> Customer:
    return Customer.objects.select_related("account_manager").get(pk=customer.pk)


# ── contacts with the others ────────────────────────────────────────────────────────────────────────────────


def _talks(play: Play, talk: said.Talked) -> Iterator[Step]:
    for n, ago in enumerate(talk.days):
        yield play.workday(ago, 10 + play.chance.uniform(0, 6)), partial(_talk, play, talk.brand, n)
    for ago, way, names in talk.verified:
        yield play.workday(ago, 16.6), partial(_verify, play, talk.brand, way, names)


def _talk(play: Play, brand: str, n: int, at: datetime) -> None:
    customer = _now(play.whose(brand)[0])
    if customer.account_manager is None:
        return
    way, topics, feedback = texts.TALKS[(n + len(brand) + customer.pk) % len(texts.TALKS)]
    notes.record_contact(
        customer=customer, way=way, contacted_at=at, topics=topics, feedback=feedback,
        staff=customer.account_manager, by=play.cast[customer.account_manager.username], at=at,
    )  # fmt: skip


def _go_round(play: Play, at: datetime, *, skips: bool) -> None:
    """Every customer of the first grade is called once; on the second round some were not reached."""
    rows = Customer.objects.select_related("account_manager").exclude(account_manager=None)
    for n, customer in enumerate(rows.filter(grade="A", merged_into=None).order_by("pk")):
        if not (skips and n % 6 == 0) and customer.account_manager is not None:
            way, topics, feedback = texts.TALKS[n % 2]
            notes.record_contact(
                customer=customer, way=way, contacted_at=at, topics=topics, feedback=feedback,
                staff=customer.account_manager, by=play.cast[customer.account_manager.username], at=at,
            )  # fmt: skip


def _verify(play: Play, brand: str, how: str, names: Sequence[str], at: datetime) -> None:
    customer = _now(play.whose(brand)[0])
    upkeep.verify_fields(customer=customer, fields=names, how=how, by=play.cast["bai"], at=at)


# ── doubles ─────────────────────────────────────────────────────────────────────────────────────────────────


def _doubles(play: Play) -> Iterator[Step]:
    for double in said.DOUBLES:
        made: list[Customer] = []
        yield play.workday(double.entered, 14.2), partial(_enter_double, play, double, made)
        yield play.workday(double.found, 9.6), partial(_propose, play, double, made)
        if double.ends:
            yield play.workday(double.found - 2, 10.2), partial(_settle_double, play, double, made)


def _enter_double(play: Play, double: said.Double, made: list[Customer], at: datetime) -> None:
    made.append(
        customers.create_customer(
            kind="organisation", name=double.name, contact_name=double.person, phone=double.phone,
            source="phone", legal_basis="contract", department="sales",
            by=play.cast[double.by], at=at,
        )
    )  # fmt: skip


def _propose(play: Play, double: said.Double, made: list[Customer], at: datetime) -> None:
    first = play.whose(double.of)[0]
    found = Proposal(first.pk, made[0].pk, double.score, double.reasons)
    customers.propose(proposal=found, by=play.cast["bai"], at=at)


def _settle_double(play: Play, double: said.Double, made: list[Customer], at: datetime) -> None:
    by, first = play.cast["bai"], _now(play.whose(double.of)[0])
    # asked for once more, the pair that there is comes back
    pair = customers.propose(
        proposal=Proposal(first.pk, made[0].pk, double.score, double.reasons), by=by, at=at
    )
    if double.ends == "merged":
        customers.merge_pair(pair=pair, keep=first, by=by, at=at)
    else:
        customers.find_distinct(pair=pair, by=by, at=at)


# ── the customer of whom most is known ──────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class _Hero:
    """The file of `standing.HERO`, as its account manager and the keeper fill it."""

    play: Play
    people: dict[str, Contact] = field(default_factory=dict)
    due: list[FollowUp] = field(default_factory=list)
    change: str = ""

    @property
    def customer(self) -> Customer:
        return _now(self.play.whose(HERO)[0])

    def acts(self) -> Iterator[Step]:
        day = self.play.workday
        plan: list[tuple[int, float, Act]] = [
            (57, 9.3, self.fill), (57, 10.5, self.name_people), (56, 15.1, self.verify_on_site),
            (55, 11.2, self.add_files), (50, 17.2, self.visit), (46, 10.3, self.finish_first),
            (34, 9.7, self.call), (29, 9.4, self.note_quarter), (20, 15.4, self.learn), (19, 10.1, self.enter),
            (18, 16.5, self.finish_late), (12, 11.4, self.verify_by_phone), (8, 14.3, self.chat),
            (4, 16.1, self.learn_again), (3, 17.3, self.meet),
        ]  # fmt: skip
        for ago, hour, act in plan:
            yield day(ago, hour), act

    def fill(self, at: datetime) -> None:
        customers.change_customer(customer=self.customer, changes=said.HERO, by=self.play.cast["bai"], at=at)
        for kind, value, system in said.HERO_CODES:
            customers.add_identifier(
                customer=self.customer, kind=kind, value=value, system=system, by=self.play.cast["bai"], at=at
            )
        upkeep.set_extra(customer=self.customer, values=said.HERO_OWN, by=self.play.cast["bai"], at=at)

    def name_people(self, at: datetime) -> None:
        by, first = self.play.cast["ouyang"], self.play.whose(HERO)[1]
        for person in said.HERO_PEOPLE:
            self.people[person.name] = customers.add_contact(
                customer=self.customer, name=person.name, phone=person.phone, email=person.email, role=person.role,
                part=person.part, stance=person.stance, preferred_channel="wechat",
                reports_to=self.people.get(person.under), by=by, at=at,
            )  # fmt: skip
        changes = {"part": "decider", "stance": "supports", "reports_to": self.people[said.HEAD]}
        self.people["周叙白"] = customers.change_contact(contact=first, changes=changes, by=by, at=at)

    def verify_on_site(self, at: datetime) -> None:
        upkeep.verify_fields(
            customer=self.customer, fields=["name", "address", "contact", "phone"], how="visit",
            by=self.play.cast["ouyang"], at=at,
        )  # fmt: skip

    def verify_by_phone(self, at: datetime) -> None:
        upkeep.verify_fields(
            customer=self.customer, fields=["phone", "needs"], how="phone", by=self.play.cast["bai"], at=at
        )

    def add_files(self, at: datetime) -> None:
        uploads = [
            Upload("营业执照.png", picture(120, 118, 90)),
            Upload("组织架构图.png", picture(90, 120, 110)),
            Upload("年度采购计划.csv", said.PURCHASES.encode()),
        ]
        attaching.add_files(customer=self.customer, uploads=uploads, by=self.play.cast["ouyang"], at=at)

    def _note(
        self, words: said.Note, at: datetime, happened: datetime, steps: Sequence[NextStep] = ()
    ) -> None:
        row = notes.record_contact(
            customer=self.customer, way=words.way, contacted_at=happened, staff=self.play.cast.users["ouyang"],
            is_important=words.is_important, present=[self.people[name].pk for name in words.present],
            attendees=words.attendees, topics=words.topics, feedback=words.feedback,
            next_steps=words.next_steps, follow_ups=steps, by=self.play.cast["ouyang"], at=at,
        )  # fmt: skip
        self.due += FollowUp.objects.filter(note=row).order_by("pk")

    def visit(self, at: datetime) -> None:
        day = self.play.workday
        step = NextStep(said.VISIT.steps[0], day(45, 18))
        self._note(said.VISIT, at, day(50, 14.5), [step])

    def call(self, at: datetime) -> None:
        self._note(said.CALL, at, at)

    def note_quarter(self, at: datetime) -> None:
        """The account manager was on the road and enters it four working days later: that promise is broken."""
        day = self.play.workday
        step = NextStep(said.QUARTER.steps[0], day(22, 18))
        self._note(said.QUARTER, at, day(33, 14.5), [step])

    def chat(self, at: datetime) -> None:
        self._note(said.CHAT, at, at)

    def meet(self, at: datetime) -> None:
        day, users = self.play.workday, self.play.cast.users
        steps = [
            NextStep(said.MEETING.steps[0], day(-4, 18)),
            NextStep(said.MEETING.steps[1], day(-9, 18), users["he"]),
        ]
        self._note(said.MEETING, at, day(3, 14), steps)

    def finish_first(self, at: datetime) -> None:
        notes.finish_follow_up(follow_up=self.due[0], outcome="done", by=self.play.cast["ouyang"], at=at)

    def finish_late(self, at: datetime) -> None:
        notes.finish_follow_up(follow_up=self.due[1], outcome="done", by=self.play.cast["ouyang"], at=at)

    def learn(self, at: datetime) -> None:
        self.change = upkeep.learn_change(
            customer=self.customer, fields=["needs"], learnt_at=at, by=self.play.cast["ouyang"], at=at
        ).change

    def enter(self, at: datetime) -> None:
        upkeep.enter_change(
            customer=self.customer, change=str(self.change), values={"needs": said.HERO_NEEDS},
            by=self.play.cast["ouyang"], at=at,
        )  # fmt: skip

    def learn_again(self, at: datetime) -> None:
        """Nobody has entered it yet."""
        upkeep.learn_change(
            customer=self.customer, fields=["address"], learnt_at=at, by=self.play.cast["ouyang"], at=at
        )
