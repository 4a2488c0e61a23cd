"""What the tests need of the machine: installed where we may, said clearly where we may not."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path


class Missing(Exception):
    """Something is not on this machine and could not be put there; the message says what to do."""


def _apt(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
    )


@cache
def _refresh() -> None:
    """The package lists, once a run: a new machine has old ones or none."""
    _apt("update")


def install(package: str, what: str) -> None:
    """Install a Debian package as root without asking; `Missing` with a sentence otherwise."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise Missing(
            f"{what} is missing: install it (on Debian: apt install {package}), then run this again"
        )
    print(f"installing {package} ({what})", flush=True)
    _refresh()
    done = _apt("install", "-y", "--no-install-recommends", package)
    if done.returncode != 0:
        raise Missing(f"{what}: apt-get install {package} failed\n{done.stdout}{done.stderr}")


def chromium_program() -> str | None:
    """Where Chromium is, if it is."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    return None


def has_chinese_font() -> bool:
    """Whether Chinese prints as more than boxes."""
    if shutil.which("fc-list"):
        listed = subprocess.run(
            ["fc-list", ":lang=zh-cn", "family"], capture_output=True, text=True, check=False
        )
        return bool(listed.stdout.strip())
    return any(Path("/usr/share/fonts").rglob("NotoSansCJK*"))


def driver_runs() -> bool:
    """Whether what drives the browser can start: its program comes in a wheel, one of its libraries does not."""
    found = importlib.util.find_spec("playwright")
    if found is None or not found.submodule_search_locations:
        return False
    node = Path(found.submodule_search_locations[0]) / "driver" / "node"
    return subprocess.run([node, "--version"], capture_output=True, check=False).returncode == 0


def browser() -> str:
    """Chromium, what drives it, and a Chinese font, installed if need be; the path of Chromium."""
    if not driver_runs():
        install("libatomic1", "a library of the browser's driver")
    if chromium_program() is None:
        install("chromium", "the browser Chromium")
    if not has_chinese_font():
        install("fonts-noto-cjk", "a Chinese font")
    program = chromium_program()
    if program is None:
        raise Missing("the browser Chromium is installed but not on the PATH")
    return program


def mail_servers() -> None:
    """Dovecot and Postfix, installed if need be. They are started as root, which gives its rights up where it can."""
    for program, package, what in (
        ("dovecot", "dovecot-imapd", "the IMAP server Dovecot"),
        ("postfix", "postfix", "the SMTP server Postfix"),
    ):
        if shutil.which(program, path=f"{os.environ.get('PATH', os.defpath)}{os.pathsep}/usr/sbin") is None:
            install(package, what)
    if os.geteuid() != 0:
        raise Missing("Postfix starts as root only: run the tests of mail as root, as in a container")
