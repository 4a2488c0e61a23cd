"""Reading canned answers and troubleshooting trees. Fetching is authorising: what takes a viewer returns what they may use or
look after."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from keyue.kernel import cursors
from keyue.kernel.errors import Invalid, NotFound
from keyue.kernel.grams import folded
from keyue.knowledge.enums import EditionState, Scope, ScriptKind, ScriptState
from keyue.knowledge.models import Script, ScriptEdition
from keyue.people.enums import Permission
from keyue.people.models import User
from keyue.people.permissions import allows

MOST = 100
MOST_OFFERED = 8


@dataclass(frozen=True, slots=True)
class ScriptRow:
    """A script in a list, with the edition that stands for it: the one in use, else the newest."""

    script: Script
    edition: ScriptEdition
    is_waiting: bool


def visible_to(viewer: User) -> QuerySet[Script]:
    """The scripts that `viewer` may read: the one place that decides it. Who approves reads all; others what they may use, and
    what is theirs. What is being written, who writes reads."""
    rows = Script.objects.select_related("owner")
    if not allows(viewer, Permission.ARTICLE_VIEW):
        return rows.none()
    if allows(viewer, Permission.ARTICLE_APPROVE):
        return rows
    rows = rows.filter(_theirs(viewer) | Q(owner=viewer))
    return rows if allows(viewer, Permission.ARTICLE_EDIT) else rows.filter(state=ScriptState.PUBLISHED)


def _theirs(viewer: User, prefix: str = "") -> Q:
    department = viewer.department.code if viewer.department else ""
    found = Q(**{f"{prefix}scope": Scope.ALL})
    found |= Q(**{f"{prefix}scope": Scope.PERSON, f"{prefix}owner": viewer})
    if department:
        found |= Q(**{f"{prefix}scope": Scope.DEPARTMENT, f"{prefix}department": department})
    return found


def script_for(viewer: User, pk: int) -> Script:
    """A script that `viewer` may read. Raises NotFound."""
    found = visible_to(viewer).filter(pk=pk).first()
    if found is None:
        raise NotFound(_("没有这条话术，或您不能看。"))
    return found


def editions_of(viewer: User, script: Script) -> list[ScriptEdition]:
    """Its editions that `viewer` may read, the newest first."""
    rows = script.editions.order_by("-n")
    if not allows(viewer, Permission.ARTICLE_EDIT) and not allows(viewer, Permission.ARTICLE_APPROVE):
        rows = rows.filter(state__in=[EditionState.PUBLISHED, EditionState.SUPERSEDED])
    return list(rows)


@dataclass(frozen=True, slots=True)
class ScriptPage:
    """Some scripts; `next` is the cursor of the page after them, empty on the last."""

    rows: Sequence[ScriptRow]
    next: str


def script_rows(viewer: User, *, kind: str, text: str = "", show: str = "") -> list[ScriptRow]:
    """Scripts of a kind, by code; at most a hundred."""
    return _rows(_matching(viewer, kind, text, show).order_by("code")[:MOST])


def script_page(
    viewer: User, *, kind: str, text: str = "", show: str = "", cursor: str = "", size: int = MOST
) -> ScriptPage:
    """Scripts of a kind in the order in which they were begun. Raises Invalid for a cursor."""
    try:
        after = cursors.number(cursor) if cursor else 0
    except ValueError:
        said = _("翻页标记不对，请从第一页重新开始。")
        raise Invalid(said, fields={"cursor": said}, code="bad_cursor") from None
    found = _rows(_matching(viewer, kind, text, show).filter(pk__gt=after).order_by("pk")[: size + 1])
    more = len(found) > size
    return ScriptPage(found[:size], str(found[size - 1].script.pk) if more else "")


def _matching(viewer: User, kind: str, text: str, show: str) -> QuerySet[Script]:
    rows = visible_to(viewer).filter(kind=kind)
    rows = (
        rows.filter(state=ScriptState.WITHDRAWN)
        if show == "withdrawn"
        else rows.exclude(state=ScriptState.WITHDRAWN)
    )
    if show == "submitted":
        rows = rows.filter(editions__state=EditionState.SUBMITTED)
    for word in folded(text).split()[:5]:
        rows = rows.filter(editions__search_text__contains=word)
    return rows.distinct()


def _rows(scripts: Iterable[Script]) -> list[ScriptRow]:
    found = list(scripts)
    of: dict[int, list[ScriptEdition]] = {row.pk: [] for row in found}
    for edition in ScriptEdition.objects.filter(script__in=of).order_by("-n"):
        of[edition.script_id].append(edition)
    return [_row(row, of[row.pk]) for row in found]


def _row(script: Script, editions: Sequence[ScriptEdition]) -> ScriptRow:
    return ScriptRow(
        script, shown_edition(editions), any(one.state == EditionState.SUBMITTED for one in editions)
    )


def shown_edition(editions: Sequence[ScriptEdition]) -> ScriptEdition:
    """The one in use, else the newest. Raises NotFound where there is none to read."""
    if not editions:
        raise NotFound(_("没有这条话术，或您不能看。"))
    return next((one for one in editions if one.state == EditionState.PUBLISHED), editions[0])


def usable_by(user: User, kind: str = "") -> QuerySet[ScriptEdition]:
    """The approved editions that `user` may use now."""
    rows = ScriptEdition.objects.filter(
        _theirs(user, "script__"), state=EditionState.PUBLISHED, script__state=ScriptState.PUBLISHED
    ).select_related("script")
    return rows.filter(script__kind=kind) if kind else rows


def offered(user: User, *, text: str, way: str = "", most: int = MOST_OFFERED) -> list[ScriptEdition]:
    """Canned answers that `user` may send by a way and that hold a text: whose code begins so first, then titles, then words.
    A part of a word, pinyin or initials do."""
    word = folded(text).lstrip("/")
    rows = usable_by(user, ScriptKind.CANNED)
    for part in word.split()[:5]:
        rows = rows.filter(Q(search_text__contains=part) | Q(script__code__contains=part))
    found = [
        one
        for one in rows.order_by("script__code")[:200]
        if not way or not one.script.ways or way in one.script.ways
    ]
    return sorted(found, key=lambda one: _rank(one, word))[:most]


def _rank(edition: ScriptEdition, word: str) -> tuple[int, str]:
    code, title = edition.script.code, folded(edition.title)
    if not word or code == word:
        return 0, code
    return (1 if code.startswith(word) else 2 if word in title else 3), code


def trees_for(user: User) -> list[ScriptEdition]:
    """The troubleshooting trees that `user` may walk, by title."""
    return list(usable_by(user, ScriptKind.TREE).order_by("title")[:MOST])


def tree_for(user: User, pk: int) -> ScriptEdition:
    """The approved edition of a tree, by the script's id. Raises NotFound."""
    found = usable_by(user, ScriptKind.TREE).filter(script_id=pk).first()
    if found is None:
        raise NotFound(_("没有这个排查流程，或它还没有批准。"))
    return found


def trees_naming(user: User, number: str) -> list[ScriptEdition]:
    """The trees with an outcome that names an article."""
    return list(usable_by(user, ScriptKind.TREE).filter(body__icontains=number).order_by("title")[:10])


def kept_by(user: User) -> QuerySet[Script]:
    """Scripts in use or being written that somebody answers for."""
    return Script.objects.exclude(state=ScriptState.WITHDRAWN).filter(owner=user)


def codes_of(ids: Iterable[int]) -> dict[int, str]:
    """Short codes, by id."""
    return dict(Script.objects.filter(pk__in=list(ids)).values_list("pk", "code"))
