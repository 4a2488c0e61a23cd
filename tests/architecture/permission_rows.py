"""Rows of the permission matrix: an address, a method, and who may."""

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
SALES, KEEPER, OFFICER = "sales_manager", "archive_keeper", "privacy_officer"
# those who see the customers and cases of every department
SEE_ALL = (AGENT, SUPERVISOR, QUALITY, INSPECTOR, EXECUTIVE, KEEPER, OFFICER)
SEE_SOME = (*SEE_ALL, MANAGER, SALES, WORKER, HEAD)
# those who see every case and every figure
MAKE_PACKS = (SUPERVISOR, QUALITY, INSPECTOR, EXECUTIVE, KEEPER)

# those who merge files and take them apart, of every department
MERGE = (SUPERVISOR, KEEPER)

UNKNOWN = "00000000-0000-4000-8000-000000000000"
