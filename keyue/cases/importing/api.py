"""Imports over the REST API: a spreadsheet in, its progress, and the rows that were not taken."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Literal

import pydantic
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Field, Router, Status
from ninja.errors import ValidationError
from pydantic import StrictBool

from keyue.cases.enums import CaseType, Telling
from keyue.cases.importing import actions, dry, selectors
from keyue.cases.importing.columns import COLUMNS
from keyue.cases.importing.enums import Clearing, ImportState
from keyue.cases.importing.reading import MOST_BYTES
from keyue.cases.models import ImportRun
from keyue.cases.sending import multipart, sent_file
from keyue.kernel.errors import Invalid
from keyue.people.api import Cursor, Identity, In, Limit, Out, at_of, by_of, needs, user_of
from keyue.people.enums import Permission

router = Router(tags=["cases"])
Column = Literal[tuple(COLUMNS)]  # type: ignore[valid-type]


class ImportOptions(In):
    """How a spreadsheet is read; `columns` only where its headings do not say what they are."""

    columns: dict[Column, str] = Field(  # type: ignore[valid-type]
        {}, description="meaning: heading; an empty heading leaves it out", examples=[{"at": "来电时刻"}]
    )
    default_type: Literal[tuple(CaseType.values)] = Field(  # type: ignore[valid-type]
        CaseType.FEEDBACK.value, description="of rows that name none"
    )
    default_via: Literal[tuple(Telling.values)] = Field(  # type: ignore[valid-type]
        Telling.CALL.value, description="how customers were told, of rows that do not say"
    )
    dry_run: StrictBool = Field(False, description="check only: nothing is kept")


class ImportIn(ImportOptions):
    """A spreadsheet in base64; `columns` only where its headings do not say what they are."""

    name: str = Field(min_length=1, max_length=200, examples=["投诉登记表.xlsx"])
    content: str = Field(min_length=1, description="the .xlsx or .csv file in base64")


class ImportOut(Out):
    """An import: counts grow with `position` until `state` is done, stopped or failed."""

    id: int
    name: str
    state: Literal[tuple(ImportState.values)]  # type: ignore[valid-type]
    sha256: str = Field(description="of the file: the evidence of every fact that came from it")
    columns: dict[str, str] = Field(description="meaning: heading")
    total: int
    position: int
    made: int
    known: int = Field(description="rows that had been imported before: unchanged")
    bad: int
    overdue: int = Field(description="cases that owed something overdue when they came in")
    problem: str
    cleared: Literal[tuple(["", *Clearing.values])] = Field(  # type: ignore[valid-type]
        description="why what stood in the file, and why rows were bad, is not kept any more"
    )
    created_at: datetime
    finished_at: datetime | None


class FaultKind(Out):
    sentence: str
    rows: int


class Checked(ImportOut):
    """What a dry run found in the first `examined` rows."""

    examined: int
    faulty: int
    faults: list[FaultKind]


class ImportPage(Out):
    items: list[ImportOut]
    next_cursor: str


class BadRow(Out):
    row: int = Field(description="its number in the sheet")
    reasons: list[str]


class BadRows(Out):
    items: list[BadRow]
    next_cursor: str


@router.post(
    "",
    response={202: ImportOut, 200: Checked},
    summary="Import cases from a spreadsheet; the same file again changes nothing",
)
@needs(Permission.CASE_IMPORT)
def create_import(request: HttpRequest, payload: ImportIn) -> Status[Any]:
    """In base64, within the 4 MiB of a request. A longer one goes to `/cases/imports/file`."""
    return _import(request, [_content(payload.content)], payload.name, payload)


@router.post(
    "/file",
    response={202: ImportOut, 200: Checked},
    summary="Import cases from a spreadsheet sent as it is; the same file again changes nothing",
    openapi_extra=multipart("SheetFile"),
)
@needs(Permission.CASE_IMPORT)
def create_import_from_file(request: HttpRequest) -> Status[Any]:
    """`multipart/form-data` with the .xlsx or .csv as `file`, at most 50 MB and 200,000 rows; what else an import may say
    goes beside it as fields, `columns` as a JSON object."""
    file, fields = sent_file(request, most=MOST_BYTES, beside=ImportOptions.model_fields)
    return _import(request, file.chunks(), file.name or "sheet", _options(fields))


def _options(fields: Mapping[str, str]) -> ImportOptions:
    """The fields beside a file, as a body would have them. Raises the errors of a body."""
    said: dict[str, Any] = dict(fields)
    if "dry_run" in said:
        said["dry_run"] = {"true": True, "false": False}.get(said["dry_run"], said["dry_run"])
    if "columns" in said:
        try:
            said["columns"] = json.loads(said["columns"])
        except ValueError as error:
            sentence = _('请写成 JSON 对象，如 {"at": "来电时刻"}。')
            raise Invalid(sentence, fields={"columns": sentence}) from error
    try:
        return ImportOptions.model_validate(said)
    except pydantic.ValidationError as error:
        raise ValidationError(
            [{**fault, "loc": ("body", *fault["loc"])} for fault in error.errors(include_url=False)]
        ) from error


def _import(request: HttpRequest, chunks: Iterable[bytes], name: str, options: ImportOptions) -> Status[Any]:
    by, at, user = by_of(request), at_of(request), user_of(request)
    run = actions.draft(chunks=chunks, name=name, by=by, at=at, user_id=user.pk)
    try:
        columns = _columns(run, options.columns)
        run = actions.set_columns(
            run_id=run.pk,
            columns=columns,
            default_type=options.default_type,
            default_via=options.default_via,
            by=by,
            at=at,
        )
        if options.dry_run:
            return Status(200, _checked(run, at))
        return Status(202, import_out(actions.start(run_id=run.pk, by=by, at=at)))
    finally:
        run.refresh_from_db()
        if run.state == ImportState.DRAFT:
            actions.discard(run_id=run.pk, by=by, at=at)


@router.get("", response=ImportPage, summary="Imports, newest first")
@needs(Permission.CASE_IMPORT)
def list_imports(request: HttpRequest, cursor: Cursor = "") -> dict[str, Any]:
    rows, more = selectors.page_of_runs(user_of(request), before=_before(cursor))
    return {"items": [import_out(run) for run in rows], "next_cursor": str(more or "")}


@router.get("/{pk}", response=ImportOut, summary="How far an import has come")
@needs(Permission.CASE_IMPORT)
def get_import(request: HttpRequest, pk: Identity) -> dict[str, Any]:
    return import_out(selectors.run_for(user_of(request), pk))


@router.get("/{pk}/faults", response=BadRows, summary="The rows that were not taken, and why")
@needs(Permission.CASE_IMPORT)
def list_import_faults(
    request: HttpRequest, pk: Identity, cursor: Cursor = "", limit: Limit = 50
) -> dict[str, Any]:
    rows = selectors.bad_rows(selectors.run_for(user_of(request), pk))
    after = _before(cursor)
    found = list((rows.filter(line__gt=after) if after is not None else rows)[: limit + 1])
    items = [{"row": row.line, "reasons": row.reasons} for row in found[:limit]]
    return {"items": items, "next_cursor": str(found[limit - 1].line) if len(found) > limit else ""}


def import_out(run: ImportRun) -> dict[str, Any]:
    """An import as the API gives it."""
    names = ("state", "sha256", "total", "position", "made", "known", "bad", "overdue", "problem", "cleared")
    columns = {
        code: run.headings[place] if place < len(run.headings) else "" for code, place in run.columns.items()
    }
    return {
        **{name: getattr(run, name) for name in names},
        "id": run.pk,
        "name": run.file_name,
        "columns": columns,
        "created_at": run.created_at,
        "finished_at": run.finished_at,
    }


def _checked(run: ImportRun, at: datetime) -> dict[str, Any]:
    found = dry.examine(run, now=at)
    if found.missing:
        sentence = _("还没有指定：%(columns)s") % {"columns": _("、").join(found.missing)}
        raise Invalid(sentence, fields={"columns": sentence})
    kinds = [{"sentence": sentence, "rows": n} for sentence, n in found.kinds]
    return {**import_out(run), "examined": found.examined, "faulty": found.bad, "faults": kinds}


def _content(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        sentence = _("文件内容不是合法的 base64。")
        raise Invalid(sentence, fields={"content": sentence}) from error


def _columns(run: ImportRun, given: dict[str, str]) -> dict[str, int]:
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


def _before(cursor: str) -> int | None:
    if not cursor:
        return None
    if not cursor.isdecimal() or len(cursor) > 18:
        sentence = _("cursor 不是上一页给出的 next_cursor。")
        raise Invalid(sentence, fields={"cursor": sentence})
    return int(cursor)
