"""Reading and writing JSON: strict in what it takes, readable in what it gives."""

from __future__ import annotations

import json
from typing import Any, cast

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja.errors import HttpError
from ninja.parser import Parser
from ninja.renderers import BaseRenderer
from ninja.responses import NinjaJSONEncoder

from keyue.kernel.errors import Invalid

MEDIA_TYPE = "application/json"


class StrictJSON(Parser):
    """JSON by RFC 8259 in UTF-8, under its own content type, of texts that a database can keep."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        """Raises HttpError 415, Invalid, or ValueError; they come wrapped to the handlers of `problems`."""
        if request.content_type != MEDIA_TYPE:
            raise HttpError(415, MEDIA_TYPE)
        text = request.body.decode("utf-8")
        try:
            data = json.loads(text, parse_constant=_refuse)
        except RecursionError as error:
            raise ValueError("nested too deeply") from error
        if "\\u" in text:
            fault = _unstorable(data)
            if fault is not None:
                sentence = _("文本里有不能保存的字符。")
                raise Invalid(sentence, fields={fault or "body": sentence})
        return cast(dict[str, Any], data)


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _unstorable(value: Any, path: str = "") -> str | None:
    """Where a text stands that is no Unicode, or holds NUL; None where there is none."""
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            return path
        return path if "\0" in value else None
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in items:
        inner = f"{path}.{name}" if path else str(name)
        found = _unstorable(name, inner) if isinstance(name, str) else None
        found = _unstorable(item, inner) if found is None else found
        if found is not None:
            return found
    return None


class ReadableJSON(BaseRenderer):
    """JSON with Chinese left readable."""

    media_type = MEDIA_TYPE
    charset = "utf-8"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> str:
        return json.dumps(data, cls=NinjaJSONEncoder, ensure_ascii=False)
