"""Senders of the outbox: a case's message to the customer, and a person's notices in one mail.

A payload holds ids only; addresses are unsealed at the moment of sending.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.utils import translation
from django.utils.translation import gettext as _

from keyue.cases import selectors as cases
from keyue.cases.actions.files import path_of
from keyue.cases.events import CaseResultToCustomer
from keyue.cases.models import Message
from keyue.cases.noticing import lines_of
from keyue.channels.webform import ratings
from keyue.customers import selectors as customers
from keyue.kernel.errors import Refused
from keyue.ledger import selectors as ledger
from keyue.ledger.actions import Undeliverable
from keyue.people import selectors as people


def is_configured() -> bool:
    """Whether an SMTP server is set (KEYUE_SMTP_HOST)."""
    return bool(settings.EMAIL_HOST)


def message_id(key: str) -> str:
    """The same for every attempt, so that the receiver can tell a second copy."""
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("> ") or "keyue.localhost"
    return f"<{key.replace(':', '.')}@{domain}>"


def send(mail: EmailMessage) -> None:
    """Hand a mail to the server. Raises Refused where none is set, and whatever the server says."""
    if not is_configured():
        raise Refused(_("没有配置发信服务器（KEYUE_SMTP_HOST），邮件还在待发。"))
    with get_connection() as connection:
        mail.connection = connection
        mail.send(fail_silently=False)


def send_case_mail(payload: Mapping[str, Any], key: str) -> None:
    """Send a message of a case to its contact. Raises Undeliverable where there is no address any more."""
    message = cases.message_by_id(payload["message"])
    if message is None or message.erased_at is not None:
        raise Undeliverable(_("这条内容已经擦除。"))
    case = message.case
    points = customers.contact_points([case.contact_id]) if case.contact_id else {}
    address = next((point.email for point in points.values() if point.email), "")
    if not address:
        raise Undeliverable(_("客户没有邮箱，或个人信息已删除。"))
    link = f"{settings.BASE_URL}/feedback/progress/"
    invitation = f"\n\n{_invitation(message)}" if _invites(message) else ""
    footer = _("编号 %(number)s。凭编号和查询码可在 %(link)s 查看进度。") % {
        "number": case.number,
        "link": link,
    }
    mail = EmailMessage(
        subject=f"[{case.number}] {case.title}",
        body=f"{message.body}{invitation}\n\n--\n{footer}\n",
        to=[address],
        headers={"Message-ID": message_id(key), "Auto-Submitted": "no"},
    )
    for attachment in message.attachments.all():
        path = path_of(attachment.sha256)
        if path.exists():
            mail.attach(attachment.name, path.read_bytes(), attachment.content_type)
    send(mail)


def _invites(message: Message) -> bool:
    """Whether this mail tells the result of the running round, and its sender can still say what they think of it."""
    facts = ledger.facts_of(message.case.subject)
    told = [fact for fact in facts if fact.kind == CaseResultToCustomer.kind]
    return bool(told) and told[-1].data.get("message") == str(message.uid) and not ratings.may_rate(facts)


def _invitation(message: Message) -> str:
    number = message.case.number
    return _(
        "您对这次处理满意吗？请打开下面的链接，填查询码，给这次处理评分（1 至 5 分），"
        "并告诉我们是否需要重新处理。没有解决的请选「需要」，我们会重新处理，直到您满意。\n%(link)s"
    ) % {"link": f"{settings.BASE_URL}/feedback/progress/?{urlencode({'number': number, 'to': 'rating'})}"}


def send_notices(payload: Mapping[str, Any], key: str) -> None:
    """Send a person's notices as one mail."""
    user = people.find_user(payload["user"])
    if not user.is_active or not user.email or not user.notify_by_mail:
        raise Undeliverable("not wanted any more")
    with translation.override(user.language or settings.LANGUAGE_CODE):
        lines = lines_of(payload["notices"])
        if not lines:
            return
        subject = lines[0] if len(lines) == 1 else _("%(n)d 条约定提醒") % {"n": len(lines)}
        body = "\n".join(f"· {line}" for line in lines) + f"\n\n{settings.BASE_URL}/\n"
    mail = EmailMessage(
        subject=subject[:120],
        body=body,
        to=[user.email],
        headers={"Message-ID": message_id(key), "Auto-Submitted": "auto-generated"},
    )
    send(mail)
