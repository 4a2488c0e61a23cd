"""The page of all components: nothing is missing, everybody who should see it can."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.urls import reverse

import keyue
from keyue.ui import samples, views
from keyue.ui.templatetags.ui import register
from tests.apps.ui.test_layouts import assert_safe

pytestmark = pytest.mark.urls("tests.apps.ui.urls")
TEMPLATES = Path(keyue.__file__).parent / "ui/templates/ui"
GALLERY = "".join(
    (TEMPLATES / name).read_text(encoding="utf-8") for name in ("components.html", "_gallery.html")
)
# these belong to the layout, which the page is built on
LAYOUT_TAGS = {"root_attributes", "script_words", "nav_state", "test_clock"}
LAYOUT_PARTS = {
    "_head.html",
    "_nav.html",
    "_top.html",
    "_account.html",
    "_tabbar.html",
    "_palette.html",
    "_keys.html",
    "_trouble.html",
}
LAYOUT_PARTS |= {"_notices.html", "_toasts.html", "_sprite.html", "_clock.html"}
# these are whole answers or belong to pages without navigation
OTHER_PARTS = {"_problem.html", "_brand.html", "_beside.html", "_gallery.html"}


@pytest.fixture
def page() -> str:
    return render_to_string("ui/components.html", samples.context())


@pytest.mark.parametrize("name", sorted(register.tags))
def test_every_tag_is_shown(name: str) -> None:
    used = re.search(rf"\{{%\s*{name}\b", GALLERY)
    assert used or name in LAYOUT_TAGS, f"show {{% {name} %}} in ui/_gallery.html"


def test_every_part_is_reached() -> None:
    tags = (Path(keyue.__file__).parent / "ui/templatetags/ui.py").read_text(encoding="utf-8")
    parts = {p.name for p in TEMPLATES.glob("_*.html")} - LAYOUT_PARTS - OTHER_PARTS
    assert {p for p in parts if f'"ui/{p}"' not in tags} == set()


def test_every_tone_and_icon_is_shown_in_both_themes(page: str) -> None:
    for name in samples.icons():
        assert page.count(f"#i-{name}") >= 2
    for tone, _ in samples.context()["tones"]:  # type: ignore[attr-defined]
        assert page.count(f'data-s="{tone}"') >= 2
    assert 'data-theme="light"' in page
    assert 'data-theme="dark"' in page


def test_the_page_keeps_the_content_security_policy(page: str) -> None:
    assert_safe(page)


def test_no_id_is_given_twice(page: str) -> None:
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert sorted(ids) == sorted(set(ids))


def test_long_texts_are_shown(page: str) -> None:
    assert samples.LONG_TITLE in page
    assert samples.LONG_COMPANY in page


def test_staff_may_see_it(client: Client) -> None:
    request = RequestFactory().get("/ui/")
    request.user = SimpleNamespace(is_authenticated=True)  # type: ignore[assignment]
    request._messages = []  # type: ignore[attr-defined]
    assert views.components(request).status_code == 200


def anonymous() -> Iterator[HttpResponse]:
    request = RequestFactory().get("/ui/")
    request.user = SimpleNamespace(is_authenticated=False)  # type: ignore[assignment]
    request._messages = []  # type: ignore[attr-defined]
    yield views.components(request)


def test_others_are_asked_to_sign_in() -> None:
    (response,) = anonymous()
    assert response.status_code == 302
    assert response["Location"].endswith("?next=/ui/")


def test_in_a_demo_everybody_may_see_it(settings: Any) -> None:
    settings.DEMO = True
    (response,) = anonymous()
    assert response.status_code == 200


def test_its_address_has_a_name() -> None:
    assert reverse("ui:components") == "/ui/"
