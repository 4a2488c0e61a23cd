"""Generated pages say what the code says, and no page points at nothing."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.generate import PAGES, text_of
from tests.support.environment import ROOT
from tests.support.source import relative, report, tracked

LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)(?:\s+\"[^\"]*\")?\)|<img[^>]+src=\"([^\"]+)\"")


@pytest.mark.parametrize("page", sorted(PAGES))
def test_the_page_is_fresh(page):
    target = ROOT / page
    assert target.exists() and target.read_text(encoding="utf-8") == text_of(page), (
        f"{page} is stale: run make docs"
    )


def pages() -> list[Path]:
    return [
        p
        for p in tracked()
        if p.suffix == ".md" and (p.parent == ROOT or "docs" in p.relative_to(ROOT).parts)
    ]


def test_links_and_pictures_of_the_docs_exist():
    faults = []
    for page in pages():
        text = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(encoding="utf-8"), flags=re.S)
        for match in LINK.finditer(text):
            target = unquote((match.group(1) or match.group(2)).split("#")[0])
            if not target or re.match(r"[a-z]+:", target):
                continue
            if not (page.parent / target).exists():
                faults.append(f"{relative(page)}: {target}")
    report(faults, "these are not there")


def test_every_picture_is_used():
    pictures = [p for p in tracked() if p.suffix == ".png" and relative(p).startswith("docs/")]
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages())
    report([relative(p) for p in pictures if p.name not in text], "no page shows these pictures")
