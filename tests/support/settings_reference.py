"""The operators' reference of settings, made from what the code reads."""

from __future__ import annotations

import ast
import re

from tests.support.environment import KEPT
from tests.support.source import sources

# what each variable is for; the code says its name and default, this says the rest
MEANING = {
    "HOME": "Where everything is kept that is not in the database: keys, attachments, static files, checkpoints; "
    "and the SQLite database, where no other is named. Back it up.",
    "DATABASE_URL": "`sqlite:///path/file.sqlite3` or `postgres://user:password@host:5432/name`. Empty: SQLite under "
    "`KEYUE_HOME`.",
    "SECRET_KEY": "Signs sessions. Empty: made once and kept in `KEYUE_HOME/keys/secret_key`. Several hosts need the "
    "same one.",
    "BASE_URL": "The address by which people reach the installation; links in mails begin with it. With `https://` "
    "cookies are sent over TLS only, and the proxy in front must set `X-Forwarded-Proto`.",
    "HOSTS": "Host names that are answered, parted by commas.",
    "DEBUG": "`1` shows errors with their innards in the browser. Never on a server that others reach.",
    "PACKS": "The directory of ready regulations. Empty: the packs that came with the product.",
    "THREADS": "Threads that answer pages and API calls, in each server process.",
    "LOG_LEVEL": "`DEBUG`, `INFO`, `WARNING` or `ERROR`.",
    "SMTP_HOST": "The mail server. Empty: no mail is sent; it waits in the outbox.",
    "SMTP_PORT": "Its port.",
    "SMTP_USER": "The name to sign in with, where it asks for one.",
    "SMTP_PASSWORD": "The password to it; better in a file, by `KEYUE_SMTP_PASSWORD_FILE`.",
    "SMTP_STARTTLS": "`1`: begin in the clear, then encrypt (usually port 587).",
    "SMTP_TLS": "`1`: encrypted from the first byte (usually port 465).",
    "MAIL_FROM": "The sender of all mails.",
    "EMBED_ORIGINS": "Pages that may show the feedback form inside them, parted by commas, such as "
    "`https://www.example.com`. `*` is every page: the form needs no cookie and shows nothing that is not public. "
    "Empty: none.",
    "PRIVATE_HOSTS": "Hosts inside your own network that may be spoken to, parted by commas, such as "
    "`robots.corp.example` or `10.2.3.4:8080` (with a port: that port only): group robots, receivers of events, gateways of "
    "your own. What is not named here is refused where it resolves to a private or local address.",
    "TEST_CLOCK": "`1` lets `keyue clock` move the time of all processes. Only with a demo or empty database; "
    "otherwise nothing starts, no company is founded and no backup restored.",
}
# read by the tests and the bench alone
INTERNAL = {"TEST_SQLITE", "BENCH_ROWS"}

HEAD = """# Settings

Everything an operator may change comes from environment variables. Any of them may come from a file instead, as
secrets should: `KEYUE_SMTP_PASSWORD_FILE=/run/secrets/smtp` reads the password from there. Nothing else needs to
be edited. This page is made by `make docs` from what the code reads.

| variable | default | what it is for |
|---|---|---|
"""


def found() -> dict[str, str]:
    """Every variable that the code reads, without KEYUE_, and its default."""
    variables: dict[str, str] = {}
    for source in sources():
        for call in source.calls():
            name = ast.unparse(call.func)
            first = call.args[0] if call.args else None
            if not isinstance(first, ast.Constant) or not isinstance(first.value, str):
                continue
            default = ast.literal_eval(call.args[1]) if len(call.args) > 1 and _is_plain(call.args[1]) else ""
            if name in {"env", "env_bool"} and re.fullmatch(r"[A-Z_]+", first.value):
                shown = "0" if name == "env_bool" and not default else str(default)
                variables[first.value] = shown
            elif name.startswith("os.") and first.value.startswith("KEYUE_"):
                variables.setdefault(first.value.removeprefix("KEYUE_"), str(default))
    return {name: default for name, default in variables.items() if f"KEYUE_{name}" not in KEPT}


def _is_plain(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant)


def settings_page() -> str:
    """docs/operators/settings.md."""
    variables = {n: d for n, d in found().items() if n not in INTERNAL}
    unknown = sorted(variables.keys() - MEANING.keys())
    assert not unknown, f"say in tests/support/settings_reference.py what these are for: {unknown}"
    gone = sorted(MEANING.keys() - variables.keys())
    assert not gone, (
        f"nothing reads these any more; take them out of tests/support/settings_reference.py: {gone}"
    )
    rows = [
        f"| `KEYUE_{n}` | {f'`{variables[n]}`' if variables[n] else ''} | {MEANING[n]} |" for n in MEANING
    ]
    return HEAD + "\n".join(rows) + "\n"
