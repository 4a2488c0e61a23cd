"""Publishing an approved edition: announced to everybody whom it binds, and in force from its date."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.kernel.errors import Invalid, Refused
from keyue.ledger.facts import SYSTEM, Actor
from keyue.people import actions as staff
from keyue.people import selectors as people
from keyue.regulations import ladder, readers, selectors, telling
from keyue.regulations.actions.recording import doer, held, record
from keyue.regulations.actions.reviewing import refuse_outdated
from keyue.regulations.document import read_document
from keyue.regulations.events import Event
from keyue.regulations.models import Edition, EditionReader, Regulation
from keyue.worktime import selectors as worktime
from keyue.worktime.calendar import COMPANY_CALENDAR, Calendar
from keyue.worktime.zones import zone


@transaction.atomic
def announce_edition(
    *,
    edition: Edition,
    effective_from: datetime,
    audience: Mapping[str, Any],
    test: Mapping[str, Any] | None = None,
    interpreter: str = "",
    review_on: date | None = None,
    by: Actor,
    at: datetime,
    source: str = "web",
) -> Edition:
    """Publish an approved edition and ask everybody of its audience to read it.

    Posts that it names and that are not there yet are made, so that people can be appointed. `interpreter` is the post
    or department that says what the text means; `review_on` the day on which the company looks at it again. Raises
    Invalid by field, Refused where a step has not approved, another edition was published since (`conflict`), or as
    `publish_edition`.
    """
    row = held(edition)
    if ladder.stage(row) != "approved":
        raise Refused(_("第 %(n)d 版还没有通过全部审批步骤，不能公告。") % {"n": row.n})
    refuse_outdated(row)
    faults: dict[str, object] = {}
    asked = _gather(faults, lambda: readers.check_audience(audience))
    examined = _gather(faults, lambda: readers.check_test(test or {}))
    if interpreter and interpreter not in people.owner_kinds([interpreter]):
        faults["interpreter"] = _("没有这个岗位或部门。")
    if review_on is not None and review_on <= _day(effective_from):
        faults["review_on"] = _("复审日期要在施行日期之后。")
    if examined and not asked:
        faults["audience"] = _("有测验就要选择由谁来答。")
    if faults:
        raise Invalid(_("有 %(n)d 处需要修改。") % {"n": len(faults)}, fields=faults)
    _make_posts(row, by=by, at=at)
    row.interpreter, row.review_on, row.audience, row.test = interpreter, review_on, asked, examined
    row.save(update_fields=["interpreter", "review_on", "audience", "test"])
    said = {
        "interpreter": interpreter,
        "review_on": review_on.isoformat() if review_on else None,
        "audience": asked,
        "test": {"pass": examined["pass"], "questions": len(examined["questions"])} if examined else None,
    }
    published = publish_edition(
        edition=row, effective_from=effective_from, by=by, at=at, source=source, said=said
    )
    bound = list(readers.bound_by(asked).order_by("pk").values_list("pk", flat=True)) if asked else []
    _ask(published, bound, by=by, at=at, source=source)
    return published


def _day(instant: datetime) -> date:
    """The day of an instant in the company's zone."""
    versions = worktime.calendar_versions(COMPANY_CALENDAR)
    calendar = versions[-1][1] if versions else Calendar()
    return instant.astimezone(zone(calendar.tz)).date()


def _make_posts(edition: Edition, *, by: Actor, at: datetime) -> None:
    for post in selectors.posts_named(read_document(edition.source), at):
        if post.kind == "" and not post.people:
            staff.create_post(code=post.code, name=post.name, by=by, at=at)


def _gather(faults: dict[str, object], check: Any) -> dict[str, Any]:
    try:
        return dict(check())
    except Invalid as error:
        faults.update(error.fields)
        return {}


@transaction.atomic
def publish_edition(
    *,
    edition: Edition,
    effective_from: datetime,
    by: Actor,
    at: datetime,
    source: str = "web",
    said: Mapping[str, Any] | None = None,
) -> Edition:
    """Publish an approved edition, in force from an instant that is not before `at` (decision 26).

    Editions of a regulation take effect in the order of their publication: Refused otherwise. `said` is what else the
    record keeps of it.
    """
    regulation = Regulation.objects.select_for_update().get(pk=edition.regulation_id)
    row = Edition.objects.get(pk=edition.pk)
    if row.approved_at is None or row.published_at is not None or row.withdrawn_at is not None:
        raise Refused(_("只有已批准、未发布的版本才能发布"))
    if effective_from.tzinfo is None:
        raise ValueError(f"an instant needs a time zone: {effective_from!r}")
    if effective_from < at:
        raise Refused(_("施行时间不能早于发布时间：制度不能约束发布之前的事"))
    newest = selectors.newest_edition(regulation.pk)
    if newest is not None and newest.effective_from is not None and effective_from <= newest.effective_from:
        raise Refused(
            _("第 %(n)s 版自 %(instant)s 起施行，新的一版要在它之后")
            % {"n": newest.n, "instant": newest.effective_from.isoformat(timespec="seconds")}
        )
    edition.effective_from, edition.published_at, edition.published_by = effective_from, at, doer(by)
    edition.save(update_fields=["effective_from", "published_at", "published_by"])
    document = read_document(edition.source)
    regulation.title, regulation.code, regulation.keeper = document.title, document.code, document.keeper
    regulation.save(update_fields=["title", "code", "keeper"])
    data = {"digest": edition.digest, "effective_from": effective_from.isoformat(), **(said or {})}
    record(edition, Event.EDITION_PUBLISHED, data, by=by, at=at, source=source)
    return edition


@transaction.atomic
def ask_newcomers(*, now: datetime) -> int:
    """Ask those who have joined the company or a department since an edition was announced that binds them; how many."""
    asked = 0
    for edition, missing in readers.in_need(now):
        asked += _ask(held(edition), missing, by=SYSTEM, at=now, source="worker")
    return asked


def _ask(edition: Edition, people_ids: Iterable[int], *, by: Actor, at: datetime, source: str) -> int:
    known = set(EditionReader.objects.filter(edition=edition).values_list("user_id", flat=True))
    fresh = [person for person in people_ids if person not in known]
    if not fresh:
        return 0
    EditionReader.objects.bulk_create(
        EditionReader(edition=edition, user_id=person, asked_at=at) for person in fresh
    )
    said = {"people": [str(person) for person in fresh]}
    record(edition, Event.READERS_ASKED, said, by=by, at=at, source=source)
    telling.tell("read", edition, fresh, at=at)
    return len(fresh)
