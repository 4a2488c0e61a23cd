"""Departments and posts. Their codes share one namespace, because a regulation names either as an owner."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F, Value
from django.db.models.functions import Concat, Substr
from django.utils.translation import gettext as _

from keyue.kernel.errors import Invalid, Refused
from keyue.ledger.facts import Actor
from keyue.people import rules
from keyue.people.actions._facts import note
from keyue.people.events import Event
from keyue.people.models import Department, OwnerCode, Post, User


def _take_code(code: str, kind: str) -> str:
    """Reserve a code for a department or post; Invalid if it is malformed or taken by either."""
    code = code.strip()
    if not rules.is_code(code):
        raise Invalid(
            _("代码不合规。"),
            fields={
                "code": _("代码用小写字母开头，只含小写字母、数字和下划线，最多 40 个字符，如 service_desk。")
            },
        )
    try:
        with transaction.atomic():
            OwnerCode.objects.create(code=code, kind=kind)
    except IntegrityError:
        taken = _("代码「%(code)s」已被另一个部门或岗位使用。") % {"code": code}
        raise Invalid(taken, fields={"code": taken}, code="code_taken") from None
    return code


def _clean_name(name: str) -> str:
    name = " ".join(name.split())
    if not 1 <= len(name) <= 100:
        raise Invalid(_("请填写名称。"), fields={"name": _("请填写名称，最多 100 个字。")})
    return name


def _refuse_twin(name: str, parent: Department | None, but: Department | None = None) -> None:
    twins = Department.objects.filter(name=name, parent=parent, closed_at=None)
    if but is not None:
        twins = twins.exclude(pk=but.pk)
    if twins.exists():
        sentence = _("同一上级下已有名为「%(name)s」的部门。") % {"name": name}
        raise Invalid(sentence, fields={"name": sentence})


def _check_head(head: User | None) -> None:
    if head is not None and not head.is_active:
        raise Invalid(_("负责人必须在职。"), fields={"head": _("负责人必须是在职的同事。")})


# --- departments ---


@transaction.atomic
def create_department(
    *,
    code: str,
    name: str,
    by: Actor,
    at: datetime,
    parent: Department | None = None,
    head: User | None = None,
) -> Department:
    """A new department under `parent`; the first one, without a parent, is the company itself."""
    name = _clean_name(name)
    if parent is None and Department.objects.filter(parent=None, closed_at=None).exists():
        raise Invalid(_("请选择上级部门。"), fields={"parent": _("公司只有一个，其他部门都要有上级。")})
    _refuse_twin(name, parent)
    _check_head(head)
    code = _take_code(code, "department")
    path = rules.path_under(parent.path if parent else "", code)
    if len(path) > 400:
        raise Invalid(_("部门层级太深。"), fields={"parent": _("部门层级太深，请换一个上级。")})
    department = Department.objects.create(code=code, name=name, parent=parent, path=path, head=head)
    data = {"parent": parent.code if parent else None, "head": str(head.pk) if head else None}
    note(department, Event.DEPARTMENT_CREATED, data, by=by, at=at)
    return department


@transaction.atomic
def rename_department(*, department: Department, name: str, by: Actor, at: datetime) -> Department:
    """Another name; the code, which facts and regulations hold, never changes."""
    name = _clean_name(name)
    _refuse_twin(name, department.parent, department)
    if name != department.name:
        data = {"before": department.name, "name": name}
        department.name = name
        department.save(update_fields=["name"])
        note(department, Event.DEPARTMENT_RENAMED, data, by=by, at=at)
    return department


@transaction.atomic
def move_department(*, department: Department, parent: Department, by: Actor, at: datetime) -> Department:
    """Put a department, with all below it, under another parent."""
    department = Department.objects.select_for_update().get(pk=department.pk)
    parent = Department.objects.select_for_update().get(pk=parent.pk)
    if department.parent_id is None:
        raise Refused(_("公司本身没有上级。"))
    if rules.is_within(parent.path, department.path):
        raise Invalid(_("不能移到自己的下级。"), fields={"parent": _("不能把部门移到它自己或它的下级之下。")})
    if department.parent_id == parent.pk:
        return department
    _refuse_twin(department.name, parent)
    old, new = department.path, rules.path_under(parent.path, department.code)
    before = department.parent.code if department.parent else None
    moved = Department.objects.filter(path__startswith=old)
    moved.update(path=Concat(Value(new), Substr(F("path"), len(old) + 1)))
    department.path, department.parent = new, parent
    department.save(update_fields=["parent"])
    note(department, Event.DEPARTMENT_MOVED, {"before": before, "parent": parent.code}, by=by, at=at)
    return department


@transaction.atomic
def set_head(*, department: Department, head: User | None, by: Actor, at: datetime) -> Department:
    """Say who leads a department."""
    _check_head(head)
    before = department.head_id
    if before == (head.pk if head else None):
        return department
    department.head = head
    department.save(update_fields=["head"])
    data = {"head": str(head.pk) if head else None, "before": str(before) if before else None}
    note(department, Event.DEPARTMENT_HEAD_SET, data, by=by, at=at)
    return department


@transaction.atomic
def change_department(
    *,
    department: Department,
    name: str,
    parent: Department | None,
    head: User | None,
    by: Actor,
    at: datetime,
) -> Department:
    """Name, place in the tree and head at once, as the page of a department sends them."""
    department = rename_department(department=department, name=name, by=by, at=at)
    if parent is not None:
        department = move_department(department=department, parent=parent, by=by, at=at)
    return set_head(department=department, head=head, by=by, at=at)


@transaction.atomic
def close_department(*, department: Department, by: Actor, at: datetime) -> None:
    """Dissolve an empty department. Its code stays taken: facts and promises name it."""
    if department.parent_id is None:
        raise Refused(_("公司本身不能撤销。"))
    if department.children.filter(closed_at=None).exists():
        raise Refused(_("「%(name)s」还有下级部门，请先移走或撤销。") % {"name": department.name})
    if department.members.filter(is_active=True).exists():
        raise Refused(_("「%(name)s」还有在职人员，请先调到别的部门。") % {"name": department.name})
    if department.posts.exists():
        raise Refused(_("「%(name)s」还有岗位，请先把岗位改到别的部门。") % {"name": department.name})
    department.closed_at = at
    department.save(update_fields=["closed_at"])
    note(department, Event.DEPARTMENT_CLOSED, by=by, at=at)


# --- posts ---


@transaction.atomic
def create_post(
    *,
    code: str,
    name: str,
    by: Actor,
    at: datetime,
    department: Department | None = None,
    reports_to: Post | None = None,
    holders: Iterable[User] = (),
) -> Post:
    """A new post, under the code that regulations name."""
    name = _clean_name(name)
    people = _active(holders)
    code = _take_code(code, "post")
    post = Post.objects.create(code=code, name=name, department=department, reports_to=reports_to)
    post.holders.set(people)
    data = {
        "department": department.code if department else None,
        "reports_to": reports_to.code if reports_to else None,
        "holders": sorted(str(p.pk) for p in people),
    }
    note(post, Event.POST_CREATED, data, by=by, at=at)
    return post


@transaction.atomic
def change_post(
    *,
    post: Post,
    name: str,
    department: Department | None,
    reports_to: Post | None,
    by: Actor,
    at: datetime,
    holders: Iterable[User] | None = None,
) -> Post:
    """Another name, department or superior post; with `holders`, also who holds it."""
    _refuse_circle(post, reports_to)
    values = {"name": _clean_name(name), "department": department, "reports_to": reports_to}
    changed = sorted(key for key, value in values.items() if getattr(post, key) != value)
    if changed:
        for key in changed:
            setattr(post, key, values[key])
        post.save(update_fields=changed)
        data = {
            "fields": changed,
            "department": department.code if department else None,
            "reports_to": reports_to.code if reports_to else None,
        }
        note(post, Event.POST_CHANGED, data, by=by, at=at)
    if holders is not None:
        set_holders(post=post, holders=holders, by=by, at=at)
    return post


def _refuse_circle(post: Post, above: Post | None) -> None:
    seen: set[int] = set()
    while above is not None and above.pk not in seen:
        if above.pk == post.pk:
            raise Invalid(
                _("上级岗位成环。"), fields={"reports_to": _("上级岗位不能是它自己或它的下级岗位。")}
            )
        seen.add(above.pk)
        above = above.reports_to


@transaction.atomic
def set_holders(*, post: Post, holders: Iterable[User], by: Actor, at: datetime) -> Post:
    """Say who holds a post. Nobody is allowed, and shown: a post never stands empty unseen."""
    people = _active(holders)
    before = set(post.holders.values_list("pk", flat=True))
    after = {p.pk for p in people}
    if before != after:
        post.holders.set(people)
        data = {
            "holders": sorted(str(pk) for pk in after),
            "added": sorted(str(pk) for pk in after - before),
            "removed": sorted(str(pk) for pk in before - after),
        }
        note(post, Event.POST_HOLDERS_SET, data, by=by, at=at)
    return post


def _active(people: Iterable[User]) -> list[User]:
    chosen = list(people)
    left = [p.name for p in chosen if not p.is_active]
    if left:
        sentence = _("%(names)s 已离职，不能担任岗位。") % {"names": _("、").join(left)}
        raise Invalid(sentence, fields={"holders": sentence})
    return chosen


@transaction.atomic
def remove_post(*, post: Post, by: Actor, at: datetime) -> None:
    """Remove a post that nobody holds and nobody reports to; its code is free again, its chain of facts stays."""
    if post.reported_by.exists():
        raise Refused(_("还有岗位以「%(name)s」为上级，请先改掉。") % {"name": post.name})
    if post.holders.filter(is_active=True).exists():
        raise Refused(_("「%(name)s」还有人担任，请先清空担任人。") % {"name": post.name})
    note(post, Event.POST_REMOVED, by=by, at=at)
    OwnerCode.objects.filter(code=post.code).delete()
    post.delete()
