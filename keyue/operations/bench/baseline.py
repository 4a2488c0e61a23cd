"""The yardstick of intake: a plain Django view that inserts as many rows in one transaction, and does nothing else.

Same server, same database and durability settings, `bulk_create`. Run by its own settings module (`bench_settings`).
"""

from __future__ import annotations

import json
import os
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "keyue.operations.bench.baseline_settings")

import django

django.setup()

from a2wsgi import WSGIMiddleware  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import models, transaction  # noqa: E402
from django.http import HttpRequest, JsonResponse  # noqa: E402
from django.urls import path  # noqa: E402

ROWS = int(os.environ.get("KEYUE_BENCH_ROWS", "12"))
THREADS = int(os.environ.get("KEYUE_THREADS", "8"))


class Row(models.Model):
    """As wide as a middling row of the product."""

    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=40)
    text = models.TextField()
    at = models.CharField(max_length=40)
    number = models.BigIntegerField()

    class Meta:
        app_label = "bench"
        managed = False
        db_table = "bench_row"

    def __str__(self) -> str:
        return self.name


def insert(request: HttpRequest) -> JsonResponse:
    """Insert the rows; the body's text goes into each."""
    data: dict[str, Any] = json.loads(request.body)
    text = str(data.get("content", ""))
    with transaction.atomic():
        Row._default_manager.bulk_create(
            [Row(name="row", kind="bench", text=text, at="2026-01-01", number=n) for n in range(ROWS)]
        )
    return JsonResponse({"rows": ROWS})


urlpatterns = [path("insert", insert)]
_pages = WSGIMiddleware(get_wsgi_application(), workers=THREADS)  # type: ignore[arg-type]


async def application(scope: Any, receive: Any, send: Any) -> None:
    """ASGI entry point, in front of the same pool of threads as the product's."""
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return
    await _pages(scope, receive, send)
