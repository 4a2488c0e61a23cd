"""The list, a customer's page, revealing and erasing, over HTTP."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import format_html

from keyue.customers import actions, sections
from keyue.customers.models import Customer
from keyue.ledger.models import AccessEntry
from keyue.people import actions as people

from .conftest import BY


@pytest.fixture
def enter(client, staff):
    """Sign somebody in."""

    def sign_in(user):
        client.force_login(user)
        return client

    return sign_in


def words(response) -> str:
    return response.content.decode()


CLEAR = ("周叙白", "12346027", "zhou@", "方既明", "87654321", "fang@")


def test_the_list_is_masked_and_searched(enter, staff, person, company):
    client = enter(staff.agent)
    page = words(client.get("/customers/"))
    assert [text for text in CLEAR if text in page] == []
    assert "周*" in page
    assert "临江第三水务有限公司（演示）" in page
    assert f'href="/customers/{company.number}/"' in page
    answer = client.get("/customers/", {"q": "138 1234 6027"}, headers={"HX-Request": "true"})
    assert answer["HX-Push-Url"] == "false"
    found = words(answer)
    assert "<html" not in found
    assert person.number in found
    assert company.number not in found
    answer = client.get("/customers/", {"q": "李四"}, headers={"HX-Request": "true"})
    assert "HX-Push-Url" not in answer
    nothing = words(client.get("/customers/", {"q": "李四"}))
    assert "没有找到这位客户" in nothing


def test_pages_of_the_list(enter, staff, make):
    for n in range(27):
        make(phone=f"1390000{n:04d}", email="")
    client = enter(staff.agent)
    first = words(client.get("/customers/"))
    following = re.search(r'href="(\?after=\d+)" rel="next"', first).group(1)
    second = words(client.get(f"/customers/{following}"))
    numbers = set(re.findall(r"KH-\d{5}", first)) | set(re.findall(r"KH-\d{5}", second))
    assert len(numbers) == 27
    assert "回到第一页" in second
    assert client.get("/customers/?after=nonsense").status_code == 422


def test_a_customers_page_is_masked(enter, staff, company):
    page = words(enter(staff.agent).get(f"/customers/{company.number}/"))
    assert [text for text in CLEAR if text in page] == []
    for shown in (
        "临江第三水务有限公司（演示）",
        "方*",
        "0571-****4321",
        "f***@example.com",
        "总经理",
        "浙江省 杭州市",
    ):
        assert shown in page, shown
    assert 'value="follow_up"' in page


def test_whoever_may_not_reveal_gets_no_button(enter, staff, person):
    reader = people.create_staff(username="ins", name="督察", by=BY, at=person.created_at)
    people.grant_role(user=reader, role="inspector", by=BY, at=person.created_at)
    client = enter(reader)
    page = words(client.get(f"/customers/{person.number}/"))
    assert "138****6027" in page
    assert "/reveal/" not in page
    url = reverse("customers:reveal", args=[person.contacts.get().pk, "phone"])
    answer = client.post(url, {"purpose": "contact"})
    assert answer.status_code == 403
    assert "查看客户个人信息" in words(answer)
    # that the page was opened, and nothing more
    assert [entry.what for entry in AccessEntry.objects.all()] == ["page"]


def test_revealing_over_http(enter, staff, person, own):
    client = enter(staff.agent)
    url = reverse("customers:reveal", args=[own.pk, "phone"])
    answer = client.post(url, {"purpose": "contact"}, headers={"HX-Request": "true"})
    fragment = words(answer)
    assert "138 1234 6027" in fragment
    assert "data-revealed" in fragment
    assert "已记录本次查看" in fragment
    assert "<html" not in fragment
    assert "no-store" in answer["Cache-Control"]
    entry = AccessEntry.objects.get()
    assert (entry.actor_id, entry.purpose, entry.via) == (str(staff.agent.pk), "contact", "web")
    # without scripts the same form gets a page
    whole = words(client.post(reverse("customers:reveal", args=[own.pk, "email"]), {"purpose": "contact"}))
    assert "zhou@example.com" in whole
    assert "<html" in whole


@pytest.mark.parametrize(
    ("field", "purpose", "status"),
    [
        ("phone", "", 422),
        ("phone", "curiosity", 422),
        ("role", "contact", 404),
        ("customer_id", "contact", 404),
    ],
)
def test_a_reveal_needs_a_purpose_and_a_field(enter, staff, own, field, purpose, status):
    url = reverse("customers:reveal", args=[own.pk, field])
    answer = enter(staff.agent).post(url, {"purpose": purpose})
    assert answer.status_code == status
    assert not AccessEntry.objects.exists()
    assert enter(staff.agent).get(url).status_code == 405


def test_another_department_finds_nothing_anywhere(enter, staff, make):
    customer = make(account_manager=staff.north_manager)
    client = enter(staff.south_manager)
    assert customer.number not in words(client.get("/customers/"))
    assert customer.number not in words(client.get("/customers/", {"q": "13812346027"}))
    assert client.get(f"/customers/{customer.number}/").status_code == 404
    url = reverse("customers:reveal", args=[customer.contacts.get().pk, "phone"])
    assert client.post(url, {"purpose": "contact"}).status_code == 404
    assert not AccessEntry.objects.exists()


def test_strangers_and_administrators_stay_outside(client, enter, staff, person):
    assert client.get("/customers/").status_code == 302
    # administrators have a stricter password to set first; here they have
    staff.auditor.must_change_password = False
    staff.auditor.save()
    client = enter(staff.auditor)
    assert client.get("/customers/").status_code == 403
    assert client.get(f"/customers/{person.number}/").status_code == 403


def test_erasing_over_http(enter, staff, person, monkeypatch):
    client = enter(staff.agent)
    page = f"/customers/{person.number}/"
    assert 'id="erase"' not in words(client.get(page))
    assert client.post(f"{page}erase/", {"reason": "requested", "sure": "on"}).status_code == 403
    keeper = staff.agent
    monkeypatch.setattr("keyue.people.roles.ServiceAgent.permissions", _with_erase())
    assert 'id="erase"' in words(client.get(page))
    client.post(f"{page}erase/", {"reason": "requested"})
    person.refresh_from_db()
    assert not person.is_erased
    answer = client.post(f"{page}erase/", {"reason": "requested", "sure": "on"}, follow=True)
    person.refresh_from_db()
    assert person.erased_by == f"staff:{keeper.pk}"
    assert "个人信息已删除" in words(answer)
    assert "138****6027" not in words(answer)


def _with_erase():
    from keyue.people.enums import Permission
    from keyue.people.roles import ServiceAgent

    return ServiceAgent.permissions | {Permission.CUSTOMER_ERASE}


def test_a_merged_customer_leads_to_who_they_are_now(enter, staff, make, person):
    winner = make(phone="13900001111", email="")
    Customer.objects.filter(pk=person.pk).update(merged_into=winner)
    answer = enter(staff.agent).get(f"/customers/{person.number}/")
    assert answer["Location"] == f"/customers/{winner.number}/"


def test_doubles_are_named_on_the_page(enter, staff, make, person):
    double = make(name="周先生", email="")
    page = words(enter(staff.agent).get(f"/customers/{person.number}/"))
    assert "可能是同一位客户" in page
    assert f"/customers/{double.number}/" in page


def test_other_rooms_add_sections(enter, staff, person, monkeypatch):
    monkeypatch.setattr(sections, "_registered", {})
    sections.register(
        "visits", "走访", lambda request, customer: format_html("<p>{}</p>", customer.number), order=2
    )
    sections.register("cases", "事项", lambda request, customer: "<b>raw</b>", order=1)
    sections.register("empty", "空", lambda request, customer: "")
    page = words(enter(staff.agent).get(f"/customers/{person.number}/"))
    assert page.index('id="cases"') < page.index('id="visits"')
    assert f"<p>{person.number}</p>" in page
    # what no template has rendered is text
    assert "&lt;b&gt;raw" in page
    assert 'id="empty"' not in page


def test_the_page_asks_the_same_however_many_contacts(enter, staff, company, at):
    client = enter(staff.agent)

    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(f"/customers/{company.number}/").status_code == 200
        return len(captured)

    # the first visit also writes down that the session is alive
    asked()
    with_one = asked()
    for n in range(40):
        actions.add_contact(customer=company, name=f"联系人{n}", phone=f"1390000{n:04d}", by=BY, at=at)
    assert asked() == with_one <= 30


def test_english(enter, staff, person, settings):
    client = enter(staff.agent)
    page = words(client.get(f"/customers/{person.number}/", headers={"Accept-Language": "en"}))
    assert "Zhejiang" in page
    assert "Verify identity" in page
