"""Forms of the customers room. They read what was typed; whether it is right, the actions say."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from keyue.customers.enums import ErasureReason


class SearchForm(forms.Form):
    """What to look for, and from where on."""

    q = forms.CharField(
        label=_("搜索客户"),
        required=False,
        max_length=120,
        widget=forms.SearchInput(
            attrs={
                "class": "input",
                "placeholder": _("手机号、姓名、单位或编号"),
                "autocomplete": "off",
            }
        ),
    )


class EraseForm(forms.Form):
    """Why somebody's personal data goes, and that it is meant."""

    reason = forms.ChoiceField(
        label=_("删除原因"),
        choices=[(r.value, r.label) for r in ErasureReason if r is not ErasureReason.REPEATED],
    )
    sure = forms.BooleanField(label=_("我知道删除后无法恢复"))
