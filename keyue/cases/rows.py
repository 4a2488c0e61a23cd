"""Lines of the list, out of cases: customers under their masks, owners by name, clauses with their rate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.urls import reverse
from django.utils.translation import gettext as _

from keyue.cases import acts
from keyue.cases.book import Book, face_of
from keyue.cases.cards import ActLink, CaseRow
from keyue.cases.enums import LEVEL_BARS, Channel, Exit, Level, Stage
from keyue.cases.links import case_url
from keyue.cases.models import Case
from keyue.cases.wording import label
from keyue.customers import selectors as customers
from keyue.customers.cards import CustomerCard
from keyue.people import selectors as people
from keyue.people.models import User
from keyue.people.permissions import allows
from keyue.promises.models import Promise

EXCERPT = 160


def rows_of(
    user: User,
    cases: Sequence[Case],
    book: Book,
    *,
    owed: Mapping[int, Promise] | None = None,
    excerpt: bool = False,
) -> list[CaseRow]:
    """The lines of these cases. `owed`: the promises to show instead of each case's first one."""
    shown = {case.pk: (owed or {}).get(case.pk, case.next_promise) for case in cases}
    book.know(promise for promise in shown.values() if promise is not None)
    cards = customers.customer_cards(case.customer_id for case in cases if case.customer_id)
    names = people.owner_names(p.owner for p in shown.values() if p is not None and p.holder_id is None)
    return [_row(user, case, shown[case.pk], cards, names, book, excerpt) for case in cases]


def _row(
    user: User,
    case: Case,
    promise: Promise | None,
    cards: Mapping[int, CustomerCard],
    names: Mapping[str, str],
    book: Book,
    excerpt: bool,
) -> CaseRow:
    card = cards.get(case.customer_id) if case.customer_id else None
    holder = promise.holder if promise is not None else None
    owner = names.get(promise.owner, promise.owner) if promise is not None else ""
    return CaseRow(
        number=case.number,
        url=case_url(case.number),
        title=case.title,
        customer=card.shown_name if card else _("匿名"),
        grade=card.grade if card else "",
        level=LEVEL_BARS.get(case.level, 0),
        level_label=label(Level, case.level),
        stage=label(Stage, case.stage),
        channel=label(Channel, case.channel),
        received_at=case.received_at,
        who=holder.name if holder is not None else owner,
        is_held=holder is not None,
        is_mine=holder is not None and holder.pk == user.pk,
        face=face_of(promise, case) if promise is not None else None,
        clause=book.tag(promise.regulation, promise.clause, promise.name) if promise is not None else None,
        promise=promise.name if promise is not None else "",
        ended=label(Exit, case.exit) if not case.is_open else "",
        act=main_act(user, case, promise, book),
        assign=_assign(user, case),
        excerpt=case.content[:EXCERPT] if excerpt else "",
    )


def act_link(code: str, number: str, key: str = "") -> ActLink:
    """An act on a case as a button."""
    act = acts.act_named(code)
    return ActLink(code, str(act.label), reverse("cases:act", args=[number, code]), act.icon, key)


def main_act(user: User, case: Case, promise: Promise | None, book: Book) -> ActLink | None:
    """What this person would do to keep a promise, if they may; whether the state allows it, the form says."""
    control = book.control(promise) if promise is not None else None
    act = acts.act_in_row(control, promise, user, case)
    return act_link(act.code, case.number, "e") if act is not None else None


def _assign(user: User, case: Case) -> ActLink | None:
    code = "reassign" if case.lead else "assign"
    if not case.is_open or not allows(user, acts.act_named(code).permission):
        return None
    return act_link(code, case.number, "a")
