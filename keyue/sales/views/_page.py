"""What the pages of this room share: a form as a dialog or a page of its own, mistakes beside their fields."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.forms import BaseForm, Form
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import pgettext

from keyue.kernel.errors import Invalid, KeyueError, Refused
from keyue.people.http import StaffRequest, safe_next
from keyue.ui.components import Crumb
from keyue.ui.pages import CONFLICT, MISTAKEN, go, is_fragment, page


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a form: what to say, where to go, and how to take it back; or an answer of its own."""

    said: str
    url: str
    undo: str = ""
    answer: HttpResponse | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """A form to fill in: `send` is its button, `note` a sentence above it, `back` where it was opened from. `likely` is the
    address that says, while somebody types, who on file may be meant."""

    title: str
    form: Form
    send: str
    back: str
    note: str = ""
    is_danger: bool = False
    wide: bool = False
    likely: str = ""


def crumbs(*last: Crumb) -> list[Crumb]:
    """The path to a page of this room."""
    return [Crumb(pgettext("列表", "客户"), reverse("customers:list")), *last]


def opened_from(request: StaffRequest, default: str) -> str:
    """The page over which a dialog was opened; of a page of its own, the default."""
    here = request.htmx.current_url_abs_path if request.htmx else None
    return safe_next(request, here) if here else default


def show_faults(form: BaseForm, error: KeyueError) -> None:
    """Put the sentences of a refusal beside the fields they speak of; what speaks of none stands above the form."""
    fields = error.fields if isinstance(error, Invalid) else {}
    placed = False
    for name, sentence in fields.items():
        if name in form.fields:
            form.add_error(name, str(sentence))
            placed = True
    if not placed:
        form.add_error(None, str(error))


def ask(
    request: StaffRequest, asked: Ask, perform: Callable[[dict[str, Any]], Done], *path: Crumb
) -> HttpResponse:
    """Show a form, or do what it says: a mistake keeps what was typed."""
    status = 200
    if request.method == "POST":
        status = MISTAKEN
        if asked.form.is_valid():
            try:
                done = perform(asked.form.cleaned_data)
            except (Invalid, Refused) as error:
                show_faults(asked.form, error)
                status = CONFLICT if isinstance(error, Refused) else MISTAKEN
            else:
                return done.answer or go(request, done.url, done.said, undo=done.undo)
    context = {"ask": asked, "form": asked.form}
    if is_fragment(request):
        return page(request, "sales/_ask.html", context, status=status)
    return page(request, "sales/ask.html", context, crumbs=crumbs(*path, Crumb(asked.title)), status=status)


def bound(request: HttpRequest, form: type[Form], **kwargs: Any) -> Form:
    """A form, with what was typed where something was sent."""
    if request.method == "POST":
        kwargs.pop("initial", None)
        return form(request.POST, **kwargs)
    return form(**kwargs)
