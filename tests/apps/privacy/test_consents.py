"""Consent by purpose and text version: given, withdrawn, given anew; and whether data may be used."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from keyue.customers import actions as customers
from keyue.kernel.errors import Invalid, Refused
from keyue.ledger.models import Fact
from keyue.privacy import actions, selectors
from keyue.privacy.models import Consent, PurposeText
from keyue.privacy.sealed import opened

from .conftest import AT, BY, PNG, PORTAL, kinds, last

LATER = AT + timedelta(days=1)


@pytest.fixture(autouse=True)
def later(go_to):
    """Whatever a test says happened at LATER may be recorded."""
    go_to(LATER)


def give(contact, purpose, **fields):
    return actions.give_consent(
        **{"contact": contact, "purpose": purpose, "via": "portal", "by": PORTAL, "at": AT, **fields}
    )


def test_a_consent_names_the_version_that_was_agreed_to(own, marketing, person):
    consent = give(own, marketing)
    fact = last(person, "customer.consent_given")
    assert fact.data == {
        "consent": str(consent.pk),
        "purpose": "marketing",
        "text": "marketing/1",
        "contact": str(own.pk),
        "is_separate": False,
    }
    assert selectors.may_use(own, "marketing", AT)
    assert selectors.may_use(person, "marketing", AT)
    assert not selectors.may_use(own, "marketing", AT - timedelta(seconds=1))
    assert not selectors.may_use(own, "profiling", AT)


def test_withdrawing_stops_the_use_by_itself_where_nothing_outside_uses_it(own, marketing, person):
    consent = give(own, marketing)
    actions.withdraw_consent(consent=consent, via="portal", by=PORTAL, at=LATER)
    assert kinds(person)[-2:] == ["customer.consent_withdrawn", "customer.use_stopped"]
    assert last(person, "customer.use_stopped").data == {"purpose": "marketing", "consent": str(consent.pk)}
    assert not selectors.may_use(own, "marketing", LATER)
    assert selectors.may_use(own, "marketing", LATER - timedelta(seconds=1))
    again = actions.withdraw_consent(consent=consent, via="call", by=BY, at=LATER)
    assert again.withdrawn_via == "portal"
    assert kinds(person).count("customer.consent_withdrawn") == 1


def test_what_is_used_elsewhere_waits_until_somebody_says_it_has_stopped(own, staff, person):
    calls = actions.create_purpose(
        code="calls", name="电话回访外包", text="交由外包方回访。", is_separate=True, is_used_elsewhere=True,
        user=staff.officer, at=AT,
    )  # fmt: skip
    consent = give(own, calls)
    assert consent.is_separate and last(person, "customer.consent_given").data["is_separate"]
    with pytest.raises(Refused):
        actions.stop_use(consent=consent, by=BY, at=AT)
    actions.withdraw_consent(consent=consent, via="call", by=BY, at=LATER)
    assert kinds(person)[-1] == "customer.consent_withdrawn"
    assert [one.pk for one in selectors.uses_to_stop(staff.officer)] == [consent.pk]
    actions.stop_use(consent=consent, by=BY, at=LATER)
    actions.stop_use(consent=consent, by=BY, at=LATER)
    assert kinds(person).count("customer.use_stopped") == 1
    assert selectors.uses_to_stop(staff.officer) == []


def test_a_published_text_never_changes(marketing):
    text = marketing.texts.get()
    with pytest.raises(DatabaseError), transaction.atomic():
        PurposeText.objects.filter(pk=text.pk).update(text="别的")
    assert PurposeText.objects.get(pk=text.pk).text.startswith("用手机号")


def test_words_that_ask_anew_end_earlier_consents_and_others_do_not(own, marketing, staff):
    give(own, marketing)
    actions.publish_text(
        purpose=marketing,
        text="用手机号和邮箱发活动通知（改了标点）。",
        is_renewing=False,
        user=staff.officer,
        at=LATER,
    )
    assert selectors.may_use(own, "marketing", LATER)
    third = actions.publish_text(
        purpose=marketing, text="另用微信发通知。", is_renewing=True, user=staff.officer, at=LATER
    )
    assert third.version == "marketing/3"
    assert not selectors.may_use(own, "marketing", LATER)
    assert selectors.may_use(own, "marketing", AT)
    renewed = give(own, marketing, at=LATER)
    assert selectors.may_use(own, "marketing", LATER)
    assert Consent.objects.filter(renewed_at=LATER).count() == 1 and renewed.stands


def test_whoever_read_an_older_text_reads_the_new_one_first(own, marketing, staff):
    actions.publish_text(purpose=marketing, text="新的。", is_renewing=True, user=staff.officer, at=AT)
    with pytest.raises(Refused, match="刚更新"):
        give(own, marketing, text=1)
    with pytest.raises(Refused, match="别人刚发布"):
        actions.publish_text(
            purpose=marketing, text="再新的。", is_renewing=True, read=1, user=staff.officer, at=AT
        )


def test_for_somebody_under_fourteen_the_guardian_agrees(own, marketing):
    with pytest.raises(Invalid) as refused:
        give(own, marketing, is_minor=True)
    assert set(refused.value.fields) == {"guardian"}
    consent = give(own, marketing, is_minor=True, guardian="周母")
    assert "周母" not in consent.guardian
    assert opened([consent], "guardian") == [{"guardian": "周母"}]


def test_on_paper_it_comes_with_the_paper_which_is_sealed(own, marketing):
    with pytest.raises(Invalid, match="书面同意"):
        give(own, marketing, via="paper")
    with pytest.raises(Invalid, match="PDF"):
        give(own, marketing, via="paper", paper=actions.Upload("a.pdf", b"<html>"))
    consent = give(own, marketing, via="paper", paper=actions.Upload("同意书.png", PNG))
    assert consent.proof is not None and "PNG" not in consent.proof.content
    found = actions.open_proof(proof=consent.proof, by=BY, at=AT)
    assert (found.name, found.content) == ("同意书.png", PNG)


def test_no_fact_says_who_it_was(own, marketing, person):
    consent = give(own, marketing, is_minor=True, guardian="周母")
    actions.withdraw_consent(consent=consent, via="portal", by=PORTAL, at=LATER)
    text = "".join(str(fact.data) for fact in Fact.objects.all())
    assert "周" not in text and "138" not in text


def test_nothing_may_be_used_of_somebody_erased_restricted_or_for_a_retired_purpose(make, marketing, staff):
    erased, restricted, other = make(email="a@b.cn"), make(email="b@b.cn"), make(email="c@b.cn")
    for customer in (erased, restricted, other):
        give(customer.contacts.select_related("customer").get(), marketing)
    customers.erase(customer=erased, reason="requested", by=BY, at=LATER)
    actions.restrict(customer=restricted, reason="legal_term", by=BY, at=LATER)
    erased.refresh_from_db()
    assert not selectors.may_use(erased, "marketing", LATER)
    assert not selectors.may_use(restricted, "marketing", LATER)
    assert selectors.may_use(other, "marketing", LATER)
    with pytest.raises(Refused, match="不再使用"):
        give(restricted.contacts.select_related("customer").get(), marketing, at=LATER)
    actions.retire_purpose(purpose=marketing, user=staff.officer, at=LATER)
    assert not selectors.may_use(other, "marketing", LATER)
    with pytest.raises(Refused, match="已停用"):
        marketing.refresh_from_db()
        give(other.contacts.select_related("customer").get(), marketing, at=LATER)
