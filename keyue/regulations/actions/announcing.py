"""Publishing an approved edition: announced to everybody whom it binds, and in force from its date."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.kernel.errors import Invalid, Refused
from keyue.ledger.facts import SYSTEM, Actor
from keyue.people import selectors as people
from keyue.regulations import ladder, readers, selectors, telling
from keyue.regulations.actions.posts import fill_posts
from keyue.regulations.actions.recording import doer, held, record
from keyue.regulations.actions.reviewing import refuse_outdated
from keyue.regulations.document import read_document
from keyue.regulations.events import Event
from keyue.regulations.models import Edition, EditionReader, Regulation
from keyue.ui import wording
from keyue.worktime import selectors as worktime
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
    ladder.check_approved(row)
    refuse_outdated(row)
    faults: dict[str, object] = {}
    asked = _gather(faults, readers.check_audience, audience)
    examined = _gather(faults, readers.check_test, test or {})
    if interpreter and interpreter not in people.owner_kinds([interpreter]):
        faults["interpreter"] = _("没有这个岗位或部门。")
    if review_on is not None and review_on <= effective_from.astimezone(_zone()).date():
        faults["review_on"] = _("复审日期要在施行日期之后。")
    if examined and not asked:
        faults["audience"] = _("有测验就要选择由谁来答。")
    if faults:
        raise Invalid(_("有 %(n)d 处需要修改。") % {"n": len(faults)}, fields=faults)
    fill_posts(read_document(row.source), {}, by=by, at=at)
    row.interpreter, row.review_on, row.test = interpreter, review_on, examined
    row.save(update_fields=["interpreter", "review_on", "test"])
    said = {
        "interpreter": interpreter,
        "review_on": review_on.isoformat() if review_on else None,
        "test": {"pass": examined["pass"], "questions": len(examined["questions"])} if examined else None,
    }
    return publish_edition(
        edition=row,
        effective_from=effective_from,
        audience=asked,
        by=by,
        at=at,
        source=source,
        said=said,
    )


def _zone() -> ZoneInfo:
    """The zone that decides which day it is in the company."""
    return zone(worktime.company_calendar().tz)


def _gather(
    faults: dict[str, object], check: Callable[[Mapping[str, Any]], dict[str, Any]], given: Mapping[str, Any]
) -> dict[str, Any]:
    try:
        return check(given)
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
    audience: Mapping[str, Any] | None = None,
    said: Mapping[str, Any] | None = None,
) -> Edition:
    """Publish an approved edition, in force from an instant that is not before `at` (decision 26), and ask everybody of
    `audience`, as `readers.check_audience` has it, to read it; without one nobody is asked.

    Editions of a regulation take effect in the order of their publication: Refused otherwise. `said` is what else the
    record keeps of it.
    """
    regulation = Regulation.objects.select_for_update().get(pk=edition.regulation_id)
    row = Edition.objects.get(pk=edition.pk)
    ladder.check_approved(row)
    if effective_from.tzinfo is None:
        raise ValueError(f"an instant needs a time zone: {effective_from!r}")
    if effective_from < at:
        raise Refused(_("施行时间不能早于发布时间，制度管不到发布以前的事：请改到现在以后，或留空立即施行。"))
    newest = selectors.newest_edition(regulation.pk)
    if newest is not None and newest.effective_from is not None and effective_from <= newest.effective_from:
        raise Refused(
            _("第 %(n)d 版 %(when)s 起施行，新的一版要在它之后，请改施行时间。")
            % {"n": newest.n, "when": wording.exact(newest.effective_from, _zone())}
        )
    edition.effective_from, edition.published_at, edition.published_by = effective_from, at, doer(by)
    edition.audience = dict(audience or {})
    edition.save(update_fields=["effective_from", "published_at", "published_by", "audience"])
    document = read_document(edition.source)
    regulation.title, regulation.code, regulation.keeper = document.title, document.code, document.keeper
    regulation.save(update_fields=["title", "code", "keeper"])
    data = {
        "digest": edition.digest,
        "effective_from": effective_from.isoformat(),
        "audience": edition.audience,
        **(said or {}),
    }
    record(edition, Event.EDITION_PUBLISHED, data, by=by, at=at, source=source)
    if edition.audience:
        bound = readers.bound_by(edition.audience).order_by("pk").values_list("pk", flat=True)
        _ask(edition, bound, by=by, at=at, source=source)
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
