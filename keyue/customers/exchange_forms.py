"""Forms of imports, exports and access. They read what was typed; whether it is right, the actions say."""

from __future__ import annotations

from datetime import date, datetime, time

from django import forms
from django.utils.translation import gettext_lazy as _

from keyue.customers.enums import ExportForm, Grade, GrantPurpose, Kind, Stage
from keyue.customers.exchange.asking import COLUMNS, DEFAULT
from keyue.customers.regions import REGIONS
from keyue.people import selectors as people
from keyue.promises import selectors as promises
from keyue.ui.fields import ask_by_name, offer
from keyue.ui.sheets import MOST_BYTES

ANY = [("", _("不限"))]


class UploadForm(forms.Form):
    """One spreadsheet; what stands in it is checked when it is read."""

    sheet = forms.FileField(
        label=_("表格文件"),
        max_length=200,
        help_text=_(".xlsx 或 .csv（UTF-8、GB 18030），第一行是表头；最大 50 MB、20 万行。"),
        error_messages={"required": _("请选择一个文件。"), "empty": _("文件是空的。")},
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
    )

    def clean_sheet(self) -> object:
        file = self.cleaned_data["sheet"]
        if file.size > MOST_BYTES:
            most = MOST_BYTES // 1024**2
            raise forms.ValidationError(_("文件超过 %(most)d MB，请拆成几个文件。") % {"most": most})
        return file


class ExportAskForm(forms.Form):
    """Which customers, which columns, what for."""

    kind = forms.ChoiceField(label=_("种类"), choices=[*ANY, *Kind.choices], required=False)
    stage = forms.ChoiceField(label=_("阶段"), choices=[*ANY, *Stage.choices], required=False)
    grade = forms.ChoiceField(label=_("分级"), choices=[*ANY, *Grade.choices], required=False)
    region = forms.ChoiceField(label=_("地区"), required=False)
    department = forms.ChoiceField(label=_("归属部门"), required=False)
    columns = forms.MultipleChoiceField(
        label=_("字段"), initial=list(DEFAULT), widget=forms.CheckboxSelectMultiple, required=False
    )
    is_clear = forms.BooleanField(
        label=_("个人信息不遮盖"),
        required=False,
        help_text=_("电话、邮箱、联系人等写明文。批准人会看到您要的是明文。"),
    )
    form = forms.ChoiceField(label=_("格式"), choices=ExportForm.choices)
    purpose = forms.ChoiceField(label=_("用途"), choices=GrantPurpose.choices)
    remark = forms.CharField(
        label=_("用在哪里，谁会看到"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("请不要写客户的姓名和电话。"),
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        ask_by_name(self)
        offer(self, "region", [*ANY, *((code, region.name) for code, region in REGIONS.items())])
        offer(self, "department", [*ANY, *((one.code, one.name) for one in people.open_departments())])
        offer(self, "columns", [(code, column.label) for code, column in COLUMNS.items()])

    def narrowing(self) -> dict[str, str]:
        """The filters that were chosen."""
        names = ("kind", "stage", "grade", "region", "department")
        return {name: self.cleaned_data[name] for name in names if self.cleaned_data.get(name)}


class RefusalForm(forms.Form):
    """Why something is not approved."""

    refusal = forms.CharField(
        label=_("不同意的理由"), max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )


class AccessAskForm(forms.Form):
    """Whom to see, until when, what for."""

    number = forms.CharField(
        label=_("客户编号"),
        required=False,
        max_length=24,
        help_text=_("如 KH-00317。申请一个部门的客户时留空。"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    department = forms.ChoiceField(label=_("或整个部门的客户"), required=False)
    purpose = forms.ChoiceField(label=_("用途"), choices=GrantPurpose.choices)
    until = forms.DateField(
        label=_("用到哪一天"),
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("当天结束时自动收回，一次最长 90 天。"),
    )
    remark = forms.CharField(label=_("理由"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        ask_by_name(self)
        offer(
            self,
            "department",
            [("", _("不按部门")), *((one.code, one.name) for one in people.open_departments())],
        )


class LimitsForm(forms.Form):
    """From how much on reading is noticed."""

    an_hour = forms.IntegerField(label=_("一小时查看客户数"), min_value=1, max_value=100_000)
    a_day = forms.IntegerField(label=_("一天查看客户数"), min_value=1, max_value=100_000)
    reveals_a_day = forms.IntegerField(label=_("一天查看个人信息次数"), min_value=1, max_value=100_000)
    downloads_a_day = forms.IntegerField(label=_("一天下载次数"), min_value=1, max_value=100_000)
    times_usual = forms.IntegerField(label=_("超过本人平常的倍数"), min_value=1, max_value=100)


def end_of(day: date) -> datetime:
    """The last second of a day in the company's zone."""
    return datetime.combine(day, time(23, 59, 59), promises.zone())
