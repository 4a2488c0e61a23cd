"""The pages of contracts and projects: what they show, to whom, and what their forms take."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from keyue.contracts import actions
from keyue.contracts.actions.projects import ProjectPlan, StagePlan
from keyue.contracts.models import Contract, Project
from keyue.people import actions as people
from tests.journeys.world import browser_of


@pytest.fixture
def manager(house):
    return browser_of(house.manager)


def filled(**more: str) -> dict[str, str]:
    return {
        "act": "save", "levels": "2", "payments": "2",
        "number": "HT-2026-009", "title": "加药间改造", "kind": "service", "amount": "50000",
        "ends_on": "2026-12-31", "rights": "按季结算。", "duty_post": "service_desk",
        "level-1-what": "first_response", "level-1-amount": "4", "level-1-unit": "hours",
        "level-1-types": "complaint", "level-1-clause": "8.2",
        "level-2-what": "solve", "level-2-amount": "", "level-2-unit": "hours",
        "payment-1-due_on": "2026-04-01", "payment-1-amount": "20000", "payment-2-amount": "",
        **more,
    }  # fmt: skip


def test_a_contract_goes_from_the_form_to_running_levels(house, manager, now):
    url = f"/customers/{house.customer.number}/contracts/new/"
    assert "加一条时限" in manager.get(url).content.decode()
    wrong = manager.post(url, filled(**{"level-1-amount": "4", "number": "", "payment-1-amount": "-3"}))
    assert wrong.status_code == 422
    answer = manager.post(url, filled())
    contract = Contract.objects.get()
    assert answer.status_code == 303
    assert answer.url == f"/contracts/{contract.pk}/"
    assert [(row.clause, row.types, row.amount) for row in contract.levels.all()] == [
        ("8.2", ["complaint"], 4)
    ]
    page = manager.get(answer.url).content.decode()
    assert "4 小时" in page
    assert "加药间改造" in page
    reviewer = browser_of(house.reviewer)
    assert reviewer.post(f"{answer.url}review/", {"remark": ""}).status_code == 303
    assert manager.post(f"{answer.url}sign/", {"signed_on": now.day.isoformat()}).status_code == 303
    contract.refresh_from_db()
    assert (contract.status, contract.effective_on, contract.levels_from) == ("signed", now.day, now.at)


def test_another_row_keeps_what_was_typed(house, manager):
    url = f"/customers/{house.customer.number}/contracts/new/"
    page = manager.post(url, filled(act="level")).content.decode()
    assert 'name="level-3-amount"' in page
    assert 'value="HT-2026-009"' in page
    assert not Contract.objects.exists()


def test_the_number_of_another_contract_is_refused_with_a_sentence(house, manager, sign):
    sign()
    answer = manager.post(f"/customers/{house.other.number}/contracts/new/", filled(number="ht－2026－001 "))
    assert answer.status_code == 422
    assert "已登记在另一份合同上" in answer.content.decode()


def test_lists_narrow_and_sum(house, manager, sign, draft, now):
    sign(ends_on=now.day + timedelta(days=30))
    sign(house.other, number="HT-2", ends_on=now.day + timedelta(days=300), payments=[(now.day, "10.50")])
    draft(number="HT-3")
    now.pass_(days=1)

    def listed(query: str) -> str:
        return manager.get(f"/contracts/?{query}").content.decode()

    assert "¥3,840,000.00" in listed("")
    assert [name in listed("show=ending") for name in ("HT-2026-001", ">HT-2<", ">HT-3<")] == [
        True,
        False,
        False,
    ]
    assert [name in listed("show=unpaid") for name in ("HT-2026-001", ">HT-2<", ">HT-3<")] == [
        False,
        True,
        False,
    ]
    assert "HT-2026-001" in listed("q=ht-2026")
    assert ">HT-3<" not in listed("q=ht-2026")
    assert "HT-2026-001" not in listed(f"q={house.other.number}")
    assert "没有符合的合同" in listed("q=zz")


def test_who_may_not_see_the_customer_sees_neither_contract_nor_project(house, sign, now):
    contract = sign()
    project = make_project(house, now)
    people.grant_role(user=house.outsider, role="account_manager", by=house.by, at=now.at)
    stranger = browser_of(house.outsider)
    for url in (
        f"/contracts/{contract.pk}/",
        f"/contracts/{contract.pk}/terminate/",
        f"/projects/{project.pk}/",
    ):
        assert stranger.get(url).status_code == 404, url
    for url in ("/contracts/", "/projects/", "/projects/?show=untold"):
        page = stranger.get(url).content.decode()
        assert contract.number not in page
        assert project.contract_number not in page
    engineer = browser_of(house.world.engineer)
    assert engineer.get("/contracts/").status_code == 403


def make_project(house, now, **fields) -> Project:
    plan = {
        "title": "3# 膜组扩容", "contract_number": "HT-2026-001",
        "stages": [StagePlan("基础", 1), StagePlan("安装", 3, now.day), StagePlan("通水", 1)], **fields,
    }  # fmt: skip
    return actions.create_project(customer=house.customer, plan=ProjectPlan(**plan), by=house.by, at=now.at)


def test_a_project_is_told_stage_by_stage(house, manager, now):
    url = f"/customers/{house.customer.number}/projects/new/"
    rows = {"stage-1-name": "基础", "stage-1-weight": "1", "stage-2-name": "安装", "stage-2-weight": "3"}
    given = {"act": "save", "stages": "3", "title": "3# 膜组扩容", "contract_number": "HT-2026-001", **rows}
    assert manager.post(url, given | {"stage-3-name": "", "stage-3-weight": "1"}).status_code == 303
    project = Project.objects.get()
    here = f"/projects/{project.pk}/"
    assert project.account_manager == house.manager
    assert manager.post(f"{here}start/", {}).status_code == 409
    manager.post(f"{here}confirm/", {"how": "visit", "remark": "周工签字。"})
    manager.post(f"{here}start/", {})
    first = project.stages.get(n=1)
    manager.post(f"{here}stages/{first.pk}/finish/", {"happened": ""})
    project.refresh_from_db()
    assert (project.progress, project.untold) == (25, 1)
    listed = manager.get("/projects/?show=untold").content.decode()
    assert "1 个阶段未告知客户" in listed
    assert "未告知客户" in manager.get(here).content.decode()
    form = manager.get(f"{here}talk/?stage={first.pk}").content.decode()
    assert f'<option value="{first.pk}" selected>' in form
    talk = {"topic": "stage", "stage": str(first.pk), "way": "call", "text": "基础已完成，客户知悉。"}
    assert manager.post(f"{here}talk/", talk).status_code == 303
    project.refresh_from_db()
    assert project.untold == 0
    assert "客户知悉" in manager.get(here).content.decode()
    assert "没有符合的项目" in manager.get("/projects/?show=untold").content.decode()


def test_an_opinion_becomes_a_case(house, manager, now):
    project = make_project(house, now)
    here = f"/projects/{project.pk}/"
    manager.post(f"{here}opinion/", {"type": "suggestion", "text": "希望周末也能施工。"})
    opinion = project.opinions.get()
    now.pass_(minutes=10)
    assert manager.post(f"{here}opinions/{opinion.pk}/case/", {}).status_code == 303
    opinion.refresh_from_db()
    assert opinion.case_number in manager.get(here).content.decode()
    assert manager.post(f"{here}opinions/{opinion.pk}/case/", {}).status_code == 409


def test_the_customers_page_shows_both(house, manager, sign, now):
    sign()
    make_project(house, now, contract_number="HT-P-1")
    page = manager.get(f"/customers/{house.customer.number}/").content.decode()
    assert "水厂运维服务" in page
    assert "3# 膜组扩容" in page
    assert "¥1,280,000.00" in page


def test_on_a_telephone_the_figures_of_every_table_say_what_they_are(house, manager, sign, now):
    contract = sign(payments=[(now.day, "10.50")])
    plan = ProjectPlan("膜组扩容", "HT-2026-002", [StagePlan("基础", 1)])
    actions.create_project(customer=house.customer, plan=plan, by=house.by, at=now.at)
    mine, under = ["金额", "到期日"], ["进度", "计划完成"]
    levels, paid = ["合同条款", "时限", "按约"], ["期次", "应收日", "应收金额", "已收金额"]
    for url, labels in (
        (f"/customers/{house.customer.number}/?tab=contracts", [*mine, *under]),
        ("/contracts/", mine),
        ("/projects/", under),
        (f"/contracts/{contract.pk}/", [*levels, *paid]),
    ):
        page = manager.get(url).content.decode()
        assert list(dict.fromkeys(re.findall(r'data-label="([^"]*)"', page))) == labels, url
        # a heading cannot say it there, nor a column that a narrow page leaves out
        figures = re.findall(r"<td[^>]*>", page)
        assert [cell for cell in figures if 'class="num' in cell and "data-label" not in cell] == [], url
