"""What was said with a customer, when, by whom, and what is to follow: notes of contacts and next steps (S1-8)."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from keyue.customers.enums import ContactWay, FollowUpEnd
from keyue.customers.models.archive import Contact, Customer


class ContactNote(models.Model):
    """Somebody was in touch with a customer. Entered once; what was said is sealed under the customer's key."""

    personal: ClassVar[tuple[str, ...]] = ("attendees", "topics", "feedback", "next_steps")
    blind: ClassVar[tuple[str, ...]] = ()
    plain: ClassVar[tuple[str, ...]] = ("ref", "way", "said_in", "entered_by")

    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="notes", db_index=False, verbose_name=_("客户")
    )
    ref = models.CharField(_("标识"), max_length=36, unique=True)
    contacted_at = models.DateTimeField(_("沟通时间"))
    entered_at = models.DateTimeField(_("录入时间"))
    entered_by = models.CharField(_("录入人"), max_length=101)
    way = models.CharField(_("沟通方式"), max_length=8, choices=ContactWay)
    staff = models.ForeignKey(
        "people.User", models.PROTECT, null=True, related_name="+", verbose_name=_("沟通人")
    )
    is_important = models.BooleanField(_("重要沟通"), default=False)
    # those on file; whoever else was there stands in the sealed text
    present = models.ManyToManyField(
        Contact, through="NotePresence", related_name="notes", verbose_name=_("在场联系人")
    )
    attendees = models.TextField(_("其他参加人（加密）"), blank=True, default="")
    topics = models.TextField(_("主要议题（加密）"), blank=True, default="")
    feedback = models.TextField(_("客户反馈（加密）"), blank=True, default="")
    next_steps = models.TextField(_("下一步打算（加密）"), blank=True, default="")
    said_in = models.CharField(_("出自"), max_length=60, blank=True, default="")
    no_opinion = models.BooleanField(_("客户没有意见"), default=False)

    class Meta:
        verbose_name = _("沟通记录")
        verbose_name_plural = _("沟通记录")
        constraints = [
            models.CheckConstraint(
                condition=Q(entered_at__gte=F("contacted_at")), name="notes_entered_after_contact"
            )
        ]
        indexes = [models.Index(fields=["customer", "-contacted_at", "-id"], name="notes_of_customer")]

    def __str__(self) -> str:
        return self.ref

    @property
    def delay(self) -> timedelta:
        """How long after the contact the note was entered."""
        return self.entered_at - self.contacted_at


class NotePresence(models.Model):
    """A contact of the customer was there."""

    note = models.ForeignKey(ContactNote, models.PROTECT, db_index=False, verbose_name=_("沟通记录"))
    contact = models.ForeignKey(Contact, models.PROTECT, verbose_name=_("联系人"))

    class Meta:
        verbose_name = _("在场联系人")
        verbose_name_plural = _("在场联系人")
        constraints = [models.UniqueConstraint(fields=["note", "contact"], name="present_once")]

    def __str__(self) -> str:
        return f"{self.note_id}/{self.contact_id}"


class FollowUp(models.Model):
    """A next step that was agreed in a contact, or promised in a conversation or a case (`said_in` names it, as subjects of
    promises are named), with whoever owes it and until when."""

    personal: ClassVar[tuple[str, ...]] = ("what",)
    blind: ClassVar[tuple[str, ...]] = ()
    plain: ClassVar[tuple[str, ...]] = ("ref", "said_in", "outcome", "done_by")

    note = models.ForeignKey(
        ContactNote, models.PROTECT, null=True, related_name="follow_ups", verbose_name=_("沟通记录")
    )
    said_in = models.CharField(_("出自"), max_length=60, blank=True, default="")
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="follow_ups", verbose_name=_("客户"))
    ref = models.CharField(_("标识"), max_length=36, unique=True)
    what = models.TextField(_("下一步（加密）"), blank=True, default="")
    due = models.DateTimeField(_("期限"))
    owner = models.ForeignKey(
        "people.User", models.PROTECT, related_name="+", db_index=False, verbose_name=_("责任人")
    )
    agreed_at = models.DateTimeField(_("约定时间"))
    outcome = models.CharField(_("结果"), max_length=8, choices=FollowUpEnd, blank=True, default="")
    done_at = models.DateTimeField(_("完成时间"), null=True, blank=True)
    done_by = models.CharField(_("完成人"), max_length=101, blank=True, default="")

    class Meta:
        verbose_name = _("后续行动")
        verbose_name_plural = _("后续行动")
        constraints = [
            models.CheckConstraint(
                condition=Q(done_at=None, done_by="", outcome="")
                | Q(done_at__isnull=False) & ~Q(done_by="") & ~Q(outcome=""),
                name="follow_ups_done_pair",
            )
        ]
        indexes = [
            models.Index(fields=["owner", "due", "id"], condition=Q(done_at=None), name="follow_ups_open")
        ]

    def __str__(self) -> str:
        return self.ref


class LastContact(models.Model):
    """When a customer was last contacted: one row a customer, so that a plan over all of them reads no notes."""

    customer = models.OneToOneField(
        Customer, models.PROTECT, primary_key=True, related_name="last_contact", verbose_name=_("客户")
    )
    contacted_at = models.DateTimeField(_("最近沟通时间"), db_index=True)

    class Meta:
        verbose_name = _("最近沟通")
        verbose_name_plural = _("最近沟通")

    def __str__(self) -> str:
        return str(self.customer_id)
