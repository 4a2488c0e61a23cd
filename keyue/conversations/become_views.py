"""What a customer said becomes a need or a note of a contact, without leaving the conversation."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _t
from django.views.decorators.cache import never_cache

from keyue.conversations import actions, selectors
from keyue.conversations.forms import INPUT, Form
from keyue.conversations.models import Conversation, Line
from keyue.kernel.errors import Invalid, NotFound
from keyue.people.enums import Permission
from keyue.people.guards import staff_page
from keyue.people.http import StaffRequest
from keyue.ui.pages import MISTAKEN, go, is_fragment, page


class NeedForm(Form):
    """What the customer needs, in the words of the company."""

    what = forms.CharField(
        label=_t("需求"), max_length=2_000, widget=forms.Textarea(attrs={**INPUT, "rows": 5})
    )


class ContactForm(Form):
    """What was spoken of, and what the customer thinks."""

    topics = forms.CharField(
        label=_t("谈了什么"), max_length=2_000, widget=forms.Textarea(attrs={**INPUT, "rows": 5})
    )
    feedback = forms.CharField(
        label=_t("客户意见"),
        max_length=2_000,
        required=False,
        widget=forms.Textarea(attrs={**INPUT, "rows": 2}),
    )
    no_opinion = forms.BooleanField(label=_t("客户没有意见"), required=False)

    def clean(self) -> dict[str, Any] | None:
        data = super().clean() or self.cleaned_data
        if not (data.get("feedback", "").strip() or data.get("no_opinion")):
            self.add_error("feedback", _("写下客户的意见；没有意见的，请勾选「客户没有意见」。"))
        return data


@never_cache
@staff_page(Permission.CONVERSATION_ANSWER)
def become(request: StaffRequest, pk: int, uid: UUID, what: str) -> HttpResponse:
    """Make a need or a note of one line of the customer."""
    if what not in {"need", "contact"}:
        raise NotFound(_("没有这个操作。"))
    row = selectors.conversation_for(request.user, pk)
    [line] = selectors.lines_by_uid(row, [uid])
    home = reverse("conversations:conversation", args=[pk])
    posted = request.method == "POST"
    form = _form(what, request.POST if posted else None, line)
    if posted and form.is_valid():
        try:
            return go(request, home, _make(request, row, line, what, form.cleaned_data))
        except Invalid as error:
            form.take(error.fields or {"": str(error)})
    context = {
        "form": form,
        "label": _("记为需求") if what == "need" else _("记为沟通记录"),
        "about": row.number,
        "back": home,
        "explained": "",
        "url": request.get_full_path(),
        "is_dialog": is_fragment(request),
    }
    template = "conversations/act.html" + ("#dialog" if context["is_dialog"] else "")
    return page(request, template, context, status=MISTAKEN if posted else 200)


def _form(what: str, data: Any, line: Line) -> Form:
    if what == "need":
        return NeedForm(data, initial={"what": line.body})
    return ContactForm(data, initial={"topics": line.body})


def _make(request: StaffRequest, row: Conversation, line: Line, what: str, given: dict[str, Any]) -> str:
    if what == "need":
        need = actions.note_need(conversation=row, line=line, user=request.user, at=request.at, **given)
        return _("已记为需求 %(number)s。") % {"number": need.number}
    actions.note_contact(conversation=row, line=line, user=request.user, at=request.at, **given)
    return _("已记为沟通记录。")
