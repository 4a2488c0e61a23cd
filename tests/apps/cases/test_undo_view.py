"""A view of the list that was dropped is brought back, by who dropped it and for some minutes."""

from __future__ import annotations

import pytest
from django.urls import reverse

from keyue.cases.actions import titles
from keyue.cases.models import SavedView
from keyue.kernel import clock
from keyue.ledger.facts import Actor


@pytest.fixture
def browser(world, as_user):
    return as_user(world.supervisor)


@pytest.fixture
def view(world):
    by = Actor("staff", str(world.supervisor.pk))
    titles.save_view(name="待派单", query="stage=assign", by=by, at=clock.now())
    second = titles.save_view(name="逾期的投诉", query="due=late&type=complaint", by=by, at=clock.now())
    titles.save_view(name="网上来的", query="channel=webform", by=by, at=clock.now())
    return second


def drop(browser, view):
    page = browser.post(reverse("cases:delete_view", args=[view.pk]), follow=True).content.decode()
    return page.split('id="toasts"')[1]


def undo(browser, view):
    return browser.post(reverse("cases:restore_view", args=[view.pk]), follow=True)


def test_it_comes_back_at_its_place(browser, view):
    toasts = drop(browser, view)
    assert "视图「逾期的投诉」已删除。" in toasts
    assert f'action="{reverse("cases:restore_view", args=[view.pk])}"' in toasts
    assert not SavedView.objects.filter(name="逾期的投诉").exists()
    page = undo(browser, view)
    assert page.request["QUERY_STRING"] == "due=late&type=complaint"
    assert "已撤销，视图「逾期的投诉」还在。" in page.content.decode()
    assert list(SavedView.objects.order_by("position").values_list("name", flat=True)) == [
        "待派单", "逾期的投诉", "网上来的",
    ]  # fmt: skip
    # once
    assert "没有可撤销的删除。" in undo(browser, view).content.decode()
    assert SavedView.objects.count() == 3


def test_it_is_refused_when_it_is_too_late_or_the_name_is_taken(browser, view, world, monkeypatch):
    drop(browser, view)
    by = Actor("staff", str(world.supervisor.pk))
    again = titles.save_view(name="逾期的投诉", query="due=late", by=by, at=clock.now())
    assert "您已有一个叫「逾期的投诉」的视图。" in undo(browser, view).content.decode()
    drop(browser, again)
    monkeypatch.setattr("keyue.cases.actions.titles.UNDO", -titles.UNDO)
    assert "已过 5 分钟，不能再撤销。" in undo(browser, again).content.decode()
    assert SavedView.objects.count() == 2


def test_nobody_else_can(browser, view, world, as_user):
    drop(browser, view)
    assert "没有可撤销的删除。" in undo(as_user(world.agent), view).content.decode()
    assert SavedView.objects.count() == 2
