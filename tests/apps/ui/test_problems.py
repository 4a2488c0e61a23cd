"""Errors as pages and as fragments."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.test import Client

pytestmark = pytest.mark.urls("tests.apps.ui.urls")


@pytest.fixture(autouse=True)
def only_what_is_needed(settings: Any) -> None:
    """No session, no database: an error page must not need them."""
    settings.MIDDLEWARE = [
        "django.middleware.locale.LocaleMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "keyue.ui.problems.ProblemMiddleware",
    ]
    settings.CSRF_FAILURE_VIEW = "keyue.ui.problems.csrf_failure"


def client() -> Client:
    return Client(raise_request_exception=False)


@pytest.mark.parametrize(
    ("how", "status", "text"),
    [
        ("denied", 403, "请顾清和把您加为协办"),
        ("refused", 409, "这条约定已经停表"),
        ("invalid", 422, "有一处要改"),
        ("many", 429, "一分钟后再试"),
        ("missing", 404, "或者您没有查看的权限"),
        ("crash", 500, "可报给管理员"),
    ],
)
def test_an_error_is_a_page_that_says_where_to_go(how: str, status: int, text: str) -> None:
    response = client().get(f"/fail/{how}/")
    page = response.content.decode()
    assert response.status_code == status
    assert text in page
    assert str(status) in page
    assert 'href="/">回首页' in page


@pytest.mark.parametrize("how", ["denied", "refused", "invalid", "missing", "crash"])
def test_a_part_of_a_page_gets_a_part(how: str) -> None:
    page = client().get(f"/fail/{how}/", headers={"hx-request": "true"}).content.decode()
    assert "<!doctype" not in page
    assert "data-problem" in page
    assert 'role="alert"' in page


def test_boosted_navigation_gets_a_page() -> None:
    headers = {"hx-request": "true", "hx-boosted": "true"}
    assert "<!doctype" in client().get("/fail/denied/", headers=headers).content.decode()


def test_the_fields_at_fault_are_named() -> None:
    page = client().get("/fail/invalid/", headers={"hx-request": "true"}).content.decode()
    assert "手机号应为 11 位" in page


def test_too_many_says_when_to_come_back() -> None:
    assert client().get("/fail/many/")["Retry-After"] == "42"


def test_a_defect_has_a_number_in_the_log_and_on_the_page(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, logger="keyue.ui.problems"):
        page = client().get("/fail/crash/").content.decode()
    (record,) = [r for r in caplog.records if r.name == "keyue.ui.problems"]
    number = record.getMessage().split()[0]
    assert number.startswith("e-")
    assert number in page


def test_a_form_without_its_token_is_refused_in_words() -> None:
    response = Client(enforce_csrf_checks=True).post("/fail/denied/")
    assert response.status_code == 403
    assert "请刷新页面再提交" in response.content.decode()


def test_an_unknown_address_is_a_page() -> None:
    assert client().get("/nowhere/").status_code == 404
