"""OAuth2 for mail servers: an access token for a mailbox, fetched anew when it is about to end (XOAUTH2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from threading import Lock
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from keyue.channels.email import selectors
from keyue.channels.email.accounts import Account, MailFault, tidy
from keyue.channels.email.actions import keep_token
from keyue.channels.fetching import Failed, Unsafe, fetch
from keyue.conversations.enums import Failure
from keyue.conversations.models import Channel
from keyue.conversations.sealed import secrets_of
from keyue.ledger.facts import SYSTEM

EARLY = timedelta(minutes=2)
SHORTEST = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    until: datetime
    of: str


_tokens: dict[int, _Token] = {}
_lock = Lock()


def access_token(channel: Channel, account: Account, at: datetime) -> str:
    """A token that is good now. Raises MailFault where the provider gives none."""
    secrets = secrets_of(channel)
    given = str(secrets.get("refresh_token") or "")
    of = sha256("\n".join((account.token_url, account.client, given)).encode()).hexdigest()
    with _lock:
        found = _tokens.get(channel.pk)
        if found is not None and found.of == of and found.until > at + EARLY:
            return found.text
    fresh = _asked(channel, account, secrets, given, of, at)
    with _lock:
        _tokens[channel.pk] = fresh
    return fresh.text


def forget(channel: Channel) -> None:
    """A server refused the token that we have: the next one is asked for anew."""
    with _lock:
        _tokens.pop(channel.pk, None)


def _asked(
    channel: Channel, account: Account, secrets: dict[str, str], given: str, of: str, at: datetime
) -> _Token:
    form = {
        "grant_type": "refresh_token",
        "client_id": account.client,
        "client_secret": str(secrets.get("client_secret") or ""),
        "refresh_token": selectors.newer_token(channel, of) or given,
        "scope": account.scope,
    }
    body = urlencode({name: value for name, value in form.items() if value}).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    try:
        answer = fetch("POST", account.token_url, headers=headers, content=body)
        said = answer.json()
    except Unsafe as error:
        raise MailFault(Failure.REFUSED, str(error)) from None
    except Failed as error:
        raise MailFault(Failure.UNREACHABLE, str(error)) from None
    token = said.get("access_token") if isinstance(said, dict) else None
    if not answer.is_ok or not isinstance(token, str):
        why = said.get("error_description") or said.get("error") if isinstance(said, dict) else ""
        shown = tidy(str(why or answer.status), channel)
        raise MailFault(Failure.REFUSED, _("授权服务器不给令牌：%(why)s") % {"why": shown})
    rotated = said.get("refresh_token")
    if isinstance(rotated, str) and rotated not in {"", form["refresh_token"]}:
        keep_token(channel=channel, token=rotated, of=of, by=SYSTEM, at=at)
    seconds = said.get("expires_in")
    lasts = timedelta(seconds=int(seconds)) if str(seconds or "").isdigit() else SHORTEST
    return _Token(token, at + lasts, of)


def sasl(user: str, token: str) -> str:
    """The first words of XOAUTH2."""
    return f"user={user}\x01auth=Bearer {token}\x01\x01"
