"""Customers from a spreadsheet: upload, what its columns mean, a dry run, the progress, refused rows, and undoing it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from django.http import FileResponse, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from keyue.customers import area
from keyue.customers.actions import importing, undoing
from keyue.customers.enums import ImportKey, ImportMode, ImportState, Kind, LegalBasis
from keyue.customers.exchange import dry, selectors
from keyue.customers.exchange.columns import COLUMNS, is_reason
from keyue.customers.exchange.rows import label_of
from keyue.customers.exchange.sheets_kept import blank_sheet, write_refused
from keyue.customers.exchange_forms import UploadForm
from keyue.customers.models import CustomerImport
from keyue.kernel.errors import Invalid, KeyueError
from keyue.people.enums import Permission
from keyue.people.guards import passive, staff_page
from keyue.people.http import StaffRequest, actor_of
from keyue.ui.components import Crumb
from keyue.ui.pages import CONFLICT, MISTAKEN, go, page
from keyue.ui.workbooks import XLSX, write_xlsx

PAGE = "customers:imports"
SHOWN = 50
TONES = {
    ImportState.DRAFT: "idle",
    ImportState.RUNNING: "open",
    ImportState.STOPPED: "wait",
    ImportState.DONE: "kept",
    ImportState.FAILED: "late",
    ImportState.UNDOING: "open",
    ImportState.UNDONE: "void",
}
# why something was not taken back
KEPT = {
    "facts": gettext_lazy("之后有人改过或办过事"),
    "erased": gettext_lazy("个人信息已删除"),
    "refused": gettext_lazy("现在不能改"),
}


def _crumbs(*more: Crumb) -> list[Crumb]:
    return [
        Crumb(pgettext("列表", "客户"), reverse("customers:list")),
        Crumb(_("导入"), reverse(PAGE) if more else ""),
        *more,
    ]


@never_cache
@staff_page(Permission.CUSTOMER_IMPORT)
def imports(request: StaffRequest) -> HttpResponse:
    """The upload and the imports so far; a file that is taken goes on to its own page."""
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["sheet"]
        try:
            run = importing.draft(
                chunks=file.chunks(), name=file.name, user=request.user, by=actor_of(request), at=request.at
            )
        except Invalid as error:
            form.add_error("sheet", str(error))
        else:
            return go(request, reverse("customers:import", args=[run.pk]))
    before = request.GET.get("before", "")
    runs, more = selectors.page_of_runs(request.user, before=int(before) if before.isdecimal() else None)
    context = {
        "area_tabs": area.tabs_for(request.user, PAGE),
        "form": form,
        "runs": [(run, TONES[ImportState(run.state)]) for run in runs],
        "more_url": f"{reverse(PAGE)}?before={more}" if more else "",
        "columns": COLUMNS.values(),
        "is_first": not before,
    }
    status = MISTAKEN if form.errors else 200
    return page(request, "customers/imports.html", context, crumbs=_crumbs(), status=status)


@never_cache
@staff_page(Permission.CUSTOMER_IMPORT)
@require_GET
def template(request: StaffRequest) -> FileResponse:
    """An empty sheet with the headings that are understood, and one row that shows how."""
    return _download(lambda target: write_xlsx(blank_sheet(), target), "keyue-customers.xlsx")


@never_cache
@staff_page(Permission.CUSTOMER_IMPORT)
def import_run(request: StaffRequest, pk: int) -> HttpResponse:
    """One import: its columns and dry run before it begins, then its progress and what became of it."""
    run = selectors.run_for(request.user, pk)
    return _act(request, run) if request.method == "POST" else _page(request, run)


@never_cache
@passive
@staff_page(Permission.CUSTOMER_IMPORT)
@require_GET
def import_progress(request: StaffRequest, pk: int) -> HttpResponse:
    """How far an import has come: the page asks for it every second, until there is nothing more to come."""
    run = selectors.run_for(request.user, pk)
    if run.state not in {ImportState.RUNNING, ImportState.UNDOING}:
        return go(request, reverse("customers:import", args=[run.pk]))
    return page(request, "customers/import.html#progress", _progress(run))


def _act(request: StaffRequest, run: CustomerImport) -> HttpResponse:
    by, at = actor_of(request), request.at
    here, what = reverse("customers:import", args=[run.pk]), request.POST.get("act", "")
    try:
        if what == "discard":
            importing.discard(run=run, by=by, at=at)
            return go(request, reverse(PAGE), _("已放弃这个文件，没有导入任何内容。"))
        if what == "stop":
            importing.stop(run=run, by=by, at=at)
        if what == "undo":
            undoing.undo_import(run=run, user=request.user, by=by, at=at)
        if what in {"map", "start"} and run.state == ImportState.DRAFT:
            run = importing.set_columns(run=run, by=by, at=at, **_options(request.POST, run))
        if what in {"start", "continue"}:
            importing.start(run=run, user=request.user, by=by, at=at)
    except KeyueError as error:
        run.refresh_from_db()
        status = MISTAKEN if isinstance(error, Invalid) else CONFLICT
        return _page(request, run, problem=error, status=status, chosen=_selected(request.POST))
    return go(request, here)


def _options(posted: Mapping[str, str], run: CustomerImport) -> dict[str, Any]:
    names = ("mode", "key", "default_kind", "default_basis", "external_system")
    return {"columns": _chosen(posted), **{name: posted.get(name) or getattr(run, name) for name in names}}


def _chosen(posted: Mapping[str, str]) -> dict[str, int]:
    """What the columns mean, as chosen on the page; Invalid where two columns mean the same."""
    columns: dict[str, int] = {}
    for place, code in _selected(posted).items():
        if code not in COLUMNS:
            continue
        if code in columns:
            sentence = _("有两列都选了「%(column)s」，只能留一列。") % {"column": COLUMNS[code].label}
            raise Invalid(sentence, fields={"columns": sentence})
        columns[code] = place
    return columns


def _selected(posted: Mapping[str, str]) -> dict[int, str]:
    """The choice made for each column of the sheet, by its place."""
    places = {name: name.removeprefix("column-") for name in posted if name.startswith("column-")}
    return {int(place): str(posted[name]) for name, place in places.items() if place.isdecimal()}


def _page(
    request: StaffRequest,
    run: CustomerImport,
    *,
    problem: KeyueError | None = None,
    status: int = 200,
    chosen: Mapping[int, str] | None = None,
) -> HttpResponse:
    context = {**_progress(run), "problem": problem, "area_tabs": area.tabs_for(request.user, PAGE)}
    if run.state == ImportState.DRAFT:
        context |= _draft(run, chosen)
    else:
        context |= _outcome(request, run)
    path = _crumbs(Crumb(run.file_name))
    return page(request, "customers/import.html", context, crumbs=path, status=status)


def _progress(run: CustomerImport) -> dict[str, Any]:
    undoing_it = run.state == ImportState.UNDOING
    todo = run.added + run.updated
    done, total = (run.put_back + run.not_put_back, todo) if undoing_it else (run.position, run.total)
    return {
        "run": run,
        "tone": TONES[ImportState(run.state)],
        "done": done,
        "total": total,
        "percent": round(done * 100 / total, 1) if total else 100,
        "is_draft": run.state == ImportState.DRAFT,
        "is_running": run.state in {ImportState.RUNNING, ImportState.UNDOING},
        "may_stop": run.state == ImportState.RUNNING,
        "may_continue": run.state == ImportState.STOPPED,
        "may_undo": run.state in {ImportState.DONE, ImportState.STOPPED, ImportState.FAILED} and todo,
        "is_undone": run.state in {ImportState.UNDOING, ImportState.UNDONE},
    }


def _outcome(request: StaffRequest, run: CustomerImport) -> dict[str, Any]:
    refused = [] if run.cleared else list(selectors.refused_rows(run)[:SHOWN])
    kept = [
        {
            "line": row.line,
            "number": row.customer.number if row.customer else "",
            "reasons": [_kept(code) for code in row.kept],
        }
        for row in selectors.kept_rows(run)[:SHOWN]
    ]
    return {"refused": refused, "kept": kept}


def _kept(code: str) -> str:
    """Why something was not taken back: a word, or the field that somebody changed since."""
    if code in KEPT:
        return str(KEPT[code])
    if "." in code:
        return _("已有关联的记录")
    return _("「%(field)s」之后改过") % {"field": label_of(code)}


def _draft(run: CustomerImport, chosen: Mapping[int, str] | None) -> dict[str, Any]:
    """The columns with what they are taken for, and what would become of the rows."""
    found = dry.examine(run)
    by_place = {place: code for code, place in run.columns.items()} if chosen is None else chosen
    columns = [
        {"name": f"column-{place}", "heading": heading, "sample": sample, "code": by_place.get(place, ""),
         "is_ours": is_reason(heading)}
        for place, (heading, sample) in enumerate(dry.samples(run))
    ]  # fmt: skip
    return {
        "found": found,
        "added": found.counts["added"],
        "updated": found.counts["updated"],
        "unchanged": found.counts["unchanged"],
        "faulty": found.counts["refused"],
        "columns": columns,
        "choices": [(column.code, str(column.label)) for column in COLUMNS.values()],
        "modes": ImportMode.choices,
        "keys": ImportKey.choices,
        "kinds": Kind.choices,
        "bases": LegalBasis.choices,
        "has_external": "external" in run.columns,
        "partial": found.examined < run.total and not found.missing,
    }


@never_cache
@staff_page(Permission.CUSTOMER_IMPORT)
@require_GET
def import_faults(request: StaffRequest, pk: int) -> FileResponse:
    """The refused rows as a workbook, with their reasons."""
    run = selectors.run_for(request.user, pk)
    stem = Path(run.file_name).stem[:80]
    return _download(lambda target: write_refused(run, target), f"{stem}.faults.xlsx")


def _download(write: Callable[[Path], object], name: str) -> FileResponse:
    """A file that is made for this answer, and gone with it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "download.xlsx"
        write(path)
        file = path.open("rb")
    return FileResponse(file, as_attachment=True, filename=name, content_type=XLSX)
