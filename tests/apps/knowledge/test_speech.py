"""What messages to customers must and must not hold, enforced wherever one leaves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from keyue.cases.acts import perform
from keyue.cases.models import Message
from keyue.conversations import actions as talks
from keyue.conversations.actions._ground import Words
from keyue.conversations.models import Line
from keyue.kernel.errors import Invalid, Refused
from keyue.knowledge import actions, selectors, speech
from keyue.knowledge.models import RequiredLine, Script
from tests.apps.conversations.conftest import Desk, desk
from tests.apps.knowledge.conftest import House, Now
from tests.apps.knowledge.test_scripts import CANNED, approved, case

__all__ = ["approved", "case", "desk"]


def forbid(house: House, now: Now, *words: str) -> None:
    actions.forbid_words(forbidden="\n".join(words), by=house.approving, at=now.at)


@pytest.mark.parametrize(("word", "text"), [
    ("保证治愈", "我们保证治愈。"), ("保证治愈", "保证 治愈"), ("保证治愈", "保\u200b证治愈"), ("保证治愈", "保，证。治愈"),
    ("国家级", "国家級".replace("級", "级")), ("VIP", "您是 vip 客户"), ("No.1", "我们是no.1！"), ("最便宜", "最便宜"),
])  # fmt: skip
def test_a_forbidden_word_is_named(house, now, word, text):
    forbid(house, now, word)
    assert speech.faults_of(text, "email") == [f"「{word}」是禁用词，请换一种说法。"]


@pytest.mark.parametrize(
    ("word", "text"), [("VIP", "vipassana"), ("保证治愈", "保证，不治愈"), ("最好", "最近很好")]
)
def test_what_only_looks_like_one_passes(house, now, word, text):
    forbid(house, now, word)
    assert speech.faults_of(text, "email") == []


def test_a_list_that_would_stop_everything_is_refused(house, now):
    for words in ("的", "好\n治愈"):
        with pytest.raises(Invalid, match="只有一个字"):
            forbid(house, now, words)
    assert selectors.forbidden_words() == ""


def test_lines_are_added_or_demanded(house, now):
    add = {"by": house.approving, "at": now.at}
    actions.add_line(text="回复内容不构成要约。", ways=("email",), mode="add", **add)
    assert speech.sayable("您好。", "email") == "您好。\n\n回复内容不构成要约。"
    assert speech.sayable("您好。回复内容不构成要约", "email") == "您好。回复内容不构成要约"
    assert speech.sayable("您好。", "chat") == "您好。"
    line = actions.add_line(text="服务热线 400", ways=(), mode="demand", **add)
    with pytest.raises(Invalid, match="服务热线 400"):
        speech.sayable("您好。", "chat")
    assert speech.sayable("您好，服务热线：400。", "chat")
    actions.end_line(line=line, **add)
    assert speech.sayable("您好。", "chat") == "您好。"
    with pytest.raises(Refused):
        actions.end_line(line=line, **add)
    assert RequiredLine.objects.filter(ended_at=None).count() == 1


def test_a_text_that_nobody_approved_is_known_again(house, now, approved):
    row = actions.draft_script(text=CANNED, owner=house.writer, by=house.by, at=now.at)
    text = "周先生您好，您的退款三个工作日内原路退回。谢谢"
    assert "还没有批准的话术「退款进度」" in speech.faults_of(text, "chat")[0]
    actions.submit_script(script=row, by=house.by, at=now.at)
    assert speech.faults_of(text, "chat")
    actions.approve_script(script=row, by=house.approving, at=now.at)
    assert speech.faults_of(text, "chat") == []
    # the next edition says nearly the same: what is approved stays sayable
    actions.revise_script(script=row, text=CANNED, by=house.by, at=now.at)
    assert speech.faults_of(text, "chat") == []
    actions.withdraw_script(script=row, by=house.by, at=now.at)
    assert speech.faults_of(text, "chat")


def test_a_template_of_somebody_else_is_refused(house, approved):
    approved(code="mine", scope="person")
    assert speech.sayable("您好", "chat", script="mine", user=house.writer)
    for user, script in ((house.reader, "mine"), (house.writer, "nothing"), (None, "mine")):
        with pytest.raises(Invalid, match="没有批准或已经停用"):
            speech.sayable("您好", "chat", script=script, user=user)


def test_a_placeholder_that_nothing_is_known_for_does_not_leave(house, now):
    with pytest.raises(Invalid, match="客户姓名"):
        speech.sayable("{客户姓名}您好", "chat", values=dict)
    assert speech.sayable("{客户姓名}您好", "chat", values=lambda: {"客户姓名": "周叙白"}) == "周叙白您好"
    assert speech.sayable("代码 {x} 照抄", "chat") == "代码 {x} 照抄"


def test_an_answer_in_a_conversation_is_checked(desk: Desk, now):
    by = desk.world.actor(desk.world.supervisor)
    actions.forbid_words(forbidden="保证治愈", by=by, at=now.at)
    actions.add_line(text="祝您生活愉快。", ways=("chat",), mode="add", by=by, at=now.at)
    received = desk.chats("你们的机器能治病吗")
    with pytest.raises(Invalid, match="保证治愈") as caught:
        desk.answers(received, "保证治愈！")
    assert "body" in caught.value.fields
    assert Line.objects.filter(kind="out").count() == 0
    assert desk.answers(received, "不能治病。").body == "不能治病。\n\n祝您生活愉快。"
    auto = talks.auto_answer(conversation=received.conversation, body="自动的", at=now.at)
    assert auto.body.endswith("祝您生活愉快。")
    # colleagues say among themselves what they like
    talks.whisper(conversation=received.conversation, words=Words("他说保证治愈"), user=desk.agent, at=now.at)


def test_a_name_is_filled_in_as_the_answer_leaves(desk: Desk, now):
    received = desk.mails("请问发票")
    assert (
        desk.answers(received, "{客户姓名}您好，{坐席姓名}为您服务。").body == "周叙白您好，林知夏为您服务。"
    )
    stranger = desk.chats("在吗", visitor="visitor-9")
    with pytest.raises(Invalid, match="客户姓名"):
        desk.answers(stranger, "{客户姓名}您好")


def test_the_script_that_a_composer_names_is_checked(desk: Desk, now):
    by, boss = desk.world.actor(desk.agent), desk.world.actor(desk.world.supervisor)
    row = actions.draft_script(text=CANNED, owner=desk.agent, by=by, at=now.at)
    received = desk.chats("退款呢")
    said = Words("请稍等。", (), {"script": "tkjd"})
    given = {"conversation": received.conversation, "words": said, "user": desk.agent, "at": now.at}
    with pytest.raises(Invalid, match="没有批准"):
        talks.answer(**given)
    actions.submit_script(script=row, by=by, at=now.at)
    actions.approve_script(script=row, by=boss, at=now.at)
    assert talks.answer(**given).body == "请稍等。"


def test_a_word_in_a_case_is_checked(house, now, case):
    agent = house.world.agent
    actions.add_line(text="客服中心", ways=("portal",), mode="add", by=house.approving, at=now.at)
    forbid(house, now, "保证治愈")
    with pytest.raises(Invalid, match="保证治愈"):
        perform(agent, case.number, "reply", {"via": "portal", "body": "保证治愈"}, at=now.at)
    assert not Message.objects.filter(case=case, kind="out").exists()
    perform(agent, case.number, "reply", {"via": "portal", "body": "{客户姓名}，收到 {事项编号}"}, at=now.at)
    sent = Message.objects.get(case=case, kind="out")
    assert sent.body == f"周叙白，收到 {case.number}\n\n客服中心"
    # a record of what was said on the telephone is kept as it was
    told = {"via": "call", "body": "我说了保证治愈，已更正", "spoke_to": "本人"}
    perform(agent, case.number, "reply", told, at=now.at)


def test_an_automatic_answer_with_a_forbidden_word_is_withheld(house, now, publish):
    publish()
    forbid(house, now, "活性炭")
    reply = actions.answer("滤芯几个月换一次", via="help", by=house.by, at=now.at)
    assert reply.text == "" and reply.uid is not None


def test_the_page_of_the_rules(house, now):
    from tests.journeys.world import browser_of

    browser = browser_of(house.approver)
    assert browser.get("/knowledge/speech/").status_code == 200
    wrong = browser.post("/knowledge/speech/", {"act": "words", "forbidden": "好"})
    assert (wrong.status_code, "只有一个字" in wrong.content.decode()) == (422, True)
    assert browser.post("/knowledge/speech/", {"act": "words", "forbidden": "保证治愈"}).status_code == 303
    sent = {"act": "line", "text": "谢谢", "ways": ["chat"], "mode": "demand"}
    assert browser.post("/knowledge/speech/", sent).status_code == 303
    line = RequiredLine.objects.get()
    assert (line.ways, line.mode) == (["chat"], "demand")
    assert browser.post("/knowledge/speech/", {**sent, "ways": ["pigeon"]}).status_code == 422
    assert browser.post(f"/knowledge/speech/{line.pk}/end/").status_code == 303
    assert browser_of(house.writer).get("/knowledge/speech/").status_code == 403


def test_the_rules_cost_one_small_query(house, now, approved, django_assert_num_queries):
    approved()
    forbid(house, now, "保证治愈")
    speech.faults_of("您好", "chat")
    with django_assert_num_queries(1):
        speech.faults_of("您好", "chat")
    assert Script.objects.count() == 1 and replace(CANNED, code="x").code == "x"
