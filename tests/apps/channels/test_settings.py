"""The words of the portal: written by an administrator, previewed, published, and every version kept."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from keyue.cases.models import Case
from keyue.channels.models import ConsentText
from keyue.company.models import Installation
from keyue.kernel import clock
from keyue.ledger.facts import SYSTEM
from keyue.ledger.models import Fact
from keyue.people import actions as people
from keyue.people.models import User
from tests.apps.channels.conftest import Sender, form
from tests.journeys.world import World, install

SETTINGS = "/settings/portal/"
WORDS = {
    "service_phone": "400-000-0001",
    "consent_text": "同意。",
    "privacy_notice": "只用来办理。\r\n不作他用。",
}


@pytest.fixture
def company(world: World) -> Installation:
    return install(service_phone="400-000-0000", privacy_notice="我们只用来办理。")


@pytest.fixture
def administrator(company: Installation) -> Client:
    at = clock.now()
    user = people.create_staff(username="sys", name="秦系安", by=SYSTEM, at=at)
    people.grant_role(user=user, role="system_administrator", by=SYSTEM, at=at)
    User.objects.update(must_change_password=False)
    client = Client()
    client.force_login(User.objects.get(pk=user.pk))
    return client


def revision(client: Client) -> str:
    found = re.search(r'name="revision" value="([0-9a-f]+)"', client.get(SETTINGS).content.decode())
    assert found
    return found[1]


def publish(client: Client, **changed: str):
    said = {**WORDS, "revision": revision(client), "act": "publish", **changed}
    return client.post(SETTINGS, said)


def test_a_preview_shows_the_words_and_changes_nothing(administrator, company):
    page = administrator.post(SETTINGS, {**WORDS, "revision": revision(administrator), "act": "preview"})
    text = page.content.decode()
    assert page.status_code == 200 and "还没有发布" in text and "<p>不作他用。</p>" in text
    assert 'value="400-000-0001"' in text, "what was typed stays"
    company.refresh_from_db()
    assert company.privacy_notice == "我们只用来办理。" and not ConsentText.objects.exists()


def test_what_is_published_is_what_customers_read_and_agree_to(administrator, company, sender: Sender):
    assert publish(administrator).headers["Location"] == SETTINGS
    version = ConsentText.objects.get(published_at__isnull=False).version
    portal = sender.client.get("/feedback/").content.decode()
    assert "同意，见" in portal and "400-000-0001" in portal
    notice = sender.client.get("/feedback/privacy/").content.decode()
    assert "不作他用。" in notice and version in notice
    sender.receipt()
    assert Case.objects.get().consent_version == version
    fact = Fact.objects.get(kind="company.changed")
    assert set(fact.data["fields"]) == {"service_phone", "consent_text", "privacy_notice"}
    assert "不作他用" not in str(fact.data)


def test_the_case_keeps_the_version_that_was_shown_when_the_form_was_opened(
    administrator, sender: Sender, world
):
    shown = sender.client.get("/feedback/").content.decode()
    found = re.search(r'name="notice" value="([^"]+)"', shown)
    assert found
    publish(administrator)
    sent = form(notice=found[1])
    assert sender.client.post("/feedback/", sent).status_code == 200
    case = Case.objects.get()
    assert case.consent_version == found[1]
    old = sender.client.get(reverse("channels:privacy_version", args=[found[1]])).content.decode()
    assert "我们只用来办理。" in old and "这是以前的版本" in old
    staff = Client()
    staff.force_login(world.agent)
    page = staff.get(f"/cases/{case.number}/").content.decode()
    assert f'href="{reverse("channels:privacy_version", args=[found[1]])}"' in page


def test_a_version_that_nobody_published_is_none(sender: Sender, company):
    assert sender.client.get(reverse("channels:privacy_version", args=["c0ffee"])).status_code == 404
    sender.client.post("/feedback/", form(notice="c0ffee"))
    assert Case.objects.get().consent_version != "c0ffee"


def test_a_case_that_came_by_telephone_names_the_built_in_notice(sender: Sender, company):
    page = sender.client.get(reverse("channels:privacy_version", args=["1"]))
    assert page.status_code == 200 and "只用来办理这一次反馈" in page.content.decode()


def test_every_version_stays_and_is_listed_with_who_published_it(administrator, company):
    publish(administrator)
    publish(administrator, privacy_notice="第三版。")
    assert ConsentText.objects.count() == 3
    page = administrator.get(SETTINGS).content.decode()
    assert page.count("秦系安") >= 2 and page.count("现在</span>") == 1
    # back to the words of before: the same version, published anew
    publish(administrator)
    assert ConsentText.objects.count() == 3
    newest = administrator.get(SETTINGS).content.decode()
    assert ConsentText.objects.get(text__contains="不作他用").version in newest.split("<tbody>")[1][:400]


def test_of_two_at_once_the_second_is_told_and_loses_nothing(administrator, company):
    before = revision(administrator)
    publish(administrator)
    late = administrator.post(
        SETTINGS, {**WORDS, "privacy_notice": "另一个人的。", "revision": before, "act": "publish"}
    )
    text = late.content.decode()
    assert late.status_code == 409
    assert "刚被别人改过" in text and "另一个人的。" in text and "不作他用。" in text
    company.refresh_from_db()
    assert "另一个人的" not in company.privacy_notice
    again = re.search(r'name="revision" value="([0-9a-f]+)"', text)
    assert again
    said = {**WORDS, "privacy_notice": "另一个人的。", "revision": again[1], "act": "publish"}
    assert administrator.post(SETTINGS, said).status_code == 303


@pytest.mark.parametrize(("field", "value"), [("consent_text", "长" * 201), ("service_phone", "1" * 41)])
def test_what_is_too_long_is_said_beside_its_field(administrator, field, value):
    refused = publish(administrator, **{field: value})
    assert refused.status_code == 422 and f'id="id_{field}_error"' in refused.content.decode()


def test_only_who_may_change_settings_does(company, world: World):
    other = Client()
    other.force_login(world.supervisor)
    assert other.get(SETTINGS).status_code == 403
    assert other.post(SETTINGS, WORDS).status_code == 403


def test_another_service_phone_is_another_version_of_the_built_in_notice(administrator, company):
    publish(administrator, consent_text="", privacy_notice="")
    publish(administrator, consent_text="", privacy_notice="", service_phone="")
    assert {row.version[:1] for row in ConsentText.objects.all()} == {"c", "1"}
    assert ConsentText.objects.filter(version__startswith="1").count() == 2
