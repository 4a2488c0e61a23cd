"""Forms of the sorting pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from keyue.cases.enums import CaseType, Category
from keyue.customers.enums import Grade
from keyue.people import selectors as people
from keyue.people.models import User
from keyue.sorting.actions.tuning import RulePlan
from keyue.sorting.models import RoutingRule
from keyue.ui.fields import ask_by_name, offer


class Form(forms.Form):
    """Base: what is missing is asked for by its name."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ask_by_name(self)

    def take(self, fields: Any) -> None:
        """Put the sentences of a refusal beside the fields they speak of."""
        for name, said in fields.items():
            self.add_error(name if name in self.fields else None, str(said))


def _any(choices: Any) -> list[tuple[str, object]]:
    return [("", _("不限")), *choices]


class RuleForm(Form):
    """What a rule says."""

    name = forms.CharField(label=_("规则名称"), max_length=60)
    category = forms.ChoiceField(label=_("类别"), choices=_any(Category.choices), required=False)
    type = forms.ChoiceField(label=_("类型"), choices=_any(CaseType.choices), required=False)
    words = forms.CharField(
        label=_("产品词"),
        max_length=400,
        required=False,
        help_text=_("内容里出现其中任何一个就算，用空格隔开，例如「膜组 反渗透 加药泵」。"),
    )
    region = forms.CharField(
        label=_("地区"), max_length=40, required=False, help_text=_("省或市的名称，事项的地区里有它就算。")
    )
    grade = forms.ChoiceField(label=_("客户等级"), choices=_any(Grade.choices), required=False)
    lead = forms.ChoiceField(label=_("牵头部门"))
    skill = forms.CharField(
        label=_("需要的技能"),
        max_length=40,
        required=False,
        help_text=_("建议交给牵头部门里有这项技能、手上约定最少的人。"),
    )
    person = forms.ChoiceField(label=_("交给谁"), required=False)

    def __init__(self, *args: Any, rule: RoutingRule | None = None, **kwargs: Any) -> None:
        if rule is not None:
            names = ("name", "category", "type", "words", "region", "grade", "lead", "skill")
            kwargs["initial"] = {name: getattr(rule, name) for name in names} | {
                "person": rule.person_id or ""
            }
        super().__init__(*args, **kwargs)
        departments = [(row.code, row.name) for row in people.working_departments()]
        offer(self, "lead", [("", _("请选择")), *departments])
        self.staff = {str(user.pk): user for user in people.active_staff().select_related("department")}
        named = [
            (pk, f"{user.name} · {user.department}" if user.department else user.name)
            for pk, user in self.staff.items()
        ]
        offer(self, "person", [("", _("不指定")), *named])

    def plan(self) -> RulePlan:
        data = dict(self.cleaned_data)
        person: User | None = self.staff.get(data.pop("person"))
        return RulePlan(**data, person=person)


class TryForm(Form):
    """Something to route without registering it."""

    text = forms.CharField(
        label=_("试一试"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("写一段客户可能说的话。"),
    )
    category = forms.ChoiceField(
        label=_("类别"), choices=[("", _("按内容判断")), *Category.choices], required=False
    )
    region = forms.CharField(label=_("地区"), max_length=40, required=False)
    grade = forms.ChoiceField(label=_("客户等级"), choices=_any(Grade.choices), required=False)


class SkillForm(Form):
    """Who can do what."""

    user = forms.ChoiceField(label=_("员工"))
    name = forms.CharField(label=_("技能"), max_length=40)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.staff = {str(user.pk): user for user in people.active_staff()}
        offer(self, "user", [("", _("请选择")), *((pk, user.name) for pk, user in self.staff.items())])


class WordsForm(Form):
    """A list of words."""

    words = forms.CharField(
        label=_("词"),
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("用空格或换行隔开。"),
    )


class AlarmForm(Form):
    """When there is an alarm."""

    alike = forms.IntegerField(label=_("相似事项数"), min_value=2, max_value=50)
    days = forms.IntegerField(label=_("天数"), min_value=1, max_value=90)
    rev = forms.IntegerField(widget=forms.HiddenInput)


class ProblemForm(Form):
    """What the problem is, and who looks for its cause."""

    title = forms.CharField(label=_("什么问题"), max_length=120)
    owner = forms.ChoiceField(label=_("负责查找原因的部门"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        departments = [(row.code, row.name) for row in people.working_departments()]
        offer(self, "owner", [("", _("请选择")), *departments])


class CauseForm(Form):
    cause = forms.CharField(label=_("原因"), max_length=4000, widget=forms.Textarea(attrs={"rows": 5}))


class ActionForm(Form):
    action = forms.CharField(label=_("采取的措施"), max_length=4000, widget=forms.Textarea(attrs={"rows": 5}))


class ReasonForm(Form):
    reason = forms.CharField(label=_("理由"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


class CaseForm(Form):
    """A case by its number."""

    number = forms.CharField(label=_("事项编号"), max_length=40)
