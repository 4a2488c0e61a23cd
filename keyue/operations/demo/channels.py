"""How the demo company is reached: its channels and who keeps them, the hotline's plan, calls, reviews, a robot.

None of it is anywhere: what stands for a server or an account ends in `.demo.invalid`, to which nothing is ever sent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import partial

from keyue.cases.actions.intake import Intake
from keyue.channels.phone import actions as phone
from keyue.channels.phone.actions.planning import remove_shift
from keyue.channels.phone.models import Shift
from keyue.channels.phone.reading import Told
from keyue.channels.reviews.actions import take_review
from keyue.channels.reviews.reading import Review
from keyue.channels.webhook import actions as outlets
from keyue.channels.webhook.actions.outlets import OutletPlan
from keyue.channels.webhook.actions.pushing import Attempt, Wanted
from keyue.channels.webhook.enums import OutletKind
from keyue.channels.webhook.models import Outlet, Push
from keyue.conversations import actions as conversations
from keyue.conversations.actions.keeping import ChannelPlan
from keyue.conversations.enums import Ending, Opinion
from keyue.conversations.models import Call, Channel, Conversation, Line
from keyue.customers import selectors as customers
from keyue.ledger.facts import SYSTEM, Actor
from keyue.operations.demo import desk_texts as said
from keyue.operations.demo.play import ZONE, Play, Step, hours
from keyue.promises.models import Notice
from keyue.regulations import actions as regulations
from keyue.regulations.actions.adopting import read_pack
from keyue.regulations.document import read_document
from keyue.regulations.writing import without_control

EXCHANGE = Actor("system", "phone")
OPENED = 15
"""Working days since the channels were opened."""
BAD = 2
"""Up to so many stars a review is a case at once."""
KEPT = {"person_reached"}
"""What of the ready regulation of service the demo takes over."""
WAYS: dict[str, tuple[str, str, str, dict[str, object], dict[str, str]]] = {
    # kind, name, keeper, options, secrets
    "email": ("email", "客服邮箱", "yu", {
        "address": "service@chengchuan.demo.invalid", "sender": "澄川环境客户服务", "imap_host": "imap.demo.invalid",
        "imap_security": "ssl", "smtp_host": "smtp.demo.invalid", "smtp_security": "ssl", "old_mail": "new", "way": "password",
    }, {"password": "demo"}),
    "chat": ("chat", "官网在线客服", "lin", {
        "greeting": "您好，这里是澄川环境客户服务，请问有什么可以帮您？", "colour": "#145c9e", "side": "right", "hours": "own",
        "own_hours": "08:00-22:00", "most_each": 8, "automatic": True,
    }, {}),
    "wechat": ("wechat", "澄川环境服务号", "ning", {"app_id": "wx0000demo0000demo", "api": "https://wechat.demo.invalid"},
               {"app_secret": "demo", "token": "demo"}),
    "sms": ("sms", "客服短信", "yu", {
        "provider": "http", "url": "https://sms.demo.invalid/send", "body": '{"to": "{phone}", "text": "{text}"}',
        "sign_name": "澄川环境",
    }, {"secret": "demo"}),
    "review": ("review", "旗舰店评价", "xu", {"bad": BAD}, {}),
    "webhook": ("webhook", "客户 App", "yu", {"answer_url": "https://app.demo.invalid/keyue"}, {}),
    "phone": ("phone", "400 服务热线", "xu", {
        "number": "400-000-0000（演示）", "hours": "00:00-24:00", "extensions": said.BY_EXCHANGE,
    }, {}),
}  # fmt: skip
SEEN_AT = {"email": 8.6, "chat": 9.05, "wechat": 9.2, "sms": 8.7, "review": 10.1, "webhook": 8.9}
"""When the keeper of each looks it through, every day; of those in `LAZY` not at weekends."""
LAZY = ("review",)


def steps(play: Play, desk: Desk) -> Iterator[Step]:
    """In the order of time."""
    yield from sorted(_acts(play, desk), key=lambda step: step[0])


@dataclass(slots=True)
class Desk:
    """The channels by their names in `WAYS`, and what is left to be told of afterwards."""

    play: Play
    ways: dict[str, Channel] = field(default_factory=dict)
    robot: Outlet | None = None

    def open(self, name: str, at: datetime) -> None:
        kind, title, keeper, options, secrets = WAYS[name]
        plan = ChannelPlan(title, "service", self.play.cast.users[keeper], options, secrets)
        self.ways[name] = conversations.open_channel(kind=kind, plan=plan, by=self.play.cast["xu"], at=at)

    def see(self, name: str, at: datetime) -> None:
        conversations.view_channel(channel=self.ways[name], user=self.play.cast.users[WAYS[name][2]], at=at)


def _acts(play: Play, desk: Desk) -> Iterator[Step]:
    begins = play.workday(OPENED, 0)
    for n, name in enumerate(WAYS):
        yield begins + hours(8.1 + 0.05 * n), partial(desk.open, name)
    yield begins + hours(8.05), partial(_adopt, play)
    yield from _seen(play, desk, begins)
    yield from _plan(play, desk, begins)
    for n, one in enumerate(said.REVIEWS):
        if one[0] > BAD:
            yield play.workday(one[4], one[5]), partial(review, desk, n)
        if one[4] > 1:
            yield play.workday(one[4] - 1, 10.15 + 0.02 * n), partial(_see_review, desk, n)
    for n in range(len(said.CALLS)):
        yield from _call(play, desk, n)
    yield from _calls_of_today(play, desk)
    yield play.workday(OPENED - 1, 9.3), partial(_open_robot, desk)
    for ago in (11, 8, 6, 5, 3, 2, 1):
        yield play.workday(ago, 17.5), partial(_push, desk, ago)
    yield play.now - timedelta(minutes=3), partial(_push, desk, 0)
    yield play.now - timedelta(minutes=2), partial(_open_hub, desk)


def _adopt(play: Play, at: datetime) -> None:
    """How soon a person comes where a customer asks for one, out of the ready regulation of service."""
    document = read_pack("service")
    text = document.source
    for block in document.blocks:
        if block.id not in KEPT:
            text = without_control(text, block.id)
    found = read_document(text)
    answers = {"person_reached.within": "PT5M"}
    regulations.adopt_ready(
        document=found, effective_from=at, answers=answers, by=play.cast["zhi"], at=at, holders={}
    )


def _seen(play: Play, desk: Desk, begins: datetime) -> Iterator[Step]:
    """Every day, by whoever keeps it; today not all of them yet."""
    day = begins + timedelta(days=1)
    while day < play.now:
        is_today = day.date() == play.now.astimezone(ZONE).date()
        for name, hour in SEEN_AT.items():
            late = is_today and name in ("review", "wechat")
            if not late and not (name in LAZY and day.weekday() >= 5):
                yield day + hours(hour), partial(desk.see, name)
        day += timedelta(days=1)


# ── the hotline ───────────────────────────────────────────────────────────────────────────────────────────────

SHIFTS = {"ning": (0, 8), "lin": (8, 16), "yu": (16, 24)}
WEEKEND = {"ning": (0, 8), "xu": (8, 18), "yu": (18, 24)}
ILL, FREE = 6, -5
"""Working days: a shift that was broken off, and one of those to come that nobody has yet."""
AHEAD = 14


def _plan(play: Play, desk: Desk, begins: datetime) -> Iterator[Step]:
    day, last = begins, play.now.astimezone(ZONE).replace(hour=0) + timedelta(days=AHEAD)
    made = begins + hours(8.5)
    free = play.workday(FREE, 0).date()
    while day < last:
        yield made, partial(_plan_day, desk, day, day.date() == free)
        day += timedelta(days=1)
    ill = play.workday(ILL, 21)
    yield ill, partial(_break_off, desk)
    for n in range((play.now - begins).days + 1):
        at = begins + timedelta(days=n, hours=23.9)
        if at < play.now:
            yield at, partial(_watch, desk)
    yield play.now - timedelta(minutes=1), partial(_watch, desk)


def _plan_day(desk: Desk, day: datetime, has_gap: bool, at: datetime) -> None:
    """The shifts of a day, planned all at once in the beginning; of those before it only the rest."""
    midnight = datetime.combine(day.date(), time(), ZONE)
    for name, (start, end) in (WEEKEND if day.weekday() >= 5 else SHIFTS).items():
        if (has_gap and name == "yu") or midnight + hours(end) <= at:
            continue
        phone.plan_shift(
            channel=desk.ways["phone"], user=desk.play.cast.users[name],
            start=max(at, midnight + hours(start)), end=midnight + hours(end), by=desk.play.cast["xu"], at=at,
        )  # fmt: skip


def _break_off(desk: Desk, at: datetime) -> None:
    """Whoever is on duty goes home ill, and nobody takes over until midnight."""
    shift = Shift.objects.get(channel=desk.ways["phone"], start_at__lt=at, end_at__gt=at, removed_at=None)
    remove_shift(shift=shift, by=desk.play.cast["xu"], at=at)


def _watch(desk: Desk, at: datetime) -> None:
    phone.watch(channel=desk.ways["phone"], by=SYSTEM, at=at)


def _answered(play: Play, n: int) -> datetime:
    _brand, _number, _who, ago, hour, *_rest = said.CALLS[n]
    return play.workday(ago, hour) + timedelta(seconds=9 + 3 * n)


def call_ends(play: Play, n: int) -> datetime:
    """When both hang up."""
    return _answered(play, n) + timedelta(minutes=said.CALLS[n][5])


def _call(play: Play, desk: Desk, n: int) -> Iterator[Step]:
    brand, number, who, ago, hour, _spoken, noted, _about, opinion = said.CALLS[n]

    def told(event: str, at: datetime) -> None:
        _tell(desk, f"demo-{n}", event, brand, number, who, at)

    yield play.workday(ago, hour), partial(told, "ringing")
    if not who:
        yield play.workday(ago, hour) + timedelta(seconds=48), partial(told, "ended")
        return
    yield _answered(play, n), partial(told, "answered")
    yield call_ends(play, n), partial(told, "ended")
    if opinion != Opinion.SAID:
        yield call_ends(play, n) + timedelta(minutes=noted), partial(write_down, desk, n)


def _tell(desk: Desk, call: str, event: str, brand: str, number: str, who: str, at: datetime) -> Call | None:
    if brand:
        _customer, contact = desk.play.whose(brand)
        number = customers.contact_points([contact.pk])[contact.pk].phone
    extension = next(
        (pair.split("=")[0] for pair in said.BY_EXCHANGE.split() if pair.endswith(f"={who}")), ""
    )
    told = Told(event, call, number, False, extension if who else "", "", at, "")
    return phone.take_event(channel=desk.ways["phone"], told=told, by=EXCHANGE, at=at)


def write_down(desk: Desk, n: int, at: datetime) -> int:
    """What a call was about; gives the case that it is, else 0."""
    _brand, _number, who, *_times, about, opinion = said.CALLS[n]
    call = Call.objects.select_related("line__conversation").get(line__external_id=f"demo-{n}")
    if opinion == Opinion.SAID:
        conversations.open_case(
            conversation=call.line.conversation, lines=[call.line],
            intake=Intake(type="complaint", title="巡检次数少于合同约定", content=about), by=desk.play.cast[who], at=at,
        )  # fmt: skip
    conversations.record_call(
        call=call, summary=about, opinion=Opinion(opinion), user=desk.play.cast.users[who], at=at
    )
    return Conversation.objects.get(pk=call.line.conversation_id).case_id or 0


def _calls_of_today(play: Play, desk: Desk) -> Iterator[Step]:
    """One that was not written down, and one that nobody answered."""
    for brand, who, since, spoken in (("桐湾纺织", "lin", 34, 6.2), ("东溟化工", "", 41, 0.7)):
        began = play.now - timedelta(minutes=since)
        for event, after in (("ringing", 0.0), ("answered", 0.2), ("ended", 0.2 + spoken)):
            if who or event != "answered":
                act = partial(_tell, desk, f"demo-today-{brand}", event, brand, "", who)
                yield began + timedelta(minutes=after), act


# ── reviews, and what is pushed out ───────────────────────────────────────────────────────────────────────────


def review(desk: Desk, n: int, at: datetime) -> int:
    """A review comes in; gives the case that a bad one is, else 0."""
    score, text, author, product, *_when = said.REVIEWS[n]
    found = Review(f"demo-{n}", score, text, at, author, f"2026{n:08d}", "澄川旗舰店", product)
    taken = take_review(channel=desk.ways["review"], review=found, by=SYSTEM, at=at)
    return Conversation.objects.get(pk=taken.received.conversation.pk).case_id or 0


def _see_review(desk: Desk, n: int, at: datetime) -> None:
    """Answered below the review itself, and done with."""
    talk = Line.objects.get(external_id=f"review:demo-{n}").conversation
    opinion = Opinion.SAID if talk.case_id else Opinion.NONE
    user = desk.play.cast.users["xu"]
    conversations.record_summary(
        conversation=talk, summary="已在评价下公开回复。", opinion=opinion, user=user, at=at
    )
    conversations.end(conversation=talk, ending=Ending.STAFF, by=desk.play.cast["xu"], at=at)


def _open_robot(desk: Desk, at: datetime) -> None:
    address = "https://robot.demo.invalid/send?access_token=demo"
    plan = OutletPlan("客服部群机器人", address, "demo", "service", ("escalate",))
    desk.robot = outlets.open_outlet(kind=OutletKind.DINGTALK, plan=plan, by=desk.play.cast["sys"], at=at)


def _open_hub(desk: Desk, at: datetime) -> None:
    plan = OutletPlan("数据中台", "https://hub.demo.invalid/events", "", "", ("case.closed", "case.rated"))
    outlets.open_outlet(kind=OutletKind.HOOK, plan=plan, by=desk.play.cast["sys"], at=at)


def _push(desk: Desk, ago: int, at: datetime) -> None:
    """The robot has said the newest of what was noticed since."""
    assert desk.robot is not None  # noqa: S101  opened before
    outlet = Outlet.objects.get(pk=desk.robot.pk)
    rows = list(
        Notice.objects.filter(pk__gt=outlet.cursor, kind__in=outlet.wants, at__lte=at).order_by("-pk")[:3]
    )
    if not rows:
        return
    outlets.collect(
        outlet=outlet, wanted=[Wanted(str(row.pk), row.kind) for row in rows],
        cursor=max(row.pk for row in rows), together=True, by=SYSTEM, at=at,
    )  # fmt: skip
    pushes = list(Push.objects.filter(outlet=outlet, state="waiting"))
    good = Attempt(is_sent=True, status=200, took=140 + ago, said='{"errcode":0,"errmsg":"ok"}')
    outlets.note_attempt(pushes=pushes, attempt=good, by=SYSTEM, at=at + timedelta(seconds=2))
