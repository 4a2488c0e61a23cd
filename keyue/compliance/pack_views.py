"""Evidence packs on screen: asking for one, how far it has come, and taking it along."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import FileResponse, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from keyue.compliance import actions
from keyue.compliance.enums import PACK_TONES
from keyue.compliance.models import EvidencePack
from keyue.compliance.pack_forms import PackForm
from keyue.compliance.packs import gathering, reading
from keyue.compliance.packs.signing import fingerprint, grouped, raw_of
from keyue.kernel.errors import Invalid, NotFound, Refused
from keyue.ledger import keys
from keyue.people.enums import Permission
from keyue.people.forms import show_faults
from keyue.people.guards import passive, staff_page
from keyue.people.http import StaffRequest, actor_of
from keyue.people.permissions import allows_any
from keyue.regulations import selectors as regulations
from keyue.regulations.selectors import Reading
from keyue.ui.components import Crumb

CONFLICT, MISTAKEN, SEE_OTHER = 409, 422, 303
ZIP = "application/zip"


@never_cache
@require_http_methods(["GET", "POST"])
@staff_page(Permission.REPORT_VIEW)
def pack_page(request: StaffRequest, regulation: str) -> HttpResponse:
    """The packs of a regulation, and the form for another one."""
    reading.check_may_make(request.user)
    found = next((r for r in regulations.documents_in_force(request.at) if r.document.id == regulation), None)
    if found is None:
        raise NotFound(_("没有这项制度，或还没有生效。"))
    if request.method != "POST":
        form = _form(request, found, None)
        return _shown(request, found, form)
    form = _form(request, found, request.POST)
    if not form.is_valid():
        return _shown(request, found, form, status=MISTAKEN)
    first, last = form.days
    try:
        actions.ask_pack(
            regulation=regulation,
            clause=form.cleaned_data["clause"],
            first=first,
            last=last,
            purpose=form.cleaned_data["purpose"],
            user=request.user,
            by=actor_of(request),
            at=request.at,
        )
    except Invalid as error:
        show_faults(form, error)
        return _shown(request, found, form, status=MISTAKEN)
    except Refused as error:
        form.add_error(None, str(error))
        return _shown(request, found, form, status=CONFLICT)
    answer = HttpResponseRedirect(reverse("regulations:pack", args=[regulation]))
    answer.status_code = SEE_OTHER
    return answer


def _form(request: StaffRequest, found: Reading, data: Any) -> PackForm:
    clauses = [
        (clause.number, f"{clause.number} {clause.heading}".strip())
        for clause in found.document.clauses
        if clause.control_ids
    ]
    asked = request.GET.get("clause", "")
    form = PackForm(data, clauses=clauses, at=request.at)
    form.initial = {
        "clause": asked if asked in dict(clauses) else "",
        "period": request.GET.get("month") or form.this_month,
    }
    return form


def _shown(request: StaffRequest, found: Reading, form: PackForm, *, status: int = 200) -> HttpResponse:
    document = found.document
    rows, more = reading.page_of_packs(request.user, document.id, before=_before(request))
    here = reverse("regulations:pack", args=[document.id])
    context = {
        "form": form,
        "document": document,
        "packs": [_row(pack) for pack in rows],
        "more_url": f"{here}?before={more}" if more else "",
        "fingerprint": grouped(fingerprint(raw_of(keys.signing_key().public_key()))),
        "crumbs": [
            Crumb(pgettext("列表", "制度"), reverse("regulations:list")),
            Crumb(document.title, reverse("regulations:page", args=[document.id])),
            Crumb(_("证据包")),
        ],
    }
    return render(request, "compliance/packs.html", context, status=status)


@never_cache
@require_GET
@staff_page(*reading.SEEING)
def pack_list(request: StaffRequest) -> HttpResponse:
    """All packs that this person may take along: own ones, and everybody's for auditors."""
    rows, more = reading.page_of_packs(request.user, before=_before(request))
    may_read = allows_any(request.user, Permission.REGULATION_VIEW)
    context = {
        "packs": [_row(pack) for pack in rows],
        "more_url": f"{reverse('regulations:pack_list')}?before={more}" if more else "",
        "fingerprint": grouped(fingerprint(raw_of(keys.signing_key().public_key()))),
        "crumbs": [
            *([Crumb(pgettext("列表", "制度"), reverse("regulations:list"))] if may_read else []),
            Crumb(_("证据包")),
        ],
    }
    return render(request, "compliance/packs.html", context)


@never_cache
@passive
@require_GET
@staff_page(*reading.SEEING)
def pack_progress(request: StaffRequest, uid: UUID) -> HttpResponse:
    """How far a pack has come: its row asks for it every second, until there is nothing more to come."""
    row = _row(reading.pack_for(request.user, uid))
    answer = render(request, "compliance/packs.html#pack", {"row": row, "pack": row["pack"]})
    patch_vary_headers(answer, ["HX-Request"])
    return answer


@never_cache
@require_GET
@staff_page(*reading.SEEING)
def pack_download(request: StaffRequest, uid: UUID) -> HttpResponseBase:
    """The file itself; that it was taken is recorded before it goes."""
    pack = reading.ready_pack_for(request.user, uid)
    answer = file_answer(pack)
    actions.note_pack_download(pack=pack, by=actor_of(request), at=request.at)
    return answer


def file_answer(pack: EvidencePack) -> FileResponse:
    """The file of a pack as an attachment. Raises Refused where it is not on this machine."""
    try:
        file = gathering.file_of(pack).open("rb")
    except OSError as error:
        raise Refused(_("证据包的文件已不在这台服务器上，请重新制作。"), code="pack_expired") from error
    clause = f"-{pack.clause}" if pack.clause.isascii() and pack.clause else ""
    name = f"keyue-evidence-{pack.regulation_id}{clause}-{pack.first:%Y%m%d}-{pack.last:%Y%m%d}.zip"
    return FileResponse(file, as_attachment=True, filename=name, content_type=ZIP)


def _row(pack: EvidencePack) -> dict[str, Any]:
    """A pack as its row shows it."""
    return {
        "pack": pack,
        "tone": PACK_TONES[pack.state],
        "is_running": pack.state in reading.RUNNING,
        "percent": 100 * pack.done / pack.total if pack.total else 0,
        "rate": pack.figures.get("rate"),
        "due": pack.figures.get("due", 0),
        "fingerprint": grouped(pack.fingerprint),
    }


def _before(request: StaffRequest) -> int | None:
    before = request.GET.get("before", "")
    return int(before) if before.isdecimal() and len(before) < 19 else None
