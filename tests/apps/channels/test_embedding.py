"""The same form inside foreign pages: no cookies, framed where the company allows it, sent from nowhere else."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.test import Client

from keyue.cases.models import Case
from keyue.channels.webform.views.form import SCRIPT
from tests.apps.channels.conftest import form, read_receipt

pytestmark = pytest.mark.django_db
HERE = {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}


def test_the_embedded_form_needs_no_cookie_and_sets_none() -> None:
    client = Client(enforce_csrf_checks=True)
    page = client.get("/embed/feedback/")
    assert page.status_code == 200 and not client.cookies
    assert b"csrfmiddlewaretoken" not in page.content and b"X-CSRFToken" not in page.content
    number, code = read_receipt(client.post("/embed/feedback/", form(), headers=HERE))
    assert not client.cookies
    assert Case.objects.get().number == number and code


def test_another_one_is_asked_for_as_the_first_was() -> None:
    client, address = Client(), "/embed/feedback/?lang=en&theme=dark&type=suggestion"
    receipt = client.post(address, form(type="suggestion"), headers=HERE).content.decode()
    [again] = re.findall(r'href="([^"]*)">Send another<', receipt)
    page = client.get(unescape(again)).content.decode()
    assert '<html lang="en" data-theme="dark"' in page
    assert re.search(r'<input[^>]*value="suggestion"[^>]*checked', page)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://testserver", "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_form_sent_from_elsewhere_is_refused(headers: dict[str, str]) -> None:
    answer = Client().post("/embed/feedback/", form(), headers=headers)
    assert answer.status_code == 403 and not Case.objects.exists()


def test_only_the_embedded_form_may_be_framed(settings) -> None:
    client = Client()
    settings.EMBED_ORIGINS = ["https://www.example.com", "https://shop.example.com"]
    framed = client.get("/embed/feedback/")
    policy = framed["Content-Security-Policy"]
    assert "frame-ancestors https://www.example.com https://shop.example.com" in policy
    assert "script-src 'self'" in policy and "form-action 'self'" in policy
    assert "X-Frame-Options" not in framed
    for address in ("/feedback/", "/feedback/progress/", "/feedback/privacy/", "/login/"):
        other = client.get(address)
        assert "frame-ancestors 'none'" in other["Content-Security-Policy"]
        assert other["X-Frame-Options"] == "DENY"


def test_the_default_lets_every_page_frame_it(settings) -> None:
    assert settings.EMBED_ORIGINS == ["*"]
    assert "frame-ancestors *" in Client().get("/embed/feedback/")["Content-Security-Policy"]


def test_the_script_is_small_and_may_be_loaded_from_anywhere() -> None:
    answer = Client().get("/embed/feedback.js")
    assert answer.content == SCRIPT.read_bytes() and len(answer.content) <= 4096
    assert answer["Content-Type"].startswith("text/javascript")
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "max-age=3600" in answer["Cache-Control"] and not answer.cookies


def test_language_and_theme_come_by_the_address() -> None:
    html = Client().get("/embed/feedback/?lang=en&theme=dark&type=complaint").content.decode()
    assert '<html lang="en" data-theme="dark"' in html
    assert 'name="type" value="complaint"' in html and "checked" in html
    plain = Client().get("/embed/feedback/?lang=xx&theme=<b>").content.decode()
    assert '<html lang="zh-CN"' in plain and "data-theme" not in plain


def test_errors_stay_inside_the_frame() -> None:
    answer = Client().post("/embed/feedback/?lang=zh", form(name=""), headers=HERE)
    assert answer.status_code == 422 and b"/embed/feedback/?lang=zh" in answer.content
