"""What this room's own buttons at the head of a customer's page do."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from keyue.customers.enums import Stage
from keyue.customers.header import Act
from keyue.customers.models import Customer
from keyue.people.enums import Permission
from keyue.people.models import User
from keyue.people.permissions import allows


def own_acts(user: User, customer: Customer) -> list[Act]:
    """Changing the file, the stage and the account manager, for those who may."""
    acts = []
    number = customer.number
    if allows(user, Permission.CUSTOMER_ASSIGN):
        acts.append(Act(_("指派客户经理"), reverse("customers:manager", args=[number]), "user", dialog=True))
    if allows(user, Permission.CUSTOMER_EDIT):
        acts.append(Act(_("变更阶段"), reverse("customers:stage", args=[number]), "flag", dialog=True))
        if customer.stage in (Stage.PROSPECT, Stage.INTENT):
            url = reverse("customers:background", args=[number])
            acts.append(Act(_("登记背景与信用"), url, "shield", dialog=True))
    return acts
