"""What customers' signed contracts come to, for the scoring standard (S1-6.1): who has none is unknown, not nought."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal

from django.db.models import Q, Sum
from django.db.models.functions import Coalesce

from keyue.contracts.models import Contract


def signed_amounts(customer_ids: Collection[int]) -> Mapping[int, Decimal]:
    """The sum in CNY of what each of these customers, and whoever was merged into them, signed. One query."""
    ids = list(customer_ids)
    rows = Contract.objects.filter(Q(customer__in=ids) | Q(customer__merged_into__in=ids))
    rows = rows.filter(signed_on__isnull=False, currency="CNY", amount__isnull=False)
    whose = rows.annotate(whose=Coalesce("customer__merged_into_id", "customer_id")).order_by()
    return dict(whose.values_list("whose").annotate(total=Sum("amount")))
