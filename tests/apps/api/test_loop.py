"""The whole closed loop over the API alone: from a complaint to a satisfied customer."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest

from keyue.kernel import clock
from keyue.promises import actions as sweep
from tests.apps.api.conftest import Company

pytestmark = pytest.mark.django_db


def register(firm: Company, body: dict) -> tuple[str, str]:
    made = firm.agent.ok("POST", "/cases", body)
    assert firm.agent.status == 201 and made["is_new"]
    return made["number"], made["code"]


def to_assigned(firm: Company, number: str) -> None:
    firm.agent.act(number, "classify", type="complaint", category="product")
    firm.supervisor.act(number, "review", valid=True)
    firm.supervisor.act(number, "assess", severity=2, reach=1, consequence=1)
    firm.supervisor.act(number, "assign", lead="tech", collaborators=["quality"], note="先电话联系")


def to_told(firm: Company, number: str) -> None:
    to_assigned(firm, number)
    firm.engineer.act(number, "solve", result="更换密封圈")
    firm.agent.act(number, "tell_result", via="portal", body="已更换密封圈，恢复正常")


def states(case: dict) -> dict[tuple[str, int], str]:
    return {(promise["control"], promise["cycle"]): promise["state"] for promise in case["promises"]}


def test_from_a_complaint_to_a_satisfied_customer(firm, complaint):
    number, _code = register(firm, complaint)
    case = firm.agent.ok("GET", f"/cases/{number}")
    assert case["stage"] == "classify" and case["customer"].startswith("KH-")
    assert states(case) == {
        ("classify", 1): "pending",
        ("first_response", 1): "pending",
        ("review", 1): "pending",
    }
    assert {"classify", "reply", "note"} <= set(case["acts"]) and "close" not in case["acts"]
    to_assigned(firm, number)
    firm.agent.act(number, "reply", via="mail", body="工程师明天上午到场。")
    firm.engineer.act(
        number,
        "file_plan",
        body="清洗膜组，更换备件",
        steps=[{"what": "清洗", "who": "陈砚", "until": "明天"}],
    )
    task = firm.engineer_head
    soon = (clock.now() + timedelta(hours=3)).isoformat()
    refused = task.refused(
        422, "POST", f"/cases/{number}/acts/give_task", {"department": "service", "what": "复检", "due": soon}
    )
    assert refused["errors"][0]["field"] == "department"
    given = task.act(number, "give_task", department="quality", what="复检留样", due=soon)
    [row] = given["tasks"]
    firm.engineer.refused(409, "POST", f"/cases/{number}/acts/solve", {"result": "更换元件"})
    firm.stranger.act(number, "finish_task", task_id=row["id"], result="合格")
    firm.engineer.act(number, "solve", result="更换 2 支元件，浊度 0.1 NTU")
    firm.engineer.act(number, "report_result", result="已恢复")
    firm.agent.act(number, "tell_result", via="call", spoke_to="周叙白", body="已更换元件，恢复正常")
    firm.agent.act(number, "follow_up", outcome="satisfied", via="call", spoke_to="周叙白", note="满意")
    early = firm.agent.refused(409, "POST", f"/cases/{number}/acts/close", {})
    assert "根因" in early["detail"]
    firm.engineer.act(
        number, "record_cause", cause="quality", explanation="密封圈老化", prevention="每季度检查"
    )
    closed = firm.agent.act(number, "close")
    assert (closed["stage"], closed["exit"], closed["is_open"], closed["acts"]) == (
        "closed",
        "satisfied",
        False,
        [],
    )
    assert {state for state in states(closed).values()} <= {"met", "cancelled"}
    kinds = [line["kind"] for line in firm.agent.ok("GET", f"/cases/{number}/messages")["items"]]
    assert {"in", "out", "plan", "result", "cause", "task", "note"} <= set(kinds)
    facts = firm.agent.ok("GET", f"/cases/{number}/facts?limit=200")["items"]
    assert [fact["rev"] for fact in facts] == list(range(1, len(facts) + 1))
    assert facts[0]["kind"] == "case.received" and facts[-1]["kind"] == "case.closed"
    assert all("周叙白" not in str(fact["data"]) and "13800006027" not in str(fact["data"]) for fact in facts)


def test_round_two_after_an_unsatisfied_rating_by_the_sender(firm, complaint):
    number, code = register(firm, complaint)
    opened = {"number": number, "code": code}
    early = firm.agent.refused(409, "POST", "/cases/progress/rating", {**opened, "score": 5})
    assert "告知" in early["detail"]
    to_told(firm, number)
    seen = firm.agent.ok("POST", "/cases/progress", opened)
    assert (
        seen["may_rate"] and seen["may_answer"] and seen["messages"][-1]["body"] == "已更换密封圈，恢复正常"
    )
    assert all(promise["owner"] is None and promise["holder"] is None for promise in seen["promises"])
    answered = firm.agent.ok(
        "POST", "/cases/progress/rating", {**opened, "score": 2, "reprocess": True, "reason": "还是超标"}
    )
    assert answered["round"] == 2 and answered["stage"] == "plan" and not answered["may_rate"]
    case = firm.agent.ok("GET", f"/cases/{number}")
    assert case["rating"] == 2 and states(case)["plan", 2] == "pending" and states(case)["solve", 1] == "met"
    firm.engineer.act(number, "solve", result="更换膜元件")
    firm.agent.act(number, "tell_result", via="call", spoke_to="周叙白", body="已更换膜元件")
    answered = firm.agent.ok("POST", "/cases/progress/rating", {**opened, "score": 5, "reprocess": False})
    assert answered["score"] == 5 and answered["stage"] == "close"
    # the score was right and the answer was not: neither stands
    before = len(firm.agent.ok("GET", f"/cases/{number}/facts?limit=200")["items"])
    firm.agent.refused(409, "POST", "/cases/progress/rating", {**opened, "score": 4, "reprocess": True})
    assert len(firm.agent.ok("GET", f"/cases/{number}/facts?limit=200")["items"]) == before


def test_an_anonymous_sender_has_number_and_code_only(firm):
    number, code = register(
        firm, {"type": "suggestion", "content": "希望巡检前一天短信通知。", "anonymous": True}
    )
    case = firm.agent.ok("GET", f"/cases/{number}")
    assert case["anonymous"] and case["customer"] is None and case["contact"] is None
    firm.agent.refused(404, "POST", "/cases/progress", {"number": number, "code": "AAAAAAAA"})
    seen = firm.agent.ok("POST", "/cases/progress", {"number": number.lower(), "code": code.lower()})
    assert seen["stage"] == "classify" and seen["is_open"]
    seen = firm.agent.ok(
        "POST", "/cases/progress/messages", {"number": number, "code": code, "body": "最好提前两天"}
    )
    assert [(line["is_mine"], line["body"]) for line in seen["messages"]][-1] == (True, "最好提前两天")
    hurried = firm.agent.ok("POST", "/cases/progress/reminders", {"number": number, "code": code})
    assert hurried["messages"][-1]["body"].startswith("催一下")
    again = firm.agent.refused(429, "POST", "/cases/progress/reminders", {"number": number, "code": code})
    assert again["code"] == "too_many" and int(firm.agent.last.headers["Retry-After"]) > 0
    told = firm.agent.refused(422, "POST", f"/cases/{number}/acts/reply", {"via": "mail", "body": "已收到"})
    assert told["errors"][0]["field"] == "via"
    firm.agent.act(number, "reply", via="portal", body="已收到")
    withdrawn = firm.agent.ok("POST", "/cases/progress/withdrawal", {"number": number, "code": code})
    assert withdrawn["stage"] == "closed" and not withdrawn["is_open"]
    faults = firm.agent.refused(
        422,
        "POST",
        "/cases",
        {"type": "suggestion", "content": "匿名", "anonymous": True, "phone": "13800006027"},
    )
    assert faults["errors"] == [{"field": "phone", "message": "匿名提交不登记姓名和联系方式。"}]


def test_waiver_and_extension_need_two_people(firm, complaint):
    number, _code = register(firm, complaint)
    to_assigned(firm, number)
    case = firm.engineer.ok("GET", f"/cases/{number}")
    plan = next(row for row in case["promises"] if row["control"] == "plan" and row["state"] == "pending")
    solve = next(row for row in case["promises"] if row["control"] == "solve" and row["state"] == "pending")
    taken = firm.engineer.ok("POST", f"/promises/{plan['id']}/take")
    assert taken["holder"] == "chen" and taken["number"] == number
    firm.engineer_head.ok("POST", f"/promises/{solve['id']}/give", {"to": "chen"})
    wrong = firm.engineer_head.refused(422, "POST", f"/promises/{solve['id']}/give", {"to": "lin"})
    assert wrong["errors"][0]["field"] == "to"
    asked = firm.engineer.ok(
        "POST", f"/promises/{plan['id']}/requests", {"kind": "waiver", "reason": "客户要求暂缓"}
    )
    assert firm.engineer.status == 201 and asked["approved"] is None and asked["reason"] == "客户要求暂缓"
    later = (clock.now() + timedelta(days=9)).isoformat()
    extension = firm.engineer.ok(
        "POST", f"/promises/{solve['id']}/requests", {"kind": "extension", "reason": "等备件", "due": later}
    )
    firm.engineer.refused(403, "POST", f"/promises/requests/{asked['id']}/decide", {"approve": True})
    waiting = firm.supervisor.ok("GET", "/promises/requests")
    assert {row["id"] for row in waiting["items"]} == {asked["id"], extension["id"]}
    no = firm.supervisor.refused(422, "POST", f"/promises/requests/{asked['id']}/decide", {"approve": False})
    assert no["errors"][0]["field"] == "reason"
    yes = firm.supervisor.ok("POST", f"/promises/requests/{asked['id']}/decide", {"approve": True})
    assert yes["approved"] is True
    firm.supervisor.ok("POST", f"/promises/requests/{extension['id']}/decide", {"approve": True})
    firm.supervisor.refused(409, "POST", f"/promises/requests/{asked['id']}/decide", {"approve": True})
    case = firm.agent.ok("GET", f"/cases/{number}")
    assert states(case)["plan", 1] == "waived"
    moved = next(row for row in case["promises"] if row["id"] == solve["id"])
    assert moved["due"] > solve["due"]


def test_the_other_acts(firm, complaint):
    number, _code = register(firm, complaint)
    firm.agent.act(number, "classify", type="complaint", category="price")
    firm.agent.act(number, "reclassify", type="complaint", category="service")
    firm.agent.act(number, "report_urgent", text="客户今晚停产")
    firm.supervisor.act(number, "acknowledge_urgent")
    firm.supervisor.act(number, "review", valid=True)
    firm.supervisor.act(number, "assess", severity=3, reach=3, consequence=3)
    firm.supervisor.act(number, "hold_meeting", minutes="停用该批次", attendees="许南乔、何苒")
    firm.supervisor.act(number, "change_level", level="serious", reason="范围比预计小")
    firm.supervisor.act(number, "assign", lead="quality")
    firm.supervisor.act(number, "reassign", lead="tech", collaborators=["quality"], reason="原因在安装")
    firm.engineer.act(number, "wait", via="portal", body="请补充铭牌照片", reason="customer")
    assert firm.agent.ok("GET", f"/cases/{number}")["is_waiting"]
    firm.engineer.act(number, "resume", note="已收到照片")
    eta = clock.now() + timedelta(days=2)
    case = firm.engineer.act(
        number, "give_eta", via="call", spoke_to="周叙白", body="周五前恢复", eta=eta.isoformat()
    )
    assert case["eta"][:19] == eta.isoformat()[:19]
    moved = {
        "via": "call",
        "spoke_to": "周叙白",
        "body": "改到周六",
        "eta": (eta + timedelta(days=1)).isoformat(),
    }
    assert (
        firm.engineer.refused(422, "POST", f"/cases/{number}/acts/give_eta", moved)["errors"][0]["field"]
        == "reason"
    )
    firm.engineer.act(number, "give_eta", **moved, reason="备件晚到")
    firm.agent.act(number, "note_follow_up", text="工程服务部已出发")
    firm.agent.act(number, "note", text="老客户")
    firm.engineer.act(number, "return_task", reason="不是本部门的设备")
    firm.supervisor.act(number, "assign", lead="tech")
    firm.engineer.act(number, "solve", result="已恢复")
    firm.agent.act(number, "reopen", reason="客户来电，问题又出现")
    firm.agent.act(number, "request_exit", exit="declined", reason="客户不再追究")
    firm.supervisor.act(number, "decide_exit", approve=False, reason="再联系一次")
    firm.agent.act(number, "request_exit", exit="declined", reason="客户再次表示不再追究")
    ended = firm.supervisor.act(number, "decide_exit", approve=True)
    assert ended["exit"] == "declined" and not ended["is_open"]
    other, _code = register(firm, {**complaint, "title": "同一件事"})
    third, _code = register(firm, {**complaint, "title": "又是同一件事"})
    merged = firm.supervisor.act(other, "merge", into=third)
    assert merged["exit"] == "merged"
    assert (
        firm.agent.act(third, "withdraw", via="call", spoke_to="周叙白", note="不用了")["exit"] == "withdrawn"
    )


def test_files_go_in_and_come_out_with_a_trace(firm, complaint):
    from keyue.ledger.models import AccessEntry

    text = "现场记录：浊度 0.9".encode()
    sent = [{"name": "现场.txt", "content": base64.b64encode(text).decode()}]
    number, code = register(firm, {**complaint, "files": sent})
    firm.agent.act(number, "reply", via="portal", body="见附件", files=sent)
    lines = firm.agent.ok("GET", f"/cases/{number}/messages")["items"]
    assert [len(line["files"]) for line in lines] == [1, 1]
    [file] = lines[0]["files"]
    assert (file["name"], file["content_type"], file["size"]) == ("现场.txt", "text/plain", len(text))
    answer = firm.agent.get(f"/cases/files/{file['id']}")
    assert (
        b"".join(answer.streaming_content) == text and "attachment" in answer.headers["Content-Disposition"]
    )
    entry = AccessEntry.objects.get(what=f"attachment/{file['id']}")
    assert (entry.via, entry.actor_id) == ("api", str(firm.world.agent.pk))
    firm.stranger.refused(404, "GET", f"/cases/files/{file['id']}")
    body = {"number": number, "code": code, "body": "补充", "files": sent}
    assert firm.agent.ok("POST", "/cases/progress/messages", body)["messages"][-1]["files"] == ["现场.txt"]
    for content, words in (("%%%", "base64"), (base64.b64encode(b"\0\1").decode(), "扩展名")):
        wrong = {**complaint, "files": [{"name": "a.txt", "content": content}]}
        assert words in firm.agent.refused(422, "POST", "/cases", wrong)["detail"]
    harmful = {**complaint, "files": [{"name": "a.exe", "content": sent[0]["content"]}]}
    assert "不能上传" in firm.agent.refused(422, "POST", "/cases", harmful)["detail"]
    many = {**complaint, "files": sent * 10}
    assert firm.agent.refused(422, "POST", "/cases", many)["errors"] == [
        {"field": "files", "message": "最多 9 项。"}
    ]


def test_what_happened_earlier_is_said_with_its_instant(firm, complaint):
    earlier = clock.now() - timedelta(hours=1)
    number, _code = register(firm, {**complaint, "received_at": earlier.isoformat()})
    case = firm.agent.ok("GET", f"/cases/{number}")
    assert case["received_at"][:19] == earlier.isoformat()[:19]
    half = (earlier + timedelta(minutes=30)).isoformat()
    case = firm.agent.act(number, "classify", type="complaint", category="product", at=half)
    assert states(case)["classify", 1] == "met"
    before = (earlier - timedelta(minutes=1)).isoformat()
    assert (
        firm.agent.refused(422, "POST", f"/cases/{number}/acts/note", {"text": "早", "at": before})["errors"][
            0
        ]["field"]
        == "at"
    )
    tomorrow = (clock.now() + timedelta(days=1)).isoformat()
    assert (
        firm.agent.refused(422, "POST", "/cases", {**complaint, "received_at": tomorrow})["errors"][0][
            "field"
        ]
        == "received_at"
    )
    old = (clock.now() - timedelta(days=3)).isoformat()
    refused = firm.agent.refused(409, "POST", "/cases", {**complaint, "received_at": old})
    assert refused["code"] == "backdated_without_proof"
    letter = [{"name": "来信.txt", "content": base64.b64encode("11 月来信".encode()).decode()}]
    long_ago, _code = register(firm, {**complaint, "received_at": old, "files": letter})
    late = (clock.now() - timedelta(days=2)).isoformat()
    refused = firm.agent.refused(409, "POST", f"/cases/{long_ago}/acts/note", {"text": "补记", "at": late})
    assert refused["code"] == "backdated_without_proof"


def test_a_breach_is_not_undone_by_an_earlier_time_alone(firm, complaint, monkeypatch):
    """36: what is overdue is kept after all only by what a second source shows, and a typed call is none."""
    monkeypatch.setenv("KEYUE_TEST_CLOCK", "1")
    number, _code = register(firm, complaint)
    received = clock.now()
    clock.move_to(received + timedelta(hours=4))

    def refused(act: str, hours: float, **body: object) -> None:
        at = (received + timedelta(hours=hours)).isoformat()
        answer = firm.agent.refused(409, "POST", f"/cases/{number}/acts/{act}", {**body, "at": at})
        assert answer["code"] == "backdated_without_proof" and "通话录音" in answer["detail"]

    sorting = {"type": "complaint", "category": "product"}
    # the sweep may have seen the breach already, or not yet
    refused("classify", 1, **sorting)
    sweep.look(now=clock.now())
    refused("classify", 1, **sorting)
    assert states(firm.agent.ok("GET", f"/cases/{number}"))["classify", 1] == "breached"
    late = firm.agent.act(number, "classify", **sorting, at=(received + timedelta(hours=3)).isoformat())
    assert states(late)["classify", 1] == "met_late"
    call = {"via": "call", "spoke_to": "乙", "body": "已说明"}
    clock.move_to(received + timedelta(hours=30))
    refused("reply", 8, **call)
    refused("reply", 2, **call)
    refused("withdraw", 20, via="call", spoke_to="乙", note="不用了")
    files = [{"name": "通话记录.txt", "content": base64.b64encode("08:00 录音".encode()).decode()}]
    kept = firm.agent.act(
        number, "reply", **call, at=(received + timedelta(hours=8)).isoformat(), files=files
    )
    assert states(kept)["first_response", 1] == "met"
    facts = firm.agent.ok("GET", f"/cases/{number}/facts?limit=50")["items"]
    [response] = [fact for fact in facts if fact["kind"] == "case.first_response"]
    assert [proof["type"] for proof in response["evidence"]] == ["call", "file"]


def test_lists_search_notices_and_figures(firm, complaint):
    numbers = [
        register(firm, {**complaint, "title": f"第 {n} 件 反渗透", "phone": f"1380000{n:04d}", "email": ""})[
            0
        ]
        for n in range(5)
    ]
    first = firm.agent.ok("GET", "/cases?limit=2")
    second = firm.agent.ok("GET", f"/cases?limit=2&cursor={first['next_cursor']}")
    third = firm.agent.ok("GET", f"/cases?limit=2&cursor={second['next_cursor']}")
    listed = [case["number"] for page in (first, second, third) for case in page["items"]]
    assert sorted(listed) == sorted(numbers) and third["next_cursor"] == ""
    assert {case["number"] for case in firm.agent.ok("GET", "/cases?q=反渗透")["items"]} == set(numbers)
    assert [case["number"] for case in firm.agent.ok("GET", f"/cases?q={numbers[2]}")["items"]] == [
        numbers[2]
    ]
    assert firm.agent.ok("GET", "/cases?type=praise&state=all")["items"] == []
    customer = firm.agent.ok("GET", f"/cases/{numbers[1]}")["customer"]
    assert [c["number"] for c in firm.agent.ok("GET", f"/cases?customer={customer}&state=all")["items"]] == [
        numbers[1]
    ]
    assert firm.stranger.ok("GET", "/cases")["items"] == []
    counts = firm.agent.ok("GET", "/promises/counts")
    assert set(counts) == {"late", "today", "week", "later"} and sum(counts.values()) > 0
    owed = firm.agent.ok("GET", "/promises?limit=3")
    assert len(owed["items"]) == 3 and owed["items"][0]["number"] in numbers and owed["next_cursor"]
    to_assigned(firm, numbers[0])
    notices = firm.engineer.ok("GET", "/me/notices")
    assert notices["items"] and notices["items"][0]["is_new"] and notices["items"][0]["number"] == numbers[0]
    assert firm.engineer.ok("GET", "/me")["unread_notices"] == len(notices["items"])
    seen = firm.engineer.ok("POST", "/me/notices/seen", {"up_to": notices["items"][0]["id"]})
    assert seen == {"unread_notices": 0}
    assert [row["username"] for row in firm.agent.ok("GET", "/staff?behind=service_desk")["items"]] == ["lin"]
    page = firm.agent.ok("GET", "/staff?limit=2")
    assert len(page["items"]) == 2 and firm.agent.ok("GET", f"/staff?cursor={page['next_cursor']}")["items"]
    assert {row["code"] for row in firm.agent.ok("GET", "/departments")} == {
        "company",
        "service",
        "tech",
        "quality",
    }
    [regulation] = firm.agent.ok("GET", "/regulations")
    report = firm.agent.ok("GET", f"/regulations/{regulation['id']}")
    clause = next(row for row in report["clauses"] if "classify" in row["controls"])
    evidence = firm.agent.ok("GET", f"/regulations/feedback/clauses/{clause['number']}/evidence?limit=2")
    rest = firm.agent.ok(
        "GET",
        f"/regulations/feedback/clauses/{clause['number']}/evidence?cursor={evidence['next_cursor']}",
    )
    found = [row["id"] for row in (*evidence["items"], *rest["items"])]
    assert len(found) == len(set(found)) == 5
    proofs = [row["proofs"] for row in (*evidence["items"], *rest["items"]) if row["state"] == "met"]
    assert proofs and all(shown[0]["kind"] == "case.classified" for shown in proofs)
    hidden = firm.stranger.ok("GET", f"/regulations/feedback/clauses/{clause['number']}/evidence")
    assert {row["number"] for row in hidden["items"]} == {"", numbers[0]}
