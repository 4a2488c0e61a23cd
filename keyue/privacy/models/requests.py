"""Requests for rights, the checks of who asks, and the links by which packages are handed out."""

from __future__ import annotations

from typing import ClassVar
from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from keyue.customers.models import Contact, Customer
from keyue.people.models import User
from keyue.privacy.enums import Asker, Ground, IdentityProof, Outcome, Right, Step, Via
from keyue.privacy.models.consents import Proof


class RightRequest(models.Model):
    """Somebody asks for a right of theirs: 个人信息保护法 articles 44 to 50. What is said is sealed."""

    personal: ClassVar[tuple[str, ...]] = ("what", "missing", "answer", "answer_note")
    plain: ClassVar[tuple[str, ...]] = ("received_by", "via", "person")

    uid = models.UUIDField(_("标识"), unique=True)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+", verbose_name=_("客户"))
    contact = models.ForeignKey(Contact, models.PROTECT, related_name="+", verbose_name=_("联系人"))
    right = models.CharField(_("权利"), max_length=12, choices=Right)
    person = models.CharField(_("提出人"), max_length=8, choices=Asker, default=Asker.SELF)
    via = models.CharField(_("提出方式"), max_length=8, choices=Via)
    what = models.TextField(_("请求内容（加密）"), blank=True, default="")
    identity = models.CharField(_("身份核验"), max_length=8, choices=IdentityProof, blank=True, default="")
    proof = models.ForeignKey(
        Proof, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("关系证明")
    )
    step = models.CharField(_("状态"), max_length=8, choices=Step, default=Step.RECEIVED)
    received_at = models.DateTimeField(_("收到时间"))
    received_by = models.CharField(_("登记人"), max_length=101)
    missing = models.TextField(_("所缺资料（加密）"), blank=True, default="")
    accepted_at = models.DateTimeField(_("受理时间"), null=True, blank=True)
    accepted_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("受理人")
    )
    outcome = models.CharField(_("结果"), max_length=8, choices=Outcome, blank=True, default="")
    ground = models.CharField(_("理由"), max_length=12, choices=Ground, blank=True, default="")
    answer = models.TextField(_("答复（加密）"), blank=True, default="")
    answer_note = models.TextField(_("退回意见（加密）"), blank=True, default="")
    proposed_at = models.DateTimeField(_("拟答复时间"), null=True, blank=True)
    proposed_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("经办人")
    )
    approved_at = models.DateTimeField(_("批准时间"), null=True, blank=True)
    approved_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("批准人")
    )
    answered_at = models.DateTimeField(_("答复时间"), null=True, blank=True)
    revision = models.PositiveIntegerField(_("修订号"), default=1)

    class Meta:
        verbose_name = _("权益请求")
        verbose_name_plural = _("权益请求")
        constraints = [
            models.CheckConstraint(
                condition=Q(accepted_at=None, accepted_by=None)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False),
                name="privacy_request_accepted_pair",
            ),
            models.CheckConstraint(
                condition=Q(proposed_at=None, proposed_by=None)
                | Q(proposed_at__isnull=False, proposed_by__isnull=False),
                name="privacy_request_proposed_pair",
            ),
            models.CheckConstraint(
                condition=Q(approved_at=None, approved_by=None)
                | Q(approved_at__isnull=False, approved_by__isnull=False),
                name="privacy_request_approved_pair",
            ),
            models.CheckConstraint(
                condition=Q(step=Step.ANSWERED, answered_at__isnull=False) & ~Q(outcome="")
                | ~Q(step=Step.ANSWERED) & Q(answered_at=None),
                name="privacy_request_answered",
            ),
            # who answers that it is not, or only partly, granted does not approve it alone
            models.CheckConstraint(
                condition=~Q(step=Step.ANSWERED)
                | Q(outcome=Outcome.DONE)
                | Q(approved_by__isnull=False) & ~Q(approved_by=models.F("proposed_by")) & ~Q(ground=""),
                name="privacy_refusal_has_another_approver",
            ),
        ]
        indexes = [
            models.Index(fields=["received_at", "id"], name="privacy_request_at"),
            models.Index(fields=["step", "received_at", "id"], name="privacy_request_step"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """The readable number: the id in writing."""
        return f"QY-{self.pk:05d}"

    @property
    def is_open(self) -> bool:
        """Whether it still waits for an answer."""
        return self.step != Step.ANSWERED


class IdentityCheck(models.Model):
    """A one-use code on its way to an address on file, or to nobody: a stranger cannot tell the two apart.

    The code is derived from `uid` and the installation's secret; nothing here opens anything.
    """

    plain: ClassVar[tuple[str, ...]] = ("contacts",)

    uid = models.UUIDField(_("标识"), unique=True, default=uuid4)
    # ids of the contacts whose address on file it is, empty for nobody
    contacts = models.JSONField(_("联系人编号"), default=list)
    attempts = models.PositiveSmallIntegerField(_("已试次数"), default=0)
    created_at = models.DateTimeField(_("发送时间"))
    expires_at = models.DateTimeField(_("失效时间"))
    used_at = models.DateTimeField(_("通过时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("身份核验")
        verbose_name_plural = _("身份核验")
        indexes = [models.Index(fields=["expires_at"], name="privacy_check_expiry")]

    def __str__(self) -> str:
        return str(self.uid)


class HandOver(models.Model):
    """A link by which a package is fetched, once, until it expires. The link is derived; the row does not hold it."""

    uid = models.UUIDField(_("标识"), unique=True, default=uuid4)
    request = models.ForeignKey(
        RightRequest, models.PROTECT, related_name="hand_overs", verbose_name=_("权益请求")
    )
    created_at = models.DateTimeField(_("生成时间"))
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("生成人"))
    expires_at = models.DateTimeField(_("失效时间"))
    used_at = models.DateTimeField(_("取走时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("资料包链接")
        verbose_name_plural = _("资料包链接")

    def __str__(self) -> str:
        return str(self.pk)
