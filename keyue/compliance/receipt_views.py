"""Reading an edition and confirming it, and who has and who has not."""

from __future__ import annotations

from io import BytesIO
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from keyue.compliance import edition_access as access
from keyue.compliance import edition_words as words
from keyue.compliance.edition_forms import ReceiptsFilterForm, TestForm
from keyue.compliance.pages import attempt, below_edition, edition_crumbs
from keyue.kernel.errors import Refused
from keyue.people import selectors as people
from keyue.people.enums import Permission
from keyue.people.guards import staff_page
from keyue.people.http import StaffRequest, actor_of
from keyue.people.models import Department, User
from keyue.people.permissions import allows
from keyue.promises import selectors as promises
from keyue.regulations import actions, readers
from keyue.regulations import selectors as regulations
from keyue.regulations.models import Edition, EditionReader
from keyue.ui import workbooks
from keyue.ui.components import Crumb
from keyue.ui.pages import MISTAKEN, go, is_fragment, page
from keyue.ui.workbooks import XLSX, stamp

SEEING = (*access.MAKING, Permission.REPORT_VIEW)
A_PAGE = 50


@require_http_methods(["GET", "POST"])
@staff_page()
def read(request: StaffRequest, regulation: str, n: int) -> HttpResponse:
    """An edition to be read by who was asked to, with the confirmation and the test at its end."""
    edition = regulations.edition(regulation, n)
    reader = readers.reader_of(edition, request.user)
    form = TestForm(request.POST if request.method == "POST" else None, test=edition.test)
    status = 200
    if request.method == "POST":
        tried, status = attempt(form, lambda: _confirm(request, edition, form))
        if tried is not None and tried.read_at is not None:
            here = reverse("regulations:read", args=[regulation, n])
            return go(request, here, _("已确认阅读，谢谢。"))
        if tried is not None:
            reader, status = tried, MISTAKEN
    base = edition.based_on
    context = {
        "edition": edition,
        "reader": reader,
        "form": form,
        "clauses": words.clauses_of(regulations.read_draft(edition)),
        "difference": words.compared(base, edition) if base is not None else None,
        "is_in_force": edition.effective_from is not None and edition.effective_from <= request.at,
        "interpreter": words.interpreter_of(edition),
        "questions": len(edition.test.get("questions", [])),
        "failed": request.method == "POST" and status == MISTAKEN and reader.tries and not form.errors,
        "crumbs": _crumbs(request.user, edition),
    }
    return render(request, "compliance/read.html", context, status=status)


def _confirm(request: StaffRequest, edition: Edition, form: TestForm) -> EditionReader:
    return actions.confirm_reading(edition=edition, answers=form.answers, by=actor_of(request), at=request.at)


def _crumbs(user: User, edition: Edition) -> list[Crumb]:
    """The path to the reading page: a reader need not be able to open the list."""
    if allows(user, Permission.REGULATION_VIEW):
        return edition_crumbs(edition, Crumb(_("阅读确认")))
    return [Crumb(_("工作台"), reverse("workbench:home")), Crumb(edition.title)]


@require_GET
@staff_page(*SEEING)
def receipts(request: StaffRequest, regulation: str, n: int) -> HttpResponse:
    """Who has confirmed and who has not, by department, with the rate and what it is of; a fragment request gets the
    rows alone."""
    edition = regulations.published_edition(regulation, n)
    units = _seen(request.user)
    form = ReceiptsFilterForm(request.GET or None, among=units)
    values = form.cleaned_data if form.is_valid() else {}
    everybody = _rows(edition, units)
    rows = readers.narrowed(everybody, show=values.get("show", ""), department=values.get("department"))
    found = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    context = {
        "edition": edition,
        "receipts": readers.receipts(edition, request.at),
        "form": form,
        "filtered": any(values.values()),
        "page": found,
        "departments": readers.by_department(found, everybody),
        "may_remind": access.makes(request.user),
        "is_part": units is not None,
        "questions": len(edition.test.get("questions", [])),
    }
    template = "compliance/receipts.html" + ("#rows" if is_fragment(request) else "")
    return page(request, template, context, crumbs=below_edition(edition, _("阅读确认")))


@require_POST
@staff_page(*access.MAKING)
def remind(request: StaffRequest, regulation: str, n: int) -> HttpResponse:
    """Remind those who have not confirmed."""
    edition = regulations.published_edition(regulation, n)
    try:
        told = actions.remind_readers(edition=edition, by=actor_of(request), at=request.at)
    except Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("已催 %(n)d 人。") % {"n": told})
    return go(request, reverse("regulations:receipts", args=[regulation, n]))


@never_cache
@require_POST
@staff_page(*SEEING)
def receipts_sheet(request: StaffRequest, regulation: str, n: int) -> HttpResponse:
    """The receipts as a workbook, with who took it along and when; the export is recorded."""
    edition = regulations.published_edition(regulation, n)
    rows = _rows(edition, _seen(request.user))
    file = BytesIO()
    written = _write(file, request, edition, rows)
    actions.note_receipts_export(edition=edition, rows=written, by=actor_of(request), at=request.at)
    answer = HttpResponse(file.getvalue(), content_type=XLSX)
    name = f"keyue-receipts-{regulation}-{n}-{request.at:%Y%m%d-%H%M}.xlsx"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _write(file: BytesIO, request: StaffRequest, edition: Edition, rows: QuerySet[EditionReader]) -> int:
    zone = promises.zone()
    total = readers.receipts(edition, request.at)
    headings = {
        _("部门"): 24, _("姓名"): 14, _("工号"): 14, _("告知时间"): 20, _("确认时间"): 20, _("测验得分"): 10,
        _("测验次数"): 10, _("催办时间"): 20,
    }  # fmt: skip
    return workbooks.write(
        file,
        (_cells(row, edition, zone) for row in rows),
        name=_("阅读确认"),
        headings=list(headings),
        widths=list(headings.values()),
        note=[
            (_("导出人"), f"{request.user.name} {request.user.username}"),
            (_("导出时间"), stamp(request.at, zone)),
            (_("制度"), f"{edition.title} {words.number_of(edition)}"),
            (_("确认"), f"{total.read} / {total.asked}"),
        ],
    )


def _cells(row: EditionReader, edition: Edition, zone: ZoneInfo) -> list[str]:
    user = row.user
    of = len(edition.test.get("questions", []))
    return [
        user.department.name if user.department else "",
        user.name,
        user.username,
        stamp(row.asked_at, zone),
        stamp(row.read_at, zone) if row.read_at else _("未确认"),
        f"{row.test_score} / {of}" if row.test_score is not None else "",
        str(row.tries) if of else "",
        stamp(row.reminded_at, zone) if row.reminded_at else "",
    ]


def _seen(user: User) -> QuerySet[Department] | None:
    """The departments whose receipts somebody sees; None for who sees everybody's.

    Who makes regulations sees everybody, who reads reports the departments of their scope.
    """
    seen = None if access.makes(user) else people.visible_departments(user, Permission.REPORT_VIEW)
    return None if seen is None else people.open_departments().filter(code__in=seen)


def _rows(edition: Edition, units: QuerySet[Department] | None) -> QuerySet[EditionReader]:
    return readers.rows_of(edition, paths=None if units is None else [unit.path for unit in units])
