"""The main navigation and what the top bar shows, for every page of staff: a context processor, few queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest
from django.utils.functional import Promise as LazyText
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from keyue.company.selectors import is_demo
from keyue.kernel import clock
from keyue.people.enums import Permission
from keyue.people.models import User
from keyue.people.permissions import allows, allows_any
from keyue.promises import inbox
from keyue.promises import selectors as promises
from keyue.ui.addresses import address
from keyue.ui.components import NavItem


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the navigation: shown to who has one of `needs`, if its address exists. Pages below that address
    belong to it, or those below `under`, and those below one of `also`. Who has one of `unless` has another entry."""

    name: str
    label: LazyText
    icon: str
    needs: tuple[Permission, ...] = ()
    key: str = ""
    group: str = ""
    tab: bool = False
    under: str = ""
    also: tuple[str, ...] = ()
    unless: tuple[Permission, ...] = ()


MOST_TABS = 4
"""What has room at the foot of a telephone's screen; the rest stands in the menu."""
SORTING = (Permission.CASE_CLASSIFY, Permission.CASE_ASSESS, Permission.CASE_ASSIGN)
PLACES = (
    Place("workbench:home", _("工作台"), "home", key="h", tab=True),
    Place("cases:list", pgettext_lazy("列表", "事项"), "case", (Permission.CASE_VIEW,), "c", tab=True),
    Place("sorting:queue", _("分拣"), "filter", SORTING, also=("/problems/",)),
    Place("sorting:problems", _("问题"), "filter", (Permission.CASE_VIEW,), unless=SORTING),
    Place(
        "conversations:inbox",
        pgettext_lazy("列表", "会话"),
        "chat",
        (Permission.CONVERSATION_VIEW,),
        "t",
        tab=True,
    ),
    Place("cases:imports", _("导入"), "upload", (Permission.CASE_IMPORT,)),
    Place(
        "customers:list",
        pgettext_lazy("列表", "客户"),
        "user",
        (Permission.CUSTOMER_VIEW,),
        "k",
        tab=True,
        also=("/contracts/", "/projects/", "/privacy/"),
    ),
    Place("knowledge:list", _("知识库"), "book", (Permission.ARTICLE_VIEW,), "z"),
    Place(
        "regulations:list",
        pgettext_lazy("列表", "制度"),
        "policy",
        (Permission.REGULATION_VIEW,),
        "p",
        "rule",
        tab=True,
    ),
    Place("workbench:audit", _("台账"), "shield", (Permission.AUDIT_READ,), "l", "rule"),
    Place(
        "people:staff",
        _("设置"),
        "sliders",
        (Permission.STAFF_VIEW, Permission.ORGANISATION_MANAGE),
        "s",
        "foot",
        under="/settings/",
    ),
    Place(
        "workbench:calendar",
        _("设置"),
        "sliders",
        (Permission.CALENDAR_EDIT,),
        "s",
        "foot",
        under="/settings/",
        unless=(Permission.STAFF_VIEW, Permission.ORGANISATION_MANAGE),
    ),
)


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `nav`, unread notices, addresses of search and live updates. Nothing for the public.

    Worked out once a request: parts of a page that are rendered by themselves ask for it too.
    """
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {}
    known: dict[str, Any] | None = getattr(request, "navigation", None)
    if known is None:
        known = request.navigation = _navigation(request, user)  # type: ignore[attr-defined]
    return known


def _navigation(request: HttpRequest, user: User) -> dict[str, Any]:
    demo = is_demo()
    return {
        "nav": _items(request, user),
        "nav_url": address("workbench:nav"),
        "home_url": address("workbench:home"),
        "search_url": address("workbench:search"),
        "ringing_url": address("channels:ringing") if allows(user, Permission.CONVERSATION_ANSWER) else "",
        "notices_url": address("workbench:notices"),
        "live_url": address("workbench:live"),
        "unread": inbox.unread_count(user),
        "demo": demo,
        # only a demo's clock may be moved, and only in test mode
        "clock_url": address("clock:move") if demo and clock.is_movable() else "",
    }


def _items(request: HttpRequest, user: User) -> list[NavItem]:
    items: list[NavItem] = []
    owes = getattr(request, "owes", None)
    places = [place for place in PLACES if _is_for(user, place)]
    here = _nearest(_page_of(request), places)
    for place in places:
        url = address(place.name)
        items.append(
            NavItem(
                name=place.name,
                label=str(place.label),
                url=url,
                icon=place.icon,
                count=(promises.owed_by(user).count() if owes is None else owes)
                if place.name == "workbench:home"
                else None,
                current=place.name == here,
                key=place.key,
                group=place.group,
                tab=place.tab and sum(item.tab for item in items) < MOST_TABS,
            )
        )
    return items


def _is_for(user: User, place: Place) -> bool:
    if not address(place.name) or (place.needs and not allows_any(user, *place.needs)):
        return False
    return not (place.unless and allows_any(user, *place.unless))


def _page_of(request: HttpRequest) -> str:
    """The address of the page; where its navigation alone is asked for anew, that of the page that asks."""
    asks = request.headers.get("HX-Current-URL", "") if request.path == address("workbench:nav") else ""
    return urlsplit(asks).path or request.path


def _nearest(path: str, places: Sequence[Place]) -> str:
    """The place that a page belongs to: of 事项 and 导入 below it, the one that names more of the address."""
    above = (
        (url, place.name) for place in places for url in (place.under or address(place.name), *place.also)
    )
    return max(((len(url), name) for url, name in above if url and _fits(path, url)), default=(0, ""))[1]


def _fits(path: str, url: str) -> bool:
    return path == url if url == "/" else path.startswith(url)
