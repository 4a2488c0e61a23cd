"""What the pages of this room share: crumbs, and an act with its form, as a page or in a dialog."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from keyue.contracts.forms import Form
from keyue.kernel.errors import Invalid, NotFound
from keyue.people.enums import Permission
from keyue.people.http import StaffRequest, actor_of
from keyue.people.permissions import check
from keyue.ui.components import Crumb
from keyue.ui.pages import MISTAKEN, go, is_fragment, page


def crumbs(*last: Crumb) -> list[Crumb]:
    """The path to a page of this room."""
    return [Crumb(pgettext("列表", "客户"), reverse("customers:list")), *last]


@dataclass(frozen=True, slots=True)
class Act:
    """What can be done from a page: its form asks for the arguments of `do`, which is called with `by` and `at`."""

    code: str
    label: str | Promise
    permission: Permission
    form: type[Form]
    do: Callable[..., Any]
    said: str | Promise
    explained: str | Promise = ""
    is_danger: bool = False


def found(acts: Mapping[str, Act], code: str) -> Act:
    """The act with this code. Raises NotFound."""
    if code not in acts:
        raise NotFound(_("没有这个操作。"))
    return acts[code]


def perform(
    request: StaffRequest,
    act: Act,
    *,
    url: str,
    back: str,
    about: str,
    trail: list[Crumb],
    given: Mapping[str, Any],
    initial: Mapping[str, Any] | None = None,
    prepare: Callable[[Form], None] = lambda form: None,
) -> HttpResponse:
    """The form of an act, and the act itself. `given` are the arguments that nobody types."""
    check(request.user, act.permission)
    posted = request.method == "POST"
    form = act.form(request.POST) if posted else act.form(initial=dict(initial or {}))
    prepare(form)
    context = {"act": act, "form": form, "url": url, "back": back, "about": about}
    context["is_dialog"] = is_fragment(request)
    template = "contracts/act.html" + ("#dialog" if context["is_dialog"] else "")
    if posted and form.is_valid():
        try:
            act.do(**given, **form.cleaned_data, by=actor_of(request), at=request.at)
            return go(request, back, str(act.said))
        except Invalid as error:
            form.take(error.fields or {"": str(error)})
    status = MISTAKEN if posted else 200
    return page(request, template, context, crumbs=[*trail, Crumb(str(act.label))], status=status)
