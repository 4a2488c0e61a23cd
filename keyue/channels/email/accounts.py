"""A mailbox as it is set up: its servers, how one signs in there, and what its faults are called."""

from __future__ import annotations

import re
import ssl
from dataclasses import dataclass
from email.utils import formataddr
from hashlib import sha256
from ipaddress import ip_address

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _t

from keyue.channels.email.enums import OldMail, Security, Way
from keyue.conversations.enums import Failure
from keyue.conversations.models import Channel
from keyue.conversations.sealed import secrets_of

_NOT_SHOWN = re.compile(r"[\x00-\x1f\x7f\s]+")
LONGEST_SAID = 300


@dataclass(frozen=True, slots=True)
class Server:
    """Where a server listens. `security` is a member of Security."""

    host: str
    port: int
    security: str


@dataclass(frozen=True, slots=True)
class Provider:
    """The servers of a provider whose users need not look them up; `token_url` where it takes OAuth2."""

    code: str
    name: object
    imap: Server
    smtp: Server
    token_url: str = ""
    scope: str = ""


SSL, STARTTLS = Security.SSL.value, Security.STARTTLS.value
PROVIDERS = (
    Provider("qq", _t("QQ 邮箱"), Server("imap.qq.com", 993, SSL), Server("smtp.qq.com", 465, SSL)),
    Provider("163", _t("网易 163 邮箱"), Server("imap.163.com", 993, SSL), Server("smtp.163.com", 465, SSL)),
    Provider(
        "exmail",
        _t("腾讯企业邮"),
        Server("imap.exmail.qq.com", 993, SSL),
        Server("smtp.exmail.qq.com", 465, SSL),
    ),
    Provider(
        "aliyun",
        _t("阿里企业邮"),
        Server("imap.qiye.aliyun.com", 993, SSL),
        Server("smtp.qiye.aliyun.com", 465, SSL),
    ),
    Provider(
        "outlook",
        "Outlook / Microsoft 365",
        Server("outlook.office365.com", 993, SSL),
        Server("smtp.office365.com", 587, STARTTLS),
        "https://login.microsoftonline.com/common/oauth2/v2.0/token",
        "https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send offline_access",
    ),
    Provider(
        "gmail",
        "Gmail",
        Server("imap.gmail.com", 993, SSL),
        Server("smtp.gmail.com", 465, SSL),
        "https://oauth2.googleapis.com/token",
        "https://mail.google.com/",
    ),
)


@dataclass(frozen=True, slots=True)
class Account:
    """A mailbox. `smtp` is None where it sends by the installation's server; `user` signs in to both."""

    address: str
    sender: str
    imap: Server | None
    smtp: Server | None
    user: str
    way: str
    folder: str
    old_mail: str
    token_url: str
    client: str
    scope: str

    @property
    def place(self) -> str:
        """Digest of where the mails lie: another one is another mailbox, whose numbers mean nothing here."""
        host = self.imap.host.lower() if self.imap else ""
        return sha256("\n".join((host, self.user.lower(), self.folder)).encode()).hexdigest()

    @property
    def sent_from(self) -> str:
        """What answers have in From; empty where no address is set."""
        return formataddr((self.sender, self.address)) if self.address else ""


def account_of(channel: Channel) -> Account:
    """How a channel of this kind is set up."""
    given = channel.options

    def server(name: str, ports: dict[str, int]) -> Server | None:
        if not given.get(f"{name}_host"):
            return None
        security = str(given.get(f"{name}_security") or SSL)
        return Server(str(given[f"{name}_host"]), int(given.get(f"{name}_port") or ports[security]), security)

    return Account(
        address=str(given.get("address") or ""),
        sender=str(given.get("sender") or ""),
        imap=server("imap", {SSL: 993, STARTTLS: 143, "none": 143}),
        smtp=server("smtp", {SSL: 465, STARTTLS: 587, "none": 25}),
        user=str(given.get("user") or given.get("address") or ""),
        way=str(given.get("way") or Way.PASSWORD),
        folder=str(given.get("folder") or "INBOX"),
        old_mail=str(given.get("old_mail") or OldMail.NEW),
        token_url=str(given.get("token_url") or ""),
        client=str(given.get("client") or ""),
        scope=str(given.get("scope") or ""),
    )


def is_loopback(host: str) -> bool:
    """Whether a server is on this machine, so that nothing is overheard on the way."""
    if host.lower().rstrip(".") == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class MailFault(Exception):
    """A mail server did not do what was asked. `failure` says what kind of fault it is, the text what the server said, with
    nothing secret in it."""

    def __init__(self, failure: Failure, said: str) -> None:
        super().__init__(said)
        self.failure = failure


def fault_of(error: BaseException, server: Server, channel: Channel | None = None) -> MailFault:
    """What went wrong on the way to a server, in words for whoever keeps the mailbox."""
    where = {"host": server.host, "port": server.port}
    if isinstance(error, ssl.SSLCertVerificationError):
        said = _("%(host)s:%(port)d 的证书不可信：%(why)s") % {**where, "why": error.verify_message}
    elif isinstance(error, ssl.SSLError):
        said = _("%(host)s:%(port)d 不能加密连接。请核对端口和加密方式。") % where
    elif isinstance(error, TimeoutError):
        said = _("%(host)s:%(port)d 太久没有答复。") % where
    elif isinstance(error, ConnectionRefusedError):
        said = _("%(host)s:%(port)d 拒绝连接。请核对地址和端口。") % where
    else:
        said = _("%(host)s:%(port)d 连不上：%(why)s") % {**where, "why": tidy(str(error), channel)}
    return MailFault(Failure.UNREACHABLE, said)


def tidy(said: str, channel: Channel | None = None) -> str:
    """What a server said, in one line of bounded length, without the secrets of the mailbox."""
    for secret in secrets_of(channel).values() if channel is not None else ():
        if secret:
            said = said.replace(str(secret), "***")
    return _NOT_SHOWN.sub(" ", said).strip()[:LONGEST_SAID]
