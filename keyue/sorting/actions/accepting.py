"""Taking a proposal over by its key: the ordinary act, filled with it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from keyue.cases import acts
from keyue.cases.models import Case
from keyue.people.models import User
from keyue.sorting import selectors
from keyue.sorting.actions.taking_in import keep_proposal
from keyue.sorting.models import Acceptance, Proposal
from keyue.sorting.proposing import Proposer


@transaction.atomic
def accept(
    *,
    user: User,
    case: Case,
    act: str,
    data: Mapping[str, Any],
    rev: int | None,
    at: datetime,
    source: str = "web",
) -> Case:
    """Do the act as this person with what was shown to them, and keep that it was taken over. Raises as `acts.perform`."""
    done = acts.perform(user, case.number, act, dict(data), at=at, source=source, rev=rev)
    row = selectors.proposal_of(case) or keep_proposal(case, Proposer(), at=at)
    if row is not None:
        if act == "assign":
            # the rules are asked anew with what people have decided meanwhile: that is what was proposed
            Proposal.objects.filter(pk=row.pk).update(lead=str(data.get("lead", "")))
        taken = Acceptance(proposal=row, act=act, accepted_at=at, accepted_by=user)
        Acceptance.objects.bulk_create([taken], ignore_conflicts=True)
    return done
