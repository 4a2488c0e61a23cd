"""Everything that writes in this room. Each action takes `by` and `at`, is one transaction, and ends in a fact.

Whether somebody may is asked before, by the page or the API (`people.permissions.check`), and what they may see is what
the selectors give them; a state that forbids an act is refused here.
"""

from keyue.customers.actions._ground import note
from keyue.customers.actions.archive import (
    assign_account_manager,
    change_customer,
    create_customer,
    hand_over_customers,
)
from keyue.customers.actions.archive_search import start_search, stop_search, work_search
from keyue.customers.actions.bulk import NewCustomer, create_many, match_or_create_many
from keyue.customers.actions.contacts import add_contact, change_contact
from keyue.customers.actions.duplicates import (
    Proposal,
    change_duplicate_settings,
    find_distinct,
    merge_pair,
    propose,
    propose_many,
    reopen_pair,
)
from keyue.customers.actions.erasing import clear_contact, erase, reapply_erasures
from keyue.customers.actions.identifiers import add_identifier, end_identifier
from keyue.customers.actions.intake import match_or_create
from keyue.customers.actions.lifecycle import change_stage, check_background, lose_customer
from keyue.customers.actions.merging import merge, unmerge
from keyue.customers.actions.revealing import reveal

__all__ = [
    "NewCustomer",
    "Proposal",
    "add_contact",
    "add_identifier",
    "assign_account_manager",
    "change_contact",
    "change_customer",
    "change_duplicate_settings",
    "change_stage",
    "check_background",
    "clear_contact",
    "create_customer",
    "create_many",
    "end_identifier",
    "erase",
    "find_distinct",
    "hand_over_customers",
    "lose_customer",
    "match_or_create",
    "match_or_create_many",
    "merge",
    "merge_pair",
    "note",
    "propose",
    "propose_many",
    "reapply_erasures",
    "reopen_pair",
    "reveal",
    "start_search",
    "stop_search",
    "unmerge",
    "work_search",
]
