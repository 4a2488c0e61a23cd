"""Forms for what was given to others, and for what got out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from keyue.customers.upkeep_forms import MomentField
from keyue.people import selectors as people
from keyue.people.models import User
from keyue.privacy.enums import DataKind, FoundHow
from keyue.ui.fields import ask_by_name, offer

LONGEST, RECIPIENT = 2000, 300
NOTHING = [("", _("请选择"))]
PROVIDED = [(kind.value, kind.label) for kind in DataKind if kind is not DataKind.SECRET]


def _long(label: Any, hint: Any = "", *, rows: int = 3) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=LONGEST, help_text=hint, widget=forms.Textarea(attrs={"rows": rows})
    )


class _Form(forms.Form):
    """Asks for what is missing by its name."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ask_by_name(self)


class ProvideForm(_Form):
    """Who is given what, what for, and on which consent."""

    recipient = forms.CharField(
        label=_("接收方"),
        max_length=RECIPIENT,
        help_text=_("名称和联系方式，取得同意时告诉过本人的。加密保存。"),
    )
    kinds = forms.MultipleChoiceField(
        label=_("提供哪些信息"), choices=PROVIDED, widget=forms.CheckboxSelectMultiple
    )
    purpose = _long(_("提供的目的"), _("接收方用来做什么。加密保存。"), rows=2)
    consent = forms.ChoiceField(
        label=_("依据的单独同意"), required=False, help_text=_("对外提供个人信息要有单独同意。")
    )

    def __init__(self, *args: Any, consents: Iterable[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = [(str(pk), name) for pk, name in consents]
        offer(self, "consent", [("", _("没有")), *chosen])
        if len(chosen) == 1:
            self.fields["consent"].initial = chosen[0][0]


class DiscloseForm(_Form):
    """What got out, when, to whom, and how that was found."""

    kinds = forms.MultipleChoiceField(
        label=_("泄露了哪些信息"), choices=DataKind.choices, widget=forms.CheckboxSelectMultiple
    )
    what = _long(_("泄露经过"), _("泄露了什么、怎么泄露的。加密保存。"))
    recipient = forms.CharField(
        label=_("泄露给谁"), required=False, max_length=RECIPIENT, help_text=_("不知道的可以不填。加密保存。")
    )
    happened_at = MomentField(label=_("泄露时间"), help_text=_("不确定的，填发现的时间。"))
    how = forms.ChoiceField(label=_("怎样发现的"), choices=[*NOTHING, *FoundHow.choices])
    approved_by = forms.CharField(
        label=_("批准人"),
        required=False,
        help_text=_("经公司批准外传的，填批准人的用户名；没有批准的不填。"),
        widget=forms.TextInput(attrs={"class": "input", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, may_handle: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_handle:
            del self.fields["approved_by"]

    def clean_approved_by(self) -> User | None:
        """The member of staff with this user name."""
        name = str(self.cleaned_data["approved_by"]).strip()
        if not name:
            return None
        found = people.by_username(name)
        if found is None or not found.is_active:
            raise forms.ValidationError(_("没有这个用户名的在职人员。"))
        return found


class RemedyForm(_Form):
    """What was done about it."""

    remedy = _long(_("补救措施"), _("追回、停用、通知了谁，以后怎样防止。加密保存。"), rows=4)
