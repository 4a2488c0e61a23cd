"""Who the token is, what they were told, and the people and departments to choose from."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Field, Query, Router

from keyue.people import selectors as people
from keyue.people.access import access_of
from keyue.people.api import LARGEST_ID, Cursor, In, Limit, Out, at_of, needs, user_of
from keyue.people.models import Department
from keyue.promises import actions as promises
from keyue.promises import inbox
from keyue.workbench import notices

me = Router(tags=["me"])
staff = Router(tags=["people"])
departments = Router(tags=["people"])


class Me(Out):
    """The person behind the token, and what the token may do."""

    username: str = Field(examples=["lin"])
    name: str
    department: str | None = Field(description="code of their department")
    permissions: list[str] = Field(examples=[["case.register", "case.view"]])
    owner_codes: list[str] = Field(description="posts and departments whose promises are theirs to keep")
    unread_notices: int = Field(description="counted to 100 at most")


class NoticeOut(Out):
    """Something this person was told."""

    id: int
    kind: str
    at: datetime
    text: str
    number: str = Field(description="of the case it is about; empty where there is none")
    promise: int | None
    is_new: bool


class NoticePage(Out):
    """`next_cursor` leads to the next page; empty on the last."""

    items: list[NoticeOut]
    next_cursor: str


class SeenIn(In):
    """The newest notice that has been read."""

    up_to: int = Field(ge=1, le=LARGEST_ID, strict=True, examples=[1])


class Unread(Out):
    """How many are still unread, counted to 100 at most."""

    unread_notices: int


class PersonOut(Out):
    """A colleague to give a promise to."""

    id: int
    username: str = Field(examples=["chen"])
    name: str
    department: str | None
    title: str


class PersonPage(Out):
    """`next_cursor` leads to the next page; empty on the last."""

    items: list[PersonOut]
    next_cursor: str


class DepartmentOut(Out):
    """A department to assign to."""

    code: str = Field(examples=["engineering"])
    name: str
    parent: str | None
    head: str | None = Field(description="username of its head")


@me.get("", response=Me, summary="Who this token is")
@needs()
def who_am_i(request: HttpRequest) -> dict[str, Any]:
    """The token's limits are taken into account."""
    user = user_of(request)
    return {
        "username": user.username,
        "name": user.name,
        "department": user.department.code if user.department else None,
        "permissions": sorted(access_of(user).permissions),
        "owner_codes": sorted(people.owner_codes_of(user)),
        "unread_notices": inbox.unread_count(user),
    }


@me.get("/notices", response=NoticePage, summary="What this person was told, newest first")
@needs()
def notice_list(request: HttpRequest, limit: Limit = 50, cursor: Cursor = "") -> dict[str, Any]:
    """Reminders, escalations, assignments, requests to decide. Reading them here does not mark them as read."""
    page = notices.page_of(user_of(request), now=at_of(request), before=notices.place(cursor), size=limit)
    return {
        "items": [
            {
                "id": row.notice.pk,
                "kind": row.notice.kind,
                "at": row.notice.at,
                "text": row.text,
                "number": row.number,
                "promise": row.notice.promise_id,
                "is_new": row.is_new,
            }
            for row in page.rows
        ],
        "next_cursor": str(page.next_before or ""),
    }


@me.post("/notices/seen", response=Unread, summary="Mark notices as read")
@needs()
def notices_seen(request: HttpRequest, payload: SeenIn) -> dict[str, int]:
    """Up to and with this one; what was read stays read."""
    user = user_of(request)
    newest = inbox.newest_until(user, payload.up_to)
    if newest:
        promises.see_notices(user=user, up_to=newest)
    return {"unread_notices": inbox.unread_count(user)}


@staff.get("", response=PersonPage, summary="Colleagues to choose from")
@needs()
def staff_list(
    request: HttpRequest,
    limit: Limit = 50,
    cursor: Cursor = "",
    q: Annotated[str, Query(max_length=60, description="part of the name, its pinyin or the username")] = "",
    behind: Annotated[
        str, Query(max_length=60, description="only who stands behind this post or department now")
    ] = "",
) -> dict[str, Any]:
    """Everybody who works here now, by username."""
    found, next_cursor = people.colleagues_page(
        text=q, behind=behind, at=at_of(request), after=cursor, size=limit
    )
    items = [
        {
            "id": user.pk,
            "username": user.username,
            "name": user.name,
            "department": user.department.code if user.department else None,
            "title": user.title,
        }
        for user in found
    ]
    return {"items": items, "next_cursor": next_cursor}


@departments.get("", response=list[DepartmentOut], summary="Departments, in the order of the tree")
@needs()
def department_list(request: HttpRequest) -> list[dict[str, Any]]:
    """Codes as assignments take them."""
    return [
        department_out(department)
        for department in people.open_departments().select_related("parent", "head")
    ]


def department_out(department: Department) -> dict[str, Any]:
    """A department as it is answered."""
    return {
        "code": department.code,
        "name": department.name,
        "parent": department.parent.code if department.parent else None,
        "head": department.head.username if department.head else None,
    }
