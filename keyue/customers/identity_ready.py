"""What identifiers, duplicates and merges bring to the pages of customers, and to erasing them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from keyue.customers import area, erasure, identity_sections, sections
from keyue.customers.actions.identifiers import forget_identifiers
from keyue.people.enums import Permission


def register() -> None:
    """Called once, when the room is ready."""
    area.register("customers:duplicates", _("查重"), Permission.CUSTOMER_MERGE, order=60)
    erasure.register("identifiers", forget_identifiers)
    sections.register(
        "merged", _("并入的档案"), identity_sections.merged_files, order=40, place=sections.Place.ASIDE
    )
    sections.register(
        "identifiers", _("标识与曾用名"), identity_sections.identifiers, order=20, place=sections.Place.FILE
    )
