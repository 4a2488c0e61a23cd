"""Closed lists of the privacy room, each member with its Chinese label."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Right(TextChoices):
    """What somebody may ask for: 个人信息保护法 articles 15, 24 and 44 to 48. Regulations name these values."""

    ACCESS = "access", _("查阅")
    COPY = "copy", _("复制")
    PORTABILITY = "portability", _("转移")
    CORRECTION = "correction", _("更正补充")
    DELETION = "deletion", _("删除")
    WITHDRAWAL = "withdrawal", _("撤回同意")
    EXPLANATION = "explanation", _("解释说明")
    HUMAN_REVIEW = "human_review", _("人工复核等级")


class Step(TextChoices):
    """Where a request stands."""

    RECEIVED = "received", _("待受理")
    MISSING = "missing", _("等补充资料")
    ACCEPTED = "accepted", _("办理中")
    PROPOSED = "proposed", _("待批准")
    ANSWERED = "answered", _("已答复")


class Outcome(TextChoices):
    """How a request was answered."""

    DONE = "done", _("已办到")
    PARTLY = "partly", _("部分办到")
    REFUSED = "refused", _("不予办理")


class Ground(TextChoices):
    """Why a request is not, or only partly, granted. A closed list: facts keep it for ever."""

    SECRECY = "secrecy", _("依法应当保密或者不需要告知")
    LEGAL_TERM = "legal_term", _("法定保存期限没有届满")
    TECHNICAL = "technical", _("技术上难以实现，只保存、不再使用")
    HELD = "held", _("因诉讼或监管保全")
    NOT_THEIRS = "not_theirs", _("不是请求人本人的信息")
    IDENTITY = "identity", _("无法核验身份")
    UNTRUE = "untrue", _("核实后内容无误，不需要更正")
    HARMS_OTHERS = "harms_others", _("会损害他人合法权益")
    NOTHING_HELD = "nothing_held", _("公司没有保存这些信息")
    OTHER = "other", _("其他")


class Asker(TextChoices):
    """Who asks for the right."""

    SELF = "self", _("本人")
    GUARDIAN = "guardian", _("监护人")
    RELATIVE = "relative", _("近亲属（本人已去世）")
    AGENT = "agent", _("受托人")


class Via(TextChoices):
    """By which way a request, a consent or its withdrawal came."""

    PORTAL = "portal", _("公众网页")
    CALL = "call", _("电话")
    PAPER = "paper", _("书面材料")
    VISIT = "visit", _("当面")
    EMAIL = "email", _("邮件")
    API = "api", _("接口")


class IdentityProof(TextChoices):
    """How it was made sure who asks."""

    CODE = "code", _("登记邮箱的一次性验证码")
    CALLBACK = "callback", _("回拨登记的电话核对")
    DOCUMENT = "document", _("当面核对证件")
    SIGNED = "signed", _("核对书面签章")


class ProofKind(TextChoices):
    """What a kept paper shows."""

    CONSENT = "consent", _("书面同意")
    GUARDIAN = "guardian", _("监护关系证明")
    KINSHIP = "kinship", _("亲属关系证明")
    MANDATE = "mandate", _("委托书")


class RetentionKind(TextChoices):
    """Whose time is counted by a rule of retention."""

    PAST = "past", _("转为历史客户满期")
    WITHOUT_DEALINGS = "without_dealings", _("个人客户，满期没有任何往来")


class RetentionDecision(TextChoices):
    """What a person decided about somebody whose time is over."""

    ERASE = "erase", _("删除个人信息")
    RESTRICT = "restrict", _("只保存，不再使用")
    KEEP = "keep", _("继续保存")


class KeepGround(TextChoices):
    """Why data is kept although a rule's time is over. Facts keep it for ever."""

    CONTRACT_RUNS = "contract_runs", _("合同或保修仍在履行")
    CLAIM_OPEN = "claim_open", _("有未了结的款项、投诉或诉讼")
    LEGAL_TERM = "legal_term", _("法律规定的保存期限更长")
    IN_TOUCH = "in_touch", _("仍有往来，计时有误")


class RestrictReason(TextChoices):
    """Why data is kept and no longer used: 个人信息保护法 article 47. Facts keep it for ever."""

    LEGAL_TERM = "legal_term", _("法定保存期限没有届满")
    TECHNICAL = "technical", _("技术上难以删除")
    HELD = "held", _("因诉讼或监管保全，不能删除")
    RETENTION = "retention", _("保存期限已满")


class DataKind(TextChoices):
    """What of a customer was given to somebody else, or got out. Facts keep it for ever."""

    IDENTITY = "identity", _("身份（姓名、证件）")
    CONTACT = "contact", _("联系方式和地址")
    DEALINGS = "dealings", _("业务和沟通记录")
    MONEY = "money", _("交易和信用")
    SENSITIVE = "sensitive", _("敏感个人信息")
    SECRET = "secret", _("公司商业秘密")


class FoundHow(TextChoices):
    """How it was found that something got out. Facts keep it for ever."""

    STAFF = "staff", _("员工发现")
    CUSTOMER = "customer", _("客户反映")
    CHECK = "check", _("检查或审计")
    AUTHORITY = "authority", _("主管部门通报")
    OUTSIDE = "outside", _("公司以外的人告知")


COPIES = frozenset({Right.ACCESS, Right.COPY, Right.PORTABILITY})
"""Rights that are answered with a package of what is held."""
