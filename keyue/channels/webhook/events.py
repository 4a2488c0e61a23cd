"""What happens to outlets: where things are pushed to is set up, changed and closed by administrators."""

from __future__ import annotations

from dataclasses import dataclass

from keyue.kernel.events import Event


@dataclass(frozen=True)
class OutletOpened(Event):
    """Something is pushed there from now on."""

    kind = "outlet.opened"
    type: str
    name: str


@dataclass(frozen=True)
class OutletChanged(Event):
    """Another address, other events."""

    kind = "outlet.changed"
    name: str


@dataclass(frozen=True)
class OutletSecretMade(Event):
    """A new secret; the one before works a while longer."""

    kind = "outlet.secret_made"


@dataclass(frozen=True)
class OutletReplayed(Event):
    """Something that had been pushed, or given up, is pushed again."""

    kind = "outlet.replayed"
    push: str


@dataclass(frozen=True)
class OutletClosed(Event):
    """Nothing is pushed there any more."""

    kind = "outlet.closed"


OUTLET_EVENTS: dict[str, type[Event]] = {
    event.kind: event
    for event in (OutletOpened, OutletChanged, OutletSecretMade, OutletReplayed, OutletClosed)
}
