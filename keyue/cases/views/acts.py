"""Acts on a case: each has a form, as a dialog over the page or as a page of its own."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from keyue.cases import acts, selectors
from keyue.cases.acts import REVISED, Act
from keyue.cases.book import Book, face_of
from keyue.cases.links import case_url
from keyue.cases.models import Case
from keyue.cases.sheet import Sheet
from keyue.cases.views._page import crumbs, opened_from, show_faults
from keyue.cases.wording import HINTS, done
from keyue.kernel.errors import Invalid, Refused
from keyue.people.enums import Permission
from keyue.people.guards import staff_page
from keyue.people.http import StaffRequest
from keyue.people.permissions import check
from keyue.promises import actions as promises
from keyue.promises import selectors as owed
from keyue.ui.components import Crumb
from keyue.ui.pages import CONFLICT, MISTAKEN, go, is_fragment, page
from keyue.ui.wording import moment

# fields whose choices stand side by side
SWITCHES = frozenset({"valid", "approve", "severity", "reach", "consequence"})
# what is worth a wider dialog
WIDE = frozenset(
    {"file_plan", "give_eta", "wait", "tell_result", "follow_up", "record_cause", "hold_meeting"}
)
NEWS = 3


@never_cache
@staff_page(Permission.CASE_VIEW)
def act(request: StaffRequest, number: str, code: str) -> HttpResponse:
    """The form of an act, and doing it. A mistake keeps what was typed; so does a change by somebody else (409)."""
    found = acts.act_named(code)
    check(request.user, found.permission)
    case = selectors.case_for(request.user, number)
    if request.method == "POST":
        return _perform(request, case, found)
    initial = {name: request.GET[name] for name in found.form.base_fields if name in request.GET}
    form = found.form(case=case, user=request.user, initial=initial)
    state = promises.state_of(case.subject)
    refusal = found.not_theirs(request.user, case) or (found.refusal(state) if state is not None else None)
    if refusal is None:
        refusal = acts.obstacle(code, request.user, case, owed.promises_of(case.subject))
    return _form(request, case, found, form, refusal=refusal)


def _perform(request: StaffRequest, case: Case, found: Act) -> HttpResponse:
    rev = request.POST.get("rev", "")
    try:
        after = acts.perform(
            request.user,
            case.number,
            found.code,
            request.POST,
            files=request.FILES,
            at=request.at,
            rev=int(rev) if rev.isdecimal() else None,
        )
    except (Invalid, Refused) as error:
        form = found.form(request.POST, request.FILES, case=case, user=request.user)
        show_faults(form, error)
        if isinstance(error, Invalid):
            return _form(request, case, found, form, status=MISTAKEN)
        case = selectors.case_for(request.user, case.number)
        return _form(request, case, found, form, status=CONFLICT, conflict=error.code == "conflict")
    said = f"{done(found.code, after)}{_coming(request, after)}"
    return go(request, opened_from(request, case_url(case.number)), said)


def _coming(request: StaffRequest, case: Case) -> str:
    """What is owed next, so that nobody has to look it up."""
    promise = case.next_promise
    if promise is None or not case.is_open or promise.due is None:
        return ""
    due = moment(promise.due, now=request.at, zone=selectors.moment(request.at).zone, due=True)
    return _("下一步「%(promise)s」%(due)s。") % {"promise": promise.name, "due": due}


def _form(
    request: StaffRequest,
    case: Case,
    found: Act,
    form: forms.Form,
    *,
    refusal: object = None,
    status: int = 200,
    conflict: bool = False,
) -> HttpResponse:
    promise = case.next_promise
    # with a mistake in it, the form is still about what was read then
    typed = request.POST if status == MISTAKEN else {}
    context: dict[str, Any] = {
        "case": case,
        "act": found,
        "form": form,
        "hint": HINTS.get(found.code, ""),
        "refusal": refusal,
        "conflict": _news(request, case) if conflict else None,
        "rev": typed.get("rev", case.rev) if found.code in REVISED else None,
        "read_at": typed.get("read_at", request.at.isoformat()),
        "switches": SWITCHES,
        "wide": found.code in WIDE,
        "has_files": any(isinstance(field, forms.FileField) for field in form.fields.values()),
        "files_lost": bool(request.FILES),
        "back": opened_from(request, case_url(case.number)),
        "asked": selectors.exit_asked(case) if found.code == "decide_exit" else None,
    }
    if promise is not None:
        book = Book(request.at, selectors.moment(request.at).zone)
        book.know([promise])
        control = book.control(promise)
        if control is not None and acts.act_for(control) is found:
            context |= {
                "face": face_of(promise, case),
                "clause": book.tag(promise.regulation, promise.clause, promise.name),
            }
    if is_fragment(request):
        return page(request, "cases/_act_form.html", context, status=status)
    trail = crumbs(Crumb(case.number, case_url(case.number)), Crumb(str(found.label)))
    return page(request, "cases/act.html", context, crumbs=trail, status=status)


def _news(request: StaffRequest, case: Case) -> list[str]:
    """What has been recorded since the form was read, the newest first, for a look before sending again."""
    sheet = Sheet(request.user, case, selectors.moment(request.at))
    since = _instant(request.POST.get("read_at", ""))
    news = [fact for fact in sheet.facts if since is None or fact.recorded_at > since]
    return [
        _("%(name)s：%(what)s") % {"name": sheet.by_name(fact), "what": sheet.told(fact)}
        for fact in reversed(news[-NEWS:])
    ]


def _instant(text: str) -> datetime | None:
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None
