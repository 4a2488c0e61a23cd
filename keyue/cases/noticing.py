"""What notices about cases say, worded when they are shown or sent: no text of a customer stands in a notice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _t

from keyue.cases.importing.enums import IMPORTED
from keyue.cases.models import Case
from keyue.cases.selectors import cases_by_id
from keyue.kernel.texts import sentence_from
from keyue.promises import selectors as promises
from keyue.promises import told
from keyue.promises.enums import NoticeKind, RequestKind
from keyue.promises.models import Notice
from keyue.ui import wording

# what has happened to a case, where no promise says it
HAPPENED: Mapping[str, object] = {
    "urgent": _t("紧急情况，请确认收到"),
    "returned": _t("任务被退回，请重新派单"),
    "exit": _t("申请结束"),
    "exit_approved": _t("同意结束"),
    "exit_declined": _t("没有同意结束"),
}
# what has happened to an edition of a regulation
EDITIONS: Mapping[str, object] = {
    "edition_review": _t("《%(title)s》第 %(edition)s 版等您审批"),
    "edition_returned": _t("《%(title)s》第 %(edition)s 版没有通过审批，已退回修改"),
    "edition_approved": _t("《%(title)s》第 %(edition)s 版已通过审批，可以公告"),
    "edition_read": _t("《%(title)s》第 %(edition)s 版，请阅读并确认"),
    "edition_remind": _t("《%(title)s》第 %(edition)s 版还没有确认，请阅读"),
    "edition_rebasing": _t("进行中的约定改按《%(title)s》第 %(edition)s 版，等您批准"),
}


def lines_of(ids: Iterable[int]) -> list[str]:
    """A line of text for each notice."""
    rows = promises.notices_by_id(ids)
    known = cases_by_id([row.subject_id for row in rows if row.subject_kind == "case" and row.subject_id])
    return [line for row in rows if (line := line_of(row, known))]


def line_of(notice: Notice, known: Mapping[int, Case], local: datetime | None = None) -> str:
    """What a notice says, worded when it is shown: `逾期：方案 · TS-2611-000142 膜组浊度超标`.

    With `local`, now in the company's zone, its instants are said from there (今天 16:33); what is sent and read later
    has the date.
    """
    label = str(NoticeKind(notice.kind).label)
    promise = notice.promise
    case = known.get(notice.subject_id) if notice.subject_id and notice.subject_kind == "case" else None
    about = f"{case.number} {case.title}" if case else ""
    if notice.kind == NoticeKind.CONTROL_FAILED:
        failed = f"{notice.detail.get('regulation')} {notice.detail.get('control')}"
        why = sentence_from(notice.detail.get("said")) or notice.detail.get("why")
        return _said(label, _("，").join((failed, str(why))))
    if promise is None:
        happened = HAPPENED.get(str(notice.detail.get("what")))
        if happened is not None:
            return " · ".join(part for part in (_said(label, str(happened)), about) if part)
        edition = EDITIONS.get(str(notice.detail.get("what")))
        if edition is not None:
            return _said(label, str(edition) % notice.detail)
        if notice.detail.get("what") == IMPORTED:
            return _said(label, _imported(notice.detail))
        told_of = told.words_of(notice.detail)
        if told_of:
            return _said(label, told_of)
        # earlier versions kept what they said, as it was worded then
        return _said(label, str(notice.detail.get("text") or about))
    due = ""
    if promise.due is not None:
        due = _due(promise.due, local)
    return " · ".join(part for part in (_said(label, _named(notice, promise.name)), about, due) if part)


def _imported(counts: Mapping[str, object]) -> str:
    """What an import came to: 导入完成：新建 120 件，已有 3 件，未导入 1 行."""
    said = _("导入完成：新建 %(made)s 件，已有 %(known)s 件，未导入 %(bad)s 行") % counts
    if counts["overdue"]:
        said += _("；%(overdue)s 件导入时已有逾期的约定") % counts
    return said


def _named(notice: Notice, name: str) -> str:
    """The promise, and for a request what was asked or decided about it."""
    kind = notice.detail.get("kind")
    if kind not in RequestKind.values:
        return name
    approved = notice.detail.get("approved")
    pattern = (
        _("%(kind)s「%(promise)s」")
        if approved is None
        else _("同意%(kind)s「%(promise)s」")
        if approved
        else _("没有同意%(kind)s「%(promise)s」")
    )
    return pattern % {"kind": RequestKind(kind).label, "promise": name}


def _due(due: datetime, local: datetime | None) -> str:
    if local is None or local.tzinfo is None:
        return _("%(moment)s 到期") % {"moment": wording.exact(due, promises.zone())}
    return wording.moment(due, now=local, zone=local.tzinfo, due=True)


def _said(label: str, what: str) -> str:
    return _("%(label)s：%(value)s") % {"label": label, "value": what}
