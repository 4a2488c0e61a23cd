"""What is asked for to follow reviews of a shop, and to connect Weibo and Douyin."""

from __future__ import annotations

from typing import ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from keyue.channels.reviews.reading import own_columns
from keyue.conversations.channel_forms import ChannelForm
from keyue.conversations.forms import INPUT, Form
from keyue.kernel.errors import Invalid


class ReviewForm(ChannelForm):
    """A shop whose reviews are followed."""

    bad = forms.IntegerField(
        label=_("几分及以下算差评"), min_value=1, max_value=4, initial=2, widget=forms.NumberInput(attrs=INPUT),
        help_text=_("差评会立刻登记为投诉。"),
    )  # fmt: skip
    columns = forms.CharField(
        label=_("表头对应"), max_length=1_000, required=False, widget=forms.Textarea(attrs={**INPUT, "rows": 3}),
        help_text=_(
            "平台导出的表头认不出时填写，一行一个，如 rating=星级。可用：rating text time author order shop id product。"
        ),
    )  # fmt: skip

    def clean_columns(self) -> str:
        text = str(self.cleaned_data["columns"])
        try:
            own_columns(text)
        except Invalid as error:
            raise ValidationError(str(error)) from None
        return text


class WeiboForm(ChannelForm):
    """An account of Weibo."""

    SECRET: ClassVar[tuple[str, ...]] = ("secret",)

    secret = forms.CharField(label=_("App Secret"), max_length=100, widget=forms.PasswordInput(attrs=INPUT))


class DouyinForm(ChannelForm):
    """An account of Douyin."""

    SECRET: ClassVar[tuple[str, ...]] = ("secret",)

    client_key = forms.CharField(label=_("Client Key"), max_length=100, widget=forms.TextInput(attrs=INPUT))
    secret = forms.CharField(
        label=_("Client Secret"), max_length=100, widget=forms.PasswordInput(attrs=INPUT)
    )


class SheetForm(Form):
    """A file of reviews."""

    file = forms.FileField(
        label=_("评价表"),
        help_text=_("平台导出的 .xlsx 或 .csv，一次最多 500 行。同一条评价再导一次不会重复。"),
    )
