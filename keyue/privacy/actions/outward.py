"""Personal data given to others with a separate consent; what got out of the company, and what was done about it.

个人信息保护法 articles 23 and 57, S0-4.1.2. Where a regulation in force asks for a separate consent first, recording the
act is what it refuses.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.customers.enums import Secrecy
from keyue.customers.models import Customer
from keyue.customers.outward_events import CustomerDataProvided, CustomerDisclosed, CustomerDisclosureRemedied
from keyue.kernel.errors import Denied, Invalid, Refused
from keyue.ledger.facts import Actor
from keyue.people import selectors as people
from keyue.people.enums import Permission
from keyue.people.models import User
from keyue.people.permissions import check
from keyue.privacy import selectors
from keyue.privacy.actions._ground import WEB, actor, locked, member, note, signature, text_of
from keyue.privacy.enums import DataKind, FoundHow
from keyue.privacy.models import Consent, Disclosure, Provision
from keyue.privacy.sealed import seal
from keyue.promises import actions as promises
from keyue.promises.enums import NoticeKind

RECIPIENT_LONGEST = 300


def _kinds(given: Collection[str], *, but: Collection[str] = ()) -> list[str]:
    """Codes of DataKind in its order. Raises Invalid."""
    named = {member(DataKind, one, "kinds") for one in given} - set(but)
    if not named:
        sentence = _("请选择是哪些信息。")
        raise Invalid(sentence, fields={"kinds": sentence})
    return [kind.value for kind in DataKind if kind in named]


@transaction.atomic
def provide_data(
    *,
    customer: Customer,
    recipient: str,
    kinds: Collection[str],
    purpose: str,
    user: User,
    at: datetime,
    consent: Consent | None = None,
    via: str = WEB,
) -> Provision:
    """Give personal data to somebody outside who decides what becomes of it; `recipient` and `purpose` are sealed.

    `consent`: the separate consent on which it rests. Raises Invalid, Refused: a consent that is not separate or does not
    stand, one that was withdrawn and none given since, data that is no longer used, and what a regulation asks for first.
    """
    who = text_of(recipient, "recipient", missing=_("请写明接收方的名称和联系方式。"), most=RECIPIENT_LONGEST)
    what_for = text_of(purpose, "purpose", missing=_("请写明提供的目的。"))
    named = _kinds(kinds, but=[DataKind.SECRET])
    customer = locked(customer.pk)
    if selectors.is_restricted(customer.pk):
        raise Refused(_("该客户的信息只保存、不再使用，不能对外提供。"), code="restricted")
    _check_consent(customer, consent, at)
    made = Provision.objects.create(
        customer=customer,
        consent=consent,
        kinds=named,
        recipient=seal(customer.pk, "Provision", "recipient", who),
        purpose=seal(customer.pk, "Provision", "purpose", what_for),
        provided_at=at,
        provided_by=user,
    )
    event = CustomerDataProvided(
        provision=str(made.pk), kinds=tuple(named), consent=str(consent.pk) if consent else None
    )
    sealed = {"recipient": who, "purpose": what_for}
    note(customer, event, by=actor(user), at=at, via=via, sealed=sealed)
    return made


def _check_consent(customer: Customer, consent: Consent | None, at: datetime) -> None:
    """What was chosen counts now, and nobody goes by a consent that was withdrawn. Raises Refused."""
    separate = [one for one in selectors.consents_of(customer) if one.is_separate]
    standing = {one.pk for one in selectors.separate_consents(customer, at)}
    if consent is not None and consent.pk not in standing:
        raise Refused(_("这不是该客户现在有效的单独同意。"), code="no_consent")
    # the clause counts a consent that once was there: that it has been withdrawn is for us to see
    if consent is None and separate and not standing:
        raise Refused(_("该客户的单独同意已撤回或失效，不能对外提供。"), code="no_consent")


@transaction.atomic
def report_disclosure(
    *,
    customer: Customer,
    what: str,
    kinds: Collection[str],
    how: str,
    happened_at: datetime,
    by: Actor,
    at: datetime,
    recipient: str = "",
    approved_by: User | None = None,
    via: str = WEB,
) -> Disclosure:
    """Enter that something about a customer got out, and tell those who look after personal data.

    `what` and `recipient` are sealed; `how`: one of `enums.FoundHow`. `approved_by`: who had allowed it, which whoever
    reports does not say of themselves. Raises Invalid (a time to come), Denied, Refused.
    """
    said = text_of(what, "what", missing=_("请写明泄露了什么、怎么泄露的。"))
    who = text_of(recipient, "recipient", most=RECIPIENT_LONGEST)
    named, found = _kinds(kinds), member(FoundHow, how, "how")
    if happened_at > at:
        sentence = _("时间不能晚于现在。")
        raise Invalid(sentence, fields={"happened_at": sentence})
    if approved_by is not None and actor(approved_by) == by:
        raise Denied(_("自己批准的，请由别人登记。"), code="own_approval")
    customer = locked(customer.pk)
    made = Disclosure.objects.create(
        customer=customer,
        kinds=named,
        what=seal(customer.pk, "Disclosure", "what", said),
        recipient=seal(customer.pk, "Disclosure", "recipient", who),
        how=found,
        secrecy=customer.secrecy,
        approved_by=approved_by,
        happened_at=happened_at,
        reported_at=at,
        reported_by=signature(by),
    )
    is_guarded = customer.secrecy != Secrecy.NORMAL
    event = CustomerDisclosed(
        disclosure=str(made.pk),
        kinds=tuple(named),
        is_personal=named != [DataKind.SECRET],
        is_secret=is_guarded or DataKind.SECRET in named,
        how=found.value,
        secrecy=customer.secrecy if is_guarded else None,
        approved_by=str(approved_by.pk) if approved_by else None,
    )
    # before the file was there nothing could be promised about it
    happened = max(happened_at, customer.created_at)
    sealed = {"what": said, "recipient": who}
    note(customer, event, by=by, at=at, via=via, sealed=sealed, happened=happened)
    _tell(made, by, at)
    return made


def _tell(made: Disclosure, by: Actor, at: datetime) -> None:
    """Those who look after personal data learn of it at once, but for whoever reported it."""
    reporter = {int(by.id)} if by.kind == "staff" and by.id.isdecimal() else set()
    number = made.customer.number
    promises.tell_each(
        sorted(people.who_may(Permission.PRIVACY_HANDLE, at=at) - reporter),
        key=f"disclosure:{made.pk}",
        kind=NoticeKind.ESCALATE,
        at=at,
        detail={"what": "disclosed", "number": number, "at": [number]},
    )


@transaction.atomic
def remedy_disclosure(
    *, disclosure: Disclosure, remedy: str, user: User, at: datetime, via: str = WEB
) -> Disclosure:
    """Enter what was done about it; sealed. Raises Denied, Invalid, Refused (done before)."""
    check(user, Permission.PRIVACY_HANDLE)
    said = text_of(remedy, "remedy", missing=_("请写明采取了哪些补救措施。"))
    locked(disclosure.customer_id)
    found = Disclosure.objects.select_for_update(of=("self",)).get(pk=disclosure.pk)
    if found.remedied_at is not None:
        raise Refused(_("这次泄露已经登记过补救。"), code="remedied")
    found.remedied_at, found.remedied_by = at, user
    found.remedy = seal(found.customer_id, "Disclosure", "remedy", said)
    found.save(update_fields=["remedied_at", "remedied_by", "remedy"])
    event = CustomerDisclosureRemedied(disclosure=str(found.pk))
    # what is promised stands where the leak was entered, also where that file was merged into another since
    note(found.customer, event, by=actor(user), at=at, via=via, sealed={"remedy": said})
    return found
