"""What a company sets: lists of words, rules of routing, skills, and when there is an alarm."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F, Max
from django.utils.translation import gettext as _

from keyue.kernel.errors import Invalid, Refused
from keyue.ledger.facts import Actor
from keyue.people import selectors as people
from keyue.people.models import User
from keyue.sorting import selectors
from keyue.sorting.actions._ground import note, signature, tidy
from keyue.sorting.enums import LABELS
from keyue.sorting.events import (
    SortingAlarmChanged,
    SortingRuleChanged,
    SortingRuleEnded,
    SortingRuleMade,
    SortingRuleMoved,
    SortingSkillGiven,
    SortingSkillTaken,
    SortingWordsChanged,
)
from keyue.sorting.model import base
from keyue.sorting.models import SORTING, RoutingRule, SortingSettings, StaffSkill, WordList

MOST_WORDS = 400
LONGEST_WORD = 20
MOST_RULES = 200


@transaction.atomic
def change_words(
    *, question: str, label: str, words: str, by: Actor, at: datetime, source: str = "web"
) -> None:
    """Say which words speak for an answer; the product's own list is the same as none. Raises Invalid."""
    if question not in base.WORDS or label not in LABELS[question].values:
        raise Invalid(_("没有这张词表。"))
    said = list(
        dict.fromkeys(tidy(words, "words", most=10_000).replace("，", " ").replace("、", " ").split())
    )
    if len(said) > MOST_WORDS:
        raise Invalid(fault := _("最多 %(n)d 个词。") % {"n": MOST_WORDS}, fields={"words": fault})
    long = next((word for word in said if len(word) > LONGEST_WORD), "")
    if long:
        raise Invalid(
            fault := _("「%(word)s」太长：一个词最多 %(n)d 字。") % {"word": long[:40], "n": LONGEST_WORD},
            fields={"words": fault},
        )
    if said == base.WORDS[question].get(label, "").split():
        WordList.objects.filter(question=question, label=label).delete()
    else:
        WordList.objects.update_or_create(
            question=question,
            label=label,
            defaults={"words": " ".join(said), "changed_at": at, "changed_by": signature(by)},
        )
    event = SortingWordsChanged(question=question, label=label, n=len(said))
    note(SORTING, event, by=by, at=at, source=source)


@dataclass(frozen=True, slots=True)
class RulePlan:
    """What a rule says; `words` parted by blanks."""

    name: str
    lead: str
    category: str = ""
    type: str = ""
    words: str = ""
    region: str = ""
    grade: str = ""
    skill: str = ""
    person: User | None = None


@transaction.atomic
def keep_rule(
    *, plan: RulePlan, rule: RoutingRule | None = None, by: Actor, at: datetime, source: str = "web"
) -> RoutingRule:
    """A new rule at the end, or another wording of one. Raises Invalid with a sentence a field, Refused for too many."""
    if plan.lead not in {row.code for row in people.working_departments()}:
        raise Invalid(fault := _("请选择牵头部门。"), fields={"lead": fault})
    name = tidy(plan.name, "name", most=60, missing=_("请给规则起个名字。"))
    words = " ".join(dict.fromkeys(plan.words.replace("，", " ").replace("、", " ").split()))
    if not any((plan.category, plan.type, words, plan.region.strip(), plan.grade)):
        raise Invalid(fault := _("至少写一个条件，否则所有事项都归这条规则。"), fields={"category": fault})
    row = rule or RoutingRule(position=_last() + 1)
    if rule is None and len(selectors.rules()) >= MOST_RULES:
        raise Refused(_("规则太多：最多 %(n)d 条，请先停用不用的。") % {"n": MOST_RULES})
    row.name, row.lead, row.category, row.type = name, plan.lead, plan.category, plan.type
    row.words, row.grade, row.person = tidy(words, "words", most=400), plan.grade, plan.person
    row.region, row.skill = tidy(plan.region, "region", most=40), tidy(plan.skill, "skill", most=40)
    row.save()
    made = SortingRuleMade if rule is None else SortingRuleChanged
    note(SORTING, made(rule=row.pk, lead=row.lead), by=by, at=at, source=source)
    return row


def _last() -> int:
    return RoutingRule.objects.aggregate(last=Max("position"))["last"] or 0


@transaction.atomic
def move_rule(*, rule: RoutingRule, up: bool, by: Actor, at: datetime, source: str = "web") -> None:
    """Ask a rule before the one above it, or after the one below."""
    rows = selectors.rules()
    place = next(n for n, row in enumerate(rows) if row.pk == rule.pk)
    other = place - 1 if up else place + 1
    if not 0 <= other < len(rows):
        raise Refused(_("已经在最前面了。") if up else _("已经在最后面了。"))
    mine, theirs = rows[place].position, rows[other].position
    RoutingRule.objects.filter(pk=rule.pk).update(position=theirs)
    RoutingRule.objects.filter(pk=rows[other].pk).update(position=mine)
    note(SORTING, SortingRuleMoved(rule=rule.pk, position=other + 1), by=by, at=at, source=source)


@transaction.atomic
def end_rule(*, rule: RoutingRule, by: Actor, at: datetime, source: str = "web") -> None:
    """Ask a rule no more; proposals go on naming it."""
    RoutingRule.objects.filter(pk=rule.pk).update(ended_at=at, ended_by=signature(by))
    note(SORTING, SortingRuleEnded(rule=rule.pk), by=by, at=at, source=source)


@transaction.atomic
def give_skill(*, user: User, name: str, by: Actor, at: datetime, source: str = "web") -> StaffSkill:
    """Say that somebody can do something; again changes nothing. Raises Invalid."""
    said = tidy(name, "name", most=40, missing=_("请写技能。"))
    row, is_new = StaffSkill.objects.get_or_create(
        user=user, name=said, defaults={"given_at": at, "given_by": signature(by)}
    )
    if is_new:
        note(
            SORTING,
            SortingSkillGiven(person=str(user.pk)),
            by=by,
            at=at,
            source=source,
            sealed={"skill": said},
        )
    return row


@transaction.atomic
def take_skill(*, skill: StaffSkill, by: Actor, at: datetime, source: str = "web") -> None:
    """Somebody can no longer do it, or never could."""
    event = SortingSkillTaken(person=str(skill.user_id))
    note(SORTING, event, by=by, at=at, source=source, sealed={"skill": skill.name})
    skill.delete()


@transaction.atomic
def change_alarm(
    *, alike: int, days: int, rev: int | None = None, by: Actor, at: datetime, source: str = "web"
) -> None:
    """From how many alike cases within how many days on there is an alarm. Raises Invalid, and Refused where somebody else has
    just changed it."""
    faults = {}
    if not 2 <= alike <= 50:
        faults["alike"] = _("请写 2 到 50 之间的数。")
    if not 1 <= days <= 90:
        faults["days"] = _("请写 1 到 90 之间的天数。")
    if faults:
        raise Invalid(_("请检查报警条件。"), fields=faults)
    SortingSettings.objects.get_or_create(pk=1)
    rows = SortingSettings.objects.filter(pk=1)
    if not (rows.filter(rev=rev) if rev is not None else rows).update(
        alike=alike, days=days, rev=F("rev") + 1
    ):
        raise Refused(_("报警条件刚被别人改过，请核对后再保存。"), code="conflict")
    note(SORTING, SortingAlarmChanged(alike=alike, days=days), by=by, at=at, source=source)
