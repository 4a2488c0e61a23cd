"""Everything that the page of one case shows, read once: facts, state, promises, names, the customer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from keyue.cases import acts, selectors
from keyue.cases.book import Book, face_of
from keyue.cases.cards import ActLink, Face, Other, Person
from keyue.cases.enums import Stage
from keyue.cases.links import address, case_url
from keyue.cases.lists import Moment
from keyue.cases.models import NO_DUE, Case, CaseTask, Message
from keyue.cases.rows import act_link
from keyue.cases.rules import CASE, CaseState
from keyue.cases.strictest import stricter
from keyue.cases.waits import Clocks, Wait, clocks_of, stood_still, waits_of
from keyue.cases.wording import Names, label, sentence
from keyue.customers import selectors as customers
from keyue.customers.cards import ContactCard, CustomerCard
from keyue.kernel.errors import NotFound
from keyue.ledger.models import Fact
from keyue.ledger.sealing import sealed_values
from keyue.people import selectors as people
from keyue.people.enums import Permission
from keyue.people.models import User
from keyue.people.permissions import allows
from keyue.promises import selectors as promises
from keyue.promises.knowledge import fold_state
from keyue.promises.models import Promise, PromiseRequest
from keyue.regulations.controls import Control

MOST_MESSAGES = 200
# facts that name another case, and where
MERGES = {"case.merged": "into", "case.absorbed": "source"}
# acts that stand in the composer or the head of the page, not in the menu
ELSEWHERE = frozenset({"reply", "note", "assign", "reassign", "wait", "resume"})


@dataclass(frozen=True, slots=True)
class Doing:
    """What this person may do with the case now: in the head of the page, and in the menu."""

    head: Sequence[ActLink]
    menu: Sequence[ActLink]
    codes: frozenset[str]


class Sheet:
    """One case as one person sees it at one instant."""

    def __init__(self, user: User, case: Case, when: Moment) -> None:
        self.user, self.case, self.when, self.now = user, case, when, when.now
        self.book = Book(when.now, when.zone)
        self.facts: Sequence[Fact] = selectors.facts(case)
        self.voided = frozenset(str(fact.voids) for fact in self.facts if fact.voids)
        state: CaseState | None = fold_state([fact.as_record() for fact in self.facts], CASE, when.now)
        if state is None:
            raise NotFound(_("没有这个事项，或者您无权查看。"))
        self.state = state
        self.promises: Sequence[Promise] = list(promises.promises_of(case.subject))
        self.book.know(self.promises)
        selectors.know_holders(case, self.promises)

    # --- who and what is called how ---

    @cached_property
    def names(self) -> Names:
        """Names of everybody and every department that the facts and promises mention."""
        owners: set[str] = {promise.owner for promise in self.promises}
        owners |= {self.state.lead or "", *self.state.collaborators} - {""}
        staff: set[int] = set()
        for fact in self.facts:
            owners |= _codes_in(fact.data)
            staff |= _staff_in(fact)
        owners |= {
            code for _name, control in self.book.upcoming() for code in control.owner if "." not in code
        }
        merged = {
            int(fact.data[name])
            for fact in self.facts
            if (name := MERGES.get(fact.kind)) is not None and str(fact.data.get(name, "")).isdecimal()
        }
        return Names(
            now=self.now,
            zone=self.when.zone,
            cases={pk: case.number for pk, case in selectors.cases_by_id(merged).items()} if merged else {},
            owners=people.owner_names(owners),
            people=people.names_of(staff),
            controls=self.book.names(),
        )

    def by_name(self, fact: Fact) -> str:
        """Who recorded a fact."""
        if fact.actor_kind == "staff":
            return self.names.person(fact.actor_id)
        if fact.actor_kind == "customer":
            return self.person.contact or pgettext("一位", "客户")
        return _("接口") if fact.actor_kind == "token" else _("系统")

    @cached_property
    def _titles(self) -> Mapping[str, str]:
        """What the case was renamed to, by the fact that says so; sealed, as titles name people."""
        renamed = [fact for fact in self.facts if fact.kind == "case.retitled"]
        if not renamed:
            return {}
        said = zip(renamed, sealed_values(renamed), strict=True)
        return {str(fact.uid): values.get("title_new") or "" for fact, values in said}

    def told(self, fact: Fact) -> str:
        """A fact as people tell it, after the name of whoever recorded it."""
        title = self._titles.get(str(fact.uid))
        if title:
            return _("把主题改为「%(title)s」") % {"title": title}
        return sentence(fact.kind, fact.data, self.names, fact.actor_kind)

    @cached_property
    def facts_by_id(self) -> Mapping[str, Fact]:
        return {str(fact.uid): fact for fact in self.facts}

    @cached_property
    def messages(self) -> Sequence[Message]:
        """The newest messages, oldest first."""
        return selectors.timeline(self.case, most=MOST_MESSAGES)

    @cached_property
    def tasks(self) -> Sequence[CaseTask]:
        return selectors.tasks(self.case)

    @cached_property
    def requests(self) -> Sequence[PromiseRequest]:
        """Waivers and extensions that were asked for; the facts say whether there is anything to read."""
        asked = any(
            fact.kind.startswith("promise.") and fact.kind.endswith("_requested") for fact in self.facts
        )
        if not asked:
            return []
        return list(promises.requests_of(self.case.subject))

    @cached_property
    def reasons(self) -> Mapping[int, str]:
        """Why waivers and extensions were asked for, by the request."""
        return promises.reasons_of(self.requests) if self.requests else {}

    @cached_property
    def stricter(self) -> Mapping[int, Promise]:
        """Promises that people work to, each with the one of another regulation, or of a contract, that asks
        the same later."""
        return stricter(self.book.pairs(self.promises), self.promises)

    @cached_property
    def current(self) -> Promise | None:
        """The step that is due next; where none is open, what comes round again."""
        running = sorted((p for p in self.promises if p.is_open), key=lambda p: (p.due or NO_DUE, p.pk))
        return next((p for p in running if not self.is_cadence(p)), running[0] if running else None)

    @cached_property
    def next_own(self) -> Promise | None:
        """What the key of the main act does: the reader's own next promise; where there is none, any they may keep."""
        codes = promises.owner_codes(self.user)

        def is_own(promise: Promise) -> bool:
            return promise.owner in codes if promise.holder_id is None else promise.holder_id == self.user.pk

        steps = [p for p in self.promises if p.is_open and not self.is_cadence(p) and self._act_of(p)]
        return min(steps, key=lambda p: (not is_own(p), p.due or NO_DUE, p.pk), default=None)

    def _act_of(self, promise: Promise) -> str:
        return self.code_for(self.book.control(promise))

    def code_for(self, control: Control | None) -> str:
        """The act by which this person can keep a promise now; "" where there is none. What no department leads is
        assigned first."""
        act = acts.act_for(control) if control is not None else None
        if act is None:
            return ""
        if act.code in self.possible:
            return act.code
        lacks_lead = act.code in acts.LEADS_OWN and not self.state.lead and "assign" in self.possible
        return "assign" if lacks_lead else ""

    def is_cadence(self, promise: Promise) -> bool:
        """Whether a promise is one period of a control that comes round again."""
        control = self.book.control(promise)
        return control is not None and control.recurs

    @cached_property
    def clocks(self) -> Clocks:
        """What a wait does to what is owed now."""
        return clocks_of(self.state, self.promises, self.book.control)

    @cached_property
    def _waits(self) -> Sequence[Wait]:
        return waits_of([fact.as_record() for fact in self.facts], self.now)

    def face(self, promise: Promise) -> Face:
        """A promise for the countdown; what was used is without the time that its clock stood still."""
        face, closed = face_of(promise, self.case), promise.closed_at
        if closed is None or not self._waits:
            return face
        stood = stood_still(self._waits, self.book.control(promise), promise.start, closed)
        return replace(face, used=closed - promise.start - stood) if stood else face

    # --- the customer ---

    @cached_property
    def _card(self) -> CustomerCard | None:
        pk = self.case.customer_id
        return customers.customer_cards([pk], contacts=True).get(pk) if pk else None

    @cached_property
    def contact(self) -> ContactCard | None:
        """Who wrote, masked."""
        card, pk = self._card, self.case.contact_id
        if card is None or pk is None:
            return None
        found = next((contact for contact in card.contacts if contact.id == pk), None)
        return found or customers.contact_cards([pk]).get(pk)

    @cached_property
    def person(self) -> Person:
        """The customer's line in the head of the page."""
        card, contact = self._card, self.contact
        if card is None:
            return Person(_("匿名客户"), "", "", "", is_anonymous=True)
        may_reveal = (
            contact is not None and not contact.is_erased and allows(self.user, Permission.CUSTOMER_REVEAL)
        )
        return Person(
            name=card.shown_name,
            url=address("customers:page", card.number),
            grade=card.grade,
            place=card.place,
            contact=contact.shown_name if contact else "",
            role=contact.role if contact else "",
            phone=contact.phone if contact else "",
            email=contact.email if contact else "",
            reveal_url=reverse("cases:reveal", args=[self.case.number]) if may_reveal else "",
            manager=card.account_manager,
        )

    @cached_property
    def others(self) -> Sequence[Other]:
        """Other cases of the customer."""
        return [
            Other(
                number=case.number,
                url=case_url(case.number),
                title=case.title,
                stage=label(Stage, case.stage),
                is_open=case.is_open,
                received_at=case.received_at,
            )
            for case in selectors.other_cases(self.user, self.case)
        ]

    # --- acts ---

    @cached_property
    def possible(self) -> frozenset[str]:
        """Codes of the acts that this person may do and the state allows."""
        found = {act.code for act in acts.possible_acts(self.user, self.case, self.state)}
        return frozenset(code for code in found if self._makes_sense(code))

    def _makes_sense(self, code: str) -> bool:
        kinds = Counter(fact.kind for fact in self.facts)
        if code == "finish_task" and kinds["case.task_given"] <= kinds["case.task_done"]:
            return False
        if self.obstacle(code) is not None:
            return False
        if code == "acknowledge_urgent":
            return kinds["case.urgent_reported"] > kinds["case.urgent_acknowledged"]
        if code == "give_task":
            return bool(self.state.collaborators)
        return True

    def obstacle(self, code: str) -> object | None:
        """What stands in the way of an act besides the state of the case."""
        return acts.obstacle(code, self.user, self.case, self.promises)

    @cached_property
    def doing(self) -> Doing:
        """The buttons of the head, with their keys, and the menu with everything else."""
        keys = {"assign": "a", "reassign": "a", "wait": "t", "resume": "t", "decide_exit": ""}
        if self.state.valid is False:
            # no promise asks for another review: without it the case goes nowhere
            keys["review"] = ""
        head = [self.link(code, key) for code, key in keys.items() if code in self.possible]
        menu = [
            self.link(code)
            for code in acts.ACTS
            if code in self.possible and code not in ELSEWHERE and code not in keys
        ]
        return Doing(head, menu, self.possible)

    def link(self, code: str, key: str = "") -> ActLink:
        return act_link(code, self.case.number, key)

    @property
    def may_rename(self) -> bool:
        return not self.state.ended and allows(self.user, Permission.CASE_CLASSIFY)


def _codes_in(data: Mapping[str, Any]) -> set[str]:
    found = {str(data[name]) for name in ("lead", "department", "account_manager") if data.get(name)}
    helpers = data.get("collaborators")
    return found | {str(code) for code in helpers} if isinstance(helpers, list) else found


def _staff_in(fact: Fact) -> set[int]:
    said: Iterable[Any] = (
        fact.data.get(name) for name in ("holder", "approved_by", "requested_by", "declined_by")
    )
    found = {str(value) for value in said if value}
    if fact.actor_kind == "staff":
        found.add(fact.actor_id)
    return {int(value) for value in found if value.isdecimal()}
