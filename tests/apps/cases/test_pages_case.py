"""The page of a case: what it shows to whom, every act as a dialog and as a page, conflicts, the composer, files."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from keyue.cases.actions.files import Upload
from keyue.cases.acts import ACTS
from keyue.cases.events import EVENTS
from keyue.cases.models import Attachment, Case
from keyue.cases.selectors import facts
from keyue.cases.wording import DONE, SENTENCES
from keyue.channels.webform.selectors import attachment_of
from keyue.kernel import clock
from keyue.kernel.errors import NotFound
from keyue.ledger.checkpoints import seal_heads
from keyue.ledger.models import Fact
from keyue.ledger.selectors import accesses_of
from keyue.promises import actions as promises
from keyue.promises.models import Promise, PromiseRequest

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00\x00\x00\rIHDR" + b"\x00" * 40


def page(browser, case: Case, tab: str = "") -> str:
    answer = browser.get(f"/cases/{case.number}/{f'?tab={tab}' if tab else ''}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_every_fact_and_every_act_has_its_words():
    assert EVENTS.keys() <= SENTENCES.keys()
    assert ACTS.keys() == DONE.keys()


def test_the_rail_shows_what_is_owed_what_was_kept_and_what_is_yet_to_come(desk, as_user):
    case = desk.complaint()
    desk.act(desk.world.agent, case, "classify", type="complaint", category="product")
    answer = as_user(desk.world.supervisor).get(f"/cases/{case.number}/")
    steps = {step.name: step for step in answer.context["now_round"].steps}
    assert steps["分类"].face.state == "met" and steps["分类"].who == "林知夏"
    assert steps["分类"].proof.label == "分类单"
    assert steps["审核"].is_current and steps["审核"].act.code == "review"
    assert [steps[name].face.state for name in ("解决", "结果告知客户", "投诉结果", "回访")] == ["idle"] * 4
    assert "专题会议" not in steps and "上级确认" not in steps, "what may never be asked is not announced"
    text = answer.content.decode()
    assert "客户服务部负责人每天审核当天登记的意见" in text, "the quoted clause"
    assert 'aria-current="step"' in text


def test_the_key_e_opens_the_form_of_the_current_step_for_who_may(desk, as_user):
    case = desk.complaint()
    url = f'href="/cases/{case.number}/acts/classify/"'
    assert url in page(as_user(desk.world.agent), case)
    assert url not in page(as_user(desk.world.executive), case)


def test_a_step_that_must_wait_says_what_for(desk, as_user):
    case = desk.complaint()
    assert "先分类，再审核。" in page(as_user(desk.world.supervisor), case)


def test_strangers_get_the_same_answer_as_for_a_case_that_is_not_there(desk, as_user):
    case = desk.complaint()
    browser = as_user(desk.world.stranger)
    for path in ("", "acts/note/", "title/", "say/", "reveal/"):
        method = browser.post if path in {"say/", "reveal/"} else browser.get
        found, missing = (method(f"/cases/{number}/{path}") for number in (case.number, "TS-2001-999999"))
        assert found.status_code == missing.status_code
        assert found.status_code in {403, 404}, path
    assert browser.get(f"/cases/{case.number}/").status_code == 404


def test_a_wrong_prefix_is_no_way_in(desk, as_user):
    case = desk.complaint()
    assert as_user(desk.world.agent).get(f"/cases/{case.number.replace('TS', 'FK')}/").status_code == 404


def test_text_of_customers_is_escaped(desk, as_user):
    case = desk.complaint(title="<b>标题</b>", content="<script>alert(1)</script> 内容")
    for tab in ("", "plan", "evidence", "cause", "ledger"):
        text = page(as_user(desk.world.agent), case, tab)
        assert "<script>alert" not in text and "<b>标题</b>" not in text


def test_internal_notes_say_that_the_customer_does_not_see_them(desk, as_user):
    case = desk.complaint()
    desk.act(desk.world.agent, case, "note", text="已转告班组")
    text = page(as_user(desk.world.agent), case)
    assert "内部备注，客户不可见" in text and "已转告班组" in text


def test_a_kept_promise_stands_beside_its_event_with_clause_and_time(desk, as_user, monkeypatch):
    monkeypatch.setenv("KEYUE_TEST_CLOCK", "1")
    case = desk.complaint()
    clock.move_to(clock.now() + timedelta(minutes=38))
    desk.act(desk.world.agent, case, "classify", type="complaint", category="product")
    text = page(as_user(desk.world.agent), case)
    assert "分类为「投诉 / 产品质量」" in text and "用时 38 分" in text and "4.1.1 分类 2 小时" in text


def test_rounds_before_are_folded_and_stand(desk, as_user):
    case = desk.to_assigned(desk.complaint())
    desk.act(desk.world.engineer, case, "solve", result="调整参数")
    desk.act(desk.world.agent, case, "tell_result", via="portal", body="已调整")
    desk.act(
        desk.world.agent,
        case,
        "follow_up",
        outcome="unsatisfied",
        via="call",
        spoke_to="周叙白",
        note="还是超标",
    )
    answer = as_user(desk.world.agent).get(f"/cases/{case.number}/")
    assert [found.n for found in answer.context["old_rounds"]] == [1]
    assert [step.name for step in answer.context["now_round"].steps][:2] == ["方案", "解决"]
    assert "第 2 轮" in answer.content.decode()


def test_tabs_show_plan_evidence_cause_and_the_chain(desk, as_user):
    world = desk.world
    case = desk.to_assigned(desk.complaint(), collaborators=("quality",))
    desk.act(world.engineer, case, "give_task", department="quality", what="化验水样", due=soon())
    desk.act(world.engineer, case, "file_plan", body="清洗膜组", steps="清洗,陈砚,明天")
    desk.act(
        world.engineer,
        case,
        "record_cause",
        cause="quality",
        explanation="密封圈老化",
        prevention="每季度检查",
    )
    browser = as_user(world.engineer)
    plan = page(browser, case, "plan")
    assert "清洗膜组" in plan and "化验水样" in plan
    # it is finished by the department that was given it
    assert "协办完成" not in plan and "协办完成" in page(as_user(world.stranger), case, "plan")
    assert "密封圈老化" in page(browser, case, "cause") and "每季度检查" in page(browser, case, "cause")
    evidence = page(browser, case, "evidence")
    assert "提交处理方案" in evidence and "未封存" in evidence
    chain = page(browser, case, "ledger")
    assert "派单至工程服务部牵头，协办 品质部" in chain and "许南乔" in chain


def soon(hours: int = 20) -> str:
    return (clock.now() + timedelta(hours=hours)).isoformat()


def test_sealed_facts_are_told_from_those_not_yet_sealed(desk, as_user):
    case = desk.complaint()
    browser = as_user(desk.world.agent)
    assert "条未封存" in page(browser, case, "ledger")
    seal_heads(clock.now())
    assert "全部已封存" in page(browser, case, "ledger")


# --- acts ---


@pytest.mark.parametrize("code", sorted(ACTS))
def test_every_act_has_a_form_as_a_dialog_and_as_a_page(desk, as_user, code):
    case = desk.to_assigned(desk.complaint(), collaborators=("quality",))
    world = desk.world
    user = next(u for u in (world.supervisor, world.executive) if may(u, code))
    browser = as_user(user)
    whole = browser.get(f"/cases/{case.number}/acts/{code}/")
    part = browser.fragment(f"/cases/{case.number}/acts/{code}/")
    assert whole.status_code == part.status_code == 200
    assert "<html" in whole.content.decode() and "<html" not in part.content.decode()
    assert str(ACTS[code].label) in part.content.decode()


def may(user, code: str) -> bool:
    from keyue.people.permissions import allows

    return allows(user, ACTS[code].permission)


def test_an_act_that_is_not_possible_says_why_instead_of_a_form(desk, as_user):
    case = desk.complaint()
    text = as_user(desk.world.supervisor).get(f"/cases/{case.number}/acts/assess/").content.decode()
    assert (
        "先审核，再评估。" in text
        and 'type="submit"' not in text.split('class="card dlg"')[1].split("</section>")[0]
    )


def test_who_may_not_is_refused_with_a_sentence(desk, as_user):
    case = desk.to_assigned(desk.complaint())
    answer = as_user(desk.world.engineer).get(f"/cases/{case.number}/acts/classify/")
    assert answer.status_code == 403 and "初步分类" in answer.content.decode()
    assert as_user(desk.world.agent).get(f"/cases/{case.number}/acts/dance/").status_code == 404


def test_doing_it_leads_back_and_says_what_comes_next(desk, as_user):
    case = desk.complaint()
    browser = as_user(desk.world.agent)
    url = f"/cases/{case.number}/acts/classify/"
    done = browser.post(url, {"type": "complaint", "category": "product"}, follow=True)
    assert done.redirect_chain == [(f"/cases/{case.number}/", 303)]
    assert "已分类。下一步「审核」" in done.content.decode()
    case.refresh_from_db()
    assert case.category == "product"


def test_over_a_page_it_leads_back_to_that_page(desk, as_user):
    case = desk.complaint()
    answer = as_user(desk.world.agent).send(
        f"/cases/{case.number}/acts/classify/",
        {"type": "complaint", "category": "product"},
        **{"HX-Current-URL": "http://testserver/cases/?mine=1"},
    )
    assert answer["HX-Redirect"] == "/cases/?mine=1"


def test_it_never_leads_to_another_site(desk, as_user):
    case = desk.complaint()
    answer = as_user(desk.world.agent).post(
        f"/cases/{case.number}/acts/note/", {"text": "好", "next": "https://evil.example/"}
    )
    assert answer.url == f"/cases/{case.number}/"


def test_a_mistake_stands_beside_its_field_and_keeps_what_was_typed(desk, as_user):
    case = desk.to_assigned(desk.complaint())
    answer = as_user(desk.world.agent).send(
        f"/cases/{case.number}/acts/reply/", {"via": "call", "body": "工程师明天到场", "spoke_to": ""}
    )
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "写明与谁通话或见面。" in text and "工程师明天到场" in text
    assert 'id="id_spoke_to_error"' in text


def test_somebody_elses_change_is_a_conflict_that_loses_nothing(desk, as_user):
    case = desk.to_assigned(desk.complaint())
    url = f"/cases/{case.number}/acts/file_plan/"
    browser = as_user(desk.world.engineer)
    form = browser.fragment(url).context
    desk.act(desk.world.agent, case, "note", text="客户又来电")
    typed = {"body": "清洗膜组，更换备件", "steps": "", "rev": form["rev"], "read_at": form["read_at"]}
    answer = browser.send(url, typed)
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "清洗膜组，更换备件" in text and "林知夏：内部备注" in text
    assert "派单" not in text.split("别人刚改过")[1], "what was there before is nobody's change"
    assert not case.messages.filter(kind="plan").exists()
    again = browser.send(url, {**typed, "rev": answer.context["rev"]})
    assert "HX-Redirect" in again and case.messages.filter(kind="plan").exists()


def test_an_ended_case_offers_nothing_more(desk, as_user):
    case = desk.complaint()
    desk.act(desk.world.agent, case, "withdraw", via="call", spoke_to="周叙白", note="自己解决了，不用来了")
    text = page(as_user(desk.world.agent), case)
    assert "往来记录保留在上面" in text and "/acts/" not in text and "客户撤回" in text
    answer = as_user(desk.world.agent).post(f"/cases/{case.number}/acts/note/", {"text": "再看看"})
    assert answer.status_code == 409 and "事项已经结束" in answer.content.decode()


# --- the title ---


def test_the_title_changes_in_place_and_is_found_by_its_new_words(desk, as_user):
    case = desk.complaint()
    browser = as_user(desk.world.agent)
    url = f"/cases/{case.number}/title/"
    form = browser.fragment(url)
    assert "data-inline" in form.content.decode()
    done = browser.send(url, {"title": "除臭风机噪声", "rev": form.context["form"]["rev"].value()})
    assert done.status_code == 200 and "除臭风机噪声" in done.content.decode()
    case.refresh_from_db()
    assert case.title == "除臭风机噪声"
    assert [row.number for row in browser.get("/cases/?q=风机").context["rows"]] == [case.number]
    assert browser.get("/cases/?q=反复").context["rows"] == []
    assert "改主题" in page(browser, case, "ledger")


def test_a_title_changed_meanwhile_is_a_conflict_that_shows_both(desk, as_user):
    case = desk.complaint()
    browser = as_user(desk.world.agent)
    url = f"/cases/{case.number}/title/"
    rev = browser.fragment(url).context["form"]["rev"].value()
    as_user(desk.world.supervisor).post(url, {"title": "主管改的", "rev": rev})
    answer = browser.send(url, {"title": "坐席改的", "rev": rev})
    text = answer.content.decode()
    assert answer.status_code == 409 and "主管改的" in text and "坐席改的" in text
    case.refresh_from_db()
    assert case.title == "主管改的"
    browser.send(url, {"title": "坐席改的", "rev": answer.context["form"]["rev"].value()})
    case.refresh_from_db()
    assert case.title == "坐席改的"


@pytest.mark.parametrize(("title", "said"), [("", "必填"), ("字" * 121, "120")])
def test_a_bad_title_is_named(desk, as_user, title, said):
    case = desk.complaint()
    answer = as_user(desk.world.agent).send(f"/cases/{case.number}/title/", {"title": title, "rev": 1})
    assert answer.status_code == 422 and said in answer.content.decode()


def test_only_who_sorts_may_rename(desk, as_user):
    case = desk.to_assigned(desk.complaint())
    assert as_user(desk.world.engineer).get(f"/cases/{case.number}/title/").status_code == 403
    assert 'class="editable"' not in page(as_user(desk.world.engineer), case)


# --- the composer ---


def test_what_is_said_goes_to_the_customer_or_stays_inside(desk, as_user):
    case = desk.to_assigned(desk.complaint())
    browser = as_user(desk.world.agent)
    url = f"/cases/{case.number}/say/"
    answer = browser.send(url, {"via": "portal", "body": "工程师明天上午到场。"})
    text = answer.content.decode()
    assert answer.status_code == 200 and "已回复客户。" in text
    assert text.count('hx-swap-oob="true"') == 3 and 'id="composer"' in text
    browser.send(url, {"via": "note", "body": "记得带备件"})
    kinds = list(case.messages.order_by("pk").values_list("kind", "is_public", "body"))[-2:]
    assert kinds == [("out", True, "工程师明天上午到场。"), ("note", False, "记得带备件")]
    assert Promise.objects.get(subject_id=case.pk, control="first_response").state == "met"


def test_the_result_is_told_from_the_composer(desk, as_user):
    case = desk.to_assigned(desk.complaint())
    assert "as_result" not in page(as_user(desk.world.agent), case)
    desk.act(desk.world.engineer, case, "solve", result="更换元件")
    browser = as_user(desk.world.agent)
    assert "as_result" in page(browser, case)
    browser.post(
        f"/cases/{case.number}/say/",
        {"via": "call", "spoke_to": "周叙白", "body": "已更换元件", "as_result": "on"},
    )
    case.refresh_from_db()
    assert case.is_told


def test_a_call_without_its_partner_is_named_and_the_text_stays(desk, as_user):
    case = desk.to_assigned(desk.complaint())
    answer = as_user(desk.world.agent).send(f"/cases/{case.number}/say/", {"via": "call", "body": "已说明"})
    text = answer.content.decode()
    assert answer.status_code == 422 and "写明与谁通话或见面" in text and "已说明" in text


def test_who_left_no_name_can_only_be_told_on_the_progress_page(desk, as_user):
    case = desk.complaint(is_anonymous=True, name="", phone="", email="")
    form = as_user(desk.world.agent).get(f"/cases/{case.number}/").context["say"]
    assert [value for value, _text in form.fields["via"].choices] == ["portal", "note"]


def test_a_file_that_is_not_what_it_says_is_refused_by_name(desk, as_user):
    case = desk.to_assigned(desk.complaint())
    fake = SimpleUploadedFile("现场.png", b"MZ not a picture", content_type="image/png")
    answer = as_user(desk.world.agent).send(
        f"/cases/{case.number}/say/", {"via": "portal", "body": "请看附件", "files": fake}
    )
    text = answer.content.decode()
    assert answer.status_code == 422 and "「现场.png」的内容与扩展名不符" in text
    assert "请看附件" in text and "请重新选择" in text
    assert not Attachment.objects.exists() and not case.messages.filter(body="请看附件").exists()


def test_an_internal_note_keeps_its_file_and_refuses_what_it_is_not(desk, as_user):
    case = desk.to_assigned(desk.complaint())
    browser = as_user(desk.world.agent)

    def say(content: bytes):
        file = SimpleUploadedFile("现场.png", content, content_type="image/png")
        return browser.send(
            f"/cases/{case.number}/say/", {"via": "note", "body": "给班组看的照片", "files": file}
        )

    refused = say(b"MZ not a picture")
    assert refused.status_code == 422 and "「现场.png」的内容与扩展名不符" in refused.content.decode()
    assert not case.messages.filter(body="给班组看的照片").exists()
    kept = say(PNG)
    file = Attachment.objects.get()
    assert kept.status_code == 200 and file.message.body == "给班组看的照片" and not file.message.is_public
    assert f'href="/cases/files/{file.pk}/"' in kept.content.decode()
    with pytest.raises(NotFound):
        attachment_of(case, file.pk)


@pytest.mark.parametrize(
    ("code", "who", "data"),
    [
        ("file_plan", "engineer", {"body": "更换密封圈"}),
        ("solve", "engineer", {"result": "已更换"}),
        ("report_result", "engineer", {"result": "已恢复"}),
        ("hold_meeting", "supervisor", {"minutes": "停用该批次"}),
        (
            "record_cause",
            "engineer",
            {"cause": "quality", "explanation": "密封圈老化", "prevention": "每季度检查"},
        ),
        ("note_follow_up", "agent", {"text": "已出发"}),
    ],
)
def test_what_a_department_did_is_kept_with_its_files_inside(desk, as_user, code, who, data):
    case = desk.complaint()
    desk.act(desk.world.agent, case, "classify", type="complaint", category="product")
    desk.act(desk.world.supervisor, case, "review", valid="true")
    desk.act(desk.world.supervisor, case, "assess", severity="3", reach="3", consequence="3")
    desk.act(desk.world.supervisor, case, "assign", lead="tech", collaborators=[])
    if code in {"report_result", "record_cause"}:
        desk.act(desk.world.engineer, case, "solve", result="已更换")
    browser = as_user(getattr(desk.world, who))
    url = f"/cases/{case.number}/acts/{code}/"
    form = browser.get(url).content.decode()
    assert 'enctype="multipart/form-data"' in form and "只在公司内部保存，不会发给客户。" in form
    file = SimpleUploadedFile("现场.png", PNG, content_type="image/png")
    answer = browser.post(url, {**data, "files": file})
    assert answer.status_code == 303, answer.content.decode()
    kept = Attachment.objects.get()
    assert not kept.message.is_public and "现场.png" in page(browser, case)
    fact = facts(case)[-1]
    assert [proof["type"] for proof in fact.evidence][-1] == "file" and len(fact.evidence) == 2
    assert kept.sha256 not in str(fact.evidence), "a file that is erased leaves nothing to recognise it by"


# --- files ---


def test_a_file_is_a_download_for_who_sees_the_case_and_leaves_a_trace(desk, as_user):
    case = desk.complaint(uploads=[Upload("在线仪表截图.png", PNG)])
    file = Attachment.objects.get()
    browser = as_user(desk.world.agent)
    assert f'href="/cases/files/{file.pk}/"' in page(browser, case)
    assert file.sha256[:16] in page(browser, case, "evidence")
    answer = browser.get(f"/cases/files/{file.pk}/")
    assert b"".join(answer.streaming_content) == PNG
    assert answer["Content-Disposition"].startswith("attachment;")
    assert answer["X-Content-Type-Options"] == "nosniff"
    [trace] = accesses_of(case.subject)
    assert (trace.what, trace.actor_id, trace.via) == (
        f"attachment/{file.pk}",
        str(desk.world.agent.pk),
        "web",
    )
    assert as_user(desk.world.stranger).get(f"/cases/files/{file.pk}/").status_code == 404
    assert as_user(desk.world.agent).get("/cases/files/999999/").status_code == 404


# --- what is masked ---


def test_a_contact_is_seen_for_a_purpose_and_leaves_a_trace(desk, as_user):
    case = desk.complaint()
    browser = as_user(desk.world.agent)
    assert "13800006027" not in page(browser, case) and "138****6027" in page(browser, case)
    answer = browser.send(f"/cases/{case.number}/reveal/", {"purpose": "contact"})
    text = answer.content.decode()
    assert "周叙白" in text and "zhou@example.com" in text and "已记录本次查看" in text
    assert accesses_of(case.customer.subject).count() == 1
    without = browser.send(f"/cases/{case.number}/reveal/", {"purpose": ""})
    assert without.status_code == 422 and "周叙白" not in without.content.decode()


def test_who_may_not_reveal_finds_no_way_to(desk, as_user):
    case = desk.to_assigned(desk.complaint())
    browser = as_user(desk.world.engineer)
    assert "/reveal/" not in page(browser, case)
    assert browser.post(f"/cases/{case.number}/reveal/", {"purpose": "contact"}).status_code == 403


def test_the_customers_page_lists_the_cases_that_the_viewer_may_see(desk, as_user):
    case = desk.complaint()
    url = f"/customers/{case.customer.number}/"
    assert f'href="/cases/{case.number}/"' in as_user(desk.world.agent).get(url).content.decode()
    other = desk.complaint(title="给品质部的", phone="13800006027")
    desk.to_assigned(other, lead="quality")
    text = as_user(desk.world.agent).get(f"/cases/{case.number}/").content.decode()
    assert "给品质部的" in text, "the background of a case names the customer's others"


# --- holding, waiting, ending ---


def test_a_promise_is_taken_given_and_put_back_from_the_rail(desk, as_user):
    case = desk.to_assigned(desk.complaint())
    promise = Promise.objects.get(subject_id=case.pk, control="plan")
    assert f"/promises/{promise.pk}/take/" in page(as_user(desk.world.engineer), case)
    promises.take(promise.pk, user=desk.world.engineer, at=clock.now())
    text = page(as_user(desk.world.engineer), case)
    assert "陈砚 · 工程服务部" in text
    assert f"/promises/{promise.pk}/put-back/" in text and f"/promises/{promise.pk}/take/" not in text
    assert f"/promises/{promise.pk}/give/" in page(as_user(desk.world.engineer_head), case)
    assert f"/promises/{promise.pk}/request/?kind=extension" in text
    promises.request(
        promise.pk, kind="waiver", reason="客户要求改期", user=desk.world.engineer, at=clock.now()
    )
    assert "陈砚已申请免除，待审批" in page(as_user(desk.world.engineer), case)
    assert "审批免除" in page(as_user(desk.world.supervisor), case)
    made = PromiseRequest.objects.get()
    desk.act(desk.world.engineer, case, "file_plan", body="更换密封圈")
    kept = page(as_user(desk.world.supervisor), case)
    assert (
        "待审批" not in kept and "陈砚申请过免除，约定已了结，没有再审批" in kept and "审批免除" not in kept
    )
    closed = as_user(desk.world.supervisor).get(f"/promises/requests/{made.pk}/decide/")
    assert closed.status_code == 409 and "这条约定已经了结" in closed.content.decode()


def test_a_pause_says_what_it_waits_for(desk, as_user):
    case = desk.to_assigned(desk.complaint())
    desk.act(desk.world.agent, case, "wait", reason="customer", via="portal", body="请补充水样照片")
    text = page(as_user(desk.world.agent), case)
    assert "停表，等客户补充资料" in text and "/acts/resume/" in text and "/acts/wait/" not in text


def test_an_asked_for_end_is_shown_and_can_be_decided(desk, as_user):
    case = desk.complaint()
    desk.act(desk.world.agent, case, "classify", type="complaint", category="other")
    desk.act(desk.world.supervisor, case, "review", valid="false", reason="重复")
    text = page(as_user(desk.world.executive), case)
    assert "已申请结束：无效" in text and "/acts/decide_exit/" in text


def test_a_merged_case_leads_to_the_one_that_goes_on(desk, as_user):
    first, second = desk.complaint(), desk.complaint(title="同一件事")
    desk.act(desk.world.supervisor, second, "merge", into=first.number)
    text = page(as_user(desk.world.supervisor), second)
    assert "这个事项已并入" in text and first.number in text


# --- parts, live and at length ---


@pytest.mark.parametrize("part", ["head", "tab", "rail"])
def test_each_part_refreshes_by_itself(desk, as_user, part):
    case = desk.complaint()
    answer = as_user(desk.world.agent).fragment(f"/cases/{case.number}/?part={part}")
    text = answer.content.decode()
    assert f'id="{part}"' in text and f'data-live="case:{case.pk}"' in text and "<html" not in text


def test_a_long_conversation_is_cut_at_its_newest(desk, as_user):
    case = desk.complaint()
    from keyue.cases import sheet

    for n in range(4):
        desk.act(desk.world.agent, case, "note", text=f"第 {n} 条")
    old, sheet.MOST_MESSAGES = sheet.MOST_MESSAGES, 3
    try:
        text = page(as_user(desk.world.agent), case)
    finally:
        sheet.MOST_MESSAGES = old
    assert "第 3 条" in text and "第 0 条" not in text


def test_the_case_page_asks_a_fixed_number_of_questions(desk, as_user, query_count):
    case = desk.to_assigned(desk.complaint(), collaborators=("quality",))
    browser = as_user(desk.world.agent)
    page(browser, case)
    with query_count("case page"):
        page(browser, case)
    for n in range(5):
        desk.act(desk.world.agent, case, "note", text=f"第 {n} 条")
        desk.complaint(title=f"又一件 {n}")
    with query_count("case page"):
        page(browser, case)


def test_nothing_of_the_ledger_is_written_by_looking(desk, as_user):

    case = desk.complaint()
    before = Fact.objects.count()
    for tab in ("", "plan", "evidence", "cause", "ledger"):
        page(as_user(desk.world.agent), case, tab)
    assert Fact.objects.count() == before
