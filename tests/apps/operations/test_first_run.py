"""The first run: who may, what is asked, and that one act sets everything up."""

from __future__ import annotations

import html
import re
import threading
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings
from django.urls import reverse

from keyue.company.models import Installation
from keyue.ledger.models import Fact
from keyue.operations.first_run import gate
from keyue.people.models import Department, Post, User
from keyue.people.selectors import role_codes_of
from keyue.promises.selectors import company_calendar
from keyue.regulations.models import Edition
from tests.support.founders import NAMES, PASSWORDS

WEEK = {f"day-{day}": "09:00-12:00, 13:30-18:00" for day in ("mon", "tue", "wed", "thu", "fri")}


def administrators(**changed: str) -> dict[str, str]:
    said = {}
    for key, (name, username) in NAMES.items():
        said |= {f"{key}_name": name, f"{key}_username": username}
        said |= {f"{key}_password": PASSWORDS[key], f"{key}_again": PASSWORDS[key]}
    return said | changed


def person(
    n: int, name: str, username: str = "", role: str = "", department: str = "", heads: str = ""
) -> dict[str, str]:
    values = {"name": name, "username": username, "role": role, "department": department, "heads": heads}
    return {f"{key}-{n}": value for key, value in {**values, "email": "", "title": ""}.items()}


STAFF = {
    "departments": "客户服务部\n工程服务部/一组",
    **person(0, "林知夏", "", "service_agent", "客户服务部"),
    **person(1, "许南乔", "xu", "service_supervisor", "客户服务部", "1"),
    **person(2, "顾清和", "gu"),
}
REGULATIONS = {
    "adopt-feedback": "1",
    "feedback:progress.every": "2 天",
    "feedback:meeting.within": "4 小时",
    "feedback:acknowledge_urgent.within": "半小时",
}
ROLES = {
    "holders-service_desk": ["linzhixia"],
    "holders-service_supervisor": ["xu"],
    "holders-service_head": ["gu"],
    "grant": "1",
}
ALL: dict[str, dict[str, object]] = {
    "company": {"company": "澄川环境科技有限公司", "service_phone": "0571-87654321"},
    "administrators": administrators(),
    "staff": STAFF,
    "hours": {**WEEK, "holidays": "2026-12-24 厂庆", "working_days": "2026-12-26"},
    "regulations": REGULATIONS,
    "roles": ROLES,
}


@pytest.fixture
def nobody(fresh_database):
    """A database without a company."""
    return fresh_database


@pytest.fixture
def here(nobody) -> Client:
    """A browser on the machine itself."""
    return Client(headers={"host": "127.0.0.1"})


def at(step: str) -> str:
    return reverse("operations:start_step", args=[step])


def answer(browser: Client, step: str, **changed: object):
    return browser.post(at(step), {**ALL[step], **changed})


def up_to(browser: Client, last: str) -> None:
    """Answer all steps up to and with this one."""
    for step in ALL:
        got = answer(browser, step)
        assert got.status_code == 303, (step, got.content.decode())
        if step == last:
            return


def press(browser: Client):
    """The last button, and the page that follows."""
    pressed = browser.post(at("check"))
    assert pressed.status_code == 303, pressed.content.decode()
    assert pressed.headers["Location"] == reverse("operations:started")
    return browser.get(pressed.headers["Location"])


# --- who may ----------------------------------------------------------------------------------------------


def test_without_a_company_every_page_leads_to_the_first_run(nobody):
    browser = Client(headers={"host": "127.0.0.1"})
    for path in ("/", "/login/", "/cases/", "/feedback/", "/no-such-page/"):
        assert browser.get(path).headers["Location"] == "/start/", path
    fragment = browser.get("/cases/", headers={"HX-Request": "true"})
    assert (fragment.status_code, fragment["HX-Redirect"]) == (403, "/start/")
    for path in ("/api/v1/me", "/live/"):
        refused = browser.get(path)
        assert (refused.status_code, refused.json()["code"]) == (503, "not_founded"), path


def test_a_stranger_needs_the_start_code(nobody):
    for browser in (
        Client(headers={"host": "127.0.0.1"}, REMOTE_ADDR="192.0.2.7"),
        Client(headers={"host": "keyue.example.com"}),
        Client(headers={"host": "127.0.0.1", "X-Forwarded-For": "192.0.2.7"}),
    ):
        with override_settings(ALLOWED_HOSTS=["*"]):
            asked = browser.get(at("company"))
            assert "启动码" in asked.content.decode()
            assert gate.start_code() not in asked.content.decode()
            posted = answer(browser, "company")
            assert posted.status_code == 200 and "启动码" in posted.content.decode()
            wrong = browser.post(reverse("operations:start"), {"code": "AAAA2222"})
            assert wrong.status_code == 422 and "启动码不对" in wrong.content.decode()
            right = browser.post(reverse("operations:start"), {"code": gate.start_code().lower()})
            assert right.status_code == 303
            assert "公司名称" in browser.get(at("company")).content.decode()


def test_codes_are_not_guessed(nobody, monkeypatch):
    monkeypatch.setattr(gate, "_wrong", type(gate._wrong)(maxlen=gate.MOST_TRIES))
    browser = Client(REMOTE_ADDR="192.0.2.7")
    for _try in range(gate.MOST_TRIES):
        assert browser.post(reverse("operations:start"), {"code": "AAAA2222"}).status_code == 422
    assert browser.post(reverse("operations:start"), {"code": gate.start_code()}).status_code == 429


def test_the_code_is_for_the_owner_of_the_folder_alone(nobody):
    code = gate.start_code()
    assert len(code) == 8 and gate.start_code() == code
    assert gate.code_file().stat().st_mode & 0o077 == 0
    assert code in gate.announcement("http://127.0.0.1:8000")


def test_with_a_company_there_is_no_first_run(here):
    up_to(here, "roles")
    assert press(here).status_code == 200
    late = Client(headers={"host": "127.0.0.1"})
    assert late.get("/start/").headers["Location"] == reverse("people:sign_in")
    assert answer(late, "company").status_code == 409
    assert late.get("/login/").status_code == 200
    assert gate.announcement("http://127.0.0.1:8000") == ""
    assert not gate.code_file().exists()


# --- the steps --------------------------------------------------------------------------------------------


def test_everything_is_set_up_in_one_act(here):
    up_to(here, "roles")
    page = here.get(at("check")).content.decode()
    assert "林知夏" in page and "没有人" not in page and "2 天" in page and "先不启用" in page
    assert not User.objects.exists() and not Installation.objects.exists()
    done = press(here)
    shown = done.content.decode()
    assert done.status_code == 200 and "一次性密码" in shown and "linzhixia" in shown
    installation = Installation.objects.get()
    assert (installation.company, installation.is_demo) == ("澄川环境科技有限公司", False)
    for key, (_name, username) in NAMES.items():
        user = User.objects.get(username=username)
        assert user.check_password(PASSWORDS[key]) and not user.must_change_password
    assert role_codes_of(User.objects.get(username="gu")) == {"executive"}
    lin = User.objects.get(username="linzhixia")
    assert lin.must_change_password and role_codes_of(lin) == {"service_agent"}
    assert Department.objects.get(name="一组").parent.name == "工程服务部"
    assert Department.objects.get(name="客户服务部").head.username == "xu"
    desk = Post.objects.get(code="service_desk")
    assert list(desk.holders.all()) == [lin] and desk.reports_to.code == "service_supervisor"
    edition = Edition.objects.get()
    assert edition.answers == {
        "progress.every": "P2D",
        "meeting.within": "PT4H",
        "acknowledge_urgent.within": "PT30M",
    }
    calendar = company_calendar()
    assert not calendar.is_working_day(date(2026, 12, 24)) and calendar.is_working_day(date(2026, 12, 26))
    assert Fact.objects.filter(kind="company.founded").count() == 1
    assert here.session.get("first_run") is None


def test_steps_come_in_order_and_going_back_keeps_everything(here):
    assert here.get(at("roles")).headers["Location"] == at("company")
    up_to(here, "hours")
    assert here.get("/start/").headers["Location"] == at("regulations")
    assert "澄川环境科技有限公司" in here.get(at("company")).content.decode()
    staff = here.get(at("staff")).content.decode()
    assert "林知夏" in staff and "linzhixia" in staff and "一组" in staff
    page = here.get(at("administrators")).content.decode()
    assert "已设置，留空不变" in page and PASSWORDS["system"] not in page
    again = answer(
        here, "administrators", **{f"{key}_{name}": "" for key in NAMES for name in ("password", "again")}
    )
    assert again.status_code == 303
    for step in ("regulations", "roles"):
        answer(here, step)
    changed = answer(here, "company", company="新名字有限公司", then="check")
    assert changed.headers["Location"] == at("check")
    here.post(at("check"))
    assert User.objects.get(username="sys").check_password(PASSWORDS["system"])
    assert Installation.objects.get().company == "新名字有限公司"


def test_nothing_of_the_answers_stands_in_the_session_in_the_clear(here):
    up_to(here, "staff")
    kept = str(dict(here.session))
    assert PASSWORDS["system"] not in kept and "林知夏" not in kept


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"audit_name": "", "audit_username": "", "audit_password": "", "audit_again": ""}, "请填写姓名"),
        ({"audit_password": "short1A!", "audit_again": "short1A!"}, "管理员的密码至少 12 个字符"),
        ({"system_password": "Sys-Qinxian-88x", "system_again": "Sys-Qinxian-88x"}, "姓名的拼音"),
        ({"audit_again": "something else"}, "两次输入的密码不一样"),
        ({"audit_username": "sys"}, "这个工号上面已经用了"),
        ({"security_username": "张三"}, "工号用小写字母"),
        ({"quality_password": "12345678", "quality_again": "12345678"}, "连续或重复"),
    ],
)
def test_administrators_are_three_with_passwords_by_the_rules(here, changed, said):
    up_to(here, "company")
    refused = answer(here, "administrators", **changed)
    assert refused.status_code == 422
    assert said in refused.content.decode()


def test_one_mistake_does_not_cost_the_others_their_passwords(here):
    up_to(here, "company")
    refused = answer(here, "administrators", audit_password="short", audit_again="short")
    assert refused.content.decode().count("已设置，留空不变") == 3
    blank = {
        f"{key}_{name}": "" for key in ("system", "security", "quality") for name in ("password", "again")
    }
    assert answer(here, "administrators", **blank).status_code == 303


def test_system_and_security_may_be_one_person_and_that_is_recorded(here):
    up_to(here, "company")
    answer(here, "administrators", joined="1", security_name="", security_username="", security_password="")
    for step in ("staff", "hours", "regulations", "roles"):
        answer(here, step)
    assert "一人兼任" in here.get(at("check")).content.decode()
    assert press(here).status_code == 200
    assert role_codes_of(User.objects.get(username="sys")) == {
        "system_administrator",
        "security_administrator",
    }
    assert Fact.objects.get(kind="company.founded").data["joined"] is True


def test_a_post_without_a_person_is_said_in_red_and_never_hidden(here):
    up_to(here, "regulations")
    assert here.get(at("roles")).content.decode().count("还没有人") == 1, "who has the role is proposed"
    here.post(at("roles"), {"holders-service_desk": ["linzhixia"]})
    page = here.get(at("check")).content.decode()
    assert "有岗位还没有人" in page and page.count("没有人</span>") == 2
    done = press(here).content.decode()
    assert "分管客户服务的公司领导、客户服务部负责人" in done
    assert not Post.objects.get(code="service_head").holders.exists()
    for username, shown in (("sys", True), ("zhi", True), ("linzhixia", False)):
        user = User.objects.get(username=username)
        User.objects.filter(pk=user.pk).update(must_change_password=False)
        here.force_login(user)
        home = here.get("/").content.decode()
        assert ("有 2 个岗位没有人" in home) is shown, username


def test_rows_of_staff_that_are_wrong_are_marked_and_kept(here):
    up_to(here, "administrators")
    bad = {**person(0, "林知夏", "sys"), **person(1, "", "xu"), **person(2, "陈砚", "chen", "no_such_role")}
    refused = here.post(at("staff"), {"departments": "客户服务部", **bad})
    page = refused.content.decode()
    assert refused.status_code == 422
    assert "工号「sys」已经有人使用" in page and "请填写姓名" in page and "陈砚" in page
    more = here.post(at("staff"), {"departments": "客户服务部", **bad, "act": "more"})
    assert more.status_code == 200 and more.content.decode().count('name="name-') == 8


def test_staff_from_a_sheet(here):
    up_to(here, "administrators")
    sheet = "工号,姓名,部门,角色,岗位\nhe,何苒,工程服务部,部门负责人,\nwu,吴桐,品质部,部门处理人员,客户服务部坐席组\n"
    file = SimpleUploadedFile("人员.csv", sheet.encode("gb18030"))
    read = here.post(at("staff"), {**STAFF, "sheet": file, "act": "sheet"})
    assert read.headers["Location"] == at("staff")
    assert "表格里有 2 人" in here.get(at("staff")).content.decode()
    for step in ("staff", "hours", "regulations"):
        assert answer(here, step).status_code == 303
    assert "吴桐" in here.get(at("roles")).content.decode()
    here.post(at("roles"), {**ROLES, "holders-service_head": ["he"]})
    # a department that only the sheet names is told before it is made: its name may be a slip of the pen
    check = here.get(at("check")).content.decode()
    assert "人员表里还有这些部门" in check and "品质部" in check.split("人员表里还有这些部门")[1][:80]
    assert "工程服务部。" not in check
    shown = press(here).content.decode()
    assert "何苒" in shown and "没有导入的行" not in shown
    assert User.objects.get(username="wu").department.name == "品质部"
    assert {u.username for u in Post.objects.get(code="service_desk").holders.all()} == {"linzhixia", "wu"}
    assert Post.objects.get(code="service_head").holders.get().username == "he"


def test_administrators_of_one_name_are_asked_about(here):
    up_to(here, "roles")
    assert "查得了他做的事" not in here.get(at("check")).content.decode()
    [name] = [value for key, value in ALL["administrators"].items() if key == "system_name"]
    answer(here, "administrators", audit_name=name)
    assert "查得了他做的事" in here.get(at("check")).content.decode()


@pytest.mark.parametrize(
    ("sheet", "said"),
    [
        ("工号,姓名\nsys,何苒\n", "第 2 行：工号「sys」已经有人使用"),
        ("工号,姓名,角色\nhe,何苒,国王\n", "没有「国王」这个角色"),
        ("工号,姓名,角色\nhe,何苒,审计管理员\n", "不能写在表里"),
        ("甲,乙\n1,2\n", "找不到表头"),
        ("工号,姓名\n" + "".join(f"u{n},甲\n" for n in range(301)), "最多 300 人"),
    ],
)
def test_a_sheet_of_staff_that_is_wrong_is_refused_with_its_line(here, sheet, said):
    up_to(here, "administrators")
    file = SimpleUploadedFile("人员.csv", sheet.encode())
    refused = here.post(at("staff"), {**STAFF, "sheet": file, "act": "sheet"})
    assert refused.status_code == 422
    assert said in refused.content.decode()


def test_the_empty_sheet_of_staff_can_be_read_back(here, tmp_path):
    from keyue.people.sheets import read_rows

    got = here.get(reverse("operations:staff_sheet"))
    rows = read_rows(b"".join(got.streaming_content))
    assert [row.values["username"] for row in rows] == ["lin", "chen"]


def test_presets_fill_the_week_and_mistakes_stand_beside_their_day(here):
    up_to(here, "staff")
    page = here.post(at("hours"), {**WEEK, "preset": "six"}).content.decode()
    assert 'id="day-sat" name="day-sat" value="09:00-12:00, 13:30-18:00"' in page
    refused = here.post(at("hours"), {**WEEK, "day-tue": "9 点到 18 点", "holidays": "元旦"})
    assert refused.status_code == 422
    assert (
        "看不懂「9 点到 18 点」" in refused.content.decode() and "看不懂「元旦」" in refused.content.decode()
    )
    assert "尚未公布" in here.get(at("hours")).content.decode()


def test_regulations_are_chosen_and_their_questions_answered_or_left(here):
    up_to(here, "hours")
    assert "至少采用一项" in here.post(at("regulations"), {}).content.decode()
    refused = here.post(at("regulations"), {**REGULATIONS, "feedback:progress.every": "很快"})
    assert refused.status_code == 422 and "看不懂「很快」" in refused.content.decode()
    here.post(
        at("regulations"),
        {"adopt-feedback": "1", "adopt-construction": "1", "construction:manager_progress.every": "3 天"},
    )
    page = here.get(at("roles")).content.decode()
    assert (
        "建筑施工企业客户关系管理制度" in page
        and "客户经理" not in page.split("同时给")[0].split("</nav>")[1]
    )
    here.post(at("roles"), ROLES)
    assert press(here).status_code == 200
    assert Edition.objects.count() == 2


def test_two_presses_of_one_browser_found_one_company_and_lose_no_password(nobody):
    """A double click: the browser shows the answer to the second press."""
    browser = Client(headers={"host": "127.0.0.1"})
    up_to(browser, "roles")
    twin = Client(headers={"host": "127.0.0.1"})
    twin.cookies = browser.cookies
    got: list[tuple[int, str]] = []
    gates = threading.Barrier(2)

    def pressed(one: Client) -> None:
        from django.db import connection

        gates.wait()
        try:
            answered = one.post(at("check"))
            got.append((answered.status_code, answered.headers.get("Location", "")))
        finally:
            connection.close()

    threads = [threading.Thread(target=pressed, args=(one,)) for one in (browser, twin)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == [(303, reverse("operations:started"))] * 2
    assert Installation.objects.count() == 1
    shown = browser.get(reverse("operations:started")).content.decode()
    lin = User.objects.get(username="linzhixia")
    assert [word for word in words_of(shown) if lin.check_password(word)], "the password on the page is hers"


def words_of(page: str) -> list[str]:
    return [html.unescape(word) for word in re.findall(r'<td class="mono">([^<]+)</td>', page)]


def test_the_last_page_can_be_reloaded_until_the_passwords_are_noted(here):
    up_to(here, "roles")
    first = words_of(press(here).content.decode())
    assert first and words_of(here.get(reverse("operations:started")).content.decode()) == first
    assert answer(here, "company").headers["Location"] == reverse("operations:started"), "nor is a stale tab"
    assert first[1] not in str(dict(here.session)), "and not in the clear"
    noted = here.post(reverse("operations:started"))
    assert noted.headers["Location"] == reverse("people:sign_in")
    assert here.get(reverse("operations:started")).headers["Location"] == reverse("people:sign_in")
    stranger = Client(headers={"host": "127.0.0.1"})
    assert stranger.get(reverse("operations:started")).headers["Location"] == reverse("people:sign_in")


def test_the_last_page_is_gone_after_an_hour(here, monkeypatch):
    up_to(here, "roles")
    press(here)
    monkeypatch.setattr("keyue.operations.first_run.answers.DONE_FOR", timedelta(seconds=-1))
    assert here.get(reverse("operations:started")).headers["Location"] == reverse("people:sign_in")


# --- nothing is lost --------------------------------------------------------------------------------------


def test_going_back_from_a_half_filled_step_loses_nothing_and_answers_nothing(here):
    up_to(here, "administrators")
    half = {**STAFF, **person(1, "许南乔", "sys", "service_supervisor")}
    back = here.post(at("staff"), {**half, "then": "company"})
    assert back.headers["Location"] == at("company")
    assert here.get(at("hours")).headers["Location"] == at("staff"), "the step is still open"
    page = here.get(at("staff")).content.decode()
    assert 'value="许南乔"' in page and 'value="sys"' in page and "工程服务部/一组" in page
    good = here.post(at("staff"), {**STAFF, "then": "company"})
    assert good.headers["Location"] == at("company")
    assert here.get(at("hours")).headers["Location"] == at("staff"), "going back is no answer"
    assert answer(here, "staff").headers["Location"] == at("hours")


def test_every_step_can_be_left_half_filled(here):
    typed = {
        "company": ({"company": "", "service_phone": "0571-1"}, "0571-1"),
        "administrators": (administrators(audit_username="审计"), 'value="审计"'),
        "hours": ({**WEEK, "day-tue": "9 点到 18 点"}, "9 点到 18 点"),
        "regulations": ({**REGULATIONS, "feedback:progress.every": "很快"}, "很快"),
    }
    for step in ALL:
        if step in typed:
            said, kept = typed[step]
            assert here.post(at(step), said).status_code == 422
            assert kept in here.get(at(step)).content.decode(), step
            if step != "company":
                gone = here.post(at(step), {**said, "then": "company"})
                assert gone.headers["Location"] == at("company")
                assert kept in here.get(at(step)).content.decode(), step
        assert answer(here, step).status_code == 303
    assert "改了一半" not in here.get(at("check")).content.decode()


def test_a_step_that_was_spoilt_later_says_so_before_anything_is_founded(here):
    up_to(here, "roles")
    here.post(at("hours"), {**WEEK, "day-tue": "很久", "then": "company"})
    page = here.get(at("check")).content.decode()
    assert "有的步骤改了一半" in page and "工作时间" in page.split("改了一半")[1][:80]
    assert answer(here, "hours", then="check").headers["Location"] == at("check")
    assert "改了一半" not in here.get(at("check")).content.decode()


def test_going_back_from_the_last_step_founds_nothing(here):
    up_to(here, "roles")
    assert f'href="{at("roles")}"' in here.get(at("check")).content.decode()
    assert here.post(at("check"), {"then": "roles"}).headers["Location"] == at("roles")
    assert not Installation.objects.exists()


def test_a_sheet_is_never_dropped_in_silence(here):
    """It was read together with a mistake elsewhere, or has a mistake itself: it stays until it is taken away."""
    up_to(here, "administrators")
    good = SimpleUploadedFile("人员.csv", "工号,姓名\nhe,何苒\n".encode())
    refused = here.post(at("staff"), {**STAFF, **person(1, "", "xu"), "sheet": good})
    assert refused.status_code == 422 and "表格里有 1 人" in refused.content.decode()
    assert answer(here, "staff").status_code == 303
    assert "何苒" in here.get(at("staff")).content.decode()
    bad = SimpleUploadedFile("人员.csv", "工号,姓名\nhe,何苒\nsys,吴桐\n".encode())
    assert here.post(at("staff"), {**STAFF, "sheet": bad, "act": "sheet"}).status_code == 422
    again = answer(here, "staff")
    assert again.status_code == 422 and "第 3 行" in again.content.decode()
    assert here.post(at("staff"), {**STAFF, "act": "drop"}).headers["Location"] == at("staff")
    assert answer(here, "staff").status_code == 303
    assert "何苒" not in here.get(at("staff")).content.decode()
    empty = here.post(at("staff"), {**STAFF, "act": "sheet"})
    assert empty.status_code == 422 and "请先选择一个文件" in empty.content.decode()


def test_a_fault_stands_beside_its_field(here):
    up_to(here, "administrators")
    page = here.post(at("staff"), {**STAFF, **person(1, "许南乔", "sys"), "email-1": "x@"}).content.decode()
    for name in ("username-1", "email-1"):
        assert f'aria-describedby="{name}_error"' in page and f'id="{name}_error"' in page
    assert "有几处要改" in page


def test_the_newest_good_password_counts(here):
    up_to(here, "company")
    answer(here, "administrators")
    newer = "Tv8#dorhelm-53k"
    said = {
        "system_password": newer,
        "system_again": newer,
        "audit_password": "short",
        "audit_again": "short",
    }
    assert answer(here, "administrators", **said).status_code == 422
    blank = {f"{key}_{name}": "" for key in NAMES for name in ("password", "again")}
    assert answer(here, "administrators", **blank).status_code == 303
    for step in ("staff", "hours", "regulations", "roles"):
        answer(here, step)
    press(here)
    assert User.objects.get(username="sys").check_password(newer)
    assert User.objects.get(username="aud").check_password(PASSWORDS["audit"])


def test_an_administrator_is_nobody_of_the_staff(here):
    up_to(here, "staff")
    refused = answer(here, "administrators", security_username="xu")
    assert refused.status_code == 422 and "工号「xu」已经有人使用" in refused.content.decode()


def test_two_departments_of_one_name_are_told_apart_by_what_they_lie_in(here):
    up_to(here, "administrators")
    said = {
        "departments": "工程服务部/一组\n客户服务部/一组",
        **person(0, "林知夏", "lin", "", "客户服务部/一组"),
        **person(1, "许南乔", "xu", "", "工程服务部/一组"),
    }
    assert here.post(at("staff"), said).status_code == 303
    for step in ("hours", "regulations"):
        answer(here, step)
    here.post(at("roles"), {})
    press(here)
    assert User.objects.get(username="lin").department.parent.name == "客户服务部"
    assert User.objects.get(username="xu").department.parent.name == "工程服务部"


def test_who_stands_behind_a_post_may_be_an_administrator_but_audit_gets_no_other_administration(here):
    up_to(here, "regulations")
    here.post(at("roles"), {"holders-service_head": ["sys"], "grant": "1"})
    press(here)
    assert role_codes_of(User.objects.get(username="sys")) == {"system_administrator", "executive"}
    assert role_codes_of(User.objects.get(username="aud")) == {"audit_administrator"}


def test_two_at_once_the_second_is_told(nobody):
    """Both are ready; both press the button."""
    browsers = [Client(headers={"host": "127.0.0.1"}) for _n in range(2)]
    for browser in browsers:
        up_to(browser, "roles")
    got: list[int] = []
    gates = threading.Barrier(2)

    def press(browser: Client) -> None:
        from django.db import connection

        gates.wait()
        try:
            got.append(browser.post(at("check")).status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=press, args=(browser,)) for browser in browsers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == [303, 409]
    assert Installation.objects.count() == 1
    assert User.objects.filter(username="sys").count() == 1
