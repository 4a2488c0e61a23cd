"""Reading proposals, models, rules, lists and problems. Cases are read as far as the reader may see them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from django.db.models import Count, F, Q, QuerySet
from django.utils.translation import gettext as _

from keyue.cases import selectors as cases
from keyue.cases.enums import CaseType, Exit, Stage
from keyue.cases.models import Case
from keyue.kernel.errors import NotFound
from keyue.people.enums import Permission
from keyue.people.models import User
from keyue.people.permissions import allows
from keyue.people.selectors import active_staff, works_in
from keyue.promises import selectors as promises
from keyue.promises.models import Promise
from keyue.sorting.enums import RUNNING, ModelState
from keyue.sorting.model.linear import Sample
from keyue.sorting.model.routing import Rule
from keyue.sorting.models import (
    Acceptance,
    Problem,
    ProblemCase,
    Proposal,
    RoutingRule,
    SortingModel,
    SortingSettings,
    StaffSkill,
    WordList,
)

MOST_LEARNED = 20_000
A_PAGE = 30
QUEUES = (Stage.CLASSIFY, Stage.ASSESS, Stage.ASSIGN)


# --- the model ---


def model_in_use() -> SortingModel | None:
    """The version that answers, without its weights."""
    return SortingModel.objects.defer("data", "figures").filter(state=ModelState.IN_USE).first()


def newest_model() -> SortingModel | None:
    """The version that was trained last, without its weights."""
    return SortingModel.objects.defer("data").order_by("-n").first()


def models(most: int = 20) -> Sequence[SortingModel]:
    """The newest versions, without their weights."""
    return list(SortingModel.objects.defer("data").order_by("-n")[:most])


def model_numbered(n: int) -> SortingModel:
    """A version. Raises NotFound."""
    found = SortingModel.objects.defer("data").filter(n=n).first()
    if found is None:
        raise NotFound(_("没有这个版本的分拣模型。"))
    return found


def model_data(pk: int) -> bytes:
    """The packed weights of a version."""
    return bytes(SortingModel.objects.values_list("data", flat=True).get(pk=pk))


# --- what it learns from ---


def _confirmed() -> QuerySet[Case]:
    """Cases that people have sorted and whose text is still there; what turned out to be none teaches nothing."""
    return Case.objects.exclude(Q(category="") | Q(content="")).exclude(exit__in=(Exit.INVALID, Exit.MERGED))


def confirmed_count(most: int = MOST_LEARNED) -> int:
    """How many confirmed cases there are, but no more than `most`."""
    return len(_confirmed().order_by().values_list("pk", flat=True)[:most])


def confirmed_since(at: datetime, most: int) -> int:
    """How many confirmed cases came in since an instant, but no more than `most`."""
    rows = _confirmed().filter(received_at__gt=at).order_by()
    return len(rows.values_list("pk", flat=True)[:most])


def samples() -> Iterator[tuple[Case, Mapping[str, str]]]:
    """The newest confirmed cases with what people said of each; a fixed number of queries."""
    for case in _confirmed().order_by("-pk")[:MOST_LEARNED].iterator(chunk_size=500):
        labels = {"category": case.category, "type": case.type}
        if case.level:
            labels["urgency"] = case.level
        scores = {"severity": case.severity, "reach": case.reach, "consequence": case.consequence}
        labels |= {name: str(score) for name, score in scores.items() if score}
        if case.lead:
            labels["lead"] = case.lead
        if case.round > 1 or (case.rating or 5) <= 2:
            labels["mood"] = "negative"
        elif case.type == CaseType.PRAISE:
            labels["mood"] = "positive"
        elif (case.rating or 0) >= 4:
            labels["mood"] = "calm"
        yield case, labels


def as_sample(case: Case, labels: Mapping[str, str], text: str, marks: tuple[str, ...]) -> Sample:
    """A confirmed case as the model reads it."""
    owner = f"c{case.customer_id}" if case.customer_id else f"o{case.pk}"
    return Sample(str(case.pk), owner, text, marks, labels)


# --- lists, rules, skills ---


def own_words() -> dict[str, dict[str, tuple[str, ...]]]:
    """The lists that the company has changed."""
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for row in WordList.objects.all():
        found.setdefault(row.question, {})[row.label] = tuple(row.words.split())
    return found


def rules() -> Sequence[RoutingRule]:
    """The rules in the order in which they are asked."""
    return list(RoutingRule.objects.filter(ended_at=None).select_related("person"))


def rule_by_id(pk: int) -> RoutingRule:
    """A rule that is asked. Raises NotFound."""
    found = RoutingRule.objects.filter(pk=pk, ended_at=None).first()
    if found is None:
        raise NotFound(_("没有这条派单规则，或者它已经停用。"))
    return found


def skills() -> Sequence[StaffSkill]:
    """Who can do what, of those who work here."""
    return list(
        StaffSkill.objects.select_related("user")
        .filter(user__is_active=True)
        .order_by("name", "user__name_pinyin")
    )


def skill_by_id(pk: int) -> StaffSkill:
    """Raises NotFound."""
    found = StaffSkill.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound(_("没有登记这项技能。"))
    return found


def person_for(rule: Rule) -> User | None:
    """The one whom a rule names; with a skill, of the department's people who have it the one who holds least."""
    staff = active_staff()
    if rule.person is not None:
        return staff.filter(pk=rule.person).first()
    if not rule.skill:
        return None
    able = list(staff.filter(department__code=rule.lead, skills__name=rule.skill).distinct())
    if not able:
        return None
    rows = Promise.objects.filter(holder__in=able, is_open=True).values_list("holder").annotate(n=Count("pk"))
    held = dict(rows.order_by())
    return min(able, key=lambda user: (held.get(user.pk, 0), user.pk))


# --- proposals ---


def proposal_of(case: Case) -> Proposal | None:
    """What was proposed when the case came in, if that has been worked out."""
    return Proposal.objects.filter(case=case).first()


def waiting(user: User, stage: str, after: int = 0, size: int = A_PAGE) -> list[Case]:
    """Cases at a stage that this person may see, the earliest due first; one more than a page where there are more."""
    rows = (
        cases.visible_to(user)
        .filter(is_open=True, stage=stage)
        .select_related("customer", "next_promise", "contact")
    )
    return list(rows.order_by("queue_at", "pk")[after : after + size + 1])


def untaken(
    now: datetime, size: int, lookback: int = 500, since: timedelta = timedelta(days=90)
) -> list[Case]:
    """Cases that came in and for which nothing is proposed yet, the oldest first.

    Ids are given before they are committed, so some below the newest that was taken in may appear later.
    """
    newest = Proposal.objects.order_by("-case_id").values_list("case_id", flat=True).first() or 0
    rows = Case.objects.filter(pk__gt=newest - lookback, proposal=None, received_at__gte=now - since)
    return list(rows.select_related("customer").order_by("pk")[:size])


def accepted_shares(since: datetime) -> dict[str, list[tuple[str, int, int]]]:
    """For each question the labels that were proposed since an instant for cases that people have decided: how often, and
    how often that is what stands now."""
    rows = Proposal.objects.filter(made_at__gte=since)
    found = {}
    for question, column in (
        ("category", "category"),
        ("type", "type"),
        ("urgency", "level"),
        ("lead", "lead"),
    ):
        decided = rows.exclude(**{question: ""}).exclude(case__category="").exclude(**{f"case__{column}": ""})
        counted = decided.values_list(question).annotate(
            n=Count("pk"), same=Count("pk", filter=Q(**{question: F(f"case__{column}")}))
        )
        found[question] = [(label, n, same) for label, n, same in counted.order_by("-n", question)]
    return found


def key_counts(since: datetime) -> dict[str, int]:
    """How many proposals were taken over by their key since an instant, by act."""
    rows = Acceptance.objects.filter(accepted_at__gte=since).values_list("act").annotate(n=Count("pk"))
    return dict(rows.order_by())


# --- problems ---


def alarm_settings() -> SortingSettings:
    """From when on there is an alarm."""
    return SortingSettings.objects.filter(pk=1).first() or SortingSettings(pk=1)


def problems(*, running: bool, most: int = 100) -> Sequence[Problem]:
    """Problems with how many cases each has, the newest first."""
    rows = Problem.objects.annotate(n=Count("links"))
    rows = rows.filter(state__in=RUNNING) if running else rows.exclude(state__in=RUNNING)
    return list(rows.order_by("-found_at", "-pk")[:most])


def problem_by_id(pk: int) -> Problem:
    """Raises NotFound."""
    found = Problem.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound(_("没有这个问题。"))
    return found


def linked_cases(user: User, problem: Problem) -> tuple[list[Case], int]:
    """The cases of a problem that this person may see, the newest first, and how many more there are."""
    ids = list(problem.links.values_list("case_id", flat=True))
    seen = list(cases.visible_to(user).filter(pk__in=ids).select_related("customer").order_by("-received_at"))
    return seen, len(ids) - len(seen)


def problems_of(case: Case) -> Sequence[Problem]:
    """The problems that stand behind a case."""
    return list(Problem.objects.filter(links__case=case).order_by("-found_at"))


def running_problem_of(ids: Collection[int]) -> Problem | None:
    """A problem that is not over and holds one of these cases already, the newest."""
    rows = ProblemCase.objects.filter(case__in=ids, problem__state__in=RUNNING)
    link = rows.select_related("problem").order_by("-problem_id").first()
    return link.problem if link is not None else None


def dismissed_with(ids: Iterable[int]) -> set[int]:
    """Those of these cases of which somebody said that they have no cause in common."""
    rows = ProblemCase.objects.filter(case__in=list(ids), problem__state="dismissed")
    return set(rows.values_list("case_id", flat=True))


def may_work_on(user: User, problem: Problem) -> bool:
    """Who assigns cases, and the people of the department that looks for the cause."""
    if allows(user, Permission.CASE_ASSIGN):
        return True
    return bool(problem.owner) and allows(user, Permission.CASE_SOLVE) and works_in(user, problem.owner)


def zone_now(now: datetime) -> datetime:
    """An instant in the company's zone."""
    return now.astimezone(promises.zone())
