"""Reading about people. Fetching is authorising: what takes a `viewer` returns only what that person may see."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils.translation import gettext as _

from keyue.kernel.errors import NotFound
from keyue.ledger.reading import columns_of, instance, width_of
from keyue.people import leaving, naming
from keyue.people.access import access_of, holders_of_roles, load_tree
from keyue.people.enums import ADMINISTRATION, Permission
from keyue.people.models import (
    ApiToken,
    Delegation,
    Department,
    OwnerCode,
    Post,
    RoleGrant,
    SecurityPolicy,
    StaffSession,
    User,
)
from keyue.people.organisation import Organisation, Seat
from keyue.people.permissions import allows, check
from keyue.people.roles import ADMINISTRATORS, ROLES, Role, roles_with
from keyue.people.rules import PERSON as PERSON

COMPANY = "company"
"""The code of the root department: the company itself."""


# --- owners: what the engine's owner codes mean ---


def owner_codes_of(user: User, at: datetime | None = None) -> frozenset[str]:
    """Every code whose promises are this person's: posts held, own department, departments headed, delegations."""
    return access_of(user, at).owner_codes


def visible_departments(
    user: User, permission: Permission = Permission.CASE_VIEW, at: datetime | None = None
) -> frozenset[str] | None:
    """Data scope as department codes; None = all; empty = only what is the person's own."""
    return access_of(user, at).visible_departments(permission)


def named_departments(
    user: User, permission: Permission = Permission.CASE_VIEW, at: datetime | None = None
) -> frozenset[str]:
    """The departments that the data scope names; a role that sees all names its holder's own."""
    return access_of(user, at).named_departments(permission)


def acting_for(user: User, at: datetime | None = None) -> frozenset[int]:
    """Ids of the people whose work is this person's to do: own, and those who delegated to them."""
    return frozenset(access_of(user, at).people)


def works_in(user: User, department: str) -> bool:
    """Whether a department is the person's own or that of somebody they act for, or one of them leads it or one above.

    How far a role sees is another matter: who may see every department belongs to one.
    """
    access = access_of(user)
    if department in access.people.values():
        return True
    return any(department in access.tree.below(code) for code in access.headed)


def person_of(code: str) -> int | None:
    """The id of the person whom an owner code names; None for posts and departments."""
    number = code.removeprefix(PERSON)
    return int(number) if number != code and number.isdecimal() else None


def people_behind(code: str, at: datetime) -> list[User]:
    """Who stands behind a post, department or person at this instant, with those they delegated to; [] for nobody."""
    return people_behind_many([code], at)[code]


def people_behind_many(codes: Iterable[str], at: datetime) -> dict[str, list[User]]:
    """`people_behind` for many codes at once, in four queries; department heads come first."""
    found: dict[str, list[int]] = {
        code: [] if (person := person_of(code)) is None else [person] for code in codes
    }
    posts = Post.holders.through.objects.filter(post__code__in=found, user__is_active=True)
    for code, person in posts.order_by("id").values_list("post__code", "user_id"):
        found[code].append(person)
    units = Q(department__code__in=found) | Q(heads__code__in=found, heads__closed_at=None)
    members = User.objects.filter(units, is_active=True).values_list("pk", "department__code", "heads__code")
    heads: dict[str, int] = {}
    for person, department, headed in members:
        if headed in found:
            heads[headed] = person
        if department in found:
            found[department].append(person)
    for code, person in heads.items():
        found[code] = [person, *(p for p in found[code] if p != person)]
    return _with_delegates(found, at)


def _with_delegates(found: dict[str, list[int]], at: datetime) -> dict[str, list[User]]:
    ids = {person for people in found.values() for person in people}
    takers: dict[int, list[int]] = {}
    running = Delegation.objects.filter(giver__in=ids, since__lte=at, until__gt=at, ended_at=None)
    for giver, taker in running.order_by("id").values_list("giver_id", "taker_id"):
        takers.setdefault(giver, []).append(taker)
    wanted = ids.union(*takers.values()) if takers else ids
    users = {u.pk: u for u in User.objects.filter(pk__in=wanted, is_active=True).select_related("department")}
    result = {}
    for code, people in found.items():
        order = dict.fromkeys([*people, *(t for p in people for t in takers.get(p, ()))])
        result[code] = [users[p] for p in order if p in users]
    return result


def organisation() -> Organisation:
    """Departments, posts and who holds them, as plain data, in three queries; for questions about many codes."""
    tree = load_tree()
    holders: dict[str, list[int]] = {}
    held = Post.holders.through.objects.order_by("user__name_pinyin", "user_id")
    for code, person in held.values_list("post__code", "user_id"):
        holders.setdefault(code, []).append(person)
    rows = Post.objects.order_by().values_list("code", "department__code", "reports_to__code")
    seats = {code: Seat(code, dep, up, tuple(holders.get(code, ()))) for code, dep, up in rows}
    people = {p for some in holders.values() for p in some} | {u.head for u in tree.units.values() if u.head}
    active = frozenset(User.objects.filter(pk__in=people, is_active=True).values_list("pk", flat=True))
    return Organisation(tree.units, seats, active)


def ladder_of(code: str) -> list[User]:
    """The people above a post, department or person, nearest first: the levels of an escalation, nobody twice."""
    steps = _steps_above(code)
    users = User.objects.in_bulk(steps)
    return [users[step] for step in steps]


def _steps_above(code: str) -> list[int]:
    person = person_of(code)
    if person is None:
        return organisation().ladder(code)
    department = User.objects.filter(pk=person).values_list("department__code", flat=True).first()
    return [step for step in organisation().ladder(department or COMPANY) if step != person]


def head_of(code: str) -> User | None:
    """The next level of an escalation: of a department its head, of a post the post it reports to or the head above,
    of a person the head of their department."""
    steps = _steps_above(code)
    return User.objects.get(pk=steps[0]) if steps else None


def empty_posts(codes: Iterable[str], at: datetime) -> list[str]:
    """Those of `codes` that nobody stands behind, whether the post exists or not; sorted."""
    return sorted(code for code, people in people_behind_many(codes, at).items() if not people)


def owner_names(codes: Iterable[str]) -> dict[str, str]:
    """What to write for owner codes on screen; an unknown code stands for itself."""
    wanted = set(codes)
    people = {code: person for code in wanted if (person := person_of(code)) is not None}
    known = names_of(people.values()) if people else {}
    names = {code: known[person] for code, person in people.items() if person in known}
    posts = Post.objects.filter(code__in=wanted).values_list("code", "name").order_by()
    departments = Department.objects.filter(code__in=wanted).values_list("code", "name").order_by()
    # posts and departments share one namespace: no code stands for both
    names |= dict(posts.union(departments, all=True)) if wanted else {}
    return {code: names.get(code, code) for code in wanted}


def owner_kinds(codes: Iterable[str]) -> dict[str, str]:
    """Those of `codes` that are taken, each by a "post" or a "department"."""
    return dict(OwnerCode.objects.filter(code__in=set(codes)).values_list("code", "kind"))


def code_conflicts() -> list[str]:
    """Codes that the register of owner codes and the tables do not agree on; [] in a sound installation."""
    departments = set(Department.objects.values_list("code", flat=True))
    posts = set(Post.objects.values_list("code", flat=True))
    registered = {row.code: row.kind for row in OwnerCode.objects.all()}
    wrong = departments & posts
    wrong |= {c for c in departments | posts if c not in registered}
    wrong |= {
        c for c, kind in registered.items() if c not in (departments if kind == "department" else posts)
    }
    return sorted(wrong)


# --- staff ---


def active_staff() -> QuerySet[User]:
    """Everybody who works here now, by name; to choose a colleague from."""
    return User.objects.filter(is_active=True).select_related("department")


def staff_by_name() -> dict[str, list[int]]:
    """Ids of those who work here by name and by sign-in name, without blanks and in small letters: to read a sheet."""
    found: dict[str, list[int]] = {}
    for pk, name, username in active_staff().values_list("pk", "name", "username"):
        for word in {"".join(name.casefold().split()), username.casefold()}:
            found.setdefault(word, []).append(pk)
    return found


def departments_of(ids: Iterable[int]) -> dict[int, str]:
    """The department's code of each of these people who has one."""
    rows = User.objects.filter(pk__in=set(ids), department__isnull=False)
    return dict(rows.values_list("pk", "department__code"))


def departments_by_name() -> dict[str, str]:
    """Codes of the departments that are open, by name and by code, as `staff_by_name`; a name of two is of none."""
    rows = list(Department.objects.filter(closed_at=None).values_list("code", "name"))
    names = ["".join(name.casefold().split()) for _code, name in rows]
    found = {word: code for (code, _name), word in zip(rows, names, strict=True) if names.count(word) == 1}
    return found | {code.casefold(): code for code, _name in rows}


def who_may(*permissions: Permission, at: datetime) -> frozenset[int]:
    """Everybody who works here and may all of this, by roles of their own or of who delegated to them."""
    running = Delegation.objects.filter(since__lte=at, until__gt=at, ended_at=None, taker__is_active=True)
    passed = list(running.filter(giver__is_active=True).values_list("giver_id", "taker_id"))
    found: frozenset[int] | None = None
    for permission in permissions:
        codes = [role.code for role in roles_with(permission)]
        rows = RoleGrant.objects.filter(role__in=codes, user__is_active=True)
        own = frozenset(rows.values_list("user_id", flat=True))
        able = (
            own if permission in ADMINISTRATION else own | {taker for giver, taker in passed if giver in own}
        )
        found = able if found is None else found & able
    return found if found is not None else frozenset(active_staff().values_list("pk", flat=True))


def heirs_of(leaver: User, at: datetime) -> QuerySet[User]:
    """Those who may take over what is with a leaver, by name."""
    others = active_staff().exclude(pk=leaver.pk)
    needed = leaving.needed(leaver, at)
    return others.filter(pk__in=who_may(*needed, at=at)) if needed else others


def colleagues_page(*, text: str, behind: str, at: datetime, after: str, size: int) -> tuple[list[User], str]:
    """A page of those who work here now, by sign-in name, and the cursor of the next; `behind` an owner code."""
    staff = active_staff()
    for word in text.lower().split():
        staff = staff.filter(
            Q(name__contains=word)
            | Q(username__contains=word)
            | Q(name_pinyin__contains=word)
            | Q(name_key__contains=word)
        )
    if behind:
        staff = staff.filter(pk__in=[user.pk for user in people_behind(behind, at)])
    if after:
        staff = staff.filter(username__gt=after)
    found = list(staff.order_by("username")[: size + 1])
    return found[:size], found[size - 1].username if len(found) > size else ""


def find_user(pk: int) -> User:
    """A member of staff by id, for rooms that hold ids. Raises NotFound."""
    user = User.objects.filter(pk=pk).select_related("department").first()
    if user is None:
        raise NotFound(_("没有这位员工。"))
    return user


def names_of(ids: Iterable[int]) -> dict[int, str]:
    """Names of people by id, leavers included; to show who did what."""
    return dict(User.objects.filter(pk__in=set(ids)).values_list("pk", "name").order_by())


def by_username(username: str) -> User | None:
    """The person with this sign-in name."""
    return User.objects.filter(username=username.strip().lower()).first()


def staff_for(viewer: User, *, text: str = "", department: str = "", state: str = "active") -> QuerySet[User]:
    """The staff list with its filters: name, pinyin, initials, sign-in name; state active, left, locked or all."""
    check(viewer, Permission.STAFF_VIEW)
    staff = User.objects.select_related("department").prefetch_related("grants", "posts")
    if state == "active":
        staff = staff.filter(is_active=True)
    elif state == "left":
        staff = staff.filter(is_active=False)
    elif state == "locked":
        staff = staff.filter(locked_until__gt=access_of(viewer).at)
    if department:
        staff = staff.filter(department__code__in=load_tree().below(department))
    for word in text.lower().split():
        staff = staff.filter(
            Q(name__contains=word)
            | Q(username__contains=word)
            | Q(email__icontains=word)
            | Q(name_pinyin__contains=word)
            | Q(name_key__contains=word)
        )
    return staff


def every_account(*, state: str, at: datetime) -> QuerySet[User]:
    """All accounts, for the command line, whose caller has the machine: state active, left, locked or all."""
    staff = User.objects.select_related("department").prefetch_related("grants", "posts").order_by("username")
    narrowed = {"active": Q(is_active=True), "left": Q(is_active=False), "locked": Q(locked_until__gt=at)}
    return staff.filter(narrowed.get(state, Q()))


def user_for(viewer: User, pk: int) -> User:
    """One member of staff, for those who may see accounts. Raises Denied or NotFound."""
    check(viewer, Permission.STAFF_VIEW)
    return find_user(pk)


def role_codes_of(user: User) -> frozenset[str]:
    """Codes of the person's own roles."""
    return frozenset(RoleGrant.objects.filter(user=user).values_list("role", flat=True))


def is_administrator(user: User) -> bool:
    """Whether one of the three administrator roles is held."""
    return RoleGrant.objects.filter(user=user, role__in=ADMINISTRATORS).exists()


def has_second_factor(user: User) -> bool:
    """Whether signing in asks for a code."""
    return user.pk is not None and User.objects.filter(pk=user.pk, second_factor__isnull=False).exists()


def is_last_administrator(user: User, role: str) -> bool:
    """Whether without `user` nobody would hold this administrator role."""
    return not RoleGrant.objects.filter(role=role, user__is_active=True).exclude(user=user).exists()


def remainders_of(user: User, at: datetime) -> list[leaving.Remainder]:
    """What is still with somebody who wants to leave: departments led, posts and administrator roles held alone,
    and whatever higher rooms have registered. Nobody is left behind unseen."""
    found = []
    for department in Department.objects.filter(head=user, closed_at=None):
        found.append(leaving.Remainder(_("是「%(name)s」的负责人") % {"name": department.name}, 1))
    for post in user.posts.all():
        if not post.holders.filter(is_active=True).exclude(pk=user.pk).exists():
            found.append(leaving.Remainder(_("独自担任岗位「%(name)s」") % {"name": post.name}, 1))
    for role in RoleGrant.objects.filter(user=user, role__in=ADMINISTRATORS).values_list("role", flat=True):
        if is_last_administrator(user, role):
            name = ROLES[role].display_name
            found.append(leaving.Remainder(_("是唯一的%(name)s") % {"name": name}, 1))
    return [*found, *leaving.remainders_of(user, at)]


# --- organisation pages ---


@dataclass(frozen=True, slots=True)
class DepartmentRow:
    """A line of the department tree; `depth` 0 is the company."""

    department: Department
    depth: int
    members: int

    @property
    def indent(self) -> str:
        return "　" * self.depth


def department_rows() -> list[DepartmentRow]:
    """The tree from the top, each with the number of people in it, in one query."""
    departments = (
        Department.objects.filter(closed_at=None)
        .select_related("head", "parent")
        .annotate(n_members=Count("members", filter=Q(members__is_active=True)))
        .order_by("path")
    )
    return [DepartmentRow(d, d.path.count("/") - 1, d.n_members) for d in departments]


def open_departments() -> QuerySet[Department]:
    """Departments to choose from, in the order of the tree."""
    return Department.objects.filter(closed_at=None).order_by("path")


def working_departments() -> QuerySet[Department]:
    """Open departments that work can be given to: the company as a whole only where nobody else would have it, since it
    has no departments, or has people of its own."""
    inside = Department.objects.filter(parent=OuterRef("pk"), closed_at=None)
    own = User.objects.filter(department=OuterRef("pk"), is_active=True)
    return open_departments().exclude(Exists(inside), ~Exists(own), parent=None)


def find_department(code: str) -> Department:
    """A department by its code. Raises NotFound."""
    found = Department.objects.filter(code=code, closed_at=None).select_related("head", "parent").first()
    if found is None:
        raise NotFound(_("没有代码为「%(code)s」的部门。") % {"code": code})
    return found


def company_name() -> str:
    """The name of the root department; empty before the first run."""
    root = Department.objects.filter(parent=None, closed_at=None).order_by("id").first()
    return root.name if root else ""


def find_post(code: str) -> Post:
    """A post by its code. Raises NotFound."""
    found = Post.objects.filter(code=code).select_related("department", "reports_to").first()
    if found is None:
        raise NotFound(_("没有代码为「%(code)s」的岗位。") % {"code": code})
    return found


def all_posts() -> QuerySet[Post]:
    """Every post, by code."""
    return Post.objects.select_related("department", "reports_to").prefetch_related("holders")


@dataclass(frozen=True, slots=True)
class PostRow:
    """A line of the posts page: a post that exists, or a code that a regulation names and nobody has set up."""

    code: str
    post: Post | None
    people: Sequence[User]
    named_in: Sequence[str]

    @property
    def is_empty(self) -> bool:
        return not self.people


def post_rows(at: datetime) -> list[PostRow]:
    """Posts and named codes with the people behind them; those that regulations name and nobody fills come first."""
    posts = {post.code: post for post in all_posts()}
    named = naming.named_codes(at)
    departments = set(
        Department.objects.filter(closed_at=None, code__in=named).values_list("code", flat=True)
    )
    codes = set(posts) | (set(named) - departments)
    behind = people_behind_many(codes, at)
    rows = [PostRow(code, posts.get(code), behind[code], named.get(code, ())) for code in codes]
    return sorted(rows, key=lambda row: (not (row.is_empty and row.named_in), not row.is_empty, row.code))


# --- roles ---


@dataclass(frozen=True, slots=True)
class RoleRow:
    """A role with the grants of it."""

    role: type[Role]
    grants: Sequence[RoleGrant]


def role_rows(viewer: User) -> list[RoleRow]:
    """Every role with who holds it, leavers left out."""
    check(viewer, Permission.STAFF_VIEW)
    grants: dict[str, list[RoleGrant]] = {code: [] for code in ROLES}
    rows = RoleGrant.objects.filter(user__is_active=True).select_related("user__department", "granted_by")
    for grant in rows.prefetch_related("departments").order_by("user__name_pinyin", "user_id"):
        if grant.role in grants:
            grants[grant.role].append(grant)
    return [RoleRow(ROLES[code], found) for code, found in grants.items()]


def grants_of(user: User) -> list[RoleGrant]:
    """The roles of one person."""
    grants = RoleGrant.objects.filter(user=user).select_related("granted_by").prefetch_related("departments")
    return [grant for grant in grants.order_by("id") if grant.role in ROLES]


def joined_administrators() -> list[User]:
    """People who are system and security administrator at once: allowed in a small company, and shown."""
    system, security = "system_administrator", "security_administrator"
    holders = holders_of_roles(frozenset({system, security}))
    both = {u.pk for u in holders[system]} & {u.pk for u in holders[security]}
    return [u for u in holders[system] if u.pk in both]


def vacant_administrators() -> list[type[Role]]:
    """Administrator roles that nobody holds."""
    holders = holders_of_roles(ADMINISTRATORS)
    return [ROLES[code] for code in ROLES if code in ADMINISTRATORS and not holders[code]]


# --- delegations, tokens, sessions, policy ---


def delegations_for(viewer: User, at: datetime) -> QuerySet[Delegation]:
    """Delegations that are running or to come: one's own, or everybody's for who manages staff."""
    rows = Delegation.objects.filter(ended_at=None, until__gt=at).select_related("giver", "taker", "made_by")
    if allows(viewer, Permission.STAFF_MANAGE):
        return rows
    return rows.filter(Q(giver=viewer) | Q(taker=viewer))


def delegation_for(viewer: User, pk: int, at: datetime) -> Delegation:
    """A running delegation that `viewer` may see. Raises NotFound."""
    found = delegations_for(viewer, at).filter(pk=pk).first()
    if found is None:
        raise NotFound(_("没有这条委托，或它已经结束。"))
    return found


def tokens_of(user: User) -> QuerySet[ApiToken]:
    """One's own tokens that are not revoked."""
    return ApiToken.objects.filter(user=user, revoked_at=None)


def tokens_for(viewer: User) -> QuerySet[ApiToken]:
    """Everybody's tokens, for who manages them."""
    check(viewer, Permission.TOKENS_MANAGE)
    return ApiToken.objects.select_related("user", "created_by")


def every_token(*, user: User | None, at: datetime | None) -> QuerySet[ApiToken]:
    """Tokens for the command line: of one person or all, those that work at an instant or all."""
    tokens = ApiToken.objects.select_related("user")
    if user is not None:
        tokens = tokens.filter(user=user)
    if at is None:
        return tokens
    lasting = Q(expires_at=None) | Q(expires_at__gt=at)
    return tokens.filter(lasting, revoked_at=None, user__is_active=True)


def token_by_digest(digest: str) -> ApiToken | None:
    """A token that is not revoked, with its person; every request of the API asks this."""
    sql = (
        f"SELECT {columns_of(ApiToken, 'token')}, {columns_of(User, 'person')} "  # noqa: S608  names of our own
        "FROM people_apitoken token JOIN people_user person ON person.id = token.user_id "
        "WHERE token.digest = %s AND token.revoked_at IS NULL"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [digest])
        row = cursor.fetchone()
    if row is None:
        return None
    width = width_of(ApiToken)
    found = instance(ApiToken, row[:width])
    found.user = instance(User, row[width:])
    return found


def find_token(text: str) -> ApiToken:
    """A token by its number, or by itself or its beginning, for the command line. Raises NotFound."""
    tokens = ApiToken.objects.select_related("user")
    found: list[ApiToken] = []
    if text.isascii() and text.isdecimal() and len(text) < 18:
        found = list(tokens.filter(pk=int(text)))
    elif text.startswith("ky_") and len(text) >= 6:
        beginning = text[:9]
        found = list(tokens.filter(start__startswith=beginning, revoked_at=None)[:2])
    if len(found) != 1:
        raise NotFound(_("没有这个令牌。用 keyue token list 查看编号。"))
    return found[0]


def token_for(viewer: User, pk: int) -> ApiToken:
    """A token of one's own, or any for who manages them. Raises NotFound."""
    tokens = ApiToken.objects.select_related("user")
    if not allows(viewer, Permission.TOKENS_MANAGE):
        tokens = tokens.filter(user=viewer)
    found = tokens.filter(pk=pk).first()
    if found is None:
        raise NotFound(_("没有这个令牌。"))
    return found


def sessions_of(user: User, at: datetime) -> list[StaffSession]:
    """Where the person is signed in now, newest activity first."""
    rows = StaffSession.objects.filter(user=user, expire_date__gt=at)
    return list(rows.order_by("-seen_at"))


def security_policy() -> SecurityPolicy:
    """The rules of signing in; the defaults where nobody has changed them."""
    return SecurityPolicy.objects.filter(pk=1).first() or SecurityPolicy(pk=1)


def recovery_codes_left(user: User) -> int:
    """How many recovery codes are unused."""
    return user.recovery_codes.filter(used_at=None).count()


def staff_detail(viewer: User, pk: int) -> User:
    """One account with its department, posts and headed departments ready to print. Raises Denied or NotFound."""
    check(viewer, Permission.STAFF_VIEW)
    led = Prefetch("heads", Department.objects.filter(closed_at=None))
    user = User.objects.filter(pk=pk).select_related("department").prefetch_related(led, "posts").first()
    if user is None:
        raise NotFound(_("没有这位员工。"))
    return user
