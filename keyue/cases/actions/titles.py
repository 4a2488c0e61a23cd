"""What a case is called, and the views of the list that people keep for themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.cases.actions.core import change, check, locked, record, text_of
from keyue.cases.actions.indexing import forget_text, index_text
from keyue.cases.actions.intake import TITLE
from keyue.cases.events import CaseRetitled
from keyue.cases.models import Case, SavedView
from keyue.kernel.errors import Invalid, NotFound, Refused
from keyue.ledger.facts import Actor
from keyue.promises.actions.undoing import MINUTES, UNDO

MOST_VIEWS = 20
NAME = 40


@dataclass(frozen=True, slots=True)
class Dropped:
    """What a dropped view was."""

    name: str
    query: str
    position: int
    at: datetime


@transaction.atomic
def retitle(
    case_id: int, *, title: str, by: Actor, at: datetime, source: str = "web", rev: int | None = None
) -> Case:
    """Give the case another title; both stand sealed in the fact. Raises Invalid, or Refused as `check`."""
    case = locked(case_id)
    check(case, "retitle", rev=rev)
    fresh = text_of(" ".join(title.split()), field="title", most=TITLE)
    if fresh == case.title:
        return case
    sealed = {"title_old": case.title, "title_new": fresh}
    change(case, title=fresh)
    forget_text(case.pk, "title")
    index_text(case.pk, "title", f"{case.number} {fresh}")
    record(case, [CaseRetitled()], by=by, at=at, source=source, sealed=sealed)
    return case


@transaction.atomic
def save_view(*, name: str, query: str, by: Actor, at: datetime, position: int | None = None) -> SavedView:
    """Keep the filters of a list under a name, for the person alone."""
    mine = SavedView.objects.filter(user=int(by.id))
    name = _checked_name(name, by)
    if mine.count() >= MOST_VIEWS:
        raise Refused(_("最多保存 %(most)d 个视图，请先删除用不着的。") % {"most": MOST_VIEWS})
    if len(query) > 500:
        raise Invalid(_("条件太长，不能保存。"), fields={"name": _("条件太长，不能保存。")})
    if position is None:
        position = (mine.order_by("-position").values_list("position", flat=True).first() or 0) + 1
    return SavedView.objects.create(user_id=int(by.id), name=name, query=query, position=position)


def restore_view(*, dropped: Dropped, by: Actor, at: datetime) -> SavedView:
    """Bring back a view that the person has just dropped, at its old place. Raises as `save_view`."""
    if at - dropped.at > UNDO:
        raise Refused(_("已过 %(n)d 分钟，不能再撤销。") % {"n": MINUTES}, code="too_late")
    return save_view(name=dropped.name, query=dropped.query, position=dropped.position, by=by, at=at)


@transaction.atomic
def rename_view(pk: int, *, name: str, by: Actor, at: datetime) -> SavedView:
    """Another name for one's own view."""
    view = _own(pk, by)
    view.name = _checked_name(name, by, but=pk)
    view.save(update_fields=["name"])
    return view


@transaction.atomic
def delete_view(pk: int, *, by: Actor, at: datetime) -> Dropped:
    """Drop one's own view; the cases stay where they are. What it was can be brought back for some minutes."""
    view = _own(pk, by)
    view.delete()
    return Dropped(view.name, view.query, view.position, at)


def _own(pk: int, by: Actor) -> SavedView:
    view = SavedView.objects.filter(pk=pk, user=int(by.id)).first()
    if view is None:
        raise NotFound(_("没有这个视图。"))
    return view


def _checked_name(name: str, by: Actor, but: int | None = None) -> str:
    name = text_of(name, field="name", most=NAME)
    same = SavedView.objects.filter(user=int(by.id), name=name)
    if (same.exclude(pk=but) if but is not None else same).exists():
        sentence = _("您已有一个叫「%(name)s」的视图。") % {"name": name}
        raise Invalid(sentence, fields={"name": sentence})
    return name
