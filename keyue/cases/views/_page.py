"""What the pages of this room share beside `ui.pages`: the path to them, the way back, mistakes beside their fields."""

from __future__ import annotations

from django.forms import BaseForm
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import pgettext

from keyue.kernel.errors import Invalid, KeyueError
from keyue.people.http import StaffRequest, safe_next
from keyue.ui.components import Crumb


def crumbs(*last: Crumb) -> list[Crumb]:
    """The path to a page of this room."""
    return [Crumb(pgettext("列表", "事项"), reverse("cases:list")), *last]


def next_url(request: HttpRequest, default: str) -> str:
    """Where to go after a form: where it was opened from, if that is a page of ours."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    return safe_next(request, target) if target.startswith("/") else default


def opened_from(request: StaffRequest, default: str) -> str:
    """The page over which a dialog was opened; of a page of its own, what it was told."""
    here = request.htmx.current_url_abs_path if request.htmx else None
    return safe_next(request, here) if here else next_url(request, default)


def show_faults(form: BaseForm, error: KeyueError) -> None:
    """Put the sentences of a refusal beside the fields they speak of; what speaks of none stands above the form."""
    fields = error.fields if isinstance(error, Invalid) else {}
    form.is_valid()
    placed = False
    for name, sentence in fields.items():
        if name in form.fields:
            if name not in form.errors:
                form.add_error(name, str(sentence))
            placed = True
    if not placed:
        said = [str(error), *(str(sentence) for sentence in fields.values())]
        form.add_error(None, " ".join(dict.fromkeys(said)))
