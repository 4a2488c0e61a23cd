"""Registration by staff: one screen, number and code to read out, known customers recognised under their masks."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from keyue.cases.codes import code_opens
from keyue.cases.models import Attachment, Case
from keyue.kernel import clock

pytestmark = pytest.mark.django_db
TYPED = {
    "type": "complaint",
    "content": "除臭风机噪声扰民，要求停机整改。\n住户已两次来电。",
    "channel": "phone",
    "name": "周叙白",
    "phone": "138 0000 6027",
}


def test_it_gives_a_number_and_a_code_to_read_out(world, as_user):
    answer = as_user(world.agent).post("/cases/new/", TYPED)
    case = Case.objects.get()
    text = answer.content.decode()
    assert answer.status_code == 200 and case.number in text
    assert code_opens(case, answer.context["code"]) and answer.context["code"] in text
    assert case.title == "除臭风机噪声扰民，要求停机整改。"
    assert (case.registered_by, case.channel) == (world.agent, "phone")
    assert case.next_promise is not None and case.next_promise.name in text, "what is owed first"


def test_everything_typed_is_kept(world, as_user):
    more = {
        "title": "风机噪声",
        "phase": "after",
        "region": "浙江杭州",
        "email": "zhou@example.com",
        "files": SimpleUploadedFile("现场.txt", "分贝 72".encode()),
    }
    as_user(world.agent).post("/cases/new/", {**TYPED, **more})
    case = Case.objects.get()
    assert (case.title, case.phase, case.region) == ("风机噪声", "after", "浙江杭州")
    assert Attachment.objects.get().name == "现场.txt"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"content": ""}, "必填"),
        ({"phone": "", "name": ""}, "请留下联系方式，或选择匿名提交"),
        ({"phone": "12"}, "12"),
        ({"title": "字" * 121}, "120"),
        ({"channel": "smoke"}, "smoke"),
    ],
)
def test_a_mistake_is_named_and_nothing_is_lost(world, as_user, change, said):
    answer = as_user(world.agent).post("/cases/new/", {**TYPED, **change})
    text = answer.content.decode()
    assert answer.status_code == 422 and said in text
    assert not Case.objects.exists()
    if "content" not in change:
        assert "住户已两次来电" in text


def test_a_wrong_file_is_refused_before_anything_is_kept(world, as_user):
    fake = SimpleUploadedFile("账单.pdf", b"not a pdf at all")
    answer = as_user(world.agent).post("/cases/new/", {**TYPED, "files": fake})
    text = answer.content.decode()
    assert answer.status_code == 422 and "「账单.pdf」的内容与扩展名不符" in text and "请重新选择" in text
    assert not Case.objects.exists()


def test_anonymous_leaves_no_name_behind(world, as_user):
    as_user(world.agent).post("/cases/new/", {**TYPED, "is_anonymous": "on"})
    case = Case.objects.get()
    assert case.is_anonymous and case.customer is None


def test_what_came_in_earlier_counts_from_then_and_never_from_the_future(world, as_user):
    browser = as_user(world.agent)
    earlier = (clock.now() - timedelta(hours=5)).isoformat(timespec="minutes")
    browser.post("/cases/new/", {**TYPED, "received_at": earlier})
    case = Case.objects.get()
    assert abs((clock.now() - timedelta(hours=5)) - case.received_at) < timedelta(minutes=2)
    later = (clock.now() + timedelta(hours=5)).isoformat(timespec="minutes")
    answer = browser.post("/cases/new/", {**TYPED, "received_at": later})
    assert answer.status_code == 422 and "不能晚于现在" in answer.content.decode()


def test_a_known_number_is_recognised_under_its_mask(desk, as_user):
    case = desk.complaint()
    answer = as_user(desk.world.agent).send("/cases/new/known/", {"phone": "138-0000-6027", "email": ""})
    text = answer.content.decode()
    assert "已有客户" in text and case.title in text
    assert "周叙白" not in text and "13800006027" not in text


@pytest.mark.parametrize("typed", ["", "138", "13900001111"])
def test_nobody_is_recognised_by_half_a_number(desk, as_user, typed):
    desk.complaint()
    answer = as_user(desk.world.agent).send("/cases/new/known/", {"phone": typed})
    assert "已有客户" not in answer.content.decode()


def test_who_does_not_see_the_customer_learns_nothing(desk, as_user):
    from keyue.people import actions as people
    from keyue.people.enums import Scope

    world = desk.world
    desk.complaint()
    people.grant_role(
        user=world.stranger,
        role="account_manager",
        scope=Scope.DEPARTMENT,
        by=world.actor(world.agent),
        at=clock.now(),
    )
    answer = as_user(world.stranger).send("/cases/new/known/", {"phone": "13800006027"})
    assert answer.status_code == 200 and "已有客户" not in answer.content.decode()


def test_registration_is_for_who_may(world, as_user):
    for user in (world.engineer, world.executive):
        assert as_user(user).get("/cases/new/").status_code == 403
        assert as_user(user).post("/cases/new/", TYPED).status_code == 403
    assert not Case.objects.exists()


def once_of(page: str) -> str:
    found = re.search(r'name="once" value="([0-9a-f]{32})"', page)
    assert found
    return found[1]


def test_the_same_form_twice_is_one_case_with_the_same_code(world, as_user):
    """A double click, or a reload of the page that shows the code."""
    browser = as_user(world.agent)
    sent = {**TYPED, "once": once_of(browser.get("/cases/new/").content.decode())}
    first, second = (browser.post("/cases/new/", sent) for _n in range(2))
    case = Case.objects.get()
    assert first.context["code"] == second.context["code"] and code_opens(case, second.context["code"])
    assert case.number in second.content.decode()
    assert "13800006027" not in str(Case.objects.values_list("source_key", flat=True)[0])


@pytest.mark.parametrize("change", [{"content": "另一件事，说得更清楚些。"}, {"phone": "13900001111"}])
def test_a_form_that_was_gone_back_to_and_changed_is_another_case(world, as_user, change):
    browser = as_user(world.agent)
    sent = {**TYPED, "once": once_of(browser.get("/cases/new/").content.decode())}
    browser.post("/cases/new/", sent)
    browser.post("/cases/new/", {**sent, **change})
    assert Case.objects.count() == 2


def test_a_mistake_keeps_the_mark_of_the_form(world, as_user):
    browser = as_user(world.agent)
    once = once_of(browser.get("/cases/new/").content.decode())
    refused = browser.post("/cases/new/", {**TYPED, "content": "", "once": once})
    assert once_of(refused.content.decode()) == once


def test_nobody_registers_by_hand_what_came_by_a_sheet_or_a_program(world, as_user):
    form = as_user(world.agent).get("/cases/new/").context["form"]
    assert {"phone", "visit"} <= set(dict(form.fields["channel"].choices))
    assert not {"sheet", "api"} & set(dict(form.fields["channel"].choices))
