"""Asking what would have been kept, and keeping how far the replay has come. Nothing else is ever written by it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.compliance import what_if as reading
from keyue.compliance.enums import WhatIfState
from keyue.compliance.events import Event
from keyue.compliance.models import WhatIf
from keyue.compliance.what_if import Changes, Slice
from keyue.kernel.errors import Denied, Invalid, NotFound, Refused
from keyue.ledger import actions as ledger
from keyue.ledger.facts import Actor, Draft, Subject, plain
from keyue.people.enums import Permission
from keyue.people.models import User
from keyue.people.permissions import allows, check
from keyue.promises.replay import Replayed, differing
from keyue.regulations import actions as regulations
from keyue.regulations import selectors
from keyue.regulations.models import Edition
from keyue.regulations.writing import with_values

LONGEST = timedelta(days=3660)
AT_ONCE = 3
"""Replays that one person may have running."""
REUSED = timedelta(hours=12)
"""How old the figures of the same question may be where those are good enough."""
LEASE = timedelta(seconds=10)
"""A process that has said nothing for so long is gone, and another goes on."""
KEPT_FOR = timedelta(days=30)


@transaction.atomic
def ask_what_if(
    *,
    regulation: str,
    changes: Changes,
    since: datetime,
    until: datetime,
    user: User,
    by: Actor,
    at: datetime,
    reuse: bool = False,
    source: str = "web",
) -> WhatIf:
    """Let the worker replay a period under changed terms; with `reuse` the figures there are will do.

    Raises Denied, NotFound where nothing is in force, Invalid for changes or a period that cannot be meant, Refused for
    more than `AT_ONCE` of them.
    """
    check(user, Permission.REGULATION_VIEW)
    changes = reading.as_read(regulation, changes, user, at)
    edition = selectors.edition_in_force(regulation, at=at)
    if edition is None:
        raise NotFound(_("没有这项制度，或还没有生效。"))
    _check_period(since, until, at)
    plain(changes.as_json(), "changes")
    digest = reading.digest_of(edition, changes, since, until)
    known = reading.earlier(digest, at - REUSED) if reuse else None
    if known is not None:
        return known
    kinds = _kinds(edition, changes, since, until, at)
    if WhatIf.objects.filter(asked_by=user, state=WhatIfState.RUNNING).count() >= AT_ONCE:
        raise Refused(
            _("您已有 %(n)d 项推演在进行，请等它们完成，或先取消。") % {"n": AT_ONCE},
            code="too_many_what_ifs",
        )
    total, last = reading.chains(kinds)
    asked = WhatIf.objects.create(
        regulation_id=regulation,
        edition=edition,
        asked_at=at,
        asked_by=user,
        since=since,
        until=until,
        changes=changes.as_json(),
        digest=digest,
        total=total,
        last=last,
    )
    said = {"regulation": regulation, "edition": edition.n, "digest": digest}
    _note(asked, Event.WHAT_IF_ASKED, said, by=by, at=at, source=source)
    return asked


def _check_period(since: datetime, until: datetime, at: datetime) -> None:
    faults: dict[str, object] = {}
    if until > at:
        faults["until"] = _("只能推演已经过去的日子。")
    elif since >= until:
        faults["since"] = _("要早于期间的末尾。")
    elif until - since > LONGEST:
        faults["since"] = _("一次至多推演 10 年。")
    if faults:
        raise Invalid(_("有 %(n)d 处需要修改。") % {"n": len(faults)}, fields=faults)


def _kinds(edition: Edition, changes: Changes, since: datetime, until: datetime, at: datetime) -> list[str]:
    sides = reading.sides_of(edition, changes)
    if not differing(sides.base, sides.changed):
        raise Invalid(_("改后与现行的没有差别，不用推演。"), code="no_difference")
    asked = WhatIf(
        regulation_id=edition.regulation_id,
        edition=edition,
        changes=changes.as_json(),
        since=since,
        until=until,
        asked_at=at,
    )
    found = [plan.subject for plan in reading.plans(asked)]
    if not found:
        raise Invalid(_("改动的条款还没有可以推演的事实。"), code="nothing_to_replay")
    return found


@transaction.atomic
def cancel_what_if(*, what_if: WhatIf, user: User, by: Actor, at: datetime, source: str = "web") -> WhatIf:
    """Stop a replay. Raises Denied for who neither asked nor amends regulations, Refused where it has ended."""
    row = WhatIf.objects.select_for_update().get(pk=what_if.pk)
    if row.asked_by_id != user.pk and not allows(user, Permission.REGULATION_ADOPT):
        raise Denied(_("只有提出的人能取消这次推演。"))
    if row.state != WhatIfState.RUNNING:
        raise Refused(_("这次推演已经结束。"))
    row.state, row.finished_at = WhatIfState.CANCELLED, at
    row.save(update_fields=["state", "finished_at"])
    _note(row, Event.WHAT_IF_CANCELLED, {"done": row.done}, by=by, at=at, source=source)
    return row


@transaction.atomic
def draft_from_what_if(*, what_if: WhatIf, by: Actor, at: datetime, source: str = "web") -> Edition:
    """The next edition as a draft with the changed values: answers where the text asks for them, else in its blocks.

    It governs nothing until somebody approves and publishes it. A calendar is no part of a regulation and stays as it
    is. Raises Refused where no value was changed, or the newest edition is not the one that was replayed.
    """
    changes = Changes.from_json(what_if.changes)
    if not changes.values and not changes.text:
        raise Refused(_("这次推演没有改动条款里的数，没有可以起草的。"))
    newest = selectors.newest_edition(what_if.regulation_id)
    if newest is None or newest.pk != what_if.edition_id:
        raise Refused(_("推演以后制度已有新的一版，请按新的一版再推演一次。"), code="conflict")
    sides = reading.sides_of(what_if.edition, changes)
    asked = {question.key for question in sides.after.questions()}
    given = {key: value for key, value in changes.values.items() if key in asked}
    written = {key: value for key, value in changes.values.items() if key not in asked}
    text = with_values(sides.after.source, written) if written else sides.after.source
    answers = {key: value for key, value in sides.answers.items() if key not in written}
    return regulations.draft_edition(text=text, answers={**answers, **given}, by=by, at=at, source=source)


def _note(
    what_if: WhatIf, kind: str, said: Mapping[str, Any], *, by: Actor, at: datetime, source: str
) -> None:
    ledger.record(Subject("what_if", str(what_if.pk)), [Draft(kind, said)], by=by, at=at, source=source)


# ── the work ──────────────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def take_what_if(*, worker: str, now: datetime) -> WhatIf | None:
    """The oldest replay that nobody works on, for this process; None where there is none."""
    row = reading.waiting(worker, now).select_for_update(skip_locked=True).first()
    if row is None:
        return None
    row.worker, row.worker_until = worker, now + LEASE
    row.save(update_fields=["worker", "worker_until"])
    return reading.by_id(row.pk)


def hold_what_if(*, what_if_id: int, worker: str, now: datetime) -> bool:
    """Say that this process is still at work; False where it is to stop: cancelled, or taken by another."""
    return bool(_mine(what_if_id, worker).update(worker_until=now + LEASE))


@transaction.atomic
def keep_slice(
    *, what_if_id: int, worker: str, piece: Slice, chains: int, found: Replayed, now: datetime
) -> bool:
    """Add what a slice came to, in the order of the slices; False where this process is to stop."""
    row = _mine(what_if_id, worker).select_for_update().first()
    if row is None:
        return False
    total = Replayed.from_json(row.result)
    total.add(found)
    row.result, row.kind, row.position = total.as_json(), piece.kind, piece.up_to
    row.done += chains
    row.worker_until = now + LEASE
    row.save(update_fields=["result", "kind", "position", "done", "worker_until"])
    return True


def finish_what_if(*, what_if_id: int, worker: str, now: datetime, problem: str = "") -> bool:
    """The end of a replay, or why it has come to none."""
    state = WhatIfState.FAILED if problem else WhatIfState.DONE
    ended = {"state": state, "finished_at": now, "problem": problem[:300], "worker_until": None}
    return bool(_mine(what_if_id, worker).update(**ended))


def _mine(what_if_id: int, worker: str) -> Any:
    return WhatIf.objects.filter(pk=what_if_id, worker=worker, state=WhatIfState.RUNNING)


def tidy_what_ifs(*, now: datetime) -> int:
    """Throw away replays that ended more than 30 days ago; how many."""
    old = WhatIf.objects.filter(finished_at__lt=now - KEPT_FOR)
    return old.delete()[0]
