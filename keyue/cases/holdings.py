"""What the cases hold about a person, for whoever asks to see or have it; and when there was last one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db.models import Case as Which
from django.db.models import DateTimeField, Max, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from keyue.cases.models import NO_DUE, Attachment, Case, Message
from keyue.customers.models import Contact, Customer
from keyue.privacy.holdings import Holding

MOST = 5000


def gather(customer: Customer, contact: Contact, at: datetime) -> Sequence[Holding]:
    """A person's cases with what was said in them; of an organisation those that this contact brought.

    Internal notes are the company's own and not part of it.
    """
    rows = Case.objects.filter(customer=customer)
    if not customer.is_person:
        rows = rows.filter(contact=contact)
    cases = list(rows.order_by("-received_at", "-pk")[:MOST])
    ids = [case.pk for case in cases]
    said = Message.objects.filter(case__in=ids, is_public=True, erased_at=None)
    messages = list(said.select_related("case").order_by("case", "at", "pk")[:MOST])
    files = Attachment.objects.filter(message__in=[message.pk for message in messages], erased_at=None)
    return [_cases(cases), _messages(messages), _files(list(files.select_related("message__case")[:MOST]))]


def _cases(cases: Sequence[Case]) -> Holding:
    columns = {
        "number": _("编号"),
        "type": _("类型"),
        "title": _("标题"),
        "content": _("内容"),
        "received_at": _("受理时间"),
        "stage": _("阶段"),
    }
    rows = [
        {
            "number": case.number,
            "type": str(case.get_type_display()),
            "title": case.title,
            "content": case.content,
            "received_at": case.received_at,
            "stage": str(case.get_stage_display()),
        }
        for case in cases
    ]
    return Holding("cases", _("您的反馈和投诉"), columns, rows)


def _messages(messages: Sequence[Message]) -> Holding:
    columns = {"number": _("编号"), "at": _("时间"), "kind": _("方向"), "body": _("内容")}
    rows = [
        {
            "number": message.case.number,
            "at": message.at,
            "kind": str(message.get_kind_display()),
            "body": message.body,
        }
        for message in messages
    ]
    return Holding("messages", _("往来"), columns, rows)


def _files(files: Sequence[Attachment]) -> Holding:
    columns = {"number": _("编号"), "name": _("文件名"), "size": _("大小（字节）")}
    rows = [{"number": file.message.case.number, "name": file.name, "size": file.size} for file in files]
    return Holding("files", _("文件"), columns, rows)


def last_dealings(customer_ids: Sequence[int]) -> Mapping[int, datetime]:
    """When each of these customers last brought a case or had one ended; an instant to come while one is open."""
    rows = Case.objects.filter(customer__in=customer_ids).order_by().values_list("customer")
    ended = When(is_open=False, then=Coalesce("ended_at", "received_at"))
    return dict(rows.annotate(last=Max(Which(ended, default=Value(NO_DUE), output_field=DateTimeField()))))
