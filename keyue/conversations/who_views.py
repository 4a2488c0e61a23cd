"""Who is speaking: found in the archive and confirmed, or entered there, without leaving the conversation."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import transaction
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _t
from django.views.decorators.cache import never_cache

from keyue.conversations import actions, selectors
from keyue.conversations.enums import Scheme
from keyue.conversations.forms import INPUT, Form
from keyue.conversations.models import Conversation
from keyue.conversations.sealed import handles_of
from keyue.customers import lists
from keyue.customers import selectors as customers
from keyue.customers.actions.intake import match_or_create
from keyue.customers.enums import Kind, LegalBasis, Source
from keyue.kernel.errors import Invalid
from keyue.people.enums import Permission
from keyue.people.guards import staff_page
from keyue.people.http import StaffRequest, actor_of
from keyue.ui.pages import MISTAKEN, go, is_fragment, page

MOST_FOUND = 8
LONGEST = 60
SOURCES: dict[Scheme, Source] = {
    Scheme.MAIL: Source.EMAIL,
    Scheme.PHONE: Source.PHONE,
    Scheme.VISITOR: Source.CHAT,
    Scheme.WECHAT: Source.CHAT,
    Scheme.WECOM: Source.CHAT,
    Scheme.WEIBO: Source.OTHER,
    Scheme.DOUYIN: Source.OTHER,
    Scheme.SHOP: Source.OTHER,
    Scheme.HOOK: Source.API,
}


class NewForm(Form):
    """Somebody who is not in the archive yet. Whoever has this number or address already is found by it."""

    company = forms.CharField(
        label=_t("单位"), max_length=100, required=False, widget=forms.TextInput(attrs=INPUT),
        help_text=_t("个人客户不填。"),
    )  # fmt: skip
    name = forms.CharField(
        label=_t("姓名"), max_length=60, required=False, widget=forms.TextInput(attrs=INPUT)
    )
    phone = forms.CharField(
        label=_t("电话"), max_length=40, required=False, widget=forms.TextInput(attrs=INPUT)
    )
    email = forms.CharField(
        label=_t("邮箱"), max_length=254, required=False, widget=forms.TextInput(attrs=INPUT)
    )
    legal_basis = forms.ChoiceField(
        label=_t("处理依据"),
        choices=LegalBasis.choices,
        initial=LegalBasis.CONTRACT,
        widget=forms.Select(attrs=INPUT),
    )


@never_cache
@staff_page(Permission.CONVERSATION_ANSWER)
def who(request: StaffRequest, pk: int) -> HttpResponse:
    """Look somebody up in the archive, and say that it is they who speak here."""
    row = selectors.conversation_for(request.user, pk)
    if request.method == "POST":
        return _known(request, row)
    words = request.GET.get("q", "").strip()[:LONGEST]
    context = _context(request, row) | {"q": words, "found": _found(request, words) if words else None}
    if is_fragment(request) and "q" in request.GET:
        return page(request, "conversations/who.html#found", context)
    template = "conversations/who.html" + ("#dialog" if is_fragment(request) else "")
    return page(request, template, context)


def _found(request: StaffRequest, words: str) -> list[Any]:
    ids = lists.found_ids(request.user, words, MOST_FOUND)
    cards = customers.customer_cards(ids, contacts=True)
    return [cards[pk] for pk in ids if pk in cards and not cards[pk].is_erased]


def _known(request: StaffRequest, row: Conversation) -> HttpResponse:
    chosen = request.POST.get("contact", "")
    if not chosen.isdecimal():
        raise Invalid(_("请选一位联系人。"))
    contact = customers.contact_for(request.user, int(chosen))
    actions.know(conversation=row, contact=contact, by=actor_of(request), at=request.at)
    return go(request, reverse("conversations:conversation", args=[row.pk]), _("已归到这位客户。"))


def _context(request: StaffRequest, row: Conversation) -> dict[str, Any]:
    return {
        "talk": row,
        "is_dialog": is_fragment(request),
        "back": reverse("conversations:conversation", args=[row.pk]),
    }


@never_cache
@staff_page(Permission.CONVERSATION_ANSWER)
def newcomer(request: StaffRequest, pk: int) -> HttpResponse:
    """Enter somebody who is not in the archive; who has this number or address already is taken from there."""
    row = selectors.conversation_for(request.user, pk)
    posted = request.method == "POST"
    form = NewForm(request.POST) if posted else NewForm(initial=_initial(row))
    if posted and form.is_valid():
        try:
            _enter(request, row, form.cleaned_data)
            return go(request, reverse("conversations:conversation", args=[pk]), _("已归到这位客户。"))
        except Invalid as error:
            form.take(error.fields or {"": str(error)})
    context = {
        "form": form,
        "label": _("建客户档案"),
        "about": row.number,
        "back": reverse("conversations:conversation", args=[pk]),
        "explained": _("档案里已经有这个电话或邮箱的，直接归到他名下，不会重复建档。"),
        "url": request.get_full_path(),
        "is_dialog": is_fragment(request),
    }
    template = "conversations/act.html" + ("#dialog" if context["is_dialog"] else "")
    return page(request, template, context, status=MISTAKEN if posted else 200)


def _initial(row: Conversation) -> dict[str, str]:
    [(handle, name)] = handles_of([row.party])
    field = {Scheme.MAIL: "email", Scheme.PHONE: "phone"}.get(Scheme(row.party.scheme))
    return {"name": name, **({field: handle} if field else {})}


@transaction.atomic
def _enter(request: StaffRequest, row: Conversation, given: dict[str, Any]) -> None:
    by, company = actor_of(request), given["company"].strip()
    _customer, contact, _matched = match_or_create(
        name=company or given["name"],
        contact_name=given["name"] if company else "",
        phone=given["phone"],
        email=given["email"],
        region="",
        kind=Kind.ORGANISATION if company else Kind.PERSON,
        source=SOURCES[Scheme(row.party.scheme)],
        legal_basis=given["legal_basis"],
        via="web",
        by=by,
        at=request.at,
    )
    actions.know(conversation=row, contact=contact, by=by, at=request.at)
