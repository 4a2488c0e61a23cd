"""What messages to customers must and must not hold: required lines, forbidden words, words that nobody has approved, and
placeholders that are filled as a message leaves.

`sayable` is asked by whoever sends what a person wrote, `with_lines` by whoever sends what the product wrote. Each process
keeps the rules in memory; whether they still hold is one small query.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock

from django.db import connection
from django.utils.translation import gettext as _

from keyue.company.selectors import installation
from keyue.kernel import clock
from keyue.kernel.errors import Invalid
from keyue.knowledge import selectors
from keyue.knowledge.enums import LineMode
from keyue.knowledge.placeholders import AGENT, COMPANY, PHONE, PLACEHOLDERS, TODAY, fill, left_in
from keyue.people.models import User
from keyue.promises import selectors as promises

Ways = Callable[[], Sequence[tuple[str, object]]]
# what placeholders say about a thing, by (reader, its number); empty values are not known, or not the reader's to see
About = Callable[[User, str], Mapping[str, str]]
Values = Callable[[], Mapping[str, str]]
SHORTEST_PIECE = 16
"""Characters of an unapproved text from which on it is told again in a message."""

_ways: dict[str, Ways] = {}
_about: dict[str, About] = {}


def register_ways(room: str, ways: Ways) -> None:
    """Let a room say by which ways it sends to customers; once for each room."""
    _ways[room] = ways


def register_about(kind: str, about: About) -> None:
    """Let a room say what placeholders mean for one of its things; once for each kind."""
    _about[kind] = about


def ways() -> list[tuple[str, str]]:
    """All ways on which messages go out: code and name."""
    found: dict[str, str] = {}
    for room in _ways.values():
        for code, name in room():
            found.setdefault(code, str(name))
    return list(found.items())


def values_about(user: User, kind: str, number: str) -> Mapping[str, str]:
    """What placeholders say about a thing; nothing where nobody knows of such things."""
    known = _about.get(kind)
    return known(user, number) if known is not None and number else {}


def own_values(user: User | None) -> dict[str, str]:
    """What placeholders say that is the same whatever a message is about."""
    found = installation()
    today = clock.now().astimezone(promises.zone()).date()
    return {
        AGENT: user.name if user is not None else "",
        COMPANY: found.company if found else "",
        PHONE: found.service_phone if found else "",
        TODAY: f"{today:%Y-%m-%d}",
    }


@dataclass(frozen=True, slots=True)
class Line:
    """A line that messages must carry; on all ways where `ways` is empty."""

    text: str
    ways: frozenset[str]
    is_added: bool

    def is_needed(self, way: str, text: str) -> bool:
        """Whether a message by this way lacks it."""
        return (not self.ways or way in self.ways) and bare(self.text) not in bare(text)


@dataclass(frozen=True, slots=True)
class _Rules:
    database: str
    stamp: str
    forbidden: tuple[str, ...]
    lines: tuple[Line, ...]
    unapproved: tuple[tuple[str, str], ...]


_kept: _Rules | None = None
_lock = Lock()


def faults_of(text: str, way: str) -> list[str]:
    """Why a text may not go to customers: a sentence a fault."""
    rules = _current()
    said = bare(text)
    found = [
        _("「%(word)s」是禁用词，请换一种说法。") % {"word": word}
        for word in rules.forbidden
        if _holds(text, said, word)
    ]
    found += [
        _("这段话来自还没有批准的话术「%(title)s」，批准后才能发出。") % {"title": title}
        for title, piece in rules.unapproved
        if piece in said
    ]
    found += [
        _("这里要写上必含语句：%(line)s") % {"line": line.text}
        for line in rules.lines
        if not line.is_added and line.is_needed(way, text)
    ]
    return found


def with_lines(text: str, way: str) -> str:
    """The text with the required lines that are added by themselves."""
    more = [line.text for line in _current().lines if line.is_added and line.is_needed(way, text)]
    return "\n\n".join([text, *more]) if more and text else text


def sayable(text: str, way: str, *, values: Values = dict, script: str = "", user: User | None = None) -> str:
    """What goes out of what a person wrote: placeholders filled, required lines added. `script` is the code of the template
    that it was made from, if it was.

    Raises Invalid at `body` with every fault: a forbidden word by its name, a template that is not approved or not theirs, a
    missing line, a placeholder for which nothing is known.
    """
    if not text:
        return text
    if left_in(text):
        text = fill(text, values())
    faults = faults_of(text, way)
    if script and (user is None or selectors.usable_script(user, script) is None):
        faults.append(_("话术「%(code)s」没有批准或已经停用，不能发出。") % {"code": script})
    faults += [_("{%(name)s} 没有可填的内容，请改成具体的话。") % {"name": name} for name in left_in(text)]
    if faults:
        said = "\n".join(faults)
        raise Invalid(said, fields={"body": said}, code="not_sayable")
    return with_lines(text, way)


def _holds(text: str, said: str, word: str) -> bool:
    if word.isascii():
        # letters and digits are words as wholes only
        folded = unicodedata.normalize("NFKC", text).casefold()
        return re.search(rf"(?<![0-9a-z]){re.escape(word.casefold())}(?![0-9a-z])", folded) is not None
    return bare(word) in said


def bare(text: str) -> str:
    """A text without what hides a word in it: case, width, blanks, signs that nobody sees, and marks between characters."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in folded if unicodedata.category(c)[0] not in "ZCPS")


def _current() -> _Rules:
    global _kept
    stamp, database = selectors.stamp(), str(connection.settings_dict["NAME"])
    kept = _kept
    if kept is not None and (kept.database, kept.stamp) == (database, stamp):
        return kept
    with _lock:
        _kept = _read(database, stamp)
        return _kept


def _read(database: str, stamp: str) -> _Rules:
    lines = tuple(
        Line(row.text, frozenset(row.ways), row.mode == LineMode.ADD) for row in selectors.required_lines()
    )
    words = tuple(
        dict.fromkeys(line.strip() for line in selectors.forbidden_words().splitlines() if line.strip())
    )
    approved = [bare(text) for text in selectors.approved_texts()]
    pieces = []
    for title, body in selectors.unapproved_texts():
        longest = max((bare(part) for part in PLACEHOLDERS.split(body)), key=len, default="")
        if len(longest) >= SHORTEST_PIECE and not any(longest in text for text in approved):
            pieces.append((title, longest))
    return _Rules(database, stamp, tuple(word for word in words if bare(word)), lines, tuple(pieces))
