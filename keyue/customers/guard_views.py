"""Access for a time and the alarm on reading in bulk; who looked at a customer; a customer's files."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from keyue.customers import area, guard_words, guarding, selectors
from keyue.customers.actions import attaching, granting, watching
from keyue.customers.enums import GrantState
from keyue.customers.exchange_forms import AccessAskForm, LimitsForm, RefusalForm, end_of
from keyue.customers.models import AccessGrant, Customer, MassReading
from keyue.kernel import cursors
from keyue.kernel.errors import Denied, Invalid, KeyueError
from keyue.ledger import sealing
from keyue.ledger.facts import Actor
from keyue.people import selectors as people
from keyue.people.enums import Permission
from keyue.people.forms import show_faults
from keyue.people.guards import staff_page
from keyue.people.http import StaffRequest, actor_of
from keyue.people.models import User
from keyue.people.permissions import allows
from keyue.promises.person import person_of
from keyue.ui.components import Crumb
from keyue.ui.pages import MISTAKEN, go, page
from keyue.ui.uploads import uploads_from

PAGE = "customers:grants"
TRAIL = 25
TONES = {
    GrantState.ASKED: "soon",
    GrantState.APPROVED: "open",
    GrantState.REFUSED: "void",
    GrantState.ENDED: "idle",
}


def _crumbs(*more: Crumb) -> list[Crumb]:
    return [
        Crumb(pgettext("列表", "客户"), reverse("customers:list")),
        Crumb(_("查看授权"), reverse(PAGE) if more else ""),
        *more,
    ]


# --- grants ---


@never_cache
@staff_page(Permission.CUSTOMER_VIEW)
def grants(request: StaffRequest) -> HttpResponse:
    """Asking for access, what was asked and given, and for who keeps watch the reading in bulk."""
    form = AccessAskForm(request.POST) if request.method == "POST" else AccessAskForm(initial={"number": ""})
    if request.method == "POST" and form.is_valid():
        try:
            _ask(request, form)
        except KeyueError as error:
            show_faults(form, error)
        else:
            return go(request, reverse(PAGE), _("已提交申请。批准后您会收到通知。"))
    status = MISTAKEN if form.errors else 200
    return page(request, "customers/grants.html", _grants(request, form), crumbs=_crumbs(), status=status)


def _ask(request: StaffRequest, form: AccessAskForm) -> None:
    data = form.cleaned_data
    if bool(data["number"]) == bool(data["department"]):
        sentence = _("请填一个客户编号，或者选一个部门。")
        raise Invalid(sentence, fields={"number": sentence})
    granting.ask_access(
        user=request.user,
        number=data["number"],
        department=data["department"],
        purpose=data["purpose"],
        remark=data["remark"],
        until=end_of(data["until"]),
        by=actor_of(request),
        at=request.at,
    )


def _grants(request: StaffRequest, form: AccessAskForm) -> dict[str, Any]:
    before = request.GET.get("before", "")
    rows, more = guarding.grants_for(request.user, before=int(before) if before.isdecimal() else None)
    readings, more_readings = guarding.mass_readings(request.user, before=_mark(request, "readings"))
    departments = people.owner_names({row.department for row in rows if row.department})
    return {
        "area_tabs": area.tabs_for(request.user, PAGE),
        "form": form,
        "rows": [_row(request, row, departments) for row in rows],
        "more_url": f"{reverse(PAGE)}?before={more}" if more else "",
        "keeps_watch": guarding.keeps_watch(request.user),
        "readings": [_reading(row) for row in readings],
        "more_readings_url": f"{reverse(PAGE)}?readings={more_readings}" if more_readings else "",
        "limits": LimitsForm(initial={n: getattr(guarding.settings(), n) for n in watching.LIMITS}),
        "may_set_limits": allows(request.user, Permission.ACCESS_APPROVE),
    }


def _mark(request: StaffRequest, name: str) -> int | None:
    text = request.GET.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 19 else None


def _row(request: StaffRequest, row: AccessGrant, departments: dict[str, str]) -> dict[str, Any]:
    """A grant as its reader may see it: nothing of a customer but the number that was typed."""
    running = row.state == GrantState.APPROVED and row.ends_at is not None and row.ends_at > request.at
    state = GrantState(row.state)
    decides = allows(request.user, Permission.ACCESS_APPROVE) and row.user_id != request.user.pk
    [remark, refusal] = sealing.unseal_many(
        [(row.owner, getattr(row, field), granting.grant_context(field)) for field in ("remark", "refusal")]
    )
    return {
        "row": row,
        "about": departments.get(row.department, row.number),
        "state": str(GrantState.ENDED.label) if state == GrantState.APPROVED and not running else state.label,
        "tone": "idle" if state == GrantState.APPROVED and not running else TONES[state],
        "remark": remark or "",
        "refusal": refusal or "",
        "url": reverse("customers:page", args=[row.number]) if running and row.number else "",
        "may_decide": decides and row.state == GrantState.ASKED,
        "is_nobody": decides
        and row.state == GrantState.ASKED
        and not row.department
        and row.customer is None,
        "may_withdraw": running and (decides or row.user_id == request.user.pk),
    }


@require_POST
@staff_page(Permission.CUSTOMER_VIEW)
def grant_act(request: StaffRequest, pk: int) -> HttpResponse:
    """Approve, refuse with a reason, or take back."""
    grant = guarding.grant_for(request.user, pk)
    by, at, what = actor_of(request), request.at, request.POST.get("act", "")
    said = _("已收回。")
    if what == "approve":
        granting.approve_access(grant=grant, user=request.user, by=by, at=at)
        said = _("已批准，到期自动收回。")
    elif what == "refuse":
        form = RefusalForm(request.POST)
        refusal = form.data.get("refusal", "")
        granting.refuse_access(grant=grant, user=request.user, refusal=refusal, by=by, at=at)
        said = _("已回复申请人：不同意。")
    else:
        granting.withdraw_access(grant=grant, user=request.user, by=by, at=at)
    return go(request, reverse(PAGE), said)


# --- reading in bulk ---


def _reading(row: MassReading) -> dict[str, Any]:
    subject = person_of(row.user_id)
    return {"row": row, "explanation": sealing.unseal(subject, row.explanation, guarding.EXPLANATION) or ""}


@require_POST
@staff_page(Permission.CUSTOMER_VIEW)
def reading_explain(request: StaffRequest, pk: int) -> HttpResponse:
    """Say why somebody read so much."""
    watching.explain_mass_reading(
        reading_id=pk,
        user=request.user,
        explanation=request.POST.get("explanation", ""),
        by=actor_of(request),
        at=request.at,
    )
    return go(request, reverse(PAGE), _("已记录核实情况。"))


@require_POST
@staff_page(Permission.ACCESS_APPROVE)
def reading_limits(request: StaffRequest) -> HttpResponse:
    """From how much on reading is noticed."""
    form = LimitsForm(request.POST)
    if not form.is_valid():
        raise Invalid(_("请填 1 到 100000 的整数。"))
    watching.set_limits(limits=form.cleaned_data, by=actor_of(request), at=request.at)
    return go(request, reverse(PAGE), _("已保存。"))


# --- who looked at a customer ---


def trail_section(request: HttpRequest, customer: Customer) -> str:
    """The looks at a customer, for the tab of their trail; for who keeps watch and for the account manager."""
    user = request.user
    if not isinstance(user, User) or not _may_see_trail(user, customer):
        return ""
    return render_to_string("customers/_trail.html", _trail(customer, None), request)


def _may_see_trail(user: User, customer: Customer) -> bool:
    return guarding.keeps_watch(user) or customer.account_manager_id in people.acting_for(user)


def check_trail(user: User, customer: Customer) -> None:
    """Raises Denied for who may see the customer and not who else looked."""
    if not _may_see_trail(user, customer):
        raise Denied(_("查看记录只对客户经理和批准查看授权的人开放。"))


def _trail(customer: Customer, before: str | None) -> dict[str, Any]:
    rows = guarding.trail_of(customer)
    if before:
        try:
            at, pk = cursors.place(before)
        except ValueError:
            sentence = _("翻页标记不对，请从第一页重新开始。")
            raise Invalid(sentence, fields={"before": sentence}, code="bad_cursor") from None
        rows = guarding.before(rows, at, pk)
    found = list(rows[: TRAIL + 1])
    shown = found[:TRAIL]
    names = people.names_of(int(row.actor_id) for row in shown if row.actor_id.isdecimal())
    return {
        "customer": customer,
        "looks": [guard_words.look(row, names) for row in shown],
        "next": cursors.mark(shown[-1].at, shown[-1].pk) if len(found) > TRAIL else "",
    }


@never_cache
@require_GET
@staff_page(Permission.CUSTOMER_VIEW)
def trail(request: StaffRequest, number: str) -> HttpResponse:
    """Who looked at a customer, when, at what, what for; page by page."""
    customer = selectors.customer_for(request.user, number)
    check_trail(request.user, customer)
    context = _trail(customer, request.GET.get("before"))
    card = selectors.customer_card(customer.pk)
    path = [Crumb(pgettext("列表", "客户"), reverse("customers:list")), Crumb(card.shown_name, card.url)]
    path.append(Crumb(_("查看记录")))
    return page(request, "customers/trail.html", context, crumbs=path)


# --- files ---


def files_section(request: HttpRequest, customer: Customer) -> str:
    """A customer's files, for the tab of the file."""
    if not isinstance(request.user, User):
        return ""
    context = {
        "customer": customer,
        "files": guarding.files_of(customer),
        "may_edit": allows(request.user, Permission.CUSTOMER_EDIT) and not customer.is_erased,
    }
    return render_to_string("customers/_attachments.html", context, request)


@require_POST
@staff_page(Permission.CUSTOMER_EDIT)
def file_add(request: StaffRequest, number: str) -> HttpResponse:
    """Keep files with a customer."""
    customer = selectors.customer_for(request.user, number)
    sent = request.FILES.getlist("files")
    if not sent:
        raise Invalid(_("请选择一个文件。"), fields={"files": _("请选择一个文件。")})
    attaching.add_files(customer=customer, uploads=uploads_from(sent), by=actor_of(request), at=request.at)
    return go(request, _file_tab(customer), _("已保存附件。"))


def _file_tab(customer: Customer) -> str:
    return f"{reverse('customers:page', args=[customer.number])}?tab=file"


@never_cache
@require_GET
@staff_page(Permission.CUSTOMER_VIEW)
def attachment(request: StaffRequest, pk: int) -> HttpResponseBase:
    """A file of a customer as it was sent. The browser saves it and runs nothing of it; every time is recorded."""
    found = guarding.file_for(request.user, pk)
    return file_answer(found, by=actor_of(request), at=request.at)


def file_answer(
    found: guarding.FileLine, *, by: Actor, at: datetime, via: str = "web"
) -> StreamingHttpResponse:
    """A file as a download that the browser saves and runs nothing of, with a line of the trail."""
    content = attaching.take_file(file=found.row, by=by, at=at, via=via)
    answer = StreamingHttpResponse(content, content_type=found.row.content_type)
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(found.name)}"
    answer["Content-Length"] = str(found.row.size)
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


@require_POST
@staff_page(Permission.CUSTOMER_EDIT)
def attachment_remove(request: StaffRequest, pk: int) -> HttpResponse:
    """Take a file away for good."""
    found = guarding.file_for(request.user, pk)
    attaching.remove_file(file=found.row, by=actor_of(request), at=request.at)
    return go(request, _file_tab(found.row.customer), _("附件已移除。"))
