"""Who may call which address. Every address of the product stands here, once for each method it answers.

Add a row beside its neighbours: the name of the URL, the method, the roles that may, and what the others get.
`at` fills the address; a value that begins with @ is something of the world that tests/architecture/world.py
makes (`@case`: the number of a case of another department), and unknown values are simply written out.

    row("cases:detail", "GET", ("service_agent", "inspector"), nobody=404, at={"number": "@case"})

`nobody` is a member of staff without any role, department or post: 403 where a permission is lacking, 404
where the thing is not theirs to see. The persons of the other roles stand in a department that has nothing to
do with the things of the world: a role that sees its own department only is not among those that may.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

# every member of staff who is signed in
STAFF = ("*",)
# everybody, signed in or not
PUBLIC = ("public",)
TO_LOGIN = 302


@dataclass(frozen=True)
class Row:
    """One address and one method of it."""

    name: str
    method: str
    roles: tuple[str, ...]
    anonymous: int
    nobody: int
    at: Mapping[str, object] = field(default_factory=dict)
    data: Mapping[str, object] = field(default_factory=dict)
    token: bool = False

    def __str__(self) -> str:
        return f"{self.method} {self.name}"


def row(
    name: str,
    method: str,
    roles: tuple[str, ...],
    *,
    anonymous: int | None = None,
    nobody: int | None = None,
    at: Mapping[str, object] = {},
    data: Mapping[str, object] = {},
    token: bool = False,
) -> Row:
    """A row with what is usual: a stranger is sent to the login page (an API answers 401), nobody gets 403.

    For PUBLIC and STAFF rows `anonymous` and `nobody` are the status they get, 200 unless said otherwise.
    """
    if anonymous is None:
        anonymous = 200 if roles == PUBLIC else 401 if token else TO_LOGIN
    if nobody is None:
        nobody = 200 if roles in (PUBLIC, STAFF) else 403
    return Row(name, method, roles, anonymous, nobody, at, data, token)


SYSTEM, SECURITY, AUDIT = "system_administrator", "security_administrator", "audit_administrator"
ADMINISTRATORS = (SYSTEM, SECURITY, AUDIT)
AGENT, SUPERVISOR, MANAGER = "service_agent", "service_supervisor", "account_manager"
QUALITY, INSPECTOR, EXECUTIVE = "quality_manager", "inspector", "executive"
WORKER, HEAD = "department_staff", "department_head"
# those who see the customers and cases of every department
SEE_ALL = (AGENT, SUPERVISOR, QUALITY, INSPECTOR, EXECUTIVE)
SEE_SOME = (*SEE_ALL, MANAGER, WORKER, HEAD)

MATRIX: list[Row] = [
    # --- signing in ---------------------------------------------------------------------------------------
    row("people:sign_in", "GET", PUBLIC, nobody=302),
    row("people:sign_in", "POST", PUBLIC, anonymous=422, nobody=302),
    row("people:sign_in_code", "GET", PUBLIC, anonymous=303, nobody=303),
    row("people:sign_in_code", "POST", PUBLIC, anonymous=303, nobody=303),
    row("people:sign_out", "GET", PUBLIC, anonymous=303),
    row("people:sign_out", "POST", PUBLIC, anonymous=303, nobody=303),
    # --- one's own account --------------------------------------------------------------------------------
    row("people:me", "GET", STAFF),
    row("people:me", "POST", STAFF),
    row("people:password", "GET", STAFF),
    row("people:password", "POST", STAFF),
    row("people:two_factor", "GET", STAFF),
    row("people:two_factor", "POST", STAFF),
    row("people:two_factor_codes", "POST", STAFF, nobody=422),
    row("people:two_factor_remove", "POST", STAFF, nobody=422),
    row("people:end_session", "POST", STAFF, nobody=303),
    row("people:my_tokens", "GET", STAFF),
    row("people:my_tokens", "POST", STAFF),
    row("people:revoke_token", "POST", STAFF, nobody=404, at={"pk": 0}),
    row("people:delegations", "GET", STAFF),
    row("people:delegations", "POST", STAFF),
    row("people:end_delegation", "POST", STAFF, nobody=404, at={"pk": 0}),
    # --- staff --------------------------------------------------------------------------------------------
    row("people:staff", "GET", ADMINISTRATORS),
    row("people:new_person", "GET", (SYSTEM,)),
    row("people:new_person", "POST", (SYSTEM,)),
    row("people:import", "GET", (SYSTEM,)),
    row("people:import", "POST", (SYSTEM,)),
    row("people:person", "GET", ADMINISTRATORS, at={"pk": "@person"}),
    row("people:person", "POST", (SYSTEM,), at={"pk": "@person"}),
    row("people:leave", "GET", (SYSTEM,), at={"pk": "@person"}),
    row("people:leave", "POST", (SYSTEM,), at={"pk": "@person"}),
    row("people:come_back", "POST", (SYSTEM,), at={"pk": "@person"}),
    row("people:unlock", "POST", (SYSTEM, SECURITY), at={"pk": "@person"}),
    row("people:reset_password", "POST", (SYSTEM,), at={"pk": "@person"}),
    row("people:remove_code", "POST", (SECURITY,), at={"pk": "@person"}),
    row("people:end_sessions", "POST", (SYSTEM, SECURITY), at={"pk": "@person"}),
    # --- organisation -------------------------------------------------------------------------------------
    row("people:departments", "GET", ADMINISTRATORS),
    row("people:new_department", "GET", (SYSTEM,)),
    row("people:new_department", "POST", (SYSTEM,)),
    row("people:department", "GET", (SYSTEM,), at={"code": "@department"}),
    row("people:department", "POST", (SYSTEM,), at={"code": "@department"}),
    row("people:close_department", "POST", (SYSTEM,), at={"code": "@department"}),
    row("people:posts", "GET", (*ADMINISTRATORS, QUALITY)),
    row("people:new_post", "GET", (SYSTEM,)),
    row("people:new_post", "POST", (SYSTEM,)),
    row("people:post", "GET", ADMINISTRATORS, at={"code": "@post"}),
    row("people:post", "POST", (SYSTEM,), at={"code": "@post"}),
    row("people:remove_post", "POST", (SYSTEM,), at={"code": "@post"}),
    # --- access -------------------------------------------------------------------------------------------
    row("people:roles", "GET", ADMINISTRATORS),
    row("people:roles", "POST", (SECURITY,)),
    row("people:revoke_role", "POST", (SECURITY,), at={"pk": "@person", "role": "service_agent"}),
    row("people:tokens", "GET", (SECURITY,)),
    row("people:security", "GET", (SECURITY, AUDIT)),
    row("people:security", "POST", (SECURITY,)),
    # --- customers ----------------------------------------------------------------------------------------
    row("customers:list", "GET", SEE_SOME),
    row("customers:page", "GET", SEE_ALL, at={"number": "@customer"}),
    row("customers:reveal", "POST", (AGENT, SUPERVISOR), at={"contact_id": "@contact", "field": "phone"}),
    row("customers:erase", "POST", (SUPERVISOR,), at={"number": "@customer"}),
    # --- the public portal: whoever has number and code; without them to the page that asks for them ----------
    row("channels:feedback", "GET", PUBLIC),
    row("channels:feedback", "POST", PUBLIC, anonymous=422, nobody=422),
    row("channels:privacy", "GET", PUBLIC),
    row("channels:leave", "POST", PUBLIC, anonymous=303, nobody=303),
    row("channels:lookup", "GET", PUBLIC),
    row("channels:lookup", "POST", PUBLIC, anonymous=422, nobody=422),
    row("channels:progress", "GET", PUBLIC, anonymous=303, nobody=303, at={"number": "TS-2603-000001"}),
    row(
        "channels:attachment",
        "GET",
        PUBLIC,
        anonymous=303,
        nobody=303,
        at={"number": "TS-2603-000001", "pk": 1},
    ),
    row(
        "channels:act",
        "POST",
        PUBLIC,
        anonymous=403,
        nobody=403,
        at={"number": "TS-2603-000001", "what": "remind"},
    ),
    row("channels:embedded", "GET", PUBLIC),
    row("channels:embedded", "POST", PUBLIC, anonymous=422, nobody=422),
    row("channels:script", "GET", PUBLIC),
    # --- workbench ----------------------------------------------------------------------------------------
    row("workbench:home", "GET", STAFF),
    row("workbench:nav", "GET", STAFF),
    row("workbench:notices", "GET", STAFF),
    row("workbench:notices", "POST", STAFF, nobody=302),
    row("workbench:search", "GET", STAFF),
    row("workbench:live", "GET", STAFF, anonymous=401),
    row("ui:components", "GET", STAFF),
]
