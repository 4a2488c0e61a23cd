"""Collects the texts of all rooms into keyue/locale and compiles them, in Python alone.

    python -m tests.support.messages

Message ids are Chinese, as written in the source; keyue/locale/en holds the English of each. New texts come in
without a translation and are listed; texts that nobody uses any more go. No dates and no places stand in the
files, so that they change only where a text changed.
"""

from __future__ import annotations

import io
import re
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import normalize, read_po

from tests.support.environment import ROOT, prepare
from tests.support.source import relative, sources, templates

PO = ROOT / "keyue" / "locale" / "en" / "LC_MESSAGES" / "django.po"
MO = PO.with_suffix(".mo")
HEADER = (
    "Language: en\n"
    "MIME-Version: 1.0\n"
    "Content-Type: text/plain; charset=UTF-8\n"
    "Content-Transfer-Encoding: 8bit\n"
    "Plural-Forms: nplurals=2; plural=(n != 1);\n"
)
KEYWORDS = {
    "_": None,
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
    def key(self) -> tuple[str, str]:
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


def in_source() -> dict[tuple[str, str], Text]:
    """Every text that the rooms show, by its context and message."""
    texts: dict[tuple[str, str], Text] = {}
    for source in sources():
        for text in _found(source.text.encode(), source.name):
            texts.setdefault(text.key, text)
    for path in templates():
        for text in _found(_pseudo_code(path.read_text(encoding="utf-8")), relative(path)):
            texts.setdefault(text.key, text)
    return texts


def in_catalogue() -> dict[tuple[str, str], Text]:
    """What keyue/locale holds."""
    if not PO.exists():
        return {}
    with PO.open("rb") as handle:
        catalogue: Catalog = read_po(handle, locale="en", charset="utf-8")
    texts: dict[tuple[str, str], Text] = {}
    for entry in catalogue:
        if not entry.id:
            continue
        pair = isinstance(entry.id, tuple | list)
        message, plural = (entry.id[0], entry.id[1]) if pair else (entry.id, "")
        given = entry.string if isinstance(entry.string, tuple | list) else (entry.string,)
        # a fuzzy one is a guess, not a translation
        english = () if entry.fuzzy else tuple(str(s) for s in given)
        text = Text(entry.context or "", str(message), str(plural), "", english)
        texts[text.key] = text
    return texts


def as_po(texts: dict[tuple[str, str], Text]) -> str:
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


def as_mo(texts: dict[tuple[str, str], Text]) -> bytes:
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


def merged() -> dict[tuple[str, str], Text]:
    """The texts of the source with the English that the catalogue has for them."""
    known = in_catalogue()
    return {
        key: replace(text, english=known[key].english)
        if key in known and known[key].plural == text.plural
        else text
        for key, text in in_source().items()
    }


def main() -> int:
    prepare()
    import django

    django.setup()
    texts = merged()
    PO.parent.mkdir(parents=True, exist_ok=True)
    PO.write_text(as_po(texts), encoding="utf-8")
    MO.write_bytes(as_mo(texts))
    missing = [t for t in texts.values() if not t.is_translated]
    for text in missing:
        print(f"{text.place}: {text.message}")
    print(f"{len(texts)} texts, {len(missing)} without English")
    return 0


if __name__ == "__main__":
    sys.exit(main())
