"""Forms of the first run. They read what was typed; passwords are judged by the rules of the people room."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from keyue.channels.webform.forms import PortalWordsForm
from keyue.operations.first_run.answers import ADMINISTRATORS
from keyue.people import names, rules
from keyue.people.roles import ADMINISTRATORS as ADMINISTRATOR_CODES
from keyue.people.roles import ROLES
from keyue.people.wording import PASSWORD_SENTENCES

MOST_SHEET_ROWS = 300
MOST_ROWS = 80
MANNERS = {"autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"}


class CodeForm(forms.Form):
    """The start code, from somewhere else than this machine."""

    code = forms.CharField(
        label=_("启动码"), max_length=20, widget=forms.TextInput(attrs={**MANNERS, "autofocus": True})
    )


class CompanyForm(PortalWordsForm):
    """What the installation knows about itself."""

    company = forms.CharField(
        label=_("公司名称"), max_length=80, help_text=_("客户在反馈页和邮件里看到的名称。")
    )
    field_order = ("company",)

    def clean_company(self) -> str:
        return " ".join(str(self.cleaned_data["company"]).split())


def _person_fields(key: str) -> dict[str, forms.Field]:
    secret = {"autocomplete": "new-password"}
    return {
        f"{key}_name": forms.CharField(label=_("姓名"), max_length=60, required=False),
        f"{key}_username": forms.CharField(
            label=_("工号"), max_length=64, required=False, widget=forms.TextInput(attrs=MANNERS)
        ),
        f"{key}_password": forms.CharField(
            label=_("密码"),
            max_length=256,
            strip=False,
            required=False,
            widget=forms.PasswordInput(attrs=secret),
        ),
        f"{key}_again": forms.CharField(
            label=_("再输入一次"),
            max_length=256,
            strip=False,
            required=False,
            widget=forms.PasswordInput(attrs=secret),
        ),
    }


class AdministratorsForm(forms.Form):
    """The three administrators and the first keeper of regulations, each a person with a password of their own.

    A password that was set in this run and is left empty stays; `before` are the answers so far. `right` are those
    whose password is good, so that one mistake elsewhere costs nobody a password. `taken` are the sign-in names of
    staff who were named already.
    """

    joined = forms.BooleanField(
        label=_("小公司：系统与安全由一人兼任"),
        required=False,
        help_text=_("兼任会记入台账，并在「角色」页公示；审计不能由其他管理员兼任。"),
    )

    def __init__(
        self,
        *args: Any,
        company: str,
        before: Mapping[str, Any],
        taken: Collection[str] = (),
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.company = names.company_words(company)
        self.before = before
        self.taken = taken
        self.right: dict[str, dict[str, str]] = {}
        for key in (*ADMINISTRATORS, "quality"):
            self.fields |= _person_fields(key)

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        joined = bool(values.get("joined"))
        people: dict[str, dict[str, str]] = {}
        for key in (*ADMINISTRATORS, "quality"):
            if key == "security" and joined:
                continue
            person = self._person(key, values, is_required=key != "quality")
            if person is not None:
                people[key] = person
        self._check_twins(people)
        self.right = {
            key: person
            for key, person in people.items()
            if person["password"] and not {f"{key}_password", f"{key}_again"} & self.errors.keys()
        }
        return {"joined": joined, **people}

    def _person(self, key: str, values: Mapping[str, Any], *, is_required: bool) -> dict[str, str] | None:
        name = " ".join(str(values.get(f"{key}_name", "")).split())
        username = str(values.get(f"{key}_username", "")).strip().lower()
        password = str(values.get(f"{key}_password", ""))
        if not is_required and not (name or username or password):
            return None
        known = self.before.get(key) or {}
        if not name:
            self.add_error(f"{key}_name", _("请填写姓名。"))
        if not rules.is_username(username):
            self.add_error(
                f"{key}_username",
                _("工号用小写字母、数字、点、横线或下划线，2 至 64 个字符，如 lin.zhixia。"),
            )
        if password != str(values.get(f"{key}_again", "")) and password:
            self.add_error(f"{key}_again", _("两次输入的密码不一样。"))
        password = password or str(known.get("password", ""))
        if not password:
            self.add_error(f"{key}_password", _("请设置密码。"))
        elif name and username:
            self._judge(key, name, username, password)
        return {"name": name, "username": username, "password": password}

    def _judge(self, key: str, name: str, username: str, password: str) -> None:
        context = rules.PasswordContext(
            is_administrator=key in ADMINISTRATORS,
            username=username,
            name=names.syllables(names.pinyin_of(name)),
            company=self.company,
        )
        for fault in rules.password_faults(password, context):
            self.add_error(f"{key}_password", str(PASSWORD_SENTENCES[fault]))

    def _check_twins(self, people: Mapping[str, Mapping[str, str]]) -> None:
        seen: set[str] = set()
        for key, person in people.items():
            if person["username"] and person["username"] in seen:
                self.add_error(
                    f"{key}_username",
                    _("这个工号上面已经用了：每位管理员是不同的人，各有自己的账号。"),
                )
            elif person["username"] in self.taken:
                said = _("工号「%(name)s」已经有人使用。") % {"name": person["username"]}
                self.add_error(f"{key}_username", said)
            seen.add(person["username"])


class StaffSheetForm(forms.Form):
    """A spreadsheet of staff."""

    sheet = forms.FileField(
        label=_("人员表"),
        required=False,
        help_text=_(
            "xlsx 或 csv，第一行是表头，须有「工号」「姓名」；可有邮箱、手机、部门、职务、角色、岗位。"
        ),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.ods,.csv"}),
    )


def business_roles() -> list[tuple[str, str]]:
    """The roles that staff may get, without the administrators'."""
    return [(code, str(role.display_name)) for code, role in ROLES.items() if code not in ADMINISTRATOR_CODES]
