"""The API's document: OpenAPI 3.1 as ninja makes it, and what every operation has beside its own: problems, permissions,
idempotency keys. The page that shows it is made of files of ours, under the same content policy as every page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from ninja import NinjaAPI
from ninja.openapi.docs import DocsBase
from ninja.openapi.schema import OpenAPISchema

from keyue.api.problems import MEDIA_TYPE

ABOUT = """\
Everything that the pages do: cases from intake to a satisfied customer, conversations on all channels, promises,
regulations, customers.

**Signing in.** `Authorization: Bearer ky_…`. A token is issued on the page 我的账户, or with `keyue token issue`. It may
do no more than its person and no more than its scopes; each operation names the permission it needs.

What administrators do takes a scope that was named when the token was issued, and such a token works for 90 days at most.

**Instants** are ISO 8601 with an offset (`2026-11-22T10:00:00+08:00`); one without is refused. Answers are in UTC.

**Idempotency keys.** A writing request may carry `Idempotency-Key` (your own, at most 200 characters). The same request
again within two days is not done again: it gets the same answer, with `Idempotent-Replay: true`. Another request under
the same key gets 422 `idempotency_key_reused`. What was refused is not kept, and may be sent again. Keys belong to the
token. Answers are kept sealed under token and key, so that only who sends both reads them.

**Pages.** Lists answer `items` and `next_cursor`; send it as `cursor` for the next page, until it is empty. A cursor is a
place in the list, not a count: rows that come or go meanwhile move nothing.

**Errors** are problem documents (RFC 9457, `application/problem+json`): `code` is stable, `detail` says what is wrong and
what to do, `errors` has a sentence for each field at fault. They speak Chinese, or English with `Accept-Language: en`;
without the header the language that the token's person chose. A field or query parameter that an operation does not
know is named, never passed over; so is a parameter that is given twice.

**Files** go in as base64 (`{"name", "content"}`) and out at `/cases/files/{id}`. A request of JSON is at most 4 MiB. A
longer spreadsheet goes as it is, as `multipart/form-data`, to `/cases/imports/file` (50 MB). A longer file goes ahead
to `/uploads` (20 MB), and is then named as `{"upload": id}` wherever a body has `files`; unused it is deleted a day later.
Files of a customer and of a note of a contact are sent to that customer or note, one at a time, and go out at
`/customers/files/{id}`; files of a conversation at `/conversations/files/{id}`.

**Personal data** of customers is masked as on the pages; looking at it needs a purpose and leaves a trace.
"""
TOKEN = "A token of a member of staff: `ky_` and 43 characters."  # noqa: S105
TAGS = [
    {"name": "cases", "description": "Feedback, complaints and requests"},
    {"name": "acts", "description": "What is done about a case, each act at an address of its own"},
    {"name": "imports", "description": "Cases from a spreadsheet"},
    {"name": "progress", "description": "Following a case with number and code, as its sender"},
    {"name": "promises", "description": "What is owed to whom by when; handing over, waivers and extensions"},
    {"name": "regulations", "description": "Clauses with their rates, and the promises behind them"},
    {"name": "calendar", "description": "The company's working hours and days, in versions"},
    {"name": "customers", "description": "The archive; personal values under their masks"},
    {"name": "duplicates", "description": "Files that may be of one customer, and their merges"},
    {"name": "customer fields", "description": "The fields of the archive, and what is required"},
    {"name": "contact notes", "description": "Next steps agreed with customers, and whom to contact next"},
    {
        "name": "contracts",
        "description": "Contracts with their service levels and payments, projects with their stages",
    },
    {"name": "conversations", "description": "What customers say on all channels, and answering them"},
    {
        "name": "channels",
        "description": "By which ways customers reach the company, and how soon they are answered",
    },
    {"name": "sorting", "description": "What is proposed for cases, accepting and correcting it"},
    {
        "name": "knowledge",
        "description": "Articles in editions and finding the one that answers; canned answers, troubleshooting trees, and "
        "what had no answer",
    },
    {"name": "grading", "description": "The scoring standard, proposals of grades and decisions"},
    {
        "name": "privacy",
        "description": "Requests for rights, consents, legal holds and how long data is kept",
    },
    {"name": "leads", "description": "Whom colleagues mean to win, registered before contact; conflicts"},
    {"name": "pool", "description": "Customers without an account manager, to be picked"},
    {"name": "needs", "description": "What customers need, and the service plans that they agree to"},
    {"name": "opportunities", "description": "Sales that may come about, by stage"},
    {"name": "me", "description": "The token's person"},
    {"name": "people", "description": "Colleagues, accounts, roles, departments, posts and delegations"},
    {"name": "audit", "description": "Who looked at what, and what administrators did"},
    {"name": "start", "description": "Founding the installation"},
]
WRITING = ("post", "put", "patch", "delete")
PROBLEMS: Mapping[int, tuple[str, str]] = {
    400: ("MalformedRequest", "The request cannot be read: no JSON, or no address."),
    401: ("NotSignedIn", "There is no token, or it works no more."),
    403: ("Denied", "The token, or its person, lacks the permission; `detail` says which."),
    404: ("NotFound", "There is no such thing, or it is not this person's to see."),
    405: ("MethodNotAllowed", "The address does not know this method; `Allow` names those that it knows."),
    409: ("Refused", "The state of things does not allow it now, or somebody else was quicker (`conflict`)."),
    413: ("TooLarge", "The request is larger than 4 MiB; longer files go as they are, see **Files**."),
    415: ("UnsupportedMediaType", "The body is not `application/json`."),
    422: ("Invalid", "Something is wrong with the content; `errors` names each field."),
    429: ("TooMany", "Too often; `Retry-After` says for how many seconds to wait."),
    500: ("ServerError", "A fault of the server; `instance` has the number under which it is logged."),
    503: ("Busy", "The database is busy; `Retry-After` says for how many seconds to wait."),
}
# bodies of operations that take a file as it is: what it may be, and the schema that has the fields beside it
FILES: Mapping[str, tuple[str, str]] = {
    "SheetFile": (".xlsx or .csv, at most 50 MB and 200,000 rows", "ImportIn"),
    "CustomerSheet": (".xlsx or .csv, at most 50 MB and 200,000 rows", "CustomerImportIn"),
    "FileAhead": ("of a type that the pages take, at most 20 MB", ""),
}
INSTEAD = frozenset({"name", "content"})
EVERYWHERE = (400, 401, 403, 404, 405, 422, 500, 503)
ON_WRITING = (409, 413, 415, 429)

PROBLEM = {
    "type": "object",
    "title": "Problem",
    "description": "A problem document (RFC 9457).",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string", "description": "`urn:keyue:problem:` and the code"},
        "title": {"type": "string", "description": "what sort of problem it is, in the reader's language"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "what is wrong and what to do, in the reader's language"},
        "code": {"type": "string", "description": "stable, for programs"},
        "instance": {"type": "string", "description": "under which a fault of the server is logged"},
        "errors": {
            "type": "array",
            "description": "a sentence for each field at fault",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {
                    "field": {"type": "string", "description": "as `files.0.name`"},
                    "message": {"type": "string"},
                },
            },
        },
    },
    "examples": [
        {
            "type": "urn:keyue:problem:invalid",
            "title": "有内容要改",
            "status": 422,
            "detail": "有 1 处需要修改。",
            "code": "invalid",
            "errors": [{"field": "category", "message": "选择一个有效的选项"}],
        }
    ],
}
KEY_PARAMETER = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
    "description": "Your own key for this request: sent twice, it is done once.",
}


def finished(schema: OpenAPISchema) -> OpenAPISchema:
    """The document with what all operations share."""
    components = schema["components"]
    components["schemas"]["Problem"] = PROBLEM
    components["schemas"].update(sent_as_they_are(components["schemas"]))
    components["parameters"] = {"IdempotencyKey": KEY_PARAMETER}
    components["responses"] = {
        name: {
            "description": sentence,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for name, sentence in PROBLEMS.values()
    }
    for operations in schema["paths"].values():
        for method, operation in operations.items():
            _finish(method, operation)
    return schema


def sent_as_they_are(schemas: Mapping[str, Any]) -> dict[str, Any]:
    """The bodies of operations that take a file as it is: `file`, and what goes beside it as fields."""
    found = {}
    for name, (most, beside) in FILES.items():
        properties = schemas.get(beside, {}).get("properties", {})
        fields = {field: said for field, said in properties.items() if field not in INSTEAD}
        found[name] = {
            "type": "object",
            "title": name,
            "description": "The file as it is, and what else there is to say as fields.",
            "required": ["file"],
            "additionalProperties": False,
            "properties": {
                "file": {
                    "type": "string",
                    "format": "binary",
                    "examples": ["受理时间,内容\n"],
                    "description": most,
                },
                **fields,
            },
        }
    return found


def _finish(method: str, operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    if operation.pop("x-file", False):
        binary = {"schema": {"type": "string", "format": "binary"}}
        responses[200] = {"description": "the file", "content": {"*/*": binary}}
    statuses = EVERYWHERE + (ON_WRITING if method in WRITING else ())
    if method in WRITING:
        operation.setdefault("parameters", []).append({"$ref": "#/components/parameters/IdempotencyKey"})
    if "security" not in operation:
        statuses = tuple(status for status in statuses if status not in (401,))
    for status in statuses:
        responses.setdefault(status, {"$ref": f"#/components/responses/{PROBLEMS[status][0]}"})
    needed = operation.get("x-permission")
    if needed is not None:
        words = " or ".join(f"`{code}`" for code in needed) if needed else "none, any token will do"
        operation["description"] = f"{operation.get('description', '').strip()}\n\nPermission: {words}."
    elif "description" not in operation:
        operation["description"] = operation["summary"]


class Page(DocsBase):
    """The document as a page to read and to try, from files of our own."""

    def render_page(self, request: HttpRequest, api: NinjaAPI, **kwargs: Any) -> HttpResponse:
        context = {"openapi_url": self.get_openapi_url(api, kwargs), "api": api}
        return render(request, "api/docs.html", context)


def as_json(schema: OpenAPISchema) -> str:
    """The document as text, for tests and for a file."""
    return json.dumps(schema, ensure_ascii=False, indent=2)
