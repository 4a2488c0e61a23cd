"""Personal data for those it concerns: who they are by a one-use code, what they agreed to, requests, and their package.

Nothing here says whether somebody is on file: an unknown number gets the same page as a known one.
"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from keyue.channels.actions import count, take
from keyue.channels.limits import (
    CODE_OF_ADDRESS,
    RIGHTS_OF_ADDRESS,
    RIGHTS_OF_SOMEBODY,
    RIGHTS_REQUESTS,
)
from keyue.channels.webform import rights as reading
from keyue.channels.webform import rights_visits as visits
from keyue.channels.webform.actions import CUSTOMER, SOURCE
from keyue.channels.webform.http import PublicRequest, page, see_other, sender_of, slow_down
from keyue.channels.webform.rights_forms import (
    AgreeForm,
    CodeForm,
    ConsentActForm,
    RightForm,
    StatusForm,
    WhoForm,
)
from keyue.customers.models import Contact
from keyue.kernel.errors import Invalid, KeyueError, NotFound, Refused, TooMany
from keyue.people.guards import public_page
from keyue.privacy import actions, selectors
from keyue.privacy.enums import IdentityProof, Via
from keyue.privacy.package import package_of

WRONG = 422


@never_cache
@public_page
@require_http_methods(["GET", "HEAD", "POST"])
def rights(request: PublicRequest) -> HttpResponse:
    """What somebody may ask for, and by which number or address they are on file. The answer is the same for everybody."""
    if request.method != "POST":
        if _contacts(request):
            return see_other(reverse("channels:rights_mine"))
        return _entry(request, WhoForm())
    form = WhoForm(request.POST)
    if not form.is_valid():
        return _entry(request, form, status=WRONG)
    typed = form.cleaned_data["typed"].strip()
    try:
        take(RIGHTS_OF_ADDRESS, sender_of(request), by=CUSTOMER, at=request.at)
    except TooMany as error:
        form.add_error(None, str(error))
        return slow_down(_entry(request, form), error)
    often = count(RIGHTS_OF_SOMEBODY, "".join(typed.lower().split()), by=CUSTOMER, at=request.at)
    check = actions.send_code(
        typed=typed, silently=often.n > RIGHTS_OF_SOMEBODY.most, by=CUSTOMER, at=request.at
    )
    return _asked_code(request, CodeForm(initial={"check": check.uid}))


def _entry(request: PublicRequest, form: WhoForm, *, status: int = 200) -> HttpResponse:
    return page(request, "channels/rights.html", {"form": form}, status=status)


def _asked_code(request: PublicRequest, form: CodeForm, *, status: int = 200) -> HttpResponse:
    return page(request, "channels/rights_code.html", {"form": form}, status=status)


@never_cache
@public_page
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: PublicRequest) -> HttpResponse:
    """The one-use code. A wrong one, one of nobody and one that is over get the same answer."""
    if request.method != "POST":
        return see_other(reverse("channels:rights"))
    form = CodeForm(request.POST)
    if not form.is_valid():
        if "check" in form.errors:
            return see_other(reverse("channels:rights"))
        return _asked_code(request, form, status=WRONG)
    try:
        take(CODE_OF_ADDRESS, sender_of(request), by=CUSTOMER, at=request.at)
    except TooMany as error:
        form.add_error(None, str(error))
        return slow_down(_asked_code(request, form), error)
    found = actions.try_code(
        uid=form.cleaned_data["check"], code=form.cleaned_data["code"], by=CUSTOMER, at=request.at
    )
    if not found:
        form.add_error("code", _("验证码不对、已经用过，或者已经过期。试错 5 次要重新获取。"))
        return _asked_code(request, form, status=404)
    answer = see_other(reverse("channels:rights_mine"))
    visits.remember(answer, found, request.at)
    return answer


def _contacts(request: PublicRequest) -> list[Contact]:
    return selectors.contacts_of(visits.known(request, request.at))


@never_cache
@public_page
@require_http_methods(["GET", "HEAD"])
def mine(request: PublicRequest) -> HttpResponse:
    """What somebody agreed to and asked for, and a form to ask."""
    contacts = _contacts(request)
    return _mine(request, contacts) if contacts else see_other(reverse("channels:rights"))


def _mine(
    request: PublicRequest, contacts: list[Contact], form: RightForm | None = None, *, status: int = 200
) -> HttpResponse:
    shown = reading.mine_of(contacts, request.at)
    context = {"mine": shown, "form": form or RightForm(contacts=shown.contacts), "once": uuid4().hex}
    return page(request, "channels/rights_mine.html", context, status=status)


@never_cache
@public_page
@require_POST
def act(request: PublicRequest, what: str) -> HttpResponse:
    """Ask for a right, withdraw, agree, or leave."""
    if what == "leave":
        answer = see_other(reverse("channels:rights"))
        visits.leave(answer)
        return answer
    contacts = _contacts(request)
    if not contacts:
        messages.warning(request, _("核验已过期，请重新获取验证码。"))
        return see_other(reverse("channels:rights"))
    if what == "ask":
        return _ask(request, contacts)
    if what not in {"withdraw", "agree"}:
        raise Http404
    try:
        said = _withdraw(request, contacts) if what == "withdraw" else _agree(request, contacts)
        messages.success(request, said)
    except KeyueError as error:
        messages.warning(request, str(error))
    return see_other(reverse("channels:rights_mine"))


def _ask(request: PublicRequest, contacts: list[Contact]) -> HttpResponse:
    names = [(contact.pk, reading.name_of(contact)) for contact in contacts]
    form = RightForm(request.POST, contacts=names)
    if not form.is_valid():
        return _mine(request, contacts, form, status=WRONG)
    data = form.cleaned_data
    contact = next(one for one in contacts if one.pk == int(data["contact"]))
    try:
        take(RIGHTS_REQUESTS, contact.pk, by=CUSTOMER, at=request.at)
        made = actions.register_request(
            contact=contact,
            right=data["right"],
            what=data["what"],
            via=Via.PORTAL,
            identity=IdentityProof.CODE,
            by=CUSTOMER,
            at=request.at,
            source=SOURCE,
        )
    except TooMany as error:
        form.add_error(None, str(error))
        return slow_down(_mine(request, contacts, form), error)
    except KeyueError as error:
        _name_faults(form, error)
        return _mine(request, contacts, form, status=error.status)
    messages.success(request, _("已收到您的请求 %(number)s。") % {"number": made.number})
    return see_other(reverse("channels:rights_mine") + "#requests")


def _name_faults(form: RightForm, error: KeyueError) -> None:
    fields: dict[str, Any] = dict(error.fields) if isinstance(error, Invalid) else {}
    for name, sentence in fields.items():
        form.add_error(name if name in form.fields else None, str(sentence))
    if not fields:
        form.add_error(None, str(error))


def _withdraw(request: PublicRequest, contacts: list[Contact]) -> str:
    form = ConsentActForm(request.POST)
    wanted = form.cleaned_data["consent"] if form.is_valid() else 0
    standing = selectors.consents_standing([contact.pk for contact in contacts])
    consent = next((one for one in standing if one.pk == wanted), None)
    if consent is None:
        raise NotFound(_("没有这份同意，或者已经撤回。"))
    actions.withdraw_consent(consent=consent, via=Via.PORTAL, by=CUSTOMER, at=request.at, source=SOURCE)
    return _("已撤回：%(purpose)s。不影响您使用其他服务。") % {"purpose": consent.purpose.name}


def _agree(request: PublicRequest, contacts: list[Contact]) -> str:
    form = AgreeForm(request.POST)
    if not form.is_valid():
        raise Refused(_("请重新打开页面再试。"))
    contact = next((one for one in contacts if one.pk == form.cleaned_data["contact"]), None)
    if contact is None:
        raise NotFound(_("没有这份资料。"))
    consent = actions.give_consent(
        contact=contact,
        purpose=selectors.purpose_by_code(form.cleaned_data["purpose"]),
        text=form.cleaned_data["text"],
        via=Via.PORTAL,
        by=CUSTOMER,
        at=request.at,
        source=SOURCE,
    )
    return _("已同意：%(purpose)s。随时可以在这里撤回。") % {"purpose": consent.purpose.name}


@never_cache
@public_page
@require_http_methods(["GET", "HEAD", "POST"])
def status(request: PublicRequest) -> HttpResponse:
    """How a request stands, for number and code: the only way left once somebody's data is erased."""
    form = StatusForm(request.POST if request.method == "POST" else None)
    found, code_ = None, 200
    if request.method == "POST":
        code_ = WRONG
        if form.is_valid():
            try:
                take(CODE_OF_ADDRESS, sender_of(request), by=CUSTOMER, at=request.at)
                row = selectors.request_by_code(form.cleaned_data["number"], form.cleaned_data["code"])
                [found], code_ = reading.standings([row]), 200
            except TooMany as error:
                form.add_error(None, str(error))
                return slow_down(_status(request, form, None, 429), error)
            except NotFound as error:
                form.add_error(None, str(error))
                code_ = 404
    return _status(request, form, found, code_)


def _status(
    request: PublicRequest, form: StatusForm, found: reading.Standing | None, code_: int
) -> HttpResponse:
    return page(request, "channels/rights_status.html", {"form": form, "found": found}, status=code_)


@never_cache
@public_page
@require_http_methods(["GET", "HEAD", "POST"])
def package(request: PublicRequest, token: str) -> HttpResponse:
    """The package behind a link: asked for with a button, so that a program that follows links does not use it up."""
    take(CODE_OF_ADDRESS, sender_of(request), by=CUSTOMER, at=request.at)
    link = selectors.hand_over_of(token, request.at)
    if request.method != "POST":
        return page(request, "channels/package.html", {"link": link})
    taken = actions.take_package(link=link, by=CUSTOMER, at=request.at)
    content = package_of(taken.request.customer, taken.request.contact, request.at)
    answer = HttpResponse(content, content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="{taken.request.number}.zip"'
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, no-store"
    return answer
