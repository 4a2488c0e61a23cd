"""Collects the texts of the rooms into their locale folders and compiles them, in Python alone.

    python -m tests.support.messages            all rooms
    python -m tests.support.messages cases ui   these rooms

Message ids are Chinese, as written in the source. Each room holds the English of its own texts, in
keyue/<room>/locale/en; rooms that are no Django apps share keyue/locale/en. New texts come in with the English
that another room has for them, else without, and are listed; texts that the room uses no more go. No dates and
no places stand in the files, so that they change only where a text changed.
"""

from __future__ import annotations

import io
import re
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import normalize, read_po

from tests.support.environment import prepare
from tests.support.source import PRODUCT, relative, sources, templates

SHARED = ""
HEADER = (
    "Language: en\n"
    "MIME-Version: 1.0\n"
    "Content-Type: text/plain; charset=UTF-8\n"
    "Content-Transfer-Encoding: 8bit\n"
    "Plural-Forms: nplurals=2; plural=(n != 1);\n"
)
Key = tuple[str, str]
KEYWORDS = {
    "_": None,
    # of modules without Django, in keyue.kernel.texts
    "sentence": None,
    # gettext_lazy beside gettext, in modules that need both
    "_t": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd%]|\{\w*\}")


@dataclass(frozen=True, order=True)
class Text:
    """A text as the source has it, and where."""

    context: str
    message: str
    plural: str
    place: str = ""
    english: tuple[str, ...] = ()

    @property
    def key(self) -> Key:
        return (self.context, self.message)

    @property
    def is_translated(self) -> bool:
        return len(self.english) == (2 if self.plural else 1) and all(self.english)


def _found(code: bytes, place: str) -> Iterator[Text]:
    stream = io.BytesIO(code)
    for line, message, _comments, context in extract(
        "python", stream, KEYWORDS, options={"encoding": "utf-8"}
    ):
        first, *more = message if isinstance(message, tuple) else (message,)
        plural = str(more[0]) if more and more[0] else ""
        yield Text(context or "", str(first), plural, f"{place}:{line}")


def _pseudo_code(template: str) -> bytes:
    """A template as Django turns it for extraction: calls of gettext, the rest blanked out."""
    from django.utils.translation.template import templatize

    # the blanks keep the template's indentation, which is none of Python's
    return "\n".join(line.lstrip() for line in templatize(template).splitlines()).encode()


@cache
def rooms() -> tuple[str, ...]:
    """The catalogues: one a room that is a Django app, and the shared one, named by nothing."""
    from django.conf import settings

    apps = [app.removeprefix("keyue.") for app in settings.INSTALLED_APPS if app.startswith("keyue.")]
    return (SHARED, *sorted(apps))


def po_of(room: str) -> Path:
    """Where the catalogue of a room is."""
    return PRODUCT / room / "locale" / "en" / "LC_MESSAGES" / "django.po"


def mo_of(room: str) -> Path:
    """Where its compiled form is."""
    return po_of(room).with_suffix(".mo")


def _room_of(name: str) -> str:
    """The catalogue for a file of the product."""
    room = name.split("/")[1]
    return room if room in rooms() else SHARED


@cache
def in_source() -> dict[str, dict[Key, Text]]:
    """Every text that each room shows, by its context and message."""
    texts: dict[str, dict[Key, Text]] = {room: {} for room in rooms()}
    for source in sources():
        for text in _found(source.text.encode(), source.name):
            texts[_room_of(source.name)].setdefault(text.key, text)
    for path in templates():
        name = relative(path)
        for text in _found(_pseudo_code(path.read_text(encoding="utf-8")), name):
            texts[_room_of(name)].setdefault(text.key, text)
    return texts


def in_catalogue(room: str) -> dict[Key, Text]:
    """What the room's locale folder holds."""
    if not po_of(room).exists():
        return {}
    with po_of(room).open("rb") as handle:
        catalogue: Catalog = read_po(handle, locale="en", charset="utf-8")
    texts: dict[Key, Text] = {}
    for entry in catalogue:
        if not entry.id:
            continue
        pair = isinstance(entry.id, tuple | list)
        message, plural = (entry.id[0], entry.id[1]) if pair else (entry.id, "")
        given = entry.string if isinstance(entry.string, tuple | list) else (entry.string,)
        # a fuzzy one is a guess, not a translation
        english = () if entry.fuzzy else tuple(str(s) for s in given)
        text = Text(entry.context or "", str(message), str(plural), relative(po_of(room)), english)
        texts[text.key] = text
    return texts


def as_po(texts: dict[Key, Text]) -> str:
    """The catalogue as text."""
    parts = [f'msgid ""\nmsgstr {normalize(HEADER)}\n']
    for text in sorted(texts.values(), key=lambda t: t.key):
        lines = [f"msgctxt {normalize(text.context)}"] if text.context else []
        if re.search(r"%\(\w+\)[sd]|%[sd]", text.message):
            lines.insert(0, "#, python-format")
        lines.append(f"msgid {normalize(text.message)}")
        if text.plural:
            english = text.english if len(text.english) == 2 else ("", "")
            lines.append(f"msgid_plural {normalize(text.plural)}")
            lines += [f"msgstr[{n}] {normalize(said)}" for n, said in enumerate(english)]
        else:
            lines.append(f"msgstr {normalize(text.english[0] if text.english else '')}")
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def as_mo(texts: dict[Key, Text]) -> bytes:
    """The catalogue as gettext reads it: sorted keys and values, each with length and offset."""
    pairs = [(b"", HEADER.encode())]
    for text in texts.values():
        if text.is_translated:
            key = text.message + (f"\0{text.plural}" if text.plural else "")
            pairs.append(((f"{text.context}\x04" if text.context else "") + key, "\0".join(text.english)))  # type: ignore[arg-type]
    encoded = sorted(
        (k.encode() if isinstance(k, str) else k, v.encode() if isinstance(v, str) else v) for k, v in pairs
    )
    keys_at, values_at = 28, 28 + 8 * len(encoded)
    offset = values_at + 8 * len(encoded)
    tables: list[bytes] = []
    data = b""
    for column in (0, 1):
        for pair in encoded:
            tables.append(struct.pack("<II", len(pair[column]), offset + len(data)))
            data += pair[column] + b"\0"
    head = struct.pack("<7I", 0x950412DE, 0, len(encoded), keys_at, values_at, 0, offset)
    return head + b"".join(tables) + data


def merged(room: str) -> dict[Key, Text]:
    """The texts of a room with the English that its catalogue has for them, else another room's."""
    known: dict[Key, Text] = {}
    for other in (*(r for r in rooms() if r != room), room):
        known |= {key: text for key, text in in_catalogue(other).items() if text.is_translated}
    return {
        key: replace(text, english=known[key].english)
        if key in known and known[key].plural == text.plural
        else text
        for key, text in in_source()[room].items()
    }


def update(room: str) -> list[Text]:
    """Write the catalogue of a room anew; the texts that still lack their English."""
    texts = merged(room)
    if not texts:
        for path in (po_of(room), mo_of(room)):
            path.unlink(missing_ok=True)
        return []
    po_of(room).parent.mkdir(parents=True, exist_ok=True)
    po_of(room).write_text(as_po(texts), encoding="utf-8")
    mo_of(room).write_bytes(as_mo(texts))
    return [text for text in texts.values() if not text.is_translated]


def main() -> int:
    prepare()
    import django

    django.setup()
    unknown = sorted(set(sys.argv[1:]) - set(rooms()))
    if unknown:
        print(
            f"no such room: {', '.join(unknown)}; there are: {', '.join(r for r in rooms() if r)}",
            file=sys.stderr,
        )
        return 2
    missing = [text for room in sys.argv[1:] or rooms() for text in update(room)]
    for text in missing:
        print(f"{text.place}: {text.message}")
    print(f"{len(missing)} texts without English")
    return 0


if __name__ == "__main__":
    sys.exit(main())
