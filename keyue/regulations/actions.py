"""Adopting, answering and publishing regulations. A published edition is never changed: another one follows it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.kernel.errors import Invalid, NotFound, Refused
from keyue.ledger import actions as ledger
from keyue.ledger.facts import Actor, Draft, Subject, plain
from keyue.people import actions as people
from keyue.people.models import User
from keyue.people.selectors import find_post
from keyue.regulations import rules, selectors
from keyue.regulations.controls import Control, ControlError
from keyue.regulations.document import Document, read_document, read_file
from keyue.regulations.events import Event
from keyue.regulations.models import Edition, Regulation
from keyue.regulations.packs import ABOVE, packs_folder
from keyue.worktime import selectors as worktime


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
    document = _read_pack(pack)
    newest = selectors.newest_edition(document.id)
    digest = rules.digest_of(document.source, _plain(answers))
    if newest is not None and newest.digest == digest:
        return newest
    edition = draft_edition(text=document.source, answers=answers, by=by, at=at, source=source)
    approve_edition(edition=edition, by=by, at=at, source=source)
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
) -> Edition:
    """Answer what the newest edition leaves open: an edition of the same text follows it, in force from an instant.

    `answers` are by the key of the question (`progress.every`), also for questions answered before; None takes an
    answer back. `revision` is the number of the edition that was read. Raises NotFound, Invalid for what is no question
    or no answer, Refused as `publish_edition`, and (`conflict`) where another edition came meanwhile.
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
    if rules.digest_of(newest.source, _plain(merged)) == newest.digest:
        return newest
    edition = draft_edition(text=newest.source, answers=merged, by=by, at=at, source=source)
    approve_edition(edition=edition, by=by, at=at, source=source)
    return publish_edition(edition=edition, effective_from=effective_from, by=by, at=at, source=source)


@transaction.atomic
def adopt_ready(
    *,
    document: Document,
    effective_from: datetime,
    answers: Mapping[str, Any],
    by: Actor,
    at: datetime,
    holders: Mapping[str, Collection[User]] | None = None,
    source: str = "web",
) -> Edition:
    """Adopt a regulation that the company does not have yet, and make the posts that it names and that are not there.

    `holders` are people by the code of a post: for posts that are made now, and for those behind which nobody stands.
    Raises Refused (`adopted`) where the company has the regulation already, Invalid as `adopt_pack` and for a post
    that is filled or that the text does not name.
    """
    _refuse_adopted(document)
    _checked(document)
    _fill_posts(document, {code: found for code, found in (holders or {}).items() if found}, by=by, at=at)
    edition = draft_edition(text=document.source, answers=answers, by=by, at=at, source=source)
    # of two at once the second has waited for the first here
    _refuse_adopted(document)
    approve_edition(edition=edition, by=by, at=at, source=source)
    return publish_edition(edition=edition, effective_from=effective_from, by=by, at=at, source=source)


def _refuse_adopted(document: Document) -> None:
    if selectors.newest_edition(document.id) is not None:
        raise Refused(_("《%(title)s》已经采用。") % {"title": document.title}, code="adopted")


def _fill_posts(
    document: Document, holders: Mapping[str, Collection[User]], *, by: Actor, at: datetime
) -> None:
    named = {post.code: post for post in selectors.posts_named(document, at)}
    faults: dict[str, object] = {
        code: _("制度没有提到这个岗位") if code not in named else _("已有人担任，请到「岗位」里更改")
        for code in holders
        if code not in named or not named[code].is_fillable
    }
    if faults:
        raise Invalid(_("有 %(n)d 处需要修改。") % {"n": len(faults)}, fields=faults)
    for code, post in named.items():
        if post.kind == "":
            above = named.get(ABOVE.get(code, ""))
            people.create_post(
                code=code,
                name=post.name,
                # highest first: the one above is there by now, if anybody names it
                reports_to=find_post(above.code)
                if above is not None and above.kind != "department"
                else None,
                holders=holders.get(code, ()),
                by=by,
                at=at,
            )
        elif code in holders:
            people.set_holders(post=find_post(code), holders=holders[code], by=by, at=at)


@transaction.atomic
def draft_edition(
    *, text: str, answers: Mapping[str, Any], by: Actor, at: datetime, source: str = "web"
) -> Edition:
    """Keep a text as the next edition of the regulation that it names. It governs nothing until published.

    Raises Invalid for a text or answers that do not run, and for a calendar that the company has not published.
    """
    document = _checked(read_document(text))
    kept = _plain(answers)
    try:
        controls = document.controls(kept)
    except ControlError as error:
        raise Invalid(str(error), fields={error.field: str(error)}) from error
    _check_calendars(controls)
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
        drafted_by=_name(by),
    )
    said = {"title": edition.title, "digest": edition.digest, "answers": kept}
    _record(edition, Event.EDITION_DRAFTED, said, by=by, at=at, source=source)
    return edition


@transaction.atomic
def approve_edition(*, edition: Edition, by: Actor, at: datetime, source: str = "web") -> Edition:
    """Approve a draft. Raises Refused for one that is approved already."""
    row = Edition.objects.select_for_update().get(pk=edition.pk)
    if row.approved_at is not None:
        raise Refused(_("这一版已经批准"))
    edition.approved_at, edition.approved_by = at, _name(by)
    edition.save(update_fields=["approved_at", "approved_by"])
    _record(edition, Event.EDITION_APPROVED, {"digest": edition.digest}, by=by, at=at, source=source)
    return edition


@transaction.atomic
def publish_edition(
    *, edition: Edition, effective_from: datetime, by: Actor, at: datetime, source: str = "web"
) -> Edition:
    """Publish an approved edition, in force from an instant that is not before `at` (decision 26).

    Editions of a regulation take effect in the order of their publication: Refused otherwise.
    """
    regulation = Regulation.objects.select_for_update().get(pk=edition.regulation_id)
    row = Edition.objects.get(pk=edition.pk)
    if row.approved_at is None or row.published_at is not None:
        raise Refused(_("只有已批准、未发布的版本才能发布"))
    if effective_from.tzinfo is None:
        raise ValueError(f"an instant needs a time zone: {effective_from!r}")
    if effective_from < at:
        raise Refused(_("施行时间不能早于发布时间：制度不能约束发布之前的事"))
    newest = selectors.newest_edition(regulation.pk)
    if newest is not None and newest.effective_from is not None and effective_from <= newest.effective_from:
        raise Refused(
            _("第 %(n)s 版自 %(instant)s 起施行，新的一版要在它之后")
            % {"n": newest.n, "instant": newest.effective_from.isoformat(timespec="seconds")}
        )
    edition.effective_from, edition.published_at, edition.published_by = effective_from, at, _name(by)
    edition.save(update_fields=["effective_from", "published_at", "published_by"])
    document = read_document(edition.source)
    regulation.title, regulation.code, regulation.keeper = document.title, document.code, document.keeper
    regulation.save(update_fields=["title", "code", "keeper"])
    said = {"digest": edition.digest, "effective_from": effective_from.isoformat()}
    _record(edition, Event.EDITION_PUBLISHED, said, by=by, at=at, source=source)
    return edition


def _read_pack(pack: Path | str) -> Document:
    path = Path(pack)
    if not path.exists() and isinstance(pack, str) and (packs_folder() / pack / "regulation.md").exists():
        path = packs_folder() / pack
    try:
        return _checked(read_file(path))
    except OSError as error:
        raise Invalid(str(error)) from error


def _checked(document: Document) -> Document:
    if document.faults:
        first = document.faults[0]
        raise Invalid(
            _("制度有 %(count)s 处错误，第 %(line)s 行：%(message)s")
            % {"count": len(document.faults), "line": first.line, "message": first.message},
            fields={f"line {fault.line}": fault.message for fault in document.faults},
        )
    return document


def _check_calendars(controls: Iterable[Control]) -> None:
    """A control never counts by another calendar than the one that it names. Raises Invalid."""
    for control in controls:
        if control.calendar is not None and not worktime.calendar_versions(control.calendar):
            raise Invalid(
                _("控制 %(id)s 按日历「%(code)s」计时，公司还没有发布这个日历。")
                % {"id": control.id, "code": control.calendar}
            )


def _plain(answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers as plain JSON. Raises Invalid."""
    return dict(plain(dict(answers), "answers"))


def _name(by: Actor) -> str:
    return f"{by.kind}:{by.id}"


def _record(
    edition: Edition, kind: Event, said: Mapping[str, Any], *, by: Actor, at: datetime, source: str
) -> None:
    subject = Subject("regulation", edition.regulation_id)
    ledger.record(
        subject, [Draft(kind=kind, data={"edition": edition.n, **said})], by=by, at=at, source=source
    )
