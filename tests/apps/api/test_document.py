"""The document says everything, says it truly, and can be read in a browser without anything foreign."""

from __future__ import annotations

import json
import logging
import re
import warnings
from collections import Counter
from contextlib import contextmanager

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from keyue.api.assembly import api
from keyue.channels.limits import Limit
from keyue.people.enums import Permission
from tests.apps.api.conftest import COMPLAINT

EXAMPLES = 4
"""Requests an operation and mode; together they take less than a minute."""
CHECKS = (
    not_a_server_error,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)


def document() -> dict:
    return json.loads(json.dumps(api.get_openapi_schema()))


def operations() -> list[tuple[str, str, dict]]:
    return [
        (method, path, operation)
        for path, methods in document()["paths"].items()
        for method, operation in methods.items()
    ]


def test_it_is_openapi_3_1_and_names_how_to_sign_in():
    said = document()
    assert said["openapi"] == "3.1.0"
    [scheme] = said["components"]["securitySchemes"].values()
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
    assert {tag["name"] for tag in said["tags"]} >= {
        tag for _m, _p, operation in operations() for tag in operation["tags"]
    }


def test_every_operation_is_described_with_its_permission_and_its_problems():
    faults = []
    known = {permission.value for permission in Permission}
    for method, path, operation in operations():
        where = f"{method.upper()} {path}"
        if not operation.get("summary") or len(operation.get("description", "")) < 15:
            faults.append(f"{where}: no summary or description")
        if "security" in operation and not set(operation.get("x-permission", ["?"])) <= known:
            faults.append(f"{where}: names no permission; put @needs(…) on it")
        if (
            not {"401", "403", "404", "405", "422", "500"} <= set(operation["responses"])
            and "security" in operation
        ):
            faults.append(f"{where}: lacks problems")
        content = operation.get("requestBody", {}).get("content", {})
        for media in content.values():
            if method != "get" and "$ref" not in media["schema"]:
                faults.append(f"{where}: the body has no schema of its own")
        if (
            method != "get"
            and {"$ref": "#/components/parameters/IdempotencyKey"} not in operation["parameters"]
        ):
            faults.append(f"{where}: says nothing of idempotency keys")
    assert not faults, "\n".join(faults)


def test_every_body_refuses_what_it_does_not_know_and_shows_an_example():
    schemas = document()["components"]["schemas"]
    faults = []
    for _method, path, operation in operations():
        for media in operation.get("requestBody", {}).get("content", {}).values():
            schema = schemas[media["schema"]["$ref"].rsplit("/", 1)[-1]]
            if schema.get("additionalProperties") is not False:
                faults.append(f"{path}: {schema['title']} takes any field")
            shown = schema.get("examples") or any(
                field.get("examples") or any("enum" in part for part in field.get("anyOf", [field]))
                for field in schema.get("properties", {}).values()
            )
            if not shown and schema.get("properties"):
                faults.append(f"{path}: {schema['title']} has no example")
    assert not faults, "\n".join(faults)


def test_no_two_schemas_share_a_name():
    """The document keeps one schema a name, whichever came last."""
    from ninja.openapi.schema import OpenAPISchema

    seen: dict[str, str] = {}
    clashes = []

    class Watched(OpenAPISchema):
        def add_schema_definitions(self, definitions: dict) -> None:
            for name, schema in definitions.items():
                text = json.dumps(schema, sort_keys=True, default=str)
                if seen.setdefault(name, text) != text:
                    clashes.append(name)
            super().add_schema_definitions(definitions)

    Watched(api, "api/v1/")
    assert not clashes, f"rename these bodies or answers: {sorted(set(clashes))}"


def test_operation_ids_are_unique():
    ids = [operation["operationId"] for _method, _path, operation in operations()]
    assert len(ids) == len(set(ids))


@contextmanager
def connection_kept():
    """Requests that do not come by Django's own client leave the connection, and so the test's transaction, open."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.django_db
def test_the_page_needs_nothing_foreign():
    client = Client()
    answer = client.get("/api/v1/docs")
    text = answer.content.decode()
    assert answer.status_code == 200 and not re.search(r"(src|href)=[\"']?(https?:)?//", text)
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", text)
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    assert client.get("/api/v1/openapi.json").json()["openapi"] == "3.1.0"
    assert client.post("/api/v1/docs").status_code == 405


@pytest.mark.django_db
def test_answers_are_as_the_document_says_whatever_is_asked(firm, complaint, monkeypatch):
    """Requests made up from the document, right and wrong ones: no server error, and no answer that it does not name."""
    logging.getLogger("django.request").setLevel(logging.CRITICAL)
    monkeypatch.setattr("keyue.api.progress.LOOKS_AT_CASE", Limit("unlimited", 10**9, 600))
    made = firm.agent.ok("POST", "/cases", complaint)
    firm.agent.act(made["number"], "classify", type="complaint", category="product")
    case = firm.agent.ok("GET", f"/cases/{made['number']}")
    with warnings.catch_warnings(), connection_kept():
        warnings.simplefilter("ignore")
        schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", WSGIHandler())
    known = {
        "number": made["number"], "pk": case["promises"][0]["id"], "contact_id": case["contact"],
        "regulation": "feedback",
    }  # fmt: skip
    failures: list[str] = []
    statuses: Counter[int] = Counter()
    with connection_kept():
        for result in schema.get_all_operations():
            for mode in GenerationMode:
                _try(result.ok(), mode, firm, known, failures, statuses)
    assert not failures, "\n\n".join(failures)
    # it did get through, and was refused for what it sent
    assert statuses[200] + statuses[201] > 50 and statuses[422] > 50, statuses


def _try(operation, mode, firm, known, failures, statuses) -> None:
    bearer = {"Authorization": f"Bearer {firm.supervisor.token}"}

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def attempt(case) -> None:
        # half of the requests about things that there are
        if case.path_parameters and len(str(case.path_parameters)) % 2:
            for name in case.path_parameters:
                if name in known and "regulations" not in operation.path:
                    case.path_parameters[name] = known[name]
        response = case.call(headers=bearer)
        statuses[response.status_code] += 1
        case.validate_response(response, checks=list(CHECKS))

    try:
        attempt()
    except Unsatisfiable:
        pass  # nothing that could be sent wrongly
    except Exception as error:
        failures.append(f"{operation.method} {operation.path}: {error}")


def test_the_example_complaint_fits_its_schema():
    body = document()["components"]["schemas"]["CaseIn"]
    assert set(COMPLAINT) <= set(body["properties"])
