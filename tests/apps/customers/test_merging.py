"""Files that become one and two again: nothing moves, and every row comes back."""

from __future__ import annotations

import pytest
from django.core import serializers
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keyue.customers import actions, identity_selectors, selectors
from keyue.customers.models import Contact, Customer, DuplicatePair, Identifier, Merge
from keyue.kernel.errors import Refused
from keyue.ledger.models import Fact

from .conftest import AT, BY


def kinds(customer: Customer) -> list[str]:
    rows = Fact.objects.filter(stream__kind="customer", stream__ref=str(customer.pk)).order_by("rev")
    return [fact.kind for fact in rows]


def rows_now() -> str:
    """Every row of the archive as it stands."""
    tables = (Customer, Contact, Identifier)
    return serializers.serialize("json", [row for table in tables for row in table.objects.order_by("pk")])


def merged(loser: Customer, into: Customer) -> Merge:
    return actions.merge(loser=loser, into=into, by=BY, at=AT)


@pytest.fixture
def three(make) -> list[Customer]:
    return [
        make(name=name, phone=f"1390000000{n}", email="")
        for n, name in enumerate(("周叙白", "周叙百", "周旭白"))
    ]


def test_the_loser_becomes_an_alias_and_nothing_else_changes(three):
    a, b, _c = three
    before = rows_now()
    merge = merged(b, a)
    assert kinds(b)[-1] == kinds(a)[-1] == "customer.merged"
    b.refresh_from_db()
    assert b.merged_into_id == a.pk
    assert selectors.family_of(b.pk) == selectors.family_of(a.pk) == (a.pk, b.pk)
    actions.unmerge(merge=merge, by=BY, at=AT)
    assert rows_now() == before
    assert kinds(b)[-2:] == kinds(a)[-2:] == ["customer.merged", "customer.unmerged"]
    assert selectors.family_of(b.pk) == (b.pk,)


def test_whoever_is_merged_into_an_alias_finds_who_stands_for_it(three):
    a, b, c = three
    merged(b, a)
    merged(c, b)
    c.refresh_from_db()
    assert c.merged_into_id == a.pk
    assert set(selectors.family_of(b.pk)) == {a.pk, b.pk, c.pk}


def test_a_chain_stays_one_step_deep_and_comes_apart_in_the_middle(three):
    a, b, c = three
    first = merged(c, b)
    merged(b, a)
    assert dict(Customer.objects.values_list("pk", "merged_into_id")) == {
        a.pk: None,
        b.pk: a.pk,
        c.pk: a.pk,
    }
    second = Merge.objects.get(loser=b)
    actions.unmerge(merge=second, by=BY, at=AT)
    assert dict(Customer.objects.values_list("pk", "merged_into_id")) == {
        a.pk: None,
        b.pk: None,
        c.pk: b.pk,
    }
    actions.unmerge(merge=first, by=BY, at=AT)
    assert not Customer.objects.exclude(merged_into=None).exists()


def test_no_ring_and_no_second_merge_of_the_same_two(three):
    a, b, c = three
    merged(b, a)
    for loser, into in ((a, b), (b, a)):
        with pytest.raises(Refused) as caught:
            merged(loser, into)
        assert caught.value.code == "same_customer"
    merged(a, c)
    assert {selectors.family_of(x.pk) for x in three} == {(c.pk, a.pk, b.pk)}


def test_a_merge_is_undone_once(three):
    merge = merged(three[1], three[0])
    actions.unmerge(merge=merge, by=BY, at=AT)
    with pytest.raises(Refused):
        actions.unmerge(merge=merge, by=BY, at=AT)


def test_an_organisation_is_no_person_and_a_secret_is_not_spread(company, person, make):
    with pytest.raises(Refused) as caught:
        merged(person, company)
    assert caught.value.code == "kinds_differ"
    secret = make(name="另一位", phone="13900000009", email="")
    actions.change_customer(customer=secret, changes={"secrecy": "secret"}, by=BY, at=AT)
    with pytest.raises(Refused) as caught:
        merged(secret, person)
    assert caught.value.code == "secrecy_differs"
    merged(person, secret)


def test_somebody_erased_is_not_merged_but_can_be_taken_out(three):
    a, b, c = three
    merge = merged(b, a)
    actions.erase(customer=a, reason="requested", by=BY, at=AT)
    with pytest.raises(Refused):
        merged(c, a)
    actions.unmerge(merge=merge, by=BY, at=AT)


def test_changes_made_meanwhile_stay_where_they_were_written(three):
    a, b, _c = three
    merge = merged(b, a)
    b.refresh_from_db()
    actions.change_customer(customer=a, changes={"grade": "A"}, by=BY, at=AT)
    actions.add_contact(customer=a, phone="13911112222", by=BY, at=AT)
    actions.change_customer(customer=b, changes={"grade": "C"}, by=BY, at=AT)
    actions.unmerge(merge=merge, by=BY, at=AT)
    a.refresh_from_db(), b.refresh_from_db()
    assert (a.grade, b.grade, a.contacts.count(), b.contacts.count()) == ("A", "C", 2, 1)
    assert b.merged_into_id is None


STEPS = st.lists(
    st.tuples(st.sampled_from(["merge", "unmerge", "change"]), st.integers(0, 4), st.integers(0, 4)),
    max_size=14,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_merged_and_unmerged_in_any_order_every_row_comes_back(make, steps):
    """A family is always what the active merges say, one step deep; with all of them undone, nothing is merged."""
    people = [make(name=f"人{n}", phone=f"1390000{n}00{n}", email="") for n in range(5)]
    ids = [one.pk for one in people]
    before = rows_of(ids)
    changed: dict[int, str] = {}
    for what, n, m in steps:
        _step(people, what, n, m, changed)
        _check_families(ids)
    for merge in Merge.objects.filter(undone_at=None, loser__in=ids).order_by("-pk" if steps else "pk"):
        actions.unmerge(merge=merge, by=BY, at=AT)
        _check_families(ids)
    after = rows_of(ids)
    for pk, (row, revision) in before.items():
        changes = {"grade": changed[pk]} if pk in changed else {}
        assert after[pk][0] == row | changes
        assert (after[pk][1] == revision) is (pk not in changed)


def rows_of(ids: list[int]) -> dict[int, tuple[dict[str, object], int]]:
    found = {}
    for row in Customer.objects.filter(pk__in=ids).values():
        revision = row.pop("revision")
        found[row["id"]] = (row, revision)
    return found


def _step(people: list[Customer], what: str, n: int, m: int, changed: dict[int, str]) -> None:
    if what == "change":
        grade = "ABCD"[m % 4]
        actions.change_customer(customer=people[n], changes={"grade": grade}, by=BY, at=AT)
        changed[people[n].pk] = grade
    elif what == "unmerge":
        active = Merge.objects.filter(undone_at=None, loser__in=[p.pk for p in people]).order_by("pk")
        if active:
            actions.unmerge(merge=active[n % len(active)], by=BY, at=AT)
    else:
        same = selectors.family_of(people[n].pk) == selectors.family_of(people[m].pk)
        if same:
            with pytest.raises(Refused):
                merged(people[n], people[m])
        else:
            merged(people[n], people[m])


def _check_families(ids: list[int]) -> None:
    parents = dict(Merge.objects.filter(undone_at=None, loser__in=ids).values_list("loser_id", "into_id"))

    def root(pk: int) -> int:
        while pk in parents:
            pk = parents[pk]
        return pk

    stored = dict(Customer.objects.filter(pk__in=ids).values_list("pk", "merged_into_id"))
    assert stored == {pk: (root(pk) if pk in parents else None) for pk in ids}


def test_what_the_winner_lacks_is_read_from_the_alias_and_never_copied(make, staff):
    kept = make(kind="organisation", name="恒达环保", contact_name="", phone="", email="", region="")
    other = make(
        kind="organisation", name="恒达环保科技", contact_name="", phone="", email="", industry="水务"
    )
    merged(other, kept)
    found = {one.field: (one.value, one.number) for one in identity_selectors.fallbacks(kept.pk)}
    assert found["industry"] == ("水务", other.number)
    assert found["region"][1] == other.number
    kept.refresh_from_db()
    assert (kept.industry, kept.region) == ("", "")


def test_the_winners_page_has_the_aliases_contacts_with_where_they_come_from(three, staff):
    a, b, _c = three
    merged(b, a)
    card = selectors.customer_card(a.pk)
    assert [contact.customer_id for contact in card.contacts] == [a.pk, b.pk]
    alias = b.contacts.get()
    actions.assign_account_manager(customer=a, user=staff.north_manager, by=BY, at=AT)
    assert selectors.contact_for(staff.north_manager, alias.pk) == alias


def test_an_alias_is_found_by_its_number_and_by_its_telephone(three, staff):
    from keyue.customers.lists import customer_page

    a, b, _c = three
    merged(b, a)
    for text in (b.number, "13900000001", a.number):
        assert [card.id for card in customer_page(staff.agent, text=text).cards] == [a.pk], text


def test_a_merge_answers_what_was_asked_and_undoing_it_asks_again(three):
    a, b, _c = three
    proposal = actions.Proposal(b.pk, a.pk, 0.9, ("电话相同",))
    pair = actions.propose(proposal=proposal, by=BY, at=AT)
    assert (pair.a_id, pair.b_id) == (a.pk, b.pk)
    assert kinds(b)[-1] == "customer.duplicate_found"
    merge = actions.merge_pair(pair=pair, keep=b, by=BY, at=AT)
    pair.refresh_from_db()
    assert (pair.state, merge.loser_id, merge.score) == ("merged", a.pk, 0.9)
    actions.unmerge(merge=merge, by=BY, at=AT)
    pair.refresh_from_db()
    assert (pair.state, pair.decided_by) == ("open", "")


def test_two_found_distinct_are_not_proposed_again(three):
    a, b, _c = three
    proposal = actions.Proposal(a.pk, b.pk, 0.9, ("电话相同",))
    pair = actions.propose(proposal=proposal, by=BY, at=AT)
    actions.find_distinct(pair=pair, by=BY, at=AT)
    assert kinds(b)[-1] == "customer.found_distinct"
    assert actions.propose_many(proposals=[proposal], by=BY, at=AT) == []
    assert DuplicatePair.objects.count() == 1
    with pytest.raises(Refused):
        actions.merge_pair(pair=pair, keep=a, by=BY, at=AT)
    actions.reopen_pair(pair=pair, by=BY, at=AT)
    pair.refresh_from_db()
    assert pair.state == "open"


# --- a contact whom both files had ---


def shown(customer: Customer) -> list[tuple[str, list[str]]]:
    card = selectors.customer_card(customer.pk)
    return [(one.name, one.file_numbers) for one in card.people]


def test_a_contact_whom_both_files_had_is_shown_once(make, client, staff):
    a, b = make(name="周叙白", email=""), make(name="周叙白", email="")
    merged(b, a)
    assert shown(a) == [("周*", [a.number, b.number])]
    # both rows are there, for whoever names one of them
    assert len(selectors.customer_card(a.pk).contacts) == Contact.objects.count() == 2
    client.force_login(staff.agent)
    page = client.get(f"/customers/{a.number}/").content.decode()
    assert f"2 份档案都有：{a.number}、{b.number}" in page
    assert "1 人" in page
    assert page.count("周*的电话") == 1


@pytest.mark.parametrize(
    ("other", "shown_twice"),
    [
        ({"email": ""}, False),
        ({"phone": ""}, False),
        ({"phone": "13900001111"}, True),
        ({"email": "z@example.com"}, True),
        ({"name": "周叙百"}, True),
    ],
)
def test_who_says_anything_else_is_shown_too(make, other, shown_twice):
    a, b = make(), make(**other)
    merged(b, a)
    assert len(shown(a)) == 1 + shown_twice


def test_what_only_the_merged_file_knows_is_shown(make):
    a, b = make(email=""), make()
    merged(b, a)
    assert len(shown(a)) == 2


def test_two_of_one_file_and_one_who_left_are_shown(make, at):
    company = make(kind="organisation", name="远山机械", contact_name="方既明", email="")
    twice = actions.add_contact(customer=company, name="方既明", phone="13812346027", by=BY, at=at)
    assert len(shown(company)) == 2
    other = make(kind="organisation", name="远山机械厂", contact_name="方既明", email="")
    merged(other, company)
    assert [numbers for _name, numbers in shown(company)] == [
        [company.number, other.number],
        [company.number],
    ]
    Contact.objects.filter(pk__in=[twice.pk, company.contacts.order_by("pk")[0].pk]).update(left_at=at)
    assert len(shown(company)) == 3
