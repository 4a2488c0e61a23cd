"""How many complaints customers had, for the scoring standard (S1-6.1). None is known, and is nought."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.db.models import Count, Q
from django.db.models.functions import Coalesce

from keyue.cases.enums import CaseType
from keyue.cases.models import Case


def complaints(customer_ids: Collection[int]) -> Mapping[int, int]:
    """The complaints of each of these customers, and of whoever was merged into them. One query."""
    ids = list(customer_ids)
    rows = Case.objects.filter(
        Q(customer__in=ids) | Q(customer__merged_into__in=ids), type=CaseType.COMPLAINT
    )
    whose = rows.annotate(whose=Coalesce("customer__merged_into_id", "customer_id")).order_by()
    return {pk: 0 for pk in ids} | dict(whose.values_list("whose").annotate(n=Count("pk")))
