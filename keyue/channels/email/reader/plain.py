"""Plain text of a mail put in order: line ends, flowed lines (RFC 3676), enriched text (RFC 1896), the stops of a calendar."""

from __future__ import annotations

import re

from keyue.channels.email.reader.mail import sound

_NEWLINE = re.compile(r"\r{0,3}\n|\r|\x0b|\x0c|\x85|\u2028|\u2029")
_QUOTES = re.compile(r">*")
_MBOX_QUOTED = re.compile(r"^>(?=>*From )", re.M)
_ENRICHED = re.compile(r"<param>[^<]{0,1000}</param>|<nl>|</?[a-zA-Z][^<>\n]{0,60}>|<<|\n+", re.S | re.I)
_CALENDAR_FOLD = re.compile(r"\n[ \t]")
_CALENDAR_LINE = re.compile(
    r"^(SUMMARY|DESCRIPTION|LOCATION|DTSTART|DTEND|ORGANIZER)((?:;[^:\n]*)?):(.*)$", re.M | re.I
)
_BLANK_ENDS = re.compile(r"\A(?:[ \t\u3000\xa0]*\n)+")
MOST_ESCAPES = {"\\n": "\n", "\\N": "\n", "\\,": ",", "\\;": ";", "\\\\": "\\"}


def lines_in_order(text: str) -> str:
    """`text` with line feeds alone as line ends, and nothing in it that cannot be kept."""
    return sound(_NEWLINE.sub("\n", text))


def trimmed(text: str) -> str:
    """`text` without empty lines around it."""
    return _BLANK_ENDS.sub("", text).rstrip()


def unescaped_from(text: str) -> str:
    """The lines that an mbox had to write as `>From `."""
    return _MBOX_QUOTED.sub("", text) if ">From " in text else text


def unflowed(text: str, drops_blank: bool) -> str:
    """Lines that were parted only to be short are one again. `drops_blank`: the blank at their end is no word's."""
    out: list[list[str]] = []
    depth_before, is_open = 0, False
    for line in text.split("\n"):
        found = _QUOTES.match(line)
        depth = found.end() if found else 0
        said = line[depth:].removeprefix(" ")
        flows = said.endswith(" ") and said != "-- "
        if drops_blank and flows:
            said = said[:-1]
        if is_open and depth == depth_before and said != "-- ":
            out[-1].append(said)
        else:
            out.append([">" * depth + (" " if depth else "") + said if depth else said])
        depth_before, is_open = depth, flows
    return "\n".join(map("".join, out))


def unenriched(text: str) -> str:
    """text/enriched and text/richtext without their commands; single line ends were only for length."""

    def plain(found: re.Match[str]) -> str:
        said = found[0]
        if said == "<<":
            return "<"
        if said.startswith("\n"):
            return said[1:] or " "
        return "\n" if said.lower() == "<nl>" else ""

    return _ENRICHED.sub(plain, text)


def calendar_text(text: str) -> str:
    """What an invitation says, a line each; empty where it says nothing."""
    lines = []
    for found in _CALENDAR_LINE.finditer(_CALENDAR_FOLD.sub("", text)):
        said = re.sub(r"\\.", lambda m: MOST_ESCAPES.get(m[0], m[0]), found[3].strip())
        if said:
            lines.append(said.removeprefix("MAILTO:").removeprefix("mailto:"))
    return "\n".join(dict.fromkeys(lines))
