"""Imports and exports of customers over the REST API, by the rules of the pages.

What is refused there is refused here with the same sentences; a file goes out only as it was approved.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Literal

import pydantic
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from ninja import Field, Router, Status
from ninja.errors import ValidationError
from pydantic import StrictBool

from keyue.customers.actions import exporting, importing, undoing
from keyue.customers.enums import (
    ExportForm,
    ExportState,
    GrantPurpose,
    ImportKey,
    ImportMode,
    ImportState,
    Kind,
    LegalBasis,
)
from keyue.customers.exchange import asking, dry
from keyue.customers.exchange import selectors as imports_reading
from keyue.customers.exchange.columns import COLUMNS
from keyue.customers.export_views import file_answer
from keyue.customers.models import CustomerImport, ExportRequest
from keyue.kernel import cursors
from keyue.kernel.errors import Invalid
from keyue.people.api import VIA, Cursor, Identity, In, Limit, Out, at_of, by_of, needs, user_of
from keyue.people.enums import Permission
from keyue.people.sending import multipart, sent_file
from keyue.ui.sheets import MOST_BYTES

imports = Router(tags=["customers"])
exports = Router(tags=["customers"])

Meaning = Literal[tuple(COLUMNS)]  # type: ignore[valid-type]
ExportColumn = Literal[tuple(asking.COLUMNS)]  # type: ignore[valid-type]
Why = Literal[tuple(GrantPurpose.values)]  # type: ignore[valid-type]


# --- imports ---


class CustomerImportOptions(In):
    """What an import does; `columns` only where the headings do not say what they are."""

    columns: dict[Meaning, str] = Field(  # type: ignore[valid-type]
        {}, description="meaning: heading; an empty heading leaves it out", examples=[{"name": "厂名"}]
    )
    mode: Literal[tuple(ImportMode.values)] | None = Field(  # type: ignore[valid-type]
        None, description="absent: as the last time with these headings, else both"
    )
    key: Literal[tuple(ImportKey.values)] | None = Field(  # type: ignore[valid-type]
        None, description="by what a row finds the customer on file; any: the surest that it has"
    )
    default_kind: Literal[tuple(Kind.values)] = Kind.ORGANISATION.value  # type: ignore[valid-type]
    default_basis: Literal[tuple(LegalBasis.values)] = LegalBasis.CONTRACT.value  # type: ignore[valid-type]
    external_system: str = Field("ERP", min_length=1, max_length=40)
    dry_run: StrictBool = Field(False, description="check only: nothing is kept")


class CustomerImportIn(CustomerImportOptions):
    """A spreadsheet in base64."""

    name: str = Field(min_length=1, max_length=200, examples=["客户.xlsx"])
    content: str = Field(min_length=1, description="the .xlsx or .csv file in base64")


class CustomerImportOut(Out):
    """An import: counts grow with `position` until `state` is done, stopped or failed."""

    id: int
    name: str
    state: Literal[tuple(ImportState.values)]  # type: ignore[valid-type]
    sha256: str
    mode: str
    key: str
    columns: dict[str, str] = Field(description="meaning: heading")
    total: int
    position: int
    added: int
    updated: int
    unchanged: int
    refused: int
    put_back: int
    not_put_back: int
    problem: str
    cleared: str
    created_at: datetime
    finished_at: datetime | None
    undone_at: datetime | None


class RowChange(Out):
    column: str
    old: str = Field(description="masked where it is a person's")
    new: str


class CheckedRow(Out):
    row: int
    outcome: str
    number: str
    changes: list[RowChange]
    reasons: list[str]
    alike: list[str] = Field(description="numbers of customers on file that look the same")


class CheckedCustomers(CustomerImportOut):
    """What a dry run found in the first `examined` rows; `first` has some of each outcome."""

    examined: int
    would_add: int
    would_update: int
    would_refuse: int
    first: list[CheckedRow]


class CustomerImportPage(Out):
    items: list[CustomerImportOut]
    next_cursor: str


class RefusedRow(Out):
    row: int = Field(description="its number in the sheet")
    reasons: list[str]


class RefusedRows(Out):
    items: list[RefusedRow]
    next_cursor: str


@imports.post(
    "",
    response={202: CustomerImportOut, 200: CheckedCustomers},
    summary="Import customers from a spreadsheet, or only check it",
)
@needs(Permission.CUSTOMER_IMPORT)
def create_customer_import(request: HttpRequest, payload: CustomerImportIn) -> Status[Any]:
    """In base64, within the 4 MiB of a request. A longer one goes to `/customer-imports/file`."""
    try:
        content = base64.b64decode(payload.content, validate=True)
    except (binascii.Error, ValueError) as error:
        sentence = _("文件内容不是合法的 base64。")
        raise Invalid(sentence, fields={"content": sentence}) from error
    return _import(request, [content], payload.name, payload)


@imports.post(
    "/file",
    response={202: CustomerImportOut, 200: CheckedCustomers},
    summary="Import customers from a spreadsheet sent as it is, or only check it",
    openapi_extra=multipart("CustomerSheet"),
)
@needs(Permission.CUSTOMER_IMPORT)
def create_customer_import_from_file(request: HttpRequest) -> Status[Any]:
    """`multipart/form-data` with the .xlsx or .csv as `file`, at most 50 MB and 200,000 rows; what else an import may say
    goes beside it as fields, `columns` as a JSON object."""
    file, fields = sent_file(request, most=MOST_BYTES, beside=CustomerImportOptions.model_fields)
    return _import(request, file.chunks(), file.name or "sheet", _options(fields))


def _options(fields: Mapping[str, str]) -> CustomerImportOptions:
    """The fields beside a file, as a body would have them. Raises the errors of a body."""
    said: dict[str, Any] = dict(fields)
    if "dry_run" in said:
        said["dry_run"] = {"true": True, "false": False}.get(said["dry_run"], said["dry_run"])
    if "columns" in said:
        try:
            said["columns"] = json.loads(said["columns"])
        except ValueError as error:
            sentence = _('请写成 JSON 对象，如 {"name": "厂名"}。')
            raise Invalid(sentence, fields={"columns": sentence}) from error
    try:
        return CustomerImportOptions.model_validate(said)
    except pydantic.ValidationError as error:
        faults = error.errors(include_url=False)
        raise ValidationError([{**fault, "loc": ("body", *fault["loc"])} for fault in faults]) from error


def _import(
    request: HttpRequest, chunks: Iterable[bytes], name: str, options: CustomerImportOptions
) -> Status[Any]:
    by, at, user = by_of(request), at_of(request), user_of(request)
    run = importing.draft(chunks=chunks, name=name, user=user, by=by, at=at)
    try:
        run = importing.set_columns(
            run=run,
            columns=_columns(run, options.columns),
            mode=options.mode or run.mode,
            key=options.key or run.key,
            default_kind=options.default_kind,
            default_basis=options.default_basis,
            external_system=options.external_system,
            by=by,
            at=at,
        )
        if options.dry_run:
            return Status(200, _checked(run))
        return Status(202, import_dict(importing.start(run=run, user=user, by=by, at=at)))
    finally:
        run.refresh_from_db()
        if run.state == ImportState.DRAFT:
            importing.discard(run=run, by=by, at=at)


def _columns(run: CustomerImport, given: Mapping[str, str]) -> dict[str, int]:
    """The columns as recognised, with what the request says of them. Raises Invalid."""
    places = {heading.strip(): place for place, heading in reversed(list(enumerate(run.headings)))}
    columns: dict[str, int] = dict(run.columns)
    for code, heading in given.items():
        columns.pop(code, None)
        if not heading.strip():
            continue
        if heading.strip() not in places:
            sentence = _("表里没有「%(heading)s」这个表头。") % {"heading": heading[:40]}
            raise Invalid(sentence, fields={f"columns.{code}": sentence})
        place = places[heading.strip()]
        columns = {other: at for other, at in columns.items() if at != place}
        columns[code] = place
    return columns


def _checked(run: CustomerImport) -> dict[str, Any]:
    found = dry.examine(run)
    if found.missing:
        sentence = _("还没有指定：%(columns)s") % {"columns": _("、").join(found.missing)}
        raise Invalid(sentence, fields={"columns": sentence})
    first = [
        {
            "row": row.line,
            "outcome": str(row.outcome),
            "number": row.number,
            "changes": [{"column": c, "old": old, "new": new} for c, old, new in row.pairs],
            "reasons": row.reasons,
            "alike": row.alike,
        }
        for rows in found.shown.values()
        for row in rows
    ]
    return {
        **import_dict(run),
        "examined": found.examined,
        "would_add": found.counts["added"],
        "would_update": found.counts["updated"],
        "would_refuse": found.counts["refused"],
        "first": first,
    }


def import_dict(run: CustomerImport) -> dict[str, Any]:
    """An import as the API gives it."""
    names = (
        *("state", "sha256", "mode", "key", "total", "position", "added", "updated", "unchanged", "refused"),
        *("put_back", "not_put_back", "problem", "cleared", "created_at", "finished_at", "undone_at"),
    )
    columns = dict(imports_reading.headings_of(run))
    return {**{n: getattr(run, n) for n in names}, "id": run.pk, "name": run.file_name, "columns": columns}


@imports.get("", response=CustomerImportPage, summary="Imports of customers, newest first")
@needs(Permission.CUSTOMER_IMPORT)
def list_customer_imports(request: HttpRequest, cursor: Cursor = "", limit: Limit = 20) -> dict[str, Any]:
    rows, more = imports_reading.page_of_runs(user_of(request), before=before_of(cursor), size=limit)
    return {"items": [import_dict(run) for run in rows], "next_cursor": str(more or "")}


@imports.get("/{pk}", response=CustomerImportOut, summary="How far an import of customers has come")
@needs(Permission.CUSTOMER_IMPORT)
def get_customer_import(request: HttpRequest, pk: Identity) -> dict[str, Any]:
    return import_dict(imports_reading.run_for(user_of(request), pk))


@imports.get(
    "/{pk}/faults", response=RefusedRows, summary="The rows of customers that were not taken, and why"
)
@needs(Permission.CUSTOMER_IMPORT)
def list_customer_import_faults(
    request: HttpRequest, pk: Identity, cursor: Cursor = "", limit: Limit = 50
) -> dict[str, Any]:
    rows = imports_reading.refused_rows(imports_reading.run_for(user_of(request), pk))
    found = list(rows.filter(line__gt=before_of(cursor) or 0)[: limit + 1])
    items = [{"row": row.line, "reasons": row.reasons} for row in found[:limit]]
    return {"items": items, "next_cursor": str(found[limit - 1].line) if len(found) > limit else ""}


@imports.post(
    "/{pk}/stop", response=CustomerImportOut, summary="Stop an import of customers; what is in stays"
)
@needs(Permission.CUSTOMER_IMPORT)
def stop_customer_import(request: HttpRequest, pk: Identity) -> dict[str, Any]:
    run = imports_reading.run_for(user_of(request), pk)
    return import_dict(importing.stop(run=run, by=by_of(request), at=at_of(request)))


@imports.post("/{pk}/undo", response={202: CustomerImportOut}, summary="Undo a whole import of customers")
@needs(Permission.CUSTOMER_IMPORT)
def undo_customer_import(request: HttpRequest, pk: Identity) -> Status[dict[str, Any]]:
    """Who was added is withdrawn, what was changed goes back; what somebody has touched since stays and is listed."""
    user = user_of(request)
    run = imports_reading.run_for(user, pk)
    undone = undoing.undo_import(run=run, user=user, by=by_of(request), at=at_of(request))
    return Status(202, import_dict(undone))


def before_of(cursor: str) -> int | None:
    """The id of a cursor; None for the first page. Raises Invalid."""
    if not cursor:
        return None
    try:
        return cursors.number(cursor)
    except ValueError:
        sentence = _("cursor 不是上一页给出的 next_cursor。")
        raise Invalid(sentence, fields={"cursor": sentence}, code="bad_cursor") from None


# --- exports ---


class ExportIn(In):
    """What is to go out, and what for."""

    columns: list[ExportColumn] = Field(min_length=1, max_length=len(asking.COLUMNS))  # type: ignore[valid-type]
    narrowing: dict[Literal[asking.NARROWINGS], str] = Field(  # type: ignore[valid-type]
        {}, description="which customers, of those you see", examples=[{"grade": "A"}]
    )
    is_clear: StrictBool = Field(False, description="personal fields unmasked")
    form: Literal[tuple(ExportForm.values)] = ExportForm.XLSX.value  # type: ignore[valid-type]
    purpose: Why  # type: ignore[valid-type]
    remark: str = Field(
        min_length=1, max_length=300, description="where it is used and who sees it; nobody's name"
    )


class ExportOut(Out):
    """A request; `state` is asked, approved (being made), made, refused, failed or expired."""

    id: int
    number: str
    state: Literal[tuple(ExportState.values)]  # type: ignore[valid-type]
    asked_by: int
    asked_at: datetime
    columns: list[str]
    narrowing: dict[str, str]
    is_clear: bool
    form: str
    purpose: str
    remark: str
    decided_by: int | None
    decided_at: datetime | None
    refusal: str
    rows: int
    position: int
    size: int
    sha256: str
    expires_at: datetime | None
    downloads: int


class ExportPage(Out):
    items: list[ExportOut]
    next_cursor: str


NOT_ALWAYS = {"responses": {409: {"$ref": "#/components/responses/Refused"}}}
"""The file is not there yet, or no more."""


class RefusalIn(In):
    """Why not."""

    refusal: str = Field(min_length=1, max_length=300, examples=["范围太大，请只导本部门"])


@exports.post("", response={201: ExportOut}, summary="Ask for a file of customers")
@needs(Permission.EXPORT_REQUEST)
def ask_customer_export(request: HttpRequest, data: ExportIn) -> Status[dict[str, Any]]:
    """Somebody else approves; then the worker makes the file."""
    asked = exporting.ask_export(
        user=user_of(request), by=by_of(request), at=at_of(request), via=VIA, **data.model_dump()
    )
    return Status(201, export_dict(asked))


@exports.get("", response=ExportPage, summary="Requests for files of customers, newest first")
@needs(Permission.EXPORT_REQUEST, Permission.EXPORT_APPROVE)
def list_customer_exports(request: HttpRequest, cursor: Cursor = "", limit: Limit = 20) -> dict[str, Any]:
    rows, more = asking.page_of_requests(user_of(request), before=before_of(cursor), size=limit)
    return {"items": [export_dict(row) for row in rows], "next_cursor": str(more or "")}


@exports.get("/{pk}", response=ExportOut, summary="One request for a file of customers")
@needs(Permission.EXPORT_REQUEST, Permission.EXPORT_APPROVE)
def get_customer_export(request: HttpRequest, pk: Identity) -> dict[str, Any]:
    return export_dict(asking.request_for(user_of(request), pk))


@exports.post("/{pk}/approve", response=ExportOut, summary="Approve a request for a file of customers")
@needs(Permission.EXPORT_APPROVE)
def approve_customer_export(request: HttpRequest, pk: Identity) -> dict[str, Any]:
    """Not one's own."""
    user = user_of(request)
    found = asking.request_for(user, pk)
    done = exporting.approve_export(request=found, user=user, by=by_of(request), at=at_of(request), via=VIA)
    return export_dict(done)


@exports.post("/{pk}/refuse", response=ExportOut, summary="Refuse a request for a file of customers")
@needs(Permission.EXPORT_APPROVE)
def refuse_customer_export(request: HttpRequest, pk: Identity, data: RefusalIn) -> dict[str, Any]:
    user = user_of(request)
    found = asking.request_for(user, pk)
    done = exporting.refuse_export(
        request=found, user=user, refusal=data.refusal, by=by_of(request), at=at_of(request), via=VIA
    )
    return export_dict(done)


@exports.get("/{pk}/file", summary="The file, for the asker, until it expires", openapi_extra=NOT_ALWAYS)
@needs(Permission.EXPORT_REQUEST)
def download_customer_export(request: HttpRequest, pk: Identity) -> HttpResponseBase:
    """Every download is recorded."""
    user = user_of(request)
    found = asking.request_for(user, pk)
    content = exporting.download_export(
        request=found, user=user, by=by_of(request), at=at_of(request), via=VIA
    )
    return file_answer(found, content)


def export_dict(row: ExportRequest) -> dict[str, Any]:
    """A request as the API gives it."""
    names = (
        *("number", "state", "asked_at", "columns", "narrowing", "is_clear", "form", "purpose", "remark"),
        *("decided_at", "refusal", "rows", "position", "size", "sha256", "expires_at", "downloads"),
    )
    said = {name: getattr(row, name) for name in names}
    return {**said, "id": row.pk, "asked_by": row.user_id, "decided_by": row.decided_by_id}
