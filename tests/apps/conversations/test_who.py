"""Saying who speaks: found in the archive or entered there, without leaving the conversation."""

from __future__ import annotations

from django.test import Client
from django.urls import reverse

from keyue.conversations.models import Conversation
from keyue.customers import actions as customers
from keyue.customers.models import Customer
from keyue.ledger.facts import SYSTEM
from tests.apps.conversations.conftest import MAIL, PHONE, Desk

FRAGMENT = {"HX-Request": "true"}


def at(view: str, talk: Conversation) -> str:
    return reverse(f"conversations:{view}", args=[talk.pk])


def test_a_contact_is_found_and_confirmed(client: Client, desk: Desk):
    talk = desk.chats("在吗").conversation
    assert "认出客户" in client.get(at("conversation", talk)).text
    found = client.get(at("who", talk), {"q": "北屿"}, headers=FRAGMENT).text
    assert "北屿文旅" in found
    assert "周叙白" not in found
    assert PHONE not in found
    client.post(at("who", talk), {"contact": desk.contact.pk})
    talk.refresh_from_db()
    assert talk.contact == desk.contact
    # what they say next on this channel is theirs by itself
    desk.now.pass_(hours=30)
    assert desk.chats("还在吗").conversation.customer == desk.contact.customer


def test_nothing_found_nothing_chosen(client: Client, desk: Desk):
    talk = desk.chats("在吗").conversation
    assert "没有找到" in client.get(at("who", talk), {"q": "没有这家"}, headers=FRAGMENT).text
    assert client.post(at("who", talk), {"contact": "x"}).status_code in {400, 409, 422}
    assert client.post(at("who", talk), {"contact": "999999"}).status_code == 404
    talk.refresh_from_db()
    assert talk.contact is None


def test_somebody_new_is_entered_once(client: Client, desk: Desk):
    talk = desk.mails("问个事", sender="he@example.com", name="何苇").conversation
    form = client.get(at("newcomer", talk)).text
    assert "he@example.com" in form
    given = {"company": "临江水务", "name": "何苇", "email": "he@example.com", "legal_basis": "contract"}
    assert client.post(at("newcomer", talk), given).status_code == 303
    talk.refresh_from_db()
    assert talk.customer.name == "临江水务"
    assert talk.customer.source == "email"
    assert Customer.objects.count() == 2


def test_who_is_in_the_archive_already_is_not_entered_again(client: Client, desk: Desk):
    talk = desk.chats("在吗").conversation
    client.post(at("newcomer", talk), {"name": "周叙白", "email": MAIL, "legal_basis": "contract"})
    talk.refresh_from_db()
    assert talk.contact == desk.contact
    assert Customer.objects.count() == 1


def test_what_will_not_do_is_said_beside_its_field(client: Client, desk: Desk):
    talk = desk.chats("在吗").conversation
    answer = client.post(at("newcomer", talk), {"name": "", "phone": "12", "legal_basis": "contract"})
    assert answer.status_code == 422
    assert Customer.objects.count() == 1
    talk.refresh_from_db()
    assert talk.contact is None


def test_an_archive_that_one_may_not_see_is_not_found(client: Client, desk: Desk):
    customers.create_customer(
        kind="organisation", name="密级单位", contact_name="严某", phone="13900000001", source="phone",
        legal_basis="contract", by=SYSTEM, at=desk.now.at,
    )  # fmt: skip
    talk = desk.chats("在吗").conversation
    assert "密级单位" in client.get(at("who", talk), {"q": "密级"}, headers=FRAGMENT).text
    Customer.objects.filter(name="密级单位").update(secrecy="secret", department="tech")
    assert "密级单位" not in client.get(at("who", talk), {"q": "密级"}, headers=FRAGMENT).text
