"""Articles and their editions. Each action takes `by` and `at`, is one transaction, and ends in a fact.

Whether somebody may is asked before, by the page or the API; a state that forbids an act is refused here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.kernel.errors import Invalid, Refused
from keyue.kernel.events import Event
from keyue.knowledge import rules
from keyue.knowledge.actions._ground import day, signature, stamp, tidy
from keyue.knowledge.enums import ArticleState, EditionState, Visibility
from keyue.knowledge.events import (
    ArticleDrafted,
    ArticleKeepersChanged,
    ArticlePublished,
    ArticleReturned,
    ArticleReviewed,
    ArticleRevised,
    ArticleSourceChanged,
    ArticleSubmitted,
    ArticleWithdrawn,
)
from keyue.knowledge.models import Article, ArticleEdition, KnowledgeWords
from keyue.knowledge.retrieval.synonyms import groups_of
from keyue.ledger import actions as ledger
from keyue.ledger.facts import Actor, Draft, Subject
from keyue.people.models import User
from keyue.people.rules import PERSON
from keyue.promises import actions as promises

WEB = "web"
WORDS = Subject("knowledge", "1")


@dataclass(frozen=True, slots=True)
class Text:
    """What an edition says, as it was typed. `asked` are the ways in which customers ask for it."""

    title: str
    body: str
    topic: str
    visibility: str = Visibility.STAFF.value
    asked: Sequence[str] = ()
    note: str = ""


@transaction.atomic
def draft_article(
    *,
    text: Text,
    owner: User,
    editor: User,
    by: Actor,
    at: datetime,
    department: str = "",
    review_months: int = rules.REVIEW_MONTHS,
    via: str = WEB,
) -> Article:
    """Begin an article. It is approved by somebody else before anybody is answered from it. Raises Invalid by field."""
    values = _checked(text)
    row = Article.objects.create(
        number=uuid4().hex[:20],
        topic=values["topic"],
        visibility=values["visibility"],
        owner=owner,
        editor=editor,
        department=department,
        review_months=_months(review_months),
        created_at=at,
        created_by=signature(by),
    )
    row.number = f"ZS-{row.pk:05d}"
    row.save(update_fields=["number"])
    _new_edition(row, 1, values, by, at)
    drafted = ArticleDrafted(
        number=row.number,
        visibility=row.visibility,
        owner=f"{PERSON}{owner.pk}",
        editor=f"{PERSON}{editor.pk}",
        department=department or None,
    )
    _note(row, drafted, by=by, at=at, via=via, begins=True)
    return row


@transaction.atomic
def revise_article(
    *, article: Article, text: Text, by: Actor, at: datetime, revision: int | None = None
) -> ArticleEdition:
    """Write the next edition: the one that is being written changes, else one follows the one in use, which stays as it is.

    A draft is nobody's business yet and no fact; submitting it is one. Raises Invalid by field, Refused for an article that
    was withdrawn, one whose edition is being decided on, or one that was changed meanwhile.
    """
    row = _held(article, revision)
    values = _checked(text)
    last = row.editions.order_by("-n").first()
    assert last is not None  # noqa: S101  an article has an edition from its beginning on
    if last.state == EditionState.SUBMITTED:
        raise Refused(_("这一版正在等批准。请先退回，再修改。"))
    if last.is_open:
        edition = last
        _write(edition, values, by, at)
        edition.save()
    else:
        edition = _new_edition(row, last.n + 1, values, by, at)
    if row.state == ArticleState.DRAFT:
        row.topic, row.visibility = values["topic"], values["visibility"]
    _save(row, "topic", "visibility")
    return edition


@transaction.atomic
def submit_edition(*, article: Article, by: Actor, at: datetime, via: str = WEB) -> ArticleEdition:
    """Ask for approval of the edition that is being written. Raises Refused where there is none."""
    row = _held(article)
    edition = _open_edition(row, EditionState.DRAFT, _("没有在起草的版本。"))
    if rules.TO_WRITE in edition.body:
        raise Refused(_("正文还没有写。请先修改草稿，再送审。"))
    edition.state, edition.remark = EditionState.SUBMITTED, ""
    edition.save(update_fields=["state", "remark"])
    _save(row)
    _note(row, ArticleSubmitted(edition.n), by=by, at=at, via=via)
    return edition


@transaction.atomic
def return_edition(
    *, article: Article, remark: str, by: Actor, at: datetime, via: str = WEB
) -> ArticleEdition:
    """Send an edition back to be changed. Raises Invalid without a reason, Refused where none waits."""
    row = _held(article)
    edition = _open_edition(row, EditionState.SUBMITTED, _("没有等批准的版本。"))
    said = tidy(remark, "remark", missing=_("请写明要改什么。"))
    edition.state, edition.remark = EditionState.DRAFT, said
    edition.save(update_fields=["state", "remark"])
    _save(row)
    _note(row, ArticleReturned(edition.n), by=by, at=at, via=via, sealed={"remark": said})
    return edition


@transaction.atomic
def publish_edition(
    *, article: Article, by: Actor, at: datetime, revision: int | None = None, via: str = WEB
) -> ArticleEdition:
    """Approve the edition that waits and put it in place of the one before; from now on questions are answered from it.

    Who wrote it does not approve it: raises Refused, also where none waits or it was changed meanwhile. A newer edition is a
    review as well, and takes the note away that its source has changed.
    """
    row = _held(article, revision)
    edition = _open_edition(row, EditionState.SUBMITTED, _("没有等批准的版本。"))
    if signature(by) in edition.authors:
        raise Refused(_("不能批准自己写的文章，请另一位同事批准。"), code="own_edition")
    is_first = row.state == ArticleState.DRAFT
    row.editions.filter(state=EditionState.PUBLISHED).update(state=EditionState.SUPERSEDED, superseded_at=at)
    edition.state, edition.approved_at, edition.approved_by = EditionState.PUBLISHED, at, signature(by)
    edition.save(update_fields=["state", "approved_at", "approved_by"])
    row.state, row.topic, row.visibility = ArticleState.PUBLISHED, edition.topic, edition.visibility
    row.review_on, row.reviewed_at = rules.next_review(day(at), row.review_months), at
    row.source_changed_at, row.source_changed_by = None, ""
    _save(
        row,
        "state",
        "topic",
        "visibility",
        "review_on",
        "reviewed_at",
        "source_changed_at",
        "source_changed_by",
    )
    out = ArticlePublished if is_first else ArticleRevised
    author = edition.authors[-1] if edition.authors else edition.changed_by
    _note(row, out(edition.n, edition.visibility, author, signature(by)), by=by, at=at, via=via)
    if not is_first:
        seen = ArticleReviewed(edition.n, by.id, "revised", row.review_on.isoformat())
        _note(row, seen, by=by, at=at, via=via)
    stamp(by, at)
    return edition


@transaction.atomic
def review_article(
    *,
    article: Article,
    by: Actor,
    at: datetime,
    remark: str = "",
    months: int | None = None,
    via: str = WEB,
) -> Article:
    """Say that a published article is still right, and when it is looked through again. Raises Refused for another one."""
    row = _held(article)
    if row.state != ArticleState.PUBLISHED:
        raise Refused(_("只有已发布的文章要复核。"))
    said = tidy(remark, "remark")
    row.review_months = _months(months or row.review_months)
    row.review_on, row.reviewed_at = rules.next_review(day(at), row.review_months), at
    _save(row, "review_months", "review_on", "reviewed_at")
    edition = row.editions.get(state=EditionState.PUBLISHED)
    reviewed = ArticleReviewed(edition.n, by.id, "right", row.review_on.isoformat())
    _note(row, reviewed, by=by, at=at, via=via, sealed={"remark": said})
    return row


@transaction.atomic
def note_source_changed(*, article: Article, what: str, by: Actor, at: datetime, via: str = WEB) -> Article:
    """What a published article rests on has changed: it has to be revised. Raises Invalid without what, Refused for another."""
    row = _held(article)
    if row.state != ArticleState.PUBLISHED:
        raise Refused(_("只有已发布的文章才登记依据变化。"))
    said = tidy(what, "what", missing=_("请写明什么变了。"))
    row.source_changed_at, row.source_changed_by = at, signature(by)
    _save(row, "source_changed_at", "source_changed_by")
    _note(row, ArticleSourceChanged(), by=by, at=at, via=via, sealed={"what": said})
    return row


@transaction.atomic
def withdraw_article(*, article: Article, reason: str, by: Actor, at: datetime, via: str = WEB) -> Article:
    """Show an article no more; for good. Raises Invalid without a reason, Refused for one that is withdrawn."""
    row = _held(article)
    said = tidy(reason, "reason", missing=_("请写明为什么撤下。"))
    row.state, row.withdrawn_at, row.withdrawn_by, row.reason = (
        ArticleState.WITHDRAWN,
        at,
        signature(by),
        said,
    )
    row.review_on = None
    _save(row, "state", "withdrawn_at", "withdrawn_by", "reason", "review_on")
    _note(row, ArticleWithdrawn(), by=by, at=at, via=via, sealed={"reason": said})
    stamp(by, at)
    return row


@transaction.atomic
def change_keepers(
    *,
    article: Article,
    owner: User,
    editor: User,
    by: Actor,
    at: datetime,
    department: str = "",
    via: str = WEB,
) -> Article:
    """Say who answers for an article and who keeps it; the same ones change nothing."""
    row = _held(article)
    if (owner.pk, editor.pk, department) == (row.owner_id, row.editor_id, row.department):
        return row
    row.owner, row.editor, row.department = owner, editor, department
    _save(row, "owner", "editor", "department")
    changed = ArticleKeepersChanged(f"{PERSON}{owner.pk}", f"{PERSON}{editor.pk}", department or None)
    _note(row, changed, by=by, at=at, via=via)
    return row


@transaction.atomic
def hand_over(*, leaver: User, heir: User, by: Actor, at: datetime) -> None:
    """All articles of a leaver that are in use or being written, to the heir."""
    rows = Article.objects.exclude(state=ArticleState.WITHDRAWN)
    for row in rows.filter(owner=leaver) | rows.filter(editor=leaver):
        change_keepers(
            article=row,
            owner=heir if row.owner_id == leaver.pk else row.owner,
            editor=heir if row.editor_id == leaver.pk else row.editor,
            department=row.department,
            by=by,
            at=at,
        )


@transaction.atomic
def change_words(*, synonyms: str, by: Actor, at: datetime, via: str = WEB) -> KnowledgeWords:
    """Set the company's own words that mean the same, a line a meaning. Raises Invalid for a line with one word."""
    said = tidy(synonyms, "synonyms", most=rules.WORDS_LONGEST)
    lines = [line for line in said.splitlines() if line.strip()]
    alone = [line for line in lines if not groups_of(line)]
    if alone:
        fault = _("每行至少两个词，用空格隔开：%(line)s") % {"line": alone[0]}
        raise Invalid(fault, fields={"synonyms": fault})
    row = stamp(by, at)
    row.synonyms, row.changed_at, row.changed_by = "\n".join(lines), at, signature(by)
    row.save(update_fields=["synonyms", "changed_at", "changed_by"])
    ledger.record(WORDS, [Draft("knowledge.words_changed", {"lines": len(lines)})], by=by, at=at, source=via)
    return row


# ── what they share ───────────────────────────────────────────────────────────────────────────────────────────


def _checked(text: Text) -> dict[str, Any]:
    faults: dict[str, object] = {}
    values: dict[str, Any] = {}
    for name, most, missing in (
        ("title", rules.TITLE_LONGEST, _("请写标题。")),
        ("topic", rules.TOPIC_LONGEST, _("请写主题，帮助中心按它分组。")),
        ("body", rules.BODY_LONGEST, _("请写正文。")),
        ("note", 200, ""),
    ):
        try:
            values[name] = tidy(getattr(text, name), name, most=most, missing=missing)
        except Invalid as error:
            faults.update(error.fields)
    if text.visibility not in Visibility.values:
        faults["visibility"] = _("请选择谁能看。")
    values["visibility"] = text.visibility
    values["asked"] = rules.phrases_of("\n".join(text.asked))
    if len(values["asked"]) > rules.MOST_PHRASES or any(
        len(one) > rules.PHRASE_LONGEST for one in values["asked"]
    ):
        faults["asked"] = _("最多 %(n)d 种问法，每种最多 %(most)d 字。") % {
            "n": rules.MOST_PHRASES,
            "most": rules.PHRASE_LONGEST,
        }
    if faults:
        raise Invalid(_("有 %(n)d 处需要修改。") % {"n": len(faults)}, fields=faults)
    return values


def _months(months: int) -> int:
    if not 1 <= months <= rules.MOST_MONTHS:
        fault = _("复核间隔是 1 到 %(most)d 个月。") % {"most": rules.MOST_MONTHS}
        raise Invalid(fault, fields={"review_months": fault})
    return months


def _new_edition(row: Article, n: int, values: Mapping[str, Any], by: Actor, at: datetime) -> ArticleEdition:
    edition = ArticleEdition(article=row, n=n)
    _write(edition, values, by, at)
    edition.save()
    return edition


def _write(edition: ArticleEdition, values: Mapping[str, Any], by: Actor, at: datetime) -> None:
    for name, value in values.items():
        setattr(edition, name, value)
    edition.search_text = rules.search_text(edition.title, edition.asked, edition.body)
    me = signature(by)
    edition.authors = [*(one for one in edition.authors if one != me), me]
    edition.changed_at, edition.changed_by = at, me


def _open_edition(row: Article, state: EditionState, missing: str) -> ArticleEdition:
    edition = row.editions.filter(state=state).first()
    if edition is None:
        raise Refused(missing)
    return edition


def _held(article: Article, revision: int | None = None) -> Article:
    row = Article.objects.select_for_update(of=("self",)).select_related("owner", "editor").get(pk=article.pk)
    if revision is not None and revision != row.revision:
        raise Refused(_("刚被别人改过。请刷新页面，核对后再改。"), code="changed_meanwhile")
    if row.state == ArticleState.WITHDRAWN:
        raise Refused(_("这篇文章已经撤下。"))
    return row


def _save(row: Article, *columns: str) -> None:
    row.revision += 1
    row.save(update_fields=[*columns, "revision"])


def _note(
    row: Article,
    event: Event,
    *,
    by: Actor,
    at: datetime,
    via: str,
    sealed: Mapping[str, str] | None = None,
    begins: bool = False,
) -> None:
    texts = {name: text for name, text in (sealed or {}).items() if text}
    draft = Draft(event.kind, event.data(), sealed=texts)
    owner = row.subject if texts else None
    promises.record(row.subject, [draft], by=by, at=at, source=via, seal_for=owner, begins=begins)
