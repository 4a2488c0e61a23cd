"""Canned answers and trees: approved by somebody else, found by who may use them, walked inside a case."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
import xlsxwriter

from keyue.cases.actions.intake import Intake, register
from keyue.cases.actions.telling import Word, reply
from keyue.cases.actions.walking import keep_walk
from keyue.cases.models import Case, Message
from keyue.kernel.errors import Invalid, NotFound, Refused
from keyue.knowledge import actions, leavers, scripts
from keyue.knowledge.actions import ScriptText
from keyue.knowledge.models import Script
from keyue.knowledge.used_scripts import made_of, named
from keyue.ledger.facts import Actor
from keyue.ledger.selectors import facts_of
from keyue.people.models import User
from tests.journeys.world import World, browser_of

CANNED = ScriptText(
    kind="canned", code="tkjd", title="退款进度", body="{客户姓名}您好，您的退款三个工作日内原路退回。"
)
OUTLINE = """指示灯亮吗？
  不亮
    电源插好了吗？
      没有
        请插好电源再试
      插好了
        上门检修 [动作：内部备注]
  亮着
    换滤芯 [ZS-00001]
"""
TREE = ScriptText(kind="tree", code="bl", title="机器不亮", body=OUTLINE)


@pytest.fixture
def approved(house, now):
    def make(text: ScriptText = CANNED, owner: User | None = None, **fields: Any) -> Script:
        row = actions.draft_script(
            text=replace(text, **fields), owner=owner or house.writer, by=house.by, at=now.at
        )
        actions.submit_script(script=row, by=house.by, at=now.at)
        actions.approve_script(script=row, by=house.approving, at=now.at)
        return Script.objects.get(pk=row.pk)

    return make


@pytest.fixture
def case(house, now) -> Case:
    intake = Intake(
        type="complaint", title="净水器不亮了", content="早上起来不亮。", phase="after", region="浙江省",
        name="周叙白", phone="13800001111",
    )  # fmt: skip
    return register(intake, by=Actor("customer", "portal"), at=now.at, source="portal").case


def test_somebody_else_approves(house, now, query_count):
    row = actions.draft_script(text=CANNED, owner=house.writer, by=house.by, at=now.at)
    assert scripts.offered(house.writer, text="") == []
    actions.submit_script(script=row, by=house.by, at=now.at)
    with pytest.raises(Refused, match="不能批准自己写的"):
        actions.approve_script(script=row, by=house.by, at=now.at)
    with pytest.raises(Refused, match="正在等批准"):
        actions.revise_script(script=row, text=CANNED, by=house.by, at=now.at)
    actions.return_script(script=row, remark="加上到账时间", by=house.approving, at=now.at)
    actions.revise_script(script=row, text=CANNED, by=house.by, at=now.at)
    actions.submit_script(script=row, by=house.by, at=now.at)
    actions.approve_script(script=row, by=house.approving, at=now.at)
    [found] = scripts.offered(house.reader, text="")
    assert found.script_id == row.pk
    kinds = [fact.kind.partition(".")[2] for fact in facts_of(row.subject)]
    assert kinds == ["drafted", "submitted", "returned", "revised", "submitted", "approved"]


def test_the_edition_in_use_stays_until_the_next_is_approved(house, now, approved):
    row = approved()
    actions.revise_script(script=row, text=replace(CANNED, body="新的内容。"), by=house.by, at=now.at)
    assert [one.n for one in scripts.offered(house.writer, text="")] == [1]
    actions.submit_script(script=row, by=house.by, at=now.at)
    actions.approve_script(script=row, by=house.approving, at=now.at)
    [found] = scripts.offered(house.writer, text="")
    assert (found.n, found.body) == (2, "新的内容。")
    actions.withdraw_script(script=row, by=house.by, at=now.at)
    assert scripts.offered(house.writer, text="") == []
    with pytest.raises(Refused, match="已经停用"):
        actions.revise_script(script=row, text=CANNED, by=house.by, at=now.at)
    # its code is free again
    assert approved().pk != row.pk


@pytest.mark.parametrize(("text", "is_found"), [
    ("", True), ("tk", True), ("/tkjd", True), ("退款", True), ("款进", True), ("tuikuan", True),
    ("原路", True), ("tkjindu", False), ("开票", False), ("%", False), ("退款 原路", True), ("x" * 500, False),
])  # fmt: skip
def test_found_by_part_pinyin_and_code(house, approved, text, is_found):
    approved()
    assert bool(scripts.offered(house.writer, text=text)) is is_found


def test_who_may_use_it_is_approved_with_the_text(house, now, approved):
    row = approved(scope="person", code="mine")
    actions.revise_script(script=row, text=replace(CANNED, scope="all", code="ours"), by=house.by, at=now.at)
    assert scripts.offered(house.reader, text="") == []
    row.refresh_from_db()
    assert (row.scope, row.code) == ("person", "mine")
    actions.submit_script(script=row, by=house.by, at=now.at)
    # somebody took the code meanwhile
    other = approved(code="ours")
    with pytest.raises(Invalid, match="已经有人用了"):
        actions.approve_script(script=row, by=house.approving, at=now.at)
    actions.withdraw_script(script=other, by=house.by, at=now.at)
    actions.approve_script(script=row, by=house.approving, at=now.at)
    assert [one.script.code for one in scripts.offered(house.reader, text="")] == ["ours"]


def test_the_code_comes_first(house, approved):
    approved(code="zzz", title="tk 开头的标题")
    approved(code="tk", title="其他")
    assert [one.script.code for one in scripts.offered(house.writer, text="tk")] == ["tk", "zzz"]


def test_who_may_use_it(house, approved):
    approved(code="mine", scope="person")
    approved(code="ours", scope="department", department="service")
    approved(code="theirs", scope="department", department="tech")
    approved(code="mail", ways=("email",))

    def codes(user: User, way: str = "") -> list[str]:
        return sorted(one.script.code for one in scripts.offered(user, text="", way=way))

    assert codes(house.writer) == ["mail", "mine", "ours"]
    assert codes(house.reader, way="chat") == ["ours"]
    assert codes(house.world.engineer, way="email") == ["mail", "theirs"]


@pytest.mark.parametrize(("fields", "field"), [
    ({"code": ""}, "code"), ({"code": "a b"}, "code"), ({"code": "<b>"}, "code"), ({"code": "a" * 21}, "code"),
    ({"title": " "}, "title"), ({"body": ""}, "body"), ({"body": "{客户密码}"}, "body"), ({"body": "长" * 9000}, "body"),
    ({"scope": "world"}, "scope"), ({"scope": "department"}, "department"),
    ({"kind": "tree", "body": "灯亮吗？"}, "body"),
])  # fmt: skip
def test_what_is_wrong_is_said_beside_its_field(house, now, fields, field):
    with pytest.raises(Invalid) as caught:
        actions.draft_script(text=replace(CANNED, **fields), owner=house.writer, by=house.by, at=now.at)
    assert field in caught.value.fields
    assert not Script.objects.exists()


def test_a_code_is_taken_once(house, now, approved):
    approved()
    with pytest.raises(Invalid, match="已经有人用了"):
        actions.draft_script(text=CANNED, owner=house.writer, by=house.by, at=now.at)


def test_a_tree_is_walked_in_a_case_and_the_steps_stay(house, now, publish, approved, case):
    tree = approved(TREE, body=OUTLINE.replace("ZS-00001", publish().number))
    browser = browser_of(house.writer)
    assert "机器不亮" in browser.get(f"/cases/{case.number}/walk/").content.decode()
    url = f"/cases/{case.number}/walk/{tree.pk}/"
    assert "指示灯亮吗" in browser.get(url).content.decode()
    assert "滤芯多久更换一次" in browser.get(url, {"path": "1"}).content.decode()
    end = browser.get(url, {"path": "0.1"}).content.decode()
    assert "上门检修" in end and f"/cases/{case.number}/acts/note/" in end
    sent = {"path": "0.1", "edition": "1", "remark": "客户说昨天停过电"}
    assert browser.post(url, sent).status_code == 303
    kept = Message.objects.get(case=case, kind="note")
    assert kept.body.splitlines() == [
        "排查流程「机器不亮」（bl 第 1 版）", "1. 指示灯亮吗？ → 不亮", "2. 电源插好了吗？ → 插好了", "结果：上门检修", "客户说昨天停过电",
    ]  # fmt: skip
    assert kept.detail == {"script": tree.pk, "edition": 1, "path": "0.1"}
    noted = facts_of(case.subject)[-1]
    assert noted.kind == "case.noted"
    assert [proof["message"] for proof in noted.evidence] == [str(kept.uid)]


def test_steps_of_another_edition_are_not_kept(house, now, approved, case):
    tree = approved(TREE)
    browser = browser_of(house.writer)
    url = f"/cases/{case.number}/walk/{tree.pk}/"
    newer = replace(TREE, body="水流大吗？\n  大\n    没事\n  小\n    换芯")
    actions.revise_script(script=tree, text=newer, by=house.by, at=now.at)
    actions.submit_script(script=tree, by=house.by, at=now.at)
    actions.approve_script(script=tree, by=house.approving, at=now.at)
    late = browser.post(url, {"path": "0.1", "edition": "1"})
    assert (late.status_code, "新版" in late.content.decode()) == (409, True)
    assert not Message.objects.filter(case=case, kind="note").exists()
    none = browser.post(url, {"path": "", "edition": "2"})
    assert (none.status_code, "还没有走任何一步" in none.content.decode()) == (422, True)
    edition = scripts.tree_for(house.writer, tree.pk)
    with pytest.raises(Invalid):
        keep_walk(case.pk, edition=edition, path="9.9", by=house.by, at=now.at)


def test_only_an_approved_tree_is_walked(house, now, case):
    row = actions.draft_script(text=TREE, owner=house.writer, by=house.by, at=now.at)
    assert browser_of(house.writer).get(f"/cases/{case.number}/walk/{row.pk}/").status_code == 404
    assert browser_of(house.writer).get(f"/knowledge/script/{row.pk}/walk/").status_code == 404
    with pytest.raises(NotFound):
        scripts.tree_for(house.writer, 999)


def test_from_the_form_to_use(house, now, publish):
    article = publish()
    writer, approver = browser_of(house.writer), browser_of(house.approver)
    body = OUTLINE.replace("ZS-00001", article.number)
    data = {"title": "机器不亮", "code": "BL", "body": body, "scope": "all", "department": ""}
    wrong = writer.post("/knowledge/scripts/tree/new/", {**data, "body": "灯亮吗？\n  亮", "act": "save"})
    assert (wrong.status_code, "第 1 行" in wrong.content.decode()) == (422, True)
    assert "灯亮吗？\n  亮" in wrong.content.decode()
    shown = writer.post("/knowledge/scripts/tree/new/", {**data, "act": "preview"}).content.decode()
    assert 'id="preview"' in shown and not Script.objects.exists()
    made = writer.post("/knowledge/scripts/tree/new/", {**data, "act": "submit"})
    row = Script.objects.get()
    assert (made.status_code, made.url, row.code) == (303, f"/knowledge/script/{row.pk}/", "bl")
    assert "批准使用" not in writer.get(made.url).content.decode()
    assert approver.post(f"{made.url}approve/").status_code == 303
    assert "机器不亮" in writer.get(f"/knowledge/{article.pk}/").content.decode()
    walked = writer.get(f"{made.url}walk/?path=1").content.decode()
    assert "滤芯多久更换一次" in walked
    # somebody else changed it meanwhile
    first = writer.post(f"{made.url}edit/", {**data, "act": "save", "revision": row.revision})
    assert first.status_code == 409
    assert writer.get("/knowledge/scripts/burnt/").status_code == 404


def test_what_the_composer_is_offered(house, now, approved, case):
    approved(body="{客户姓名}您好，{事项编号}由{坐席姓名}负责。")
    browser = browser_of(house.writer)
    part = browser.get(
        "/knowledge/canned/",
        {"q": "tk", "about": "case", "number": case.number, "way": "email"},
        headers={"HX-Request": "true"},
    ).content.decode()
    assert "<html" not in part
    # a name under a mask is filled in as the answer leaves, not before
    assert f'data-text="{{客户姓名}}您好，{case.number}由周叙白负责。"' in part
    other = browser.get("/knowledge/canned/", {"about": "case", "number": "TS-1"}).content.decode()
    assert "{事项编号}" in other


def test_a_leaver_hands_scripts_over(house, now, approved):
    row = approved(owner=house.writer)
    assert [one.count for one in leavers.remainders(house.writer, now.at)] == [0, 1]
    assert leavers.needs(house.writer, now.at)
    leavers.hand_over(house.writer, house.approver, house.approving, now.at)
    row.refresh_from_db()
    assert row.owner == house.approver
    assert [one.count for one in leavers.remainders(house.writer, now.at)] == [0, 0]


def sheet(*rows: tuple[str, ...]) -> BytesIO:
    target = BytesIO()
    with xlsxwriter.Workbook(target) as book:
        page = book.add_worksheet()
        for place, cells in enumerate(rows):
            page.write_row(place, 0, cells)
    target.seek(0)
    target.name = "话术.xlsx"
    return target


HEAD = ("快捷码", "标题", "回复内容", "部门")


def test_canned_answers_come_from_a_sheet(house, now):
    browser = browser_of(house.writer)
    good = sheet(
        ("公司话术", "", "", ""),
        HEAD,
        ("FHSJ", "发货时间", "{客户姓名}您好，当天发货。", ""),
        ("wx", "维修", "三天内上门。", "工程服务部"),
    )
    sent = browser.post("/knowledge/scripts/import/", {"sheet": good})
    assert sent.status_code == 303
    first, second = Script.objects.order_by("pk")
    assert (first.code, first.scope, second.scope, second.department) == ("fhsj", "all", "department", "tech")
    assert {row.editions.get().state for row in (first, second)} == {"submitted"}
    assert "发货时间" in browser.get(sent.url).content.decode()
    assert scripts.offered(house.writer, text="") == []


@pytest.mark.parametrize(("content", "said"), [
    (sheet(HEAD, ("a1", "一", "好", ""), ("a1", "二", "好", ""), ("b b", "", "{密码}", "")), "第 3 行：短代码「a1」已经有人用了"),
    (sheet(HEAD, ("a1", "一", "好", ""), ("b b", "", "{密码}", "")), "第 3 行"),
    (sheet(HEAD, ("a1", "一", "好", "没有的部")), "没有「没有的部」这个部门"),
    (sheet(("标题", "内容"), ("一", "好")), "没有「短代码」这一列"),
    (sheet(HEAD), "表头下面没有数据行"),
    (sheet(HEAD, *((f"a{n}", "一", "好", "") for n in range(501))), "一次最多导入 500 行"),
    (BytesIO(b"PK\x03\x04broken"), "打不开这个表格"), (BytesIO(b""), ""),
])  # fmt: skip
def test_a_sheet_with_a_fault_brings_nothing(house, now, content, said):
    content.seek(0)
    content.name = "话术.xlsx"
    wrong = browser_of(house.writer).post("/knowledge/scripts/import/", {"sheet": content})
    assert wrong.status_code == 422
    assert said in wrong.content.decode()
    assert not Script.objects.exists()


def test_a_message_names_the_canned_answers_it_was_made_of(house, now, approved):
    approved(
        replace(CANNED, code="dyt", title="两段", body="{客户姓名}您好，我们已经收到。\n{坐席姓名}为您处理。")
    )
    of = lambda text, *codes: made_of(house.reader, codes, text)  # noqa: E731
    whole = "周叙白您好， 我们已经收到。林知夏为您处理。谢谢"
    [kept] = of(whole, "dyt", "dyt")["scripts"]
    assert kept == {"code": "dyt", "edition": 1, "is_changed": False}
    assert named({"scripts": [kept]}) == ["话术 /dyt 第 1 版"]
    [less] = of("您好，我们已经收到。明天答复", "dyt")["scripts"]
    assert less["is_changed"] and named({"scripts": [less]}) == ["话术 /dyt 第 1 版，有改动"]
    assert of("全是自己写的话", "dyt") == {} and of(whole) == {} and named({}) == []
    with pytest.raises(Invalid):
        of(whole, "nichts")


def test_a_message_of_a_case_names_them(house, now, approved, case):
    approved()
    word = Word(via="portal", body="周叙白您好，您的退款三个工作日内原路退回。", scripts=["tkjd"])
    reply(case.pk, word=word, by=World.actor(house.world.agent), at=now.at)
    message = Message.objects.get(kind="out")
    assert [one["code"] for one in message.detail["scripts"]] == ["tkjd"]
    page = browser_of(house.world.agent).get(f"/cases/{case.number}/").content.decode()
    assert "话术 /tkjd 第 1 版" in page
