"""Reading in bulk: each look leaves a line in the access trail, and who looks at more than usual is noticed (S1-7.1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.customers import guarding, rules
from keyue.customers.actions._ground import WEB
from keyue.customers.enums import ReadingWindow
from keyue.customers.guarding import PAGE
from keyue.customers.models import Customer, GuardSettings, MassReading, ReadingTally
from keyue.customers.person_events import PersonMassReadingExplained, PersonMassReadingNoticed
from keyue.customers.wording import checked
from keyue.kernel.errors import Denied, Invalid, Refused
from keyue.ledger import actions as ledger
from keyue.ledger import sealing
from keyue.ledger.facts import SYSTEM, Actor, Draft, Subject
from keyue.ledger.models import AccessEntry
from keyue.people.models import User
from keyue.promises import actions as promises
from keyue.promises import selectors as reading
from keyue.promises.enums import NoticeKind
from keyue.promises.person import person_of

WORK = "work"
"""What a page is opened for; a reveal says more."""
AT_A_TIME = 2000
MASS = "mass_reading"
OFFICER = "security_officer"
LIMITS = ("an_hour", "a_day", "reveals_a_day", "downloads_a_day", "times_usual")


def note_view(
    *, customer: Customer, by: Actor, at: datetime, via: str = WEB, is_noted: bool | None = None
) -> None:
    """Note that somebody opened a customer's page; once in a quarter of an hour. One query where that is noted already,
    none for whoever knows by `is_noted`.

    The question stands outside the transaction: readers must not queue for the right to write. Two requests at once may
    both leave a line, which counts as one file all the same.
    """
    if is_noted is None:
        is_noted = guarding.lately_opened(customer.pk, by, at).exists()
    if is_noted:
        return
    with transaction.atomic():
        ledger.record_access(by=by, subject=customer.subject, what=PAGE, purpose=WORK, via=via, at=at)


def watch(now: datetime) -> int:
    """Count what the trail has since the last turn, and notice who read more than is usual; how many lines were new."""
    settings = guarding.settings()
    lines = list(
        AccessEntry.objects.filter(pk__gt=settings.counted_to)
        .order_by("pk")
        .values_list("pk", "actor_kind", "actor_id", "at")[:AT_A_TIME]
    )
    if not lines:
        return 0
    hours: dict[int, set[datetime]] = {}
    for _pk, kind, identity, at in lines:
        if kind == "staff" and identity.isdecimal():
            hours.setdefault(int(identity), set()).add(at.replace(minute=0, second=0, microsecond=0))
    for user_id, some in hours.items():
        _tally(user_id, some)
        _notice(user_id, settings, now)
    GuardSettings.objects.update_or_create(pk=1, defaults={"counted_to": lines[-1][0]})
    return len(lines)


@transaction.atomic
def _tally(user_id: int, hours: Iterable[datetime]) -> None:
    for hour in hours:
        figures = guarding.figures(user_id, hour, hour + timedelta(hours=1))
        counted = {"files": figures.files, "reveals": figures.reveals, "downloads": figures.downloads}
        ReadingTally.objects.update_or_create(user_id=user_id, hour=hour, defaults=counted)


@transaction.atomic
def _notice(user_id: int, settings: GuardSettings, now: datetime) -> None:
    hour = guarding.figures(user_id, now - timedelta(hours=1), now + timedelta(seconds=1))
    day = guarding.figures(user_id, now - timedelta(days=1), now + timedelta(seconds=1))
    usual = guarding.usual_of(user_id, now)
    found: Mapping[ReadingWindow, tuple[int, int, int]] = {
        ReadingWindow.HOUR: (hour.files, settings.an_hour, 0),
        ReadingWindow.DAY: (day.files, guarding.limit_of(settings.a_day, usual, settings.times_usual), usual),
        ReadingWindow.REVEALS: (day.reveals, settings.reveals_a_day, 0),
        ReadingWindow.DOWNLOADS: (day.downloads, settings.downloads_a_day, 0),
    }
    today = now.astimezone(reading.zone()).date()
    for window, (n, most, mean) in found.items():
        if n <= most:
            continue
        row, is_new = MassReading.objects.get_or_create(
            user_id=user_id,
            day=today,
            window=window,
            defaults={"n": n, "most": most, "usual": mean, "noticed_at": now},
        )
        if is_new:
            _tell(row, now)


def _tell(row: MassReading, now: datetime) -> None:
    event = PersonMassReadingNoticed(str(row.pk), str(row.window), n=row.n, most=row.most, usual=row.usual)
    draft = Draft(event.kind, event.data(), key=f"mass_reading:{row.pk}")
    promises.record(person_of(row.user_id), [draft], by=SYSTEM, at=now, source="worker")
    detail = {"what": MASS, "name": row.user.name, "n": row.n, "most": row.most}
    promises.tell(
        key=f"mass_reading:{row.pk}", kind=NoticeKind.ESCALATE, at=now, to_code=OFFICER, detail=detail
    )


@transaction.atomic
def explain_mass_reading(
    *, reading_id: int, user: User, explanation: str, by: Actor, at: datetime, via: str = WEB
) -> MassReading:
    """Say why somebody read so much, having looked into it; once, and not of one's own reading.

    Raises NotFound, Denied, Invalid, Refused.
    """
    row = guarding.mass_reading_for(user, reading_id, lock=True)
    if row.user_id == user.pk:
        raise Denied(_("自己的查阅要由别人核实说明。"), code="own_reading")
    if row.explained_at is not None:
        raise Refused(_("已经说明过了。"), code="explained_already")
    text = checked({"explanation": (rules.tidy_text, explanation)})["explanation"]
    if not text:
        raise Invalid(_("请写明核实的情况。"), fields={"explanation": _("请写明核实的情况")})
    subject = person_of(row.user_id)
    row.explanation = sealing.seal(subject, text, guarding.EXPLANATION)
    row.explained_at, row.explained_by = at, user
    row.save(update_fields=["explanation", "explained_at", "explained_by"])
    event = PersonMassReadingExplained(str(row.pk), explained_by=str(user.pk))
    draft = Draft(event.kind, event.data(), sealed={"explanation": text})
    promises.record(subject, [draft], by=by, at=at, source=via, seal_for=subject)
    return row


@transaction.atomic
def set_limits(*, limits: Mapping[str, int], by: Actor, at: datetime, via: str = WEB) -> GuardSettings:
    """Say from how much on reading is noticed; any of LIMITS, each 1 to 100,000. Raises Invalid."""
    faults = {
        name: _("请填 1 到 100000 的整数。")
        for name, n in limits.items()
        if name not in LIMITS or not 1 <= n <= (100 if name == "times_usual" else 100_000)
    }
    if faults:
        raise Invalid(_("有 %(n)d 处需要修改。") % {"n": len(faults)}, fields=faults)
    row, _is_new = GuardSettings.objects.select_for_update().get_or_create(pk=1)
    changed = {name: n for name, n in limits.items() if getattr(row, name) != n}
    if not changed:
        return row
    for name, n in changed.items():
        setattr(row, name, n)
    row.save(update_fields=list(changed))
    drafts = [Draft("installation.reading_limits_changed", {"changes": changed})]
    ledger.record(Subject("installation", "keyue"), drafts, by=by, at=at, source=via)
    return row
