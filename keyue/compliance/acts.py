"""Answering what a regulation leaves to the company, and adopting a ready one."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from keyue.compliance import answering
from keyue.compliance import edition_words as words
from keyue.compliance.forms import POST, AdoptForm, AnswersForm
from keyue.compliance.pages import crumbs, draft_url
from keyue.kernel.errors import Invalid, NotFound, Refused
from keyue.people.enums import Permission
from keyue.people.forms import show_faults
from keyue.people.guards import staff_page
from keyue.people.http import StaffRequest, actor_of
from keyue.people.permissions import allows
from keyue.promises import selectors as promises
from keyue.regulations import actions, ladder
from keyue.regulations import selectors as regulations
from keyue.regulations.document import Document
from keyue.regulations.models import Edition
from keyue.regulations.selectors import Reading
from keyue.ui import wording
from keyue.ui.components import Crumb
from keyue.ui.pages import CONFLICT, MISTAKEN, go


@require_http_methods(["GET", "POST"])
@staff_page(Permission.REGULATION_ADOPT)
def answers(request: StaffRequest, regulation: str) -> HttpResponse:
    """Every question of a regulation with its answer; type others, see what they change, publish them."""
    newest = regulations.newest_edition(regulation)
    if newest is None:
        raise NotFound(_("没有这项制度，或还没有采用。"))
    reading = regulations.read(newest)
    if request.method != "POST":
        return _shown(request, reading, _form(request, reading, None))
    form = _form(request, reading, request.POST)
    read = str(form["revision"].value() or "")
    if read.isdecimal() and int(read) != newest.n:
        return _overtaken(request, int(read), regulation)
    if not form.is_valid():
        return _shown(request, reading, form, status=MISTAKEN)
    if request.POST.get("act") == "publish" and form.cleaned_data["seen"] == _digest(form, newest):
        return _publish(request, reading, form)
    # the first time, or something was typed after the preview: what is published has been seen
    return _shown(request, reading, form, shows=True)


def _form(request: StaffRequest, reading: Reading, data: QueryDict | None) -> AnswersForm:
    newest = reading.edition
    return AnswersForm(
        data,
        document=reading.document,
        kept=newest.answers,
        at=request.at,
        newest=newest,
        initial={"revision": newest.n},
    )


def _publish(request: StaffRequest, reading: Reading, form: AnswersForm) -> HttpResponse:
    newest = reading.edition
    try:
        edition = actions.answer_questions(
            regulation=newest.regulation_id,
            answers=form.answers,
            effective_from=form.starts,
            revision=newest.n,
            by=actor_of(request),
            at=request.at,
        )
    except Refused as error:
        if error.code == "conflict":
            return _overtaken(request, newest.n, newest.regulation_id)
        form.add_error(None, str(error))
        return _shown(request, reading, form, status=CONFLICT)
    except Invalid as error:
        show_faults(form, error)
        return _shown(request, reading, form, status=MISTAKEN)
    if edition.published_at is None:
        said = _("第 %(n)d 版已送审，通过审批并公告后施行；在此之前仍按第 %(old)d 版。")
        return go(request, draft_url(edition), said % {"n": edition.n, "old": newest.n})
    if edition.n == newest.n:
        return go(request, reverse("regulations:list"), _("没有改动，仍是第 %(n)d 版") % {"n": edition.n})
    return go(request, reverse("regulations:list"), _published(request, edition))


def _overtaken(request: StaffRequest, read: int, regulation: str) -> HttpResponse:
    """Somebody else has published meanwhile: what they changed, and what was typed on top of it. The next press is
    meant."""
    newest = regulations.newest_edition(regulation)
    if newest is None:
        raise NotFound(_("没有这项制度，或还没有采用。"))
    reading = regulations.read(newest)
    data = request.POST.copy()
    data["revision"] = str(newest.n)
    form = _form(request, reading, data)
    is_good = form.is_valid()
    form.add_error(None, _("您修改期间，已有人发布了第 %(n)d 版。您写的都还在，没有发布。") % {"n": newest.n})
    before = next(
        (e for e, _state in regulations.editions_of(regulation, at=request.at) if e.n == read), None
    )
    theirs = {
        "edition": newest,
        "by": words.doer_name(newest.published_by),
        "lines": answering.changes(
            reading.document, regulation, before.answers if before else {}, newest.answers
        ),
    }
    return _shown(request, reading, form, shows=is_good, theirs=theirs, status=CONFLICT)


def _shown(
    request: StaffRequest,
    reading: Reading,
    form: AnswersForm,
    *,
    shows: bool = False,
    theirs: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    newest = reading.edition
    # what is announced only has no page yet
    runs = regulations.edition_in_force(newest.regulation_id, at=request.at) is not None
    page = reverse("regulations:page", args=[reading.document.id]) if runs else ""
    context: dict[str, Any] = {
        "form": form,
        "document": reading.document,
        "edition": newest,
        "is_announced": newest.effective_from is not None and newest.effective_from > request.at,
        "page": page,
        "rows": form.questions,
        "unanswered": sum(not row.asked.is_answered for row in form.questions),
        "theirs": theirs,
        "is_reviewed": ladder.needs_review(newest, request.at),
        "seen": "",
        "crumbs": crumbs(Crumb(reading.document.title, page), Crumb(_("期限的回答"))),
    }
    if shows:
        context["changes"] = answering.changes(
            reading.document, newest.regulation_id, newest.answers, form.answers
        )
        context["starts"] = form.cleaned_data.get("effective_from")
        context["seen"] = _digest(form, newest)
    return render(request, "compliance/regulation_answers.html", context, status=status)


def _digest(form: AnswersForm, newest: Edition) -> str:
    start = form.cleaned_data.get("effective_from")
    return answering.digest(form.answers, start.isoformat() if start else "", newest.n)


# --- adopting -------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@staff_page(Permission.REGULATION_ADOPT)
def adopt(request: StaffRequest) -> HttpResponse:
    """The ready regulations that the company has not adopted; adopt one, with its answers and its posts."""
    if request.method != "POST":
        return _packs(request, request.GET.get("pack", ""))
    document = regulations.pack_to_adopt(request.POST.get("pack", ""))
    form = _adoption(request, document, request.POST)
    if not form.is_valid():
        return _packs(request, document.id, form, status=MISTAKEN)
    try:
        edition = actions.adopt_ready(
            document=document,
            effective_from=form.starts,
            answers={key: value for key, value in form.answers.items() if value is not None},
            holders=form.holders,
            audience=form.audience,
            by=actor_of(request),
            at=request.at,
        )
    except Invalid as error:
        posts = {name.removeprefix(POST) for name in form.fields if name.startswith(POST)}
        error.fields = {POST + name if name in posts else name: said for name, said in error.fields.items()}
        show_faults(form, error)
        return _packs(request, document.id, form, status=MISTAKEN)
    except Refused as error:
        # somebody else has adopted it meanwhile: what is left to choose
        return _packs(request, refused=str(error), status=error.status)
    return go(request, reverse("regulations:list"), _published(request, edition))


def _adoption(request: StaffRequest, document: Document, data: QueryDict | None = None) -> AdoptForm:
    return AdoptForm(
        data,
        document=document,
        kept={},
        at=request.at,
        posts=regulations.posts_named(document, request.at),
        prefix=document.id,
    )


def _packs(
    request: StaffRequest,
    chosen: str = "",
    sent: AdoptForm | None = None,
    *,
    refused: str = "",
    status: int = 200,
) -> HttpResponse:
    """The ready regulations to choose from, or the one that was chosen."""
    waiting = {document.id: document for document in regulations.packs_to_adopt()}
    if chosen and chosen not in waiting:
        raise NotFound(_("没有这项现成的制度，或已经采用。"))
    form = sent or (_adoption(request, waiting[chosen]) if chosen else None)
    context = {
        "card": {"document": form.document, "form": form, "rows": form.questions} if form else None,
        "packs": [] if form else [_pack(document) for document in waiting.values()],
        "refused": refused,
        "may_see_posts": allows(request.user, Permission.REGULATION_EDIT),
        "crumbs": crumbs(Crumb(_("采用制度"))),
    }
    return render(request, "compliance/regulation_adopt.html", context, status=status)


def _pack(document: Document) -> dict[str, Any]:
    """A ready regulation in a line: what of it would run, what it asks, what waits for a later part."""
    controls = document.controls()
    return {
        "document": document,
        "clauses": len(document.clauses),
        "runs": sum(control.runs for control in controls),
        "asks": len(document.questions()),
        "waits": sum(bool(control.awaits) for control in controls),
    }


# --- afterwards -----------------------------------------------------------------------------------------------------


def _published(request: StaffRequest, edition: Edition) -> str:
    start = edition.effective_from
    said = _("《%(title)s》第 %(n)d 版已发布并施行")
    when = ""
    if start is not None and start > request.at:
        said = _("《%(title)s》第 %(n)d 版已发布，%(when)s 起施行")
        when = wording.moment(start, now=request.at, zone=promises.zone())
    asked = words.asked_to_read(edition, request.at)
    return said % {"title": edition.title, "n": edition.n, "when": when} + (_("，") + asked if asked else "")
