"""Leads: registered, protected, in conflict, turned into customers, given up, erased."""

from __future__ import annotations

from datetime import timedelta

import pytest

from keyue.customers import actions as customers
from keyue.customers.models import Customer
from keyue.kernel.errors import Denied, Invalid, Refused
from keyue.ledger.models import AccessEntry, Fact
from keyue.ledger.selectors import facts_of
from keyue.promises.actions import state_of
from keyue.promises.models import Notice
from keyue.sales import actions, selectors
from keyue.sales.models import Lead
from keyue.sales.sealed import opened_leads

from .conftest import AT, BY, by, registered

DAY = timedelta(days=1)


def kinds(lead: Lead) -> list[str]:
    return [fact.kind for fact in facts_of(lead.subject)]


def test_a_lead_is_protected_for_the_companys_days(sales):
    lead = registered(sales.lin, person="周叙白", phone="138 1234 6027")
    assert lead.state == "open" and lead.protected_until == AT + 30 * DAY
    assert kinds(lead) == ["lead.registered"]
    state = state_of(lead.subject)
    assert (state.registered, state.staff, state.department) == (True, f"user:{sales.lin.pk}", "north")
    # nothing personal stands in the clear, in the row or in the fact
    row = Lead.objects.filter(pk=lead.pk).values().get()
    assert "周叙白" not in str(row) and "12346027" not in str(row)
    assert "周叙白" not in str(list(Fact.objects.values_list("data", flat=True)))
    [clear] = opened_leads([lead])
    assert (clear.person, clear.phone) == ("周叙白", "+8613812346027")


def test_what_is_at_fault_is_named(sales):
    with pytest.raises(Invalid) as error:
        registered(sales.lin, name="", phone="12")
    assert set(error.value.fields) == {"name", "phone"}
    with pytest.raises(Invalid) as error:
        registered(sales.lin, uscc="91310000MA1K00000X")
    assert set(error.value.fields) == {"uscc"}
    with pytest.raises(Invalid) as error:
        registered(sales.lin, name="", kind="person", person="周叙白")
    assert set(error.value.fields) == {"phone"}
    assert not Lead.objects.exists()


def test_a_colleague_who_registers_the_same_company_waits_for_a_decision(sales):
    first = registered(sales.lin)
    second = registered(sales.chen, name="恒达环保科技（上海）有限公司")
    assert (second.state, second.first_id, second.protected_until) == ("conflict", first.pk, None)
    assert second.conflict_score >= 50 and second.conflict_reasons
    assert kinds(second) == ["lead.registered", "lead.registered_again"]
    again = facts_of(second.subject)[1].data
    assert again["first"] == str(first.pk) and again["first_staff"] == f"user:{sales.lin.pk}"
    assert Notice.objects.filter(to_user=sales.lin, detail__what="lead_conflict").count() == 1
    with pytest.raises(Refused):
        actions.contact_lead(lead=second, way="phone", what="", by=by(sales.chen), at=AT)


def test_another_company_of_the_same_town_and_trade_is_no_conflict(sales):
    registered(sales.lin)
    assert registered(sales.chen, name="上海康泰环保科技有限公司").state == "open"


def test_the_same_telephone_is_a_conflict(sales):
    registered(sales.lin, name="", kind="person", person="周叙白", phone="13812346027")
    other = registered(sales.wu, name="", kind="person", person="老周", phone="+86 138-1234-6027")
    assert other.state == "conflict" and other.conflict_reasons == ["电话相同"]


def test_ones_own_lead_is_not_registered_twice(sales):
    lead = registered(sales.lin)
    with pytest.raises(Refused) as error:
        registered(sales.lin)
    assert error.value.code == "own" and lead.number in str(error.value)


def test_a_customer_of_a_colleague_is_a_conflict_and_ones_own_is_refused(sales, make):
    customer = make("上海恒达环保科技有限公司", account_manager=sales.lin)
    lead = registered(sales.wu)
    assert (lead.state, lead.first_customer_id) == ("conflict", customer.pk)
    with pytest.raises(Refused) as error:
        registered(sales.lin)
    assert error.value.code == "own"


def test_a_customer_in_the_pool_is_to_be_picked(sales, make):
    customer = make("上海恒达环保科技有限公司")
    with pytest.raises(Refused) as error:
        registered(sales.lin)
    assert error.value.code == "unassigned"
    actions.release_customer(customer=customer, by=BY, at=AT)
    with pytest.raises(Refused) as error:
        registered(sales.lin)
    assert error.value.code == "in_pool"


@pytest.mark.parametrize(
    ("outcome", "first_state", "second_state"),
    [("first", "open", "dropped"), ("newcomer", "dropped", "open"), ("both", "open", "open")],
)
def test_a_conflict_is_settled(sales, outcome, first_state, second_state):
    first, second = registered(sales.lin), registered(sales.chen)
    with pytest.raises(Invalid):
        actions.settle_conflict(lead=second, outcome=outcome, why=" ", by=by(sales.head), at=AT + DAY)
    actions.settle_conflict(lead=second, outcome=outcome, why="先有合同", by=by(sales.head), at=AT + DAY)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state, second.settlement) == (first_state, second_state, outcome)
    if second_state == "open":
        assert second.protected_until == AT + 31 * DAY
    assert "lead.conflict_settled" in kinds(second)
    told = Notice.objects.filter(detail__what="lead_settled").values_list("to_user", flat=True)
    assert set(told) == {sales.lin.pk, sales.chen.pk}
    with pytest.raises(Refused):
        actions.settle_conflict(lead=second, outcome="first", why="再判", by=by(sales.head), at=AT + DAY)


def test_who_is_one_of_the_two_does_not_settle(sales):
    registered(sales.head)
    second = registered(sales.chen)
    with pytest.raises(Denied):
        actions.settle_conflict(lead=second, outcome="first", why="我的", by=by(sales.head), at=AT)


def test_a_customer_given_to_the_newcomer_changes_hands(sales, make):
    customer = make("上海恒达环保科技有限公司", account_manager=sales.lin)
    lead = registered(sales.chen)
    actions.settle_conflict(lead=lead, outcome="newcomer", why="区域划分", by=by(sales.head), at=AT)
    customer.refresh_from_db()
    lead.refresh_from_db()
    assert customer.account_manager == sales.chen
    assert (lead.state, lead.customer_id) == ("qualified", customer.pk)


def test_a_lead_becomes_a_customer_with_what_was_known(sales):
    lead = registered(
        sales.lin, person="周叙白", phone="13812346027", region="浙江省", note="想换膜组", source="tender"
    )
    customer = actions.qualify_lead(lead=lead, by=by(sales.lin), at=AT + DAY)
    assert (customer.name, customer.account_manager, customer.region, customer.source) == (
        "上海恒达环保科技有限公司", sales.lin, "330000", "tender",
    )  # fmt: skip
    assert customer.contacts.get().phone_index is not None
    lead.refresh_from_db()
    assert (lead.state, lead.customer_id, lead.closed_at) == ("qualified", customer.pk, AT + DAY)
    assert facts_of(lead.subject)[-1].data == {"customer": str(customer.pk), "is_new": True}
    with pytest.raises(Refused):
        actions.drop_lead(lead=lead, reason="no_need", remark="", by=by(sales.lin), at=AT + DAY)


def test_a_lead_joins_a_customer_that_nobody_else_has(sales, make):
    free, taken = make("临江第一水务有限公司"), make("临江第二水务有限公司", account_manager=sales.wu)
    lead = registered(sales.lin)
    with pytest.raises(Refused):
        actions.qualify_lead(lead=lead, customer=taken, by=by(sales.lin), at=AT)
    actions.qualify_lead(lead=lead, customer=free, by=by(sales.lin), at=AT)
    free.refresh_from_db()
    assert free.account_manager == sales.lin
    assert Customer.objects.count() == 2


def test_contacted_before_registered_stands_before_it(sales):
    lead = registered(sales.lin, contacted=AT - DAY, way="phone")
    assert kinds(lead) == ["lead.contacted", "lead.registered"]
    state = state_of(lead.subject)
    assert state.contacted and state.registered
    with pytest.raises(Invalid):
        registered(sales.lin, name="临江水务有限公司", contacted=AT + DAY)


def test_a_protection_is_warned_of_once_and_ends_once(sales):
    lead = registered(sales.lin)
    assert actions.look_at_leads(now=AT + 24 * DAY) == 0
    for _again in range(2):
        actions.look_at_leads(now=AT + 26 * DAY)
    assert Notice.objects.filter(to_user=sales.lin, detail__what="lead_expiring").count() == 1
    for _again in range(2):
        actions.look_at_leads(now=AT + 30 * DAY)
    lead.refresh_from_db()
    assert lead.state == "expired" and kinds(lead).count("lead.expired") == 1
    # free for a colleague
    assert registered(sales.chen, at=AT + 31 * DAY).state == "open"


def test_a_longer_protection_is_warned_of_anew(sales):
    lead = registered(sales.lin)
    actions.look_at_leads(now=AT + 26 * DAY)
    with pytest.raises(Invalid):
        actions.extend_lead(lead=lead, until=AT + 20 * DAY, why="招标推迟", by=BY, at=AT + 26 * DAY)
    actions.extend_lead(lead=lead, until=AT + 60 * DAY, why="招标推迟", by=BY, at=AT + 26 * DAY)
    assert actions.look_at_leads(now=AT + 40 * DAY) == 0
    assert actions.look_at_leads(now=AT + 56 * DAY) == 1


def test_nobody_protects_more_than_the_company_allows(sales):
    rules = selectors.company_rules()
    actions.change_rules(changes={"most_leads": 1}, revision=rules.revision, by=BY, at=AT)
    registered(sales.lin)
    with pytest.raises(Refused) as error:
        registered(sales.lin, name="临江水务有限公司")
    assert error.value.code == "too_many"


def test_who_sees_which_lead(sales):
    mine, theirs = registered(sales.lin), registered(sales.wu, name="临江水务有限公司")
    seen = {
        user.username: set(selectors.leads_visible_to(user)) for user in (sales.lin, sales.wu, sales.head)
    }
    assert seen == {"lin": {mine}, "wu": {theirs}, "he": {mine}}
    assert not selectors.leads_visible_to(sales.agent).exists()


def test_a_look_at_a_number_leaves_a_trace(sales):
    lead = registered(sales.lin, phone="13812346027")
    clear = actions.reveal_lead(lead=lead, field="phone", purpose="contact", by=by(sales.lin), at=AT)
    assert clear == "+8613812346027"
    entry = AccessEntry.objects.get()
    assert (entry.subject_kind, entry.subject_ref, entry.purpose) == ("lead", str(lead.pk), "contact")
    with pytest.raises(Invalid):
        actions.reveal_lead(lead=lead, field="phone", purpose="", by=by(sales.lin), at=AT)


def test_erasing_a_customer_erases_the_lead_they_came_from(sales):
    lead = registered(sales.lin, person="周叙白", phone="13812346027")
    customer = actions.qualify_lead(lead=lead, by=by(sales.lin), at=AT)
    customers.erase(customer=customer, reason="requested", by=BY, at=AT)
    lead.refresh_from_db()
    assert (lead.person, lead.phone, lead.phone_index, lead.erased_at) == ("", "", None, AT)
    assert opened_leads([lead])[0].phone == ""


def test_a_leavers_leads_go_to_the_heir(sales):
    lead = registered(sales.lin)
    assert actions.hand_over_leads(leaver=sales.lin, heir=sales.wu, by=BY, at=AT) == 1
    lead.refresh_from_db()
    assert (lead.staff, lead.department) == (sales.wu, "south")
    assert state_of(lead.subject).staff == f"user:{sales.wu.pk}"
