"""Forms by which channels are set up: each kind adds its own fields to a common base."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from keyue.conversations.actions.keeping import ChannelPlan
from keyue.conversations.forms import INPUT, Form
from keyue.conversations.models import Channel
from keyue.people import selectors as people
from keyue.people.forms import DepartmentField, StaffField


class ChannelForm(Form):
    """What every channel needs: a name, who keeps it, whose it is.

    A kind's own form adds fields; what it asks for becomes `options`, except those named in `SECRET`, which are sealed and
    never shown again: left empty, they stay as they were.
    """

    SECRET: ClassVar[tuple[str, ...]] = ()
    OWN: ClassVar[tuple[str, ...]] = ("name", "department", "keeper", "rev")

    name = forms.CharField(label=_("渠道名称"), max_length=60, widget=forms.TextInput(attrs=INPUT))
    keeper = StaffField(label=_("渠道专人"), required=False, help_text=_("每天查看并分拣这个渠道的人。"))
    department = DepartmentField(
        label=pgettext_lazy("字段", "归属部门"), required=False, help_text=_("新会话先在这个部门排队。")
    )
    rev = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, channel: Channel | None = None, **kwargs: Any) -> None:
        self.channel = channel
        if channel is not None:
            kwargs["initial"] = {**initial_of(channel), **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
        # what every channel needs comes first
        self.order_fields([*self.OWN])
        for name in self.SECRET:
            field = self.fields[name]
            field.widget.attrs.setdefault("autocomplete", "new-password")
            if channel is not None:
                field.required = False
                field.help_text = _("留空就保持不变。")

    def plan(self) -> ChannelPlan:
        """What was asked for, once the form is valid."""
        data = self.cleaned_data
        department = data.get("department")
        options = {
            name: value
            for name, value in data.items()
            if name not in (*self.OWN, *self.SECRET) and value not in ("", None)
        }
        secrets = {name: data[name] for name in self.SECRET if data.get(name)}
        return ChannelPlan(
            name=data["name"],
            department=department.code if department else "",
            keeper=data.get("keeper"),
            options=options,
            secrets=secrets,
        )


def initial_of(channel: Channel) -> dict[str, Any]:
    """The values that a form of this channel begins with; secrets are not among them."""
    departments = {one.code: one for one in people.open_departments()} if channel.department else {}
    return {
        **channel.options,
        "name": channel.name,
        "keeper": channel.keeper_id,
        "department": departments.get(channel.department),
        "rev": channel.rev,
    }
