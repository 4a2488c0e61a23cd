"""Customers out as a file: asked for, approved by somebody else, made by the worker, taken by the asker, gone in time.

Each customer in the file gets two facts, that it might leave and that it left (S1-7.1); every download is a fact too. A
process that dies while it makes a file leaves nothing half: another begins anew, and no fact is recorded twice.
"""

from __future__ import annotations

import csv
import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import file_digest
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from keyue.customers import rules, stops
from keyue.customers.actions._ground import WEB, member
from keyue.customers.enums import ExportForm, ExportState, GrantPurpose
from keyue.customers.exchange import asking, keeping
from keyue.customers.exchange.asking import COLUMNS, Line
from keyue.customers.models import ExportRequest
from keyue.customers.outward_events import CustomerExported, CustomerSharingApproved
from keyue.customers.wording import checked
from keyue.kernel.errors import Denied, Invalid, KeyueError, NotFound, Refused
from keyue.ledger import actions as ledger
from keyue.ledger import sealing
from keyue.ledger import selectors as ledger_reading
from keyue.ledger.facts import SYSTEM, Actor, Draft, Entry
from keyue.people import selectors as people
from keyue.people.enums import Permission
from keyue.people.models import User
from keyue.people.permissions import allows, check
from keyue.promises import actions as promises
from keyue.promises import selectors as promise_reading
from keyue.promises.enums import NoticeKind
from keyue.ui import workbooks

logger = logging.getLogger(__name__)
KEPT_FOR = timedelta(days=7)
MOST_WAITING = 3
"""Requests that one person may have open."""
REMARK_LONGEST = 300
CONTEXT = "customers.ExportRequest.file"
MARK_EVERY = 50
"""Rows after which the mark stands again in a file: whoever copies a part of it copies whose it is."""


@transaction.atomic
def ask_export(
    *,
    user: User,
    narrowing: Mapping[str, str],
    columns: Sequence[str],
    purpose: str,
    remark: str,
    by: Actor,
    at: datetime,
    is_clear: bool = False,
    form: str = ExportForm.XLSX,
    via: str = WEB,
) -> ExportRequest:
    """Ask for a file of customers: which, which columns, what for, and whether personal fields are to stand unmasked.

    Raises Denied (who may not see personal fields may not have them in a file either), Invalid, Refused.
    """
    check(user, Permission.EXPORT_REQUEST)
    if is_clear:
        check(user, Permission.CUSTOMER_REVEAL)
    narrowing, why, kind, text = _checked(narrowing, columns, purpose, form, remark)
    waiting = ExportRequest.objects.filter(user=user, state__in=[ExportState.ASKED, ExportState.APPROVED])
    if waiting.count() >= MOST_WAITING:
        said = _("您已有 %(n)d 项导出申请在等待，请先等它们办完。") % {"n": MOST_WAITING}
        raise Refused(said, code="too_many_exports")
    request = ExportRequest.objects.create(
        user=user,
        narrowing=dict(narrowing),
        columns=[code for code in COLUMNS if code in set(columns)],
        is_clear=is_clear,
        form=kind,
        purpose=why,
        remark=text,
        asked_at=at,
        estimate=asking.estimate(user, narrowing),
    )
    said_of = {
        "purpose": why.value,
        "fields": request.columns,
        "is_clear": is_clear,
        "rows": request.estimate,
    }
    _note(request, "export.asked", said_of, by=by, at=at, via=via)
    approvers = people.who_may(Permission.EXPORT_APPROVE, at=at) - {user.pk}
    promises.tell_each(
        sorted(approvers),
        key=f"export:{request.pk}:asked",
        kind=NoticeKind.REQUESTED,
        at=at,
        detail={"what": "export_asked", "name": user.name, "number": request.number, "at": [request.pk]},
    )
    return request


def _checked(
    narrowing: Mapping[str, str], columns: Sequence[str], purpose: str, form: str, remark: str
) -> tuple[dict[str, str], GrantPurpose, ExportForm, str]:
    """What was asked for, understood. Raises Invalid."""
    faults: dict[str, str] = {}
    known: dict[str, str] = {}
    try:
        known = asking.known_narrowing(narrowing)
    except KeyError as error:
        faults[str(error.args[0])] = _("没有这个筛选条件。")
    unknown = [column for column in columns if column not in COLUMNS]
    if unknown or not columns:
        faults["columns"] = _("请至少选一个字段。") if not columns else _("没有这个字段。")
    if faults:
        raise Invalid(_("有 %(n)d 处需要修改。") % {"n": len(faults)}, fields=faults)
    why, kind = member(GrantPurpose, purpose, "purpose"), member(ExportForm, form, "form")
    text = checked({"remark": (rules.tidy_text, remark)})["remark"]
    if not text or len(text) > REMARK_LONGEST:
        sentence = _("请写明用在哪里，最多 %(most)d 个字。") % {"most": REMARK_LONGEST}
        raise Invalid(sentence, fields={"remark": sentence})
    return known, why, kind, text


@transaction.atomic
def approve_export(
    *, request: ExportRequest, user: User, by: Actor, at: datetime, via: str = WEB
) -> ExportRequest:
    """Let the file be made, of what is on file now. Not one's own request. Raises Denied, Refused."""
    request = _waiting(request, user)
    if request.is_clear:
        # nobody lets out in the clear what they may not look at themselves
        _check_may_see_clear(user)
    request.state, request.decided_at, request.decided_by = ExportState.APPROVED, at, user
    request.save(update_fields=["state", "decided_at", "decided_by"])
    _note(request, "export.approved", {"approved_by": str(user.pk)}, by=by, at=at, via=via)
    return request


def _check_may_see_clear(user: User) -> None:
    if not (allows(user, Permission.CUSTOMER_REVEAL) or allows(user, Permission.ACCESS_APPROVE)):
        check(user, Permission.CUSTOMER_REVEAL)


@transaction.atomic
def refuse_export(
    *, request: ExportRequest, user: User, refusal: str, by: Actor, at: datetime, via: str = WEB
) -> ExportRequest:
    """Do not agree, with why. Raises Denied, Refused, Invalid."""
    request = _waiting(request, user)
    text = checked({"refusal": (rules.tidy_text, refusal)})["refusal"]
    if not text or len(text) > REMARK_LONGEST:
        sentence = _("请写明不同意的理由，最多 %(most)d 个字。") % {"most": REMARK_LONGEST}
        raise Invalid(sentence, fields={"refusal": sentence})
    request.state, request.decided_at, request.decided_by = ExportState.REFUSED, at, user
    request.refusal = text
    request.save(update_fields=["state", "decided_at", "decided_by", "refusal"])
    _note(request, "export.refused", {"refused_by": str(user.pk)}, by=by, at=at, via=via)
    _tell(request, "export_refused", at)
    return request


def _waiting(request: ExportRequest, user: User) -> ExportRequest:
    check(user, Permission.EXPORT_APPROVE)
    found = (
        ExportRequest.objects.select_for_update(of=("self",))
        .select_related("user")
        .filter(pk=request.pk)
        .first()
    )
    if found is None:
        raise NotFound(_("没有这项导出申请，或者您无权查看。"))
    if found.user_id == user.pk:
        raise Denied(_("自己的申请要由别人批准。"), code="own_request")
    if found.state != ExportState.ASKED:
        raise Refused(_("这项申请已经有了决定。"), code="decided_already")
    return found


def _note(
    request: ExportRequest, kind: str, said: Mapping[str, Any], *, by: Actor, at: datetime, via: str
) -> None:
    ledger.record(request.subject, [Draft(kind, said)], by=by, at=at, source=via)


def _tell(request: ExportRequest, what: str, at: datetime) -> None:
    detail = {"what": what, "number": request.number, "rows": request.rows, "at": [request.pk]}
    promises.tell(
        key=f"export:{request.pk}:{what}",
        kind=NoticeKind.DECIDED,
        at=at,
        to_user_id=request.user_id,
        detail=detail,
    )


# --- making the file ---


def make_export(request_id: int, *, now: datetime) -> bool:
    """Make the file of an approved request; whether there was one. What the asker may see when it is made is in it."""
    rows = ExportRequest.objects.select_related("user", "decided_by")
    request = rows.filter(pk=request_id, state=ExportState.APPROVED).first()
    if request is None:
        return False
    work = keeping.vault("exports", f"{request.pk}.{uuid4().hex}.tmp")
    work.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    work.touch(mode=0o600)
    try:
        with translation.override(request.user.language or translation.get_language()):
            written = _write(request, work, now)
        _finish(request, work, written, now)
    except KeyueError as error:
        _fail(request, str(error), now)
    finally:
        work.unlink(missing_ok=True)
    return True


def _write(request: ExportRequest, work: Path, now: datetime) -> int:
    zone = promise_reading.zone()
    mark = mark_of(request, now, zone)
    headings = [*(str(COLUMNS[code].label) for code in request.columns), _("导出标记")]
    rows = _rows(request, mark, now, zone)
    if request.form == ExportForm.CSV:
        return _write_csv(work, headings, rows, mark)
    widths = [*(COLUMNS[code].width for code in request.columns), 40]
    return workbooks.write_marked(
        str(work),
        rows,
        name=_("客户"),
        headings=headings,
        widths=widths,
        mark=mark,
        note=_about(request, now, zone),
    )


def mark_of(request: ExportRequest, now: datetime, zone: ZoneInfo) -> str:
    """Whose copy it is: request, asker, approver and when."""
    approver = request.decided_by.name if request.decided_by else ""
    return _("%(number)s · %(who)s 申请 · %(approver)s 批准 · %(when)s · 内部资料，不得外传") % {
        "number": request.number,
        "who": _("%(name)s（%(login)s）") % {"name": request.user.name, "login": request.user.username},
        "approver": approver,
        "when": workbooks.stamp(now, zone),
    }


def _about(request: ExportRequest, now: datetime, zone: ZoneInfo) -> list[tuple[str, str]]:
    return [
        (_("导出申请"), request.number),
        (_("申请人"), request.user.name),
        (_("导出时间"), workbooks.stamp(now, zone)),
        (_("批准人"), request.decided_by.name if request.decided_by else ""),
        (_("用途"), str(GrantPurpose(request.purpose).label)),
        (_("说明"), request.remark),
        (_("范围"), _("、").join(asking.words_of(request.narrowing))),
        (_("个人信息"), _("未遮盖") if request.is_clear else _("已遮盖")),
    ]


def _rows(request: ExportRequest, mark: str, now: datetime, zone: ZoneInfo) -> Iterator[list[str]]:
    """The rows as they come, each with the mark at its end; facts of those that went out, 500 at a time."""
    done = 0
    for found in asking.lines_of(request, request.user, zone):
        stopped = stops.stopped([line.customer.pk for line in found])
        lines = [line for line in found if line.customer.pk not in stopped]
        request.left_out += len(stopped)
        _record(request, lines, now)
        for line in lines:
            yield [*(COLUMNS[code].write(line) for code in request.columns), mark]
        done += len(lines)
        ExportRequest.objects.filter(pk=request.pk).update(position=done)


def _record(request: ExportRequest, lines: Sequence[Line], now: datetime) -> None:
    subjects = [line.customer.subject for line in lines]
    approved = CustomerSharingApproved(request.number, approved_by=str(request.decided_by_id))
    left = CustomerExported(request.number)
    entries = [
        Entry(
            subject,
            [
                Draft(
                    approved.kind,
                    approved.data(),
                    at=request.decided_at,
                    key=f"export:{request.pk}:approved:{subject.ref}",
                ),
                Draft(left.kind, left.data(), key=asking.exported_key(request.pk, subject.ref)),
            ],
        )
        for subject in subjects
    ]
    asker = Actor("staff", str(request.user_id))
    with transaction.atomic():
        held = ledger_reading.facts_of_many(subjects)
        promises.record_many(entries, by=asker, at=now, source="export", announce=False, held=held)


def _write_csv(work: Path, headings: Sequence[str], rows: Iterator[list[str]], mark: str) -> int:
    written = 0
    with work.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([f"# {mark}"])
        writer.writerow(headings)
        for written, cells in enumerate(rows, start=1):
            writer.writerow([f"'{cell}" if cell.startswith(workbooks.RISKY) else cell for cell in cells])
            if written % MARK_EVERY == 0:
                writer.writerow([f"# {mark}"])
        writer.writerow([f"# {mark}"])
    return written


@transaction.atomic
def _finish(request: ExportRequest, work: Path, written: int, now: datetime) -> None:
    found = (
        ExportRequest.objects.select_for_update().filter(pk=request.pk, state=ExportState.APPROVED).first()
    )
    if found is None:
        return
    with work.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
    key = sealing.key_of(found.subject)
    keeping.seal_file(keeping.pieces_of(work), file_of(found), key, CONTEXT)
    found.state, found.made_at, found.expires_at = ExportState.MADE, now, now + KEPT_FOR
    found.rows, found.position, found.size, found.sha256 = written, written, work.stat().st_size, digest
    if request.left_out:
        said_of = _("有 %(n)d 位客户的个人信息只保存、不再使用，没有导出。")
        found.problem = said_of % {"n": request.left_out}
    found.save()
    said = {"rows": written, "sha256": digest, "size": found.size}
    _note(found, "export.made", said, by=SYSTEM, at=now, via="worker")
    _tell(found, "export_made", now)


@transaction.atomic
def _fail(request: ExportRequest, why: str, now: datetime) -> None:
    rows = ExportRequest.objects.filter(pk=request.pk, state=ExportState.APPROVED)
    if rows.update(state=ExportState.FAILED, problem=why[:300]):
        _note(request, "export.failed", {}, by=SYSTEM, at=now, via="worker")
        _tell(request, "export_failed", now)


def file_of(request: ExportRequest) -> Path:
    """Where the sealed file of a request lies."""
    return keeping.vault("exports", str(request.pk))


# --- taking it, and its end ---


@transaction.atomic
def download_export(
    *, request: ExportRequest, user: User, by: Actor, at: datetime, via: str = WEB
) -> Iterator[bytes]:
    """The file, piece by piece, for the asker until it expires: a fact and a line of the trail each time.

    Raises Refused, also where somebody in it is one whose data is no longer used; NotFound where the file is gone.
    """
    found = ExportRequest.objects.select_for_update().filter(pk=request.pk).first()
    if found is None or not asking.may_download(user, found, at):
        raise Refused(_("文件只能由申请人在到期前下载。"), code="not_downloadable")
    resting = asking.why_resting(found)
    if resting:
        raise Refused(resting, code="restricted")
    if not file_of(found).is_file():
        raise NotFound(_("文件不在了。请联系系统管理员，从备份恢复。"))
    found.downloads += 1
    found.save(update_fields=["downloads"])
    said = {"sha256": found.sha256, "n": found.downloads}
    _note(found, "export.downloaded", said, by=by, at=at, via=via)
    what = f"download:{found.rows}"
    ledger.record_access(by=by, subject=found.subject, what=what, purpose=found.purpose, via="export", at=at)
    return keeping.open_file(file_of(found), sealing.key_of(found.subject), CONTEXT)


def expire_exports(now: datetime) -> int:
    """End the files whose time is over: the key goes, and the file; how many."""
    over = ExportRequest.objects.filter(state=ExportState.MADE, expires_at__lte=now).order_by("expires_at")
    ids = list(over.values_list("pk", flat=True)[:100])
    for pk in ids:
        _expire(pk, now)
    return len(ids)


@transaction.atomic
def _expire(pk: int, now: datetime) -> None:
    found = ExportRequest.objects.select_for_update().filter(pk=pk, state=ExportState.MADE).first()
    if found is None:
        return
    found.state = ExportState.EXPIRED
    found.save(update_fields=["state"])
    _note(found, "export.expired", {"downloads": found.downloads}, by=SYSTEM, at=now, via="worker")
    # the copies in backups go with the key
    ledger.destroy_key(found.subject, by=SYSTEM, at=now, source="worker")
    path = file_of(found)
    transaction.on_commit(lambda: path.unlink(missing_ok=True), robust=True)
