"""JSON that others wrote."""

from __future__ import annotations

import json
from typing import Any


def load_json(raw: bytes | str) -> Any:
    """What `raw` says. JSON may name half a character (`"\\ud800"`), which no text and no database can hold: it becomes "?".

    Raises ValueError for what is no JSON, RecursionError for what is nested too deep.
    """
    found = json.loads(raw)
    if (b"\\u" if isinstance(raw, bytes) else "\\u") in raw:  # type: ignore[operator]
        return json.loads(json.dumps(found, ensure_ascii=False).encode("utf-8", "replace"))
    return found
