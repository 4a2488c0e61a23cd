"""Customers out as a file: asking, approving, and taking the file while it is there."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from keyue.customers import area
from keyue.customers.actions import exporting
from keyue.customers.enums import ExportForm, ExportState, GrantPurpose
from keyue.customers.exchange import asking
from keyue.customers.exchange_forms import ExportAskForm, RefusalForm
from keyue.customers.models import ExportRequest
from keyue.kernel.errors import Invalid, KeyueError
from keyue.people.enums import Permission
from keyue.people.forms import show_faults
from keyue.people.guards import staff_page
from keyue.people.http import StaffRequest, actor_of
from keyue.people.permissions import allows
from keyue.ui.components import Crumb
from keyue.ui.pages import CONFLICT, MISTAKEN, go, page
from keyue.ui.workbooks import XLSX

PAGE = "customers:exports"
BOTH = (Permission.EXPORT_REQUEST, Permission.EXPORT_APPROVE)
TONES = {
    ExportState.ASKED: "soon",
    ExportState.APPROVED: "open",
    ExportState.REFUSED: "void",
    ExportState.MADE: "kept",
    ExportState.FAILED: "late",
    ExportState.EXPIRED: "idle",
}


def _crumbs(*more: Crumb) -> list[Crumb]:
    return [
        Crumb(pgettext("列表", "客户"), reverse("customers:list")),
        Crumb(_("导出申请"), reverse(PAGE) if more else ""),
        *more,
    ]


@never_cache
@staff_page(*BOTH)
def exports(request: StaffRequest) -> HttpResponse:
    """What was asked for, by oneself or, for who approves, by anybody."""
    before = request.GET.get("before", "")
    rows, more = asking.page_of_requests(request.user, before=int(before) if before.isdecimal() else None)
    context = {
        "area_tabs": area.tabs_for(request.user, PAGE),
        "rows": [
            (row, TONES[ExportState(row.state)], _("、").join(asking.words_of(row.narrowing))) for row in rows
        ],
        "more_url": f"{reverse(PAGE)}?before={more}" if more else "",
        "may_ask": allows(request.user, Permission.EXPORT_REQUEST),
    }
    return page(request, "customers/exports.html", context, crumbs=_crumbs())


@never_cache
@staff_page(Permission.EXPORT_REQUEST)
def export_new(request: StaffRequest) -> HttpResponse:
    """Ask for a file; a filter in the address narrows it."""
    may_clear = allows(request.user, Permission.CUSTOMER_REVEAL)
    form = (
        ExportAskForm(request.POST) if request.method == "POST" else ExportAskForm(initial=request.GET.dict())
    )
    if not may_clear:
        del form.fields["is_clear"]
    if request.method == "POST" and form.is_valid():
        try:
            made = exporting.ask_export(
                user=request.user,
                narrowing=form.narrowing(),
                columns=form.cleaned_data["columns"],
                is_clear=bool(form.cleaned_data.get("is_clear")),
                form=form.cleaned_data["form"],
                purpose=form.cleaned_data["purpose"],
                remark=form.cleaned_data["remark"],
                by=actor_of(request),
                at=request.at,
            )
        except KeyueError as error:
            show_faults(form, error)
        else:
            return go(request, reverse("customers:export", args=[made.pk]), _("已提交，等批准人同意。"))
    context = {"form": form, "estimate": asking.estimate(request.user, {}), "most": asking.MOST_COUNTED}
    status = MISTAKEN if form.errors else 200
    return page(
        request, "customers/export_new.html", context, crumbs=_crumbs(Crumb(_("申请导出"))), status=status
    )


@never_cache
@staff_page(*BOTH)
def export(request: StaffRequest, pk: int) -> HttpResponse:
    """One request: what it is about, who decides, and the file while it is there."""
    return _page(request, asking.request_for(request.user, pk), RefusalForm())


def _page(
    request: StaffRequest,
    found: ExportRequest,
    form: RefusalForm,
    *,
    problem: KeyueError | None = None,
    status: int = 200,
) -> HttpResponse:
    may_download = asking.may_download(request.user, found, request.at)
    resting = asking.why_resting(found) if may_download else ""
    context = {
        "found": found,
        "tone": TONES[ExportState(found.state)],
        "words": _("、").join(asking.words_of(found.narrowing)),
        "fields": _("、").join(
            str(asking.COLUMNS[code].label) for code in found.columns if code in asking.COLUMNS
        ),
        "purpose": GrantPurpose(found.purpose).label,
        "may_decide": found.state == ExportState.ASKED
        and found.user_id != request.user.pk
        and allows(request.user, Permission.EXPORT_APPROVE),
        "is_own": found.user_id == request.user.pk,
        "may_download": may_download and not resting,
        "resting": resting,
        "is_making": found.state == ExportState.APPROVED,
        "form": form,
        "problem": problem,
    }
    return page(request, "customers/export.html", context, crumbs=_crumbs(Crumb(found.number)), status=status)


@require_POST
@staff_page(Permission.EXPORT_APPROVE)
def export_decide(request: StaffRequest, pk: int) -> HttpResponse:
    """Agree, or not with a reason; never on one's own request."""
    found = asking.request_for(request.user, pk)
    form = RefusalForm(request.POST)
    by, at = actor_of(request), request.at
    try:
        if request.POST.get("act") == "approve":
            exporting.approve_export(request=found, user=request.user, by=by, at=at)
            return go(request, reverse("customers:export", args=[pk]), _("已批准，后台正在制作文件。"))
        refusal = request.POST.get("refusal", "")
        exporting.refuse_export(request=found, user=request.user, refusal=refusal, by=by, at=at)
    except KeyueError as error:
        if isinstance(error, Invalid):
            show_faults(form, error)
        status = MISTAKEN if isinstance(error, Invalid) else error.status
        return _page(request, found, form, problem=error, status=status or CONFLICT)
    return go(request, reverse("customers:export", args=[pk]), _("已回复申请人：不同意。"))


@never_cache
@require_GET
@staff_page(Permission.EXPORT_REQUEST)
def export_download(request: StaffRequest, pk: int) -> HttpResponseBase:
    """The file, for the asker alone, until it expires; every time is recorded."""
    found = asking.request_for(request.user, pk)
    return file_answer(
        found,
        exporting.download_export(request=found, user=request.user, by=actor_of(request), at=request.at),
    )


def file_answer(found: ExportRequest, content: object) -> StreamingHttpResponse:
    """The file of a request as a download that the browser saves and runs nothing of."""
    kind = "text/csv; charset=utf-8" if found.form == ExportForm.CSV else XLSX
    answer = StreamingHttpResponse(content, content_type=kind)  # type: ignore[arg-type]
    answer["Content-Disposition"] = f'attachment; filename="{found.number}.{found.form}"'
    answer["Content-Length"] = str(found.size)
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer
