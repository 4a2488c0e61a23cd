"""Evidence packs: asking for one, what becomes of it, and each time that it leaves the house."""

from __future__ import annotations

import shutil
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.compliance.enums import PackPurpose, PackState
from keyue.compliance.events import Event
from keyue.compliance.models import EvidencePack
from keyue.compliance.packs import gathering, reading
from keyue.kernel.errors import Invalid, NotFound, Refused
from keyue.kernel.ids import new_id
from keyue.ledger import actions as ledger
from keyue.ledger.facts import SYSTEM, Actor, Draft, Subject
from keyue.people.models import User
from keyue.promises import selectors as promises
from keyue.regulations import selectors as regulations

LONGEST = timedelta(days=1830)
AT_ONCE = 2
"""Packs that one person may have running."""
LEASE = timedelta(minutes=5)
"""A process that has said nothing for so long is gone, and another goes on."""
KEPT_FOR = timedelta(days=7)


@transaction.atomic
def ask_pack(
    *,
    regulation: str,
    clause: str,
    first: date,
    last: date,
    purpose: str,
    user: User,
    by: Actor,
    at: datetime,
    source: str = "web",
) -> EvidencePack:
    """Let the worker make a pack of a clause ("" for the whole regulation) for these days, both included.

    Raises Denied for who may not see the whole company, NotFound where nothing is in force, Invalid for a clause or a
    period that cannot be meant, Refused for more promises than a pack takes or more than `AT_ONCE` packs.
    """
    reading.check_may_make(user)
    if regulations.edition_in_force(regulation, at=at) is None:
        raise NotFound(_("没有这项制度，或还没有生效。"))
    _check_asked(clause, first, last, purpose, at)
    ground = gathering.ground_of(regulation=regulation, clause=clause, first=first, last=last, as_of=at)
    if not ground.scope:
        said = _("这一条没有可执行的控制，没有约定可以证明。") if clause else _("这项制度没有可执行的条款。")
        raise Invalid(said, fields={"clause": said}, code="nothing_to_prove")
    n = gathering.rows_asked(ground).count()
    if n > gathering.MOST_PROMISES:
        raise gathering.too_many(n)
    if reading.running_of(user) >= AT_ONCE:
        raise Refused(
            _("您已有 %(n)d 个证据包在制作，请等它们完成。") % {"n": AT_ONCE}, code="too_many_packs"
        )
    pack = EvidencePack.objects.create(
        uid=new_id(),
        regulation_id=regulation,
        clause=clause,
        first=first,
        last=last,
        purpose=purpose,
        asked_at=at,
        asked_by=user,
    )
    said_of = {
        "regulation": regulation,
        "clause": clause,
        "first": first.isoformat(),
        "last": last.isoformat(),
        "purpose": purpose,
    }
    _note(pack, Event.PACK_ASKED, said_of, by=by, at=at, source=source)
    _look(pack, "asked", by=by, at=at)
    return pack


def _check_asked(clause: str, first: date, last: date, purpose: str, at: datetime) -> None:
    faults: dict[str, object] = {}
    if first > last:
        faults["last"] = _("要不早于期间的第一天。")
    elif last - first > LONGEST:
        faults["first"] = _("一次至多 5 年。")
    elif first > at.astimezone(promises.zone()).date():
        faults["first"] = _("期间还没有开始。")
    if purpose not in PackPurpose.values:
        faults["purpose"] = _("请先说明用途。")
    if len(clause) > 40:
        faults["clause"] = _("没有这一条。")
    if faults:
        raise Invalid(_("有 %(n)d 处需要修改。") % {"n": len(faults)}, fields=faults)


def _note(
    pack: EvidencePack, kind: str, said: dict[str, Any], *, by: Actor, at: datetime, source: str
) -> None:
    ledger.record(Subject("evidence_pack", str(pack.uid)), [Draft(kind, said)], by=by, at=at, source=source)


def _look(pack: EvidencePack, what: str, *, by: Actor, at: datetime) -> None:
    ledger.record_access(
        by=by,
        subject=Subject("regulation", pack.regulation_id),
        what=f"evidence_pack:{what}:{pack.uid}",
        purpose=pack.purpose,
        via="export",
        at=at,
    )


@transaction.atomic
def note_pack_download(*, pack: EvidencePack, by: Actor, at: datetime, source: str = "web") -> None:
    """Record that a pack leaves the house: a fact, and a line of the access trail."""
    said = {"sha256": pack.sha256, "purpose": pack.purpose}
    _note(pack, Event.PACK_DOWNLOADED, said, by=by, at=at, source=source)
    _look(pack, "downloaded", by=by, at=at)


# ── the work ──────────────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def take_pack(*, worker: str, now: datetime) -> EvidencePack | None:
    """The oldest pack that nobody works on, for this process; None where there is none. Its instant is its first turn's."""
    row = reading.waiting(worker, now).select_for_update(skip_locked=True).first()
    if row is None:
        return None
    row.worker, row.worker_until = worker, now + LEASE
    if row.state == PackState.WAITING:
        row.state, row.as_of = PackState.MAKING, now
    row.save(update_fields=["worker", "worker_until", "state", "as_of"])
    return row


def keep_pack(*, pack: EvidencePack, done: int, total: int, now: datetime) -> None:
    """How far a pack has come."""
    rows = EvidencePack.objects.filter(pk=pack.pk, state=PackState.MAKING, worker=pack.worker)
    rows.update(done=done, total=total, worker_until=now + LEASE)


@transaction.atomic
def finish_pack(*, pack: EvidencePack, made: dict[str, Any], now: datetime) -> None:
    """The pack is made: `made` are its figures, promises, size, SHA-256 and fingerprint.

    Nothing where another process has taken it over.
    """
    if not _is_ours(pack):
        return
    for name, value in made.items():
        setattr(pack, name, value)
    pack.state, pack.finished_at, pack.expires_at = PackState.READY, now, now + KEPT_FOR
    pack.done, pack.worker_until = pack.total, None
    pack.save()
    said = {name: made[name] for name in ("promises", "size", "sha256", "fingerprint")}
    _note(pack, Event.PACK_MADE, said, by=SYSTEM, at=now, source="worker")


@transaction.atomic
def fail_pack(*, pack: EvidencePack, problem: str, now: datetime) -> None:
    """A pack could not be made; the sentence says why. Nothing where another process has taken it over."""
    if not _is_ours(pack):
        return
    pack.state, pack.finished_at, pack.worker_until = PackState.FAILED, now, None
    pack.problem = problem[:300]
    pack.save(update_fields=["state", "finished_at", "worker_until", "problem"])
    _note(pack, Event.PACK_FAILED, {}, by=SYSTEM, at=now, source="worker")
    shutil.rmtree(gathering.workshop(pack), ignore_errors=True)


def _is_ours(pack: EvidencePack) -> bool:
    rows = EvidencePack.objects.select_for_update().filter(pk=pack.pk, state=PackState.MAKING)
    return rows.filter(worker=pack.worker).exists()


def tidy_packs(*, now: datetime) -> int:
    """Remove the files of packs that have been kept long enough; how many."""
    over = reading.overdue(now)
    for pack in over:
        gathering.file_of(pack).unlink(missing_ok=True)
        EvidencePack.objects.filter(pk=pack.pk).update(state=PackState.EXPIRED)
    return len(over)
