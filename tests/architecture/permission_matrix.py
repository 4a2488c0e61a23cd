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


MATRIX: list[Row] = []
