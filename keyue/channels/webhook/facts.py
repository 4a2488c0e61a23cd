"""Which facts are pushed to other systems, and as what: ids and codes, never what anybody said or is called."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from keyue.channels.webhook import actions, selectors
from keyue.channels.webhook.actions.pushing import Wanted
from keyue.channels.webhook.models import Outlet, Push
from keyue.conversations.fact_words import FACT_WORDS as TALKS
from keyue.ledger import selectors as ledger
from keyue.ledger.facts import SYSTEM
from keyue.ledger.models import Fact
from keyue.promises import subjects

AT_A_TIME = 500
MOST_TURNS = 20

EVENTS: dict[str, Promise] = {
    "case.received": _("登记事项"),
    "case.classified": _("初步分类"),
    "case.assigned": _("分派事项"),
    "case.solved": _("登记解决"),
    "case.result_to_customer": _("告知客户结果"),
    "case.rated": _("客户评价"),
    "case.reopened": _("重新处理"),
    "case.closed": _("关闭事项"),
    **{kind: words for kind, words in TALKS.items() if kind != "conversation.erased"},
}
"""The kinds of facts that may be pushed, with their words."""


def gather(now: datetime) -> int:
    """Collect facts for all outlets that are other systems."""
    return sum(gather_for(outlet, now) for outlet in selectors.open_outlets(robots=False))


def gather_for(outlet: Outlet, now: datetime) -> int:
    """Collect facts for one; so many at a time that a worker is not kept from everything else."""
    done = 0
    for _turn in range(MOST_TURNS):
        rows = ledger.facts_after(outlet.cursor, AT_A_TIME)
        if not rows:
            break
        wanted = [Wanted(str(row.uid), row.kind) for row in rows if row.kind in outlet.wants]
        cursor = rows[-1].pk
        done += actions.collect(
            outlet=outlet, wanted=wanted, cursor=cursor, together=False, by=SYSTEM, at=now
        )
        outlet.cursor = cursor
        if len(rows) < AT_A_TIME:
            break
    return done


def bodies(pushes: Sequence[Push]) -> dict[int, dict[str, Any]]:
    """What is sent for each push, by its id; without those whose fact is gone."""
    facts = ledger.facts_by_uid([UUID(push.ref) for push in pushes])
    about = ledger.subjects_of(facts.values())
    named = [
        (about[fact.stream_id].kind, int(about[fact.stream_id].ref))
        for fact in facts.values()
        if _counts(about[fact.stream_id].ref)
    ]
    numbers = subjects.numbers_of(named)
    said = {}
    for push in pushes:
        fact = facts.get(UUID(push.ref))
        if fact is not None:
            subject = about[fact.stream_id]
            number = numbers.get((subject.kind, int(subject.ref)), "") if _counts(subject.ref) else ""
            said[push.pk] = body_of(fact, subject.kind, subject.ref, number)
    return said


def _counts(ref: str) -> bool:
    return ref.isascii() and ref.isdecimal()


def body_of(fact: Fact, kind: str, ref: str, number: str) -> dict[str, Any]:
    """A fact as other systems get it."""
    return {
        "id": str(fact.uid),
        "kind": fact.kind,
        "at": fact.at.isoformat(),
        "recorded_at": fact.recorded_at.isoformat(),
        "subject": {"kind": kind, "id": ref, "number": number},
        "data": fact.data,
    }
