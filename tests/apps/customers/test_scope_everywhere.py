"""Data scope on every way to a customer, and masks on every answer: all addresses and API routes of the room are walked.

A new address is walked without anybody thinking of it: what its arguments stand for is looked up in THEIRS, and one whose
argument is not there fails the test until a line is added.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keyue.customers import actions, lists, selectors
from keyue.customers.actions import changing_many, exporting, notes
from keyue.customers.exchange import asking
from keyue.customers.lists import Filters
from keyue.customers.models import BulkChangeItem, Contact, Customer
from keyue.kernel.errors import KeyueError
from keyue.people import actions as people
from keyue.people.access import forget

from .conftest import BY

NAME, PHONE, EMAIL = "澹台敬亭", "13977778888", "jingting@secret.example"
COMPANY = "独北自来水有限公司"
WORDS = (
    "澹台",
    "敬亭",
    "敬",
    "ttjt",
    "tantai",
    "8888",
    "77778888",
    PHONE,
    EMAIL,
    "独北",
    "dbzls",
    "自来水",
    "公司",
    "",
)


@pytest.fixture
def theirs(make, staff, at):
    """A person and an organisation of the north, with one contact each who is the same."""
    who = {"account_manager": staff.north_manager, "phone": PHONE, "email": EMAIL}
    return {
        "person": make(name=NAME, **who),
        "company": make(kind="organisation", name=COMPANY, contact_name=NAME, legal_basis="contract", **who),
        "mine": make(name="南宫问", phone="13611112222", email="", account_manager=staff.south_manager),
    }


@pytest.fixture
def things(theirs, make, staff, at):
    """What hangs on the north's customers, by the address that shows or changes it: each is one's own to make."""
    company, person = theirs["company"], theirs["person"]
    other = make(
        kind="organisation", name="独北供水公司", contact_name=NAME, account_manager=staff.north_manager
    )
    third = make(
        kind="organisation", name="独北净水厂", contact_name=NAME, account_manager=staff.north_manager
    )
    pair = actions.propose(proposal=actions.Proposal(company.pk, other.pk, 0.9, ("电话相同",)), by=BY, at=at)
    merge = actions.merge(loser=third, into=other, by=BY, at=at)
    named = actions.add_identifier(customer=company, kind="short_name", value="独北水司", by=BY, at=at)
    note = notes.record_contact(
        customer=person,
        way="phone",
        contacted_at=at,
        staff=staff.north_manager,
        topics=f"{NAME}来电",
        by=BY,
        at=at,
    )
    change = changing_many.start_change(
        user=staff.agent, kind="category", value="自来水", customer_ids=[company.pk], by=BY, at=at
    )
    return {
        "customers:duplicate": {"pk": pair.pk}, "customers:reopen_pair": {"pk": pair.pk},
        "customers:unmerge": {"pk": merge.pk}, "customers:end_identifier": {"pk": named.pk},
        "customers:step_new": {"ref": note.ref}, "customers:change": {"pk": change.pk},
        "customers:undo_change": {"pk": change.pk},
    }  # fmt: skip


@pytest.fixture
def reading(staff, theirs, at):
    """People who may see none of the north's: another department's manager, and somebody without any scope."""
    keeper = people.create_staff(username="keeper2", name="朱南", department=staff.south, by=BY, at=at)
    people.grant_role(user=keeper, role="department_staff", by=BY, at=at)
    nobody = people.create_staff(username="nobody2", name="无权", department=None, by=BY, at=at)
    return [staff.south_manager, keeper, nobody, staff.auditor]


# --- selectors ---


def test_no_selector_gives_anybody_elses(theirs, reading, staff, at):
    north = [theirs["person"], theirs["company"]]
    ids = {one.pk for one in north}
    contacts = Contact.objects.filter(customer__in=ids)
    for viewer in reading:
        forget(viewer)
        assert not selectors.visible_to(viewer).filter(pk__in=ids).exists()
        for word in (*WORDS, *(one.number for one in north)):
            for order in lists.ORDERS:
                page = lists.customer_page(viewer, filters=Filters(text=word), order=order)
                assert not ids & {card.id for card in page.cards}, (viewer, word, order)
                assert not ids & set(lists.customer_ids(viewer, filters=Filters(text=word), most=100))
            owned = 0 if word or viewer not in reading[:2] else 1
            assert lists.count_customers(viewer, text=word).n <= owned, (viewer, word)
            assert not ids & set(lists.found_ids(viewer, word, 50))
        for narrowed in (
            Filters(manager=str(staff.north_manager.pk)),
            Filters(department="north"),
            Filters(kind="person"),
        ):
            assert not ids & set(lists.customer_ids(viewer, filters=narrowed, most=100))
        for one in north:
            for number in (one.pk, one.number):
                with pytest.raises(KeyueError):
                    selectors.customer_for(viewer, number)
        for contact in contacts:
            with pytest.raises(KeyueError):
                selectors.contact_for(viewer, contact.pk)
        # who has the same number and address as one of mine is not told
        assert not ids & {card.id for card in selectors.possible_duplicates(viewer, theirs["mine"])}


def test_whoever_may_finds_them_by_every_word(theirs, staff):
    """The walk above would find nothing in an archive whose search is broken."""
    for viewer in (staff.agent, staff.north_manager):
        for word in WORDS:
            found = lists.customer_ids(viewer, filters=Filters(text=word), most=100)
            assert {theirs["person"].pk, theirs["company"].pk} & set(found), word


def test_many_at_once_leaves_out_what_is_not_seen(theirs, staff, at):
    people.grant_role(user=staff.south_manager, role="archive_keeper", by=BY, at=at)
    people.revoke_role(user=staff.south_manager, role="archive_keeper", by=BY, at=at)
    forget(staff.south_manager)
    ids = [one.pk for one in theirs.values()]
    change = changing_many.start_change(
        user=staff.south_manager, kind="category", value="重点", customer_ids=ids, by=BY, at=at
    )
    assert change.total == 1
    assert list(Customer.objects.exclude(category="").values_list("pk", flat=True)) == [theirs["mine"].pk]
    with pytest.raises(KeyueError):
        changing_many.start_change(
            user=staff.south_manager, kind="category", value="重点", customer_ids=ids[:2], by=BY, at=at
        )


def test_all_that_a_list_found_is_all_that_is_seen(theirs, staff, client):
    staff.south_manager.must_change_password = False
    staff.south_manager.save(update_fields=["must_change_password"])
    client.force_login(staff.south_manager)
    for posted in ({"all": "1"}, {"pick": [one.number for one in theirs.values()]}):
        answer = client.post(
            "/customers/bulk/stage/", {**posted, "go": "1", "stage": "intent", "reason": "约见"}
        )
        assert answer.status_code in {204, 302, 303}, posted
    assert set(BulkChangeItem.objects.values_list("customer", flat=True)) == {theirs["mine"].pk}


def test_a_file_holds_only_whom_its_asker_sees(theirs, staff, at):
    """Whatever the request is narrowed to, and whoever approves it."""
    south, boss = staff.south_manager, staff.agent
    for user, role in ((south, "department_head"), (boss, "executive")):
        people.grant_role(user=user, role=role, by=BY, at=at)
        forget(user)
    for narrowing in ({}, {"department": "north"}, {"account_manager": str(staff.north_manager.pk)}):
        asked = exporting.ask_export(
            user=south, narrowing=narrowing, columns=list(asking.DEFAULT), purpose="joint", remark="对账", form="csv",
            by=BY, at=at,
        )  # fmt: skip
        exporting.approve_export(request=asked, user=boss, by=BY, at=at)
        exporting.make_export(asked.pk, now=at)
        asked.refresh_from_db()
        assert asked.rows == (0 if narrowing else 1), narrowing
        file = b"".join(exporting.download_export(request=asked, user=south, by=BY, at=at)).decode()
        assert not any(word in file for word in (COMPANY, "澹*", "139****8888")), narrowing


# --- every address ---


def addresses(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            space = f"{prefix}{entry.namespace}:" if entry.namespace else prefix
            yield from addresses(entry, space)
        elif entry.name:
            yield f"{prefix}{entry.name}", entry


def arguments(name: str, pattern: URLPattern, theirs, things) -> list[dict[str, object]]:
    """What an address is filled with: the north's person, then its company; and a thing that is not there."""
    found = []
    for one in (theirs["person"], theirs["company"]):
        contact = one.contacts.get()
        known = {
            "number": one.number, "customer": one.number, "contact_id": contact.pk, "contact": contact.pk,
            # rows of other tables, by numbers under which the north's own would be found
            "pk": one.pk, "identifier": 1, "merge": 1, "pair": 1, "grant": 1, "ref": "0" * 36, "change": "0" * 36,
            "field": "phone", "key": "category", "what": "category", "uid": "00000000-0000-4000-8000-000000000000",
            "run": 1, "code": "0" * 8, "number_b": one.number, "other": one.number, "sha256": "0" * 64, "ident": 1,
            "fact": "00000000-0000-4000-8000-000000000000", "search": 1, "note": "0" * 36, "step": 1,
        }  # fmt: skip
        needed = pattern.pattern.converters
        missing = set(needed) - set(known)
        assert not missing, f"{name}: say in `arguments` what {sorted(missing)} stands for"
        found.append({key: known[key] for key in needed} | things.get(name, {}))
    return found


def told(response) -> str:
    """Everything that an answer says: its head, its words, and those of a file."""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    return f"{response.headers} {body.decode('utf-8', 'replace')}"


@pytest.mark.django_db
def test_no_address_tells_of_anybody_elses(theirs, things, reading, at, client):
    north = (theirs["person"], theirs["company"])
    for one in north:
        one.refresh_from_db()
    before = [
        (one.revision, one.stage, one.category, one.account_manager_id, one.department) for one in north
    ]
    secrets = re.compile(
        "|".join(map(re.escape, (COMPANY, NAME, "澹台", PHONE, "139****8888", EMAIL, "j***@secret")))
    )
    walked = 0
    for viewer in reading:
        viewer.must_change_password = False
        viewer.save(update_fields=["must_change_password"])
        client.force_login(viewer)
        for name, pattern in addresses(get_resolver()):
            if not name.startswith("customers:"):
                continue
            for given_ in arguments(name, pattern, theirs, things):
                url = reverse(name, kwargs=given_)
                posted = {"pick": [one.number for one in north], "go": "1", "category": "重点", "stage": "intent",
                          "reason": "测试", "name": "甲", "purpose": "contact", "sure": "1", "other": north[0].number}  # fmt: skip
                for answer in (
                    client.get(url),
                    client.get(url, headers={"HX-Request": "true"}),
                    client.post(url, posted),
                ):
                    walked += 1
                    assert answer.status_code < 500, (name, viewer)
                    found = secrets.search(told(answer))
                    assert found is None, (name, viewer.username, found)
                    if "number" in given_ or "contact_id" in given_ or name in things:
                        assert answer.status_code in {302, 303, 403, 404, 405}, (
                            name,
                            viewer.username,
                            answer.status_code,
                        )
        for word in (*WORDS, north[0].number):
            answer = client.get(reverse("customers:list"), {"q": word, "order": "name"})
            text = told(answer)
            # what was typed stands in the field it was typed into
            assert not re.search(rf'id="customer-({"|".join(one.number for one in north)})"', text), word
    assert walked > 100
    for one, was in zip(north, before, strict=True):
        one.refresh_from_db()
        assert (one.revision, one.stage, one.category, one.account_manager_id, one.department) == was


@pytest.fixture
def token(at):
    def issue(user):
        scopes = ["customer.view", "customer.edit", "customer.reveal", "customer.erase", "customer.assign"]
        granted = [scope for scope in scopes if people_allows(user, scope)]
        if not granted:
            return ""
        _token, raw = people.issue_token(user=user, name="t", scopes=granted, by=BY, at=at)
        return raw

    return issue


def people_allows(user, scope: str) -> bool:
    from keyue.people.enums import Permission
    from keyue.people.permissions import allows

    return allows(user, Permission(scope))


def operations() -> Iterator[tuple[str, str]]:
    """Every method and path of the API that is about customers."""
    from keyue.api.assembly import api

    for path, methods in api.get_openapi_schema()["paths"].items():
        if "/customers" in path:
            for method in methods:
                yield method.upper(), path


def test_no_route_of_the_api_tells_of_anybody_elses(theirs, reading, token, client):
    north = (theirs["person"], theirs["company"])
    secrets = re.compile(
        "|".join(map(re.escape, (COMPANY, NAME, "澹台", PHONE, "139****8888", EMAIL, "j***@secret")))
    )
    routes = list(operations())
    assert len(routes) >= 10
    for viewer in reading:
        raw = token(viewer)
        head = {"Authorization": f"Bearer {raw}"} if raw else {}
        for method, path in routes:
            for one in north:
                contact = one.contacts.get()
                filled = re.sub(r"\{number\}", one.number, path)
                filled = re.sub(r"\{contact_id\}", str(contact.pk), filled)
                filled = re.sub(r"\{[^}]+\}", "1", filled)
                body = {
                    "fields": ["phone"],
                    "purpose": "contact",
                    "reason": "requested",
                    "category": "x",
                    "phone": "13500000000",
                }
                data = json.dumps(body) if method != "GET" else ""
                answer = client.generic(method, filled, data, content_type="application/json", headers=head)
                assert answer.status_code < 500, (method, path)
                assert secrets.search(told(answer)) is None, (method, path, viewer.username)
                if "{" in path:
                    assert answer.status_code >= 400, (method, path, viewer.username, answer.status_code)
        for word in WORDS:
            answer = client.get("/api/v1/customers", {"q": word}, headers=head)
            assert not any(one.number in told(answer) for one in north), word
    assert Contact.objects.filter(customer__in=north).count() == 2


# --- masks ---

LATIN = "abcdefghijklmnopqrstuvwxyz"
HAN = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方俞任袁柳"
names = st.text(HAN, min_size=3, max_size=4)
phones = st.integers(0, 10**9 - 1).map(lambda n: f"13{n:09d}")
emails = st.text(LATIN, min_size=6, max_size=12).map(lambda local: f"{local}@hidden.example")


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=names, phone=phones, email=emails, cut=st.integers(0, 3))
def test_no_answer_holds_a_person_in_the_clear(client, staff, make, at, name, phone, email, cut):
    """By page, fragment, API, and the texts of errors; whatever part of them was looked for."""
    person = make(name=name, phone=phone, email=email)
    company = make(kind="organisation", name="甲乙丙厂", contact_name=name, phone=phone, email=email)
    staff.agent.must_change_password = False
    staff.agent.save(update_fields=["must_change_password"])
    client.force_login(staff.agent)
    _token, raw = people.issue_token(
        user=staff.agent, name="t", scopes=["customer.view", "customer.edit"], by=BY, at=at
    )
    head = {"Authorization": f"Bearer {raw}"}
    asked = (name[:2], name[1:], phone[-4:], phone[-8:], email[:3])[cut]
    clear = (name, phone, phone[-8:], f"{phone[:3]} {phone[3:7]} {phone[7:]}", email, email.partition("@")[0])
    answers = [client.get("/customers/", {"order": order}) for order in lists.ORDERS]
    answers.append(client.get("/customers/", {"q": asked}, headers={"HX-Request": "true"}))
    answers.append(client.get("/search/", {"q": asked}))
    answers.append(client.get("/api/v1/customers", {"q": asked}, headers=head))
    for one in (person, company):
        answers += [
            client.get(f"/customers/{one.number}/"),
            client.get(f"/api/v1/customers/{one.number}", headers=head),
        ]
        answers.append(client.get(f"/api/v1/customers/{one.number}/contacts", headers=head))
        patch = {"phone": "1", "revision": 99}
        answers.append(
            client.patch(
                f"/api/v1/customers/contacts/{one.contacts.get().pk}",
                patch,
                content_type="application/json",
                headers=head,
            )
        )
    for answer in answers:
        text = told(answer)
        for secret in clear:
            # what was typed stands where it was typed
            assert secret not in text.replace(asked, "") or secret == asked, (
                answer.request["PATH_INFO"],
                secret,
            )
    assert str(person.pk) in told(answers[len(lists.ORDERS)]) or asked == email[:3]


def test_no_order_follows_what_is_masked(make, staff):
    """Persons stand in the order in which they were entered, whatever they are called."""
    made = [
        make(name=name, phone=f"1390000000{n}", email="") for n, name in enumerate(("丁", "甲", "丙", "乙"))
    ]
    for order in ("newest", "name", "verified"):
        page = lists.customer_page(staff.agent, order=order)
        assert [card.id for card in page.cards] == [one.pk for one in made[::-1]], order
    personal = {*Contact.personal, *Contact.blind, *Customer.personal}
    columns = {
        column.lstrip("-") for parts in lists.ORDERS.values() for part in parts for column in part.columns
    }
    assert not columns & personal


def test_access_that_ends_ends_here_too(theirs, staff, at):
    people.delegate(
        giver=staff.north_manager, taker=staff.south_manager, since=at, until=at + timedelta(days=1), reason="休假", by=BY, at=at
    )  # fmt: skip
    forget(staff.south_manager)
    assert theirs["person"].pk in lists.customer_ids(
        staff.south_manager, filters=Filters(text="敬亭"), most=9
    )
    people.end_delegation(delegation=people_delegation(), by=BY, at=at)
    forget(staff.south_manager)
    assert lists.customer_ids(staff.south_manager, filters=Filters(text="敬亭"), most=9) == []


def people_delegation():
    from keyue.people.models import Delegation

    return Delegation.objects.get()


def test_the_client_signs_in(client: Client, staff):
    """The walks above would pass for somebody whom every address sends to the login page."""
    staff.agent.must_change_password = False
    staff.agent.save(update_fields=["must_change_password"])
    client.force_login(staff.agent)
    assert client.get("/customers/").status_code == 200
