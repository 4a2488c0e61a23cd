"""What is asked for to let another system hand messages in, and to push something out."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from keyue.channels.fetching import check_address
from keyue.channels.webhook.actions.outlets import OutletPlan
from keyue.channels.webhook.enums import OutletKind
from keyue.channels.webhook.facts import EVENTS
from keyue.channels.webhook.models import Outlet
from keyue.conversations.channel_forms import ChannelForm
from keyue.conversations.forms import INPUT, Form
from keyue.kernel.errors import KeyueError
from keyue.people import selectors as people
from keyue.people.forms import DepartmentField
from keyue.promises.enums import NoticeKind

LONGEST_URL = 2_000


def checked_address(url: str) -> str:
    """An address that something may be sent to, or none. Raises ValidationError."""
    try:
        return check_address(url) if url else ""
    except KeyueError as error:
        raise ValidationError(str(error)) from None


class HookForm(ChannelForm):
    """Where answers go to; the secret is made afterwards, on the channel's page, because it is shown once."""

    answer_url = forms.CharField(
        label=_("回复推送到"),
        max_length=LONGEST_URL,
        required=False,
        widget=forms.URLInput(attrs=INPUT),
        help_text=_("客服的回复用 POST 发到这个网址。不填就只收不回。"),
    )

    def clean_answer_url(self) -> str:
        return checked_address(self.cleaned_data["answer_url"])


class OutletForm(Form):
    """An outlet; the address and the secret are never shown again."""

    name = forms.CharField(label=_("名称"), max_length=60, widget=forms.TextInput(attrs=INPUT))
    address = forms.CharField(
        label=_("推送地址"), max_length=LONGEST_URL, required=False,
        widget=forms.TextInput(attrs={**INPUT, "autocomplete": "off"}),
    )  # fmt: skip
    rev = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, outlet: Outlet | None = None, **kwargs: Any) -> None:
        self.outlet = outlet
        if outlet is not None:
            kwargs["initial"] = {**initial_of(outlet), **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
        if outlet is not None:
            self.fields["address"].help_text = _("留空就保持不变（现在是 %(host)s）。") % {
                "host": outlet.host
            }

    def plan(self) -> OutletPlan:
        """What was asked for, once the form is valid."""
        data = self.cleaned_data
        department = data.get("department")
        return OutletPlan(
            name=data["name"],
            address=data["address"],
            secret=data.get("secret") or "",
            department=department.code if department else "",
            wants=data["wants"],
            is_quiet_at_night=bool(data.get("is_quiet_at_night")),
        )


class SystemForm(OutletForm):
    """Another system, and which events it gets."""

    wants = forms.MultipleChoiceField(
        label=_("推送哪些事件"), choices=list(EVENTS.items()), widget=forms.CheckboxSelectMultiple
    )


class RobotForm(OutletForm):
    """A group robot: whose notices it says, and which."""

    SIGNED: ClassVar[tuple[OutletKind, ...]] = (OutletKind.DINGTALK, OutletKind.FEISHU)

    secret = forms.CharField(
        label=_("加签密钥"), max_length=200, required=False,
        widget=forms.PasswordInput(attrs={**INPUT, "autocomplete": "new-password"}),
        help_text=_("机器人的安全设置选「加签」时填写。用关键词的，请把关键词设为「客约」或本网址。"),
    )  # fmt: skip
    department = DepartmentField(
        label=pgettext_lazy("字段", "部门"), required=False, help_text=_("这个部门和下级部门的提醒发到群里；不选就是全公司。")
    )  # fmt: skip
    wants = forms.MultipleChoiceField(
        label=_("发哪些提醒"), choices=NoticeKind.choices, widget=forms.CheckboxSelectMultiple,
        initial=[NoticeKind.ESCALATE.value, NoticeKind.REMIND.value],
    )  # fmt: skip
    is_quiet_at_night = forms.BooleanField(
        label=_("22:00 至 7:00 不发，早上一起发"), required=False, initial=True
    )

    def __init__(self, *args: Any, kind: OutletKind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields(["name", "department", "address", "secret", "wants", "is_quiet_at_night", "rev"])
        if kind not in self.SIGNED:
            del self.fields["secret"]
        elif self.outlet is not None:
            self.fields["secret"].help_text = _("留空就保持不变。")


def form_for(kind: OutletKind, *args: Any, **kwargs: Any) -> OutletForm:
    """The form of this kind of outlet."""
    if kind == OutletKind.HOOK:
        return SystemForm(*args, **kwargs)
    return RobotForm(*args, kind=kind, **kwargs)


def initial_of(outlet: Outlet) -> dict[str, Any]:
    """The values that a form of this outlet begins with."""
    departments = {one.code: one for one in people.open_departments()} if outlet.department else {}
    return {
        "name": outlet.name,
        "department": departments.get(outlet.department),
        "wants": outlet.wants,
        "is_quiet_at_night": outlet.is_quiet_at_night,
        "rev": outlet.rev,
    }
