"""`keyue work`: the worker."""

from typing import Any

from django.core.management.base import BaseCommand

from keyue.operations import serving
from keyue.operations.worker import run_until_signalled


class Command(BaseCommand):
    help = "The worker: sweeps, mails, tallies, checkpoints."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        serving.prepare(migrate=False)
        run_until_signalled()
