"""What happens to people, in the past tense. Facts hold ids and codes, never names, addresses or secrets."""

from __future__ import annotations

from enum import StrEnum


class Event(StrEnum):
    """Kinds of facts about the subjects user, department, post and installation."""

    USER_CREATED = "user.created"
    USER_CHANGED = "user.changed"
    USER_LEFT = "user.left"
    USER_RETURNED = "user.returned"
    USER_SIGNED_IN = "user.signed_in"
    USER_SIGNED_OUT = "user.signed_out"
    USER_SESSION_ENDED = "user.session_ended"
    USER_SIGN_IN_FAILED = "user.sign_in_failed"
    USER_LOCKED = "user.locked"
    USER_UNLOCKED = "user.unlocked"
    USER_PASSWORD_CHANGED = "user.password_changed"  # noqa: S105  a kind of fact
    USER_PASSWORD_RESET = "user.password_reset"  # noqa: S105
    USER_CODE_SET_UP = "user.code_set_up"
    USER_CODE_REMOVED = "user.code_removed"
    USER_RECOVERY_CODES_MADE = "user.recovery_codes_made"
    USER_RECOVERY_CODE_USED = "user.recovery_code_used"
    USER_ROLE_GRANTED = "user.role_granted"
    USER_ROLE_REVOKED = "user.role_revoked"
    USER_ADMINISTRATORS_JOINED = "user.administrators_joined"
    USER_DELEGATED = "user.delegated"
    USER_DELEGATION_ENDED = "user.delegation_ended"
    USER_TOKEN_ISSUED = "user.token_issued"  # noqa: S105
    USER_TOKEN_REVOKED = "user.token_revoked"  # noqa: S105
    DEPARTMENT_CREATED = "department.created"
    DEPARTMENT_RENAMED = "department.renamed"
    DEPARTMENT_MOVED = "department.moved"
    DEPARTMENT_HEAD_SET = "department.head_set"
    DEPARTMENT_CLOSED = "department.closed"
    POST_CREATED = "post.created"
    POST_CHANGED = "post.changed"
    POST_HOLDERS_SET = "post.holders_set"
    POST_REMOVED = "post.removed"
    SECURITY_POLICY_CHANGED = "installation.security_policy_changed"
