"""What the pages of this room share: rendering, tabs of the settings, going back with a message."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from keyue.people.enums import Permission
from keyue.people.http import StaffRequest
from keyue.people.tabs import Part, tabs_of
from keyue.ui.components import Crumb
from keyue.ui.pages import page

PARTS: tuple[Part, ...] = (
    ("people:staff", _("人员"), (Permission.STAFF_VIEW,)),
    (
        "people:departments",
        pgettext_lazy("列表", "部门"),
        (Permission.STAFF_VIEW, Permission.ORGANISATION_MANAGE),
    ),
    (
        "people:posts",
        pgettext_lazy("列表", "岗位"),
        (Permission.STAFF_VIEW, Permission.ORGANISATION_MANAGE, Permission.REGULATION_EDIT),
    ),
    ("people:roles", pgettext_lazy("列表", "角色"), (Permission.STAFF_VIEW,)),
    ("people:delegations", _("委托"), ()),
    ("people:tokens", _("接口令牌"), (Permission.TOKENS_MANAGE,)),
    ("people:security", _("登录安全"), (Permission.SECURITY_MANAGE, Permission.AUDIT_READ)),
    # pages of other rooms
    (
        "workbench:calendar",
        _("工作日历"),
        (Permission.CALENDAR_EDIT, Permission.REGULATION_VIEW, Permission.SETTINGS_EDIT),
    ),
    (
        "conversations:channels",
        pgettext_lazy("列表", "渠道"),
        (Permission.CHANNELS_MANAGE, Permission.CONVERSATION_VIEW),
    ),
    ("channels:outlets", _("推送与机器人"), (Permission.CHANNELS_MANAGE,)),
    ("channels:settings", _("客户门户"), (Permission.SETTINGS_EDIT,)),
    ("knowledge:model", _("语言模型"), (Permission.SETTINGS_EDIT,)),
)


def settings_page(
    request: StaffRequest,
    template: str,
    part: str,
    context: dict[str, Any] | None = None,
    *,
    here: str = "",
    status: int = 200,
) -> HttpResponse:
    """A page of the settings of people, with the tabs that this person may open. `here` names a page below one."""
    tabs, label = tabs_of(request.user, PARTS, part)
    crumbs = [Crumb(str(_("设置"))), Crumb(label, reverse(part))]
    if here:
        crumbs.append(Crumb(here))
    return page(request, template, {"tabs": tabs, **(context or {})}, crumbs=crumbs, status=status)


def posted(request: HttpRequest) -> QueryDict | None:
    """What a form was sent, also when it was nothing at all; None when it is only asked for."""
    return request.POST if request.method == "POST" else None


def back(request: HttpRequest, to: str, *args: Any, said: str = "") -> HttpResponseRedirect:
    """After a POST: to another page (303), with a message for it."""
    if said:
        messages.success(request, said)
    answer = HttpResponseRedirect(reverse(to, args=args))
    answer.status_code = 303
    return answer
