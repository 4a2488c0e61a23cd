"""What a mail adds to its conversation: its text without the older mails it carries along and without its signature."""

from __future__ import annotations

from keyue.channels.email.reader import oddities
from keyue.channels.email.reader.history import (
    attribution,
    begins_history,
    foxmail_block,
    is_comparison,
    is_quoted,
)
from keyue.channels.email.reader.oddities import Oddities
from keyue.channels.email.reader.plain import trimmed
from keyue.channels.email.reader.signatures import trimmed_lines, without_pgp, without_signature

LONGEST_FOLDED = 1_000_000


def new_text(text: str, odd: Oddities) -> str:
    """What is new in `text`. Answers between quoted lines are kept; where nothing would be left, everything is."""
    if len(text) > LONGEST_FOLDED:
        odd.say(oddities.TOO_LONG_TO_FOLD)
        return text
    passages = _passages(without_pgp(text).split("\n"))
    kept = ["\n".join(without_signature(passage)) for passage in passages]
    found = "\n".join(trimmed(one) for one in kept if one.strip())
    if not found.strip() and text.strip():
        odd.say(oddities.ALL_WOULD_FOLD)
        return text
    return found


def _passages(lines: list[str]) -> list[list[str]]:
    """The writer's own lines, parted where quoted ones stood between them, up to where only older mails follow."""
    passages: list[list[str]] = [[]]
    at = 0
    while at < len(lines):
        line = lines[at]
        if is_quoted(line) and not is_comparison(lines, at):
            at += 1
            if passages[-1]:
                passages.append([])
            continue
        block_end = foxmail_block(lines, at)
        if block_end:
            at = block_end
            passages.append([])
            continue
        if begins_history(lines, at):
            break
        count = attribution(lines, at)
        if count:
            if not _quoted_next(lines, at + count):
                break
            at += count
            passages.append([])
            continue
        passages[-1].append(line)
        at += 1
    return [trimmed_lines(passage) for passage in passages]


def _quoted_next(lines: list[str], at: int) -> bool:
    following = next((line for line in lines[at : at + 6] if line.strip()), "")
    return is_quoted(following)
