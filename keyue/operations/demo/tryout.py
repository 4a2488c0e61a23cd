"""The case of the demo whose sender the reader may be: its number and code are printed."""

from __future__ import annotations

from keyue.cases.codes import code_digest
from keyue.cases.models import Case

CODE = "TRYM4827"


def number_to_try() -> str:
    """The number that goes with `CODE`; "" in a demo of another version."""
    case = Case.objects.filter(code_digest=code_digest(CODE)).order_by("-pk").first()
    return case.number if case is not None else ""
