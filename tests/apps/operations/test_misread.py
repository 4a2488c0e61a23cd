"""What the command line cannot read: one sentence, exit code 2, whichever part of it was wrong."""

from __future__ import annotations

import os
import subprocess
import sys

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
    ],
)
def test_one_sentence_and_exit_code_2(arguments, environment, said):
    done = run(*arguments, **environment)
    assert done.returncode == 2
    assert done.stderr.startswith(said)
    assert "Traceback" not in done.stderr
