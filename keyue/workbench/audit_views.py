"""The auditor's page: the access trail, administrative facts, and the state of the ledger."""

from __future__ import annotations

import tempfile
from pathlib import Path
from urllib.parse import urlencode

from django.http import FileResponse, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from keyue.kernel.errors import Invalid
from keyue.ledger.actions import note_audit_export, record_access
from keyue.ledger.events import LEDGER
from keyue.people.enums import Permission
from keyue.people.guards import staff_page
from keyue.people.http import StaffRequest, actor_of
from keyue.promises import selectors as promises
from keyue.ui.components import Crumb, Tab
from keyue.ui.workbooks import XLSX, stamp
from keyue.workbench import audit, audit_sheet
from keyue.workbench.audit import FACTS, TRAIL, Page
from keyue.workbench.audit_forms import ExportForm, SearchForm
from keyue.workbench.audit_words import AUDIT_PURPOSES

PATHS = {TRAIL: "workbench:audit", FACTS: "workbench:audit_facts"}


@never_cache
@require_GET
@staff_page(Permission.AUDIT_READ)
def trail(request: StaffRequest) -> HttpResponse:
    """Who looked at, revealed or exported what, and what for."""
    return _page(request, TRAIL)


@never_cache
@require_GET
@staff_page(Permission.AUDIT_READ)
def facts(request: StaffRequest) -> HttpResponse:
    """What was done to accounts, roles, posts, regulations and the installation."""
    return _page(request, FACTS)


def _page(request: StaffRequest, what: str) -> HttpResponse:
    cursor = request.GET.get("before", "")
    form = SearchForm(request.GET, what=what)
    is_good = form.is_valid()
    found = Page()
    if is_good:
        found = audit.page_of(request.user, what, form.search(), cursor=cursor)
        for name, sentence in found.faults.items():
            form.add_error(name, sentence)
    if not cursor:
        # the auditor is watched like everybody else; leafing on is the same look
        record_access(
            by=actor_of(request), subject=LEDGER, what=what, purpose="audit", via="web", at=request.at
        )
    return _render(request, what, form, found, ExportForm(initial={"what": what}), cursor=cursor)


def _render(
    request: StaffRequest,
    what: str,
    form: SearchForm,
    found: Page,
    export: ExportForm,
    *,
    cursor: str = "",
) -> HttpResponse:
    asked = _asked(form)
    here = reverse(PATHS[what])
    context = {
        "what": what,
        "form": form,
        "export": export,
        "query": urlencode(asked),
        "page": found,
        "standing": audit.standing(),
        "is_first": not cursor,
        "is_narrow": bool(asked),
        "here": here,
        "more_url": f"{here}?{urlencode({**asked, 'before': found.cursor})}" if found.cursor else "",
        "first_url": f"{here}?{urlencode(asked)}" if cursor else "",
        "tabs": [
            Tab(_("查阅记录"), reverse(PATHS[TRAIL]), current=what == TRAIL),
            Tab(_("管理事实"), reverse(PATHS[FACTS]), current=what == FACTS),
        ],
        "crumbs": [Crumb(_("台账"))],
    }
    template = "workbench/audit.html"
    if request.method == "GET" and request.htmx and not request.htmx.boosted:
        template += "#list"
    return render(request, template, context, status=422 if form.errors or export.errors else 200)


def _asked(form: SearchForm) -> dict[str, str]:
    return {name: str(form.data.get(name, "")) for name in form.fields if form.data.get(name)}


@never_cache
@require_POST
@staff_page(Permission.AUDIT_READ)
def export(request: StaffRequest) -> HttpResponseBase:
    """The rows of a search as a workbook, for a purpose that is said first and recorded."""
    sent = ExportForm(request.POST)
    what = request.POST.get("what", "")
    what = what if what in PATHS else TRAIL
    form = SearchForm(QueryDict(request.POST.get("query", "")[:1000]), what=what)
    good = form.is_valid() and sent.is_valid()
    if good:
        try:
            return _workbook(request, what, form, str(sent.cleaned_data["purpose"]))
        except Invalid as error:
            sent.add_error("purpose", str(error))
    found = audit.page_of(request.user, what, form.search()) if form.is_valid() else Page()
    return _render(request, what, form, found, sent)


def _workbook(request: StaffRequest, what: str, form: SearchForm, purpose: str) -> HttpResponseBase:
    zone = promises.zone()
    names = {TRAIL: _("查阅记录"), FACTS: _("管理事实")}
    asked = _("；").join(f"{form.fields[name].label} {value}" for name, value in _asked(form).items())
    note = [
        (_("导出人"), f"{request.user.name} {request.user.username}"),
        (_("导出时间"), stamp(request.at, zone)),
        (_("导出目的"), str(AUDIT_PURPOSES[purpose])),
        (_("内容"), names[what]),
        (_("筛选条件"), asked or _("全部")),
        (_("说明"), _("含人员操作记录，仅供所述目的使用，不得外传。本次导出已记入台账。")),
    ]
    headings = [_("时间"), _("谁"), _("做了什么"), _("对象"), _("内容"), _("途径"), _("代码")]
    if what == TRAIL:
        headings[2], headings[4] = _("看了什么"), _("目的")
    lines = audit.every_line(request.user, what, form.search(), most=audit_sheet.MOST_ROWS + 1)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "audit.xlsx"
        rows = audit_sheet.write(lines, path, headings=headings, note=note, zone=zone)
        if rows > audit_sheet.MOST_ROWS:
            said = _("超过 %(most)d 条，一次导不完。请用人员、编号或日期缩小范围。")
            raise Invalid(said % {"most": audit_sheet.MOST_ROWS})
        note_audit_export(what=what, rows=rows, purpose=purpose, by=actor_of(request), at=request.at)
        file = path.open("rb")
    name = f"keyue-audit-{what}-{request.at:%Y%m%d-%H%M}.xlsx"
    return FileResponse(file, as_attachment=True, filename=name, content_type=XLSX)
