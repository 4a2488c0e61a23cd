"""What commands for people share: tables, passwords from the terminal, and finding whom a name means."""

from __future__ import annotations

import getpass
import io
import json
import shutil
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from rich.console import Console
from rich.table import Table

from keyue.kernel.errors import Invalid, NotFound
from keyue.ledger.facts import Actor
from keyue.people import selectors as people
from keyue.people.models import User
from keyue.promises.selectors import zone

CLI = Actor("system", "cli")
"""Who acts on the command line: whoever may run it has the machine, and no account."""
WIDE = 160
PASSWORD_TRIES = 3


def table(headings: Sequence[str], rows: Iterable[Sequence[str]], *, empty: str) -> str:
    """Rows under headings as text; on a terminal as wide as it is."""
    listed = [list(row) for row in rows]
    if not listed:
        return empty
    made = Table(box=None, header_style="bold", pad_edge=False, show_edge=False)
    for heading in headings:
        made.add_column(heading, overflow="fold")
    for row in listed:
        made.add_row(*row)
    is_terminal = sys.stdout.isatty()
    out = io.StringIO()
    width = shutil.get_terminal_size().columns if is_terminal else WIDE
    Console(file=out, width=width, force_terminal=is_terminal, highlight=False, markup=False).print(made)
    return "\n".join(line.rstrip() for line in out.getvalue().rstrip().splitlines())


def read_json(name: str, *, most: int = 4) -> Any:
    """The JSON of a file of at most `most` MiB; `-` reads standard input. Raises Invalid with a sentence."""
    largest = most << 20
    try:
        if name == "-":
            text = sys.stdin.buffer.read(largest + 1)
        else:
            with Path(name).open("rb") as file:
                text = file.read(largest + 1)
    except OSError as error:
        raise Invalid(_("打不开 %(file)s：%(why)s") % {"file": name, "why": error.strerror}) from error
    if len(text) > largest:
        raise Invalid(_("文件太大，最多 %(most)d MiB") % {"most": most})
    try:
        return json.loads(text.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise Invalid(_("%(file)s 不是合法的 JSON：%(why)s") % {"file": name, "why": error}) from error


def local(at: datetime | None) -> str:
    """An instant on the company's wall, or a dash."""
    return f"{at.astimezone(zone()):%Y-%m-%d %H:%M}" if at else "—"


def person(username: str) -> User:
    """The member of staff with this sign-in name. Raises NotFound."""
    found = people.by_username(username)
    if found is None:
        raise NotFound(_("没有工号为「%(name)s」的员工。用 keyue user list 查看。") % {"name": username})
    return found


def password_from(*, stdin: bool) -> str:
    """A password from standard input, or typed twice at the terminal; it is never an argument. Raises Invalid."""
    if stdin:
        given = sys.stdin.readline().rstrip("\r\n")
        if not given:
            raise Invalid(_("标准输入里没有密码。"))
        return given
    if not sys.stdin.isatty():
        raise Invalid(_("这里不是终端。请用 --password-stdin 从标准输入给出密码，或用 --generate 生成。"))
    for _try in range(PASSWORD_TRIES):
        first = getpass.getpass(_("密码："))
        if first and first == getpass.getpass(_("再输一遍：")):
            return first
        sys.stderr.write(_("两遍不一样，或是空的。") + "\n")
    raise Invalid(_("没有设置密码。"))
