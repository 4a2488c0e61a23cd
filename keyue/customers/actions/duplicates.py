"""What was found to look like one customer: proposed, decided by a person, or merged where an identifier says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.customers.actions._ground import WEB, signature
from keyue.customers.actions.merging import merge
from keyue.customers.enums import PairState
from keyue.customers.events import CustomerDuplicateFound, CustomerFoundDistinct
from keyue.customers.models import Customer, DuplicatePair, DuplicateSettings, Merge, subject_of
from keyue.kernel.errors import Refused
from keyue.ledger import actions as ledger
from keyue.ledger.facts import Actor, Draft, Entry, Subject
from keyue.promises import actions as promises

COMPANY = Subject("company", "1")
AT_A_TIME = 500


@dataclass(frozen=True, slots=True)
class Proposal:
    """Two customers that may be one, in any order; `reasons` are sentences in Chinese without anybody's data."""

    one: int
    other: int
    score: float
    reasons: tuple[str, ...]


def per_cent(score: float) -> int:
    """A score as a fact has it: a whole number, since facts hold no fractions."""
    return round(score * 100)


@transaction.atomic
def propose_many(
    *, proposals: Sequence[Proposal], by: Actor, at: datetime, via: str = WEB
) -> list[DuplicatePair]:
    """Put pairs on the queue that have never been there; those that are new.

    A pair that somebody has found distinct, or that was merged and taken apart, is not asked about again. The fact stands
    on the chain of the younger file.
    """
    wanted = {tuple(sorted((p.one, p.other))): p for p in proposals if p.one != p.other}
    known: set[tuple[int, int]] = set()
    keys = sorted(wanted)
    for start in range(0, len(keys), AT_A_TIME):
        some = keys[start : start + AT_A_TIME]
        rows = DuplicatePair.objects.filter(a__in={a for a, _b in some}, b__in={b for _a, b in some})
        known |= set(rows.values_list("a_id", "b_id"))
    made = [
        DuplicatePair(
            a_id=a, b_id=b, score=wanted[a, b].score, reasons=list(wanted[a, b].reasons), found_at=at
        )
        for a, b in keys
        if (a, b) not in known
    ]
    DuplicatePair.objects.bulk_create(made, batch_size=AT_A_TIME)
    for start in range(0, len(made), AT_A_TIME):
        found = [
            (pair, CustomerDuplicateFound(other=str(pair.a_id), score=per_cent(pair.score)))
            for pair in made[start : start + AT_A_TIME]
        ]
        entries = [Entry(subject_of(pair.b_id), [Draft(event.kind, event.data())]) for pair, event in found]
        promises.record_many(_joined(entries), by=by, at=at, source=via, announce=False)
    return made


def _joined(entries: Sequence[Entry]) -> list[Entry]:
    """One entry for each subject."""
    drafts: dict[Subject, list[Draft]] = {}
    for entry in entries:
        drafts.setdefault(entry.subject, []).extend(entry.drafts)
    return [Entry(subject, some) for subject, some in drafts.items()]


def propose(*, proposal: Proposal, by: Actor, at: datetime, via: str = WEB) -> DuplicatePair:
    """Put one pair on the queue; the one that stands there already, whatever became of it."""
    made = propose_many(proposals=[proposal], by=by, at=at, via=via)
    if made:
        return made[0]
    a, b = sorted((proposal.one, proposal.other))
    return DuplicatePair.objects.get(a=a, b=b)


@transaction.atomic
def find_distinct(*, pair: DuplicatePair, by: Actor, at: datetime, via: str = WEB) -> DuplicatePair:
    """Somebody looked at both files and found two customers; nobody is asked again. Raises Refused when decided."""
    row = _open(pair)
    row.state, row.decided_at, row.decided_by = PairState.DISTINCT, at, signature(by)
    row.save(update_fields=["state", "decided_at", "decided_by"])
    event = CustomerFoundDistinct(other=str(row.a_id))
    drafts = [Draft(event.kind, event.data())]
    promises.record(subject_of(row.b_id), drafts, by=by, at=at, source=via)
    return row


@transaction.atomic
def reopen_pair(*, pair: DuplicatePair, by: Actor, at: datetime, via: str = WEB) -> DuplicatePair:
    """Take back that two files are of two customers: the question is asked again. Raises Refused where it is open."""
    row = DuplicatePair.objects.select_for_update().get(pk=pair.pk)
    if row.state != PairState.DISTINCT:
        raise Refused(_("这一对没有判为「不是同一个」。"))
    row.state, row.decided_at, row.decided_by = PairState.OPEN, None, ""
    row.save(update_fields=["state", "decided_at", "decided_by"])
    event = CustomerDuplicateFound(other=str(row.a_id), score=per_cent(row.score))
    drafts = [Draft(event.kind, event.data())]
    promises.record(subject_of(row.b_id), drafts, by=by, at=at, source=via)
    return row


@transaction.atomic
def merge_pair(
    *,
    pair: DuplicatePair,
    keep: Customer,
    by: Actor,
    at: datetime,
    automatic: bool = False,
    via: str = WEB,
) -> Merge:
    """Make one customer of a pair: `keep`, one of the two or who stands for it, stays. Raises Refused."""
    row = _open(pair)
    roots = {_stands_for(row.a), _stands_for(row.b)}
    if keep.pk not in roots or len(roots) != 2:
        raise Refused(_("这一对档案已经变化，请刷新后再看。"), code="changed_meanwhile")
    [gone] = roots - {keep.pk}
    made = merge(
        loser=Customer.objects.get(pk=gone),
        into=keep,
        by=by,
        at=at,
        score=row.score,
        reasons=row.reasons,
        automatic=automatic,
        via=via,
    )
    # also where the files asked about are aliases of those that were merged
    row.state, row.decided_at, row.decided_by = PairState.MERGED, at, signature(by)
    row.save(update_fields=["state", "decided_at", "decided_by"])
    return made


def _stands_for(customer: Customer) -> int:
    return customer.merged_into_id or customer.pk


def _open(pair: DuplicatePair) -> DuplicatePair:
    row = DuplicatePair.objects.select_for_update(of=("self",)).select_related("a", "b").get(pk=pair.pk)
    if row.state != PairState.OPEN:
        raise Refused(_("这一对已经有人判断过了。"), code="decided_already")
    return row


@transaction.atomic
def change_duplicate_settings(
    *, merges_by_itself: bool, by: Actor, at: datetime, via: str = WEB
) -> DuplicateSettings:
    """Whether the search over the whole archive may merge where an identifier says that two files are one."""
    row = DuplicateSettings.objects.select_for_update().first()
    if row is not None and row.merges_by_itself == merges_by_itself:
        return row
    row = row or DuplicateSettings()
    row.merges_by_itself, row.changed_at, row.changed_by = merges_by_itself, at, signature(by)
    row.save()
    data = {"merges_by_itself": merges_by_itself}
    ledger.record(COMPANY, [Draft("duplicates.settings_changed", data)], by=by, at=at, source=via)
    return row
