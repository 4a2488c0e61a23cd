"""Many customers given an account manager, a stage or a category: each by the action for one, so that one fault stops none.

The first ones are done at once, the rest by a worker. What is taken back is taken back by a second change of many, which
leaves alone whoever has been changed again since.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from keyue.customers.actions.archive import assign_account_manager, change_customer
from keyue.customers.actions.lifecycle import change_stage
from keyue.customers.enums import BulkItemState, BulkKind, Stage
from keyue.customers.models import BulkChange, BulkChangeItem, Customer
from keyue.customers.selectors import visible_to
from keyue.customers.upkeep_events import THE_ARCHIVE
from keyue.kernel.errors import Invalid, KeyueError, Refused
from keyue.ledger import actions as ledger
from keyue.ledger import sealing
from keyue.ledger.facts import Actor, Draft, Subject
from keyue.people import selectors as people
from keyue.people.enums import Permission
from keyue.people.models import User
from keyue.people.permissions import check

AT_ONCE = 50
AT_A_TIME = 25
MOST = 5_000
VIA = "bulk"
CONTEXT = "customers.BulkChange.reason"
NEEDS = {
    BulkKind.MANAGER: Permission.CUSTOMER_ASSIGN,
    BulkKind.STAGE: Permission.CUSTOMER_EDIT,
    BulkKind.CATEGORY: Permission.CUSTOMER_EDIT,
}


def start_change(
    *,
    user: User,
    kind: str,
    value: str,
    customer_ids: Sequence[int],
    by: Actor,
    at: datetime,
    reason: str = "",
) -> BulkChange:
    """Give all of them the value: the first 50 now, the others by a worker.

    `value`: the id of a member of staff, a stage or a category; empty: nobody, none. `reason` is asked for with a stage,
    and sealed. Customers that `user` may not see are left out. Raises Denied, Invalid (nobody, too many, a value that is
    none).
    """
    what = BulkKind(kind)
    check(user, NEEDS[what])
    if len(customer_ids) > MOST:
        raise Invalid(
            _("一次最多 %(most)d 位客户，现在是 %(n)d 位。") % {"most": MOST, "n": len(customer_ids)}
        )
    _check_value(what, value, reason)
    seen = visible_to(user).filter(pk__in=list(customer_ids), merged_into=None)
    ids = list(seen.order_by("-pk").values_list("pk", flat=True))
    if not ids:
        raise Invalid(_("没有选中任何客户。请先勾选，再点批量操作。"))
    with transaction.atomic():
        change = BulkChange(kind=what, value=value, user=user, started_at=at)
        change.reason = sealing.seal(_owner(user), reason.strip(), CONTEXT)
        _begin(change, [(pk, {}) for pk in ids], by=by, at=at)
    return work_on(change.pk, now=at, most=AT_ONCE)


def undo_change(*, change: BulkChange, user: User, by: Actor, at: datetime) -> BulkChange:
    """Give every customer back what they had before `change`, but those changed again since.

    Raises Denied, Refused (not finished, taken back before, itself a taking back).
    """
    check(user, NEEDS[BulkKind(change.kind)])
    if change.user_id != user.pk:
        raise Refused(_("只能撤销自己做的批量变更。"))
    if change.finished_at is None:
        raise Refused(_("这次批量变更还没有做完，做完后再撤销。"))
    if change.undoes_id or BulkChange.objects.filter(undoes=change).exists():
        raise Refused(_("这次批量变更已经撤销。"), code="already_undone")
    done = change.items.filter(state=BulkItemState.DONE).order_by("-customer")
    items = [(item.customer_id, item.before) for item in done]
    if not items:
        raise Refused(_("没有可撤销的变更。"))
    with transaction.atomic():
        back = BulkChange(kind=change.kind, value=change.value, user=user, started_at=at, undoes=change)
        back.reason = sealing.seal(_owner(user), _("撤销批量变更"), CONTEXT)
        _begin(back, items, by=by, at=at)
    return work_on(back.pk, now=at, most=AT_ONCE)


def work_changes(now: datetime) -> int:
    """The next customers of the oldest change that is not finished; how many."""
    oldest = BulkChange.objects.filter(finished_at=None).order_by("pk").values_list("pk", flat=True).first()
    if oldest is None:
        return 0
    return _batch(oldest, now)


def work_on(change_id: int, *, now: datetime, most: int) -> BulkChange:
    """Go on with one change until it is finished, or `most` customers are done."""
    done = 0
    while done < most and (n := _batch(change_id, now)):
        done += n
    return BulkChange.objects.get(pk=change_id)


def _owner(user: User) -> Subject:
    return Subject("person", str(user.pk))


def _check_value(what: BulkKind, value: str, reason: str) -> None:
    if what == BulkKind.STAGE:
        if value not in Stage.values or value == Stage.PAST:
            # who is lost is said of each, with the reason that is asked for there
            raise Invalid(_("请选择阶段。转为历史客户请逐个办理。"), fields={"stage": _("请选择阶段")})
        if not reason.strip():
            raise Invalid(_("请写明转入这一阶段的原因。"), fields={"reason": _("请写明原因")})
    if what == BulkKind.MANAGER and value:
        user = people.find_user(int(value)) if value.isdecimal() else None
        if user is None or not user.is_active:
            raise Invalid(_("请选择在职的同事。"), fields={"manager": _("请选择在职的同事")})


def _begin(
    change: BulkChange, items: Sequence[tuple[int, Mapping[str, Any]]], *, by: Actor, at: datetime
) -> None:
    change.total = len(items)
    change.save()
    BulkChangeItem.objects.bulk_create(
        [BulkChangeItem(change=change, customer_id=pk, before=dict(before)) for pk, before in items],
        batch_size=1_000,
    )
    data = {"change": str(change.pk), "what": change.kind, "customers": change.total}
    if change.undoes_id:
        data["undoes"] = str(change.undoes_id)
    ledger.record(THE_ARCHIVE, [Draft("archive.changed_in_bulk", data)], by=by, at=at, source="web")


@transaction.atomic
def _batch(change_id: int, now: datetime) -> int:
    """The next customers of a change; none where another process has it in hand."""
    rows = BulkChange.objects.select_related("user", "undoes").filter(pk=change_id, finished_at=None)
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(skip_locked=True, of=("self",))
    change = rows.first()
    if change is None:
        return 0
    waiting = change.items.filter(state=BulkItemState.WAITING)
    items = list(waiting.select_related("customer").order_by("id")[:AT_A_TIME])
    seen = set(
        visible_to(change.user).filter(pk__in=[i.customer_id for i in items]).values_list("pk", flat=True)
    )
    for item in items:
        _one(change, item, now, is_seen=item.customer_id in seen)
    BulkChangeItem.objects.bulk_update(items, ["state", "before", "problem"])
    if len(items) < AT_A_TIME:
        change.finished_at = now
        change.save(update_fields=["finished_at"])
    return len(items)


def _one(change: BulkChange, item: BulkChangeItem, now: datetime, *, is_seen: bool) -> None:
    customer, what = item.customer, BulkKind(change.kind)
    before = BEFORE[what](customer)
    if not is_seen:
        item.state, item.problem = BulkItemState.SKIPPED, _("没有这个客户，或您看不到该客户。")
        return
    if change.undoes is not None and not _stands(customer, change.undoes):
        item.state, item.problem = BulkItemState.SKIPPED, _("之后又有人改过，保留现在的内容。")
        return
    wanted = item.before if change.undoes is not None else _wanted(change)
    if all(before[name] == value for name, value in wanted.items()):
        item.state, item.problem = BulkItemState.SKIPPED, _("本来就是这样。")
        return
    try:
        with transaction.atomic():
            GIVE[what](customer, wanted, change, now)
    except KeyueError as error:
        item.state, item.problem = BulkItemState.FAILED, str(error)[:300]
    else:
        item.state = BulkItemState.DONE
        if change.undoes is None:
            item.before = before


def _wanted(change: BulkChange) -> dict[str, Any]:
    if change.kind == BulkKind.MANAGER:
        return {"manager": int(change.value) if change.value else None}
    return {change.kind: change.value}


def _stands(customer: Customer, change: BulkChange) -> bool:
    """Whether a customer still has what a change gave them."""
    now = BEFORE[BulkKind(change.kind)](customer)
    return all(now[name] == value for name, value in _wanted(change).items())


BEFORE: Mapping[BulkKind, Callable[[Customer], dict[str, Any]]] = {
    BulkKind.MANAGER: lambda one: {"manager": one.account_manager_id, "department": one.department},
    BulkKind.STAGE: lambda one: {"stage": one.stage},
    BulkKind.CATEGORY: lambda one: {"category": one.category},
}


def _give_manager(customer: Customer, wanted: Mapping[str, Any], change: BulkChange, now: datetime) -> None:
    user = people.find_user(wanted["manager"]) if wanted["manager"] else None
    # of what is given back also the department is; else it is the manager's own
    department = (wanted["department"] or "") if "department" in wanted else None
    assign_account_manager(
        customer=customer, user=user, department=department, by=_by(change), at=now, via=VIA
    )


def _give_stage(customer: Customer, wanted: Mapping[str, Any], change: BulkChange, now: datetime) -> None:
    reason = sealing.unseal(_owner(change.user), change.reason, CONTEXT) or ""
    change_stage(customer=customer, stage=wanted["stage"], reason=reason, by=_by(change), at=now, via=VIA)


def _give_category(customer: Customer, wanted: Mapping[str, Any], change: BulkChange, now: datetime) -> None:
    change_customer(
        customer=customer, changes={"category": wanted["category"]}, by=_by(change), at=now, via=VIA
    )


GIVE: Mapping[BulkKind, Callable[[Customer, Mapping[str, Any], BulkChange, datetime], None]] = {
    BulkKind.MANAGER: _give_manager,
    BulkKind.STAGE: _give_stage,
    BulkKind.CATEGORY: _give_category,
}


def _by(change: BulkChange) -> Actor:
    return Actor("staff", str(change.user_id))
