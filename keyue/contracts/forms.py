"""Forms of the contracts room. They read what was typed; whether it is right, the actions say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from keyue.contracts import rules
from keyue.contracts.actions.contracts import Terms
from keyue.contracts.actions.projects import ProjectPlan, StagePlan
from keyue.contracts.enums import CaseSort, ContractKind, EndReason, Opinion, Topic, Unit, Way, What
from keyue.contracts.levels import MOST_AMOUNT, Level
from keyue.contracts.models import Contract, Payment, Project, ProjectStage
from keyue.people import selectors as people
from keyue.people.forms import StaffField
from keyue.ui.fields import ask_by_name, offer
from keyue.worktime import selectors as worktime
from keyue.worktime.calendar import COMPANY_CALENDAR

INPUT = {"class": "input"}
DESK = "service_desk"


def words(
    label: Any, *, required: bool = True, most: int = rules.TEXT_LONGEST, rows: int = 0, hint: Any = ""
) -> Any:
    """A field of words; of several lines with `rows`."""
    widget = forms.Textarea(attrs={**INPUT, "rows": rows}) if rows else forms.TextInput(attrs=INPUT)
    return forms.CharField(label=label, required=required, max_length=most, widget=widget, help_text=hint)


def choice(label: Any, choices: Any, *, required: bool = True, hint: Any = "") -> Any:
    """A field to choose from a list."""
    return forms.ChoiceField(
        label=label,
        choices=choices,
        required=required,
        widget=forms.Select(attrs=INPUT),
        help_text=hint,
    )


def day(label: Any, *, required: bool = False, hint: Any = "") -> Any:
    """A day of the calendar."""
    widget = forms.DateInput(attrs={**INPUT, "type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=required, widget=widget, help_text=hint)


def money(label: Any, *, required: bool = False, hint: Any = "") -> Any:
    """A sum, as it is typed; the action reads it."""
    widget = forms.TextInput(attrs={**INPUT, "inputmode": "decimal"})
    return forms.CharField(label=label, required=required, max_length=24, widget=widget, help_text=hint)


def number(label: Any, *, least: int, most: int, required: bool = True) -> Any:
    """A whole number."""
    widget = forms.NumberInput(attrs={**INPUT, "min": least, "max": most})
    return forms.IntegerField(label=label, min_value=least, max_value=most, required=required, widget=widget)


def moment(label: Any) -> Any:
    """A day and an hour in the company's zone; left empty: now."""
    widget = forms.DateTimeInput(attrs={**INPUT, "type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(label=label, required=False, widget=widget, help_text=_("不填就是现在。"))


class Form(forms.Form):
    """Base of all: what is missing is asked for by its name, and faults of an action land beside their fields."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ask_by_name(self)

    def take(self, faults: Mapping[str, object]) -> None:
        """Show what an action found wrong."""
        for name, said in faults.items():
            self.add_error(name if name in self.fields else None, str(said))


# ── contracts ─────────────────────────────────────────────────────────────────────────────────────────────────


class LevelForm(Form):
    """A row of the service levels; without an amount it is none."""

    what = choice(_("约定什么"), What.choices)
    amount = number(_("时限"), least=1, most=MOST_AMOUNT, required=False)
    unit = choice(_("单位"), Unit.choices)
    urgent = number(_("紧急的"), least=1, most=MOST_AMOUNT, required=False)
    types = forms.MultipleChoiceField(
        label=_("适用类型"),
        choices=CaseSort.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("都不选就是全部类型。"),
    )
    calendar = choice(_("日历"), (), required=False)
    clause = words(_("合同条款号"), required=False, most=40)
    pauses = forms.BooleanField(label=_("等客户资料时停表"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = [(one.code, one.name) for one in worktime.calendars() if one.code != COMPANY_CALENDAR]
        offer(self, "calendar", [("", _("公司日历")), *others])

    @property
    def is_empty(self) -> bool:
        return not str(self.data.get(self.add_prefix("amount"), "")).strip()

    def level(self) -> Level:
        """The row as the action takes it."""
        data = self.cleaned_data
        return Level(
            n=0,
            what=data["what"],
            amount=data["amount"],
            unit=data["unit"],
            clause=data["clause"],
            types=tuple(data["types"]),
            urgent=data["urgent"],
            calendar=data["calendar"],
            pauses=data["pauses"],
        )


class PaymentForm(Form):
    """A row of the payments; without an amount it is none."""

    due_on = day(_("应收日"), required=True)
    amount = money(_("应收金额"))

    @property
    def is_empty(self) -> bool:
        return not str(self.data.get(self.add_prefix("amount"), "")).strip()


class ContractForm(Form):
    """All that a contract says."""

    number = words(_("合同编号"), most=rules.NUMBER_LONGEST, hint=_("全公司不能重复。"))
    title = words(_("合同名称"), most=rules.TITLE_LONGEST)
    kind = choice(_("合同种类"), ContractKind.choices)
    amount = money(_("金额"), hint=_("人民币元，不带单位。"))
    effective_on = day(_("生效日"), hint=_("不填就是签署那天。"))
    ends_on = day(_("到期日"), hint=_("当天仍然有效；没有期限就不填。"))
    renew_on = day(_("续约沟通日"))
    staff = StaffField(
        label=_("合同负责人"), required=False, empty_label=_("客户经理"), widget=forms.Select(attrs=INPUT)
    )
    credit_limit = money(_("信用额度"), hint=_("赊销才填；签署时写入客户档案。"))
    rights = words(_("权利"), required=False, rows=3)
    duties = words(_("义务"), required=False, rows=3)
    term = words(_("期限"), required=False, rows=2)
    limits = words(_("服务时限（原文）"), required=False, rows=2)
    duty_post = choice(
        _("责任岗位"), (), required=False, hint=_("事项还没有主办部门时，由哪个岗位负责合同时限。")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        posts = [(post.code, post.name) for post in people.all_posts()]
        offer(self, "duty_post", [("", _("请选择")), *posts])
        if any(code == DESK for code, _name in posts):
            self.fields["duty_post"].initial = DESK


class ContractSheet:
    """The whole page: the contract, its rows of service levels and of payments."""

    def __init__(self, data: QueryDict | None = None, *, contract: Contract | None = None, renews: bool = False,
                 levels: Sequence[Level] = (), payments: Sequence[Payment] = (),
                 texts: Mapping[str, str] | None = None) -> None:  # fmt: skip
        if data is None:
            first = _contract_initial(contract, texts or {}, renews=renews) if contract else {}
            self.form = ContractForm(initial=first)
            self.levels = [
                LevelForm(prefix=f"level-{n}", initial=_level_initial(one)) for n, one in enumerate(levels, 1)
            ]
            self.payments = [
                PaymentForm(prefix=f"payment-{n}", initial={"due_on": one.due_on, "amount": one.amount})
                for n, one in enumerate(() if renews else payments, 1)
            ]
            self.levels += [self._level(len(self.levels) + 1)] if not self.levels else []
            self.payments += [self._payment(len(self.payments) + 1)] if not self.payments else []
        else:
            self.form = ContractForm(data)
            self.levels = [
                LevelForm(data, prefix=f"level-{n}") for n in _rows(data, "levels", rules.MOST_LEVELS)
            ]
            self.payments = [
                PaymentForm(data, prefix=f"payment-{n}") for n in _rows(data, "payments", rules.MOST_PAYMENTS)
            ]

    @staticmethod
    def _level(n: int) -> LevelForm:
        return LevelForm(prefix=f"level-{n}", initial={"unit": Unit.HOURS})

    @staticmethod
    def _payment(n: int) -> PaymentForm:
        return PaymentForm(prefix=f"payment-{n}")

    def add(self, what: str) -> None:
        """One more empty row."""
        if what == "level" and len(self.levels) < rules.MOST_LEVELS:
            self.levels.append(self._level(len(self.levels) + 1))
        if what == "payment" and len(self.payments) < rules.MOST_PAYMENTS:
            self.payments.append(self._payment(len(self.payments) + 1))

    @property
    def _full_levels(self) -> list[LevelForm]:
        return [row for row in self.levels if not row.is_empty]

    @property
    def _full_payments(self) -> list[PaymentForm]:
        return [row for row in self.payments if not row.is_empty]

    def is_valid(self) -> bool:
        """Whether all that was typed can be read."""
        return all(
            [self.form.is_valid(), *(row.is_valid() for row in (*self._full_levels, *self._full_payments))]
        )

    def terms(self) -> Terms:
        """What was typed, for the action."""
        return Terms(
            **self.form.cleaned_data,
            levels=[row.level() for row in self._full_levels],
            payments=[
                (row.cleaned_data["due_on"], row.cleaned_data["amount"]) for row in self._full_payments
            ],
        )

    def take(self, faults: Mapping[str, object]) -> None:
        """Show what the action found wrong, each beside its row."""
        for name, said in faults.items():
            kind, _dash, n = name.partition("-")
            by_kind: dict[str, Sequence[Form]] = {"level": self._full_levels, "payment": self._full_payments}
            rows = by_kind.get(kind, ())
            if n.isdecimal() and 1 <= int(n) <= len(rows):
                rows[int(n) - 1].add_error("amount", str(said))
            else:
                self.form.take({name: said})


def _rows(data: QueryDict, name: str, most: int) -> range:
    shown = str(data.get(name, ""))
    return range(1, 1 + min(int(shown), most)) if shown.isdecimal() and len(shown) < 4 else range(1, 1)


def _contract_initial(contract: Contract, texts: Mapping[str, str], *, renews: bool) -> dict[str, Any]:
    names = (
        "number",
        "kind",
        "amount",
        "effective_on",
        "ends_on",
        "renew_on",
        "credit_limit",
        "staff",
        "duty_post",
    )
    first = {**{name: getattr(contract, name) for name in names}, **texts}
    if renews:
        begins = contract.ends_on + timedelta(days=1) if contract.ends_on else None
        first |= {"number": "", "effective_on": begins, "ends_on": None, "renew_on": None}
    return first


def _level_initial(level: Level) -> dict[str, Any]:
    return {name: getattr(level, name) for name in LevelForm.base_fields}


class FilterForm(Form):
    """What the list of contracts or of projects is narrowed to."""

    q = forms.CharField(
        label=_("合同编号或客户编号"),
        required=False,
        max_length=60,
        widget=forms.SearchInput(
            attrs={**INPUT, "placeholder": _("合同编号开头，或 KH-00317"), "autocomplete": "off"}
        ),
    )
    show = choice(_("状态"), (), required=False)

    def __init__(self, data: Any, shows: Iterable[tuple[str, Any]]) -> None:
        super().__init__(data)
        offer(self, "show", [("", _("状态：全部")), *shows])


class RemarkForm(Form):
    """A word to an act."""

    remark = words(_("说明"), required=False, rows=3)


class ReturnForm(Form):
    """What is to be changed."""

    remark = words(_("要改什么"), rows=3)


class SignForm(Form):
    """When both sides signed."""

    signed_on = day(_("签署日"), required=True)
    effective_on = day(_("生效日"), hint=_("合同已写明的不用填。"))


class ArchiveForm(Form):
    """Where the contract lies."""

    place = words(_("存放位置"), most=200, hint=_("如 档案室 3 排 12 盒，或电子档案的路径。"))


class EndForm(Form):
    """Why it ends before its term."""

    reason = choice(_("终止原因"), EndReason.choices)
    remark = words(_("说明"), required=False, rows=3)


class StaffForm(Form):
    """Who looks after it now."""

    staff = StaffField(label=_("合同负责人"), widget=forms.Select(attrs=INPUT))


class RenewalForm(Form):
    """When to speak about going on."""

    on = day(_("续约沟通日"), hint=_("留空就不再提醒。"))


class ReceiveForm(Form):
    """What came in."""

    amount = money(_("到账金额"), required=True)
    received_on = day(_("到账日"), required=True)


class ChaseForm(Form):
    """How the customer was reminded."""

    way = choice(_("方式"), Way.choices)
    remark = words(_("怎么说的，客户怎么答复"), rows=3)


# ── projects ──────────────────────────────────────────────────────────────────────────────────────────────────


class StageForm(Form):
    """A row of the stages; without a name it is none."""

    name = words(_("阶段名称"), required=False, most=rules.NAME_LONGEST)
    weight = number(_("权重"), least=1, most=100)
    planned_on = day(_("计划完成日"))

    @property
    def is_empty(self) -> bool:
        return not str(self.data.get(self.add_prefix("name"), "")).strip()


class ProjectForm(Form):
    """What is said of a project."""

    title = words(_("项目名称"), most=rules.TITLE_LONGEST)
    contract_number = words(_("合同编号"), most=rules.NUMBER_LONGEST, hint=_("全公司的项目不能重复。"))
    account_manager = StaffField(
        label=_("客户经理"), required=False, empty_label=_("与客户相同"), widget=forms.Select(attrs=INPUT)
    )
    planned_from = day(_("计划开始"))
    planned_to = day(_("计划完成"))


class ProjectSheet:
    """The whole page: the project and its rows of stages."""

    def __init__(self, data: QueryDict | None = None, *, project: Project | None = None, title: str = "",
                 stages: Sequence[ProjectStage] = (), contract: Contract | None = None) -> None:  # fmt: skip
        if data is None:
            self.form = ProjectForm(initial=_project_initial(project, title, contract))
            self.stages = [
                StageForm(
                    prefix=f"stage-{n}",
                    initial={"name": one.name, "weight": one.weight, "planned_on": one.planned_on},
                )
                for n, one in enumerate(stages, 1)
            ]
            while len(self.stages) < 3:
                self.add()
        else:
            self.form = ProjectForm(data)
            rows = _rows(data, "stages", rules.MOST_STAGES)
            self.stages = [StageForm(data, prefix=f"stage-{n}") for n in rows]

    def add(self) -> None:
        """One more empty row."""
        if len(self.stages) < rules.MOST_STAGES:
            self.stages.append(StageForm(prefix=f"stage-{len(self.stages) + 1}", initial={"weight": 1}))

    @property
    def _full(self) -> list[StageForm]:
        return [row for row in self.stages if not row.is_empty]

    def is_valid(self) -> bool:
        """Whether all that was typed can be read."""
        return all([self.form.is_valid(), *(row.is_valid() for row in self._full)])

    def plan(self) -> ProjectPlan:
        """What was typed, for the action."""
        return ProjectPlan(
            **self.form.cleaned_data, stages=[StagePlan(**row.cleaned_data) for row in self._full]
        )

    def take(self, faults: Mapping[str, object]) -> None:
        """Show what the action found wrong, each beside its row."""
        for name, said in faults.items():
            n = name.removeprefix("stage-")
            if name != n and n.isdecimal() and 1 <= int(n) <= len(self._full):
                self._full[int(n) - 1].add_error("name", str(said))
            else:
                self.form.take({name: said})


def _project_initial(project: Project | None, title: str, contract: Contract | None) -> dict[str, Any]:
    if project is not None:
        names = ("contract_number", "account_manager", "planned_from", "planned_to")
        return {"title": title, **{name: getattr(project, name) for name in names}}
    if contract is not None:
        dates = {"planned_from": contract.effective_on, "planned_to": contract.ends_on}
        return {"title": title, "contract_number": contract.number, **dates}
    return {}


class ConfirmForm(Form):
    """How the customer agreed to the plan."""

    how = choice(_("怎么确认的"), Way.choices)
    remark = words(_("确认了什么，由谁确认"), rows=3)


class TalkForm(Form):
    """What was told to the customer."""

    topic = choice(_("沟通主题"), Topic.choices)
    stage = forms.ModelChoiceField(
        label=_("项目阶段"),
        queryset=ProjectStage.objects.none(),
        required=False,
        empty_label=_("不限阶段"),
        widget=forms.Select(attrs=INPUT),
    )
    way = choice(_("沟通方式"), Way.choices)
    text = words(_("沟通内容和客户的答复"), rows=4)
    happened = moment(_("沟通时间"))


class OpinionForm(Form):
    """What the customer said."""

    type = choice(_("意见类型"), Opinion.choices)
    text = words(_("客户说了什么"), rows=4)


class ProgressForm(Form):
    """How far a stage has come."""

    percent = number(_("进度（%）"), least=0, most=99)


class FinishForm(Form):
    """When a stage was done."""

    happened = moment(_("完成时间"))


class EmptyForm(Form):
    """An act that asks for nothing."""
