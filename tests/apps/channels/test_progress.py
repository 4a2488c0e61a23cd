"""Following a case with number and code: what the sender sees, and what they may do."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from keyue.cases.models import Attachment, Case, Message
from keyue.channels import limits
from keyue.channels.webform import visits
from keyue.kernel import clock
from keyue.ledger.actions import deliver
from keyue.ledger.models import Fact
from keyue.promises.models import Notice, Promise
from tests.apps.channels.conftest import Sender, act, text_of, to_assigned, to_told
from tests.journeys.world import World

pytestmark = pytest.mark.django_db


def kinds() -> list[str]:
    return list(Fact.objects.filter(stream__kind="case").order_by("rev").values_list("kind", flat=True))


def states(control: str) -> list[tuple[int, str]]:
    rows = Promise.objects.filter(control=control).order_by("cycle", "seq")
    return list(rows.values_list("cycle", "state"))


# --- number and code ---


def test_number_and_code_open_the_case_however_they_are_typed(world: World, sender: Sender) -> None:
    number, code = sender.receipt()
    page = sender.follow(number.lower().replace("-", ""), f" {code[:4]}-{code[4:]} ".lower())
    assert page.status_code == 200 and number in text_of(page)
    assert code not in page.content.decode() and code not in page.request["PATH_INFO"]


def test_a_wrong_number_and_a_wrong_code_get_the_same_answer(world: World, sender: Sender) -> None:
    number, code = sender.receipt()
    wrong = [
        sender.look_up(number, "22222222"),
        sender.look_up("TS-2603-999999", code),
        sender.look_up("不是编号", code),
    ]
    said = {
        (answer.status_code, text_of(answer).split("错")[0].count("编号或查询码不对")) for answer in wrong
    }
    assert said == {(404, 1)}
    assert all(visits.COOKIE not in answer.cookies for answer in wrong)


def test_guessing_is_slowed_down_also_for_the_right_code(
    world: World, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, code = sender.receipt()
    monkeypatch.setattr("keyue.channels.webform.views.progress.CODE_OF_ADDRESS", limits.Limit("code", 3, 600))
    assert [sender.look_up(number, "22222222").status_code for _turn in range(3)] == [404, 404, 404]
    stopped = sender.look_up(number, code)
    assert stopped.status_code == 429 and int(stopped["Retry-After"]) > 0
    assert "次数太多，请 9 分后再试。" in text_of(stopped)
    later = clock.now() + timedelta(minutes=11)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert sender.look_up(number, code).status_code == 303


def test_without_the_code_nothing_is_shown_and_nothing_done(world: World, sender: Sender) -> None:
    number, _code = sender.receipt()
    stranger = Sender(Client())
    asked = stranger.client.get(f"/feedback/progress/{number}/")
    assert asked.status_code == 303 and asked["Location"] == f"/feedback/progress/?number={quote(number)}"
    refused = stranger.act(number, "message", body="这是我写了很久的话", once="1")
    assert refused.status_code == 403 and "这是我写了很久的话" in text_of(refused)
    assert Message.objects.count() == 1
    forged = Client()
    forged.cookies[visits.COOKIE] = '{"1": 99999999999}:aaaa'
    assert forged.get(f"/feedback/progress/{number}/").status_code == 303


def test_the_visit_ends_after_two_hours_and_opens_one_case_only(
    world: World, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, code = sender.receipt()
    other, _code = Sender(Client()).receipt(phone="13900001111")
    sender.follow(number, code)
    assert sender.client.get(f"/feedback/progress/{other}/").status_code == 303
    cookie = sender.client.cookies[visits.COOKIE]
    assert cookie["httponly"] and cookie["samesite"] == "Lax" and cookie["path"] == "/feedback/"
    assert code not in cookie.value
    later = clock.now() + timedelta(hours=2, minutes=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert sender.client.get(f"/feedback/progress/{number}/").status_code == 303
    # a page that lay open is not taken away from under what somebody writes
    asked = sender.client.get(f"/feedback/progress/{number}/?rev=0", headers={"HX-Request": "true"})
    assert asked.status_code == 204


def test_leaving_forgets_the_visit(world: World, sender: Sender) -> None:
    number, code = sender.receipt()
    sender.follow(number, code)
    sender.client.post("/feedback/leave/")
    assert sender.client.get(f"/feedback/progress/{number}/").status_code == 303


# --- what is shown ---


def test_the_sender_sees_departments_and_public_words_only(world: World, sender: Sender) -> None:
    number, code = sender.receipt()
    case = Case.objects.get()
    to_assigned(world, case, "quality")
    act(world.agent, case, "note", text="客户情绪激动，注意措辞")
    act(world.engineer, case, "file_plan", body="更换 2 支元件", steps="")
    act(world.agent, case, "reply", via="portal", body="工程师明天上午到场。")
    page = text_of(sender.follow(number, code))
    for shown in (
        "已派单到工程服务部",
        "协同：品质部",
        "工程师明天上午到场。",
        "由工程服务部负责",
        "正在处理",
    ):
        assert shown in page
    hidden = [user.name for user in (world.agent, world.supervisor, world.engineer, world.engineer_head)]
    for secret in (*hidden, "客户情绪激动", "更换 2 支元件", "周叙白", "13800006027"):
        assert secret not in page


def test_files_of_public_messages_can_be_fetched_and_no_others(world: World, sender: Sender) -> None:
    number, code = sender.receipt(uploads=SimpleUploadedFile("说明.txt", "浊度 1.8".encode()))
    case = Case.objects.get()
    to_assigned(world, case)
    secret = SimpleUploadedFile("内部.txt", b"secret")
    act(world.engineer, case, "file_plan", body="方案", steps="")
    Attachment.objects.create(
        message=Message.objects.filter(is_public=False).last(), name=secret.name, content_type="text/plain",
        size=6, sha256="0" * 64,
    )  # fmt: skip
    sender.follow(number, code)
    own, internal = Attachment.objects.order_by("pk")
    answer = sender.client.get(f"/feedback/progress/{number}/files/{own.pk}/")
    assert b"".join(answer.streaming_content).decode() == "浊度 1.8"
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert sender.client.get(f"/feedback/progress/{number}/files/{internal.pk}/").status_code == 404
    assert Client().get(f"/feedback/progress/{number}/files/{own.pk}/").status_code == 303


def test_the_moving_part_is_empty_while_nothing_has_happened(world: World, sender: Sender) -> None:
    number, code = sender.receipt()
    sender.follow(number, code)
    case = Case.objects.get()
    address, ask = f"/feedback/progress/{number}/", {"HX-Request": "true"}
    assert sender.client.get(f"{address}?rev={case.rev}&asked=000", headers=ask).status_code == 204
    to_assigned(world, case)
    part = sender.client.get(f"{address}?rev={case.rev}&asked=000", headers=ask)
    assert part.status_code == 200 and "已派单到工程服务部" in text_of(part)
    html = part.content.decode()
    assert "<html" not in html and 'id="asked"' not in html and 'id="talk" hx-swap-oob="true"' in html
    to_told(world, case)
    assert 'id="asked"' in sender.client.get(f"{address}?rev=0&asked=000", headers=ask).content.decode()


def test_the_page_asks_few_questions(world: World, sender: Sender, query_count) -> None:
    number, code = sender.receipt()
    to_assigned(world, Case.objects.get(), "quality")
    sender.follow(number, code)
    with query_count("portal progress"):
        sender.client.get(f"/feedback/progress/{number}/")


# --- a further word ---


def test_a_further_word_with_a_file_reaches_whoever_owes_the_next_step(world: World, sender: Sender) -> None:
    number, code = sender.receipt()
    case = Case.objects.get()
    to_assigned(world, case)
    sender.follow(number, code)
    picture = SimpleUploadedFile("照片.txt", b"abc")
    answer = sender.act(number, "message", body="补充：周日又超标一次。", once="a1", uploads=picture)
    assert answer.status_code == 303
    said = Message.objects.order_by("-pk").first()
    assert said is not None and said.kind == "in" and said.is_public and said.body == "补充：周日又超标一次。"
    assert Attachment.objects.get().message == said
    assert kinds()[-1] == "case.message_received"
    notices = Notice.objects.filter(kind="message", subject_id=case.pk)
    # the desk still owes the first response, the department the plan and the solution
    assert sorted(notices.values_list("to_code", flat=True)) == ["service_desk", "tech"]
    assert "周日" not in str(list(notices.values("detail", "key")))
    assert "补充：周日又超标一次。" in text_of(sender.client.get(answer["Location"]))


def test_the_same_word_sent_twice_is_kept_once(world: World, sender: Sender) -> None:
    number, code = sender.receipt()
    sender.follow(number, code)
    for _turn in range(2):
        assert sender.act(number, "message", body="补充", once="same").status_code == 303
    assert Message.objects.filter(body="补充").count() == 1
    assert sender.act(number, "message", body="补充", once="next").status_code == 303
    assert Message.objects.filter(body="补充").count() == 2


def test_a_word_with_a_mistake_stays_in_its_field(world: World, sender: Sender) -> None:
    number, code = sender.receipt()
    sender.follow(number, code)
    wrong = sender.act(
        number, "message", body="写了一段", once="1", uploads=SimpleUploadedFile("a.exe", b"MZ")
    )
    assert wrong.status_code == 422 and "类型不能上传" in text_of(wrong)
    assert "写了一段" in text_of(wrong) and "文件没有保留" in text_of(wrong)
    assert sender.act(number, "message", body=" ", once="1").status_code == 422


def test_a_flood_of_words_is_stopped_and_the_last_one_stays(
    world: World, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, code = sender.receipt()
    sender.follow(number, code)
    monkeypatch.setattr("keyue.channels.webform.actions.MESSAGE_OF_CASE", limits.Limit("message", 1, 3600))
    assert sender.act(number, "message", body="一", once="1").status_code == 303
    stopped = sender.act(number, "message", body="二二二", once="2")
    assert stopped.status_code == 429 and "二二二" in text_of(stopped) and int(stopped["Retry-After"]) > 3000


def test_an_answer_ends_the_wait_for_the_customer(world: World, sender: Sender) -> None:
    number, code = sender.receipt()
    case = Case.objects.get()
    to_assigned(world, case)
    act(world.engineer, case, "wait", reason="customer", via="portal", body="请发来铭牌照片。")
    page = text_of(sender.follow(number, code))
    assert "正在等您补充资料" in page and "等待的时间不计入时限" in page and "催一下" not in page
    sender.act(number, "message", body="照片见附件", once="1")
    case.refresh_from_db()
    assert not case.is_waiting and kinds()[-1] == "case.customer_replied"


# --- hurrying ---


def test_asking_to_hurry_is_a_message_and_once_in_four_hours(
    world: World, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, code = sender.receipt()
    sender.follow(number, code)
    assert sender.act(number, "remind").status_code == 303
    assert kinds()[-1] == "case.message_received"
    details = [notice.detail for notice in Notice.objects.filter(kind="message")]
    assert details and all(detail == {"text": f"客户催办 {number}"} for detail in details)
    again = sender.act(number, "remind")
    assert again.status_code == 429 and "4 小时内已经催过一次" in text_of(again)
    assert Message.objects.filter(body__startswith="催一下").count() == 1
    later = clock.now() + timedelta(hours=4, minutes=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    sender.follow(number, code)
    assert sender.act(number, "remind").status_code == 303


def test_while_the_clock_is_stopped_there_is_nothing_to_hurry(world: World, sender: Sender) -> None:
    number, code = sender.receipt()
    case = Case.objects.get()
    to_assigned(world, case)
    act(world.engineer, case, "wait", reason="third_party", via="portal", body="等厂家。")
    sender.follow(number, code)
    assert sender.act(number, "remind").status_code == 409
    case.refresh_from_db()
    assert case.is_waiting


# --- rating and answering ---


def told(world: World, sender: Sender) -> tuple[Case, str]:
    number, code = sender.receipt()
    case = Case.objects.get()
    to_assigned(world, case)
    to_told(world, case)
    sender.follow(number, code)
    case.refresh_from_db()
    return case, number


def test_nothing_is_asked_before_the_result_was_told(world: World, sender: Sender) -> None:
    number, code = sender.receipt()
    page = text_of(sender.follow(number, code))
    assert "是否需要重新处理" not in page and "提交评分" not in page
    assert sender.act(number, "rate", score="5").status_code == 409
    assert sender.act(number, "answer", again="yes").status_code == 409
    assert kinds() == ["case.received", "case.auto_ack"]


@pytest.mark.parametrize("score", [1, 5])
def test_the_score_alone_decides_nothing(world: World, sender: Sender, score: int) -> None:
    case, number = told(world, sender)
    before = (case.stage, case.round, states("follow_up"))
    assert sender.act(number, "rate", score=str(score), comment="").status_code == 303
    case.refresh_from_db()
    assert case.rating == score and kinds()[-1] == "case.rated"
    assert (case.stage, case.round, states("follow_up")) == before == ("follow_up", 1, [(1, "pending")])
    assert f"评了 {score} 分" in text_of(sender.client.get(f"/feedback/progress/{number}/"))


def test_a_score_is_given_once_a_round(world: World, sender: Sender) -> None:
    case, number = told(world, sender)
    assert sender.act(number, "rate", score="4").status_code == 303
    again = sender.act(number, "rate", score="1")
    assert again.status_code == 409 and "已经评过 4 分" in text_of(again)
    case.refresh_from_db()
    assert case.rating == 4
    sender.act(number, "answer", again="yes", reason="")
    to_told(world, case)
    assert sender.act(number, "rate", score="5").status_code == 303


@pytest.mark.parametrize("score", ["0", "6", "", "五"])
def test_a_score_is_one_to_five(world: World, sender: Sender, score: str) -> None:
    _case, number = told(world, sender)
    wrong = sender.act(number, "rate", score=score, comment="还行")
    assert wrong.status_code == 422 and "还行" in text_of(wrong)
    assert "case.rated" not in kinds()


def test_yes_begins_round_two_whatever_the_score(world: World, sender: Sender) -> None:
    case, number = told(world, sender)
    sender.act(number, "rate", score="5")
    answer = sender.act(number, "answer", again="yes", reason="昨天夜里又超标了")
    assert answer.status_code == 303
    case.refresh_from_db()
    assert (case.round, case.stage) == (2, "plan")
    fact = Fact.objects.get(kind="case.follow_up_call")
    assert fact.data["outcome"] == "unsatisfied" and fact.data["via"] == "portal"
    assert fact.actor_kind == "customer" and fact.source == "portal"
    assert states("follow_up") == [(1, "met")]
    assert states("plan") == [(1, "cancelled"), (2, "pending")] or (2, "pending") in states("plan")
    page = text_of(sender.client.get(answer["Location"]))
    for words in ("第 2 轮处理", "重新处理：正在制定新的方案", "您说还没有解决", "昨天夜里又超标了"):
        assert words in page
    assert "提交答复" not in page
    assert sender.act(number, "answer", again="yes").status_code == 409
    assert Case.objects.get().round == 2


def test_no_leads_to_the_close_whatever_the_score(world: World, sender: Sender) -> None:
    case, number = told(world, sender)
    sender.act(number, "rate", score="1")
    assert sender.act(number, "answer", again="no").status_code == 303
    case.refresh_from_db()
    assert (case.round, case.stage, case.is_open) == (1, "close", True)
    assert Fact.objects.get(kind="case.follow_up_call").data["outcome"] == "satisfied"
    assert "您已确认不需要重新处理" in text_of(sender.client.get(f"/feedback/progress/{number}/"))
    assert sender.act(number, "answer", again="yes").status_code == 409


def test_an_attempt_that_reached_nobody_leaves_the_answer_open(world: World, sender: Sender) -> None:
    case, number = told(world, sender)
    act(world.agent, case, "follow_up", outcome="unreachable", via="call", spoke_to="", note="无人接听")
    assert sender.act(number, "answer", again="no").status_code == 303


# --- withdrawing ---


def test_taking_it_back_asks_whether_it_is_meant(world: World, sender: Sender) -> None:
    number, code = sender.receipt()
    sender.follow(number, code)
    unsure = sender.act(number, "withdraw", reason="已经自己解决")
    assert unsure.status_code == 422 and "已经自己解决" in text_of(unsure)
    assert sender.act(number, "withdraw", reason="已经自己解决", sure="on").status_code == 303
    case = Case.objects.get()
    assert (case.exit, case.is_open) == ("withdrawn", False)
    assert kinds()[-2:] == ["case.message_received", "case.withdrawn"]
    page = text_of(sender.client.get(f"/feedback/progress/{number}/"))
    assert "您已撤回" in page and "催一下" not in page
    assert sender.act(number, "withdraw", sure="on").status_code == 409
    # what is written afterwards stands on the timeline, and somebody hears of it
    assert sender.act(number, "message", body="还有一句", once="1").status_code == 303
    assert Notice.objects.filter(kind="message").exists()


def test_unknown_acts_and_methods_do_not_exist(world: World, sender: Sender) -> None:
    number, code = sender.receipt()
    sender.follow(number, code)
    assert sender.act(number, "close").status_code == 404
    assert sender.client.get(f"/feedback/progress/{number}/message/").status_code == 405


def told_by_mail(world: World, case: Case, **way: object) -> None:
    to_assigned(world, case)
    act(world.engineer, case, "solve", result="更换 2 支元件，浊度 0.1 NTU")
    act(world.engineer, case, "report_result", result="已恢复")
    act(world.agent, case, "tell_result", **{"via": "mail", "body": "已更换元件，恢复正常。", **way})


def test_the_mail_with_the_result_asks_for_a_rating_and_leads_to_it(
    world: World, sender: Sender, mailbox
) -> None:
    number, code = sender.receipt()
    told_by_mail(world, Case.objects.get())
    deliver(now=clock.now())
    [letter] = mailbox.to("zhou@example.com")
    body = letter.message.get_content()
    assert "已更换元件，恢复正常。" in body and "评分（1 至 5 分）" in body and "是否需要重新处理" in body
    assert code not in body, "the code stands in no mail"
    link = re.search(rf"{re.escape(settings.BASE_URL)}(/feedback/progress/\?\S+)", body)
    assert link
    asked = sender.client.get(link[1]).content.decode()
    assert f'value="{number}"' in asked
    answer = sender.client.post("/feedback/progress/", {"number": number, "code": code, "to": "rating"})
    assert answer["Location"] == f"/feedback/progress/{number}/#asked"
    page = sender.client.get(answer["Location"]).content.decode()
    assert "给这次处理评分" in page and "是否需要重新处理" in page
    # who has given the code on this browser is there at once
    assert sender.client.get(link[1])["Location"] == f"/feedback/progress/{number}/#asked"
    assert sender.act(number, "rate", score=5).status_code == 303


@pytest.mark.parametrize("way", ["portal", "call"])
def test_a_result_told_otherwise_sends_no_mail(world: World, sender: Sender, mailbox, way: str) -> None:
    sender.receipt()
    told_by_mail(world, Case.objects.get(), via=way, spoke_to="周叙白")
    deliver(now=clock.now())
    assert not mailbox.to("zhou@example.com")


def test_only_the_result_asks_for_a_rating_and_only_while_one_can_be_given(
    world: World, sender: Sender, mailbox
) -> None:
    number, code = sender.receipt()
    case = Case.objects.get()
    act(world.agent, case, "reply", via="mail", body="工程师明天上午到场。")
    told_by_mail(world, case)
    sender.follow(number, code)
    # before the worker came round the customer had read the result on the page
    assert sender.act(number, "rate", score=4).status_code == 303
    act(world.agent, case, "reply", via="mail", body="还有什么可以随时留言。")
    deliver(now=clock.now())
    bodies = [letter.message.get_content() for letter in mailbox.to("zhou@example.com")]
    assert len(bodies) == 3 and not [body for body in bodies if "评分" in body]


@pytest.mark.parametrize("to", ["//evil.example.com", "javascript:alert(1)", "rating#x"])
def test_a_link_leads_to_parts_of_the_page_alone(world: World, sender: Sender, to: str) -> None:
    number, code = sender.receipt()
    answer = sender.client.post("/feedback/progress/", {"number": number, "code": code, "to": to})
    assert answer["Location"] == f"/feedback/progress/{number}/"


def test_mails_about_a_case_show_the_way_here(world: World, sender: Sender, mailbox) -> None:
    number, _code = sender.receipt()
    act(world.agent, Case.objects.get(), "reply", via="mail", body="工程师明天上午到场。")
    deliver(now=clock.now())
    body = mailbox.letters[-1].message.get_content()
    assert f"{settings.BASE_URL}/feedback/progress/" in body and number in body
