"""The report as a workbook: every promise, those that count in no rate on a sheet of their own."""

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
    rate,
    section_names,
)

WIDTHS = (20, 34, 24, 10, 17, 17, 17, 60)


def write(report: Report, target: Path) -> None:
    """Write the workbook row by row, every cell a text."""
    import xlsxwriter

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(target), options) as book:
        bold = book.add_format({"bold": True})
        names = section_names()

        def sheet(
            name: str, widths: Sequence[int], heading: Sequence[str], rows: Iterable[Sequence[str]]
        ) -> None:
            page: Any = book.add_worksheet(name)
            page.set_landscape()
            page.set_header("&L" + report.subtitle[:120].replace("&", "&&") + "&R" + report.id)
            page.set_footer("&R&P / &N")
            for place, width in enumerate(widths):
                page.set_column(place, place, width)
            line = 0
            if heading:
                page.freeze_panes(1, 0)
                for place, text in enumerate(heading):
                    page.write_string(0, place, text, bold)
                line = 1
            for number, row in enumerate(rows, start=line):
                for place, text in enumerate(row):
                    page.write_string(number, place, text, *([bold] if not heading and place == 0 else []))

        figures = report.figures
        about = [
            *report.about,
            (_("履约率"), rate(figures)),
            ("", denominator(figures)),
            ("", apart(figures)),
            (_("公钥指纹（SHA-256）"), report.fingerprint),
            *(((names["verify"] if n == 0 else ""), line) for n, line in enumerate(report.checks)),
        ]
        sheet(_("概要"), (24, 90), (), about)
        sheet(names["figures"], (48, *(12,) * 7), figure_headings(), figure_rows(figures))
        for excluded in (False, True):
            sheet(
                _("不计入的约定") if excluded else _("计入的约定"),
                WIDTHS,
                headings(excluded=excluded),
                report.rows(excluded=excluded),
            )
        sheet(names["editions"], (12, 22, 70), edition_headings(), report.editions)
        texts = ((heading, "\n".join(paragraphs)[:32_000]) for heading, paragraphs in report.clauses)
        sheet(names["clauses"], (36, 100), (), texts)
