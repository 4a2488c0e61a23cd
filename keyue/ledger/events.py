"""What the ledger records about itself, in the past tense."""

from __future__ import annotations

from enum import StrEnum

from .facts import Subject

LEDGER = Subject("installation", "ledger")
"""The chain of what happened to the ledger as a whole."""


class Event(StrEnum):
    """Kinds of facts that this room records, with the fields of each."""

    FACT_VOIDED = "fact.voided"  # {reason}; `voids` names the fact taken back
    KEY_DESTROYED = "key.destroyed"  # {}; on the chain of the key's owner
    COPIES_SET_ASIDE = "ledger.copies_set_aside"  # {from, to, reason}; numbers of checkpoints
    MESSAGE_RETRIED = "outbox.retried"  # {message}
    VERIFIED = "ledger.verified"  # {problems, sample}; sample: how many chains, null for all
    AUDIT_EXPORTED = "ledger.audit_exported"  # {what, rows, purpose}
