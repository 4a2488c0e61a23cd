"""Background jobs of the compliance room."""

from __future__ import annotations

from datetime import datetime

from keyue.compliance import actions, rebasing
from keyue.compliance.actions import reading_files
from keyue.compliance.packs import making
from keyue.compliance.reading_child import ReadingChild
from keyue.compliance.replaying import Foreman
from keyue.compliance.statement_files import CONTENTS
from keyue.kernel.contents import TURN
from keyue.regulations import actions as regulations

_foreman = Foreman()


def note_editions_in_force(now: datetime) -> int:
    """Record that an announced edition has come in force, at its own instant."""
    return actions.note_editions_in_force(now=now)


def work_what_ifs(now: datetime) -> int:
    """A moment of the oldest replay that waits; the deriving itself is done by processes of its own."""
    return _foreman.turn(now)


def tidy_what_ifs(now: datetime) -> int:
    """Throw away old replays; nothing more to do until the next turn."""
    actions.tidy_what_ifs(now=now)
    return 0


def ask_newcomers(now: datetime) -> int:
    """Ask those who have joined to read what binds them."""
    return regulations.ask_newcomers(now=now)


def go_on_rebasing(now: datetime) -> int:
    """A batch of each re-basing that is being listed or moved; how many there are."""
    unfinished = rebasing.unfinished()
    for pk in unfinished:
        actions.go_on(rebasing_id=pk, now=now)
    return len(unfinished)


def make_packs(now: datetime) -> int:
    """A moment of the oldest evidence pack that waits."""
    return making.turn(now)


def tidy_packs(now: datetime) -> int:
    """Remove the files of old evidence packs; nothing more to do until the next turn."""
    actions.tidy_packs(now=now)
    return 0


_reading: dict[int, ReadingChild] = {}


def read_files(now: datetime) -> int:
    """The oldest uploaded regulation that waits, read in a process of its own, which this turn does not wait for."""
    if not _reading:
        file = reading_files.next_waiting()
        if file is not None:
            _reading[file.pk] = ReadingChild.start(file.name, bytes(file.content))
        return 0
    [(pk, child)] = _reading.items()
    if not child.is_over:
        return 0
    del _reading[pk]
    reading_files.keep_reading(pk=pk, read=child.finish())
    return 1


JOBS = [
    ("files.read", 1.0, read_files),
    ("statements.tidy", TURN.total_seconds(), CONTENTS.tidy),
    ("editions.in_force", 15.0, note_editions_in_force),
    ("editions.newcomers", 60.0, ask_newcomers),
    ("rebasings", 1.0, go_on_rebasing),
    ("what_ifs", 1.0, work_what_ifs),
    ("what_ifs.tidy", 3600.0, tidy_what_ifs),
    ("evidence_packs", 1.0, make_packs),
    ("evidence_packs.tidy", 3600.0, tidy_packs),
]
