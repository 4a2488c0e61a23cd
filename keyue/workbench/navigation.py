"""The main navigation and what the top bar shows, for every page of staff: a context processor, few queries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise as LazyText
from django.utils.translation import gettext_lazy as _

from keyue.company.selectors import is_demo
from keyue.kernel import clock
from keyue.people.enums import Permission
from keyue.people.models import User
from keyue.people.permissions import allows_any
from keyue.promises import selectors as promises
from keyue.ui.components import NavItem


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the navigation: shown to who has one of `needs`, if its address exists."""

    name: str
    label: LazyText
    icon: str
    needs: tuple[Permission, ...] = ()
    key: str = ""
    group: str = ""
    tab: bool = False


PLACES = (
    Place("workbench:home", _("工作台"), "home", key="h", tab=True),
    Place("cases:list", _("事项"), "case", (Permission.CASE_VIEW,), "c", tab=True),
    Place("customers:list", _("客户"), "user", (Permission.CUSTOMER_VIEW,), "k", tab=True),
    Place("regulations:list", _("制度"), "policy", (Permission.REGULATION_VIEW,), "p", "rule", tab=True),
    Place("workbench:audit", _("台账"), "shield", (Permission.AUDIT_READ,), "l", "rule"),
    Place("cases:imports", _("导入"), "dl", (Permission.CASE_IMPORT,), "", "rule"),
    Place(
        "people:staff",
        _("设置"),
        "sliders",
        (Permission.STAFF_VIEW, Permission.ORGANISATION_MANAGE),
        "s",
        "foot",
    ),
)


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `nav`, unread notices, addresses of search and live updates. Nothing for the public."""
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {}
    demo = is_demo()
    return {
        "nav": _items(request, user),
        "nav_url": _address("workbench:nav"),
        "home_url": _address("workbench:home"),
        "search_url": _address("workbench:search"),
        "notices_url": _address("workbench:notices"),
        "live_url": _address("workbench:live"),
        "unread": promises.unread_count(user),
        "demo": demo,
        # only a demo's clock may be moved, and only in test mode
        "clock_url": _address("clock:move") if demo and clock.is_movable() else "",
    }


def _items(request: HttpRequest, user: User) -> list[NavItem]:
    items = []
    for place in PLACES:
        url = _address(place.name)
        if not url or (place.needs and not allows_any(user, *place.needs)):
            continue
        items.append(
            NavItem(
                name=place.name,
                label=str(place.label),
                url=url,
                icon=place.icon,
                count=promises.counted(promises.owed_by(user)) if place.name == "workbench:home" else None,
                current=_is_current(request.path, url),
                key=place.key,
                group=place.group,
                tab=place.tab,
            )
        )
    return items


def _is_current(path: str, url: str) -> bool:
    return path == url if url == "/" else path.startswith(url)


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
