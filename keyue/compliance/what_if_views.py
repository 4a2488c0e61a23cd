"""What if: asking for a replay, its progress and its figures, on a page of its own and on the card of a clause."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from keyue.compliance import actions, what_if
from keyue.compliance.control_words import limit_words
from keyue.compliance.edition_access import makes
from keyue.compliance.enums import WHAT_IF_TONES, WhatIfState
from keyue.compliance.models import WhatIf
from keyue.compliance.what_if import Changes
from keyue.compliance.what_if_figures import Figures, figures_of
from keyue.compliance.what_if_forms import WhatIfForm, recent
from keyue.compliance.what_if_words import choices_of, hours_words, values_of
from keyue.kernel.errors import Invalid, KeyueError, NotFound, Refused
from keyue.people.enums import Permission
from keyue.people.forms import show_faults
from keyue.people.guards import passive, staff_page
from keyue.people.http import StaffRequest, actor_of
from keyue.people.permissions import allows
from keyue.regulations import selectors as regulations
from keyue.regulations.enums import EditionState
from keyue.regulations.selectors import Reading
from keyue.ui.addresses import address
from keyue.ui.components import Crumb

CONFLICT, MISTAKEN, SEE_OTHER = 409, 422, 303
SHOWN = 10
DRAFTS = frozenset(
    {EditionState.DRAFTED, EditionState.SUBMITTED, EditionState.APPROVED, EditionState.ANNOUNCED}
)
CARD = "what-if"


@never_cache
@require_http_methods(["GET", "POST"])
@staff_page(Permission.REGULATION_VIEW)
def what_if_page(request: StaffRequest, regulation: str) -> HttpResponse:
    """The form, and the replays so far; what is asked goes on to its own page, on a card it stays there."""
    reading = _reading(request, regulation)
    if request.method == "POST" and request.POST.get("key"):
        return _from_card(request, reading)
    drafts = [
        edition
        for edition, state in regulations.editions_of(regulation, at=request.at)
        if EditionState(state) in DRAFTS and (edition.published_at is not None or makes(request.user))
    ]
    data = request.POST if request.method == "POST" else None
    initial = {key: value for key, value in request.GET.items() if "." in key or key == "edition"}
    form = WhatIfForm(data, reading=reading, editions=drafts, at=request.at, initial=initial)
    status = 200
    if request.method == "POST":
        if form.is_valid():
            try:
                asked = actions.ask_what_if(
                    regulation=regulation,
                    changes=form.changes,
                    since=form.since,
                    until=form.until,
                    user=request.user,
                    by=actor_of(request),
                    at=request.at,
                )
                return _go(request, _address(asked))
            except (Invalid, Refused) as error:
                show_faults(form, error) if isinstance(error, Invalid) else form.add_error(None, str(error))
                status = CONFLICT if isinstance(error, Refused) else MISTAKEN
        else:
            status = MISTAKEN
    rows = what_if.what_ifs_for(request.user, regulation)[:SHOWN]
    context = {
        "form": form,
        "reading": reading,
        "document": reading.document,
        "runs": [(row, WHAT_IF_TONES[row.state], said_of(row)) for row in rows],
        "crumbs": _crumbs(reading.document.title, regulation),
    }
    return render(request, "compliance/what_if.html", context, status=status)


def _from_card(request: StaffRequest, reading: Reading) -> HttpResponse:
    """A limit of one clause, for the last 90 days."""
    key = request.POST["key"]
    typed = request.POST.get("value") or request.POST.get("typed", "")
    since, until = recent(request.at)
    try:
        changes = Changes(values_of({key: typed.strip()}))
        if not changes.values:
            raise Invalid(_("请写改成多长时间，如 12 小时。"), fields={})
        asked = actions.ask_what_if(
            regulation=reading.document.id,
            changes=changes,
            since=since,
            until=until,
            user=request.user,
            by=actor_of(request),
            at=request.at,
            reuse=True,
        )
    except (Invalid, Refused) as error:
        if not _on_card(request):
            messages.error(request, _sentence(error))
            return _go(request, reverse("regulations:what_if", args=[reading.document.id]))
        return _card(request, reading, key, problem=_sentence(error), typed=typed)
    if not _on_card(request):
        return _go(request, _address(asked))
    return _card(request, reading, key, asked)


def _sentence(error: KeyueError) -> str:
    fields = error.fields if isinstance(error, Invalid) else {}
    return next((str(said) for said in fields.values()), str(error))


@never_cache
@passive
@require_GET
@staff_page(Permission.REGULATION_VIEW)
def what_if_run(request: StaffRequest, regulation: str, pk: int) -> HttpResponse:
    """How far a replay has come, then its figures; the page and the card ask for it every second until then."""
    run = what_if.what_if_for(request.user, regulation, pk)
    if _on_card(request):
        return _card(request, regulations.read(run.edition), request.GET.get("key", ""), run)
    is_fragment = bool(request.htmx) and not request.htmx.boosted
    if is_fragment and run.state != WhatIfState.RUNNING:
        return HttpResponseClientRedirect(_address(run))
    context = {
        **_run_context(request, run),
        "crumbs": [
            *_crumbs(regulations.read(run.edition).document.title, regulation)[:-1],
            Crumb(_("推演"), reverse("regulations:what_if", args=[regulation])),
            Crumb(_("第 %(n)d 次推演") % {"n": run.pk}),
        ],
    }
    answer = render(request, "compliance/what_if_run.html" + ("#progress" if is_fragment else ""), context)
    patch_vary_headers(answer, ["HX-Request"])
    return answer


@require_POST
@staff_page(Permission.REGULATION_VIEW)
def what_if_cancel(request: StaffRequest, regulation: str, pk: int) -> HttpResponse:
    """Stop a replay; what was derived until then is thrown away with it."""
    run = what_if.what_if_for(request.user, regulation, pk)
    try:
        run = actions.cancel_what_if(what_if=run, user=request.user, by=actor_of(request), at=request.at)
    except Refused as error:
        messages.error(request, str(error))
    if _on_card(request):
        return _card(request, regulations.read(run.edition), request.POST.get("key", ""))
    return _go(request, _address(run))


@require_POST
@staff_page(Permission.REGULATION_EDIT)
def what_if_draft(request: StaffRequest, regulation: str, pk: int) -> HttpResponse:
    """A draft of the next edition with the values that were tried."""
    run = what_if.what_if_for(request.user, regulation, pk)
    try:
        edition = actions.draft_from_what_if(what_if=run, by=actor_of(request), at=request.at)
    except (Invalid, Refused) as error:
        messages.error(request, _sentence(error))
        return _go(request, _address(run))
    said = _("已起草第 %(n)d 版，还没有施行；批准、发布以后才管新起算的约定。正文里的字句请照改。")
    messages.success(request, said % {"n": edition.n})
    return _go(request, address("regulations:draft", regulation, edition.n) or _address(run))


# --- what is shown ----------------------------------------------------------------------------------------------


def _run_context(request: StaffRequest, run: WhatIf) -> dict[str, Any]:
    figures: Figures | None = None
    problem = run.problem
    if run.state == WhatIfState.DONE:
        try:
            figures = figures_of(request.user, run)
        except Invalid as error:
            problem = str(error)
    is_running = run.state == WhatIfState.RUNNING
    changes = Changes.from_json(run.changes)
    return {
        "run": run,
        "document": regulations.read(run.edition).document,
        "tone": WHAT_IF_TONES[run.state],
        "is_running": is_running,
        "percent": 100 * run.done / run.total if run.total else 0.0,
        "figures": figures,
        "problem": problem,
        "said": said_of(run),
        "may_cancel": is_running
        and (run.asked_by_id == request.user.pk or allows(request.user, Permission.REGULATION_ADOPT)),
        "may_draft": run.state == WhatIfState.DONE
        and bool(changes.values or changes.text)
        and allows(request.user, Permission.REGULATION_EDIT),
        "calendar_only": bool(changes.calendar) and not changes.values,
        "is_current": regulations.newest_edition(run.regulation_id) == run.edition,
    }


def said_of(run: WhatIf) -> list[str]:
    """What a replay changes, a line each: `提交方案 4.3.1：24 小时 → 12 小时`."""
    changes = Changes.from_json(run.changes)
    said = []
    if changes.edition is not None:
        said.append(_("整份改为第 %(n)d 版") % {"n": changes.edition})
    if changes.text:
        said.append(_("整份改为所附的原文"))
    try:
        sides = what_if.sides_of(run.edition, changes)
    except KeyueError as error:
        return [*said, str(error)]
    for identity in dict.fromkeys(key.partition(".")[0] for key in changes.values):
        before, after = sides.control(identity)
        if after is None:
            continue
        words = {"name": after.name, "clause": after.clause}
        was, comes = (limit_words(c) if c is not None else "—" for c in (before, after))
        if was != comes:
            pattern = _("%(name)s %(clause)s：%(before)s → %(after)s")
            said.append(pattern % {**words, "before": was, "after": comes})
        if before is not None and before.owner != after.owner:
            said.append(_("%(name)s %(clause)s：换责任方") % words)
    if changes.calendar is not None:
        hours = hours_words(changes.calendar)
        said.append(_("工作时间改为「%(hours)s」") % {"hours": hours} if hours else _("工作时间另算"))
    return said


def _card(
    request: StaffRequest,
    reading: Reading,
    key: str,
    run: WhatIf | None = None,
    *,
    problem: str = "",
    typed: str = "",
) -> HttpResponse:
    """The card of a clause, with the one of its limits that is tried."""
    identity = key.partition(".")[0]
    control = next((control for control in reading.controls if control.id == identity), None)
    if control is None:
        raise NotFound(_("没有这个控制：%(names)s") % {"names": identity})
    beside = [one for one in reading.controls if one.clause == control.clause]
    values = Changes.from_json(run.changes).values if run is not None else {}
    context = {
        "document": reading.document,
        "choices": choices_of(beside, dict(values)),
        "key": key,
        "typed": typed,
        "card_problem": problem,
    }
    if run is not None:
        context |= _run_context(request, run)
    return render(request, "compliance/_what_if_card.html", context)


def _on_card(request: StaffRequest) -> bool:
    return bool(request.htmx) and request.htmx.target == CARD


def _reading(request: StaffRequest, regulation: str) -> Reading:
    edition = regulations.edition_in_force(regulation, at=request.at)
    if edition is None:
        raise NotFound(_("没有这项制度，或还没有生效。"))
    return regulations.read(edition)


def _address(run: WhatIf) -> str:
    return reverse("regulations:what_if_run", args=[run.regulation_id, run.pk])


def _crumbs(title: str, regulation: str) -> list[Crumb]:
    return [
        Crumb(pgettext("列表", "制度"), reverse("regulations:list")),
        Crumb(title, reverse("regulations:page", args=[regulation])),
        Crumb(_("推演")),
    ]


def _go(request: StaffRequest, url: str) -> HttpResponse:
    if request.htmx and not request.htmx.boosted:
        return HttpResponseClientRedirect(url)
    answer = HttpResponseRedirect(url)
    answer.status_code = SEE_OTHER
    return answer
