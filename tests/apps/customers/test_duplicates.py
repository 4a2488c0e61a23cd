"""Who may be the same: while typing, for a sheet, over the whole archive; and nobody sees more than they may."""

from __future__ import annotations

from itertools import pairwise

import pytest
from django.urls import reverse

from keyue.customers import actions, identity_selectors
from keyue.customers.actions import archive_search
from keyue.customers.likeness import Given, likely
from keyue.customers.models import Customer, DuplicatePair, Identifier, Merge
from keyue.kernel.errors import Invalid, NotFound, Refused
from keyue.ledger.models import Fact
from keyue.people import actions as people

from .conftest import AT, BY

USCC = "91330106MA2CFRGH9X"
ID_NUMBER = "11010519491231002X"


def organisation(make, name: str, **more) -> Customer:
    return make(kind="organisation", name=name, **{"contact_name": "", "phone": "", "email": "", **more})


def add(customer: Customer, kind: str, value: str, **more) -> Identifier:
    return actions.add_identifier(customer=customer, kind=kind, value=value, by=BY, at=AT, **more)


def typed(viewer, name: str = "", kind: str = "organisation", **more) -> list[int]:
    found = identity_selectors.likely_same(viewer, Given(kind=kind, name=name, **more))
    return [one.card.id for one in found.cards]


@pytest.fixture
def keeper(staff, at):
    user = people.create_staff(username="keeper", name="档案员", department=None, by=BY, at=at)
    people.grant_role(user=user, role="archive_keeper", by=BY, at=at)
    return user


# --- identifiers ---


def valid_uscc() -> str:
    from keyue.customers.matching.identifiers import USCC_SIGNS, is_uscc

    head = "91330106MA2CFRGH9"
    return next(head + sign for sign in USCC_SIGNS if is_uscc(head + sign))


def test_a_code_has_its_check_sign_and_one_customer(make):
    one, other = organisation(make, "恒达环保有限公司"), organisation(make, "另一家有限公司")
    code = valid_uscc()
    wrong = code[:-1] + ("0" if code[-1] != "0" else "1")
    with pytest.raises(Invalid) as caught:
        add(one, "uscc", wrong)
    assert caught.value.fields == {"value": "统一社会信用代码的校验位不对，请对照营业执照核对"}
    made = add(one, "uscc", f" {code.lower()} ")
    assert made.value == code
    assert add(one, "uscc", code).pk == made.pk
    with pytest.raises(Refused) as taken:
        add(other, "uscc", code)
    assert taken.value.code == "identifier_taken"
    actions.end_identifier(identifier=made, by=BY, at=AT)
    add(other, "uscc", code)


def test_an_external_number_is_of_a_system(make):
    one, other = organisation(make, "恒达环保有限公司"), organisation(make, "另一家有限公司")
    with pytest.raises(Invalid):
        add(one, "external", "10023")
    add(one, "external", "10023", system="ERP")
    add(other, "external", "10023", system="金税")
    with pytest.raises(Refused):
        add(other, "external", "10023", system="ERP")


def test_a_persons_number_is_sealed_and_never_in_a_fact(person, company):
    made = add(person, "id_number", ID_NUMBER)
    assert made.value == "" and ID_NUMBER not in made.sealed
    [card] = identity_selectors.identifiers_of([person.pk])
    assert card.value == "110***********002X"[:3] + "*" * 11 + "002X"
    facts = [str(fact.data) for fact in Fact.objects.all()]
    assert not [text for text in facts if ID_NUMBER in text]
    with pytest.raises(Invalid):
        add(company, "id_number", ID_NUMBER)
    with pytest.raises(Invalid):
        add(person, "uscc", valid_uscc())
    actions.erase(customer=person, reason="requested", by=BY, at=AT)
    made.refresh_from_db()
    assert (made.sealed, made.key) == ("", None)


def test_an_organisation_that_changes_its_name_is_found_by_the_old_one(make, staff):
    company = organisation(make, "恒达环保科技有限公司")
    actions.change_customer(customer=company, changes={"name": "远山水务有限公司"}, by=BY, at=AT)
    [former] = Identifier.objects.filter(customer=company)
    assert (former.kind, former.value) == ("former_name", "恒达环保科技有限公司")
    assert typed(staff.agent, "恒达环保") == [company.pk]
    actions.change_customer(customer=company, changes={"name": "恒达环保科技有限公司"}, by=BY, at=AT)
    active = Identifier.objects.filter(customer=company, ended_at=None)
    assert [row.value for row in active] == ["远山水务有限公司"]


# --- while typing ---


def test_typing_finds_by_number_brand_and_sound(make, staff):
    company = organisation(make, "上海恒达环保科技有限公司", phone="0571-87654321")
    other = organisation(make, "北京恒达环保科技有限公司")
    assert typed(staff.agent, "恒达环保") == [company.pk, other.pk]
    assert typed(staff.agent, "上海恒达环保") == [company.pk]
    assert typed(staff.agent, phone="0571-87654321") == [company.pk]
    assert typed(staff.agent, "衡达环保", phone="0571-87654321") == [company.pk]
    assert typed(staff.agent, "远山机械") == []
    add(other, "uscc", valid_uscc())
    assert typed(staff.agent, uscc=valid_uscc()) == [other.pk]


def test_typing_what_makes_no_sense_finds_nobody(company, staff):
    for text in ("恒", "", "  ", "有限公司", "()", "😀"):
        assert typed(staff.agent, text) == []
    assert typed(staff.agent, phone="12", email="x", uscc="y") == []


def test_a_colleagues_customer_is_told_of_without_a_detail(make, staff, client):
    hidden = make(name="北方人", phone="13900000001", email="", account_manager=staff.north_manager)
    south = staff.south_manager
    found = identity_selectors.likely_same(south, Given(kind="person", phone="13900000001"))
    assert (found.cards, found.has_hidden) == ([], True)
    # a name alone does not even say that there is somebody
    found = identity_selectors.likely_same(south, Given(kind="person", name="北方人"))
    assert (found.cards, found.has_hidden) == ([], False)
    client.force_login(south)
    answer = client.post(reverse("customers:likely"), {"kind": "person", "phone": "13900000001"})
    text = answer.content.decode()
    assert "同事名下" in text
    assert hidden.number not in text and "北方" not in text and "林知夏" not in text


def test_an_alias_leads_to_who_stands_for_it(make, staff):
    kept = make(name="周叙白", phone="13900000001", email="")
    alias = make(name="周叙白", phone="13900000002", email="")
    actions.merge(loser=alias, into=kept, by=BY, at=AT)
    assert typed(staff.agent, kind="person", phone="13900000002") == [kept.pk]


def test_the_rows_of_a_sheet_are_looked_for_at_once(make, django_assert_max_num_queries):
    ours = [organisation(make, f"上海{brand}贸易有限公司") for brand in ("恒达", "远山", "德宁")]
    rows = [
        Given(kind="organisation", name=f"{brand}贸易") for brand in ("恒达", "远山", "德宁", "万通")
    ] * 20
    with django_assert_max_num_queries(12):
        found = likely(rows)
    assert [[one.customer_id for one in some] for some in found[:4]] == [[c.pk] for c in ours] + [[]]


# --- the whole archive ---


def run_search() -> None:
    actions.start_search(by=BY, at=AT)
    for _turn in range(50):
        if identity_selectors.running_search() is None:
            return
        actions.work_search(now=AT)
    raise AssertionError("the search does not end")


def test_the_whole_archive_is_searched_and_nothing_merges_by_itself(make):
    a = organisation(make, "上海恒达环保科技有限公司", phone="0571-87654321")
    b = organisation(make, "恒达环保科技（上海）有限公司", phone="0571-87654321")
    organisation(make, "北京恒达环保科技有限公司")
    p, q = (make(name="周叙白", phone="13900000001", email="") for _n in range(2))
    make(name="周叙白", phone="13900000003", email="")
    run_search()
    assert set(DuplicatePair.objects.values_list("a_id", "b_id")) == {(a.pk, b.pk), (p.pk, q.pk)}
    assert not Merge.objects.exists()
    run = identity_selectors.newest_search()
    assert (run.state, run.found, run.merged, run.total) == ("done", 2, 0, 6)
    run_search()
    assert DuplicatePair.objects.count() == 2


def test_only_an_identifier_merges_and_only_where_the_company_says_so(make):
    p, q = (make(name="周叙白", phone=f"1390000000{n}", email="") for n in (1, 2))
    x, y = (make(name="周叙白", phone="13900000009", email="") for _n in range(2))
    other = make(name="王伟", phone="13900000005", email="")
    for one in (p, q, other):
        add(one, "id_number", ID_NUMBER)
    actions.change_duplicate_settings(merges_by_itself=True, by=BY, at=AT)
    run_search()
    [merge] = Merge.objects.all()
    assert (merge.loser_id, merge.into_id, merge.is_automatic) == (q.pk, p.pk, True)
    assert DuplicatePair.objects.get(a=x, b=y).state == "open"


def test_another_worker_goes_on_where_the_first_ended(make, monkeypatch):
    for n in range(6):
        make(name="周叙白", phone=f"1390000000{n // 2}", email="")
    monkeypatch.setattr(archive_search, "PAIRS_AT_A_TIME", 1)
    actions.start_search(by=BY, at=AT)
    while not DuplicatePair.objects.exists():
        actions.work_search(now=AT)
    # the first dies: its memory is gone, and a second takes over when nothing was heard for long enough
    archive_search._held.clear()
    monkeypatch.setattr(archive_search, "_me", "second")
    assert actions.work_search(now=AT) == 0
    later = AT + archive_search.SILENT
    monkeypatch.setattr("keyue.kernel.clock.now", lambda: later)
    for _turn in range(50):
        actions.work_search(now=later)
    assert identity_selectors.newest_search().state == "done"
    assert DuplicatePair.objects.count() == 3


def test_a_search_is_stopped_and_there_is_one_at_a_time(make):
    run = actions.start_search(by=BY, at=AT)
    with pytest.raises(Refused):
        actions.start_search(by=BY, at=AT)
    actions.stop_search(search=run, by=BY, at=AT)
    assert actions.work_search(now=AT) == 0
    with pytest.raises(Refused):
        actions.stop_search(search=run, by=BY, at=AT)


# --- who sees what ---


@pytest.fixture
def pair(make, staff) -> DuplicatePair:
    """Of a customer of the north and one of the south."""
    a = make(name="周叙白", phone="13900000001", email="", account_manager=staff.north_manager)
    b = make(name="周叙白", phone="13900000001", email="", account_manager=staff.south_manager)
    return actions.propose(proposal=actions.Proposal(a.pk, b.pk, 0.93, ("电话相同",)), by=BY, at=AT)


def test_a_pair_is_seen_by_whoever_sees_both(pair, staff, keeper):
    for viewer in (staff.north_manager, staff.south_manager, staff.auditor):
        assert identity_selectors.pairs_page(viewer).cards == []
        with pytest.raises(NotFound):
            identity_selectors.pair_for(viewer, pair.pk)
    assert [card.id for card in identity_selectors.pairs_page(keeper).cards] == [pair.pk]
    actions.merge_pair(pair=pair, keep=pair.a, by=BY, at=AT)
    merge = Merge.objects.get()
    for viewer in (staff.south_manager, staff.auditor):
        assert identity_selectors.merges_page(viewer)[0] == []
        with pytest.raises(NotFound):
            identity_selectors.merge_for(viewer, merge.pk)


def test_the_queue_is_read_page_by_page(make, keeper):
    people = [make(name=f"人{n}", phone=f"1390000000{n}", email="") for n in range(6)]
    proposals = [
        actions.Proposal(one.pk, other.pk, 0.6 + (n % 3) / 10, ())
        for n, (one, other) in enumerate(pairwise(people))
    ]
    actions.propose_many(proposals=proposals, by=BY, at=AT)
    seen, cursor = [], ""
    while True:
        found = identity_selectors.pairs_page(keeper, cursor=cursor, size=2)
        seen += [(card.score, card.id) for card in found.cards]
        cursor = found.next
        if not cursor:
            break
    assert len(seen) == 5 and seen == sorted(seen, reverse=True)
    with pytest.raises(Invalid):
        identity_selectors.pairs_page(keeper, cursor="x~y")


def test_what_was_merged_meanwhile_leaves_the_queue(make, keeper):
    a, b, c = (make(name=f"人{n}", phone=f"1390000000{n}", email="") for n in range(3))
    proposals = [actions.Proposal(x.pk, y.pk, 0.8, ()) for x, y in ((a, b), (b, c), (a, c))]
    actions.propose_many(proposals=proposals, by=BY, at=AT)
    actions.merge(loser=b, into=a, by=BY, at=AT)
    cards = identity_selectors.pairs_page(keeper).cards
    assert {(card.a.id, card.b.id) for card in cards} == {(a.pk, c.pk)}


# --- the pages ---


def test_a_keeper_merges_and_takes_it_back(pair, keeper, client):
    client.force_login(keeper)
    queue = client.get(reverse("customers:duplicates"))
    assert "93%" in queue.content.decode()
    here = reverse("customers:duplicate", args=[pair.pk])
    text = client.get(here).content.decode()
    assert "139****0001" in text and "13900000001" not in text and "周叙白" not in text
    assert client.post(here, {"act": "merge"}).status_code == 422
    answer = client.post(here, {"act": "merge", "keep": pair.b.number})
    assert answer.status_code == 303
    merge = Merge.objects.get()
    assert (merge.loser_id, merge.into_id) == (pair.a_id, pair.b_id)
    assert client.post(here, {"act": "merge", "keep": pair.b.number}).status_code == 409
    history = client.get(reverse("customers:merges")).content.decode()
    assert pair.a.number in history and "档案员" in history
    answer = client.post(reverse("customers:unmerge", args=[merge.pk]))
    assert answer.status_code == 303
    assert not Customer.objects.exclude(merged_into=None).exists()
    client.post(here, {"act": "distinct"})
    pair.refresh_from_db()
    assert pair.state == "distinct"
    client.post(reverse("customers:reopen_pair", args=[pair.pk]))
    pair.refresh_from_db()
    assert pair.state == "open"


def test_the_customers_page_shows_what_was_merged_into_it(make, keeper, client):
    kept = organisation(make, "恒达环保", region="")
    alias = organisation(make, "恒达环保科技有限公司", contact_name="方既明", phone="13911112222")
    actions.merge(loser=alias, into=kept, by=BY, at=AT)
    client.force_login(keeper)
    text = client.get(reverse("customers:page", args=[kept.number])).content.decode()
    assert alias.number in text and "拆开" in text
    assert client.get(reverse("customers:page", args=[alias.number])).status_code == 303
    assert client.get(reverse("customers:page", args=[kept.number]), {"tab": "contacts"}).status_code == 200


def test_two_files_are_put_side_by_side_by_hand(make, keeper, client):
    a, b = organisation(make, "恒达环保有限公司"), organisation(make, "恒大贸易有限公司")
    client.force_login(keeper)
    here = reverse("customers:compare", args=[b.number])
    assert client.get(here).status_code == 200
    for wrong in ("", "KH-99999", b.number):
        assert client.post(here, {"other": wrong}).status_code == 422
    answer = client.post(here, {"other": a.number})
    assert answer.url == reverse("customers:duplicate", args=[DuplicatePair.objects.get().pk])


def test_identifiers_are_added_and_ended_on_the_page(make, keeper, client):
    customer = organisation(make, "恒达环保有限公司")
    client.force_login(keeper)
    here = reverse("customers:add_identifier", args=[customer.number])
    answer = client.post(here, {"kind": "uscc", "value": "91330106MA2CFRGH90"})
    assert answer.status_code == 422 and "校验位" in answer.content.decode()
    assert client.post(here, {"kind": "short_name", "value": "恒达"}).status_code == 303
    row = Identifier.objects.get()
    client.post(reverse("customers:end_identifier", args=[row.pk]))
    row.refresh_from_db()
    assert row.ended_at is not None


def test_the_search_is_begun_and_stopped_on_the_page(make, keeper, client):
    client.force_login(keeper)
    client.post(reverse("customers:duplicate_search"), {"act": "start"})
    assert identity_selectors.running_search() is not None
    progress = client.get(reverse("customers:duplicate_progress"), headers={"HX-Request": "true"})
    assert "已读" in progress.content.decode()
    client.post(reverse("customers:duplicate_search"), {"act": "stop"})
    assert identity_selectors.newest_search().state == "stopped"
    client.post(reverse("customers:duplicate_settings"), {"merges_by_itself": "on"})
    assert identity_selectors.merges_by_itself()
