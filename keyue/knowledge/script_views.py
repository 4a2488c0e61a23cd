"""Pages of canned answers and troubleshooting trees: lists, writing, approval, walking a tree, and what the composers offer."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from keyue.kernel.errors import Invalid, NotFound
from keyue.knowledge import actions, placeholders, script_sheets, scripts, selectors, speech, trees
from keyue.knowledge.act_pages import Act, Place, act_page
from keyue.knowledge.enums import EditionState, ScriptKind, ScriptState
from keyue.knowledge.forms import Form, NothingForm, ReturnForm
from keyue.knowledge.models import Script, ScriptEdition
from keyue.knowledge.script_forms import ForbiddenForm, LineForm, ScriptForm, SheetForm
from keyue.knowledge.views import crumbs
from keyue.people import selectors as people
from keyue.people.enums import Permission
from keyue.people.guards import staff_page
from keyue.people.http import StaffRequest, actor_of
from keyue.people.permissions import allows, check
from keyue.ui.components import Crumb
from keyue.ui.pages import MISTAKEN, go, is_fragment, page
from keyue.ui.uploads import uploads_from

VIEW, EDIT, APPROVE = Permission.ARTICLE_VIEW, Permission.ARTICLE_EDIT, Permission.ARTICLE_APPROVE
SHOWS: dict[str, Promise] = {
    "": gettext_lazy("未停用的"),
    "submitted": gettext_lazy("待批准"),
    "withdrawn": gettext_lazy("已停用"),
}


ACTS: dict[str, Act] = {
    act.code: act
    for act in (
        Act(
            "approve",
            gettext_lazy("批准使用"),
            APPROVE,
            NothingForm,
            actions.approve_script,
            gettext_lazy("已批准，马上能用。"),
        ),
        Act(
            "return",
            gettext_lazy("退回修改"),
            APPROVE,
            ReturnForm,
            actions.return_script,
            gettext_lazy("已退回修改。"),
        ),
        Act(
            "submit",
            gettext_lazy("送审"),
            EDIT,
            NothingForm,
            actions.submit_script,
            gettext_lazy("已送审，等另一位同事批准。"),
            gettext_lazy("送审后不能再改，要改请先退回。"),
        ),
        Act(
            "withdraw",
            gettext_lazy("停用"),
            EDIT,
            NothingForm,
            actions.withdraw_script,
            gettext_lazy("已停用。"),
            gettext_lazy("停用后谁也不能再用它发出；短代码可以给别的话术。"),
            is_danger=True,
        ),
    )
}


def _kind(kind: str) -> ScriptKind:
    if kind not in ScriptKind.values:
        raise NotFound(_("没有这一类。"))
    return ScriptKind(kind)


def _trail(kind: str, *last: Crumb) -> list[Crumb]:
    label = str(ScriptKind(kind).label)
    return crumbs(Crumb(label, reverse("knowledge:scripts", args=[kind])), *last)


@never_cache
@require_safe
@staff_page(VIEW)
def script_list(request: StaffRequest, kind: str) -> HttpResponse:
    """Canned answers or trees, by code."""
    which, show = _kind(kind), request.GET.get("show", "")
    text = request.GET.get("q", "").strip()[:60]
    context = {
        "kind": which,
        "rows": scripts.script_rows(request.user, kind=which, text=text, show=show),
        "text": text,
        "show": show,
        "tabs": [{"code": c, "label": label, "is_current": c == show} for c, label in SHOWS.items()],
        "may_edit": allows(request.user, EDIT),
        "may_approve": allows(request.user, APPROVE),
    }
    return page(request, "knowledge/scripts.html", context, crumbs=crumbs(Crumb(str(which.label))))


@never_cache
@require_safe
@staff_page(VIEW)
def script_page(request: StaffRequest, pk: int) -> HttpResponse:
    """A script as the edition in use says it, with the one that is being written."""
    script = scripts.script_for(request.user, pk)
    editions = scripts.editions_of(request.user, script)
    shown = scripts.shown_edition(editions)
    newest = editions[0]
    signatures = {one.approved_by for one in editions} | {one.changed_by for one in editions}
    names = people.names_of(int(s.split(":")[1]) for s in signatures if s.startswith("staff:"))
    known = dict(speech.ways())
    context = {
        "script": script,
        "edition": shown,
        "newest": newest,
        "lines": _lines(script, shown),
        "new_lines": _lines(script, newest) if newest.pk != shown.pk else [],
        "editions": [
            {
                "row": one,
                "author": names.get(_person(one.changed_by), ""),
                "approver": names.get(_person(one.approved_by), ""),
            }
            for one in editions
        ],
        "department": people.owner_names([script.department]).get(script.department, ""),
        "ways": [known.get(way, way) for way in script.ways],
        "acts": _possible(request, script, newest),
        "may_edit": _may_edit(request, script, newest),
        "may_walk": script.kind == ScriptKind.TREE and shown.state == EditionState.PUBLISHED,
    }
    return page(request, "knowledge/script.html", context, crumbs=_trail(script.kind, Crumb(script.code)))


def _person(signature: str) -> int:
    kind, _colon, pk = signature.partition(":")
    return int(pk) if kind == "staff" else 0


def _lines(script: Script, edition: ScriptEdition) -> list[dict[str, Any]]:
    """A tree for a page: each line with its depth and what it is; nothing for a canned answer."""
    if script.kind != ScriptKind.TREE:
        return []
    return [
        {"depth": depth, "kind": kind, "text": node.text}
        for depth, kind, node in trees.flattened(trees.read(edition.body))
    ]


def _may_edit(request: StaffRequest, script: Script, newest: ScriptEdition) -> bool:
    is_going = script.state != ScriptState.WITHDRAWN and newest.state != EditionState.SUBMITTED
    return is_going and allows(request.user, EDIT)


def _possible(request: StaffRequest, script: Script, newest: ScriptEdition) -> list[Act]:
    """What the reader may do with it as it stands; the first is what comes next."""
    if script.state == ScriptState.WITHDRAWN:
        return []
    waits = newest.state == EditionState.SUBMITTED
    own = f"staff:{request.user.pk}" in newest.authors
    can = {
        "approve": waits and not own,
        "return": waits,
        "submit": newest.state == EditionState.DRAFT,
        "withdraw": script.owner_id == request.user.pk or allows(request.user, APPROVE),
    }
    return [ACTS[code] for code, may in can.items() if may and allows(request.user, ACTS[code].permission)]


# ── writing ───────────────────────────────────────────────────────────────────────────────────────────────────


@never_cache
@staff_page(EDIT)
def script_new(request: StaffRequest, kind: str) -> HttpResponse:
    """Write a canned answer or a tree."""
    which = _kind(kind)
    form = ScriptForm(request.POST if request.method == "POST" else None, kind=which)
    return _edit(request, form, None, which)


@never_cache
@staff_page(EDIT)
def script_import(request: StaffRequest) -> HttpResponse:
    """Canned answers from a sheet: all of them wait for approval afterwards, or none is there."""
    posted = request.method == "POST"
    form = SheetForm(request.POST, request.FILES) if posted else SheetForm()
    if posted and form.is_valid():
        try:
            [upload] = uploads_from([form.cleaned_data["sheet"]])
            departments = {one.name: one.code for one in people.working_departments()}
            made = actions.import_scripts(
                texts=script_sheets.texts_of(upload, departments),
                owner=request.user,
                by=actor_of(request),
                at=request.at,
            )
            said = ngettext("导入了 %(n)d 条，等批准。", "导入了 %(n)d 条，等批准。", len(made)) % {
                "n": len(made)
            }
            return go(request, f"{reverse('knowledge:scripts', args=['canned'])}?show=submitted", said)
        except Invalid as error:
            form.take(error.fields or {"": str(error)})
    trail = _trail("canned", Crumb(_("从表格导入")))
    context = {"form": form, "back": reverse("knowledge:scripts", args=["canned"])}
    return page(
        request, "knowledge/script_import.html", context, crumbs=trail, status=MISTAKEN if posted else 200
    )


@never_cache
@staff_page(EDIT)
def script_edit(request: StaffRequest, pk: int) -> HttpResponse:
    """Change the edition that is being written, or write the next one."""
    script = scripts.script_for(request.user, pk)
    newest = scripts.editions_of(request.user, script)[0]
    if request.method == "POST":
        form = ScriptForm(request.POST, kind=script.kind)
    else:
        form = ScriptForm(initial=ScriptForm.initial_of(newest), kind=script.kind)
    return _edit(request, form, script, ScriptKind(script.kind))


def _edit(request: StaffRequest, form: ScriptForm, script: Script | None, kind: ScriptKind) -> HttpResponse:
    status, preview, act = 200, list[dict[str, Any]](), request.POST.get("act", "save")
    if request.method == "POST":
        status = MISTAKEN
        if form.is_valid():
            try:
                if act == "preview":
                    preview, status = _preview(kind, form.cleaned_data["body"]), 200
                else:
                    return _saved(request, form, script, submit=act == "submit")
            except Invalid as error:
                form.take(error.fields or {"": str(error)})
    fresh = _("写排查流程") if kind == ScriptKind.TREE else _("写话术")
    title = _("修改「%(code)s」") % {"code": script.code} if script else fresh
    back = (
        reverse("knowledge:script", args=[script.pk]) if script else reverse("knowledge:scripts", args=[kind])
    )
    context = {"form": form, "title": title, "script": script, "kind": kind, "back": back, "preview": preview}
    return page(
        request, "knowledge/script_edit.html", context, crumbs=_trail(kind, Crumb(title)), status=status
    )


def _preview(kind: ScriptKind, body: str) -> list[dict[str, Any]]:
    if kind != ScriptKind.TREE:
        return [{"depth": 0, "kind": "text", "text": body}]
    return [
        {"depth": depth, "kind": what, "text": node.text}
        for depth, what, node in trees.flattened(trees.read(body))
    ]


def _saved(request: StaffRequest, form: ScriptForm, script: Script | None, *, submit: bool) -> HttpResponse:
    by, at, text = actor_of(request), request.at, form.text()
    if script is None:
        script = actions.draft_script(text=text, owner=request.user, by=by, at=at)
    else:
        revision = request.POST.get("revision", "")
        held = int(revision) if revision.isdecimal() and len(revision) < 9 else None
        actions.revise_script(script=script, text=text, revision=held, by=by, at=at)
    if submit:
        actions.submit_script(script=script, by=by, at=at)
    said = _("已送审，等另一位同事批准。") if submit else _("草稿已保存。")
    return go(request, reverse("knowledge:script", args=[script.pk]), said)


@never_cache
@staff_page(EDIT, APPROVE)
def script_act(request: StaffRequest, pk: int, code: str) -> HttpResponse:
    """Submit, approve, return or withdraw a script."""
    if code not in ACTS:
        raise NotFound(_("没有这个操作。"))
    act = ACTS[code]
    check(request.user, act.permission)
    script = scripts.script_for(request.user, pk)
    if code == "withdraw" and script.owner_id != request.user.pk:
        check(request.user, APPROVE)
    url, back = reverse("knowledge:script_act", args=[pk, code]), reverse("knowledge:script", args=[pk])
    trail = _trail(script.kind, Crumb(script.code, back), Crumb(str(act.label)))
    return act_page(request, act, Place(url, back, script.code, trail), script=script)


# ── using ─────────────────────────────────────────────────────────────────────────────────────────────────────


@never_cache
@require_safe
@staff_page(VIEW)
def canned(request: StaffRequest) -> HttpResponse:
    """Canned answers for a composer: `q` a part of a word, pinyin or the code; `way` the channel's kind; `about` and `number`
    the thing that placeholders speak of (`case` and its number, `conversation` and its id)."""
    text, way = request.GET.get("q", "")[:60], request.GET.get("way", "")[:12]
    about, number = request.GET.get("about", "")[:20], request.GET.get("number", "")[:30]
    values = speech.values_about(request.user, about, number)
    rows = [
        {"edition": one, "text": placeholders.fill(one.body, values)}
        for one in scripts.offered(request.user, text=text, way=way)
    ]
    template = "knowledge/canned.html" + ("#offered" if is_fragment(request) else "")
    return page(request, template, {"text": text, "rows": rows}, crumbs=_trail("canned", Crumb(_("查话术"))))


@never_cache
@require_safe
@staff_page(VIEW)
def walk(request: StaffRequest, pk: int) -> HttpResponse:
    """Walk a tree by itself: nothing of it is kept. In a case it is walked on the case's page, and the steps are."""
    edition = scripts.tree_for(request.user, pk)
    place = trees.walked(trees.read(edition.body), request.GET.get("path", ""))
    context = {**walking(request, edition, place), "base": request.path}
    return page(request, "knowledge/walk.html", context, crumbs=_trail("tree", Crumb(edition.title)))


def walking(request: StaffRequest, edition: ScriptEdition, place: trees.Place) -> dict[str, Any]:
    """What the template of a place in a tree prints."""
    return {
        "edition": edition,
        "place": place,
        "choices": choices_of(place),
        "articles": articles_of(request, place),
        "before": place.path.rpartition(".")[0],
    }


def choices_of(place: trees.Place) -> list[dict[str, Any]]:
    """The choices of a place, each with the path that it leads to and the key that takes it."""
    return [
        {"text": choice.said, "path": f"{place.path}.{n}" if place.path else str(n), "key": str(n + 1)}
        for n, choice in enumerate(place.node.children)
    ]


def articles_of(request: StaffRequest, place: trees.Place) -> list[dict[str, str]]:
    """The articles that an outcome names and the reader may read."""
    found = selectors.articles_by_number(request.user, place.node.articles)
    return [
        {"number": row.number, "title": title, "url": reverse("knowledge:article", args=[row.pk])}
        for row, title in found
    ]


# ── what messages must and must not hold ──────────────────────────────────────────────────────────────────────


@never_cache
@staff_page(APPROVE)
def speech_rules(request: StaffRequest) -> HttpResponse:
    """Forbidden words, and the lines that messages must carry."""
    act, posted = request.POST.get("act", ""), request.method == "POST"
    words = ForbiddenForm(
        request.POST if act == "words" else None, initial={"forbidden": selectors.forbidden_words()}
    )
    line = LineForm(request.POST if act == "line" else None)
    form: Form = line if act == "line" else words
    if posted and form.is_valid():
        by, at = actor_of(request), request.at
        try:
            if form is line:
                actions.add_line(**line.cleaned_data, by=by, at=at)
            else:
                actions.forbid_words(**words.cleaned_data, by=by, at=at)
            return go(request, reverse("knowledge:speech"), _("已保存，马上生效。"))
        except Invalid as error:
            form.take(error.fields or {"": str(error)})
    known = dict(speech.ways())
    context = {
        "words": words,
        "line": line,
        "lines": [
            {"row": one, "ways": [known.get(way, way) for way in one.ways]}
            for one in selectors.required_lines()
        ],
    }
    return page(
        request,
        "knowledge/speech.html",
        context,
        crumbs=_trail("canned", Crumb(_("对客用语规则"))),
        status=MISTAKEN if posted else 200,
    )


@never_cache
@require_POST
@staff_page(APPROVE)
def end_line(request: StaffRequest, pk: int) -> HttpResponse:
    """Let messages do without a line again."""
    actions.end_line(line=selectors.required_line(pk), by=actor_of(request), at=request.at)
    return go(request, reverse("knowledge:speech"), _("已停用这条语句。"))
