"""Adopting ready regulations, and answering what a text leaves to the company."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from keyue.kernel.errors import Invalid, NotFound, Refused
from keyue.ledger.facts import Actor
from keyue.people.models import User
from keyue.regulations import ladder, readers, rules, selectors
from keyue.regulations.actions.announcing import publish_edition
from keyue.regulations.actions.drafting import approve_edition, draft_edition
from keyue.regulations.actions.posts import fill_posts
from keyue.regulations.actions.recording import checked, plain_answers
from keyue.regulations.actions.reviewing import submit_draft
from keyue.regulations.document import Document, read_file
from keyue.regulations.models import Edition, Regulation
from keyue.regulations.packs import packs_folder

# why an edition that nobody reviewed is approved: the record says it, in the language of records
ADOPTED = gettext_noop("采用现成的制度，由采用人直接批准，没有经过审批步骤。")
ANSWERED = gettext_noop("回答制度留给公司定的期限，由回答人直接批准，没有经过审批步骤。")


@transaction.atomic
def adopt_pack(
    *,
    pack: Path | str,
    effective_from: datetime,
    answers: Mapping[str, Any],
    by: Actor,
    at: datetime,
    source: str = "web",
) -> Edition:
    """Put a ready regulation (a path, or the id of one that comes with the product) in force from an instant.

    Adopting the same text and answers again changes nothing and returns the edition there is. Raises Invalid for a
    text or answers that do not run, Refused for a date before `at` or not after the edition before it.
    """
    document = read_pack(pack)
    newest = selectors.newest_edition(document.id)
    digest = rules.digest_of(document.source, plain_answers(answers))
    if newest is not None and newest.digest == digest:
        return newest
    edition = draft_edition(text=document.source, answers=answers, by=by, at=at, source=source)
    approve_edition(edition=edition, by=by, at=at, source=source, why=ADOPTED)
    return publish_edition(edition=edition, effective_from=effective_from, by=by, at=at, source=source)


@transaction.atomic
def answer_questions(
    *,
    regulation: str,
    answers: Mapping[str, Any],
    effective_from: datetime,
    by: Actor,
    at: datetime,
    source: str = "web",
    revision: int | None = None,
    reason: str = "",
) -> Edition:
    """Answer what the newest edition leaves open: an edition of the same text follows it, in force from an instant.

    `answers` are by the key of the question (`progress.every`), also for questions answered before; None takes an
    answer back. `revision` is the number of the edition that was read. Raises NotFound, Invalid for what is no question
    or no answer, Refused as `publish_edition`, and (`conflict`) where another edition came meanwhile.

    Where the company has steps of approval and the regulation runs, the answers are a draft that is submitted to them,
    and the edition returned is not published: its date is said when it is announced. Otherwise those who were asked to
    read the edition before are asked to read this one.
    """
    # two at once: the second waits, and reads what the first has published
    Regulation.objects.select_for_update().filter(pk=regulation).first()
    newest = selectors.newest_edition(regulation)
    if newest is None:
        raise NotFound(_("还没有采用这项制度：%(id)s") % {"id": regulation})
    if revision is not None and revision != newest.n:
        raise Refused(
            _("已有人发布了第 %(n)d 版，请按它重新回答。") % {"n": newest.n},
            code="conflict",
        )
    asked = {question.key for question in selectors.read(newest).document.questions()}
    unknown = {key: _("制度没有问这一项") for key in answers if key not in asked}
    if unknown:
        raise Invalid(
            _("有的回答不对应制度里的问题：%(keys)s") % {"keys": _("、").join(unknown)}, fields=unknown
        )
    merged = {key: value for key, value in {**newest.answers, **answers}.items() if value is not None}
    if rules.digest_of(newest.source, plain_answers(merged)) == newest.digest:
        return newest
    edition = draft_edition(
        text=newest.source, answers=merged, by=by, at=at, source=source, based_on=newest, reason=reason
    )
    if ladder.needs_review(newest, at):
        return submit_draft(edition=edition, by=by, at=at, source=source)
    approve_edition(edition=edition, by=by, at=at, source=source, why=ANSWERED)
    return publish_edition(
        edition=edition, effective_from=effective_from, audience=newest.audience, by=by, at=at, source=source
    )


@transaction.atomic
def adopt_ready(
    *,
    document: Document,
    effective_from: datetime,
    answers: Mapping[str, Any],
    by: Actor,
    at: datetime,
    holders: Mapping[str, Collection[User]] | None = None,
    audience: Mapping[str, Any] | None = None,
    source: str = "web",
) -> Edition:
    """Adopt a regulation that the company does not have yet, and make the posts that it names and that are not there.

    `holders` are people by the code of a post: for posts that are made now, and for those behind which nobody stands.
    `audience` are those who are asked to read it and confirm; without one nobody is. Raises Refused (`adopted`) where
    the company has the regulation already, Invalid as `adopt_pack`, for an audience that is none, and for a post that
    is filled or that the text does not name.
    """
    _refuse_adopted(document)
    asked = readers.check_audience(audience or {})
    checked(document)
    fill_posts(document, {code: found for code, found in (holders or {}).items() if found}, by=by, at=at)
    edition = draft_edition(text=document.source, answers=answers, by=by, at=at, source=source)
    # of two at once the second has waited for the first here
    _refuse_adopted(document)
    approve_edition(edition=edition, by=by, at=at, source=source, why=ADOPTED)
    return publish_edition(
        edition=edition, effective_from=effective_from, audience=asked, by=by, at=at, source=source
    )


def _refuse_adopted(document: Document) -> None:
    if selectors.newest_edition(document.id) is not None:
        said = _("《%(title)s》已经采用：要改期限请到「期限的回答」，要改文本请起草新的一版。")
        raise Refused(said % {"title": document.title}, code="adopted")


def read_pack(pack: Path | str) -> Document:
    """A ready regulation by its path, or by the id of one that comes with the product. Raises Invalid."""
    path = Path(pack)
    if not path.exists() and isinstance(pack, str) and (packs_folder() / pack / "regulation.md").exists():
        path = packs_folder() / pack
    try:
        return checked(read_file(path))
    except OSError as error:
        raise Invalid(str(error)) from error
