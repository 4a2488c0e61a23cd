"""Files that the tests of the reader make themselves: Word files with lists of their own, and PDFs."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

# --- Word ---


def level(at: int, form: str, text: str, more: str = "", start: int = 1) -> str:
    return (
        f'<w:lvl w:ilvl="{at}"><w:start w:val="{start}"/><w:numFmt w:val="{form}"/>{more}'
        f'<w:lvlText w:val="{text}"/></w:lvl>'
    )


def definition(identity: int, *levels: str) -> str:
    return f'<w:abstractNum w:abstractNumId="{identity}">{"".join(levels)}</w:abstractNum>'


def number(identity: int, of: int, *overrides: str) -> str:
    return f'<w:num w:numId="{identity}"><w:abstractNumId w:val="{of}"/>{"".join(overrides)}</w:num>'


def starts_at(at: int, first: int) -> str:
    return f'<w:lvlOverride w:ilvl="{at}"><w:startOverride w:val="{first}"/></w:lvlOverride>'


CHAPTERS = level(0, "chineseCounting", "第%1章")
THROUGH = level(1, "chineseCounting", "第%2条", '<w:lvlRestart w:val="0"/>')
ITEMS = level(2, "chineseCounting", "（%3）")
REGULATION = definition(0, CHAPTERS, THROUGH, ITEMS) + number(1, 0)


class WordFile:
    """A Word file as it grows; `add` takes the list and the level of a paragraph."""

    def __init__(self, lists: str = REGULATION, title: str = "客户服务管理办法") -> None:
        self.document = Document()
        root = self.document.part.numbering_part.element
        for child in list(root):
            root.remove(child)
        for child in parse_xml(f"<w:numbering {nsdecls('w')}>{lists}</w:numbering>"):
            root.append(child)
        if title:
            self.document.add_paragraph(title)

    def add(self, text: str, at: int | None = None, num: int = 1, style: str | None = None) -> None:
        paragraph = self.document.add_paragraph(text, style)
        if at is not None:
            paragraph._p.get_or_add_pPr().append(
                parse_xml(f'<w:numPr {nsdecls("w")}><w:ilvl w:val="{at}"/><w:numId w:val="{num}"/></w:numPr>')
            )

    def style(self, name: str, properties: str, base: str | None = None) -> None:
        made = self.document.styles.add_style(name, 1)
        made.base_style = self.document.styles[base] if base else None
        made.element.append(parse_xml(f"<w:pPr {nsdecls('w')}>{properties}</w:pPr>"))

    def xml(self, said: str) -> None:
        """Put elements behind all paragraphs."""
        spaces = nsdecls("w", "r", "wp", "a") + (
            ' xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
            ' xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"'
        )
        section = self.document.element.body.sectPr
        for child in parse_xml(f"<w:body {spaces}>{said}</w:body>"):
            section.addprevious(child)

    def save(self, path: Path) -> Path:
        self.document.save(str(path))
        return path


def repacked(path: Path, changes: dict[str, bytes | None], to: Path) -> Path:
    """A package with other parts; None takes one out."""
    with ZipFile(path) as old, ZipFile(to, "w", ZIP_DEFLATED) as new:
        for name in [name for name in old.namelist() if name not in changes]:
            new.writestr(name, old.read(name))
        for name, raw in changes.items():
            if raw is not None:
                new.writestr(name, raw)
    return to


# --- PDF ---

HELVETICA = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
SONG = (
    b"<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UCS2-H/DescendantFonts[<</Type/Font"
    b"/Subtype/CIDFontType0/BaseFont/STSong-Light/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 2>>>>]>>"
)


def pdf(objects: Sequence[bytes], first: int = 1) -> bytes:
    """A PDF of these objects, numbered from 1; the catalogue is the first."""
    out = io.BytesIO()
    out.write(b"%PDF-1.7\n")
    places = []
    for n, one in enumerate(objects, first):
        places.append(out.tell())
        out.write(b"%d 0 obj\n" % n + one + b"\nendobj\n")
    table = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.write(b"".join(b"%010d 00000 n \n" % place for place in places))
    out.write(b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, table))
    return out.getvalue()


def stream(data: bytes, entries: bytes = b"") -> bytes:
    packed = zlib.compress(data)
    return b"<<%s/Filter/FlateDecode/Length %d>>stream\n" % (entries, len(packed)) + packed + b"\nendstream"


def page_of(lines: Iterable[str]) -> bytes:
    """The drawing of a page of text."""
    shown = b"".join(b"<%s> Tj 0 -16 Td\n" % line.encode("utf-16-be").hex().encode() for line in lines)
    return b"BT /F1 12 Tf 60 780 Td\n" + shown + b"ET"


def pdf_of(*pages: Iterable[str], drawn: Sequence[bytes] = (), font: bytes = SONG) -> bytes:
    """A PDF with these lines on its pages, or with pages drawn otherwise."""
    drawings = [*(page_of(lines) for lines in pages), *drawn]
    kids = b" ".join(b"%d 0 R" % (4 + 2 * n) for n in range(len(drawings)))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, len(drawings)),
        font,
    ]
    for n, drawing in enumerate(drawings):
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 3 0 R>>>>/Contents %d 0 R>>"
            % (5 + 2 * n)
        )
        objects.append(stream(drawing))
    return pdf(objects)
