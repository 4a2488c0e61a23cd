"""Forms of the public pages. Nothing a person typed is lost where something has to be changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keyue.cases.actions.files import MOST_BYTES, MOST_FILES, Upload, checked, uploads_from
from keyue.cases.actions.intake import TITLE, Intake
from keyue.cases.enums import TYPE_ICONS, CaseType, Channel, Phase
from keyue.cases.forms import FilesField
from keyue.channels.webform.guard import Token, is_suspicious
from keyue.customers import rules
from keyue.customers.faults import Fault
from keyue.customers.regions import REGIONS, region_name
from keyue.customers.wording import sentence
from keyue.kernel.errors import Invalid

CONTENT = 5000
MESSAGE = 2000
MOST_TOTAL = 60 * 1024 * 1024
TYPES = (CaseType.COMPLAINT, CaseType.SUGGESTION, CaseType.INQUIRY, CaseType.PRAISE, CaseType.FEEDBACK)
SCORES = (
    (1, gettext_lazy("很不满")),
    (2, gettext_lazy("不满意")),
    (3, gettext_lazy("一般")),
    (4, gettext_lazy("满意")),
    (5, gettext_lazy("很满意")),
)
UNCHOSEN = {"required": gettext_lazy("请选一项。"), "invalid_choice": gettext_lazy("请从选项中选一项。")}


class PortalWordsForm(forms.Form):
    """What the company says on the portal: asked at the first run, and changed later."""

    service_phone = forms.CharField(
        label=gettext_lazy("服务电话"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("客户找人时看到的号码，可以以后再填。"),
        widget=forms.TextInput(attrs={"inputmode": "tel"}),
    )
    privacy_notice = forms.CharField(
        label=gettext_lazy("个人信息处理告知"),
        max_length=20_000,
        required=False,
        help_text=gettext_lazy("客户提交反馈前看到的说明，一行一段。留空就用系统自带的一份。"),
        widget=forms.Textarea(attrs={"rows": 6}),
    )

    def clean_privacy_notice(self) -> str:
        return str(self.cleaned_data["privacy_notice"]).replace("\r\n", "\n").strip()


def counter(field: str, most: int, hint: object = "") -> str:
    """The hint below a text with how long it may be; the browser counts along."""
    return format_html(
        '{} <span class="nw" data-s="late" data-counts="id_{}" data-most="{}">{}</span>',
        hint,
        field,
        most,
        _("最多 %(most)d 字") % {"most": most},
    )


def files_hint() -> str:
    """How many files, and how large."""
    return _("最多 %(most)d 个，每个不超过 %(each)d MB，合计不超过 %(total)d MB。") % {
        "most": MOST_FILES,
        "each": MOST_BYTES >> 20,
        "total": MOST_TOTAL >> 20,
    }


def text_within(value: str, most: int) -> str:
    """A text with one kind of line ends, not longer than allowed."""
    value = value.replace("\r\n", "\n").strip()
    if len(value) > most:
        raise ValidationError(_("最多 %(most)d 字，现在是 %(n)d 字。") % {"most": most, "n": len(value)})
    return value


def checked_files(files: list[Any]) -> list[Upload]:
    """Files whose content, size and number are right."""
    try:
        uploads = uploads_from(files)
        found = [upload for _type, upload in checked(uploads)]
    except Invalid as error:
        raise ValidationError(str(error).split("\n")) from error
    if sum(len(upload.content) for upload in found) > MOST_TOTAL:
        raise ValidationError(_("文件合计超过 %(total)d MB，请分几次发送。") % {"total": MOST_TOTAL >> 20})
    return found


class FeedbackForm(forms.Form):
    """Person, contact, region, phase, topic, content and files; or anonymous, without the first three."""

    type = forms.ChoiceField(
        label=gettext_lazy("您要反馈的是"),
        choices=[(kind.value, kind.label) for kind in TYPES],
        widget=forms.RadioSelect,
        error_messages=UNCHOSEN,
    )
    content = forms.CharField(
        label=gettext_lazy("发生了什么"),
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": gettext_lazy("请写下发生了什么。")},
    )
    uploads = FilesField(label=gettext_lazy("照片、视频或文件"), required=False)
    title = forms.CharField(
        label=gettext_lazy("主题"),
        required=False,
        widget=forms.TextInput(attrs={"placeholder": gettext_lazy("选填，不填则取内容的开头")}),
    )
    phase = forms.ChoiceField(
        label=gettext_lazy("属于哪个阶段"),
        choices=Phase.choices,
        widget=forms.RadioSelect,
        error_messages=UNCHOSEN,
    )
    is_anonymous = forms.BooleanField(
        label=gettext_lazy("匿名提交"),
        required=False,
        help_text=gettext_lazy(
            "不问姓名和联系方式，填了也不保存。提交后的编号和查询码是再找到它的唯一办法。"
        ),
    )
    name = forms.CharField(
        label=gettext_lazy("姓名"),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": gettext_lazy("请填写姓名，或选择匿名提交。")},
    )
    phone = forms.CharField(
        label=gettext_lazy("手机号"),
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
    )
    email = forms.CharField(
        label=gettext_lazy("邮箱"),
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "email", "autocomplete": "email"}),
        help_text=gettext_lazy("手机号和邮箱至少填一项。"),
    )
    region = forms.ChoiceField(
        label=gettext_lazy("所在地区"),
        error_messages={**UNCHOSEN, "required": gettext_lazy("请选择所在地区。")},
    )
    consent = forms.BooleanField(required=False)
    homepage = forms.CharField(required=False, label=gettext_lazy("请不要填写这一栏"))
    answer = forms.CharField(
        required=False, widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
    )

    def __init__(self, *args: Any, token: Token, at: datetime, language: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.token, self.at = token, at
        self.is_asked = False
        names = [(region_name(code), region_name(code, language)) for code in REGIONS]
        self.fields["region"].choices = [("", _("请选择")), *names]  # type: ignore[attr-defined]
        self.fields["content"].help_text = counter(
            "content", CONTENT, _("写清时间、地点、设备或人员，处理更快。")
        )
        first, second = token.sum
        self.fields["answer"].label = _("请算一下：%(a)d 加 %(b)d 等于几") % {"a": first, "b": second}

    @property
    def icons(self) -> str:
        """An icon for each type."""
        return " ".join(TYPE_ICONS[kind] for kind in TYPES)

    def clean_content(self) -> str:
        return text_within(self.cleaned_data["content"], CONTENT)

    def clean_title(self) -> str:
        return text_within(" ".join(self.cleaned_data["title"].split()), TITLE)

    def clean_uploads(self) -> list[Upload]:
        return checked_files(self.cleaned_data["uploads"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("is_anonymous"):
            for field in ("name", "phone", "email", "region"):
                self.errors.pop(field, None)
                data[field] = ""
        else:
            self._check_person(data)
        self._check_sender(data)
        return data

    def _check_person(self, data: dict[str, Any]) -> None:
        checks: dict[str, Callable[[str], str]] = {
            "name": rules.tidy_person,
            "phone": rules.normalise_phone,
            "email": rules.normalise_email,
        }
        for field, rule in checks.items():
            if field in self.errors:
                continue
            try:
                data[field] = rule(data.get(field) or "")
            except Fault as fault:
                self.add_error(field, sentence(fault))
        if not (data.get("phone") or data.get("email") or {"phone", "email"} & self.errors.keys()):
            self.add_error("phone", _("手机号和邮箱至少填一项，或选择匿名提交。"))
        if not data.get("consent"):
            self.add_error("consent", _("要同意以后才能保存您的姓名和联系方式；不同意的可以匿名提交。"))

    def _check_sender(self, data: dict[str, Any]) -> None:
        text = f"{data.get('title', '')}\n{data.get('content', '')}"
        doubtful = is_suspicious(token=self.token, at=self.at, trap=data.get("homepage", ""), text=text)
        answer = data.get("answer", "")
        # once asked, asked until it is answered
        self.is_asked = doubtful or "answer" in self.data
        if self.is_asked and not self.token.is_answered_by(answer):
            self.add_error("answer", _("为了挡住自动程序，请把得数填在这里，再提交一次。"))

    def intake(self, consent_version: str) -> Intake:
        """What becomes the case. Of somebody anonymous not even the names of files are kept."""
        data = self.cleaned_data
        hidden = data["is_anonymous"]
        return Intake(
            type=data["type"],
            content=data["content"],
            title=data["title"],
            channel=Channel.WEBFORM,
            phase=data["phase"],
            region=data["region"],
            name=data["name"],
            phone=data["phone"],
            email=data["email"],
            is_anonymous=hidden,
            consent_version="" if hidden else consent_version,
            uploads=nameless(data["uploads"]) if hidden else data["uploads"],
        )


def nameless(uploads: list[Upload]) -> list[Upload]:
    """The same files under names that say nothing: 附件1.jpg."""
    found = []
    for n, upload in enumerate(uploads, 1):
        extension = upload.name.rpartition(".")[2].lower()
        found.append(Upload(_("附件%(n)d") % {"n": n} + f".{extension}", upload.content))
    return found


class LookupForm(forms.Form):
    """Number and code."""

    number = forms.CharField(
        label=gettext_lazy("编号"),
        max_length=40,
        error_messages={"required": gettext_lazy("请填写编号。")},
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "placeholder": "TS-2603-000142"}
        ),
    )
    code = forms.CharField(
        label=gettext_lazy("查询码"),
        max_length=40,
        error_messages={"required": gettext_lazy("请填写查询码。")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
        help_text=gettext_lazy("8 位字母和数字，在提交后的回执上。"),
    )
    to = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)


class MessageForm(forms.Form):
    """A further word to the company, with files."""

    body = forms.CharField(
        label=gettext_lazy("补充材料或留言"),
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("请写一句说明，再附文件。")},
    )
    uploads = FilesField(label=gettext_lazy("照片、视频或文件"), required=False)
    once = forms.CharField(widget=forms.HiddenInput(attrs={"autocomplete": "off"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["body"].help_text = counter("body", MESSAGE)

    def clean_body(self) -> str:
        return text_within(self.cleaned_data["body"], MESSAGE)

    def clean_uploads(self) -> list[Upload]:
        return checked_files(self.cleaned_data["uploads"])


class RateForm(forms.Form):
    """A score; by itself it decides nothing."""

    score = forms.TypedChoiceField(
        label=gettext_lazy("满意程度"),
        choices=SCORES,
        coerce=int,
        widget=forms.RadioSelect,
        error_messages=UNCHOSEN,
    )
    comment = forms.CharField(
        label=gettext_lazy("还想告诉我们什么（选填）"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def clean_comment(self) -> str:
        return text_within(self.cleaned_data["comment"], MESSAGE)


class AnswerForm(forms.Form):
    """Whether the matter is to be taken up again."""

    again = forms.TypedChoiceField(
        label=gettext_lazy("是否需要重新处理"),
        choices=[("no", gettext_lazy("不需要，问题已解决")), ("yes", gettext_lazy("需要，请重新处理"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
        error_messages=UNCHOSEN,
    )
    reason = forms.CharField(
        label=gettext_lazy("哪里还没有解决（选填）"), required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def clean_reason(self) -> str:
        return text_within(self.cleaned_data["reason"], MESSAGE)


class WithdrawForm(forms.Form):
    """That the sender takes it back, and means it."""

    reason = forms.CharField(
        label=gettext_lazy("原因（选填）"), required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    sure = forms.BooleanField(
        label=gettext_lazy("我确认撤回，撤回后不再处理"),
        error_messages={"required": gettext_lazy("要撤回，请先勾选确认。")},
    )

    def clean_reason(self) -> str:
        return text_within(self.cleaned_data["reason"], MESSAGE)
