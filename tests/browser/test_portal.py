"""The portal as people use it: on a telephone, with and without scripts, and inside a page of somebody else."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from keyue.cases.actions.intake import Intake
from keyue.cases.acts import perform
from keyue.cases.models import Attachment, Case
from keyue.channels.webform.actions import submit as submit_form
from keyue.channels.webform.guard import Token
from keyue.channels.webform.notice import notice_of
from keyue.kernel import clock
from keyue.ledger.facts import Actor
from keyue.promises import actions as promises
from tests.journeys.world import World, found, install
from tests.support.browser import OpenPage, check_page
from tests.support.server import Server

PHONE = (390,)


@pytest.fixture
def world(server: Server) -> World:
    install(is_demo=True, service_phone="400-000-0000")
    return found()


def fill(page: Page, *, anonymous: bool = False) -> None:
    """What a person types into the form, at a person's pace."""
    page.locator("label:has(input[value=complaint])").click()
    page.locator("#id_content").fill(
        "3# 膜组这周第三次浊度超标，约好周六上午维保，人下午才到，当天没有结论。"
    )
    page.locator("label:has(input[value=after])").click()
    if anonymous:
        page.locator("[name=is_anonymous]").check()
    else:
        page.locator("#id_name").fill("周叙白")
        page.locator("#id_phone").fill("13800006027")
        page.locator("#id_region").select_option("浙江省")
        page.locator("#id_consent").check()


def submit(page: Page) -> tuple[str, str]:
    page.wait_for_timeout(3100)  # sooner than three seconds is a program
    page.get_by_role("button", name="提交反馈").click()
    expect(page.locator("#receipt-code")).to_be_visible()
    return page.locator("#receipt-number").inner_text(), page.locator("#receipt-code").inner_text()


def follow(page: Page, number: str, code: str) -> None:
    page.get_by_role("link", name="查看进度").click()
    expect(page.locator("#id_number")).to_have_value(number)
    page.locator("#id_code").fill(code)
    page.get_by_role("button", name="查看进度").click()
    expect(page.locator("#rail")).to_be_visible()


def act(user: object, case: Case, code: str, **data: object) -> None:
    perform(user, case.number, code, data, at=clock.now())


def assign(world: World, case: Case) -> None:
    act(world.agent, case, "classify", type="complaint", category="product")
    act(world.supervisor, case, "review", valid="true")
    act(world.supervisor, case, "assess", severity="3", reach="2", consequence="2")
    act(world.supervisor, case, "assign", lead="tech", collaborators=["quality"])


def tell(world: World, case: Case) -> None:
    act(world.engineer, case, "solve", result="更换 2 支元件，浊度 0.1 NTU")
    act(world.engineer, case, "report_result", result="已恢复")
    act(world.agent, case, "tell_result", via="portal", body="已更换 2 支膜元件，浊度稳定在 0.1 NTU。")


def test_from_the_form_to_a_second_round_on_a_telephone(
    world: World, server: Server, open_page: OpenPage, picture: Callable[..., Path]
) -> None:
    page = open_page(phone=True)
    page.goto(server.url + "/feedback/")
    check_page(page)
    # a mistake: everything stays, the chosen file too
    page.locator("#id_uploads").set_input_files(
        [{"name": "仪表.txt", "mimeType": "text/plain", "buffer": b"1.8 NTU"}]
    )
    fill(page)
    page.locator("#id_phone").fill("1380000602")
    page.wait_for_timeout(3100)
    page.get_by_role("button", name="提交反馈").click()
    expect(page.get_by_text("手机号应为 11 位，现在是 10 位")).to_be_visible()
    expect(page.locator("#id_content")).to_have_value(
        "3# 膜组这周第三次浊度超标，约好周六上午维保，人下午才到，当天没有结论。"
    )
    expect(page.locator(".upload .file")).to_contain_text("仪表.txt")
    check_page(page, widths=PHONE)
    page.locator("#id_phone").fill("13800006027")
    page.get_by_role("button", name="提交反馈").click()
    expect(page.locator("#receipt-code")).to_be_visible()
    check_page(page)
    picture(page, "portal-receipt-phone", whole=True)
    number, code = page.locator("#receipt-number").inner_text(), page.locator("#receipt-code").inner_text()
    assert code not in page.url
    assert Attachment.objects.get().name == "仪表.txt"

    follow(page, number, code)
    case = Case.objects.get()
    assign(world, case)
    act(world.agent, case, "reply", via="portal", body="周先生您好，工程师明天上午到场。")
    page.reload()
    expect(page.get_by_text("已派单到工程服务部")).to_be_visible()
    expect(page.get_by_text("工程师明天上午到场")).to_be_visible()
    check_page(page)
    page.get_by_role("button", name="催一下").click()
    expect(page.locator(".msg.in", has_text="催一下：请尽快处理。")).to_be_visible()

    tell(world, case)
    page.reload()
    page.locator("label:has(input[name=score][value='5'])").click()
    page.get_by_role("button", name="提交评分").click()
    expect(page.get_by_text("您给这次处理评了 5 分")).to_be_visible()
    assert Case.objects.get().round == 1
    page.locator("label:has(input[value=yes])").click()
    page.get_by_label("哪里还没有解决").fill("昨天夜里又超标了")
    page.get_by_role("button", name="提交答复").click()
    expect(page.get_by_role("heading", name="第 2 轮处理")).to_be_visible()
    check_page(page, widths=PHONE)
    assert Case.objects.get().round == 2


def test_the_form_works_without_scripts(world: World, server: Server, open_page: OpenPage) -> None:
    page = open_page(java_script_enabled=False)
    page.goto(server.url + "/feedback/")
    fill(page)
    number, code = submit(page)
    follow(page, number, code)
    page.locator("#id_body").fill("补充：周日又超标一次。")
    page.get_by_role("button", name="发送").click()
    expect(page.locator(".msg.in", has_text="周日又超标")).to_be_visible()
    page.get_by_text("撤回这份反馈").click()
    page.locator("#withdraw_sure").check()
    page.get_by_role("button", name="撤回反馈").click()
    expect(page.locator("#rail .banner")).to_contain_text("已结束")


def test_anonymous_hides_what_is_not_asked(world: World, server: Server, open_page: OpenPage) -> None:
    page = open_page(phone=True, dark=True)
    page.goto(server.url + "/feedback/")
    fill(page, anonymous=True)
    for field in ("#id_name", "#id_phone", "#id_email", "#id_region", "#id_consent"):
        expect(page.locator(field)).to_be_hidden()
    submit(page)
    expect(page.get_by_text("再也找不到这份反馈")).to_be_visible()
    check_page(page, widths=PHONE)
    assert Case.objects.get().customer is None


def test_the_progress_page_moves_by_itself_and_keeps_what_is_being_written(
    world: World, server: Server, open_page: OpenPage
) -> None:
    page = open_page()
    page.goto(server.url + "/feedback/")
    fill(page)
    number, code = submit(page)
    follow(page, number, code)
    case = Case.objects.get()
    page.locator("#id_body").fill("我正在写的话")
    assign(world, case)
    tell(world, case)
    # what the page does by itself every minute
    page.evaluate("htmx.trigger('#rail', 'htmx:trigger'); htmx.ajax('GET', document.querySelector('#rail').getAttribute('hx-get'), {target: '#rail', swap: 'outerHTML'})")  # fmt: skip
    expect(page.get_by_text("是否需要重新处理")).to_be_visible()
    expect(page.locator(".msg.out", has_text="0.1 NTU")).to_be_visible()
    expect(page.locator("#id_body")).to_have_value("我正在写的话")
    check_page(page)


@pytest.fixture
def foreign(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A web site of somebody else: another name, another port."""
    site = tmp_path / "site"
    site.mkdir()

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            """Say nothing."""

    serving = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site)))
    thread = threading.Thread(target=serving.serve_forever, daemon=True)
    thread.start()
    yield f"http://localhost:{serving.server_port}", site
    serving.shutdown()
    serving.server_close()


PAGE = """<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>某某水务</title>
<link rel="icon" href="data:,"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="script-src {home}; frame-src {home}">
<body><h1>某某水务</h1><div id="here"></div>
<script src="{home}/embed/feedback.js" data-target="#here" data-type="complaint" data-theme="light"></script></body>"""


def settled_height(page: Page, wanted: Callable[[float], bool]) -> float:
    """The frame's height once it is as wanted. By hand: the page's own policy forbids what Playwright waits with."""
    for _turn in range(50):
        box = page.locator("iframe").bounding_box()
        if box is not None and wanted(box["height"]):
            return box["height"]
        page.wait_for_timeout(100)
    pytest.fail(f"the frame is {box} high")


def test_the_form_stands_inside_a_foreign_page(
    world: World, server: Server, open_page: OpenPage, foreign: tuple[str, Path], picture: Callable[..., Path]
) -> None:
    address, site = foreign
    (site / "index.html").write_text(PAGE.format(home=server.url), encoding="utf-8")
    page = open_page(phone=True)
    page.goto(address)
    frame = page.frame_locator("#here iframe")
    expect(frame.get_by_role("button", name="提交反馈")).to_be_visible()
    expect(frame.locator("input[value=complaint]")).to_be_checked()
    high = settled_height(page, lambda height: height > 900)
    inside = page.frames[1].evaluate(
        "[document.documentElement.scrollHeight, document.documentElement.scrollWidth]"
    )
    assert abs(inside[0] - high) < 40 and inside[1] <= 390
    picture(page, "portal-embedded-phone")

    frame.locator("#id_content").fill("水压不够，二楼上不去水。")
    frame.locator("label:has(input[value=after])").click()
    frame.locator("[name=is_anonymous]").check()
    page.wait_for_timeout(3100)
    frame.get_by_role("button", name="提交反馈").click()
    expect(frame.locator("#receipt-code")).to_be_visible()
    settled_height(page, lambda height: height < 700)
    assert page.context.cookies() == []
    case = Case.objects.get()
    assert case.number == frame.locator("#receipt-number").inner_text()
    with page.context.expect_page() as opened:
        frame.get_by_role("link", name="查看进度").click()
    expect(opened.value.locator("#id_number")).to_have_value(case.number)


def test_a_page_that_is_not_named_may_not_frame_it(
    fresh_database, start_server, open_page: OpenPage, foreign: tuple[str, Path], page_problems
) -> None:
    address, site = foreign
    server = start_server(
        "serve", environment={**fresh_database.environment, "KEYUE_EMBED_ORIGINS": "https://www.example.com"}
    )
    (site / "index.html").write_text(PAGE.format(home=server.url), encoding="utf-8")
    page_problems.allow("frame-ancestors")
    page = open_page()
    page.goto(address)
    page.wait_for_timeout(1500)
    assert page.frame_locator("#here iframe").locator("form").count() == 0


def story(world: World) -> tuple[str, str]:
    """A complaint of a morning not long ago, whose first step was late; its number and code."""
    now, nonce = clock.now(), Token("a-story", clock.now())
    steps: list[tuple[float, str, str, dict[str, object]]] = [
        (2.2, "agent", "classify", {"type": "complaint", "category": "product"}),
        (2.6, "agent", "reply", {"via": "portal", "body": "分类晚了 12 分钟：系统升级，向您致歉。"}),
        (3.8, "supervisor", "review", {"valid": "true"}),
        (4.1, "supervisor", "assess", {"severity": "2", "reach": "2", "consequence": "1"}),
        (4.4, "supervisor", "assign", {"lead": "tech", "collaborators": ["quality"]}),
        (9.5, "engineer", "file_plan", {"body": "更换 2 支膜元件并做完整性测试", "steps": ""}),
    ]
    # in the morning, so that the review of the same day is in time whenever this runs
    morning = (now - timedelta(hours=10)).astimezone(ZoneInfo("Asia/Shanghai"))
    start = morning.replace(hour=9, minute=0, second=0, microsecond=0)
    if start > morning:
        start -= timedelta(days=1)
    intake = Intake(
        type="complaint", content="3# 膜组这周第三次浊度超标，约好周六上午维保，人下午才到，当天没有结论。",
        title="膜组浊度超标", phase="after", name="周叙白", phone="13800006027", region="浙江省",
        consent_version="1",
    )  # fmt: skip
    with clock.telling(start):
        case = submit_form(
            intake, token=nonce, notice=notice_of(None), by=Actor("customer", "portal"), at=start
        ).case
    for hours, who, code, data in steps:
        at = start + timedelta(hours=hours)
        with clock.telling(at):
            promises.look(now=at)
            perform(getattr(world, who), case.number, code, data, at=at)
    return case.number, nonce.code


def test_the_pictures_of_the_guide(
    world: World, server: Server, open_page: OpenPage, picture: Callable[..., Path]
) -> None:
    """At a desk and on a telephone, with a step that was late and says so."""
    number, code = story(world)
    for phone in (False, True):
        page = open_page(phone=phone)
        suffix = "-phone" if phone else ""
        page.goto(server.url + "/feedback/")
        picture(page, f"portal-form{suffix}", whole=True)
        page.goto(f"{server.url}/feedback/progress/?number={number}")
        if phone:
            picture(page, "portal-lookup-phone")
        page.locator("#id_code").fill(code)
        page.get_by_role("button", name="查看进度").click()
        expect(page.get_by_text("晚了 12 分", exact=True)).to_be_visible()
        expect(page.get_by_text("之后给您的答复见「往来」")).to_be_visible()
        check_page(page)
        picture(page, f"portal-progress{suffix}", whole=True)
