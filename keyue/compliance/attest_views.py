"""Statements of the company on screen: reading what is to be signed, signing it, those made before, taking one back."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from keyue.cases.actions.files import uploads_from
from keyue.cases.forms import FilesField
from keyue.compliance import statements
from keyue.compliance.actions.attesting import LONGEST_REASON, LONGEST_REMARK, attest, take_back
from keyue.compliance.control_names import owner_name
from keyue.compliance.control_words import limit_words
from keyue.compliance.enums import PackPurpose, StatementState
from keyue.compliance.events import THE_COMPANY
from keyue.compliance.pages import attempt, crumbs
from keyue.compliance.statement_files import CONTENTS
from keyue.kernel.errors import Denied, Invalid, NotFound, Refused
from keyue.ledger.actions import record_access
from keyue.people import selectors as people
from keyue.people.enums import Permission
from keyue.people.forms import show_faults
from keyue.people.guards import staff_page
from keyue.people.http import StaffRequest, actor_of
from keyue.regulations import selectors as regulations
from keyue.regulations.controls import Control
from keyue.ui.components import Crumb
from keyue.ui.fields import offer
from keyue.ui.pages import CONFLICT, MISTAKEN, download, go


class AttestForm(forms.Form):
    """A remark, the proof, and what the proof is."""

    words = forms.CharField(widget=forms.HiddenInput, required=False)
    remark = forms.CharField(
        label=gettext_lazy("说明"),
        required=False,
        max_length=LONGEST_REMARK,
        widget=forms.Textarea({"rows": 3}),
    )
    proof = forms.ChoiceField(label=gettext_lazy("文件是什么"), required=False)

    def __init__(self, *args: Any, control: Control, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = statements.proofs_for(control)
        offer(self, "proof", statements.proof_names(kinds))
        if len(kinds) == 1:
            self.fields["proof"].widget = forms.HiddenInput()
            self.fields["proof"].initial = kinds[0]
        names = _("、").join(name for _kind, name in statements.proof_names(control.evidence))
        self.fields["files"] = FilesField(
            label=_("凭证"),
            required=False,
            help_text=_("这项声明要有凭证：%(names)s") % {"names": names} if names else "",
        )


class TakeBackForm(forms.Form):
    """Why a statement is taken back."""

    reason = forms.CharField(
        label=gettext_lazy("为什么收回"), max_length=LONGEST_REASON, widget=forms.Textarea({"rows": 2})
    )


@require_http_methods(["GET", "POST"])
@staff_page(Permission.REGULATION_VIEW)
def attest_page(request: StaffRequest, regulation: str, control: str) -> HttpResponse:
    """The statement to sign, and those that were signed."""
    _reading, found = statements.asked_for(regulation, control, at=request.at)
    if request.method != "POST":
        form = AttestForm(control=found, initial={"words": found.statement})
        return _shown(request, regulation, found, form)
    form = AttestForm(request.POST, request.FILES, control=found)
    if not form.is_valid():
        return _shown(request, regulation, found, form, status=MISTAKEN)
    try:
        attest(
            regulation=regulation,
            control=control,
            words=form.cleaned_data["words"],
            files=uploads_from(form.cleaned_data["files"] or []),
            remark=form.cleaned_data["remark"],
            proof=form.cleaned_data["proof"],
            user=request.user,
            by=actor_of(request),
            at=request.at,
        )
    except Denied:
        raise
    except Invalid as error:
        show_faults(form, error)
        return _shown(request, regulation, found, form, status=MISTAKEN)
    except Refused as error:
        # what was typed stays; the sentence is the one that holds now, to be read again
        fresh = request.POST.copy()
        fresh["words"] = found.statement
        form = AttestForm(fresh, control=found)
        form.add_error(None, str(error))
        return _shown(request, regulation, found, form, status=CONFLICT)
    return _to_page(request, regulation, control, _("声明已签署。"))


@require_http_methods(["GET", "POST"])
@staff_page(Permission.REGULATION_VIEW)
def withdraw_page(request: StaffRequest, pk: int) -> HttpResponse:
    """Take a statement back, with a reason."""
    row = statements.statement_for(request.user, pk)
    if not statements.may_take_back(request.user, row, at=request.at):
        raise Denied(_("声明由作出的人或责任岗位收回。"))
    form, status = TakeBackForm(request.POST if request.method == "POST" else None), 200
    if request.method == "POST":
        gone, status = attempt(
            form,
            lambda: take_back(
                statement=row,
                reason=form.cleaned_data["reason"],
                user=request.user,
                by=actor_of(request),
                at=request.at,
            ),
        )
        if gone is not None:
            return _to_page(request, row.regulation_id, row.control, _("声明已收回。"))
    page = reverse("regulations:attest", args=[row.regulation_id, row.control])
    context = {
        "form": form,
        "row": row,
        "page": page,
        "crumbs": crumbs(Crumb(_("声明"), page), Crumb(_("收回"))),
    }
    return render(request, "compliance/statement_withdraw.html", context, status=status)


@never_cache
@require_GET
@staff_page(Permission.REGULATION_VIEW)
def statement_file(request: StaffRequest, pk: int) -> HttpResponseBase:
    """A file of a statement as it was sent. The browser saves it and runs nothing of it."""
    file = statements.file_for(request.user, pk)
    path = CONTENTS.path_of(file.sha256)
    if not path.is_file():
        raise NotFound(_("文件不在了。请联系系统管理员，从备份恢复。"))
    record_access(
        by=actor_of(request),
        subject=THE_COMPANY,
        what=f"statement/{file.statement_id}/{file.pk}",
        purpose=PackPurpose.INTERNAL_AUDIT.value,
        via="web",
        at=request.at,
    )
    return download(path, file.name, file.content_type)


def _shown(
    request: StaffRequest, regulation: str, control: Control, form: AttestForm, *, status: int = 200
) -> HttpResponse:
    reading, _control = statements.asked_for(regulation, control.id, at=request.at)
    names = people.owner_names(control.owner)
    in_force = regulations.edition_in_force(regulation, at=request.at)
    # one that is only still owed stands in a clause that the edition in force need not have
    clause = (
        reverse("regulations:clause", args=[regulation, control.clause])
        if in_force == reading.edition
        else reverse("regulations:page", args=[regulation])
    )
    rows = statements.rows_for(regulation, control, at=request.at)
    expired = next((row for row in rows if row.state is StatementState.EXPIRED), None)
    context = {
        "form": form,
        "reading": reading,
        "control": control,
        "owner": _("、").join(owner_name(code, names) for code in control.owner),
        "every": limit_words(control) if control.limit is not None else "",
        "expired": expired,
        "may_attest": statements.may_attest(request.user, control),
        "rows": [(row, statements.may_take_back(request.user, row.statement, at=request.at)) for row in rows],
        "clause_url": clause,
        "crumbs": crumbs(
            Crumb(reading.document.title, clause),
            Crumb(_("声明：%(name)s") % {"name": control.name}),
        ),
    }
    return render(request, "compliance/attest.html", context, status=status)


def _to_page(request: StaffRequest, regulation: str, control: str, said: str) -> HttpResponse:
    return go(request, reverse("regulations:attest", args=[regulation, control]), said)
