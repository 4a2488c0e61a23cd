"""The ready regulations that come with the product. Pure Python."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from keyue.regulations.document import Document, read_file

ABOVE = {"service_desk": "service_supervisor", "service_supervisor": "service_head"}
"""Of the posts that ready regulations name, which one stands above another."""


def packs_folder() -> Path:
    """Where ready regulations are: KEYUE_PACKS, else `packs/` beside the installed package."""
    return Path(os.environ.get("KEYUE_PACKS") or Path(__file__).resolve().parents[2] / "packs")


def ready_packs(folder: Path | None = None) -> list[Document]:
    """Every ready regulation, read, in the order of folders; what is wrong with one stands in its `faults`."""
    root = packs_folder() if folder is None else folder
    return [read_file(path.parent) for path in sorted(root.glob("*/regulation.md"))]


def ready_pack(identity: str, folder: Path | None = None) -> Document | None:
    """The ready regulation with this id."""
    return next((pack for pack in ready_packs(folder) if pack.id == identity), None)


def highest_first(codes: Iterable[str]) -> list[str]:
    """Codes of posts, those above before those below."""
    return sorted(codes, key=_depth)


def _depth(code: str) -> int:
    """How many posts stand above one; those of nobody's ladder come last."""
    if code not in ABOVE and code not in ABOVE.values():
        return 99
    depth = 0
    while code in ABOVE:
        code, depth = ABOVE[code], depth + 1
    return depth
