"""What is done with an article or a script, on a page or in a dialog of its own: asked, done, and said."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.utils.functional import Promise

from keyue.kernel.errors import Invalid
from keyue.knowledge.forms import Form
from keyue.people.enums import Permission
from keyue.people.http import StaffRequest, actor_of
from keyue.ui.components import Crumb
from keyue.ui.pages import MISTAKEN, go, is_fragment, page


@dataclass(frozen=True, slots=True)
class Act:
    """What can be done: its form asks for the arguments of `do`."""

    code: str
    label: Promise
    permission: Permission
    form: type[Form]
    do: Callable[..., Any]
    said: Promise
    explained: Promise | str = ""
    is_danger: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where the form of an act goes (`url`), where one comes from (`back`), and what it is about."""

    url: str
    back: str
    about: str
    crumbs: Sequence[Crumb]


def act_page(
    request: StaffRequest,
    act: Act,
    place: Place,
    initial: Mapping[str, object] | None = None,
    **subject: object,
) -> HttpResponse:
    """The form of an act, or the act itself; `subject` is what `do` takes it for."""
    posted = request.method == "POST"
    form = act.form(request.POST if posted else None, initial=initial)
    if posted and form.is_valid():
        try:
            act.do(**subject, **form.cleaned_data, by=actor_of(request), at=request.at)
            return go(request, place.back, str(act.said))
        except Invalid as error:
            form.take(error.fields or {"": str(error)})
    context = {
        "act": act,
        "form": form,
        "url": place.url,
        "back": place.back,
        "about": place.about,
        "is_dialog": is_fragment(request),
    }
    template = "knowledge/act.html" + ("#dialog" if context["is_dialog"] else "")
    return page(request, template, context, crumbs=place.crumbs, status=MISTAKEN if posted else 200)
