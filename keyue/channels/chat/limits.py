"""How much visitors may send: plain values."""

from __future__ import annotations

from keyue.channels.limits import HOUR, MINUTE, Limit

VISITORS_OF_ADDRESS = Limit("chat visitors", 120, 10 * MINUTE)
"""New visitors from one network address: an office behind one address has many people."""
MESSAGES_OF_VISITOR = Limit("chat messages", 30, MINUTE)
MESSAGES_OF_ADDRESS = Limit("chat messages of address", 600, 10 * MINUTE)
FILES_OF_VISITOR = Limit("chat files", 30, HOUR)
MOST_BYTES = 61 << 20
"""Of one message with its files; a body without files is refused beyond `MOST_TEXT`."""
MOST_TEXT = 64 << 10
