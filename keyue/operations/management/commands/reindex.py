"""`keyue reindex`: bring the index of the search in the customer archive in step with the archive."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from keyue.customers.actions.searching import rebuild
from keyue.operations import serving


class Command(BaseCommand):
    help = "Compare what customers are found by with their files, and write what is wrong. Running it twice changes nothing."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        serving.require_schema()
        changed = rebuild()
        self.stdout.write(_("客户检索已核对，改正 %(n)d 处。") % {"n": changed})
