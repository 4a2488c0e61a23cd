"""Everything that writes in this room. Each action takes `by` and `at`, is one transaction, and ends in a fact.

Whether somebody may is asked before, by the page or the API, and what they may see is what the selectors give them; a
state that forbids an act is refused here.
"""

from keyue.contracts.actions.contracts import (
    archive_contract,
    change_contract,
    change_staff,
    draft_contract,
    plan_renewal,
    renew_contract,
    return_contract,
    review_contract,
)
from keyue.contracts.actions.handing import hand_over
from keyue.contracts.actions.opinions import hear_opinion, open_case
from keyue.contracts.actions.payments import chase_payment, miss_payments, receive_payment
from keyue.contracts.actions.projects import (
    assign_manager,
    change_project,
    complete_project,
    confirm_plan,
    create_project,
    finish_stage,
    note_progress,
    record_talk,
    start_service,
)
from keyue.contracts.actions.signing import (
    follow_customers,
    sign_contract,
    terminate_contract,
)

__all__ = [
    "archive_contract",
    "assign_manager",
    "change_contract",
    "change_project",
    "change_staff",
    "chase_payment",
    "complete_project",
    "confirm_plan",
    "create_project",
    "draft_contract",
    "finish_stage",
    "follow_customers",
    "hand_over",
    "hear_opinion",
    "miss_payments",
    "note_progress",
    "open_case",
    "plan_renewal",
    "receive_payment",
    "record_talk",
    "renew_contract",
    "return_contract",
    "review_contract",
    "sign_contract",
    "start_service",
    "terminate_contract",
]
