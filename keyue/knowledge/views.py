"""The articles for staff: the list, an article with its editions, its form, and what is done with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from keyue.kernel.errors import Invalid, NotFound
from keyue.knowledge import actions, asked, scripts, searching, selectors, speech
from keyue.knowledge.act_pages import Act, Place, act_page
from keyue.knowledge.enums import ArticleState, EditionState, Visibility
from keyue.knowledge.forms import (
    ArticleForm,
    FilterForm,
    KeepersForm,
    NothingForm,
    ReturnForm,
    ReviewForm,
    SourceForm,
    WithdrawForm,
    WordsForm,
)
from keyue.knowledge.models import Article, ArticleEdition
from keyue.knowledge.placeholders import TITLE
from keyue.knowledge.rendering import as_html
from keyue.people import selectors as people
from keyue.people.enums import Permission
from keyue.people.guards import staff_page
from keyue.people.http import StaffRequest, actor_of
from keyue.people.permissions import allows, check
from keyue.promises import selectors as promises
from keyue.regulations.differing import word_marks
from keyue.ui.components import Crumb
from keyue.ui.pages import MISTAKEN, go, is_fragment, page

VIEW, EDIT, APPROVE = Permission.ARTICLE_VIEW, Permission.ARTICLE_EDIT, Permission.ARTICLE_APPROVE


ACTS: dict[str, Act] = {
    act.code: act
    for act in (
        Act(
            "submit",
            gettext_lazy("送审"),
            EDIT,
            NothingForm,
            actions.submit_edition,
            gettext_lazy("已送审，等另一位同事批准。"),
            gettext_lazy("送审后不能再改，要改请先退回。"),
        ),
        Act(
            "publish",
            gettext_lazy("批准发布"),
            APPROVE,
            NothingForm,
            actions.publish_edition,
            gettext_lazy("已发布。"),
            gettext_lazy("发布后立即按它答复；这一版不再改动，要改就出下一版。"),
        ),
        Act(
            "return",
            gettext_lazy("退回修改"),
            APPROVE,
            ReturnForm,
            actions.return_edition,
            gettext_lazy("已退回修改。"),
        ),
        Act(
            "review",
            gettext_lazy("复核无误"),
            EDIT,
            ReviewForm,
            actions.review_article,
            gettext_lazy("已记下复核。"),
            gettext_lazy("内容仍然正确。有要改的，请出新版，批准发布就算复核。"),
        ),
        Act(
            "source",
            gettext_lazy("依据有变"),
            EDIT,
            SourceForm,
            actions.note_source_changed,
            gettext_lazy("已登记，等维护人更新。"),
            gettext_lazy("文章依据的政策或流程变了：登记后按制度的期限更新。"),
        ),
        Act(
            "keepers",
            gettext_lazy("换人负责"),
            EDIT,
            KeepersForm,
            actions.change_keepers,
            gettext_lazy("已更换负责人。"),
        ),
        Act(
            "withdraw",
            gettext_lazy("撤下"),
            APPROVE,
            WithdrawForm,
            actions.withdraw_article,
            gettext_lazy("已撤下，不再用来答复。"),
            gettext_lazy("撤下后不能恢复；需要时另写一篇。"),
            is_danger=True,
        ),
    )
}


def crumbs(*last: Crumb) -> list[Crumb]:
    """The path to a page of this room."""
    return [Crumb(_("知识库"), reverse("knowledge:list")), *last]


def today_at(request: StaffRequest) -> date:
    """The day in the company."""
    return request.at.astimezone(promises.zone()).date()


@never_cache
@staff_page(VIEW)
def article_list(request: StaffRequest) -> HttpResponse:
    """The articles, what is due for review first; a fragment request gets the rows alone."""
    form = FilterForm(request.GET, selectors.topics(request.user))
    form.is_valid()
    wanted = {name: form.cleaned_data.get(name, "") for name in ("show", "topic", "visibility")}
    wanted["text"] = form.cleaned_data.get("q", "")
    found = selectors.article_page(
        request.user, today=today_at(request), cursor=request.GET.get("after", ""), **wanted
    )
    context = {
        "form": form,
        "is_narrowed": any(wanted.values()),
        "found": found,
        "today": today_at(request),
        "is_first": not request.GET.get("after"),
        "may_edit": allows(request.user, EDIT),
        "open_questions": asked.open_count(request.user) if allows(request.user, EDIT) else 0,
    }
    template = "knowledge/list.html" + ("#rows" if is_fragment(request) else "")
    return page(request, template, context, crumbs=crumbs())


@never_cache
@staff_page(VIEW)
def article_page(request: StaffRequest, pk: int) -> HttpResponse:
    """An article as the edition in use says it, else the newest; its editions, its review and what is promised of it."""
    article = selectors.article_for(request.user, pk)
    editions = selectors.editions_of(request.user, article)
    return _shown(request, article, editions, selectors.shown_edition(editions))


@never_cache
@staff_page(VIEW)
def edition_page(request: StaffRequest, pk: int, n: int) -> HttpResponse:
    """One edition, beside the one before it where there is one."""
    article = selectors.article_for(request.user, pk)
    editions = selectors.editions_of(request.user, article)
    edition = next((one for one in editions if one.n == n), None)
    if edition is None:
        raise NotFound(_("没有这一版。"))
    before = next((one for one in editions if one.n < n), None)
    parts = []
    if before is not None:
        pairs = (
            (_("标题"), before.title, edition.title),
            (_("可见范围"), Visibility(before.visibility).label, Visibility(edition.visibility).label),
            (_("客户的问法"), "\n".join(before.asked), "\n".join(edition.asked)),
            (_("正文"), before.body, edition.body),
        )
        for name, old, new in pairs:
            left, right = word_marks(str(old), str(new))
            parts.append({"name": name, "left": left, "right": right, "is_same": old == new})
    context = {
        "article": article,
        "edition": edition,
        "before": before,
        "parts": parts,
        "body": as_html(edition.body),
    }
    trail = crumbs(
        Crumb(article.number, reverse("knowledge:article", args=[pk])), Crumb(_("第 %(n)d 版") % {"n": n})
    )
    return page(request, "knowledge/edition.html", context, crumbs=trail)


def _shown(
    request: StaffRequest, article: Article, editions: Sequence[ArticleEdition], edition: ArticleEdition
) -> HttpResponse:
    newest = editions[0]
    signatures = {one.approved_by for one in editions} | {one.changed_by for one in editions}
    names = people.names_of(int(s.split(":")[1]) for s in signatures if s.startswith("staff:"))
    context = {
        "article": article,
        "edition": edition,
        "newest": newest,
        "body": as_html(edition.body),
        "editions": [
            {
                "row": one,
                "author": _name(one.changed_by, names),
                "approver": _name(one.approved_by, names),
            }
            for one in editions
        ],
        "wordings": list(article.wordings.all()),
        "files": selectors.files_of(article),
        "trees": scripts.trees_naming(request.user, article.number),
        "department": people.owner_names([article.department]).get(article.department, ""),
        "is_due": article.review_on is not None and article.review_on <= today_at(request),
        "promises": list(promises.promises_of(article.subject)[:20]),
        "acts": _possible(request, article, newest),
        "may_edit": allows(request.user, EDIT)
        and article.state != ArticleState.WITHDRAWN
        and newest.state != EditionState.SUBMITTED,
    }
    trail = crumbs(Crumb(article.number))
    return page(request, "knowledge/article.html", context, crumbs=trail)


def _name(signature: str, names: dict[int, str]) -> str:
    kind, _colon, pk = signature.partition(":")
    return names.get(int(pk), "") if kind == "staff" else _("系统") if signature else ""


def _possible(request: StaffRequest, article: Article, newest: ArticleEdition) -> list[Act]:
    """What the reader may do with the article as it stands; the first is what comes next."""
    if article.state == ArticleState.WITHDRAWN:
        return []
    is_out, waits = article.state == ArticleState.PUBLISHED, newest.state == EditionState.SUBMITTED
    own = f"staff:{request.user.pk}" in newest.authors
    can = {
        "publish": waits and not own,
        "return": waits,
        "submit": newest.state == EditionState.DRAFT,
        "review": is_out and not waits,
        "source": is_out,
        "keepers": True,
        "withdraw": True,
    }
    return [ACTS[code] for code, may in can.items() if may and allows(request.user, ACTS[code].permission)]


# ── writing ───────────────────────────────────────────────────────────────────────────────────────────────────


@never_cache
@staff_page(EDIT)
def article_new(request: StaffRequest) -> HttpResponse:
    """Write an article."""
    first = {
        "owner": request.user.pk,
        "editor": request.user.pk,
        "department": request.user.department.code if request.user.department else "",
        "title": request.GET.get("title", "")[:120],
    }
    form = ArticleForm(request.POST) if request.method == "POST" else ArticleForm(initial=first)
    return _edit(request, form, None, _("写文章"), reverse("knowledge:list"))


@never_cache
@staff_page(EDIT)
def article_edit(request: StaffRequest, pk: int) -> HttpResponse:
    """Change the edition that is being written, or write the next one."""
    article = selectors.article_for(request.user, pk)
    newest = selectors.editions_of(request.user, article)[0]
    if request.method == "POST":
        form = ArticleForm(request.POST, article=article)
    else:
        form = ArticleForm(initial=ArticleForm.initial_of(newest), article=article)
    title = _("修改草稿") if newest.is_open else _("写第 %(n)d 版") % {"n": newest.n + 1}
    return _edit(request, form, article, title, reverse("knowledge:article", args=[pk]), newest)


def _edit(
    request: StaffRequest,
    form: ArticleForm,
    article: Article | None,
    title: str,
    back: str,
    newest: ArticleEdition | None = None,
) -> HttpResponse:
    status, preview = 200, ""
    act = request.POST.get("act", "save")
    if request.method == "POST" and act == "preview":
        preview = as_html(request.POST.get("body", "")[:40_000])
    elif request.method == "POST":
        status = MISTAKEN
        if form.is_valid():
            try:
                kept = _keep(request, form, article)
                if act == "submit":
                    actions.submit_edition(article=kept, by=actor_of(request), at=request.at)
                said = _("已送审，等另一位同事批准。") if act == "submit" else _("草稿已保存。")
                return go(request, reverse("knowledge:article", args=[kept.pk]), said)
            except Invalid as error:
                form.take(error.fields or {"": str(error)})
    context = {
        "form": form,
        "title": title,
        "article": article,
        "newest": newest,
        "back": back,
        "preview": preview,
        "topics": selectors.topics(request.user),
    }
    return page(request, "knowledge/edit.html", context, crumbs=crumbs(Crumb(title)), status=status)


def _keep(request: StaffRequest, form: ArticleForm, article: Article | None) -> Article:
    by, data = actor_of(request), form.cleaned_data
    if article is None:
        return actions.draft_article(
            text=form.text(),
            owner=data["owner"],
            editor=data["editor"],
            department=data["department"],
            review_months=data["review_months"],
            by=by,
            at=request.at,
        )
    revision = request.POST.get("revision", "")
    actions.revise_article(
        article=article,
        text=form.text(),
        by=by,
        at=request.at,
        revision=int(revision) if revision.isdecimal() and len(revision) < 9 else None,
    )
    return article


# ── acts ──────────────────────────────────────────────────────────────────────────────────────────────────────


@never_cache
@staff_page(EDIT, APPROVE)
def article_act(request: StaffRequest, pk: int, code: str) -> HttpResponse:
    """Submit, approve, return, review or withdraw an article, or say who looks after it."""
    if code not in ACTS:
        raise NotFound(_("没有这个操作。"))
    act = ACTS[code]
    check(request.user, act.permission)
    article = selectors.article_for(request.user, pk)
    url, back = reverse("knowledge:act", args=[pk, code]), reverse("knowledge:article", args=[pk])
    first = {
        "owner": article.owner_id,
        "editor": article.editor_id,
        "department": article.department,
        "months": article.review_months,
    }
    trail = crumbs(Crumb(article.number, back), Crumb(str(act.label)))
    return act_page(request, act, Place(url, back, article.number, trail), first, article=article)


@never_cache
@staff_page(APPROVE)
def words(request: StaffRequest) -> HttpResponse:
    """The company's own words that mean the same."""
    posted = request.method == "POST"
    form = WordsForm(request.POST) if posted else WordsForm(initial={"synonyms": selectors.own_synonyms()})
    if posted and form.is_valid():
        try:
            actions.change_words(**form.cleaned_data, by=actor_of(request), at=request.at)
            return go(request, reverse("knowledge:words"), _("近义词已保存，马上生效。"))
        except Invalid as error:
            form.take(error.fields or {"": str(error)})
    trail = crumbs(Crumb(_("近义词")))
    return page(
        request, "knowledge/words.html", {"form": form}, crumbs=trail, status=MISTAKEN if posted else 200
    )


@never_cache
@require_safe
@staff_page(VIEW)
def suggestions(request: StaffRequest) -> HttpResponse:
    """Articles that fit what is being written or was asked: beside a composer, or as a page. Without a word of its own it is
    about the thing that `about` and `number` name."""
    text = request.GET.get("q", "").strip()[:300] or _about(request)
    found = searching.search(text, audience=Visibility.STAFF) if text else []
    template = "knowledge/suggestions.html" + ("#found" if is_fragment(request) else "")
    context = {"text": text, "sources": found, "is_beside": is_fragment(request)}
    return page(request, template, context, crumbs=crumbs(Crumb(_("找答案"))))


def _about(request: StaffRequest) -> str:
    about, number = request.GET.get("about", "")[:20], request.GET.get("number", "")[:30]
    return speech.values_about(request.user, about, number).get(TITLE, "")
