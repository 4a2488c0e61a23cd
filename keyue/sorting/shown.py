"""A proposal as a page shows it: what is proposed for the act that is next, why, and what its key fills in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _t

from keyue.cases import acts
from keyue.cases.enums import LEVEL_BARS, Stage
from keyue.cases.models import Case
from keyue.cases.wording import label
from keyue.people.models import User
from keyue.people.permissions import allows
from keyue.sorting.enums import LABELS, PROPOSED_ACTS, Mood, Question
from keyue.sorting.proposing import Answers, Place, Proposer
from keyue.ui.addresses import address

NEXT: dict[str, str] = {
    Stage.CLASSIFY.value: "classify",
    Stage.ASSESS.value: "assess",
    Stage.ASSIGN.value: "assign",
}
"""The act that is proposed at a stage; at the others nothing is."""
FIELDS: dict[str, tuple[str, ...]] = {
    "classify": ("type", "category"),
    "assess": ("severity", "reach", "consequence"),
    "assign": ("lead",),
}
"""What the form of a proposed act is filled with."""
ASKS: dict[str, tuple[str, ...]] = {
    "classify": (Question.TYPE, Question.CATEGORY),
    "assess": (Question.URGENCY,),
    "assign": (Question.LEAD,),
}
HIGH, FAIR = 0.8, 0.5
CERTAINTY = ((HIGH, _t("把握较大")), (FAIR, _t("把握一般")), (0.0, _t("把握较小")))


@dataclass(frozen=True, slots=True)
class Bar:
    """What is proposed for a case now. `data` fills the act's form; without `url` the reader may not do it."""

    case: Case
    act: str
    act_label: str
    said: Sequence[str]
    why: Sequence[str]
    percent: int
    certainty: str
    source: str
    data: Mapping[str, Any]
    url: str = ""
    form_url: str = ""
    mood: str = ""
    bars: int = 0
    others: Sequence[str] = ()
    note: str = ""
    person: int | None = None

    @property
    def fields(self) -> list[tuple[str, Any]]:
        return list(self.data.items())


def bar_of(user: User, case: Case, proposer: Proposer) -> Bar | None:
    """What is proposed for the next act on a case; None where nothing is."""
    code = NEXT.get(case.stage, "") if case.is_open and case.content else ""
    if not code:
        return None
    answers = proposer.answers(case)
    place = proposer.place(case, answers) if code == "assign" else None
    found = _filled(case, code, answers, place, proposer)
    if found is None:
        return None
    said, data, note = found
    share = 1.0 if place is not None and place.rule is not None else answers.probability(*ASKS[code])
    mood = answers.by.get(Question.MOOD)
    mine = _may(user, code)
    return Bar(
        case=case,
        act=code,
        act_label=str(PROPOSED_ACTS[code]),
        said=said,
        why=answers.why(*ASKS[code]) if place is None or place.rule is None else (),
        percent=round(100 * share),
        certainty=_certainty(share) if place is None or place.rule is None else "",
        source=_source(answers, place),
        data=data,
        url=address("sorting:accept", case.number) if mine else "",
        form_url=f"{address('cases:act', case.number, code)}?{urlencode(data, doseq=True)}" if mine else "",
        # calm is how most customers sound: nothing to say
        mood=str(Mood(mood.label).label) if mood and mood.label != Mood.CALM else "",
        bars=LEVEL_BARS.get(answers.label(Question.URGENCY), 0) if code == "classify" else 0,
        others=[rule.name for rule in place.others] if place is not None else (),
        note=note,
        person=place.person.pk if place is not None and place.person is not None else None,
    )


def _filled(
    case: Case, code: str, answers: Answers, place: Place | None, proposer: Proposer
) -> tuple[list[str], dict[str, Any], str] | None:
    """What is said, what the form is filled with, and what is to be known beside it."""
    if code == "classify":
        # where no word speaks for a type, it is what it was received as
        kind, category = answers.label(Question.TYPE) or case.type, answers.label(Question.CATEGORY)
        if not category:
            return None
        said = [word(Question.TYPE, kind), word(Question.CATEGORY, category)]
        return said, {"type": kind, "category": category}, ""
    if code == "assess":
        severity, reach, consequence = answers.scores
        data = {"severity": severity, "reach": reach, "consequence": consequence}
        note = _("严重程度 %(severity)d · 影响范围 %(reach)d · 可能后果 %(consequence)d") % data
        return [word(Question.URGENCY, answers.label(Question.URGENCY))], data, note
    if place is None:
        return None
    said = [proposer.departments.get(place.lead, place.lead)]
    if place.person is not None:
        said.append(place.person.name)
    note = (
        _("派单后可以在约定里派给%(name)s。") % {"name": place.person.name}
        if place.person is not None
        else ""
    )
    return said, {"lead": place.lead}, note


def _source(answers: Answers, place: Place | None) -> str:
    """Where it comes from."""
    if place is not None and place.rule is not None:
        return _("派单规则「%(name)s」") % {"name": place.rule.name}
    if answers.version:
        return _("分拣模型第 %(n)d 版") % {"n": answers.version}
    return _("词表")


def _certainty(share: float) -> str:
    return next(str(said) for least, said in CERTAINTY if share >= least)


def _may(user: User, code: str) -> bool:
    """Whether this person may do the act; the stage of the case says that it is next."""
    return allows(user, acts.act_named(code).permission)


def word(question: str, answer: str) -> str:
    """What an answer is called."""
    kind = LABELS.get(question)
    return label(kind, answer) if kind is not None and answer else answer
