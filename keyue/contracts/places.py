"""Where a clause of a contract is read."""

from __future__ import annotations

from django.urls import reverse

from keyue.contracts.levels import contract_of


def clause_url(regulation: str, clause: str) -> str:
    """The clause on the contract's page; "" for what is no contract."""
    contract = contract_of(regulation)
    return f"{reverse('contracts:contract', args=[contract])}#c{clause}" if contract is not None else ""
