"""Everything that writes in this room. Each action takes `by` and `at`, is one transaction, and ends in a fact."""

from keyue.people.actions.credentials import (
    change_password,
    random_password,
    rehash_password,
    reset_password,
    set_password,
)
from keyue.people.actions.delegations import delegate, end_delegation
from keyue.people.actions.grants import grant_role, revoke_role
from keyue.people.actions.organisation import (
    change_department,
    change_post,
    close_department,
    create_department,
    create_post,
    move_department,
    remove_post,
    rename_department,
    set_head,
    set_holders,
)
from keyue.people.actions.policy import change_security_policy
from keyue.people.actions.second_factor import make_recovery_codes, remove_code, set_up_code, use_code
from keyue.people.actions.sheet import import_staff
from keyue.people.actions.sign_in import (
    end_session,
    end_sessions,
    record_failure,
    record_sign_in,
    record_sign_out,
    record_unknown_failure,
    tidy,
    unlock,
)
from keyue.people.actions.staff import (
    change_preferences,
    change_staff,
    create_staff,
    deactivate,
    reactivate,
)
from keyue.people.actions.tokens import is_to_touch, issue_token, revoke_token, touch_token

__all__ = [
    "change_department",
    "change_password",
    "change_post",
    "change_preferences",
    "change_security_policy",
    "change_staff",
    "close_department",
    "create_department",
    "create_post",
    "create_staff",
    "deactivate",
    "delegate",
    "end_delegation",
    "end_session",
    "end_sessions",
    "grant_role",
    "import_staff",
    "is_to_touch",
    "issue_token",
    "make_recovery_codes",
    "move_department",
    "random_password",
    "reactivate",
    "record_failure",
    "record_sign_in",
    "record_sign_out",
    "record_unknown_failure",
    "rehash_password",
    "remove_code",
    "remove_post",
    "rename_department",
    "reset_password",
    "revoke_role",
    "revoke_token",
    "set_head",
    "set_holders",
    "set_password",
    "set_up_code",
    "tidy",
    "touch_token",
    "unlock",
    "use_code",
]
