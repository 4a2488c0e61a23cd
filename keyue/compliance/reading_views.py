"""A company's own regulation: upload, what was read of it, what is to run, and the draft."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from keyue.compliance import reading_page as shown
from keyue.compliance.actions import reading_files as actions
from keyue.compliance.enums import READ_FILE_TONES, ReadFileState
from keyue.compliance.models import ReadFile
from keyue.compliance.pages import crumbs
from keyue.compliance.proposing import limit_key
from keyue.compliance.reading_forms import AboutForm, UploadForm
from keyue.compliance.reading_selectors import read_file, read_files
from keyue.kernel.errors import Invalid, KeyueError, Refused
from keyue.people.enums import Permission
from keyue.people.forms import show_faults
from keyue.people.guards import passive, staff_page
from keyue.people.http import StaffRequest, actor_of
from keyue.regulations.durations import written
from keyue.regulations.reader.drafting import About
from keyue.ui.components import Crumb
from keyue.ui.pages import CONFLICT, MISTAKEN, go, is_fragment, page


@never_cache
@require_http_methods(["GET", "POST"])
@staff_page(Permission.REGULATION_EDIT)
def upload(request: StaffRequest) -> HttpResponse:
    """The upload and the files so far; a file that is taken goes on to its own page."""
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data["file"]
        try:
            actions.check_size(sent.size)
            file = actions.take_file(name=sent.name, content=sent.read(), user=request.user, at=request.at)
        except Invalid as error:
            form.add_error("file", str(error))
        else:
            return go(request, reverse("regulations:read_file", args=[file.pk]))
    rows = [(file, READ_FILE_TONES[file.state]) for file in read_files()]
    context = {"form": form, "files": rows}
    status = MISTAKEN if form.errors else 200
    return page(
        request, "compliance/upload.html", context, crumbs=crumbs(Crumb(_("读入制度"))), status=status
    )


@never_cache
@require_http_methods(["GET", "POST"])
@staff_page(Permission.REGULATION_EDIT)
def file_page(request: StaffRequest, pk: int) -> HttpResponse:
    """One file: that it is being read, why it cannot be, or what is proposed and decided."""
    file = read_file(pk)
    if request.method == "POST":
        return _act(request, file)
    return _page(request, file)


@never_cache
@passive
@require_GET
@staff_page(Permission.REGULATION_EDIT)
def file_progress(request: StaffRequest, pk: int) -> HttpResponse:
    """Asked every second while a file is being read."""
    file = read_file(pk)
    if file.state != ReadFileState.WAITING:
        return go(request, reverse("regulations:read_file", args=[file.pk]))
    return page(request, "compliance/reading.html#waiting", {"file": file, "now": request.at})


@never_cache
@require_POST
@staff_page(Permission.REGULATION_EDIT)
def decide(request: StaffRequest, pk: int, key: str) -> HttpResponse:
    """What somebody decided about one proposal; the answer is the proposal as it now stands."""
    file = read_file(pk)
    problem = ""
    try:
        said = _decision(request, file, key)
        file = actions.decide_proposal(file=file, key=key, decision=said, user=request.user)
    except (Invalid, Refused) as error:
        if not file.reading:
            # given up meanwhile: there is nothing left to show
            raise
        problem = str(error)
    if not is_fragment(request):
        if problem:
            return _page(request, file, problem=problem, status=MISTAKEN)
        return go(request, f"{reverse('regulations:read_file', args=[pk])}#{key}")
    owners = shown.owners_for(file)
    rows = shown.rows_of(file, owners)
    context = {
        "file": file,
        "one": rows[key],
        "owners": owners,
        "progress": shown.progress_of(file),
        "problem": problem,
        "typed": request.POST if problem else None,
        "oob": True,
    }
    return page(request, "compliance/reading.html#decided", context, status=MISTAKEN if problem else 200)


def _decision(request: StaffRequest, file: ReadFile, key: str) -> dict[str, Any]:
    one = next((one for one in file.reading.get("suggested_controls", ()) if one["key"] == key), None)
    decision: dict[str, Any] = {"choice": request.POST.get("choice", "")}
    if one is None or decision["choice"] != "take":
        return {**decision, "why": request.POST.get("why", "").strip()[:200]}
    control: dict[str, Any] = {}
    if name := request.POST.get("name", "").strip()[:60]:
        control["name"] = name
    if limit := _limit(request, file, one):
        if one["is_question"] or "question" in one["control"]:
            decision["answer"] = limit
        else:
            control[limit_key(one["control"])] = limit
    return {**decision, "control": control, "who": request.POST.get("who", "")}


def _limit(request: StaffRequest, file: ReadFile, one: Mapping[str, Any]) -> str:
    """The limit that was typed, or one that was kept before and stayed as it was; "" for that of the proposal."""
    limit = request.POST.get("limit", "").strip()
    if limit != request.POST.get("limit_was", ""):
        return written(limit) if limit else ""
    kept = file.decisions.get(one["key"], {})
    before = kept.get("answer") or (kept.get("control") or {}).get(limit_key(one["control"]), "")
    if before or not limit or not one["control"].get("question"):
        return str(before)
    return written(limit)


def _act(request: StaffRequest, file: ReadFile) -> HttpResponse:
    here = reverse("regulations:read_file", args=[file.pk])
    what = request.POST.get("act", "")
    if not file.reading and what != "discard":
        # still to be read, not to be read, or given up meanwhile in another window
        return _page(request, file, problem=_("这个文件现在没有可以处理的内容。"), status=CONFLICT)
    try:
        if what == "discard":
            actions.discard_file(file=file)
            return go(request, reverse("regulations:upload"), _("已放弃《%(name)s》。") % {"name": file.name})
        if what == "correct":
            near = request.POST.get("near", "")
            right = request.POST.get("right", "").strip() or near
            actions.correct_repair(file=file, near=near, right=right, user=request.user)
            return go(request, f"{here}#repairs")
        if what == "take_all":
            taken = actions.decide_all(file=file, keys=_all(file), user=request.user)
            n = shown.progress_of(taken).taken
            return go(request, here, _("已按建议采用，共 %(n)d 项；没有写明时限的仍待回答。") % {"n": n})
    except KeyueError as error:
        return _page(request, file, problem=str(error), status=MISTAKEN)
    return _draft(request, file)


def _all(file: ReadFile) -> dict[str, dict[str, Any]]:
    """Every proposal that nobody has decided about, taken as it is proposed."""
    rows = shown.rows_of(file, shown.owners_for(file))
    return {key: {"choice": "take", "who": row.owner} for key, row in rows.items() if not row.is_decided}


def _draft(request: StaffRequest, file: ReadFile) -> HttpResponse:
    form = AboutForm(request.POST)
    if not form.is_valid():
        return _page(request, file, form=form, status=MISTAKEN)
    data = form.cleaned_data
    about = About(data["title"], data["id"], data["code"], data["keeper"])
    try:
        edition = actions.draft_from_file(file=file, about=about, by=actor_of(request), at=request.at)
    except (Invalid, Refused) as error:
        show_faults(form, error)
        return _page(request, file, form=form, status=MISTAKEN)
    url = reverse("regulations:draft", args=[edition.regulation_id, edition.n])
    return go(request, url, _("已生成草案。请核对条款和控制，再提交审核。"))


def _page(
    request: StaffRequest,
    file: ReadFile,
    *,
    form: AboutForm | None = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {
        "file": file,
        "tone": READ_FILE_TONES[file.state],
        "problem": problem,
        "now": request.at,
        "reading": file.reading,
    }
    if file.reading:
        context |= _read(request, file)
        context["form"] = form or AboutForm(
            initial={
                "title": file.reading["title"],
                "id": shown.proposed_id(file.reading["title"]),
                "keeper": "service_head",
            }
        )
    path = crumbs(Crumb(_("读入制度"), reverse("regulations:upload")), Crumb(file.name))
    return page(request, "compliance/reading.html", context, crumbs=path, status=status)


def _read(request: StaffRequest, file: ReadFile) -> dict[str, Any]:
    owners = shown.owners_for(file)
    rows = shown.rows_of(file, owners)
    progress = shown.progress_of(file)
    asked = request.GET.get("show", "")
    show = (
        asked if asked in (shown.OPEN, shown.DONE, shown.ALL) else shown.OPEN if progress.left else shown.ALL
    )
    paginator = Paginator(shown.units_of(file, rows, show), shown.A_PAGE)
    repairs = [
        {**one, "right": file.corrections.get(one.get("near", ""), {}).get("right", "")}
        for one in file.reading["repairs"]
    ]
    return {
        "owners": owners,
        "progress": progress,
        "show": show,
        "units": paginator.get_page(request.GET.get("page")),
        "repairs": repairs,
        "unsure": sum(1 for one in repairs if not one["certain"] and not one["right"]),
    }
