"""Who somebody is: a one-use code to the address on file, and no word on whether somebody is on file."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from keyue.customers import actions as customers
from keyue.ledger.models import OutboxItem
from keyue.privacy import actions
from keyue.privacy.models import IdentityCheck
from keyue.privacy.rules import CODE_LIFE, MOST_ATTEMPTS
from keyue.privacy.sealed import code_of_check

from .conftest import AT, BY, EMAIL, PHONE, PORTAL


def send(typed, **fields):
    return actions.send_code(typed=typed, by=PORTAL, at=AT, **fields)


def attempt(check, code, at=AT):
    return actions.try_code(uid=check.uid, code=code, by=PORTAL, at=at)


@pytest.mark.parametrize("typed", [EMAIL, PHONE, " ZHOU@example.com ", "138 1234 6027"])
def test_a_code_goes_to_the_address_on_file(own, typed):
    check = send(typed)
    [item] = OutboxItem.objects.all()
    assert item.kind == "mail.privacy_code" and item.payload == {"check": check.pk}
    assert attempt(check, code_of_check(check.uid)) == [own.pk]


@pytest.mark.parametrize("typed", ["nobody@example.com", "13900009999", "", "乱写", "@", "周叙白"])
def test_nobody_gets_nothing_and_looks_the_same(own, typed):
    check = send(typed)
    assert not OutboxItem.objects.exists()
    assert check.contacts == [] and check.expires_at == AT + CODE_LIFE
    assert attempt(check, code_of_check(check.uid)) == []


def test_an_address_that_somebody_types_gets_no_mail_of_another(make, own):
    """A number on file with an address that is not: the mail goes to the one on file, which is looked up when it is sent."""
    check = send(PHONE)
    assert IdentityCheck.objects.get(pk=check.pk).contacts == [own.pk]


def test_a_code_is_good_once_in_time_and_for_few_tries(own):
    check = send(EMAIL)
    code = code_of_check(check.uid)
    assert attempt(check, code, AT + CODE_LIFE) == []
    assert attempt(check, code.lower()) == [own.pk]
    assert attempt(check, code) == []
    guessed = send(EMAIL)
    for _turn in range(MOST_ATTEMPTS):
        assert attempt(guessed, "222222") == []
    assert attempt(guessed, code_of_check(guessed.uid)) == []


def test_a_code_opens_no_other_check(own):
    first, second = send(EMAIL), send(EMAIL)
    assert attempt(second, code_of_check(first.uid)) == []
    assert actions.try_code(uid=uuid4(), code=code_of_check(first.uid), by=PORTAL, at=AT) == []


def test_only_contacts_with_the_same_address_are_known_by_it(make, own):
    other = make(name="周母", phone=PHONE, email="mother@example.com")
    mother = other.contacts.get()
    check = send(PHONE)
    # the last one entered with this number; never both, whose mailboxes differ
    assert check.contacts == [mother.pk]
    same = make(name="周叙白", phone="13700002222", email=EMAIL).contacts.get()
    assert sorted(send(EMAIL).contacts) == sorted([own.pk, same.pk])


def test_somebody_erased_or_without_an_address_is_nobody(make, person):
    make(name="许知远", phone="13700001111", email="")
    assert send("13700001111").contacts == []
    customers.erase(customer=person, reason="requested", by=BY, at=AT)
    assert send(EMAIL).contacts == [] and send(PHONE).contacts == []


def test_too_many_codes_are_not_sent_and_not_told(own):
    check = send(EMAIL, silently=True)
    assert check.contacts == [] and not OutboxItem.objects.exists()


def test_checks_that_are_over_are_deleted(own):
    send(EMAIL)
    assert actions.tidy(by=BY, at=AT + CODE_LIFE) == 0
    assert actions.tidy(by=BY, at=AT + CODE_LIFE + timedelta(seconds=1)) == 1
