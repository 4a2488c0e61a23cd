"""What of this room must be handed over before somebody's account closes: open leads and opportunities."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import ngettext

from keyue.ledger.facts import Actor
from keyue.people.enums import Permission
from keyue.people.leaving import Remainder
from keyue.people.models import User
from keyue.sales import actions
from keyue.sales.enums import LeadState
from keyue.sales.models import Lead, Opportunity


def remainders(leaver: User, at: datetime) -> list[Remainder]:
    """What the leaver still follows."""
    leads = _leads(leaver)
    chances = Opportunity.objects.filter(owner=leaver, end="").count()
    said = (
        (ngettext("还在跟进 %(n)d 条线索", "还在跟进 %(n)d 条线索", leads), leads),
        (ngettext("还在跟进 %(n)d 条商机", "还在跟进 %(n)d 条商机", chances), chances),
    )
    return [Remainder(sentence % {"n": n}, n) for sentence, n in said]


def _leads(leaver: User) -> int:
    return Lead.objects.filter(staff=leaver, state__in=[LeadState.OPEN, LeadState.CONFLICT]).count()


def hand_over(leaver: User, heir: User, by: Actor, at: datetime) -> None:
    """All of it to the heir."""
    actions.hand_over_leads(leaver=leaver, heir=heir, by=by, at=at)
    actions.hand_over_opportunities(leaver=leaver, heir=heir, by=by, at=at)


def needs(leaver: User, at: datetime) -> frozenset[Permission]:
    """Who takes over leads may follow them."""
    found = {Permission.LEAD_REGISTER} if _leads(leaver) else set()
    if Opportunity.objects.filter(owner=leaver, end="").exists():
        found.add(Permission.OPPORTUNITY_EDIT)
    return frozenset(found)
