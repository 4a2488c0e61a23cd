"""The page of a customer about whom every room has something to say asks as little as that of one nobody knows yet."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from keyue.cases import selectors as cases
from keyue.cases.models import Case
from keyue.contracts import actions as contracts
from keyue.contracts.actions.projects import ProjectPlan, StagePlan
from keyue.customers import actions as customers
from keyue.customers.actions.notes import NextStep, record_contact
from keyue.grading import actions as grading
from keyue.people import actions as people
from keyue.people.models import User
from keyue.privacy import actions as privacy
from keyue.sales import actions as sales
from tests.apps.contracts.conftest import House, Now
from tests.apps.grading.conftest import TITLE, a_standard
from tests.journeys.world import World, browser_of

MOST_QUERIES = 30
ROLES = ("account_manager", "sales_manager", "privacy_officer", "service_agent")


def graded(house: House, now: Now) -> None:
    """A standard in use, and the customer graded by it."""
    by, other = house.by, World.actor(house.world.executive)
    row = grading.draft_standard(title=TITLE, standard=a_standard(), review_months=6, by=by, at=now.at)
    grading.submit_standard(standard_id=row.pk, by=by, at=now.at)
    grading.decide_standard(standard_id=row.pk, approve=True, by=other, at=now.at)
    grading.apply_standard(standard_id=row.pk, by=other, at=now.at)
    proposal = grading.evaluate_customer(customer=house.customer, by=by, at=now.at)
    if proposal is not None:
        grading.decide_proposal(
            proposal_id=proposal.pk, outcome="other", grade="A", remark="长期合作", by=other, at=now.at
        )


def spoken(house: House, now: Now) -> None:
    """Notes of contacts with next steps, needs and an opportunity."""
    for n in range(3):
        record_contact(
            customer=house.customer, way="phone", contacted_at=now.at, staff=house.manager, topics=f"扩容{n}",
            follow_ups=[NextStep("送方案", now.at + timedelta(days=n + 1))], by=house.by, at=now.at,
        )  # fmt: skip
        need = sales.note_need(
            customer=house.customer, what=f"膜组扩容{n}", user=house.manager, by=house.by, at=now.at
        )
        sales.open_opportunity(
            customer=house.customer, title=f"扩容{n}", owner=house.manager, need=need, by=house.by, at=now.at
        )


def known_everywhere(house: House, now: Now, sign: Any, complain: Any) -> None:
    """Contacts, a file merged into theirs, contracts, a project, cases, a consent, a hold, grades, needs."""
    for n in range(12):
        customers.add_contact(
            customer=house.customer, name=f"联系人{n}", phone=f"1390000{n:04d}", by=house.by, at=now.at
        )

    house.customer.refresh_from_db()
    contract = sign()
    sign(number="HT-2026-002", title="备件供应")
    plan = ProjectPlan(
        title="3# 膜组扩容",
        contract_number="HT-2026-001",
        stages=[StagePlan("基础", 1), StagePlan("通水", 1)],
    )
    contracts.create_project(customer=house.customer, plan=plan, contract=contract, by=house.by, at=now.at)
    Case.objects.filter(pk=complain().pk).update(level="major")
    complain(type="feedback")
    graded(house, now)
    privacy.place_hold(customer=house.customer, why="诉讼中", user=house.world.executive, at=now.at)
    spoken(house, now)


def who_sees_all(house: House, now: Now) -> User:
    by = World.actor(house.world.executive)
    for role in ROLES[1:]:
        people.grant_role(user=house.manager, role=role, by=by, at=now.at)
    return User.objects.get(pk=house.manager.pk)


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("", ("3# 膜组扩容", "HT-2026-002", "膜组扩容2", "约定下一步：送方案", "1 件重大投诉处理中")),
        ("?tab=file", ("档案", "1 件重大投诉处理中")),
        ("file/", ("档案",)),
    ],
)
def test_a_page_full_of_everything_asks_little(house: House, now: Now, sign, complain, part: str, words):
    known_everywhere(house, now, sign, complain)
    # what happened before the page is opened stands in its timeline
    now.pass_(minutes=1)
    browser = browser_of(who_sees_all(house, now))
    url = f"/customers/{house.customer.number}/{part}"
    browser.get(url)
    with CaptureQueriesContext(connection) as captured:
        answer = browser.get(url)
    assert answer.status_code == 200
    page = answer.content.decode()
    for said in words:
        assert said in page, said
    assert len(captured) <= MOST_QUERIES, "\n".join(query["sql"][:200] for query in captured)


def test_satisfaction_is_of_those_who_gave_a_score(house: House, now: Now, sign, complain):
    browser, url = browser_of(who_sees_all(house, now)), f"/customers/{house.customer.number}/"
    assert "满意度" not in browser.get(url).content.decode()
    first, _second = complain(), complain()
    Case.objects.filter(pk=first.pk).update(rating=4)
    page = browser.get(url).content.decode()
    assert "满意度" in page and "近一年 1 次评分的平均" in page


def test_the_total_of_contracts_stands_in_the_head_of_their_card(house: House, now: Now, sign):
    sign()
    sign(number="HT-2026-002", title="备件供应", amount="20000")
    page = browser_of(who_sees_all(house, now)).get(f"/customers/{house.customer.number}/").content.decode()
    card = page.split('id="contracts"')[1].split("</section>")[0]
    head, inside = card.split("</div>", 1)
    assert "合同总额 ¥1,300,000.00" in head
    assert "合同总额" not in inside


def test_an_open_major_complaint_stands_beside_the_name(house: House, now: Now, complain):
    browser, url = browser_of(who_sees_all(house, now)), f"/customers/{house.customer.number}/"

    def head() -> str:
        page = browser.get(url, {"part": "head"}, headers={"HX-Request": "true"}).content.decode()
        return page.split("<h1>")[1].split("</div>")[0]

    first, second, other = complain(), complain(), complain(type="feedback")
    assert "重大投诉" not in head()
    Case.objects.filter(pk__in=[first.pk, other.pk]).update(level="major")
    assert "1 件重大投诉处理中" in head()
    assert f'href="/cases/{first.number}/"' in head()
    Case.objects.filter(pk=second.pk).update(level="major")
    assert "2 件重大投诉处理中" in head()
    assert f'href="{url}?tab=dealings"' in head()
    Case.objects.filter(pk__in=[first.pk, second.pk]).update(is_open=False, ended_at=now.at)
    assert "重大投诉" not in head()


def test_nobody_is_told_of_a_complaint_that_they_may_not_see(house: House, now: Now, complain):
    first = complain()
    Case.objects.filter(pk=first.pk).update(level="major")
    family = [house.customer.pk]
    assert [case.pk for case in cases.open_major_complaints(house.world.agent, family)] == [first.pk]
    assert cases.open_major_complaints(house.outsider, family) == []
