"""What the stories of channels share: an office at which 林知夏 answers in the pages, its regulations, and the clock.

The customer speaks by the real doors of channels; what staff do goes through the console as their browser sends it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from keyue.cases.models import Case
from keyue.conversations import channel_figures
from keyue.conversations.enums import LineKind
from keyue.conversations.models import Channel, Conversation, Line
from keyue.customers import actions as customers
from keyue.customers.models import Contact
from keyue.kernel import clock
from keyue.ledger import selectors as ledger
from keyue.ledger.actions import Delivery, deliver
from keyue.ledger.facts import SYSTEM, Subject
from keyue.promises.actions import look, open_windows
from keyue.promises.models import Promise
from keyue.regulations.actions import adopt_pack
from tests.apps.channels.sms.conftest import push
from tests.apps.channels.vendors import PHONE
from tests.apps.channels.vendors import Desk as ChannelDesk
from tests.apps.conversations.conftest import AT, Now
from tests.apps.conversations.conftest import now as now
from tests.journeys.desk import publish
from tests.journeys.world import ANSWERS, browser_of, found

MAIL = "zhou.xubai@beiyu.example"
FEEDBACK = {**ANSWERS, "bad_review.within": "PT24H", "call_recorded.within": "PT10M"}
SERVICE = {"person_reached.within": "PT2M", "talk_joined.within": "PT24H"}
TEXT = """# 渠道答复制度

```regulation
id      = "answering"
code    = "KY-ZD-010"
subject = "conversation"
keeper  = "service_head"
```

## 1 答复

### 1.1 首次答复

客户从哪个渠道问话，就在 30 分钟内由人答复。自动答复不算。

```control
id     = "first_answer"
name   = "人工答复"
on     = "conversation.asked"
again  = "each"
met_by = "conversation.answered"
within = "PT30M"
owner  = ["conversation.agent", "service_desk"]
```
"""


@dataclass
class Office(ChannelDesk):
    """The company as its agent works in it."""

    now: Now

    @property
    def browser(self) -> Client:
        """The agent's browser, signed in today: whoever has been away for hours is asked again."""
        return browser_of(self.agent)

    def channel(self, kind: str, *, secrets: dict[str, str] | None = None, **options: Any) -> Channel:
        """A channel as it stands since yesterday: what is owed daily begins on the day after."""
        today = self.now.at
        self.now.at = today - timedelta(days=1)
        made = super().channel(kind, secrets=secrets, **options)
        self.now.at = today
        return made

    # --- the conversation ---

    @property
    def talk(self) -> Conversation:
        """The one conversation that there is."""
        return Conversation.objects.get()

    def sees(self, talk: Conversation) -> str:
        """The page of a conversation as the agent has it before them."""
        page = self.browser.get(f"/conversations/{talk.pk}/")
        assert page.status_code == 200, page.headers
        return page.content.decode()

    def in_queue(self) -> str:
        """The list of those who wait."""
        return self.browser.get("/conversations/?show=queue").content.decode()

    def says(self, talk: Conversation, body: str) -> Line:
        """The agent answers, and the outbox is emptied."""
        answer = self.browser.post(
            f"/conversations/{talk.pk}/say/", {"body": body, "once": f"form-{body}"[:40]}
        )
        assert answer.status_code == 303, answer.content.decode()
        self.sends()
        return Line.objects.filter(kind=LineKind.OUTBOUND).latest("pk")

    def sends(self, **later: float) -> Delivery:
        """A turn of the outbox."""
        return deliver(now=clock.now() + timedelta(**(later or {"seconds": 1})))

    def confirms(self, talk: Conversation, contact: Contact | None = None) -> None:
        """The agent says who it is that speaks."""
        chosen = {"contact": (contact or self.contact).pk}
        assert self.browser.post(f"/conversations/{talk.pk}/who/", chosen).status_code == 303

    def registers(
        self, talk: Conversation, line: Line, title: str, type: str = "complaint", **more: str
    ) -> Case:
        """The agent makes a case of a line."""
        given = {"type": type, "title": title, "content": line.body, **more}
        answer = self.browser.post(f"/conversations/{talk.pk}/case/?line={line.uid}", given)
        assert answer.status_code == 303, answer.content.decode()
        line.refresh_from_db()
        assert line.case is not None
        return line.case

    def closes(self, talk: Conversation, summary: str, opinion: str = "none") -> None:
        """The agent ends it and writes down what it was about."""
        base = f"/conversations/{talk.pk}/act"
        assert self.browser.post(f"{base}/end/").status_code == 303
        recorded = self.browser.post(f"{base}/record/", {"summary": summary, "opinion": opinion})
        assert recorded.status_code == 303, recorded.content.decode()
        talk.refresh_from_db()
        assert talk.is_over and talk.recorded_by == self.agent

    def timeline(self, talk: Conversation) -> list[tuple[str, str, str]]:
        """Channel, kind and words of each line."""
        rows = Line.objects.filter(conversation=talk).order_by("pk")
        return [(line.channel.kind, line.kind, line.body) for line in rows.select_related("channel")]

    def kinds(self, subject: Subject) -> list[str]:
        """Kinds of the facts of a chain."""
        return [fact.kind for fact in ledger.facts_of(subject)]

    # --- the promises ---

    def states(self, of: Channel | Conversation | Case, control: str) -> list[str]:
        """How the promises under a control stand, in their order."""
        open_windows(now=clock.now())
        look(now=clock.now())
        rows = Promise.objects.filter(subject_kind=of.subject.kind, subject_id=of.pk, control=control)
        return list(rows.order_by("cycle", "seq").values_list("state", flat=True))

    def first_response(self, channel: Channel) -> tuple[int, int, timedelta | None]:
        """Conversations that began on a channel, those of them that a person answered, and how soon."""
        [face] = channel_figures.faces([channel], at=clock.now(), today=clock.now())
        return face.first.begun, face.first.answered, face.first.median

    def evidence(self, regulation: str, clause: str) -> str:
        """The page that proves a clause's figure, as management reads it."""
        month = f"{self.now.at:%Y-%m}"
        page = browser_of(self.world.executive).get(
            f"/regulations/{regulation}/{clause}/evidence/", {"month": month}
        )
        assert page.status_code == 200, page.headers
        return page.content.decode()

    # --- the keeper's day, and the way over by another channel ---

    def looks_through(self, channel: Channel) -> None:
        """The keeper says that what came in was seen and sorted: kept on that day, and owed again on the next."""
        before = self.states(channel, "channels_viewed")
        assert before == ["pending"], before
        page = self.browser.get("/settings/channels/").content.decode()
        assert "今天还没看" in page
        answer = self.browser.post(f"/settings/channels/{channel.pk}/seen/", {"to": "list"}, follow=True)
        assert "看过并整理了" in answer.content.decode()
        assert self.states(channel, "channels_viewed") == ["met"]
        assert "查看并整理渠道" in self.evidence("feedback", "3.2.1")

    def misses_a_day(self, channel: Channel) -> None:
        """Nobody looks: the missed day stays visible."""
        for _day in range(2):
            self.now.pass_(days=1)
            self.states(channel, "channels_viewed")
        after = self.states(channel, "channels_viewed")
        assert after == ["met", "breached", "pending"], after

    def short_messages(self) -> Channel:
        """The other channel of most stories: one that needs no server to come in."""
        options = {
            "provider": "aliyun",
            "key_id": "k",
            "sign_name": "澄川环境",
            "templates": "SMS_1=您好，已处理。",
        }
        return self.channel("sms", secrets={"secret": "s"}, api="https://dysmsapi.aliyuncs.com", **options)

    def goes_on_by_short_message(self, talk: Conversation, text: str) -> Line:
        """The customer takes another channel, and it is the same conversation."""
        sms = Channel.objects.filter(kind="sms").first() or self.short_messages()
        said = {"phone_number": PHONE, "content": text, "sequence_id": f"{text}", "dest_code": "1"}
        sent = {"send_time": f"{self.now.at + timedelta(hours=8):%Y-%m-%d %H:%M:%S}"}
        for _again in range(2):
            assert push(sms, [{**said, **sent}]).status_code == 200
        line = Line.objects.get(channel=sms, body=text)
        assert line.conversation == talk
        return line


@pytest.fixture
def desk(now: Now) -> Office:
    """The company, a Tuesday morning in March; its name is that of the office of the channels' own tests."""
    begin = AT - timedelta(days=30)
    world = found(at=begin, packs=())
    for pack, answers in (("feedback", FEEDBACK), ("service", SERVICE)):
        adopt_pack(pack=pack, effective_from=begin, answers=answers, by=SYSTEM, at=begin)
    publish(TEXT, begin)
    customer = customers.create_customer(
        kind="organisation", name="北屿文旅", contact_name="周叙白", phone=PHONE, email=MAIL, source="phone",
        legal_basis="contract", by=SYSTEM, at=AT - timedelta(days=20),
    )  # fmt: skip
    return Office(world, customer.contacts.get(), now)


def taken(answer: Any) -> None:
    """A platform's callback was taken."""
    assert answer.status_code == 200, answer.content.decode()
