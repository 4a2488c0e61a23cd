"""What a scoring standard may weigh of contracts: what was signed, with that of merged files; nothing signed is unknown."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from keyue.contracts.models import Contract
from keyue.grading import measures
from tests.apps.contracts.conftest import House


def test_signed_amounts(house: House, draft: Callable[..., Contract], sign: Callable[..., Contract]):
    signed = sign(amount="120000.00")
    sign(number="HT-2026-0902", amount="30000.50")
    draft(number="HT-2026-0903", amount="999999.00")
    read = measures.known()["signed_amount"].read
    assert read([house.customer.pk, house.other.pk]) == {signed.customer_id: Decimal("150000.50")}
