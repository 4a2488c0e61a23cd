"""The page of a case in use: its title, what is being written, the contact, others at work, the way to the newest."""

from __future__ import annotations

from datetime import timedelta

from playwright.sync_api import Page, expect

from keyue.cases.models import Case
from keyue.people.models import User
from keyue.promises.models import Promise
from tests.browser.conftest import Company
from tests.support.browser import check_page
from tests.support.case_page import begin_from_menu, finish, refuse, step

HOUR = timedelta(hours=1)


def case_at(company: Company, user: User, case: Case, **options: object) -> Page:
    return company.open(user, f"/cases/{case.number}/", **options)


def test_the_title_is_changed_in_place_and_nobodys_title_is_written_over(company):
    world = company.world
    case = company.complaint("产水浊度超标", ago=1 * HOUR)
    page = case_at(company, world.agent, case)
    page.get_by_label("更多操作").click()
    page.locator("#head .title .menu").get_by_text("改主题").click()
    box = page.locator("#title input[name=title]")
    expect(box).to_be_focused()
    box.fill("膜组产水浊度超标")
    other = case_at(company, world.supervisor, case)
    other.locator("#title").focus()
    other.keyboard.press("Enter")
    other.locator("#title input[name=title]").fill("二期产水浊度超标")
    other.keyboard.press("Enter")
    expect(other.locator("h1")).to_have_text("二期产水浊度超标")
    box.press("Enter")
    expect(page.locator("#title [role=alert]")).to_contain_text("现在的主题是「二期产水浊度超标」")
    expect(box).to_have_value("膜组产水浊度超标")
    box.press("Enter")
    expect(page.locator("h1")).to_have_text("膜组产水浊度超标")
    expect(other.locator("#tab")).to_contain_text("林知夏 把主题改为「膜组产水浊度超标」")
    page.locator("#title").click()
    box.fill("")
    page.wait_for_timeout(100)  # as fast as a hand: the form is alive a moment after it is there
    page.keyboard.press("Escape")
    expect(page.locator("h1")).to_have_text("膜组产水浊度超标")


def test_what_is_written_outlives_an_act_and_a_wrong_file_loses_no_word(company):
    case = company.assigned(company.complaint("产水浊度超标", ago=2 * HOUR), ago=1 * HOUR)
    page = case_at(company, company.world.agent, case)
    page.locator(".composer").get_by_text("内部备注").click()
    page.locator("#say_body").fill("写了一半的备注")
    dialog = begin_from_menu(page, "上报紧急")
    page.keyboard.press("Escape")
    # the focus is back where the dialog came from
    expect(page.locator("#head .title summary")).to_be_focused()
    dialog = begin_from_menu(page, "上报紧急")
    dialog.get_by_label("内容").fill("客户是医院")
    finish(page, dialog, "上报紧急")
    expect(page.locator("#toasts")).to_contain_text("已上报")
    expect(page.locator("#say_body")).to_have_value("写了一半的备注")
    expect(page.locator(".composer [name=via][value=note]")).to_be_checked()

    page.locator(".composer").get_by_text("进度页留言").click()
    files = page.locator(".composer input[type=file]")
    files.set_input_files([{"name": "照片.jpg", "mimeType": "image/jpeg", "buffer": b"MZ\x90 no picture"}])
    page.get_by_role("button", name="发送").click()
    expect(page.locator(".composer [role=alert]")).to_contain_text("「照片.jpg」的内容与扩展名不符")
    expect(page.locator(".composer [role=alert]")).to_contain_text("请重新选择")
    expect(page.locator("#say_body")).to_have_value("写了一半的备注")
    files.set_input_files([{"name": "说明.txt", "mimeType": "text/plain", "buffer": "说明".encode()}])
    page.get_by_role("button", name="发送").click()
    expect(page.locator("#tab .msg.out").last).to_contain_text("说明.txt")
    page.reload()
    expect(page.locator("#say_body")).to_have_value("")


def test_the_contact_is_shown_for_a_purpose_and_covered_for_who_may_not(company):
    world = company.world
    case = company.assigned(company.complaint("产水浊度超标", ago=2 * HOUR), ago=1 * HOUR)
    page = case_at(company, world.agent, case)
    expect(page.locator("#head")).to_contain_text("138****1000")
    page.locator("#head").get_by_text("查看（留痕）").click()
    page.locator("#head").get_by_role("button", name="联系客户").click()
    expect(page.locator("#head")).to_contain_text("138 0000 1000")
    expect(page.locator("#head")).to_contain_text("已记录本次查看")
    other = case_at(company, world.engineer, case)
    expect(other.locator("#head")).to_contain_text("138****1000")
    expect(other.get_by_text("查看（留痕）")).to_have_count(0)


def test_somebody_elses_act_is_shown_before_ones_own_goes_over_it(company):
    world = company.world
    case = company.assigned(company.complaint("产水浊度反复超标", ago=3 * HOUR), ago=2 * HOUR)
    page = case_at(company, world.supervisor, case)
    dialog = begin_from_menu(page, "改级别")
    dialog.get_by_label("级别").select_option("major")
    dialog.get_by_label("理由").fill("客户是医院")
    company.act(world.engineer, case, "file_plan", body="更换膜元件")
    with page.expect_response(lambda answer: answer.status == 409):
        dialog.locator("footer .pri").click()
    expect(dialog.get_by_role("alert")).to_contain_text("陈砚：提交处理方案")
    expect(dialog.get_by_label("级别")).to_have_value("major")
    expect(dialog.get_by_label("理由")).to_have_value("客户是医院")
    assert Case.objects.get(pk=case.pk).level == "serious"
    finish(page, dialog, "改级别")
    assert Case.objects.get(pk=case.pk).level == "major"


def test_the_newest_is_in_view_and_a_link_leads_to_its_entry(company):
    world = company.world
    case = company.assigned(company.complaint("产水浊度反复超标", ago=3 * HOUR), ago=2 * HOUR)
    for n in range(12):
        company.act(world.agent, case, "note", ago=(12 - n) * HOUR / 10, text=f"第 {n} 条备注，写得长一些")
    page = case_at(company, world.agent, case)
    expect(page.locator("#tab .msg").last).to_be_in_viewport()
    expect(page.locator("#tab .msg").first).not_to_be_in_viewport()
    key = page.locator("#tab .msg").first.get_attribute("id")
    page = case_at(company, world.agent, case)
    page.goto(f"{company.server.url}/cases/{case.number}/?tab=talk#{key}")
    expect(page.locator("#tab .msg").first).to_be_in_viewport()
    phone = case_at(company, world.agent, case, phone=True)
    expect(phone.locator("h1")).to_be_in_viewport()
    phone.get_by_role("link", name="跳到最新往来").click()
    expect(phone.locator("#tab .msg").last).to_be_in_viewport()
    page.emulate_media(media="print")
    for entry in (page.locator("#tab .msg").first, page.locator("#tab .msg").last):
        box = entry.bounding_box()
        assert box is not None and box["height"] > 0
    assert page.locator("#tab").evaluate("e => e.scrollHeight <= e.clientHeight + 1"), "all of it is printed"


def test_an_act_in_english_on_a_telephone(company):
    world = company.world
    case = company.assigned(company.complaint("产水浊度反复超标", ago=3 * HOUR), ago=2 * HOUR)
    page = case_at(company, world.supervisor, case, phone=True, language="en-US")
    check_page(page)
    page.get_by_label("More actions").click()
    page.locator("#head .title .menu").get_by_text("Change level", exact=True).click()
    dialog = page.locator("#dialog[open]")
    refuse(dialog, "reason", "Please fill in: Reason.")
    dialog.get_by_label("Level").select_option("major")
    dialog.get_by_label("Reason").fill("The customer is a hospital")
    finish(page, dialog, "Change level")
    expect(step(page, "解决")).to_contain_text("limit 24 hours")
    expect(page.locator("#tab")).to_contain_text("许南乔 Level changed to Critical")
    assert Promise.objects.filter(subject_id=case.pk, control="meeting", is_open=True).exists()
