"""A regulation is a literate document: Markdown that a quality manager reads, with fenced blocks that run.

`read_document` never raises for what stands in the text: it returns faults with file and line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt

from keyue.kernel.texts import Sentence, cut, sentence, sentence_of
from keyue.regulations.blocks import read_toml
from keyue.regulations.conditions import ConditionError, compile_condition
from keyue.regulations.controls import Control, ControlError, apply_set, build_control

NUMERALS = "零〇一二三四五六七八九十百千0-9"
CLAUSE_NUMBER = re.compile(
    rf"(第[{NUMERALS}]+[编章节条款项](?:[（(][{NUMERALS}]+[）)])?"
    r"|[补附][0-9]+(?:\.[0-9]+)*"
    r"|[0-9]+(?:\.[0-9]+)*[a-z]?(?=[\s、.．]|$)"
    rf"|[{NUMERALS}]+(?=、)|[（(][{NUMERALS}]+[）)])[、.．]?\s*(.*)"
)
BLOCKS = ("control", "clause", "regulation")
FENCE = re.compile(r"\s*(?:`{3,}[^`]*|~{3,}.*)")
REGULATION_KEYS = {"id", "code", "subject", "when", "keeper", "roles", "thresholds", "source"}
CLAUSE_KEYS = {"id", "source", "laws", "keeper", "declined"}
REGULATION_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong in a document, with the line (from 1) where it stands; a warning is only worth a look."""

    path: str
    line: int
    said: Sentence | str
    is_warning: bool = False

    @property
    def message(self) -> str:
        """What is wrong, in the language of whoever reads it."""
        return str(self.said)

    def __str__(self) -> str:
        said = sentence("提醒：%(message)s", message=self.said) if self.is_warning else self.said
        return f"{self.path}:{self.line}: {said}"


@dataclass(frozen=True, slots=True)
class Question:
    """What a control leaves to the company. `key` is where the answer goes: `progress.every`; `proposed` is an answer
    that the text proposes and that holds only once the company has given it."""

    control: str
    name: str
    clause: str
    text: str
    key: str
    proposed: str = ""


@dataclass(slots=True)
class ControlBlock:
    """A ```control block: its TOML as written, the clause above it, and the conditions it inherits."""

    raw: dict[str, Any]
    clause: str
    shared_when: tuple[str, ...]
    line: int
    source: str
    regulation: str = ""

    @property
    def id(self) -> str:
        return str(self.raw.get("id", ""))

    def control(self, values: Mapping[str, Any] | None = None) -> Control:
        """The control of the block, single values replaced (`{"within": "PT12H"}`). Raises ControlError."""
        raw = apply_set(self.raw, values or {})
        return build_control(raw, self.clause, self.shared_when, self.regulation)

    def line_of(self, key: str) -> int:
        """The line of `key` (`within`, `within.normal`) in the file, or of the block where the key is absent."""
        for name in (key, key.partition(".")[0]):
            for offset, text in enumerate(self.source.splitlines(), start=1):
                if re.match(rf"\s*\[*\s*{re.escape(name)}\s*[]=.]", text):
                    return self.line + offset
        return self.line


@dataclass(slots=True)
class Clause:
    """An addressable piece of the text. A clause without controls is narrative.

    Of its ```clause block: `id` is its identity across editions where the number may change, `sources` where it comes
    from, `laws` what it cites, `keeper` the post that owns it, `declined` the controls that were proposed for it and
    declined, each `{text, why}`.
    """

    number: str
    heading: str
    level: int
    line: int
    paragraphs: list[str] = field(default_factory=list)
    control_ids: list[str] = field(default_factory=list)
    id: str = ""
    sources: tuple[str, ...] = ()
    laws: tuple[str, ...] = ()
    keeper: str = ""
    declined: tuple[Mapping[str, str], ...] = ()
    has_block: bool = False

    @property
    def identity(self) -> str:
        """What tells it from the others in every edition of its regulation."""
        return self.id or self.number

    @property
    def text(self) -> str:
        return "\n\n".join(self.paragraphs)


@dataclass(slots=True)
class Document:
    """A regulation as read from its text."""

    path: str
    source: str
    title: str = ""
    id: str = ""
    code: str = ""
    subject: str = ""
    keeper: str = ""
    roles: dict[str, str] = field(default_factory=dict)
    thresholds: dict[str, int] = field(default_factory=lambda: {"good": 95, "fair": 80})
    clauses: list[Clause] = field(default_factory=list)
    blocks: list[ControlBlock] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def fault(self, line: int, message: Sentence | str) -> None:
        self.faults.append(Fault(self.path, line, message))

    def clause(self, number: str) -> Clause | None:
        return next((clause for clause in self.clauses if clause.number == number), None)

    def controls(self, values: Mapping[str, Any] | None = None) -> tuple[Control, ...]:
        """The controls, with single values replaced (`{"plan.within": "PT12H"}`).

        Raises ControlError for a value that names no control or no such field.
        """
        changes = by_control(values or {})
        for path in values or {}:
            if "." not in path:
                raise ControlError(path, sentence("设置应写成「控制.字段」，得到 %(path)s", path=repr(path)))
        unknown = changes.keys() - {block.id for block in self.blocks}
        if unknown:
            raise ControlError(sorted(unknown)[0], sentence("没有这个控制：%(names)s", names=sorted(unknown)))
        return tuple(block.control(changes.get(block.id)) for block in self.blocks)

    def sound_controls(self, values: Mapping[str, Any]) -> tuple[tuple[Control, ...], tuple[Fault, ...]]:
        """The controls that can be built, and what is wrong with the others.

        A text published under an older version of the program may hold a control that this one no longer takes: it
        must not take the others with it.
        """
        changes = by_control(values)
        controls, faults = [], list(self.faults)
        for block in self.blocks:
            try:
                controls.append(block.control(changes.get(block.id)))
            except ControlError as error:
                faults.append(Fault(self.path, block.line_of(error.field), sentence_of(error)))
        return tuple(controls), tuple(faults)

    def questions(self, values: Mapping[str, Any] | None = None) -> tuple[Question, ...]:
        """What the text leaves to the company and `values` do not answer. Raises as `controls`."""
        return questions_of(self.controls(values))

    def roles_named(self) -> dict[str, str]:
        """Posts and departments that the text names, each with what it calls them, in the order of the text."""
        codes = [self.keeper, *(clause.keeper for clause in self.clauses)]
        codes = [code for code in codes if code]
        codes += [code for control in self.controls() for code in control.posts]
        return {code: self.roles.get(code, code) for code in dict.fromkeys([*self.roles, *codes])}

    def posts_named(self) -> list[str]:
        """Codes that the text holds responsible or tells; a person who follows from the case (客户经理) is none."""
        codes = [self.keeper] if self.keeper else []
        codes += [code for control in self.controls() for code in control.posts]
        return list(dict.fromkeys(codes))


def questions_of(controls: Iterable[Control]) -> tuple[Question, ...]:
    """What these controls leave to the company."""
    return tuple(
        Question(
            control.id,
            control.name,
            control.clause,
            control.question,
            f"{control.id}.{'every' if control.recurs else 'within'}",
            control.proposed,
        )
        for control in controls
        if control.is_unanswered and not control.awaits
    )


def by_control(values: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Single values under their controls: `{"plan.within": …}` as `{"plan": {"within": …}}`."""
    found: dict[str, dict[str, Any]] = {}
    for path, value in values.items():
        control, _, field_ = path.partition(".")
        found.setdefault(control, {})[field_] = value
    return found


def document_path(path: Path) -> Path:
    """The Markdown file of a pack: the file itself, or `regulation.md` (else the only .md) in a folder.

    Raises FileNotFoundError with a sentence.
    """
    if path.is_file():
        return path
    if not path.is_dir():
        raise FileNotFoundError(sentence("找不到制度：%(path)s", path=path))
    main = path / "regulation.md"
    if main.is_file():
        return main
    candidates = sorted(path.glob("*.md"))
    if len(candidates) != 1:
        raise FileNotFoundError(
            sentence(
                "%(path)s 里应有 regulation.md 或唯一的一个 .md 文件，找到 %(n)d 个",
                path=path,
                n=len(candidates),
            )
        )
    return candidates[0]


def read_file(path: Path) -> Document:
    """The document of a pack folder or file. Raises OSError with a sentence where there is none to read."""
    file = document_path(path)
    raw = file.read_bytes()
    try:
        source = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        document = Document(path=str(file), source="")
        document.fault(raw.count(b"\n", 0, error.start) + 1, sentence("不是 UTF-8 文字，请另存为 UTF-8"))
        return document
    return read_document(source.replace("\r\n", "\n"), str(file))


def read_document(source: str, path: str = "regulation.md") -> Document:
    """The document of a text. What is wrong in it stands in `.faults`, in the order of lines."""
    document = Document(path=path, source=source)
    _Reader(document).read()
    _check_ids(document)
    document.faults.sort(key=lambda fault: fault.line)
    return document


class _Reader:
    """Walks the Markdown tokens once, keeping the clause and the condition that hold at each block."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.clause: Clause | None = None
        self.shared_when: tuple[str, ...] = ()

    def read(self) -> None:
        tokens = MarkdownIt("commonmark").enable("table").parse(self.document.source)
        for index, token in enumerate(tokens):
            line = (token.map[0] if token.map else 0) + 1
            if token.type == "heading_open":
                self._heading(int(token.tag[1]), tokens[index + 1].content.strip(), line)
            elif token.type == "fence":
                self._fence(token.info.strip(), token.content, line)
            elif token.type == "code_block":
                self.document.fault(
                    line,
                    sentence(
                        "缩进四格以上的是代码块，不算正文，也不是控制：正文不要缩进，控制写在顶格的 ```control 块里"
                    ),
                )
            elif token.type == "inline" and tokens[index - 1].type == "paragraph_open":
                self._paragraph(token.content)
                self._swallowed(token.content, line)
            elif token.type == "html_block" and not _is_comment(token.content):
                self._swallowed(token.content, line)

    def _heading(self, level: int, text: str, line: int) -> None:
        if level == 1:
            if self.document.title:
                self.document.fault(line, sentence("只能有一个一级标题，即制度的名称"))
            self.document.title = text
            return
        match = CLAUSE_NUMBER.match(text)
        number, heading = (match[1], match[2].strip()) if match else ("", text)
        self.clause = Clause(number=number, heading=heading, level=level, line=line)
        self.document.clauses.append(self.clause)

    def _paragraph(self, text: str) -> None:
        if self.clause is not None:
            self.clause.paragraphs.append(text.strip())

    def _swallowed(self, text: str, line: int) -> None:
        """A block that Markdown takes for text: it is indented under a paragraph, or stands within HTML."""
        for number, part in enumerate(text.splitlines(), start=line):
            if FENCE.fullmatch(part):
                self.document.fault(
                    number, sentence("这里的代码块被当作文字：要顶格，前面空一行，不要写在 HTML 里")
                )
                return

    def _fence(self, info: str, source: str, line: int) -> None:
        if info not in BLOCKS:
            # nothing of it would run, and nobody would notice
            self.document.fault(line, _unknown_block(info))
            return
        try:
            raw = read_toml(source)
        except ValueError as error:
            at = re.search(r"line (\d+)", str(error))
            self.document.fault(
                line + int(at[1]) if at else line, sentence("这一块不是合法的 TOML：%(why)s", why=error)
            )
            return
        if info == "regulation":
            self._regulation(raw, source, line)
        elif info == "clause":
            self._about_clause(raw, source, line)
        else:
            self._control(raw, source, line)

    def _regulation(self, raw: dict[str, Any], source: str, line: int) -> None:
        document = self.document
        at = ControlBlock(raw, "", (), line, source).line_of
        for key in raw.keys() - REGULATION_KEYS:
            document.fault(at(key), sentence("制度块没有「%(key)s」这一项", key=key))
        if "when" in raw:
            self._shared_when(raw["when"], at("when"))
        for key in ("id", "code", "subject", "keeper", "source"):
            if key not in raw:
                continue
            if not isinstance(raw[key], str):
                document.fault(
                    at(key), sentence("「%(key)s」应是文字，得到 %(value)s", key=key, value=repr(raw[key]))
                )
            elif key != "source":
                if getattr(document, key) not in ("", raw[key]):
                    document.fault(
                        at(key),
                        sentence(
                            "「%(key)s」前面已经写过 %(value)s", key=key, value=repr(getattr(document, key))
                        ),
                    )
                setattr(document, key, raw[key])
        for key, kind, wrong in (
            ("roles", str, sentence("「roles」应是一张表，每一项是文字")),
            ("thresholds", int, sentence("「thresholds」应是一张表，每一项是整数")),
        ):
            value = raw.get(key, {})
            if isinstance(value, dict) and all(isinstance(item, kind) for item in value.values()):
                getattr(document, key).update(value)
            else:
                document.fault(at(key), wrong)

    def _shared_when(self, text: object, line: int) -> None:
        self.shared_when = ()
        if text == "":
            return
        try:
            if not isinstance(text, str):
                raise ConditionError(sentence("when 应是一条 CEL 条件，得到 %(text)s", text=repr(text)))
            compile_condition(text)
            self.shared_when = (text,)
        except ConditionError as error:
            self.document.fault(line, sentence_of(error))

    def _about_clause(self, raw: dict[str, Any], source: str, line: int) -> None:
        document, clause = self.document, self.clause
        at = ControlBlock(raw, "", (), line, source).line_of
        if clause is None or not clause.number:
            document.fault(line, sentence("条款块要放在有编号的条款标题下面"))
            return
        if clause.has_block:
            document.fault(line, sentence("条款 %(number)s 已经有一个条款块", number=clause.number))
            return
        clause.has_block = True
        for key in raw.keys() - CLAUSE_KEYS:
            document.fault(at(key), sentence("条款块没有「%(key)s」这一项", key=key))
        for key, attribute in (("source", "sources"), ("laws", "laws")):
            value = raw.get(key, [])
            if isinstance(value, list) and all(isinstance(item, str) and item.strip() for item in value):
                setattr(clause, attribute, tuple(value))
            else:
                document.fault(at(key), sentence("「%(key)s」应是一列文字", key=key))
        for key in ("id", "keeper"):
            if not isinstance(raw.get(key, ""), str):
                document.fault(
                    at(key), sentence("「%(key)s」应是文字，得到 %(value)s", key=key, value=repr(raw[key]))
                )
            else:
                setattr(clause, key, raw.get(key, ""))
        declined = raw.get("declined", [])
        if isinstance(declined, list) and all(_is_declined(item) for item in declined):
            clause.declined = tuple(declined)
        else:
            document.fault(at("declined"), sentence("declined 应是一列 {text = 文字, why = 理由}"))

    def _control(self, raw: dict[str, Any], source: str, line: int) -> None:
        document = self.document
        if self.clause is None or not self.clause.number:
            document.fault(line, sentence("控制块要放在有编号的条款标题下面"))
        # a condition on the regulation's own subject says nothing of another one
        is_own = raw.get("subject", document.subject) == document.subject and raw.get("kind") != "attestation"
        shared_when = self.shared_when if is_own else ()
        clause = self.clause.number if self.clause else ""
        block = ControlBlock(raw, clause, shared_when, line, source, document.id)
        try:
            block.control()
        except ControlError as error:
            document.fault(block.line_of(error.field), sentence_of(error))
            return
        document.blocks.append(block)
        if self.clause is not None:
            self.clause.control_ids.append(block.id)


def _is_declined(item: object) -> bool:
    return (
        isinstance(item, dict)
        and set(item) == {"text", "why"}
        and all(isinstance(value, str) for value in item.values())
    )


def _is_comment(html: str) -> bool:
    return html.lstrip().startswith("<!--") and "-->" in html


def _unknown_block(info: str) -> Sentence:
    """What is wrong with a code block that is of no known kind, by the word that it begins with."""
    if not info:
        return sentence("代码块要写明种类：```control（控制）或 ```regulation（制度）")
    near = get_close_matches(info.split()[0].lower(), BLOCKS, 1)
    if near:
        return sentence("没有「%(info)s」这种代码块，是不是 ```%(near)s？", info=cut(info), near=near[0])
    return sentence(
        "没有「%(info)s」这种代码块，只有 ```control（控制）和 ```regulation（制度）", info=cut(info)
    )


def _check_ids(document: Document) -> None:
    if not document.title:
        document.fault(1, sentence("缺少一级标题：制度的名称"))
    if not document.id:
        document.fault(1, sentence("缺少制度的 id：写在 ```regulation 块里"))
    elif not REGULATION_ID.fullmatch(document.id):
        document.fault(
            1,
            sentence(
                "制度的 id 由小写字母、数字、下划线和连字符组成，至多 40 个，得到 %(id)s",
                id=repr(document.id),
            ),
        )
    if not document.subject:
        document.fault(1, sentence("缺少 subject：约定针对什么，如 case"))
    seen: dict[str, int] = {}
    for block in document.blocks:
        if block.id in seen:
            document.fault(
                block.line, sentence("控制 %(id)s 在第 %(line)d 行已经有了", id=block.id, line=seen[block.id])
            )
        seen.setdefault(block.id, block.line)
    for name, text, most in (
        (sentence("制度的名称"), document.title, 200),
        (sentence("文号"), document.code, 60),
        (sentence("归口岗位"), document.keeper, 60),
    ):
        if len(text) > most:
            document.fault(
                1, sentence("%(name)s至多 %(most)d 个字，得到 %(n)d 个", name=name, most=most, n=len(text))
            )
    numbers: dict[str, int] = {}
    identities: dict[str, int] = {}
    for clause in document.clauses:
        if len(clause.number) > 40:
            document.fault(
                clause.line, sentence("条款号至多 40 个字，得到 %(number)s", number=repr(clause.number))
            )
        if clause.number and clause.number in numbers:
            document.fault(
                clause.line,
                sentence(
                    "条款 %(number)s 在第 %(line)d 行已经有了",
                    number=clause.number,
                    line=numbers[clause.number],
                ),
            )
        elif clause.number and clause.identity in identities:
            document.fault(
                clause.line,
                sentence(
                    "条款的 id %(id)s 在第 %(line)d 行已经有了",
                    id=repr(clause.identity),
                    line=identities[clause.identity],
                ),
            )
        numbers.setdefault(clause.number, clause.line)
        identities.setdefault(clause.identity, clause.line)
