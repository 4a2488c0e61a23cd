"""Reading the company's regulations. Published editions never change, so what was read from their text is kept in the
process. What binds the company towards one customer alone is read by `scoped.py`, and never found here."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from keyue.kernel.errors import NotFound
from keyue.people import selectors as people
from keyue.people.models import User
from keyue.regulations import rules
from keyue.regulations.controls import Control
from keyue.regulations.document import Clause, Document, Question, questions_of, read_document
from keyue.regulations.editions import EditionInForce, editions_by_subject, subjects_of
from keyue.regulations.enums import EditionState
from keyue.regulations.models import Edition, Regulation
from keyue.regulations.packs import highest_first, ready_pack, ready_packs
from keyue.regulations.vocabulary import check_vocabulary, registered

logger = logging.getLogger(__name__)
EVERYBODY = ""
"""The scope of what holds for everybody: a regulation of the company's own."""


@dataclass(frozen=True, slots=True)
class Reading:
    """An edition as read: the row, its text taken apart, and its controls with the company's answers."""

    edition: Edition
    document: Document
    controls: tuple[Control, ...]

    def controls_of(self, clause: Clause) -> tuple[Control, ...]:
        return tuple(control for control in self.controls if control.id in clause.control_ids)


# by digest, which is over all that they are read from
_read: dict[str, tuple[Document, tuple[Control, ...]]] = {}
# the digests of all published editions, and what was made of them
_in_force: tuple[tuple[tuple[int, str], ...], dict[str, tuple[EditionInForce, ...]]] = ((), {})


def read(edition: Edition) -> Reading:
    """The text and the controls of a stored edition."""
    if edition.digest not in _read:
        document = read_document(edition.source, f"{edition.regulation_id} v{edition.n}")
        controls, faults = document.sound_controls(edition.answers)
        for fault in faults:
            logger.error("%s: this control governs nothing: %s", edition, fault)
        _read[edition.digest] = (document, controls)
    return Reading(edition, *_read[edition.digest])


def read_draft(edition: Edition) -> Reading:
    """The text and the sound controls of a draft, which may hold faults: they stand in its document."""
    document = read_document(edition.source, f"{edition.regulation_id} v{edition.n}")
    controls, faults = document.sound_controls(edition.answers)
    document.faults[:] = faults
    if not faults:
        # what names a fact that never happens would be approved, and never run
        check_vocabulary(document, registered())
        document.faults[:] = [fault for fault in document.faults if not fault.is_warning]
    return Reading(edition, document, controls)


def editions_for(subject: str) -> tuple[EditionInForce, ...]:
    """All published editions of the regulations about a kind of subject, past and announced ones included, in the
    order in which they take effect. One query; the rest is remembered."""
    global _in_force
    published = _published().order_by("id").values_list("id", "digest", "effective_from")
    key = tuple((identity, f"{digest} {effective}") for identity, digest, effective in published)
    if key != _in_force[0]:
        by_subject: dict[str, list[EditionInForce]] = {}
        readings = [read(edition) for edition in _published().order_by("effective_from", "id")]
        kinds: dict[str, frozenset[str]] = {}
        for reading in readings:
            about = subjects_of(reading.document.subject, reading.controls)
            name = reading.edition.regulation_id
            kinds[name] = kinds.get(name, frozenset()) | about
        for reading in readings:
            for one in editions_by_subject(
                reading.edition.regulation_id,
                _effective(reading.edition),
                reading.document.subject,
                reading.controls,
                reading.edition.pk,
                kinds[reading.edition.regulation_id],
            ):
                by_subject.setdefault(one.subject, []).append(one)
        _in_force = (key, {name: tuple(editions) for name, editions in by_subject.items()})
    return _in_force[1].get(subject, ())


def regulations() -> QuerySet[Regulation]:
    """The company's regulations."""
    return Regulation.objects.filter(scope=EVERYBODY).order_by("code", "id")


def regulation(identity: str) -> Regulation:
    """The regulation with this id. Raises NotFound."""
    found = regulations().filter(pk=identity).first()
    if found is None:
        raise NotFound(_("没有这项制度：%(id)s") % {"id": identity})
    return found


def editions_of(identity: str, *, at: datetime) -> list[tuple[Edition, EditionState]]:
    """A regulation's editions with their states at an instant, newest first.

    Which one follows which is decided by when they take effect: of two drafts the later one may be announced first.
    """
    found = []
    editions = list(_editions().filter(regulation=identity).order_by("-n").defer("source"))
    instants = sorted(edition.effective_from for edition in editions if edition.effective_from is not None)
    follows = dict(pairwise(instants))
    for edition in editions:
        state = rules.state_of(
            approved_at=edition.approved_at,
            published_at=edition.published_at,
            effective_from=edition.effective_from,
            next_effective=follows.get(edition.effective_from) if edition.effective_from else None,
            at=at,
            submitted_at=edition.submitted_at,
            withdrawn_at=edition.withdrawn_at,
        )
        found.append((edition, EditionState(state)))
    return found


def state_of(edition: Edition, at: datetime) -> EditionState:
    """The state of an edition at an instant."""
    states = editions_of(edition.regulation_id, at=at)
    return next(state for one, state in states if one.pk == edition.pk)


def edition(identity: str, n: int) -> Edition:
    """One edition by its number. Raises NotFound."""
    found = _editions().filter(regulation=identity, n=n).first()
    if found is None:
        raise NotFound(_("没有这一版：%(id)s 第 %(n)s 版") % {"id": identity, "n": n})
    return found


def published_edition(identity: str, n: int) -> Edition:
    """One that was published. Raises NotFound."""
    found = edition(identity, n)
    if found.published_at is None:
        raise NotFound(_("这一版还没有公告。"))
    return found


def drafts(identity: str = "") -> list[Edition]:
    """What is drafted and neither published nor withdrawn, of one regulation or of all, newest first."""
    rows = _editions().filter(published_at=None, withdrawn_at=None)
    rows = rows.filter(regulation=identity) if identity else rows
    return list(rows.select_related("regulation").defer("source", "answers").order_by("-drafted_at", "-pk"))


def newest_edition(identity: str) -> Edition | None:
    """The edition published last, in force or announced."""
    return _published().filter(regulation=identity).order_by("-effective_from").first()


def newest_of(identities: Iterable[str], *, at: datetime | None = None) -> dict[str, int]:
    """By regulation the id of the edition published last; with `at` of the one in force then."""
    rows = _published().filter(regulation__in=set(identities))
    rows = rows if at is None else rows.filter(effective_from__lte=at)
    return dict(rows.order_by("effective_from").values_list("regulation_id", "pk"))


def edition_in_force(identity: str, *, at: datetime) -> Edition | None:
    """The edition of a regulation that governs what starts at an instant."""
    in_force = _published().filter(regulation=identity, effective_from__lte=at)
    return in_force.order_by("-effective_from").first()


def documents_in_force(at: datetime) -> list[Reading]:
    """Each regulation's edition in force at an instant, by number."""
    newest: dict[str, Edition] = {}
    in_force = _published().filter(effective_from__lte=at).select_related("regulation")
    for found in in_force.order_by("regulation__code", "regulation_id", "effective_from"):
        newest[found.regulation_id] = found
    return [read(found) for found in newest.values()]


def clause(identity: str, number: str, *, at: datetime) -> Clause:
    """A clause of a regulation as it stood at an instant; for a promise's clause that is its edition's.

    Raises NotFound.
    """
    in_force = edition_in_force(identity, at=at)
    found = read(in_force).document.clause(number) if in_force else None
    if found is None:
        raise NotFound(_("制度 %(id)s 没有第 %(number)s 条") % {"id": identity, "number": number})
    return found


def open_questions(identity: str) -> tuple[Question, ...]:
    """What the newest published edition still leaves to the company."""
    newest = newest_edition(identity)
    return questions_of(read(newest).controls) if newest else ()


def roles_named(readings: Sequence[Reading]) -> dict[str, str]:
    """Posts and departments that these editions name, each with what the text calls them."""
    named: dict[str, str] = {}
    for reading in readings:
        for code, label in reading.document.roles_named().items():
            if named.get(code, code) == code:
                named[code] = label
    return named


@dataclass(frozen=True, slots=True)
class NamedPost:
    """A post or department that a text names: `kind` is "post", "department", or "" where it is not there yet;
    `called` is what the text calls it, where that is another name."""

    code: str
    name: str
    kind: str
    people: Sequence[User]
    called: str = ""

    @property
    def is_fillable(self) -> bool:
        """Whether an adoption may say who stands behind it: nobody does, and it is no department."""
        return not self.people and self.kind != "department"


def posts_named(document: Document, at: datetime) -> list[NamedPost]:
    """The posts and departments that hold a text, highest first, with who stands behind each now."""
    codes = highest_first(document.posts_named())
    kinds, names = people.owner_kinds(codes), people.owner_names(codes)
    behind = people.people_behind_many(codes, at)
    called = document.roles_named()
    return [
        NamedPost(
            code,
            names[code] if code in kinds else called.get(code, code),
            kinds.get(code, ""),
            tuple(behind[code]),
            called[code] if code in kinds and called.get(code, code) not in (code, names[code]) else "",
        )
        for code in codes
    ]


def published_by(at: datetime) -> list[Edition]:
    """Every edition that is or was in force by an instant, in the order in which they took effect."""
    rows = _published().filter(effective_from__lte=at).order_by("effective_from", "id")
    return list(rows.defer("source", "answers"))


def to_review(today: date, at: datetime) -> list[Edition]:
    """Editions in force whose day of review has come, of each regulation the newest."""
    rows = _published().filter(review_on__lte=today, effective_from__lte=at).select_related("regulation")
    due = list(rows.defer("source", "answers").order_by("review_on", "pk"))
    newest = newest_of((row.regulation_id for row in due), at=at) if due else {}
    return [row for row in due if newest[row.regulation_id] == row.pk]


def announced(at: datetime) -> dict[str, Edition]:
    """By regulation the edition that is published and not in force yet; of several the first."""
    rows = _published().filter(effective_from__gt=at).select_related("regulation")
    return {row.regulation_id: row for row in rows.order_by("-effective_from")}


def sound_packs() -> list[Document]:
    """The ready regulations in which nothing is wrong."""
    return [pack for pack in ready_packs() if not pack.faults]


def packs_to_adopt() -> list[Document]:
    """The ready regulations that are sound and that the company has not adopted."""
    adopted = set(_published().values_list("regulation_id", flat=True))
    return [pack for pack in sound_packs() if pack.id not in adopted]


def pack_to_adopt(identity: str) -> Document:
    """A ready regulation by its id. Raises NotFound."""
    found = ready_pack(identity)
    if found is None:
        raise NotFound(_("没有这项现成的制度：%(id)s") % {"id": identity})
    return found


def named_codes(at: datetime) -> dict[str, list[str]]:
    """Every post and department that editions in force name, each with the clauses that do: `KY-ZD-003 4.1.1`."""
    named: dict[str, list[str]] = {}
    for reading in documents_in_force(at):
        number = reading.edition.regulation.code or reading.edition.regulation.title
        if reading.document.keeper:
            named.setdefault(reading.document.keeper, []).append(number)
        for control in reading.controls:
            for code in control.posts:
                places = named.setdefault(code, [])
                place = f"{number} {control.clause}"
                if place not in places:
                    places.append(place)
    return named


def keeper_of(identity: str) -> str:
    """The post that keeps a regulation; "" where none is named or the regulation is unknown."""
    return Regulation.objects.filter(pk=identity).values_list("keeper", flat=True).first() or ""


def _editions() -> QuerySet[Edition]:
    """The editions of the company's own regulations."""
    return Edition.objects.filter(regulation__scope=EVERYBODY)


def _published() -> QuerySet[Edition]:
    return _editions().filter(published_at__isnull=False)


def _effective(edition: Edition) -> datetime:
    if edition.effective_from is None:
        raise ValueError(f"{edition} is not published")
    return edition.effective_from
