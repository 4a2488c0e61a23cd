"""Looking at what is masked: with a purpose, and never without a trace."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.customers.actions._ground import WEB, member, note, refuse_erased, signature
from keyue.customers.enums import Purpose, Revealable
from keyue.customers.events import CustomerRevealed
from keyue.customers.models import Contact
from keyue.customers.sealed import opened
from keyue.customers.stops import refuse_stopped
from keyue.kernel.errors import Invalid
from keyue.ledger import actions as ledger
from keyue.ledger.facts import Actor

NOTE_LONGEST = 200


@transaction.atomic
def reveal(
    *,
    contact: Contact,
    fields: Collection[str],
    purpose: str,
    by: Actor,
    at: datetime,
    remark: str = "",
    via: str = WEB,
) -> dict[str, str]:
    """The named fields of a contact (name, phone, email) in the clear, normalised; empty where there is none.

    `purpose` is one of `enums.Purpose`, because the access trail keeps it for ever; what somebody adds in words,
    `remark`, is sealed under the customer's key. Raises Invalid without a purpose, Refused for somebody erased and for
    one whose data may not be used.
    """
    if not purpose:
        raise Invalid(
            _("请先说明查看目的。"), fields={"purpose": _("请选择查看目的")}, code="purpose_missing"
        )
    reason = member(Purpose, purpose, "purpose")
    wanted = [member(Revealable, field, "fields") for field in dict.fromkeys(fields)]
    if not wanted:
        raise Invalid(_("请选择要查看的内容。"), fields={"fields": _("请选择要查看的内容")})
    if len(remark) > NOTE_LONGEST:
        sentence = _("说明最多 %(most)s 个字。") % {"most": NOTE_LONGEST}
        raise Invalid(sentence, fields={"remark": sentence})
    customer = contact.customer
    refuse_erased(customer)
    refuse_stopped(customer)
    what = ",".join(wanted)
    ledger.record_access(
        by=by,
        subject=customer.subject,
        what=f"contact/{contact.pk}:{what}",
        purpose=reason.value,
        via=via,
        at=at,
    )
    event = CustomerRevealed(
        what=what, purpose=reason.value, via=via, by=signature(by), contact=str(contact.pk)
    )
    note(customer, event, by=by, at=at, via=via, sealed={"remark": remark} if remark else None)
    [clear] = opened([contact])
    return {field.value: getattr(clear, field.value) for field in wanted}
