"""Two files of one customer become one, and two again. Nothing moves: the loser is an alias of the one that stays.

The active merges are a forest. Each customer's `merged_into` names the root of its tree directly, so that who stands
for a customer is found in one step however often files were merged; who was merged into whom says `Merge`. Every act
holds the rows of the roots that it touches, so that no two make a ring.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.customers.actions._ground import WEB, note, refuse_erased, signature
from keyue.customers.enums import PairState, Secrecy
from keyue.customers.events import CustomerMerged, CustomerUnmerged
from keyue.customers.models import Customer, DuplicatePair, Merge
from keyue.kernel.errors import Refused
from keyue.ledger.facts import Actor

NARROWNESS = list(Secrecy.values)
MOST_TRIES = 5


@transaction.atomic
def merge(
    *,
    loser: Customer,
    into: Customer,
    by: Actor,
    at: datetime,
    score: float | None = None,
    reasons: Sequence[str] = (),
    automatic: bool = False,
    via: str = WEB,
) -> Merge:
    """Make `loser` an alias of `into`; where either is an alias already, whoever stands for it is meant.

    `score` and `reasons` (sentences in Chinese, nobody's data in them) say what spoke for it. Raises Refused: both are
    one already, one is a person and one an organisation, one has been erased, or more people would see what is secret.
    """
    gone, stays = _locked_roots(loser.pk, into.pk)
    refuse_unlike(gone, stays)
    made = Merge.objects.create(
        loser=gone,
        into=stays,
        score=score,
        reasons=list(reasons),
        is_automatic=automatic,
        merged_at=at,
        merged_by=signature(by),
    )
    Customer.objects.filter(pk=gone.pk).update(merged_into=stays)
    # those who were merged into the loser before: they still find who stands for them in one step
    Customer.objects.filter(merged_into=gone).update(merged_into=stays)
    _decide(gone, stays, by=by, at=at)
    note(gone, CustomerMerged(merge=str(made.pk), into=str(stays.pk)), by=by, at=at, via=via)
    note(stays, CustomerMerged(merge=str(made.pk), alias=str(gone.pk)), by=by, at=at, via=via)
    return made


def refuse_unlike(gone: Customer, stays: Customer) -> None:
    """Raises Refused where two files cannot be one."""
    if gone.pk == stays.pk:
        raise Refused(_("这两份档案已经是同一个客户。"), code="same_customer")
    for row in (gone, stays):
        refuse_erased(row)
    if gone.kind != stays.kind:
        raise Refused(_("一份是单位，一份是个人，不能合并。"), code="kinds_differ")
    if NARROWNESS.index(gone.secrecy) > NARROWNESS.index(stays.secrecy):
        raise Refused(
            _("%(gone)s 的密级高于 %(stays)s，合并后会被更多人看到。请保留密级高的一份，或先调整密级。")
            % {"gone": gone.number, "stays": stays.number},
            code="secrecy_differs",
        )


def _locked_roots(one: int, other: int) -> tuple[Customer, Customer]:
    """Who stands for these two, their rows ours alone until the transaction ends."""
    for _try in range(MOST_TRIES):
        roots = [_root(one), _root(other)]
        rows = {
            row.pk: row for row in Customer.objects.select_for_update().filter(pk__in=roots).order_by("pk")
        }
        if all(row.merged_into_id is None for row in rows.values()):
            return rows[roots[0]], rows[roots[1]]
    raise Refused(_("这份档案正在被别人合并或拆开，请稍后再试。"), code="changed_meanwhile")


def _root(customer_id: int) -> int:
    into = Customer.objects.values_list("merged_into_id", flat=True).get(pk=customer_id)
    return into or customer_id


def _decide(gone: Customer, stays: Customer, *, by: Actor, at: datetime) -> None:
    """What was asked about these two is answered."""
    a, b = sorted((gone.pk, stays.pk))
    DuplicatePair.objects.filter(a=a, b=b).update(
        state=PairState.MERGED, decided_at=at, decided_by=signature(by)
    )


@transaction.atomic
def unmerge(*, merge: Merge, by: Actor, at: datetime, via: str = WEB) -> Merge:
    """Undo a merge: the loser stands for itself again, with whoever had been merged into it.

    In any order, whatever was merged or changed since; what either side learnt meanwhile stays where it was written.
    The question whether the two are one is open again. Raises Refused where it has been undone already.
    """
    root = _locked_root_of(merge)
    row = Merge.objects.select_for_update().select_related("loser", "into").get(pk=merge.pk)
    if row.undone_at is not None:
        raise Refused(_("这次合并已经拆开。"), code="already_undone")
    row.undone_at, row.undone_by = at, signature(by)
    row.save(update_fields=["undone_at", "undone_by"])
    below = _below(row.loser_id)
    Customer.objects.filter(pk=row.loser_id, merged_into=root).update(merged_into=None)
    Customer.objects.filter(pk__in=below).update(merged_into=row.loser_id)
    a, b = sorted((row.loser_id, row.into_id))
    DuplicatePair.objects.filter(a=a, b=b, state=PairState.MERGED).update(
        state=PairState.OPEN, decided_at=None, decided_by=""
    )
    note(row.loser, CustomerUnmerged(merge=str(row.pk), into=str(row.into_id)), by=by, at=at, via=via)
    note(row.into, CustomerUnmerged(merge=str(row.pk), alias=str(row.loser_id)), by=by, at=at, via=via)
    return row


def _locked_root_of(merge: Merge) -> int:
    """Who stands for the family that is taken apart, held against everybody who changes it too."""
    for _try in range(MOST_TRIES):
        root = _root(merge.loser_id)
        row = Customer.objects.select_for_update().get(pk=root)
        if row.merged_into_id is None:
            return root
    raise Refused(_("这份档案正在被别人合并或拆开，请稍后再试。"), code="changed_meanwhile")


def _below(customer_id: int) -> list[int]:
    """Who was merged into a customer, and into those, and has not been taken out since."""
    found: list[int] = []
    level = [customer_id]
    while level:
        level = list(Merge.objects.filter(into__in=level, undone_at=None).values_list("loser_id", flat=True))
        found += level
    return found
