"""Everything that writes in this room. Each action takes `by` and `at`, is one transaction, and ends in a fact.

Whether somebody may is asked before, by the page or the API; a state that forbids an act is refused here. Nothing here
sets a grade but a decision by a person.
"""

from keyue.grading.actions.deciding import decide_proposal, undo_decision
from keyue.grading.actions.evaluating import (
    ask_review,
    evaluate_customer,
    lapse_proposals,
    resume_run,
    start_due_run,
    start_run,
    stop_run,
    work_batch,
    work_touched,
)
from keyue.grading.actions.standards import (
    apply_standard,
    decide_standard,
    draft_standard,
    revise_standard,
    submit_standard,
)
from keyue.grading.actions.values import forget_customer, set_values

__all__ = [
    "apply_standard",
    "ask_review",
    "decide_proposal",
    "decide_standard",
    "draft_standard",
    "evaluate_customer",
    "forget_customer",
    "lapse_proposals",
    "resume_run",
    "revise_standard",
    "set_values",
    "start_due_run",
    "start_run",
    "stop_run",
    "submit_standard",
    "undo_decision",
    "work_batch",
    "work_touched",
]
