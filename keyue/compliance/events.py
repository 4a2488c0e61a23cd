"""What happens to the company as such, and what is asked for about its regulations, in the past tense."""

from __future__ import annotations

from enum import StrEnum

from keyue.promises.company import THE_COMPANY as THE_COMPANY
from keyue.regulations.kinds import ATTESTED, IN_FORCE


class Event(StrEnum):
    """Kinds of facts about the subjects `what_if` and `evidence_pack`, each under an id of its own."""

    WHAT_IF_ASKED = "what_if.asked"  # {regulation, edition, digest}
    WHAT_IF_CANCELLED = "what_if.cancelled"  # {done}
    PACK_ASKED = "evidence_pack.asked"  # {regulation, clause, first, last, purpose}
    PACK_MADE = "evidence_pack.made"  # {promises, size, sha256, fingerprint}
    PACK_FAILED = "evidence_pack.failed"  # {}
    PACK_DOWNLOADED = "evidence_pack.downloaded"  # {sha256, purpose}


KINDS: dict[str, tuple[str, ...]] = {
    # an edition came in force; `at` is its instant, whenever that was noticed
    IN_FORCE: ("regulation", "edition"),
    # somebody states what no software can see; the words are sealed in the fact, the proof is its evidence
    ATTESTED: ("regulation", "control", "edition"),
}
"""Facts about the one subject `company`, which promises are made of."""
