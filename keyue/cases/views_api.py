"""The reader's saved views of the list of cases over the API: the same that stand above the list on the page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Status

from keyue.cases import selectors
from keyue.cases.actions import titles
from keyue.cases.models import SavedView
from keyue.cases.page_forms import query_of, read_query
from keyue.people.api import Identity, In, Out, at_of, by_of, needs, shown, user_of
from keyue.people.enums import Permission

router = Router(tags=["cases"])


class ViewIn(In):
    """Filters under a name. What the list does not know in `query` is left out, as on the page."""

    model_config = shown(examples=[{"name": "我的投诉", "query": "type=complaint&mine=on"}])

    name: str = Field(min_length=1, max_length=titles.NAME)
    query: str = Field("", max_length=500, description="as in the address of the page `/cases/`")


class ViewName(In):
    """Another name."""

    model_config = shown(examples=[{"name": "我的投诉"}])

    name: str = Field(min_length=1, max_length=titles.NAME)


class ViewOut(Out):
    """A saved view; where `is_mine` is false it is everybody's."""

    id: int
    name: str
    query: str
    is_mine: bool


@router.get("", response=list[ViewOut], summary="Saved views of the list")
@needs(Permission.CASE_VIEW)
def view_list(request: HttpRequest) -> list[dict[str, Any]]:
    """One's own and everybody's, in their order on the page."""
    return [_out(view) for view in selectors.saved_views(user_of(request))]


@router.post("", response={201: ViewOut}, summary="Save a view of the list")
@needs(Permission.CASE_VIEW)
def create_view(request: HttpRequest, payload: ViewIn) -> Status[Any]:
    """For the token's person alone; twenty at most."""
    query = query_of(read_query(payload.query).wanted())
    made = titles.save_view(name=payload.name, query=query, by=by_of(request), at=at_of(request))
    return Status(201, _out(made))


@router.patch("/{pk}", response=ViewOut, summary="Rename a saved view")
@needs(Permission.CASE_VIEW)
def rename_view(request: HttpRequest, pk: Identity, payload: ViewName) -> dict[str, Any]:
    """One of one's own."""
    return _out(titles.rename_view(pk, name=payload.name, by=by_of(request), at=at_of(request)))


@router.delete("/{pk}", response={204: None}, summary="Drop a saved view")
@needs(Permission.CASE_VIEW)
def drop_view(request: HttpRequest, pk: Identity) -> Status[Any]:
    """One of one's own; the cases stay where they are."""
    titles.delete_view(pk, by=by_of(request), at=at_of(request))
    return Status(204, None)


def _out(view: SavedView) -> dict[str, Any]:
    return {"id": view.pk, "name": view.name, "query": view.query, "is_mine": view.user_id is not None}
