"""Drafts: keeping a text as the next edition, revising it while nobody reviews it, and withdrawing it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.kernel.errors import Invalid, Refused
from keyue.ledger.facts import Actor
from keyue.regulations import ladder, rules, scoped, selectors
from keyue.regulations.actions.recording import check_runs, doer, held, plain_answers, record, words_of
from keyue.regulations.document import read_document
from keyue.regulations.events import Event
from keyue.regulations.models import Edition, Regulation

LONGEST_TITLE = 200
LONGEST_REASON = 1000


@transaction.atomic
def draft_edition(
    *,
    text: str,
    answers: Mapping[str, Any],
    by: Actor,
    at: datetime,
    source: str = "web",
    based_on: Edition | None = None,
    reason: str = "",
    writers: Collection[int] = (),
) -> Edition:
    """Keep a text as the next edition of the regulation that it names. It governs nothing until published.

    `based_on` is the edition that it amends, by default the one published last; `reason` why; `writers` the ids of
    staff who had a part in the text beside who keeps it. Raises Invalid for a text
    or answers that do not run, for a calendar that the company has not published, for an id that addresses need
    otherwise, and for a text of another regulation than that of `based_on`.
    """
    document = read_document(text)
    kept = plain_answers(answers)
    check_runs(document, kept)
    if document.id in rules.RESERVED or scoped.is_scoped(document.id):
        taken = _("「%(id)s」已有别的用处，制度的标识请换一个。") % {"id": document.id}
        raise Invalid(taken, fields={"id": taken})
    if based_on is not None and based_on.regulation_id != document.id:
        _refuse_other(based_on.regulation_id, document.id)
    why = words_of(reason, "reason", most=LONGEST_REASON)
    base = based_on or selectors.newest_edition(document.id)
    regulation, _made = Regulation.objects.get_or_create(
        pk=document.id,
        defaults={"title": document.title, "code": document.code, "keeper": document.keeper},
    )
    # two at once: the second waits and takes the next number
    Regulation.objects.select_for_update().get(pk=regulation.pk)
    last = Edition.objects.filter(regulation=regulation).order_by("-n").values_list("n", flat=True).first()
    edition = Edition.objects.create(
        regulation=regulation,
        n=(last or 0) + 1,
        title=document.title,
        source=text,
        answers=kept,
        digest=rules.digest_of(text, kept),
        drafted_at=at,
        drafted_by=doer(by),
        based_on=base,
        reason=why,
    )
    said: dict[str, Any] = {"title": edition.title, "digest": edition.digest, "answers": kept}
    if base is not None:
        said["based_on"] = base.n
    if writers:
        said["writers"] = sorted(writers)
    record(edition, Event.EDITION_DRAFTED, said, by=by, at=at, source=source, sealed={"reason": why})
    return edition


@transaction.atomic
def revise_draft(
    *,
    edition: Edition,
    text: str,
    answers: Mapping[str, Any],
    by: Actor,
    at: datetime,
    source: str = "web",
    reason: str | None = None,
    revision: str = "",
    based_on: Edition | None = None,
) -> Edition:
    """Keep what was typed into a draft, even if it does not run: with faults it can only not be submitted.

    `revision` is the digest of the draft as it was read; `based_on` another edition that the draft now amends. Raises
    Refused for what is no draft any more and (`conflict`) where somebody else has changed it meanwhile, Invalid for
    the text of another regulation.
    """
    row = held(edition)
    ladder.check_draft(row)
    if revision and revision != row.digest:
        raise Refused(_("您修改期间，已有人改过这份草案。您写的没有保存。"), code="conflict")
    document = read_document(text)
    if document.id not in ("", row.regulation_id):
        _refuse_other(row.regulation_id, document.id)
    if based_on is not None and based_on.regulation_id != row.regulation_id:
        _refuse_other(row.regulation_id, based_on.regulation_id)
    kept = plain_answers(answers)
    why = row.reason if reason is None else words_of(reason, "reason", most=LONGEST_REASON)
    base = row.based_on if based_on is None else based_on
    digest = rules.digest_of(text, kept)
    if (digest, why, base) == (row.digest, row.reason, row.based_on):
        return row
    row.title = document.title[:LONGEST_TITLE] or row.title
    row.source, row.answers, row.digest, row.reason, row.based_on = text, kept, digest, why, base
    row.save(update_fields=["title", "source", "answers", "digest", "reason", "based_on"])
    said: dict[str, Any] = {"digest": digest, "answers": kept, "faults": len(document.faults)}
    if base is not None:
        said["based_on"] = base.n
    record(row, Event.EDITION_REVISED, said, by=by, at=at, source=source, sealed={"reason": why})
    return row


@transaction.atomic
def withdraw_draft(*, edition: Edition, by: Actor, at: datetime, source: str = "web") -> Edition:
    """Give up an edition that is not published, whatever its reviews say. Its number is not used again.

    Raises Refused for a published one and for one that is withdrawn already.
    """
    row = held(edition)
    if row.published_at is not None:
        raise Refused(_("第 %(n)d 版已经发布，不能撤回；要改请另起草一版。") % {"n": row.n})
    if row.withdrawn_at is not None:
        raise Refused(_("这份草案已经撤回，不用再撤。"))
    row.withdrawn_at, row.withdrawn_by = at, doer(by)
    row.save(update_fields=["withdrawn_at", "withdrawn_by"])
    record(row, Event.EDITION_WITHDRAWN, {"digest": row.digest}, by=by, at=at, source=source)
    return row


@transaction.atomic
def approve_edition(
    *, edition: Edition, by: Actor, at: datetime, source: str = "web", why: str = ""
) -> Edition:
    """Approve a draft at once, without the steps of the company. `why` is one sentence that the record keeps.

    Raises Refused for one that is approved already, that others review, or that is withdrawn.
    """
    row = Edition.objects.select_for_update().get(pk=edition.pk)
    ladder.check_draft(row)
    edition.approved_at, edition.approved_by = at, doer(by)
    edition.save(update_fields=["approved_at", "approved_by"])
    said = {"digest": edition.digest, **({"why": why} if why else {})}
    record(edition, Event.EDITION_APPROVED, said, by=by, at=at, source=source)
    return edition


def _refuse_other(wanted: str, found: str) -> None:
    raise Invalid(
        _("这是制度 %(wanted)s 的草案，文本里写的是 %(found)s。") % {"wanted": wanted, "found": found},
        fields={"text": _("制度块里的 id 不能改：%(id)s") % {"id": wanted}},
    )
