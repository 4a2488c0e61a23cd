"""Forms in which customers and contacts are entered and changed. They read what was typed; the actions say what is wrong."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from keyue.customers import rules
from keyue.customers.enums import (
    Background,
    Channel,
    Credit,
    Kind,
    LegalBasis,
    LossReason,
    Part,
    Secrecy,
    Source,
    Stage,
    Stance,
)
from keyue.customers.models import Contact, Customer

NONE = [("", _("未登记"))]


def _text(label: Any, longest: int, *, hint: Any = "", rows: int = 0, **more: Any) -> forms.CharField:
    widget = (
        forms.Textarea(attrs={"class": "input", "rows": rows})
        if rows
        else forms.TextInput(attrs={"class": "input"})
    )
    return forms.CharField(
        label=label, required=False, max_length=longest, help_text=hint, widget=widget, **more
    )


def _choice(label: Any, choices: Any, *, empty: bool = True, hint: Any = "") -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label, required=not empty, choices=[*(NONE if empty else []), *choices], help_text=hint
    )


class _Own(forms.Form):
    """What a customer's own file says, whoever they are."""

    region = _text(_("地区"), 60, hint=_("省级地区，可带城市，如 浙江省杭州市"))
    category = _text(_("分类"), rules.WORD_LONGEST)
    industry = _text(_("行业"), rules.WORD_LONGEST)
    scale = _text(_("规模"), rules.WORD_LONGEST)
    address = _text(_("地址"), rules.ADDRESS_LONGEST)
    credit = _choice(_("信用状况"), Credit.choices)
    credit_limit = _text(_("信用额度（元）"), 20)
    needs = _text(_("业务需求"), rules.TEXT_LONGEST, rows=3)
    history = _text(_("合作历史"), rules.TEXT_LONGEST, rows=3)
    strategy = _text(_("维护策略"), rules.TEXT_LONGEST, rows=3)


class CustomerForm(_Own):
    """A new customer with the first contact."""

    kind = _choice(_("种类"), Kind.choices, empty=False)
    name = _text(_("单位名称"), rules.ORGANISATION_LONGEST)
    contact_name = _text(_("姓名"), rules.PERSON_LONGEST)
    phone = _text(_("电话"), 60)
    email = _text(_("邮箱"), rules.EMAIL_LONGEST)
    role = _text(_("职务"), rules.ROLE_LONGEST)
    part = _choice(_("决策角色"), Part.choices)
    stage = _choice(_("阶段"), Stage.choices, empty=False)
    source = _choice(_("来源"), Source.choices, empty=False)
    legal_basis = _choice(_("个人信息处理依据"), LegalBasis.choices, empty=False)

    def given(self) -> dict[str, Any]:
        """What `actions.create_customer` takes."""
        data = dict(self.cleaned_data)
        if data["kind"] == Kind.PERSON:
            data["name"] = data.pop("contact_name")
            data.pop("part")
        data["credit_limit"] = data["credit_limit"] or None
        return {name: value for name, value in data.items() if value not in ("", None)}


class EditForm(_Own):
    """A customer who is on file."""

    name = _text(_("单位名称"), rules.ORGANISATION_LONGEST)
    city = _text(_("城市"), 40)
    source = _choice(_("来源"), Source.choices, empty=False)
    legal_basis = _choice(_("个人信息处理依据"), LegalBasis.choices, empty=False)
    secrecy = _choice(_("密级"), Secrecy.choices, empty=False)

    def __init__(self, *args: Any, customer: Customer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if customer.is_person:
            # a person's name and address stand in their own contact
            for name in ("name", "address"):
                del self.fields[name]


class ContactForm(forms.Form):
    """A contact, new or on file."""

    name = _text(_("姓名"), rules.PERSON_LONGEST)
    role = _text(_("职务"), rules.ROLE_LONGEST)
    phone = _text(_("电话"), 60)
    email = _text(_("邮箱"), rules.EMAIL_LONGEST)
    address = _text(_("地址"), rules.ADDRESS_LONGEST)
    preferred_channel = _choice(_("首选联系方式"), Channel.choices)
    part = _choice(_("决策角色"), Part.choices)
    stance = _choice(_("态度"), Stance.choices)
    reports_to = _choice(_("上级"), [])
    source = _choice(_("来源"), Source.choices, hint=_("不填时与客户相同"))
    legal_basis = _choice(_("个人信息处理依据"), LegalBasis.choices, hint=_("不填时与客户相同"))

    def __init__(self, *args: Any, others: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["reports_to"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  as declared above
        field.choices = [*NONE, *((str(pk), name) for pk, name in others)]

    @staticmethod
    def initial_of(contact: Contact) -> dict[str, Any]:
        """What of a contact is shown without a reveal: nothing that is masked."""
        names = ("preferred_channel", "part", "stance", "source", "legal_basis")
        return {name: getattr(contact, name) for name in names} | {"reports_to": contact.reports_to_id or ""}


class StageForm(forms.Form):
    """Another stage, since when and why."""

    stage = _choice(_("转入阶段"), Stage.choices, empty=False)
    happened = forms.DateTimeField(
        label=_("转入时间"),
        required=False,
        help_text=_("不填就是现在"),
        widget=forms.DateTimeInput(
            attrs={"class": "input", "type": "datetime-local"}, format="%Y-%m-%dT%H:%M"
        ),
    )
    reason = _text(_("原因"), rules.TEXT_LONGEST, rows=3)
    loss = _choice(_("流失原因"), LossReason.choices, hint=_("转为历史客户时填写"))
    win_back = forms.BooleanField(label=_("值得挽回"), required=False)


class BackgroundForm(forms.Form):
    """What came of looking into background and credit."""

    outcome = _choice(_("结论"), Background.choices, empty=False)
    happened = forms.DateTimeField(
        label=_("查询时间"),
        required=False,
        help_text=_("不填就是现在"),
        widget=forms.DateTimeInput(
            attrs={"class": "input", "type": "datetime-local"}, format="%Y-%m-%dT%H:%M"
        ),
    )
    found = _text(_("查了什么，查到什么"), rules.TEXT_LONGEST, rows=4)


class ManagerForm(forms.Form):
    """Who looks after the customer from now on."""

    account_manager = forms.CharField(
        label=_("客户经理"),
        required=False,
        max_length=60,
        help_text=_("填写姓名或登录名；留空表示无人"),
        widget=forms.TextInput(attrs={"class": "input", "list": "managers", "autocomplete": "off"}),
    )
