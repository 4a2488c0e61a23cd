"""The report as a Word file, with a Chinese font named for Chinese text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from keyue.compliance.packs.report import (
    Report,
    apart,
    denominator,
    edition_headings,
    figure_headings,
    figure_rows,
    headings,
    left_out,
    rate,
    section_names,
)

LATIN, CHINESE = "Calibri", "Microsoft YaHei"
WIDTHS = (2.6, 4.2, 3.2, 1.6, 2.4, 2.4, 2.4, 6.2)
"""Of the tables of promises, in centimetres on A4 laid across."""


def write(report: Report, target: Path) -> None:
    """Write the Word file."""
    import docx
    from docx.enum.section import WD_ORIENT, WD_SECTION
    from docx.shared import Cm, Pt

    book = docx.Document()
    for style in ("Normal", "Title", "Heading 1", "Heading 2"):
        _set_font(book.styles[style])
    book.styles["Normal"].font.size = Pt(9.5)
    page = book.sections[0]
    page.page_width, page.page_height = Cm(21), Cm(29.7)
    page.left_margin = page.right_margin = Cm(1.8)
    page.header.paragraphs[0].text = _clean(f"{report.subtitle}\t\t{report.id}")
    _number(page.footer.paragraphs[0])
    names, figures = section_names(), report.figures
    book.add_heading(report.title, 0)
    book.add_paragraph(_clean(report.subtitle))
    _table(book, (), report.about, (3.2, 14))
    big = book.add_paragraph().add_run(rate(figures))
    big.bold, big.font.size = True, Pt(24)
    book.add_paragraph(denominator(figures))
    book.add_paragraph(apart(figures))
    book.add_heading(names["figures"], 1)
    _table(book, figure_headings(), figure_rows(figures), (5.8, *(1.65,) * 7))
    book.add_heading(names["verify"], 1)
    for line in report.checks:
        book.add_paragraph(_clean(line))
    book.add_paragraph(_("公钥指纹（SHA-256）")).add_run("\n" + report.fingerprint).bold = True
    book.add_heading(names["editions"], 1)
    _table(book, edition_headings(), report.editions, (2, 4, 11.2))
    book.add_heading(names["clauses"], 1)
    for heading, paragraphs in report.clauses:
        book.add_heading(_clean(heading), 2)
        for text in paragraphs:
            book.add_paragraph(_clean(text))
    across = book.add_section(WD_SECTION.NEW_PAGE)
    across.orientation = WD_ORIENT.LANDSCAPE
    across.page_width, across.page_height = Cm(29.7), Cm(21)
    for excluded in (False, True):
        book.add_heading(names["excluded" if excluded else "counted"], 1)
        rows, said = report.listed(excluded=excluded), left_out(report, excluded=excluded)
        if said:
            book.add_paragraph().add_run(said).bold = True
        if rows:
            _table(book, headings(excluded=excluded), rows, WIDTHS)
        else:
            book.add_paragraph(names["none"])
        if said:
            book.add_paragraph(said)
    book.save(str(target))


def _set_font(style: Any) -> None:
    from docx.oxml.ns import qn

    style.font.name = LATIN
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    fonts.set(qn("w:eastAsia"), CHINESE)
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)


def _table(book: Any, heading: Sequence[str], rows: Iterable[Sequence[str]], widths: Sequence[float]) -> None:
    """A table whose heading comes again on every page; built from elements, since the library walks all rows for each."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Cm

    table = book.add_table(rows=0, cols=len(widths))
    table.style, table.autofit = "Table Grid", False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Cm(width)

    def add(cells: Sequence[str], *, is_heading: bool = False) -> None:
        row = OxmlElement("w:tr")
        properties = OxmlElement("w:trPr")
        properties.append(OxmlElement("w:cantSplit"))
        if is_heading:
            properties.append(OxmlElement("w:tblHeader"))
        row.append(properties)
        for text, width in zip(cells, widths, strict=True):
            cell, size = OxmlElement("w:tc"), OxmlElement("w:tcW")
            size.set(qn("w:w"), str(Cm(width).twips))
            size.set(qn("w:type"), "dxa")
            cell_properties = OxmlElement("w:tcPr")
            cell_properties.append(size)
            cell.append(cell_properties)
            cell.append(_paragraph(text, bold=is_heading))
            row.append(cell)
        table._tbl.append(row)

    if heading:
        add(heading, is_heading=True)
    for cells in rows:
        add(cells)
    book.add_paragraph()


def _paragraph(text: str, *, bold: bool) -> Any:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    paragraph, run, content = OxmlElement("w:p"), OxmlElement("w:r"), OxmlElement("w:t")
    properties, size = OxmlElement("w:rPr"), OxmlElement("w:sz")
    if bold:
        properties.append(OxmlElement("w:b"))
    size.set(qn("w:val"), "16")
    properties.append(size)
    content.text = _clean(text)
    content.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    run.append(properties)
    run.append(content)
    paragraph.append(run)
    return paragraph


def _clean(text: str) -> str:
    """Without what XML cannot hold."""
    return "".join(one for one in text if one >= " " or one in "\t\n")


def _number(paragraph: Any) -> None:
    """`3 / 12`, as fields that Word fills in."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    for n, name in enumerate(("PAGE", "NUMPAGES")):
        if n:
            paragraph.add_run(" / ")
        run = paragraph.add_run()
        for kind in ("begin", name, "end"):
            if kind == name:
                part = OxmlElement("w:instrText")
                part.text = name
            else:
                part = OxmlElement("w:fldChar")
                part.set(qn("w:fldCharType"), kind)
            run._r.append(part)
