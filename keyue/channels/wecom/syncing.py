"""Fetching the messages of WeChat customer service: a callback only says that there are some."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import DatabaseError, transaction
from django.utils.translation import gettext as _

from keyue.channels.fetching import Failed
from keyue.channels.webhook import actions as hooks
from keyue.channels.wechat.interface import Fault
from keyue.channels.wechat.receiving import receive_said
from keyue.channels.wecom import actions
from keyue.channels.wecom.platform import WECOM
from keyue.channels.wecom.reading import read
from keyue.channels.wecom.sending import line_of
from keyue.conversations import selectors
from keyue.conversations.models import Channel
from keyue.kernel import clock
from keyue.kernel.errors import KeyueError
from keyue.ledger.actions import Undeliverable
from keyue.ledger.facts import SYSTEM
from keyue.promises import actions as promises
from keyue.promises.enums import NoticeKind

logger = logging.getLogger(__name__)
KIND = "wxkf"
MEDIA = "wecom.media"
A_PAGE = 1000
MOST_PAGES = 100
WAIT_SECONDS = 5.0


def sync(payload: Mapping[str, Any], key: str) -> None:
    """The outbox's sender that fetches what has come in on a channel. Raises Failed where another process fetches."""
    channel = selectors.channel_by_id(payload["channel"])
    if not channel.is_open:
        raise Undeliverable(_("渠道「%(name)s」已经停用。") % {"name": channel.name})
    fetch_all(channel, str(payload.get("token") or ""))


def fetch_all(channel: Channel, token: str = "") -> int:
    """Fetch page after page; each is taken in together with the cursor after it. Returns how many messages there were."""
    end = time.monotonic() + WAIT_SECONDS
    while True:
        cursor = actions.claim_sync(channel=channel, by=SYSTEM, at=clock.now())
        if cursor is not None:
            break
        if time.monotonic() > end:
            raise Failed(_("另一个进程正在读取，稍后再试。"))
        time.sleep(0.1)
    try:
        return _pages(channel, token, cursor)
    finally:
        actions.leave_sync(channel=channel, by=SYSTEM, at=clock.now())


def _pages(channel: Channel, token: str, cursor: str) -> int:
    count = 0
    for _turn in range(MOST_PAGES):
        said = _page(channel, token, cursor)
        messages = [one for one in said.get("msg_list") or [] if isinstance(one, dict)]
        following = str(said.get("next_cursor") or cursor)
        at, names = clock.now(), _names(channel, messages)
        if not actions.move_cursor(
            channel=channel,
            before=cursor,
            after=following,
            take=lambda m=messages, n=names, a=at: _take(channel, m, n, a),  # type: ignore[misc]
            by=SYSTEM,
            at=at,
        ):
            break
        _after(channel, messages, at)
        count += len(messages)
        cursor = following
        if not said.get("has_more"):
            break
    return count


def _page(channel: Channel, token: str, cursor: str) -> dict[str, Any]:
    body: dict[str, Any] = {"limit": A_PAGE, "voice_format": 0}
    body |= {"cursor": cursor} if cursor else {}
    body |= {"open_kfid": channel.options["open_kfid"]} if channel.options.get("open_kfid") else {}
    try:
        return WECOM.call(channel, "/cgi-bin/kf/sync_msg", body | ({"token": token} if token else {}))
    except (Fault, Undeliverable):
        if not token:
            raise
        # a token is good for ten minutes; without one the interface may be asked less often
        return WECOM.call(channel, "/cgi-bin/kf/sync_msg", body)


def _take(
    channel: Channel, messages: Sequence[Mapping[str, Any]], names: Mapping[str, str], at: datetime
) -> None:
    """Take a page in. A message that cannot be read is kept, and keeps no other from being read."""
    for message in messages:
        try:
            with transaction.atomic():
                receive_message(channel, message, at, names)
        except DatabaseError:
            raise
        except Exception as error:
            logger.warning("message of channel %s not read: %s", channel.pk, type(error).__name__)
            raw = json.dumps(message, ensure_ascii=False).encode()
            fault = str(error) if isinstance(error, KeyueError) else type(error).__name__
            hooks.keep_unread(channel=channel, raw=raw, fault=fault, by=SYSTEM, at=at)


def receive_message(
    channel: Channel, message: Mapping[str, Any], at: datetime, names: Mapping[str, str] = {}
) -> Any:
    """One message. Raises Invalid."""
    said = read(message, at)
    if said is None:
        return None
    realm = str(channel.options.get("corp_id") or channel.pk)
    return receive_said(
        channel, said, realm=realm, media=MEDIA, source="wecom", at=at, name=names.get(said.user, "")
    )


def reread(channel: Channel, raw: bytes, at: datetime) -> Any:
    """A message that could not be read, once more."""
    return receive_message(channel, json.loads(raw), at)


def _names(channel: Channel, messages: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """What customers call themselves, by their ids; nothing where WeCom does not say."""
    users = sorted({str(one["external_userid"]) for one in messages if one.get("external_userid")})[:100]
    if not users:
        return {}
    try:
        said = WECOM.call(channel, "/cgi-bin/kf/customer/batchget", {"external_userid_list": users})
    except (KeyueError, Undeliverable):
        return {}
    rows = [one for one in said.get("customer_list") or [] if isinstance(one, dict)]
    return {str(one.get("external_userid")): str(one.get("nickname") or "")[:60] for one in rows}


def _after(channel: Channel, messages: Sequence[Mapping[str, Any]], at: datetime) -> None:
    """Events: a welcome for who comes in, a word to the author of what the customer refused."""
    for message in messages:
        event = message.get("event")
        if not isinstance(event, dict):
            continue
        if event.get("event_type") == "enter_session" and event.get("welcome_code"):
            _welcome(channel, str(event["welcome_code"]))
        elif event.get("event_type") == "msg_send_fail" and event.get("fail_msgid"):
            _failed(str(event["fail_msgid"]), at)


def _welcome(channel: Channel, code: str) -> None:
    """The code is good for twenty seconds and once: a welcome that fails is not tried again."""
    text = str(channel.options.get("welcome") or "")
    if not text:
        return
    body = {"code": code, "msgtype": "text", "text": {"content": text}}
    try:
        WECOM.call(channel, "/cgi-bin/kf/send_msg_on_event", body)
    except (KeyueError, Undeliverable) as error:
        logger.info("no welcome on channel %s: %s", channel.pk, type(error).__name__)


def _failed(identity: str, at: datetime) -> None:
    line = line_of(identity)
    if line is None or line.author_id is None:
        return
    promises.tell(
        key=f"undelivered:kf:{identity}",
        kind=NoticeKind.UNDELIVERED,
        at=at,
        to_user_id=line.author_id,
        subject=line.conversation.subject,
        detail={"text": _("消息没有送达客户，请换一种方式告知")},
    )


def poll(now: datetime) -> int:
    """What no callback has told of, as after an outage of ours. Nothing more to do until the next turn."""
    for channel in selectors.open_channels_of(KIND):
        try:
            fetch_all(channel)
        except (KeyueError, Undeliverable) as error:
            logger.warning("channel %s: %s", channel.pk, type(error).__name__)
    return 0
