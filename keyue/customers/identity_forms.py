"""Forms for identifiers and duplicates. They read what was typed; whether it is right, the actions say."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from keyue.customers.enums import IdentifierKind, Kind
from keyue.customers.models import Customer


class IdentifierForm(forms.Form):
    """A code or a further name of a customer."""

    kind = forms.ChoiceField(label=_("种类"))
    value = forms.CharField(
        label=_("内容"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    system = forms.CharField(
        label=_("来源系统"),
        max_length=40,
        required=False,
        help_text=_("只有外部系统编号要填，如 ERP、金税"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    valid_from = forms.DateField(
        label=_("有效自"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    valid_until = forms.DateField(
        label=_("有效至"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: object, customer: Customer, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        unfit = IdentifierKind.USCC if customer.is_person else IdentifierKind.ID_NUMBER
        choices = [(kind.value, kind.label) for kind in IdentifierKind if kind != unfit]
        self.fields["kind"].choices = choices  # type: ignore[attr-defined]


class CompareForm(forms.Form):
    """The number of a file that seems to be of the same customer."""

    other = forms.CharField(
        label=_("另一份档案的编号"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "KH-00317"}),
    )


class LikelyForm(forms.Form):
    """What has been typed of a customer so far: whatever it is, something may be found by it."""

    kind = forms.ChoiceField(choices=Kind.choices, required=False)
    name = forms.CharField(max_length=120, required=False)
    # what forms call a natural person's name that ask for an organisation's beside it
    person = forms.CharField(max_length=120, required=False)
    phone = forms.CharField(max_length=60, required=False)
    email = forms.CharField(max_length=254, required=False)
    uscc = forms.CharField(max_length=40, required=False)
    id_number = forms.CharField(max_length=40, required=False)
