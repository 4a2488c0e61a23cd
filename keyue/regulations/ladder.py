"""The steps of approval: what waits, whose turn it is, and who may decide it. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keyue.kernel.errors import Refused
from keyue.ledger import selectors as ledger
from keyue.ledger.facts import Actor, Subject
from keyue.people import selectors as people
from keyue.people.models import User
from keyue.regulations import rules, selectors
from keyue.regulations.events import Event
from keyue.regulations.models import ApprovalStep, Edition, EditionReview

PROPOSED = ((gettext_lazy("法务审核"), "legal_head"), (gettext_lazy("分管领导批准"), "service_head"))
"""What the settings propose to a company that has no steps: name, and the code of the post."""
WRITING = frozenset({Event.EDITION_DRAFTED, Event.EDITION_REVISED, Event.EDITION_SUBMITTED})


@dataclass(frozen=True, slots=True)
class StepView:
    """A step of a draft as the page shows it: `able` are those who can decide it now. With nobody it waits."""

    n: int
    name: str
    post: str
    post_name: str
    able: Sequence[User]
    review: EditionReview | None = None
    decided_by: str = ""

    @property
    def is_waiting(self) -> bool:
        return self.review is not None and self.review.asked_at is not None and self.review.decided_at is None

    @property
    def tone(self) -> str:
        if self.review is None or self.review.asked_at is None:
            return "idle"
        if self.review.approved is None:
            return "soon"
        return "kept" if self.review.approved else "late"


def steps() -> list[ApprovalStep]:
    """The company's ladder, in order; empty where it has set none."""
    return list(ApprovalStep.objects.order_by("n"))


def stage(edition: Edition) -> str:
    """How far an edition is before it is published: withdrawn, drafted, submitted, approved; else published."""
    if edition.published_at is not None:
        return "published"
    return rules.draft_state(
        approved_at=edition.approved_at,
        submitted_at=edition.submitted_at,
        withdrawn_at=edition.withdrawn_at,
    )


def check_draft(edition: Edition) -> None:
    """Raises Refused, with a sentence that says what to do instead, for what cannot be written any more."""
    if edition.withdrawn_at is not None:
        raise Refused(_("这份草案已经撤回，要改请另起草一版。"))
    if edition.published_at is not None or edition.approved_at is not None:
        raise Refused(_("第 %(n)d 版已经批准，内容不能再改；要改请另起草一版。") % {"n": edition.n})
    if edition.submitted_at is not None:
        raise Refused(_("第 %(n)d 版正在审批，内容不能改；要改请先收回。") % {"n": edition.n})


def check_approved(edition: Edition) -> None:
    """Raises Refused, with a sentence that says what to do instead, for what cannot be published: not yet, or no more."""
    if edition.withdrawn_at is not None:
        raise Refused(_("第 %(n)d 版已经撤回，不能公告；要用请另起草一版。") % {"n": edition.n})
    if edition.published_at is not None:
        raise Refused(_("第 %(n)d 版已经公告，不用再公告；要改请另起草一版。") % {"n": edition.n})
    if edition.approved_at is None:
        raise Refused(
            _("第 %(n)d 版还没有通过全部审批步骤：已批准的版本才能公告，请先送审，等各步骤同意。")
            % {"n": edition.n}
        )


def waiting_review(edition: Edition) -> EditionReview | None:
    """The step whose turn it is; None where the edition is not under review."""
    if stage(edition) != "submitted":
        return None
    return edition.reviews.filter(asked_at__isnull=False, decided_at=None).order_by("-turn", "n").first()


def writers_of(edition: Edition) -> frozenset[int]:
    """Everybody on the staff who drafted, revised or submitted an edition, or had a part in the text it began with."""
    chain = ledger.chain_of(Subject("regulation", edition.regulation_id))
    written = [fact for fact in chain if fact.kind in WRITING and fact.data.get("edition") == edition.n]
    by = {staff_of(f"{fact.actor_kind}:{fact.actor_id}") for fact in written}
    by.update(person for fact in written for person in fact.data.get("writers", ()))
    return frozenset(person for person in by if person is not None)


def deciders_of(edition: Edition, *, but: int) -> frozenset[int]:
    """Who has decided another step of an edition than `but`, in any of its submissions."""
    return _deciders(edition.reviews.filter(decided_at__isnull=False), but)


def _deciders(rows: Iterable[EditionReview], but: int) -> frozenset[int]:
    return frozenset(
        person for row in rows if row.n != but and (person := staff_of(row.decided_by or "")) is not None
    )


def able(edition: Edition, review: EditionReview, at: datetime) -> list[User]:
    """Those who can decide a step now: behind its post, no writer of the draft, and not of another step."""
    barred = writers_of(edition) | deciders_of(edition, but=review.n)
    return [person for person in people.people_behind(review.post, at) if person.pk not in barred]


def why_not(edition: Edition, review: EditionReview, by: Actor, at: datetime) -> str:
    """Why somebody may not decide a step, as a sentence; "" where they may."""
    person = staff_of(f"{by.kind}:{by.id}")
    if person not in {user.pk for user in people.people_behind(review.post, at)}:
        name = people.owner_names([review.post])[review.post]
        return _("「%(step)s」由%(post)s决定。") % {"step": review.name, "post": name}
    if person in writers_of(edition):
        return _("参与起草的人不能审批这一版。")
    if person in deciders_of(edition, but=review.n):
        return _("您已经审批过这一版的另一个步骤，同一版不能由一个人审批两步。")
    return ""


def step_views(edition: Edition, at: datetime) -> list[StepView]:
    """The steps of an edition: of its last submission, else those that the company has now."""
    rows = list(edition.reviews.order_by("turn", "n"))
    last = rows[-1].turn if rows and edition.submitted_at is not None else 0
    reviews = [row for row in rows if row.turn == last]
    asked: list[tuple[int, str, str, EditionReview | None]] = [(r.n, r.name, r.post, r) for r in reviews]
    if not reviews and edition.approved_at is None:
        asked = [(step.n, step.name, step.post, None) for step in steps()]
    posts = {post for _n, _name, post, _review in asked}
    names = people.owner_names(posts) if posts else {}
    # who could decide is asked only where something is still to be decided
    is_open = any(review is None or review.decided_at is None for *_one, review in asked)
    behind = people.people_behind_many(posts, at) if is_open else {}
    writers = writers_of(edition) if is_open else frozenset()
    deciders = _deciders(rows, but=0)
    known = people.names_of(deciders) if deciders else {}
    return [
        StepView(
            n,
            name,
            post,
            names[post],
            [one for one in behind.get(post, ()) if one.pk not in writers | _deciders(rows, but=n)],
            review,
            known.get(staff_of(review.decided_by or "") or 0, "") if review else "",
        )
        for n, name, post, review in asked
    ]


def needs_review(newest: Edition, at: datetime) -> bool:
    """Whether other answers to an edition pass the company's steps: there are some, and it runs or has passed them."""
    if not steps():
        return False
    return (
        selectors.edition_in_force(newest.regulation_id, at=at) is not None
        or newest.reviews.filter(approved=True).exists()
    )


def refusals(edition: Edition) -> list[EditionReview]:
    """Why a draft came back: the refusals of its submissions, newest first."""
    return list(edition.reviews.filter(approved=False).order_by("-decided_at"))


def waiting() -> QuerySet[EditionReview]:
    """Every step that waits for somebody, oldest first."""
    rows = EditionReview.objects.filter(
        asked_at__isnull=False,
        decided_at=None,
        edition__submitted_at__isnull=False,
        edition__approved_at=None,
        edition__withdrawn_at=None,
    )
    return rows.select_related("edition").order_by(F("asked_at"), "pk")


def waiting_for(user: User, at: datetime) -> list[EditionReview]:
    """The steps that this person can decide now. One query where nothing waits for their posts."""
    codes = people.owner_codes_of(user, at)
    if not codes:
        return []
    by = Actor("staff", str(user.pk))
    return [row for row in waiting().filter(post__in=codes) if not why_not(row.edition, row, by, at)]


def staff_of(by: str) -> int | None:
    """The id of the member of staff whom an edition names (`staff:7`); None where it was somebody else."""
    kind, _colon, identity = by.partition(":")
    return int(identity) if kind == "staff" and identity.isdecimal() else None
