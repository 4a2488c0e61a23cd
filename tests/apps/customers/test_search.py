"""The search: what finds whom, that tokens follow what they come from, and that a page is found however long the lists are."""

from __future__ import annotations

from itertools import product

import pytest

from keyue.customers import actions, lists, searching
from keyue.customers.actions import NewCustomer
from keyue.customers.actions import searching as index
from keyue.customers.lists import Filters, customer_page
from keyue.customers.models import Contact, SearchToken
from keyue.customers.search_verification import verify_search

from .conftest import BY

BARE = {"contact_name": "", "phone": "", "email": ""}


def seen(viewer, text="", **more) -> list[int]:
    return [card.id for card in customer_page(viewer, text=text, **more).cards]


@pytest.fixture
def water(make, staff):
    return make(
        kind="organisation",
        name="杭州绿江水务有限公司",
        contact_name="欧阳知夏",
        phone="0571-87654321-802",
        email="",
    )


@pytest.mark.parametrize(
    "text",
    ["绿江", "江", "江水务", "杭州绿江水务有限公司", "绿江水务有限", "ljsw", "LJSW", "hzlj", "lvjiang", "LvJiangShuiWu",
     "绿江sw", "l江水w", "ljswyxgs", "欧阳", "知夏", "夏", "oyzx", "ouyang", "zhixia", "4321", "87654321", "0571 8765 4321",
     "0571-87654321-802", "KH-00001", "kh1", "绿江 水务", "绿江（水务）"],
)  # fmt: skip
def test_what_finds_an_organisation(water, staff, make, text):
    for n, name in enumerate(("北屿文旅股份有限公司", "江北机械", "王小明")):
        make(kind="person" if n == 2 else "organisation", name=name, **({} if n == 2 else BARE))
    found = seen(staff.agent, text.replace("KH-00001", water.number).replace("kh1", f"kh{water.pk}"))
    assert water.pk in found
    if len(text) > 1 and text != "hzlj":
        assert found == [water.pk]


@pytest.mark.parametrize(
    "text", ["周叙白", "叙白", "周", "白", "zxb", "ZXB", "xb", "zhouxubai", "xubai", "6027", "12346027", "13812346027",
             "138 1234 6027", "+86 138 1234 6027", "zhou@example.com", "周xb"]
)  # fmt: skip
def test_what_finds_a_person(person, staff, make, text):
    make(name="李建国", phone="13900001111", email="li@example.com")
    assert seen(staff.agent, text) == [person.pk]


@pytest.mark.parametrize(
    "text", ["602", "2346027", "812346028", "z", "白叙", "@", "！！", "zhou@", "example", "", " "]
)
def test_what_finds_nobody(person, staff, text):
    # nothing typed is no search
    assert seen(staff.agent, text) == ([] if text.strip() else [person.pk])


def test_the_end_of_a_name_is_nobodys(water, staff, person, make):
    other = make(kind="organisation", name="江北有限公司", **BARE)
    assert seen(staff.agent, "有限公司") == [other.pk, water.pk]
    assert seen(staff.agent, "公司", filters=Filters(kind="person")) == []


def test_tokens_follow_the_name_and_the_number(water, person, staff, at):
    contact = water.contacts.get()
    actions.change_customer(customer=water, changes={"name": "北屿文旅"}, by=BY, at=at)
    # the name that was stays as a former one
    for text in ("绿江", "北屿", "欧阳"):
        assert seen(staff.agent, text) == [water.pk], text
    actions.change_contact(contact=contact, changes={"name": "方既明", "phone": "13700002222"}, by=BY, at=at)
    assert (seen(staff.agent, "欧阳"), seen(staff.agent, "既明"), seen(staff.agent, "2222")) == (
        [],
        [water.pk],
        [water.pk],
    )
    assert seen(staff.agent, "4321") == []
    actions.add_contact(customer=water, name="周既白", phone="13700003333", by=BY, at=at)
    assert seen(staff.agent, "既") == [water.pk]
    assert set(seen(staff.agent, "周")) == {water.pk, person.pk}
    assert index.reindex([water.pk, person.pk]) == 0


def test_tokens_go_with_the_key(water, person, staff, at):
    assert searching.rows_of(person.pk).filter(token__gt=0).count() == 0
    actions.erase(customer=person, reason="requested", by=BY, at=at)
    assert not searching.rows_of(person.pk).filter(token__lt=0).exists()
    actions.erase(customer=water, reason="requested", by=BY, at=at)
    assert not searching.rows_of(water.pk).filter(token__lt=0).exists()
    assert (seen(staff.agent, "绿江"), seen(staff.agent, "欧阳"), seen(staff.agent, "4321")) == (
        [water.pk],
        [],
        [],
    )


def test_one_contact_goes_and_the_others_stay(water, staff, at):
    leaver = water.contacts.get()
    actions.add_contact(customer=water, name="欧阳明", by=BY, at=at)
    actions.clear_contact(contact=leaver, by=BY, at=at)
    assert (seen(staff.agent, "知夏"), seen(staff.agent, "欧阳")) == ([], [water.pk])


def test_the_index_is_the_same_whoever_wrote_it(make, at, intake):
    """One by one, many at once, and rebuilt from nothing."""
    one = make(name="周叙白", email="")
    [(many, _contact)] = actions.create_many(
        customers=[NewCustomer("person", "周叙白", phone="13812346027")], by=BY, at=at, via="import"
    )

    def tokens(pk):
        return set(searching.rows_of(pk).values_list("token", flat=True))

    assert tokens(many.pk) == tokens(one.pk)
    _customer, _contact, known = intake(name="周小白", phone="13812346027")
    assert known
    before = {pk: tokens(pk) for pk in (one.pk, many.pk)}
    SearchToken.objects.all().delete()
    wrong = index.rebuild()
    assert wrong == sum(map(len, before.values()))
    assert {pk: tokens(pk) for pk in before} == before
    assert index.rebuild() == 0


def test_a_code_a_former_and_a_short_name(water, staff, at):
    for kind, value in (
        ("uscc", "91330100MA27XYZX14"),
        ("former_name", "钱塘自来水厂"),
        ("short_name", "绿水"),
    ):
        try:
            actions.add_identifier(customer=water, kind=kind, value=value, by=BY, at=at)
        except Exception as error:
            assert kind == "uscc", error
            continue
    for text in ("钱塘", "qtzls", "绿水", "自来水厂"):
        assert seen(staff.agent, text) == [water.pk], text


def test_who_was_there_before_the_index_is_indexed_by_the_worker(make, water, at, monkeypatch):
    monkeypatch.setattr(index, "AT_A_TIME", 2)
    people_ = [make(phone=f"1390000000{n}", email="") for n in range(4)]
    # of whom nothing can be looked for
    make(name="", phone="", email="only@example.com")
    whole = set(SearchToken.objects.values_list("id", "token"))
    for one in (water, *people_):
        searching.rows_of(one.pk).delete()
    done = [index.index_older(at) for _turn in range(5)]
    assert done == [2, 2, 1, 0, 0]
    assert {token for _pk, token in whole} == set(SearchToken.objects.values_list("token", flat=True))
    assert list(verify_search()) == []


def test_verify_tells_whose_words_are_wrong(water, person, at):
    assert list(verify_search()) == list(verify_search(5)) == []
    searching.rows_of(person.pk).order_by("id").first().delete()
    SearchToken.objects.create(id=searching.place_of(water.pk)[1] - 1, token=12345)
    for sample in (None, 2):
        assert [sentence[:8] for sentence in verify_search(sample)] == [water.number, person.number]
    assert index.rebuild() == 2
    assert list(verify_search()) == []


@pytest.fixture
def crowd(make, staff, at):
    """Forty of one name in two departments, some graded: lists long enough for every way through the index."""
    rows = [
        NewCustomer(
            "organisation", f"远山机械{'甲乙丙丁'[n % 4]}号", grade="A" if n % 7 == 0 else None,
            account_manager_id=(staff.north_manager if n % 5 == 0 else staff.south_manager).pk,
            department="north" if n % 5 == 0 else "south",
        )
        for n in range(40)
    ]  # fmt: skip
    return [
        customer for customer, _contact in actions.create_many(customers=rows, by=BY, at=at, via="import")
    ]


@pytest.mark.parametrize(
    ("short", "steps", "long"), [(1_000, 2_000, 50_000), (3, 5, 1_000), (3, 5, 4), (9, 2, 4), (0, 1, 1)]
)
def test_every_way_finds_the_same(crowd, staff, monkeypatch, short, steps, long):
    monkeypatch.setattr(searching, "SHORT", short)
    monkeypatch.setattr(searching, "FIRST_STEPS", steps)
    monkeypatch.setattr(searching, "LONG", long)
    for viewer, text, grade, order in product(
        (staff.agent, staff.north_manager, staff.south_manager),
        ("", "远山", "远山机械甲", "ys", "丙"),
        ("", "A", "none"),
        lists.ORDERS,
    ):
        wanted = [
            one
            for one in crowd
            if (viewer == staff.agent or one.account_manager_id == viewer.pk)
            and (not grade or one.grade == (None if grade == "none" else grade))
            and ("甲" not in text or "甲" in one.name)
            and ("丙" not in text or "丙" in one.name)
        ]
        key = {"name": lambda one: (one.name_key, one.pk)}.get(order, lambda one: -one.pk)
        found, cursor = [], ""
        filters = Filters(text=text, grade=grade)
        while True:
            page = customer_page(viewer, filters=filters, order=order, cursor=cursor, size=7)
            found += [card.id for card in page.cards]
            assert cursor or page.count.n == len(wanted)
            cursor = page.next
            if not cursor:
                break
        assert found == [one.pk for one in sorted(wanted, key=key)], (viewer, text, grade, order)


def test_the_index_says_nothing_of_a_person_in_the_clear(person):
    """Without the key nobody can say which token is whose: a list of all two-letter words gives no hit."""
    words = {f"g{char}" for char in "周叙白"} | {"g周叙", "g叙白", "izx", "izxb", "t6027", "t12346027"}
    assert not SearchToken.objects.filter(token__in=searching.tokens_of(words, keyed=False)).exists()
    assert SearchToken.objects.filter(token__in=searching.tokens_of(words, keyed=True)).count() == len(words)
    assert Contact.objects.count() == 1
