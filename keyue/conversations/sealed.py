"""How addresses and names on a channel, and its secrets, are sealed: each party and each channel has a key of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from keyue.conversations.models import Channel, Party
from keyue.ledger import sealing

HANDLE = "conversations.Party.handle"
NAME = "conversations.Party.name"
SECRETS = "conversations.Channel.secrets"
INDEX = "conversations.Party.index"


def index_of(scheme: str, realm: str, handle: str) -> str:
    """The blind index by which an address is known again."""
    return sealing.blind_index(f"{scheme}\n{realm}\n{handle}", INDEX)


def seal_party(party: Party, handle: str, name: str) -> None:
    """Put an address and a name into a party's columns; an empty name stays as it was."""
    key = sealing.key_of(party.subject)
    party.handle = key.seal(handle, HANDLE)
    if name:
        party.name = key.seal(name, NAME)


def handles_of(parties: Sequence[Party]) -> list[tuple[str, str]]:
    """(address, name) of parties in their order, empty where nothing is known or the key is gone; one query."""
    items = [
        (party.subject, sealed, context)
        for party in parties
        for sealed, context in ((party.handle, HANDLE), (party.name, NAME))
    ]
    texts = [text or "" for text in sealing.unseal_many(items)]
    return list(zip(texts[::2], texts[1::2], strict=True))


def seal_secrets(channel: Channel, secrets: Mapping[str, str]) -> str:
    """What is stored for a channel's passwords and tokens; empty for none."""
    return sealing.seal(channel.subject, json.dumps(dict(secrets)), SECRETS) if secrets else ""


def secrets_of(channel: Channel) -> dict[str, Any]:
    """A channel's passwords and tokens."""
    text = sealing.unseal(channel.subject, channel.secrets, SECRETS) if channel.secrets else None
    return dict(json.loads(text)) if text else {}
