"""Forms of the sales room. They read what was typed; whether it is right, the actions say."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from keyue.customers import rules as names
from keyue.customers.enums import ErasureReason, Grade, Kind, LegalBasis, Source
from keyue.sales.enums import Agreed, DropReason, LeadState, LossReason, NeedDrop, Settlement
from keyue.sales.rules import Stage
from keyue.ui.fields import ask_by_name, offer

INPUT = {"class": "input"}
WAYS = (
    ("phone", _("电话")),
    ("visit", _("当面")),
    ("wechat", _("微信")),
    ("email", _("邮件")),
    ("other", _("其他")),
)


def typed(label: Any, *, required: bool = True, most: int = 400, rows: int = 0, help_text: Any = "") -> Any:
    """A field of words; of several lines with `rows`."""
    widget = forms.Textarea(attrs={**INPUT, "rows": rows}) if rows else forms.TextInput(attrs=INPUT)
    return forms.CharField(
        label=label, required=required, max_length=most, widget=widget, help_text=help_text
    )


def choice(label: Any, choices: Any, *, required: bool = True, **more: Any) -> Any:
    """A field to choose from a list."""
    return forms.ChoiceField(
        label=label, choices=choices, required=required, widget=forms.Select(attrs=INPUT), **more
    )


def day(label: Any, *, required: bool = False) -> Any:
    """A day of the calendar."""
    return forms.DateField(
        label=label,
        required=required,
        widget=forms.DateInput(attrs={**INPUT, "type": "date"}, format="%Y-%m-%d"),
    )


def instant(label: Any, *, required: bool = False, help_text: Any = "") -> Any:
    """A day and an hour, in the company's zone."""
    widget = forms.DateTimeInput(attrs={**INPUT, "type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(label=label, required=required, widget=widget, help_text=help_text)


def amount(label: Any) -> Any:
    """A sum of yuan, as it is typed; the action reads it."""
    return forms.CharField(
        label=label,
        required=False,
        max_length=30,
        widget=forms.TextInput(attrs={**INPUT, "inputmode": "decimal"}),
    )


class SalesForm(forms.Form):
    """Base: what is missing is asked for by its name."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ask_by_name(self)


class LeadForm(SalesForm):
    """Whom somebody means to win."""

    kind = forms.ChoiceField(
        label=_("种类"), choices=Kind.choices, widget=forms.RadioSelect, initial=Kind.ORGANISATION
    )
    name = typed(
        _("单位名称"),
        required=False,
        most=names.ORGANISATION_LONGEST,
        help_text=_("单位填写全称；个人不用填"),
    )
    uscc = typed(_("统一社会信用代码"), required=False, most=40)
    person = typed(_("联系人或本人姓名"), required=False)
    phone = typed(_("电话"), required=False)
    email = typed(_("邮箱"), required=False)
    region = typed(_("省级地区"), required=False, help_text=_("如 浙江省"))
    source = choice(
        _("来源"), [c for c in Source.choices if c[0] not in {"import", "api"}], initial=Source.REFERRAL
    )
    legal_basis = choice(_("个人信息处理依据"), LegalBasis.choices, initial=LegalBasis.CONTRACT)
    note = typed(_("说明"), required=False, most=names.TEXT_LONGEST, rows=3)
    contacted = instant(
        _("已经联系过的时间"), help_text=_("应先报备再联系；已经联系过的，请如实填写第一次联系的时间")
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("kind") == Kind.PERSON:
            given["name"] = ""
        return given


class LeadFilter(forms.Form):
    """Which leads to list."""

    q = forms.CharField(
        label=_("搜索线索"),
        required=False,
        max_length=120,
        widget=forms.SearchInput(
            attrs={**INPUT, "placeholder": _("编号或单位名称开头"), "autocomplete": "off"}
        ),
    )
    state = choice(_("状态"), [("", _("全部状态")), *LeadState.choices], required=False)
    whose = choice(_("报备人"), [("", _("能看到的全部")), ("mine", _("只看我的"))], required=False)


class ContactForm(SalesForm):
    """That a lead was contacted."""

    way = choice(_("联系方式"), WAYS)
    happened = instant(_("联系时间"), help_text=_("不填为现在"))
    what = typed(_("谈了什么"), required=False, most=names.TEXT_LONGEST, rows=4)


class ExtendForm(SalesForm):
    """Until when a lead is protected, and why so long."""

    until = day(_("保护到"), required=True)
    why = typed(_("原因"), most=names.TEXT_LONGEST, rows=3)


class DropForm(SalesForm):
    """Why nothing comes of a lead."""

    reason = choice(_("原因"), [c for c in DropReason.choices if c[0] != DropReason.CONFLICT])
    remark = typed(_("补充说明"), required=False, most=names.TEXT_LONGEST, rows=3)


class QualifyForm(SalesForm):
    """Into which customer a lead turns."""

    customer = typed(
        _("已有客户的编号"),
        required=False,
        most=40,
        help_text=_("不填就建立新的客户档案，由报备人任客户经理"),
    )


class ColleagueForm(SalesForm):
    """Who follows it from now on."""

    staff = choice(_("接手人"), [])

    def __init__(self, *args: Any, colleagues: Any = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "staff", colleagues)


class SettleForm(SalesForm):
    """Whose it is, and why."""

    outcome = forms.ChoiceField(label=_("裁定"), choices=Settlement.choices, widget=forms.RadioSelect)
    why = typed(_("理由"), most=names.TEXT_LONGEST, rows=3, help_text=_("双方都会收到通知"))


class EraseLeadForm(SalesForm):
    """Why somebody's personal data goes, and that it is meant."""

    reason = choice(_("删除原因"), [c for c in ErasureReason.choices if c[0] != ErasureReason.REPEATED])
    sure = forms.BooleanField(label=_("我知道删除后无法恢复"))


class PoolFilter(forms.Form):
    """Which customers of the pool to list."""

    grade = choice(_("分级"), [("", _("全部分级")), *Grade.choices, ("none", _("未评定"))], required=False)


class ReleaseForm(SalesForm):
    """That a customer goes into the pool is meant."""


class NeedForm(SalesForm):
    """What a customer needs."""

    what = typed(_("需求内容"), most=names.TEXT_LONGEST, rows=5)
    learned = instant(_("何时得知"), help_text=_("不填为现在"))
    contact = choice(_("由谁提出"), [], required=False)

    def __init__(self, *args: Any, contacts: Any = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "contact", [("", _("没有指明")), *contacts])


class NeedDropForm(SalesForm):
    """Why a need is not followed any more."""

    reason = choice(_("原因"), NeedDrop.choices)
    remark = typed(_("补充说明"), required=False, most=names.TEXT_LONGEST, rows=3)


class PlanForm(SalesForm):
    """A service plan, for the customer to agree to."""

    text = typed(
        _("服务方案"),
        most=names.TEXT_LONGEST,
        rows=8,
        help_text=_("客户打开链接会看到这些文字，请用对客户说的话"),
    )
    items = typed(
        _("服务内容"), required=False, most=names.TEXT_LONGEST, rows=5, help_text=_("一行一项，可以不填")
    )


class PlanConfirmForm(SalesForm):
    """How the customer said yes, where not through the link."""

    how = choice(_("确认方式"), [c for c in Agreed.choices if c[0] != Agreed.LINK])


class PlanAnswerForm(SalesForm):
    """What the customer wants otherwise, on the public page."""

    what = typed(_("希望怎样修改"), required=False, most=names.TEXT_LONGEST, rows=4)


class OpportunityForm(SalesForm):
    """An opportunity, new or changed."""

    title = typed(_("商机名称"), most=120)
    stage = choice(_("阶段"), [])
    amount = amount(_("预计金额（元）"))
    expected_on = day(_("预计成交日期"))
    next_step = typed(_("下一步"), required=False, most=400, rows=2)
    next_on = day(_("下一步日期"))

    def __init__(self, *args: Any, stages: list[Stage] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if stages is None:
            del self.fields["stage"]
        else:
            offer(self, "stage", [(stage.code, stage.name) for stage in stages if not stage.end])


class LoseForm(SalesForm):
    """Why an opportunity was lost."""

    reason = choice(_("输单原因"), LossReason.choices)
    remark = typed(_("补充说明"), required=False, most=names.TEXT_LONGEST, rows=3)


class ReopenForm(SalesForm):
    """At which stage to go on, and why."""

    stage = choice(_("阶段"), [])
    why = typed(_("原因"), most=names.TEXT_LONGEST, rows=3)

    def __init__(self, *args: Any, stages: list[Stage] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "stage", [(stage.code, stage.name) for stage in stages or () if not stage.end])


class TargetForm(SalesForm):
    """How many new customers and how much somebody is to win."""

    staff = choice(_("业务人员"), [])
    customers = forms.IntegerField(
        label=_("新客户数"), min_value=0, max_value=100_000, widget=forms.NumberInput(attrs=INPUT)
    )
    amount = amount(_("金额（元）"))

    def __init__(self, *args: Any, colleagues: Any = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "staff", colleagues)


def whole(label: Any, *, required: bool = True, help_text: Any = "") -> forms.IntegerField:
    """A whole number; what it may be, the action says."""
    return forms.IntegerField(
        label=label,
        required=required,
        min_value=0,
        widget=forms.NumberInput(attrs=INPUT),
        help_text=help_text,
    )


NEVER = _("不填为不回收")


class RulesForm(SalesForm):
    """The company's rules of developing customers."""

    protection_days = whole(_("报备保护天数"))
    protection_warn_days = whole(_("保护到期前几天提醒"))
    most_leads = whole(_("每人最多保护中的线索"))
    pick_per_day = whole(_("每人每天最多领取"))
    most_held = whole(_("每人最多跟进的客户"))
    lock_days = whole(_("原客户经理几天内不能再领"))
    warn_days = whole(_("回收前几天提醒"))
    idle_a = whole(_("A 级几天未联系回收"), required=False, help_text=NEVER)
    idle_b = whole(_("B 级几天未联系回收"), required=False, help_text=NEVER)
    idle_c = whole(_("C 级几天未联系回收"), required=False, help_text=NEVER)
    idle_d = whole(_("D 级几天未联系回收"), required=False, help_text=NEVER)
    idle_none = whole(_("未评级几天未联系回收"), required=False, help_text=NEVER)
    keeps_signed = forms.BooleanField(label=_("签约客户不回收，也不占名额"), required=False)
    stages = typed(
        _("商机阶段"),
        most=2000,
        rows=8,
        help_text=_(
            "一行一个，写「名称 赢率」，如「方案报价 50」；赢单、输单写成「赢单 =won」「输单 =lost」"
        ),
    )
    revision = forms.IntegerField(widget=forms.HiddenInput)


def stages_text(stages: list[Stage]) -> str:
    """The stages as the form has them, a line each."""
    return "\n".join(f"{s.name} ={s.end}" if s.end else f"{s.name} {s.probability}" for s in stages)


def read_stages(text: str, before: list[Stage]) -> list[dict[str, Any]]:
    """The stages of the form's lines; one whose name stands keeps its code. What is wrong, the action says."""
    codes = {stage.name: stage.code for stage in before}
    ends = {stage.end: stage.code for stage in before if stage.end}
    rows: list[dict[str, Any]] = []
    for line in filter(None, (part.strip() for part in text.splitlines())):
        name, _space, mark = line.rpartition(" ")
        end = mark.removeprefix("=") if mark in {"=won", "=lost"} else ""
        probability: Any = {"won": 100, "lost": 0}.get(end)
        if not end:
            probability = int(mark.rstrip("%")) if mark.rstrip("%").isdecimal() else None
        code = ends.get(end) if end else codes.get(name.strip())
        rows.append({"code": code or "", "name": name.strip(), "probability": probability, "end": end})
    return rows
