"""Rights about personal data: somebody asks on a telephone, staff answer at a desk."""

from __future__ import annotations

from datetime import timedelta

from playwright.sync_api import Page, expect

from keyue.customers import actions as customers
from keyue.kernel import clock
from keyue.ledger.facts import SYSTEM
from keyue.people import actions as people
from keyue.people.models import User
from keyue.privacy import actions
from keyue.privacy.models import IdentityCheck, RightRequest
from keyue.privacy.sealed import code_of_check, code_of_request
from tests.browser.conftest import Company
from tests.support.browser import check_page, check_reading

WIDTHS = (390, 1100, 1440)
LONG = "用手机号、邮箱和微信给您发活动、优惠、新品和满意度调查的通知，保存到您撤回为止。" * 6


def officer_of(company: Company) -> User:
    made = people.create_staff(
        username="officer", name="支若兰", must_change_password=False, by=SYSTEM, at=clock.now()
    )
    people.grant_role(user=made, role="privacy_officer", by=SYSTEM, at=clock.now())
    return User.objects.get(pk=made.pk)


def test_somebody_asks_on_a_telephone_and_is_answered_at_a_desk(company: Company) -> None:
    officer = officer_of(company)
    at = clock.now() - timedelta(hours=1)
    with clock.telling(at):
        person = customers.create_customer(
            kind="person", name="周叙白", phone="13812346027", email="zhou@example.com", source="phone",
            legal_basis="consent", by=SYSTEM, at=at,
        )  # fmt: skip
        own = person.contacts.select_related("customer").get()
        purpose = actions.create_purpose(
            code="marketing", name="活动、优惠与新品通知（含满意度调查）", text=LONG, user=officer, at=at
        )
        actions.give_consent(contact=own, purpose=purpose, via="call", by=SYSTEM, at=at)
    page = company.open_page(phone=True)
    page.goto(company.server.url + "/rights/")
    check_page(page, widths=WIDTHS)
    check_reading(page)
    page.get_by_label("您登记过的手机号或邮箱").fill("13812346027")
    page.get_by_role("button", name="发送验证码").click()
    expect(page.get_by_role("heading", name="填写验证码")).to_be_visible()
    check_page(page, widths=WIDTHS)
    _prove(page)
    page.wait_for_url("**/rights/mine/")
    _ask_for_deletion(page)
    request = RightRequest.objects.get()
    actions.place_hold(customer=person, why="诉讼", user=officer, at=clock.now())
    _answer_at_the_desk(company, officer, request)
    page.goto(company.server.url + "/rights/status/")
    page.get_by_label("编号").fill(request.number)
    page.get_by_label("查询码").fill(code_of_request(request.uid))
    page.get_by_role("button", name="查看结果").click()
    expect(page.locator("main")).to_contain_text("您的个人信息已删除，无法恢复。")
    check_page(page, widths=WIDTHS)


def _prove(page: Page) -> None:
    """A wrong code first, then the one that was sent."""
    check = IdentityCheck.objects.get()
    page.get_by_label("验证码").fill("222222")
    page.get_by_role("button", name="核验").click()
    expect(page.locator(".err")).to_contain_text("验证码不对")
    page.get_by_label("验证码").fill(code_of_check(check.uid))
    page.get_by_role("button", name="核验").click()


def _ask_for_deletion(page: Page) -> None:
    """On the page of one's own: withdraw a consent, then ask for everything to be deleted."""
    check_page(page, widths=WIDTHS)
    check_reading(page)
    page.get_by_role("button", name="撤回同意：活动").click()
    expect(page.locator("#toasts")).to_contain_text("已撤回")
    page.locator("label:has(input[value=deletion])").click()
    page.get_by_role("button", name="提交请求").click()
    expect(page.locator("#requests")).to_contain_text("QY-")


def _answer_at_the_desk(company: Company, officer: User, request: RightRequest) -> None:
    """The deletion is refused while the hold stands, and done once it is lifted."""
    desk = company.open(officer, "/privacy/")
    check_page(desk, widths=WIDTHS)
    check_reading(desk)
    desk.get_by_role("link", name="删除", exact=True).click()
    check_page(desk, widths=WIDTHS)
    check_reading(desk)
    desk.get_by_role("button", name="受理", exact=True).click()
    desk.get_by_label("我知道删除后无法恢复").check()
    desk.get_by_role("button", name="删除并答复").click()
    expect(desk.get_by_role("alert").first).to_contain_text("法律保全")
    desk.goto(company.server.url + f"/privacy/customers/{request.customer.number}/")
    check_page(desk, widths=WIDTHS)
    check_reading(desk)
    desk.get_by_text("解除保全").first.click()
    desk.locator("[name=why]").first.fill("已结案")
    desk.get_by_role("button", name="解除保全").click()
    expect(desk.locator("#toasts")).to_contain_text("保全已解除")
    desk.goto(company.server.url + f"/privacy/requests/{request.pk}/")
    desk.get_by_label("我知道删除后无法恢复").check()
    desk.get_by_role("button", name="删除并答复").click()
    expect(desk.locator("#toasts")).to_contain_text("密钥已销毁")


def test_texts_rules_and_what_is_still_empty(company: Company) -> None:
    officer = officer_of(company)
    desk = company.open(officer, "/privacy/consents/")
    check_page(desk, widths=WIDTHS)
    desk.get_by_label("处理目的").fill("活动通知")
    desk.get_by_label("代码").fill("Events")
    desk.get_by_label("同意文本").fill(LONG)
    desk.get_by_role("button", name="发布第 1 版").click()
    expect(desk.locator(".err")).to_contain_text("小写字母")
    expect(desk.get_by_label("同意文本")).to_have_value(LONG)
    desk.get_by_label("代码").fill("events")
    desk.get_by_role("button", name="发布第 1 版").click()
    desk.wait_for_url("**/privacy/purposes/events/")
    check_page(desk, widths=WIDTHS)
    check_reading(desk)
    desk.goto(company.server.url + "/privacy/retention/")
    check_page(desk, widths=WIDTHS)
    check_reading(desk)
    desk.get_by_label("名称").fill("历史客户三年")
    desk.get_by_label("对象").select_option("past")
    desk.get_by_label("保存年限").fill("3")
    desk.get_by_label("法律依据").fill("个人信息保护法第十九条")
    desk.get_by_role("button", name="新增规则").click()
    expect(desk.locator("#rules")).to_contain_text("历史客户三年")
