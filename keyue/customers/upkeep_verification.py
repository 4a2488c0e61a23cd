"""Proving what is kept beside the facts: each file's score, when it was last verified, and its last contact. Reads only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db.models import Max
from django.utils.translation import gettext as _

from keyue.customers.completing import field_rules, measured_many
from keyue.customers.models import ContactNote, Customer, FieldCheck, LastContact
from keyue.customers.upkeep_rules import FieldRule

AT_A_TIME = 500


@dataclass(frozen=True, slots=True)
class Difference:
    """A column that does not say what it is kept for; `str()` is a sentence."""

    number: str
    what: str

    def __str__(self) -> str:
        return _("%(number)s：%(what)s") % {"number": self.number, "what": self.what}


def verify_upkeep(sample: int | None = None) -> Iterator[Difference]:
    """Every file's score worked out anew, its last verification and its last contact; of all, or of `sample` of them.

    Files that were merged or erased are left out: nobody works with their scores. A company that has just changed its
    fields sees differences until the next daily check has gone through.
    """
    rules = field_rules()
    rows = Customer.objects.filter(merged_into=None, erased_at=None).order_by("pk")
    step = max(1, rows.count() // sample) if sample is not None else 1
    batch: list[Customer] = []
    for n, customer in enumerate(rows.iterator(chunk_size=AT_A_TIME)):
        if n % step == 0:
            batch.append(customer)
        if len(batch) == AT_A_TIME:
            yield from _verify(batch, rules)
            batch = []
    yield from _verify(batch, rules)


def _verify(customers: Sequence[Customer], rules: Sequence[FieldRule]) -> Iterator[Difference]:
    ids = [one.pk for one in customers]
    checks = FieldCheck.objects.filter(customer__in=ids).order_by().values_list("customer")
    verified = dict(checks.annotate(last=Max("verified_at")))
    # merged files bring their notes along: only those with none of others are compared
    alone = set(ids) - set(Customer.objects.filter(merged_into__in=ids).values_list("merged_into", flat=True))
    made = ContactNote.objects.filter(customer__in=alone).order_by().values_list("customer")
    contacted = dict(made.annotate(last=Max("contacted_at")))
    kept = dict(LastContact.objects.filter(customer__in=alone).values_list("customer", "contacted_at"))
    for customer, (found, _extra) in zip(customers, measured_many(customers, rules), strict=True):
        if customer.completeness != found.score:
            said = _("完整度记为 %(kept)s，按档案应为 %(found)s")
            yield Difference(customer.number, said % {"kept": customer.completeness, "found": found.score})
        if customer.verified_at != verified.get(customer.pk):
            yield Difference(customer.number, _("最近核实时间与核实记录不符"))
        if kept.get(customer.pk) != contacted.get(customer.pk):
            yield Difference(customer.number, _("最近沟通时间与沟通记录不符"))
