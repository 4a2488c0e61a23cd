"""Personal data for those it concerns: identity by a one-use code, and never a word on whether somebody is on file."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import timedelta

import pytest
from django.test import Client

from keyue.channels import limits
from keyue.channels.webform import rights_visits
from keyue.customers import actions as customers
from keyue.customers.models import Contact
from keyue.kernel import clock
from keyue.ledger.actions import deliver
from keyue.ledger.facts import SYSTEM
from keyue.ledger.models import OutboxItem
from keyue.people.models import User
from keyue.privacy import actions
from keyue.privacy.models import Consent, IdentityCheck, Purpose, RightRequest
from keyue.privacy.sealed import code_of_check, code_of_request
from tests.apps.channels.conftest import Sender, text_of
from tests.journeys.world import World

pytestmark = pytest.mark.django_db
EMAIL, PHONE = "zhou@example.com", "13800006027"


@pytest.fixture
def own(world: World) -> Contact:
    customer = customers.create_customer(
        kind="person", name="周叙白", phone=PHONE, email=EMAIL, source="phone", legal_basis="consent",
        by=SYSTEM, at=clock.now(),
    )  # fmt: skip
    return customer.contacts.select_related("customer").get()


@pytest.fixture
def marketing(world: World) -> Purpose:
    return actions.create_purpose(
        code="marketing",
        name="活动与优惠通知",
        text="用邮箱给您发活动通知。",
        user=world.supervisor,
        at=clock.now(),
    )


def proven(own: Contact) -> Client:
    """A browser whose person has given the code."""
    client = Client()
    client.post("/rights/", {"typed": EMAIL})
    check = IdentityCheck.objects.order_by("-pk")[0]
    answer = client.post("/rights/code/", {"check": check.uid, "code": code_of_check(check.uid)})
    assert (answer.status_code, answer["Location"]) == (303, "/rights/mine/")
    return client


def same_but_for_tokens(html: str) -> str:
    return re.sub(r'value="[^"]*"|data-now="[^"]*"|"X-CSRFToken": "[^"]*"|nonce="[^"]*"', "", html)


# --- who somebody is ---


def test_known_and_unknown_get_the_same_page(own: Contact) -> None:
    pages = []
    for typed in (EMAIL, PHONE, "nobody@example.com", "13912345678", "周叙白", "…"):
        answer = Client().post("/rights/", {"typed": typed})
        assert answer.status_code == 200 and rights_visits.COOKIE not in answer.cookies
        pages.append(same_but_for_tokens(answer.content.decode()))
    assert len(set(pages)) == 1
    assert OutboxItem.objects.count() == 2


def test_wrong_codes_get_the_same_answer_whoever_it_is(own: Contact) -> None:
    said = set()
    for typed in (EMAIL, "nobody@example.com"):
        client = Client()
        client.post("/rights/", {"typed": typed})
        check = IdentityCheck.objects.order_by("-pk")[0]
        codes = ["222222"] + ([code_of_check(check.uid)] if typed != EMAIL else [])
        for code in codes:
            answer = client.post("/rights/code/", {"check": check.uid, "code": code})
            assert answer.status_code == 404 and rights_visits.COOKIE not in answer.cookies
            said.add(text_of(answer).count("验证码不对、已经用过，或者已经过期"))
    assert said == {1}


def test_the_code_goes_by_mail_to_the_address_on_file(own: Contact, mailbox) -> None:
    Client().post("/rights/", {"typed": PHONE})
    deliver(now=clock.now())
    [letter] = mailbox.to(EMAIL)
    check = IdentityCheck.objects.get()
    assert code_of_check(check.uid) in letter.text
    assert PHONE not in letter.text


def test_too_many_codes_for_one_number_are_not_sent_and_nothing_is_said(own: Contact) -> None:
    pages = {
        same_but_for_tokens(Client().post("/rights/", {"typed": EMAIL}).content.decode())
        for _turn in range(5)
    }
    assert len(pages) == 1
    assert OutboxItem.objects.count() == limits.RIGHTS_OF_SOMEBODY.most


def test_a_sender_is_slowed_down(own: Contact, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "keyue.channels.webform.views.rights.RIGHTS_OF_ADDRESS", limits.Limit("rights", 2, 600)
    )
    answers = [Client().post("/rights/", {"typed": f"13900000{n:03}"}) for n in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[2]["Retry-After"]) > 0


def test_without_a_code_or_half_an_hour_later_nothing_is_shown_or_done(
    own: Contact, marketing: Purpose, monkeypatch: pytest.MonkeyPatch
) -> None:
    consent = actions.give_consent(contact=own, purpose=marketing, via="call", by=SYSTEM, at=clock.now())
    stranger, client = Client(), proven(own)
    assert client.get("/rights/mine/").status_code == 200
    later = clock.now() + timedelta(minutes=31)
    monkeypatch.setattr(clock, "now", lambda: later)
    for browser in (stranger, client):
        assert browser.get("/rights/mine/")["Location"] == "/rights/"
        for what, data in (("withdraw", {"consent": consent.pk}), ("ask", {"right": "access"})):
            assert browser.post(f"/rights/mine/{what}/", data)["Location"] == "/rights/"
    consent.refresh_from_db()
    assert consent.withdrawn_at is None and not RightRequest.objects.exists()


def test_a_cookie_of_ones_own_making_opens_nothing(own: Contact) -> None:
    client = Client()
    client.cookies[rights_visits.COOKIE] = f'{{"c": [{own.pk}], "t": 9999999999}}:x'
    assert client.get("/rights/mine/")["Location"] == "/rights/"


# --- what they may do ---


def test_a_request_is_received_and_followed(own: Contact) -> None:
    client = proven(own)
    answer = client.post("/rights/mine/ask/", {"contact": own.pk, "right": "access", "what": ""})
    assert answer.status_code == 303
    request = RightRequest.objects.get()
    assert (request.via, request.identity, request.contact_id) == ("portal", "code", own.pk)
    page = text_of(client.get("/rights/mine/"))
    assert request.number in page and code_of_request(request.uid) in page and "待受理" in page


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"right": "correction", "what": ""}, "请写明要更正什么"),
        ({"right": ""}, "请选一项"),
        ({"right": "withdrawal"}, "请从选项中选一项"),
        ({"right": "access", "what": "长" * 2001}, "最多 2000 字"),
    ],
)
def test_what_is_missing_is_said_and_kept(own: Contact, data: dict[str, str], sentence: str) -> None:
    answer = proven(own).post("/rights/mine/ask/", {"contact": own.pk, **data})
    assert answer.status_code == 422 and sentence in text_of(answer)
    assert not RightRequest.objects.exists()


def test_nobody_asks_or_withdraws_for_somebody_else(own: Contact, marketing: Purpose) -> None:
    other = customers.create_customer(
        kind="person", name="许知远", phone="13700001111", email="xu@example.com", source="phone",
        legal_basis="consent", by=SYSTEM, at=clock.now(),
    ).contacts.select_related("customer").get()  # fmt: skip
    consent = actions.give_consent(contact=other, purpose=marketing, via="call", by=SYSTEM, at=clock.now())
    client = proven(own)
    assert client.post("/rights/mine/ask/", {"contact": other.pk, "right": "access"}).status_code == 422
    client.post("/rights/mine/withdraw/", {"consent": consent.pk})
    client.post("/rights/mine/agree/", {"contact": other.pk, "purpose": "marketing", "text": 1})
    consent.refresh_from_db()
    assert consent.withdrawn_at is None and Consent.objects.count() == 1
    assert not RightRequest.objects.exists()


def test_withdrawing_is_as_easy_as_agreeing(own: Contact, marketing: Purpose) -> None:
    client = proven(own)
    client.post("/rights/mine/agree/", {"contact": own.pk, "purpose": "marketing", "text": 1})
    consent = Consent.objects.get()
    assert (consent.given_via, consent.stands) == ("portal", True)
    client.post("/rights/mine/withdraw/", {"consent": consent.pk})
    consent.refresh_from_db()
    assert consent.withdrawn_via == "portal" and consent.stopped_at is not None
    client.post("/rights/mine/agree/", {"contact": own.pk, "purpose": "marketing", "text": 7})
    assert Consent.objects.count() == 1


def test_the_progress_page_withdraws_too(world: World, sender: Sender, marketing: Purpose) -> None:
    number, code = sender.receipt()
    contact = Contact.objects.select_related("customer").get()
    consent = actions.give_consent(contact=contact, purpose=marketing, via="call", by=SYSTEM, at=clock.now())
    assert "活动与优惠通知" in text_of(sender.follow(number, code))
    assert sender.act(number, "consent", consent=consent.pk + 1).status_code == 404
    assert sender.act(number, "consent", consent=consent.pk).status_code == 303
    consent.refresh_from_db()
    assert consent.withdrawn_via == "portal"
    assert (
        "活动与优惠通知"
        not in text_of(sender.client.get(f"/feedback/progress/{number}/")).split("已撤回")[-1][20:]
    )


# --- the package, and what is left after an erasure ---


def test_the_mail_leads_to_a_package_that_is_fetched_once(own: Contact, world: World, mailbox) -> None:
    proven(own).post("/rights/mine/ask/", {"contact": own.pk, "right": "copy", "what": ""})
    request = RightRequest.objects.get()
    user = User.objects.get(pk=world.supervisor.pk)
    actions.accept_request(request=request, user=user, at=clock.now())
    actions.hand_over(request=request, user=user, at=clock.now())
    deliver(now=clock.now())
    letter = next(one.text for one in mailbox.to(EMAIL) if "取资料" in one.text)
    path = re.search(r"/rights/package/[^\s]+", letter)
    assert path is not None
    client = Client()
    assert client.get(path[0]).status_code == 200, "whoever looks first does not use it up"
    answer = client.post(path[0])
    assert answer["Content-Type"] == "application/zip" and "no-store" in answer["Cache-Control"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as package:
        assert EMAIL in package.read("data.json").decode()
    assert client.post(path[0]).status_code == 404
    assert client.get("/rights/package/abc.def/").status_code == 404


def test_after_an_erasure_number_and_code_still_tell(own: Contact, world: World) -> None:
    client = proven(own)
    client.post("/rights/mine/ask/", {"contact": own.pk, "right": "deletion", "what": ""})
    request = RightRequest.objects.get()
    user = User.objects.get(pk=world.supervisor.pk)
    actions.accept_request(request=request, user=user, at=clock.now())
    actions.erase_and_answer(request=request, user=user, at=clock.now())
    assert client.get("/rights/mine/")["Location"] == "/rights/"
    values = {"number": request.number, "code": code_of_request(request.uid)}
    answer = Client().post("/rights/status/", values)
    assert answer.status_code == 200 and "已删除，无法恢复" in text_of(answer)
    wrong = [
        Client().post("/rights/status/", {**values, "code": "22222222"}),
        Client().post("/rights/status/", {**values, "number": "QY-99999"}),
    ]
    assert {answer.status_code for answer in wrong} == {404}
    assert len({text_of(answer).split("办")[0].count("编号或查询码不对") for answer in wrong}) == 1
