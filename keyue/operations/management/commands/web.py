"""`keyue web`: pages, API and live updates."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from keyue.operations import serving


class Command(BaseCommand):
    help = "Pages, API and live updates; the worker runs elsewhere (keyue work)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: loopback)")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--workers", type=int, default=1, help="processes")

    def handle(self, *args: Any, **options: Any) -> None:
        serving.web(options["host"], options["port"], options["workers"])
