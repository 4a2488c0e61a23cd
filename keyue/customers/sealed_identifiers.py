"""Which identifiers are sealed, what they are found by, and opening many at once."""

from __future__ import annotations

from collections.abc import Sequence

from keyue.customers import identity_rules, rules
from keyue.customers.enums import IdentifierKind
from keyue.customers.models import Identifier, subject_of
from keyue.ledger import sealing

CONTEXT = "customers.Identifier.sealed"
NAMES = (IdentifierKind.FORMER_NAME, IdentifierKind.SHORT_NAME, IdentifierKind.OTHER_NAME)


def is_sealed(is_person: bool, kind: IdentifierKind) -> bool:
    """Whether this tells who a natural person is."""
    return kind == IdentifierKind.ID_NUMBER or (is_person and kind in NAMES)


def key_for(is_person: bool, kind: IdentifierKind, text: str) -> bytes:
    """What a cleaned identifier is found by: the code, how an organisation's name sounds, or a blind index."""
    if is_sealed(is_person, kind):
        bare = rules.name_key(text) if kind in NAMES else text
        return bytes.fromhex(sealing.blind_index(bare, f"{CONTEXT}.{kind.value}"))
    return identity_rules.name_key(text) if kind in NAMES else identity_rules.code_key(text)


def opened_identifiers(rows: Sequence[Identifier]) -> list[str]:
    """What each says, in their order; empty where the key is gone. One query, none where nothing is sealed."""
    sealed = [row for row in rows if row.sealed]
    texts = sealing.unseal_many([(subject_of(row.customer_id), row.sealed, CONTEXT) for row in sealed])
    clear = dict(zip((row.pk for row in sealed), texts, strict=True))
    return [row.value or clear.get(row.pk) or "" for row in rows]
