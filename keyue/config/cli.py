"""`keyue`: everything operational on the command line.

The pure tools (`due`, `derive`, `regulation check`, `regulation read`, `verify --pack`, `match`, `mail read`) need no
database and load no Django. The other commands are Django management commands of the rooms, called by their own name.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from keyue.kernel.errors import KeyueError, Refused
from keyue.kernel.texts import sentence, speaking_as_asked

if TYPE_CHECKING:
    from django.core.management.base import BaseCommand, CommandParser

PURE: dict[tuple[str, ...], str] = {
    ("due",): "due_command",
    ("derive",): "derive_command",
    ("regulation", "check"): "regulation_check_command",
    ("regulation", "read"): "regulation_read_command",
    ("match",): "match_command",
    ("mail", "read"): "mail_read_command",
    ("mail",): "mail_command",
}
COMMANDS: dict[str, str] = {
    "serve": "web + live updates + worker in one process, over one SQLite file or PostgreSQL",
    "web": "web and live updates only (--workers N processes)",
    "work": "worker only",
    "migrate": "bring the database up to date",
    "demo": "make the demo company, relative to now (--serve to serve it at once)",
    "found": "set up the company from a JSON document (--template prints one)",
    "user": "create, list, unlock users; set a password; name administrators",
    "token": "issue, list, revoke API tokens",
    "import": "import cases FILE",
    "verify": "check chains, checkpoints and proofs, and re-derive every promise (--sample N, --files); "
    "--pack FILE: an evidence pack, offline",
    "reindex": "rebuild what customers are found by, where it is wrong",
    "backup": "online backup of database and attachments; keys to a second file",
    "restore": "restore a backup and repeat the erasures recorded since",
    "calendar": "show | versions | publish FILE: the company's working hours and days",
    "clock": "set | advance | show the test clock (KEYUE_TEST_CLOCK=1)",
    "bench": "measure, print ratios (--quick, --json FILE)",
    "due": "deadlines, JSON lines in and out",
    "derive": "one scenario in, promises and notices out",
    "match": "pairs of records in a CSV file that may be of one customer, without a database",
    "mail": "read FILE…: what raw mails say, JSON lines, without a database",
    "regulation": "list | questions ID | adopt PACK | answer ID | check PATH | read FILE: the regulations of the company",
}

WITHOUT_DATABASE = frozenset({"bench"})
"""Django commands that leave the installation's database alone: they have installations of their own."""
HELP = frozenset({"-h", "--help"})


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; exit code 2 for what was not understood, 1 for what was found wrong."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if not arguments or arguments[0] in {"-h", "--help", "help"}:
        print(usage())
        return 0 if arguments else 2
    if arguments[0] in {"-V", "--version", "version"}:
        print(f"keyue {version('keyue')}")
        return 0
    tool = pure_tool(arguments)
    if tool is not None:
        with speaking_as_asked():
            return tool()
    if arguments[0] not in COMMANDS:
        with speaking_as_asked():
            said = sentence("没有「%(name)s」这个命令。", name=arguments[0])
            print(f"keyue: {said}\n\n{usage()}", file=sys.stderr)
        return 2
    return django_command(arguments)


def usage() -> str:
    width = max(len(name) for name in COMMANDS) + 2
    return "keyue COMMAND …\n\n" + "\n".join(f"  {name:<{width}}{text}" for name, text in COMMANDS.items())


def pure_tool(arguments: list[str]) -> Callable[[], int] | None:
    """The pure tool that the arguments name, ready to run; None where they name none."""
    for words, function in PURE.items():
        if tuple(arguments[: len(words)]) == words:
            from keyue.config import tools

            return lambda: int(getattr(tools, function)(arguments[len(words) :]))
    if arguments[0] == "verify" and any(word.partition("=")[0] == "--pack" for word in arguments[1:]):
        from keyue.config import tools

        return lambda: tools.pack_command(arguments[1:])
    return None


def django_command(arguments: list[str]) -> int:
    """Run a management command of that name; expected errors are one sentence and exit code 2."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "keyue.config.settings")
    import django
    from django.core.management import call_command
    from django.core.management.base import CommandError
    from django.db import DatabaseError, OperationalError

    from keyue.operations.speaking import LASTING, to_the_reader

    # what a start makes stays: looking through it for rubbish again and again takes a fifth of the start
    gc.disable()
    try:
        django.setup()
    except SystemExit as error:  # a setting that cannot be read
        print(f"keyue: {error}", file=sys.stderr)
        return 2
    finally:
        gc.freeze()
        gc.enable()
    from keyue.operations.installation import require_clock

    name = {"import": "import_sheet"}.get(arguments[0], arguments[0])
    reader = to_the_reader()
    try:
        if name not in WITHOUT_DATABASE and not HELP & set(arguments):
            with reader:
                require_clock()
        with nullcontext() if name in LASTING else reader:
            result = call_command(_named(arguments[0], name), *arguments[1:])
    except CommandError as error:
        # "Error: …" is the parser of the arguments, which knows no exit codes
        if str(error).startswith("Error: "):
            with reader:
                print(f"keyue {arguments[0]}: {_misread(arguments[0], str(error)[7:])}", file=sys.stderr)
            return 2
        print(f"keyue {arguments[0]}: {error}", file=sys.stderr)
        return getattr(error, "returncode", 2) or 2
    except KeyueError as error:
        with reader:
            _explain(arguments[0], error)
        return 2
    except DatabaseError as error:
        if type(error) not in {DatabaseError, OperationalError}:
            raise
        with reader:
            _explain(arguments[0], Refused(sentence("数据库用不了：%(why)s", why=str(error).strip())))
        return 2
    except KeyboardInterrupt:
        return 130
    return int(result) if isinstance(result, str) and result.isdigit() else 0


def _named(shown: str, name: str) -> BaseCommand:
    """The management command, whose usage calls it as people do."""
    from django.core.management import get_commands, load_command_class

    command = load_command_class(get_commands()[name], name)
    parser_of = command.create_parser

    def create_parser(_program: str, _name: str, **options: Any) -> CommandParser:
        return parser_of("keyue", shown, **options)

    command.create_parser = create_parser  # type: ignore[method-assign,assignment]
    return command


def _misread(command: str, why: str) -> KeyueError:
    """What the parser of arguments found, in the words of the other sentences."""
    _said, missing, names = why.partition("the following arguments are required: ")
    if missing:
        return Refused(
            sentence("缺少 %(names)s。用法：keyue %(command)s --help", names=names, command=command)
        )
    _said, unknown, names = why.partition("unrecognized arguments: ")
    if unknown:
        return Refused(
            sentence("不认识 %(names)s。用法：keyue %(command)s --help", names=names, command=command)
        )
    return Refused(sentence("写法不对（%(why)s）。用法：keyue %(command)s --help", why=why, command=command))


def _explain(command: str, error: KeyueError) -> None:
    """An expected error on standard error: its sentence, then those of single fields."""
    print(f"keyue {command}: {error}", file=sys.stderr)
    for field, said in getattr(error, "fields", {}).items():
        if str(said) != str(error):
            print(f"  {field}: {said}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
