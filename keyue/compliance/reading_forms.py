"""The upload of a company's own regulation, and what it is called."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keyue.people import selectors as people
from keyue.regulations.document import REGULATION_ID
from keyue.regulations.rules import RESERVED
from keyue.ui.fields import offer


class UploadForm(forms.Form):
    """One file; what stands in it is read in the background."""

    file = forms.FileField(
        label=gettext_lazy("制度原件"),
        max_length=200,
        help_text=gettext_lazy(
            "Word（.docx、.doc）、有文字的 PDF、网页、.md、.txt，最大 32 MB。把文件拖到这里也可以。"
        ),
        error_messages={
            "required": gettext_lazy("请选择一个文件。"),
            "empty": gettext_lazy("文件是空的。"),
        },
        widget=forms.FileInput(attrs={"accept": ".docx,.doc,.pdf,.html,.htm,.md,.txt"}),
    )


class AboutForm(forms.Form):
    """What the regulation of a draft is called, and who keeps it."""

    title = forms.CharField(label=gettext_lazy("名称"), max_length=200)
    code = forms.CharField(label=gettext_lazy("文号"), max_length=60, required=False)
    id = forms.CharField(
        label=gettext_lazy("标识"),
        max_length=40,
        help_text=gettext_lazy("小写字母、数字、下划线，如 feedback；修订已有的制度，写它的标识。"),
    )
    keeper = forms.ChoiceField(label=gettext_lazy("归口岗位"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "keeper", [(post.code, post.name) for post in people.all_posts()])

    def clean_id(self) -> str:
        identity = str(self.cleaned_data["id"])
        if not REGULATION_ID.fullmatch(identity):
            raise forms.ValidationError(_("由小写字母、数字、下划线和连字符组成，至多 40 个。"))
        if identity in RESERVED:
            raise forms.ValidationError(_("这个词已有别的用处，请换一个。"))
        return identity
