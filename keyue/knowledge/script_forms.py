"""Forms of canned answers, troubleshooting trees, and what messages must and must not hold."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from keyue.knowledge import placeholders, rules, speech
from keyue.knowledge.actions.scripts import BODY_LONGEST, ScriptText
from keyue.knowledge.enums import LineMode, Scope, ScriptKind
from keyue.knowledge.forms import INPUT, Form, words
from keyue.knowledge.models import ScriptEdition
from keyue.people import selectors as people
from keyue.ui.fields import offer


class WaysField(forms.MultipleChoiceField):
    """Ways on which messages go out; none chosen means all."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            choices=speech.ways, required=False, widget=forms.CheckboxSelectMultiple(), **options
        )


class ScriptForm(Form):
    """A canned answer or a tree."""

    title = words(_("标题"), most=rules.TITLE_LONGEST)
    code = words(_("短代码"), most=20, hint=_("在回复框里打 / 加短代码就能找到，例如 tkjd。"))
    body = words(_("内容"), most=BODY_LONGEST, rows=10)
    scope = forms.ChoiceField(
        label=_("谁能用"), choices=Scope.choices, initial=Scope.ALL.value, widget=forms.Select(attrs=INPUT)
    )
    department = forms.ChoiceField(label=_("部门"), required=False, widget=forms.Select(attrs=INPUT))
    ways = WaysField(label=_("用于渠道"), help_text=_("一个都不选，就都能用。"))

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        departments = [(one.code, one.name) for one in people.working_departments()]
        offer(self, "department", [("", _("不指定")), *departments])
        body = self.fields["body"]
        if kind == ScriptKind.TREE:
            del self.fields["ways"]
            body.widget.attrs.update({"rows": 18, "class": "input mono", "spellcheck": "false"})
            body.label = _("流程")
            body.help_text = _(
                "一行一句，用缩进分层：问题下面缩进写选择，选择下面再缩进写下一个问题或结果。结果里可以写 [ZS-00001] 指一篇文章，[动作：回复客户] 指事项里的一步。"
            )
        else:
            known = " ".join(f"{{{name}}}" for name in placeholders.NAMES)
            body.help_text = _("可以用的占位：%(known)s。发出时换成实际内容。") % {"known": known}

    @staticmethod
    def initial_of(edition: ScriptEdition) -> dict[str, Any]:
        """The form of what an edition says."""
        return {**edition.reach, "title": edition.title, "body": edition.body}

    def text(self) -> ScriptText:
        """What was typed, as the actions take it."""
        data = self.cleaned_data
        return ScriptText(
            kind=self.kind,
            code=data["code"],
            title=data["title"],
            body=data["body"],
            scope=data["scope"],
            department=data["department"],
            ways=tuple(data.get("ways", ())),
        )


class ForbiddenForm(Form):
    """Words that no message may hold."""

    forbidden = words(
        _("禁用词"),
        required=False,
        most=rules.WORDS_LONGEST,
        rows=10,
        hint=_("一行一个，例如：保证治愈。发给客户的话里有它就发不出去，并说明是哪个词。"),
    )


class LineForm(Form):
    """A line that every message must carry."""

    text = words(_("必含语句"), most=300, rows=2)
    ways = WaysField(label=_("用于渠道"), help_text=_("一个都不选，就是所有渠道。"))
    mode = forms.ChoiceField(label=_("缺少时"), choices=LineMode.choices, widget=forms.Select(attrs=INPUT))


class SheetForm(Form):
    """A sheet of canned answers."""

    sheet = forms.FileField(
        label=_("表格"),
        widget=forms.FileInput(attrs={**INPUT, "accept": ".xlsx,.csv"}),
        help_text=_("Excel 或 CSV，表头要有：短代码、标题、内容；可以有：部门。最多 500 行。"),
    )
