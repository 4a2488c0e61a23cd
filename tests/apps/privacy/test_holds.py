"""A legal hold keeps data from being erased; a deletion that waited for it is done once it is lifted."""

from __future__ import annotations

from datetime import timedelta

import pytest

from keyue.customers import actions as customers
from keyue.customers.models import Customer
from keyue.kernel.errors import Invalid, Refused
from keyue.ledger.models import Fact
from keyue.privacy import actions, selectors
from keyue.privacy.models import Consent, LegalHold, Proof, RightRequest
from keyue.privacy.sealed import opened
from keyue.promises import actions as promises

from .conftest import AT, BY, PNG, kinds, last


def held(customer):
    return promises.state_of(customer.subject).held


def test_a_hold_stops_every_way_of_erasing(person, staff, ask, own):
    request = actions.accept_request(request=ask("deletion"), user=staff.officer, at=AT)
    hold = actions.place_hold(customer=person, why="（2026）浙01民初18号", user=staff.officer, at=AT)
    assert held(person) and "民初" not in hold.why
    with pytest.raises(Refused, match="法律保全") as refused:
        customers.erase(customer=person, reason="requested", by=BY, at=AT)
    assert refused.value.code == "held"
    with pytest.raises(Refused, match="法律保全"):
        actions.erase_and_answer(request=request, user=staff.officer, at=AT)
    # the answer is taken back with it
    assert RightRequest.objects.get(pk=request.pk).step == "accepted"
    assert "customer.right_answered" not in kinds(person)
    actions.release_hold(hold=hold, why="已结案", user=staff.officer, at=AT)
    assert not held(person)
    assert actions.erase_and_answer(request=request, user=staff.officer, at=AT).is_erased
    assert kinds(person)[-3:] == ["customer.right_answered", "key.destroyed", "customer.erased"]
    answered = RightRequest.objects.get(pk=request.pk)
    assert (answered.step, answered.outcome, answered.what) == ("answered", "done", "")


def test_a_hold_on_an_alias_keeps_the_one_it_was_merged_into(make, person, staff):
    alias = make(name="周叙白", phone="13700003333", email="")
    actions.place_hold(customer=alias, why="诉讼", user=staff.officer, at=AT)
    Customer.objects.filter(pk=alias.pk).update(merged_into=person)
    with pytest.raises(Refused, match=alias.number):
        customers.erase(customer=person, reason="requested", by=BY, at=AT)


def test_while_another_hold_stands_the_customer_stays_held(person, staff):
    first = actions.place_hold(customer=person, why="诉讼", user=staff.officer, at=AT)
    second = actions.place_hold(customer=person, why="监管调查", user=staff.officer, at=AT)
    actions.release_hold(hold=first, why="已结案", user=staff.officer, at=AT)
    assert held(person)
    with pytest.raises(Refused):
        customers.erase(customer=person, reason="requested", by=BY, at=AT)
    with pytest.raises(Refused, match="已经解除"):
        actions.release_hold(hold=first, why="再解除", user=staff.officer, at=AT)
    actions.release_hold(hold=second, why="调查结束", user=staff.officer, at=AT)
    assert not held(person)


def test_placing_and_lifting_take_a_reason_each(person, staff):
    with pytest.raises(Invalid):
        actions.place_hold(customer=person, why=" ", user=staff.officer, at=AT)
    with pytest.raises(Invalid, match="今天之后"):
        actions.place_hold(customer=person, why="诉讼", review_on=AT.date(), user=staff.officer, at=AT)
    hold = actions.place_hold(customer=person, why="诉讼", user=staff.officer, at=AT)
    with pytest.raises(Invalid):
        actions.release_hold(hold=hold, why="", user=staff.officer, at=AT)
    assert LegalHold.objects.get(pk=hold.pk).released_at is None


def test_what_a_restore_brought_back_is_erased_again_whatever_is_held(person, staff):
    actions.place_hold(customer=person, why="诉讼", user=staff.officer, at=AT)
    assert customers.reapply_erasures([person.pk], at=AT) == 1


def test_restricted_data_is_kept_and_no_longer_used(person, staff):
    first = actions.restrict(customer=person, reason="held", by=BY, at=AT)
    again = actions.restrict(customer=person, reason="technical", by=BY, at=AT)
    assert first.pk == again.pk and kinds(person).count("customer.restricted") == 1
    assert last(person, "customer.restricted").data == {"reason": "held"}
    assert promises.state_of(person.subject).restricted
    person.refresh_from_db()
    assert not person.is_erased


def test_erasing_takes_the_papers_and_words_with_it(person, own, staff, marketing, ask):
    actions.give_consent(
        contact=own, purpose=marketing, via="paper", paper=actions.Upload("同意书.png", PNG),
        is_minor=True, guardian="周母", by=BY, at=AT,
    )  # fmt: skip
    ask("correction", what="改电话")
    customers.erase(customer=person, reason="requested", by=BY, at=AT)
    assert Consent.objects.get().guardian == ""
    assert (Proof.objects.get().name, Proof.objects.get().content) == ("", "")
    assert opened(list(RightRequest.objects.all()), "what") == [{"what": ""}]


def test_a_contact_of_an_organisation_is_cleared_alone_and_somebody_approves(company, staff, marketing):
    contact = company.contacts.order_by("-pk").select_related("customer")[0]
    other = company.contacts.order_by("pk")[0]
    actions.give_consent(contact=contact, purpose=marketing, via="call", by=BY, at=AT)
    request = actions.register_request(
        contact=contact, right="deletion", via="call", identity="callback", by=BY, at=AT
    )
    actions.accept_request(request=request, user=staff.officer, at=AT)
    with pytest.raises(Refused, match="清空联系人"):
        actions.erase_and_answer(request=request, user=staff.officer, at=AT)
    hold = actions.place_hold(customer=company, why="诉讼", user=staff.officer, at=AT)
    with pytest.raises(Refused, match="法律保全"):
        actions.clear_and_propose(request=request, user=staff.officer, at=AT)
    actions.release_hold(hold=hold, why="已结案", user=staff.officer, at=AT)
    proposed = actions.clear_and_propose(request=request, user=staff.officer, at=AT)
    contact.refresh_from_db()
    other.refresh_from_db()
    assert (contact.name, contact.phone, contact.phone_index) == ("", "", None) and contact.left_at == AT
    assert other.name and other.phone_index
    assert not selectors.may_use(contact, "marketing", AT + timedelta(seconds=1))
    assert (proposed.step, proposed.ground) == ("proposed", "technical")
    assert actions.approve_answer(request=proposed, user=staff.supervisor, at=AT).outcome == "partly"
    company.refresh_from_db()
    assert not company.is_erased


def test_reasons_stand_in_no_fact(person, staff):
    hold = actions.place_hold(customer=person, why="周某诉我司", user=staff.officer, at=AT)
    actions.release_hold(hold=hold, why="周某撤诉", user=staff.officer, at=AT)
    assert "周" not in "".join(str(fact.data) for fact in Fact.objects.all())
