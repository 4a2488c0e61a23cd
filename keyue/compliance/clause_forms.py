"""What is typed about a clause of a draft: its words, what it stands on, and a control's block as text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keyue.kernel.errors import Invalid
from keyue.regulations.writing import paragraphs_of, with_control_text
from keyue.ui.fields import offer

LONGEST_HEADING = 120
LONGEST_TEXT = 20_000
LONGEST_BLOCK = 10_000
PROBE = "# x\n\n## 1 x\n"


class ClauseForm(forms.Form):
    """Heading, text, laws, sources, keeper. A good form has `paragraphs`, and `about`, the block of the clause."""

    heading = forms.CharField(label=gettext_lazy("标题"), max_length=LONGEST_HEADING, required=False)
    text = forms.CharField(
        label=gettext_lazy("正文"),
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea({"rows": 8}),
        help_text=gettext_lazy("段落之间空一行；控制在另外的表单里改，这里改不到"),
    )
    laws = forms.CharField(
        label=gettext_lazy("引用的法律法规"),
        required=False,
        widget=forms.Textarea({"rows": 2}),
        help_text=gettext_lazy("一行一条，如：《中华人民共和国个人信息保护法》第五十条"),
    )
    source = forms.CharField(
        label=gettext_lazy("出处"),
        required=False,
        widget=forms.Textarea({"rows": 2}),
        help_text=gettext_lazy("一行一条：原来的编号或文件"),
    )
    keeper = forms.ChoiceField(label=gettext_lazy("归口岗位"), required=False)

    paragraphs: list[str]
    about: dict[str, Any]

    def __init__(
        self,
        *args: Any,
        heading: str,
        paragraphs: Sequence[str],
        about: Mapping[str, Any],
        keepers: Mapping[str, str],
        **kwargs: Any,
    ) -> None:
        first = {
            "heading": heading,
            "text": "\n\n".join(paragraphs),
            "laws": _lines(about.get("laws")),
            "source": _lines(about.get("source")),
            "keeper": about.get("keeper", ""),
        }
        kwargs["initial"] = first
        super().__init__(*args, **kwargs)
        self.before = about
        known = dict(keepers)
        if first["keeper"]:
            known.setdefault(str(first["keeper"]), str(first["keeper"]))
        offer(self, "keeper", [("", _("同整项制度")), *known.items()])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        text = data.get("text", "").replace("\r\n", "\n")
        try:
            self.paragraphs = paragraphs_of(re.split(r"\n\s*\n", text))
        except Invalid as error:
            self.add_error("text", str(error))
        about = dict(self.before)
        for key in ("laws", "source"):
            about[key] = [line.strip() for line in data.get(key, "").splitlines() if line.strip()]
        about["keeper"] = data.get("keeper", "")
        self.about = {key: value for key, value in about.items() if value not in ("", [])}
        return data


class ControlTextForm(forms.Form):
    """The lines of a control's block, as somebody writes them."""

    text = forms.CharField(
        label=gettext_lazy("代码块的内容"),
        max_length=LONGEST_BLOCK,
        strip=False,
        widget=forms.Textarea({"rows": 18, "spellcheck": "false"}),
    )

    def clean_text(self) -> str:
        text = str(self.cleaned_data["text"]).replace("\r\n", "\n")
        try:
            with_control_text(PROBE, "1", text)
        except Invalid as error:
            raise forms.ValidationError(str(error)) from error
        return text


def _lines(values: object) -> str:
    return "\n".join(str(value) for value in values) if isinstance(values, list) else ""
