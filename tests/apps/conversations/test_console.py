"""The console: who waits, what was said, and what an agent does about it."""

from __future__ import annotations

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from keyue.cases.models import Case
from keyue.conversations import actions
from keyue.conversations.enums import Ending, LineKind
from keyue.conversations.models import Conversation, Line
from keyue.ledger.facts import SYSTEM
from keyue.ledger.models import AccessEntry
from keyue.ui.uploads import Upload
from tests.apps.conversations.conftest import MAIL, Desk
from tests.apps.conversations.test_receiving import PICTURE
from tests.journeys.world import World, browser_of

FRAGMENT = {"HX-Request": "true"}


def url(talk: Conversation) -> str:
    return reverse("conversations:conversation", args=[talk.pk])


def post(client: Client, talk: Conversation, view: str, *more: str, **data: object):
    return client.post(reverse(f"conversations:{view}", args=[talk.pk, *more]), data)


def test_the_lists_say_who_waits(client: Client, desk: Desk):
    inbox = reverse("conversations:inbox")
    assert "没有要您回复的会话" in client.get(inbox).text
    talk = desk.mails("水泵漏水，三天没人来").conversation
    page = client.get(inbox, {"show": "queue"}).text
    assert "水泵漏水" in page
    assert "周*" in page
    assert "周叙白" not in page
    assert MAIL not in page
    post(client, talk, "act", "take")
    desk.now.pass_(minutes=5)
    assert "等了 5 分" in client.get(inbox).text


def test_what_was_said_stands_in_its_order_with_who_said_it(client: Client, desk: Desk):
    asked = desk.chats("投诉到哪一步了")
    desk.answers(asked, "正在制定方案")
    actions.auto_answer(conversation=asked.conversation, body="质保 24 个月", article="7", at=desk.now.at)
    page = client.get(url(asked.conversation)).text.partition('id="talk"')[2]
    assert page.index("投诉到哪一步了") < page.index("正在制定方案") < page.index("质保 24 个月")
    assert "自动答复" in page


def test_an_answer_from_the_page_goes_out_once(client: Client, desk: Desk):
    talk = desk.chats("在吗").conversation
    for _twice in range(2):
        answer = post(client, talk, "say", body="在", once="n1")
        assert answer.status_code == 303
    assert Line.objects.filter(kind=LineKind.OUTBOUND).count() == 1
    part = client.post(
        reverse("conversations:say", args=[talk.pk]),
        {"body": "他是老客户", "whisper": "on"},
        headers=FRAGMENT,
    )
    assert "他是老客户" in part.text
    assert Line.objects.get(kind=LineKind.WHISPER).delivery == ""


def test_what_was_written_is_not_lost_where_it_does_not_go(client: Client, desk: Desk):
    talk = desk.chats("在吗").conversation
    actions.take(conversation=talk, user=desk.world.supervisor, at=desk.now.at)
    answer = post(client, talk, "say", body="写了很久的回复")
    assert answer.status_code == 409
    assert "许南乔 正在接待" in answer.text
    assert "写了很久的回复" in answer.text
    assert post(client, talk, "say", body="  ").status_code in {409, 422}


def test_a_file_is_sent_and_taken_with_a_trace(client: Client, desk: Desk):
    asked = desk.mails("照片", uploads=[Upload("水泵.png", PICTURE)])
    file = asked.line.files.get()
    answer = client.get(reverse("conversations:file", args=[file.pk]))
    assert b"".join(answer.streaming_content) == PICTURE
    assert answer["Content-Disposition"].startswith("attachment")
    assert AccessEntry.objects.filter(what=f"file/{file.pk}").count() == 1
    stranger = browser_of(desk.world.stranger)
    assert stranger.get(reverse("conversations:file", args=[file.pk])).status_code == 404
    talk = asked.conversation
    picture = SimpleUploadedFile("回执.png", PICTURE, "image/png")
    assert post(client, talk, "say", body="", files=picture).status_code == 303
    assert Line.objects.get(kind=LineKind.OUTBOUND).files.get().name == "回执.png"


def test_a_case_is_made_of_what_was_said(client: Client, desk: Desk):
    asked = desk.mails("水泵漏水，三天没人来")
    form = client.get(reverse("conversations:open_case", args=[asked.conversation.pk]), headers=FRAGMENT).text
    assert "水泵漏水，三天没人来" in form
    assert "客户姓名" not in form
    answer = post(client, asked.conversation, "open_case", type="complaint", content="水泵漏水")
    assert answer.status_code == 303
    case = Case.objects.get()
    assert (case.type, case.contact, case.received_at) == ("complaint", desk.contact, asked.line.at)
    assert case.number in client.get(url(asked.conversation)).text


def test_the_type_of_what_was_said_is_proposed_with_its_reason(client: Client, desk: Desk):
    talk = desk.mails("建议遥控器加个背光，晚上看不清").conversation
    form = client.get(reverse("conversations:open_case", args=[talk.pk])).text
    assert 'value="suggestion" selected' in form
    assert "建议，因为提到 建议" in form
    silent = desk.chats("嗯").conversation
    form = client.get(reverse("conversations:open_case", args=[silent.pk])).text
    assert 'value="feedback" selected' in form and "因为提到" not in form


def test_a_stranger_is_asked_who_they_are(client: Client, desk: Desk):
    talk = desk.chats("水泵漏水").conversation
    answer = post(client, talk, "open_case", type="complaint", content="水泵漏水")
    assert answer.status_code == 422
    assert "请留下联系方式" in answer.text
    post(client, talk, "open_case", type="complaint", content="水泵漏水", name="岳宁", phone="13700001111")
    talk.refresh_from_db()
    assert talk.customer is not None


def test_ended_it_asks_for_a_summary(client: Client, desk: Desk):
    asked = desk.chats("在吗")
    desk.answers(asked, "在")
    talk = asked.conversation
    assert post(client, talk, "act", "end").status_code == 303
    assert "写会话小结" in client.get(url(talk)).text
    assert "访客" in client.get(reverse("conversations:inbox"), {"show": "unrecorded"}).text
    wrong = post(client, talk, "act", "record", summary="问了进度")
    assert wrong.status_code == 422
    assert post(client, talk, "act", "record", summary="问了进度", opinion="none").status_code == 303
    page = client.get(url(talk)).text
    assert "问了进度" in page
    assert "没有意见" in page
    assert "会话都有小结" in client.get(reverse("conversations:inbox"), {"show": "unrecorded"}).text


def test_handing_over_and_taking_a_match_back(client: Client, desk: Desk):
    talk = desk.mails("水泵漏水").conversation
    post(client, talk, "act", "take")
    assert post(client, talk, "act", "hand_over").status_code == 422
    assert post(client, talk, "act", "hand_over", department="tech").status_code == 303
    talk.refresh_from_db()
    assert (talk.agent, talk.department) == (None, "tech")
    assert post(client, talk, "act", "hand_over", department="service").status_code == 403
    supervisor = browser_of(desk.world.supervisor)
    assert post(supervisor, talk, "act", "hand_over", department="service").status_code == 303
    assert post(client, talk, "act", "unknow").status_code == 303
    talk.refresh_from_db()
    assert talk.customer is None


def test_others_see_nothing(desk: Desk):
    talk = desk.chats("在吗").conversation
    stranger = browser_of(desk.world.stranger)
    assert "在吗" not in stranger.get(reverse("conversations:inbox"), {"show": "all"}).text
    assert stranger.get(url(talk)).status_code == 404
    assert post(stranger, talk, "say", body="在").status_code == 404


def test_an_ended_one_takes_no_words(client: Client, desk: Desk):
    talk = desk.chats("在吗").conversation
    actions.end(conversation=talk, ending=Ending.CUSTOMER, by=SYSTEM, at=desk.now.at)
    answer = post(client, talk, "say", body="在")
    assert answer.status_code == 409
    assert "已经结束" in answer.text


def test_who_acts_on_it_is_on_its_chain(client: Client, desk: Desk):
    from keyue.ledger import selectors as ledger

    talk = desk.chats("在吗").conversation
    post(client, talk, "act", "take")
    [joined] = [f for f in ledger.facts_of(talk.subject) if f.kind == "conversation.person_joined"]
    assert joined.data == {"agent": f"user:{desk.agent.pk}"}
    assert World.actor(desk.agent).id == str(desk.agent.pk)
