"""How an article is shown as a subject of promises."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from django.urls import reverse
from django.utils.translation import gettext as _

from keyue.knowledge import selectors
from keyue.knowledge.folding import ARTICLE
from keyue.ledger.facts import Subject
from keyue.people.models import User
from keyue.promises.models import Promise
from keyue.promises.subjects import About, Derived, SubjectKind


def project(derived: Mapping[Subject, Derived]) -> None:
    """An article's columns are written by the actions; its promises stand in the promises' own table."""


def numbers(ids: Iterable[int]) -> dict[int, str]:
    """What people call articles, by id."""
    return selectors.numbers_of(ids)


def abouts(user: User, rows: Sequence[Promise]) -> dict[int, About]:
    """What promises about articles are about, as far as the reader may see them."""
    found = selectors.titles_of(user, {row.subject_id for row in rows})
    return {
        row.pk: About(
            number=number,
            title=_("%(name)s：%(title)s") % {"name": row.name, "title": title},
            url=reverse("knowledge:article", args=[row.subject_id]),
            kind=_("文章"),
        )
        for row in rows
        if row.subject_id in found
        for number, title in [found[row.subject_id]]
    }


ARTICLE_SUBJECT = SubjectKind(
    model=ARTICLE,
    project=project,
    sealed_for=lambda subject: subject,
    numbers=numbers,
    abouts=abouts,
    is_projected=False,
)
