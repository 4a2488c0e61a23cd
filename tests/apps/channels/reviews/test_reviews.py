"""Reviews by file, Weibo and Douyin by their interface."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from keyue.cases.models import Case
from keyue.channels.reviews.importing import import_reviews
from keyue.channels.reviews.reading import mapping, own_columns, score_of, time_of
from keyue.channels.reviews.selectors import months_of
from keyue.channels.reviews.signing import douyin_signature, weibo_signature
from keyue.channels.webhook.models import UnreadCallback
from keyue.conversations.models import Channel, Conversation, Line
from keyue.kernel import clock
from keyue.kernel.errors import Invalid, Refused
from keyue.ledger import selectors as facts
from keyue.ledger.facts import SYSTEM
from keyue.people import actions as people
from keyue.people.models import User
from keyue.ui.workbooks import write_xlsx
from tests.apps.channels.vendors import Desk
from tests.journeys.world import browser_of

HEAD = ["店铺名称", "订单编号", "买家昵称", "评价星级", "评价内容", "评价时间"]
ROWS = [
    ["旗舰店", "8801", "水**客", "5", "很好用", "2026-03-01 10:00:00"],
    ["旗舰店", "8802", "小**鱼", "1星", "漏水，没人管", "2026-03-02 11:30:00"],
    ["旗舰店", "8803", "老**王", "★★", "发货太慢", "2026/2/3 09:00"],
]


def sheet(rows: list[list[str]] = ROWS, head: list[str] = HEAD) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([head, *rows])
    return out.getvalue().encode("gb18030")


@pytest.fixture
def shop(desk: Desk) -> Channel:
    return desk.channel("review", bad=2)


def take(channel: Channel, content: bytes) -> Any:
    return import_reviews(channel, content, by=SYSTEM, at=clock.now())


# --- reading ---


@pytest.mark.parametrize(
    ("text", "score"),
    [("5", 5), ("4.0", 4), ("１", 1), ("3 星", 3), ("五星", 5), ("★★★", 3), ("差评", 1), ("好评", 5), ("0.5", 1), ("1分", 1),
     ("0", None), ("6", None), ("-1", None), ("nan", None), ("", None), ("很好", None), ("★★★★★★", None), ("1e9", None)],
)  # fmt: skip
def test_ratings_as_platforms_write_them(text: str, score: int | None) -> None:
    assert score_of(text) == score


@pytest.mark.parametrize(
    "text", ["2026-03-02 11:30:00", "2026/03/02 11:30", "2026-03-02T11:30:00", "2026年03月02日 11:30"]
)
def test_times_are_chinese_where_nothing_else_is_said(text: str) -> None:
    assert time_of(text, clock.now()) == datetime(2026, 3, 2, 3, 30, tzinfo=UTC)


def test_what_is_no_time() -> None:
    for text in ("昨天", "2026-13-01", "1970-01-01", "2999-01-01", ""):
        assert time_of(text, clock.now()) is None


def test_columns_are_found_by_their_names_and_by_what_the_channel_says() -> None:
    assert mapping(["评价星级", "评价内容（初次）", "x"], {}) == {"rating": 0, "text": 1}
    assert mapping(["Grade", "评价"], {"rating": "grade"}) == {"rating": 0, "text": 1}
    assert own_columns("rating=星星\n\n text = 话 ") == {"rating": "星星", "text": "话"}
    for wrong in ("rating", "colour=红", "rating="):
        with pytest.raises(Invalid):
            own_columns(wrong)


# --- the file ---


@pytest.mark.django_db
def test_bad_reviews_become_cases_and_the_same_file_again_brings_nothing(shop: Channel) -> None:
    done = take(shop, sheet())
    assert (done.fresh, done.bad, done.known, done.faults) == (3, 2, 0, [])
    assert sorted(case.type for case in Case.objects.all()) == ["complaint", "complaint"]
    case = Case.objects.get(title__contains="漏水")
    assert (case.channel, case.is_anonymous) == ("review", True)
    assert case.received_at == datetime(2026, 3, 2, 3, 30, tzinfo=UTC)
    line = Line.objects.get(case=case)
    assert line.body == "[评价 1 分] 漏水，没人管\n旗舰店 · 8802"
    kinds = [fact.kind for fact in facts.facts_of(shop.subject)]
    assert kinds.count("channel.review_received") == 3
    assert kinds.count("channel.case_opened") == 2
    again = take(shop, sheet())
    assert (again.fresh, again.known) == (0, 3)
    assert (Case.objects.count(), Line.objects.count()) == (2, 3)


@pytest.mark.django_db
def test_facts_hold_the_score_and_no_word_of_the_buyer(shop: Channel) -> None:
    take(shop, sheet())
    received = [fact for fact in facts.facts_of(shop.subject) if fact.kind == "channel.review_received"]
    assert sorted(fact.data["score"] for fact in received) == [1, 2, 5]
    assert "漏水" not in json.dumps([dict(fact.data) for fact in received], ensure_ascii=False)
    opened = [fact for fact in facts.facts_of(shop.subject) if fact.kind == "channel.case_opened"]
    assert {fact.data["review"] for fact in opened} < {fact.data["review"] for fact in received}


@pytest.mark.django_db
def test_a_good_review_asks_for_nothing_and_nobody_can_answer_here(shop: Channel, desk: Desk) -> None:
    take(shop, sheet())
    good = Conversation.objects.get(lines__body__contains="很好用")
    assert good.waiting_since is None
    with pytest.raises(Refused, match="不能发出回复"):
        desk.answers(good, "谢谢")


@pytest.mark.django_db
def test_wrong_rows_are_named_and_keep_no_other_out(shop: Channel) -> None:
    rows = [
        *ROWS[:1],
        ["店", "1", "a", "六", "x", ""],
        ["店", "2", "b", "3", "x", "昨天"],
        ["", "", "", "", "", ""],
        *ROWS[1:],
    ]
    done = take(shop, sheet(rows))
    assert done.fresh == 3
    assert [number for number, _why in done.faults] == [3, 4]
    assert "六" in done.faults[0][1] and "昨天" in done.faults[1][1]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "word"),
    [
        (sheet(head=["甲", "乙", "丙", "丁", "戊", "己"]), "缺少"),
        (sheet([["店", "1", "a", "5", "x", ""]] * 501), "500"),
        (b"", "空"),
        (b"\xd0\xcf\x11\xe0" + b"x" * 100, ".xls"),
        (b"x" * (5 * 1024 * 1024 + 1), "MB"),
    ],
)
def test_what_is_no_sheet_of_reviews_is_said(shop: Channel, content: bytes, word: str) -> None:
    with pytest.raises(Invalid, match=word):
        take(shop, content)
    assert Line.objects.count() == 0


@pytest.mark.django_db
def test_ratings_are_followed_by_month(shop: Channel) -> None:
    take(shop, sheet())
    months = months_of(shop, datetime(2026, 4, 1, tzinfo=UTC))
    assert [(month.at.month, month.count, month.mean, month.bad) for month in months] == [
        (3, 2, 3.0, 1),
        (2, 1, 2.0, 1),
    ]


@pytest.mark.django_db
def test_the_page_takes_a_workbook_and_shows_what_became_of_it(shop: Channel, tmp_path: Path) -> None:
    user = people.create_staff(username="sys", name="秦系安", by=SYSTEM, at=clock.now())
    people.grant_role(user=user, role="system_administrator", by=SYSTEM, at=clock.now())
    User.objects.update(must_change_password=False)
    browser = browser_of(User.objects.get(pk=user.pk))
    url = f"/settings/channels/{shop.pk}/reviews/"
    content = write_xlsx([HEAD, *ROWS], tmp_path / "a.xlsx").read_bytes()
    assert browser.get(url).status_code == 200
    shown = browser.post(url, {"file": SimpleUploadedFile("评价.xlsx", content)}).content.decode()
    assert "导入结果" in shown
    assert Case.objects.count() == 2
    assert browser.post(url, {}).status_code == 422
    wrong = browser.post(url, {"file": SimpleUploadedFile("a.csv", b"a,b\n1,2")})
    assert wrong.status_code == 422 and "缺少" in wrong.content.decode()
    page = browser.get(f"/settings/channels/{shop.pk}/").content.decode()
    assert "评分走势" in page
    chat = Channel.objects.create(kind="chat", name="x", opened_at=clock.now(), opened_by="x")
    assert browser.get(f"/settings/channels/{chat.pk}/reviews/").status_code == 404


# --- Weibo ---


def test_weibos_published_signature() -> None:
    """The example of Weibo's guide to its messages interface."""
    assert (
        weibo_signature("xyz123xyz", "1397022061823", "57155157")
        == "90e4c22c90a58f26526c2dd5b6c56c8822edeaa1"
    )


@pytest.fixture
def weibo(desk: Desk) -> Channel:
    return desk.channel("weibo", secrets={"secret": "xyz123xyz"})


def weibo_query(late: float = 0, **more: str) -> dict[str, str]:
    stamp = str(int((clock.now() - timedelta(seconds=late)).timestamp() * 1000))
    return {"timestamp": stamp, "nonce": "5", "signature": weibo_signature("xyz123xyz", stamp, "5"), **more}


def weibo_says(channel: Channel, text: str, kind: str = "text", query: Any = None, **data: Any) -> Any:
    body = {
        "type": kind, "receiver_id": 1902538057, "sender_id": 2489518277,
        "created_at": "Mon Jul 16 18:09:20 +0800 2012", "text": text, "data": data,
    }  # fmt: skip
    return Client().post(
        f"/hooks/weibo/{channel.pk}/", json.dumps(body), content_type="application/json",
        query_params=query if query is not None else weibo_query(),
    )  # fmt: skip


@pytest.mark.django_db
def test_weibo_proves_the_address_and_its_messages_come_in_once(weibo: Channel) -> None:
    url = f"/hooks/weibo/{weibo.pk}/"
    assert Client().get(url, weibo_query(echostr="dnPdpTZz85")).content == b"dnPdpTZz85"
    for _turn in range(5):
        answer = weibo_says(weibo, "在吗")
        assert (answer.status_code, answer.content) == (200, b"")
    weibo_says(weibo, "@澄川 漏水了", kind="mention")
    weibo_says(weibo, "进入", kind="event", subtype="enter")
    assert [line.body for line in Line.objects.order_by("pk")] == ["在吗", "[微博提到] @澄川 漏水了"]
    assert weibo_says(weibo, "x", query=weibo_query(late=400)).status_code == 403
    assert weibo_says(weibo, "x", query=weibo_query(signature="0" * 40)).status_code == 403
    assert weibo_says(weibo, "x", query={}).status_code == 403
    assert Line.objects.count() == 2


# --- Douyin ---


@pytest.fixture
def douyin(desk: Desk) -> Channel:
    return desk.channel("douyin", client_key="abc", secrets={"secret": "shhh"})


def douyin_says(
    channel: Channel, event: str, content: Any, *, secret: str = "shhh", mark: str = "m1", **more: Any
) -> Any:
    body = json.dumps(
        {"event": event, "client_key": "abc", "from_user_id": "u1", "content": content, **more}
    ).encode()
    return Client().post(
        f"/hooks/douyin/{channel.pk}/", body, content_type="application/json",
        headers={"X-Douyin-Signature": douyin_signature(secret, body), "Msg-Id": mark},
    )  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("content", [{"challenge": 12345}, '{"challenge": 12345}'])
def test_douyin_proves_the_address(douyin: Channel, content: Any) -> None:
    assert douyin_says(douyin, "verify_webhook", content, client_key="").json() == {"challenge": 12345}


@pytest.mark.django_db
def test_douyins_messages_and_comments_come_in_once(douyin: Channel) -> None:
    text = {"message_type": "text", "text": "多少钱", "server_message_id": "s1", "create_time": 1666059177000}
    for turn in range(5):
        assert douyin_says(douyin, "im_receive_msg", json.dumps(text), mark=f"m{turn}").content == b"success"
    comment = {"comment_id": "c1", "comment_user_id": "u2", "content": "不好用", "item_id": "v1"}
    for _turn in range(3):
        douyin_says(douyin, "item_comment_reply", comment)
    douyin_says(douyin, "new_follow_action", {})
    assert [line.body for line in Line.objects.order_by("pk")] == ["多少钱", "[抖音评论] 不好用"]
    assert Conversation.objects.count() == 2


@pytest.mark.django_db
def test_what_is_not_douyins_or_cannot_be_read(douyin: Channel) -> None:
    assert douyin_says(douyin, "im_receive_msg", {}, secret="other").status_code == 403
    assert douyin_says(douyin, "im_receive_msg", {}, client_key="zzz").status_code == 403
    assert (
        Client().post(f"/hooks/douyin/{douyin.pk}/", b"{}", content_type="application/json").status_code
        == 403
    )
    assert douyin_says(douyin, "im_receive_msg", {"text": "谁"}, from_user_id="").content == b"success"
    assert UnreadCallback.objects.count() == 1
    assert Line.objects.count() == 0
