"""What is typed about editions: a draft, a decision, an announcement with its test, and the steps of approval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keyue.cases.forms import MomentField
from keyue.people import selectors as people
from keyue.people.api import YEARS
from keyue.regulations.ladder import PROPOSED
from keyue.regulations.models import ApprovalStep, Edition
from keyue.regulations.readers import MOST_OPTIONS, MOST_QUESTIONS

LONGEST_TEXT = 1_000_000
MOST_STEPS = 8
ALL, SOME, NOBODY = "all", "departments", "nobody"


def owner_choices() -> list[tuple[str, str]]:
    """Every post and every department, to choose one from."""
    posts = [(post.code, str(post.name)) for post in people.all_posts()]
    units = [(unit.code, str(unit.name)) for unit in people.open_departments()]
    return [("", str(_("请选择"))), *posts, *units]


class DraftForm(forms.Form):
    """The text of a draft; `revision` is the digest of what was read."""

    text = forms.CharField(
        label=gettext_lazy("制度文本"),
        max_length=LONGEST_TEXT,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 28, "class": "mono", "spellcheck": "false"}),
        help_text=gettext_lazy(
            "标题前写条款号；每条控制写在正文下面的 ```control 块里。有错也能保存，改好才能送审。"
        ),
    )
    reason = forms.CharField(
        label=gettext_lazy("修订缘由"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("为什么改、改了什么；审批人和员工都会看到。"),
    )
    revision = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)


class ReviewForm(forms.Form):
    """The decision of a step; `digest` is that of the text that was read."""

    approve = forms.TypedChoiceField(
        label=gettext_lazy("决定"),
        choices=[("yes", gettext_lazy("同意")), ("no", gettext_lazy("不同意，退回修改"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    remark = forms.CharField(
        label=gettext_lazy("审批意见"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("不同意时必填。"),
    )
    digest = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)


class DecideForm(forms.Form):
    """The decision about a re-basing."""

    approve = ReviewForm.base_fields["approve"]
    remark = ReviewForm.base_fields["remark"]


class ReasonForm(forms.Form):
    """Why what runs is to follow the newer edition."""

    reason = forms.CharField(
        label=gettext_lazy("理由"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )


class AnnounceForm(forms.Form):
    """When, to whom, with what test an approved edition is announced. A good form has `starts`, `audience`, `test`."""

    effective_from = MomentField(
        label=gettext_lazy("施行时间"), required=False, help_text=gettext_lazy("留空＝公告后立即施行")
    )
    whom = forms.ChoiceField(
        label=gettext_lazy("由谁阅读并确认"),
        choices=[
            (ALL, gettext_lazy("全体员工")),
            (SOME, gettext_lazy("指定部门及其下级")),
            (NOBODY, gettext_lazy("不需要确认")),
        ],
        widget=forms.RadioSelect,
        initial=ALL,
    )
    departments = forms.MultipleChoiceField(
        label=gettext_lazy("部门"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    interpreter = forms.ChoiceField(
        label=gettext_lazy("由谁解释"), help_text=gettext_lazy("对条文有疑问时找谁。")
    )
    review_on = forms.DateField(
        label=gettext_lazy("复审日期"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=gettext_lazy("到这一天提醒归口岗位重新审视；留空＝不设。"),
    )
    questions = forms.IntegerField(
        min_value=0, max_value=MOST_QUESTIONS, initial=0, required=False, widget=forms.HiddenInput
    )
    enough = forms.IntegerField(
        label=gettext_lazy("答对几题算通过"), min_value=1, max_value=MOST_QUESTIONS, required=False
    )

    starts: datetime
    audience: dict[str, Any]
    test: dict[str, Any]

    def __init__(self, *args: Any, edition: Edition, at: datetime, count: int = 0, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.at, self.count = at, max(0, min(count, MOST_QUESTIONS))
        units = [
            (unit.code, "　" * (unit.path.count("/") - 1) + unit.name) for unit in people.open_departments()
        ]
        self.fields["departments"].choices = units  # type: ignore[attr-defined]
        self.fields["interpreter"].choices = owner_choices()  # type: ignore[attr-defined]
        self.initial.setdefault("interpreter", edition.interpreter or edition.regulation.keeper)
        for n in range(1, self.count + 1):
            self.fields[f"text-{n}"] = forms.CharField(label=_("第 %(n)d 题") % {"n": n}, max_length=300)
            self.fields[f"options-{n}"] = forms.CharField(
                label=_("选项"),
                widget=forms.Textarea(attrs={"rows": 4}),
                help_text=_("一行一个，2 到 %(most)d 个。") % {"most": MOST_OPTIONS},
            )
            self.fields[f"answer-{n}"] = forms.IntegerField(
                label=_("正确的是第几个"), min_value=1, max_value=MOST_OPTIONS
            )

    @property
    def rows(self) -> list[tuple[int, forms.BoundField, forms.BoundField, forms.BoundField]]:
        """The fields of each question."""
        return [
            (n, self[f"text-{n}"], self[f"options-{n}"], self[f"answer-{n}"])
            for n in range(1, self.count + 1)
        ]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        start = data.get("effective_from")
        if start is not None and start.year not in YEARS:
            self.add_error("effective_from", _("年份要在 2000 与 2100 之间。"))
        elif start is not None and start < self.at:
            self.add_error("effective_from", _("要晚于现在；现在就施行请留空。"))
        self.starts = start or self.at
        whom = data.get("whom")
        if whom == SOME and not data.get("departments"):
            self.add_error("departments", _("请选择至少一个部门。"))
        self.audience = (
            {"all": True} if whom == ALL else {"departments": data.get("departments")} if whom == SOME else {}
        )
        self.test = self._test(data)
        return data

    def _test(self, data: Mapping[str, Any]) -> dict[str, Any]:
        found = []
        for n in range(1, self.count + 1):
            options = [
                line.strip() for line in str(data.get(f"options-{n}", "")).splitlines() if line.strip()
            ]
            answer = data.get(f"answer-{n}")
            if answer is not None and answer > len(options) and options:
                self.add_error(f"answer-{n}", _("只有 %(n)d 个选项。") % {"n": len(options)})
            found.append({"text": data.get(f"text-{n}", ""), "options": options, "answer": (answer or 0) - 1})
        if not found:
            return {}
        return {"pass": data.get("enough") or len(found), "questions": found}


class TestForm(forms.Form):
    """The answers to the test of an edition."""

    def __init__(self, *args: Any, test: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.test = test
        for n, one in enumerate(test.get("questions", []), start=1):
            self.fields[f"question-{n}"] = forms.TypedChoiceField(
                label=f"{n}. {one['text']}",
                choices=list(enumerate(one["options"])),
                coerce=int,
                empty_value=None,
                required=False,
                widget=forms.RadioSelect,
            )

    @property
    def answers(self) -> list[int | None]:
        """The chosen option of each question."""
        return [self.cleaned_data.get(name) for name in self.fields]


class StepsForm(forms.Form):
    """The steps of approval, each a name and a post; a row that is left empty is no step."""

    shown = forms.IntegerField(min_value=1, max_value=MOST_STEPS, widget=forms.HiddenInput)

    def __init__(self, *args: Any, kept: Sequence[ApprovalStep], count: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.count = max(1, min(count, MOST_STEPS))
        self.initial["shown"] = self.count
        choices = owner_choices()
        known = {code for code, _name in choices}
        proposed = [(step.name, step.post) for step in kept] or [(str(name), post) for name, post in PROPOSED]
        for n in range(1, self.count + 1):
            name, post = proposed[n - 1] if n <= len(proposed) else ("", "")
            self.fields[f"name-{n}"] = forms.CharField(
                label=_("第 %(n)d 步") % {"n": n}, required=False, max_length=40, initial=name
            )
            self.fields[f"post-{n}"] = forms.ChoiceField(
                label=_("审批岗位"), required=False, choices=choices, initial=post if post in known else ""
            )

    @property
    def rows(self) -> list[tuple[int, forms.BoundField, forms.BoundField]]:
        """The fields of each step."""
        return [(n, self[f"name-{n}"], self[f"post-{n}"]) for n in range(1, self.count + 1)]

    @property
    def steps(self) -> list[tuple[str, str]]:
        """Name and post of each row that is not empty, in order."""
        data = self.cleaned_data
        typed = [(data.get(f"name-{n}", ""), data.get(f"post-{n}", "")) for n in range(1, self.count + 1)]
        return [(name, post) for name, post in typed if name or post]
