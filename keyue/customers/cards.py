"""Customers and contacts as lists and pages show them: personal values are masked, and never in here in the clear."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from keyue.customers.enums import Channel, Grade, Kind, LegalBasis, Source
from keyue.customers.regions import region_name
from keyue.customers.rules import number_of


@dataclass(frozen=True, slots=True)
class ContactCard:
    """A contact under its masks; empty where nothing is known."""

    id: int
    customer_id: int
    is_self: bool
    name: str
    phone: str
    email: str
    role: str
    preferred_channel: str
    is_erased: bool
    revision: int

    @property
    def shown_name(self) -> str:
        """What to call the contact on screen."""
        return self.name or (_("已删除") if self.is_erased else _("未登记姓名"))

    @property
    def channel_label(self) -> str:
        """How the contact likes to be reached, in words; empty where they have not said."""
        return str(Channel(self.preferred_channel).label) if self.preferred_channel else ""


@dataclass(frozen=True, slots=True)
class CustomerCard:
    """A customer as a list shows it. `name` is an organisation's own, or a person's under its mask."""

    id: int
    kind: Kind
    name: str
    region: str
    city: str
    grade: str
    account_manager_id: int | None
    account_manager: str
    department: str
    source: Source
    legal_basis: LegalBasis
    revision: int
    created_at: datetime
    erased_at: datetime | None
    merged_into_id: int | None
    contacts: tuple[ContactCard, ...] = field(default=())

    @property
    def number(self) -> str:
        """KH-00317."""
        return number_of(self.id)

    @property
    def is_erased(self) -> bool:
        """Whether the personal data is gone for good."""
        return self.erased_at is not None

    @property
    def shown_name(self) -> str:
        """What to call the customer on screen."""
        return self.name or (_("已删除") if self.is_erased else _("未登记姓名"))

    @property
    def place(self) -> str:
        """Region and city, in the reader's language as far as it goes; empty where nothing is known."""
        parts = (region_name(self.region, get_language() or "zh"), self.city)
        return " ".join(part for part in parts if part)

    @property
    def kind_label(self) -> str:
        return str(self.kind.label)

    @property
    def grade_label(self) -> str:
        return str(Grade(self.grade).label) if self.grade else ""

    @property
    def url(self) -> str:
        """The customer's page."""
        return reverse("customers:page", args=[self.number])


@dataclass(frozen=True, slots=True)
class ContactPoint:
    """Where a message to a contact goes, in the clear: for sending, never for showing."""

    contact_id: int
    customer_id: int
    name: str
    phone: str
    email: str
    preferred_channel: str


@dataclass(frozen=True, slots=True)
class CustomerPage:
    """A page of a list; `next` is the cursor of the page after it, empty on the last."""

    cards: list[CustomerCard]
    next: str = ""
    # those found by an identifier or a full name, which stand before the organisations whose name begins so
    exact: int = 0


@dataclass(frozen=True, slots=True)
class Capped:
    """A count that stops at `most`: 99, then 99+."""

    n: int
    more: bool = False

    def __str__(self) -> str:
        return f"{self.n}+" if self.more else str(self.n)
