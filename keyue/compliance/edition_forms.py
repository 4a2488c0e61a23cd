"""What is typed about editions: a draft, a decision, an announcement with its test, and the steps of approval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keyue.compliance.actions.rebasing import LONGEST_SAID
from keyue.compliance.publishing_forms import AudienceForm, StartForm
from keyue.people import selectors as people
from keyue.people.forms import DepartmentField
from keyue.people.models import Department
from keyue.regulations.actions.drafting import LONGEST_REASON
from keyue.regulations.actions.reviewing import LONGEST_NAME, LONGEST_REMARK, MOST_STEPS
from keyue.regulations.ladder import PROPOSED
from keyue.regulations.models import ApprovalStep, Edition
from keyue.regulations.readers import LONGEST_LINE, MOST_OPTIONS, MOST_QUESTIONS
from keyue.ui.fields import offer

LONGEST_TEXT = 1_000_000


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
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("为什么改、改了什么；审批人和员工都会看到。"),
    )
    revision = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)


def _verdict(no: object) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=gettext_lazy("决定"),
        choices=[("yes", gettext_lazy("同意")), ("no", no)],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )


class DecideForm(forms.Form):
    """A yes or a no, and what is to be said about it."""

    approve = _verdict(gettext_lazy("不同意"))
    remark = forms.CharField(
        label=gettext_lazy("审批意见"),
        required=False,
        max_length=LONGEST_REMARK,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("不同意时必填。"),
    )


class ReviewForm(DecideForm):
    """The decision of a step; `digest` is that of the text that was read."""

    approve = _verdict(gettext_lazy("不同意，退回修改"))
    digest = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)


class ReasonForm(forms.Form):
    """Why what runs is to follow the newer edition."""

    reason = forms.CharField(
        label=gettext_lazy("理由"), max_length=LONGEST_SAID, widget=forms.Textarea(attrs={"rows": 3})
    )


class AnnounceForm(StartForm, AudienceForm):
    """When, to whom, with what test an approved edition is announced. A good form has `starts`, `audience`, `test`."""

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

    test: dict[str, Any]

    def __init__(self, *args: Any, edition: Edition, at: datetime, count: int = 0, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.at, self.count = at, max(0, min(count, MOST_QUESTIONS))
        offer(self, "interpreter", owner_choices())
        self.initial.setdefault("interpreter", edition.interpreter or edition.regulation.keeper)
        for n in range(1, self.count + 1):
            self.fields[f"text-{n}"] = forms.CharField(
                label=_("第 %(n)d 题") % {"n": n}, max_length=LONGEST_LINE
            )
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


class ReceiptsFilterForm(forms.Form):
    """Which receipts are shown; the departments to choose from are those that somebody sees (None: every one)."""

    show = forms.ChoiceField(
        label=gettext_lazy("确认"),
        required=False,
        choices=[
            ("", gettext_lazy("全部人员")),
            ("unread", gettext_lazy("未确认")),
            ("read", gettext_lazy("已确认")),
        ],
        widget=forms.Select(attrs={"class": "input"}),
    )

    def __init__(self, *args: Any, among: QuerySet[Department] | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["department"] = DepartmentField(
            among,
            label=_("部门"),
            required=False,
            empty_label=_("全部部门"),
            widget=forms.Select(attrs={"class": "input"}),
        )


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
                label=_("第 %(n)d 步") % {"n": n}, required=False, max_length=LONGEST_NAME, initial=name
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
