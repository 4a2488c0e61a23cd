"""Leads: registered before anybody is contacted, protected for a time, turned into customers or given up (S1-12.2)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.customers import actions as customers
from keyue.customers import rules as names
from keyue.customers.actions._ground import clean_place, member
from keyue.customers.enums import ErasureReason, Kind, LegalBasis, Purpose, Source
from keyue.customers.matching.companies import parsed
from keyue.customers.matching.identifiers import bare, is_uscc
from keyue.customers.models import Customer
from keyue.customers.wording import checked
from keyue.kernel.errors import Invalid, Refused
from keyue.ledger import actions as ledger
from keyue.ledger import sealing
from keyue.ledger.facts import SYSTEM, Actor
from keyue.people.models import User
from keyue.promises import actions as promises
from keyue.promises.enums import NoticeKind
from keyue.sales.actions._ground import (
    WEB,
    code_of,
    days,
    note_lead,
    person_locked,
    rules_locked,
    words,
    works_here,
)
from keyue.sales.comparing import Asked, Match, matches
from keyue.sales.enums import DropReason, LeadState
from keyue.sales.events import (
    LeadContacted,
    LeadDropped,
    LeadErased,
    LeadExpired,
    LeadExtended,
    LeadHandedOver,
    LeadQualified,
    LeadRegistered,
    LeadRegisteredAgain,
    LeadRevealed,
)
from keyue.sales.models import Lead, PoolEntry, SalesRules
from keyue.sales.sealed import ClearLead, lead_columns, opened_leads
from keyue.sales.selectors import company_rules

AT_A_TIME = 200
EMPTY = {field: "" for field in Lead.personal} | dict.fromkeys(Lead.blind)
REVEALABLE = ("person", "phone", "email")


@dataclass(frozen=True, slots=True)
class Registration:
    """Who is registered: an organisation by its name, a person by theirs; numbers and addresses where known."""

    kind: str
    name: str = ""
    uscc: str = ""
    person: str = ""
    phone: str = ""
    email: str = ""
    region: str = ""
    note: str = ""
    source: str = Source.OTHER
    legal_basis: str = LegalBasis.CONTRACT


def cleaned(given: Registration) -> Registration:
    """What was typed, normalised. Raises Invalid that names every field at fault."""
    kind = member(Kind, given.kind, "kind")
    values = checked(
        {
            "person": (names.tidy_person, given.person),
            "phone": (names.normalise_phone, given.phone),
            "email": (names.normalise_email, given.email),
            "note": (names.tidy_text, given.note),
        }
        | ({"name": (names.tidy_organisation, given.name)} if kind == Kind.ORGANISATION else {})
    )
    uscc = bare(given.uscc) if kind == Kind.ORGANISATION else ""
    if uscc and not is_uscc(uscc):
        sentence = _("统一社会信用代码的校验位不对，请核对。")
        raise Invalid(sentence, fields={"uscc": sentence})
    if kind == Kind.PERSON and not (values["person"] and (values["phone"] or values["email"])):
        sentence = _("报备个人时请填写姓名，以及电话或邮箱。")
        raise Invalid(sentence, fields={"person" if not values["person"] else "phone": sentence})
    return Registration(
        kind=kind,
        uscc=uscc,
        region=clean_place(given.region).region,
        source=member(Source, given.source, "source"),
        legal_basis=member(LegalBasis, given.legal_basis, "legal_basis"),
        **{"name": "", **values},
    )


def asked_of(given: Registration) -> Asked:
    """A cleaned registration as it is compared."""
    return Asked(given.kind, given.name, given.uscc, given.person, given.phone, given.email)


@transaction.atomic
def register_lead(
    *,
    registration: Registration,
    staff: User,
    by: Actor,
    at: datetime,
    contacted: datetime | None = None,
    way: str = "",
    via: str = WEB,
) -> Lead:
    """Register whom `staff` means to win. What is a colleague's already waits for who settles conflicts.

    `contacted`: when they were contacted before, where somebody registers late; the clause that asks for registering
    first is then broken, and says so. Raises Invalid, Refused (one's own already; in the public pool; too many).
    """
    given = cleaned(registration)
    works_here(staff)
    if contacted is not None and contacted > at:
        raise Invalid(_("联系时间不能晚于现在。"), fields={"contacted": _("联系时间不能晚于现在")})
    rules = rules_locked()
    found = matches(asked_of(given))
    _refuse_own(found, staff)
    rival = found[0] if found else None
    if rival is None:
        _refuse_too_many(staff, rules)
    lead = _inserted(given, staff, rules, rival, at)
    if contacted is not None:
        event = LeadContacted(way=way or "other", staff=code_of(staff))
        note_lead(lead, event, by=by, at=at, via=via, happened=contacted, begins=True)
        lead.contacted_at = contacted
        lead.save(update_fields=["contacted_at"])
    note_lead(lead, _registered(lead), by=by, at=at, via=via, begins=contacted is None)
    if rival is not None:
        note_lead(lead, _again(lead, rival), by=by, at=at, via=via)
        _tell_first(lead, rival, at)
    return lead


def _refuse_own(found: Iterable[Match], staff: User) -> None:
    for match in found:
        if match.lead is not None and match.lead.staff_id == staff.pk:
            raise Refused(_("您已报备：%(number)s。") % {"number": match.lead.number}, code="own")
        if match.customer is None:
            continue
        number = match.customer.number
        if match.customer.account_manager_id == staff.pk:
            raise Refused(_("已经是您的客户：%(number)s。") % {"number": number}, code="own")
        if match.customer.account_manager_id is None:
            if PoolEntry.objects.filter(customer=match.customer, left_at=None).exists():
                raise Refused(
                    _("该客户在公海里（%(number)s），请到公海领取。") % {"number": number}, code="in_pool"
                )
            raise Refused(
                _("已有客户 %(number)s，还没有客户经理。请销售负责人指派，或放入公海后领取。")
                % {"number": number},
                code="unassigned",
            )


def _refuse_too_many(staff: User, rules: SalesRules) -> None:
    held = Lead.objects.filter(staff=person_locked(staff), state=LeadState.OPEN).count()
    if held >= rules.most_leads:
        raise Refused(
            _("您保护中的线索已有 %(n)d 条，达到每人上限。请先转为客户或放弃一些。") % {"n": held},
            code="too_many",
        )


def _inserted(given: Registration, staff: User, rules: SalesRules, rival: Match | None, at: datetime) -> Lead:
    is_company = given.kind == Kind.ORGANISATION
    department = staff.department.code if staff.department is not None else None
    lead = Lead(
        kind=given.kind,
        name=given.name,
        name_key=names.search_key(given.name) if is_company else None,
        brand=parsed(given.name).brand if is_company else "",
        uscc=given.uscc,
        region=given.region,
        source=given.source,
        legal_basis=given.legal_basis,
        staff=staff,
        department=department,
        registered_at=at,
        state=LeadState.CONFLICT if rival is not None else LeadState.OPEN,
        protected_until=None if rival is not None else at + days(rules.protection_days),
    )
    if rival is not None:
        lead.first, lead.first_customer = rival.lead, rival.customer
        lead.conflict_score = rival.score
        lead.conflict_reasons = list(rival.reasons)
    lead.save(force_insert=True)
    clear = ClearLead(given.person, given.phone, given.email, given.note)
    stored = lead_columns(sealing.new_key(lead.subject), clear)
    for column, value in stored.items():
        setattr(lead, column, value)
    lead.save(update_fields=list(stored))
    return lead


def _registered(lead: Lead) -> LeadRegistered:
    return LeadRegistered(
        number=lead.number,
        staff=code_of(lead.staff),
        type=lead.kind,
        source=lead.source,
        legal_basis=lead.legal_basis,
        department=lead.department,
        until=lead.protected_until,
    )


def _again(lead: Lead, rival: Match) -> LeadRegisteredAgain:
    holder = rival.lead.staff if rival.lead is not None else None
    if rival.customer is not None:
        holder = rival.customer.account_manager
    return LeadRegisteredAgain(
        staff=code_of(lead.staff),
        first=str(rival.lead.pk) if rival.lead is not None else None,
        customer=str(rival.customer.pk) if rival.customer is not None else None,
        first_staff=code_of(holder) if holder is not None else None,
        score=rival.score,
        reasons=rival.reasons,
    )


def _tell_first(lead: Lead, rival: Match, at: datetime) -> None:
    holder = rival.lead.staff_id if rival.lead is not None else None
    if rival.customer is not None:
        holder = rival.customer.account_manager_id
    promises.tell(
        key=f"lead.registered_again:{lead.pk}",
        kind=NoticeKind.REQUESTED,
        at=at,
        to_user_id=holder,
        detail={"what": "lead_conflict", "number": lead.number},
    )


def locked(lead: Lead) -> Lead:
    """The lead's row as it is now, ours alone until the transaction ends."""
    return Lead.objects.select_for_update(of=("self",)).select_related("staff__department").get(pk=lead.pk)


def open_one(lead: Lead) -> Lead:
    """`locked`, for what needs a lead that is protected. Raises Refused."""
    row = locked(lead)
    if row.state == LeadState.CONFLICT:
        raise Refused(
            _("%(number)s 撞单待裁定，裁定之后才能继续。") % {"number": row.number}, code="conflict"
        )
    if row.state != LeadState.OPEN:
        raise Refused(_("%(number)s 已经了结。") % {"number": row.number}, code="closed")
    return row


@transaction.atomic
def contact_lead(
    *,
    lead: Lead,
    way: str,
    what: str,
    by: Actor,
    at: datetime,
    happened: datetime | None = None,
    via: str = WEB,
) -> Lead:
    """Note that the lead was contacted, `happened` then. Raises Invalid (a time to come), Refused."""
    row = open_one(lead)
    when = happened or at
    if when > at:
        raise Invalid(_("联系时间不能晚于现在。"), fields={"happened": _("联系时间不能晚于现在")})
    text = words("what", what)
    row.contacted_at = max(when, row.contacted_at or when)
    row.save(update_fields=["contacted_at"])
    event = LeadContacted(way=way, staff=code_of(row.staff))
    note_lead(row, event, by=by, at=at, via=via, happened=when, sealed={"what": text})
    return row


@transaction.atomic
def extend_lead(*, lead: Lead, until: datetime, why: str, by: Actor, at: datetime, via: str = WEB) -> Lead:
    """Protect a lead for longer. Raises Invalid (no reason, not later than now), Refused."""
    row = open_one(lead)
    text = words("why", why, missing=_("请写明延长保护的原因。"))
    if row.protected_until is None or until <= max(at, row.protected_until):
        sentence = _("新的日期要晚于现在的保护期。")
        raise Invalid(sentence, fields={"until": sentence})
    row.protected_until, row.warned_at = until, None
    row.revision += 1
    row.save(update_fields=["protected_until", "warned_at", "revision"])
    note_lead(row, LeadExtended(until=until), by=by, at=at, via=via, sealed={"why": text})
    return row


@transaction.atomic
def drop_lead(*, lead: Lead, reason: str, remark: str, by: Actor, at: datetime, via: str = WEB) -> Lead:
    """Give a lead up, for one of `enums.DropReason`. Raises Invalid, Refused."""
    row = open_one(lead)
    why = member(DropReason, reason, "reason")
    text = words("remark", remark)
    close(row, LeadState.DROPPED, at, drop_reason=why.value)
    note_lead(row, LeadDropped(reason=why.value), by=by, at=at, via=via, sealed={"remark": text})
    return row


def close(row: Lead, state: str, at: datetime, **values: object) -> None:
    """Let a lead that is ours stand in one of its last states."""
    row.state, row.closed_at = state, at
    for column, value in values.items():
        setattr(row, column, value)
    row.revision += 1
    row.save(update_fields=["state", "closed_at", "revision", *values])


@transaction.atomic
def qualify_lead(
    *, lead: Lead, by: Actor, at: datetime, customer: Customer | None = None, via: str = WEB
) -> Customer:
    """Turn a lead into a customer of whoever follows it, or into one that is there. Raises Invalid, Refused.

    `customer`: one that has no account manager, or this one.
    """
    row = open_one(lead)
    is_new = customer is None
    if customer is None:
        [clear] = opened_leads([row])
        is_company = row.kind == Kind.ORGANISATION
        customer = customers.create_customer(
            kind=row.kind,
            name=row.name if is_company else clear.person,
            contact_name=clear.person if is_company else "",
            phone=clear.phone,
            email=clear.email,
            region=row.region,
            source=row.source,
            legal_basis=row.legal_basis,
            needs=clear.note,
            account_manager=row.staff,
            by=by,
            at=at,
            via=via,
        )
    elif customer.account_manager_id not in (None, row.staff_id):
        raise Refused(_("该客户已有别的客户经理，不能归入。"), code="taken")
    elif customer.account_manager_id is None:
        customer = customers.assign_account_manager(customer=customer, user=row.staff, by=by, at=at, via=via)
    close(row, LeadState.QUALIFIED, at, customer_id=customer.pk)
    note_lead(row, LeadQualified(customer=str(customer.pk), is_new=is_new), by=by, at=at, via=via)
    return customer


@transaction.atomic
def hand_over_lead(*, lead: Lead, staff: User, by: Actor, at: datetime, via: str = WEB) -> Lead:
    """Let somebody else follow a lead that is open or disputed. Raises Refused."""
    row = locked(lead)
    works_here(staff)
    if row.state not in {LeadState.OPEN, LeadState.CONFLICT}:
        raise Refused(_("%(number)s 已经了结。") % {"number": row.number}, code="closed")
    if row.staff_id == staff.pk:
        return row
    previous, row.staff = row.staff, staff
    row.department = staff.department.code if staff.department is not None else None
    row.revision += 1
    row.save(update_fields=["staff", "department", "revision"])
    event = LeadHandedOver(staff=code_of(staff), previous=code_of(previous), department=row.department)
    note_lead(row, event, by=by, at=at, via=via)
    return row


@transaction.atomic
def reveal_lead(*, lead: Lead, field: str, purpose: str, by: Actor, at: datetime, via: str = WEB) -> str:
    """A personal field of a lead in the clear; leaves a trace. Raises Invalid without a purpose."""
    if field not in REVEALABLE:
        raise Invalid(_("没有这个字段。"))
    reason = member(Purpose, purpose, "purpose")
    ledger.record_access(by=by, subject=lead.subject, what=field, purpose=reason.value, via=via, at=at)
    event = LeadRevealed(what=field, purpose=reason.value, via=via)
    note_lead(lead, event, by=by, at=at, via=via)
    [clear] = opened_leads([lead])
    text: str = getattr(clear, field)
    return text


@transaction.atomic
def erase_lead(*, lead: Lead, reason: str, by: Actor, at: datetime, via: str = WEB) -> Lead:
    """Erase what is personal about a lead, for good: its key goes. Doing it twice does it once."""
    row = locked(lead)
    why = member(ErasureReason, reason, "reason")
    ledger.destroy_key(row.subject, by=by, at=at, source=via)
    Lead.objects.filter(pk=row.pk).update(**EMPTY)
    if row.erased_at is None:
        Lead.objects.filter(pk=row.pk).update(erased_at=at)
        note_lead(row, LeadErased(reason=why.value), by=by, at=at, via=via)
    row.refresh_from_db()
    return row


def forget_customer(customer_id: int, by: Actor, at: datetime) -> None:
    """What is left of a customer who is erased: the leads that became them."""
    for lead in Lead.objects.filter(customer_id=customer_id):
        erase_lead(lead=lead, reason=ErasureReason.REQUESTED, by=by, at=at, via="erasure")


@transaction.atomic
def look_at_leads(*, now: datetime, by: Actor = SYSTEM) -> int:
    """Warn of protections that end soon and end those that are over; how many, at most 200 a turn.

    Each is warned of once and ends once, however often this runs and in however many processes.
    """
    open_leads = Lead.objects.filter(state=LeadState.OPEN)
    over = open_leads.filter(protected_until__lte=now).order_by("protected_until")
    rows = list(over.select_for_update(of=("self",), skip_locked=True).select_related("staff")[:AT_A_TIME])
    for row in rows:
        close(row, LeadState.EXPIRED, now)
        note_lead(row, LeadExpired(), by=by, at=now, via="worker")
        _tell_staff(row, "lead_expired", now)
    left = AT_A_TIME - len(rows)
    soon = now + days(company_rules().protection_warn_days)
    coming = open_leads.filter(protected_until__gt=now, protected_until__lte=soon, warned_at=None)
    warned = list(coming.select_for_update(skip_locked=True).order_by("protected_until")[:left])
    Lead.objects.filter(pk__in=[row.pk for row in warned]).update(warned_at=now)
    for row in warned:
        _tell_staff(row, "lead_expiring", now)
    return len(rows) + len(warned)


def _tell_staff(row: Lead, what: str, at: datetime) -> None:
    until = row.protected_until.isoformat() if row.protected_until else ""
    promises.tell(
        key=f"{what}:{row.pk}:{until}",
        kind=NoticeKind.REMIND,
        at=at,
        to_user_id=row.staff_id,
        detail={"what": what, "number": row.number, "at": [row.number]},
    )


@transaction.atomic
def hand_over_leads(*, leaver: User, heir: User, by: Actor, at: datetime) -> int:
    """All of a leaver's open leads to the heir; how many."""
    rows = Lead.objects.filter(staff=leaver, state__in=[LeadState.OPEN, LeadState.CONFLICT]).order_by("pk")
    pieces = partial(hand_over_lead, staff=heir, by=by, at=at, via="leaving")
    return len([pieces(lead=row) for row in rows])
