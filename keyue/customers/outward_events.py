"""What of a customer leaves the company, rightly or not, and what the law calls sensitive. Ids and codes only, as in
`events`, which names these among its kinds."""

from __future__ import annotations

from dataclasses import dataclass

from keyue.kernel.events import Event


@dataclass(frozen=True)
class CustomerSharingApproved(Event):
    """The customer's file may leave the system, or be shown to others: S1-7.1."""

    kind = "customer.sharing_approved"
    request: str
    approved_by: str


@dataclass(frozen=True)
class CustomerExported(Event):
    """The customer's file left the system: S1-7.1."""

    kind = "customer.exported"
    request: str


@dataclass(frozen=True)
class CustomerDataProvided(Event):
    """Personal data was given to somebody outside the company who decides what becomes of it (sealed: `recipient`,
    `purpose`): 个人信息保护法 article 23. `kinds` are codes; `consent` names the separate consent on which it rests."""

    kind = "customer.data_provided"
    provision: str
    kinds: tuple[str, ...]
    consent: str | None = None


@dataclass(frozen=True)
class CustomerSensitiveRecorded(Event):
    """Values were entered in fields that hold sensitive personal data; `fields` names them: 个人信息保护法 article 29."""

    kind = "customer.sensitive_recorded"
    fields: tuple[str, ...]


@dataclass(frozen=True)
class CustomerDisclosed(Event):
    """Something about the customer got out of the company (`at` is when; sealed: `what`, `recipient`): S0-4.1.2, 个人信息
    保护法 article 57. `kinds` and `how` it was found are codes; `secrecy` is that of the file, where it has one."""

    kind = "customer.disclosed"
    disclosure: str
    kinds: tuple[str, ...]
    is_personal: bool
    is_secret: bool
    how: str
    secrecy: str | None = None
    approved_by: str | None = None


@dataclass(frozen=True)
class CustomerDisclosureRemedied(Event):
    """What could be done about a disclosure was done (sealed: `remedy`)."""

    kind = "customer.disclosure_remedied"
    disclosure: str
