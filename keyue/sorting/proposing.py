"""What is proposed for a case, and why. Nothing is written here: `actions.take_in` keeps it.

The model in use answers what it has learned; what it has not, and everything before there is one, the lists of words do.
Whose a case is, the company's own rules say first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from keyue.cases.assessment import level_of
from keyue.cases.models import Case
from keyue.customers.regions import place_name
from keyue.people import selectors as people
from keyue.people.models import User
from keyue.sorting import selectors
from keyue.sorting.enums import Question
from keyue.sorting.model import base, store
from keyue.sorting.model.guessing import Guess
from keyue.sorting.model.linear import Sorter
from keyue.sorting.model.routing import Matter, Rule, also, routed

LIKELY = 0.5
"""A department is proposed by the model from this probability on; below it nobody is named."""
SCORES = {"ordinary": (1, 1, 1), "serious": (2, 2, 1), "major": (3, 2, 2)}
"""Scores that give a level, where the model does not know them one by one."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a case should go: by which rule (None: by the model), to whom, and what would have been decided otherwise."""

    lead: str
    rule: Rule | None = None
    person: User | None = None
    others: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True)
class Answers:
    """What is proposed for one text: the version of the model (0: lists of words only), and each answer by its question."""

    version: int
    model_id: int | None
    by: Mapping[str, Guess]

    def label(self, question: str) -> str:
        guess = self.by.get(question)
        return guess.label if guess else ""

    def probability(self, *questions: str) -> float:
        """How probable it is that all of these are right, taken as independent of each other."""
        share = 1.0
        for question in questions:
            share *= self.by[question].probability if question in self.by else 0.0
        return share

    def why(self, *questions: str, most: int = 4) -> list[str]:
        """The words that spoke for these answers, each once."""
        words = [word for question in questions if question in self.by for word in self.by[question].why]
        whole = [word for word in words if not any(word != other and word in other for other in words)]
        return list(dict.fromkeys(whole))[:most]

    @property
    def scores(self) -> tuple[int, int, int]:
        """Severity, reach and consequence that give the proposed level."""
        level = self.label(Question.URGENCY) or "ordinary"
        said = [self.label(name) for name in (Question.SEVERITY, Question.REACH, Question.CONSEQUENCE)]
        if all(one.isdecimal() for one in said):
            severity, reach, consequence = (int(one) for one in said)
            if level_of(severity, reach, consequence) == level:
                return severity, reach, consequence
        return SCORES[level]


class Proposer:
    """The model and the lists in use, read once for any number of cases."""

    def __init__(self) -> None:
        found = selectors.model_in_use()
        self.version = found.n if found is not None else 0
        self.model_id: int | None = found.pk if found is not None else None
        self.sorter = _sorter(found.pk) if found is not None else None
        self.lists = base.lists(selectors.own_words())
        self.rules = [row.as_rule() for row in selectors.rules()]
        self.departments = {row.code: row.name for row in people.working_departments()}
        self._people: dict[int, User | None] = {}

    def answers(self, case: Case) -> Answers:
        """What is proposed for a case."""
        return self.answers_to(text_of(case), marks_of(case))

    def answers_to(self, text: str, marks: Sequence[str] = ()) -> Answers:
        """What is proposed for a text."""
        said = base.guesses(text, self.lists)
        found = dict(said)
        if self.sorter is not None:
            learned = self.sorter.guesses(text, marks)
            mood = learned.pop(Question.MOOD.value, None)
            found |= learned
            # how somebody sounds the lists hear; the model knows only who was satisfied in the end
            if mood is not None and not said[Question.MOOD].why:
                found[Question.MOOD] = mood
        return Answers(self.version, self.model_id, found)

    def place(self, case: Case, answers: Answers) -> Place | None:
        """Where a case should go. What people have decided of it counts, not what was proposed."""
        return self.place_of(matter_of(case, answers), answers)

    def place_of(self, matter: Matter, answers: Answers) -> Place | None:
        """Where something should go, whether it is a case already or not. A rule of a closed department is passed over."""
        rules = [rule for rule in self.rules if rule.lead in self.departments]
        rule = routed(rules, matter)
        if rule is not None:
            return Place(rule.lead, rule, self._person(rule), tuple(also(rules, matter)))
        guess = answers.by.get(Question.LEAD)
        if guess is not None and guess.probability >= LIKELY and guess.label in self.departments:
            return Place(guess.label)
        return None

    def _person(self, rule: Rule) -> User | None:
        if rule.key not in self._people:
            self._people[rule.key] = selectors.person_for(rule)
        return self._people[rule.key]


def text_of(case: Case) -> str:
    """What a case says; a title that only repeats the beginning is not read twice."""
    start = case.title.rstrip("…").strip()
    return case.content if case.content.startswith(start) else f"{case.title}\n{case.content}"


def marks_of(case: Case) -> tuple[str, ...]:
    """What is known of a case beside its text."""
    return (f"channel:{case.channel}", f"phase:{case.phase}")


def matter_of(case: Case, answers: Answers) -> Matter:
    """A case as rules see it."""
    customer = case.customer
    return Matter(
        text=text_of(case),
        category=case.category or answers.label(Question.CATEGORY),
        type=case.type if case.category else answers.label(Question.TYPE) or case.type,
        region=place_name(case.region) or (place_name(customer.region, customer.city) if customer else ""),
        grade=(customer.grade or "") if customer is not None else "",
    )


@lru_cache(maxsize=4)
def _sorter(pk: int) -> Sorter:
    """A version's weights never change."""
    return store.unpacked(selectors.model_data(pk))
