"""What is given to others takes a separate consent; what got out is reported, promised about, and remedied."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from keyue.customers import actions as customers
from keyue.customers.actions.fields import define_field
from keyue.customers.actions.upkeep import set_extra
from keyue.customers.completing import own_values
from keyue.customers.models import FieldDefinition
from keyue.customers.outward_events import CustomerSensitiveRecorded
from keyue.kernel.errors import Denied, Invalid, Refused
from keyue.ledger.facts import Actor
from keyue.ledger.models import Fact
from keyue.people import actions as people
from keyue.people.models import User
from keyue.privacy import actions, holdings, selectors
from keyue.privacy.models import Disclosure, Provision
from keyue.privacy.sealed import opened
from keyue.promises.actions import publish_calendar
from keyue.promises.models import Notice, Promise
from keyue.regulations.actions import adopt_pack
from keyue.worktime.holidays import chinese_calendar
from tests.journeys.world import WEEKLY

from .conftest import AT, BY, kinds, last

DAY = timedelta(days=1)


@pytest.fixture
def in_force(at):
    """The regulations on privacy and on communication, their questions left open."""
    publish_calendar(
        definition=chinese_calendar((2025, 2026), WEEKLY), by=BY, at=at - 400 * DAY, source="test"
    )
    for pack in ("privacy", "communication"):
        adopt_pack(pack=pack, effective_from=at - DAY, answers={}, by=BY, at=at - DAY)


@pytest.fixture
def delivery(staff):
    return actions.create_purpose(
        code="delivery", name="交给物流公司送货", text="姓名、电话和地址交给物流公司。", is_separate=True,
        user=staff.officer, at=AT,
    )  # fmt: skip


@pytest.fixture
def provide(person, staff):
    def give(**fields):
        given = {"recipient": "远山物流", "kinds": ["contact"], "purpose": "上门送货", **fields}
        return actions.provide_data(customer=person, **given, user=staff.officer, at=AT)

    return give


@pytest.fixture
def leak(person, staff):
    def report(**fields):
        given = {"what": "名单发到了群里", "kinds": ["contact"], "how": "staff", "happened_at": AT, **fields}
        by = given.pop("by", Actor("staff", str(staff.worker.pk)))
        return actions.report_disclosure(customer=person, **given, by=by, at=AT)

    return report


def promises_of(customer, control):
    return list(Promise.objects.filter(control=control, subject_id=customer.pk).order_by("pk"))


@pytest.fixture
def browser():
    def of(user):
        client = Client()
        client.force_login(user)
        return client

    return of


# --- given to others ---


def test_without_a_separate_consent_the_regulation_refuses(in_force, person, own, marketing, provide):
    actions.give_consent(contact=own, purpose=marketing, via="call", by=BY, at=AT)
    with pytest.raises(Refused, match="单独同意") as caught:
        provide()
    assert caught.value.code == "not_approved"
    assert not Provision.objects.exists() and "customer.data_provided" not in kinds(person)


def test_with_one_it_is_recorded_and_kept(in_force, person, own, delivery, provide):
    consent = actions.give_consent(contact=own, purpose=delivery, via="call", by=BY, at=AT)
    made = provide(consent=consent)
    assert last(person, "customer.data_provided").data == {
        "provision": str(made.pk), "kinds": ["contact"], "consent": str(consent.pk),
    }  # fmt: skip
    assert opened([made], "recipient", "purpose") == [{"recipient": "远山物流", "purpose": "上门送货"}]
    assert "物流" not in made.recipient
    assert [one.state for one in promises_of(person, "separate_consent")] == ["met"]


def test_one_that_was_withdrawn_or_is_not_separate_does_not_count(
    in_force, own, delivery, marketing, provide, person
):
    general = actions.give_consent(contact=own, purpose=marketing, via="call", by=BY, at=AT)
    with pytest.raises(Refused, match="现在有效的单独同意"):
        provide(consent=general)
    consent = actions.give_consent(contact=own, purpose=delivery, via="call", by=BY, at=AT)
    actions.withdraw_consent(consent=consent, via="call", by=BY, at=AT)
    with pytest.raises(Refused, match="现在有效的单独同意"):
        provide(consent=consent)
    with pytest.raises(Refused, match="已撤回或失效"):
        provide()
    assert not Provision.objects.exists()


def test_secrets_of_the_company_are_no_personal_data(provide):
    with pytest.raises(Invalid, match="哪些信息"):
        provide(kinds=["secret"])
    with pytest.raises(Invalid, match="接收方"):
        provide(recipient=" ")
    assert provide(kinds=["money", "secret", "identity"]).kinds == ["identity", "money"]


def test_data_that_is_no_longer_used_is_not_given_away(person, provide):
    actions.restrict(customer=person, reason="legal_term", by=BY, at=AT)
    with pytest.raises(Refused, match="不再使用"):
        provide()


def test_the_page_offers_the_consents_that_count(browser, staff, person, own, delivery):
    page = f"/privacy/customers/{person.number}/provide/"
    consent = actions.give_consent(contact=own, purpose=delivery, via="call", by=BY, at=AT)
    officer = browser(staff.officer)
    assert browser(staff.agent).get(page).status_code == 403
    assert "交给物流公司送货" in officer.get(page).content.decode()
    values = {"recipient": "远山物流", "kinds": ["contact"], "purpose": "送货", "consent": consent.pk}
    assert officer.post(page, {**values, "kinds": []}).status_code == 422
    assert officer.post(page, values).status_code == 303
    shown = officer.get(f"/privacy/customers/{person.number}/").content.decode()
    assert "远山物流" in shown and "送货" in shown


# --- sensitive fields ---


def test_a_sensitive_field_is_personal_and_filling_it_takes_a_separate_consent(
    in_force, person, own, delivery, at
):
    field = define_field(key="allergy", label="过敏史", kind="text", is_sensitive=True, by=BY, at=AT)
    assert field.is_personal and FieldDefinition.objects.get().is_sensitive
    with pytest.raises(Refused, match="单独同意"):
        set_extra(customer=person, values={"allergy": "青霉素"}, by=BY, at=AT)
    person.refresh_from_db()
    assert own_values([person]) == [{}]
    actions.give_consent(contact=own, purpose=delivery, via="call", by=BY, at=AT)
    set_extra(customer=person, values={"allergy": "青霉素"}, by=BY, at=AT)
    fact = last(person, CustomerSensitiveRecorded.kind)
    assert fact.data == {"fields": ["extra.allergy"]}
    # taking the value away again is no entry
    person.refresh_from_db()
    set_extra(customer=person, values={"allergy": ""}, by=BY, at=AT)
    assert kinds(person).count(CustomerSensitiveRecorded.kind) == 1


def test_other_fields_are_filled_as_before(in_force, person):
    define_field(key="hobby", label="爱好", kind="text", is_personal=True, by=BY, at=AT)
    set_extra(customer=person, values={"hobby": "登山"}, by=BY, at=AT)
    assert CustomerSensitiveRecorded.kind not in kinds(person)


# --- what got out ---


def test_a_leak_is_promised_about_until_it_is_remedied(in_force, person, staff, leak, go_to):
    made = leak(recipient="某微信群")
    assert last(person, "customer.disclosed").data == {
        "disclosure": str(made.pk), "kinds": ["contact"], "is_personal": True, "is_secret": False, "how": "staff",
    }  # fmt: skip
    [owed] = promises_of(person, "no_leak")
    assert owed.due == AT and not promises_of(person, "no_secret_leak")
    with pytest.raises(Denied):
        actions.remedy_disclosure(disclosure=made, remedy="已撤回", user=staff.worker, at=AT)
    later = go_to(AT + timedelta(hours=2))
    actions.remedy_disclosure(disclosure=made, remedy="已撤回", user=staff.officer, at=later)
    assert [one.state for one in promises_of(person, "no_leak")] == ["met_late"]
    with pytest.raises(Refused, match="登记过补救"):
        actions.remedy_disclosure(disclosure=made, remedy="再撤回", user=staff.officer, at=later)
    assert "群" not in "".join(str(fact.data) for fact in Fact.objects.all())


def test_the_secrecy_of_a_file_makes_a_leak_one_of_secrets(in_force, person, leak):
    customers.change_customer(customer=person, changes={"secrecy": "secret"}, by=BY, at=AT)
    leak()
    data = last(person, "customer.disclosed").data
    assert data["is_secret"] and data["secrecy"] == "secret"
    leak(kinds=["secret"])
    assert last(person, "customer.disclosed").data["is_personal"] is False
    assert (len(promises_of(person, "no_leak")), len(promises_of(person, "no_secret_leak"))) == (1, 2)


def test_what_was_approved_breaks_nothing_and_nobody_approves_their_own(in_force, person, staff, leak):
    leak(approved_by=staff.supervisor)
    assert not promises_of(person, "no_leak")
    with pytest.raises(Denied, match="自己批准"):
        leak(approved_by=staff.worker)
    with pytest.raises(Invalid, match="不能晚于现在"):
        leak(happened_at=AT + DAY)
    with pytest.raises(Invalid, match="泄露了什么"):
        leak(what="")


def test_a_leak_from_before_the_file_counts_from_its_beginning(person, leak):
    made = leak(happened_at=AT - 900 * DAY)
    assert last(person, "customer.disclosed").at == person.created_at
    assert Disclosure.objects.get(pk=made.pk).happened_at == AT - 900 * DAY


def test_those_who_look_after_personal_data_are_told(person, staff, leak):
    leak(by=Actor("staff", str(staff.supervisor.pk)))
    told = Notice.objects.filter(detail__what="disclosed")
    assert set(told.values_list("to_user_id", flat=True)) == {staff.officer.pk}
    assert not selectors.separate_consents(person, AT)


def test_whoever_sees_the_customer_may_report_and_only_some_read_it(browser, staff, person, at):
    people.grant_role(user=staff.worker, role="executive", by=BY, at=at)
    worker, officer = browser(User.objects.get(pk=staff.worker.pk)), browser(staff.officer)
    page = f"/privacy/customers/{person.number}/disclose/"
    values = {
        "what": "名单发到了群里", "kinds": ["contact"], "how": "staff", "happened_at": "2026-03-16T09:00",
        "approved_by": "supervisor",
    }  # fmt: skip
    assert "批准人" not in worker.get(page).content.decode()
    assert worker.post(page, {**values, "what": ""}).status_code == 422
    assert worker.post(page, values).status_code == 303
    made = Disclosure.objects.get()
    # who reports without looking after personal data says nothing of an approval
    assert made.approved_by is None
    assert officer.post(page, {**values, "approved_by": "nobody-here"}).status_code == 422
    file = f"/privacy/customers/{person.number}/"
    assert "名单发到了群里" in officer.get(file).content.decode()
    assert "名单发到了群里" not in browser(staff.agent).get(file).content.decode()
    assert "有信息泄露还没有补救" in officer.get(f"/customers/{person.number}/?tab=file").content.decode()
    remedy = f"/privacy/disclosures/{made.pk}/remedy/"
    assert worker.get(remedy).status_code == 403
    assert officer.post(remedy, {"remedy": ""}).status_code == 422
    assert officer.post(remedy, {"remedy": "已让群主撤回"}).status_code == 303
    assert "已让群主撤回" in officer.get(file).content.decode()


def test_erasing_takes_the_words_with_it(person, provide, leak):
    provide()
    leak(recipient="某人")
    customers.erase(customer=person, reason="requested", by=BY, at=AT)
    assert (Provision.objects.get().recipient, Disclosure.objects.get().what) == ("", "")
    with pytest.raises(Refused):
        leak()


def test_a_person_reads_to_whom_their_data_was_given(in_force, person, own, delivery, provide):
    provide(consent=actions.give_consent(contact=own, purpose=delivery, via="call", by=BY, at=AT))
    held = {one.key: one.rows for one in holdings.held_about(person, own, AT)}
    [row] = held["provisions"]
    assert (row["recipient"], row["purpose"], row["provided_at"]) == ("远山物流", "上门送货", AT)
