"""What the archive and this room hold about a person: who they are on file, what they agreed to and asked for, who looked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from keyue.customers import rules
from keyue.customers.enums import Channel, LegalBasis, Purpose, Source
from keyue.customers.models import Contact, Customer
from keyue.customers.regions import region_name
from keyue.customers.sealed import opened, opened_own
from keyue.ledger import selectors as ledger
from keyue.ledger.facts import Actor
from keyue.people import selectors as people
from keyue.privacy import selectors
from keyue.privacy.holdings import Holding
from keyue.privacy.sealed import opened as opened_here

MOST_LOOKS = 5000


def gather(customer: Customer, contact: Contact, at: datetime) -> Sequence[Holding]:
    """Of a person everything; of an organisation what is this contact's own."""
    return [
        _identity(customer, contact),
        *([_file(customer)] if customer.is_person else []),
        _consents(contact),
        _provisions(customer, contact),
        _requests(contact),
        _looks(customer, contact),
    ]


def _identity(customer: Customer, contact: Contact) -> Holding:
    contacts = list(customer.contacts.order_by("-is_self", "pk")) if customer.is_person else [contact]
    rows = []
    for one, clear in zip(contacts, opened(contacts), strict=True):
        source = Source(one.source or customer.source)
        basis = LegalBasis(one.legal_basis or customer.legal_basis)
        rows.append(
            {
                "name": clear.name,
                "phone": rules.format_phone(clear.phone) if clear.phone else "",
                "email": clear.email,
                "role": clear.role,
                "address": clear.address,
                "preferred_channel": str(Channel(one.preferred_channel).label)
                if one.preferred_channel
                else "",
                "source": str(source.label),
                "legal_basis": str(basis.label),
                "entered_at": one.created_at,
            }
        )
    columns = {
        "name": _("姓名"),
        "phone": _("电话"),
        "email": _("邮箱"),
        "role": _("职务"),
        "address": _("地址"),
        "preferred_channel": _("首选联系方式"),
        "source": _("来源"),
        "legal_basis": _("处理依据"),
        "entered_at": _("登记时间"),
    }
    return Holding("contacts", _("身份和联系方式"), columns, rows)


def _file(customer: Customer) -> Holding:
    clear = opened_own(customer)
    row = {
        "number": customer.number,
        "region": region_name(customer.region) if customer.region else "",
        "city": customer.city,
        "stage": str(customer.get_stage_display()),
        "grade": str(customer.get_grade_display() or ""),
        "needs": clear["needs"],
        "history": clear["history"],
        "credit": str(customer.get_credit_display()),
        "entered_at": customer.created_at,
    }
    columns = {
        "number": _("编号"),
        "region": _("地区"),
        "city": _("城市"),
        "stage": _("阶段"),
        "grade": _("分级"),
        "needs": _("业务需求"),
        "history": _("合作历史"),
        "credit": _("信用状况"),
        "entered_at": _("建档时间"),
    }
    return Holding("file", _("客户档案"), columns, [row])


def _consents(contact: Contact) -> Holding:
    rows = [
        {
            "purpose": one.purpose.name,
            "version": one.text.version,
            "text": one.text.text,
            "given_at": one.given_at,
            "given_via": str(one.get_given_via_display()),
            "withdrawn_at": one.withdrawn_at,
        }
        for one in selectors.consents_of(contact.customer)
        if one.contact_id == contact.pk
    ]
    columns = {
        "purpose": _("处理目的"),
        "version": _("文本版本"),
        "text": _("同意文本"),
        "given_at": _("同意时间"),
        "given_via": _("同意方式"),
        "withdrawn_at": _("撤回时间"),
    }
    return Holding("consents", _("同意"), columns, rows)


def _provisions(customer: Customer, contact: Contact) -> Holding:
    """To whom it was given: of an organisation's contact what rested on their own consent."""
    found = [
        one
        for one in selectors.provisions_of(customer)
        if customer.is_person or (one.consent is not None and one.consent.contact_id == contact.pk)
    ]
    rows = [
        {
            "recipient": clear["recipient"],
            "kinds": one.kinds_named,
            "purpose": clear["purpose"],
            "provided_at": one.provided_at,
        }
        for one, clear in zip(found, opened_here(found, "recipient", "purpose"), strict=True)
    ]
    columns = {
        "recipient": _("接收方"),
        "kinds": _("信息种类"),
        "purpose": _("提供目的"),
        "provided_at": _("提供时间"),
    }
    return Holding("provisions", _("对外提供"), columns, rows)


def _requests(contact: Contact) -> Holding:
    found = selectors.requests_of_contacts([contact.pk])
    rows = [
        {
            "number": one.number,
            "right": str(one.get_right_display()),
            "what": clear["what"],
            "received_at": one.received_at,
            "outcome": str(one.get_outcome_display()),
            "answer": clear["answer"] if not one.is_open else "",
            "answered_at": one.answered_at,
        }
        for one, clear in zip(found, opened_here(found, "what", "answer"), strict=True)
    ]
    columns = {
        "number": _("编号"),
        "right": _("权利"),
        "what": _("请求内容"),
        "received_at": _("收到时间"),
        "outcome": _("结果"),
        "answer": _("答复"),
        "answered_at": _("答复时间"),
    }
    return Holding("requests", _("权益请求"), columns, rows)


def _looks(customer: Customer, contact: Contact) -> Holding:
    entries = ledger.accesses_of(customer.subject)
    if not customer.is_person:
        entries = entries.filter(what__startswith=f"contact/{contact.pk}:")
    found = list(entries[:MOST_LOOKS])
    names = people.names_of(
        {int(one.actor_id) for one in found if one.actor_kind == "staff" and one.actor_id.isdecimal()}
    )
    purposes = {purpose.value: str(purpose.label) for purpose in Purpose}
    rows = [
        {
            "at": one.at,
            "who": _who(Actor(one.actor_kind, one.actor_id), names),
            "what": one.what.rpartition(":")[2],
            "purpose": purposes.get(one.purpose, one.purpose),
        }
        for one in found
    ]
    columns = {"at": _("时间"), "who": _("查阅人"), "what": _("内容"), "purpose": _("目的")}
    return Holding("looks", _("谁查看过"), columns, rows)


def _who(actor: Actor, names: dict[int, str]) -> str:
    if actor.kind == "staff" and actor.id.isdecimal():
        return names.get(int(actor.id), _("已离职的工作人员"))
    return _("本人") if actor.kind == "customer" else _("系统")
