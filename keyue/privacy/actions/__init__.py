"""Everything that writes in this room. Each action takes who and `at`, is one transaction, and ends in a fact.

Whether somebody may is asked before, by the page or the API, and what they may see is what the selectors give them; a
state that forbids an act is refused here.
"""

from keyue.privacy.actions.consents import (
    create_purpose,
    give_consent,
    publish_text,
    retire_purpose,
    stop_use,
    withdraw_consent,
)
from keyue.privacy.actions.erasing import forget_customer
from keyue.privacy.actions.holds import end_purpose, place_hold, release_hold, restrict
from keyue.privacy.actions.identity import send_code, tidy, try_code
from keyue.privacy.actions.outward import provide_data, remedy_disclosure, report_disclosure
from keyue.privacy.actions.proofs import Upload, keep_proof, open_proof
from keyue.privacy.actions.requests import (
    accept_request,
    answer_request,
    approve_answer,
    clear_and_propose,
    correct_and_answer,
    erase_and_answer,
    hand_over,
    register_request,
    return_answer,
    say_missing,
    take_package,
)
from keyue.privacy.actions.retention import decide_candidate, end_rule, look_on, set_rule

__all__ = [
    "Upload",
    "accept_request",
    "answer_request",
    "approve_answer",
    "clear_and_propose",
    "correct_and_answer",
    "create_purpose",
    "decide_candidate",
    "end_purpose",
    "end_rule",
    "erase_and_answer",
    "forget_customer",
    "give_consent",
    "hand_over",
    "keep_proof",
    "look_on",
    "open_proof",
    "place_hold",
    "provide_data",
    "publish_text",
    "register_request",
    "release_hold",
    "remedy_disclosure",
    "report_disclosure",
    "restrict",
    "retire_purpose",
    "return_answer",
    "say_missing",
    "send_code",
    "set_rule",
    "stop_use",
    "take_package",
    "tidy",
    "try_code",
    "withdraw_consent",
]
