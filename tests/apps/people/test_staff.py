"""Accounts: opened, changed, closed with a hand-over."""

from __future__ import annotations

from datetime import timedelta

import pytest

from keyue.kernel.errors import Invalid, Refused
from keyue.ledger.facts import Actor, Subject
from keyue.ledger.selectors import facts_of
from keyue.people import actions, leaving, selectors
from keyue.people.models import Department, PasswordHistory, StaffSession, User
from tests.apps.people.conftest import PASSWORD, SYSTEM, Cast

pytestmark = pytest.mark.django_db


def kinds_of(user: User) -> list[str]:
    return [fact.kind for fact in facts_of(Subject("user", str(user.pk)))]


def test_it_opens_an_account_and_records_it(at):
    user = actions.create_staff(
        username=" Lin.ZX ", name="林  知夏", email="Lin@Example.cn", by=SYSTEM, at=at
    )
    assert (user.username, user.name, user.email) == ("lin.zx", "林 知夏", "lin@example.cn")
    assert user.name_pinyin == "lin zhi xia"
    assert not user.has_usable_password()
    assert kinds_of(user) == ["user.created"]


def test_it_names_each_field_at_fault(at, cast: Cast):
    with pytest.raises(Invalid) as caught:
        actions.create_staff(username="林", name="", email="nonsense", phone="abc", by=SYSTEM, at=at)
    assert set(caught.value.fields) == {"username", "name", "email", "phone"}
    with pytest.raises(Invalid, match="不正确") as caught:
        actions.create_staff(username="LI.QIANG", name="李二", by=SYSTEM, at=at)
    assert "已经有人使用" in str(caught.value.fields["username"])


def test_no_personal_data_stands_in_a_fact(at):
    user = actions.create_staff(
        username="zhao", name="赵启明", email="zhao@example.cn", phone="13800001111", by=SYSTEM, at=at
    )
    changes = {"phone": "13900002222", "name": "赵启朗"}
    actions.change_staff(user=user, changes=changes, by=SYSTEM, at=at)
    text = repr([dict(fact.data) for fact in facts_of(Subject("user", str(user.pk)))])
    assert "fields" in text
    for secret in ("赵启", "zhao@", "138", "139"):
        assert secret not in text


def test_changing_nothing_records_nothing(at, cast: Cast):
    before = kinds_of(cast.li)
    actions.change_staff(user=cast.li, changes={"name": "李强", "department": cast.water}, by=SYSTEM, at=at)
    assert kinds_of(cast.li) == before


def test_a_leaver_with_open_work_stays(at, cast: Cast, monkeypatch):
    monkeypatch.setattr(leaving, "_checks", [])
    monkeypatch.setattr(leaving, "_hand_overs", [])
    promises = {cast.wang.pk: 3}
    leaving.register(
        lambda user, _at: [leaving.Remainder("3 条约定还在他手上", promises.get(user.pk, 0))],
        lambda leaver, heir, _by, _at: promises.update({heir.pk: promises.pop(leaver.pk, 0)}),
    )
    with pytest.raises(leaving.StillOpen) as caught:
        actions.deactivate(user=cast.wang, by=SYSTEM, at=at)
    assert [r.sentence for r in caught.value.remainders] == ["独自担任岗位「客服台」", "3 条约定还在他手上"]
    assert User.objects.get(pk=cast.wang.pk).is_active

    actions.deactivate(user=cast.wang, heir=cast.lin, by=SYSTEM, at=at)
    assert promises == {cast.lin.pk: 3}
    assert [u.pk for u in selectors.people_behind("service_desk", at)] == [cast.lin.pk]
    left = User.objects.get(pk=cast.wang.pk)
    assert (left.is_active, left.left_at) == (False, at)
    assert kinds_of(left)[-1] == "user.left"


def test_a_head_hands_the_department_over(at, cast: Cast):
    with pytest.raises(leaving.StillOpen, match="未交接"):
        actions.deactivate(user=cast.chen, by=SYSTEM, at=at)
    actions.deactivate(user=cast.chen, heir=cast.li, by=SYSTEM, at=at)
    assert Department.objects.get(code="water").head == cast.li


def test_the_last_administrator_cannot_leave(at, cast: Cast):
    for last in (cast.system, cast.security, cast.audit):
        with pytest.raises(leaving.StillOpen) as caught:
            actions.deactivate(user=last, heir=cast.li, by=SYSTEM, at=at)
        assert "是唯一的" in caught.value.remainders[0].sentence


def test_nobody_closes_their_own_account(at, cast: Cast):
    with pytest.raises(Refused, match="自己"):
        actions.deactivate(user=cast.li, by=Actor("staff", str(cast.li.pk)), at=at)


def test_leaving_takes_roles_tokens_sessions_and_delegations(at, cast: Cast):
    token, _raw = actions.issue_token(user=cast.li, name="报表", scopes=["case.view"], by=SYSTEM, at=at)
    delegation = actions.delegate(
        giver=cast.li,
        taker=cast.chen,
        since=at,
        until=at + timedelta(days=3),
        reason="年假",
        by=SYSTEM,
        at=at,
    )
    StaffSession.objects.create(session_key="k", user=cast.li, session_data="", expire_date=at)
    actions.deactivate(user=cast.li, by=SYSTEM, at=at)
    token.refresh_from_db()
    delegation.refresh_from_db()
    assert token.revoked_at == at
    assert delegation.ended_at == at
    assert not StaffSession.objects.filter(user=cast.li).exists()
    assert selectors.role_codes_of(cast.li) == frozenset()


def test_who_comes_back_starts_with_nothing(at, cast: Cast):
    actions.deactivate(user=cast.li, by=SYSTEM, at=at)
    back = actions.reactivate(user=User.objects.get(pk=cast.li.pk), by=SYSTEM, at=at)
    assert back.is_active
    assert not back.has_usable_password()
    assert selectors.role_codes_of(back) == frozenset()


def test_passwords_follow_the_rules(at, cast: Cast):
    with pytest.raises(Invalid) as caught:
        actions.set_password(user=cast.li, password="Liqiang#88x", by=SYSTEM, at=at)
    assert "拼音" in caught.value.fields["password"]
    with pytest.raises(Invalid) as caught:
        actions.set_password(user=cast.li, password="Chengchuan#8", by=SYSTEM, at=at)
    assert "公司" in caught.value.fields["password"]
    with pytest.raises(Invalid) as caught:
        actions.set_password(user=cast.system, password="Gut-9kurz", by=SYSTEM, at=at)
    assert "12" in caught.value.fields["password"]


def test_the_last_five_passwords_do_not_come_back(at, cast: Cast):
    used = [PASSWORD, *(f"Silver-Pond{n}{n}" for n in (2, 4, 6, 8))]
    for password in used[1:]:
        actions.set_password(user=cast.li, password=password, by=SYSTEM, at=at)
    for password in used:
        with pytest.raises(Invalid, match="不符合"):
            actions.set_password(user=cast.li, password=password, by=SYSTEM, at=at)
    actions.set_password(user=cast.li, password="Copper-Lamp24", by=SYSTEM, at=at)
    assert PasswordHistory.objects.filter(user=cast.li).count() == 5
    actions.set_password(user=cast.li, password=PASSWORD, by=SYSTEM, at=at)


def test_changing_needs_the_old_password(at, cast: Cast):
    by = Actor("staff", str(cast.li.pk))
    with pytest.raises(Invalid) as caught:
        actions.change_password(user=cast.li, old="wrong", new="Copper-Lamp24", by=by, at=at)
    assert "old" in caught.value.fields
    actions.change_password(user=cast.li, old=PASSWORD, new="Copper-Lamp24", by=by, at=at)
    assert cast.li.check_password("Copper-Lamp24")
    assert kinds_of(cast.li)[-1] == "user.password_changed"


def test_a_reset_password_is_random_and_must_be_changed(at, cast: Cast):
    first = actions.reset_password(user=cast.li, by=SYSTEM, at=at)
    second = actions.reset_password(user=cast.li, by=SYSTEM, at=at)
    assert first != second
    assert len(first) == 16
    cast.li.refresh_from_db()
    assert cast.li.must_change_password
    assert cast.li.check_password(second)


def test_preferences_take_only_what_is_offered(at, cast: Cast):
    actions.change_preferences(
        user=cast.li, changes={"theme": "dark", "single_keys": False}, by=SYSTEM, at=at
    )
    cast.li.refresh_from_db()
    assert (cast.li.theme, cast.li.single_keys) == ("dark", False)
    for bad in ({"theme": "pink"}, {"is_active": False}):
        with pytest.raises(Invalid):
            actions.change_preferences(user=cast.li, changes=bad, by=SYSTEM, at=at)
