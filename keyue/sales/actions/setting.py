"""The company's rules of developing customers, and who is to win how much in which period."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.customers import rules as names
from keyue.customers.wording import checked
from keyue.kernel.errors import Invalid, Refused
from keyue.kernel.ids import new_code
from keyue.ledger.facts import Actor, Subject
from keyue.people.models import User
from keyue.people.rules import PERSON
from keyue.sales import rules
from keyue.sales.actions._ground import WEB, money, note, rules_locked, works_here
from keyue.sales.events import SalesRulesChanged, TargetSet
from keyue.sales.models import Holding, Opportunity, SalesRules, Target
from keyue.sales.selectors import company_stages

NUMBERS: Mapping[str, tuple[int, int]] = {
    "protection_days": (1, 365),
    "protection_warn_days": (0, 60),
    "most_leads": (1, 10_000),
    "pick_per_day": (1, 1000),
    "most_held": (1, 100_000),
    "lock_days": (0, 365),
    "warn_days": (1, 90),
}
"""What each number may be."""
IDLE = ("idle_a", "idle_b", "idle_c", "idle_d", "idle_none")
FIELDS = (*NUMBERS, *IDLE, "keeps_signed", "stages")


@transaction.atomic
def change_rules(
    *, changes: Mapping[str, Any], revision: int, by: Actor, at: datetime, via: str = WEB
) -> SalesRules:
    """Change any of FIELDS; nothing changed, nothing recorded. Raises Invalid, Refused (changed by somebody else).

    Every held customer is looked at again: nobody loses one to a stricter rule without a warning before.
    """
    row = rules_locked()
    if revision != row.revision:
        raise Refused(_("规则刚被别人改过。请刷新页面，核对后再改。"), code="changed_meanwhile")
    cleaned = {name: _cleaned(name, value) for name, value in changes.items()}
    changed = [name for name, value in cleaned.items() if getattr(row, name) != value]
    if not changed:
        return row
    if "stages" in changed:
        _refuse_lost_stages(cleaned["stages"])
    old = {name: getattr(row, name) for name in changed}
    for name in changed:
        setattr(row, name, cleaned[name])
    row.revision += 1
    row.save(update_fields=[*changed, "revision"])
    if {"warn_days", "keeps_signed", *IDLE} & set(changed):
        Holding.objects.update(look_at=at)
    new = {name: cleaned[name] for name in changed}
    event = SalesRulesChanged(fields=tuple(changed), old=old, new=new)
    note(Subject("sales_rules", "1"), event, by=by, at=at, via=via)
    return row


def _cleaned(name: str, value: Any) -> Any:
    if name == "stages":
        return clean_stages(value)
    if name == "keeps_signed":
        return bool(value)
    least, most = (1, rules.DAYS_MOST) if name in IDLE else NUMBERS.get(name, (0, -1))
    if name in IDLE and value is None:
        return None
    if name not in FIELDS or not isinstance(value, int) or not least <= value <= most:
        sentence = _("请填 %(least)d 至 %(most)d 的整数。") % {"least": least, "most": most}
        raise Invalid(sentence, fields={name: sentence})
    return value


def clean_stages(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The company's stages, in their order; a new one gets a code. Raises Invalid.

    At least one is open, exactly one is won and one is lost; no name stands twice.
    """
    found: list[dict[str, Any]] = []
    for row in rows:
        name: str = checked({"stages": (names.tidy_name, str(row.get("name", "")))})["stages"]
        probability = row.get("probability")
        end = str(row.get("end") or "")
        if not name or not isinstance(probability, int) or not 0 <= probability <= 100 or len(name) > 20:
            raise _bad(_("每个阶段要有 20 字以内的名称，和 0 至 100 的赢率。"))
        if end not in {"", "won", "lost"}:
            raise _bad(_("阶段的结果只能是赢单、输单或未了结。"))
        code = str(row.get("code") or "") or f"s{new_code(6).lower()}"
        found.append({"code": code[:20], "name": name, "probability": probability, "end": end})
    ends = [row["end"] for row in found]
    if not found or len(found) > rules.MOST_STAGES or ends.count("won") != 1 or ends.count("lost") != 1:
        raise _bad(_("阶段最多 10 个，其中赢单、输单各一个。"))
    if len({row["name"] for row in found}) < len(found) or "" not in ends:
        raise _bad(_("阶段的名称不能重复，并且至少有一个未了结的阶段。"))
    return found


def _bad(sentence: str) -> Invalid:
    return Invalid(sentence, fields={"stages": sentence})


def _refuse_lost_stages(rows: Sequence[Mapping[str, Any]]) -> None:
    """No opportunity may stand where there is no stage any more, or where the stage means something else."""
    ends = {row["code"]: row["end"] for row in rows}
    for stage, end in set(Opportunity.objects.values_list("stage", "end").distinct().order_by()):
        if ends.get(stage) != end:
            name = next((one.name for one in company_stages() if one.code == stage), stage)
            raise _bad(_("阶段「%(name)s」里还有商机，不能删去，也不能改变它的结果。") % {"name": name})


@transaction.atomic
def set_target(
    *,
    user: User,
    period: str,
    customers: int,
    amount: Decimal | str | None,
    by: Actor,
    at: datetime,
    via: str = WEB,
) -> Target:
    """Say how many new customers and how much somebody is to win in a period (`2026`, `2026-Q1`, `2026-03`).

    Raises Invalid, Refused (somebody who has left).
    """
    works_here(user)
    known = rules.parse_period(period)
    if known is None:
        sentence = _("期间请写成 2026、2026-Q1 或 2026-03。")
        raise Invalid(sentence, fields={"period": sentence})
    if not 0 <= customers <= 100_000:
        sentence = _("请填 %(least)d 至 %(most)d 的整数。") % {"least": 0, "most": 100_000}
        raise Invalid(sentence, fields={"customers": sentence})
    sum_ = money("amount", amount) or Decimal("0.00")
    row, made = Target.objects.select_for_update().get_or_create(
        user=user, period=known.code, defaults={"customers": customers, "amount": sum_}
    )
    if not made and (row.customers, row.amount) == (customers, sum_):
        return row
    row.customers, row.amount = customers, sum_
    row.save(update_fields=["customers", "amount"])
    event = TargetSet(user=f"{PERSON}{user.pk}", period=known.code, customers=customers, amount=str(sum_))
    note(Subject("target", str(row.pk)), event, by=by, at=at, via=via)
    return row
