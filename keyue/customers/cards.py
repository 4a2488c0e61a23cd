"""Customers and contacts as lists and pages show them: personal values are masked, and never in here in the clear."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from keyue.customers.enums import Channel, Grade, Kind, LegalBasis, Part, Secrecy, Source, Stage, Stance
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
    address: str = ""
    part: str = ""
    stance: str = ""
    reports_to_id: int | None = None
    left_at: datetime | None = None
    double_of: int | None = None
    """The contact of another file of the same customer that says the same and stands for this one."""
    also_of: tuple[int, ...] = ()
    """The customers whose files say the same of this contact: of those merged with whom it belongs to."""

    @property
    def customer_number(self) -> str:
        """Whose contact it is: on a customer's page also that of somebody merged into them."""
        return number_of(self.customer_id)

    @property
    def file_numbers(self) -> list[str]:
        """The numbers of all files that hold this contact, its own first."""
        return [number_of(pk) for pk in (self.customer_id, *self.also_of)]

    @property
    def part_label(self) -> str:
        """The part played where the organisation decides, in words; empty where nobody has said."""
        return str(Part(self.part).label) if self.part else ""

    @property
    def is_decider(self) -> bool:
        """Whether nothing is decided without them."""
        return self.part in {Part.DECIDER, Part.APPROVER}

    @property
    def stance_label(self) -> str:
        """How the contact is disposed towards the company, in words; empty where nobody has said."""
        return str(Stance(self.stance).label) if self.stance else ""

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
    stage: str = Stage.PROSPECT
    category: str = ""
    secrecy: str = Secrecy.NORMAL
    completeness: int = 0
    verified_at: datetime | None = None

    @property
    def number(self) -> str:
        """KH-00317."""
        return number_of(self.id)

    @property
    def people(self) -> list[ContactCard]:
        """The contacts, without those whom another of them stands for: each person once, whatever was merged."""
        return [one for one in self.contacts if one.double_of is None]

    @property
    def stage_label(self) -> str:
        return str(Stage(self.stage).label)

    @property
    def secrecy_label(self) -> str:
        """How far the file may be seen, where that is narrower than usual; else empty."""
        return "" if self.secrecy == Secrecy.NORMAL else str(Secrecy(self.secrecy).label)

    @property
    def is_erased(self) -> bool:
        """Whether the personal data is gone for good."""
        return self.erased_at is not None

    @property
    def shown_name(self) -> str:
        """What to call the customer on screen."""
        return self.name or (_("已删除") if self.is_erased else _("未登记姓名"))

    @property
    def is_person(self) -> bool:
        """Whether this is a natural person."""
        return self.kind == Kind.PERSON

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
    # those found by a whole identifier or name, who stand before the others
    exact: int = 0
    # how many there are in all; of the first page only
    count: Capped | None = None


@dataclass(frozen=True, slots=True)
class Capped:
    """A count that stops at `most`: 99, then 99+."""

    n: int
    more: bool = False

    def __str__(self) -> str:
        return f"{self.n}+" if self.more else str(self.n)
