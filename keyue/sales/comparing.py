"""Whether somebody who is being registered is somebody's already: leads and customers that may be the same.

Customers are found and scored as the archive's doubles are; leads through indexes of their own (number, address, credit
code, brand), by the same matcher.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q

from keyue.customers import rules as names
from keyue.customers.enums import Kind
from keyue.customers.likeness import Given, likely
from keyue.customers.matching.companies import parsed
from keyue.customers.matching.matcher import PROPOSED, Matcher
from keyue.customers.matching.records import Record
from keyue.customers.models import Customer
from keyue.kernel.texts import in_chinese
from keyue.sales.enums import LeadState
from keyue.sales.models import Lead
from keyue.sales.sealed import index_of

MOST = 50


@dataclass(frozen=True, slots=True)
class Asked:
    """Who is asked about, normalised as it is stored."""

    kind: str
    name: str = ""
    uscc: str = ""
    person: str = ""
    phone: str = ""
    email: str = ""

    def record(self) -> Record:
        """The same as the matcher reads it."""
        return Record.of("asked", _values(self.name or self.person, self.uscc, self.phone, self.email))


@dataclass(frozen=True, slots=True)
class Match:
    """A lead or a customer that may be the same: `score` of a hundred, with the reasons, as messages."""

    lead: Lead | None
    customer: Customer | None
    score: int
    reasons: tuple[str, ...]


def matches(asked: Asked) -> list[Match]:
    """Open leads and customers that may be who is asked about, the likeliest first."""
    found = [*_among_leads(asked), *_among_customers(asked)]
    return sorted(found, key=lambda match: -match.score)


def _values(name: str, uscc: str, phone: str, email: str) -> dict[str, str]:
    return {"name": name, "uscc": uscc, "phone": phone, "email": email}


def _scored(asked: Asked, others: Sequence[Record]) -> dict[str, tuple[int, tuple[str, ...]]]:
    mine = asked.record()
    matcher = Matcher([mine], others)
    pairs = (matcher.scored(mine, other, PROPOSED) for other in others)
    return {
        pair.b: (round(pair.score * 100), tuple(in_chinese(reason) for reason in pair.reasons))
        for pair in pairs
        if pair is not None
    }


def _among_leads(asked: Asked) -> list[Match]:
    condition = Q(pk__in=[])
    for field in ("phone", "email"):
        value = getattr(asked, field)
        if value:
            condition |= Q(**{f"{field}_index": index_of(field, value)})
    if asked.uscc:
        condition |= Q(uscc=asked.uscc)
    if asked.kind == Kind.ORGANISATION:
        condition |= Q(brand=parsed(asked.name).brand) | Q(name_key=names.search_key(asked.name))
    rows = Lead.objects.filter(condition, state=LeadState.OPEN).select_related("staff").order_by("pk")[:MOST]
    leads = {str(lead.pk): lead for lead in rows}
    records = [
        Record.of(ref, _values(lead.name, lead.uscc, *_same(asked, lead))) for ref, lead in leads.items()
    ]
    return [
        Match(leads[ref], None, score, reasons) for ref, (score, reasons) in _scored(asked, records).items()
    ]


def _same(asked: Asked, lead: Lead) -> tuple[str, str]:
    """Number and address of a lead where they are those asked about: equal digests, without opening anything."""
    phone = asked.phone if asked.phone and lead.phone_index == index_of("phone", asked.phone) else ""
    email = asked.email if asked.email and lead.email_index == index_of("email", asked.email) else ""
    return phone, email


def _among_customers(asked: Asked) -> list[Match]:
    name = asked.name or asked.person
    [found] = likely([Given(asked.kind, name, asked.phone, asked.email, asked.uscc)])
    # a person's name alone is many people's
    sure = {
        one.customer_id: one
        for one in found
        if one.score >= PROPOSED and (asked.kind == Kind.ORGANISATION or one.by_identifier)
    }
    rows = Customer.objects.filter(pk__in=sure, erased_at=None, merged_into=None)
    return [
        Match(None, row, round(sure[row.pk].score * 100), sure[row.pk].reasons)
        for row in rows.select_related("account_manager").order_by("pk")
    ]
