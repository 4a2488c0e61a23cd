"""Everything that writes in this room. Each action takes `by` and `at`, is one transaction, and ends in a fact.

Whether somebody may is asked before, by the page or the API, and what they may see is what the selectors give them.
"""

from keyue.sales.actions.conflicts import settle_conflict
from keyue.sales.actions.leads import (
    Registration,
    contact_lead,
    drop_lead,
    erase_lead,
    extend_lead,
    hand_over_lead,
    hand_over_leads,
    look_at_leads,
    qualify_lead,
    register_lead,
    reveal_lead,
)
from keyue.sales.actions.needs import (
    ask_changes,
    confirm_plan,
    drop_need,
    note_need,
    send_plan,
    withdraw_plan,
)
from keyue.sales.actions.opportunities import (
    change_opportunity,
    hand_over_opportunities,
    hand_over_opportunity,
    lose_opportunity,
    move_opportunity,
    open_opportunity,
    reopen_opportunity,
)
from keyue.sales.actions.pool import (
    begin_holdings,
    look_at_holdings,
    pick_customer,
    put_back,
    release_customer,
)
from keyue.sales.actions.setting import change_rules, set_target

__all__ = [
    "Registration",
    "ask_changes",
    "begin_holdings",
    "change_opportunity",
    "change_rules",
    "confirm_plan",
    "contact_lead",
    "drop_lead",
    "drop_need",
    "erase_lead",
    "extend_lead",
    "hand_over_lead",
    "hand_over_leads",
    "hand_over_opportunities",
    "hand_over_opportunity",
    "look_at_holdings",
    "look_at_leads",
    "lose_opportunity",
    "move_opportunity",
    "note_need",
    "open_opportunity",
    "pick_customer",
    "put_back",
    "qualify_lead",
    "register_lead",
    "release_customer",
    "reopen_opportunity",
    "reveal_lead",
    "send_plan",
    "set_target",
    "settle_conflict",
    "withdraw_plan",
]
