"""What happens to the company as such, in the past tense: facts about the one subject `company`."""

from __future__ import annotations

from keyue.ledger.facts import Subject
from keyue.regulations.kinds import ATTESTED, COMPANY, IN_FORCE

THE_COMPANY = Subject(COMPANY, "1")

KINDS: dict[str, tuple[str, ...]] = {
    # an edition came in force; `at` is its instant, whenever that was noticed
    IN_FORCE: ("regulation", "edition"),
    # somebody states what no software can see; the words are sealed in the fact, the proof is its evidence
    ATTESTED: ("regulation", "control", "edition"),
}
