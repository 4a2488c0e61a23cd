"""Forms for keeping files true and for setting the archive up. They read what was typed; the actions say what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from keyue.customers.enums import CheckedHow, FieldKind, Grade, Stage
from keyue.customers.rules import TEXT_LONGEST, WORD_LONGEST
from keyue.customers.upkeep_rules import LARGEST_WEIGHT, FieldRule
from keyue.customers.upkeep_words import label_of
from keyue.promises import selectors as promised

INPUT = {"class": "input"}
LONGEST_OPTIONS = 3000


class MomentField(forms.DateTimeField):
    """A local date and time in the company's zone."""

    widget = forms.DateTimeInput(attrs={"class": "input", "type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def to_python(self, value: Any) -> datetime | None:
        moment: datetime | None = super().to_python(value)
        # the form's text has no zone of its own: it is the company's wall clock
        return moment.replace(tzinfo=promised.zone()) if moment is not None else None

    def prepare_value(self, value: Any) -> Any:
        return value.astimezone(promised.zone()) if isinstance(value, datetime) else value


class FieldsForm(forms.Form):
    """Some of the fields of a file, by their keys."""

    fields_ = forms.MultipleChoiceField(label=_("哪些内容"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, choices: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose = self.fields["fields_"]
        assert isinstance(choose, forms.MultipleChoiceField)  # noqa: S101  declared so
        choose.choices = list(choices)


class VerifyForm(FieldsForm):
    """Which fields were found right, and how that was checked."""

    how = forms.ChoiceField(label=_("怎么核实的"), choices=CheckedHow.choices)


class LearntForm(FieldsForm):
    """Which fields are no longer right, and when somebody learnt it."""

    learnt_at = MomentField(label=_("什么时候得知的"))


class CollectedForm(forms.Form):
    """When information was got outside the system that is entered now."""

    collected_at = MomentField(label=_("什么时候收集到的"))


class ValuesForm(forms.Form):
    """Values of fields of the file: text fields named by their keys."""

    def __init__(
        self, *args: Any, rules: Sequence[FieldRule], values: dict[str, str] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        for rule in rules:
            self.fields[rule.key] = value_field(rule)
            self.fields[rule.key].initial = (values or {}).get(rule.key, "")


def value_field(rule: FieldRule) -> forms.Field:
    """The form field for a value of one field of the file."""
    label = label_of(rule)
    if rule.kind in {"choice", "yes_no"}:
        choices = (
            [("yes", _("是")), ("no", _("否"))] if rule.kind == "yes_no" else [(o, o) for o in rule.options]
        )
        return forms.ChoiceField(label=label, required=False, choices=[("", _("未登记")), *choices])
    if rule.kind == "date":
        widget: forms.Widget = forms.TextInput(attrs={**INPUT, "type": "date"})
    elif rule.kind in {"number", "money"}:
        widget = forms.TextInput(attrs={**INPUT, "inputmode": "decimal"})
    elif rule.key in {"needs", "history"}:
        widget = forms.Textarea(attrs={**INPUT, "rows": 3})
    else:
        widget = forms.TextInput(attrs=INPUT)
    return forms.CharField(label=label, required=False, max_length=TEXT_LONGEST, widget=widget)


class AsOfForm(forms.Form):
    """The date of which the file is read."""

    at = MomentField(label=_("看哪一天的档案"), required=False)


class FieldForm(forms.Form):
    """A field of the company's own; of one of the product's, only how it weighs."""

    label = forms.CharField(label=_("字段名称"), max_length=WORD_LONGEST, widget=forms.TextInput(attrs=INPUT))
    key = forms.CharField(
        label=_("字段代码"),
        max_length=40,
        help_text=_("接口和导入用，小写字母、数字和下划线；定下以后不能改"),
        widget=forms.TextInput(attrs=INPUT),
    )
    kind = forms.ChoiceField(label=_("内容类型"), choices=FieldKind.choices, help_text=_("定下以后不能改"))
    options = forms.CharField(
        label=_("选项"),
        required=False,
        max_length=LONGEST_OPTIONS,
        help_text=_("只用于「选项」类型，每行一个"),
        widget=forms.Textarea(attrs={**INPUT, "rows": 4}),
    )
    is_personal = forms.BooleanField(
        label=_("个人信息"),
        required=False,
        help_text=_("用客户的密钥加密，遮住显示，查看留痕；定下以后不能改"),
    )
    is_sensitive = forms.BooleanField(
        label=_("敏感个人信息"),
        required=False,
        help_text=_(
            "生物识别、宗教信仰、特定身份、医疗健康、金融账户、行踪轨迹，以及不满十四周岁的人的信息；启用制度后，没有单独同意不能登记"
        ),
    )
    for_organisations = forms.BooleanField(label=_("用于单位"), required=False, initial=True)
    for_persons = forms.BooleanField(label=_("用于个人"), required=False, initial=True)
    required = forms.BooleanField(
        label=_("必填"), required=False, help_text=_("空着会降低完整度，每天的检查会提醒")
    )
    weight = forms.IntegerField(
        label=_("权重"), min_value=0, max_value=LARGEST_WEIGHT, initial=5, help_text=_("占完整度多少份")
    )
    order = forms.IntegerField(label=_("次序"), min_value=0, max_value=9999, initial=500)

    def keep(self, *names: str) -> None:
        """Leave only these fields: what cannot be changed any more is not asked for."""
        for name in list(self.fields):
            if name not in names:
                del self.fields[name]

    def given(self) -> dict[str, Any]:
        """What was typed, options as a list."""
        data = dict(self.cleaned_data)
        if "options" in data:
            data["options"] = data["options"].splitlines()
        return data


class UpkeepForm(forms.Form):
    """Which stages are checked daily, and after how many days each grade is to be contacted."""

    stages = forms.MultipleChoiceField(
        label=_("每天检查哪些阶段的档案"),
        choices=Stage.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for grade in Grade:
            label = _("%(grade)s多少天联系一次") % {"grade": grade.label}
            self.fields[f"days_{grade.value}"] = forms.IntegerField(
                label=label, required=False, min_value=1, max_value=3650
            )

    def given(self) -> dict[str, Any]:
        """The arguments of `set_upkeep`."""
        days = {grade.value: self.cleaned_data.get(f"days_{grade.value}") for grade in Grade}
        return {
            "stages": self.cleaned_data["stages"],
            "contact_days": {grade: n for grade, n in days.items() if n},
        }
