"""What notices about cases say, worded when they are shown or sent: no text of a customer stands in a notice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext as _

from keyue.cases.models import Case
from keyue.cases.selectors import cases_by_id
from keyue.kernel.texts import sentence_from
from keyue.promises import selectors as promises
from keyue.promises.enums import NoticeKind
from keyue.promises.models import Notice
from keyue.ui import wording


def lines_of(ids: Iterable[int]) -> list[str]:
    """A line of text for each notice."""
    rows = promises.notices_by_id(ids)
    known = cases_by_id([row.subject_id for row in rows if row.subject_kind == "case" and row.subject_id])
    return [line for row in rows if (line := line_of(row, known))]


def line_of(notice: Notice, known: Mapping[int, Case]) -> str:
    """What a notice says, worded when it is shown: `逾期：方案 · TS-2611-000142 膜组浊度超标`."""
    label = str(NoticeKind(notice.kind).label)
    promise = notice.promise
    case = known.get(notice.subject_id) if notice.subject_id else None
    about = f"{case.number} {case.title}" if case else ""
    if notice.kind == NoticeKind.CONTROL_FAILED:
        failed = f"{notice.detail.get('regulation')} {notice.detail.get('control')}"
        why = sentence_from(notice.detail.get("said")) or notice.detail.get("why")
        return _said(label, _("，").join((failed, str(why))))
    if promise is None:
        return _said(label, str(notice.detail.get("text") or about))
    due = ""
    if promise.due is not None:
        due = _("%(moment)s 到期") % {"moment": wording.exact(promise.due, promises.zone())}
    return " · ".join(part for part in (_said(label, promise.name), about, due) if part)


def _said(label: str, what: str) -> str:
    return _("%(label)s：%(value)s") % {"label": label, "value": what}
