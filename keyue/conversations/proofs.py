"""What shows that promises about channels and conversations were kept: the fact that fulfilled each, and its line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from keyue.cases.proofs import DONE, Shown
from keyue.conversations import selectors
from keyue.conversations.fact_words import FACT_WORDS
from keyue.ledger.facts import EvidenceKind
from keyue.ledger.models import Fact
from keyue.ledger.selectors import facts_by_uid
from keyue.people.models import User
from keyue.promises.models import Promise
from keyue.ui.addresses import address


def of_conversations(user: User, rows: Sequence[Promise]) -> dict[int, list[Shown]]:
    """Each answer, call or record by which a promise was kept, with the channel that it went by; four queries at most."""
    facts = _facts(rows)
    seen = selectors.visible_ids(user, {row.subject_id for row in rows if row.pk in facts})
    named = {pk: _line_in(fact) for pk, fact in facts.items()}
    lines = selectors.lines_named({uid for uid in named.values() if uid})
    shown = {}
    for row in rows:
        fact, line = facts.get(row.pk), lines.get(named.get(row.pk, ""))
        if fact is None or row.subject_id not in seen:
            continue
        label, url = (
            str(FACT_WORDS.get(fact.kind, fact.kind)),
            address("conversations:conversation", row.subject_id),
        )
        if line is not None and line.conversation_id == row.subject_id:
            label = _("%(what)s（%(channel)s）") % {"what": label, "channel": line.channel.name}
            url += f"#l{line.pk}"
        shown[row.pk] = [Shown(EvidenceKind.CHAT, label, (), fact.at, url)]
    return shown


def of_channels(user: User, rows: Sequence[Promise]) -> dict[int, list[Shown]]:
    """That a keeper has seen what came in, that a channel works again: each with its page."""
    facts, shown = _facts(rows), {}
    for row in rows:
        fact = facts.get(row.pk)
        if fact is not None:
            label, url = str(FACT_WORDS.get(fact.kind, fact.kind)), address("conversations:channels")
            if fact.kind == "channel.viewed":
                label = _("%(what)s：新到 %(seen)s 条，%(open)s 个会话还在等") % {"what": label, **fact.data}
            shown[row.pk] = [Shown(EvidenceKind.NOTE, label, (), fact.at, url)]
    return shown


def _facts(rows: Sequence[Promise]) -> Mapping[int, Fact]:
    """The facts that kept promises, by the promises' ids."""
    closed = {row.pk: row.closed_by for row in rows if row.closed_by and row.state in DONE}
    found = facts_by_uid(uid for uid in closed.values() if uid)
    return {pk: found[uid] for pk, uid in closed.items() if uid in found}


def _line_in(fact: Fact) -> str:
    """The identity of the line that a fact speaks of; empty for none."""
    return str(fact.data.get("line") or fact.data.get("call") or "")
