"""Looking for duplicates in the whole archive: begun by a person, gone on with by a worker, turn by turn.

The index of the archive stands in the memory of one worker. If that one ends, another reads the archive anew and goes
on comparing where the last batch was written down.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import log2
from uuid import uuid4

from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext as _

from keyue.customers import identity_selectors
from keyue.customers.actions._ground import WEB, signature
from keyue.customers.actions.duplicates import COMPANY, Proposal, merge_pair, propose_many
from keyue.customers.archive_index import ArchiveIndex, files
from keyue.customers.enums import SearchState
from keyue.customers.likeness import best_of, records_of
from keyue.customers.matching.matcher import PROPOSED, Matcher, Pair
from keyue.customers.matching.records import Record
from keyue.customers.models import Contact, Customer, DuplicatePair, DuplicateSearch
from keyue.kernel.errors import Refused
from keyue.ledger import actions as ledger
from keyue.ledger.facts import SYSTEM, Actor, Draft

PAIRS_AT_A_TIME = 1_000
SILENT = timedelta(minutes=2)
"""After which a search of which nothing was heard is taken over."""
VIA = "duplicate_search"

_me = uuid4().hex


@dataclass(slots=True)
class _Held:
    """The search that this process works on."""

    pk: int
    index: ArchiveIndex
    matcher: Matcher | None = None
    place: int = 0


_held: list[_Held] = []


@transaction.atomic
def start_search(*, by: Actor, at: datetime, via: str = WEB) -> DuplicateSearch:
    """Let a worker look through the whole archive. Raises Refused where one is doing so."""
    if identity_selectors.running_search() is not None:
        raise Refused(_("全库查重正在进行。"), code="already_running")
    total, last = files()
    run = DuplicateSearch.objects.create(started_at=at, started_by=signature(by), total=total, last=last)
    ledger.record(
        COMPANY, [Draft("duplicates.search_started", {"search": str(run.pk)})], by=by, at=at, source=via
    )
    return run


@transaction.atomic
def stop_search(*, search: DuplicateSearch, by: Actor, at: datetime, via: str = WEB) -> DuplicateSearch:
    """Stop after the batch at hand; what was found stays. Raises Refused where nothing runs."""
    run = DuplicateSearch.objects.select_for_update().get(pk=search.pk)
    if run.state != SearchState.RUNNING:
        raise Refused(_("这次查重没有在进行。"))
    _end(run, SearchState.STOPPED, by=by, at=at, via=via)
    return run


def _end(run: DuplicateSearch, state: SearchState, *, by: Actor, at: datetime, via: str) -> None:
    run.state, run.finished_at, run.worker = state, at, ""
    run.save(update_fields=["state", "finished_at", "worker"])
    data = {"search": str(run.pk), "state": state.value, "found": run.found, "merged": run.merged}
    ledger.record(COMPANY, [Draft("duplicates.search_ended", data)], by=by, at=at, source=via)


def work_search(*, now: datetime) -> int:
    """The next step of the search that runs, if it is this process's to take; how much was done."""
    run = identity_selectors.running_search()
    if run is None:
        _held.clear()
        return 0
    if not _claim(run, now):
        return 0
    if not _held or _held[0].pk != run.pk:
        _held[:] = [_Held(run.pk, ArchiveIndex(run.last))]
    held = _held[0]
    if held.matcher is None:
        return _prepare(run, held, now)
    return _compare(run, held, held.matcher, now)


def _claim(run: DuplicateSearch, now: datetime) -> bool:
    """Whether this process works on the search: nobody else has lately."""
    if run.worker != _me and run.worker and run.seen_at and now - run.seen_at < SILENT:
        return False
    mine = DuplicateSearch.objects.filter(pk=run.pk, state=SearchState.RUNNING, worker=run.worker)
    return bool(mine.update(worker=_me, seen_at=now))


def _prepare(run: DuplicateSearch, held: _Held, now: datetime) -> int:
    """Read the archive, then bring together what shares something."""
    index = held.index
    if index.read():
        DuplicateSearch.objects.filter(pk=run.pk).update(read=len(index.ids), seen_at=now)
        return 1
    if index.gather():
        return 1
    held.matcher = index.matcher()
    DuplicateSearch.objects.filter(pk=run.pk).update(candidates=len(index.pairs), seen_at=now)
    return 1


@transaction.atomic
def _compare(run: DuplicateSearch, held: _Held, matcher: Matcher, now: datetime) -> int:
    """One batch of pairs: what is found, and how far the search is, stand or fall together."""
    row = DuplicateSearch.objects.select_for_update().get(pk=run.pk)
    if row.state != SearchState.RUNNING or row.worker != _me:
        return 0
    ids = held.index.ids
    some = held.index.pairs.after(held.place, PAIRS_AT_A_TIME)
    held.place += len(some)
    if not some:
        _end(row, SearchState.DONE, by=SYSTEM, at=now, via=VIA)
        _held.clear()
        return 1
    last = ids[some[-1][0]]
    fresh = [(ids[a], ids[b]) for a, b in some if ids[a] >= row.position]
    found = _alike(matcher, fresh)
    made = propose_many(
        proposals=[
            Proposal(int(pair.a), int(pair.b), pair.score, tuple(reason.chinese for reason in pair.reasons))
            for pair in found
        ],
        by=SYSTEM,
        at=now,
        via=VIA,
    )
    row.position, row.compared = last, row.compared + len(some)
    row.found += len(made)
    row.merged += _merge_sure(made, found, now)
    row.seen_at = now
    row.save(update_fields=["position", "compared", "found", "merged", "seen_at"])
    return 1


def _alike(matcher: Matcher, pairs: list[tuple[int, int]]) -> list[Pair]:
    """Those of the pairs that are worth showing to somebody."""
    records = records_of({pk for pair in pairs for pk in pair})
    matcher.names = _rarity_of_names(records, matcher.bits)
    found = (
        best_of(matcher, records[a], records[b], PROPOSED) for a, b in pairs if a in records and b in records
    )
    return [pair for pair in found if pair is not None]


def _rarity_of_names(records: Mapping[int, Record], bits: float) -> dict[str, float]:
    """How many bits the whole names of these persons are worth: counted over the archive by their blind index."""
    names = {pk: record.name for pk, record in records.items() if record.name and record.company is None}
    own = Contact.objects.filter(customer__in=names, is_self=True, name_index__isnull=False)
    indexes = dict(own.values_list("customer_id", "name_index"))
    rows = Contact.objects.filter(name_index__in=set(indexes.values())).order_by().values("name_index")
    counts = dict(rows.annotate(n=Count("pk")).values_list("name_index", "n"))
    return {names[pk]: bits - log2(counts[index]) for pk, index in indexes.items()}


def _merge_sure(made: list[DuplicatePair], found: list[Pair], now: datetime) -> int:
    """Merge what an identifier says is one, into the older file, where the company lets the search do so; how many."""
    if not made or not identity_selectors.merges_by_itself():
        return 0
    sure = {tuple(sorted((int(pair.a), int(pair.b)))) for pair in found if pair.may_merge}
    n = 0
    for pair in made:
        if (pair.a_id, pair.b_id) not in sure:
            continue
        stays = Customer.objects.select_related("merged_into").get(pk=pair.a_id)
        try:
            merge_pair(pair=pair, keep=stays.merged_into or stays, by=SYSTEM, at=now, automatic=True, via=VIA)
        except Refused:
            # a person looks at it
            continue
        n += 1
    return n
