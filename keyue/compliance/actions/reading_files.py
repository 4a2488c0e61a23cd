"""A company's own regulation: taking its file, reading it, keeping what somebody decides, and making a draft of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from pathlib import PurePath
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.compliance.enums import ReadFileState
from keyue.compliance.models import ReadFile
from keyue.compliance.proposing import answer_key, decided, roles_of
from keyue.compliance.reading_child import Read, ReadingChild
from keyue.kernel.errors import Invalid, NotFound, Refused
from keyue.ledger.facts import Actor
from keyue.people.models import User
from keyue.regulations import actions as regulations
from keyue.regulations.models import Edition
from keyue.regulations.reader.drafting import About, drafted
from keyue.regulations.reader.files import LARGEST

SUFFIXES = frozenset({".docx", ".doc", ".pdf", ".html", ".htm", ".md", ".txt"})
CHOICES = ("take", "decline", "later")


@transaction.atomic
def take_file(*, name: str, content: bytes, user: User, at: datetime) -> ReadFile:
    """Keep an uploaded file; it is read in the background. Raises Invalid for what no regulation can be."""
    plain = PurePath(name.replace("\\", "/")).name[:200] or "file"
    if PurePath(plain).suffix.lower() not in SUFFIXES:
        raise Invalid(_("认得 .docx、.doc、.pdf、.html、.md、.txt 文件，这是 %(name)s") % {"name": plain})
    if not content:
        raise Invalid(_("这个文件是空的。"))
    check_size(len(content))
    return ReadFile.objects.create(
        name=plain,
        digest=sha256(content).hexdigest(),
        size=len(content),
        content=content,
        uploaded_at=at,
        uploaded_by=user,
    )


def check_size(size: int) -> None:
    """Raises Invalid for more bytes than are read, before they are."""
    if size > LARGEST:
        raise Invalid(_("文件超过 %(most)d MB。") % {"most": LARGEST // 1024 // 1024})


def read_next(*, now: datetime) -> int:
    """Read the oldest file that waits, and wait for it; how many were read."""
    file = next_waiting()
    if file is None:
        return 0
    keep_reading(pk=file.pk, read=ReadingChild.start(file.name, bytes(file.content)).finish())
    return 1


def next_waiting() -> ReadFile | None:
    """The oldest file that waits to be read."""
    return ReadFile.objects.filter(state=ReadFileState.WAITING).order_by("pk").first()


@transaction.atomic
def keep_reading(*, pk: int, read: Read) -> None:
    """Keep what was read of a file. Two workers may read the same one: they read the same."""
    reading, problem = read
    for row in ReadFile.objects.select_for_update().filter(pk=pk, state=ReadFileState.WAITING):
        row.state = ReadFileState.FAILED if reading is None else ReadFileState.READ
        row.reading, row.problem = reading or {}, problem[:300]
        row.save(update_fields=["state", "reading", "problem"])


@transaction.atomic
def decide_proposal(*, file: ReadFile, key: str, decision: Mapping[str, Any], user: User) -> ReadFile:
    """Keep what somebody decided about a proposal; who takes it writes the draft that comes of it.

    Raises NotFound for another key, Invalid for a block that does not stand, Refused once the draft is made.
    """
    row = _open(file)
    known = {one["key"]: one for one in row.reading["suggested_controls"]}
    if key not in known:
        raise NotFound(_("没有这一项"))
    if decision.get("choice") not in CHOICES:
        raise Invalid(_("请选择采用、不采用或以后再定。"))
    kept = {
        name: decision[name] for name in ("choice", "control", "who", "why", "answer") if name in decision
    }
    decided(known[key], kept, regulation="draft")
    if kept["choice"] == "take":
        # what somebody else has typed into it before stands in it still
        kept["by"] = sorted({*_takers(row.decisions.get(key, {})), user.pk})
    row.decisions = {**row.decisions, key: kept}
    row.save(update_fields=["decisions"])
    return row


@transaction.atomic
def decide_all(*, file: ReadFile, keys: Mapping[str, Mapping[str, Any]], user: User) -> ReadFile:
    """`decide_proposal` for many at once: all, or none."""
    for key, decision in keys.items():
        file = decide_proposal(file=file, key=key, decision=decision, user=user)
    return file


@transaction.atomic
def correct_repair(*, file: ReadFile, near: str, right: str, user: User) -> ReadFile:
    """Keep what should stand where a repair was uncertain; the repair itself where `right` is what stands there."""
    row = _open(file)
    if near not in {one.get("near") for one in row.reading["repairs"] if not one["certain"]}:
        raise NotFound(_("没有这一项"))
    if not right.strip():
        raise Invalid(_("请写出应有的文字。"))
    row.corrections = {**row.corrections, near: {"right": right.strip()[:200], "by": user.pk}}
    row.save(update_fields=["corrections"])
    return row


@transaction.atomic
def discard_file(*, file: ReadFile) -> ReadFile:
    """Give a file up; its content goes, that it was there stays."""
    row = ReadFile.objects.select_for_update().get(pk=file.pk)
    if row.state == ReadFileState.DRAFTED:
        raise Refused(_("已经生成草案；不要了请在草案页撤回。"))
    row.state, row.content, row.reading = ReadFileState.DISCARDED, b"", {}
    row.decisions, row.corrections = {}, {}
    row.save(update_fields=["state", "content", "reading", "decisions", "corrections"])
    return row


@transaction.atomic
def draft_from_file(*, file: ReadFile, about: About, by: Actor, at: datetime, source: str = "web") -> Edition:
    """A draft of what was read and decided. What nobody decided about stands in its clause as not yet decided.

    Who has taken a proposal or corrected a word has written it, as who makes it has. Raises Invalid for what does not run, Refused where the draft is made already.
    """
    row = _open(file)
    decisions, answers = [], {}
    for one in row.reading["suggested_controls"]:
        kept = row.decisions.get(one["key"], {"choice": "later"})
        decision = decided(one, kept)
        decisions.append((one["at"], f"{one['raw']} {one['control'].get('name', '')}".strip(), decision))
        if decision.raw is not None and kept.get("answer"):
            answers[answer_key(one)] = kept["answer"]
    named = roles_of(row.reading["suggested_controls"], row.decisions)
    whole = About(about.title, about.id, about.code, about.keeper, about.subject, {**about.roles, **named})
    corrected = {near: kept for near, kept in row.corrections.items() if near != kept["right"]}
    text = drafted(row.reading, whole, decisions, {near: kept["right"] for near, kept in corrected.items()})
    writers = {kept["by"] for kept in corrected.values()}.union(*map(_takers, row.decisions.values()))
    edition = regulations.draft_edition(
        text=text,
        answers=answers,
        by=by,
        at=at,
        source=source,
        reason=_("由文件《%(name)s》读入") % {"name": row.name},
        writers=writers,
    )
    row.state, row.edition = ReadFileState.DRAFTED, edition
    row.save(update_fields=["state", "edition"])
    return edition


def _takers(kept: Mapping[str, Any]) -> list[int]:
    """Who has taken a proposal; nobody where it is declined, or left for later."""
    return kept["by"] if kept.get("choice") == "take" else []


def _open(file: ReadFile) -> ReadFile:
    row = ReadFile.objects.select_for_update().get(pk=file.pk)
    if row.state != ReadFileState.READ:
        raise Refused(_("这个文件现在是「%(state)s」，不能再改。") % {"state": row.get_state_display()})
    return row
