"""Reading an edition and confirming it, who has and who has not, and letting what runs follow it."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from keyue.compliance import actions, rebasing
from keyue.compliance import edition_access as access
from keyue.compliance.edition_forms import DecideForm, ReasonForm, TestForm
from keyue.compliance.edition_views import clauses_of, compared, crumbs, number_of
from keyue.compliance.enums import REBASING_TONES
from keyue.compliance.models import Rebasing
from keyue.kernel.errors import Invalid, NotFound, Refused
from keyue.people import selectors as people
from keyue.people.enums import Permission
from keyue.people.forms import show_faults
from keyue.people.guards import staff_page
from keyue.people.http import StaffRequest, actor_of
from keyue.people.models import User
from keyue.people.permissions import allows, check
from keyue.promises import selectors as promises
from keyue.promises import subjects
from keyue.regulations import actions as regulation_actions
from keyue.regulations import readers
from keyue.regulations import selectors as regulations
from keyue.regulations.models import Edition, EditionReader
from keyue.ui.components import Crumb

CONFLICT, MISTAKEN = 409, 422
SEEING = (*access.MAKING, Permission.REPORT_VIEW)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHOWN = 500


@require_http_methods(["GET", "POST"])
@staff_page()
def read(request: StaffRequest, regulation: str, n: int) -> HttpResponse:
    """An edition to be read by who was asked to, with the confirmation and the test at its end."""
    edition = regulations.edition(regulation, n)
    reader = readers.reader_of(edition, request.user)
    form = TestForm(request.POST if request.method == "POST" else None, test=edition.test)
    status = 200
    if request.method == "POST":
        chosen = form.answers if form.is_valid() else []
        try:
            reader = regulation_actions.confirm_reading(
                edition=edition, answers=chosen, by=actor_of(request), at=request.at
            )
        except Invalid as error:
            show_faults(form, error)
            status = MISTAKEN
        else:
            if reader.read_at is not None:
                messages.success(request, _("已确认阅读，谢谢。"))
                return _to("regulations:read", regulation, n)
            status = MISTAKEN
    reading = regulations.read_draft(edition)
    base = edition.based_on
    context = {
        "edition": edition,
        "reader": reader,
        "form": form,
        "clauses": clauses_of(reading),
        "difference": compared(base, edition) if base is not None else None,
        "is_in_force": edition.effective_from is not None and edition.effective_from <= request.at,
        "interpreter": people.owner_names([edition.interpreter])[edition.interpreter]
        if edition.interpreter
        else "",
        "questions": len(edition.test.get("questions", [])),
        "failed": request.method == "POST" and status == MISTAKEN and reader.tries and not form.errors,
        "crumbs": crumbs_of_reader(request.user, edition),
    }
    return render(request, "compliance/read.html", context, status=status)


def crumbs_of_reader(user: User, edition: Edition) -> list[Crumb]:
    """The path to the reading page: a reader need not be able to open the list."""
    if allows(user, Permission.REGULATION_VIEW):
        return crumbs(edition, Crumb(_("阅读确认")))
    return [Crumb(_("工作台"), reverse("workbench:home")), Crumb(edition.title)]


@require_GET
@staff_page(*SEEING)
def receipts(request: StaffRequest, regulation: str, n: int) -> HttpResponse:
    """Who has confirmed and who has not, by department, with the rate and what it is of."""
    edition = _published(regulation, n)
    rows = _seen_rows(request, edition)
    context = {
        "edition": edition,
        "receipts": readers.receipts(edition, request.at),
        "departments": readers.by_department(rows),
        "may_remind": access.makes(request.user),
        "is_part": not _sees_all(request.user),
        "questions": len(edition.test.get("questions", [])),
        "crumbs": crumbs(edition, Crumb(number_of(edition), _page(edition)), Crumb(_("阅读确认"))),
    }
    return render(request, "compliance/receipts.html", context)


@require_POST
@staff_page(*access.MAKING)
def remind(request: StaffRequest, regulation: str, n: int) -> HttpResponse:
    """Remind those who have not confirmed."""
    edition = _published(regulation, n)
    try:
        told = regulation_actions.remind_readers(edition=edition, by=actor_of(request), at=request.at)
    except Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("已催 %(n)d 人。") % {"n": told})
    return _to("regulations:receipts", regulation, n)


@never_cache
@require_POST
@staff_page(*SEEING)
def receipts_sheet(request: StaffRequest, regulation: str, n: int) -> HttpResponse:
    """The receipts as a workbook, with who took it along and when; the export is recorded."""
    edition = _published(regulation, n)
    rows = _seen_rows(request, edition)
    content = _workbook(request, edition, rows)
    actions.note_receipts_export(edition=edition, rows=len(rows), by=actor_of(request), at=request.at)
    answer = HttpResponse(content, content_type=XLSX)
    name = f"keyue-receipts-{regulation}-{n}-{request.at:%Y%m%d-%H%M}.xlsx"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _workbook(request: StaffRequest, edition: Edition, rows: list[EditionReader]) -> bytes:
    import xlsxwriter

    zone = promises.zone()
    file = io.BytesIO()
    total = readers.receipts(edition, request.at)
    note = [
        (_("导出人"), f"{request.user.name} {request.user.username}"),
        (_("导出时间"), _stamp(request.at, zone)),
        (_("制度"), f"{edition.title} {number_of(edition)}"),
        (_("确认"), f"{total.read} / {total.asked}"),
    ]
    headings = [
        _("部门"),
        _("姓名"),
        _("工号"),
        _("告知时间"),
        _("确认时间"),
        _("测验得分"),
        _("测验次数"),
        _("催办时间"),
    ]
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, options) as book:
        bold = book.add_format({"bold": True})
        sheet = book.add_worksheet(_("阅读确认"))
        sheet.freeze_panes(1, 0)
        sheet.set_header("&L" + " · ".join(value for _name, value in note[:3]).replace("&", "&&"))
        for place, heading in enumerate(headings):
            sheet.set_column(place, place, 20)
            sheet.write_string(0, place, heading, bold)
        for line, row in enumerate(rows, start=1):
            for place, cell in enumerate(_cells(row, edition, zone)):
                sheet.write_string(line, place, cell)
        about = book.add_worksheet(_("导出说明"))
        about.set_column(0, 1, 30)
        for line, (name, value) in enumerate(note):
            about.write_string(line, 0, name, bold)
            about.write_string(line, 1, value)
    return file.getvalue()


def _cells(row: EditionReader, edition: Edition, zone: ZoneInfo) -> list[str]:
    user = row.user
    of = len(edition.test.get("questions", []))
    return [
        user.department.name if user.department else "",
        user.name,
        user.username,
        _stamp(row.asked_at, zone),
        _stamp(row.read_at, zone) if row.read_at else _("未确认"),
        f"{row.test_score} / {of}" if row.test_score is not None else "",
        str(row.tries) if of else "",
        _stamp(row.reminded_at, zone) if row.reminded_at else "",
    ]


def _stamp(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}"


def _sees_all(user: User) -> bool:
    return access.makes(user) or people.visible_departments(user, Permission.REPORT_VIEW) is None


def _seen_rows(request: StaffRequest, edition: Edition) -> list[EditionReader]:
    """Who makes regulations sees everybody, who reads reports the departments of their scope."""
    if _sees_all(request.user):
        return readers.rows_of(edition)
    seen = people.visible_departments(request.user, Permission.REPORT_VIEW) or frozenset()
    paths = [unit.path for unit in people.open_departments() if unit.code in seen]
    return readers.rows_of(edition, paths=paths)


# --- letting what runs follow it --------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@staff_page(Permission.REGULATION_ADOPT, Permission.REGULATION_APPROVE)
def rebasings(request: StaffRequest, regulation: str, n: int) -> HttpResponse:
    """What runs under older editions: ask that it follows the one in force, or see what was asked."""
    edition = _published(regulation, n)
    if request.method == "POST":
        check(request.user, Permission.REGULATION_ADOPT)
    under_way = rebasing.open_of(regulation)
    if under_way is not None:
        return _to("regulations:rebasing", regulation, under_way.pk)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    refused, status = "", 200
    if request.method == "POST":
        status = MISTAKEN
        if form.is_valid():
            try:
                made = actions.ask_rebasing(
                    regulation=regulation,
                    reason=form.cleaned_data["reason"],
                    user=request.user,
                    by=actor_of(request),
                    at=request.at,
                )
            except Invalid as error:
                show_faults(form, error)
            except Refused as error:
                refused, status = str(error), CONFLICT
            else:
                return _to("regulations:rebasing", regulation, made.pk)
    context = {
        "edition": edition,
        "form": form,
        "refused": refused,
        "running": rebasing.running(edition).count(),
        "may_ask": allows(request.user, Permission.REGULATION_ADOPT),
        "crumbs": crumbs(edition, Crumb(number_of(edition), _page(edition)), Crumb(_("改按新版"))),
    }
    return render(request, "compliance/rebasings.html", context, status=status)


@require_http_methods(["GET", "POST"])
@staff_page(Permission.REGULATION_ADOPT, Permission.REGULATION_APPROVE)
def rebasing_page(request: StaffRequest, regulation: str, pk: int) -> HttpResponse:
    """What would change of each promise, before anything does; and the decision of somebody else."""
    row = rebasing.find(regulation, pk)
    form = DecideForm(request.POST if request.method == "POST" else None)
    refused, status = "", 200
    if request.method == "POST":
        status = MISTAKEN
        if form.is_valid():
            try:
                actions.decide_rebasing(
                    rebasing=row,
                    approve=form.cleaned_data["approve"],
                    remark=form.cleaned_data["remark"],
                    user=request.user,
                    by=actor_of(request),
                    at=request.at,
                )
            except Invalid as error:
                show_faults(form, error)
            except Refused as error:
                refused, status = str(error), CONFLICT
            else:
                return _to("regulations:rebasing", regulation, pk)
    return render(
        request, "compliance/rebasing.html", _rebasing_context(request, row, form, refused), status=status
    )


def _rebasing_context(request: StaffRequest, row: Rebasing, form: DecideForm, refused: str) -> dict[str, Any]:
    rows = rebasing.rows_of(row)
    shown = rows[:SHOWN]
    # who lets promises follow need not see every case: the promise stands there, its number where they do
    hidden = rebasing.hidden_from(request.user, shown)
    numbers = subjects.numbers_of((one.kind, one.id) for one in shown if (one.kind, one.id) not in hidden)
    names = people.owner_names({code for one in shown for code in (one.owner, one.new_owner)})
    waits = row.state == "waiting"
    return {
        "row": row,
        "tone": REBASING_TONES[row.state],
        "edition": row.edition,
        "lines": [
            {
                "row": one,
                "number": numbers.get((one.kind, one.id), ""),
                "owner": names[one.owner],
                "new_owner": names[one.new_owner] if one.new_owner != one.owner else "",
                "due": _instant(one.due),
                "new_due": _instant(one.new_due),
                "why": rebasing.WHYS[one.why],
            }
            for one in shown
        ],
        "more": len(rows) - len(shown),
        "moving": sum(one.moves for one in rows),
        "staying": sum(not one.moves for one in rows),
        "works": row.state in ("listing", "moving"),
        "share": 100 * (row.done if row.state == "moving" else len(rows)) / max(row.total, 1),
        "progress": row.done if row.state == "moving" else len(rows),
        "form": form
        if waits
        and row.asked_by_id != request.user.pk
        and allows(request.user, Permission.REGULATION_APPROVE)
        else None,
        "refused": refused,
        "crumbs": crumbs(
            row.edition, Crumb(number_of(row.edition), _page(row.edition)), Crumb(_("改按新版"))
        ),
    }


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _published(regulation: str, n: int) -> Edition:
    edition = regulations.edition(regulation, n)
    if edition.published_at is None:
        raise NotFound(_("这一版还没有公告。"))
    return edition


def _page(edition: Edition) -> str:
    return reverse("regulations:draft", args=[edition.regulation_id, edition.n])


def _to(name: str, *args: object) -> HttpResponse:
    answer = HttpResponseRedirect(reverse(name, args=args))
    answer.status_code = 303
    return answer
