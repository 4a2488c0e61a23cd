"""What notes of contacts and the company's own fields hold about a person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from keyue.customers import notes
from keyue.customers.completing import field_rules, own_values
from keyue.customers.models import Contact, Customer
from keyue.customers.upkeep_words import label_of
from keyue.privacy.holdings import Holding

MOST_NOTES = 1000


def gather(customer: Customer, contact: Contact, at: datetime) -> Sequence[Holding]:
    """Of a person all notes and fields; of an organisation's contact, when they were there: what was said is its own."""
    if customer.is_person:
        return [_notes(customer), _fields(customer)]
    return [_present(contact)]


def _notes(customer: Customer) -> Holding:
    rows: list[dict[str, object]] = []
    cursor = ""
    while len(rows) < MOST_NOTES:
        page = notes.notes_of(customer, cursor=cursor, size=notes.MOST_PAGE)
        rows += [
            {
                "at": one.contacted_at,
                "way": str(one.way.label),
                "staff": one.staff,
                "topics": one.topics,
                "feedback": one.feedback,
                "next_steps": one.next_steps,
            }
            for one in page.cards
        ]
        cursor = page.next
        if not cursor:
            break
    columns = {
        "at": _("沟通时间"),
        "way": _("沟通方式"),
        "staff": _("沟通人"),
        "topics": _("谈了什么"),
        "feedback": _("客户反馈"),
        "next_steps": _("下一步打算"),
    }
    return Holding("contact_notes", _("沟通记录"), columns, rows)


def _present(contact: Contact) -> Holding:
    rows = [
        {"at": one.contacted_at, "way": str(one.get_way_display())}
        for one in contact.notes.order_by("-contacted_at")[:MOST_NOTES]
    ]
    return Holding("contact_notes", _("沟通记录"), {"at": _("沟通时间"), "way": _("沟通方式")}, rows)


def _fields(customer: Customer) -> Holding:
    names = {rule.key: label_of(rule) for rule in field_rules(retired=True)}
    rows = [
        {"field": names.get(key, key), "value": value}
        for key, value in sorted(own_values([customer])[0].items())
    ]
    return Holding("own_fields", _("公司自定义"), {"field": _("字段"), "value": _("内容")}, rows)
