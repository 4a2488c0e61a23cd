"""The rules of signing in, as the security administrator sets them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.kernel.errors import Invalid
from keyue.ledger.facts import Actor
from keyue.people.actions._facts import INSTALLATION, note
from keyue.people.events import Event
from keyue.people.models import SecurityPolicy

# least and most of each number
BOUNDS: dict[str, tuple[int, int]] = {
    "idle_minutes": (5, 60),
    "absolute_hours": (1, 24),
    "lock_after": (3, 10),
    "lock_minutes": (10, 1440),
    "administrator_password_days": (30, 90),
    "staff_password_days": (0, 365),
}


@transaction.atomic
def change_security_policy(*, changes: Mapping[str, int | bool], by: Actor, at: datetime) -> SecurityPolicy:
    """Change some of the rules; they hold from the next sign-in on."""
    policy = SecurityPolicy.objects.filter(pk=1).first() or SecurityPolicy(pk=1)
    faults: dict[str, object] = {}
    for key, value in changes.items():
        if key in BOUNDS:
            least, most = BOUNDS[key]
            if not least <= int(value) <= most:
                faults[key] = _("请填 %(least)s 至 %(most)s 之间的整数。") % {"least": least, "most": most}
        elif key != "administrators_need_code":
            raise ValueError(f"no such rule: {key}")
    if faults:
        raise Invalid(_("有几项填写不正确，请按提示修改。"), fields=faults)
    changed = {k: v for k, v in changes.items() if getattr(policy, k) != v}
    if changed:
        for key, value in changed.items():
            setattr(policy, key, value)
        policy.save()
        note(INSTALLATION, Event.SECURITY_POLICY_CHANGED, {"changes": dict(changed)}, by=by, at=at)
    return policy
