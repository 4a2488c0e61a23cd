"""The page of one case: its tabs and rail, the title in place, the composer, and looking at what is masked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _t
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from keyue.cases import acts, rail, records, selectors, timeline
from keyue.cases.actions import titles
from keyue.cases.book import face_of, limit_text
from keyue.cases.enums import (
    LEVEL_BARS,
    STAGE_TONES,
    CaseType,
    Category,
    Channel,
    Exit,
    Level,
    Phase,
    Stage,
    Telling,
)
from keyue.cases.links import address, case_url
from keyue.cases.models import Case
from keyue.cases.page_forms import NOTE, Said, SayForm, TitleForm, query_of
from keyue.cases.sheet import Sheet
from keyue.cases.views._page import crumbs, show_faults
from keyue.cases.waits import Clocks
from keyue.cases.wording import done, label
from keyue.customers import actions as customers
from keyue.customers.actions.promising import promise_in_words
from keyue.customers.enums import Purpose, Revealable
from keyue.customers.promised import offers_in, steps_from
from keyue.customers.rules import format_phone
from keyue.kernel.errors import KeyueError, NotFound, Refused
from keyue.people.enums import Permission
from keyue.people.guards import staff_page
from keyue.people.http import StaffRequest, actor_of
from keyue.people.permissions import check
from keyue.ui.components import Crumb, Tab
from keyue.ui.pages import CONFLICT, MISTAKEN, go, is_fragment, page

TABS = {
    "talk": _t("沟通"),
    "plan": _t("处理方案"),
    "evidence": _t("证据"),
    "cause": _t("根因"),
    "ledger": _t("操作记录"),
}
PLANS = ("plan", "result", "minutes")
# a case that waits: the clocks stand still, or they go although it waits
WAITING = {
    Clocks.GO: "%(stage)s",
    Clocks.STAND: _t("%(stage)s · 停表"),
    Clocks.GO_AGAIN: _t("%(stage)s · 等待中，时钟已恢复"),
    Clocks.NEVER_STOOD: _t("%(stage)s · 等待中，时限照常计算"),
}
# as many messages as no telephone shows at once
MANY = 5
# parts of the page that refresh themselves
PARTS = ("head", "tab", "rail")


@never_cache
@require_GET
@staff_page(Permission.CASE_VIEW)
def page_of(request: StaffRequest, number: str) -> HttpResponse:
    """One case; a fragment request gets the part that it names."""
    case = selectors.case_for(request.user, number)
    if case.merged_into_id and request.GET.get("stay") is None:
        target = selectors.cases_by_id([case.merged_into_id]).get(case.merged_into_id)
        context: dict[str, Any] = {"merged_into": target}
    else:
        context = {}
    sheet = Sheet(request.user, case, selectors.moment(request.at))
    part = request.GET.get("part", "")
    if is_fragment(request) and part in PARTS:
        context |= _part(request, sheet, part)
        return page(request, f"cases/_{'tab' if part == 'tab' else part}.html", context)
    return _whole(request, sheet, context | {"say": _say_form(sheet)})


def _whole(request: StaffRequest, sheet: Sheet, context: dict[str, Any], status: int = 200) -> HttpResponse:
    for part in PARTS:
        context |= _part(request, sheet, part)
    case = sheet.case
    kind = Crumb(label(CaseType, case.type), f"{reverse('cases:list')}?{query_of({'type': case.type})}")
    trail = crumbs(kind, Crumb(case.number))
    return page(request, "cases/page.html", context, crumbs=trail, status=status)


def _part(request: StaffRequest, sheet: Sheet, part: str) -> dict[str, Any]:
    """What a part of the page prints; every part knows the case and its tab."""
    tab = request.GET.get("tab", "talk")
    tab = tab if tab in TABS else "talk"
    case = sheet.case
    base: dict[str, Any] = {"case": case, "sheet": sheet, "tab": tab, "url": case_url(case.number)}
    fill: dict[str, Callable[[], dict[str, Any]]] = {
        "head": lambda: _head(sheet, tab),
        "tab": lambda: {**_tab(sheet, tab), "composes": tab == "talk"},
        "rail": lambda: _rail(sheet),
    }
    return base | fill[part]()


def _head(sheet: Sheet, tab: str) -> dict[str, Any]:
    case = sheet.case
    current = sheet.current
    stage = label(Stage, case.stage)
    if case.exit:
        stage = _("%(stage)s · %(exit)s") % {"stage": stage, "exit": label(Exit, case.exit)}
    else:
        stage = str(WAITING[sheet.clocks]) % {"stage": stage}
    files = sum(len(message.attachments.all()) for message in sheet.messages)
    counts = {"talk": len(sheet.messages), "evidence": len(records.proven(sheet)) + files}
    return {
        "stage": stage,
        "stage_tone": "wait" if sheet.clocks == Clocks.STAND else STAGE_TONES[case.stage],
        "current": current,
        "current_face": face_of(current, case) if current else None,
        "current_who": rail.owes(sheet, current) if current else "",
        "level": LEVEL_BARS.get(case.level, 0),
        "level_label": label(Level, case.level),
        "kinds": " / ".join(
            part
            for part in (
                label(CaseType, case.type),
                label(Category, case.category) if case.category else "",
                label(Phase, case.phase) if case.phase else "",
            )
            if part
        ),
        "channel": label(Channel, case.channel),
        "person": sheet.person,
        "purposes": [(purpose.value, str(purpose.label)) for purpose in Purpose],
        "doing": sheet.doing,
        "may_rename": sheet.may_rename,
        "exit_asked_by": sheet.names.person(case.exit_requested_by_id),
        "exit_asked": label(Exit, case.exit_requested) if case.exit_requested and case.is_open else "",
        "tabs": [
            Tab(
                str(text),
                case_url(case.number) if name == "talk" else f"?tab={name}",
                counts.get(name),
                name == tab,
            )
            for name, text in TABS.items()
        ],
    }


def _tab(sheet: Sheet, tab: str) -> dict[str, Any]:
    if tab == "plan":
        return {
            "documents": records.documents(sheet, PLANS),
            "tasks": records.task_lines(sheet),
            "plan_acts": [sheet.link(code) for code in ("file_plan", "give_task") if code in sheet.possible],
        }
    if tab == "evidence":
        return {
            "proven": records.proven(sheet),
            "files": records.files(sheet),
            "unsealed": records.unsealed(sheet),
        }
    if tab == "cause":
        return {
            "documents": records.documents(sheet, ("cause",)),
            "cause_act": sheet.link("record_cause") if "record_cause" in sheet.possible else None,
        }
    if tab == "ledger":
        return {"lines": records.ledger_lines(sheet), "unsealed": records.unsealed(sheet)}
    days = timeline.days(sheet)
    messages = [entry.key for day in days for entry in day.entries if entry.kind != "ev"]
    return {"days": days, "newest": messages[-1] if len(messages) >= MANY else ""}


def _rail(sheet: Sheet) -> dict[str, Any]:
    found = rail.rounds(sheet)
    current = sheet.current
    control = sheet.book.control(current) if current else None
    return {
        "rounds": found,
        "now_round": found[0],
        "old_rounds": found[1:],
        "quoted": sheet.book.quoted(current) if current else None,
        "quoted_tag": sheet.book.tag(current.regulation, current.clause) if current else None,
        "quoted_limit": limit_text(control.limit, sheet.state) if control else "",
        "lead": sheet.names.owner(sheet.state.lead) if sheet.state.lead else "",
        "collaborators": [sheet.names.owner(code) for code in sheet.state.collaborators],
        "may_assign": next((link for link in sheet.doing.head if link.code in {"assign", "reassign"}), None),
        "others": sheet.others,
        "consent_url": address("channels:privacy_version", sheet.case.consent_version)
        if sheet.case.consent_version
        else "",
        "person": sheet.person,
    }


# --- the title, in place ---


@never_cache
@staff_page(Permission.CASE_CLASSIFY)
def title(request: StaffRequest, number: str) -> HttpResponse:
    """The title as a form, and back: Enter saves, Esc restores. Somebody else's change is never written over."""
    case = selectors.case_for(request.user, number)
    if request.method == "POST":
        return _retitle(request, case)
    if is_fragment(request) and request.GET.get("as") == "text":
        return page(request, "cases/_title.html", {"case": case, "may_rename": case.is_open})
    form = TitleForm(initial={"title": case.title, "rev": case.rev})
    return _title_form(request, case, form)


def _retitle(request: StaffRequest, case: Case) -> HttpResponse:
    form = TitleForm(request.POST)
    status = MISTAKEN
    theirs = ""
    if form.is_valid():
        try:
            case = titles.retitle(case.pk, **form.cleaned_data, by=actor_of(request), at=request.at)
        except Refused as error:
            theirs, status = case.title, CONFLICT
            # what was typed stays; sending it again is a decision made knowingly
            form = TitleForm({"title": form.cleaned_data["title"], "rev": case.rev})
            show_faults(form, error)
        except KeyueError as error:
            show_faults(form, error)
        else:
            if is_fragment(request):
                return page(request, "cases/_title.html", {"case": case, "may_rename": True})
            return go(request, case_url(case.number), _("主题已改。"))
    return _title_form(request, case, form, theirs, status)


def _title_form(
    request: StaffRequest, case: Case, form: TitleForm, theirs: str = "", status: int = 200
) -> HttpResponse:
    context = {"case": case, "form": form, "theirs": theirs}
    template = "cases/_title_form.html" if is_fragment(request) else "cases/title_form.html"
    trail = crumbs(Crumb(case.number, case_url(case.number)), Crumb(_("改主题")))
    return page(request, template, context, crumbs=trail, status=status)


# --- the composer ---


def _say_form(sheet: Sheet, data: Any = None, files: Any = None) -> SayForm | None:
    """The composer with the ways that this person has; None where nothing can be said."""
    ways: list[tuple[str, Any]] = []
    if {"reply", "tell_result"} & sheet.possible:
        contact = sheet.contact
        ways = [
            (value, text)
            for value, text in Telling.choices
            if value == Telling.PORTAL
            or (contact is not None and (value != Telling.MAIL or bool(contact.email)))
        ]
    if "note" in sheet.possible:
        ways.append((NOTE, _("内部备注")))
    if not ways:
        return None
    form = SayForm(data, files, initial={"via": ways[0][0]}, auto_id="say_%s")
    form.fields["via"].choices = ways  # type: ignore[attr-defined]
    if "tell_result" not in sheet.possible:
        del form.fields["as_result"]
    return form


@require_POST
@staff_page(Permission.CASE_NOTE, Permission.CASE_TELL_CUSTOMER)
def say(request: StaffRequest, number: str) -> HttpResponse:
    """What was written in the composer, to the customer or to colleagues."""
    case = selectors.case_for(request.user, number)
    when = selectors.moment(request.at)
    sheet = Sheet(request.user, case, when)
    form = _say_form(sheet, request.POST, request.FILES)
    if form is None:
        raise Refused(_("事项已经结束，不能再办理。"))
    status = MISTAKEN
    if form.is_valid():
        said = form.said()
        check(request.user, acts.act_named(said.act).permission)
        try:
            _perform_and_promise(request, case, said)
        except Refused as error:
            status = CONFLICT
            show_faults(form, error)
        except KeyueError as error:
            show_faults(form, error)
        else:
            return _after_saying(request, number, said.act)
    offers = offers_in(request.POST.get("body", ""), request.at, request.POST)
    context = {"say": form, "case": case, "files_lost": bool(request.FILES), "offers": offers}
    if is_fragment(request):
        return page(request, "cases/_composer.html", context, status=status)
    return _whole(request, sheet, context, status)


def _perform_and_promise(request: StaffRequest, case: Case, said: Said) -> None:
    """Say it, and keep what it promises the customer (S1 3.2): both or neither."""
    steps = [] if said.act == NOTE else steps_from(request.POST, request.user, request.at)
    with transaction.atomic():
        acts.perform(request.user, case.number, said.act, said.data, files=request.FILES, at=request.at)
        if steps and case.customer is not None:
            promise_in_words(
                customer=case.customer, steps=steps, said_in=case.subject, by=actor_of(request), at=request.at
            )


def _after_saying(request: StaffRequest, number: str, code: str) -> HttpResponse:
    """A fresh composer, and everything that changed beside it."""
    if not is_fragment(request):
        return go(request, case_url(number), done(code))
    case = selectors.case_for(request.user, number)
    sheet = Sheet(request.user, case, selectors.moment(request.at))
    context: dict[str, Any] = {"say": _say_form(sheet), "said": done(code), "oob": True}
    for part in PARTS:
        context |= _part(request, sheet, part)
    return page(request, "cases/_said.html", context)


# --- what is masked ---


@never_cache
@require_POST
@staff_page(Permission.CUSTOMER_REVEAL)
def reveal(request: StaffRequest, number: str) -> HttpResponse:
    """The contact in the clear, for the purpose that was named; the browser covers it again after 30 seconds."""
    case = selectors.case_for(request.user, number)
    if case.contact is None:
        raise NotFound(_("这个事项没有联系人。"))
    clear = customers.reveal(
        contact=case.contact,
        fields=[field.value for field in Revealable],
        purpose=request.POST.get("purpose", ""),
        by=actor_of(request),
        at=request.at,
    )
    phone = format_phone(clear["phone"]) if clear["phone"] else ""
    context = {
        "value": " · ".join(part for part in (clear["name"], phone, clear["email"]) if part),
        "back": case_url(number),
    }
    if is_fragment(request):
        return page(request, "cases/_revealed.html", context)
    trail = crumbs(Crumb(number, case_url(number)), Crumb(_("联系方式")))
    return page(request, "cases/revealed.html", context, crumbs=trail)
