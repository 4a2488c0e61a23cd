"""When a customer is erased: the words that spoke for proposals and the numbers of words go. Versions of the model hold runs
of characters only that cases of several customers share, as hashes, and the next one learns without this customer's."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Count, F
from django.db.models.functions import Greatest

from keyue.ledger.facts import Actor
from keyue.sorting.alike import ALL
from keyue.sorting.models import CaseTerm, Proposal, TermCount


@transaction.atomic
def forget_customer(customer_id: int, by: Actor, at: datetime) -> None:
    """Forget what is kept of the words of a customer's cases; what was proposed stays, as codes."""
    mine = CaseTerm.objects.filter(case__customer=customer_id)
    for number, n in list(mine.values_list("term").annotate(n=Count("pk")).order_by("term")):
        TermCount.objects.filter(term=number).update(n=Greatest(F("n") - n, 0))
    n = mine.values("case").distinct().count()
    TermCount.objects.filter(term=ALL).update(n=Greatest(F("n") - n, 0))
    mine.delete()
    Proposal.objects.filter(case__customer=customer_id).update(detail={})
