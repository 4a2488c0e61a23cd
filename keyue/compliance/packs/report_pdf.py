"""The report as PDF: typst sets it, in a Chinese font that the installation brings along."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
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

TEMPLATE = Path(__file__).parents[1] / "templates" / "compliance" / "evidence_pack.typ"
FONT = Path("fonts") / "ofl" / "notosanssc"


def write(report: Report, target: Path) -> None:
    """Write the PDF. What the pack says goes in as data, never as markup."""
    import typst

    typst.compile(
        str(TEMPLATE),
        output=str(target),
        root=str(TEMPLATE.parent),
        font_paths=[str(_fonts())],
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"data": json.dumps(words_of(report), ensure_ascii=False)},
    )


@cache
def _fonts() -> Path:
    found = find_spec("justmytype_intl_cjk")
    places = list(found.submodule_search_locations or ()) if found else []
    if not places:
        raise FileNotFoundError("justmytype-intl-cjk")
    return Path(places[0]) / FONT


def words_of(report: Report) -> Mapping[str, Any]:
    """Everything that the template shows."""
    figures = report.figures
    return {
        "id": report.id,
        "title": report.title,
        "subtitle": report.subtitle,
        "company": report.about[0][1],
        "about": report.about,
        "rate": rate(figures),
        "denominator": denominator(figures),
        "apart": apart(figures),
        "figure_headings": list(figure_headings()),
        "figure_rows": [list(row) for row in figure_rows(figures)],
        "checks": report.checks,
        "fingerprint": report.fingerprint,
        "fingerprint_label": _("公钥指纹（SHA-256）"),
        "edition_headings": edition_headings(),
        "editions": report.editions,
        "clauses": [[heading, list(paragraphs)] for heading, paragraphs in report.clauses],
        "headings": list(headings(excluded=False)),
        "excluded_headings": list(headings(excluded=True)),
        "counted": [list(row) for row in report.listed(excluded=False)],
        "excluded": [list(row) for row in report.listed(excluded=True)],
        "counted_left": left_out(report, excluded=False),
        "excluded_left": left_out(report, excluded=True),
        "words": section_names(),
    }
