"""Forms of the customers room. They read what was typed; whether it is right, the actions say."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from keyue.customers.enums import ErasureReason


class EraseForm(forms.Form):
    """Why somebody's personal data goes, and that it is meant."""

    reason = forms.ChoiceField(
        label=_("删除原因"),
        choices=[(r.value, r.label) for r in ErasureReason if r is not ErasureReason.REPEATED],
    )
    sure = forms.BooleanField(label=_("我知道删除后无法恢复"))
