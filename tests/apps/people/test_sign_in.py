"""Signing in as an auditor tries it: over HTTP, with wrong passwords, old codes and a patient clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from keyue.kernel import clock
from keyue.ledger.facts import Subject
from keyue.ledger.selectors import facts_of
from keyue.people import actions, authentication, jobs, totp
from keyue.people.actions.policy import change_security_policy
from keyue.people.models import RecoveryCode, SecondFactor, StaffSession, UnknownSignIn, User
from tests.apps.people.conftest import PASSWORD, SYSTEM, Cast, Clock

pytestmark = pytest.mark.django_db


def facts(user: User) -> list[tuple[str, dict]]:
    return [(f.kind, dict(f.data)) for f in facts_of(Subject("user", str(user.pk)))]


def try_in(client: Client, username: str, password: str, **headers: str):
    return client.post("/login/", {"username": username, "password": password}, **headers)


# --- name and password ---


def test_the_page_asks_for_name_and_password(client, cast: Cast):
    page = client.get("/login/?next=/cases/").content.decode()
    assert "工号或邮箱" in page
    assert 'action="/login/?next=/cases/"' in page
    assert "登录即记录时间与地址" in page


def test_name_or_mail_signs_in_and_the_session_key_changes(client, cast: Cast, at):
    client.get("/login/")
    actions.change_staff(user=cast.li, changes={"email": "li@example.cn"}, by=SYSTEM, at=at)
    for name in ("LI.QIANG ", "Li@Example.cn"):
        browser = Client()
        answer = try_in(browser, name, PASSWORD)
        assert (answer.status_code, answer["Location"]) == (303, "/")
        assert browser.get("/").content == b"home"
    kind, data = facts(cast.li)[-1]
    assert kind == "user.signed_in"
    assert data["factors"] == ["password"]
    cast.li.refresh_from_db()
    assert cast.li.last_sign_in_at == at


def test_a_session_prepared_before_does_not_survive_signing_in(client, cast: Cast):
    session = client.session
    session["planted"] = True
    session.save()
    before = session.session_key
    try_in(client, "li.qiang", PASSWORD)
    assert client.session.session_key != before


def test_it_returns_to_the_page_asked_for_and_nowhere_else(client, cast: Cast):
    assert client.get("/me/?x=1")["Location"] == "/login/?next=%2Fme%2F%3Fx%3D1"
    for wanted, got in {
        "/me/": "/me/",
        "https://evil.example/": "/",
        "//evil.example": "/",
        "me": "/",
    }.items():
        browser = Client()
        answer = browser.post(f"/login/?next={wanted}", {"username": "li.qiang", "password": PASSWORD})
        assert answer["Location"] == got


def test_the_sixth_wrong_password_finds_the_account_locked(client, cast: Cast, caplog):
    for left in (4, 3, 2, 1):
        answer = try_in(client, "li.qiang", "wrong")
        assert answer.status_code == 401
        assert f"还可尝试 {left} 次" in answer.content.decode()
    fifth = try_in(client, "li.qiang", "wrong")
    assert fifth.status_code == 401
    assert "已锁定" in fifth.content.decode()
    sixth = try_in(client, "li.qiang", "wrong")
    assert sixth.status_code == 423
    assert "10:30 自动解锁" in sixth.content.decode()
    assert sixth["Retry-After"] == "1800"
    # the right one does not help either
    assert try_in(client, "li.qiang", PASSWORD).status_code == 423
    assert [kind for kind, _ in facts(cast.li)][-6:] == ["user.sign_in_failed"] * 5 + ["user.locked"]
    assert any("locked" in record.message for record in caplog.records)
    assert "li.qiang" not in caplog.text


def test_the_lock_expires(client, cast: Cast, moved: Clock):
    for _ in range(6):
        try_in(client, "li.qiang", "wrong")
    moved.forward(minutes=29, seconds=59)
    assert try_in(client, "li.qiang", PASSWORD).status_code == 423
    moved.forward(seconds=1)
    # counting starts anew
    assert "还可尝试 4 次" in try_in(client, "li.qiang", "wrong").content.decode()
    assert try_in(client, "li.qiang", PASSWORD).status_code == 303
    cast.li.refresh_from_db()
    assert (cast.li.failed_sign_ins, cast.li.locked_until) == (0, None)


def test_an_administrator_unlocks(client, cast: Cast, enter, at):
    for _ in range(5):
        try_in(client, "li.qiang", "wrong")
    assert enter(cast.security).post(f"/settings/people/{cast.li.pk}/unlock/").status_code == 303
    assert try_in(client, "li.qiang", PASSWORD).status_code == 303


def test_an_unknown_name_answers_exactly_like_a_known_one(client, cast: Cast, moved: Clock):
    known = [try_in(client, "li.qiang", "wrong") for _ in range(6)]
    unknown = [try_in(client, "nobody", "wrong") for _ in range(6)]
    for mine, theirs in zip(known, unknown, strict=True):
        assert mine.status_code == theirs.status_code
        assert strip(mine.content) == strip(theirs.content, "nobody")
    assert UnknownSignIn.objects.count() == 1
    moved.forward(days=2)
    actions.tidy(by=SYSTEM, at=moved.instant)
    assert not UnknownSignIn.objects.exists()


def strip(page: bytes, name: str = "li.qiang") -> str:
    import re

    text = re.sub(r'csrfmiddlewaretoken" value="\w+"', "", page.decode())
    return re.sub(r'"X-CSRFToken": "\w+"', "", text).replace(name, "")


def test_an_unknown_name_costs_one_hash_as_well(client, cast: Cast, monkeypatch):
    from django.contrib.auth.hashers import MD5PasswordHasher

    calls = []
    monkeypatch.setattr(
        MD5PasswordHasher, "encode", lambda self, password, salt: calls.append(1) or f"md5${salt}$0"
    )
    try_in(client, "li.qiang", "wrong")
    known, calls[:] = len(calls), []
    try_in(client, "nobody", "wrong")
    assert len(calls) == known == 1


def test_a_leaver_cannot_sign_in(client, cast: Cast, at):
    actions.deactivate(user=cast.li, by=SYSTEM, at=at)
    assert try_in(client, "li.qiang", PASSWORD).status_code == 401


def test_no_fact_holds_the_address_in_the_clear(client, cast: Cast):
    try_in(client, "li.qiang", "wrong", REMOTE_ADDR="192.0.2.77")
    try_in(client, "li.qiang", PASSWORD, REMOTE_ADDR="192.0.2.77")
    from keyue.ledger.models import Fact

    for fact in Fact.objects.filter(kind__in=["user.signed_in", "user.sign_in_failed"]):
        assert "192.0.2" not in repr((fact.data, fact.sealed))
        assert fact.sealed["values"]["address"]
    assert StaffSession.objects.get(user=cast.li).address == "192.0.2.77"


def test_signing_out_takes_a_post_and_is_a_fact(cast: Cast, enter):
    browser = enter(cast.li)
    assert browser.get("/logout/").status_code == 200
    assert browser.get("/").status_code == 200
    assert browser.post("/logout/")["Location"] == "/login/?ended=signed_out"
    assert browser.get("/").status_code == 302
    assert facts(cast.li)[-1] == ("user.signed_out", {"reason": "own"})


def test_the_language_can_be_changed_before_signing_in(client, cast: Cast):
    client.get("/login/?lang=en&next=/me/")
    assert client.cookies["django_language"].value == "en"
    assert 'lang="en"' in client.get("/login/").content.decode()


# --- time-outs ---


def test_a_page_left_open_does_not_take_the_reason_away(cast: Cast, enter, moved: Clock):
    browser = enter(cast.li)
    moved.forward(minutes=31)
    assert browser.get("/cases/", headers={"accept": "text/event-stream"}).status_code == 204
    for part in ("/live/", "/conversations/waiting/"):
        assert browser.get(part, headers={"accept": "*/*", "HX-Request": "true"}).status_code == 204
    answer = browser.get("/cases/")
    assert answer.status_code == 401
    assert "长时间没有操作" in answer.content.decode()


def test_an_address_that_somebody_opens_is_a_step_of_theirs(cast: Cast, enter, moved: Clock):
    browser = enter(cast.li)
    moved.forward(minutes=31)
    answer = browser.get("/live/", headers={"accept": "text/html,*/*;q=0.8"})
    assert answer.status_code == 401
    assert "长时间没有操作" in answer.content.decode()


def test_thirty_one_idle_minutes_end_the_session(cast: Cast, enter, moved: Clock):
    browser = enter(cast.li)
    moved.forward(minutes=29)
    assert browser.get("/").status_code == 200
    moved.forward(minutes=31)
    answer = browser.get("/me/?tab=2")
    assert answer.status_code == 401
    page = answer.content.decode()
    assert "长时间没有操作" in page
    assert 'action="/login/?next=/me/%3Ftab%3D2"' in page
    assert facts(cast.li)[-1] == ("user.signed_out", {"reason": "idle"})
    assert browser.get("/").status_code == 302


def test_a_fragment_or_a_program_gets_401_and_a_way_back(cast: Cast, enter, moved: Clock):
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/cases/?q=1"}
    browser, other = enter(cast.li), enter(cast.wang)
    moved.forward(minutes=31)
    answer = browser.get("/", headers=headers)
    assert answer.status_code == 401
    assert answer["HX-Redirect"] == "/login/?next=%2Fcases%2F%3Fq%3D1&ended=idle"
    answer = other.get("/api/v1/x/")
    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")


def test_what_a_page_refreshes_by_itself_is_no_activity(cast: Cast, enter, moved: Clock):
    browser = enter(cast.li)
    for _ in range(3):
        moved.forward(minutes=9)
        assert browser.get("/me/", headers={"HX-Request": "true", "Ky-By-Itself": "1"}).status_code == 200
    moved.forward(minutes=4)
    assert browser.get("/me/", headers={"HX-Request": "true", "Ky-By-Itself": "1"}).status_code == 204
    assert browser.get("/me/").status_code == 401


def test_live_updates_are_no_activity(cast: Cast, enter, moved: Clock):
    browser = enter(cast.li)
    for _ in range(3):
        moved.forward(minutes=9)
        assert browser.get("/live/").status_code == 200
    moved.forward(minutes=4)
    assert browser.get("/live/", headers={"Accept": "application/json"}).status_code == 401


def test_twelve_hours_are_the_most(cast: Cast, enter, moved: Clock):
    browser = enter(cast.li)
    for _ in range(35):
        moved.forward(minutes=20)
        assert browser.get("/").status_code == 200
    moved.forward(minutes=20)
    assert "最长时限" in browser.get("/").content.decode()


def test_the_company_sets_the_time_out(cast: Cast, enter, moved: Clock):
    change_security_policy(changes={"idle_minutes": 15}, by=SYSTEM, at=moved.instant)
    browser = enter(cast.li)
    moved.forward(minutes=16)
    assert browser.get("/").status_code == 401


def test_activity_is_written_once_a_minute(cast: Cast, enter, moved: Clock, django_assert_max_num_queries):
    browser = enter(cast.li)
    moved.forward(seconds=30)
    with django_assert_max_num_queries(2):
        browser.get("/")


def test_a_long_connection_can_ask_whether_the_session_holds(cast: Cast, enter, moved: Clock, rf, at):
    browser = enter(cast.li)
    request = rf.get("/live/")
    request.session = browser.session
    assert authentication.is_still_signed_in(request, moved.forward(minutes=29))
    assert not authentication.is_still_signed_in(request, moved.forward(minutes=2))
    actions.end_sessions(user=cast.li, by=SYSTEM, at=at)
    assert not authentication.is_still_signed_in(request, at)


def test_sessions_that_are_over_are_removed(cast: Cast, enter, moved: Clock):
    enter(cast.li)
    assert jobs.tidy(moved.instant) == 0
    StaffSession.objects.update(expire_date=moved.instant - timedelta(seconds=1))
    assert jobs.tidy(moved.instant) == 1


# --- due steps ---


def test_a_one_time_password_must_be_changed_first(client, cast: Cast, at):
    password = actions.reset_password(user=cast.li, by=SYSTEM, at=at)
    try_in(client, "li.qiang", password)
    assert client.get("/")["Location"] == "/me/password/"
    new = {"old": password, "password": "Copper-Lamp24", "again": "Copper-Lamp24"}
    wrong = client.post("/me/password/", {**new, "again": "Copper-Lamp25"})
    assert "不一样" in wrong.content.decode()
    assert client.post("/me/password/", new).status_code == 303
    assert client.get("/").status_code == 200


def test_changing_the_password_ends_the_other_sessions(cast: Cast, enter):
    here, there = enter(cast.li), enter(cast.li)
    here.post("/me/password/", {"old": PASSWORD, "password": "Copper-Lamp24", "again": "Copper-Lamp24"})
    assert here.get("/").status_code == 200
    assert there.get("/").status_code == 302


def test_guessing_the_old_password_locks_and_signs_out(cast: Cast, enter):
    browser = enter(cast.li)
    guess = {"old": "wrong", "password": "Copper-Lamp24", "again": "Copper-Lamp24"}
    for left in (4, 3, 2, 1):
        assert f"还可尝试 {left} 次" in browser.post("/me/password/", guess).content.decode()
    assert browser.post("/me/password/", guess)["Location"] == "/login/?ended=locked"
    assert browser.get("/").status_code == 302
    assert try_in(Client(), "li.qiang", PASSWORD).status_code == 423


def test_an_administrators_password_lasts_ninety_days(cast: Cast, enter, moved: Clock):
    moved.forward(days=91)
    assert enter(cast.li).get("/").status_code == 200
    browser = enter(cast.system)
    assert browser.get("/")["Location"] == "/me/password/"
    new = {"old": PASSWORD, "password": "Copper-Lamp2426", "again": "Copper-Lamp2426"}
    assert browser.post("/me/password/", new).status_code == 303
    assert browser.get("/").status_code == 200


def test_an_administrator_has_one_session(cast: Cast, enter):
    first = enter(cast.system)
    second = enter(cast.system)
    answer = first.get("/")
    assert answer["Location"] == "/login/?next=%2F&ended=elsewhere"
    assert "账号在别处登录" in first.get(answer["Location"]).content.decode()
    assert second.get("/").status_code == 200
    # others may have several
    one, two = enter(cast.li), enter(cast.li)
    assert one.get("/").status_code == two.get("/").status_code == 200


# --- the second step ---


@pytest.fixture
def phone(cast: Cast, at) -> tuple[str, list[str]]:
    """Li has an authenticator: its secret, and the recovery codes."""
    secret = totp.new_secret()
    code = totp.code_at(secret, totp.step_of(at) - 1)
    codes = actions.set_up_code(user=cast.li, secret=secret, code=code, phone_at=at, by=SYSTEM, at=at)
    return secret, codes


def held(cast: Cast) -> Client:
    browser = Client()
    assert try_in(browser, "li.qiang", PASSWORD)["Location"] == "/login/code/?next=%2F"
    return browser


def test_the_password_alone_is_not_enough(cast: Cast, phone, at):
    browser = held(cast)
    assert browser.get("/").status_code == 302
    code = totp.code_at(phone[0], totp.step_of(at))
    assert browser.post("/login/code/", {"code": f"{code[:3]} {code[3:]}"}).status_code == 303
    assert browser.get("/").content == b"home"
    assert facts(cast.li)[-1][1]["factors"] == ["password", "totp"]


def test_a_code_works_once(cast: Cast, phone, at):
    code = totp.code_at(phone[0], totp.step_of(at))
    assert held(cast).post("/login/code/", {"code": code}).status_code == 303
    answer = held(cast).post("/login/code/", {"code": code})
    assert answer.status_code == 401
    assert "已经用过" in answer.content.decode()


def test_the_code_of_setting_up_is_spent_too(cast: Cast, phone, at):
    code = totp.code_at(phone[0], totp.step_of(at) - 1)
    assert held(cast).post("/login/code/", {"code": code}).status_code == 401


def test_wrong_codes_lock_like_wrong_passwords(cast: Cast, phone):
    browser = held(cast)
    for _ in range(5):
        assert browser.post("/login/code/", {"code": "000000"}).status_code == 401
    assert browser.post("/login/code/", {"code": "000000"}).status_code == 423
    assert try_in(Client(), "li.qiang", PASSWORD).status_code == 423


def test_a_recovery_code_works_once(cast: Cast, phone):
    code = phone[1][3]
    assert held(cast).post("/login/code/", {"code": code.lower()}).status_code == 303
    assert "user.recovery_code_used" in [kind for kind, _ in facts(cast.li)]
    assert held(cast).post("/login/code/", {"code": code}).status_code == 401
    assert RecoveryCode.objects.filter(user=cast.li, used_at=None).count() == 9


def test_the_second_step_waits_five_minutes(cast: Cast, phone, moved: Clock):
    browser = held(cast)
    moved.forward(minutes=6)
    code = totp.code_at(phone[0], totp.step_of(moved.instant))
    assert browser.post("/login/code/", {"code": code})["Location"] == "/login/?next=%2F"


def test_the_phone_keeps_real_time_when_the_clock_is_moved(cast: Cast, phone, at, monkeypatch, moved: Clock):
    real = at + timedelta(minutes=1)
    moved.forward(days=3)
    monkeypatch.setattr(clock, "offset", lambda: moved.instant - real)
    code = totp.code_at(phone[0], totp.step_of(real))
    assert held(cast).post("/login/code/", {"code": code}).status_code == 303


def test_the_secret_is_stored_sealed(cast: Cast, phone):
    assert phone[0] not in SecondFactor.objects.get(user=cast.li).secret


def test_setting_up_through_the_page(cast: Cast, enter, at):
    browser = enter(cast.li)
    page = browser.get("/me/two-factor/").content.decode()
    assert '<svg class="qr"' in page
    secret = browser.session["code_setup_secret"]
    assert browser.post("/me/two-factor/", {"code": "000000"}).status_code == 422
    done = browser.post("/me/two-factor/", {"code": totp.code_at(secret, totp.step_of(at))})
    assert "只显示这一次" in done.content.decode()
    assert browser.post("/me/two-factor/remove/", {"password": "wrong"}).status_code == 422
    assert browser.post("/me/two-factor/codes/", {"password": PASSWORD}).status_code == 200
    assert browser.post("/me/two-factor/remove/", {"password": PASSWORD}).status_code == 303
    assert not SecondFactor.objects.filter(user=cast.li).exists()


def test_without_an_authenticator_there_is_nothing_to_remove(cast: Cast, enter):
    for what in ("codes", "remove"):
        assert enter(cast.li).post(f"/me/two-factor/{what}/", {"password": PASSWORD}).status_code == 409


def test_a_company_may_insist_on_codes_for_administrators(cast: Cast, enter: Callable[..., Client], at):
    change_security_policy(changes={"administrators_need_code": True}, by=SYSTEM, at=at)
    browser = enter(cast.system)
    assert browser.get("/settings/people/")["Location"] == "/me/two-factor/"
    assert enter(cast.li).get("/").status_code == 200
    browser.get("/me/two-factor/")
    secret = browser.session["code_setup_secret"]
    browser.post("/me/two-factor/", {"code": totp.code_at(secret, totp.step_of(at))})
    assert browser.get("/settings/people/").status_code == 200


# --- memory ---


def test_no_more_than_two_passwords_are_hashed_at_a_time(monkeypatch):
    import threading
    import time

    from django.contrib.auth.hashers import Argon2PasswordHasher

    from keyue.people.authentication import ModestArgon2Hasher

    running, most, lock = 0, 0, threading.Lock()

    def slow(self, password, encoded):
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.02)
        with lock:
            running -= 1
        return True

    monkeypatch.setattr(Argon2PasswordHasher, "verify", slow)
    threads = [threading.Thread(target=ModestArgon2Hasher().verify, args=("x", "y")) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 2


def test_the_real_hasher_is_modest(settings):
    from django.contrib.auth.hashers import check_password, make_password

    settings.PASSWORD_HASHERS = ["keyue.people.authentication.ModestArgon2Hasher"]
    encoded = make_password("x")
    assert "m=19456,t=2,p=1" in encoded
    assert check_password("x", encoded)
