"""A customer asks on the portal to be deleted while a legal hold stands; it is lifted, the data goes, the chain is whole.

个人信息保护法 articles 47 and 50; the privacy pack's own promises are kept throughout.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from keyue.customers import actions as customers
from keyue.kernel import clock
from keyue.kernel.errors import Refused
from keyue.ledger.facts import SYSTEM
from keyue.ledger.models import Fact
from keyue.ledger.sealing import sealed_values
from keyue.people import actions as people
from keyue.people.models import User
from keyue.privacy import actions, selectors
from keyue.privacy.models import IdentityCheck, RightRequest
from keyue.privacy.sealed import code_of_check, code_of_request
from keyue.promises.models import Promise
from keyue.regulations.actions import adopt_pack
from tests.journeys.world import browser_of, found
from tests.support.databases import FreshDatabase

RULED = {
    "request_accepted.within": "3 working days",
    "deleted_on_request.within": "15 working days",
    "use_stopped.within": "PT24H",
}


def hire_officer() -> User:
    at = clock.now()
    made = people.create_staff(
        username="officer", name="支若兰", must_change_password=False, by=SYSTEM, at=at
    )
    people.grant_role(user=made, role="privacy_officer", by=SYSTEM, at=at)
    return User.objects.get(pk=made.pk)


def ask_on_the_portal(email: str) -> RightRequest:
    client = Client()
    client.post("/rights/", {"typed": email})
    check = IdentityCheck.objects.get()
    client.post("/rights/code/", {"check": check.uid, "code": code_of_check(check.uid)})
    contact = check.contacts[0]
    client.post("/rights/mine/ask/", {"contact": contact, "right": "deletion", "what": "请全部删除"})
    return RightRequest.objects.get()


def test_deletion_waits_for_the_hold_and_the_chain_stays_whole(
    fresh_database: FreshDatabase, keyue, monkeypatch: pytest.MonkeyPatch
) -> None:
    today = clock.now()
    begins, lifted = today - timedelta(days=5), today - timedelta(days=3)
    monkeypatch.setattr(clock, "now", lambda: begins)
    found()
    officer = hire_officer()
    adopt_pack(pack="privacy", answers=RULED, effective_from=begins, by=SYSTEM, at=begins)
    person = customers.create_customer(
        kind="person", name="周叙白", phone="13812346027", email="zhou@example.com", source="phone",
        legal_basis="consent", by=SYSTEM, at=clock.now(),
    )  # fmt: skip
    hold = actions.place_hold(customer=person, why="（2026）浙01民初18号", user=officer, at=clock.now())
    request = ask_on_the_portal("zhou@example.com")
    browser = browser_of(officer)
    page = f"/privacy/requests/{request.pk}/"
    browser.post(page + "accept/")
    assert browser.post(page + "erase/", {"sure": "on"}).status_code == 409
    with pytest.raises(Refused, match="法律保全"):
        customers.erase(customer=person, reason="requested", by=SYSTEM, at=clock.now())
    monkeypatch.setattr(clock, "now", lambda: lifted)
    browser = browser_of(officer)
    browser.post(f"/privacy/holds/{hold.pk}/release/", {"why": "已结案"})
    assert browser.post(page + "erase/", {"sure": "on"}).status_code == 303
    states = dict(Promise.objects.filter(triggered_by=request.uid).values_list("control", "state"))
    assert states == {"request_logged": "met", "request_accepted": "met", "deleted_on_request": "met"}
    facts = Fact.objects.filter(stream__kind="customer", stream__ref=str(person.pk))
    assert all(text is None for values in sealed_values(facts) for text in values.values())
    assert selectors.contacts_known_by("zhou@example.com") == []
    followed = Client().post(
        "/rights/status/", {"number": request.number, "code": code_of_request(request.uid)}
    )
    assert "已删除，无法恢复" in followed.content.decode()
    monkeypatch.setattr(clock, "now", lambda: today)
    verified = keyue("verify", environment=fresh_database.environment)
    assert verified.returncode == 0, verified.stdout + verified.stderr
