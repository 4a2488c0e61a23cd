"""What is proposed for a case, taken over with one key, and counted."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from keyue.cases.models import Case
from keyue.kernel import clock
from keyue.kernel.errors import Refused
from keyue.ledger.facts import SYSTEM
from keyue.ledger.models import Fact
from keyue.sorting import actions, selectors
from keyue.sorting.actions.forgetting import forget_customer
from keyue.sorting.actions.taking_in import keep_proposal
from keyue.sorting.actions.tuning import RulePlan
from keyue.sorting.models import Acceptance, CaseTerm, Proposal, TermCount
from keyue.sorting.proposing import Proposer
from tests.apps.cases.conftest import Desk
from tests.journeys.world import World

LEAK = {
    "title": "接头漏水",
    "content": "净水机接头处漏水，车间已经停产，要求马上来人修。",
    "type": "feedback",
}
AsUser = Callable[[Any], Any]


def offer_fields(html: str) -> dict[str, str]:
    """The hidden fields of the form that takes a proposal over."""
    form = re.search(r"<form[^>]*accept/.*?</form>", html, re.S)
    assert form is not None, html
    return dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[0]))


def test_a_new_case_gets_a_proposal_with_its_reasons(desk: Desk) -> None:
    case = desk.complaint(**LEAK)
    assert actions.take_in(now=clock.now()) == 1
    row = Proposal.objects.get(case=case)
    assert (row.category, row.type, row.urgency) == ("product", "complaint", "major")
    assert "停产" in row.detail["urgency"]["why"]
    assert row.detail["version"] == 0
    assert actions.take_in(now=clock.now()) == 0, "once a case"
    assert Fact.objects.filter(stream__ref=str(case.pk), kind="case.classified").count() == 0, (
        "only a proposal"
    )


def test_one_key_does_the_ordinary_act(desk: Desk, world: World, as_user: AsUser) -> None:
    case = desk.complaint(**LEAK)
    browser = as_user(world.agent)
    part = browser.fragment(f"/sorting/cases/{case.number}/")
    html = part.content.decode()
    assert "产品质量" in html and 'data-key="y"' in html and "漏水" in html
    answer = browser.post(f"/sorting/cases/{case.number}/accept/", offer_fields(html))
    assert answer.status_code == 303
    fresh = Case.objects.get(pk=case.pk)
    assert (fresh.category, fresh.type) == ("product", "complaint")
    fact = Fact.objects.get(stream__kind="case", stream__ref=str(case.pk), kind="case.classified")
    assert fact.actor_id == str(world.agent.pk)
    taken = Acceptance.objects.get(proposal__case=case)
    assert (taken.act, taken.accepted_by) == ("classify", world.agent)


def test_what_somebody_changed_meanwhile_is_not_written_over(
    desk: Desk, world: World, as_user: AsUser
) -> None:
    case = desk.complaint(**LEAK)
    browser = as_user(world.agent)
    fields = offer_fields(browser.fragment(f"/sorting/cases/{case.number}/").content.decode())
    desk.act(world.supervisor, case, "classify", type="complaint", category="service")
    answer = browser.send(f"/sorting/cases/{case.number}/accept/", fields)
    assert answer.status_code == 409
    assert Case.objects.get(pk=case.pk).category == "service"
    assert not Acceptance.objects.exists()


@pytest.mark.parametrize(
    "data", [{"act": "close"}, {"act": ""}, {"act": "classify", "type": "x", "category": "product"}]
)
def test_odd_input_is_refused_with_a_sentence(
    desk: Desk, world: World, as_user: AsUser, data: dict[str, str]
) -> None:
    case = desk.complaint(**LEAK)
    answer = as_user(world.agent).send(
        f"/sorting/cases/{case.number}/accept/", {**data, "rev": "99999999999"}
    )
    assert answer.status_code in (404, 409, 422)
    assert Case.objects.get(pk=case.pk).category == ""


def test_all_stages_are_proposed_and_accepted(desk: Desk, world: World, as_user: AsUser) -> None:
    plan = RulePlan(name="设备归工程", lead="tech", category="product", skill="管路")
    actions.keep_rule(plan=plan, by=SYSTEM, at=clock.now())
    actions.give_skill(user=world.engineer, name="管路", by=SYSTEM, at=clock.now())
    case = desk.complaint(**LEAK)
    browser = as_user(world.supervisor)

    def accept() -> None:
        html = browser.fragment(f"/sorting/cases/{case.number}/").content.decode()
        answer = browser.post(f"/sorting/cases/{case.number}/accept/", offer_fields(html))
        assert answer.status_code == 303

    accept()
    desk.act(world.supervisor, case, "review", valid="true")
    accept()
    assert Case.objects.get(pk=case.pk).level == "major"
    html = browser.fragment(f"/sorting/cases/{case.number}/").content.decode()
    assert "设备归工程" in html and world.engineer.name in html
    accept()
    assert Case.objects.get(pk=case.pk).lead == "tech"
    assert not browser.fragment(f"/sorting/cases/{case.number}/").content.decode().count("accept/")
    since = clock.now() - timedelta(days=1)
    assert selectors.accepted_shares(since)["lead"] == [("tech", 1, 1)]
    assert selectors.key_counts(since) == {"classify": 1, "assess": 1, "assign": 1}


def test_the_queue_shows_them_and_takes_them_over(desk: Desk, world: World, as_user: AsUser) -> None:
    cases = [desk.complaint(**LEAK), desk.complaint(title="发票开错", content="发票抬头开错了，一直不给重开")]
    browser = as_user(world.agent)
    html = browser.get("/sorting/").content.decode()
    assert all(case.number in html for case in cases)
    fields = offer_fields(html)
    number = html.split("/accept/")[0].rsplit("/", 1)[1]
    answer = browser.send(f"/sorting/cases/{number}/accept/", fields)
    shown = answer.content.decode()
    assert answer.status_code == 200 and "已" in shown
    left = [case.number for case in cases if f"case-{case.number}" in shown]
    assert len(left) == 1 and number not in left


def test_who_may_not_classify_sees_why_and_no_button(desk: Desk, world: World, as_user: AsUser) -> None:
    case = desk.complaint(**LEAK)
    html = as_user(world.executive).fragment(f"/sorting/cases/{case.number}/").content.decode()
    assert "产品质量" in html and "accept/" not in html
    assert as_user(world.stranger).fragment(f"/sorting/cases/{case.number}/").status_code == 404


def test_what_people_chose_instead_is_counted(desk: Desk, world: World) -> None:
    one, other = desk.complaint(**LEAK), desk.complaint(**LEAK)
    actions.take_in(now=clock.now())
    desk.act(world.agent, one, "classify", type="complaint", category="product")
    desk.act(world.agent, other, "classify", type="complaint", category="service")
    found = selectors.accepted_shares(clock.now() - timedelta(days=1))
    assert found["category"] == [("product", 2, 1)]
    assert found["urgency"] == [], "nobody has assessed them yet: not decided is not wrong"


def test_an_erased_customer_leaves_codes_only(desk: Desk) -> None:
    case, other = (
        desk.complaint(**LEAK),
        desk.complaint(**LEAK, name="别人", phone="13900001111", email="b@example.com"),
    )
    actions.take_in(now=clock.now())
    before = {row.term: row.n for row in TermCount.objects.all()}
    forget_customer(case.customer_id, SYSTEM, clock.now())
    row = Proposal.objects.get(case=case)
    assert row.detail == {} and row.category == "product"
    assert not CaseTerm.objects.filter(case=case).exists()
    assert CaseTerm.objects.filter(case=other).exists()
    assert all(row.n == before[row.term] - 1 for row in TermCount.objects.all())
    forget_customer(case.customer_id, SYSTEM, clock.now())
    assert all(row.n == before[row.term] - 1 for row in TermCount.objects.all()), "again changes nothing"


def test_a_case_that_commits_late_is_not_passed_over(desk: Desk) -> None:
    first, second = desk.complaint(**LEAK), desk.complaint(**LEAK)
    keep_proposal(second, Proposer(), at=clock.now())
    assert [case.pk for case in selectors.untaken(clock.now(), 10)] == [first.pk]


def test_refused_acts_leave_no_acceptance(desk: Desk, world: World) -> None:
    case = desk.complaint(**LEAK)
    with pytest.raises(Refused):
        actions.accept(
            user=world.supervisor, case=case, act="assign", data={"lead": "tech"}, rev=None, at=clock.now()
        )
    assert not Acceptance.objects.exists()


def test_migrations_are_complete(db: None) -> None:
    call_command("makemigrations", "sorting", check=True, dry_run=True, verbosity=0)


def test_a_long_queue_costs_no_more_queries_than_a_short_one(
    desk: Desk, world: World, as_user: AsUser
) -> None:
    rule = RulePlan(name="设备归工程", lead="tech", category="product", skill="管路")
    actions.keep_rule(plan=rule, by=SYSTEM, at=clock.now())
    actions.give_skill(user=world.engineer, name="管路", by=SYSTEM, at=clock.now())

    def queries(path: str) -> int:
        browser = as_user(world.supervisor)
        browser.get(path)
        with CaptureQueriesContext(connection) as found:
            assert browser.get(path).status_code == 200
        return len(found)

    first = desk.complaint(**LEAK)
    short = queries("/sorting/")
    for n in range(9):
        desk.complaint(**{**LEAK, "name": f"客户{n}", "phone": f"1390000100{n}", "email": ""})
    actions.take_in(now=clock.now())
    assert queries("/sorting/") <= short + 1
    assert queries(f"/sorting/cases/{first.number}/") < 45, "twelve words are looked up one by one"


def test_a_case_page_leads_to_its_proposal(desk: Desk, world: World, as_user: AsUser) -> None:
    case = desk.complaint(**LEAK)
    page = as_user(world.agent).get(f"/cases/{case.number}/").content.decode()
    assert f'hx-get="/sorting/cases/{case.number}/" hx-trigger="load"' in page
