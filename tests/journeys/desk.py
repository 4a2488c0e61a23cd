"""A short regulation of a company's own, to be amended: two hours for the first sorting of what comes in."""

from __future__ import annotations

from datetime import datetime

from keyue.ledger.facts import SYSTEM
from keyue.people import actions as people
from keyue.people.models import User
from keyue.regulations import actions as regulations
from keyue.regulations.models import Edition

TEXT = """# 意见受理制度

```regulation
id      = "desk"
code    = "KY-ZD-009"
subject = "case"
keeper  = "service_head"
```

## 1 分类

### 1.1 初步分类

客户服务部接到意见后 2 小时内完成初步分类，分清产品质量、服务质量、价格和交付时间。

```control
id     = "sort"
name   = "分类"
on     = "case.received"
met_by = "case.classified"
within = "PT2H"
owner  = "service_desk"
```

### 1.2 记录

随接随记。
"""
AMENDED = TEXT.replace("2 小时内", "8 小时内").replace("PT2H", "PT8H")
STEPS = (("法务审核", "legal_head"), ("分管领导批准", "service_head"))


def publish(text: str, at: datetime, since: datetime | None = None) -> Edition:
    """The text as an edition, in force at once or since an instant; nobody has reviewed it."""
    edition = regulations.draft_edition(text=text, answers={}, by=SYSTEM, at=at)
    regulations.approve_edition(edition=edition, by=SYSTEM, at=at)
    return regulations.publish_edition(edition=edition, effective_from=since or at, by=SYSTEM, at=at)


def hire_lawyer(person: User, at: datetime) -> None:
    """The post of the first of `STEPS`."""
    people.create_post(code="legal_head", name="法务负责人", holders=[person], by=SYSTEM, at=at)


def set_steps(lawyer: User, at: datetime) -> None:
    """The company reviews what it amends, in two steps."""
    hire_lawyer(lawyer, at)
    regulations.set_approval_steps(steps=STEPS, by=SYSTEM, at=at)
