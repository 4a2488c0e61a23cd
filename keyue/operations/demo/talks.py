"""Conversations of the demo as they unfold: what customers say comes in by the ways of its channels, what they are answered
goes out by the actions of the console. What went out is told to have arrived; nothing is ever sent.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from functools import partial
from typing import Any

from keyue.cases.actions.intake import Intake
from keyue.channels.chat import actions as chat
from keyue.channels.chat.tokens import Identity, Visitor, named
from keyue.channels.email import actions as mailbox
from keyue.channels.email.actions import Lying
from keyue.channels.email.models import RawMail
from keyue.channels.email.reader.reading import read_mail
from keyue.conversations import actions
from keyue.conversations.actions import Incoming
from keyue.conversations.actions._ground import Words
from keyue.conversations.enums import Delivery, Ending, LineKind, Opinion
from keyue.conversations.models import Channel, Conversation, Line
from keyue.customers import selectors as customers
from keyue.customers.actions.notes import NextStep, finish_follow_up
from keyue.customers.models import FollowUp
from keyue.ledger.facts import SYSTEM, Actor
from keyue.operations.demo import channels, desk_texts, past
from keyue.operations.demo import talks_texts as said
from keyue.operations.demo.channels import Desk
from keyue.operations.demo.matter import Matter
from keyue.operations.demo.play import Act, Play, Step, hours, picture
from keyue.operations.demo.stories import STORIES
from keyue.operations.demo.talks_texts import Talk
from keyue.ui.uploads import Upload

CUSTOMER = Actor("customer", "channel")
OURS = "service@chengchuan.demo.invalid"
TEXTS = {
    "开票资料.txt": "抬头：川野乳业有限公司\n税号：91000000MA0000000X（演示）\n",
    "水质检测报告.txt": "浊度 0.18 NTU\n余氯 0.32 mg/L\npH 7.3\n结论：合格\n",
    "清洗方案.txt": "1. 停机泄压\n2. 碱洗 2 小时\n3. 酸洗 2 小时\n4. 冲洗至中性，约 2 小时\n",
    "生产计划.csv": "日期,班次,产量\n周六,白班,120\n周六,夜班,停机\n周日,白班,120\n",
}


@dataclass(slots=True)
class Opened(Matter):
    """A case that came of something said: `opened` does what opens it, and gives the case."""

    opened: Callable[[datetime], int] = lambda at: 0

    def receive(self, at: datetime) -> None:
        self.agent = self.agent or "lin"
        self.pk = self.opened(at)


class Talks:
    """All conversations of the demo, and the cases that come of them, of calls and of bad reviews."""

    def __init__(self, play: Play, desk: Desk) -> None:
        # dice of their own: what happens elsewhere in the demo stays as it was
        self.play = replace(play, chance=random.Random(20260318))  # noqa: S311  a story, not a secret
        self.desk = desk
        self.talks = [_Exchange(self.play, desk, talk) for talk in (*said.PAST, *said.NOW)]

    def stories(self) -> list[Iterator[Step]]:
        """Each conversation by itself, and the mails that nobody could read."""
        play, desk = self.play, self.desk
        odd: list[Step] = [
            (play.workday(8, 8.2), partial(_unreadable, desk, "damaged")),
            (play.workday(7, 9.4), partial(_look, desk)),
            (play.workday(2, 8.1), partial(_unreadable, desk, "waiting")),
        ]
        return [*(talk.acts() for talk in self.talks), iter(odd)]

    def matters(self) -> list[tuple[datetime, Iterator[Step]]]:
        """Each case that comes of them: when it is opened, and its steps to the end."""
        found = [talk.matter(*one) for talk in self.talks for one in talk.becoming()]
        for n, review in enumerate(desk_texts.REVIEWS):
            if review[0] <= channels.BAD:
                at = self.play.workday(review[4], review[5])
                hint = "到货破损" if "漏水" in review[1] else "重复收取"
                found.append(
                    matter_of(self.play, at, "complaint", hint, partial(channels.review, self.desk, n))
                )
                found[-1].is_anonymous = True
        for n, call in enumerate(desk_texts.CALLS):
            if call[-1] == Opinion.SAID:
                at = channels.call_ends(self.play, n) + timedelta(minutes=call[6])
                found.append(
                    matter_of(
                        self.play, at, "complaint", "约好的", partial(channels.write_down, self.desk, n)
                    )
                )
        return [(matter.t, past.of_matter(matter)) for matter in found]


def matter_of(play: Play, at: datetime, type_: str, hint: str, opened: Callable[[datetime], int]) -> Opened:
    """What follows once it is opened; `hint` is part of the title of the story that it goes like."""
    story = next((one for one in STORIES if hint and hint in one.title), None)
    found = Opened(play, at, type=type_, opened=opened, story=story)
    if story is not None:
        found.category, found.lead = story.category, story.department
    found.answer = "" if story else "抢修人员已到场处理，恢复正常。"
    return found


@dataclass(slots=True)
class _Exchange:
    """A conversation while it goes on. `first` is what began it, `line` what the customer said last."""

    play: Play
    desk: Desk
    talk: Talk
    pk: int = 0
    first: Line | None = None
    line: Line | None = None
    number: int = 0
    message_id: str = ""
    promised: list[int] = field(default_factory=list)

    def _times(self) -> Iterator[tuple[datetime, str, tuple[Any, ...]]]:
        talk = self.talk
        at = self.play.workday(talk.ago, talk.hour)
        if talk.since:
            at = self.play.now - timedelta(minutes=talk.since)
        for name, after, *rest in talk.acts:
            at += timedelta(minutes=after)
            yield at, name, tuple(rest)

    def acts(self) -> Iterator[Step]:
        """What is said and done, but for what becomes a case: that is a story of its own."""
        for at, name, rest in self._times():
            if name != "becomes":
                act: Act = partial(getattr(self, name), *rest)
                yield at, act

    @property
    def channel(self) -> Channel:
        return self.desk.ways[self.talk.way]

    @property
    def row(self) -> Conversation:
        return Conversation.objects.select_related("channel", "party").get(pk=self.pk)

    # ── the customer ──────────────────────────────────────────────────────────────────────────────────────

    def says(self, text: str, more: dict[str, Any], at: datetime) -> None:
        self.number += 1
        way = str(more.get("way") or self.talk.way)
        uploads = [upload(more["file"])] if more.get("file") else []
        if way == "chat":
            line = self._types(text, uploads, more, at)
        elif way == "email":
            line = self._mails(text, uploads, at)
        else:
            line = self._sends(way, text, uploads, at)
        self.line = line
        self.first = self.first or line
        self.pk = line.conversation_id

    def _types(self, text: str, uploads: list[Upload], more: dict[str, Any], at: datetime) -> Line:
        """In the window of the company's site; who is a customer has signed in there."""
        identity, visitor = None, Visitor(self.channel.pk, f"a:demo-{self.talk.key}")
        if self.talk.brand:
            point = self._point()
            identity = Identity(f"u{point.contact_id}", point.email, "", point.name)
            visitor = named(self.channel.pk, identity)
        saying = chat.Saying(
            f"demo-{self.talk.key}-{self.number:04d}".replace("_", "-"), text, uploads,
            phone="13600004411" if more.get("left") and not identity else "", identity=identity,
        )  # fmt: skip
        line = chat.say(self.channel, visitor, saying, by=chat.CUSTOMER, at=at).line
        _arrived(line.conversation_id, at)
        return line

    def _mails(self, text: str, uploads: list[Upload], at: datetime) -> Line:
        mail = EmailMessage()
        mail["From"] = self._sender()
        mail["To"] = f"澄川环境客户服务 <{OURS}>"
        mail["Subject"] = self.talk.subject or "咨询"
        mail["Date"] = at.strftime("%a, %d %b %Y %H:%M:%S +0000")
        before, self.message_id = (
            self.message_id,
            f"<demo.{self.talk.key}.{self.number}@customer.demo.invalid>",
        )
        mail["Message-ID"] = self.message_id
        if before:
            mail["In-Reply-To"] = mail["References"] = before
        quoted = f"\n\n在 {at:%Y-%m-%d}，澄川环境客户服务写道：\n> 您好，我们已经收到。\n" if before else ""
        mail.set_content(text + quoted)
        for one in uploads:
            kind = ("image", "png") if one.name.endswith(".png") else ("text", "plain")
            mail.add_attachment(one.content, maintype=kind[0], subtype=kind[1], filename=one.name)
        found = _take(self.channel, mail.as_bytes(), at)
        assert found is not None  # noqa: S101  a mail of the demo can be read
        return found

    def _sender(self) -> str:
        if not self.talk.brand:
            return f"{self.talk.name} <sales@advert.demo.invalid>"
        point = self._point()
        return f"{point.name} <{point.email}>"

    def _sends(self, way: str, text: str, uploads: list[Upload], at: datetime) -> Line:
        handle = self._point().phone if way == "sms" else f"demo-{self.talk.key}"
        if way == "wechat" and self.talk.name:
            # the same person has one id however often they write
            handle = f"openid-{self.talk.name}"
        incoming = Incoming(
            f"{self.talk.key}:{self.number}", handle, text, name=self.talk.name, uploads=uploads
        )
        channel = self.desk.ways[way]
        return actions.receive(channel, incoming, by=CUSTOMER, at=at, source=way).line

    def _point(self) -> Any:
        _customer, contact = self.play.whose(self.talk.brand)
        return customers.contact_points([contact.pk])[contact.pk]

    def leaves(self, score: int, at: datetime) -> None:
        """The visitor closes the window with a score."""
        visitor = Visitor(self.channel.pk, f"a:demo-{self.talk.key}")
        chat.end(channel=self.channel, visitor=visitor, score=score, by=chat.CUSTOMER, at=at)

    # ── who answers ───────────────────────────────────────────────────────────────────────────────────────

    def answers(self, who: str, text: str, more: dict[str, Any], at: datetime) -> None:
        user = self.play.cast.users[who]
        uploads = [upload(more["file"])] if more.get("file") else []
        promised = []
        if more.get("promised"):
            what, within = more["promised"]
            promised = [NextStep(what, at + hours(within), user)]
        before = set(FollowUp.objects.values_list("pk", flat=True)) if promised else set()
        actions.answer(conversation=self.row, words=Words(text, uploads), user=user, promised=promised, at=at)
        if promised:
            self.promised += FollowUp.objects.exclude(pk__in=before).values_list("pk", flat=True)
        _arrived(self.pk, at)
        actions.note_seen(conversation=self.row, upto=self.line.pk if self.line else 0, user=user, at=at)

    def keeps(self, who: str, at: datetime) -> None:
        """What was promised is done."""
        for pk in self.promised:
            row = FollowUp.objects.get(pk=pk)
            finish_follow_up(follow_up=row, outcome="done", by=self.play.cast[who], at=at)

    def whispers(self, who: str, text: str, at: datetime) -> None:
        user = self.play.cast.users[who]
        actions.whisper(conversation=self.row, words=Words(text), user=user, at=at)

    def hands(self, who: str, to: str, at: datetime) -> None:
        actions.hand_over(conversation=self.row, to=self.play.cast.users[to], by=self.play.cast[who], at=at)

    def knows(self, who: str, at: datetime) -> None:
        """A stranger turns out to be somebody."""
        _customer, contact = self.play.whose(self.talk.brand)
        if self.row.contact_id is None:
            actions.know(conversation=self.row, contact=contact, by=self.play.cast[who], at=at)

    def records(self, who: str, summary: str, opinion: str, at: datetime) -> None:
        actions.record_summary(
            conversation=self.row,
            summary=summary,
            opinion=Opinion(opinion),
            user=self.play.cast.users[who],
            at=at,
        )

    def ends(self, who: str, at: datetime) -> None:
        actions.end(conversation=self.row, ending=Ending.STAFF, by=self.play.cast[who], at=at)

    # ── what becomes of it ────────────────────────────────────────────────────────────────────────────────

    def becoming(self) -> Iterator[tuple[datetime, Any]]:
        """When a line becomes a case, and which."""
        return ((at, rest) for at, name, rest in self._times() if name == "becomes")

    def matter(self, at: datetime, rest: tuple[str, str, str, str]) -> Opened:
        who, type_, title, hint = rest
        found = matter_of(self.play, at, type_, hint, partial(self._opens, who, type_, title))
        found.agent = who
        return found

    def _opens(self, who: str, type_: str, title: str, at: datetime) -> int:
        assert self.first is not None  # noqa: S101  somebody has said something
        intake = Intake(type=type_, title=title, content=self.first.body)
        made = actions.open_case(
            conversation=self.row, lines=[self.first], intake=intake, by=self.play.cast[who], at=at
        )
        return made.case.pk

    def needs(self, who: str, what: str, at: datetime) -> None:
        assert self.line is not None  # noqa: S101  somebody has said something
        actions.note_need(
            conversation=self.row, line=self.line, what=what, user=self.play.cast.users[who], at=at
        )

    def notes(self, who: str, topics: str, at: datetime) -> None:
        assert self.line is not None  # noqa: S101  somebody has said something
        actions.note_contact(
            conversation=self.row, line=self.line, topics=topics, no_opinion=True,
            user=self.play.cast.users[who], at=at,
        )  # fmt: skip


def _arrived(conversation: int, at: datetime) -> None:
    """What went out has come to the customer."""
    for line in Line.objects.filter(conversation=conversation, delivery=Delivery.WAITING):
        actions.note_delivery(
            line=line, delivery=Delivery.SENT, by=SYSTEM, at=at, external_id=f"demo:{line.uid}"
        )
    for line in Line.objects.filter(conversation=conversation, kind=LineKind.AUTO, delivery=Delivery.SENT):
        actions.note_delivery(line=line, delivery=Delivery.READ, by=SYSTEM, at=at)


def upload(name: str) -> Upload:
    """A file that comes along: a picture, or a few lines."""
    if name.endswith(".png"):
        return Upload(name, picture(len(name) * 9 % 130 + 60, 112, 96))
    return Upload(name, TEXTS[name].encode())


# ── mails ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _take(channel: Channel, raw: bytes, at: datetime, *, why: str = "") -> Line | None:
    """Take a mail in as a turn over the mailbox does; with `why` it is one that could not be read."""
    mine = mailbox.claim(channel=channel, by=SYSTEM, at=at)
    lying = Lying(1, int(at.timestamp()), at, raw, len(raw))
    if why:
        row = mailbox.put_aside(
            channel=channel, mine=mine, lying=lying, why=why, in_conversation=False, by=SYSTEM, at=at
        )
    else:
        row = mailbox.take(channel=channel, mine=mine, lying=lying, mail=read_mail(raw), by=SYSTEM, at=at)
    mailbox.note_done(channel=channel, mine=mine, is_more=False, by=SYSTEM, at=at)
    return row.line


def _unreadable(desk: Desk, name: str, at: datetime) -> None:
    raw = (
        f"From: <{name}@device.demo.invalid>\r\nTo: <{OURS}>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/mixed; boundary="cut"\r\n\r\n--cut\r\nContent-Transfer-Encoding: base64\r\n\r\n'
        "5rC056uZ5ZGK6K2m77ya57y6\r\n"
    ).encode() + bytes(range(128, 160))
    _take(desk.ways["email"], raw, at, why="读信程序三次都没有读完这封邮件。")


def _look(desk: Desk, at: datetime) -> None:
    row = RawMail.objects.filter(channel=desk.ways["email"], result="odd").order_by("pk")[0]
    mailbox.look_at(mail=row, user=desk.play.cast.users["yu"], at=at)
