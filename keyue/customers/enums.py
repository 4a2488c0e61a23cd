"""Closed lists of the customers room, each member with its Chinese label."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Kind(TextChoices):
    """What a customer is. An organisation's name is public, a person's is sealed."""

    ORGANISATION = "organisation", _("单位")
    PERSON = "person", _("个人")


class Grade(TextChoices):
    """How important a customer is; the highest first."""

    A = "A", _("A 级")
    B = "B", _("B 级")
    C = "C", _("C 级")
    D = "D", _("D 级")


class Source(TextChoices):
    """How the company came to know a customer."""

    PORTAL = "portal", _("公众网页")
    PHONE = "phone", _("电话")
    EMAIL = "email", _("邮件")
    CHAT = "chat", _("在线会话")
    VISIT = "visit", _("来访或走访")
    REFERRAL = "referral", _("他人介绍")
    TENDER = "tender", _("招标投标")
    EXHIBITION = "exhibition", _("展会活动")
    IMPORT = "import", _("表格导入")
    API = "api", _("接口")
    OTHER = "other", _("其他")


class LegalBasis(TextChoices):
    """Why personal data may be kept: 个人信息保护法 article 13."""

    CONSENT = "consent", _("取得个人同意")
    CONTRACT = "contract", _("订立或履行合同所必需")
    DUTY = "duty", _("履行法定职责或法定义务所必需")
    EMERGENCY = "emergency", _("应对突发事件或紧急情况所必需")
    PUBLISHED = "published", _("已合法公开的个人信息")
    LAW = "law", _("法律法规规定的其他情形")


class Channel(TextChoices):
    """How a contact likes to be reached."""

    PHONE = "phone", _("电话")
    SMS = "sms", _("短信")
    EMAIL = "email", _("邮件")
    WECHAT = "wechat", _("微信")
    PORTAL = "portal", _("进度页")


class Revealable(TextChoices):
    """A field that stands masked until somebody says what they need it for."""

    NAME = "name", _("姓名")
    PHONE = "phone", _("电话")
    EMAIL = "email", _("邮箱")


class Purpose(TextChoices):
    """What a personal field is looked at for. A closed list: the access trail keeps it for ever, so nobody's data
    may get in."""

    HANDLE_CASE = "handle_case", _("处理事项")
    CONTACT = "contact", _("联系客户")
    FOLLOW_UP = "follow_up", _("回访")
    VERIFY = "verify", _("核实身份")
    CORRECT = "correct", _("更正资料")
    LEGAL = "legal", _("依法提供")


class ErasureReason(TextChoices):
    """Why personal data is erased: 个人信息保护法 article 47."""

    PURPOSE_DONE = "purpose_done", _("目的已实现、无法实现或不再必要")
    SERVICE_ENDED = "service_ended", _("停止提供产品或服务，或保存期限已满")
    WITHDRAWN = "withdrawn", _("个人撤回同意")
    UNLAWFUL = "unlawful", _("违反法律法规或约定处理")
    REQUESTED = "requested", _("个人要求删除")
    # nobody chooses it: `restore` does
    REPEATED = "repeated", _("恢复备份后再次执行")
