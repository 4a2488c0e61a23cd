"""What a visitor sends and sees: once, their own, within limits; and nothing of anybody else's."""

from __future__ import annotations

import gzip
import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from keyue.channels.chat.limits import MESSAGES_OF_VISITOR
from keyue.conversations import actions
from keyue.conversations.actions._ground import Words
from keyue.conversations.enums import State
from keyue.conversations.models import Conversation, Line
from keyue.kernel.errors import Refused
from keyue.ledger.models import Fact
from tests.apps.channels.chat.conftest import Chat

pytestmark = pytest.mark.django_db
LIMIT = 20 * 1024


def test_all_that_a_visitor_loads_is_small(chat: Chat) -> None:
    window = Client().get(f"/chat/{chat.channel.pk}/?framed=1")
    script = Client().get(f"/chat/{chat.channel.pk}.js")
    files = [Path(finders.find(f"channels/chat.{kind}")).read_bytes() for kind in ("js", "css")]
    total = sum(len(gzip.compress(content)) for content in [window.content, script.content, *files])
    assert total <= LIMIT, total
    assert not window.cookies and not script.cookies


def test_a_message_five_times_is_one_line(chat: Chat) -> None:
    visitor = chat.visitor()
    answers = [visitor.send("你好", key="the-same-key-01") for _ in range(5)]
    assert {answer.json()["line"]["id"] for answer in answers} == {Line.objects.get().pk}
    assert [answer.json()["again"] for answer in answers] == [False, True, True, True, True]
    assert Fact.objects.filter(kind="conversation.asked").count() == 1


def test_a_visitor_sees_their_own_and_nobody_else_s(chat: Chat) -> None:
    first, second = chat.visitor(), chat.visitor()
    first.says("我的合同号是 4711")
    second.says("你好")
    actions.whisper(conversation=first.talk, words=Words("这位难缠"), user=chat.world.agent, at=chat.now.at)
    assert [line["text"] for line in first.begin()["lines"]] == ["我的合同号是 4711"]
    assert [line["text"] for line in second.begin()["lines"]] == ["你好"]
    # a token of another window, an altered one, none
    for token in (first.token[:-2] + "xx", "", "a.b.c", first.token.replace(first.token[3], "A", 1)):
        second.token = token
        assert second.call("typing").status_code == 403
        assert second.begin()["lines"] == []


def test_files_are_the_visitor_s_own_and_are_saved_not_run(chat: Chat) -> None:
    first, second = chat.visitor(), chat.visitor()
    second.says("你好")
    first.says("看这个", files=SimpleUploadedFile("说明.txt", b"plain"))
    [line] = first.begin()["lines"]
    url = line["files"][0]["url"]
    answer = Client().get(url)
    assert answer.status_code == 200 and "attachment" in answer["Content-Disposition"]
    assert "sandbox" in answer["Content-Security-Policy"]
    assert Client().get(url[:-3] + "xx/").status_code == 404
    assert Client().get(f"/chat/{chat.channel.pk}/files/1/").status_code == 404


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.svg", b"<svg onload=alert(1)></svg>"),
        ("x.html", b"<script>alert(1)</script>"),
        ("x.png", b"<svg onload=alert(1)></svg>"),
        ("x.exe", b"MZ"),
        ("x.txt", b""),
    ],
)
def test_what_could_run_is_refused_with_a_sentence(chat: Chat, name: str, content: bytes) -> None:
    answer = chat.visitor().send("看", files=SimpleUploadedFile(name, content))
    assert answer.status_code == 422 and name in answer.json()["said"]
    assert not Line.objects.exists()


def test_bodies_too_large_are_refused_unread(chat: Chat) -> None:
    visitor = chat.visitor()
    assert visitor.send("长" * 4_001).status_code == 422
    visitor.begin()
    large = visitor.client.post(
        f"/chat/{chat.channel.pk}/read/",
        json.dumps({"upto": 1, "rest": "x" * 70_000}),
        content_type="application/json",
        headers={"Authorization": f"Bearer {visitor.token}"},
    )
    assert large.status_code == 413 and "MB" in large.json()["said"]
    assert not Line.objects.exists()


def test_who_sends_too_much_waits(chat: Chat) -> None:
    visitor, other = chat.visitor(), chat.visitor()
    for _ in range(MESSAGES_OF_VISITOR.most):
        visitor.says("在吗")
    refused = visitor.send("在吗", key="held-back-key")
    assert refused.status_code == 429 and int(refused["Retry-After"]) > 0
    assert other.send("你好").status_code == 200
    chat.now.pass_(minutes=2)
    assert visitor.send("在吗", key="held-back-key").status_code == 200


def test_messages_from_other_pages_are_refused(chat: Chat) -> None:
    visitor = chat.visitor()
    visitor.begin()
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert visitor.call("typing", **headers).status_code == 403


def test_only_named_sites_may_frame_it(chat: Chat) -> None:
    address = f"/chat/{chat.channel.pk}/"
    assert "frame-ancestors *" in Client().get(address)["Content-Security-Policy"]
    chat.setup(sites="https://www.example.com\nhttps://shop.example.com")
    page = Client().get(address)
    assert (
        "frame-ancestors https://www.example.com https://shop.example.com" in page["Content-Security-Policy"]
    )
    assert "script-src 'self'" in page["Content-Security-Policy"] and "X-Frame-Options" not in page
    actions.close_channel(channel=chat.channel, by=chat.world.actor(chat.world.supervisor), at=chat.now.at)
    assert (
        Client().get(address).status_code == 404
        and Client().get(f"/chat/{chat.channel.pk}.js").status_code == 404
    )


def test_markup_stays_text(chat: Chat) -> None:
    visitor = chat.visitor()
    visitor.says("<script>alert(1)</script>")
    chat.setup(greeting="<img src=x onerror=alert(1)>")
    page = Client().get(f"/chat/{chat.channel.pk}/").content.decode()
    assert "<img src=x" not in page and "&lt;img" in page


def test_read_marks_both_ways(chat: Chat) -> None:
    visitor = chat.visitor()
    line = visitor.says("你好")
    actions.take(conversation=visitor.talk, user=chat.world.agent, at=chat.now.at)
    answered = actions.answer(
        conversation=visitor.talk, words=Words("您好"), user=chat.world.agent, at=chat.now.at
    )
    assert actions.note_seen(
        conversation=visitor.talk, upto=line.pk, user=chat.world.supervisor, at=chat.now.at
    ) == 0  # fmt: skip
    assert visitor.begin()["lines"][0]["read"] is False
    actions.note_seen(conversation=visitor.talk, upto=line.pk, user=chat.world.agent, at=chat.now.at)
    assert visitor.begin()["lines"][0]["read"] is True
    assert visitor.call("read", {"upto": answered.pk}).json() == {"n": 1}
    answered.refresh_from_db()
    assert answered.delivery == "read" and answered.read_at is not None


def test_the_queue_says_how_many_are_before(chat: Chat) -> None:
    first, second, third = (chat.visitor() for _ in range(3))
    for visitor in (first, second, third):
        visitor.says("你好")
        chat.now.pass_(seconds=5)
    assert [v.begin()["standing"]["ahead"] for v in (first, second, third)] == [0, 1, 2]
    actions.take(conversation=Conversation.objects.order_by("pk")[0], user=chat.world.agent, at=chat.now.at)
    assert [v.begin()["standing"]["ahead"] for v in (first, second, third)] == [None, 0, 1]
    assert first.begin()["standing"]["agent"] == chat.world.agent.name


def test_nobody_answers_more_than_the_limit(chat: Chat) -> None:
    chat.setup(most_each=2)
    for _ in range(3):
        chat.visitor().says("你好")
    rows = list(Conversation.objects.order_by("pk"))
    for row in rows[:2]:
        actions.take(conversation=row, user=chat.world.agent, at=chat.now.at)
    with pytest.raises(Refused, match="上限"):
        actions.take(conversation=rows[2], user=chat.world.agent, at=chat.now.at)
    with pytest.raises(Refused, match="上限"):
        actions.answer(conversation=rows[2], words=Words("您好"), user=chat.world.agent, at=chat.now.at)
    by = chat.world.actor(chat.world.supervisor)
    with pytest.raises(Refused, match="上限"):
        actions.hand_over(conversation=rows[2], to=chat.world.agent, by=by, at=chat.now.at)
    actions.hand_over(conversation=rows[0], department="service", by=by, at=chat.now.at)
    actions.take(conversation=rows[2], user=chat.world.agent, at=chat.now.at)


def test_the_visitor_ends_it_with_a_score(chat: Chat) -> None:
    visitor = chat.visitor()
    assert visitor.call("begin").status_code == 200
    visitor.begin()
    assert visitor.call("end", {"score": 5}).status_code == 409
    visitor.says("谢谢")
    assert visitor.call("end", {"score": 9}).status_code == 422
    answer = visitor.call("end", {"score": 5})
    assert answer.json()["standing"]["state"] == State.ENDED
    assert visitor.talk.ending == "customer"
    assert Line.objects.get(kind="event").detail == {"score": 5}
    assert visitor.call("end").status_code == 409
    visitor.says("还有一件事")
    assert Conversation.objects.count() == 2


def test_what_nobody_says_anything_in_ends_but_nobody_is_left_waiting(chat: Chat) -> None:
    from keyue.channels.chat.jobs import end_the_silent

    answered, waiting = chat.visitor(), chat.visitor()
    waiting.says("有人吗在线等")
    answered.says("你好")
    actions.answer(conversation=answered.talk, words=Words("您好"), user=chat.world.agent, at=chat.now.at)
    assert end_the_silent(chat.now.at) == 0
    chat.now.at += timedelta(hours=3)
    assert end_the_silent(chat.now.at) == 1
    assert set(Conversation.objects.values_list("state", flat=True)) == {"queued", "ended"}
