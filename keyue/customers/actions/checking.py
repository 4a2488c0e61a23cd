"""The daily check of all files: what is missing or irregular goes to whoever looks after the customer (S1-5.3).

One batch a turn of the worker, from the smallest id to the largest; a day is begun once and finished once, whatever
stops in between. A file that has become right closes its defect the next day, or at once where somebody asks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import transaction
from django.db.models import F

from keyue.customers import upkeep_events as events
from keyue.customers.actions._ground import signature
from keyue.customers.completing import field_rules, measured_many
from keyue.customers.events import CustomerDefectFound, CustomerDefectMended
from keyue.customers.models import CheckRun, Customer, Defect, UpkeepSettings
from keyue.customers.upkeep_rules import CHECKS_FROM_HOUR, FieldRule, Finding, findings, unfit_keys
from keyue.kernel.events import Event
from keyue.kernel.ids import new_id
from keyue.ledger.facts import SYSTEM, Actor, Draft, Entry, Subject
from keyue.promises import actions as promises
from keyue.promises import selectors as promised
from keyue.promises.company import THE_COMPANY

AT_A_TIME = 500
VIA = "check"
CHECKED_STAGES = ("intent", "signed")
"""Which stages are checked where the company has not said: whoever wrote in once is no archive to be completed."""


def checked_stages() -> tuple[str, ...]:
    """The stages whose files the daily check looks over."""
    row = UpkeepSettings.objects.filter(pk=1).first()
    return tuple(row.stages) if row is not None else CHECKED_STAGES


def check_archive(now: datetime) -> int:
    """Check one batch of the day's files; how many, 0 where the day is done or has not begun."""
    local = now.astimezone(promised.zone())
    if local.hour < CHECKS_FROM_HOUR:
        return 0
    return _check_batch(local.date(), now)


@transaction.atomic
def _check_batch(day: date, now: datetime) -> int:
    run, _made = CheckRun.objects.select_for_update().get_or_create(day=day, defaults={"started_at": now})
    if run.finished_at is not None:
        return 0
    rows = Customer.objects.filter(pk__gt=run.cursor, erased_at=None, merged_into=None, withdrawn_at=None)
    customers = list(rows.select_related("account_manager").order_by("pk")[:AT_A_TIME])
    if not customers:
        run.finished_at = now
        run.save(update_fields=["finished_at"])
        event = events.ArchiveChecked(day.isoformat(), run.checked, run.found, run.mended)
        draft = Draft(event.kind, event.data(), key=f"archive.checked:{day.isoformat()}")
        promises.record(THE_COMPANY, [draft], by=SYSTEM, at=now, source=VIA)
        return 0
    report = _look_over(customers, field_rules(), by=SYSTEM, at=now)
    CheckRun.objects.filter(pk=run.pk).update(
        cursor=customers[-1].pk,
        checked=F("checked") + report.checked,
        found=F("found") + report.found,
        mended=F("mended") + report.mended,
    )
    return len(customers)


@transaction.atomic
def check_customer(*, customer: Customer, by: Actor, at: datetime) -> None:
    """Look one file over now, without waiting for the next day's check."""
    rows = Customer.objects.select_for_update(of=("self",)).select_related("account_manager")
    _look_over(list(rows.filter(pk=customer.pk, erased_at=None)), field_rules(), by=by, at=at)


@dataclass(slots=True)
class _Report:
    checked: int = 0
    found: int = 0
    mended: int = 0
    scored: list[Customer] = field(default_factory=list)
    fresh: list[Defect] = field(default_factory=list)
    changed: list[Defect] = field(default_factory=list)
    closed: list[Defect] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)


def _look_over(
    customers: Sequence[Customer], rules: Sequence[FieldRule], *, by: Actor, at: datetime
) -> _Report:
    """Scores, defects found and defects mended of these files: as many queries for 500 as for one."""
    stages, report = checked_stages(), _Report()
    open_ones: dict[int, dict[str, Defect]] = {}
    for defect in Defect.objects.filter(customer__in=[one.pk for one in customers], mended_at=None):
        open_ones.setdefault(defect.customer_id, {})[defect.kind] = defect
    for customer, (complete, extra) in zip(customers, measured_many(customers, rules), strict=True):
        if customer.completeness != complete.score:
            customer.completeness = complete.score
            report.scored.append(customer)
        found: list[Finding] = []
        if customer.stage in stages:
            report.checked += 1
            manager = customer.account_manager
            found = findings(
                complete.missing,
                unfit_keys(rules, extra),
                has_active_manager=manager is not None and manager.is_active,
                was_given_manager=manager is not None,
            )
        _compare(customer, found, open_ones.get(customer.pk, {}), report, by=by, at=at)
    _write(report, by=by, at=at)
    return report


def _compare(
    customer: Customer,
    found: Sequence[Finding],
    open_ones: dict[str, Defect],
    report: _Report,
    *,
    by: Actor,
    at: datetime,
) -> None:
    for finding in found:
        known = open_ones.pop(finding.kind, None)
        if known is None:
            defect = Defect(
                customer=customer, ref=str(new_id()), kind=finding.kind, fields=list(finding.fields),
                found_at=at, found_by=signature(by),
            )  # fmt: skip
            report.fresh.append(defect)
            event = CustomerDefectFound(defect=defect.ref, type=finding.kind, fields=finding.fields)
            report.entries.append(_entry(customer.subject, event))
        elif tuple(known.fields) != finding.fields:
            # the same defect, somewhat smaller or larger: it is owed since it was first found
            known.fields = list(finding.fields)
            report.changed.append(known)
    for defect in open_ones.values():
        defect.mended_at, defect.mended_by = at, signature(by)
        report.closed.append(defect)
        report.entries.append(_entry(customer.subject, CustomerDefectMended(defect=defect.ref)))


def _entry(subject: Subject, event: Event) -> Entry:
    return Entry(subject, [Draft(event.kind, event.data())])


def _write(report: _Report, *, by: Actor, at: datetime) -> None:
    Customer.objects.bulk_update(report.scored, ["completeness"])
    Defect.objects.bulk_create(report.fresh)
    Defect.objects.bulk_update(report.changed, ["fields"])
    Defect.objects.bulk_update(report.closed, ["mended_at", "mended_by"])
    if report.entries:
        promises.record_many(report.entries, by=by, at=at, source=VIA)
    report.found, report.mended = len(report.fresh), len(report.closed)
