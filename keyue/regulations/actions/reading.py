"""Confirming that one has read an edition, with its test; reminding those who have not, and taking the receipts along."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.kernel.errors import Invalid, Refused
from keyue.ledger.facts import Actor
from keyue.regulations import ladder, readers, rules, telling
from keyue.regulations.actions.recording import doer, held, record
from keyue.regulations.events import Event
from keyue.regulations.models import Edition, EditionReader


@transaction.atomic
def confirm_reading(
    *, edition: Edition, answers: Sequence[int | None] = (), by: Actor, at: datetime, source: str = "web"
) -> EditionReader:
    """Somebody confirms that they have read an edition; where it has a test, by passing it.

    `answers` are the chosen options by question, from 0. A test that is not passed may be taken again: the reader is
    returned with the score and without `read_at`. Confirming again changes nothing. Raises Refused for who was not
    asked, Invalid by `question-1` and so on for a question left out.
    """
    row = held(edition)
    reader = _reader(row, by)
    if reader.read_at is not None:
        return reader
    person = {"person": str(reader.user_id)}
    if not row.test:
        reader.read_at = at
        reader.save(update_fields=["read_at"])
        record(row, Event.READING_CONFIRMED, person, by=by, at=at, source=source)
        return reader
    questions = row.test["questions"]
    given = [*answers, *[None] * len(questions)][: len(questions)]
    faults: dict[str, object] = {
        f"question-{n}": _("请选一个答案。")
        for n, (chosen, one) in enumerate(zip(given, questions, strict=True), start=1)
        if chosen is None or not 0 <= chosen < len(one["options"])
    }
    if faults:
        raise Invalid(_("还有 %(n)d 道题没有答。") % {"n": len(faults)}, fields=faults)
    reader.test_score, reader.tries = rules.score_of(row.test, given), reader.tries + 1
    has_passed = reader.test_score >= row.test["pass"]
    if has_passed:
        reader.read_at = reader.passed_at = at
    reader.save(update_fields=["test_score", "tries", "read_at", "passed_at"])
    said = {**person, "score": reader.test_score, "of": len(questions)}
    kind = Event.READING_CONFIRMED if has_passed else Event.TEST_FAILED
    record(row, kind, said, by=by, at=at, source=source)
    return reader


@transaction.atomic
def remind_readers(*, edition: Edition, by: Actor, at: datetime, source: str = "web") -> int:
    """Remind everybody who has not confirmed yet and was not reminded within a day; how many.

    Raises Refused where there is nobody.
    """
    row = held(edition)
    found = list(readers.to_remind(row, at))
    if not found:
        raise Refused(_("没有需要催的人：都已确认，或一天之内刚催过，请过一天再催。"))
    EditionReader.objects.filter(pk__in=[reader.pk for reader in found]).update(reminded_at=at)
    people = [reader.user_id for reader in found]
    said = {"people": [str(person) for person in people]}
    record(row, Event.READERS_REMINDED, said, by=by, at=at, source=source)
    telling.tell("remind", row, people, at=at, n=f"{at:%Y%m%d%H%M}")
    return len(found)


@transaction.atomic
def note_receipts_export(
    *, edition: Edition, rows: int, by: Actor, at: datetime, source: str = "web"
) -> None:
    """That somebody took the receipts of an edition along, and how many rows."""
    record(edition, Event.RECEIPTS_EXPORTED, {"rows": rows}, by=by, at=at, source=source)


def _reader(edition: Edition, by: Actor) -> EditionReader:
    found = EditionReader.objects.filter(edition=edition, user=ladder.staff_of(doer(by))).first()
    if found is None:
        raise Refused(_("这一版没有请您确认。"), code="not_asked")
    return found
