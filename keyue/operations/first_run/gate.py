"""Who may set the company up: somebody at this machine, or who has the start code that `keyue serve` prints.

An installation without a company would else belong to whoever finds it first.
"""

from __future__ import annotations

import hmac
import os
from collections import deque
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.utils.translation import gettext as _

from keyue.company.selectors import is_founded
from keyue.kernel.errors import Invalid, TooMany
from keyue.kernel.ids import new_code
from keyue.people.models import User

ENTERED = "first_run_code"
LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
FORWARDED = ("X-Forwarded-For", "X-Real-Ip", "Forwarded", "X-Forwarded-Host")
MOST_TRIES, TRIES_WITHIN = 10, timedelta(minutes=10)

_in_use: set[str] = set()
_wrong: deque[datetime] = deque(maxlen=MOST_TRIES)


def is_in_use() -> bool:
    """Whether there is a company, or anybody with an account: what is set up once is never set up again."""
    name = str(connection.settings_dict["NAME"])
    if name in _in_use:
        return True
    if is_founded() or User.objects.exists():
        _in_use.add(name)
        return True
    return False


def forget() -> None:
    """Ask the database again: for tests, whose databases become empty once more."""
    _in_use.clear()


def code_file() -> Path:
    """Where the start code stands, for who may read the data folder."""
    return Path(settings.KEYUE_HOME) / "start-code"


def start_code() -> str:
    """The start code, made once."""
    file = code_file()
    try:
        return file.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = file.with_name(f"start-code.{os.getpid()}")
        fresh.touch(mode=0o600)
        fresh.write_text(new_code() + "\n", encoding="ascii")
        try:
            # of two processes that start at once, one makes the code and both say it
            file.hardlink_to(fresh)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
        return file.read_text(encoding="ascii").strip()


def announcement(base_url: str) -> str:
    """What `keyue serve` says while there is no company; empty afterwards."""
    if is_in_use():
        code_file().unlink(missing_ok=True)
        return ""
    return _("还没有建立公司。请打开 %(url)s/start/ 完成首次设置；从别的电脑打开时输入启动码 %(code)s") % {
        "url": base_url,
        "code": start_code(),
    }


def is_here(request: HttpRequest) -> bool:
    """Whether the browser runs on this machine: by address and by the name it used, and through no proxy."""
    if any(name in request.headers for name in FORWARDED):
        return False
    host = urlsplit(f"//{request.get_host()}").hostname
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback and host in LOOPBACK_HOSTS
    except ValueError:
        return False


def may_enter(request: HttpRequest) -> bool:
    """Whether this browser may set the company up."""
    entered = request.session.get(ENTERED, "")
    return is_here(request) or bool(entered and hmac.compare_digest(str(entered), start_code()))


def enter(request: HttpRequest, code: str, *, at: datetime) -> None:
    """Let a browser in by the start code. Raises as `check_code` does."""
    check_code(code, at=at)
    request.session[ENTERED] = start_code()


def check_code(code: str, *, at: datetime) -> None:
    """Pass for the start code. Raises Invalid for a wrong one, TooMany after ten of them."""
    while _wrong and at - _wrong[0] > TRIES_WITHIN:
        _wrong.popleft()
    if len(_wrong) == MOST_TRIES:
        raise TooMany(_("输错的次数太多，请过 10 分钟再试。"), retry_after=600)
    plain = code.strip().upper().replace("-", "").replace(" ", "")
    if not hmac.compare_digest(plain.encode(), start_code().encode()):
        _wrong.append(at)
        sentence = _("启动码不对。它在运行 keyue serve 的窗口里，也在数据目录的 start-code 文件里。")
        raise Invalid(sentence, fields={"code": sentence})
