"""The pages for staff: the queue, a request with its steps, consents, holds, retention."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from keyue.ledger.models import AccessEntry, Fact
from keyue.privacy import actions
from keyue.privacy.models import Consent, LegalHold, PurposeText, RetentionCandidate, RightRequest

from .conftest import AT, BY, PNG


@pytest.fixture
def browser(staff):
    def of(user):
        client = Client()
        client.force_login(user)
        return client

    return of


def text_of(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_the_queue_shows_steps_and_filters(browser, staff, ask):
    first, second = ask("access"), ask("deletion")
    actions.accept_request(request=second, user=staff.officer, at=AT)
    client = browser(staff.officer)
    page = text_of(client.get("/privacy/"))
    assert first.number in page and second.number in page and "2 件还没有答复" in page
    page = text_of(client.get("/privacy/?step=accepted"))
    assert first.number not in page and second.number in page
    assert "没有符合条件的请求" in text_of(client.get("/privacy/?step=answered"))
    assert client.get("/privacy/?after=nowhere").status_code == 422
    assert browser(staff.agent).get("/privacy/").status_code == 403


def test_an_empty_queue_says_where_requests_come_from(browser, staff):
    assert "打开公众网页的入口" in text_of(browser(staff.officer).get("/privacy/"))


def test_staff_enter_a_request_and_it_goes_to_its_answer(browser, staff, person, own):
    agent, officer = browser(staff.agent), browser(staff.officer)
    url = f"/privacy/customers/{person.number}/requests/"
    values = {"contact": own.pk, "right": "correction", "via": "call", "person": "self", "what": "换了号码"}
    assert agent.get(url).status_code == 200
    assert "请选择要求什么" in text_of(agent.post(url, {**values, "right": ""}))
    answer = agent.post(url, values)
    request = RightRequest.objects.get()
    assert answer["Location"] == f"/privacy/requests/{request.pk}/"
    page = f"/privacy/requests/{request.pk}/"
    assert "换了号码" in text_of(agent.get(page))
    assert agent.post(page + "accept/", {"identity": ""}).status_code == 422
    assert agent.post(page + "accept/", {"identity": "callback"}).status_code == 303
    assert agent.post(page + "correct/", {"phone": "13900000001"}).status_code == 403
    assert officer.post(page + "correct/", {"phone": "1"}).status_code == 422
    assert officer.post(page + "correct/", {"phone": "13900000001"}).status_code == 303
    assert "已按您的请求更正" in text_of(officer.get(page))
    assert officer.post(page + "nonsense/").status_code == 404


def test_a_refusal_is_approved_by_another(browser, staff, ask):
    request = actions.accept_request(request=ask("explanation"), user=staff.officer, at=AT)
    page = f"/privacy/requests/{request.pk}/"
    officer, supervisor = browser(staff.officer), browser(staff.supervisor)
    values = {"outcome": "refused", "ground": "secrecy", "answer": "涉及商业秘密。"}
    assert officer.post(page + "answer/", {**values, "ground": ""}).status_code == 422
    assert officer.post(page + "answer/", values).status_code == 303
    assert "答复是您拟的" in text_of(officer.get(page))
    assert officer.post(page + "approve/").status_code == 403
    assert supervisor.post(page + "return/", {"why": ""}).status_code == 422
    assert supervisor.post(page + "approve/").status_code == 303
    assert RightRequest.objects.get().approved_by_id == staff.supervisor.pk
    assert "不予办理" in text_of(supervisor.get(page))


def test_an_erasure_says_why_it_must_wait(browser, staff, ask, person):
    request = actions.accept_request(request=ask("deletion"), user=staff.officer, at=AT)
    hold = actions.place_hold(customer=person, why="诉讼", user=staff.officer, at=AT)
    client, page = browser(staff.officer), f"/privacy/requests/{request.pk}/"
    assert "处于法律保全" in text_of(client.get(page))
    assert client.post(page + "erase/", {}).status_code == 422
    refused = client.post(page + "erase/", {"sure": "on"})
    assert refused.status_code == 409 and "处于法律保全" in text_of(refused)
    actions.release_hold(hold=hold, why="已结案", user=staff.officer, at=AT)
    assert client.post(page + "erase/", {"sure": "on"}).status_code == 303
    person.refresh_from_db()
    assert person.is_erased
    assert "已随个人信息删除" in text_of(client.get(page))


def test_purposes_are_published_in_versions(browser, staff):
    client = browser(staff.officer)
    values = {"name": "活动通知", "code": "events", "text": "发活动通知。"}
    assert client.post("/privacy/consents/", {**values, "code": "大写"}).status_code == 422
    assert client.post("/privacy/consents/", values)["Location"] == "/privacy/purposes/events/"
    again = client.post("/privacy/consents/", values)
    assert again.status_code == 422 and "已经有了" in text_of(again)
    page = "/privacy/purposes/events/"
    assert client.post(page, {"text": "发活动通知。", "read": 1}).status_code == 422
    assert (
        client.post(page, {"text": "发活动和优惠通知。", "read": 1, "is_renewing": "on"}).status_code == 303
    )
    late = client.post(page, {"text": "第三种说法。", "read": 1})
    assert late.status_code == 422 and "别人刚发布了新版本" in text_of(late)
    assert PurposeText.objects.count() == 2
    assert client.post(page + "retire/").status_code == 303
    assert "不再征求同意" in text_of(client.get(page))
    assert "已停用" in text_of(client.get("/privacy/consents/"))


def test_consents_are_entered_and_withdrawn_on_the_customers_page(browser, staff, marketing, person, own):
    client, page = browser(staff.agent), f"/privacy/customers/{person.number}/"
    values = {"contact": own.pk, "purpose": "marketing", "via": "paper"}
    assert client.post(page, values).status_code == 422
    paper = SimpleUploadedFile("同意书.png", PNG, content_type="image/png")
    assert client.post(page, {**values, "paper": paper}).status_code == 303
    consent = Consent.objects.get()
    assert "活动与优惠通知" in text_of(client.get(page))
    file = client.post(f"/privacy/proofs/{consent.proof_id}/")
    assert b"".join(file.streaming_content) == PNG
    assert AccessEntry.objects.filter(what=f"proof/{consent.proof_id}").count() == 1
    assert client.post(f"/privacy/consents/{consent.pk}/withdraw/", {}).status_code == 303
    consent.refresh_from_db()
    assert consent.withdrawn_at is None
    client.post(f"/privacy/consents/{consent.pk}/withdraw/", {"via": "call"})
    consent.refresh_from_db()
    assert consent.withdrawn_via == "call"
    assert client.post(f"/privacy/consents/{consent.pk}/nonsense/").status_code == 404


def test_holds_and_restriction_stand_on_the_customers_page(browser, staff, person):
    page = f"/privacy/customers/{person.number}/"
    officer, agent = browser(staff.officer), browser(staff.agent)
    assert agent.post(page + "hold/", {"why": "诉讼"}).status_code == 403
    assert officer.post(page + "hold/", {"why": ""}).status_code == 422
    assert officer.post(page + "hold/", {"why": "（2026）浙01民初18号"}).status_code == 303
    hold = LegalHold.objects.get()
    assert "民初18号" in text_of(officer.get(page)) and "民初18号" not in text_of(agent.get(page))
    assert "民初18号" in text_of(officer.get("/privacy/retention/"))
    officer.post(f"/privacy/holds/{hold.pk}/release/", {"why": ""})
    hold.refresh_from_db()
    assert hold.released_at is None
    officer.post(f"/privacy/holds/{hold.pk}/release/", {"why": "已结案"})
    assert "已解除" in text_of(officer.get(page))
    assert officer.post(page + "restrict/", {"reason": ""}).status_code == 422
    assert officer.post(page + "restrict/", {"reason": "legal_term"}).status_code == 303
    assert "只保存、不再使用" in text_of(officer.get(page))


def test_whose_time_is_over_is_listed_and_decided(browser, staff, person, go_to):
    client = browser(staff.officer)
    rule = {"name": "三年", "kind": "without_dealings", "years": 3, "ground": "个保法十九条"}
    assert browser(staff.supervisor).post("/privacy/retention/", rule).status_code == 403
    assert client.post("/privacy/retention/", {**rule, "years": 0}).status_code == 422
    assert client.post("/privacy/retention/", rule).status_code == 303
    now = go_to(datetime(2030, 4, 1, tzinfo=UTC))
    client = browser(staff.officer)
    actions.look_on(now=now)
    candidate = RetentionCandidate.objects.get()
    assert person.number in text_of(client.get("/privacy/retention/"))
    page = f"/privacy/retention/{candidate.pk}/"
    assert client.post(page, {"decision": "keep", "said": "保修"}).status_code == 422
    assert client.post(page, {"decision": "restrict", "said": "法定期限未满"}).status_code == 303
    assert "没有到期的客户" in text_of(client.get("/privacy/retention/"))
    assert "已决定：只保存，不再使用" in text_of(client.get(page))
    rule_pk = candidate.rule_id
    assert client.post(f"/privacy/retention/rules/{rule_pk}/end/").status_code == 303


def test_the_customers_page_says_how_things_stand(browser, staff, marketing, person, own):
    from django.test import RequestFactory

    from keyue.privacy import customer_section

    actions.give_consent(contact=own, purpose=marketing, via="call", by=BY, at=AT)
    request = RequestFactory().get("/")
    request.at = AT
    request.user = staff.officer
    assert "活动与优惠通知" in customer_section.render(request, person)
    request.user = staff.worker
    said = customer_section.render(request, person)
    assert f"/privacy/customers/{person.number}/disclose/" in said and "同意" not in said


def test_pages_cost_no_more_for_more_rows(browser, staff, ask, own, marketing, django_assert_max_num_queries):
    client = browser(staff.officer)
    ask("access")
    client.get("/privacy/")
    for _turn in range(6):
        ask("access")
    with django_assert_max_num_queries(30):
        client.get("/privacy/")
    with django_assert_max_num_queries(30):
        client.get(f"/privacy/customers/{own.customer.number}/")


def test_the_end_of_a_purpose_is_noted_and_says_what_must_go(browser, staff, person):
    actions.create_purpose(
        code="party", name="客户沙龙邀请", text="目的、方式和期限。", user=staff.officer, at=AT
    )
    officer = browser(staff.officer)
    url, page = f"/privacy/customers/{person.number}/end-purpose/", f"/privacy/customers/{person.number}/"
    assert "目的已实现" in text_of(officer.get(page))
    assert officer.post(url, {"purpose": ""}).status_code == 422
    assert officer.post(url, {"purpose": "party"})["Location"] == page
    assert Fact.objects.get(kind="customer.purpose_ended").data["purpose"] == "party"
    said = text_of(officer.get(page))
    assert "客户沙龙邀请" in said and "都要删除" in said
    assert browser(staff.agent).post(url, {"purpose": "party"}).status_code == 403
