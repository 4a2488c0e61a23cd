"""Reading of the sales room. Fetching is authorising: what takes a `viewer` returns only what that person may see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from keyue.customers import rules as names
from keyue.customers import selectors as customers
from keyue.customers.enums import Kind, Stage
from keyue.customers.models import Customer
from keyue.kernel import cursors
from keyue.kernel.errors import Invalid, NotFound
from keyue.ledger import selectors as ledger
from keyue.ledger.facts import Subject
from keyue.ledger.sealing import sealed_values
from keyue.people import selectors as people
from keyue.people.enums import Permission
from keyue.people.models import User
from keyue.people.permissions import allows
from keyue.promises import selectors as promises
from keyue.sales import rules
from keyue.sales.enums import LEAD_TONES, LeadState, PlanState
from keyue.sales.models import Lead, Need, Opportunity, PoolEntry, SalesRules, ServicePlan
from keyue.sales.sealed import ClearLead, opened_leads
from keyue.sales.wording import FACT_WORDS, STAGE_NAMES

PAGE = 25
MOST_PAGE = 100


# --- the company's rules ---


def company_rules() -> SalesRules:
    """The company's rules; the defaults where nobody has changed any."""
    return SalesRules.objects.filter(pk=1).first() or SalesRules()


def company_stages() -> list[rules.Stage]:
    """The stages of an opportunity, in the company's order."""
    return named_stages(company_rules().stages)


def named_stages(kept: Iterable[Mapping[str, object]]) -> list[rules.Stage]:
    """The stages as `SalesRules.stages` keeps them, by their names; the product's own where nothing is kept."""
    return rules.stages_from(kept, {code: str(name) for code, name in STAGE_NAMES.items()})


# --- leads ---


def leads_visible_to(viewer: User) -> QuerySet[Lead]:
    """The leads that `viewer` may see: their own, and those of the departments their role opens."""
    if not allows(viewer, Permission.LEAD_REGISTER):
        return Lead.objects.none()
    departments = people.visible_departments(viewer, Permission.LEAD_REGISTER)
    if departments is None:
        return Lead.objects.all()
    own = Q(staff_id__in=sorted(people.acting_for(viewer)))
    return Lead.objects.filter(own | Q(department__in=sorted(departments)))


def lead_for(viewer: User, number: str) -> Lead:
    """A lead by number (`XS-00012`), if `viewer` may see it. Raises NotFound."""
    pk = rules.parse_number(rules.LEAD_PREFIX, number)
    found = leads_visible_to(viewer).filter(pk=pk) if pk is not None else Lead.objects.none()
    lead = found.select_related(
        "staff", "customer", "first__staff", "first_customer__account_manager"
    ).first()
    if lead is None:
        raise NotFound(_("没有这条线索，或您看不到它。"))
    return lead


@dataclass(frozen=True, slots=True)
class LeadCard:
    """A lead as lists and pages show it: personal values under their masks."""

    lead: Lead
    name: str
    person: str
    phone: str
    email: str
    note: str

    @property
    def url(self) -> str:
        """The lead's page."""
        return reverse("sales:lead", args=[self.lead.number])

    @property
    def state(self) -> str:
        return str(LeadState(self.lead.state).label)

    @property
    def tone(self) -> str:
        return LEAD_TONES[self.lead.state]


def lead_cards(leads: Sequence[Lead]) -> list[LeadCard]:
    """Leads under their masks, in their order; one query for all keys."""
    return [_card(lead, clear) for lead, clear in zip(leads, opened_leads(leads), strict=True)]


def _card(lead: Lead, clear: ClearLead) -> LeadCard:
    person = names.mask_name(clear.person)
    nameless = _("已删除") if lead.erased_at else _("未登记姓名")
    return LeadCard(
        lead=lead,
        name=lead.name if lead.kind == Kind.ORGANISATION else person or nameless,
        person=person,
        phone=names.mask_phone(clear.phone),
        email=names.mask_email(clear.email),
        note=clear.note,
    )


@dataclass(frozen=True, slots=True)
class LeadPage:
    """A page of leads; `next` is the cursor of the page after it, empty on the last."""

    cards: list[LeadCard]
    next: str


def lead_page(
    viewer: User, *, state: str = "", mine: bool = False, text: str = "", cursor: str = "", size: int = PAGE
) -> LeadPage:
    """A page of the leads that `viewer` may see, the newest first. `text`: a number, or how a name begins."""
    rows = leads_visible_to(viewer)
    if state:
        rows = rows.filter(state=state)
    if mine:
        rows = rows.filter(staff=viewer)
    if text.strip():
        rows = rows.filter(_found(text.strip()))
    size = max(1, min(size, MOST_PAGE))
    found = list(_older(rows, cursor).select_related("staff").order_by("-pk")[: size + 1])
    return LeadPage(lead_cards(found[:size]), str(found[size - 1].pk) if len(found) > size else "")


def _found(text: str) -> Q:
    pk = rules.parse_number(rules.LEAD_PREFIX, text)
    condition = Q(pk=pk) if pk is not None else Q(pk__in=[])
    if names.search_key(text):
        start, end = names.prefix_range(text)
        condition |= Q(name_key__gte=start, name_key__lt=end)
    return condition


def _older(rows: QuerySet[Lead], cursor: str) -> QuerySet[Lead]:
    return rows.filter(pk__lt=place(cursor)) if cursor else rows


def place(cursor: str) -> int:
    """The id of a cursor. Raises Invalid."""
    try:
        return cursors.number(cursor)
    except ValueError:
        sentence = _("翻页标记不对，请从第一页重新开始。")
        raise Invalid(sentence, fields={"cursor": sentence}, code="bad_cursor") from None


def conflicts_waiting(viewer: User) -> int:
    """How many conflicts `viewer` is to settle, counted to a hundred."""
    if not allows(viewer, Permission.LEAD_MANAGE):
        return 0
    rows = leads_visible_to(viewer).filter(state=LeadState.CONFLICT)
    return len(rows.values_list("pk", flat=True)[:100])


# --- the pool ---


def picked_today(user: User, at: datetime) -> int:
    """How many customers a person has picked since the company's midnight."""
    start = at.astimezone(promises.zone()).replace(hour=0, minute=0, second=0, microsecond=0)
    return PoolEntry.objects.filter(picked_by=user, picked_at__gte=start).count()


def held_by(user: User, settings: SalesRules) -> int:
    """How many customers count towards what a person may hold."""
    rows = Customer.objects.filter(account_manager=user, erased_at=None, merged_into=None)
    return (rows.exclude(stage=Stage.SIGNED) if settings.keeps_signed else rows).count()


def pool_visible_to(viewer: User) -> QuerySet[PoolEntry]:
    """What lies in the public pool, for whoever may pick: it is everybody's, without numbers and addresses."""
    if not allows(viewer, Permission.LEAD_REGISTER):
        return PoolEntry.objects.none()
    return PoolEntry.objects.filter(left_at=None, customer__erased_at=None, customer__merged_into=None)


def pool_entry_for(viewer: User, pk: int) -> PoolEntry:
    """What lies in the pool, by id. Raises NotFound where it lies there no more."""
    found = pool_visible_to(viewer).select_related("customer", "previous").filter(pk=pk).first()
    if found is None:
        raise NotFound(_("该客户已不在公海里，可能刚被别人领取。"))
    return found


@dataclass(frozen=True, slots=True)
class PoolRow:
    """A customer in the pool: who they are as far as everybody may know, and whether the reader may pick them."""

    entry: PoolEntry
    name: str
    place: str
    is_locked: bool


@dataclass(frozen=True, slots=True)
class PoolPage:
    """A page of the pool; `next` is the cursor of the page after it, empty on the last."""

    rows: list[PoolRow]
    next: str


def pool_page(viewer: User, at: datetime, *, grade: str = "", cursor: str = "", size: int = PAGE) -> PoolPage:
    """A page of the pool, what came last first."""
    found = pool_visible_to(viewer)
    if grade:
        found = found.filter(customer__grade=None if grade == "none" else grade)
    if cursor:
        found = found.filter(pk__lt=place(cursor))
    size = max(1, min(size, MOST_PAGE))
    entries = list(found.select_related("customer", "previous").order_by("-pk")[: size + 1])
    cards = customers.customer_cards([entry.customer_id for entry in entries[:size]])
    rows = [
        PoolRow(
            entry,
            cards[entry.customer_id].shown_name,
            cards[entry.customer_id].place,
            entry.previous_id == viewer.pk and entry.locked_until is not None and at < entry.locked_until,
        )
        for entry in entries[:size]
    ]
    return PoolPage(rows, str(entries[size - 1].pk) if len(entries) > size else "")


def pool_count(viewer: User) -> customers.Capped:
    """How many lie in the pool, counted to 99."""
    return customers.counted(list(pool_visible_to(viewer).values_list("pk", flat=True)[:100]), 99)


# --- needs, plans ---


def _of_seen_customers(viewer: User) -> Exists:
    # asked row by row: as a list of all whom somebody sees, SQLite would gather the whole archive first
    return Exists(customers.visible_to(viewer).filter(pk=OuterRef("customer")))


def needs_visible_to(viewer: User) -> QuerySet[Need]:
    """The needs of the customers that `viewer` may see."""
    return Need.objects.filter(_of_seen_customers(viewer))


def need_for(viewer: User, pk: int) -> Need:
    """A need by id, if `viewer` may see the customer. Raises NotFound."""
    found = needs_visible_to(viewer).select_related("customer").filter(pk=pk).first()
    if found is None:
        raise NotFound(_("没有这条需求，或您看不到该客户。"))
    return found


def plan_for(viewer: User, pk: int) -> ServicePlan:
    """A plan by id, if `viewer` may see the customer. Raises NotFound."""
    rows = ServicePlan.objects.filter(_of_seen_customers(viewer))
    found = rows.select_related("customer", "need").filter(pk=pk).first()
    if found is None:
        raise NotFound(_("没有这份方案，或您看不到该客户。"))
    return found


def hash_of(token: str) -> str:
    """What is kept of a link: from it nobody can make the link."""
    return sha256(f"keyue.sales.plan:{token}".encode()).hexdigest()


def plan_by_token(token: str, at: datetime) -> ServicePlan:
    """The plan behind a link. Raises NotFound for a token of nothing, of a plan that was taken back, or too old."""
    found = (
        ServicePlan.objects.filter(token_hash=hash_of(token[:200]), customer__erased_at=None)
        .exclude(state__in=[PlanState.WITHDRAWN, PlanState.REPLACED])
        .select_related("customer", "need")
        .first()
    )
    if found is None or at >= found.expires_at:
        raise NotFound(_("这个链接已失效。请与您的客户经理联系。"))
    return found


# --- opportunities ---


def opportunities_visible_to(viewer: User) -> QuerySet[Opportunity]:
    """The opportunities with the customers that `viewer` may see."""
    if not allows(viewer, Permission.OPPORTUNITY_EDIT):
        return Opportunity.objects.none()
    return Opportunity.objects.filter(_of_seen_customers(viewer))


def opportunity_for(viewer: User, number: str) -> Opportunity:
    """An opportunity by number (`SJ-00012`), if `viewer` may see it. Raises NotFound."""
    pk = rules.parse_number(rules.OPPORTUNITY_PREFIX, number)
    found = opportunities_visible_to(viewer).filter(pk=pk) if pk is not None else Opportunity.objects.none()
    row = found.select_related("customer", "owner", "need").first()
    if row is None:
        raise NotFound(_("没有这条商机，或您看不到它。"))
    return row


def colleagues_of_sales(at: datetime) -> QuerySet[User]:
    """Who may follow leads and opportunities, by name."""
    able = people.who_may(Permission.LEAD_REGISTER, at=at) | people.who_may(
        Permission.OPPORTUNITY_EDIT, at=at
    )
    return people.active_staff().filter(pk__in=able).order_by("name_pinyin", "pk")


# --- what has happened to a lead ---


@dataclass(frozen=True, slots=True)
class Happened:
    """A fact about a lead in words, with who did it."""

    at: datetime
    what: str
    who: str
    said: str = ""


def holder_of(lead: Lead) -> User | None:
    """Who had it first, where it was registered again: the one who registered it, or the customer's account manager."""
    if lead.first is not None:
        return lead.first.staff
    return lead.first_customer.account_manager if lead.first_customer is not None else None


def lead_history(lead: Lead) -> list[Happened]:
    """Everything that was recorded about a lead, the newest first."""
    return history_of(lead.subject)


def history_of(subject: Subject) -> list[Happened]:
    """Everything that was recorded about a lead or an opportunity that the reader may see, the newest first."""
    facts = ledger.chain_of(subject)
    names_of = people.names_of(
        int(fact.actor_id) for fact in facts if fact.actor_kind == "staff" and fact.actor_id.isdecimal()
    )
    texts = sealed_values(facts)
    return [
        Happened(
            fact.at,
            str(FACT_WORDS.get(fact.kind, fact.kind)),
            names_of.get(int(fact.actor_id), "") if fact.actor_id.isdecimal() else _("系统"),
            next((text for text in said.values() if text), ""),
        )
        for fact, said in sorted(
            zip(facts, texts, strict=True), key=lambda pair: (pair[0].at, pair[0].rev), reverse=True
        )
    ]
