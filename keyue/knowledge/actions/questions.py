"""Questions that the product was asked itself: what it answered is kept, and what it could not answer is gathered.

What is kept of a question is masked first (`masking`); nobody finds in it who asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from keyue.kernel.errors import Invalid, NotFound, Refused
from keyue.knowledge import answering, rules, searching, selectors, speech, writing
from keyue.knowledge.actions._ground import signature, stamp
from keyue.knowledge.actions.articles import Text, draft_article
from keyue.knowledge.enums import Answered, ArticleState, GroupState, Useful, Visibility
from keyue.knowledge.events import ArticleWordingAttached, ArticleWordingRemoved
from keyue.knowledge.known_people import known_names
from keyue.knowledge.masking import masked, without_marks
from keyue.knowledge.models import Article, ArticleWording, Question, QuestionGroup
from keyue.knowledge.retrieval.likeness import key_of, nearest
from keyue.knowledge.retrieval.synonyms import groups_of
from keyue.knowledge.searching import Source
from keyue.ledger.facts import Actor, Draft
from keyue.people.models import User
from keyue.promises import actions as promises

LONGEST = 300
MOST_A_DAY = 5_000
"""Questions kept a day: a flood of made-up ones fills no disk. They are answered all the same."""
KEPT = timedelta(days=365)
"""How long questions and their answers are kept."""
MOST_OPEN = 400
MOST_WORDINGS = 20
NEAR = 0.25
"""From which confidence on an article is the one that came closest."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What became of a question. `uid` is where it is kept, None where it was not; `text` is empty where there is no answer.
    `sources` are the articles it rests on, the one that is named first; `model` is the language model that worded it."""

    text: str
    sources: Sequence[Source]
    confidence: float = 0.0
    model: str = ""
    uid: UUID | None = None

    @property
    def source(self) -> Source | None:
        """The article that the answer is from."""
        return self.sources[0] if self.text and self.sources else None

    @property
    def article(self) -> str:
        """Its number, empty where there is no answer: what `conversation.auto_answered` keeps of it."""
        return self.source.number if self.source else ""

    @property
    def edition(self) -> str:
        """The number of its edition, empty where there is no answer."""
        return str(self.source.edition) if self.source else ""

    @property
    def percent(self) -> int:
        """How sure it is, in percent."""
        return round(self.confidence * 100)


def answer(
    question: str,
    *,
    via: str,
    by: Actor,
    at: datetime,
    audience: Visibility = Visibility.PUBLIC,
    names: Iterable[str] = (),
) -> Reply:
    """Answer a question and keep both: the one way for every channel. `via` is the channel's kind, or `help`; `names` are
    those of who asks, as far as they are known, to be masked.

    Call it outside of a transaction: with a language model it may take as long as that may (`LanguageModel.seconds`). It
    never fails for the model's sake, nor because the question cannot be kept.
    """
    question = " ".join(question.replace("\0", "").split())[:LONGEST]
    if not question:
        return Reply("", ())
    hidden = masked(question, names, known_names)[:LONGEST]
    # who asks says nothing about what is asked
    found = searching.search(without_marks(hidden), audience=audience, most=3)
    reply = _worded(hidden, found) or _plain(found)
    if reply.text and speech.faults_of(reply.text, via):
        reply = Reply("", found)
    uid = _kept(hidden, reply, found, via=via, by=by, at=at)
    return Reply(reply.text, reply.sources, reply.confidence, reply.model, uid)


def _plain(found: Sequence[Source]) -> Reply:
    answered = answering.answer_from(list(found))
    if answered is None:
        return Reply("", found)
    return Reply(answered.text, found[:1], answered.confidence)


def _worded(hidden: str, found: Sequence[Source]) -> Reply | None:
    """The language model's answer, where one is on, the articles may hold it, and its citations are theirs."""
    written = writing.answer_with_model(hidden, found)
    if written is None:
        return None
    return Reply(written.text, written.sources, found[0].confidence, written.model)


@transaction.atomic
def _keep(
    hidden: str, reply: Reply, found: Sequence[Source], *, via: str, by: Actor, at: datetime
) -> UUID | None:
    since = Question.objects.filter(at__gt=at - timedelta(days=1))
    if since.count() >= MOST_A_DAY:
        return None
    source = reply.source
    row = Question.objects.create(
        via=via[:12],
        text=hidden,
        at=at,
        outcome=Answered.ANSWERED if source else Answered.UNANSWERED,
        reply=reply.text,
        article_id=source.article_id if source else None,
        edition=source.edition if source else 0,
        confidence=round((reply.confidence or (found[0].confidence if found else 0.0)) * 100),
        sources=[[one.number, one.edition, round(one.confidence * 100)] for one in reply.sources],
        model=reply.model[:80],
    )
    if source is None:
        _gather(row, found[0].article_id if found and found[0].confidence >= NEAR else None, at)
    return row.uid


def _kept(
    hidden: str, reply: Reply, found: Sequence[Source], *, via: str, by: Actor, at: datetime
) -> UUID | None:
    try:
        return _keep(hidden, reply, found, via=via, by=by, at=at)
    except IntegrityError:
        # somebody else's question began the same group in the same instant
        return _keep(hidden, reply, found, via=via, by=by, at=at)


def _gather(row: Question, near: int | None, at: datetime, *, unhelpful: bool = False) -> None:
    """Put a question among those that are alike."""
    groups = groups_of(selectors.own_synonyms())
    key = key_of(row.text, groups)
    group = QuestionGroup.objects.filter(state=GroupState.OPEN, key=key).first()
    if group is None:
        open_ones = list(QuestionGroup.objects.filter(state=GroupState.OPEN).order_by("-last_at")[:MOST_OPEN])
        place = nearest(row.text, [one.text for one in open_ones], groups)
        group = open_ones[place] if place is not None else None
    if group is None:
        group = QuestionGroup.objects.create(
            text=row.text, wordings=[row.text], key=key, first_at=at, last_at=at, near_id=near
        )
    more = dict.fromkeys([*group.wordings, row.text])
    group.wordings, group.last_at = list(more)[:MOST_WORDINGS], max(group.last_at, at)
    group.save(update_fields=["wordings", "last_at"])
    more_unhelpful = F("unhelpful") + (1 if unhelpful else 0)
    QuestionGroup.objects.filter(pk=group.pk).update(count=F("count") + 1, unhelpful=more_unhelpful)
    row.group = group
    row.save(update_fields=["group"])


@transaction.atomic
def judge(*, uid: UUID, useful: str, by: Actor, at: datetime) -> Question:
    """Who asked says whether the answer helped; a later word replaces an earlier one. One that did not help is gathered with
    those that had no answer. Raises NotFound, and Invalid for anything but yes and no."""
    row = Question.objects.select_for_update().filter(uid=uid, outcome=Answered.ANSWERED).first()
    if row is None:
        raise NotFound(_("没有这条答复，或它已经过期。"))
    if useful not in {Useful.YES.value, Useful.NO.value}:
        said = _("请选择有用或没用。")
        raise Invalid(said, fields={"useful": said})
    row.useful, row.judged_at = useful, at
    row.save(update_fields=["useful", "judged_at"])
    if useful == Useful.NO and row.group_id is None:
        _gather(row, row.article_id, at, unhelpful=True)
    return row


# ── what the owners of knowledge do about them ────────────────────────────────────────────────────────────────


@transaction.atomic
def draft_from_group(
    *, group: QuestionGroup, owner: User, by: Actor, at: datetime, via: str = "web"
) -> Article:
    """Begin an article that asks what customers asked; what it says is still to be written. Raises Refused where somebody
    has decided already."""
    row = _open(group)
    near = row.near
    article = draft_article(
        text=Text(
            title=row.text[: rules.TITLE_LONGEST],
            body=rules.TO_WRITE,
            topic=near.topic if near is not None else _("待归类"),
            asked=[text for text in row.wordings if len(text) <= rules.PHRASE_LONGEST],
        ),
        owner=owner,
        editor=owner,
        by=by,
        at=at,
        via=via,
    )
    _decide(row, GroupState.DRAFTED, article, by, at)
    return article


@transaction.atomic
def attach_group(
    *, group: QuestionGroup, article: Article, by: Actor, at: datetime, via: str = "web"
) -> list[ArticleWording]:
    """Let an article that is out answer what customers asked: their wordings find it from now on. Raises Refused for an
    article that is not out, and where somebody has decided already."""
    row = _open(group)
    if article.state != ArticleState.PUBLISHED:
        raise Refused(_("只能归入已发布的文章。"))
    known = set(article.wordings.values_list("text", flat=True))
    wanted = dict.fromkeys(text[: rules.PHRASE_LONGEST] for text in row.wordings)
    fresh = []
    for text in [text for text in wanted if text not in known][: max(0, rules.MOST_PHRASES - len(known))]:
        columns = {"added_at": at, "added_by": signature(by)}
        fresh.append(ArticleWording.objects.get_or_create(article=article, text=text, defaults=columns)[0])
    _decide(row, GroupState.ATTACHED, article, by, at)
    event = ArticleWordingAttached(len(fresh))
    promises.record(article.subject, [Draft(event.kind, event.data())], by=by, at=at, source=via)
    stamp(by, at)
    return fresh


@transaction.atomic
def remove_wording(*, article: Article, pk: int, by: Actor, at: datetime) -> None:
    """Take a wording from an article that it does not answer. Raises NotFound."""
    gone, _tables = ArticleWording.objects.filter(article=article, pk=pk).delete()
    if not gone:
        raise NotFound(_("没有这个问法，可能刚被删掉。"))
    event = ArticleWordingRemoved()
    promises.record(article.subject, [Draft(event.kind, event.data())], by=by, at=at, source="web")
    stamp(by, at)


@transaction.atomic
def set_aside(*, group: QuestionGroup, by: Actor, at: datetime) -> None:
    """What was asked is nothing that the company answers. Raises Refused where somebody has decided already."""
    _decide(_open(group), GroupState.NOT_OURS, None, by, at)


@transaction.atomic
def reopen_group(*, group: QuestionGroup, by: Actor, at: datetime) -> None:
    """Take a decision back. Raises Refused where the same is asked again meanwhile."""
    row = QuestionGroup.objects.select_for_update(of=("self",)).get(pk=group.pk)
    if row.state == GroupState.OPEN:
        return
    if QuestionGroup.objects.filter(state=GroupState.OPEN, key=row.key).exists():
        raise Refused(_("同样的问题已经又在待处理里了。"))
    row.state, row.article, row.decided_at, row.decided_by = GroupState.OPEN, None, None, ""
    row.save(update_fields=["state", "article", "decided_at", "decided_by"])


def _open(group: QuestionGroup) -> QuestionGroup:
    row = QuestionGroup.objects.select_for_update(of=("self",)).select_related("near").get(pk=group.pk)
    if row.state != GroupState.OPEN:
        raise Refused(_("刚被别人处理过。请刷新页面。"), code="changed_meanwhile")
    return row


def _decide(row: QuestionGroup, state: GroupState, article: Article | None, by: Actor, at: datetime) -> None:
    row.state, row.article, row.decided_at, row.decided_by = state, article, at, signature(by)
    row.save(update_fields=["state", "article", "decided_at", "decided_by"])


@transaction.atomic
def forget_old(*, by: Actor, at: datetime) -> int:
    """Delete questions whose time is over, and groups in which nothing was asked as long; how many."""
    before = at - KEPT
    old = list(Question.objects.filter(at__lt=before).values_list("pk", flat=True)[:1000])
    gone: Mapping[str, int] = Question.objects.filter(pk__in=old).delete()[1]
    groups = QuestionGroup.objects.filter(last_at__lt=before)[:1000].values_list("pk", flat=True)
    QuestionGroup.objects.filter(pk__in=list(groups)).delete()
    return sum(gone.values())
