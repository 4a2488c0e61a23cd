"""What the command line cannot read: one sentence, exit code 2, whichever part of it was wrong."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from importlib.metadata import version

import pytest


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "keyue.config.cli", *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "environment", "said"),
    [
        (("import", "cases"), {}, "keyue import: 缺少 file。用法：keyue import --help"),
        (("verify", "--frob"), {}, "keyue verify: 不认识 --frob。用法：keyue verify --help"),
        (("verify",), {"KEYUE_DATABASE_URL": "mysql://x/y"}, "keyue: KEYUE_DATABASE_URL：不认识 mysql://"),
        (("verify",), {"KEYUE_DEBUG": "perhaps"}, "keyue: KEYUE_DEBUG=perhaps：请写 1 或 0"),
        (("import", "cases"), {"LANG": "en_US.UTF-8"}, "keyue import: file is missing."),
        (("frobnicate",), {}, "keyue: 没有「frobnicate」这个命令。"),
        (("serve", "--port", "99999"), {}, "keyue serve: --port 后写 1 至 65535 的整数。"),
        (("serve", "--host", "192.0.2.1"), {}, "keyue serve: 不能在 192.0.2.1 的端口 8000 上提供服务："),
        (("web", "--workers", "0"), {}, "keyue web: --workers 后写 1 至 64 的整数。"),
        (("migrate", "extra"), {}, "keyue migrate: 不认识 extra。"),
        (("serve", "--port", "0"), {"LANG": "en_US.UTF-8"}, "keyue serve: Write a whole number from 1"),
        (("migrate", "extra"), {"LANG": "en_US.UTF-8"}, "keyue migrate: extra is not known."),
        (("verify",), {"KEYUE_LOG_LEVEL": "LOUD"}, "keyue: KEYUE_LOG_LEVEL=LOUD：可以写 DEBUG、INFO"),
        (("verify",), {"KEYUE_SMTP_PORT": "x"}, "keyue: KEYUE_SMTP_PORT=x：请写 1 至 65535 的整数"),
        (("serve",), {"KEYUE_THREADS": "abc"}, "keyue: KEYUE_THREADS=abc：请写 1 至 256 的整数"),
        (("serve",), {"KEYUE_THREADS": "0"}, "keyue: KEYUE_THREADS=0：请写 1 至 256 的整数"),
        (
            ("verify",),
            {"KEYUE_SMTP_PASSWORD_FILE": "/nonexist"},
            "keyue: KEYUE_SMTP_PASSWORD_FILE：读不了 /nonexist（No such file",
        ),
        (("verify",), {"KEYUE_HOME": "/proc/x"}, "keyue: KEYUE_HOME=/proc/x：不能用作数据目录（No such"),
        (
            ("verify",),
            {"KEYUE_BASE_URL": "keyue.example.com"},
            "keyue: KEYUE_BASE_URL=keyue.example.com：请写",
        ),
        (("verify",), {"KEYUE_BASE_URL": "https://x:y"}, "keyue: KEYUE_BASE_URL=https://x:y：请写完整的网址"),
        (("verify",), {"KEYUE_PACKS": "/nonexist"}, "keyue: KEYUE_PACKS=/nonexist：没有这个目录"),
        (("verify",), {"KEYUE_TEST_CLOCK": "yes"}, "keyue: KEYUE_TEST_CLOCK=yes：可以写 1、0"),
        (("verify",), {"KEYUE_DATABASE_URL": "postgres://h:x/y"}, "keyue: KEYUE_DATABASE_URL：看不懂（"),
        (
            ("verify",),
            {"KEYUE_SMTP_TLS": "1", "KEYUE_SMTP_STARTTLS": "1"},
            "keyue: KEYUE_SMTP_STARTTLS 和 KEYUE_SMTP_TLS 只能开一个",
        ),
    ],
)
def test_one_sentence_and_exit_code_2(arguments, environment, said):
    done = run(*arguments, **environment)
    assert done.returncode == 2
    assert done.stderr.startswith(said)
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--version",), f"keyue {version('keyue')}\n"),
        (("token", "issue", "--help"), "usage: keyue token issue"),
        (("import", "--help"), "usage: keyue import "),
        (("serve", "--help"), "usage: keyue serve "),
    ],
)
def test_what_it_is_and_how_it_is_called(arguments, said):
    done = run(*arguments)
    assert (done.returncode, done.stdout.startswith(said)) == (0, True), done.stdout + done.stderr


@pytest.mark.parametrize("command", ["serve", "web"])
def test_a_port_in_use_is_told_before_anything_starts(command):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run(command, "--port", str(port))
    assert done.returncode == 2
    assert done.stderr.startswith(f"keyue {command}: 端口 {port} 已经有程序在用。")
