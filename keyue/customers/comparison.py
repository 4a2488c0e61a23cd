"""Two files side by side: field by field, what is equal and what is not, each under its masks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from keyue.customers.cards import ContactCard, CustomerCard
from keyue.customers.enums import Credit, Kind, Stage
from keyue.customers.identity_selectors import IdentifierCard, identifiers_of
from keyue.customers.models import Contact, Customer
from keyue.customers.selectors import family_of
from keyue.people import selectors as people

MOST_CONTACTS = 10


@dataclass(frozen=True, slots=True)
class Line:
    """A field of both files; `mark` is `same`, `differs`, or empty where one of them says nothing."""

    label: str
    a: str
    b: str
    mark: str

    @property
    def is_same(self) -> bool:
        """Whether both say the same."""
        return self.mark == "same"

    @property
    def differs(self) -> bool:
        """Whether both say something, and not the same."""
        return self.mark == "differs"


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two files. `shared`: the contacts with a number or address that the other file has too."""

    card: CustomerCard
    contacts: tuple[ContactCard, ...]
    identifiers: tuple[IdentifierCard, ...]
    shared: frozenset[int]
    files: int


def lines_of(a: CustomerCard, b: CustomerCard) -> list[Line]:
    """The fields of two files; two queries."""
    rows = Customer.objects.in_bulk([a.id, b.id])
    names = people.owner_names([code for code in (a.department, b.department) if code])
    one, other = ({label: text for label, text in _said(card, rows[card.id], names)} for card in (a, b))
    lines = [
        Line(label, text, other.get(label, ""), _mark(text, other.get(label, "")))
        for label, text in one.items()
    ]
    if Kind.PERSON in {a.kind, b.kind}:
        # masks that are equal do not say that the names are
        lines[0] = replace(lines[0], mark=_mark_of_names(a.id, b.id))
    return lines


def _mark_of_names(a: int, b: int) -> str:
    """Whether two persons are called just so: by the blind indexes of their names."""
    rows = Contact.objects.filter(customer__in=[a, b], is_self=True)
    names = [name for name in rows.values_list("name_index", flat=True) if name]
    return "" if len(names) < 2 else "same" if names[0] == names[1] else "differs"


def _mark(a: str, b: str) -> str:
    if not a or not b:
        return ""
    return "same" if a == b else "differs"


def _said(card: CustomerCard, row: Customer, departments: dict[str, str]) -> Iterator[tuple[str, str]]:
    yield _("名称"), card.name
    yield _("种类"), card.kind_label
    yield _("地区"), card.place
    if card.kind != Kind.PERSON:
        yield _("地址"), row.address
    yield _("行业"), row.industry
    yield _("阶段"), str(Stage(row.stage).label)
    yield _("分级"), card.grade_label
    yield _("信用状况"), str(Credit(row.credit).label) if row.credit else ""
    yield _("客户经理"), card.account_manager
    yield _("归属部门"), departments.get(card.department, "")
    yield pgettext("客户", "来源"), str(card.source.label)


def sides_of(a: CustomerCard, b: CustomerCard) -> tuple[Side, Side]:
    """Both files with their contacts and identifiers, of all who were merged into them."""
    families = [family_of(card.id) for card in (a, b)]
    numbers = [_numbers(family) for family in families]
    found = []
    for place, card in enumerate((a, b)):
        others = set(numbers[1 - place].values()) - {frozenset()}
        known = frozenset().union(*others) if others else frozenset()
        shared = frozenset(pk for pk, mine in numbers[place].items() if mine & known)
        found.append(
            Side(
                card,
                card.contacts[:MOST_CONTACTS],
                tuple(identifiers_of(families[place])),
                shared,
                len(families[place]),
            )
        )
    return found[0], found[1]


def _numbers(family: Sequence[int]) -> dict[int, frozenset[str]]:
    """The blind indexes of each contact's number and address."""
    rows = Contact.objects.filter(customer__in=family).values_list("pk", "phone_index", "email_index")
    return {pk: frozenset(filter(None, (phone, email))) for pk, phone, email in rows}
