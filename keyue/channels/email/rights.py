"""Senders of the outbox for requests about personal data: the one-use code, and what becomes of a request.

A payload holds ids only; addresses are unsealed at the moment of sending, and are always those on file.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils.translation import gettext as _

from keyue.channels.email.sending import message_id, send
from keyue.company.selectors import installation
from keyue.customers import selectors as customers
from keyue.ledger.actions import Undeliverable
from keyue.privacy import selectors
from keyue.privacy.models import RightRequest
from keyue.privacy.rules import CODE_LIFE
from keyue.privacy.sealed import code_of_check, code_of_request, opened


def _address(contact_ids: list[int]) -> str:
    points = customers.contact_points(contact_ids)
    address = next((point.email for point in points.values() if point.email), "")
    if not address:
        raise Undeliverable(_("客户没有邮箱，或个人信息已删除。"))
    return address


def _company() -> str:
    found = installation()
    return found.company if found is not None else _("本公司")


def _mail(subject: str, body: str, address: str, key: str) -> None:
    headers = {"Message-ID": message_id(key), "Auto-Submitted": "auto-generated"}
    send(EmailMessage(subject=subject, body=body, to=[address], headers=headers))


def send_code_mail(payload: Mapping[str, Any], key: str) -> None:
    """Send a one-use code to the address on file. Raises Undeliverable where there is none any more."""
    check = selectors.check_by_id(int(payload["check"]))
    if check is None or check.used_at is not None:
        raise Undeliverable(_("这次核验已经过期。"))
    address = _address([int(pk) for pk in check.contacts])
    body = _(
        "您的验证码：%(code)s\n%(n)d 分钟内有效，只能用一次，用来在%(company)s查看和处理您的个人信息。\n"
        "不是您本人操作的，不用理会，也不要告诉别人。"
    ) % {
        "code": code_of_check(check.uid),
        "n": CODE_LIFE.total_seconds() // 60,
        "company": _company(),
    }
    _mail(_("验证码 %(code)s") % {"code": code_of_check(check.uid)}, body, address, key)


def send_request_mail(payload: Mapping[str, Any], key: str) -> None:
    """Tell somebody how their request stands. Raises Undeliverable where there is no address any more."""
    request = selectors.request_by_id(int(payload["request"]))
    if request is None:
        raise Undeliverable(_("没有这件请求。"))
    address = _address([request.contact_id])
    values = {
        "number": request.number,
        "right": request.get_right_display(),
        "company": _company(),
        "code": code_of_request(request.uid),
        "link": f"{settings.BASE_URL}{reverse('channels:rights_status')}",
    }
    said = _said(request, str(payload["what"]), values)
    footer = (
        _("编号 %(number)s，查询码 %(code)s，可在 %(link)s 查看结果；删除个人信息以后也能凭它们查看。")
        % values
    )
    _mail(_("[%(number)s] 个人信息请求：%(right)s") % values, f"{said}\n\n--\n{footer}\n", address, key)


def _said(request: RightRequest, what: str, values: Mapping[str, object]) -> str:
    [clear] = opened([request], "missing", "answer")
    if what == "received":
        return _("%(company)s已收到您的请求：%(right)s。") % values
    if what == "accepted":
        return _("您的请求「%(right)s」已受理，正在办理。") % values
    if what == "missing":
        return _("您的请求「%(right)s」还缺资料：") % values + f"\n{clear['missing']}"
    answer = f"{request.get_outcome_display()}\n{clear['answer']}"
    if request.ground:
        answer += "\n" + _("理由：%(why)s。您不同意的，可以依法起诉。") % {
            "why": request.get_ground_display()
        }
    link = request.hand_overs.order_by("-pk").first()
    if link is not None:
        address = f"{settings.BASE_URL}{reverse('channels:package', args=[selectors.link_of(link)])}"
        answer += "\n" + _("取资料（一周内有效，只能取一次）：%(link)s") % {"link": address}
    return answer
