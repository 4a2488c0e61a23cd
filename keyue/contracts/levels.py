"""The service levels of a contract as a regulation that runs for its customer alone: S4-9.2. Pure Python.

Each level is a control of a literate document, under the number of its clause in the contract. It stands as a promise of
its own beside what the company's regulations ask of the same case, and both are judged (decision 50).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from keyue.kernel.texts import SEPARATOR, Sentence, sentence
from keyue.regulations.writing import ClauseText, document_text
from keyue.worktime.rules import describe, parse_rule

PREFIX = "contract-"
"""How the ids of these regulations begin."""
MOST_AMOUNT = 9999
MOST_PAUSED = "PT120H"
"""How long waiting for the customer stops the clock at most, as in the regulation of opinions."""


@dataclass(frozen=True, slots=True)
class Level:
    """One service level. `what` and `unit` are members of `enums.What` and `enums.Unit`, `types` of `CaseSort` (empty: all
    cases); `urgent` is the limit of urgent cases where it is another; `calendar` the code of a calendar other than the
    company's; `clause` its number in the contract."""

    n: int
    what: str
    amount: int
    unit: str
    clause: str
    types: tuple[str, ...] = ()
    urgent: int | None = None
    calendar: str = ""
    pauses: bool = False

    @property
    def control(self) -> str:
        """The id of its control."""
        return f"{self.what}_{self.n}"

    def limit(self, amount: int | None = None) -> str:
        """The limit in the plain form that controls take."""
        n = self.amount if amount is None else amount
        return _FORMS[self.unit] % n

    def words(self, language: str, amount: int | None = None) -> str:
        """The limit as people say it."""
        return describe(parse_rule(self.limit(amount)), language)


_FORMS = {
    "minutes": "PT%dM",
    "hours": "PT%dH",
    "working_hours": "PT%dH working",
    "days": "%d days",
    "working_days": "%d working days",
}


@dataclass(frozen=True, slots=True)
class _Asked:
    """What of a case begins a level, and what keeps it. A case that is found to be this customer's later owes what counts
    from its receipt from there, and the rest from when that was known."""

    on: tuple[str, ...]
    met_by: str
    name: Sentence
    start: str = ""
    when: str = ""
    leads: bool = False


_FOUND = "case.customer_matched if fact.customer != null && "
ASKED: Mapping[str, _Asked] = {
    "classify": _Asked(
        on=("case.received", "case.customer_matched"),
        start="case.received",
        met_by="case.classified",
        name=sentence("受理并分类"),
    ),
    "first_response": _Asked(
        on=("case.received", "case.classified", "case.reclassified", "case.customer_matched"),
        start="case.received",
        met_by="case.first_response",
        name=sentence("首次回应"),
    ),
    "plan": _Asked(
        on=("case.assigned", "round", _FOUND + "case.assigned && !case.planned"),
        when="!case.solved",
        met_by="case.plan_filed",
        name=sentence("拿出处理方案"),
        leads=True,
    ),
    "solve": _Asked(
        on=("case.assigned", "round", _FOUND + "case.assigned && !case.solved"),
        met_by="case.solved",
        name=sentence("解决"),
        leads=True,
    ),
    "result": _Asked(
        on=("case.solved",), met_by="case.result_to_customer", name=sentence("告知结果"), leads=True
    ),
}
STOPPABLE = frozenset({"plan", "solve"})
"""What waiting for the customer may stop: the first response and the classification never (decision 16)."""


def regulation_id(contract: int, customer: int) -> str:
    """The id of the regulation that a contract's service levels are for one customer: beside the one who signed, for
    whom that one was merged into."""
    return f"{PREFIX}{contract}-{customer}"


def contract_of(regulation: str) -> int | None:
    """The id of the contract behind a regulation; None of another sort of regulation."""
    number, _dash, customer = regulation.removeprefix(PREFIX).partition("-")
    is_ours = regulation.startswith(PREFIX) and number.isdecimal() and customer.isdecimal()
    return int(number) if is_ours else None


def scope_of(customer: int) -> str:
    """The scope of what is agreed with a customer."""
    return f"customer:{customer}"


def document_of(contract: int, number: str, customer: int, owner: str, levels: Sequence[Level]) -> str:
    """The document that makes a contract's service levels run. `owner` is the post that owes what no department leads.

    Raises Invalid for the number of a clause that cannot be one.
    """
    by_clause: dict[str, list[Level]] = {}
    for level in levels:
        by_clause.setdefault(level.clause, []).append(level)
    clauses = [
        ClauseText(
            level=2,
            number=clause,
            heading=SEPARATOR.chinese.join(dict.fromkeys(ASKED[level.what].name.chinese for level in some)),
            paragraphs=[sentence_of_level(level).chinese for level in some],
            blocks=[("control", _control(level, owner)) for level in some],
        )
        for clause, some in by_clause.items()
    ]
    return document_text(_title(number), _head(contract, number, customer), clauses)


def ending_of(contract: int, number: str, customer: int) -> str:
    """The document that follows when a contract ends: it asks nothing."""
    said = sentence("合同已到期或终止，此后受理的事项不再适用其中约定的时限。").chinese
    clause = ClauseText(level=2, number="1", heading=sentence("合同结束").chinese, paragraphs=[said])
    return document_text(_title(number), _head(contract, number, customer), [clause])


def _title(number: str) -> str:
    return sentence("合同 %(number)s", number=number).chinese


def _head(contract: int, number: str, customer: int) -> dict[str, Any]:
    return {
        "id": regulation_id(contract, customer),
        "code": number,
        "subject": "case",
        "when": f"case.customer == '{customer}'",
    }


def _control(level: Level, owner: str) -> dict[str, Any]:
    asked = ASKED[level.what]
    whens = [asked.when] if asked.when else []
    if level.types:
        named = ", ".join(f"'{code}'" for code in level.types)
        whens.insert(0, f"case.type in [{named}]")
    raw: dict[str, Any] = {
        "id": level.control,
        "name": asked.name.chinese,
        "on": list(asked.on) if len(asked.on) > 1 else asked.on[0],
        "met_by": asked.met_by,
        "owner": ["case.lead", owner] if asked.leads else owner,
        "within": level.limit()
        if level.urgent is None
        else {"by": "case.priority", "normal": level.limit(), "urgent": level.limit(level.urgent)},
        "remind": ["50%", "75%"],
    }
    if whens:
        raw["when"] = " && ".join(whens)
    if asked.start:
        raw["start"] = asked.start
    if level.pauses and level.what in STOPPABLE:
        raw["max_pause"] = MOST_PAUSED
    if level.calendar:
        raw["calendar"] = level.calendar
    return raw


def sentence_of_level(level: Level) -> Sentence:
    """A level in one sentence, as the clause says it."""
    name, limit = ASKED[level.what].name, level.words("zh")
    since = SINCE[level.what]
    if level.urgent is None:
        return sentence("%(since)s，%(limit)s内%(name)s。", since=since, limit=limit, name=name)
    return sentence(
        "%(since)s，%(limit)s内%(name)s；紧急的 %(urgent)s内。",
        since=since,
        limit=limit,
        name=name,
        urgent=level.words("zh", level.urgent),
    )


SINCE: Mapping[str, Sentence] = {
    "classify": sentence("从收到起"),
    "first_response": sentence("从收到起"),
    "plan": sentence("从派单起"),
    "solve": sentence("从派单起"),
    "result": sentence("从解决起"),
}
