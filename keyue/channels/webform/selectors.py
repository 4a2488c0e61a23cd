"""Reading for the public pages: a case as its sender may see it, and what anybody may know before there is one."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keyue.cases import conduct
from keyue.cases import selectors as cases
from keyue.cases.cards import Face
from keyue.cases.enums import STAGE_PUBLIC_SENTENCES, MessageKind, Stage, Telling, WaitingReason
from keyue.cases.models import Attachment, Case, Message
from keyue.cases.numbers import identity_of
from keyue.cases.rules import CaseState, seeks_satisfaction
from keyue.cases.waits import Clocks
from keyue.cases.wording import label
from keyue.channels.models import ConsentText
from keyue.channels.webform import rail
from keyue.channels.webform.notice import (
    DEFAULT_VERSION,
    Notice,
    built_in,
    default_consent,
    notice_of,
)
from keyue.channels.webform.ratings import may_rate, score_of_round
from keyue.company import selectors as company
from keyue.company.models import Installation
from keyue.kernel.errors import NotFound
from keyue.ledger import selectors as ledger
from keyue.people import selectors as people
from keyue.privacy import selectors as rights
from keyue.privacy.models import Consent
from keyue.promises import selectors as promises
from keyue.regulations import scoped
from keyue.regulations import selectors as regulations
from keyue.ui import wording
from keyue.ui.components import FileChip

MOST_MESSAGES = 100
OURS_IS_DONE = (Stage.FOLLOW_UP, Stage.CLOSE)
"""Stages in which there is nothing to hurry."""
WAITING = {
    WaitingReason.CUSTOMER: gettext_lazy("正在等您补充资料"),
    WaitingReason.THIRD_PARTY: gettext_lazy("正在等第三方"),
    WaitingReason.FORCE_MAJEURE: gettext_lazy("因不可抗力暂停"),
}
"""What a case waits for, as its sender is told."""
CLOCKS = {
    Clocks.GO: "",
    Clocks.STAND: gettext_lazy("等待的时间不计入时限"),
    Clocks.GO_AGAIN: gettext_lazy("等待时间已到上限，时限继续计算"),
    Clocks.NEVER_STOOD: gettext_lazy("等待期间时限照常计算"),
}
"""What a wait does to the promises, as its sender is told."""


@dataclass(frozen=True, slots=True)
class Line:
    """A message between the sender and the company."""

    key: str
    is_mine: bool
    via: str
    body: str
    at: datetime
    files: Sequence[FileChip] = ()
    is_erased: bool = False


@dataclass(frozen=True, slots=True)
class Now:
    """What happens at the moment: a sentence, and what is promised next."""

    sentence: str
    tone: str
    promise: str = ""
    face: Face | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """A case as its sender sees it."""

    case: Case
    number: str
    url: str
    kind: str
    now: Now
    rounds: Sequence[rail.Round]
    next_word: datetime | None
    lines: Sequence[Line]
    score: int | None
    may_rate: bool
    may_answer: bool
    may_remind: bool
    is_satisfied: bool

    @property
    def asked(self) -> str:
        """What the sender is asked now, as one word: the page compares it to see whether that has changed."""
        return f"{int(self.may_rate)}{int(self.may_answer)}{self.score or 0}"


def installation() -> Installation | None:
    """The company that runs here."""
    return company.installation()


def case_by_code(number: str, code: str) -> Case:
    """The case that number and code open. Raises NotFound, the same for either."""
    return cases.case_by_code(number, code)


def case_followed(ids: Collection[int], number: str) -> Case:
    """A case whose code this browser has given. Raises NotFound."""
    identity = identity_of(number)
    found = cases.cases_by_id([identity]).get(identity) if identity in ids and identity is not None else None
    if found is None or found.number != number.strip().upper():
        raise NotFound(_("请输入编号和查询码。"))
    return found


def attachment_of(case: Case, pk: int) -> Attachment:
    """A file of a message that the sender may see. Raises NotFound."""
    found = Attachment.objects.filter(
        pk=pk, message__case=case, message__is_public=True, erased_at=None
    ).first()
    if found is None:
        raise NotFound(_("没有这个文件，或者它已被删除。"))
    return found


def consents_of(case: Case) -> Sequence[Consent]:
    """What the sender of a case agreed to beside it and has not withdrawn; nothing of somebody anonymous or erased."""
    if case.contact_id is None or case.customer is None or case.customer.is_erased:
        return []
    return rights.consents_standing([case.contact_id])


def promised(now: datetime) -> tuple[str, Sequence[rail.Node]]:
    """What a complaint may expect by the regulations in force: in one line, and step by step."""
    editions = regulations.editions_for("case")
    return rail.headline(editions, now), rail.outlook(editions, now)


def progress_of(case: Case, now: datetime) -> Progress:
    """Everything the progress page shows."""
    messages = cases.timeline(case, public=True, most=MOST_MESSAGES)
    facts = ledger.facts_of(case.subject)
    owed = list(promises.promises_of(case.subject))
    agreed = scoped.of_regulations({promise.regulation for promise in owed})
    way = rail.Way(
        case=case,
        facts=facts,
        promises=owed,
        editions=(
            *regulations.editions_for("case"),
            *(edition for found in agreed.values() for one in found for edition in one.editions),
        ),
        departments=people.owner_names(filter(None, [case.lead, *case.collaborators])),
        explained=[message.at for message in messages if message.kind == MessageKind.OUTBOUND],
        now=now,
        zone=promises.zone(),
    )
    state, rounds = way.state, way.rounds()
    told, score = score_of_round(facts)
    return Progress(
        case=case,
        number=case.number,
        url=reverse("channels:progress", args=[case.number]),
        kind=case.get_received_type_display(),
        now=_now(case, state, rounds[0], way.clocks(), now),
        rounds=rounds,
        next_word=way.next_word() if case.is_open else None,
        lines=[_line(message, case) for message in messages],
        score=score if told else None,
        may_rate=not may_rate(facts),
        may_answer=conduct.ended(state) is None and conduct.follow_up(state) is None,
        may_remind=case.is_open and not case.is_waiting and case.stage not in OURS_IS_DONE,
        is_satisfied=case.is_open and told and state.outcome == "satisfied",
    )


def _now(case: Case, state: CaseState, running: rail.Round, clocks: Clocks, now: datetime) -> Now:
    if state.ended:
        return Now(_("已结束"), rail.tone_of_end(case.exit), str(rail.EXITS.get(case.exit, "")))
    if clocks == Clocks.GO:
        return _at_hand(sentence_of(case, state), running, now)
    reason = WaitingReason(case.waiting_reason) if case.waiting_reason else None
    why = str(WAITING[reason]) if reason is not None else _("暂停计时")
    if clocks == Clocks.STAND:
        return Now(why, "wait", str(CLOCKS[clocks]))
    found = _at_hand(why, running, now)
    said = str(CLOCKS[clocks])
    both = _("%(clock)s；%(promise)s") % {"clock": said, "promise": found.promise}
    return replace(found, promise=both if found.promise else said)


def _at_hand(sentence: str, running: rail.Round, now: datetime) -> Now:
    """A sentence with what is promised next."""
    node = next((node for node in running.nodes if node.is_current), None)
    if node is None or node.face is None:
        return Now(sentence, "open")
    if node.due is None:
        return Now(sentence, node.tone)
    due = rail.spaced(wording.moment(node.due, now=now, zone=promises.zone(), before=True))
    values = {"due": due, "what": node.promised}
    if node.tone == "late":
        text = _("原定%(due)s%(what)s，没有做到，向您致歉。处理仍在继续") % values
    else:
        text = _("承诺%(due)s%(what)s") % values
    return Now(sentence, node.tone, text, node.face)


def sentence_of(case: Case, state: CaseState) -> str:
    """Where a case stands, in words for its sender."""
    if state.valid is False:
        return _("已初步核实，正在由另一人复核")
    if case.stage == Stage.TELL and not state.solved:
        return _("正在准备答复您")
    if case.stage == Stage.CLOSE and not seeks_satisfaction(state):
        return _("已答复您，即将结束")
    if case.round > 1 and case.stage == Stage.PLAN:
        return _("重新处理：正在制定新的方案")
    return str(STAGE_PUBLIC_SENTENCES[case.stage])


def _line(message: Message, case: Case) -> Line:
    erased = message.erased_at is not None
    files = [] if erased else [_chip(file, case) for file in message.attachments.all()]
    mine = message.kind == MessageKind.INBOUND
    via = "" if mine else label(Telling, message.via)
    return Line(f"m{message.pk}", mine, via, "" if erased else message.body, message.at, files, erased)


def _chip(file: Attachment, case: Case) -> FileChip:
    is_picture = file.content_type.startswith("image/")
    if file.erased_at is not None:
        return FileChip(_("已删除的文件"))
    url = reverse("channels:attachment", args=[case.number, file.pk])
    return FileChip(file.name, url, size_text(file.size), "image" if is_picture else "clip")


def size_text(size: int) -> str:
    """`12 KB`, `3.4 MB`."""
    return f"{max(1, round(size / 1000))} KB" if size < 1_000_000 else f"{size / 1_000_000:.1f} MB"


def agreed_notice(version: str) -> Notice:
    """The notice that a form was shown with: it counts, also where another one has been published in the meantime."""
    now = notice_of(installation())
    if not version or version == now.version:
        return now
    row = ConsentText.objects.filter(pk=version[:20]).first()
    return Notice(row.version, row.text, row.consent) if row is not None else now


def notice_of_version(version: str) -> Notice:
    """A notice as it was under this version. Raises NotFound."""
    now = notice_of(installation())
    row = ConsentText.objects.filter(pk=version[:20]).first()
    if row is None and version == DEFAULT_VERSION:
        # of cases that came by another way than the form
        return Notice(version, built_in(installation()), default_consent())
    if row is None and version != now.version:
        raise NotFound(_("没有这个版本的告知。"))
    return Notice(row.version, row.text, row.consent) if row is not None else now


def published_notices(most: int = 100) -> Sequence[ConsentText]:
    """The versions of the notice that were published or agreed to, the latest first."""
    rows = ConsentText.objects.select_related("published_by").order_by(
        Coalesce("published_at", "first_used_at").desc(nulls_last=True), "version"
    )
    return list(rows[:most])
