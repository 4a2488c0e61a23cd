"""Accounts, roles, departments, posts and delegations over the API: what the pages under 设置 do, by the same actions.

People are named by their username, departments and posts by their code.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Field, Path, Router, Status
from pydantic import StrictBool

from keyue.api.me import DepartmentOut, department_out, departments, staff
from keyue.kernel.errors import Invalid, NotFound
from keyue.people import actions, leaving, names
from keyue.people import selectors as people
from keyue.people.api import Identity, In, Instant, Out, at_of, by_of, needs, shown, user_of
from keyue.people.enums import Permission, Scope
from keyue.people.models import Delegation, Department, Post, User
from keyue.people.permissions import check
from keyue.people.roles import ROLES

posts = Router(tags=["people"])
roles = Router(tags=["people"])
delegations = Router(tags=["people"])

Username = Annotated[str, Field(min_length=1, max_length=64, examples=["chen"])]
Code = Annotated[str, Field(min_length=1, max_length=60, examples=["engineering"])]
At = Annotated[str, Path(max_length=64)]
RoleCode = Literal[tuple(ROLES)]  # type: ignore[valid-type]
Reach = Literal[tuple(Scope.values)]  # type: ignore[valid-type]
MOST = 200


class AccountIn(In):
    """A new account. The first password is made by the house, shown in the answer alone, and changed at once."""

    model_config = shown(examples=[{"username": "chen", "name": "陈砚", "department": "engineering"}])

    username: Username
    name: str = Field(max_length=60)
    department: Code | None = None
    title: str = Field("", max_length=60)
    email: str = Field("", max_length=254)
    phone: str = Field("", max_length=32)


class AccountChange(In):
    """What is to change; what is not sent stays. A department of null: none."""

    model_config = shown(examples=[{"title": "高级工程师"}])

    name: str = Field("", max_length=60)
    department: Code | None = None
    title: str = Field("", max_length=60)
    email: str = Field("", max_length=254)
    phone: str = Field("", max_length=32)


class GrantIn(In):
    """A role. Without `scope` the role's own; `chosen` names the departments."""

    model_config = shown(examples=[{"role": "service_agent"}])

    role: RoleCode  # type: ignore[valid-type]
    scope: Reach | None = None  # type: ignore[valid-type]
    departments: list[Code] = Field(default_factory=list, max_length=MOST)
    joined: StrictBool = Field(
        False, description="true lets one person be system and security administrator; it is recorded"
    )


class GrantOut(Out):
    role: str = Field(examples=["service_agent"])
    scope: str
    departments: list[str]


class AccountOut(Out):
    """An account as those see it who may see accounts."""

    id: int
    username: str
    name: str
    department: str | None
    title: str
    email: str
    phone: str
    is_active: bool
    locked_until: datetime | None
    has_second_factor: bool
    joined_at: datetime
    left_at: datetime | None
    roles: list[GrantOut]
    posts: list[str] = Field(description="codes of the posts held")
    heads: list[str] = Field(description="codes of the departments led")


class AccountMade(AccountOut):
    password: str = Field(description="the first password, told this once")


class PasswordMade(Out):
    password: str = Field(description="the new password, told this once")


class RemainderOut(Out):
    """Something still with somebody who wants to leave."""

    sentence: str
    count: int


class LeaveIn(In):
    """Who takes over what is still with the leaver; without it nothing may be."""

    model_config = shown(examples=[{"heir": "xu"}])

    heir: Username | None = None


class RoleOut(Out):
    """A role that can be granted."""

    code: str
    name: str
    scope: str = Field(description="how far it sees where nothing else is said")
    is_administrator: bool
    permissions: list[str]


class DepartmentIn(In):
    """A new department; without `code` one is made of its name."""

    model_config = shown(examples=[{"name": "工程服务部", "code": "engineering", "parent": "company"}])

    name: str = Field(max_length=100)
    code: str = Field("", max_length=40, description="regulations name it; it never changes")
    parent: Code = Field(people.COMPANY, description="code of the department above")
    head: Username | None = None


class DepartmentChange(In):
    """What is to change; what is not sent stays. A head of null: none."""

    model_config = shown(examples=[{"name": "工程服务中心", "head": "he"}])

    name: str = Field("", max_length=100)
    parent: Code = people.COMPANY
    head: Username | None = None


class PostIn(In):
    """A new post, under the code that regulations name."""

    model_config = shown(examples=[{"code": "service_desk", "name": "客服坐席组", "holders": ["lin"]}])

    code: str = Field(max_length=40)
    name: str = Field(max_length=100)
    department: Code | None = None
    reports_to: Code | None = None
    holders: list[Username] = Field(default_factory=list, max_length=MOST)


class PostChange(In):
    """What is to change; what is not sent stays. `holders` are all of them, [] leaves the post empty."""

    model_config = shown(examples=[{"holders": ["lin", "xu"]}])

    name: str = Field("", max_length=100)
    department: Code | None = None
    reports_to: Code | None = None
    holders: list[Username] = Field(default_factory=list, max_length=MOST)


class SeatOut(Out):
    """A post, or a code that a regulation names and nobody has set up (`name` null)."""

    code: str
    name: str | None
    department: str | None
    reports_to: str | None
    holders: list[str] = Field(description="usernames")
    behind: list[str] = Field(description="usernames of who stands behind it now, delegates among them")
    named_in: list[str] = Field(description="the regulations that name it")


class DelegationIn(In):
    """Somebody is away and a colleague acts for them. Another giver than oneself takes `staff.manage`."""

    model_config = shown(examples=[{"taker": "xu", "until": "2026-12-01T18:00:00+08:00", "reason": "出差"}])

    giver: Username | None = None
    taker: Username
    since: Instant | None = Field(None, description="now where absent")
    until: Instant
    reason: str = Field(max_length=200)


class DelegationOut(Out):
    id: int
    giver: str
    taker: str
    since: datetime
    until: datetime
    reason: str


# --- accounts ---------------------------------------------------------------------------------------------


@staff.post("", response={201: AccountMade}, summary="Open an account")
@needs(Permission.STAFF_MANAGE)
def create_account(request: HttpRequest, payload: AccountIn) -> Status[Any]:
    """Roles are granted apart from it, by the security administrator."""
    password = actions.random_password()
    user = actions.create_staff(
        username=payload.username,
        name=payload.name,
        department=_department(payload.department),
        title=payload.title,
        email=payload.email,
        phone=payload.phone,
        password=password,
        by=by_of(request),
        at=at_of(request),
    )
    return Status(201, {**_account(user), "password": password})


@staff.get("/{username}", response=AccountOut, summary="One account")
@needs(Permission.STAFF_VIEW)
def account(request: HttpRequest, username: At) -> dict[str, Any]:
    """With roles, posts and departments led; leavers too."""
    return _account(_found(username))


@staff.patch("/{username}", response=AccountOut, summary="Change an account's own fields")
@needs(Permission.STAFF_MANAGE)
def change_account(request: HttpRequest, username: At, payload: AccountChange) -> dict[str, Any]:
    changes = payload.model_dump(exclude_unset=True)
    if "department" in changes:
        changes["department"] = _department(changes["department"])
    user = actions.change_staff(user=_found(username), changes=changes, by=by_of(request), at=at_of(request))
    return _account(user)


@staff.get("/{username}/remainders", response=list[RemainderOut], summary="What is still with somebody")
@needs(Permission.STAFF_MANAGE)
def remainders(request: HttpRequest, username: At) -> list[dict[str, Any]]:
    """What must be handed over before the account can be closed."""
    left = people.remainders_of(_found(username), at_of(request))
    return [{"sentence": str(part.sentence), "count": part.count} for part in left]


@staff.post("/{username}/leave", response=AccountOut, summary="Close a leaver's account, handing over first")
@needs(Permission.STAFF_MANAGE)
def leave(request: HttpRequest, username: At, payload: LeaveIn) -> dict[str, Any]:
    """Promises, posts and departments go to the heir in the same step. 409 `still_open` names what is left."""
    user = _found(username)
    heir = _person(payload.heir, "heir") if payload.heir is not None else None
    try:
        user = actions.deactivate(user=user, heir=heir, by=by_of(request), at=at_of(request))
    except leaving.StillOpen as error:
        # the problem document has them one by one
        error.fields = {f"remainders.{n}": part.sentence for n, part in enumerate(error.remainders)}  # type: ignore[attr-defined]
        raise
    return _account(user)


@staff.post("/{username}/return", response=AccountOut, summary="Open a leaver's account again")
@needs(Permission.STAFF_MANAGE)
def come_back(request: HttpRequest, username: At) -> dict[str, Any]:
    """Without roles and posts; a password has to be made first."""
    return _account(actions.reactivate(user=_found(username), by=by_of(request), at=at_of(request)))


@staff.post("/{username}/password", response=PasswordMade, summary="Make a new password")
@needs(Permission.STAFF_MANAGE)
def make_password(request: HttpRequest, username: At) -> dict[str, str]:
    """Changed at the next sign-in."""
    made = actions.reset_password(user=_found(username), by=by_of(request), at=at_of(request))
    return {"password": made}


@staff.post("/{username}/unlock", response=AccountOut, summary="Let somebody try to sign in again now")
@needs(Permission.STAFF_UNLOCK)
def unlock(request: HttpRequest, username: At) -> dict[str, Any]:
    actions.unlock(user=_found(username), by=by_of(request), at=at_of(request))
    return _account(_found(username))


# --- roles ------------------------------------------------------------------------------------------------


@roles.get("", response=list[RoleOut], summary="The roles that there are")
@needs(Permission.STAFF_VIEW)
def role_list(request: HttpRequest) -> list[dict[str, Any]]:
    return [
        {
            "code": code,
            "name": str(role.display_name),
            "scope": role.default_scope,
            "is_administrator": role.is_administrator,
            "permissions": sorted(role.permissions),
        }
        for code, role in ROLES.items()
    ]


@staff.post("/{username}/roles", response=AccountOut, summary="Grant a role, or change how far it sees")
@needs(Permission.ROLES_MANAGE)
def grant_role(request: HttpRequest, username: At, payload: GrantIn) -> dict[str, Any]:
    """Nobody grants a role to themselves; the three administrators stay apart."""
    user = _found(username)
    actions.grant_role(
        user=user,
        role=payload.role,
        scope=payload.scope,
        departments=[found for code in payload.departments if (found := _department(code, "departments"))],
        joined=payload.joined,
        by=by_of(request),
        at=at_of(request),
    )
    return _account(user)


@staff.delete("/{username}/roles/{role}", response=AccountOut, summary="Take a role back")
@needs(Permission.ROLES_MANAGE)
def revoke_role(request: HttpRequest, username: At, role: RoleCode) -> dict[str, Any]:  # type: ignore[valid-type]
    """The last administrator of a kind keeps it until there is another."""
    user = _found(username)
    actions.revoke_role(user=user, role=role, by=by_of(request), at=at_of(request))
    return _account(user)


# --- departments ------------------------------------------------------------------------------------------


@departments.post("", response={201: DepartmentOut}, summary="A new department")
@needs(Permission.ORGANISATION_MANAGE)
def create_department(request: HttpRequest, payload: DepartmentIn) -> Status[Any]:
    made = actions.create_department(
        code=payload.code or names.code_from(payload.name),
        name=payload.name,
        parent=_department(payload.parent, "parent"),
        head=_person(payload.head, "head") if payload.head is not None else None,
        by=by_of(request),
        at=at_of(request),
    )
    return Status(201, department_out(made))


@departments.patch("/{code}", response=DepartmentOut, summary="Rename or move a department, name its head")
@needs(Permission.ORGANISATION_MANAGE)
def change_department(request: HttpRequest, code: At, payload: DepartmentChange) -> dict[str, Any]:
    """All that is sent or none of it."""
    found = people.find_department(code)
    said = payload.model_fields_set
    head = _person(payload.head, "head") if payload.head is not None else None
    changed = actions.change_department(
        department=found,
        name=payload.name if "name" in said else found.name,
        parent=_department(payload.parent, "parent") if "parent" in said else None,
        head=head if "head" in said else found.head,
        by=by_of(request),
        at=at_of(request),
    )
    return department_out(changed)


@departments.delete("/{code}", response={204: None}, summary="Dissolve an empty department")
@needs(Permission.ORGANISATION_MANAGE)
def close_department(request: HttpRequest, code: At) -> Status[Any]:
    """Its code stays taken: facts and promises name it."""
    actions.close_department(department=people.find_department(code), by=by_of(request), at=at_of(request))
    return Status(204, None)


# --- posts ------------------------------------------------------------------------------------------------


@posts.get("", response=list[SeatOut], summary="Posts, and who stands behind them")
@needs(Permission.STAFF_VIEW, Permission.ORGANISATION_MANAGE, Permission.REGULATION_EDIT)
def post_list(request: HttpRequest) -> list[dict[str, Any]]:
    """Those that regulations name and nobody fills come first."""
    return [
        {
            **_post(row.post, row.code),
            "behind": [user.username for user in row.people],
            "named_in": [str(name) for name in row.named_in],
        }
        for row in people.post_rows(at_of(request))
    ]


@posts.post("", response={201: SeatOut}, summary="A new post")
@needs(Permission.ORGANISATION_MANAGE)
def create_post(request: HttpRequest, payload: PostIn) -> Status[Any]:
    made = actions.create_post(
        code=payload.code,
        name=payload.name,
        department=_department(payload.department),
        reports_to=_superior(payload.reports_to),
        holders=_holders(payload.holders),
        by=by_of(request),
        at=at_of(request),
    )
    return Status(201, _whole_post(made, request))


@posts.patch("/{code}", response=SeatOut, summary="Change a post, or who holds it")
@needs(Permission.ORGANISATION_MANAGE)
def change_post(request: HttpRequest, code: At, payload: PostChange) -> dict[str, Any]:
    """All that is sent or none of it."""
    found = people.find_post(code)
    said = payload.model_fields_set
    changed = actions.change_post(
        post=found,
        name=payload.name if "name" in said else found.name,
        department=_department(payload.department) if "department" in said else found.department,
        reports_to=_superior(payload.reports_to) if "reports_to" in said else found.reports_to,
        holders=_holders(payload.holders) if "holders" in said else None,
        by=by_of(request),
        at=at_of(request),
    )
    return _whole_post(changed, request)


@posts.delete("/{code}", response={204: None}, summary="Remove a post that nobody holds")
@needs(Permission.ORGANISATION_MANAGE)
def remove_post(request: HttpRequest, code: At) -> Status[Any]:
    actions.remove_post(post=people.find_post(code), by=by_of(request), at=at_of(request))
    return Status(204, None)


# --- delegations ------------------------------------------------------------------------------------------


@delegations.get("", response=list[DelegationOut], summary="Delegations that run or are to come")
@needs()
def delegation_list(request: HttpRequest) -> list[dict[str, Any]]:
    """One's own, given and taken; with `staff.manage` everybody's."""
    return [_delegation(row) for row in people.delegations_for(user_of(request), at_of(request))]


@delegations.post("", response={201: DelegationOut}, summary="Let a colleague act for somebody")
@needs()
def delegate(request: HttpRequest, payload: DelegationIn) -> Status[Any]:
    """At most 180 days; the roles of administrators do not go along."""
    user, at = user_of(request), at_of(request)
    giver = user
    if payload.giver is not None and payload.giver != user.username:
        check(user, Permission.STAFF_MANAGE)
        giver = _person(payload.giver, "giver")
    made = actions.delegate(
        giver=giver,
        taker=_person(payload.taker, "taker"),
        since=payload.since or at,
        until=payload.until,
        reason=payload.reason,
        by=by_of(request),
        at=at,
    )
    return Status(201, _delegation(made))


@delegations.delete("/{pk}", response={204: None}, summary="End a delegation before its time")
@needs()
def end_delegation(request: HttpRequest, pk: Identity) -> Status[Any]:
    """Whoever gave it, took it, or manages staff."""
    at = at_of(request)
    found = people.delegation_for(user_of(request), pk, at)
    actions.end_delegation(delegation=found, by=by_of(request), at=at)
    return Status(204, None)


# --- what the bodies name, and what the answers say ---------------------------------------------------------


def _found(username: str) -> User:
    user = people.by_username(username)
    if user is None:
        raise NotFound(_("没有这位员工。"))
    return user


def _person(username: str, field: str) -> User:
    user = people.by_username(username)
    if user is None:
        sentence = _("没有工号为「%(name)s」的员工。") % {"name": username}
        raise Invalid(sentence, fields={field: sentence})
    return user


def _holders(usernames: Sequence[str]) -> list[User]:
    return [_person(username, f"holders.{n}") for n, username in enumerate(usernames)]


def _department(code: str | None, field: str = "department") -> Department | None:
    try:
        return people.find_department(code) if code is not None else None
    except NotFound as error:
        raise Invalid(str(error), fields={field: str(error)}) from error


def _superior(code: str | None) -> Post | None:
    try:
        return people.find_post(code) if code is not None else None
    except NotFound as error:
        raise Invalid(str(error), fields={"reports_to": str(error)}) from error


def _account(user: User) -> dict[str, Any]:
    grants = [
        {
            "role": grant.role,
            "scope": grant.scope,
            "departments": sorted(department.code for department in grant.departments.all()),
        }
        for grant in people.grants_of(user)
    ]
    return {
        "id": user.pk,
        "username": user.username,
        "name": user.name,
        "department": user.department.code if user.department else None,
        "title": user.title,
        "email": user.email,
        "phone": user.phone,
        "is_active": user.is_active,
        "locked_until": user.locked_until,
        "has_second_factor": people.has_second_factor(user),
        "joined_at": user.joined_at,
        "left_at": user.left_at,
        "roles": grants,
        "posts": sorted(post.code for post in user.posts.all()),
        "heads": sorted(department.code for department in user.heads.all() if not department.closed_at),
    }


def _post(post: Post | None, code: str) -> dict[str, Any]:
    if post is None:
        return {"code": code, "name": None, "department": None, "reports_to": None, "holders": []}
    return {
        "code": code,
        "name": post.name,
        "department": post.department.code if post.department else None,
        "reports_to": post.reports_to.code if post.reports_to else None,
        "holders": sorted(user.username for user in post.holders.all()),
    }


def _whole_post(post: Post, request: HttpRequest) -> dict[str, Any]:
    [row] = [row for row in people.post_rows(at_of(request)) if row.code == post.code]
    return {
        **_post(row.post, row.code),
        "behind": [user.username for user in row.people],
        "named_in": [str(name) for name in row.named_in],
    }


def _delegation(row: Delegation) -> dict[str, Any]:
    return {
        "id": row.pk,
        "giver": row.giver.username,
        "taker": row.taker.username,
        "since": row.since,
        "until": row.until,
        "reason": row.reason,
    }
