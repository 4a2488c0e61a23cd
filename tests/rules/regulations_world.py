"""A subject that no business owns, for tests of the checker: parcels that arrive, are opened and leave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from keyue.ledger.facts import FactRecord
from keyue.promises.engine import SubjectModel


@dataclass(frozen=True, slots=True)
class Parcel:
    size: str = "small"
    weight: int | None = None
    keeper: str | None = None
    opened: bool = False
    round: int = 1
    waiting: bool = False
    ended: bool = False


def fold(state: Parcel | None, fact: FactRecord) -> Parcel | None:
    if state is None:
        return Parcel(size=str(fact.data.get("size") or "small")) if fact.kind == "parcel.received" else None
    changes: Mapping[str, Mapping[str, Any]] = {
        "parcel.opened": {"opened": True},
        "parcel.kept": {"keeper": fact.data.get("by")},
        "parcel.sent_back": {"round": state.round + 1, "opened": False},
        "parcel.gone": {"ended": True},
    }
    return replace(state, **changes.get(fact.kind, {}))


PARCEL = SubjectModel(
    name="parcel",
    fold=fold,
    fields=frozenset(field.name for field in fields(Parcel)),
    kinds={
        "parcel.received": ("size", "by"),
        "parcel.opened": ("by", "score"),
        "parcel.kept": ("by",),
        "parcel.asked": ("due", "of"),
        "parcel.answered": ("of",),
        "parcel.sent_back": (),
        "parcel.gone": (),
    },
)
MODELS = {"parcel": PARCEL}

TEXT = """# 来件登记制度

```regulation
id      = "intake"
subject = "parcel"

[roles]
desk = "收发室"
head = "主任"
```

## 1 开箱

收到后 2 小时内开箱，大件 4 小时。

```control
id          = "open"
on          = ["parcel.received", "round"]
when        = "!parcel.opened"
start       = "parcel.received"
counts_from = "parcel.kept"
met_by      = "parcel.opened if fact.by != trigger.by"
within      = { by = "parcel.size", small = "PT2H", large = "PT4H" }
owner       = ["parcel.keeper", "desk"]
remind      = ["50%"]
escalate    = [{ at = "100%", to = "head" }]
```

## 2 答复

```control
id     = "answer"
on     = "parcel.asked if fact.of != null"
again  = "each"
until  = "fact.due"
met_by = "parcel.answered if fact.of == trigger.of"
owner  = ["trigger.of", "desk"]
```
"""
