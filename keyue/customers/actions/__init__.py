"""Everything that writes in this room. Each action takes `by` and `at`, is one transaction, and ends in a fact.

Whether somebody may is asked before, by the page or the API (`people.permissions.check`), and what they may see is what
the selectors give them; a state that forbids an act is refused here.
"""

from keyue.customers.actions.archive import (
    add_contact,
    assign_account_manager,
    change_contact,
    change_customer,
    create_customer,
    hand_over_customers,
)
from keyue.customers.actions.bulk import NewCustomer, create_many, match_or_create_many
from keyue.customers.actions.erasing import erase, reapply_erasures
from keyue.customers.actions.intake import match_or_create
from keyue.customers.actions.revealing import reveal

__all__ = [
    "NewCustomer",
    "add_contact",
    "assign_account_manager",
    "change_contact",
    "change_customer",
    "create_customer",
    "create_many",
    "erase",
    "hand_over_customers",
    "match_or_create",
    "match_or_create_many",
    "reapply_erasures",
    "reveal",
]
