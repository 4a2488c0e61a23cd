"""The layouts, the stylesheet and the scripts keep the promises of the standard."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib import messages
from django.contrib.messages.storage.cookie import CookieStorage
from django.template import engines
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import translation

import keyue
from keyue.ui import samples
from keyue.ui.components import Crumb

UI = Path(keyue.__file__).parent / "ui"
CSS = (UI / "static/ui/keyue.css").read_text(encoding="utf-8")
TEMPLATES = sorted(UI.rglob("*.html"))
ICON = re.compile(r"""\{%\s*icon\s+["']([\w-]+)["']""")
NAMED_ICON = re.compile(r"""icon=["']([\w-]+)["']""")

LAYOUTS = ["ui/base.html", "ui/public.html", "ui/plain.html", "ui/error.html"]


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_layout_needs_nothing_to_stand(name: str) -> None:
    html = render_to_string(name)
    assert html.strip().startswith("<!doctype html>")
    assert '<html lang="zh-CN"' in html
    assert 'id="main"' in html


@pytest.mark.parametrize("name", LAYOUTS)
def test_no_layout_breaks_the_content_security_policy(name: str) -> None:
    html = render_to_string(name, samples.context())
    assert_safe(html)


def assert_safe(html: str) -> None:
    for script in re.findall(r"<script\b[^>]*>(.*?)</script>", html, re.S):
        assert not script.strip(), "inline script"
    assert "<style" not in html
    assert not re.search(r"\son\w+=", html), "inline handler"
    assert "hx-on" not in html
    for style in re.findall(r'\sstyle="([^"]*)"', html):
        for declaration in filter(None, style.split(";")):
            assert declaration.strip().startswith("--"), style


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: p.name)
def test_no_template_breaks_the_content_security_policy(path: Path) -> None:
    assert_safe(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: p.name)
def test_a_template_begins_by_saying_what_it_is(path: Path) -> None:
    if path.name != "_head.html":
        start = path.read_text(encoding="utf-8")[:300]
        assert "{#" in start or "{% comment %}" in start


def test_navigation_is_data() -> None:
    html = render_to_string("ui/base.html", samples.context())
    assert 'aria-current="page" data-key="g c"' in html
    assert "99+" in html
    tabbar = html[html.index('<nav class="tabbar"') :]
    assert tabbar.index("工作台") < tabbar.index("更多") < tabbar.index("设置")


def test_only_the_last_crumb_is_this_page() -> None:
    crumbs = [Crumb("设置"), Crumb("人员", "/people/"), Crumb("新增", "/people/new/")]
    html = render_to_string("ui/_top.html", {"crumbs": crumbs})
    assert html.count("aria-current") == 1
    assert "<li>设置</li>" in html
    assert '<a href="/people/">人员</a>' in html
    assert '<span aria-current="page">新增</span>' in html


def test_the_bell_says_how_many() -> None:
    html = render_to_string("ui/base.html", samples.context())
    assert 'aria-label="通知，3 条未读"' in html


def test_errors_stay_and_other_messages_pass() -> None:
    request = RequestFactory().get("/")
    request._messages = CookieStorage(request)  # type: ignore[attr-defined]
    messages.success(request, "已分派给陈砚")
    messages.error(request, "方案没有保存")
    html = render_to_string("ui/base.html", {"messages": messages.get_messages(request)})
    notices, toasts = html.split('id="toasts"')
    assert "方案没有保存" in notices
    assert "方案没有保存" not in toasts
    assert "已分派给陈砚" in toasts


def test_the_reader_chooses_the_theme() -> None:
    request = RequestFactory().get("/", headers={"cookie": "ky_theme=dark"})
    assert 'data-theme="dark"' in render_to_string("ui/base.html", {"request": request})
    assert "data-theme" not in render_to_string("ui/base.html").split("<head>")[0]


def test_english_pages_say_so() -> None:
    with translation.override("en"):
        html = render_to_string("ui/base.html", samples.context())
    assert '<html lang="en"' in html
    assert "{} left" in html


def every_icon() -> Iterator[tuple[str, str]]:
    for path in sorted((UI.parent).rglob("*.html")):
        text = path.read_text(encoding="utf-8")
        for name in ICON.findall(text) + NAMED_ICON.findall(text):
            yield path.name, name


def test_every_icon_that_a_page_names_is_in_the_sprite() -> None:
    known = set(samples.icons())
    assert {(page, name) for page, name in every_icon() if name not in known} == set()


def block_after(marker: str) -> dict[str, str]:
    start = CSS.index("{", CSS.index(marker) + len(marker) - 1) + 1
    body = CSS[start : CSS.index("}", start)]
    return dict(re.findall(r"(--[\w-]+):\s*([^;]+);", body))


def test_both_ways_to_the_dark_theme_lead_to_the_same_colours() -> None:
    asked, chosen = block_after(':root:not([data-theme="light"]) {'), block_after('[data-theme="dark"] {')
    assert asked
    assert asked == chosen


def luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    digits = "".join(c * 2 for c in digits) if len(digits) == 3 else digits
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


THEMES = {"light": ':root, [data-theme="light"] {', "dark": '[data-theme="dark"] {'}
GROUNDS = ("--bg", "--surface", "--sunken", "--paper", "--wash")


@pytest.mark.parametrize("theme", THEMES)
def test_every_text_is_readable_on_every_ground(theme: str) -> None:
    token = block_after(THEMES[theme])
    pairs: list[tuple[str, str]] = [
        (ink, ground) for ink in ("--ink", "--ink-2", "--ink-3") for ground in GROUNDS
    ]
    pairs += [(f"--{s}", f"--{s}-tint") for s in ("kept", "open", "soon", "late", "idle")]
    pairs += [(f"--{s}", "--surface") for s in ("kept", "open", "soon", "late", "idle", "accent")]
    pairs += [("--on-solid", "--accent-solid"), ("--accent", "--accent-tint"), ("--ink", "--note-bg")]
    assert {pair for pair in pairs if contrast(token[pair[0]], token[pair[1]]) < 4.5} == set()


@pytest.mark.parametrize("theme", THEMES)
def test_every_shape_and_border_can_be_seen(theme: str) -> None:
    token = block_after(THEMES[theme])
    shapes = [f"--{s}-fill" for s in ("kept", "open", "soon", "late", "idle")] + ["--line-in"]
    assert {s for s in shapes if contrast(token[s], token["--surface"]) < 3} == set()


EXAMPLES = re.findall(r"```django\n(.*?)```", (UI / "README.md").read_text(encoding="utf-8"), re.S)


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_every_example_of_the_cookbook_is_a_template(example: str) -> None:
    loads = "" if "{% load" in example else "{% load i18n ui %}"
    assert engines["django"].from_string(loads + example)


def test_the_cookbook_names_what_the_scripts_listen_to() -> None:
    cookbook = (UI / "README.md").read_text(encoding="utf-8")
    scripts = "".join(p.read_text(encoding="utf-8") for p in (UI / "static/ui/js").glob("*.js"))
    listened = set(re.findall(r"\[(data-[a-z-]+)", scripts)) - {
        "data-trouble",
        "data-for",
        "data-density",
        "data-problem",
    }
    assert {name for name in listened if name not in cookbook} == set()


def test_the_scripts_stay_small_and_clean() -> None:
    sources = {p.name: p.read_text(encoding="utf-8") for p in (UI / "static/ui/js").glob("*.js")}
    assert sum(len(text.splitlines()) for text in sources.values()) <= 320
    for name, text in sources.items():
        assert not re.search(r"\beval\(|new Function|setTimeout\([\"']", text), name
        assert text.startswith("// "), name


def test_every_class_of_the_standard_has_its_rule() -> None:
    """The names that pages are written with."""
    names: Any = (
        "page-head cols grid stack line panes pane rows row promise grp table bulk dl kpis kpi meter legend prail tl "
        "msg ev files composer doc cl gut cov strip outline ctrl flow quote banner toasts toast empty skel live fresh "
        "menu dlg masked tag st due clause lvl grade av who btn seg tabs field input check pick editable reveal card hd"
    ).split()
    assert {name for name in names if not re.search(rf"\.{name}\b", CSS)} == set()
