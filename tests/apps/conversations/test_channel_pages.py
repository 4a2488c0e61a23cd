"""The settings pages of channels: set up by who may, seen by who keeps them, and what they count."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django import forms
from django.test import Client
from django.urls import reverse

from keyue.cases.enums import Channel as CaseChannel
from keyue.conversations import channel_figures, kinds
from keyue.conversations.channel_forms import ChannelForm
from keyue.conversations.enums import Scheme
from keyue.conversations.kinds import ChannelKind
from keyue.conversations.models import Channel
from keyue.conversations.sealed import secrets_of
from keyue.kernel.errors import Refused
from keyue.ledger.facts import SYSTEM
from keyue.people import actions as people
from tests.apps.conversations.conftest import Desk
from tests.journeys.world import browser_of

LIST = reverse("conversations:channels")


class LetterForm(ChannelForm):
    SECRET = ("password",)
    box = forms.CharField(max_length=20)
    password = forms.CharField(max_length=40)


def tried(channel: Channel) -> str:
    if secrets_of(channel)["password"] != "right":
        raise Refused("密码不对。")
    return "可以用。"


@pytest.fixture
def letters() -> Iterator[ChannelKind]:
    """A kind of channel that only this test knows."""
    kind = ChannelKind(
        code="letter",
        name="信箱",
        icon="mail",
        case_channel=CaseChannel.EMAIL.value,
        scheme=Scheme.MAIL,
        form=LetterForm,
        check=tried,
    )
    kinds.register(kind)
    yield kind
    kinds._KINDS.pop("letter")


def browser_with(role: str, desk: Desk) -> Client:
    """Somebody else's browser."""
    user = people.create_staff(
        username="somebody",
        name="于某",
        department=desk.agent.department,
        password="Maple-Stone-7",
        must_change_password=False,
        by=SYSTEM,
        at=desk.now.at,
    )
    people.grant_role(user=user, role=role, by=SYSTEM, at=desk.now.at)
    return browser_of(user)


@pytest.fixture
def admin(desk: Desk) -> Client:
    return browser_with("system_administrator", desk)


def open_one(admin: Client, **data: object) -> Channel:
    given = {"name": "门口信箱", "box": "1 号", "password": "wrong"} | data
    answer = admin.post(reverse("conversations:new_channel", args=["letter"]), given)
    assert answer.status_code == 303, answer.text
    return Channel.objects.get(name=given["name"])


def test_a_channel_is_set_up_tried_mended_and_closed(desk: Desk, admin: Client, letters: ChannelKind):
    row = open_one(admin)
    assert row.options == {"box": "1 号"}
    assert "wrong" not in row.secrets
    page = reverse("conversations:channel", args=[row.pk])
    shown = admin.get(page).text
    assert "1 号" in shown
    assert "wrong" not in shown
    said = admin.post(reverse("conversations:try_channel", args=[row.pk]), follow=True).text
    assert "密码不对。" in said
    # an empty password leaves it as it was, another box takes effect
    admin.post(page, {"name": "门口信箱", "box": "2 号", "rev": row.rev})
    row.refresh_from_db()
    assert row.options == {"box": "2 号"}
    assert secrets_of(row) == {"password": "wrong"}
    admin.post(page, {"name": "门口信箱", "box": "2 号", "password": "right", "rev": row.rev})
    assert "可以用。" in admin.post(reverse("conversations:try_channel", args=[row.pk]), follow=True).text
    close = reverse("conversations:close_channel", args=[row.pk])
    assert "不能恢复" in admin.get(close).text
    admin.post(close)
    row.refresh_from_db()
    assert not row.is_open
    assert not row.secrets
    admin.get(LIST)
    assert "门口信箱" not in admin.get(LIST).text
    assert "门口信箱" in admin.get(LIST, {"show": "all"}).text


def test_what_is_missing_or_taken_is_said_beside_its_field(desk: Desk, admin: Client, letters: ChannelKind):
    new = reverse("conversations:new_channel", args=["letter"])
    answer = admin.post(new, {"name": "信箱", "box": "1 号"})
    assert answer.status_code == 422
    assert not Channel.objects.filter(kind="letter").exists()
    open_one(admin, name="信箱")
    again = admin.post(new, {"name": "信箱", "box": "3 号", "password": "x"})
    assert again.status_code == 422
    assert "已有一个叫「信箱」的同类渠道" in again.text
    assert "3 号" in again.text


def test_a_change_over_somebody_elses_is_refused_and_kept(desk: Desk, admin: Client, letters: ChannelKind):
    row = open_one(admin)
    page = reverse("conversations:channel", args=[row.pk])
    admin.post(page, {"name": "甲", "box": "1 号", "rev": row.rev})
    late = admin.post(page, {"name": "乙", "box": "9 号", "rev": row.rev})
    assert late.status_code == 409
    assert "刚被别人改过" in late.text
    assert "9 号" in late.text
    assert Channel.objects.get(pk=row.pk).name == "甲"


def test_seen_and_sorted_is_said_by_the_keeper_and_kept_as_a_promise(desk: Desk, client: Client):
    desk.chats("在吗")
    shown = client.get(LIST).text
    assert "今天还没看" in shown
    assert "新到 1 条" in shown
    answer = client.post(reverse("conversations:seen", args=[desk.chat.pk]), {"to": "list"}, follow=True)
    assert "看过并整理了" in answer.text
    desk.chat.refresh_from_db()
    assert desk.chat.viewed_by == desk.agent
    face = channel_figures.faces([desk.chat], at=desk.now.at, today=desk.now.at - timedelta(hours=2))[0]
    assert (face.arrived, face.waiting, face.is_unseen) == (0, 1, False)


def test_who_keeps_no_channel_says_nothing_of_it(desk: Desk):
    client = browser_with("service_agent", desk)
    assert client.post(reverse("conversations:seen", args=[desk.chat.pk])).status_code == 403
    desk.chat.refresh_from_db()
    assert desk.chat.viewed_at is None
    assert client.get(LIST).status_code == 200
    assert (
        client.post(reverse("conversations:channel", args=[desk.chat.pk]), {"name": "x"}).status_code == 403
    )


def test_the_first_response_counts_people_only_and_the_channel_where_it_began(desk: Desk):
    from keyue.conversations import actions

    quick = desk.chats("一", "visitor-a")
    slow = desk.chats("二", "visitor-b")
    left = desk.chats("三", "visitor-c")
    actions.auto_answer(conversation=left.conversation, body="自动", at=desk.now.at)
    desk.now.pass_(minutes=2)
    desk.answers(quick, "好")
    desk.now.pass_(minutes=8)
    desk.answers(slow, "好")
    first = channel_figures.faces([desk.chat, desk.mail], at=desk.now.at, today=desk.now.at)
    assert (first[0].first.begun, first[0].first.answered) == (3, 2)
    assert first[0].first.median == timedelta(minutes=2)
    assert (first[1].first.begun, first[1].first.median) == (0, None)
