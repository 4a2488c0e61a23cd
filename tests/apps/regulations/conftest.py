"""A text that runs, and a clock that the test holds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from keyue.kernel import clock
from keyue.ledger.facts import Actor
from keyue.promises.engine import SubjectModel
from keyue.regulations import vocabulary

SYSTEM = Actor("system", "test")
NOW = datetime(2026, 3, 16, 2, 0, tzinfo=UTC)
DAY = timedelta(days=1)

TEXT = """# 来件登记制度

```regulation
id      = "intake"
code    = "T-001"
subject = "parcel"
keeper  = "head"

[roles]
desk = "收发室"
```

## 1 登记

收到后 2 小时内登记。

```control
id       = "register"
name     = "登记"
on       = "parcel.received"
met_by   = "parcel.registered"
within   = "PT2H"
owner    = ["parcel.keeper", "desk"]
escalate = [{ at = "100%", to = "chief" }]
```

## 2 巡查

```control
kind     = "cadence"
id       = "rounds"
name     = "巡查"
question = "多久巡查一次？"
on       = "parcel.received"
window   = "rolling"
met_by   = "parcel.seen"
owner    = "desk"
```
"""


@pytest.fixture(autouse=True)
def subjects(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the texts of these tests are about; no room of the product owns it."""
    for name in ("parcel", "letter"):
        kinds = {f"{name}.{what}": ("by",) for what in ("received", "registered", "seen", "opened", "sent")}
        known = SubjectModel(name, lambda state, fact: None, frozenset({"keeper", "round"}), kinds)
        monkeypatch.setitem(vocabulary._REGISTERED, name, known)


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> datetime:
    monkeypatch.setattr(clock, "now", lambda: NOW + 400 * DAY)
    return NOW


@pytest.fixture
def pack(tmp_path: Path) -> Callable[..., Path]:
    def write(text: str = TEXT, name: str = "intake") -> Path:
        folder = tmp_path / "packs" / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "regulation.md").write_text(text, encoding="utf-8")
        return folder

    return write
