"""Reads the API's own description: what a request must at least hold to be understood."""

from __future__ import annotations

import re
from functools import cache
from typing import Any


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document of the API."""
    from keyue.api.assembly import api

    return dict(api.get_openapi_schema())


def operation(method: str, address: str) -> dict[str, Any] | None:
    """What the document says of an address: the most literal path that fits."""
    fitting = [
        (path.count("{"), path)
        for path in document()["paths"]
        if re.fullmatch(re.sub(r"\{[^}]*\}", "[^/]+", path), address)
        and method.lower() in document()["paths"][path]
    ]
    if not fitting:
        return None
    found: dict[str, Any] = document()["paths"][min(fitting)[1]][method.lower()]
    return found


def smallest_body(method: str, address: str) -> Any:
    """A body with every required field and nothing else."""
    said = operation(method, address) or {}
    content = said.get("requestBody", {}).get("content", {}).get("application/json")
    return smallest(content["schema"]) if content else {}


def smallest(schema: dict[str, Any]) -> Any:
    """The smallest value of a schema."""
    if "$ref" in schema:
        return smallest(document()["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]])
    for key in ("anyOf", "oneOf", "allOf"):
        if key in schema:
            return smallest(schema[key][0])
    if "const" in schema:
        return schema["const"]
    for key in ("enum", "examples"):
        if schema.get(key):
            return schema[key][0]
    kind = schema.get("type", "object")
    if kind == "object":
        properties = schema.get("properties", {})
        return {name: smallest(properties[name]) for name in schema.get("required", ()) if name in properties}
    if kind == "string":
        return {"date-time": "2026-03-16T10:00:00+08:00", "date": "2026-03-16"}.get(
            schema.get("format", ""), "说明" * max(1, schema.get("minLength", 1) // 2)
        )
    if kind == "array":
        return [smallest(schema["items"])] * schema.get("minItems", 0)
    return {"integer": max(1, schema.get("minimum", 1)), "number": 1, "boolean": True, "null": None}[kind]
