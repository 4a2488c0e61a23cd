"""What the pages of this room share: rendering, fragments, going back with a message, mistakes beside their fields."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import pgettext
from django_htmx.http import HttpResponseClientRedirect

from keyue.kernel.errors import Invalid, KeyueError
from keyue.people.context import staff
from keyue.people.http import StaffRequest, safe_next
from keyue.ui.components import Crumb

SEE_OTHER = 303
MISTAKEN = 422
CONFLICT = 409


def page(
    request: HttpRequest,
    template: str,
    context: dict[str, Any] | None = None,
    *,
    crumbs: Sequence[Crumb] = (),
    status: int = 200,
) -> HttpResponse:
    """Render a page or a fragment for whoever is looking."""
    answer = render(request, template, {**staff(request), "crumbs": crumbs, **(context or {})}, status=status)
    # the same address answers with a page or with a part of it
    patch_vary_headers(answer, ["HX-Request"])
    return answer


def is_fragment(request: StaffRequest) -> bool:
    """Whether only a part of the page was asked for."""
    return bool(request.htmx) and not request.htmx.boosted


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


def go(request: StaffRequest, url: str, said: str = "", *, undo: str = "") -> HttpResponse:
    """After a POST: to another page, with a message for it; `undo` is the address that takes the act back."""
    if said:
        messages.success(request, said, extra_tags=undo)
    if is_fragment(request):
        return HttpResponseClientRedirect(url)
    answer = HttpResponseRedirect(url)
    answer.status_code = SEE_OTHER
    return answer


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
