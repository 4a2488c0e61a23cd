"""One form for each act: the same for pages and for the API, so that both say the same about the same fault.

`arguments()` gives the keyword arguments of the action.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from keyue.cases import selectors
from keyue.cases.actions.files import uploads_from
from keyue.cases.actions.telling import Word
from keyue.cases.enums import (
    CaseType,
    Category,
    Cause,
    Exit,
    FollowUpOutcome,
    Level,
    Telling,
    WaitingReason,
)
from keyue.cases.models import Case
from keyue.people import selectors as people
from keyue.people.models import User
from keyue.promises import selectors as promises
from keyue.ui.fields import ask_by_name

SCORES = [(1, _("1 轻")), (2, _("2 中")), (3, _("3 重"))]
TEXT = {"rows": 5}


class MultipleFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Any number of files; the action checks content, size and count."""

    widget = MultipleFiles

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        files = data if isinstance(data, list | tuple) else [data] if data else []
        return [file for file in files if file]


class ActForm(forms.Form):
    """Base of all: the case it is about, and when it happened where that is not now."""

    # what may be written into a field of this name, to choose from while typing
    suggestions: Mapping[str, Sequence[tuple[str, str]]] = {}

    def __init__(self, *args: Any, case: Case | None = None, user: User | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.case, self.user = case, user
        self.prepare()
        ask_by_name(self)

    def prepare(self) -> None:
        """Choices and initial values that depend on the case."""

    def arguments(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class FiledForm(ActForm):
    """What is kept inside with its files: the evidence of those who did the work. The customer gets none of it."""

    files = FilesField(  # type: ignore[assignment]
        label=_("附件"), required=False, help_text=_("只在公司内部保存，不会发给客户。")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # what was done comes first, then what shows it
        self.order_fields([name for name in self.fields if name != "files"])

    def arguments(self) -> dict[str, Any]:
        data = super().arguments()
        files = data.pop("files", None) or ()
        return {**data, "uploads": uploads_from(files)}


def chosen_by_hand(choices: Any) -> list[tuple[str, object]]:
    """The choices behind an empty one: nothing is said of a case because it stands first in a list."""
    return [("", _("请选择")), *choices]


class EmptyForm(ActForm):
    pass


class ClassifyForm(ActForm):
    type = forms.ChoiceField(label=_("类型"), choices=CaseType.choices)
    category = forms.ChoiceField(label=_("类别"), choices=chosen_by_hand(Category.choices))

    def prepare(self) -> None:
        if self.case is not None:
            self.fields["type"].initial = self.case.type
            self.fields["category"].initial = self.case.category


class ReviewForm(ActForm):
    valid = forms.TypedChoiceField(
        label=_("审核结论"),
        choices=[("true", _("有效")), ("false", _("无效"))],
        coerce=lambda value: value == "true",
        initial="true",
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(label=_("无效的理由"), required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("valid") is False and not data.get("reason", "").strip():
            self.add_error("reason", _("判为无效要写明理由。"))
        return data


class AssessForm(ActForm):
    severity = forms.TypedChoiceField(
        label=_("严重程度"), choices=SCORES, coerce=int, widget=forms.RadioSelect
    )
    reach = forms.TypedChoiceField(label=_("影响范围"), choices=SCORES, coerce=int, widget=forms.RadioSelect)
    consequence = forms.TypedChoiceField(
        label=_("可能后果"), choices=SCORES, coerce=int, widget=forms.RadioSelect
    )


class LevelForm(ActForm):
    level = forms.ChoiceField(label=_("级别"), choices=Level.choices)
    reason = forms.CharField(label=_("理由"), widget=forms.Textarea(attrs={"rows": 3}))

    def prepare(self) -> None:
        if self.case is not None:
            self.fields["level"].initial = self.case.level


class MeetingForm(FiledForm):
    minutes = forms.CharField(label=_("会议纪要"), widget=forms.Textarea(attrs=TEXT))
    attendees = forms.CharField(label=_("参会人"), required=False)


class TextForm(FiledForm):
    text = forms.CharField(label=_("内容"), widget=forms.Textarea(attrs=TEXT))


class DepartmentForm(ActForm):
    lead = forms.ChoiceField(label=_("牵头部门"))
    collaborators = forms.MultipleChoiceField(
        label=_("协办部门"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def prepare(self) -> None:
        choices = [(department.code, department.name) for department in people.working_departments()]
        # nobody becomes the lead because they stand first in the list
        self.fields["lead"].choices = chosen_by_hand(choices)  # type: ignore[attr-defined]
        self.fields["collaborators"].choices = choices  # type: ignore[attr-defined]
        if self.case is not None:
            self.fields["lead"].initial = self.case.lead
            self.fields["collaborators"].initial = self.case.collaborators


class AssignForm(DepartmentForm):
    note = forms.CharField(label=_("交办说明"), required=False, widget=forms.Textarea(attrs={"rows": 3}))


class ReassignForm(DepartmentForm):
    reason = forms.CharField(label=_("转派理由"), widget=forms.Textarea(attrs={"rows": 3}))


class ReasonForm(ActForm):
    reason = forms.CharField(label=_("理由"), widget=forms.Textarea(attrs={"rows": 3}))


class MomentField(forms.DateTimeField):
    """A local date and time in the company's zone, or ISO text with an offset."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def to_python(self, value: Any) -> Any:
        moment = super().to_python(value)
        if moment is not None:
            # the form's text has no zone of its own: it is the company's wall clock
            text = str(value)
            if "+" not in text[10:] and "-" not in text[10:] and not text.endswith("Z"):
                moment = moment.replace(tzinfo=promises.zone())
        return moment


class TaskForm(ActForm):
    department = forms.ChoiceField(label=_("协办部门"))
    what = forms.CharField(label=_("要做什么"), widget=forms.Textarea(attrs={"rows": 3}))
    due = MomentField(label=_("完成时间"))

    def prepare(self) -> None:
        codes = self.case.collaborators if self.case else []
        names = people.owner_names(codes)
        choices = [(code, names.get(code, code)) for code in codes]
        # of several, nobody is given a task because they stand first in the list
        self.fields["department"].choices = chosen_by_hand(choices) if len(choices) > 1 else choices  # type: ignore[attr-defined]


class SupportForm(ActForm):
    department = forms.ChoiceField(label=_("请哪个部门"))
    what = forms.CharField(label=_("要问什么"), widget=forms.Textarea(attrs={"rows": 3}))
    due = MomentField(label=_("要在什么时候前答复"))

    def prepare(self) -> None:
        choices = [(one.code, one.name) for one in people.open_departments()]
        self.fields["department"].choices = chosen_by_hand(choices)  # type: ignore[attr-defined]


class FinishTaskForm(FiledForm):
    task_id = forms.TypedChoiceField(
        label=_("协办任务"),
        coerce=int,
        error_messages={"invalid_choice": _("这项协办由接到它的部门来完成。")},
    )
    result = forms.CharField(label=_("完成情况"), required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def prepare(self) -> None:
        if self.case is None:
            return
        tasks = [task for task in selectors.tasks(self.case) if task.done_at is None]
        if self.user is not None:
            mine = {
                code
                for code in {task.department for task in tasks}
                if selectors.works_for(self.user, self.case, code)
            }
            tasks = [task for task in tasks if task.department in mine]
        names = people.owner_names(task.department for task in tasks)
        self.fields["task_id"].choices = [  # type: ignore[attr-defined]
            (
                task.pk,
                _("%(name)s：%(what)s") % {"name": names[task.department], "what": task.message.body[:40]},
            )
            for task in tasks
        ]


class PlanForm(FiledForm):
    """The plan as text, and its steps as rows of what, who, until (a JSON list from the API)."""

    body = forms.CharField(label=_("处理方案"), widget=forms.Textarea(attrs={"rows": 8}))
    steps = forms.CharField(label=_("步骤"), required=False, widget=forms.Textarea(attrs={"rows": 4}))

    def clean_steps(self) -> list[dict[str, str]]:
        value = self.cleaned_data.get("steps") or ""
        if value.lstrip().startswith("["):
            try:
                rows = json.loads(value)
            except ValueError as error:
                raise forms.ValidationError(_("步骤不是合法的 JSON。")) from error
            if not all(isinstance(row, dict) for row in rows):
                raise forms.ValidationError(_("每个步骤是一个对象：what、who、until。"))
            return [{key: str(row.get(key, ""))[:500] for key in ("what", "who", "until")} for row in rows]
        steps = []
        for line in value.splitlines():
            parts = [part.strip() for part in line.replace("，", ",").split(",")]
            if parts[0]:
                steps.append(dict(zip(("what", "who", "until"), [*parts, "", ""], strict=False)))
        return steps


class ResultForm(FiledForm):
    result = forms.CharField(label=_("处理结果"), widget=forms.Textarea(attrs={"rows": 6}))


class SolveForm(ResultForm):
    """The solution; of a service request also what the customer thinks, or that they have no opinion (S3 3.1.2c)."""

    opinion = forms.ChoiceField(
        label=_("客户意见"),
        required=False,
        choices=[("none", _("没有意见")), ("said", _("有意见，写在下面"))],
        widget=forms.RadioSelect,
        help_text=_("售后服务完成时问一问；没有意见也要写明。"),
    )
    opinion_text = forms.CharField(
        label=_("客户说了什么"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )

    def prepare(self) -> None:
        if self.case is not None and self.case.type != CaseType.REQUEST:
            del self.fields["opinion"], self.fields["opinion_text"]


SPOKEN = frozenset({Telling.CALL, Telling.VISIT})


def ask_with_whom(form: forms.Form, data: Mapping[str, Any]) -> None:
    """A call or a visit was with somebody: their name is part of the evidence."""
    if data.get("via") in SPOKEN and not data.get("spoke_to", "").strip():
        form.add_error("spoke_to", _("写明与谁通话或见面。"))


def spoken_at() -> MomentField:
    """When a call or a visit was that is written down later; pages ask for it with these two ways alone."""
    return MomentField(
        label=_("通话或见面的时间"),
        required=False,
        help_text=_("刚刚的不用填；补记的写明什么时候。到期以后才补记到期以前的，附上录音、截图等凭证。"),
        widget=forms.DateTimeInput(
            attrs={"type": "datetime-local", "data-spoken": ""}, format="%Y-%m-%dT%H:%M"
        ),
    )


class SpokenForm(ActForm):
    """What is said in one of several ways; of a call or a visit also when it was."""

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("via") not in SPOKEN:
            # typed for another way, and not shown any more: what is sent is sent now
            data["at"] = None
            self.errors.pop("at", None)
        return data


class WordForm(SpokenForm):
    """What the customer is told: by mail, on the progress page, or in a recorded call or visit."""

    via = forms.ChoiceField(label=_("方式"), choices=Telling.choices)
    body = forms.CharField(label=_("内容"), widget=forms.Textarea(attrs=TEXT))
    spoke_to = forms.CharField(
        label=_("与谁说的"), required=False, max_length=80, help_text=_("电话或当面告知时填写。")
    )
    at = spoken_at()
    scripts = forms.CharField(required=False, max_length=120, widget=forms.HiddenInput)
    files = FilesField(label=_("附件"), required=False)  # type: ignore[assignment]

    def prepare(self) -> None:
        if self.case is not None and self.case.is_anonymous:
            # who left no name can only be told where they look themselves
            self.fields["via"].initial = Telling.PORTAL

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        ask_with_whom(self, data)
        return data

    def arguments(self) -> dict[str, Any]:
        data = dict(self.cleaned_data)
        word = Word(
            via=data.pop("via"),
            body=data.pop("body"),
            spoke_to=data.pop("spoke_to", ""),
            scripts=data.pop("scripts", "").split(),
            uploads=uploads_from(data.pop("files", None) or ()),
        )
        return {"word": word, **data}


class EtaForm(WordForm):
    eta = MomentField(label=_("预计解决时间"))
    reason = forms.CharField(label=_("改期理由"), required=False, widget=forms.Textarea(attrs={"rows": 2}))
    field_order = ("eta", "reason")

    def prepare(self) -> None:
        super().prepare()
        if self.case is None or not self.case.eta:
            # the first time there is nothing to give a reason for
            del self.fields["reason"]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if self.case is not None and self.case.eta and not data.get("reason", "").strip():
            self.add_error("reason", _("改预计时间要写理由。"))
        return data


class WaitForm(WordForm):
    reason = forms.ChoiceField(label=_("停表原因"), choices=chosen_by_hand(WaitingReason.choices))
    field_order = ("reason",)


class ResumeForm(FiledForm):
    note = forms.CharField(label=_("说明"), widget=forms.Textarea(attrs={"rows": 3}))
    at = MomentField(
        label=_("客户答复的时间"),
        required=False,
        help_text=_("刚刚的不用填；早些时候答复的写明什么时候，计时从那时接着走。"),
    )


class FollowUpForm(SpokenForm, FiledForm):
    outcome = forms.ChoiceField(label=_("结果"), choices=FollowUpOutcome.choices, widget=forms.RadioSelect)
    via = forms.ChoiceField(label=_("方式"), choices=Telling.choices, initial=Telling.CALL)
    spoke_to = forms.CharField(label=_("与谁说的"), required=False, max_length=80)
    at = spoken_at()
    note = forms.CharField(
        label=_("客户怎么说"),
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("没有联系上的，写明什么时候联系、什么情况。"),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        reached = data.get("outcome") != FollowUpOutcome.UNREACHABLE
        if reached:
            ask_with_whom(self, data)
        return data


class CauseForm(FiledForm):
    cause = forms.ChoiceField(label=_("根因"), choices=chosen_by_hand(Cause.choices))
    explanation = forms.CharField(label=_("原因分析"), widget=forms.Textarea(attrs={"rows": 4}))
    prevention = forms.CharField(label=_("预防措施"), widget=forms.Textarea(attrs={"rows": 4}))


class ExitForm(ActForm):
    exit = forms.ChoiceField(
        label=_("结束方式"),
        choices=chosen_by_hand(
            (item.value, item.label)
            for item in (Exit.DECLINED, Exit.UNREACHABLE, Exit.THIRD_PARTY, Exit.INVALID)
        ),
    )
    reason = forms.CharField(label=_("理由"), widget=forms.Textarea(attrs={"rows": 3}))


class DecideForm(ActForm):
    approve = forms.TypedChoiceField(
        label=_("决定"),
        choices=[("true", _("同意")), ("false", _("不同意"))],
        coerce=lambda value: value == "true",
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("不同意的理由"), required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("approve") is False and not data.get("reason", "").strip():
            self.add_error("reason", _("不同意要写明理由。"))
        return data


class WithdrawForm(SpokenForm, FiledForm):
    """That the customer takes it back ends the case: how, with whom and in which words is the evidence (35)."""

    via = forms.ChoiceField(label=_("方式"), choices=chosen_by_hand(Telling.choices))
    spoke_to = forms.CharField(
        label=_("与谁说的"), required=False, max_length=80, help_text=_("电话或当面告知时填写。")
    )
    at = spoken_at()
    note = forms.CharField(label=_("客户怎么说"), widget=forms.Textarea(attrs={"rows": 3}))

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        ask_with_whom(self, data)
        return data


class MergeForm(ActForm):
    into = forms.CharField(label=_("并入哪个事项（编号）"), max_length=40)

    def prepare(self) -> None:
        if self.case is not None and self.user is not None:
            others = [other for other in selectors.other_cases(self.user, self.case, 20) if other.is_open]
            self.suggestions = {"into": [(other.number, other.title) for other in others]}
        if self.suggestions.get("into"):
            self.fields["into"].widget.attrs["list"] = "into_suggestions"
            self.fields["into"].help_text = _("可以从这位客户其他没有结束的事项里选。")

    def arguments(self) -> dict[str, Any]:
        return {"into_id": self.cleaned_data["into"]}

    def clean_into(self) -> int:
        number = self.cleaned_data["into"].strip().upper()
        found = selectors.cases_of(self.user, [number]) if self.user is not None else []
        if not found:
            raise forms.ValidationError(_("没有这个编号的事项，或者您无权查看。"))
        if self.case is not None and found[0].pk == self.case.pk:
            raise forms.ValidationError(_("不能并入自己。"))
        return found[0].pk
