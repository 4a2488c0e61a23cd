"""Who may do and see what: roles, scopes, delegation, tokens, and the three administrators."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser

from keyue.kernel.errors import Denied, Invalid, NotFound, Refused
from keyue.ledger.facts import Actor, Subject
from keyue.ledger.selectors import facts_of
from keyue.people import actions, authentication, selectors
from keyue.people.actions.tokens import GRANTABLE
from keyue.people.enums import ADMINISTRATION, PERMISSION_LABELS, Permission, Scope
from keyue.people.models import ApiToken, Delegation, RoleGrant, User
from keyue.people.permissions import allows, allows_any, check, check_any
from keyue.people.roles import ADMINISTRATORS, ROLES, roles_with
from tests.apps.people.conftest import SYSTEM, Cast, Clock

pytestmark = pytest.mark.django_db
P = Permission


def again(user: User) -> User:
    """The same person in another request."""
    return User.objects.get(pk=user.pk)


# --- the tables of roles ---


def test_every_permission_has_a_label_and_a_role():
    assert set(PERMISSION_LABELS) == set(Permission)
    assert {p for p in Permission if not roles_with(p)} == set()


def test_every_role_says_what_it_is():
    for code, role in ROLES.items():
        assert role.code == code
        assert str(role.display_name) and str(role.description).endswith("。")
        assert role.permissions
    assert {"system_administrator", "security_administrator", "audit_administrator"} == ADMINISTRATORS


def test_administration_is_for_administrators_only():
    for role in ROLES.values():
        assert role.is_administrator == bool(role.permissions & ADMINISTRATION)


def test_the_duties_of_administrators_do_not_overlap():
    def of(code: str) -> frozenset[Permission]:
        return ROLES[code].permissions - {P.STAFF_VIEW, P.STAFF_UNLOCK}

    system, security, audit = (
        of(c) for c in ("system_administrator", "security_administrator", "audit_administrator")
    )
    assert not system & security and not system & audit and not security & audit
    assert P.AUDIT_READ in audit and P.ROLES_MANAGE in security and P.STAFF_MANAGE in system


def test_the_inspector_only_reads():
    assert all(p.value.endswith(".view") for p in ROLES["inspector"].permissions)


# --- check ---


def test_a_refusal_says_what_is_missing_and_whom_to_ask(cast: Cast):
    check(cast.lin, P.CASE_ASSIGN)
    with pytest.raises(Denied) as caught:
        check(cast.wang, P.CASE_ASSIGN)
    assert (
        str(caught.value) == "您没有「分派事项」权限。具备它的角色：客服主管。请向安全管理员（安全员）申请。"
    )
    with pytest.raises(Denied, match="请先登录"):
        check(AnonymousUser(), P.CASE_VIEW)
    assert not allows(AnonymousUser(), P.CASE_VIEW)


def test_one_of_several_is_enough(cast: Cast):
    check_any(cast.wang, P.CASE_ASSIGN, P.CASE_CLASSIFY)
    assert not allows_any(cast.li, P.CASE_ASSIGN, P.CASE_CLASSIFY)
    with pytest.raises(Denied, match="分派"):
        check_any(cast.li, P.CASE_ASSIGN, P.CASE_CLASSIFY)


def test_a_leaver_may_nothing(at, cast: Cast):
    actions.deactivate(user=cast.li, by=SYSTEM, at=at)
    assert not allows(again(cast.li), P.CASE_VIEW)


def test_all_about_one_person_costs_three_queries(cast: Cast, django_assert_num_queries):
    user = again(cast.lin)
    with django_assert_num_queries(3):
        check(user, P.CASE_ASSIGN)
        allows(user, P.STAFF_MANAGE)
        selectors.owner_codes_of(user)
        selectors.visible_departments(user)
        selectors.acting_for(user)
    with django_assert_num_queries(0):
        selectors.owner_codes_of(user)


# --- owners and scope ---


def test_owner_codes_are_posts_department_and_departments_headed(at, cast: Cast):
    assert selectors.owner_codes_of(cast.wang) == {"desk", "service_desk"}
    assert selectors.owner_codes_of(cast.lin) == {"service"}
    actions.set_head(department=cast.desk, head=cast.lin, by=SYSTEM, at=at)
    assert selectors.owner_codes_of(again(cast.lin)) == {"service", "desk"}
    assert selectors.owner_codes_of(cast.system) == frozenset()


def test_each_scope_reaches_as_far_as_it_says(at, cast: Cast):
    def see(scope: Scope, *chosen) -> frozenset[str] | None:
        actions.grant_role(
            user=cast.lin, role="service_supervisor", scope=scope, departments=chosen, by=SYSTEM, at=at
        )
        return selectors.visible_departments(again(cast.lin))

    assert see(Scope.OWN) == frozenset()
    assert see(Scope.DEPARTMENT) == {"service"}
    assert see(Scope.DEPARTMENT_TREE) == {"service", "desk"}
    assert see(Scope.CHOSEN, cast.water, cast.desk) == {"water", "desk"}
    assert see(Scope.CHOSEN, cast.company) == {"company", "service", "desk", "water"}
    assert see(Scope.ALL) is None


def test_a_scope_counts_only_for_what_its_role_may(at, cast: Cast):
    assert selectors.visible_departments(cast.li) == {"water"}
    assert selectors.visible_departments(cast.li, P.REPORT_VIEW) == frozenset()
    assert selectors.visible_departments(cast.system) == frozenset()
    # two roles see what either sees
    actions.grant_role(
        user=cast.li, role="account_manager", scope=Scope.CHOSEN, departments=[cast.desk], by=SYSTEM, at=at
    )
    assert selectors.visible_departments(again(cast.li)) == {"water", "desk"}


def test_chosen_departments_must_be_chosen(at, cast: Cast):
    with pytest.raises(Invalid, match="选择部门"):
        actions.grant_role(user=cast.li, role="executive", scope=Scope.CHOSEN, by=SYSTEM, at=at)


# --- delegation ---


def test_a_delegation_passes_on_work_while_it_lasts(at, cast: Cast, moved: Clock):
    row = actions.delegate(
        giver=cast.lin, taker=cast.li, since=at, until=at + timedelta(days=2), reason="出差", by=SYSTEM, at=at
    )
    li = again(cast.li)
    assert selectors.owner_codes_of(li, at) == {"water", "service"}
    assert selectors.visible_departments(li) is None
    assert selectors.acting_for(li) == {cast.li.pk, cast.lin.pk}
    assert allows(li, P.CASE_ASSIGN)
    later = again(cast.li)
    assert selectors.owner_codes_of(later, at + timedelta(days=2)) == {"water"}
    actions.end_delegation(delegation=row, by=SYSTEM, at=moved.forward(hours=1))
    assert selectors.owner_codes_of(again(cast.li), at + timedelta(hours=2)) == {"water"}
    with pytest.raises(Refused):
        actions.end_delegation(delegation=row, by=SYSTEM, at=moved.forward(hours=1))
    kinds = [f.kind for f in facts_of(Subject("user", str(cast.lin.pk)))]
    assert kinds[-2:] == ["user.delegated", "user.delegation_ended"]


def test_administration_is_not_delegated(at, cast: Cast):
    actions.delegate(
        giver=cast.system,
        taker=cast.li,
        since=at,
        until=at + timedelta(days=2),
        reason="出差",
        by=SYSTEM,
        at=at,
    )
    li = again(cast.li)
    assert selectors.acting_for(li, at) == {cast.li.pk, cast.system.pk}
    assert not any(allows(li, p) for p in ADMINISTRATION)


def test_a_delegation_goes_one_step(at, cast: Cast):
    until = at + timedelta(days=2)
    actions.delegate(giver=cast.lin, taker=cast.li, since=at, until=until, reason="出差", by=SYSTEM, at=at)
    actions.delegate(giver=cast.li, taker=cast.chen, since=at, until=until, reason="出差", by=SYSTEM, at=at)
    assert cast.lin.pk not in selectors.acting_for(again(cast.chen), at)


@pytest.mark.parametrize("fault", ["taker", "until", "reason", "long"])
def test_a_delegation_needs_sense(fault: str, at, cast: Cast):
    values = {"taker": cast.li, "since": at, "until": at + timedelta(days=1), "reason": "年假"}
    values |= {
        "taker": {"taker": cast.lin},
        "until": {"until": at},
        "reason": {"reason": " "},
        "long": {"until": at + timedelta(days=181)},
    }[fault]
    with pytest.raises(Invalid) as caught:
        actions.delegate(giver=cast.lin, **values, by=SYSTEM, at=at)
    assert set(caught.value.fields) == {"until" if fault == "long" else fault}
    assert not Delegation.objects.exists()


# --- the three administrators ---


def test_nobody_holds_two_administrator_roles(at, cast: Cast):
    for user, role, code in [
        (cast.audit, "system_administrator", "audit_stands_alone"),
        (cast.audit, "security_administrator", "audit_stands_alone"),
        (cast.system, "audit_administrator", "audit_stands_alone"),
        (cast.system, "security_administrator", "must_be_joined"),
    ]:
        with pytest.raises(Refused) as caught:
            actions.grant_role(user=user, role=role, by=SYSTEM, at=at)
        assert caught.value.code == code
        assert not RoleGrant.objects.filter(user=user, role=role).exists()


def test_a_small_company_joins_system_and_security_and_shows_it(at, cast: Cast):
    assert selectors.joined_administrators() == []
    actions.grant_role(user=cast.system, role="security_administrator", joined=True, by=SYSTEM, at=at)
    assert selectors.joined_administrators() == [cast.system]
    fact = facts_of(Subject("user", str(cast.system.pk)))[-1]
    assert fact.kind == "user.administrators_joined"
    assert fact.data["roles"] == ["security_administrator", "system_administrator"]
    with pytest.raises(Refused):
        actions.grant_role(user=cast.system, role="audit_administrator", joined=True, by=SYSTEM, at=at)
    with pytest.raises(Refused):
        actions.grant_role(user=cast.audit, role="security_administrator", joined=True, by=SYSTEM, at=at)


def test_a_granted_role_can_be_granted_again_with_another_scope(at, cast: Cast):
    actions.grant_role(user=cast.system, role="security_administrator", joined=True, by=SYSTEM, at=at)
    # a change of scope asks no second time whether the two may be joined
    actions.grant_role(user=cast.system, role="security_administrator", scope=Scope.ALL, by=SYSTEM, at=at)
    assert RoleGrant.objects.get(user=cast.system, role="security_administrator").scope == Scope.ALL


def test_nobody_grants_or_revokes_their_own_roles(at, cast: Cast):
    by = Actor("staff", str(cast.security.pk))
    with pytest.raises(Refused, match="自己"):
        actions.grant_role(user=cast.security, role="executive", by=by, at=at)
    with pytest.raises(Refused, match="自己"):
        actions.revoke_role(user=cast.security, role="security_administrator", by=by, at=at)
    # nor through a token of their own
    token, _ = actions.issue_token(user=cast.security, name="t", scopes=["case.view"], by=SYSTEM, at=at)
    with pytest.raises(Refused, match="自己"):
        actions.grant_role(user=cast.security, role="executive", by=Actor("token", str(token.pk)), at=at)


def test_the_last_administrator_stays_until_there_is_another(at, cast: Cast):
    with pytest.raises(Refused, match="唯一"):
        actions.revoke_role(user=cast.audit, role="audit_administrator", by=SYSTEM, at=at)
    actions.grant_role(user=cast.chen, role="audit_administrator", by=SYSTEM, at=at)
    actions.revoke_role(user=cast.audit, role="audit_administrator", by=SYSTEM, at=at)
    assert [r.code for r in selectors.vacant_administrators()] == []


def test_who_becomes_administrator_needs_a_strong_password(at, cast: Cast):
    actions.set_password(user=cast.li, password="Gut-9kurz", must_change=False, by=SYSTEM, at=at)
    actions.grant_role(user=cast.li, role="system_administrator", by=SYSTEM, at=at)
    assert again(cast.li).must_change_password
    actions.grant_role(user=cast.chen, role="system_administrator", by=SYSTEM, at=at)
    assert not again(cast.chen).must_change_password


def test_an_unknown_role_is_refused(at, cast: Cast):
    with pytest.raises(Invalid):
        actions.grant_role(user=cast.li, role="god", by=SYSTEM, at=at)
    with pytest.raises(Refused):
        actions.revoke_role(user=cast.li, role="executive", by=SYSTEM, at=at)


# --- tokens ---


def test_a_token_is_shown_once_and_stored_as_a_digest(at, cast: Cast):
    token, raw = actions.issue_token(user=cast.wang, name="官网", scopes=["case.register"], by=SYSTEM, at=at)
    assert raw.startswith("ky_") and len(raw) == 46
    assert raw not in repr(ApiToken.objects.filter(pk=token.pk).values()[0])
    assert raw not in repr(facts_of(Subject("user", str(cast.wang.pk))))
    found = authentication.token_from(raw, at)
    assert found == token
    for bad in ("", "ky_", raw[:-1], raw.upper(), "Bearer"):
        assert authentication.token_from(bad, at) is None


def test_a_token_may_no_more_than_its_scopes_and_its_person(at, cast: Cast):
    _, raw = actions.issue_token(
        user=cast.wang, name="t", scopes=["case.register", "case.assign"], by=SYSTEM, at=at
    )
    user = authentication.token_from(raw, at).user
    assert allows(user, P.CASE_REGISTER)
    assert not allows(user, P.CASE_CLASSIFY)
    # wang is no supervisor: the scope does not make her one
    assert not allows(user, P.CASE_ASSIGN)
    with pytest.raises(Denied, match="接口令牌"):
        check(user, P.CASE_CLASSIFY)


def test_administration_goes_into_a_token_only_where_named_and_for_a_time(at, cast: Cast):
    for scopes in (["staff.manage"], ["case.view", "audit.read"], [], ["nonsense"]):
        with pytest.raises(Invalid):
            actions.issue_token(user=cast.system, name="t", scopes=scopes, by=SYSTEM, at=at)
    said = {
        "user": cast.system,
        "name": "t",
        "scopes": ["staff.manage", "roles.manage"],
        "by": SYSTEM,
        "at": at,
    }
    with pytest.raises(Invalid, match="几项"):
        actions.issue_token(**said, expires_at=at + timedelta(days=92))
    _token, raw = actions.issue_token(**said, expires_at=at + timedelta(days=90))
    user = authentication.token_from(raw, at).user
    # the person's own limits hold: the system administrator grants no roles
    assert allows(user, P.STAFF_MANAGE) and not allows(user, P.ROLES_MANAGE)
    assert not {"staff.manage", "audit.read"} & GRANTABLE


def test_a_token_ends_by_its_date_by_revocation_and_with_its_person(at, cast: Cast):
    day = timedelta(days=1)
    _, dated = actions.issue_token(
        user=cast.wang, name="a", scopes=["case.view"], expires_at=at + day, by=SYSTEM, at=at
    )
    assert authentication.token_from(dated, at)
    assert authentication.token_from(dated, at + day) is None
    token, raw = actions.issue_token(user=cast.wang, name="b", scopes=["case.view"], by=SYSTEM, at=at)
    actions.revoke_token(token=token, by=SYSTEM, at=at)
    assert authentication.token_from(raw, at) is None
    with pytest.raises(Refused):
        actions.revoke_token(token=token, by=SYSTEM, at=at)
    _, raw = actions.issue_token(user=cast.li, name="c", scopes=["case.view"], by=SYSTEM, at=at)
    actions.deactivate(user=cast.li, by=SYSTEM, at=at)
    assert authentication.token_from(raw, at) is None


def test_using_a_token_writes_once_a_minute(at, cast: Cast, django_assert_num_queries):
    _, raw = actions.issue_token(user=cast.wang, name="a", scopes=["case.view"], by=SYSTEM, at=at)
    authentication.token_from(raw, at)
    assert ApiToken.objects.get().last_used_at == at
    authentication.token_from(raw, at + timedelta(seconds=59))
    assert ApiToken.objects.get().last_used_at == at


def test_others_tokens_are_not_found(at, cast: Cast):
    token, _ = actions.issue_token(user=cast.wang, name="a", scopes=["case.view"], by=SYSTEM, at=at)
    with pytest.raises(NotFound):
        selectors.token_for(cast.li, token.pk)
    assert selectors.token_for(cast.security, token.pk) == token
    with pytest.raises(Denied):
        selectors.tokens_for(cast.li)
