"""What proves that promises were kept, for lists of promises: the messages and files behind the facts that closed them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from keyue.cases.links import case_url
from keyue.cases.models import Case, Message
from keyue.cases.wording import proof
from keyue.customers.wording import EVIDENCE
from keyue.ledger.facts import EvidenceKind
from keyue.ledger.models import Fact
from keyue.ledger.selectors import facts_by_uid
from keyue.promises.enums import KEPT, PromiseState
from keyue.promises.models import Promise

DONE = KEPT | {PromiseState.MET_LATE}


@dataclass(frozen=True, slots=True)
class Shown:
    """A proof: its kind as a code and in words, the names of its files, when, and where it stands on the case."""

    kind: str
    label: str
    files: Sequence[str]
    at: datetime
    url: str


def shown_for(promises: Iterable[Promise], cases: Mapping[int, Case]) -> dict[int, list[Shown]]:
    """The proofs of promises by their ids, of the cases that the reader may see; as many queries for one as for many."""
    closed = {
        promise.pk: (cases[promise.subject_id], promise.closed_by)
        for promise in promises
        if promise.closed_by and promise.state in DONE and promise.subject_id in cases
    }
    if not closed:
        return {}
    facts = facts_by_uid(uid for _case, uid in closed.values())
    messages = _messages(facts.values())
    return {pk: _of_fact(facts[uid], case, messages) for pk, (case, uid) in closed.items() if uid in facts}


@dataclass(slots=True)
class Told:
    """A message that proves something: whose, when, and what its files are called."""

    pk: int
    case_id: int
    at: datetime
    files: list[str]


def _messages(facts: Iterable[Fact]) -> dict[str, Told]:
    uids = {UUID(item["message"]) for fact in facts for item in _items(fact) if item.get("message")}
    # joined with their files: one question
    rows = Message.objects.filter(uid__in=uids).order_by("pk", "attachments__pk")
    names = ("uid", "pk", "case_id", "at", "attachments__name", "attachments__erased_at")
    found: dict[str, Told] = {}
    for uid, pk, case_id, at, file, erased_at in rows.values_list(*names) if uids else ():
        told = found.setdefault(str(uid), Told(pk, case_id, at, []))
        if file is not None:
            told.files.append(_("已擦除的文件") if erased_at else file)
    return found


def _items(fact: Fact) -> list[dict[str, Any]]:
    return [item for item in fact.evidence if isinstance(item, dict)]


def _of_fact(fact: Fact, case: Case, messages: Mapping[str, Told]) -> list[Shown]:
    found = []
    url = case_url(case.number)
    for item in _items(fact):
        told, kind = messages.get(str(item.get("message", ""))), str(item.get("type", ""))
        # the files of a message are named beside it
        if told is not None and kind != EvidenceKind.FILE and told.case_id == case.pk:
            words = str(EVIDENCE.get(kind, kind))
            found.append(Shown(kind, words, told.files, told.at, f"{url}#m{told.pk}"))
    return found or [Shown(fact.kind, proof(fact.kind), (), fact.at, f"{url}#f{fact.rev}")]
