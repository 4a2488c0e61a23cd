"""Forms of the privacy room. They read what was typed; whether it is right, the actions say."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from keyue.privacy.actions import Upload
from keyue.privacy.enums import (
    Asker,
    Ground,
    IdentityProof,
    KeepGround,
    Outcome,
    RestrictReason,
    RetentionDecision,
    RetentionKind,
    Right,
    Step,
    Via,
)
from keyue.privacy.models.consents import CODE_LONGEST, NAME_LONGEST, TEXT_LONGEST
from keyue.ui.fields import ask_by_name, offer

SAID = 2000
NOTHING = [("", _("请选择"))]
BY_STAFF = [(way.value, way.label) for way in Via if way not in {Via.PORTAL, Via.API}]
CHECKED = [(way.value, way.label) for way in IdentityProof if way is not IdentityProof.CODE]


class _Form(forms.Form):
    """Asks for what is missing by its name."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ask_by_name(self)


def _long(label: Any, *, rows: int = 3, required: bool = True, hint: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=SAID,
        required=required,
        help_text=hint,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


def _day(label: Any, *, required: bool = False, hint: Any = "") -> forms.DateField:
    return forms.DateField(
        label=label, required=required, help_text=hint, widget=forms.DateInput(attrs={"type": "date"})
    )


def upload_of(form: forms.Form, name: str = "paper") -> Upload | None:
    """The file of a form; None where there is none."""
    file = form.cleaned_data.get(name)
    return Upload(file.name, file.read()) if file else None


class FilterForm(forms.Form):
    """Which requests to list."""

    step = forms.ChoiceField(
        label=_("状态"),
        required=False,
        choices=[("", _("全部状态")), ("open", _("未答复")), *Step.choices],
        widget=forms.Select(attrs={"class": "input"}),
    )
    right = forms.ChoiceField(
        label=_("权利"),
        required=False,
        choices=[("", _("全部权利")), *Right.choices],
        widget=forms.Select(attrs={"class": "input"}),
    )


class NewRequestForm(_Form):
    """A request that somebody made by telephone, on paper or in person."""

    contact = forms.ChoiceField(label=_("联系人"), choices=())
    right = forms.ChoiceField(label=_("要求什么"), choices=[*NOTHING, *Right.choices])
    via = forms.ChoiceField(label=_("提出方式"), choices=[*NOTHING, *BY_STAFF])
    person = forms.ChoiceField(label=_("由谁提出"), choices=Asker.choices)
    paper = forms.FileField(
        label=_("关系证明或委托书"),
        required=False,
        help_text=_("由监护人、近亲属或受托人提出时必附，PDF、PNG 或 JPEG，最大 5 MB。只用于核验。"),
    )
    identity = forms.ChoiceField(
        label=_("身份核验"),
        required=False,
        choices=[("", _("还没有核验")), *CHECKED],
        help_text=_("只按登记的电话回拨，或核对证件、签章；不按来电或来信里写的号码。"),
    )
    what = _long(_("请求内容"), required=False, hint=_("要更正什么、要解释什么，写具体。加密保存。"))

    def __init__(self, *args: Any, contacts: Iterable[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "contact", [*NOTHING, *((str(pk), name) for pk, name in contacts)])


class AcceptForm(_Form):
    """That it is sure who asks."""

    identity = forms.ChoiceField(label=_("身份怎样核验的"), choices=[*NOTHING, *CHECKED])


class MissingForm(_Form):
    """What is still missing."""

    missing = _long(_("还缺什么"), hint=_("一次说清：缺哪份材料、怎样补、交到哪里。会发给本人。"))


class AnswerForm(_Form):
    """What the person is told, and whether it was granted."""

    outcome = forms.ChoiceField(label=_("结果"), choices=[*NOTHING, *Outcome.choices])
    ground = forms.ChoiceField(
        label=_("不予办理或部分办到的理由"), required=False, choices=[*NOTHING, *Ground.choices]
    )
    answer = _long(_("给本人的答复"), rows=5, hint=_("不予办理的，写明理由，并告知可以依法起诉。"))


class ReturnForm(_Form):
    """Why an answer goes back."""

    why = _long(_("退回的原因"))


class CorrectForm(_Form):
    """What is put right; what is left empty stays."""

    name = forms.CharField(label=_("姓名"), required=False, max_length=120)
    phone = forms.CharField(label=_("电话"), required=False, max_length=60)
    email = forms.CharField(label=_("邮箱"), required=False, max_length=254)
    role = forms.CharField(label=_("职务"), required=False, max_length=120)
    address = forms.CharField(label=_("地址"), required=False, max_length=300)
    answer = _long(_("给本人的答复"), required=False, hint=_("留空就写「已按您的请求更正」。"))

    def changes(self) -> dict[str, str]:
        """The fields that were filled in."""
        return {
            field: text
            for field, text in self.cleaned_data.items()
            if field != "answer" and isinstance(text, str) and text.strip()
        }


class SureForm(forms.Form):
    """That something that cannot be undone is meant."""

    sure = forms.BooleanField(
        label=_("我知道删除后无法恢复"), error_messages={"required": _("请先勾选确认。")}
    )


class ConsentForm(_Form):
    """A consent that somebody gave by telephone, on paper or in person."""

    contact = forms.ChoiceField(label=_("联系人"), choices=())
    purpose = forms.ChoiceField(label=_("处理目的"), choices=())
    via = forms.ChoiceField(label=_("同意方式"), choices=[*NOTHING, *BY_STAFF])
    paper = forms.FileField(
        label=_("书面同意"),
        required=False,
        help_text=_("书面同意必附，PDF、PNG 或 JPEG，最大 5 MB。"),
    )
    is_minor = forms.BooleanField(label=_("不满十四周岁，由监护人同意"), required=False)
    guardian = forms.CharField(label=_("监护人姓名"), required=False, max_length=60)

    def __init__(
        self,
        *args: Any,
        contacts: Iterable[tuple[int, str]],
        purposes: Iterable[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "contact", [*NOTHING, *((str(pk), name) for pk, name in contacts)])
        offer(self, "purpose", [*NOTHING, *purposes])


class WithdrawForm(_Form):
    """By which way somebody withdrew."""

    via = forms.ChoiceField(label=_("撤回方式"), choices=[*NOTHING, *BY_STAFF])


class PurposeForm(_Form):
    """A purpose and the first version of its text."""

    name = forms.CharField(
        label=_("处理目的"), max_length=NAME_LONGEST, help_text=_("如「活动与优惠通知」。")
    )
    code = forms.CharField(
        label=_("代码"), max_length=CODE_LONGEST, help_text=_("小写字母开头，如 marketing；以后不能改。")
    )
    is_separate = forms.BooleanField(
        label=_("须单独同意"), required=False, help_text=_("提供给他人、处理敏感个人信息的，须单独同意。")
    )
    is_used_elsewhere = forms.BooleanField(
        label=_("系统外也在使用"),
        required=False,
        help_text=_("如外包回访、群发平台。撤回后要有人确认各处已停用；不勾的，撤回时系统立即停用。"),
    )
    text = forms.CharField(
        label=_("同意文本"),
        max_length=TEXT_LONGEST,
        help_text=_("写明目的、方式、信息种类和保存期限。发布后不能改，只能发新版本。"),
        widget=forms.Textarea(attrs={"rows": 6}),
    )


class TextForm(_Form):
    """The next version of a text."""

    text = forms.CharField(
        label=_("同意文本"), max_length=TEXT_LONGEST, widget=forms.Textarea(attrs={"rows": 8})
    )
    is_renewing = forms.BooleanField(
        label=_("目的、方式或信息种类有变，须重新取得同意"),
        required=False,
        help_text=_("勾选后，按以前版本给的同意不再有效。只改措辞的不用勾。"),
    )
    read = forms.IntegerField(widget=forms.HiddenInput)


class HoldForm(_Form):
    """Why a customer's data is kept from being erased."""

    why = _long(_("保全原因"), hint=_("案号、来函文号、争议内容。加密保存。"))
    review_on = _day(_("复核日期"), hint=_("到时看看还需不需要，可以不填。"))


class ReleaseForm(_Form):
    """Why a hold is lifted."""

    why = _long(_("解除依据"), hint=_("结案文书、解除通知等。"))


class RestrictForm(_Form):
    """Why data is no longer used."""

    reason = forms.ChoiceField(label=_("停止使用的原因"), choices=[*NOTHING, *RestrictReason.choices])


class EndPurposeForm(_Form):
    """Which purpose the data need no longer serve."""

    purpose = forms.ChoiceField(label=_("已实现的目的"))

    def __init__(self, *args: Any, purposes: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "purpose", [*NOTHING, *purposes])


class RuleForm(_Form):
    """A rule of retention."""

    name = forms.CharField(label=_("名称"), max_length=60)
    kind = forms.ChoiceField(label=_("对象"), choices=[*NOTHING, *RetentionKind.choices])
    years = forms.IntegerField(label=_("保存年限"), min_value=1, max_value=50)
    ground = forms.CharField(
        label=_("法律依据"), max_length=200, help_text=_("如「个人信息保护法第十九条；会计档案管理办法」。")
    )


class DecideForm(_Form):
    """What becomes of somebody whose time is over."""

    decision = forms.ChoiceField(label=_("决定"), choices=[*NOTHING, *RetentionDecision.choices])
    ground = forms.ChoiceField(
        label=_("继续保存的依据"), required=False, choices=[*NOTHING, *KeepGround.choices]
    )
    keep_until = _day(_("保存到"), hint=_("继续保存的必填。"))
    said = _long(_("理由"), hint=_("加密保存。"))
