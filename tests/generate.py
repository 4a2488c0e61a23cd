"""`make docs`: write the generated pages. A test keeps each of them fresh.

A new one is a line in PAGES: its path, and `module:function` of what returns its text. The function stands with
what it describes (a room's `reference.py`), or in tests/support where the product has no use for it.
"""

from __future__ import annotations

import importlib
import sys

from tests.support.environment import ROOT, prepare

PAGES = {
    "docs/reader.md": "tests.support.reader_figures:reader_page",
    "docs/operators/settings.md": "tests.support.settings_reference:settings_page",
}


def text_of(page: str) -> str:
    """What the page should say now."""
    module, function = PAGES[page].split(":")
    text: str = getattr(importlib.import_module(module), function)()
    return text


def main() -> int:
    prepare()
    import django

    django.setup()
    for page in PAGES:
        target = ROOT / page
        text = text_of(page)
        if not target.exists() or target.read_text(encoding="utf-8") != text:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
            print(f"wrote {page}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
