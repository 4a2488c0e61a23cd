"""Secrecy, access for a time, and the alarm on reading in bulk: who sees whom, and what is recorded of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from keyue.customers import actions, guarding, lists, selectors
from keyue.customers.actions import granting, watching
from keyue.customers.enums import GrantState
from keyue.customers.models import AccessGrant, MassReading, ReadingTally
from keyue.kernel import clock
from keyue.kernel.errors import Denied, Invalid, NotFound, Refused
from keyue.ledger.actions import record_access
from keyue.ledger.facts import Actor, Subject
from keyue.ledger.models import AccessEntry, Fact
from keyue.ledger.selectors import facts_of
from keyue.people import actions as people
from keyue.people.access import forget
from keyue.promises.models import Notice
from tests.apps.customers.conftest import AT, BY

DAY = timedelta(days=1)


def by(user) -> Actor:
    return Actor("staff", str(user.pk))


@pytest.fixture
def clock_at(monkeypatch):
    """Let the clock say another instant."""
    return lambda instant: monkeypatch.setattr(clock, "now", lambda: instant)


def fresh(user, at):
    """The same person in a request of its own at `at`."""
    again = type(user).objects.get(pk=user.pk)
    again.request_at = at
    return again


@pytest.fixture
def boss(staff, at):
    """Who approves access everywhere, and a colleague who does too."""
    user = people.create_staff(username="boss", name="顾行远", department=staff.north.parent, by=BY, at=at)
    people.grant_role(user=user, role="executive", by=BY, at=at)
    return user


@pytest.fixture
def files(make, staff, at):
    """One customer of each secrecy in the north, looked after by the north's manager."""
    made = {}
    for n, secrecy in enumerate(("normal", "internal", "secret")):
        customer = make(
            kind="organisation", name=f"临江水务{n}厂", phone=f"1380000100{n}", email="",
            department=staff.north.code, secrecy=secrecy,
        )  # fmt: skip
        made[secrecy] = customer
    return made


def seen_by(user, files, at=AT) -> set[str]:
    """Which of the files somebody sees, by every way there is: they must agree."""
    user = fresh(user, at)
    by_query = {s for s, c in files.items() if selectors.visible_to(user).filter(pk=c.pk).exists()}
    listed = {card.id for card in lists.customer_page(user).cards}
    by_list = {s for s, c in files.items() if c.pk in listed}
    by_number = set()
    for secrecy, customer in files.items():
        try:
            selectors.customer_for(user, customer.number)
        except NotFound:
            continue
        by_number.add(secrecy)
    by_name = {card.id for card in lists.customer_page(user, text="临江水务").cards}
    assert by_query == by_list == by_number == {s for s, c in files.items() if c.pk in by_name}
    assert lists.count_customers(user).n == len(listed)
    return by_query


def test_secrecy_narrows_who_sees_a_file(staff, boss, files, at):
    assert seen_by(boss, files) == {"normal", "internal", "secret"}
    assert seen_by(staff.agent, files) == {"normal"}  # sees all, and no internal file of another department
    assert seen_by(staff.north_manager, files) == {"normal", "internal"}
    assert seen_by(staff.south_manager, files) == set()


def test_the_account_manager_sees_their_own_secret_customer_and_so_does_a_delegate(staff, files, at):
    actions.assign_account_manager(
        customer=files["secret"], user=staff.north_manager, department=staff.north.code, by=BY, at=at
    )
    assert "secret" in seen_by(staff.north_manager, files)
    assert "secret" not in seen_by(staff.south_manager, files)
    people.delegate(
        giver=staff.north_manager,
        taker=staff.south_manager,
        since=at,
        until=at + DAY,
        reason="出差",
        by=BY,
        at=at,
    )
    assert "secret" in seen_by(staff.south_manager, files, at)
    assert "secret" not in seen_by(staff.south_manager, files, at + 2 * DAY)


def asked(user, customer, at=AT, **more):
    given = {"purpose": "joint", "remark": "联合投标，需看合同。", "until": at + 3 * DAY, **more}
    return granting.ask_access(user=user, number=customer.number, by=by(user), at=at, **given)


def test_access_is_asked_approved_by_another_and_over_in_time(staff, boss, files, at, clock_at):
    secret = files["secret"]
    grant = asked(staff.south_manager, secret)
    assert seen_by(staff.south_manager, files) == set()
    granting.approve_access(grant=grant, user=boss, by=by(boss), at=at)
    assert seen_by(staff.south_manager, files) == {"secret"}
    # time ends it, and nothing else has to run
    assert seen_by(staff.south_manager, files, at + 3 * DAY) == set()
    clock_at(at + 4 * DAY)
    assert granting.end_access(at + 3 * DAY - timedelta(seconds=1)) == 0
    assert granting.end_access(at + 4 * DAY) == 1
    assert granting.end_access(at + 4 * DAY) == 0
    facts = facts_of(Subject("person", str(staff.south_manager.pk)))
    assert [fact.kind for fact in facts] == [
        "person.access_asked", "person.access_approved", "person.access_given", "person.access_withdrawn",
    ]  # fmt: skip
    assert facts[-1].at == at + 3 * DAY
    assert facts[-1].data == {"access": str(grant.pk), "why": "over"}
    assert facts[2].data["ends"] == (at + 3 * DAY).isoformat()


def test_nobody_approves_for_themselves_and_the_database_says_so_too(staff, boss, files, at):
    actions.change_customer(customer=files["secret"], changes={"name": "临江水务密厂"}, by=BY, at=at)
    people.grant_role(user=staff.south_manager, role="privacy_officer", by=BY, at=at)
    grant = AccessGrant(
        user=boss, number=files["secret"].number, customer=files["secret"], purpose="audit",
        asked_at=at, asked_until=at + DAY,
    )  # fmt: skip
    grant.save()
    with pytest.raises(Denied):
        granting.approve_access(grant=grant, user=boss, by=by(boss), at=at)
    with pytest.raises(IntegrityError), transaction.atomic():
        AccessGrant.objects.filter(pk=grant.pk).update(
            state="approved", decided_at=at, decided_by=boss, ends_at=at + DAY
        )


def test_asking_does_not_tell_whether_there_is_such_a_customer(staff, boss, files, at):
    real = asked(staff.south_manager, files["secret"])
    nobody = granting.ask_access(
        user=staff.south_manager, number="KH-99999", purpose="joint", remark="联合投标，需看合同。",
        until=at + 3 * DAY, by=by(staff.south_manager), at=at,
    )  # fmt: skip
    assert (real.state, nobody.state) == ("asked", "asked")
    assert nobody.number == "KH-99999"
    # both make the same fact and the same notice
    kinds = [fact.kind for fact in facts_of(Subject("person", str(staff.south_manager.pk)))]
    assert kinds == ["person.access_asked"] * 2
    assert Notice.objects.filter(key__startswith="access:").count() == 2
    with pytest.raises(Refused):
        granting.approve_access(grant=nobody, user=boss, by=by(boss), at=at)
    granting.refuse_access(grant=nobody, user=boss, refusal="请核对编号。", by=by(boss), at=at)
    nobody.refresh_from_db()
    assert nobody.state == GrantState.REFUSED
    assert "核对" not in nobody.refusal


def test_what_somebody_writes_is_sealed_under_the_customer(staff, files, at):
    grant = asked(staff.south_manager, files["secret"], remark="张三说他要看。")
    grant.refresh_from_db()
    assert "张三" not in grant.remark
    assert grant.remark
    data = Fact.objects.filter(kind="person.access_asked").values_list("data", flat=True)
    assert "张三" not in str(list(data))


def test_a_grant_of_a_department_opens_what_its_own_people_see(staff, boss, files, at, clock_at):
    grant = granting.ask_access(
        user=staff.south_manager, department=staff.north.code, purpose="cover", remark="代班一周",
        until=at + 7 * DAY, by=by(staff.south_manager), at=at,
    )  # fmt: skip
    granting.approve_access(grant=grant, user=boss, until=at + DAY, by=by(boss), at=at)
    assert seen_by(staff.south_manager, files) == {"normal", "internal"}
    assert seen_by(staff.south_manager, files, at + DAY) == set()
    clock_at(at + timedelta(hours=3))
    granting.withdraw_access(
        grant=grant, user=staff.south_manager, by=by(staff.south_manager), at=at + timedelta(hours=1)
    )
    assert seen_by(staff.south_manager, files, at + timedelta(hours=2)) == set()
    with pytest.raises(Refused):
        granting.withdraw_access(grant=grant, user=boss, by=by(boss), at=at + timedelta(hours=3))


@pytest.mark.parametrize("until", [timedelta(0), timedelta(days=91)])
def test_access_has_an_end_that_is_not_far(staff, files, at, until):
    with pytest.raises(Invalid) as caught:
        asked(staff.south_manager, files["secret"], until=at + until)
    assert "until" in caught.value.fields


def test_a_number_that_is_none_is_said_and_what_is_seen_already_needs_no_asking(staff, files, at):
    with pytest.raises(Invalid):
        granting.ask_access(
            user=staff.agent,
            number="临江",
            purpose="joint",
            remark="看",
            until=at + DAY,
            by=by(staff.agent),
            at=at,
        )
    with pytest.raises(Refused):
        asked(staff.agent, files["normal"])


def test_who_may_not_decide_finds_no_request_of_others(staff, boss, files, at):
    grant = asked(staff.south_manager, files["secret"])
    assert [row.pk for row in guarding.grants_to_decide(boss)] == [grant.pk]
    assert not guarding.grants_to_decide(staff.agent)
    with pytest.raises(NotFound):
        guarding.grant_for(staff.agent, grant.pk)
    with pytest.raises(Denied):
        granting.approve_access(grant=grant, user=staff.agent, by=by(staff.agent), at=at)


# --- reading in bulk ---


def look(user, customers, at):
    for customer in customers:
        watching.note_view(customer=customer, by=by(user), at=at)


@pytest.fixture
def crowd(make):
    return [make(name=f"客{n}", phone=f"1390000{n:04d}", email="") for n in range(12)]


def test_opening_a_page_leaves_one_line_in_a_quarter_of_an_hour(staff, crowd, at):
    look(staff.agent, crowd[:1], at)
    look(staff.agent, crowd[:1], at + timedelta(minutes=5))
    look(staff.agent, crowd[:1], at + timedelta(minutes=20))
    look(staff.south_manager, crowd[:1], at)
    assert AccessEntry.objects.filter(what="page").count() == 3


def test_reading_in_bulk_is_noticed_once_a_day_and_explained_by_another(staff, boss, crowd, at):
    watching.set_limits(limits={"an_hour": 10}, by=BY, at=at)
    look(staff.agent, crowd[:10], at)
    watching.watch(at)
    assert not MassReading.objects.exists()
    look(staff.agent, crowd[10:], at)
    watching.watch(at)
    look(staff.agent, crowd, at + timedelta(minutes=30))
    watching.watch(at + timedelta(minutes=30))
    [alarm] = MassReading.objects.all()
    assert (alarm.window, alarm.n, alarm.most) == ("hour", 12, 10)
    assert Notice.objects.filter(to_code="security_officer").count() == 1
    with pytest.raises(NotFound):
        guarding.mass_reading_for(staff.agent, alarm.pk)
    watching.explain_mass_reading(
        reading_id=alarm.pk, user=boss, explanation="月底对账，已核实。", by=by(boss), at=at
    )
    with pytest.raises(Refused):
        watching.explain_mass_reading(reading_id=alarm.pk, user=boss, explanation="再写", by=by(boss), at=at)
    kinds = [fact.kind for fact in facts_of(Subject("person", str(staff.agent.pk)))]
    assert kinds == ["person.mass_reading_noticed", "person.mass_reading_explained"]
    alarm.refresh_from_db()
    assert "对账" not in alarm.explanation


def test_nobody_explains_their_own_reading(staff, boss, crowd, at):
    watching.set_limits(limits={"an_hour": 5}, by=BY, at=at)
    look(boss, crowd, at)
    watching.watch(at)
    [alarm] = MassReading.objects.all()
    with pytest.raises(Denied):
        watching.explain_mass_reading(reading_id=alarm.pk, user=boss, explanation="无事", by=by(boss), at=at)


def test_reveals_and_downloads_have_limits_of_their_own(staff, crowd, at):
    watching.set_limits(limits={"reveals_a_day": 3, "downloads_a_day": 1}, by=BY, at=at)
    for customer in crowd[:4]:
        contact = customer.contacts.get()
        actions.reveal(contact=contact, fields=["phone"], purpose="contact", by=by(staff.agent), at=at)
    for n in range(2):
        record_access(
            by=by(staff.agent),
            subject=Subject("export", str(n)),
            what="download",
            purpose="audit",
            via="web",
            at=at,
        )
    watching.watch(at)
    assert {row.window: row.n for row in MassReading.objects.all()} == {"reveals": 4, "downloads": 2}


def test_the_usual_is_ones_own_and_the_trail_is_counted_once(staff, crowd, at):
    for days in range(2, 9):
        ReadingTally.objects.create(user=staff.agent, hour=at - days * DAY, files=4)
    assert guarding.usual_of(staff.agent.pk, at) == 4
    assert guarding.limit_of(200, 4, 5) == 30
    assert guarding.limit_of(200, 20, 5) == 100
    assert guarding.limit_of(200, 0, 5) == 200
    look(staff.agent, crowd[:3], at)
    assert watching.watch(at) == 3
    assert watching.watch(at) == 0
    tally = ReadingTally.objects.get(user=staff.agent, hour=at.replace(minute=0, second=0))
    assert (tally.files, tally.reveals, tally.downloads) == (3, 0, 0)


def test_limits_are_numbers_that_can_be_meant(at):
    with pytest.raises(Invalid):
        watching.set_limits(limits={"an_hour": 0}, by=BY, at=at)
    watching.set_limits(limits={"an_hour": 7}, by=BY, at=at)
    watching.set_limits(limits={"an_hour": 7}, by=BY, at=at)
    assert Fact.objects.filter(kind="installation.reading_limits_changed").count() == 1


def test_a_forgotten_cache_does_not_keep_access_open(staff, boss, files, at):
    grant = asked(staff.south_manager, files["secret"])
    user = fresh(staff.south_manager, at)
    assert not selectors.visible_to(user).filter(pk=files["secret"].pk).exists()
    granting.approve_access(grant=grant, user=boss, by=by(boss), at=at)
    forget(user)
    assert selectors.visible_to(user).filter(pk=files["secret"].pk).exists()
