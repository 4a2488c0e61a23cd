"""Writing single clauses and controls of a draft, each into the text as it stands at that moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.kernel.errors import Invalid, Refused
from keyue.ledger.facts import Actor
from keyue.regulations import actions
from keyue.regulations.blocks import parsed
from keyue.regulations.models import Edition, Regulation
from keyue.regulations.writing import (
    clause_of,
    clause_parts,
    control_text,
    with_clause_block,
    with_clause_text,
    with_control,
    with_control_text,
    without_control,
)


@dataclass(frozen=True, slots=True)
class Gone:
    """A control that was taken out: its lines, its clause, the answers about it, and where exactly it stood."""

    control: str
    clause: str
    lines: str
    answers: Mapping[str, Any]
    start: int
    cut: str
    digest: str


def digest_of(text: str) -> str:
    """Of a part of a draft as it was read, so that it is not overwritten unseen."""
    return sha256(text.encode()).hexdigest()


def block_digest(source: str, control: str | None) -> str:
    """The digest of a control's lines; "" for one that is not there."""
    try:
        return digest_of(control_text(source, control)) if control else ""
    except Invalid:
        return ""


@transaction.atomic
def save_control(
    *,
    edition: Edition,
    clause: str,
    raw: Mapping[str, Any] | None = None,
    lines: str = "",
    replacing: str | None = None,
    seen: str = "",
    by: Actor,
    at: datetime,
    source: str = "web",
) -> Edition:
    """Write a control into a draft: its block as values (`raw`), or as somebody typed it (`lines`).

    `seen` is the digest of the block as it was read. Raises Refused (`conflict`) where it has been changed meanwhile, and
    for what is no draft any more; Invalid for a clause or a control that is not there.
    """
    draft = _held(edition)
    if block_digest(draft.source, replacing) != seen:
        raise Refused(
            _("您修改期间，这个控制已被别人改过。您写的还在，没有保存；再按一次就按您写的保存。"),
            code="conflict",
        )
    if raw is not None:
        text = with_control(draft.source, clause, raw, replacing)
    else:
        text = with_control_text(draft.source, clause, lines, replacing)
    now = raw if raw is not None else parsed(lines) or {}
    answers = dict(draft.answers)
    if replacing and (not now.get("question") or now.get("id") != replacing):
        # what answers a question that is no longer asked would go on deciding
        answers = _without(answers, replacing)
    return actions.revise_draft(
        edition=draft, text=text, answers=answers, revision=draft.digest, by=by, at=at, source=source
    )


@transaction.atomic
def remove_control(*, edition: Edition, control: str, by: Actor, at: datetime, source: str = "web") -> Gone:
    """Take a control out of a draft. Raises Invalid where there is none, Refused for what is no draft any more."""
    draft = _held(edition)
    lines = control_text(draft.source, control)
    text = without_control(draft.source, control)
    start = next((n for n, (a, b) in enumerate(zip(draft.source, text, strict=False)) if a != b), len(text))
    cut = draft.source[start : start + len(draft.source) - len(text)]
    gone = Gone(
        control=control,
        clause=clause_of(draft.source, control),
        lines=lines,
        answers={key: value for key, value in draft.answers.items() if key.startswith(f"{control}.")},
        start=start,
        cut=cut,
        digest=digest_of(text),
    )
    actions.revise_draft(
        edition=draft,
        text=text,
        answers=_without(draft.answers, control),
        revision=draft.digest,
        by=by,
        at=at,
        source=source,
    )
    return gone


@transaction.atomic
def restore_control(*, edition: Edition, gone: Gone, by: Actor, at: datetime, source: str = "web") -> Edition:
    """Put a control back that was taken out: where it stood, or at the end of its clause if the text has changed."""
    draft = _held(edition)
    if digest_of(draft.source) == gone.digest:
        text = draft.source[: gone.start] + gone.cut + draft.source[gone.start :]
    else:
        text = with_control_text(draft.source, gone.clause, gone.lines)
    answers = {**draft.answers, **gone.answers}
    return actions.revise_draft(
        edition=draft, text=text, answers=answers, revision=draft.digest, by=by, at=at, source=source
    )


@transaction.atomic
def save_clause(
    *,
    edition: Edition,
    number: str,
    heading: str,
    paragraphs: Sequence[str],
    about: Mapping[str, Any],
    seen: str,
    by: Actor,
    at: datetime,
    source: str = "web",
) -> Edition:
    """Write the heading, the text and the block of a clause of a draft; its controls stay.

    `seen` is the digest of what was read (`clause_digest`). Raises as `save_control`.
    """
    draft = _held(edition)
    if clause_digest(draft.source, number) != seen:
        raise Refused(
            _("您修改期间，这一条已被别人改过。您写的还在，没有保存；再按一次就按您写的保存。"),
            code="conflict",
        )
    text = with_clause_text(draft.source, number, heading, paragraphs)
    text = with_clause_block(text, number, about)
    return actions.revise_draft(
        edition=draft, text=text, answers=draft.answers, revision=draft.digest, by=by, at=at, source=source
    )


def clause_digest(source: str, number: str) -> str:
    """Of the words and the block of a clause, without its controls. Raises Invalid where there is none."""
    return digest_of(repr(clause_parts(source, number)))


def _held(edition: Edition) -> Edition:
    """The draft as it is now, held against others until the transaction ends."""
    Regulation.objects.select_for_update().get(pk=edition.regulation_id)
    return Edition.objects.get(pk=edition.pk)


def _without(answers: Mapping[str, Any], control: str) -> dict[str, Any]:
    return {key: value for key, value in answers.items() if not key.startswith(f"{control}.")}
