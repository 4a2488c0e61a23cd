"""Looking at what is masked leaves a trace; erasing leaves nothing to look at."""

from __future__ import annotations

import pytest

from keyue.customers import actions, erasure, selectors
from keyue.customers.models import Contact, Customer
from keyue.kernel.errors import Invalid, Refused
from keyue.ledger import actions as ledger
from keyue.ledger.facts import Actor, Subject
from keyue.ledger.models import AccessEntry, Fact, SealKey
from keyue.ledger.sealing import sealed_values

from .conftest import BY

VIEWER = Actor("staff", "7")


def test_a_reveal_answers_and_leaves_a_trace(person, own, at):
    clear = actions.reveal(
        contact=own, fields=["phone", "email"], purpose="follow_up", remark="约周五", by=VIEWER, at=at
    )
    assert clear == {"phone": "+8613812346027", "email": "zhou@example.com"}
    entry = AccessEntry.objects.get()
    assert (entry.actor_id, entry.subject_kind, entry.subject_ref) == ("7", "customer", str(person.pk))
    assert (entry.what, entry.purpose, entry.via) == (f"contact/{own.pk}:phone,email", "follow_up", "web")
    fact = Fact.objects.get(kind="customer.revealed")
    assert fact.data == {
        "what": "phone,email", "purpose": "follow_up", "via": "web", "contact": str(own.pk), "by": "staff:7",
    }  # fmt: skip
    assert sealed_values([fact]) == [{"remark": "约周五"}]


@pytest.mark.parametrize(
    "given",
    [
        {"purpose": ""},
        {"purpose": "curiosity"},
        {"fields": []},
        {"fields": ["customer_id"]},
        {"remark": "长" * 201},
    ],
)
def test_without_a_purpose_there_is_nothing_to_see(own, at, given):
    with pytest.raises(Invalid):
        actions.reveal(
            **{"contact": own, "fields": ["phone"], "purpose": "contact", **given}, by=VIEWER, at=at
        )
    assert not AccessEntry.objects.exists()
    assert not Fact.objects.filter(kind="customer.revealed").exists()


def test_erasing_destroys_the_key_and_keeps_the_chain(person, own, at):
    actions.change_contact(contact=own, changes={"phone": "13900001111"}, by=BY, at=at)
    hashes = list(Fact.objects.order_by("id").values_list("id", "hash"))
    actions.erase(customer=person, reason="requested", by=BY, at=at)
    person.refresh_from_db()
    own.refresh_from_db()
    assert (person.erased_at, person.erased_by) == (at, "system:test")
    assert [getattr(own, field) for field in (*Contact.personal, *Contact.blind)] == [""] * 5 + [None] * 3
    key = SealKey.objects.get(owner_kind="customer", owner_ref=str(person.pk))
    assert key.wrapped is None
    assert list(Fact.objects.order_by("id").values_list("id", "hash"))[: len(hashes)] == hashes
    changed = Fact.objects.get(kind="customer.contact_changed")
    assert sealed_values([changed]) == [{"phone_old": None, "phone_new": None}]
    assert Fact.objects.get(kind="customer.erased").data == {"reason": "requested"}
    card = selectors.customer_card(person.pk)
    assert (card.shown_name, card.is_erased, card.contacts[0].phone) == ("已删除", True, "")
    # what is not personal stays
    assert (card.region, card.city) == ("330000", "杭州市")


def test_an_organisation_keeps_its_name(company, at):
    actions.erase(customer=company, reason="service_ended", by=BY, at=at)
    card = selectors.customer_card(company.pk)
    assert (card.name, card.contacts[0].name) == ("临江第三水务有限公司（演示）", "")


def test_twice_is_once(person, at):
    for _n in range(2):
        actions.erase(customer=person, reason="requested", by=BY, at=at)
    assert Fact.objects.filter(kind="customer.erased").count() == 1
    with pytest.raises(Invalid):
        actions.erase(customer=person, reason="fancy", by=BY, at=at)


def test_the_erased_can_neither_be_changed_nor_seen(person, own, at):
    stale = Contact.objects.select_related("customer").get(pk=own.pk)
    actions.erase(customer=person, reason="requested", by=BY, at=at)
    own = Contact.objects.select_related("customer").get(pk=own.pk)
    for act in (
        lambda: actions.reveal(contact=own, fields=["phone"], purpose="contact", by=VIEWER, at=at),
        lambda: actions.change_contact(contact=stale, changes={"name": "张三"}, by=BY, at=at),
        lambda: actions.change_customer(customer=person, changes={"grade": "A"}, by=BY, at=at),
        lambda: actions.add_contact(customer=person, name="张三", by=BY, at=at),
        lambda: actions.assign_account_manager(customer=person, user=None, department="", by=BY, at=at),
    ):
        with pytest.raises(Refused):
            act()
    assert not AccessEntry.objects.exists()


def test_erasing_reaches_those_merged_into_the_customer(make, person, at):
    alias = make(name="周先生", phone="13900001111")
    older = make(name="小周", phone="13900002222")
    Customer.objects.filter(pk=alias.pk).update(merged_into=person)
    Customer.objects.filter(pk=older.pk).update(merged_into=alias)
    actions.erase(customer=person, reason="requested", by=BY, at=at)
    assert not SealKey.objects.filter(wrapped__isnull=False, owner_kind="customer").exists()
    assert not Customer.objects.filter(erased_at=None).exists()


def test_other_rooms_forget_too(person, at, monkeypatch):
    monkeypatch.setattr(erasure, "_rooms", {})
    forgotten = []
    erasure.register("cases", lambda pk, by, when: forgotten.append((pk, by, when)))
    actions.erase(customer=person, reason="requested", by=BY, at=at)
    assert forgotten == [(person.pk, BY, at)]


@pytest.mark.parametrize("ledger_first", [True, False])
def test_a_restored_backup_forgets_again(make, at, ledger_first):
    """The key is back (older database): the journal outside it says who has to go once more."""
    gone, kept = make(), make(name="李四", phone="13900001111", email="")
    if ledger_first:
        ledger.destroy_key(gone.subject, by=BY, at=at, source="restore")
    n = actions.reapply_erasures([str(gone.pk), 999_999], at=at)
    assert n == 1
    assert actions.reapply_erasures([gone.pk], at=at) == 0
    gone.refresh_from_db()
    kept.refresh_from_db()
    assert (gone.is_erased, kept.is_erased) == (True, False)
    assert not Contact.objects.filter(customer=gone).exclude(phone="", phone_index=None).exists()
    fact = Fact.objects.get(kind="customer.erased")
    assert (fact.data, fact.source, fact.actor_kind) == ({"reason": "repeated"}, "restore", "system")
    assert SealKey.objects.get(owner_kind="customer", owner_ref=str(kept.pk)).wrapped


def test_the_subject_is_the_customer(person):
    assert person.subject == Subject("customer", str(person.pk))
