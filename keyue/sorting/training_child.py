"""A process that trains a version: one JSON object in, one out. It knows no database and keeps nothing on the disk."""

from __future__ import annotations

import base64
import json
import os
import signal
import sys
from typing import Any

from keyue.sorting.model.figures import trained
from keyue.sorting.model.linear import Sample

POLITENESS = 15
"""Pages and the worker's jobs come first."""


def answer(asked: dict[str, Any]) -> dict[str, Any]:
    """The version and its figures, as JSON."""
    samples = [
        Sample(key, owner, text, tuple(marks), labels) for key, owner, text, marks, labels in asked["samples"]
    ]
    before = base64.b64decode(asked["before"]) if asked["before"] else None
    found = trained(samples, before, asked["lists"])
    return {
        "data": base64.b64encode(found.data).decode(),
        "learned": found.learned,
        "held_back": found.held_back,
        "figures": found.figures,
        "is_better": found.is_better,
        "seconds": found.seconds,
    }


def main() -> None:
    """Answer what comes in, and end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the worker, at whose end this one ends
    os.nice(POLITENESS)
    json.dump(answer(json.load(sys.stdin)), sys.stdout)


if __name__ == "__main__":
    main()
