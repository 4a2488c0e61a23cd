"""Who the token is, and what it may."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Router, Schema

from keyue.people import selectors as people
from keyue.people.access import access_of

router = Router(tags=["me"])


class Me(Schema):
    username: str
    name: str
    permissions: list[str]
    owner_codes: list[str]


class Department(Schema):
    code: str
    name: str


@router.get("", response=Me, summary="Who this token is")
def me(request: HttpRequest) -> dict[str, object]:
    user = request.auth  # type: ignore[attr-defined]
    return {
        "username": user.username,
        "name": user.name,
        "permissions": sorted(access_of(user).permissions),
        "owner_codes": sorted(people.owner_codes_of(user)),
    }


@router.get("/departments", response=list[Department], summary="Departments, for assignments")
def departments(request: HttpRequest) -> list[dict[str, str]]:
    return [{"code": department.code, "name": department.name} for department in people.open_departments()]
