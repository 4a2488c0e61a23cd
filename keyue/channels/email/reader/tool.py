"""`keyue mail read`: what raw mails say, a JSON line each, without a database."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from stat import S_ISDIR
from typing import BinaryIO, TextIO

from keyue.channels.email.reader import oddities
from keyue.channels.email.reader.mail import Mail, sound
from keyue.channels.email.reader.oddities import Oddities
from keyue.channels.email.reader.reading import read_mail
from keyue.kernel.errors import Invalid
from keyue.kernel.texts import Sentence, cut, sentence

HELP = sentence("""keyue mail read 文件…

    读原始邮件（.eml），每个文件一行 JSON：{file, message_id, references, from, to, cc, reply_to, subject, date, text,
    new_text, html, attachments, auto_reply, bounce, warnings}。写 - 读标准输入。有文件读不了，退出码为 1。""")
USAGE = sentence("请给一个文件：keyue mail read 文件…")
IS_A_FOLDER = sentence("这是文件夹，不是邮件")
LARGEST = 512 << 20
STANDARD_INPUT = "-"


def read_arguments(argv: Sequence[str]) -> list[str]:
    """The names of files. Raises Invalid with a sentence for what was not understood."""
    options_end = argv.index("--") if "--" in argv else len(argv)
    for argument in argv[:options_end]:
        if argument.startswith("-") and argument != STANDARD_INPUT:
            raise Invalid(sentence("不认识的选项：%(option)s", option=cut(argument)))
    names = [*argv[:options_end], *argv[options_end + 1 :]]
    if not names:
        raise Invalid(USAGE)
    return names


def write(names: Sequence[str], out: TextIO) -> int:
    """A line for each file, as soon as it is read. Returns 1 if one could not be read, else 0."""
    code = 0
    encoding = getattr(out, "encoding", None) or "utf-8"
    for name in names:
        mail, could = _mail_in(name)
        shown = sound(os.fsencode(name).decode("utf-8", "backslashreplace"))
        said = {"file": shown, **mail.as_dict()}
        line = json.dumps(said, ensure_ascii=False)
        try:
            line.encode(encoding)
        except UnicodeEncodeError:
            line = json.dumps(said)
        out.write(line + "\n")
        out.flush()
        code = code if could else 1
    return code


def _mail_in(name: str) -> tuple[Mail, bool]:
    try:
        raw = _content(name)
    except FileNotFoundError:
        return _unread(oddities.NO_FILE), False
    except (OSError, ValueError) as error:
        return _unread(oddities.unreadable(getattr(error, "strerror", None) or str(error))), False
    except Invalid as error:
        return _unread(error.message if isinstance(error.message, Sentence) else oddities.DAMAGED), False
    return read_mail(raw), True


def _content(name: str) -> bytes:
    """The bytes of a file. Raises Invalid for folders and for what is too large, OSError as opening it."""
    if name == STANDARD_INPUT:
        if sys.stdin is None:
            raise Invalid(sentence("没有标准输入可读"))
        return _limited(sys.stdin.buffer)
    path = Path(name)
    if not name or S_ISDIR(path.stat().st_mode):
        raise Invalid(IS_A_FOLDER) if name else FileNotFoundError(name)
    with path.open("rb") as file:
        return _limited(file)


def _limited(file: BinaryIO) -> bytes:
    raw = file.read(LARGEST + 1)
    if len(raw) > LARGEST:
        raise Invalid(oddities.too_large(LARGEST >> 20))
    return raw


def _unread(why: Sentence) -> Mail:
    odd = Oddities()
    odd.say(why)
    return Mail(warnings=odd.all)
