"""What the scripts do, in a real browser, on pages rendered here: no server and no database."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from mimetypes import guess_type
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.staticfiles import finders
from django.template import engines
from django.template.loader import render_to_string
from playwright.sync_api import Page, Route, expect

from keyue.kernel import clock
from keyue.ui import samples, wording
from tests.support.pages import check_page

HOST = "http://ui.test"
Answer = Callable[[Route], None]


class Site:
    """Answers a browser from templates: `site.pages["/x/"] = "…"`, `site.answers["/live/"] = function`."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.pages: dict[str, str] = {}
        self.answers: dict[str, Answer] = {}
        self.asked: list[tuple[str, str, str]] = []
        page.route(f"{HOST}/**", self._answer)

    def _answer(self, route: Route) -> None:
        url = urlsplit(route.request.url)
        if url.path.startswith("/static/"):
            found = finders.find(url.path.removeprefix("/static/"))
            assert isinstance(found, str), url.path
            route.fulfill(body=Path(found).read_bytes(), content_type=guess_type(found)[0] or "text/plain")
            return
        self.asked.append((route.request.method, url.path, route.request.post_data or url.query))
        if url.path in self.answers:
            self.answers[url.path](route)
        else:
            html = self.pages.get(url.path, "")
            route.fulfill(body=html, content_type="text/html; charset=utf-8", status=200 if html else 404)

    def open(self, content: str, **context: Any) -> Page:
        """A page of the base layout with this content."""
        source = "{% extends 'ui/base.html' %}{% load ui %}{% block title %}x{% endblock %}{% block content %}<h1>x</h1>"
        template = engines["django"].from_string(source + content + "{% endblock %}")
        self.pages["/"] = template.render({**samples.context(), "now": clock.now(), **context})
        self.page.goto(HOST + "/")
        return self.page


@pytest.fixture
def site(page: Page, page_problems: Any) -> Site:
    page_problems.allow("favicon")
    return Site(page)


def owed(left: timedelta, limit: timedelta = timedelta(days=1)) -> samples.Owed:
    due = clock.now() + left
    return samples.Owed(start=due - limit, due=due)


def test_the_page_of_components_is_sound(site: Site) -> None:
    site.pages["/"] = render_to_string("ui/components.html", samples.context())
    site.page.goto(HOST + "/")
    check_page(site.page)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_browser_says_what_the_server_says(site: Site, language: str) -> None:
    from django.utils import translation

    with translation.override(language if language == "en" else "zh-hans"):
        page = site.open("")
    seconds = [
        0,
        1,
        40,
        59,
        60,
        61,
        3599,
        3600,
        3660,
        12000,
        86399,
        86400,
        90000,
        100800,
        172799,
        172800,
        11145600,
    ]
    said = page.evaluate("all => all.map(s => ky.span(s * 1000))", seconds)
    assert said == [wording.span(timedelta(seconds=s), language=language) for s in seconds]
    assert page.evaluate("ky.say('left', 'x')") == wording.WORDS[language]["left"].format("x")


def test_a_countdown_follows_the_clock_of_the_server(site: Site) -> None:
    far = datetime(2031, 5, 1, tzinfo=UTC)
    promise = samples.Owed(start=far, due=far + timedelta(hours=3, seconds=30))
    page = site.open(
        "<ul class='rows'><li class='row' data-s='{% tone p %}'>{% due p %}</li></ul>", p=promise, now=far
    )
    expect(page.locator(".due")).to_have_text("还剩 3 小时")


def test_a_countdown_changes_its_tone_at_the_instant(site: Site) -> None:
    content = "<ul class='rows'><li class='row' data-s='{% tone p %}'>{% due p %}</li></ul>"
    page = site.open(content, p=owed(timedelta(seconds=3)))
    expect(page.locator(".due")).to_have_attribute("data-s", "soon")
    expect(page.locator(".due")).to_have_attribute("data-s", "late")
    expect(page.locator(".due")).to_contain_text("已超")
    expect(page.locator(".row")).to_have_attribute("data-s", "late")
    expect(page.locator(".due use")).to_have_attribute("href", "#g-late")


def test_the_theme_is_turned_and_remembered(site: Site) -> None:
    page = site.open("")
    page.get_by_role("button", name="切换明暗主题").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert {c["name"]: c["value"] for c in page.context.cookies()}["ky_theme"] == "dark"


def test_lists_are_made_compact(site: Site) -> None:
    page = site.open("{% density_switch %}<section class='card' {% density %}></section>")
    page.get_by_role("button", name="紧凑").click()
    expect(page.locator("section.card")).to_have_attribute("data-density", "compact")
    expect(page.get_by_role("button", name="紧凑")).to_have_attribute("aria-pressed", "true")


def test_a_dialog_takes_the_focus_and_gives_it_back(site: Site) -> None:
    page = site.open(
        "<button data-open='d'>停表</button>{% dialog id='d' title='停表？' %}<form method='dialog'><div class='bd'>"
        "<input aria-label='原因'></div><footer><button data-close type='button'>取消</button></footer></form>{% enddialog %}"
    )
    page.get_by_role("button", name="停表").click()
    expect(page.get_by_label("原因")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("dialog#d")).not_to_be_visible()
    expect(page.get_by_role("button", name="停表")).to_be_focused()


def test_menus_close_by_themselves(site: Site) -> None:
    page = site.open("{% drop '更多操作' %}<button type='button'>转派</button>{% enddrop %}")
    page.locator("main details summary").click()
    expect(page.get_by_role("button", name="转派")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="转派")).not_to_be_visible()
    page.locator("main details summary").click()
    page.locator("h1").click()
    expect(page.get_by_role("button", name="转派")).not_to_be_visible()


ROWS = """<section data-list><ul class="rows">{% for n in "123" %}<li class="row" id="r{{ n }}"><a href="#{{ n }}">行 {{ n }}</a>
<button type="button" data-key="e" data-copy="{{ n }}">执行 {{ n }}</button></li>{% endfor %}</ul></section>
<input aria-label="筛选" data-key="/"><a href="#n" data-key="n">登记</a>"""


def current(page: Page) -> Any:
    return page.locator('.row[aria-current="true"]')


def test_rows_are_walked_by_j_and_k(site: Site) -> None:
    page = site.open(ROWS)
    page.keyboard.press("j")
    expect(current(page)).to_have_id("r1")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(current(page)).to_have_id("r3")
    page.keyboard.press("k")
    expect(current(page)).to_have_id("r2")
    page.keyboard.press("e")
    expect(page.get_by_role("button", name="执行 2")).to_have_class("copied")
    page.keyboard.press("Enter")
    assert page.url.endswith("#2")


def test_single_keys_act_outside_fields_only(site: Site) -> None:
    page = site.open(ROWS)
    page.keyboard.press("/")
    expect(page.get_by_label("筛选")).to_be_focused()
    page.keyboard.type("jn")
    expect(page.get_by_label("筛选")).to_have_value("jn")
    assert current(page).count() == 0
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    assert page.url.endswith("#n")


def test_single_keys_can_be_switched_off(site: Site) -> None:
    page = site.open(ROWS)
    page.locator(".top details summary").click()
    page.get_by_role("button", name="关闭单键快捷键").click()
    page.keyboard.press("j")
    assert current(page).count() == 0
    page.keyboard.press("Control+k")
    expect(page.locator("#palette")).to_be_visible()


def test_keys_while_characters_are_composed_mean_nothing(site: Site) -> None:
    page = site.open(ROWS)
    page.evaluate(
        "document.body.dispatchEvent(new KeyboardEvent('keydown', {key: 'j', isComposing: true, bubbles: true}))"
    )
    assert current(page).count() == 0


def test_g_then_a_letter_goes_there(site: Site) -> None:
    page = site.open("")
    page.evaluate("document.querySelector('[data-key=\"g h\"]').href = '#home'")
    page.keyboard.press("g")
    page.keyboard.press("h")
    assert page.url.endswith("#home")


def test_all_keys_are_shown_by_a_question_mark(site: Site) -> None:
    page = site.open("")
    page.keyboard.press("?")
    expect(page.locator("dialog#keys")).to_be_visible()


def test_ctrl_enter_sends(site: Site) -> None:
    site.pages["/send/"] = "<p>sent</p>"
    page = site.open("<form action='/send/'><textarea name='text' aria-label='回复'></textarea></form>")
    page.get_by_label("回复").fill("好")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/send/*")


def test_search_asks_while_one_types(site: Site) -> None:
    site.answers["/search/"] = lambda route: route.fulfill(
        body=f'<a href="#hit">{parse_qs(urlsplit(route.request.url).query)["q"][0]}</a>',
        content_type="text/html; charset=utf-8",
    )
    page = site.open("")
    page.keyboard.press("Control+k")
    page.keyboard.type("浊度")
    expect(page.locator("#found a")).to_have_text(["浊度"])
    page.keyboard.press("ArrowDown")
    expect(page.locator("#found a")).to_be_focused()
    page.keyboard.press("Enter")
    assert page.url.endswith("#hit")


SELECT = """<form data-select><input type="checkbox" data-pick-all aria-label="全选"><ul class="rows" data-list>{% for n in "123" %}
<li class="row"><input type="checkbox" data-pick aria-label="选 {{ n }}"><a href="#">行</a></li>{% endfor %}</ul>
<div class="bulk" hidden><b data-count="已选 {} 条"></b><button type="button" data-unselect>取消</button></div></form>"""


def test_the_bar_appears_with_the_first_selected_row(site: Site) -> None:
    page = site.open(SELECT)
    expect(page.locator(".bulk")).not_to_be_visible()
    page.get_by_label("选 2").check()
    expect(page.locator(".bulk")).to_contain_text("已选 1 条")
    page.get_by_label("全选").check()
    expect(page.locator(".bulk")).to_contain_text("已选 3 条")
    expect(page.locator('.row[aria-selected="true"]')).to_have_count(3)
    page.locator("h1").click()
    page.keyboard.press("Escape")
    expect(page.locator(".bulk")).not_to_be_visible()


def test_x_selects_the_current_row(site: Site) -> None:
    page = site.open(SELECT)
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator(".bulk")).to_contain_text("已选 1 条")


def test_toasts_pass_and_wait_while_they_are_read(site: Site) -> None:
    site.page.clock.install()
    page = site.open("")
    toast = '<div class="toast"><span>{}</span>{}</div>'
    page.evaluate(
        "html => document.getElementById('toasts').insertAdjacentHTML('beforeend', html)",
        toast.format("短", "") + toast.format("长", "<button>撤销</button>"),
    )
    page.clock.run_for(6100)
    expect(page.locator(".toast")).to_have_text(["长撤销"])
    page.locator(".toast").hover()
    page.clock.run_for(20000)
    expect(page.locator(".toast")).to_have_count(1)
    page.mouse.move(0, 0)
    page.clock.run_for(10100)
    expect(page.locator(".toast")).to_have_count(0)


def test_a_revealed_field_is_covered_again(site: Site) -> None:
    site.page.clock.install()
    site.pages["/reveal/"] = (
        engines["django"].from_string('{% load ui %}{% revealed "13800006027" %}').render()
    )
    page = site.open('{% masked "138****6027" url="/reveal/" purposes=purposes what="手机号" %}')
    page.locator("summary.reveal").click()
    page.get_by_role("button", name="联系客户").click()
    expect(page.locator(".sensitive")).to_have_text("13800006027")
    method, path, body = site.asked[-1]
    assert (method, path) == ("POST", "/reveal/")
    assert "purpose=contact" in body
    page.clock.run_for(30100)
    expect(page.locator(".masked")).to_have_text("138****6027")
    expect(page.locator("summary.reveal")).to_be_visible()


def test_chosen_files_are_listed_and_can_be_taken_out(site: Site, tmp_path: Path) -> None:
    from django import forms

    class Many(forms.ClearableFileInput):
        allow_multiple_selected = True

    class Form(forms.Form):
        photos = forms.FileField(label="照片", widget=Many)

    paths = [tmp_path / name for name in ("一.jpg", "二.jpg")]
    for path in paths:
        path.write_bytes(b"x" * 2000)
    page = site.open("<form>{% field form.photos %}</form>", form=Form())
    for path in paths:  # one after the other: the second does not replace the first
        page.locator("input[type=file]").set_input_files(path)
    expect(page.locator(".file")).to_have_count(2)
    expect(page.locator(".file").first).to_contain_text("2 KB")
    page.locator(".file").first.get_by_role("button", name="移除").click()
    expect(page.locator(".file")).to_have_count(1)
    assert page.evaluate("[...document.querySelector('input[type=file]').files].map(f => f.name)") == [
        "二.jpg"
    ]


FORM = """<form hx-post="/save/" hx-target="#out"><textarea name="t" aria-label="方案">写了很多字</textarea>
<button>保存</button></form><p id="out"></p>"""


def test_a_lost_connection_keeps_what_was_written(site: Site, page_problems: Any) -> None:
    page_problems.allow("htmx:")
    site.answers["/save/"] = lambda route: route.abort()
    page = site.open(FORM)
    page.get_by_role("button", name="保存").click()
    expect(page.locator("form .banner[role=alert]")).to_contain_text("没有送到服务器")
    expect(page.get_by_label("方案")).to_have_value("写了很多字")


@pytest.mark.parametrize(
    ("status", "body", "text"),
    [
        (500, "<!doctype html><p>trace</p>", "服务器出了错"),
        (409, "<div data-problem><div class='banner' role='alert'>已经停表</div></div>", "已经停表"),
        (
            403,
            "<div data-problem><div class='banner' role='alert'>请顾清和把您加为协办</div></div>",
            "请顾清和",
        ),
    ],
)
def test_an_error_is_said_in_place(site: Site, page_problems: Any, status: int, body: str, text: str) -> None:
    page_problems.allow("/save/")
    site.answers["/save/"] = lambda route: route.fulfill(
        status=status, body=body, content_type="text/html; charset=utf-8"
    )
    page = site.open(FORM)
    page.get_by_role("button", name="保存").click()
    expect(page.locator("form .banner[role=alert]")).to_contain_text(text)
    expect(page.locator("#out")).to_be_empty()


def test_a_form_with_mistakes_comes_back_into_its_place(site: Site, page_problems: Any) -> None:
    page_problems.allow("Response Status Error Code")
    site.answers["/save/"] = lambda route: route.fulfill(
        status=422, body="<i>改一处</i>", content_type="text/html; charset=utf-8"
    )
    page = site.open(FORM)
    page.get_by_role("button", name="保存").click()
    expect(page.locator("#out")).to_have_text("改一处")


def test_a_fragment_for_the_dialog_opens_it_and_an_event_closes_it(site: Site) -> None:
    site.pages["/form/"] = "<form><input aria-label='原因'></form>"
    page = site.open("<button hx-get='/form/' hx-target='#dialog'>停表</button>")
    page.get_by_role("button", name="停表").click()
    expect(page.get_by_label("原因")).to_be_focused()
    page.evaluate("document.body.dispatchEvent(new CustomEvent('ky:close', {bubbles: true}))")
    expect(page.locator("#dialog")).not_to_be_visible()


def test_text_is_edited_in_place_by_the_keyboard(site: Site) -> None:
    site.pages["/edit/"] = (
        "<form data-inline hx-get='/show/' hx-trigger='cancel' hx-swap='outerHTML'><input aria-label='标题' autofocus></form>"
    )
    site.pages["/show/"] = "<b>原来的标题</b>"
    page = site.open(
        "<span class='editable' tabindex='0' role='button' hx-get='/edit/' hx-trigger='click, edit' hx-swap='outerHTML'>标题</span>"
    )
    page.locator(".editable").focus()
    page.keyboard.press("Enter")
    page.get_by_label("标题").focus()
    # htmx takes the new form in a moment after it stands there
    page.wait_for_function("'htmx-internal-data' in document.querySelector('form[data-inline]')")
    page.keyboard.press("Escape")
    expect(page.locator("main b")).to_have_text("原来的标题")


def stream(*messages: str) -> Answer:
    """A stream that says this once and then is silent."""
    said: list[bool] = []

    def answer(route: Route) -> None:
        body = (
            "retry: 60000\n\n"
            if said
            else "retry: 60000\n\n" + "".join(f"id: 7\ndata: {m}\n\n" for m in messages)
        )
        said.append(True)
        route.fulfill(body=body, content_type="text/event-stream")

    return answer


LIST = """<ul class="rows" id="list" data-live="case:* promise:88" hx-get="/list/" hx-trigger="refresh" hx-swap="outerHTML">
<li class="row" id="a"{{ attributes|safe }}>甲</li><li class="row" id="b"><input aria-label="填">乙</li></ul>
<p id="other" data-live="case:9" hx-get="/other/" hx-trigger="refresh">旧</p>"""
NEWER = '<ul class="rows" id="list" data-live="case:*"><li class="row" id="a">甲</li><li class="row" id="c">丙</li></ul>'


def test_what_has_changed_is_fetched_and_shown_as_fresh(site: Site) -> None:
    site.answers["/live/"] = stream(json.dumps({"changed": ["case:142"]}))
    site.pages["/list/"] = NEWER
    page = site.open(LIST, live_url="/live/")
    expect(page.locator("#c")).to_have_class("row fresh")
    expect(page.locator("#a")).to_have_class("row")
    expect(page.locator("#other")).to_have_text("旧")


def test_a_row_in_use_does_not_move(site: Site) -> None:
    site.answers["/live/"] = stream("case:142 case:143", "promise:88")
    site.pages["/list/"] = NEWER
    page = site.open(LIST, live_url="/live/", attributes=' aria-current="true"')
    expect(page.locator(".fresh-bar")).to_have_text("有 3 条新变化")
    expect(page.locator("#b")).to_be_visible()
    page.locator(".fresh-bar").click()
    expect(page.locator("#c")).to_be_visible()
    expect(page.locator(".fresh-bar")).to_have_count(0)


def test_a_broken_stream_says_how_old_the_page_is(site: Site, page_problems: Any) -> None:
    page_problems.allow("503")
    site.answers["/live/"] = lambda route: route.fulfill(status=503, body="")
    page = site.open("{% live %}", live_url="/live/")
    expect(page.locator("main .live")).to_have_attribute("data-off", "")
    expect(page.locator("main .live")).to_contain_text("数据截至")
    expect(page.locator(".top .live")).to_be_visible()


def test_others_hear_of_changes_by_an_event(site: Site) -> None:
    site.answers["/live/"] = stream("case:142")
    site.page.add_init_script("document.addEventListener('ky:changed', e => (window.heard = e.detail.names))")
    page = site.open("", live_url="/live/")
    page.wait_for_function("window.heard?.[0] === 'case:142'")
