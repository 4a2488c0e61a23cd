"""What stands in the database, read past every model: nothing personal in the clear."""

from __future__ import annotations

import re

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction

from keyue.customers import actions, sealed, selectors
from keyue.customers.models import Contact, Customer
from keyue.ledger import sealing

from .conftest import BY

PERSONAL = ("周叙白", "方既明", "12346027", "87654321", "zhou@", "fang@", "总经理", "新名字", "13900001111")


def everything() -> str:
    """Every row of every table, as text."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            for row in cursor.fetchall():
                found += [
                    bytes(v).decode(errors="replace") if isinstance(v, bytes | memoryview) else str(v)
                    for v in row
                ]
    return "\n".join(found)


def test_no_table_holds_anything_personal_in_the_clear(make, company, staff, at):
    person = make()
    contact = person.contacts.get()
    actions.change_contact(
        contact=contact, changes={"name": "新名字", "phone": "139 0000 1111"}, by=BY, at=at
    )
    actions.reveal(contact=contact, fields=["phone"], purpose="contact", remark="新名字来电", by=BY, at=at)
    actions.match_or_create(
        name="方既明", phone="0571-87654321-802", email="", region="", kind="person", by=BY, at=at
    )
    stored = everything()
    assert [text for text in PERSONAL if text in stored] == []
    assert "临江第三水务有限公司（演示）" in stored


DECLARED = ("personal", "plain", "blind")


def test_the_declared_columns_are_what_they_say(company, person):
    for contact in Contact.objects.all():
        for field in Contact.personal:
            assert re.fullmatch(r"|k1\.[\w=-]+", getattr(contact, field)), field
        for field in Contact.blind:
            assert re.fullmatch(r"[0-9a-f]{64}", getattr(contact, field)), field
    texts = {
        field.name
        for model in apps.get_app_config("customers").get_models()
        for field in model._meta.fields
        if field.get_internal_type() in {"CharField", "TextField", "BinaryField"}
        and field.name not in {name for way in DECLARED for name in getattr(model, way, ())}
    }
    assert texts == set()


def test_sealed_values_open_for_their_own_customer_and_field_only(company, person, own):
    assert sealed.opened([own]) == [
        sealed.Clear(name="周叙白", phone="+8613812346027", email="zhou@example.com")
    ]
    with pytest.raises(sealing.SealBroken):
        sealing.unseal(company.subject, own.phone, sealed.context("phone"))
    with pytest.raises(sealing.SealBroken):
        sealing.unseal(person.subject, own.phone, sealed.context("email"))


def test_equal_values_of_different_fields_have_different_indexes():
    assert sealed.index_of("phone", "+8613812346027") != sealed.index_of("name", "+8613812346027")
    assert sealed.index_of("name", "张 三") == sealed.index_of("name", "张三")
    assert sealed.index_of("email", "") is None


@pytest.mark.parametrize(
    "columns", [{"name": "周叙白"}, {"kind": "organisation"}, {"region": "999999"}, {"erased_by": "staff:1"}]
)
def test_the_database_refuses_nonsense(person, columns):
    with pytest.raises(IntegrityError), transaction.atomic():
        Customer.objects.filter(pk=person.pk).update(**columns)


def test_a_list_of_cards_asks_for_all_keys_at_once(make, django_assert_num_queries):
    ids = [make(phone=f"1380000{n:04d}", email="").pk for n in range(30)]
    with django_assert_num_queries(3):
        cards = selectors.customer_cards(ids)
    assert {card.name for card in cards.values()} == {"周*"}
    # one more for whoever was merged into them
    with django_assert_num_queries(4):
        full = selectors.customer_cards(ids, contacts=True)
    assert full[ids[7]].contacts[0].phone == "138****0007"
