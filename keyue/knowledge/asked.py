"""Reading what was asked of the product itself. Everything here is masked; still it is for those alone who write articles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from keyue.kernel.errors import Invalid, NotFound
from keyue.knowledge.enums import Answered, GroupState, Useful
from keyue.knowledge.models import Question, QuestionGroup
from keyue.people.enums import Permission
from keyue.people.models import User
from keyue.people.permissions import allows

PAGE = 25
FIGURES_OVER = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows; `next` is the cursor of the page after them, empty on the last."""

    rows: Sequence[Any]
    next: str
    count: int


@dataclass(frozen=True, slots=True)
class Figures:
    """How automatic answers did over some days."""

    asked: int
    answered: int
    useful: int
    useless: int

    @property
    def answered_share(self) -> int | None:
        """Percent of questions that had an answer; None where nothing was asked."""
        return round(100 * self.answered / self.asked) if self.asked else None

    @property
    def useful_share(self) -> int | None:
        """Percent of judged answers that helped; None where nobody said."""
        judged = self.useful + self.useless
        return round(100 * self.useful / judged) if judged else None


def groups_for(viewer: User) -> QuerySet[QuestionGroup]:
    """The questions without an answer that `viewer` may see: all, for who writes articles."""
    rows = QuestionGroup.objects.select_related("near__owner", "article")
    return rows if allows(viewer, Permission.ARTICLE_EDIT) else rows.none()


def group_for(viewer: User, pk: int) -> QuestionGroup:
    """Raises NotFound."""
    found = groups_for(viewer).filter(pk=pk).first()
    if found is None:
        raise NotFound(_("没有这组问题，或您不能看。"))
    return found


def group_page(viewer: User, *, show: str = "", cursor: str = "") -> Page:
    """Groups, those asked most often first. `mine`: where the closest article is the viewer's, or there is none."""
    rows = groups_for(viewer)
    if show == "decided":
        rows = rows.exclude(state=GroupState.OPEN).order_by("-decided_at", "-pk")
    else:
        rows = rows.filter(state=GroupState.OPEN).order_by("-count", "-last_at", "-pk")
        if show == "mine":
            rows = rows.filter(Q(near=None) | Q(near__owner=viewer) | Q(near__editor=viewer))
    return _page(rows, cursor)


def open_count(viewer: User) -> int:
    """How many groups wait for somebody."""
    return groups_for(viewer).filter(state=GroupState.OPEN).count()


def questions_for(viewer: User) -> QuerySet[Question]:
    """The questions that `viewer` may see: all, for who writes articles."""
    rows = Question.objects.select_related("article")
    return rows if allows(viewer, Permission.ARTICLE_EDIT) else rows.none()


def question_page(viewer: User, *, show: str = "", via: str = "", cursor: str = "") -> Page:
    """Questions, the newest first."""
    conditions = {
        "answered": Q(outcome=Answered.ANSWERED),
        "unanswered": Q(outcome=Answered.UNANSWERED),
        "useless": Q(useful=Useful.NO),
        "model": ~Q(model=""),
    }
    rows = questions_for(viewer).filter(conditions.get(show, Q()))
    if via:
        rows = rows.filter(via=via)
    return _page(rows.order_by("-at", "-pk"), cursor)


def figures(now: datetime) -> Figures:
    """Over the last thirty days."""
    rows = Question.objects.filter(at__gt=now - FIGURES_OVER)
    found = rows.aggregate(
        n_asked=Count("pk"),
        n_answered=Count("pk", filter=Q(outcome=Answered.ANSWERED)),
        n_useful=Count("pk", filter=Q(useful=Useful.YES)),
        n_useless=Count("pk", filter=Q(useful=Useful.NO)),
    )
    return Figures(*(found[name] for name in ("n_asked", "n_answered", "n_useful", "n_useless")))


def answered_question(uid: UUID) -> Question | None:
    """A question that was answered: who has its identity asked it."""
    return Question.objects.filter(uid=uid, outcome=Answered.ANSWERED).first()


def _page(rows: QuerySet[Any], cursor: str) -> Page:
    if cursor and not (cursor.isdecimal() and len(cursor) < 9):
        said = _("翻页标记不对，请从第一页重新开始。")
        raise Invalid(said, fields={"cursor": said}, code="bad_cursor")
    start = int(cursor or 0)
    found = list(rows[start : start + PAGE + 1])
    return Page(found[:PAGE], str(start + PAGE) if len(found) > PAGE else "", rows.count())
