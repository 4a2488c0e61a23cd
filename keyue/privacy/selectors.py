"""Reading what this room keeps. What takes a `viewer` returns only what that person may see."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from keyue.customers import rules as customer_rules
from keyue.customers import selectors as customers
from keyue.customers.events import CustomerPurposeEnded
from keyue.customers.faults import Fault
from keyue.customers.models import Contact, Customer
from keyue.customers.sealed import index_of
from keyue.kernel import cursors
from keyue.kernel.errors import Invalid, NotFound
from keyue.ledger import selectors as ledger
from keyue.people.enums import Permission
from keyue.people.models import User
from keyue.people.permissions import allows_any
from keyue.privacy import rules
from keyue.privacy.enums import Step
from keyue.privacy.models import (
    Consent,
    Disclosure,
    HandOver,
    IdentityCheck,
    LegalHold,
    Proof,
    Provision,
    Purpose,
    PurposeText,
    Restriction,
    RetentionCandidate,
    RetentionRule,
    RightRequest,
)
from keyue.privacy.sealed import code_of_request, same, token_of_link
from keyue.promises.models import Promise

PAGE = 25
MOST_ROWS = 200
FAR = datetime.max.replace(tzinfo=UTC)
HANDLING = (Permission.PRIVACY_HANDLE, Permission.CUSTOMER_EDIT)
"""Who may enter requests and consents: the privacy officer's people, and whoever keeps the customer's file."""


# --- consent ---


def purposes(*, with_retired: bool = False) -> list[Purpose]:
    """The company's purposes by name, the first 200."""
    rows = Purpose.objects.order_by("retired_at", "name")
    return list((rows if with_retired else rows.filter(retired_at=None))[:MOST_ROWS])


def purpose_by_code(code: str) -> Purpose:
    """Raises NotFound."""
    found = Purpose.objects.filter(code=code).first()
    if found is None:
        raise NotFound(_("没有这个处理目的。"))
    return found


def texts_of(purpose: Purpose) -> list[PurposeText]:
    """All versions of a purpose's text, the newest first."""
    return list(PurposeText.objects.filter(purpose=purpose).select_related("published_by").order_by("-n"))


def texts_in_force(rows: Collection[Purpose], at: datetime) -> dict[int, PurposeText]:
    """The text of each purpose that counts at an instant; one query."""
    found: dict[int, PurposeText] = {}
    for text in PurposeText.objects.filter(purpose__in=rows, published_at__lte=at).order_by("n"):
        found[text.purpose_id] = text
    return found


def text_in_force(purpose: Purpose, at: datetime) -> PurposeText:
    """The text that counts at an instant. Raises NotFound before the first."""
    found = texts_in_force([purpose], at).get(purpose.pk)
    if found is None:
        raise NotFound(_("这个目的还没有同意文本。"))
    return found


def may_use(who: Customer | Contact, purpose: str, at: datetime) -> bool:
    """Whether personal data may be used for a purpose (its code) at an instant, as far as it rests on consent.

    Of a customer: whether any of the contacts has agreed. A consent counts from when it was given until it was withdrawn
    or given anew, and as long as no later text asked everybody anew; never for a retired purpose, an erased customer,
    or one whose data is kept and no longer used. An unknown purpose may not be used for. Five queries at most.
    """
    wanted = Purpose.objects.filter(code=purpose).first()
    if wanted is None or (wanted.retired_at is not None and wanted.retired_at <= at):
        return False
    customer = who if isinstance(who, Customer) else who.customer
    if customer.erased_at is not None and customer.erased_at <= at:
        return False
    if Restriction.objects.filter(customer=standing_for(customer), restricted_at__lte=at).exists():
        return False
    versions = [
        rules.TextVersion(n, published_at, is_renewing)
        for n, published_at, is_renewing in PurposeText.objects.filter(purpose=wanted).values_list(
            "n", "published_at", "is_renewing"
        )
    ]
    oldest = rules.oldest_valid(versions, at)
    if oldest is None:
        return False
    rows = Consent.objects.filter(purpose=wanted, given_at__lte=at, text__n__gte=oldest)
    if isinstance(who, Contact):
        rows = rows.filter(contact=who)
    else:
        rows = rows.filter(Q(customer=who) | Q(customer__merged_into=who))
    standing = (Q(withdrawn_at=None) | Q(withdrawn_at__gt=at)) & (Q(renewed_at=None) | Q(renewed_at__gt=at))
    return rows.filter(standing).exists()


def standing_for(customer: Customer) -> int:
    """The id of the customer who stands for this one now."""
    while customer.merged_into is not None:
        customer = customer.merged_into
    return customer.pk


def consents_of(customer: Customer, most: int = MOST_ROWS) -> list[Consent]:
    """What a customer's contacts agreed to, the newest first; those of customers merged into it too."""
    rows = Consent.objects.filter(Q(customer=customer) | Q(customer__merged_into=customer))
    return list(
        rows.select_related("purpose", "text", "contact__customer", "proof").order_by("-given_at", "-id")[
            :most
        ]
    )


def separate_consents(customer: Customer, at: datetime) -> list[Consent]:
    """The separate consents of a customer's contacts that count at an instant, as `may_use` has it."""
    return [
        one
        for one in consents_of(customer)
        if one.is_separate and one.stands and may_use(one.contact, one.purpose.code, at)
    ]


def consents_standing(contact_ids: Collection[int]) -> list[Consent]:
    """What these contacts have agreed to and not withdrawn; for pages of their own."""
    rows = Consent.objects.filter(contact__in=contact_ids, withdrawn_at=None, renewed_at=None)
    return list(
        rows.select_related("purpose", "text", "customer").order_by("purpose__name", "id")[:MOST_ROWS]
    )


def consent_for(viewer: User, pk: int) -> Consent:
    """A consent of a customer whom `viewer` may see. Raises NotFound."""
    found = Consent.objects.filter(pk=pk).select_related("customer", "contact", "purpose", "text").first()
    if found is None or not customers.visible_to(viewer).filter(pk=found.customer_id).exists():
        raise NotFound(_("没有这份同意，或您看不到该客户。"))
    return found


def uses_to_stop(viewer: User, most: int = MOST_ROWS) -> list[Consent]:
    """Withdrawn consents of purposes used outside, whose use nobody has said to have stopped; the oldest first."""
    rows = Consent.objects.filter(
        Exists(customers.visible_to(viewer).filter(pk=OuterRef("customer"))),
        withdrawn_at__isnull=False,
        stopped_at=None,
    )
    rows = rows.filter(customer__erased_at=None).select_related("purpose", "customer")
    return list(rows.order_by("withdrawn_at", "id")[:most])


def proof_for(viewer: User, pk: int) -> Proof:
    """A paper of a customer whom `viewer` may see. Raises NotFound."""
    found = Proof.objects.filter(pk=pk).select_related("customer").first()
    if found is None or not customers.visible_to(viewer).filter(pk=found.customer_id).exists():
        raise NotFound(_("没有这份材料，或您看不到该客户。"))
    return found


# --- requests ---


def requests_visible_to(viewer: User) -> QuerySet[RightRequest]:
    """The requests of customers whom `viewer` may see: the one place that decides it."""
    if not allows_any(viewer, *HANDLING):
        return RightRequest.objects.none()
    return RightRequest.objects.filter(Exists(customers.visible_to(viewer).filter(pk=OuterRef("customer"))))


def request_for(viewer: User, pk: int) -> RightRequest:
    """A request that `viewer` may see. Raises NotFound."""
    rows = requests_visible_to(viewer).select_related(
        "customer", "contact__customer", "accepted_by", "proposed_by", "approved_by", "proof"
    )
    found = rows.filter(pk=pk).first()
    if found is None:
        raise NotFound(_("没有这件请求，或您看不到该客户。"))
    return found


def requests_page(
    viewer: User, *, step: str = "", right: str = "", cursor: str = "", size: int = PAGE
) -> tuple[list[RightRequest], str]:
    """A page of requests, the newest first, and the cursor of the next one. `step` "open": unanswered. Raises Invalid."""
    rows = requests_visible_to(viewer)
    if step == "open":
        rows = rows.exclude(step=Step.ANSWERED)
    elif step:
        rows = rows.filter(step=step)
    if right:
        rows = rows.filter(right=right)
    if cursor:
        try:
            at, pk = cursors.place(cursor)
        except ValueError:
            sentence = _("翻页标记不对，请从第一页重新开始。")
            raise Invalid(sentence, fields={"cursor": sentence}, code="bad_cursor") from None
        rows = rows.filter(Q(received_at__lt=at) | Q(received_at=at, pk__lt=pk))
    rows = rows.select_related("customer", "accepted_by", "proposed_by").order_by("-received_at", "-pk")
    found = list(rows[: size + 1])
    last = found[size - 1] if len(found) > size else None
    return found[:size], cursors.mark(last.received_at, last.pk) if last else ""


def open_requests_count(viewer: User, most: int = 99) -> int:
    """How many wait for an answer, counted up to `most`."""
    return requests_visible_to(viewer).exclude(step=Step.ANSWERED).order_by()[:most].count()


def requests_of(customer: Customer, most: int = MOST_ROWS) -> list[RightRequest]:
    """The requests of a customer, the newest first."""
    rows = RightRequest.objects.filter(Q(customer=customer) | Q(contact__customer=customer))
    return list(rows.distinct().order_by("-received_at", "-pk")[:most])


def requests_of_contacts(contact_ids: Collection[int]) -> list[RightRequest]:
    """The requests of these contacts, the newest first; for pages of their own."""
    rows = RightRequest.objects.filter(contact__in=contact_ids)
    return list(rows.order_by("-received_at", "-pk")[:MOST_ROWS])


def promises_of(requests: Iterable[RightRequest]) -> dict[int, list[Promise]]:
    """What is promised about each request, by its id, in the order of the due instants; one query."""
    by_uid = {request.uid: request.pk for request in requests}
    found: dict[int, list[Promise]] = {pk: [] for pk in by_uid.values()}
    rows = Promise.objects.filter(
        subject_kind="customer",
        subject_id__in={request.customer_id for request in requests},
        triggered_by__in=list(by_uid),
    )
    for row in rows.select_related("holder").order_by("due", "pk"):
        found[by_uid[row.triggered_by]].append(row)
    return found


def request_by_code(number: str, code: str) -> RightRequest:
    """The request that number and code open, for whoever has no other way left. Raises NotFound, the same for either."""
    digits = number.strip().upper().removeprefix("QY").lstrip("-")
    pk = int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 16 else 0
    found = RightRequest.objects.filter(pk=pk).first()
    right = code_of_request(found.uid if found else UUID(int=0))
    if not same(rules.plain_code(code), right) or found is None:
        raise NotFound(_("编号或查询码不对，请核对后再试。"))
    return found


def hand_over_of(text: str, at: datetime) -> HandOver:
    """The link that somebody opened, `uid.token`. Raises NotFound, the same for a wrong, used or expired one."""
    uid, _dot, token = text.partition(".")
    try:
        identity = UUID(hex=uid)
    except ValueError:
        identity = UUID(int=0)
    found = (
        HandOver.objects.filter(uid=identity).select_related("request__customer", "request__contact").first()
    )
    good = same(token, token_of_link(identity))
    if not good or found is None or found.used_at is not None or found.expires_at <= at:
        raise NotFound(_("链接不对、已经用过，或者已经过期。需要的请再提一次请求。"))
    return found


def hand_over_by_id(pk: int) -> HandOver | None:
    """A link by id, for the mail that carries it."""
    return HandOver.objects.filter(pk=pk).select_related("request").first()


def link_of(hand_over: HandOver) -> str:
    """What stands in the address of a link."""
    return f"{hand_over.uid.hex}.{token_of_link(hand_over.uid)}"


def request_by_id(pk: int) -> RightRequest | None:
    """A request by id, for the mail that tells of it."""
    return RightRequest.objects.filter(pk=pk).select_related("customer").first()


# --- who somebody is ---


def contacts_known_by(text: str) -> list[Contact]:
    """The contacts with this telephone number or address and an address on file, all with the same address.

    Where several addresses belong to one number, those of the contact entered last. Empty for nobody, and for what is
    neither number nor address.
    """
    field = "email" if rules.looks_like_email(text) else "phone"
    rule = customer_rules.normalise_email if field == "email" else customer_rules.normalise_phone
    try:
        index = index_of(field, rule(text))
    except Fault:
        return []
    if index is None:
        return []
    rows = Contact.objects.filter(
        **{f"{field}_index": index}, email_index__isnull=False, customer__erased_at=None
    )
    found = list(rows.order_by("-pk")[:50])
    return [contact for contact in found if contact.email_index == found[0].email_index]


def check_by_uid(uid: UUID) -> IdentityCheck | None:
    """A check by its identity."""
    return IdentityCheck.objects.filter(uid=uid).first()


def check_by_id(pk: int) -> IdentityCheck | None:
    """A check by id, for the mail that carries its code."""
    return IdentityCheck.objects.filter(pk=pk).first()


def contacts_of(ids: Collection[int]) -> list[Contact]:
    """Contacts by id, without those who have been erased, in the order of their customers."""
    rows = Contact.objects.filter(pk__in=ids, customer__erased_at=None)
    return list(rows.select_related("customer").order_by("customer", "pk"))


# --- holds, restriction, retention ---


def sentences_of_holds(customer_ids: Sequence[int]) -> dict[int, str]:
    """Why each of these customers may not be erased, as far as this room keeps them; one query."""
    rows = LegalHold.objects.filter(customer__in=customer_ids, released_at=None).values_list(
        "customer", flat=True
    )
    return {
        pk: _("%(number)s 处于法律保全，不能删除。需要时可先停止使用；保全解除后再删除。")
        % {"number": customer_rules.number_of(pk)}
        for pk in rows
    }


def holds_of(customer: Customer) -> list[LegalHold]:
    """A customer's holds, the newest first."""
    rows = LegalHold.objects.filter(customer=customer).select_related("placed_by", "released_by")
    return list(rows.order_by("-pk")[:MOST_ROWS])


def disclosures_of(customer: Customer) -> list[Disclosure]:
    """What of a customer got out, the newest first; of customers merged into it too."""
    rows = Disclosure.objects.filter(Q(customer=customer) | Q(customer__merged_into=customer))
    return list(
        rows.select_related("customer", "approved_by", "remedied_by").order_by("-happened_at", "-pk")[
            :MOST_ROWS
        ]
    )


def has_open_disclosure(customer: Customer) -> bool:
    """Whether something of the customer got out about which nothing has been entered as done."""
    rows = Disclosure.objects.filter(Q(customer=customer) | Q(customer__merged_into=customer))
    return rows.filter(remedied_at=None).exists()


def disclosure_for(viewer: User, pk: int) -> Disclosure:
    """A disclosure of a customer whom `viewer` may see. Raises NotFound."""
    found = Disclosure.objects.filter(pk=pk).select_related("customer").first()
    if found is None or not customers.visible_to(viewer).filter(pk=found.customer_id).exists():
        raise NotFound(_("没有这次泄露的登记，或您看不到该客户。"))
    return found


def provisions_of(customer: Customer) -> list[Provision]:
    """What of a customer was given to others, the newest first; of customers merged into it too."""
    rows = Provision.objects.filter(Q(customer=customer) | Q(customer__merged_into=customer))
    rows = rows.select_related("customer", "provided_by", "consent__purpose", "consent__text")
    return list(rows.order_by("-provided_at", "-pk")[:MOST_ROWS])


def holds_standing(viewer: User, most: int = MOST_ROWS) -> list[LegalHold]:
    """The holds that stand on customers whom `viewer` may see, the newest first."""
    seen = Exists(customers.visible_to(viewer).filter(pk=OuterRef("customer")))
    rows = LegalHold.objects.filter(seen, released_at=None).select_related("customer", "placed_by")
    return list(rows.order_by("-pk")[:most])


def hold_for(viewer: User, pk: int) -> LegalHold:
    """A hold on a customer whom `viewer` may see. Raises NotFound."""
    found = LegalHold.objects.filter(pk=pk).select_related("customer").first()
    if found is None or not customers.visible_to(viewer).filter(pk=found.customer_id).exists():
        raise NotFound(_("没有这项保全，或您看不到该客户。"))
    return found


def is_restricted(customer_id: int) -> bool:
    """Whether the customer's data is kept and no longer used."""
    return Restriction.objects.filter(customer=customer_id).exists()


def sentences_of_restrictions(customer_ids: Sequence[int]) -> dict[int, str]:
    """Of these customers those whose data is kept and no longer used, each with the sentence to say; also of a file that
    was merged into such a one. One query."""
    said = _("该客户的个人信息只保存、不再使用，不能查看原文、下载附件，也不能导出。")
    mine = Q(customer__in=customer_ids) | Q(customer__aliases__in=customer_ids)
    rows = Restriction.objects.filter(mine).values_list("customer_id", "customer__aliases")
    wanted = set(customer_ids)
    return {pk: said for row in rows for pk in row if pk in wanted}


def all_restricted() -> set[int]:
    """All customers whose data is kept and no longer used, with those merged into them; one query."""
    rows = Restriction.objects.values_list("customer_id", "customer__aliases")
    return {pk for row in rows for pk in row if pk is not None}


@dataclass(frozen=True, slots=True)
class EndedPurpose:
    """A purpose that a customer's data need no longer serve. `others` are those for which somebody's consent still
    stands: without any, nothing is left to keep the data for."""

    purpose: Purpose
    ended_at: datetime
    others: tuple[str, ...]


def ended_purposes(customer: Customer) -> list[EndedPurpose]:
    """The purposes that have ended for a customer, the newest first; three queries."""
    kinds = [CustomerPurposeEnded.kind]
    facts = ledger.newest_facts([customer.subject], kinds, before=FAR, limit=MOST_ROWS)
    if not facts:
        return []
    known = {one.code: one for one in Purpose.objects.all()}
    ended = {str(fact.data["purpose"]) for fact in facts}
    standing = Consent.objects.filter(customer=customer, withdrawn_at=None, renewed_at=None)
    codes = set(standing.values_list("purpose__code", flat=True)) - ended
    others = tuple(sorted(known[code].name for code in codes))
    return [
        EndedPurpose(known[code], fact.at, others)
        for fact in facts
        if (code := str(fact.data["purpose"])) in known
    ]


def restriction_of(customer: Customer) -> Restriction | None:
    """Since when, and why, the customer's data is no longer used; None where it is."""
    return Restriction.objects.filter(customer=customer).first()


def rules_of_retention() -> list[RetentionRule]:
    """The company's rules, those that work first, the first 200."""
    rows = RetentionRule.objects.select_related("created_by", "ended_by")
    return list(rows.order_by("ended_at", "-pk")[:MOST_ROWS])


def rule_by_id(pk: int) -> RetentionRule:
    """Raises NotFound."""
    found = RetentionRule.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound(_("没有这条规则。"))
    return found


def rule_to_look(now: datetime) -> RetentionRule | None:
    """The rule whose turn it is to be looked at."""
    return RetentionRule.objects.filter(ended_at=None, look_at__lte=now).order_by("look_at", "pk").first()


def candidates_page(
    viewer: User, *, cursor: str = "", size: int = PAGE
) -> tuple[list[RetentionCandidate], str]:
    """A page of customers whose time is over and nobody has decided, the oldest first. Raises Invalid."""
    rows = RetentionCandidate.objects.filter(
        Exists(customers.visible_to(viewer).filter(pk=OuterRef("customer"))), decided_at=None
    )
    if cursor:
        try:
            at, pk = cursors.place(cursor)
        except ValueError:
            sentence = _("翻页标记不对，请从第一页重新开始。")
            raise Invalid(sentence, fields={"cursor": sentence}, code="bad_cursor") from None
        rows = rows.filter(Q(found_at__gt=at) | Q(found_at=at, pk__gt=pk))
    found = list(rows.select_related("rule", "customer").order_by("found_at", "pk")[: size + 1])
    last = found[size - 1] if len(found) > size else None
    return found[:size], cursors.mark(last.found_at, last.pk) if last else ""


def candidate_for(viewer: User, pk: int) -> RetentionCandidate:
    """A customer whose time is over, if `viewer` may see them. Raises NotFound."""
    found = RetentionCandidate.objects.filter(pk=pk).select_related("rule", "customer").first()
    if found is None or not customers.visible_to(viewer).filter(pk=found.customer_id).exists():
        raise NotFound(_("没有这一项，或您看不到该客户。"))
    return found
