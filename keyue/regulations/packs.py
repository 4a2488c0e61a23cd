"""The ready regulations that come with the product. Pure Python."""

from __future__ import annotations

import os
from pathlib import Path

from keyue.regulations.document import Document, read_file


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
