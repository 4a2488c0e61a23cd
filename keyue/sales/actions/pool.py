"""The public pool (公海): customers without an account manager, for colleagues to pick, and how they get there."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from keyue.customers import actions as customers
from keyue.customers.enums import Secrecy, Stage
from keyue.customers.models import Customer
from keyue.kernel.errors import Denied, Refused
from keyue.ledger.facts import SYSTEM, Actor
from keyue.ledger.models import Fact
from keyue.people.models import User
from keyue.people.rules import PERSON
from keyue.promises import actions as promises
from keyue.promises.enums import NoticeKind
from keyue.promises.selectors import zone
from keyue.sales import contacting, rules
from keyue.sales.actions._ground import (
    WEB,
    customer_locked,
    days,
    note,
    person_locked,
    pool_subject,
    works_here,
)
from keyue.sales.enums import PoolEnd, PoolReason
from keyue.sales.events import PoolEntered, PoolLeft, PoolWarned
from keyue.sales.models import Holding, PoolEntry, SalesRules
from keyue.sales.rules import IdleStep
from keyue.sales.selectors import company_rules, held_by, picked_today

AT_A_TIME = 100
UNDO = timedelta(minutes=5)
CONTACTS = ("customer.contacted", "customer.contact_recorded")


@transaction.atomic
def release_customer(
    *, customer: Customer, by: Actor, at: datetime, reason: str = PoolReason.RELEASED, via: str = WEB
) -> PoolEntry:
    """Put a customer into the pool; whoever looked after them may not pick them again for some days.

    Raises Refused: signed customers, where the rules keep them; secret ones; those that lie there already.
    """
    row = customer_locked(customer)
    settings = company_rules()
    if settings.keeps_signed and row.stage == Stage.SIGNED:
        raise Refused(_("签约客户不放入公海，请指派新的客户经理。"), code="signed")
    if row.secrecy == Secrecy.SECRET:
        raise Refused(_("机密客户不放入公海，请指派新的客户经理。"), code="secret")
    if PoolEntry.objects.filter(customer=row, left_at=None).exists():
        raise Refused(_("该客户已经在公海里。"), code="in_pool")
    previous = row.account_manager
    if previous is not None:
        customers.assign_account_manager(
            customer=row, user=None, department=row.department or "", by=by, at=at, via=via
        )
    entry = PoolEntry.objects.create(
        customer=row,
        reason=reason if previous is not None else PoolReason.UNASSIGNED,
        entered_at=at,
        previous=previous,
        locked_until=at + days(settings.lock_days) if previous is not None else None,
    )
    event = PoolEntered(
        entry=str(entry.pk),
        reason=entry.reason,
        previous=f"{PERSON}{previous.pk}" if previous is not None else None,
        locked_until=entry.locked_until,
    )
    note(pool_subject(row.pk), event, by=by, at=at, via=via)
    return entry


@transaction.atomic
def pick_customer(*, entry: PoolEntry, user: User, by: Actor, at: datetime, via: str = WEB) -> Customer:
    """Take a customer out of the pool; of two who reach for the same one, one gets it.

    Raises Refused: gone, one's own of late, the day's picks or the customers one may hold used up.
    """
    works_here(user)
    user = person_locked(user)
    row = _open_entry(entry)
    settings = company_rules()
    if row.previous_id == user.pk and row.locked_until is not None and at < row.locked_until:
        raise Refused(
            _("您是原客户经理，%(n)d 天内不能再领取。") % {"n": max(1, (row.locked_until - at).days)},
            code="locked",
        )
    picked = picked_today(user, at)
    if picked >= settings.pick_per_day:
        raise Refused(_("您今天已领取 %(n)d 位，达到每天上限。") % {"n": picked}, code="day_limit")
    held = held_by(user, settings)
    if held >= settings.most_held:
        raise Refused(_("您跟进的客户已有 %(n)d 位，达到上限。") % {"n": held}, code="hold_limit")
    row.picked_by, row.picked_at = user, at
    _leave(row, PoolEnd.PICKED, at=at, by=by, via=via, user=user.pk)
    return customers.assign_account_manager(
        customer=customer_locked(row.customer), user=user, by=by, at=at, via=via
    )


@transaction.atomic
def put_back(
    *, entry: PoolEntry, user: User, by: Actor, at: datetime, manages: bool, via: str = WEB
) -> Customer:
    """Take back that a customer was put into the pool: the account manager is who it was.

    By whoever was that within five minutes, by who `manages` the pool as long as the customer lies there. Raises
    Denied, Refused.
    """
    row = _open_entry(entry)
    if not manages and (row.previous_id != user.pk or row.reason != PoolReason.RELEASED):
        raise Denied(_("只有释放的人可以撤销，或请销售负责人退回。"))
    if not manages and at - row.entered_at > UNDO:
        raise Refused(_("已过 5 分钟，不能再撤销。"), code="too_late")
    if row.previous is None:
        raise Refused(_("该客户原来没有客户经理，请指派。"), code="nobody")
    works_here(row.previous)
    _leave(row, PoolEnd.UNDONE, at=at, by=by, via=via, user=row.previous.pk)
    return customers.assign_account_manager(
        customer=customer_locked(row.customer), user=row.previous, department=row.customer.department or "",
        by=by, at=at, via=via,
    )  # fmt: skip


def _open_entry(entry: PoolEntry) -> PoolEntry:
    found = (
        PoolEntry.objects.select_for_update(of=("self",))
        .select_related("customer", "previous")
        .filter(pk=entry.pk, left_at=None)
        .first()
    )
    if found is None:
        raise Refused(_("该客户已不在公海里，可能刚被别人领取。"), code="gone")
    return found


def _leave(row: PoolEntry, how: str, *, at: datetime, by: Actor, via: str, user: int | None) -> None:
    row.left_at, row.how = at, how
    row.save(update_fields=["left_at", "how", "picked_by", "picked_at"])
    event = PoolLeft(entry=str(row.pk), how=how, user=f"{PERSON}{user}" if user else None)
    note(pool_subject(row.customer_id), event, by=by, at=at, via=via)


# --- who looks after whom, since when ---


@transaction.atomic
def follow_account_manager(customer_id: int, manager_id: int | None, by: Actor, at: datetime) -> None:
    """A customer got another account manager: out of the pool, and counted from now on."""
    if manager_id is None:
        Holding.objects.filter(customer_id=customer_id).delete()
        return
    entry = PoolEntry.objects.select_for_update().filter(customer_id=customer_id, left_at=None).first()
    if entry is not None:
        _leave(entry, PoolEnd.ASSIGNED, at=at, by=by, via=WEB, user=manager_id)
    begun = {
        "manager_id": manager_id,
        "since": at,
        "look_at": at + rules.LOOK_AT_LEAST,
        "warned_at": None,
        "warned_since": None,
        "due_at": None,
    }
    Holding.objects.update_or_create(customer_id=customer_id, defaults=begun)


@transaction.atomic
def begin_holdings(*, now: datetime, by: Actor = SYSTEM) -> int:
    """Count from now on for customers that have an account manager and no holding: imported or entered in bulk."""
    held = Holding.objects.values("customer_id")
    rows = Customer.objects.filter(account_manager__isnull=False, erased_at=None, merged_into=None)
    missing = (
        rows.exclude(pk__in=held).order_by("pk").values_list("pk", "account_manager_id", "created_at")[:500]
    )
    begun = [
        Holding(customer_id=pk, manager_id=manager, since=max(created, now - timedelta(days=1)), look_at=now)
        for pk, manager, created in missing
    ]
    Holding.objects.bulk_create(begun, ignore_conflicts=True)
    return len(begun)


@transaction.atomic
def look_at_holdings(*, now: datetime, by: Actor = SYSTEM) -> int:
    """Warn account managers of customers whom nobody contacts, and recycle those they were warned of; how many looked at.

    At most 100 a turn; each customer is warned of once for a last contact, and recycled once.
    """
    due = Holding.objects.filter(look_at__lte=now).order_by("look_at")
    rows = list(due.select_for_update(of=("self",), skip_locked=True).select_related("customer")[:AT_A_TIME])
    settings = company_rules()
    last = _last_contacts(rows)
    for row in rows:
        _look_at(row, max(row.since, last.get(row.customer_id, row.since)), settings, now=now, by=by)
    return len(rows)


def _last_contacts(rows: list[Holding]) -> dict[int, datetime]:
    ids = [row.customer_id for row in rows]
    told = Fact.objects.filter(
        stream__kind="customer", stream__ref__in=[str(pk) for pk in ids], kind__in=CONTACTS
    )
    found = {int(ref): at for ref, at in told.values_list("stream__ref").annotate(last=Max("at"))}
    for pk, at in contacting.last_contacts(ids).items():
        found[pk] = max(at, found.get(pk, at))
    return found


def _look_at(row: Holding, last: datetime, settings: SalesRules, *, now: datetime, by: Actor) -> None:
    customer = row.customer
    if row.warned_since is not None and row.warned_since < last:
        # somebody was in touch after the warning
        row.warned_at = row.warned_since = row.due_at = None
    step = rules.idle_step(
        now=now,
        last=last,
        days=settings.idle_days(customer.grade),
        warn_days=settings.warn_days,
        is_exempt=_is_exempt(customer, settings),
        warned_due=row.due_at,
    )
    if step.step is IdleStep.RECYCLE:
        release_customer(customer=customer, reason=PoolReason.RECYCLED, by=by, at=now, via="worker")
        _tell(row, "customer_recycled", now, now)
        return
    if step.step is IdleStep.REST:
        row.warned_at = row.warned_since = row.due_at = None
    if step.step is IdleStep.WARN and step.due is not None:
        row.warned_at, row.warned_since, row.due_at = now, last, step.due
        event = PoolWarned(manager=f"{PERSON}{row.manager_id}", since=last, due=step.due)
        note(pool_subject(customer.pk), event, by=by, at=now, via="worker")
        _tell(row, "customer_idle", last, now)
    row.look_at = step.look_at
    row.save(update_fields=["look_at", "warned_at", "warned_since", "due_at"])


def _is_exempt(customer: Customer, settings: SalesRules) -> bool:
    return (
        customer.is_erased
        or customer.merged_into_id is not None
        or customer.secrecy == Secrecy.SECRET
        or (settings.keeps_signed and customer.stage == Stage.SIGNED)
    )


def _tell(row: Holding, what: str, about: datetime, at: datetime) -> None:
    promises.tell(
        key=f"{what}:{row.customer_id}:{row.manager_id}:{about.isoformat()}",
        kind=NoticeKind.REMIND if what == "customer_idle" else NoticeKind.ESCALATE,
        at=at,
        to_user_id=row.manager_id,
        detail={
            "what": what,
            "number": row.customer.number,
            "day": row.due_at.astimezone(zone()).date().isoformat() if row.due_at else "",
            "at": [row.customer.number],
        },
    )
