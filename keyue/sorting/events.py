"""What happens to models, lists, rules and problems. Pure Python. Ids and codes only; a problem's texts are sealed.

The subjects are `Subject("sorting", "1")` and `Subject("problem", id)`.
"""

from __future__ import annotations

from dataclasses import dataclass

from keyue.kernel.events import Event


@dataclass(frozen=True)
class SortingModelTrained(Event):
    """A version learned from `learned` confirmed cases; `is_used` says whether proposals come from it."""

    kind = "sorting.model_trained"
    version: int
    learned: int
    is_used: bool


@dataclass(frozen=True)
class SortingModelPut(Event):
    """Somebody put another version to work; 0 is the lists of words."""

    kind = "sorting.model_put"
    version: int


@dataclass(frozen=True)
class SortingWordsChanged(Event):
    """A list of words that speak for an answer has changed: `n` words now."""

    kind = "sorting.words_changed"
    question: str
    label: str
    n: int


@dataclass(frozen=True)
class SortingRuleMade(Event):
    """A rule says whose cases of some kind are."""

    kind = "sorting.rule_made"
    rule: int
    lead: str


@dataclass(frozen=True)
class SortingRuleChanged(Event):
    kind = "sorting.rule_changed"
    rule: int
    lead: str


@dataclass(frozen=True)
class SortingRuleMoved(Event):
    """A rule is asked earlier or later."""

    kind = "sorting.rule_moved"
    rule: int
    position: int


@dataclass(frozen=True)
class SortingRuleEnded(Event):
    kind = "sorting.rule_ended"
    rule: int


@dataclass(frozen=True)
class SortingSkillGiven(Event):
    """A member of staff can do something that rules ask for (sealed: `skill`)."""

    kind = "sorting.skill_given"
    person: str


@dataclass(frozen=True)
class SortingSkillTaken(Event):
    kind = "sorting.skill_taken"
    person: str


@dataclass(frozen=True)
class SortingAlarmChanged(Event):
    """From how many alike cases within how many days on there is an alarm."""

    kind = "sorting.alarm_changed"
    alike: int
    days: int


@dataclass(frozen=True)
class ProblemSuspected(Event):
    """So many alike cases came in that an alarm was raised: S3-5.1.2."""

    kind = "problem.suspected"
    cases: tuple[int, ...]
    days: int


@dataclass(frozen=True)
class ProblemOpened(Event):
    """Somebody looks for the cause of some cases (sealed: `title`)."""

    kind = "problem.opened"
    owner: str


@dataclass(frozen=True)
class ProblemCaseLinked(Event):
    kind = "problem.case_linked"
    case: int


@dataclass(frozen=True)
class ProblemCaseUnlinked(Event):
    kind = "problem.case_unlinked"
    case: int


@dataclass(frozen=True)
class ProblemCauseFound(Event):
    """The cause is known (sealed: `cause`)."""

    kind = "problem.cause_found"


@dataclass(frozen=True)
class ProblemSolved(Event):
    """It will not come again (sealed: `action`)."""

    kind = "problem.solved"


@dataclass(frozen=True)
class ProblemDismissed(Event):
    """The cases were not of one cause (sealed: `reason`)."""

    kind = "problem.dismissed"


@dataclass(frozen=True)
class ProblemReopened(Event):
    """It came again, or the cause was another (sealed: `reason`)."""

    kind = "problem.reopened"
