"""Registration by staff: one screen, while the customer is on the telephone."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import uuid4

from django.db import IntegrityError
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from keyue.cases import selectors
from keyue.cases.actions.intake import Intake, Registered, register
from keyue.cases.codes import code_of, code_opens
from keyue.cases.links import case_url
from keyue.cases.page_forms import IntakeForm
from keyue.cases.views._page import crumbs, show_faults
from keyue.customers import lists as customers
from keyue.customers import selectors as archive
from keyue.customers.cards import CustomerCard
from keyue.customers.models import Customer
from keyue.customers.regions import region_names
from keyue.kernel.errors import Invalid, KeyueError, NotFound
from keyue.people.enums import Permission
from keyue.people.guards import staff_page
from keyue.people.http import StaffRequest, actor_of
from keyue.people.permissions import allows
from keyue.ui.components import Crumb
from keyue.ui.pages import MISTAKEN, page
from keyue.ui.wording import moment

TYPE_ICONS = "case note flag star chat care shield"
SHORTEST = 5
ONCE = re.compile(r"[0-9a-f]{32}")


@never_cache
@staff_page(Permission.CASE_REGISTER)
def new(request: StaffRequest) -> HttpResponse:
    """The form; once it is saved, the number and the code to read out."""
    known = _known_customer(request)
    form = IntakeForm(request.POST, request.FILES) if request.method == "POST" else IntakeForm()
    if request.method == "POST" and form.is_valid():
        made = _register(request, form, known)
        if made is not None:
            return _registered(request, made)
    context = {
        "form": form,
        "regions": region_names(),
        "icons": TYPE_ICONS,
        "files_lost": bool(request.FILES),
        "back": reverse("cases:list"),
        "once": _once(request),
        "known": known.card if known else None,
        "contact": request.POST.get("contact", ""),
    }
    status = MISTAKEN if form.errors else 200
    return page(request, "cases/new.html", context, crumbs=crumbs(Crumb(_("登记反馈"))), status=status)


@dataclass(frozen=True, slots=True)
class _Known:
    """The customer whose page this form was opened from."""

    customer: Customer
    card: CustomerCard


def _known_customer(request: StaffRequest) -> _Known | None:
    number = request.GET.get("customer", "")
    if not number:
        return None
    customer = archive.customer_for(request.user, number)
    return _Known(customer, archive.customer_card(customer.pk))


def _from_known(request: StaffRequest, intake: Intake, known: _Known | None) -> Intake:
    """What was typed, as coming from a customer who is on file, and from that contact of theirs."""
    if known is None or intake.is_anonymous:
        return intake
    chosen = request.POST.get("contact", "")
    contact = archive.contact_for(request.user, int(chosen)) if chosen.isdecimal() else None
    if contact is not None and contact.pk not in {one.id for one in known.card.contacts}:
        raise NotFound(_("没有这个联系人，或您看不到该客户。"))
    return replace(intake, customer=known.customer, contact=contact)


def _register(request: StaffRequest, form: IntakeForm, known: _Known | None) -> Registered | None:
    """Register what was typed; None with the mistakes beside their fields."""
    received = form.cleaned_data.get("received_at")
    try:
        if received is not None and received > request.at:
            sentence = _("收到的时间不能晚于现在。")
            raise Invalid(sentence, fields={"received_at": sentence})
        return _once_only(request, _from_known(request, form.intake(), known), received or request.at)
    except KeyueError as error:
        show_faults(form, error)
        return None


def _once(request: StaffRequest) -> str:
    """The mark of this form: a double click or a reload registers nothing twice."""
    once = request.POST.get("once", "")
    return once if ONCE.fullmatch(once) else uuid4().hex


def _once_only(request: StaffRequest, intake: Intake, at: datetime) -> Registered:
    """Register, or find what the same form with the same words has become, with the same code."""
    who = str(intake.customer.pk) if intake.customer else intake.name
    words = (intake.type, intake.title, intake.content, who, intake.phone, intake.email)
    # keyed: nobody guesses a telephone number from it
    said = code_of("\0".join(words))
    form = f"desk:{request.user.pk}:{_once(request)}:{said}"
    code = code_of(form)
    try:
        made = register(intake, by=actor_of(request), at=at, source="web", source_key=form, code=code)
    except IntegrityError:
        # the same form twice in the same instant: the other one was first
        made = register(intake, by=actor_of(request), at=at, source="web", source_key=form, code=code)
    if made.is_new:
        return made
    return Registered(made.case, code if code_opens(made.case, code) else "", is_new=False)


def _registered(request: StaffRequest, made: Registered) -> HttpResponse:
    case = selectors.case_for(request.user, made.case.number)
    zone = selectors.moment(request.at).zone
    promise = case.next_promise
    context = {
        "case": case,
        "code": made.code,
        "url": case_url(case.number),
        "promise": promise,
        "due": moment(promise.due, now=request.at, zone=zone, before=True) if promise and promise.due else "",
    }
    return page(request, "cases/registered.html", context, crumbs=crumbs(Crumb(case.number)))


@never_cache
@require_POST
@staff_page(Permission.CASE_REGISTER)
def known(request: StaffRequest) -> HttpResponse:
    """Whether a telephone number or address belongs to a customer that the reader may see: under masks, or nothing."""
    found: list[CustomerCard] = []
    if allows(request.user, Permission.CUSTOMER_VIEW):
        for name in ("phone", "email"):
            text = request.POST.get(name, "").strip()
            whole = sum(c.isdigit() for c in text) >= SHORTEST if name == "phone" else "@" in text
            if whole and not found:
                page_found = customers.customer_page(request.user, text=text, size=3)
                found = page_found.cards[: page_found.exact]
    cases = selectors.cases_of_customer(request.user, found[0].id, 3) if found else []
    context = {"found": found, "cases": [(case, case_url(case.number)) for case in cases]}
    return page(request, "cases/_known.html", context)
