"""Rules of routing: their order, trying them out, where they clash, and who can do what."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from keyue.customers.regions import place_name
from keyue.kernel.errors import Invalid, Refused
from keyue.people import selectors as people
from keyue.people.guards import staff_page
from keyue.people.http import StaffRequest, actor_of
from keyue.sorting import actions, selectors
from keyue.sorting.enums import Question
from keyue.sorting.forms import RuleForm, SkillForm, TryForm
from keyue.sorting.model.routing import Matter, clashes
from keyue.sorting.models import RoutingRule
from keyue.sorting.proposing import Proposer
from keyue.sorting.shown import word
from keyue.sorting.views._page import TUNE, sorting_page
from keyue.ui.pages import MISTAKEN, go

PART = "sorting:rules"


@never_cache
@staff_page(TUNE)
def rules(request: StaffRequest) -> HttpResponse:
    """The rules in their order; what is typed is tried out and kept nowhere."""
    tried = TryForm(request.POST) if request.method == "POST" else TryForm()
    found = _try(tried) if request.method == "POST" and tried.is_valid() else None
    return _page(request, tried=tried, found=found, status=MISTAKEN if tried.errors else 200)


def _page(
    request: StaffRequest,
    *,
    tried: TryForm | None = None,
    found: dict[str, Any] | None = None,
    skill: SkillForm | None = None,
    status: int = 200,
) -> HttpResponse:
    rows = selectors.rules()
    names = people.owner_names({row.lead for row in rows})
    working = {row.code for row in people.working_departments()}
    context = {
        "rows": [
            {
                "rule": row,
                "conditions": _conditions(row),
                "lead": names.get(row.lead, row.lead),
                "is_closed": row.lead not in working,
            }
            for row in rows
        ],
        "clashes": clashes([row.as_rule() for row in rows]),
        "tried": tried or TryForm(),
        "found": found,
        "skills": selectors.skills(),
        "skill_form": skill or SkillForm(),
    }
    return sorting_page(request, "sorting/rules.html", PART, context, status=status)


def _conditions(row: RoutingRule) -> list[str]:
    """What a rule asks for, in words."""
    said = []
    if row.category:
        said.append(word(Question.CATEGORY, row.category))
    if row.type:
        said.append(word(Question.TYPE, row.type))
    if row.words:
        said.append(_("提到 %(words)s") % {"words": " / ".join(row.words.split())})
    if row.region:
        said.append(_("地区 %(region)s") % {"region": place_name(row.region)})
    if row.grade:
        said.append(_("%(grade)s 级客户") % {"grade": row.grade})
    return said


def _try(form: TryForm) -> dict[str, Any]:
    """Where something would go, and why."""
    data = form.cleaned_data
    proposer = Proposer()
    answers = proposer.answers_to(data["text"])
    category = data["category"] or answers.label(Question.CATEGORY)
    kind = answers.label(Question.TYPE)
    matter = Matter(data["text"], category, kind, place_name(data["region"]), data["grade"])
    place = proposer.place_of(matter, answers)
    return {
        "place": place,
        "lead": proposer.departments.get(place.lead, place.lead) if place else "",
        "percent": round(100 * answers.probability(Question.LEAD)),
        "said": [
            word(question, label)
            for question, label in (
                (Question.TYPE, kind),
                (Question.CATEGORY, category),
                (Question.URGENCY, answers.label(Question.URGENCY)),
                (Question.MOOD, answers.label(Question.MOOD)),
            )
            if label
        ],
        "why": answers.why(Question.CATEGORY, Question.TYPE, Question.URGENCY, Question.MOOD, most=6),
        "version": answers.version,
    }


@never_cache
@staff_page(TUNE)
def new_rule(request: StaffRequest) -> HttpResponse:
    """A rule at the end."""
    return _keep(request, None)


@never_cache
@staff_page(TUNE)
def rule(request: StaffRequest, pk: int) -> HttpResponse:
    """A rule, to be worded otherwise."""
    return _keep(request, selectors.rule_by_id(pk))


def _keep(request: StaffRequest, row: RoutingRule | None) -> HttpResponse:
    posted = request.method == "POST"
    form = RuleForm(request.POST) if posted else RuleForm(rule=row)
    if posted and form.is_valid():
        try:
            actions.keep_rule(plan=form.plan(), rule=row, by=actor_of(request), at=request.at)
        except Invalid as error:
            form.take(error.fields or {"": str(error)})
        except Refused as error:
            form.add_error(None, str(error))
        else:
            return go(request, reverse(PART), _("规则已保存，对之后提出的建议生效。"))
    here = row.name if row is not None else _("新增规则")
    context = {"form": form, "rule": row, "skill_names": sorted({one.name for one in selectors.skills()})}
    return sorting_page(
        request, "sorting/rule.html", PART, context, here=here, status=MISTAKEN if posted else 200
    )


@never_cache
@require_POST
@staff_page(TUNE)
def move(request: StaffRequest, pk: int) -> HttpResponse:
    """Ask a rule earlier or later."""
    row = selectors.rule_by_id(pk)
    actions.move_rule(rule=row, up=request.POST.get("to") != "down", by=actor_of(request), at=request.at)
    return go(request, reverse(PART), _("次序已改。"))


@never_cache
@require_POST
@staff_page(TUNE)
def end(request: StaffRequest, pk: int) -> HttpResponse:
    """Ask a rule no more."""
    row = selectors.rule_by_id(pk)
    actions.end_rule(rule=row, by=actor_of(request), at=request.at)
    return go(request, reverse(PART), _("已停用规则「%(name)s」。") % {"name": row.name})


@never_cache
@require_POST
@staff_page(TUNE)
def give_skill(request: StaffRequest) -> HttpResponse:
    """Say that somebody can do something."""
    form = SkillForm(request.POST)
    if form.is_valid():
        try:
            user = form.staff[form.cleaned_data["user"]]
            actions.give_skill(user=user, name=form.cleaned_data["name"], by=actor_of(request), at=request.at)
        except Invalid as error:
            form.take(error.fields or {"": str(error)})
        else:
            return go(request, reverse(PART), _("已登记。"))
    return _page(request, skill=form, status=MISTAKEN)


@never_cache
@require_POST
@staff_page(TUNE)
def take_skill(request: StaffRequest, pk: int) -> HttpResponse:
    """Somebody can no longer do it."""
    actions.take_skill(skill=selectors.skill_by_id(pk), by=actor_of(request), at=request.at)
    return go(request, reverse(PART), _("已取消。"))
