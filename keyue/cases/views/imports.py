"""Cases from a spreadsheet: upload, what its columns mean, a dry run, the progress, and the bad rows back."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from django.http import FileResponse, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from keyue.cases.enums import CaseType, Telling
from keyue.cases.importing import actions, dry, faults, selectors
from keyue.cases.importing.columns import COLUMNS, REQUIRED, is_reason
from keyue.cases.importing.enums import IMPORT_TONES, ImportState
from keyue.cases.importing.forms import UploadForm
from keyue.cases.importing.rows import Row
from keyue.cases.models import ImportRun
from keyue.cases.views._page import crumbs
from keyue.kernel.errors import Invalid, Refused
from keyue.people.enums import Permission
from keyue.people.guards import passive, staff_page
from keyue.people.http import StaffRequest, actor_of
from keyue.ui.components import Crumb
from keyue.ui.pages import CONFLICT, MISTAKEN, go, page

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHOWN = 20
LATER = {
    "classified": pgettext_lazy("事实", "分类"),
    "solved": pgettext_lazy("事实", "解决"),
    "reported": gettext_lazy("报客服"),
    "told": gettext_lazy("告知"),
    "followed_up": gettext_lazy("回访"),
}


@never_cache
@staff_page(Permission.CASE_IMPORT)
def imports(request: StaffRequest) -> HttpResponse:
    """The upload and the imports so far; a file that is taken goes on to its own page."""
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["sheet"]
        try:
            run = actions.draft(
                chunks=file.chunks(),
                name=file.name,
                by=actor_of(request),
                at=request.at,
                user_id=request.user.pk,
            )
        except Invalid as error:
            form.add_error("sheet", str(error))
        else:
            return go(request, reverse("cases:import_run", args=[run.pk]))
    before = request.GET.get("before", "")
    runs, more = selectors.page_of_runs(request.user, before=int(before) if before.isdecimal() else None)
    context = {
        "form": form,
        "runs": [(run, IMPORT_TONES[run.state]) for run in runs],
        "more_url": f"{reverse('cases:imports')}?before={more}" if more else "",
        "columns": COLUMNS.values(),
        "is_first": not before,
    }
    status = MISTAKEN if form.errors else 200
    return page(request, "cases/imports.html", context, crumbs=crumbs(Crumb(_("导入"))), status=status)


@never_cache
@staff_page(Permission.CASE_IMPORT)
@require_GET
def template(request: StaffRequest) -> FileResponse:
    """An empty sheet with the headings that are understood, and one row that shows how."""
    return _download(lambda target: faults.write_xlsx(faults.blank_sheet(), target), "keyue-cases.xlsx")


@never_cache
@staff_page(Permission.CASE_IMPORT)
def import_run(request: StaffRequest, pk: int) -> HttpResponse:
    """One import: its columns and dry run before it begins, then its progress and what became of it."""
    run = selectors.run_for(request.user, pk)
    if request.method == "POST":
        return _act(request, run)
    return _page(request, run)


@never_cache
@passive
@staff_page(Permission.CASE_IMPORT)
@require_GET
def import_progress(request: StaffRequest, pk: int) -> HttpResponse:
    """How far an import has come: the page asks for it every second, until there is nothing more to come."""
    run = selectors.run_for(request.user, pk)
    if run.state != ImportState.RUNNING:
        return go(request, reverse("cases:import_run", args=[run.pk]))
    return page(request, "cases/import.html#progress", _progress(run))


def _act(request: StaffRequest, run: ImportRun) -> HttpResponse:
    by, at = actor_of(request), request.at
    here = reverse("cases:import_run", args=[run.pk])
    what = request.POST.get("act", "")
    try:
        if what == "discard":
            actions.discard(run_id=run.pk, by=by, at=at)
            return go(request, reverse("cases:imports"), _("已放弃这个文件，没有导入任何内容。"))
        if what == "stop":
            actions.stop(run_id=run.pk, by=by, at=at)
            return go(request, here)
        if run.state == ImportState.DRAFT:
            run = actions.set_columns(
                run_id=run.pk,
                columns=_chosen(request.POST),
                default_type=request.POST.get("default_type") or run.default_type,
                default_via=request.POST.get("default_via") or run.default_via,
                by=by,
                at=at,
            )
        if what in {"start", "continue"}:
            actions.start(run_id=run.pk, by=by, at=at)
    except (Invalid, Refused) as error:
        run.refresh_from_db()
        status = CONFLICT if isinstance(error, Refused) else MISTAKEN
        return _page(request, run, problem=error, status=status, chosen=_selected(request.POST))
    return go(request, here)


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
    return {
        int(name.removeprefix("column-")): str(code)
        for name, code in posted.items()
        if name.startswith("column-") and name.removeprefix("column-").isdecimal()
    }


def _page(
    request: StaffRequest,
    run: ImportRun,
    *,
    problem: Invalid | Refused | None = None,
    status: int = 200,
    chosen: Mapping[int, str] | None = None,
) -> HttpResponse:
    context = {**_progress(run), "problem": problem}
    if run.state == ImportState.DRAFT:
        context |= _draft(request, run, chosen)
    elif run.bad and not run.cleared:
        context["bad"] = list(selectors.bad_rows(run)[:SHOWN])
    path = crumbs(Crumb(_("导入"), reverse("cases:imports")), Crumb(run.file_name))
    return page(request, "cases/import.html", context, crumbs=path, status=status)


def _progress(run: ImportRun) -> dict[str, Any]:
    return {
        "run": run,
        "tone": IMPORT_TONES[run.state],
        "percent": round(run.position * 100 / run.total, 1) if run.total else 100,
        "is_draft": run.state == ImportState.DRAFT,
        "is_running": run.state == ImportState.RUNNING,
        "may_continue": run.state == ImportState.STOPPED,
    }


def _draft(request: StaffRequest, run: ImportRun, chosen: Mapping[int, str] | None) -> dict[str, Any]:
    """The columns with what they are taken for, and the first rows as understood."""
    found = dry.examine(run, now=request.at)
    by_place = {place: code for code, place in run.columns.items()} if chosen is None else chosen
    columns = [
        {
            "name": f"column-{place}",
            "heading": heading or _("第 %(n)d 列，没有表头") % {"n": place + 1},
            "sample": sample,
            "code": by_place.get(place, ""),
            "is_ours": is_reason(heading),
        }
        for place, (heading, sample) in enumerate(dry.samples(run))
    ]
    return {
        "found": found,
        "columns": columns,
        "choices": [(c.code, str(c.label), c.code in REQUIRED) for c in COLUMNS.values()],
        "first": [_understood(row) for row in found.first],
        "types": CaseType.choices,
        "tellings": Telling.choices if "told_at" in run.columns else [],
        "partial": found.examined < run.total and not found.missing,
    }


def _understood(row: Row) -> dict[str, Any]:
    """A row as it will be taken; one with faults as it stands."""
    texts = row.values
    intake = row.intake
    return {
        "line": row.line,
        "at": row.at,
        "written": texts.get("at", ""),
        "type": CaseType(intake.type).label if intake else texts.get("type", ""),
        "title": intake.title if intake and intake.title else texts.get("title") or texts.get("content", ""),
        "person": " ".join(texts[code] for code in ("name", "phone", "email") if texts.get(code)),
        "is_anonymous": bool(intake and intake.is_anonymous),
        "later": [(LATER[happened.what], happened.at) for happened in row.later],
        "faults": row.faults,
    }


@never_cache
@staff_page(Permission.CASE_IMPORT)
@require_GET
def import_faults(request: StaffRequest, pk: int) -> FileResponse:
    """The bad rows with their reasons, in the form in which the file came."""
    run = selectors.run_for(request.user, pk)
    stem = Path(run.file_name).stem[:80]
    return _download(
        lambda target: faults.write(run, target, form=run.form), f"{stem}.faults.{run.form}", run.form
    )


def _download(write: Callable[[Path], object], name: str, form: str = "xlsx") -> FileResponse:
    """A file that is made for this answer, and gone with it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"download.{form}"
        write(path)
        file = path.open("rb")
    kind = "text/csv; charset=utf-8" if form == "csv" else XLSX
    return FileResponse(file, as_attachment=True, filename=name, content_type=kind)
