"""What the pages of this room share: their tabs, and the path to them."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from keyue.people.enums import Permission
from keyue.people.http import StaffRequest
from keyue.people.tabs import Part, tabs_of
from keyue.ui.components import Crumb
from keyue.ui.pages import page

SORT = (Permission.CASE_CLASSIFY, Permission.CASE_ASSESS, Permission.CASE_ASSIGN)
TUNE = Permission.CASE_ASSIGN
PARTS: tuple[Part, ...] = (
    ("sorting:queue", _("待分拣"), SORT),
    ("sorting:problems", _("问题"), (Permission.CASE_VIEW,)),
    ("sorting:rules", _("派单规则"), (TUNE,)),
    ("sorting:words", _("词表"), (TUNE,)),
    ("sorting:figures", _("准不准"), (TUNE, Permission.REPORT_VIEW)),
)


def sorting_page(
    request: StaffRequest,
    template: str,
    part: str,
    context: dict[str, Any] | None = None,
    *,
    here: str = "",
    status: int = 200,
) -> HttpResponse:
    """A page with the tabs that this person may open; `here` names a page below one."""
    tabs, name = tabs_of(request.user, PARTS, part)
    crumbs = [Crumb(str(_("分拣")), tabs[0].url if tabs else ""), Crumb(name, reverse(part))]
    if here:
        crumbs.append(Crumb(here))
    return page(request, template, {"tabs": tabs, **(context or {})}, crumbs=crumbs, status=status)
