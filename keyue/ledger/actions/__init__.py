"""What other rooms may write to the ledger. Every call takes `by` and `at`, or is a job's and takes its `now`."""

from .access import record_access
from .auditing import note_audit_export, note_verification
from .erasure import destroy_key, journal_entries, repeat_erasures
from .outbox import (
    Delivery,
    Message,
    Sender,
    Undeliverable,
    deliver,
    enqueue,
    enqueue_many,
    register_sender,
    retry,
)
from .recording import HISTORY_SOURCES, correction, record, record_many, void

__all__ = [
    "HISTORY_SOURCES",
    "Delivery",
    "Message",
    "Sender",
    "Undeliverable",
    "correction",
    "deliver",
    "destroy_key",
    "enqueue",
    "enqueue_many",
    "journal_entries",
    "note_audit_export",
    "note_verification",
    "record",
    "record_access",
    "record_many",
    "register_sender",
    "repeat_erasures",
    "retry",
    "void",
]
