"""How each provider is asked to send a short message, and what it answers."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus
from uuid import uuid4

from django.utils.translation import gettext as _

from keyue.channels.fetching import Failed, Fetched, fetch, host_of
from keyue.channels.sms.signing import aliyun_headers, tencent_authorization
from keyue.channels.sms.templates import Filled
from keyue.conversations.models import Channel
from keyue.conversations.sealed import secrets_of
from keyue.kernel import clock
from keyue.kernel.errors import Refused
from keyue.ledger.actions import Undeliverable

ALIYUN, TENCENT, HTTP = "aliyun", "tencent", "http"
ALIYUN_BASE, TENCENT_BASE = "https://dysmsapi.aliyuncs.com", "https://sms.tencentcloudapi.com"
SECONDS = 15.0
MOST = 64 * 1024


@dataclass(frozen=True, slots=True)
class Letter:
    """A short message to send: `id` comes back in the report of its delivery."""

    phone: str
    text: str
    id: str
    filled: Filled | None = None


def send(channel: Channel, letter: Letter) -> str:
    """Send it; the provider's own number of it. Raises Undeliverable, Refused, Failed."""
    provider = channel.options.get("provider")
    if provider == ALIYUN:
        return _by_aliyun(channel, letter)
    if provider == TENCENT:
        return _by_tencent(channel, letter)
    return _by_http(channel, letter)


def national(phone: str) -> str:
    """A number as Aliyun takes it: of the mainland without its country, of others with it and without the plus."""
    return phone.removeprefix("+86") if phone.startswith("+86") else phone.removeprefix("+")


def _by_aliyun(channel: Channel, letter: Letter) -> str:
    options, base = channel.options, str(channel.options.get("api") or ALIYUN_BASE)
    assert letter.filled is not None  # noqa: S101  asked for before
    query = {
        "PhoneNumbers": national(letter.phone),
        "SignName": str(options.get("sign_name", "")),
        "TemplateCode": letter.filled.template.code,
        "TemplateParam": json.dumps(letter.filled.values, ensure_ascii=False),
        "OutId": letter.id,
    }
    headers = aliyun_headers(
        key_id=str(options.get("key_id", "")),
        secret=str(secrets_of(channel).get("secret", "")),
        host=host_of(base),
        action="SendSms",
        version="2017-05-25",
        query=query,
        at=clock.now(),
        nonce=uuid4().hex,
    )
    answer = fetch("POST", f"{base}/", headers=headers, params=query, seconds=SECONDS, most=MOST)
    said = _json(answer)
    code = str(said.get("Code") or "")
    if code != "OK":
        raise _refusal(code, str(said.get("Message") or ""))
    return str(said.get("BizId") or letter.id)


def _by_tencent(channel: Channel, letter: Letter) -> str:
    options, base = channel.options, str(channel.options.get("api") or TENCENT_BASE)
    assert letter.filled is not None  # noqa: S101  asked for before
    body = {
        "PhoneNumberSet": [letter.phone],
        "SmsSdkAppId": str(options.get("app_id", "")),
        "SignName": str(options.get("sign_name", "")),
        "TemplateId": letter.filled.template.code,
        "TemplateParamSet": list(letter.filled.values.values()),
        "SessionContext": letter.id,
    }
    content, at, host = json.dumps(body, ensure_ascii=False).encode(), clock.now(), host_of(base)
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "X-TC-Action": "SendSms",
        "X-TC-Version": "2021-01-11",
        "X-TC-Region": str(options.get("region") or "ap-guangzhou"),
        "X-TC-Timestamp": str(int(at.timestamp())),
        "Authorization": tencent_authorization(
            secret_id=str(options.get("key_id", "")),
            secret=str(secrets_of(channel).get("secret", "")),
            service="sms",
            host=host,
            content=content,
            at=at,
        ),
    }
    answer = fetch("POST", f"{base}/", headers=headers, content=content, seconds=SECONDS, most=MOST)
    said = _json(answer).get("Response") or {}
    error = said.get("Error")
    if error:
        raise _refusal(str(error.get("Code") or ""), str(error.get("Message") or ""))
    [status] = said.get("SendStatusSet") or [{}]
    if status.get("Code") != "Ok":
        raise _refusal(str(status.get("Code") or ""), str(status.get("Message") or ""))
    return str(status.get("SerialNo") or letter.id)


def _by_http(channel: Channel, letter: Letter) -> str:
    """A gateway of the company's own choice: the body with `{phone}`, `{text}` and `{id}` filled in."""
    options = channel.options
    body = str(options.get("body") or "")
    is_json = body.lstrip().startswith("{")
    values = {"phone": letter.phone, "text": letter.text, "id": letter.id}
    content = filled(body, values, is_json=is_json)
    kind = "application/json; charset=utf-8" if is_json else "application/x-www-form-urlencoded"
    headers = {"Content-Type": kind}
    secret = str(secrets_of(channel).get("secret", ""))
    if secret:
        headers["Authorization"] = secret
    answer = fetch(
        "POST", str(options.get("url", "")), headers=headers, content=content, seconds=SECONDS, most=MOST
    )
    expected = str(options.get("good") or "")
    if not answer.is_ok or (expected and expected not in answer.text):
        said = answer.text.strip()[:120]
        raise Failed(_("短信网关返回 %(status)d：%(said)s") % {"status": answer.status, "said": said})
    return letter.id


def filled(template: str, values: Mapping[str, str], *, is_json: bool) -> bytes:
    """A body with its gaps filled in one pass, each value escaped for where it stands."""

    def value(match: re.Match[str]) -> str:
        text = values[match[1]]
        return json.dumps(text, ensure_ascii=False)[1:-1] if is_json else quote_plus(text)

    return re.sub(r"\{(phone|text|id)\}", value, template).encode()


def _json(answer: Fetched) -> dict[str, Any]:
    found = answer.json()
    if not isinstance(found, dict):
        raise Failed(_("短信平台返回的不是预期的内容。"))
    return found


def _refusal(code: str, message: str) -> Exception:
    """What a code means: whether another attempt can help, and a sentence."""
    sentence = _sentence(code) or _("短信平台返回 %(code)s：%(message)s") % {
        "code": code,
        "message": message[:120],
    }
    final = ("ILLEGAL", "BLACK", "Unapproved", "Blacklist", "Incorrect", "INVALID_PARAMETERS", "PARAM")
    return Undeliverable(sentence) if any(word in code for word in final) else Refused(sentence)


def _sentence(code: str) -> str:
    return {
        "isv.BUSINESS_LIMIT_CONTROL": _("给这个号码发得太多，运营商暂时不收，稍后会再试。"),
        "isv.MOBILE_NUMBER_ILLEGAL": _("手机号不对，发不到。"),
        "isv.SMS_TEMPLATE_ILLEGAL": _("短信模板没有通过审核，或不属于这个账号。"),
        "isv.SMS_SIGNATURE_ILLEGAL": _("短信签名没有通过审核，或不属于这个账号。"),
        "isv.AMOUNT_NOT_ENOUGH": _("短信账户余额不足，充值后会再试。"),
        "SignatureDoesNotMatch": _("AccessKey Secret 不对。"),
        "InvalidAccessKeyId.NotFound": _("AccessKey ID 不对。"),
        "AuthFailure.SignatureFailure": _("SecretKey 不对。"),
        "AuthFailure.SecretIdNotFound": _("SecretId 不对。"),
        "FailedOperation.TemplateIncorrectOrUnapproved": _("短信模板没有通过审核，或不属于这个账号。"),
        "FailedOperation.SignatureIncorrectOrUnapproved": _("短信签名没有通过审核，或不属于这个账号。"),
        "FailedOperation.PhoneNumberInBlacklist": _("这个号码退订了短信，发不到。"),
        "FailedOperation.InsufficientBalanceInSmsPackage": _("短信账户余额不足，充值后会再试。"),
    }.get(code, "")
