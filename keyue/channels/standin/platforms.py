"""How each platform answers, with its published codes. A function a path: (what was asked, state) -> (status, body)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from keyue.channels.robots import formats
from keyue.channels.sms.signing import aliyun_headers, tencent_authorization
from keyue.channels.standin.state import State
from keyue.kernel import clock

WINDOW = 48 * 3600
MOST_REPLIES = 5
PER_MINUTE = 20
ACCOUNT = "standin"


@dataclass(frozen=True)
class Asked:
    """A request as it came."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    raw: bytes
    body: Any

    def file(self) -> tuple[str, str, bytes] | None:
        """(name, type, content) of the first file of a form."""
        kind = self.headers.get("content-type", "")
        if "boundary=" not in kind:
            return None
        mark = b"--" + kind.partition("boundary=")[2].strip('"').encode()
        for part in self.raw.split(mark)[1:-1]:
            head, _blank, content = part.partition(b"\r\n\r\n")
            if b"filename=" in head:
                name = head.decode("utf-8", "replace").partition('filename="')[2].partition('"')[0]
                return name, "application/octet-stream", content[:-2]
        return None


Answer = tuple[int, Any]
Handler = Callable[[Asked, State], Answer]


def token(asked: Asked, state: State) -> Answer:
    """An access token for the right secret: WeChat's and WeCom's."""
    given = asked.query.get("secret") or asked.query.get("corpsecret")
    if given != state.secret:
        code = 40125 if "secret" in asked.query else 40001
        return 200, {"errcode": code, "errmsg": "invalid appsecret"}
    return 200, {"errcode": 0, "errmsg": "ok", "access_token": state.new_token(), "expires_in": 7200}


def stable_token(asked: Asked, state: State) -> Answer:
    """WeChat's stable interface: the token that is there, unless another is wanted."""
    if asked.body.get("secret") != state.secret:
        return 200, {"errcode": 40125, "errmsg": "invalid appsecret"}
    is_kept = state.token and not asked.body.get("force_refresh")
    return 200, {"access_token": state.token if is_kept else state.new_token(), "expires_in": 7200}


def domains(asked: Asked, state: State) -> Answer:
    """Something harmless that needs a token."""
    return bad_token(asked, state) or (200, {"ip_list": ["127.0.0.1"]})


def bad_token(asked: Asked, state: State) -> Answer | None:
    """The answer to a token that does not work, or None."""
    if asked.query.get("access_token") != state.token or not state.token:
        return 200, {"errcode": 40001, "errmsg": "invalid credential, access_token is invalid or not latest"}
    return None


def custom_send(asked: Asked, state: State) -> Answer:
    """WeChat's customer-service message: within 48 hours of the customer's last word, five at most."""
    wrong = bad_token(asked, state)
    if wrong is not None:
        return wrong
    user = asked.body.get("touser", "")
    with state.lock:
        last = state.last_inbound.get(user)
        if last is None or clock.now().timestamp() - last > WINDOW:
            return 200, {"errcode": 45015, "errmsg": "response out of time limit or subscription is canceled"}
        if state.sent_since.get(user, 0) >= MOST_REPLIES:
            return 200, {"errcode": 45047, "errmsg": "out of response count limit"}
        state.sent_since[user] = state.sent_since.get(user, 0) + 1
    return 200, {"errcode": 0, "errmsg": "ok"}


def upload(asked: Asked, state: State) -> Answer:
    """A file of ours; gives its id."""
    wrong = bad_token(asked, state)
    if wrong is not None:
        return wrong
    file = asked.file()
    if file is None:
        return 200, {"errcode": 41005, "errmsg": "media data missing"}
    identity = f"media-{hashlib.sha256(file[2]).hexdigest()[:16]}"
    with state.lock:
        state.files[identity] = file
    return 200, {"type": asked.query.get("type"), "media_id": identity, "created_at": "1380000000"}


def download(asked: Asked, state: State) -> Answer:
    """A file of a customer's."""
    wrong = bad_token(asked, state)
    if wrong is not None:
        return wrong
    found = state.files.get(asked.query.get("media_id", ""))
    return (200, found) if found else (200, {"errcode": 40007, "errmsg": "invalid media_id"})


def app_send(asked: Asked, state: State) -> Answer:
    """WeCom's application message."""
    wrong = bad_token(asked, state)
    if wrong is not None:
        return wrong
    if asked.body.get("touser") == "nobody":
        return 200, {"errcode": 81013, "errmsg": "user & party & tag all invalid"}
    return 200, {"errcode": 0, "errmsg": "ok", "invaliduser": "", "msgid": f"m{len(state.requests)}"}


def sync(asked: Asked, state: State) -> Answer:
    """What came in to WeChat customer service after a cursor, `limit` at a time."""
    wrong = bad_token(asked, state)
    if wrong is not None:
        return wrong
    start = int(str(asked.body.get("cursor") or "c0").removeprefix("c"))
    limit = int(asked.body.get("limit") or 1000)
    with state.lock:
        part = state.waiting[start : start + limit]
        end = start + len(part)
        more = end < len(state.waiting)
    return 200, {"errcode": 0, "next_cursor": f"c{end}", "has_more": int(more), "msg_list": part}


def kf_send(asked: Asked, state: State) -> Answer:
    """An answer of WeChat customer service; the same msgid twice is one."""
    wrong = bad_token(asked, state)
    if wrong is not None:
        return wrong
    user, identity = asked.body.get("touser", ""), asked.body.get("msgid", "")
    with state.lock:
        if identity and identity in state.seen_ids:
            return 200, {"errcode": 95032, "errmsg": "msgid repeated"}
        last = state.last_inbound.get(user)
        if last is None or clock.now().timestamp() - last > WINDOW:
            return 200, {"errcode": 95002, "errmsg": "send msg time out of limit"}
        if state.sent_since.get(user, 0) >= MOST_REPLIES:
            return 200, {"errcode": 95001, "errmsg": "send msg count out of limit"}
        state.sent_since[user] = state.sent_since.get(user, 0) + 1
        state.seen_ids.add(identity)
    return 200, {"errcode": 0, "errmsg": "ok", "msgid": identity or f"k{len(state.requests)}"}


def kf_customers(asked: Asked, state: State) -> Answer:
    """What customers call themselves."""
    users = asked.body.get("external_userid_list", [])
    rows = [{"external_userid": user, "nickname": f"nickname of {user}"} for user in users]
    return bad_token(asked, state) or (200, {"errcode": 0, "customer_list": rows})


def kf_welcome(asked: Asked, state: State) -> Answer:
    """A welcome, by the code of the event; once."""
    wrong = bad_token(asked, state)
    if wrong is not None:
        return wrong
    code = str(asked.body.get("code", ""))
    with state.lock:
        if f"welcome {code}" in state.seen_ids:
            return 200, {"errcode": 95007, "errmsg": "invalid msg token"}
        state.seen_ids.add(f"welcome {code}")
    return 200, {"errcode": 0, "errmsg": "ok", "msgid": f"w-{code}"}


def wecom_robot(asked: Asked, state: State) -> Answer:
    """WeCom's group robot: a known key, at most 20 a minute, texts of at most 2048 bytes."""
    if not asked.query.get("key"):
        return 200, {"errcode": 93000, "errmsg": "invalid webhook url"}
    if not state.count(f"wecom {asked.query['key']}", PER_MINUTE):
        return 200, {"errcode": 45009, "errmsg": "api freq out of limit"}
    if len(asked.body.get("text", {}).get("content", "").encode()) > 2048:
        return 200, {"errcode": 40058, "errmsg": "text content too long"}
    return 200, {"errcode": 0, "errmsg": "ok"}


def dingtalk_robot(asked: Asked, state: State) -> Answer:
    """DingTalk's robot, signed, within an hour of now."""
    stamp = asked.query.get("timestamp", "")
    expected = formats.dingtalk_sign(state.secret, stamp)
    is_near = stamp.isdecimal() and abs(clock.now().timestamp() * 1000 - int(stamp)) < 3_600_000
    if not is_near or asked.query.get("sign") != expected:
        return 200, {"errcode": 310000, "errmsg": "sign not match"}
    if not state.count("dingtalk", PER_MINUTE):
        return 200, {"errcode": 130101, "errmsg": "send too fast"}
    return 200, {"errcode": 0, "errmsg": "ok"}


def feishu_robot(asked: Asked, state: State) -> Answer:
    """Feishu's robot, signed, within an hour of now."""
    stamp = str(asked.body.get("timestamp", ""))
    is_near = stamp.isdecimal() and abs(clock.now().timestamp() - int(stamp)) < 3600
    if not is_near or asked.body.get("sign") != formats.feishu_sign(state.secret, stamp):
        return 200, {
            "code": 19021,
            "msg": "sign match fail or timestamp is not within one hour from current time",
        }
    return 200, {"code": 0, "msg": "success", "data": {}}


def sms(asked: Asked, state: State) -> Answer:
    """Aliyun's and Tencent Cloud's interface: told apart by their headers, and the signature is checked."""
    head = asked.headers
    if "x-acs-action" in head:
        at = datetime.fromisoformat(head["x-acs-date"])
        expected = aliyun_headers(
            key_id=ACCOUNT, secret=state.secret, host=head["host"], action="SendSms", version="2017-05-25",
            query=asked.query, at=at, nonce=head["x-acs-signature-nonce"],
        )["authorization"]  # fmt: skip
        if head.get("authorization") != expected:
            return 200, {"Code": "SignatureDoesNotMatch", "Message": "Specified signature does not match"}
        return 200, {"Code": "OK", "Message": "OK", "BizId": f"biz-{asked.query['OutId']}"}
    at = datetime.fromtimestamp(int(head.get("x-tc-timestamp", "0")), UTC)
    expected = tencent_authorization(
        secret_id=ACCOUNT, secret=state.secret, service="sms", host=head["host"], content=asked.raw, at=at
    )
    if head.get("authorization") != expected:
        return 200, {"Response": {"Error": {"Code": "AuthFailure.SignatureFailure", "Message": "signature"}}}
    status = {"Code": "Ok", "Message": "send success", "SerialNo": f"no-{asked.body['SessionContext']}"}
    return 200, {"Response": {"SendStatusSet": [status], "RequestId": "r"}}


def sink(asked: Asked, state: State) -> Answer:
    """Any other system: it takes everything."""
    return 200, {"ok": True}


PATHS: dict[str, Handler] = {
    "/cgi-bin/token": token,
    "/cgi-bin/gettoken": token,
    "/cgi-bin/stable_token": stable_token,
    "/cgi-bin/get_api_domain_ip": domains,
    "/cgi-bin/message/custom/send": custom_send,
    "/cgi-bin/media/upload": upload,
    "/cgi-bin/media/get": download,
    "/cgi-bin/message/send": app_send,
    "/cgi-bin/kf/sync_msg": sync,
    "/cgi-bin/kf/send_msg": kf_send,
    "/cgi-bin/kf/customer/batchget": kf_customers,
    "/cgi-bin/kf/send_msg_on_event": kf_welcome,
    "/cgi-bin/webhook/send": wecom_robot,
    "/robot/send": dingtalk_robot,
    "/open-apis/bot/v2/hook": feishu_robot,
    "/": sms,
    "/sink": sink,
}


def handler_for(path: str) -> Handler | None:
    """What answers at a path: the longest that it begins with."""
    fitting = [known for known in PATHS if path == known or path.startswith(known + "/")]
    return PATHS[max(fitting, key=len)] if fitting else None
