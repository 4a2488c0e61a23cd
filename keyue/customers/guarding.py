"""Reading who may look beyond their scope, and who has looked at what: grants, the trail, and reading in bulk."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.utils.translation import gettext as _

from keyue.customers import selectors
from keyue.customers.enums import ExportState, GrantState
from keyue.customers.models import (
    AccessGrant,
    Customer,
    CustomerFile,
    ExportRequest,
    GuardSettings,
    MassReading,
    ReadingTally,
)
from keyue.kernel.errors import NotFound
from keyue.ledger import sealing
from keyue.ledger import selectors as ledger
from keyue.ledger.facts import Actor, Subject
from keyue.ledger.models import AccessEntry
from keyue.people import selectors as people
from keyue.people.enums import Permission
from keyue.people.models import User
from keyue.people.permissions import allows
from keyue.promises import selectors as promises

A_PAGE = 25
PAGE = "page"
"""What is written of opening a customer's page."""
AGAIN = timedelta(minutes=15)
"""Opening the same page again so soon is the same look."""
OFFICER = "security_officer"
EXPLANATION = "customers.MassReading.explanation"
FILE_NAME = "customers.CustomerFile.name"
USUAL_DAYS = 28
LEAST_DAYS = 5
"""Days of work before anybody has a usual."""
LEAST_ALARM = 30
"""Different customers a day that alarm nobody, whatever their usual is."""
MOST_COUNTED = 10_000


# --- the trail ---


@dataclass(frozen=True, slots=True)
class Figures:
    """Different customers, reveals, and downloads."""

    files: int
    reveals: int
    downloads: int


def trail_of(customer: Customer, *, by: Actor | None = None) -> QuerySet[AccessEntry]:
    """Who looked at a customer, the latest first; the viewer may see the customer and the trail."""
    return ledger.accesses(by=by, subject=customer.subject)


def lately_opened(customer_id: int, by: Actor, at: datetime) -> QuerySet[AccessEntry]:
    """The lines that say somebody opened a customer's page a moment before `at`: opening it again is the same look."""
    trail = ledger.accesses(by=by, subject=Subject("customer", str(customer_id)))
    return trail.filter(what=PAGE, at__gt=at - AGAIN)


def before(rows: QuerySet[AccessEntry], at: datetime, pk: int) -> QuerySet[AccessEntry]:
    """The looks behind a place of the trail."""
    return rows.filter(Q(at__lt=at) | Q(at=at, pk__lt=pk))


def figures(user_id: int, since: datetime, until: datetime) -> Figures:
    """What somebody looked at between two instants; counted up to MOST_COUNTED."""
    trail = ledger.accesses(by=Actor("staff", str(user_id)), since=since, until=until).order_by()
    seen = trail.filter(subject_kind="customer")
    return Figures(
        files=seen.values("subject_ref").distinct()[:MOST_COUNTED].count(),
        reveals=seen.filter(what__startswith="contact/")[:MOST_COUNTED].count(),
        downloads=trail.filter(Q(subject_kind="export") | Q(what__startswith="file/"))[:MOST_COUNTED].count(),
    )


def usual_of(user_id: int, now: datetime) -> int:
    """How many customers somebody looks at on a day they look at any, over four weeks; 0 where there are too few days."""
    before = now - timedelta(days=1)
    rows = ReadingTally.objects.filter(
        user=user_id, hour__gte=before - timedelta(days=USUAL_DAYS), hour__lt=before, files__gt=0
    )
    found = rows.annotate(day=TruncDate("hour", tzinfo=promises.zone())).aggregate(
        files=Sum("files"), days=Count("day", distinct=True)
    )
    days = found["days"] or 0
    return round((found["files"] or 0) / days) if days >= LEAST_DAYS else 0


def limit_of(limit: int, usual: int, times: int) -> int:
    """The company's limit, or several times somebody's own usual where that is less."""
    return min(limit, max(LEAST_ALARM, usual * times)) if usual else limit


def settings() -> GuardSettings:
    """From how much on reading is noticed; the defaults where nobody has changed them."""
    return GuardSettings.objects.filter(pk=1).first() or GuardSettings(pk=1)


# --- reading in bulk ---


def keeps_watch(user: User) -> bool:
    """Whether somebody looks into reading in bulk: who holds the post, or decides on access."""
    return allows(user, Permission.ACCESS_APPROVE) or OFFICER in people.owner_codes_of(user)


def mass_readings(user: User, *, before: int | None = None) -> tuple[Sequence[MassReading], int | None]:
    """A page of them, those without explanation and others alike, newest first; nothing for who does not keep watch."""
    if not keeps_watch(user):
        return [], None
    rows = MassReading.objects.select_related("user", "explained_by").order_by("-pk")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows[: A_PAGE + 1])
    return found[:A_PAGE], found[A_PAGE - 1].pk if len(found) > A_PAGE else None


def mass_reading_for(user: User, pk: int, *, lock: bool = False) -> MassReading:
    """One of them. Raises NotFound for who does not keep watch."""
    rows = MassReading.objects.select_for_update(of=("self",)) if lock else MassReading.objects.all()
    found = rows.select_related("user").filter(pk=pk).first() if keeps_watch(user) else None
    if found is None:
        raise NotFound(_("没有这条记录，或者您无权查看。"))
    return found


# --- grants ---


def _decidable(user: User) -> QuerySet[AccessGrant]:
    """The grants that this person decides on: those of customers and departments that they see themselves."""
    rows = AccessGrant.objects.select_related("user", "decided_by", "withdrawn_by", "customer")
    if not allows(user, Permission.ACCESS_APPROVE):
        return rows.none()
    reach = people.visible_departments(user, Permission.ACCESS_APPROVE)
    if reach is None:
        return rows
    # asked row by row: as a list of all whom somebody sees, SQLite would gather the whole archive first
    is_seen = Exists(selectors.visible_to(user).filter(pk=OuterRef("customer")))
    return rows.filter(Q(department__in=sorted(reach - {""})) | Q(is_seen))


def grants_to_decide(user: User) -> QuerySet[AccessGrant]:
    """The requests of others that wait for this person, the oldest first."""
    return _decidable(user).filter(state=GrantState.ASKED).exclude(user=user).order_by("pk")


def grants_for(user: User, *, before: int | None = None) -> tuple[Sequence[AccessGrant], int | None]:
    """A page of the grants that concern this person, newest first: their own, and those they decide on."""
    rows = AccessGrant.objects.select_related("user", "decided_by", "withdrawn_by", "customer")
    if allows(user, Permission.ACCESS_APPROVE):
        rows = rows.filter(Q(user=user) | Q(pk__in=_decidable(user).values("pk")))
    else:
        rows = rows.filter(user=user)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows.order_by("-pk")[: A_PAGE + 1])
    return found[:A_PAGE], found[A_PAGE - 1].pk if len(found) > A_PAGE else None


def grant_for(user: User, pk: int) -> AccessGrant:
    """One of them. Raises NotFound."""
    rows = AccessGrant.objects.select_related("user", "customer", "decided_by", "withdrawn_by")
    found = rows.filter(pk=pk).filter(Q(user=user) | Q(pk__in=_decidable(user).values("pk"))).first()
    if found is None:
        raise NotFound(_("没有这项申请，或者您无权查看。"))
    return found


# --- files ---


@dataclass(frozen=True, slots=True)
class FileLine:
    """A file of a customer, with its name in the clear."""

    row: CustomerFile
    name: str


def files_of(customer: Customer) -> list[FileLine]:
    """The files of a customer whom the viewer may see, newest first; two queries."""
    return file_lines(CustomerFile.objects.filter(customer=customer))


def file_lines(files: QuerySet[CustomerFile]) -> list[FileLine]:
    """Those of these files that were not taken away, newest first, of customers whom the viewer may see; two queries."""
    rows = list(files.filter(removed_at=None).order_by("-pk"))
    names = sealing.unseal_many([(Customer(pk=row.customer_id).subject, row.name, FILE_NAME) for row in rows])
    return [FileLine(row, name or _("已删除")) for row, name in zip(rows, names, strict=True)]


def file_for(viewer: User, pk: int) -> FileLine:
    """One file of a customer that `viewer` may see. Raises NotFound."""
    row = CustomerFile.objects.select_related("customer").filter(pk=pk, removed_at=None).first()
    if row is None or not selectors.visible_to(viewer).filter(pk=row.customer_id).exists():
        raise NotFound(_("没有这个附件，或者您无权查看。"))
    return FileLine(row, sealing.unseal(row.customer.subject, row.name, FILE_NAME) or _("已删除"))


def files_on_disk(kind: str, names: Collection[str]) -> set[str]:
    """Those of these names of sealed files that a row still has."""
    if kind == "files":
        uids = {UUID(name) for name in names if len(name) == 36 and name.count("-") == 4}
        return {
            str(uid)
            for uid in CustomerFile.objects.filter(uid__in=uids, removed_at=None).values_list(
                "uid", flat=True
            )
        }
    pks = {int(name) for name in names if name.isdecimal()}
    rows = ExportRequest.objects.filter(pk__in=pks, state=ExportState.MADE)
    return {str(pk) for pk in rows.values_list("pk", flat=True)}
