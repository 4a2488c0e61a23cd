"""A regulation's file, of whatever form, as paragraphs. Pure Python.

Raises Invalid with a sentence for what cannot be read: too large, damaged, without text, of an unknown form.
"""

from __future__ import annotations

import logging
import re
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from lxml import etree
from lxml import html as markup

from keyue.kernel.errors import Invalid
from keyue.kernel.texts import cut, sentence
from keyue.regulations.reader.paragraphs import MARKED, Paragraph, Text, joined, without_margins
from keyue.regulations.reader.word import numeral, read_word

LARGEST = 32 << 20
LONGEST_PATH = 200
LONGEST = 5_000_000
"""Characters of a text: some 5,000 pages."""
MOST_LINES = 100_000
MOST_PAGES = 2000
MOST_OPERATIONS = 1_000_000
"""Steps of drawing in a PDF: a page of text has a few hundred."""
MOST_OF_A_PAGE = 300_000
MOST_FORMS = 500
CONVERT_SECONDS = 60
BLOCKS = set(
    "p div li h1 h2 h3 h4 h5 h6 tr td th caption table section article main header footer nav aside blockquote pre"
    " ul ol dl dd dt center form fieldset legend address figure figcaption details summary hr br body".split()
)
SILENT = {"script", "style", "head", "noscript", "template", "svg", "iframe"}
PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\x00", b"MM\x00*")
PICTURE_SUFFIXES = {".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp", ".tif", ".tiff", ".heic"}
OTHER_SUFFIXES = {".xlsx", ".pptx", ".zip", ".ofd", ".odt", ".xls", ".ppt", ".et", ".dps"}
MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
# what is odd about a PDF is no line on standard error
logging.getLogger("pypdf").addHandler(logging.NullHandler())
CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")

SPACES = re.compile(r"(\s{8})\s+")
"""No number and no sentence needs more; patterns that look back over spaces would take long."""


def read_text(path: Path) -> Text:
    """The paragraphs and tables of a file."""
    try:
        size = path.stat().st_size
        is_file = path.is_file()
        head = _head(path) if is_file else b""
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise Invalid(sentence("读不了 %(file)s：%(why)s", file=cut(path, LONGEST_PATH), why=why)) from error
    if not is_file:
        raise Invalid(sentence("%(path)s 不是文件", path=cut(path, LONGEST_PATH)))
    if size > LARGEST:
        raise Invalid(sentence("文件超过 %(n)s MB，制度不会这么大。", n=LARGEST >> 20))
    if not size:
        raise Invalid(sentence("文件是空的。"))
    text = _by_form(path, head)
    text.paragraphs = [replace(one, text=_cleaned(one.text)) for one in text.paragraphs]
    _check_length(sum(len(line) for line in text.lines), len(text.paragraphs))
    if not any(line.strip() for line in text.lines):
        raise Invalid(sentence("文件里没有文字。"))
    return text


def _cleaned(said: str) -> str:
    """Without signs that are no characters: PDFs and pages may hold control signs and halves of a pair."""
    if not said.isprintable():
        said = CONTROLS.sub("", said.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
    return SPACES.sub(r"\1", said)


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(1024)


def _check_length(characters: int, lines: int = 0) -> None:
    if characters > LONGEST or lines > MOST_LINES:
        raise Invalid(sentence("文字超过 %(n)s 万字，制度不会这么长。", n=LONGEST // 10_000))


def _by_form(path: Path, head: bytes) -> Text:
    suffix = path.suffix.lower()
    # something may stand before the mark of a PDF
    if b"%PDF-" in head:
        return _pdf(path)
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")) and suffix in OTHER_SUFFIXES:
        raise Invalid(sentence("不认识这种文件，请另存为 .docx、.pdf 或文本。"))
    if head.startswith(b"PK\x03\x04"):
        return read_word(path)
    if head.startswith((b"\xd0\xcf\x11\xe0", b"{\\rtf")):
        return _old_word(path)
    if head.startswith(PICTURES) or suffix in PICTURE_SUFFIXES:
        raise Invalid(sentence("这是图片，没有文字。请先识别成文字再导入。"))
    said = _decoded(path.read_bytes())
    _check_length(len(said))
    start = said[:1000].lstrip()
    if suffix in {".html", ".htm"} or (
        start.startswith("<") and re.search(r"<!doctype html|<html[\s>]", start, re.IGNORECASE)
    ):
        return _html(said)
    lines, margins = without_margins(said.splitlines())
    # one such line is a note on where a text is from, several are headings
    if suffix == ".md" or sum(bool(re.match(r"#{1,6}\s", line)) for line in lines[:40]) > 1:
        paragraphs = [Paragraph(*_markdown(line)) for line in joined(lines) if line]
    else:
        paragraphs = [Paragraph(line) for line in joined(lines) if line]
    text = Text.of(paragraphs)
    text.margins = margins
    return text


def _decoded(raw: bytes) -> str:
    """Raises Invalid for what is no text."""
    said = next((raw.decode(name, "replace") for mark, name in MARKS if raw.startswith(mark)), None)
    if said is None:
        said = raw.decode("utf-8", "replace")
        broken = said.count("�")
        # a file cut within a character is still UTF-8; other writings give hardly any character of it
        if broken and broken * 3 > sum(1 for char in said if char > "\x7f") - broken:
            said = raw.decode("gb18030", "replace")
    strange = said.count("�") + len(CONTROLS.findall(said))
    if "\x00" in said or (strange > 1 and strange * 20 > len(said)):
        raise Invalid(sentence("这不是文字文件。"))
    return said


def _markdown(line: str) -> tuple[str, int]:
    heading = re.match(r"#{1,6}(?=\s)", line)
    level = len(heading[0]) if heading else 0
    plain = line[level:].strip()
    closed = plain.rstrip("#")
    if heading and closed != plain and closed[-1:] in {"", " ", "\t"}:
        plain = closed.rstrip()
    plain = re.sub(r"(\*\*|__)(.+?)\1", r"\2", plain)
    return re.sub(r"^[-*+]\s+", "", plain).strip(), level


# --- web pages ---


def _html(said: str) -> Text:
    parser = markup.HTMLParser(huge_tree=True, remove_comments=True, remove_pis=True, encoding="utf-8")
    try:
        root = markup.document_fromstring(said.encode(errors="replace"), parser=parser)
    except (etree.LxmlError, ValueError) as error:
        raise Invalid(sentence("这个网页读不出来。")) from error
    if any("Excessive depth" in entry.message for entry in parser.error_log):
        # what is deeper was left out
        raise Invalid(sentence("这个网页读不出来。"))
    return _walked(root)


def _walked(root: Any) -> Text:
    page = _Page()
    walker = etree.iterwalk(root, events=("start", "end"))
    for event, node in walker:
        if event == "start":
            if not page.begin(node):
                walker.skip_subtree()
        else:
            page.end(node)
            if node is not root:
                page.say(node.tail)
    page.flush()
    return page.text


class _Page:
    """The paragraphs of a web page, as its elements begin and end."""

    def __init__(self) -> None:
        self.text = Text()
        self.line: list[str] = []
        self.label = ""
        # of each open list the next number and its form, "" for one without numbers
        self.lists: list[tuple[int, str]] = []
        self.preformatted = 0

    def begin(self, node: Any) -> bool:
        """Whether what stands in an element is to be read."""
        tag = node.tag
        if tag in SILENT:
            return False
        if tag in BLOCKS:
            self.flush()
        if tag == "table" and not _is_layout(node):
            for caption in node.iter("caption"):
                self.say("".join(caption.itertext()))
                self.flush()
            self.text.add_table(_rows(node))
            return False
        if tag in {"ol", "ul"}:
            forms = {"a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}
            form = forms.get(node.get("type", ""), "decimal") if tag == "ol" else ""
            self.lists.append((_whole(node.get("start"), 1), form))
        elif tag == "li" and self.lists:
            number, form = self.lists[-1]
            number = _whole(node.get("value"), number)
            self.lists[-1] = (number + 1, form)
            self.label = f"{numeral(number, form)}. " if form else ""
        elif tag == "pre":
            self.preformatted += 1
        self.say(node.text)
        return True

    def end(self, node: Any) -> None:
        tag = node.tag
        if tag in BLOCKS:
            self.flush(int(tag[1]) if re.fullmatch("h[1-6]", tag) else 0)
        if tag in {"ol", "ul"} and self.lists:
            self.lists.pop()
        elif tag == "li":
            self.label = ""
        elif tag == "pre":
            self.preformatted -= 1

    def say(self, said: str | None) -> None:
        if not said:
            return
        if not self.preformatted:
            self.line.append(said)
            return
        first, *others = said.split("\n")
        self.line.append(first)
        for other in others:
            self.flush()
            self.line.append(other)

    def flush(self, level: int = 0) -> None:
        line = _spaced("".join(self.line))
        self.line.clear()
        if line:
            # who counts by hand means that number
            counted = line if MARKED.match(line) else self.label + line
            self.label = ""
            self.text.paragraphs.append(Paragraph(counted, level))


def _spaced(said: str) -> str:
    """A line of a page without its breaks: beside a Chinese character these are no spaces."""
    pieces = re.split(r"(\s+)", said.strip())
    for n in range(1, len(pieces), 2):
        before, after = pieces[n - 1][-1:], pieces[n + 1][:1]
        pieces[n] = "" if "\n" in pieces[n] and not (before + after).isascii() else " "
    return "".join(pieces)


def _is_layout(table: Any) -> bool:
    """Whether a table only puts text in its place: it holds others, or has a single cell."""
    return (
        next(table.iterdescendants("table"), None) is not None
        or len(list(islice(table.iter("td", "th"), 2))) < 2
    )


def _rows(table: Any) -> list[Sequence[str]]:
    """The texts of a table; a cell of several rows says the same in each."""
    rows: list[Sequence[str]] = []
    spans: dict[int, tuple[int, str]] = {}
    for row in table.iter("tr"):
        texts: list[str] = []
        column = 0
        cells = iter(row.iter("td", "th"))
        while True:
            if column in spans:
                left, said = spans.pop(column)
                if left > 1:
                    spans[column] = (left - 1, said)
                texts.append(said)
                column += 1
                continue
            cell = next(cells, None)
            if cell is None:
                break
            said = " ".join(_walked(cell).lines)
            if (height := _whole(cell.get("rowspan"), 1)) > 1:
                spans[column] = (height - 1, said)
            texts.append(said)
            column += max(_whole(cell.get("colspan"), 1), 1)
        rows.append(texts)
    return rows


def _whole(said: str | None, default: int) -> int:
    said = (said or "").strip()
    return int(said) if said.isascii() and said.isdecimal() and len(said) <= 4 else default


# --- PDF and old Word ---


def _pdf(path: Path) -> Text:
    from pypdf import PdfReader, apply_configuration

    steps = 0

    def counted(*_operation: Any) -> None:
        nonlocal steps
        steps += 1
        if steps > MOST_OPERATIONS:
            raise ValueError("too many steps")

    try:
        with apply_configuration(
            stream_parsing_work_maximum_count=MOST_OF_A_PAGE,
            xform_maximum_invocations_per_extraction=MOST_FORMS,
        ):
            reader = PdfReader(path)
            if reader.is_encrypted and not reader.decrypt(""):
                raise Invalid(sentence("这个 PDF 有密码，请先去掉密码。"))
            if len(reader.pages) > MOST_PAGES:
                raise Invalid(sentence("PDF 超过 %(n)s 页。", n=MOST_PAGES))
            pages = [page.extract_text(visitor_operand_before=counted) or "" for page in reader.pages]
    except Invalid:
        raise
    except Exception as error:  # pypdf raises many kinds for damaged objects
        raise Invalid(sentence("这个 PDF 读不出来，可能已经损坏。")) from error
    if sum(len(re.sub(r"\s", "", page)) for page in pages) < 20 * max(len(pages), 1) ** 0.5:
        raise Invalid(sentence("这个 PDF 是扫描件，没有文字。请先识别成文字（OCR）再导入。"))
    lines, heads = _without_heads(pages)
    lines, margins = without_margins(lines)
    return Text([Paragraph(line) for line in joined(lines)], margins=[*heads, *margins])


def _without_heads(pages: list[str]) -> tuple[list[str], list[str]]:
    """The lines of all pages without those that stand first or last on most of them, and those."""
    split = [[line.strip() for line in page.splitlines() if line.strip()] for page in pages]
    counts = Counter(line for page in split for line in {*page[:1], *page[-1:]})
    often = {line for line, n in counts.items() if len(split) > 3 and n * 2 > len(split)}
    lines = [line for page in split for line in page]
    return [line for line in lines if line not in often], [line for line in lines if line in often]


def _old_word(path: Path) -> Text:
    """`.doc` and `.rtf` by LibreOffice, where it is installed."""
    if "EncryptedPackage".encode("utf-16-le") in path.read_bytes():
        raise Invalid(sentence("这个 Word 文件有密码，请先去掉密码。"))
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        raise Invalid(sentence("旧的 .doc 文件要先另存为 .docx（这台服务器上没有转换程序）。"))
    with tempfile.TemporaryDirectory() as folder:
        command = [
            office,
            f"-env:UserInstallation=file://{folder}/profile",
            "--headless",
            "--convert-to",
            "docx",
            "--outdir",
            folder,
            str(path.resolve()),
        ]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=CONVERT_SECONDS)
            return read_word(next(Path(folder).glob("*.docx")))
        except (subprocess.SubprocessError, StopIteration, OSError) as error:
            raise Invalid(sentence("这个 .doc 文件转换不了，请另存为 .docx 再试。")) from error
