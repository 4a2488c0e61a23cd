"""The room on a page goes to what it is about: names beside the promises, figures of a table on a telephone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Locator, expect

from keyue.cases.models import ImportRun
from keyue.customers.enums import Kind
from keyue.customers.models import Customer
from keyue.kernel import clock
from tests.browser.conftest import Company
from tests.support.browser import check_page

HOUR = timedelta(hours=1)
NAME = "恒川纺织印染有限公司"
LONG = "恒川纺织印染集团华东大区第三工厂水处理车间运行维护中心"


def is_whole(part: Locator) -> bool:
    """Whether no character of it is cut."""
    return bool(part.evaluate("it => it.scrollWidth <= it.clientWidth"))


@pytest.mark.parametrize("width", [1440, 1100, 390])
def test_the_name_of_a_customer_has_the_room_there_is(company: Company, width: int) -> None:
    company.complaint("约好的维保没有按时到场", ago=1 * HOUR)
    Customer.objects.update(kind=Kind.ORGANISATION, name=NAME, name_key=b"k")
    page = company.open(company.world.agent, "/")
    page.set_viewport_size({"width": width, "height": 900})
    row = page.locator(".promise", has_text="分类：约好的维保没有按时到场")
    name = row.locator(".m .clip").first
    expect(name).to_have_text(NAME)
    assert is_whole(name)
    check_page(page)
    # a longer one takes what is left, and says the whole in its title or, where nobody can point, in a second line
    Customer.objects.update(name=LONG)
    page.reload()
    expect(name).to_have_attribute("title", LONG)
    if width < 720:
        assert is_whole(name)
    else:
        # nothing is left over beside it
        line, last = row.locator(".m").bounding_box(), row.locator(".m > form").bounding_box()
        assert line is not None and last is not None
        assert is_whole(name) or line["x"] + line["width"] - last["x"] - last["width"] < 2
    check_page(page)


def test_the_figures_of_an_import_say_what_they_are_on_a_telephone(company: Company) -> None:
    ImportRun.objects.create(
        file_name="投诉登记表.xlsx", sha256="a" * 64, size=1, form="xlsx", total=1286, position=1286,
        made=1180, known=94, bad=12, state="done", actor_kind="staff", actor_id=str(company.world.supervisor.pk),
        user=company.world.supervisor, created_at=clock.now(), finished_at=clock.now(),
    )  # fmt: skip
    page = company.open(company.world.supervisor, "/cases/imports/", phone=True)
    cells = page.locator("tbody td.num")
    said = [
        cell.evaluate("it => [getComputedStyle(it, '::before').content, it.innerText.trim()]")
        for cell in cells.all()
    ]
    assert said == [['"行数"', "1,286"], ['"新建"', "1,180"], ['"已有"', "94"], ['"未导入"', "12"]]
    check_page(page)
