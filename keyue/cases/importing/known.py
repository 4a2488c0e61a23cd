"""Which rows of a batch have been here before: by the row as it stands in its file, by what it says, by its number.

A row is known where either it stands in an earlier file as it stands here, whatever its columns were taken for, or says
the same under the same columns. A number alone makes nothing known: the same number with other content is a fault, and
somebody decides.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from django.utils.translation import gettext as _

from keyue.cases.importing.enums import RowOutcome
from keyue.cases.importing.rows import Row
from keyue.cases.models import ImportRow, ImportRun
from keyue.customers.faults import shown


class Known:
    """What earlier rows say about the rows of a batch: those of this file before it, and those of other imports."""

    def __init__(self, run: ImportRun, rows: Sequence[Row]) -> None:
        good = [row for row in rows if not row.faults]
        taken = ImportRow.objects.exclude(outcome=RowOutcome.BAD).order_by("run_id", "line")
        # in this file: how often each identity stood before and where first, and how often each row as it stands
        self._before: dict[str, tuple[int, int]] = {}
        self._stood: dict[str, int] = defaultdict(int)
        # elsewhere: the cases of equal rows by import, and the rows that have a number
        self._cases: dict[str, dict[int, list[int | None]]] = defaultdict(lambda: defaultdict(list))
        self._numbered: dict[str, list[ImportRow]] = defaultdict(list)
        here = taken.filter(run=run, identity__in={row.identity for row in good})
        for identity, line in here.values_list("identity", "line"):
            self._count(identity, line)
        equal = taken.filter(content__in={row.content for row in good})
        for content, import_id, case in equal.values_list("content", "run_id", "case_id"):
            if import_id == run.pk:
                self._stood[content] += 1
            else:
                self._cases[content][import_id].append(case)
        numbers = {row.identity for row in good if row.is_numbered}
        for earlier in taken.filter(identity__in=numbers).exclude(run=run).select_related("case"):
            self._numbered[earlier.identity].append(earlier)

    def _count(self, identity: str, line: int) -> tuple[int, int]:
        times, first = self._before.get(identity, (0, line))
        self._before[identity] = times + 1, first
        return times, first

    def turn(self, row: Row) -> tuple[int, int]:
        """How often a row like it stood before in this file, and where first; it stands there itself from now on."""
        return self._count(row.identity, row.line)

    def case_of(self, row: Row) -> int | None:
        """The case that this very row became in another import; of equal rows each has its own."""
        self._stood[row.content] += 1
        found = max(self._cases[row.content].values(), key=len, default=[])
        turn = self._stood[row.content]
        return found[turn - 1] if turn <= len(found) else None

    def conflict(self, row: Row) -> str:
        """The sentence for a number that another import has with other content; empty where there is none."""
        earlier = self._numbered.get(row.identity, [])
        # rows of earlier versions do not say what stood in them
        if not earlier or any(one.meaning in {"", row.meaning} for one in earlier):
            return ""
        case = earlier[0].case
        return _(
            "单号「%(number)s」已导入为 %(case)s，内容与这一行不同，没有改动它。是那件事的更正，请打开它来改；"
            "是另一件事，请换一个单号；这一列只是序号，请在导入时选不导入这一列"
        ) % {"number": shown(row.values.get("number", "")), "case": case.number if case else "—"}
