"""Forms of the people room. They read what was typed; whether it is right, the actions say."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from keyue.kernel.errors import KeyueError
from keyue.people import selectors
from keyue.people.actions.policy import BOUNDS
from keyue.people.enums import PERMISSION_LABELS, Density, Language, Permission, Scope, Theme
from keyue.people.models import Department, SecurityPolicy, User
from keyue.people.roles import ROLES


def show_faults(form: forms.BaseForm, error: KeyueError) -> None:
    """Put the sentences of an action's refusal beside the fields they speak of."""
    fields: dict[str, object] = getattr(error, "fields", {})
    placed = False
    for name, sentence in fields.items():
        if name in form.fields:
            form.add_error(name, str(sentence))
            placed = True
    if not placed:
        form.add_error(
            None, " ".join([str(error), *(str(s) for s in fields.values() if str(s) != str(error))])
        )


class DepartmentField(forms.ModelChoiceField):
    """A department out of the tree, or of those `among` it, indented by its depth."""

    def __init__(self, among: QuerySet[Department] | None = None, **options: Any) -> None:
        super().__init__(
            selectors.open_departments() if among is None else among,
            to_field_name="code",
            **{"empty_label": _("请选择"), **options},
        )

    def label_from_instance(self, obj: Department) -> str:
        return _indented(obj)


class SeveralDepartmentsField(forms.ModelMultipleChoiceField):
    """Several departments."""

    def __init__(self, **options: Any) -> None:
        super().__init__(selectors.open_departments(), to_field_name="code", **options)

    def label_from_instance(self, obj: Department) -> str:
        return _indented(obj)


def _indented(department: Department) -> str:
    return "　" * (department.path.count("/") - 1) + department.name


class StaffField(forms.ModelChoiceField):
    """A colleague who works here now."""

    def __init__(self, **options: Any) -> None:
        super().__init__(selectors.active_staff(), **{"empty_label": _("请选择"), **options})

    def label_from_instance(self, obj: User) -> str:
        return f"{obj.name} · {obj.department}" if obj.department else obj.name


class SeveralStaffField(forms.ModelMultipleChoiceField):
    """Several colleagues."""

    def __init__(self, **options: Any) -> None:
        super().__init__(selectors.active_staff(), widget=forms.SelectMultiple(attrs={"size": 8}), **options)

    def label_from_instance(self, obj: User) -> str:
        return f"{obj.name} · {obj.department}" if obj.department else obj.name


class PostField(forms.ModelChoiceField):
    """A post."""

    def __init__(self, **options: Any) -> None:
        super().__init__(selectors.all_posts(), to_field_name="code", **options)


# --- signing in and what people set for themselves ---


class SignInForm(forms.Form):
    """Name and password."""

    username = forms.CharField(
        label=_("工号或邮箱"),
        max_length=254,
        widget=forms.TextInput(
            attrs={
                "class": "input tall",
                "autocomplete": "username",
                "autocapitalize": "none",
                "spellcheck": "false",
                "autofocus": True,
            }
        ),
    )
    password = forms.CharField(
        label=_("密码"),
        max_length=256,
        strip=False,
        widget=forms.PasswordInput(attrs={"class": "input tall", "autocomplete": "current-password"}),
    )


class CodeForm(forms.Form):
    """The second step."""

    code = forms.CharField(
        label=_("动态口令"),
        max_length=20,
        help_text=_("打开手机上的验证器应用，输入 6 位数字。手机不在身边时，输入一个恢复码。"),
        widget=forms.TextInput(
            attrs={
                "class": "input tall",
                "autocomplete": "one-time-code",
                "autocapitalize": "characters",
                "autofocus": True,
            }
        ),
    )


class PasswordForm(forms.Form):
    """The owner's change of password."""

    old = forms.CharField(
        label=_("原密码"),
        strip=False,
        max_length=256,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    password = forms.CharField(
        label=_("新密码"),
        strip=False,
        max_length=256,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("再输入一次新密码"),
        strip=False,
        max_length=256,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if values.get("again") is not None and values.get("password") != values["again"]:
            self.add_error("again", _("两次输入的新密码不一样。"))
        return values


class ConfirmForm(forms.Form):
    """The password once more, before something that matters."""

    password = forms.CharField(
        label=_("您的密码"),
        strip=False,
        max_length=256,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class PreferencesForm(forms.Form):
    """What people set for themselves."""

    language = forms.ChoiceField(label=_("语言"), choices=Language, required=False)
    theme = forms.ChoiceField(label=_("明暗"), choices=Theme, required=False)
    density = forms.ChoiceField(label=_("列表疏密"), choices=Density, required=False)
    nav_rail = forms.BooleanField(label=_("收起侧栏，只留图标"), required=False)
    single_keys = forms.BooleanField(
        label=_("启用单键快捷键"), help_text=_("如 J、K 移动，E 执行主要动作。"), required=False
    )
    notify_by_mail = forms.BooleanField(
        label=_("提醒同时发到邮箱"), help_text=_("关闭后只在工作台里提醒。"), required=False
    )


class TokenForm(forms.Form):
    """A new API token of one's own."""

    name = forms.CharField(label=_("名称"), max_length=80, help_text=_("写明用在哪里，如「官网表单」。"))
    scopes = forms.MultipleChoiceField(
        label=_("权限"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("令牌不会超过您本人的权限。含管理权限的令牌要写到期日。"),
    )
    expires_on = forms.DateField(
        label=_("到期日"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, permissions: frozenset[Permission], **options: Any) -> None:
        super().__init__(*args, **options)
        choices = [(p.value, PERMISSION_LABELS[p]) for p in Permission if p in permissions]
        field = self.fields["scopes"]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101  declared above
        field.choices = choices


# --- staff ---


class StaffFilterForm(forms.Form):
    """The filters above the staff list."""

    q = forms.CharField(
        label=_("姓名、拼音、工号或邮箱"),
        required=False,
        max_length=80,
        widget=forms.TextInput(
            attrs={
                "type": "search",
                "class": "input",
                "placeholder": _("姓名、拼音、工号、邮箱"),
                "data-key": "/",
            }
        ),
    )
    department = DepartmentField(
        label=_("部门"),
        required=False,
        empty_label=_("全部部门"),
        widget=forms.Select(attrs={"class": "input"}),
    )
    state = forms.ChoiceField(
        label=_("状态"),
        required=False,
        choices=[("active", _("在职")), ("locked", _("已锁定")), ("left", _("已离职")), ("all", _("全部"))],
        widget=forms.Select(attrs={"class": "input"}),
    )


class StaffForm(forms.Form):
    """An account's own fields."""

    name = forms.CharField(label=_("姓名"), max_length=60)
    department = DepartmentField(label=_("部门"), required=False, empty_label=_("未分配"))
    title = forms.CharField(label=_("职务"), max_length=60, required=False)
    email = forms.CharField(label=_("邮箱"), max_length=254, required=False, widget=forms.EmailInput)
    phone = forms.CharField(
        label=_("手机"), max_length=32, required=False, widget=forms.TextInput(attrs={"type": "tel"})
    )


class NewStaffForm(StaffForm):
    """A new account; the first password is made by the house and shown once."""

    username = forms.CharField(
        label=_("工号"),
        max_length=64,
        help_text=_("登录用，以后不能更改。小写字母、数字、点、横线或下划线。"),
    )
    field_order = ("name", "username", "department", "title", "email", "phone")


class LeaveForm(forms.Form):
    """Who takes over from a leaver."""

    heir = StaffField(
        label=_("接手人"),
        required=False,
        empty_label=_("无须接手"),
        help_text=_("名下的约定、担任的岗位和负责的部门一并转给接手人。只列出有权限办理这些工作的人。"),
    )

    def __init__(self, *args: Any, person: User, at: datetime, **options: Any) -> None:
        super().__init__(*args, **options)
        others = selectors.heirs_of(person, at)
        self.fields["heir"].queryset = others  # type: ignore[attr-defined]


class SheetForm(forms.Form):
    """A spreadsheet of staff."""

    sheet = forms.FileField(
        label=_("人员表"),
        help_text=_(
            "xlsx 或 csv；第一行是表头，须有「工号」「姓名」，可有邮箱、手机、部门、职务、角色、岗位。"
        ),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.ods,.csv"}),
    )


# --- organisation ---


class DepartmentForm(forms.Form):
    """Name, place in the tree and head of a department."""

    name = forms.CharField(label=_("名称"), max_length=100)
    parent = DepartmentField(label=_("上级部门"), empty_label=None)
    head = StaffField(label=_("负责人"), required=False, empty_label=_("暂缺"))


class NewDepartmentForm(DepartmentForm):
    """A new department."""

    code = forms.CharField(
        label=_("代码"),
        max_length=40,
        required=False,
        help_text=_("制度里用它指明主办部门，以后不能更改。留空则取名称的拼音。"),
    )
    field_order = ("name", "code", "parent", "head")


class PostForm(forms.Form):
    """A post and who holds it."""

    name = forms.CharField(label=_("名称"), max_length=100)
    department = DepartmentField(label=_("所属部门"), required=False, empty_label=_("不属于某个部门"))
    reports_to = PostField(
        label=_("上级岗位"),
        required=False,
        empty_label=_("无，逐级找部门负责人"),
        help_text=_("约定逾期升级时，先通知上级岗位，再通知部门负责人。"),
    )
    holders = SeveralStaffField(label=_("担任人"), required=False, help_text=_("按住 Ctrl 可选多人。"))


class NewPostForm(PostForm):
    """A new post."""

    code = forms.CharField(
        label=_("代码"), max_length=40, help_text=_("与制度里写的主办一致，如 service_desk；以后不能更改。")
    )
    field_order = ("name", "code", "department", "reports_to", "holders")


# --- roles, delegations, policy ---


class GrantForm(forms.Form):
    """A role for somebody."""

    user = StaffField(label=_("员工"))
    role = forms.ChoiceField(label=_("角色"))
    scope = forms.ChoiceField(
        label=_("数据范围"),
        required=False,
        help_text=_("留空则用该角色的默认范围。管理员角色没有业务数据范围。"),
    )
    departments = forms.ModelMultipleChoiceField(
        selectors.open_departments(),
        label=_("指定部门"),
        required=False,
        to_field_name="code",
        help_text=_("仅在数据范围为「指定部门」时使用，含其下级。"),
        widget=forms.SelectMultiple(attrs={"size": 6}),
    )
    joined = forms.BooleanField(
        label=_("合并系统与安全管理员"),
        required=False,
        help_text=_("仅限人手不足的公司：一人兼任系统管理员与安全管理员，记入台账并在角色页公示。"),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        roles, scopes = self.fields["role"], self.fields["scope"]
        assert isinstance(roles, forms.ChoiceField) and isinstance(scopes, forms.ChoiceField)  # noqa: S101
        roles.choices = [(code, role.display_name) for code, role in ROLES.items()]
        scopes.choices = [("", _("默认")), *Scope.choices]


class DelegationForm(forms.Form):
    """Who acts for whom, from when until when, and why."""

    giver = StaffField(label=_("委托人"), required=False, empty_label=_("本人"))
    taker = StaffField(label=_("代办人"))
    since = forms.DateTimeField(
        label=_("开始"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )
    until = forms.DateTimeField(
        label=_("结束"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )
    reason = forms.CharField(label=_("事由"), max_length=200, help_text=_("如：年假、出差。"))

    def __init__(self, *args: Any, for_others: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        if not for_others:
            del self.fields["giver"]


class PolicyForm(forms.ModelForm):
    """The rules of signing in. Saving is the action's; the model only lends its fields."""

    class Meta:
        model = SecurityPolicy
        fields = (
            "idle_minutes",
            "absolute_hours",
            "lock_after",
            "lock_minutes",
            "administrator_password_days",
            "staff_password_days",
            "administrators_need_code",
        )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name, (least, most) in BOUNDS.items():
            self.fields[name].widget.attrs |= {"min": least, "max": most}
