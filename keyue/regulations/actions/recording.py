"""What every act on a regulation shares: checking a text, and recording the fact."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from keyue.kernel.errors import Invalid
from keyue.ledger import actions as ledger
from keyue.ledger.facts import Actor, Draft, Subject, plain
from keyue.regulations.controls import Control, ControlError
from keyue.regulations.document import Document
from keyue.regulations.events import Event
from keyue.regulations.models import Edition, Regulation
from keyue.worktime import selectors as worktime


def checked(document: Document) -> Document:
    """The document. Raises Invalid, with a sentence for each line at fault."""
    if document.faults:
        first = document.faults[0]
        raise Invalid(
            _("制度有 %(count)s 处错误，第 %(line)s 行：%(message)s")
            % {"count": len(document.faults), "line": first.line, "message": first.message},
            fields={f"line {fault.line}": fault.message for fault in document.faults},
        )
    keepers = [clause.keeper for clause in document.clauses]
    if any("\0" in said for said in (document.title, document.code, document.keeper, *keepers)):
        raise Invalid(_("名称、文号和岗位里不能有空字符。"))
    return document


def check_runs(document: Document, answers: Mapping[str, Any]) -> None:
    """Raises Invalid for a text or answers that do not run, and for a calendar that the company has not published."""
    checked(document)
    try:
        controls = document.controls(answers)
    except ControlError as error:
        raise Invalid(str(error), fields={error.field: str(error)}) from error
    check_calendars(controls)


def check_calendars(controls: Iterable[Control]) -> None:
    """A control never counts by another calendar than the one that it names. Raises Invalid."""
    for control in controls:
        if control.calendar is not None and not worktime.calendar_versions(control.calendar):
            raise Invalid(
                _("控制 %(id)s 按日历「%(code)s」计时，公司还没有发布这个日历。")
                % {"id": control.id, "code": control.calendar}
            )


def plain_answers(answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers as plain JSON. Raises Invalid."""
    return dict(plain(dict(answers), "answers"))


def doer(by: Actor) -> str:
    """An actor as an edition names them."""
    return f"{by.kind}:{by.id}"


def held(edition: Edition) -> Edition:
    """The edition as it is now, its regulation held against other writers until the transaction ends."""
    Regulation.objects.select_for_update().get(pk=edition.regulation_id)
    return Edition.objects.select_related("based_on").get(pk=edition.pk)


def words_of(text: str, field: str, *, most: int, missing: str = "") -> str:
    """What somebody wrote freely. Raises Invalid for more than `most` characters and, where `missing` says what is
    wanted, for nothing."""
    said = text.strip()
    fault = _("最多 %(most)d 字。") % {"most": most} if len(said) > most else "" if said else missing
    if fault:
        raise Invalid(fault, fields={field: fault})
    return said


def record(
    edition: Edition,
    kind: Event,
    said: Mapping[str, Any],
    *,
    by: Actor,
    at: datetime,
    source: str,
    sealed: Mapping[str, str] | None = None,
) -> None:
    """A fact about an edition. What people wrote freely is sealed under the regulation's own key."""
    subject = Subject("regulation", edition.regulation_id)
    written = {name: text for name, text in (sealed or {}).items() if text}
    draft = Draft(kind=kind, data={"edition": edition.n, **said}, sealed=written)
    ledger.record(subject, [draft], by=by, at=at, source=source, seal_for=subject if written else None)
