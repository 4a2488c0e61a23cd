"""What one person may do and see, read once and kept on the user object for the rest of the request.

Three queries at most: the person with those who delegated to them and all their roles; the posts they hold; the
tree of departments (only where a question needs it).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.db import connection

from keyue.kernel import clock
from keyue.people.enums import ADMINISTRATION, Permission, Scope
from keyue.people.models import Department, Post, RoleGrant, User
from keyue.people.organisation import Organisation, Unit
from keyue.people.roles import ADMINISTRATORS, ROLES

_KEPT = "_people_access"


@dataclass(frozen=True, slots=True)
class Granted:
    """One role as it counts for somebody: `person` is its holder, who may be absent and have delegated."""

    role: str
    scope: Scope
    person: int
    department: str | None
    chosen: frozenset[str]


# every request asks this: in SQL, because composing it takes the ORM longer than the database takes to answer
_ROWS = """
SELECT person.id, home.code, given.role, given.scope, chosen.code
FROM people_user person
LEFT JOIN people_department home ON home.id = person.department_id
LEFT JOIN people_rolegrant given ON given.user_id = person.id
LEFT JOIN people_rolegrant_departments part ON part.rolegrant_id = given.id
LEFT JOIN people_department chosen ON chosen.id = part.department_id
WHERE person.is_active = %s AND (
    person.id = %s OR person.id IN (
        SELECT giver_id FROM people_delegation
        WHERE taker_id = %s AND since <= %s AND until > %s AND ended_at IS NULL
    )
)
"""


class Access:
    """Everything `permissions` and scope selectors ask about one person at one instant."""

    def __init__(self, user: User, at: datetime) -> None:
        self.user_id: int = user.pk
        self.at = at
        self.is_active = user.is_active
        # None: a person at the screen; otherwise the scopes of the API token they come with
        self.token_scopes: frozenset[str] | None = getattr(user, "token_scopes", None)

    @cached_property
    def _rows(self) -> list[tuple[int, str | None, str | None, str | None, str | None]]:
        moment = connection.ops.adapt_datetimefield_value(self.at)
        with connection.cursor() as cursor:
            cursor.execute(_ROWS, [True, self.user_id, self.user_id, moment, moment])
            return cursor.fetchall()

    @cached_property
    def people(self) -> dict[int, str | None]:
        """The person and those they act for, each with their department's code."""
        return {row[0]: row[1] for row in self._rows}

    @cached_property
    def grants(self) -> list[Granted]:
        """Own roles, and working roles of those who delegated; administrator roles are never delegated."""
        chosen: dict[tuple[int, str], set[str]] = {}
        first: dict[tuple[int, str], tuple[str | None, str]] = {}
        for person, department, role, scope, code in self._rows:
            if role not in ROLES or scope is None or (person != self.user_id and role in ADMINISTRATORS):
                continue
            first[(person, role)] = (department, scope)
            chosen.setdefault((person, role), set()).update({code} - {None})  # type: ignore[arg-type]
        return [
            Granted(role, Scope(scope), person, department, frozenset(chosen[(person, role)]))
            for (person, role), (department, scope) in first.items()
        ]

    @cached_property
    def roles(self) -> frozenset[str]:
        """Codes of the person's own roles."""
        return frozenset(g.role for g in self.grants if g.person == self.user_id)

    @cached_property
    def permissions(self) -> frozenset[Permission]:
        """All that is allowed, the API token's limits included."""
        if not self.is_active:
            return frozenset()
        allowed: set[Permission] = set()
        for grant in self.grants:
            more = ROLES[grant.role].permissions
            allowed |= more if grant.person == self.user_id else more - ADMINISTRATION
        if self.token_scopes is not None:
            allowed = {p for p in allowed if p.value in self.token_scopes}
        return frozenset(allowed)

    @cached_property
    def tree(self) -> Organisation:
        """The departments, without posts."""
        return load_tree()

    @cached_property
    def posts(self) -> frozenset[str]:
        """Posts held by the person and by those they act for."""
        codes = Post.objects.filter(holders__in=list(self.people)).values_list("code", flat=True)
        return frozenset(codes.order_by())

    @cached_property
    def headed(self) -> frozenset[str]:
        """Departments led by the person or by those they act for."""
        return frozenset(u.code for u in self.tree.units.values() if u.head in self.people)

    @cached_property
    def owner_codes(self) -> frozenset[str]:
        """Every code whose promises are this person's to keep."""
        own = {code for code in self.people.values() if code}
        return self.posts | self.headed | own

    def visible_departments(self, permission: Permission) -> frozenset[str] | None:
        """The departments that roles with `permission` open; None = all; empty = only what is the person's own."""
        codes: set[str] = set()
        if permission not in self.permissions:
            return frozenset()
        for grant in self.grants:
            if permission not in ROLES[grant.role].permissions:
                continue
            if grant.scope == Scope.ALL:
                return None
            codes |= self._reach(grant)
        return frozenset(codes)

    def named_departments(self, permission: Permission) -> frozenset[str]:
        """Departments that roles with `permission` open by name; a role that sees all counts as its holder's own."""
        if permission not in self.permissions:
            return frozenset()
        able = (g for g in self.grants if permission in ROLES[g.role].permissions)
        return frozenset(code for grant in able for code in self._named(grant))

    def _named(self, grant: Granted) -> frozenset[str]:
        if grant.scope == Scope.ALL:
            return frozenset({grant.department} if grant.department else ())
        return self._reach(grant)

    def _reach(self, grant: Granted) -> frozenset[str]:
        own = frozenset({grant.department} if grant.department else ())
        match grant.scope:
            case Scope.DEPARTMENT:
                return own
            case Scope.DEPARTMENT_TREE:
                headed = {u.code for u in self.tree.units.values() if u.head == grant.person}
                return frozenset(c for root in own | headed for c in self.tree.below(root))
            case Scope.CHOSEN:
                return frozenset(c for root in grant.chosen for c in self.tree.below(root))
            case _:
                return frozenset()


def access_of(user: User, at: datetime | None = None) -> Access:
    """The access of `user`, kept on the object. Without `at`: the instant of the request, else now."""
    kept: Access | None = getattr(user, _KEPT, None)
    if kept is None or (at is not None and kept.at != at):
        kept = Access(user, at or getattr(user, "request_at", None) or clock.now())
        setattr(user, _KEPT, kept)
    return kept


def forget(user: User) -> None:
    """Read anew at the next question; for a process that has just changed this person's roles or posts."""
    if hasattr(user, _KEPT):
        delattr(user, _KEPT)


def load_tree() -> Organisation:
    """The departments that are not closed, as plain data; one query."""
    rows = Department.objects.filter(closed_at=None).values_list("code", "path", "parent__code", "head_id")
    return Organisation(units={code: Unit(code, path, parent, head) for code, path, parent, head in rows})


def holders_of_roles(codes: frozenset[str]) -> dict[str, list[User]]:
    """The active people who hold each of the roles, by role."""
    found: dict[str, list[User]] = {code: [] for code in codes}
    grants = RoleGrant.objects.filter(role__in=codes, user__is_active=True).select_related("user")
    for grant in grants.order_by("user__name_pinyin", "user_id"):
        found[grant.role].append(grant.user)
    return found
