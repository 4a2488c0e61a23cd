"""Setting a mailbox up: what the form asks for, that trying it really signs in, passwords and tokens, the pages."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest

from keyue.channels.email import oauth
from keyue.channels.email.checking import check
from keyue.channels.email.forms import MailboxForm
from keyue.channels.email.models import MailState, RawMail
from keyue.conversations.models import Channel, Conversation, Line
from keyue.conversations.sealed import secrets_of
from keyue.kernel import clock
from keyue.kernel.errors import Refused
from keyue.people import actions as people
from keyue.people.models import User
from keyue.promises.models import Promise
from keyue.regulations import actions as regulations
from tests.apps.channels.mail.conftest import Post, build, inbound, letter
from tests.journeys.world import SYSTEM, browser_of
from tests.support.mailserver import (
    BEYOND_ASCII,
    CUSTOMER,
    PASSWORD,
    PASSWORD_BEYOND_ASCII,
    SALES,
    SERVICE,
    MailServer,
)

FILLED = {
    "name": "客服邮箱", "address": SERVICE, "imap_host": "imap.example.com", "imap_security": "ssl",
    "smtp_host": "smtp.example.com", "smtp_security": "ssl", "way": "password", "password": PASSWORD,
    "old_mail": "new",
}  # fmt: skip


@pytest.fixture
def administrator(post: Post) -> User:
    user = people.create_staff(
        username="zhi", name="支若兰", must_change_password=False, by=SYSTEM, at=clock.now()
    )
    people.grant_role(user=user, role="system_administrator", by=SYSTEM, at=clock.now())
    User.objects.filter(pk=user.pk).update(must_change_password=False)
    return User.objects.get(pk=user.pk)


# --- the form ---


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"address": "no address"}, "address"),
        ({"address": "a@example.com\r\nBcc: b@example.com"}, "address"),
        ({"sender": "客服\r\nBcc: b@example.com"}, "sender"),
        ({"imap_security": "none"}, "imap_security"),
        ({"smtp_security": "none"}, "smtp_security"),
        ({"imap_host": "imap.example.com:993/x y"}, "imap_host"),
        ({"imap_port": "70000"}, "imap_port"),
        ({"password": ""}, "password"),
        ({"way": "oauth2"}, "client"),
        ({"way": "oauth2", "client": "c", "token_url": "https://t.example"}, "refresh_token"),
        ({"folder": "a\x00b"}, "folder"),
    ],
)
def test_what_will_not_do_is_said_beside_its_field(given: dict[str, str], field: str):
    form = MailboxForm({**FILLED, **given})
    assert not form.is_valid()
    assert field in form.errors


@pytest.mark.django_db
def test_a_server_on_this_machine_may_go_without_encryption():
    for host in ("localhost", "127.0.0.1", "::1"):
        form = MailboxForm({**FILLED, "imap_host": host, "imap_security": "none"})
        assert form.is_valid(), form.errors


@pytest.mark.django_db
def test_a_provider_fills_the_servers_in():
    form = MailboxForm(
        {
            **FILLED,
            "provider": "outlook",
            "imap_host": "",
            "smtp_host": "",
            "way": "oauth2",
            "client": "c",
            "refresh_token": "r",
        }
    )
    assert form.is_valid(), form.errors
    options = form.plan().options
    assert (options["imap_host"], options["smtp_port"], options["smtp_security"]) == (
        "outlook.office365.com", 587, "starttls",
    )  # fmt: skip
    assert options["token_url"].startswith("https://login.microsoftonline.com/")
    assert "password" not in options and "refresh_token" not in options


# --- trying it ---


@pytest.mark.parametrize(
    ("imap", "smtp", "security"), [("imaps", "smtps", "ssl"), ("imap", "submission", "starttls")]
)
def test_trying_signs_in_to_both(post: Post, imap: str, smtp: str, security: str):
    post.arrives(letter())
    channel = post.change(
        imap_port=getattr(post.server, imap), smtp_port=getattr(post.server, smtp),
        imap_security=security, smtp_security=security,
    )  # fmt: skip
    said = check(channel)
    assert "里有 1 封邮件" in said and "发信：已登录" in said
    post.fetch()
    post.answer(Conversation.objects.get(), "好")
    assert post.server.wait_for(1, CUSTOMER)


def test_trying_says_what_is_wrong_and_nothing_secret(post: Post):
    wrong = post.open("错的", {"password": "geheim-9931"}, **post.server.options(SALES))
    with pytest.raises(Refused, match="收信服务器不让登录") as caught:
        check(wrong)
    assert "geheim" not in str(caught.value)
    with pytest.raises(Refused, match="打不开文件夹"):
        check(post.change(folder="没有这个"))
    with pytest.raises(Refused, match=r"证书|不能加密|连不上"):
        check(post.change(folder="INBOX", imap_host="127.0.0.1", imap_port=post.server.smtp))
    with pytest.raises(Refused, match="不让登录"):
        only_smtp = {k: v for k, v in post.server.options(SALES).items() if not k.startswith("imap")}
        check(post.open("只发信", {"password": "geheim-9931"}, **only_smtp))


def test_a_password_beyond_ascii_signs_in(post: Post):
    channel = post.open(
        "中文密码",
        {"password": PASSWORD_BEYOND_ASCII},
        **{**post.server.options(BEYOND_ASCII), "smtp_host": ""},
    )
    assert "已登录" in check(channel)


# --- OAuth2 ---


class Provider:
    """Gives tokens for refresh tokens, replaces these each time, and tells Dovecot which tokens hold."""

    def __init__(self, port: int) -> None:
        self.refresh, self.given, self.asked = "r-0", set[str](), list[dict[str, str]]()
        self.is_closed = False
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                sent = self.rfile.read(int(self.headers["Content-Length"] or 0)).decode()
                form = {name: values[0] for name, values in parse_qs(sent).items()}
                status, said = outer.token(form) if self.path == "/token" else outer.known(form)
                body = json.dumps(said).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_arguments: object) -> None:
                return

        self.server = HTTPServer(("127.0.0.1", port), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def token(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        self.asked.append(form)
        if self.is_closed or form.get("refresh_token") != self.refresh or form.get("client_secret") != "s":
            return 400, {
                "error": "invalid_grant",
                "error_description": f"no such token {form.get('refresh_token')}",
            }
        self.refresh = f"r-{len(self.asked)}"
        token = f"access-{len(self.asked)}"
        self.given.add(token)
        return 200, {"access_token": token, "expires_in": 3600, "refresh_token": self.refresh}

    def known(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        if form.get("token") not in self.given:
            return 200, {"active": "false"}
        return 200, {"active": "true", "username": SERVICE}


@pytest.fixture
def provider(mail_server: MailServer, settings: Any) -> Iterator[Provider]:
    settings.PRIVATE_HOSTS = frozenset({"localhost", "127.0.0.1"})
    made = Provider(mail_server.tokens)
    oauth._tokens.clear()
    yield made
    made.server.shutdown()
    made.server.server_close()
    oauth._tokens.clear()


@pytest.fixture
def tokens(post: Post, provider: Provider) -> Channel:
    options = {
        **post.server.options(), "way": "oauth2", "client": "c", "token_url": f"http://127.0.0.1:{post.server.tokens}/token",
    }  # fmt: skip
    return post.open("令牌邮箱", {"client_secret": "s", "refresh_token": "r-0"}, **options)


def test_a_mailbox_with_tokens_reads_and_sends(post: Post, tokens: Channel, provider: Provider):
    assert "已登录" in check(tokens)
    post.arrives(letter())
    assert post.fetch(tokens).fault == ""
    post.answer(Conversation.objects.get(), "明天上门。")
    assert post.server.wait_for(1, CUSTOMER)
    # one token for all of it
    assert len(provider.asked) == 1
    assert provider.asked[0]["grant_type"] == "refresh_token"


def test_a_replaced_refresh_token_holds_on(post: Post, tokens: Channel, provider: Provider):
    post.fetch(tokens)
    oauth._tokens.clear()
    assert post.fetch(tokens).fault == ""
    assert [one["refresh_token"] for one in provider.asked] == ["r-0", "r-1"]
    state = MailState.objects.get(channel=tokens)
    assert "r-2" not in state.token and secrets_of(tokens)["refresh_token"] == "r-0"


def test_a_token_that_the_server_refuses_is_asked_for_anew(post: Post, tokens: Channel, provider: Provider):
    post.fetch(tokens)
    provider.given.clear()
    assert "不让登录" in post.fetch(tokens).fault
    assert post.fetch(tokens).fault == ""


def test_a_provider_that_gives_none_is_said_without_secrets(post: Post, tokens: Channel, provider: Provider):
    provider.is_closed = True
    fault = post.fetch(tokens).fault
    assert "授权服务器不给令牌" in fault and "r-0" not in fault


# --- the pages ---


def test_the_pages_of_a_mailbox(post: Post, administrator: User):
    post.server.put(b"Subject: nobody\r\n\r\nhello")
    post.arrives(letter())
    post.fetch()
    client = browser_of(administrator)
    answer = client.get(f"/settings/channels/{post.channel.pk}/")
    assert answer.status_code == 200, answer.headers
    page = answer.content.decode()
    for words in ("读不了的邮件", "最近收信", "imap.exmail.qq.com"):
        assert words in page
    assert PASSWORD not in page
    listed = client.get(f"/mailboxes/{post.channel.pk}/").content.decode()
    assert "已收进会话" in listed and "读不了，等人查看" in listed
    odd = RawMail.objects.get(result="odd")
    agent = browser_of(post.world.agent)
    shown = agent.get(f"/mails/{odd.pk}/").content.decode()
    assert "看过了" in shown
    assert agent.post(f"/mails/{odd.pk}/looked/").status_code == 303
    again = agent.get(f"/mails/{odd.pk}/").content.decode()
    assert "已查看" in again
    assert agent.post(f"/mails/{odd.pk}/looked/").status_code == 409


def test_a_new_mailbox_is_set_up_on_the_page_and_its_secrets_stay_there(post: Post, administrator: User):
    client = browser_of(administrator)
    given = {k: str(v) for k, v in post.server.options(SALES).items()}
    answer = client.post(
        "/settings/channels/new/email/", {**given, "name": "销售", "way": "password", "password": PASSWORD}
    )
    assert answer.status_code == 303, answer.content.decode()
    channel = Channel.objects.get(name="销售")
    assert PASSWORD not in json.dumps(channel.options) and PASSWORD not in channel.secrets
    post.arrives(letter(to=SALES), to=SALES)
    post.fetch(channel)
    assert len(inbound()) == 1
    saved = {**given, "name": "销售二", "way": "password", "password": "", "rev": str(channel.rev)}
    assert client.post(f"/settings/channels/{channel.pk}/", saved).status_code == 303
    assert secrets_of(Channel.objects.get(pk=channel.pk))["password"] == PASSWORD


def test_an_unreadable_mail_is_a_promise_of_the_keeper(db: None, mail_server: MailServer):
    post = build(mail_server, packs=("communication",))
    at = clock.now()
    answers = {"mail_looked_at.within": "PT4H"}
    regulations.answer_questions(
        regulation="communication", answers=answers, effective_from=at, by=SYSTEM, at=at
    )
    post.server.put(b"Subject: nobody\r\n\r\nhello")
    post.fetch()
    [promise] = Promise.objects.filter(control="mail_looked_at")
    assert promise.is_open and promise.owner == f"user:{post.world.agent.pk}"
    assert Line.objects.get().conversation.state == "queued"
