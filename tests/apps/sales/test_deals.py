"""Needs, plans, opportunities, targets and the funnel."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from keyue.customers import actions as customers
from keyue.kernel.errors import Invalid, NotFound, Refused
from keyue.ledger.models import Fact
from keyue.ledger.sealing import sealed_values
from keyue.ledger.selectors import facts_of
from keyue.people.models import User
from keyue.promises.models import Notice
from keyue.sales import actions, board, funnel, selectors, winning
from keyue.sales.models import Opportunity, ServicePlan
from keyue.sales.rules import parse_period
from keyue.sales.sealed import opened_texts

from .conftest import AT, BY, by, registered

DAY = timedelta(days=1)


def kinds(subject) -> list[str]:
    return [fact.kind for fact in facts_of(subject)]


@pytest.fixture
def customer(sales, make):
    return make(account_manager=sales.lin, contact_name="周叙白", phone="13812346027")


@pytest.fixture
def need(sales, customer):
    return actions.note_need(
        customer=customer, what="周叙白说要加两台膜组", contact=customer.contacts.get(),
        learned=AT - DAY, user=sales.lin, by=by(sales.lin), at=AT,
    )  # fmt: skip


def sent(need, sales, text="两台膜组，六月底前装好", at=AT):
    return actions.send_plan(
        need=need, text=text, items=["膜组两台", "", "培训一天"], user=sales.lin, by=by(sales.lin), at=at
    )


def opened(customer, sales, title="二期膜组", **more) -> Opportunity:
    owner: User = more.pop("owner", sales.lin)
    return actions.open_opportunity(customer=customer, title=title, owner=owner, by=by(owner), at=AT, **more)


# --- needs and plans ---


def test_a_need_is_noted_under_the_customers_key(customer, need):
    fact = facts_of(customer.subject)[-1]
    assert fact.kind == "customer.need_noted"
    assert fact.data["need"] == str(need.pk) and fact.data["contact"]
    assert "膜组" not in str(Fact.objects.values_list("data", "sealed")) and "膜组" not in need.what
    customers.erase(customer=customer, reason="requested", by=BY, at=AT)
    assert opened_texts([need], "what") == [{"what": ""}]


def test_a_need_is_dropped_for_a_reason(sales, customer, need):
    plan, _token = sent(need, sales)
    actions.drop_need(need=need, reason="price", remark="", by=by(sales.lin), at=AT)
    need.refresh_from_db()
    plan.refresh_from_db()
    assert (need.state, need.drop_reason, plan.state) == ("dropped", "price", "withdrawn")
    assert kinds(customer.subject)[-1] == "customer.need_dropped"
    with pytest.raises(Refused):
        sent(need, sales)


def test_a_plan_is_agreed_to_through_its_link_once(sales, customer, need):
    plan, token = sent(need, sales)
    assert token not in str(ServicePlan.objects.values().get())
    found = selectors.plan_by_token(token, AT)
    assert found == plan
    given = {"how": "link", "by": BY, "at": AT + DAY, "address": "203.0.113.7"}
    actions.confirm_plan(plan=found, **given)
    plan.refresh_from_db()
    need.refresh_from_db()
    assert (plan.state, plan.agreed_how, plan.answered_at) == ("confirmed", "link", AT + DAY)
    assert need.state == "agreed"
    fact = facts_of(customer.subject)[-1]
    assert (fact.kind, fact.data) == (
        "customer.plan_confirmed", {"need": str(need.pk), "plan": str(plan.pk), "how": "link"},
    )  # fmt: skip
    # where it came from is evidence, and personal: sealed
    stored = Fact.objects.get(kind="plan.confirmed")
    assert "203.0.113.7" not in str(stored.data) + str(stored.sealed)
    assert sealed_values([stored]) == [{"from": "203.0.113.7"}]
    assert Notice.objects.filter(to_user=sales.lin, detail__what="plan_confirmed").exists()
    with pytest.raises(Refused):
        actions.confirm_plan(plan=found, **given)


def test_a_customer_may_ask_for_changes(sales, need):
    plan, token = sent(need, sales)
    with pytest.raises(Invalid):
        actions.ask_changes(plan=plan, what=" ", how="link", by=BY, at=AT)
    actions.ask_changes(plan=plan, what="要三台", how="link", by=BY, at=AT)
    plan.refresh_from_db()
    need.refresh_from_db()
    assert (plan.state, need.state) == ("changes", "open")
    newer, _token = sent(need, sales)
    assert newer.version == 2
    assert selectors.plan_by_token(token, AT) == plan


def test_a_newer_plan_replaces_the_one_that_waits(sales, need):
    first, token = sent(need, sales)
    sent(need, sales, "三台")
    first.refresh_from_db()
    assert first.state == "replaced"
    for text, at in ((token, AT), ("nonsense", AT)):
        with pytest.raises(NotFound):
            selectors.plan_by_token(text, at)


def test_a_link_ends(sales, need):
    _plan, token = sent(need, sales)
    assert selectors.plan_by_token(token, AT + 29 * DAY)
    with pytest.raises(NotFound):
        selectors.plan_by_token(token, AT + 30 * DAY)


# --- opportunities ---


def test_a_need_becomes_an_opportunity(sales, customer, need):
    made = opened(customer, sales, need=need, amount="120,000.5", next_step="送样")
    assert (made.amount, made.stage, made.end) == (Decimal("120000.50"), "contact", "")
    assert kinds(made.subject) == ["opportunity.opened"]
    fact = facts_of(customer.subject)[-1]
    assert (fact.kind, fact.data) == (
        "customer.opportunity_opened", {"opportunity": str(made.pk), "need": str(need.pk)},
    )  # fmt: skip
    assert "二期" not in made.title


def test_moved_won_and_taken_back(sales, customer, monkeypatch):
    won = []
    monkeypatch.setattr(winning, "_rooms", {})
    winning.register("contracts", lambda row, by, at: won.append(row.pk))
    row = opened(customer, sales, amount="100")
    row = actions.move_opportunity(opportunity=row, stage="offer", revision=1, by=BY, at=AT)
    with pytest.raises(Refused) as error:
        actions.move_opportunity(opportunity=row, stage="talks", revision=1, by=BY, at=AT)
    assert error.value.code == "changed_meanwhile"
    with pytest.raises(Refused) as error:
        actions.move_opportunity(opportunity=row, stage="lost", by=BY, at=AT)
    assert error.value.code == "reason_missing"
    row = actions.move_opportunity(opportunity=row, stage="won", by=BY, at=AT + DAY)
    assert (row.end, row.ended_at, won) == ("won", AT + DAY, [row.pk])
    with pytest.raises(Refused):
        actions.move_opportunity(opportunity=row, stage="offer", by=BY, at=AT)
    row = actions.move_opportunity(
        opportunity=row, stage="offer", revision=row.revision, undoes=True, by=BY, at=AT + DAY
    )
    assert (row.end, row.ended_at, row.stage) == ("", None, "offer")
    assert kinds(row.subject) == [
        "opportunity.opened", "opportunity.moved", "opportunity.moved", "opportunity.won", "opportunity.moved",
    ]  # fmt: skip


def test_lost_with_a_reason_and_opened_again(sales, customer):
    row = opened(customer, sales)
    with pytest.raises(Invalid):
        actions.lose_opportunity(opportunity=row, reason="luck", remark="", by=BY, at=AT)
    row = actions.lose_opportunity(opportunity=row, reason="price", remark="贵了两成", by=BY, at=AT)
    assert (row.stage, row.end, row.loss_reason) == ("lost", "lost", "price")
    row = actions.reopen_opportunity(opportunity=row, stage="talks", why="又来问了", by=BY, at=AT)
    assert (row.stage, row.end, row.loss_reason, row.ended_at) == ("talks", "", "", None)


def test_a_change_keeps_old_and_new(sales, customer):
    row = opened(customer, sales, amount="100", next_step="送样")
    row = actions.change_opportunity(
        opportunity=row, changes={"amount": "250", "next_step": "报价", "title": "二期膜组"}, by=BY, at=AT
    )
    fact = facts_of(row.subject)[-1]
    assert fact.data == {
        "fields": ["amount", "next_step"], "old": {"amount": "100.00"}, "new": {"amount": "250.00"},
    }  # fmt: skip
    assert actions.change_opportunity(opportunity=row, changes={"amount": "250"}, by=BY, at=AT).revision == 2


def test_the_board_counts_and_sums_what_one_sees(sales, customer, make):
    opened(customer, sales, amount="100.25")
    opened(customer, sales, title="三期", amount="200")
    opened(
        make("南方水务有限公司", account_manager=sales.wu), sales, title="别人的", owner=sales.wu, amount="9"
    )
    columns = {column.stage.code: column for column in board.board(sales.lin)}
    assert (columns["contact"].n, columns["contact"].amount) == (2, Decimal("300.25"))
    assert [card.title for card in columns["contact"].cards] == ["三期", "二期膜组"]
    assert columns["won"].n == 0
    assert sum(column.n for column in board.board(sales.agent)) == 0
    assert len(board.opportunity_page(sales.wu).cards) == 1


def test_opportunities_follow_the_customer(sales, customer):
    row = opened(customer, sales)
    customers.assign_account_manager(customer=customer, user=sales.chen, by=BY, at=AT)
    row.refresh_from_db()
    assert row.owner == sales.chen


def test_the_companys_stages(sales, customer):
    opened(customer, sales)
    rows = [
        {"code": "", "name": "接触", "probability": 20, "end": ""},
        {"code": "won", "name": "赢单", "probability": 100, "end": "won"},
        {"code": "lost", "name": "输单", "probability": 0, "end": "lost"},
    ]
    with pytest.raises(Invalid) as error:
        actions.change_rules(changes={"stages": rows}, revision=0, by=BY, at=AT)
    assert "初步接触" in str(error.value)
    rows[0]["code"] = "contact"
    actions.change_rules(changes={"stages": rows}, revision=0, by=BY, at=AT)
    assert [stage.name for stage in selectors.company_stages()] == ["接触", "赢单", "输单"]
    for bad in (rows[:2], [*rows, rows[0]], [{**rows[0], "probability": 101}, *rows[1:]]):
        with pytest.raises(Invalid):
            actions.change_rules(changes={"stages": bad}, revision=1, by=BY, at=AT)


# --- targets and the funnel ---


def test_the_funnel_counts_the_leads_of_the_period(sales):
    leads = [registered(sales.lin, name=f"临江第{n}水务有限公司") for n in "一二三四"]
    registered(sales.lin, name="上月水务有限公司", at=AT - 30 * DAY)
    registered(sales.chen, name="东山药业有限公司")
    made = [actions.qualify_lead(lead=lead, by=BY, at=AT + DAY) for lead in leads[:3]]
    for customer in made[:2]:
        customers.change_stage(customer=customer, stage="intent", reason="要报价", by=BY, at=AT + 2 * DAY)
    customers.change_stage(customer=made[0], stage="signed", reason="签了", by=BY, at=AT + 3 * DAY)
    # lost since: it has been signed all the same
    customers.lose_customer(
        customer=made[0], reason="price", win_back=False, remark="", by=BY, at=AT + 4 * DAY
    )
    row = opened(made[1], sales, amount="5000")
    actions.move_opportunity(opportunity=row, stage="won", by=BY, at=AT + 5 * DAY)
    actions.set_target(user=sales.lin, period="2026-03", customers=4, amount="10000", by=BY, at=AT)
    sheet = funnel.funnel_sheet(sales.head, parse_period("2026-03"), AT + 6 * DAY)
    lin = next(row for row in sheet.rows if row.user == sales.lin)
    found = lin.funnel
    assert (found.leads, found.prospects, found.intents, found.signed) == (4, 3, 2, 1)
    won = lin.won
    assert (won.customers, won.amount, won.target_customers, won.target_amount) == (
        1, Decimal("5000.00"), 4, Decimal("10000.00"),
    )  # fmt: skip
    assert sheet.total.funnel.leads == 5
    assert {row.name for row in sheet.rows} == {"何苒", "林知夏", "陈砚"}
    alone = funnel.funnel_sheet(sales.lin, parse_period("2026-03"), AT)
    assert [row.name for row in alone.rows] == ["林知夏"]


def test_a_target_is_changed_and_each_change_is_a_fact(sales):
    for n in (3, 3, 5):
        actions.set_target(user=sales.lin, period="2026-q1", customers=n, amount="", by=BY, at=AT)
    assert list(
        Fact.objects.filter(kind="target.set").order_by("pk").values_list("data__customers", flat=True)
    ) == [3, 5]
    for period, n in (("2026-13", 1), ("2026-Q1", -1)):
        with pytest.raises(Invalid):
            actions.set_target(user=sales.lin, period=period, customers=n, amount="", by=BY, at=AT)
