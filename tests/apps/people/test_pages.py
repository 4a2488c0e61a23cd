"""The pages over HTTP: what each administrator may, forms with their sentences, and how much they ask the database."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from keyue.people import actions, leaving, selectors
from keyue.people.models import (
    ApiToken,
    Delegation,
    Department,
    RoleGrant,
    SecurityPolicy,
    StaffSession,
    User,
)
from keyue.people.urls import urlpatterns
from tests.apps.people.conftest import PASSWORD, SYSTEM, Cast

pytestmark = pytest.mark.django_db

PUBLIC = {"sign_in", "sign_in_code", "sign_out"}


def address(name: str, cast: Cast) -> str:
    """The address by its name, for Li, the water department or the service desk."""
    route = next(str(p.pattern) for p in urlpatterns if p.name == name)
    code = "service_desk" if "/posts/" in route else "water"
    values = {"<int:pk>": cast.li.pk, "<slug:code>": code, "<slug:role>": "executive"}
    for hole, value in values.items():
        route = route.replace(hole, str(value))
    return f"/{route}"


def all_names() -> list[str]:
    return [str(pattern.name) for pattern in urlpatterns]


# --- who may ---


def test_nothing_but_the_door_is_open_to_strangers(client, cast: Cast):
    for name in all_names():
        for method in (client.get, client.post):
            answer = method(address(name, cast))
            if name in PUBLIC:
                continue
            assert answer.status_code in (302, 405), name
            if answer.status_code == 302:
                assert answer["Location"].startswith("/login/"), name


def test_staff_without_a_role_reach_their_own_pages_only(cast: Cast, enter, hire):
    hire("new.comer", "新来的", None)
    browser = enter(User.objects.get(username="new.comer"))
    open_to_all = {"me", "password", "two_factor", "my_tokens", "delegations", *PUBLIC}
    for name in all_names():
        if (
            name in open_to_all
            or "two_factor" in name
            or name in {"end_session", "revoke_token", "end_delegation"}
        ):
            continue
        got = browser.get(address(name, cast)).status_code
        assert got in (403, 405), (name, got)
        assert browser.post(address(name, cast)).status_code in (403, 405), name
    for name in open_to_all - PUBLIC:
        assert browser.get(address(name, cast)).status_code == 200, name


def test_the_audit_administrator_sees_accounts_and_changes_nothing(cast: Cast, enter):
    browser = enter(cast.audit)
    for name in ("staff", "person", "departments", "posts", "roles", "security"):
        assert browser.get(address(name, cast)).status_code == 200, name
    page = browser.get(address("person", cast)).content.decode()
    assert "重设密码" not in page and 'name="name"' not in page
    before = User.objects.filter(pk=cast.li.pk).values().get()
    attempts = {
        "person": {"name": "改名"},
        "new_person": {"name": "某人", "username": "someone"},
        "reset_password": {},
        "leave": {},
        "unlock": {},
        "roles": {"user": cast.li.pk, "role": "executive"},
        "revoke_role": {},
        "new_department": {"name": "新部门"},
        "department": {"name": "改名"},
        "new_post": {"name": "新岗", "code": "x"},
        "post": {"name": "改名"},
        "security": {"idle_minutes": 5},
        "end_sessions": {},
        "remove_code": {},
    }
    for name, data in attempts.items():
        assert browser.post(address(name, cast), data).status_code == 403, name
    assert User.objects.filter(pk=cast.li.pk).values().get() == before
    assert not RoleGrant.objects.filter(user=cast.li, role="executive").exists()


def test_the_system_administrator_opens_accounts_and_grants_nothing(cast: Cast, enter):
    browser = enter(cast.system)
    assert browser.post(address("roles", cast), {"user": cast.li.pk, "role": "executive"}).status_code == 403
    assert browser.get(address("security", cast)).status_code == 403
    assert browser.get(address("tokens", cast)).status_code == 403
    from keyue.people.enums import Permission
    from keyue.people.permissions import allows

    assert not allows(cast.system, Permission.AUDIT_READ)
    assert not allows(cast.security, Permission.AUDIT_READ)


def test_the_security_administrator_grants_and_opens_nothing(cast: Cast, enter):
    browser = enter(cast.security)
    for name in ("new_person", "import", "leave", "new_department"):
        assert browser.get(address(name, cast)).status_code == 403, name
    data = {"user": cast.li.pk, "role": "executive", "scope": ""}
    assert browser.post(address("roles", cast), data).status_code == 303
    grant = RoleGrant.objects.get(user=cast.li, role="executive")
    assert (grant.scope, grant.granted_by) == ("all", cast.security)
    page = browser.get(address("roles", cast)).content.decode()
    assert "李强" in page and "三员之一" in page
    assert browser.post(f"/settings/people/{cast.li.pk}/roles/executive/revoke/").status_code == 303


def test_separation_is_said_beside_the_form(cast: Cast, enter):
    browser = enter(cast.security)
    data = {"user": cast.audit.pk, "role": "system_administrator", "scope": ""}
    answer = browser.post(address("roles", cast), data)
    assert answer.status_code == 422
    assert "审计管理员不能兼任" in answer.content.decode()
    data = {"user": cast.system.pk, "role": "audit_administrator", "joined": "on", "scope": ""}
    assert browser.post(address("roles", cast), data).status_code == 422


def test_joined_administrators_are_shown(cast: Cast, enter, at):
    actions.grant_role(user=cast.system, role="security_administrator", joined=True, by=SYSTEM, at=at)
    assert "已合并，由同一人担任：沈系统" in enter(cast.audit).get(address("roles", cast)).content.decode()


# --- staff ---


def test_opening_an_account_shows_its_password_once(cast: Cast, enter):
    browser = enter(cast.system)
    data = {"name": "赵启明", "username": "zhao.qiming", "department": "water", "email": "", "phone": ""}
    page = browser.post(address("new_person", cast), data).content.decode()
    password = page.split('data-copy="')[1].split('"')[0]
    newcomer = Client()
    answer = newcomer.post("/login/", {"username": "zhao.qiming", "password": password})
    assert answer.status_code == 303
    assert newcomer.get("/")["Location"] == "/me/password/"
    again = browser.post(address("new_person", cast), data)
    assert again.status_code == 422
    assert "已经有人使用" in again.content.decode()


def test_the_list_is_searched_by_name_pinyin_and_initials(cast: Cast, enter):
    browser = enter(cast.system)

    def found(**query: str) -> set[str]:
        page = browser.get("/settings/people/", query, headers={"HX-Request": "true"}).content.decode()
        assert "<html" not in page
        return {u.name for u in User.objects.all() if f">{u.name}</a>" in page}

    assert found(q="知夏") == {"林知夏"}
    assert found(q="zhi xia") == {"林知夏"}
    assert found(q="linzhixia") == {"林知夏"}
    assert found(q="lzx") == {"林知夏"}
    assert found(q="WANG.MIN") == {"王敏"}
    assert found(department="service") == {"林知夏", "王敏"}
    assert found(q="没有此人") == set()
    assert found(state="left") == set()


def test_changing_an_account(cast: Cast, enter):
    browser = enter(cast.system)
    data = {
        "name": "李强",
        "department": "desk",
        "title": "工程师",
        "email": "li@example.cn",
        "phone": "138-0000-1111",
    }
    assert browser.post(address("person", cast), data).status_code == 303
    cast.li.refresh_from_db()
    assert (cast.li.department, cast.li.title, cast.li.email) == (cast.desk, "工程师", "li@example.cn")
    answer = browser.post(address("person", cast), {**data, "email": "nonsense"})
    assert answer.status_code == 422
    assert "邮箱的格式不对" in answer.content.decode()


def test_leaving_through_the_page(cast: Cast, enter, monkeypatch):
    monkeypatch.setattr(leaving, "_checks", [])
    monkeypatch.setattr(leaving, "_hand_overs", [])
    browser = enter(cast.system)
    url = f"/settings/people/{cast.wang.pk}/leave/"
    assert "独自担任岗位「客服台」" in browser.get(url).content.decode()
    answer = browser.post(url, {"heir": ""})
    assert answer.status_code == 409
    assert "未交接" in answer.content.decode()
    assert browser.post(url, {"heir": cast.lin.pk}).status_code == 303
    assert selectors.people_behind("service_desk", cast.wang.joined_at) == [cast.lin]
    assert "重新启用" in browser.get(f"/settings/people/{cast.wang.pk}/").content.decode()
    assert browser.post(f"/settings/people/{cast.wang.pk}/return/").status_code == 303


def test_resetting_and_signing_out_elsewhere(cast: Cast, enter):
    li, browser = enter(cast.li), enter(cast.system)
    assert browser.post(address("end_sessions", cast)).status_code == 303
    assert li.get("/").status_code == 302
    page = browser.post(address("reset_password", cast)).content.decode()
    password = page.split('data-copy="')[1].split('"')[0]
    assert Client().post("/login/", {"username": "li.qiang", "password": PASSWORD}).status_code == 401
    assert Client().post("/login/", {"username": "li.qiang", "password": password}).status_code == 303


def test_a_sheet_through_the_page(cast: Cast, enter):
    assert enter(cast.system).get(address("import", cast)).status_code == 200
    sheet = (
        "工号,姓名,部门,角色\nzhou.ming,周明,水务工程部/二组,部门处理人员\nli.qiang,李强,,\nbad name,坏,,\n"
    )
    upload = SimpleUploadedFile("staff.csv", sheet.encode("gb18030"))
    page = enter(cast.system).post(address("import", cast), {"sheet": upload}).content.decode()
    assert "工号用小写字母" in page
    zhou = User.objects.get(username="zhou.ming")
    assert zhou.department.path == "company/water/erzu/"
    answer = enter(cast.system).post(
        address("import", cast), {"sheet": SimpleUploadedFile("x.xlsx", b"PK\x03\x04junk")}
    )
    assert answer.status_code == 422
    assert "打不开这个表格" in answer.content.decode()


# --- organisation ---


def test_departments_through_the_page(cast: Cast, enter):
    browser = enter(cast.system)
    data = {"name": "质量部", "parent": "company", "head": cast.li.pk}
    assert browser.post(address("new_department", cast), data).status_code == 303
    made = Department.objects.get(code="zhiliangbu")
    assert made.head == cast.li
    url = "/settings/people/departments/zhiliangbu/"
    assert browser.get(url).status_code == 200
    assert browser.post(url, {"name": "品质部", "parent": "service", "head": ""}).status_code == 303
    made.refresh_from_db()
    assert (made.name, made.path, made.head) == ("品质部", "company/service/zhiliangbu/", None)
    answer = browser.post("/settings/people/departments/service/", {"name": "客户服务部", "parent": "desk"})
    assert answer.status_code == 422
    assert "它自己或它的下级" in answer.content.decode()
    assert browser.post(f"{url}close/").status_code == 303
    assert browser.get(url).status_code == 404


def test_posts_through_the_page(cast: Cast, enter):
    browser = enter(cast.system)
    data = {"code": "service_head", "name": "服务负责人", "department": "service", "holders": [cast.lin.pk]}
    assert browser.post(address("new_post", cast), data).status_code == 303
    data = {"name": "客服台", "department": "service", "reports_to": "service_head", "holders": []}
    assert browser.post(address("post", cast), data).status_code == 303
    page = browser.get(address("posts", cast)).content.decode()
    assert "有 1 个岗位没有人担任" in page
    page = browser.get(address("post", cast)).content.decode()
    assert "林知夏" in page.split("逾期升级的次序")[1]
    taken = browser.post(address("new_post", cast), {"code": "water", "name": "水务"})
    assert "已被另一个部门或岗位使用" in taken.content.decode()


# --- delegations, tokens, sessions, preferences, policy ---


def test_delegating_ones_own_work(cast: Cast, enter, at):
    browser = enter(cast.li)
    data = {"taker": cast.chen.pk, "since": "2026-03-16T10:00", "until": "2026-03-20T18:00", "reason": "年假"}
    # who is not allowed to speak for others speaks for himself, whatever the form says
    assert browser.post("/settings/people/delegations/", {**data, "giver": cast.lin.pk}).status_code == 303
    row = Delegation.objects.get()
    assert (row.giver, row.taker, row.made_by) == (cast.li, cast.chen, cast.li)
    assert row.since == at
    assert enter(cast.wang).post(f"/settings/people/delegations/{row.pk}/end/").status_code == 404
    assert enter(cast.chen).post(f"/settings/people/delegations/{row.pk}/end/").status_code == 303
    answer = browser.post("/settings/people/delegations/", {**data, "until": "2026-03-16T09:00"})
    assert "结束时间要晚于开始时间" in answer.content.decode()


def test_issuing_and_revoking_ones_own_token(cast: Cast, enter):
    browser = enter(cast.wang)
    page = browser.post(
        "/me/tokens/", {"name": "官网表单", "scopes": ["case.register"], "expires_on": "2026-12-31"}
    )
    raw = page.content.decode().split('data-copy="')[1].split('"')[0]
    assert raw.startswith("ky_")
    token = ApiToken.objects.get()
    assert token.expires_at.isoformat() == "2026-12-31T16:00:00+00:00"
    assert raw not in browser.get("/me/tokens/").content.decode()
    assert browser.post("/me/tokens/", {"name": "x", "scopes": ["case.assign"]}).status_code == 422
    assert "官网表单" in enter(cast.security).get("/settings/people/tokens/").content.decode()
    assert enter(cast.li).post(f"/me/tokens/{token.pk}/revoke/").status_code == 404
    assert browser.post(f"/me/tokens/{token.pk}/revoke/")["Location"] == "/me/tokens/"


def test_sessions_are_listed_and_ended(cast: Cast, enter):
    here, there = enter(cast.li), enter(cast.li)
    assert here.get("/me/").content.decode().count("最近活动") == 2
    keys = {s.session_key: s.handle for s in StaffSession.objects.filter(user=cast.li)}
    page = here.get("/me/").content.decode()
    assert not any(key in page for key in keys)
    own = here.session.session_key
    # one's own session is ended by signing out, not here
    here.post("/me/sessions/end/", {"session": keys[own]})
    assert here.get("/").status_code == 200
    here.post("/me/sessions/end/", {"session": keys[there.session.session_key]})
    assert there.get("/").status_code == 302
    again = enter(cast.li)
    here.post("/me/sessions/end/", {"session": "others"})
    assert again.get("/").status_code == 302
    assert here.get("/").status_code == 200


def test_preferences_reach_the_layout(cast: Cast, enter):
    browser = enter(cast.li)
    data = {"language": "en", "theme": "dark", "density": "compact", "nav_rail": "on", "notify_by_mail": "on"}
    assert browser.post("/me/", data).status_code == 303
    cookies = {name: browser.cookies[name].value for name in ("ky_theme", "ky_density", "ky_nav", "ky_keys")}
    assert cookies == {"ky_theme": "dark", "ky_density": "compact", "ky_nav": "rail", "ky_keys": "off"}
    page = browser.get("/me/").content.decode()
    assert 'data-theme="dark"' in page and 'lang="en"' in page
    # another browser learns them when the person signs in
    other = enter(cast.li)
    assert other.cookies["ky_theme"].value == "dark"


def test_the_rules_of_signing_in_have_bounds(cast: Cast, enter):
    browser = enter(cast.security)
    data = {
        "idle_minutes": 15,
        "absolute_hours": 10,
        "lock_after": 5,
        "lock_minutes": 30,
        "administrator_password_days": 90,
        "staff_password_days": 0,
    }
    assert browser.post("/settings/people/security/", data).status_code == 303
    assert SecurityPolicy.objects.get().idle_minutes == 15
    answer = browser.post("/settings/people/security/", {**data, "lock_after": 100})
    assert answer.status_code == 422
    assert "3 至 10" in answer.content.decode()


# --- how much they ask ---


@pytest.mark.parametrize("name", ["staff", "departments", "posts", "roles", "person", "me", "delegations"])
def test_pages_ask_no_more_for_more_people(name: str, cast: Cast, enter, hire, at):
    def queries() -> int:
        browser = enter(cast.system)
        with CaptureQueriesContext(connection) as asked:
            assert browser.get(address(name, cast)).status_code == 200
        return len(asked)

    def grow(number: int) -> None:
        user = hire(f"extra{number}", "额外的人", cast.water, "department_staff")
        actions.delegate(
            giver=user, taker=cast.li, since=at, until=at + timedelta(days=1), reason="年假", by=SYSTEM, at=at
        )
        actions.create_post(code=f"post{number}", name=f"岗位{number}", holders=[user], by=SYSTEM, at=at)

    grow(0)
    before = queries()
    for number in range(1, 12):
        grow(number)
    assert queries() <= before <= 20
