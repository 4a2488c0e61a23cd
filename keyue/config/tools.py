"""The tools of the command line that need no database: `due`, `derive`, `regulation check`, `regulation read`, `verify
--pack`, `match`, `mail read`.

They load no Django. Whatever they are given, they answer with what was asked for, or with one sentence on standard
error and exit code 2.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from keyue.kernel.errors import Invalid, KeyueError
from keyue.kernel.texts import Sentence, cut, sentence, sentence_of

BAD_INPUT = 2
LONGEST_PATH = 200
EMPTY = sentence("文件名是空的：变量没有设置？")
DUE = sentence("""keyue due [文件…]

    每行一个 JSON 对象（start、rule、calendar，可有 id、pauses），每行答一个 {id, due, thresholds} 或 {id, error}。
    没有文件或写 - 时读标准输入。有一行不对，退出码为 1。""")
DERIVE = sentence("""keyue derive 文件

    读一个场景（JSON：editions、calendars、facts、at，可有 sweeps），写出约定和通知。写 - 读标准输入。
    制度的 cases 文件夹里的例子不写 pack，就是那份制度。""")
CHECK = sentence("""keyue regulation check 路径…

    检查制度（.md 文件、制度的文件夹，或装着几个制度的文件夹），并推算旁边 cases 里的例子。
    每个错误一行：文件:行: 说明。有错误时退出码为 1；提醒不算错误。""")

READ = sentence("""keyue regulation read 文件 [--json]

    读一份制度原文（.docx、.doc、.pdf、.html、.md、.txt），写出条款、有时限的职责、没有写明时限的词，
    以及删去和修复了什么。--json 写出全部内容，供程序使用。""")


def due_command(argv: Sequence[str]) -> int:
    """`keyue due [FILE…]`: deadlines, JSON lines in and out."""
    if _asks_for_help(argv):
        return _explain(DUE)
    if "" in argv:
        return _refuse(EMPTY)
    from keyue.worktime.due_tool import run

    with ExitStack() as stack:
        try:
            files = [
                _standard_input() if name == "-" else stack.enter_context(Path(name).open("rb"))
                for name in argv or ["-"]
            ]
        except OSError as error:
            return _refuse(_unreadable(error))
        except KeyueError as error:
            return _refuse(sentence_of(error))
        return _guarded(lambda out: max([run(_lines(file), out) for file in files]))


def derive_command(argv: Sequence[str]) -> int:
    """`keyue derive FILE`: one scenario in, promises and notices out."""
    if _asks_for_help(argv):
        return _explain(DERIVE)
    if len(argv) != 1:
        return _refuse(sentence("请给一个文件：keyue derive 文件（- 为标准输入）"))
    if "" in argv:
        return _refuse(EMPTY)
    try:
        output = _derived(argv[0])
    except KeyueError as error:
        return _refuse(sentence_of(error))
    except Exception as error:  # a fault of ours, or of input nobody has thought of: a sentence all the same
        return _refuse(
            sentence(
                "无法推算（%(kind)s：%(why)s）。请把这个文件报告给我们",
                kind=type(error).__name__,
                why=cut(error),
            )
        )
    return _guarded(lambda out: _say(_json(output, out), out))


def regulation_check_command(argv: Sequence[str]) -> int:
    """`keyue regulation check PATH…`: the faults of literate regulations and of their example cases."""
    if _asks_for_help(argv):
        return _explain(CHECK)
    if not argv:
        return _refuse(sentence("请给一个路径：keyue regulation check 路径"))
    if "" in argv:
        return _refuse(EMPTY)
    from keyue.promises.scenario import derive_scenario
    from keyue.regulations.checker import check

    models = _models()
    try:
        reports = [check(Path(name), models, derive_scenario) for name in argv]
    except OSError as error:
        return _refuse(sentence_of(error) if error.strerror is None else _unreadable(error))
    faults = [fault for report in reports for fault in report.faults]
    wrong = sum(not fault.is_warning for fault in faults)
    verdict = sentence("%(n)d 处错误", n=wrong) if wrong else sentence("没有错误")
    if len(faults) > wrong:
        verdict = sentence("%(verdict)s，%(n)d 处提醒", verdict=verdict, n=len(faults) - wrong)
    summary = sentence(
        "%(regulations)d 份制度，%(controls)d 条控制，%(examples)d 个例子：%(verdict)s",
        regulations=sum(report.regulations for report in reports),
        controls=sum(report.controls for report in reports),
        examples=sum(report.examples for report in reports),
        verdict=verdict,
    )
    lines = [*map(str, faults), str(summary)]
    return _guarded(lambda out: _say("\n".join(lines), out) or (1 if wrong else 0))


def regulation_read_command(argv: Sequence[str]) -> int:
    """`keyue regulation read FILE [--json]`: what a company's own file says."""
    if _asks_for_help(argv):
        return _explain(READ)
    names = [argument for argument in argv if argument != "--json"]
    if len(names) != 1 or names[0].startswith("-"):
        return _refuse(sentence("请给一个文件：keyue regulation read 文件 [--json]"))
    if "" in argv:
        return _refuse(EMPTY)
    from keyue.regulations.reader.reading import read_regulation
    from keyue.regulations.reader.telling import told

    try:
        found = read_regulation(Path(names[0]))
    except KeyueError as error:
        return _refuse(sentence_of(error))
    if "--json" in argv:
        return _guarded(lambda out: _say(_json(found, out), out))
    return _guarded(lambda out: _say("\n".join(map(str, told(found))), out))


def pack_command(argv: Sequence[str]) -> int:
    """`keyue verify --pack FILE [--key KEY] [--json]`: prove an evidence pack from its file alone."""
    from keyue.compliance.packs import tool

    if _asks_for_help(argv):
        return _explain(tool.HELP)
    try:
        asked = tool.read_arguments(argv)
        text, code = tool.run(asked, _models())
    except OSError as error:
        return _refuse(_unreadable(error))
    except KeyueError as error:
        return _refuse(sentence_of(error))
    return _guarded(lambda out: _say(text, out) or code)


def match_command(argv: Sequence[str]) -> int:
    """`keyue match FILE.csv`: pairs of records that may be of one customer."""
    from keyue.customers.matching import tool

    if _asks_for_help(argv):
        return _explain(tool.HELP)
    try:
        lines = tool.lines_of(tool.read_arguments(argv))
    except OSError as error:
        return _refuse(_unreadable(error))
    except KeyueError as error:
        return _refuse(sentence_of(error))
    return _guarded(lambda out: 0 * out.write("".join(f"{line}\n" for line in lines)))


def mail_command(argv: Sequence[str]) -> int:
    """`keyue mail` without anything known behind it: how it is used."""
    from keyue.channels.email.reader import tool

    if _asks_for_help(argv):
        return _explain(tool.HELP)
    return _refuse(tool.USAGE)


def mail_read_command(argv: Sequence[str]) -> int:
    """`keyue mail read FILE…`: what raw mails say, a JSON line each; 1 where one could not be read."""
    from keyue.channels.email.reader import tool

    if _asks_for_help(argv):
        return _explain(tool.HELP)
    try:
        names = tool.read_arguments(argv)
    except KeyueError as error:
        return _refuse(sentence_of(error))
    return _guarded(lambda out: tool.write(names, out))


def _models() -> Any:
    """Every subject of promises; each room declares its own when it is loaded."""
    import keyue.cases.rules
    import keyue.channels.phone.events
    import keyue.compliance.rules
    import keyue.contracts.folding
    import keyue.conversations.folding
    import keyue.customers.folding
    import keyue.customers.person_events
    import keyue.customers.upkeep_rules
    import keyue.grading.folding
    import keyue.knowledge.folding
    import keyue.sales.folding  # noqa: F401
    from keyue.promises.scenario import subject_models

    return subject_models()


def _derived(name: str) -> dict[str, Any]:
    from keyue.promises.scenario import derive_scenario
    from keyue.regulations.examples import regulation_beside, with_packs
    from keyue.regulations.positions import NotJson, read_json

    try:
        raw = _standard_input().read() if name == "-" else Path(name).read_bytes()
        scenario = read_json(raw.decode("utf-8-sig"))
    except OSError as error:
        raise Invalid(_unreadable(error)) from error
    except UnicodeDecodeError as error:
        raise Invalid(
            sentence("%(name)s 不是 UTF-8 文字，请另存为 UTF-8", name=cut(name, LONGEST_PATH))
        ) from error
    except NotJson as error:
        raise Invalid(
            sentence(
                "%(name)s 第 %(line)d 行：%(why)s", name=cut(name, LONGEST_PATH), line=error.line, why=error
            )
        ) from error
    file = Path() if name == "-" else Path(name)
    regulation = None if name == "-" else regulation_beside(file)
    if regulation is not None and isinstance(scenario, dict):
        scenario = with_packs(scenario, file, regulation)
    return derive_scenario(scenario, _models(), file.parent)


def _asks_for_help(argv: Sequence[str]) -> bool:
    return any(argument in {"-h", "--help"} for argument in argv)


def _explain(text: Sentence) -> int:
    return _guarded(lambda out: _say(str(text), out))


def _refuse(said: Sentence | str) -> int:
    """One sentence on standard error; whatever it quotes, it stays on one line."""
    if sys.stderr is not None:
        try:
            _say(" ".join(str(said).split()), sys.stderr)
            sys.stderr.flush()
        except OSError:  # nobody hears it; the exit code still tells
            _discard(sys.stderr)
    return BAD_INPUT


def _unreadable(error: OSError) -> Sentence:
    return sentence(
        "读不了 %(file)s：%(why)s", file=cut(error.filename, LONGEST_PATH), why=error.strerror or error
    )


def _standard_input() -> BinaryIO:
    """Raises Invalid where there is none (`keyue due <&-`)."""
    if sys.stdin is None:
        raise Invalid(sentence("没有标准输入可读"))
    return sys.stdin.buffer


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """The lines of a file. Raises Invalid where reading fails half-way, as it does for a folder."""
    try:
        yield from file
    except OSError as error:
        name = getattr(file, "name", "-")
        said = sentence(
            "读不了 %(file)s：%(why)s",
            file=cut(name if isinstance(name, str) else "-", LONGEST_PATH),
            why=error.strerror or error,
        )
        raise Invalid(said) from error


def _say(text: str, out: TextIO) -> int:
    encoding = getattr(out, "encoding", None) or "utf-8"
    # half a surrogate pair in an id, or a terminal without Chinese
    out.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")
    return 0


def _json(output: Any, out: TextIO) -> str:
    text = json.dumps(output, ensure_ascii=False, indent=2)
    try:
        text.encode(getattr(out, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return json.dumps(output, indent=2)
    return text


def _guarded(work: Callable[[TextIO], int]) -> int:
    """The exit code of `work`, which writes to standard output.

    A reader that has gone (`keyue due … | head`) ends it quietly; where nothing can be written, a sentence says so.
    """
    out: TextIO | None = sys.stdout
    if out is None:
        return _refuse(sentence("写不出结果：标准输出已关闭"))
    try:
        code = work(out)
        out.flush()
        return code
    except BrokenPipeError:
        _discard(out)
        return 1
    except OSError as error:
        _discard(out)
        return _refuse(sentence("写不出结果：%(why)s", why=error.strerror or error))
    except KeyueError as error:
        return _refuse(sentence_of(error))


def _discard(stream: TextIO) -> None:
    """Send what is still to be written nowhere: the interpreter flushes once more at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
