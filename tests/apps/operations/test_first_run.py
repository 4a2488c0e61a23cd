"""The first run: who may, what is asked, and that one act sets everything up."""

from __future__ import annotations

import threading
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from keyue.company.models import Installation
from keyue.kernel.errors import Invalid
from keyue.ledger.models import Fact
from keyue.operations.first_run import gate
from keyue.operations.first_run.durations import written
from keyue.operations.first_run.hours import dates, weekly, windows
from keyue.people.models import Department, Post, User
from keyue.people.selectors import role_codes_of
from keyue.promises.selectors import company_calendar
from keyue.regulations.models import Edition

PASSWORDS = {
    "system": "Rk7#tolmun-42x",
    "security": "Wq9=pemdor-71z",
    "audit": "Hx5+gurlan-63y",
    "quality": "Bn3%vostek8",
}
NAMES = {
    "system": ("秦系安", "sys"),
    "security": ("安守拙", "sec"),
    "audit": ("计明理", "aud"),
    "quality": ("支若兰", "zhi"),
}
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
        with override_hosts():
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


def override_hosts():
    from django.test import override_settings

    return override_settings(ALLOWED_HOSTS=["*"])


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
    assert here.post(at("check")).status_code == 200
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
    done = here.post(at("check"))
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
    assert here.post(at("check")).status_code == 200
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
    done = here.post(at("check")).content.decode()
    assert "分管客户服务的公司领导、客户服务部负责人" in done
    assert not Post.objects.get(code="service_head").holders.exists()


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
    shown = here.post(at("check")).content.decode()
    assert "何苒" in shown and "没有导入的行" not in shown
    assert User.objects.get(username="wu").department.name == "品质部"
    assert {u.username for u in Post.objects.get(code="service_desk").holders.all()} == {"linzhixia", "wu"}
    assert Post.objects.get(code="service_head").holders.get().username == "he"


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
    assert here.post(at("check")).status_code == 200
    assert Edition.objects.count() == 2


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
    assert sorted(got) == [200, 409]
    assert Installation.objects.count() == 1
    assert User.objects.filter(username="sys").count() == 1


# --- what people type -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("30 分钟", "PT30M"),
        ("半小时", "PT30M"),
        ("1.5小时", "PT1H30M"),
        ("1 小时 30 分钟", "PT1H30M"),
        ("一个半小时", "PT1H30M"),
        ("２小时", "PT2H"),
        ("两小时", "PT2H"),
        ("8 工作小时", "PT8H working"),
        ("1 天", "P1D"),
        ("3 个工作日", "3 working days"),
        ("一周", "P1W"),
        ("6 个月", "P6M"),
        ("PT45M", "PT45M"),
        ("2 working days", "2 working days"),
    ],
)
def test_times_as_people_say_them(text, said):
    assert written(text) == said


@pytest.mark.parametrize("text", ["很快", "0 分钟", "2", "两天左右", "半天", "1 天 2 小时", "-1 天", "小时"])
def test_times_that_are_none(text):
    with pytest.raises(Invalid):
        written(text)


def test_hours_and_days_as_people_type_them():
    assert windows("９:00 至 12:00，13:30—18:00") == [["09:00", "12:00"], ["13:30", "18:00"]]
    assert windows("休息") == []
    assert weekly({"mon": "00:00-24:00"}) == {"mon": [["00:00", "24:00"]]}
    for wrong in ("9-18", "18:00-09:00", "09:00-13:00, 12:00-18:00", "09:00-25:00", "09:75-10:00"):
        with pytest.raises(Invalid):
            windows(wrong)
    with pytest.raises(Invalid):
        weekly({})
    assert dates("2027-02-05 至 2027-02-07 春节\n2027年5月1日") == [
        *(date(2027, 2, day) for day in (5, 6, 7)),
        date(2027, 5, 1),
    ]
    for wrong in (
        "元旦",
        "2027-02-30",
        "2027-02-07 至 2027-02-05",
        "2027-01-01 至 2027-12-31",
        "2027-02-051",
    ):
        with pytest.raises(Invalid):
            dates(wrong)
