"""A contract's service levels run as promises of their own beside the company's regulations, for its customer alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest

from keyue.cases import selectors as cases
from keyue.cases.sheet import Sheet
from keyue.contracts import actions, selectors
from keyue.contracts.levels import Level, contract_of, regulation_id
from keyue.contracts.models import Contract
from keyue.customers import actions as customers
from keyue.kernel.errors import Invalid, Refused
from keyue.ledger.facts import Draft
from keyue.promises import actions as promises
from keyue.promises.actions.sweeping import look
from keyue.promises.models import Promise
from keyue.promises.moving import may_move
from keyue.promises.projection import law_for
from keyue.promises.selectors import company_calendar, promises_of
from keyue.promises.verification import verify_promises
from keyue.regulations import actions as regulations
from keyue.regulations import scoped
from keyue.regulations import selectors as company
from keyue.regulations.models import Edition
from keyue.worktime.calendar import Calendar
from tests.journeys.world import World

from .conftest import FIRST, SOLVE, terms


def of(case, contract=None) -> dict[str, Promise]:
    """The promises about a case under a contract, else under the regulation, by control."""
    rows = promises_of(case.subject)
    if contract is None:
        return {row.control: row for row in rows if row.regulation == "feedback"}
    return {row.control: row for row in rows if contract_of(row.regulation) == contract.pk}


def answer(case, house, now):
    event = Draft("case.first_response", {}, evidence=[{"type": "call", "ref": "1"}])
    promises.record(case.subject, [event], by=World.actor(house.world.agent), at=now.at, source="test")


def differences(now) -> list[str]:
    return [str(one) for one in verify_promises(now.at)]


def test_the_contracts_four_hours_stand_beside_the_regulations_twenty_four(sign, complain, house, now):
    contract = sign()
    now.pass_(hours=1)
    case = complain()
    mine, own = of(case, contract)["first_response_1"], of(case)["first_response"]
    assert mine.due - mine.start == timedelta(hours=4)
    assert own.due - own.start == timedelta(hours=24)
    assert (mine.clause, mine.name, mine.state) == ("8.2", "首次回应", "pending")
    now.pass_(hours=5)
    look(now=now.at)
    answer(case, house, now)
    assert of(case, contract)["first_response_1"].state == "met_late"
    assert of(case)["first_response"].state == "met"
    score = selectors.level_scores(contract)["first_response_1"]
    assert (score.kept, score.broken, score.rate) == (0, 1, 0.0)
    assert differences(now) == []


def test_another_customers_case_is_not_under_it(sign, complain, house, now):
    contract = sign()
    now.pass_(hours=1)
    case = complain(house.other)
    assert of(case, contract) == {}
    assert of(case)["first_response"].state == "pending"


def test_only_the_named_types_are_under_it(sign, complain, now):
    contract = sign(levels=(FIRST,))
    now.pass_(hours=1)
    assert of(complain(type="feedback"), contract) == {}


def test_becoming_a_complaint_brings_it_under_the_contract_from_its_receipt(sign, complain, house, now):
    contract = sign(levels=(FIRST,))
    received = now.pass_(hours=1)
    case = complain(type="feedback")
    now.pass_(hours=5)
    by = World.actor(house.world.agent)
    draft = Draft("case.classified", {"type": "complaint", "category": "service"})
    promises.record(case.subject, [draft], by=by, at=now.at, source="test")
    mine = of(case, contract)["first_response_1"]
    assert (mine.start, mine.state, mine.breached_at) == (received, "breached", received + timedelta(hours=4))
    assert differences(now) == []


def test_what_was_received_before_the_signature_is_not_under_it(sign, complain, now):
    case = complain()
    now.pass_(hours=1)
    contract = sign()
    assert of(case, contract) == {}
    assert contract.levels_from == now.at
    assert differences(now) == []


def test_it_ends_with_its_last_day_whenever_a_worker_looks(sign, complain, now):
    contract = sign(ends_on=now.day + timedelta(days=2), renew_on=None)
    assert contract.levels_until.isoformat() == "2026-03-19T16:00:00+00:00"
    now.at = contract.levels_until - timedelta(seconds=1)
    last = complain()
    now.pass_(seconds=1)
    after = complain()
    assert set(of(last, contract)) == {"first_response_1"}
    assert of(after, contract) == {}
    assert differences(now) == []


def test_a_termination_ends_it_at_once_and_keeps_what_runs(sign, complain, house, now):
    contract = sign()
    now.pass_(hours=1)
    running = complain()
    now.pass_(hours=1)
    contract = actions.terminate_contract(
        contract=contract, reason="agreed", remark="", by=house.by, at=now.at
    )
    assert contract.levels_until == now.at
    later = complain()
    assert of(running, contract)["first_response_1"].state == "pending"
    assert of(later, contract) == {}
    now.pass_(hours=6)
    look(now=now.at)
    assert of(running, contract)["first_response_1"].state == "breached"
    assert differences(now) == []


def test_a_contract_terminated_before_its_day_never_runs(sign, complain, house, now):
    contract = sign(effective_on=now.day + timedelta(days=3))
    actions.terminate_contract(contract=contract, reason="agreed", remark="", by=house.by, at=now.at)
    now.pass_(days=4)
    assert of(complain(), contract) == {}


def test_a_case_that_turns_out_to_be_of_the_customer_comes_under_the_contract(sign, complain, house, now):
    contract = sign()
    received = now.pass_(hours=1)
    case = complain(house.other)
    now.pass_(hours=1)
    by = World.actor(house.world.agent)

    def match(customer):
        data = {"customer": str(customer.pk)}
        promises.record(case.subject, [Draft("case.customer_matched", data)], by=by, at=now.at, source="test")

    match(house.customer)
    mine = of(case, contract)["first_response_1"]
    assert (mine.start, mine.state) == (received, "pending")
    assert differences(now) == []
    # and off again: what is pending is moot, what was broken stays
    match(house.other)
    assert of(case, contract)["first_response_1"].state == "cancelled"
    assert differences(now) == []


def test_a_contract_follows_its_customer_into_a_merge_and_out_of_it(sign, complain, house, now):
    contract = sign(ends_on=None)
    own = complain()
    now.pass_(hours=1)
    made = customers.merge(loser=house.customer, into=house.other, by=house.by, at=now.at)
    house.other.refresh_from_db()
    merged = complain(house.other)
    assert set(of(own, contract)) == set(of(merged, contract)) == {"first_response_1"}
    assert of(merged, contract)["first_response_1"].start == now.at
    now.pass_(hours=1)
    customers.unmerge(merge=made, by=house.by, at=now.at)
    house.other.refresh_from_db()
    house.customer.refresh_from_db()
    after, again = complain(house.other), complain(house.customer)
    assert of(after, contract) == {}
    assert set(of(again, contract)) == {"first_response_1"}
    assert set(of(merged, contract)) == {"first_response_1"}
    now.pass_(hours=5)
    look(now=now.at)
    contract.refresh_from_db()
    assert contract.levels_for == [house.customer.pk, house.other.pk]
    assert selectors.level_scores(contract)["first_response_1"].broken == 3
    actions.terminate_contract(contract=contract, reason="agreed", remark="", by=house.by, at=now.at)
    assert of(complain(house.customer), contract) == {}
    assert differences(now) == []


def test_urgent_ones_have_a_limit_of_their_own(sign, complain, house, now):
    contract = sign(levels=(SOLVE,))
    now.pass_(hours=1)
    case = complain()
    by = World.actor(house.world.supervisor)

    def record(kind, **data):
        promises.record(case.subject, [Draft(kind, data)], by=by, at=now.at, source="test")

    record("case.assessed", priority="urgent", level="serious")
    record("case.assigned", lead="tech")
    row = of(case, contract)["solve_1"]
    assert (row.due - row.start, row.owner) == (timedelta(hours=8), "tech")
    assert of(case)["solve"].due - row.start == timedelta(hours=24)


def test_the_stricter_one_stands_first_on_the_case_and_names_the_contract(sign, complain, house, now):
    contract = sign()
    now.pass_(hours=1)
    case = complain()
    sheet = Sheet(house.world.supervisor, case, cases.moment(now.at))
    early, late = of(case, contract)["first_response_1"], of(case)["first_response"]
    assert sheet.stricter[early.pk] == late
    tag = sheet.book.tag(early.regulation, early.clause)
    assert tag.title == "合同 HT-2026-001 8.2"
    assert tag.url == f"/contracts/{contract.pk}/#c8.2"
    assert sheet.book.quoted(early).paragraphs == ["从收到起，4 小时内首次回应。"]
    assert sheet.book.control(early).id == "first_response_1"


def test_contracts_stay_out_of_the_companys_regulations(sign, now):
    contract = sign()
    name = regulation_id(contract.pk, contract.customer_id)
    assert name not in {row.pk for row in company.regulations()}
    assert company.newest_edition(name) is None
    assert company.edition_in_force(name, at=now.at) is None
    assert name not in {one.document.id for one in company.documents_in_force(now.at)}
    assert name not in {edition.regulation for edition in company.editions_for("case")}
    assert name not in {edition.regulation for edition in law_for("case").editions}
    with pytest.raises(Invalid):
        regulations.draft_edition(
            text=Edition.objects.filter(regulation=name).first().source, answers={}, by=World.actor(contract.staff),
            at=now.at,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"levels": (Level(0, "plan", 0, "hours", "1"),)}, "level-1"),
        ({"levels": (Level(0, "dance", 1, "hours", "1"),)}, "level-1"),
        ({"levels": (Level(0, "plan", 1, "hours", "甲乙"),)}, "level-1"),
        ({"levels": (Level(0, "plan", 1, "hours", "1", calendar="moon"),)}, "level-1"),
        ({"levels": (Level(0, "plan", 1, "hours", "1"), Level(0, "plan", 2, "hours", "2"))}, "levels"),
        ({"duty_post": ""}, "duty_post"),
        ({"duty_post": "nobody"}, "duty_post"),
        ({"ends_on": date(2026, 2, 1)}, "ends_on"),
    ],
)
def test_levels_that_would_not_run_are_refused_in_the_form(draft, fields, fault):
    with pytest.raises(Invalid) as refused:
        draft(**fields)
    assert fault in refused.value.fields
    assert not Contract.objects.exists()


def test_only_deadlines_can_be_agreed_for_one_customer(house, now):
    text = (
        '# 合同\n\n```regulation\nid = "contract-9"\nsubject = "case"\n```\n\n## 1 甲\n\n```control\n'
        'id = "a"\nname = "a"\non = "case.received"\nmet_by = "case.solved"\nwithin = "PT1H"\nowner = "x"\n'
        'evidence = ["call"]\n```\n'
    )
    with pytest.raises(Invalid):
        regulations.publish_scoped(
            text=text, scope="customer:1", effective_from=now.at, by=house.by, at=now.at
        )
    plain = text.replace('evidence = ["call"]\n', "")
    publish = {"scope": "customer:1", "by": house.by, "at": now.at}
    first = regulations.publish_scoped(text=plain, effective_from=now.at, **publish)
    assert regulations.publish_scoped(text=plain, effective_from=now.at, **publish) == first
    with pytest.raises(Refused):
        regulations.publish_scoped(text=plain, effective_from=now.at - timedelta(hours=1), **publish)
    with pytest.raises(Refused):
        regulations.publish_scoped(
            text=plain, effective_from=now.at, scope="customer:2", by=house.by, at=now.at
        )


def test_of_many_contracts_only_those_asked_for_are_read(
    sign, complain, house, now, django_assert_max_num_queries
):
    for n in range(6):
        other = customers.create_customer(
            kind="organisation",
            name=f"第{n}水厂",
            source="phone",
            legal_basis="contract",
            by=house.by,
            at=now.at,
        )
        sign(other, number=f"HT-{n}", staff=house.manager)
    now.pass_(hours=1)
    case = complain()
    scoped._read.clear()
    with django_assert_max_num_queries(1):
        assert scoped.of_scopes({f"customer:{house.customer.pk}"}) == {}
    assert not scoped._read
    assert of(case)["first_response"].state == "pending"
    assert [a.pk < b.pk for a, b in pairwise(Contract.objects.order_by("pk"))].count(False) == 0


def test_what_is_kept_of_scoped_editions_is_bounded(sign, house, now, monkeypatch):
    monkeypatch.setattr(scoped, "KEPT", 2)
    contract = sign(ends_on=None)
    sign(house.other, number="HT-2")
    found = scoped.of_scopes({f"customer:{house.customer.pk}", f"customer:{house.other.pk}"})
    assert len(scoped._read) <= 2
    assert [one.regulation for one in found[f"customer:{house.customer.pk}"]] == [
        regulation_id(contract.pk, contract.customer_id)
    ]
    assert len(found[f"customer:{house.other.pk}"]) == 2


def test_terms_are_a_contract(draft):
    contract = draft()
    assert [level.control for level in selectors.levels_of(contract)] == ["first_response_1", "solve_2"]
    assert terms().number == contract.number


def test_another_calendar_says_how_many_of_them_it_may_move(sign, complain, now):
    old = company_calendar()
    closed = Calendar.from_dict({**old.to_dict(), "holidays": [*old.to_dict()["holidays"], "2026-03-18"]})
    before = may_move(old, closed, now.at)
    sign(levels=(replace(FIRST, unit="working_hours", amount=12),))
    now.pass_(hours=1)
    complain()
    assert may_move(old, closed, now.at) - before >= 1
    natural = may_move(old, closed, now.at)
    sign(number="HT-2", levels=(FIRST,))
    now.pass_(minutes=1)
    complain()
    assert may_move(old, closed, now.at) == natural + (natural - before)
