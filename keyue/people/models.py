"""Staff, departments, posts, roles granted, delegations, and what signs a person in.

Only `actions/` writes here. People leave and departments close, they are not deleted: promises and facts name them.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from keyue.people import rules
from keyue.people.enums import PERMISSION_LABELS, Density, Language, Scope, Theme
from keyue.people.roles import ROLES, Role


class OwnerCode(models.Model):
    """Every code that may own a promise: departments and posts share this one namespace.

    A row here is written in the transaction that makes the department or post, so that two of them can never
    take the same code, not even at the same moment.
    """

    code = models.CharField(_("代码"), max_length=40, primary_key=True)
    kind = models.CharField(
        _("种类"), max_length=12, choices=[("department", _("部门")), ("post", _("岗位"))]
    )

    class Meta:
        verbose_name = _("主办代码")
        verbose_name_plural = _("主办代码")

    def __str__(self) -> str:
        return self.code


class Department(models.Model):
    """A department; the root is the company itself. `path` holds the codes from the root down: `company/service/`."""

    plain = ("name",)

    code = models.CharField(_("代码"), max_length=40, unique=True)
    name = models.CharField(_("名称"), max_length=100)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("上级部门")
    )
    path = models.CharField(_("路径"), max_length=400, unique=True)
    head = models.ForeignKey(
        "people.User", models.PROTECT, null=True, blank=True, related_name="heads", verbose_name=_("负责人")
    )
    closed_at = models.DateTimeField(_("撤销时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("部门")
        verbose_name_plural = _("部门")
        ordering = ("path",)
        constraints = [
            models.UniqueConstraint(
                fields=["parent", "name"], condition=Q(closed_at=None), name="people_department_name_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    """Finds people by their sign-in name, which is kept in lower case."""

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(username=(username or "").strip().lower())


class User(AbstractBaseUser):
    """A member of staff. Customers have no login: they hold a number and a code."""

    personal = ("name", "name_pinyin", "name_key", "email", "phone")
    plain = ("title",)

    username = models.CharField(_("工号"), max_length=64, unique=True)
    name = models.CharField(_("姓名"), max_length=60)
    # syllables of the name: sorts, searches, and keeps the name out of the password
    name_pinyin = models.CharField(_("姓名拼音"), max_length=200, blank=True, default="")
    # linzhixia lzx: what people type to find somebody
    name_key = models.CharField(_("姓名检索"), max_length=200, blank=True, default="")
    email = models.EmailField(_("邮箱"), blank=True, default="")
    phone = models.CharField(_("手机"), max_length=32, blank=True, default="")
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="members", verbose_name=_("部门")
    )
    title = models.CharField(_("职务"), max_length=60, blank=True, default="")
    is_active = models.BooleanField(_("在职"), default=True)
    joined_at = models.DateTimeField(_("建立时间"))
    left_at = models.DateTimeField(_("离职时间"), null=True, blank=True)

    # Django's own `last_login` would be written by a signal, with another clock
    last_login = None
    last_sign_in_at = models.DateTimeField(_("上次登录"), null=True, blank=True)
    password_changed_at = models.DateTimeField(_("密码更改时间"), null=True, blank=True)
    # whether it met the rule for administrators when it was set
    password_is_strong = models.BooleanField(_("密码达到管理员要求"), default=False)
    must_change_password = models.BooleanField(_("下次登录须改密码"), default=False)
    failed_sign_ins = models.PositiveSmallIntegerField(_("连续登录失败"), default=0)
    locked_until = models.DateTimeField(_("锁定至"), null=True, blank=True)

    language = models.CharField(_("语言"), max_length=10, choices=Language, blank=True, default="")
    theme = models.CharField(_("明暗"), max_length=8, choices=Theme, blank=True, default="")
    density = models.CharField(_("疏密"), max_length=8, choices=Density, blank=True, default="")
    nav_rail = models.BooleanField(_("收起侧栏"), default=False)
    single_keys = models.BooleanField(_("单键快捷键"), default=True)
    notify_by_mail = models.BooleanField(_("邮件提醒"), default=True)

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects = UserManager()

    class Meta:
        verbose_name = _("员工")
        verbose_name_plural = _("员工")
        ordering = ("name_pinyin", "id")
        constraints = [
            models.CheckConstraint(
                condition=Q(is_active=True, left_at=None) | Q(is_active=False, left_at__isnull=False),
                name="people_user_left_pair",
            ),
            models.UniqueConstraint(Lower("email"), condition=~Q(email=""), name="people_user_email_once"),
            models.CheckConstraint(
                condition=Q(username=Lower("username")), name="people_user_username_lower"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def initial(self) -> str:
        """The one character of the avatar."""
        return self.name[:1]

    def is_locked(self, at: datetime) -> bool:
        """Whether signing in is barred at this instant."""
        return self.locked_until is not None and at < self.locked_until


class Post(models.Model):
    """A post (岗位): the role that a regulation names as an owner. Who holds it stands behind its promises."""

    plain = ("name",)

    code = models.CharField(_("代码"), max_length=40, unique=True)
    name = models.CharField(_("名称"), max_length=100)
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="posts", verbose_name=_("所属部门")
    )
    reports_to = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="reported_by", verbose_name=_("上级岗位")
    )
    holders = models.ManyToManyField(User, related_name="posts", blank=True, verbose_name=_("担任人"))

    class Meta:
        verbose_name = _("岗位")
        verbose_name_plural = _("岗位")
        ordering = ("code",)
        constraints = [
            models.CheckConstraint(
                condition=Q(reports_to=None) | ~Q(reports_to=F("id")), name="people_post_not_above_itself"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class RoleGrant(models.Model):
    """A role (see `roles.py`) that a person has, and how far it lets them see. Revoking deletes the row; facts stay."""

    user = models.ForeignKey(User, models.CASCADE, related_name="grants", verbose_name=_("员工"))
    role = models.CharField(_("角色"), max_length=40)
    scope = models.CharField(_("数据范围"), max_length=16, choices=Scope)
    departments = models.ManyToManyField(Department, blank=True, related_name="+", verbose_name=_("指定部门"))
    granted_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("授予人")
    )
    granted_at = models.DateTimeField(_("授予时间"))

    class Meta:
        verbose_name = _("角色授予")
        verbose_name_plural = _("角色授予")
        constraints = [models.UniqueConstraint(fields=["user", "role"], name="people_role_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role}"

    @property
    def kind(self) -> type[Role]:
        """What the role is."""
        return ROLES[self.role]


class Delegation(models.Model):
    """While it lasts, `taker` acts for `giver`: posts, department and working roles, never administrator roles."""

    giver = models.ForeignKey(
        User, models.CASCADE, related_name="delegations_given", verbose_name=_("委托人")
    )
    taker = models.ForeignKey(
        User, models.CASCADE, related_name="delegations_taken", verbose_name=_("代办人")
    )
    since = models.DateTimeField(_("开始"))
    until = models.DateTimeField(_("结束"))
    reason = models.CharField(_("事由"), max_length=200)
    made_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("登记人")
    )
    made_at = models.DateTimeField(_("登记时间"))
    ended_at = models.DateTimeField(_("提前结束"), null=True, blank=True)

    class Meta:
        verbose_name = _("委托")
        verbose_name_plural = _("委托")
        ordering = ("-since",)
        indexes = [models.Index(fields=["taker", "until"], name="people_deleg_taker")]
        constraints = [
            models.CheckConstraint(condition=Q(until__gt=F("since")), name="people_delegation_order"),
            models.CheckConstraint(condition=~Q(giver=F("taker")), name="people_delegation_two_people"),
        ]

    def __str__(self) -> str:
        return f"{self.giver_id}→{self.taker_id}"


class PasswordHistory(models.Model):
    """Hashes of the last five passwords, so that none comes back."""

    user = models.ForeignKey(User, models.CASCADE, related_name="old_passwords", verbose_name=_("员工"))
    password = models.CharField(_("密码摘要"), max_length=128)
    at = models.DateTimeField(_("启用时间"))

    class Meta:
        verbose_name = _("历史密码")
        verbose_name_plural = _("历史密码")
        ordering = ("-at", "-id")

    def __str__(self) -> str:
        return str(self.user_id)


class SecondFactor(models.Model):
    """A person's authenticator. The secret is sealed under the person's own key; `last_step` refuses replays."""

    user = models.OneToOneField(User, models.CASCADE, related_name="second_factor", verbose_name=_("员工"))
    secret = models.TextField(_("密钥（加密）"))
    last_step = models.BigIntegerField(_("已用时间步"), default=0)
    set_up_at = models.DateTimeField(_("启用时间"))

    class Meta:
        verbose_name = _("动态口令")
        verbose_name_plural = _("动态口令")

    def __str__(self) -> str:
        return str(self.user_id)


class RecoveryCode(models.Model):
    """One of ten codes for a person who has lost the phone; works once."""

    user = models.ForeignKey(User, models.CASCADE, related_name="recovery_codes", verbose_name=_("员工"))
    digest = models.CharField(_("摘要"), max_length=64)
    used_at = models.DateTimeField(_("使用时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("恢复码")
        verbose_name_plural = _("恢复码")
        constraints = [models.UniqueConstraint(fields=["user", "digest"], name="people_recovery_code_once")]

    def __str__(self) -> str:
        return str(self.user_id)


class ApiToken(models.Model):
    """A key to the API. Only its digest is kept; it may do no more than its person and no more than its scopes."""

    plain = ("name",)

    name = models.CharField(_("名称"), max_length=80)
    user = models.ForeignKey(User, models.CASCADE, related_name="tokens", verbose_name=_("员工"))
    # the first characters, to recognise a token by in lists and logs
    start = models.CharField(_("开头"), max_length=12)
    digest = models.CharField(_("摘要"), max_length=64, unique=True)
    scopes = models.JSONField(_("权限范围"), default=list)
    created_at = models.DateTimeField(_("签发时间"))
    created_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("签发人")
    )
    expires_at = models.DateTimeField(_("到期时间"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("最近使用"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("作废时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("接口令牌")
        verbose_name_plural = _("接口令牌")
        ordering = ("-created_at", "-id")

    def __str__(self) -> str:
        return self.name

    @property
    def scope_labels(self) -> list[str]:
        """What the token may do, in words."""
        known = {p.value: label for p, label in PERMISSION_LABELS.items()}
        return [str(known.get(scope, scope)) for scope in self.scopes]


class StaffSession(AbstractBaseSession):
    """A web session that knows whose it is, so that it can be listed and ended."""

    personal = ("address", "agent")

    user = models.ForeignKey(
        User, models.CASCADE, null=True, blank=True, related_name="web_sessions", verbose_name=_("员工")
    )
    started_at = models.DateTimeField(_("登录时间"), null=True, blank=True)
    seen_at = models.DateTimeField(_("最近活动"), null=True, blank=True)
    address = models.CharField(_("地址"), max_length=64, blank=True, default="")
    agent = models.CharField(_("浏览器"), max_length=200, blank=True, default="")

    class Meta:
        verbose_name = _("登录会话")
        verbose_name_plural = _("登录会话")

    @property
    def handle(self) -> str:
        """A name for the session in lists and forms, which does not give its key away."""
        return hashlib.sha256(self.session_key.encode()).hexdigest()[:16]

    @classmethod
    def get_session_store_class(cls) -> type:
        from keyue.people.sessions import SessionStore

        return SessionStore


class UnknownSignIn(models.Model):
    """Failures under a name that nobody has. Counted like real ones, so that the answer betrays no names."""

    digest = models.CharField(_("摘要"), max_length=64, primary_key=True)
    failures = models.PositiveSmallIntegerField(_("失败次数"), default=0)
    locked_until = models.DateTimeField(_("锁定至"), null=True, blank=True)
    last_at = models.DateTimeField(_("最近一次"))

    class Meta:
        verbose_name = _("未知工号登录")
        verbose_name_plural = _("未知工号登录")
        indexes = [models.Index(fields=["last_at"], name="people_unknown_last")]

    def __str__(self) -> str:
        return self.digest[:8]


class SecurityPolicy(models.Model):
    """How signing in works in this installation; one row. The defaults are those of 等级保护 level 3."""

    idle_minutes = models.PositiveSmallIntegerField(_("无操作退出（分钟）"), default=rules.IDLE_MINUTES)
    absolute_hours = models.PositiveSmallIntegerField(_("最长登录（小时）"), default=rules.ABSOLUTE_HOURS)
    lock_after = models.PositiveSmallIntegerField(_("锁定前失败次数"), default=rules.LOCK_AFTER)
    lock_minutes = models.PositiveSmallIntegerField(_("锁定时长（分钟）"), default=rules.LOCK_MINUTES)
    administrator_password_days = models.PositiveSmallIntegerField(
        _("管理员密码有效期（天）"), default=rules.ADMINISTRATOR_PASSWORD_DAYS
    )
    staff_password_days = models.PositiveSmallIntegerField(_("员工密码有效期（天，0 为不限）"), default=0)
    administrators_need_code = models.BooleanField(_("管理员必须使用动态口令"), default=False)

    class Meta:
        verbose_name = _("登录安全规则")
        verbose_name_plural = _("登录安全规则")
        constraints = [models.CheckConstraint(condition=Q(id=1), name="people_one_policy")]

    def __str__(self) -> str:
        return str(self._meta.verbose_name)
