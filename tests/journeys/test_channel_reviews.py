"""A bad review of a shop, a comment on Weibo and a message on Douyin: each becomes a case, and is answered where it goes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from keyue.cases.models import Case
from keyue.conversations.models import Conversation, Line
from keyue.kernel import clock
from keyue.ledger.facts import SYSTEM
from keyue.people import actions as people
from keyue.people.models import User
from tests.apps.channels.reviews.test_reviews import douyin_says, sheet, weibo_says
from tests.journeys.channel_story import Office, taken
from tests.journeys.channel_story import desk as desk
from tests.journeys.channel_story import now as now
from tests.journeys.world import browser_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator(desk: Office) -> Client:
    """秦系安, who brings the shop's sheet."""
    at = clock.now()
    user = people.create_staff(username="qin", name="秦系安", by=SYSTEM, at=at)
    people.grant_role(user=user, role="system_administrator", by=SYSTEM, at=at)
    User.objects.filter(pk=user.pk).update(must_change_password=False)
    return browser_of(User.objects.get(pk=user.pk))


def test_a_bad_review_opens_a_case_and_the_buyer_goes_on_by_short_message(
    desk: Office, administrator: Client
) -> None:
    shop = desk.channel("review", bad=2)
    at = f"{desk.now.at + timedelta(hours=6):%Y-%m-%d %H:%M:%S}"
    rows = [
        ["旗舰店", "8802", "小**鱼", "1星", "漏水，没人管", at],
        ["旗舰店", "8801", "水**客", "5", "很好用", at],
    ]
    for again in range(5):
        file = SimpleUploadedFile("评价.csv", sheet(rows[:: -1 if again % 2 else 1]))
        page = administrator.post(f"/settings/channels/{shop.pk}/reviews/", {"file": file})
        assert page.status_code == 200, page.content.decode()
    assert Line.objects.count() == 2
    case = Case.objects.get()
    assert (case.channel, case.type, case.is_anonymous) == ("review", "complaint", True)
    assert desk.states(shop, "bad_review") == ["met"]
    assert "评价登记为事项" in desk.evidence("feedback", "3.1.1")
    bad = Conversation.objects.get(case=case)
    assert "漏水，没人管" in desk.sees(bad)
    # it is answered on the platform, and the page says so; what was written stays
    answer = desk.browser.post(f"/conversations/{bad.pk}/say/", {"body": "对不起，我们马上来"})
    assert answer.status_code == 409
    assert "不能发出回复" in answer.content.decode() and "对不起，我们马上来" in answer.content.decode()
    assert desk.first_response(shop) == (2, 0, None)
    # the buyer is found out by the order and goes on by short message: one timeline from then on
    desk.confirms(bad)
    desk.goes_on_by_short_message(bad, "差评是我写的，请来修")
    assert [kind for kind, _who, _body in desk.timeline(bad)] == ["review", "sms"]
    desk.looks_through(shop)
    desk.closes(bad, "差评，已约上门", "said")
    desk.misses_a_day(shop)


def test_a_message_on_weibo_is_seen_sorted_and_answered_elsewhere(desk: Office) -> None:
    weibo = desk.channel("weibo", secrets={"secret": "xyz123xyz"})
    for _again in range(5):
        taken(weibo_says(weibo, "你们的泵漏水，打电话没人接"))
    talk = desk.talk
    assert len(desk.timeline(talk)) == 1
    desk.confirms(talk)
    case = desk.registers(talk, talk.lines.get(), "微博投诉：泵漏水", "complaint")
    assert case.customer == desk.contact.customer
    assert desk.goes_on_by_short_message(talk, "微博上说的就是我").case == case
    desk.looks_through(weibo)
    desk.closes(talk, "微博投诉，转短信", "said")
    # nobody answered him in words: it is not counted as answered
    assert desk.first_response(weibo) == (1, 0, None)
    desk.now.pass_(hours=1)
    assert desk.states(talk, "first_answer") == ["breached"]


def test_comments_on_douyin_come_once_in_whatever_order(desk: Office) -> None:
    douyin = desk.channel("douyin", client_key="abc", secrets={"secret": "shhh"})
    for mark in ("c2", "c1", "c2", "c1", "c1"):
        words = {"comment_id": mark, "comment_user_id": "u2", "content": f"不好用 {mark}", "item_id": "v1"}
        taken(douyin_says(douyin, "item_comment_reply", words))
    talk = desk.talk
    assert sorted(body for _channel, _kind, body in desk.timeline(talk)) == [
        "[抖音评论] 不好用 c1",
        "[抖音评论] 不好用 c2",
    ]
    desk.confirms(talk)
    assert desk.goes_on_by_short_message(talk, "退货怎么退").conversation == talk
    desk.looks_through(douyin)
    desk.closes(talk, "问退货")
    assert "查看并整理渠道：新到 2 条" in desk.evidence("feedback", "3.2.1")
