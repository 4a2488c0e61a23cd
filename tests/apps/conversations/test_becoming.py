"""A line becomes a need or a note of a contact, once, and keeps its link."""

from __future__ import annotations

from django.test import Client
from django.urls import reverse

from keyue.customers.models import ContactNote
from keyue.ledger.selectors import facts_of
from keyue.sales.models import Need
from tests.apps.conversations.conftest import Desk


def url(received, what: str) -> str:
    return reverse("conversations:become", args=[received.conversation.pk, received.line.uid, what])


def test_a_line_becomes_a_need_once(client: Client, desk: Desk):
    said = desk.mails("二期要加一套除氟设备")
    assert "二期要加一套除氟设备" in client.get(url(said, "need")).text
    for _twice in range(2):
        assert client.post(url(said, "need"), {"what": "二期除氟设备一套"}).status_code == 303
    need = Need.objects.get()
    assert need.customer == desk.contact.customer
    assert need.contact == desk.contact
    assert need.said_in == f"conversation:{said.conversation.pk}"
    assert need.learned_at == said.line.at
    page = client.get(reverse("conversations:conversation", args=[said.conversation.pk])).text
    assert f"需求 {need.number}" in page


def test_a_line_becomes_a_note_with_what_the_customer_thinks(client: Client, desk: Desk):
    said = desk.mails("上次的药剂不错")
    refused = client.post(url(said, "contact"), {"topics": "药剂"})
    assert refused.status_code == 422
    assert "没有意见的，请勾选" in refused.text
    assert client.post(url(said, "contact"), {"topics": "药剂", "feedback": "药剂不错"}).status_code == 303
    note = ContactNote.objects.get()
    assert (note.way, note.contacted_at, note.staff) == ("mail", said.line.at, desk.agent)
    recorded = [
        fact for fact in facts_of(desk.contact.customer.subject) if fact.kind == "customer.contact_recorded"
    ]
    assert recorded[-1].data["opinion"] == "said"


def test_nobody_known_nothing_made(client: Client, desk: Desk):
    said = desk.chats("要一套设备")
    assert client.post(url(said, "need"), {"what": "设备"}).status_code == 409
    assert not Need.objects.exists()
    page = client.get(reverse("conversations:conversation", args=[said.conversation.pk])).text
    assert "记为需求" not in page


def test_lines_of_another_conversation_are_not_taken(client: Client, desk: Desk):
    one, other = desk.mails("一"), desk.chats("二")
    address = reverse("conversations:become", args=[one.conversation.pk, other.line.uid, "need"])
    assert client.get(address).status_code == 404
    assert client.get(url(one, "wish")).status_code == 404
