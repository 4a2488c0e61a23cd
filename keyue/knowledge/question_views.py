"""Pages about what was asked of the product itself: what it could not answer, and the record of all answers."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from keyue.kernel.errors import NotFound
from keyue.knowledge import actions, asked, searching, selectors, speech
from keyue.knowledge.enums import GroupState, Visibility
from keyue.knowledge.models import QuestionGroup
from keyue.knowledge.views import crumbs
from keyue.people.enums import Permission
from keyue.people.guards import staff_page
from keyue.people.http import StaffRequest, actor_of
from keyue.ui.components import Crumb
from keyue.ui.pages import go, page

EDIT = Permission.ARTICLE_EDIT
NEAR = 0.1
"""From which confidence on an article is offered for a question."""
SHOWS: dict[str, Promise] = {
    "": gettext_lazy("待处理"),
    "mine": gettext_lazy("归我的"),
    "decided": gettext_lazy("已处理"),
}
LOG_SHOWS: dict[str, Promise] = {
    "": gettext_lazy("全部提问"),
    "answered": gettext_lazy("答了"),
    "unanswered": gettext_lazy("没答上来"),
    "useless": gettext_lazy("答了没用"),
    "model": gettext_lazy("语言模型写的"),
}


def _tabs(request: StaffRequest, shows: dict[str, Promise]) -> list[dict[str, Any]]:
    show = request.GET.get("show", "")
    return [{"code": code, "label": label, "is_current": code == show} for code, label in shows.items()]


@never_cache
@require_safe
@staff_page(EDIT)
def questions(request: StaffRequest) -> HttpResponse:
    """What had no answer, alike questions together, those asked most often first; each with the articles that come close."""
    show = request.GET.get("show", "")
    found = asked.group_page(
        request.user, show=show if show in SHOWS else "", cursor=request.GET.get("after", "")
    )
    context = {
        "rows": [_offered(group) for group in found.rows],
        "found": found,
        "tabs": _tabs(request, SHOWS),
        "show": show,
        "figures": asked.figures(request.at),
    }
    return page(request, "knowledge/questions.html", context, crumbs=crumbs(Crumb(_("没答上来的问题"))))


def _offered(group: QuestionGroup) -> dict[str, Any]:
    is_open = group.state == GroupState.OPEN
    found = searching.search(group.text, audience=Visibility.STAFF, most=3) if is_open else []
    near = [source for source in found if source.confidence >= NEAR]
    return {"group": group, "near": near, "more": group.wordings[1:], "is_open": is_open}


@never_cache
@require_POST
@staff_page(EDIT)
def decide(request: StaffRequest, pk: int, code: str) -> HttpResponse:
    """Make an article of a group, attach it to one, or set it aside; or take that back."""
    group = asked.group_for(request.user, pk)
    by, at, back = actor_of(request), request.at, reverse("knowledge:questions")
    if code == "draft":
        made = actions.draft_from_group(group=group, owner=request.user, by=by, at=at)
        return go(request, reverse("knowledge:edit", args=[made.pk]), _("已起草文章，请写正文。"))
    if code == "attach":
        number = request.POST.get("article", "").strip()
        article = selectors.article_numbered(request.user, number)
        actions.attach_group(group=group, article=article, by=by, at=at)
        said = _("已归入 %(number)s，下次这样问就能找到它。") % {"number": article.number}
    elif code == "aside":
        actions.set_aside(group=group, by=by, at=at)
        said = _("已标为不归我们答。")
    elif code == "reopen":
        actions.reopen_group(group=group, by=by, at=at)
        return go(request, back, _("已放回待处理。"))
    else:
        raise NotFound(_("没有这个操作。"))
    return go(request, back, said, undo=reverse("knowledge:decide", args=[pk, "reopen"]))


@never_cache
@require_safe
@staff_page(EDIT)
def answers(request: StaffRequest) -> HttpResponse:
    """Every question that the product was asked, what it answered from which editions, and whether it helped."""
    show, via = request.GET.get("show", ""), request.GET.get("via", "")[:12]
    found = asked.question_page(request.user, show=show, via=via, cursor=request.GET.get("after", ""))
    names = {"help": _("帮助中心"), **dict(speech.ways())}
    context = {
        "rows": [{"question": one, "via": names.get(one.via, one.via)} for one in found.rows],
        "found": found,
        "tabs": _tabs(request, LOG_SHOWS),
        "show": show,
        "figures": asked.figures(request.at),
    }
    trail = crumbs(Crumb(_("没答上来的问题"), reverse("knowledge:questions")), Crumb(_("自动答复记录")))
    return page(request, "knowledge/answers.html", context, crumbs=trail)


@never_cache
@require_POST
@staff_page(EDIT)
def remove_wording(request: StaffRequest, pk: int, wording: int) -> HttpResponse:
    """Take a wording from an article again."""
    article = selectors.article_for(request.user, pk)
    actions.remove_wording(article=article, pk=wording, by=actor_of(request), at=request.at)
    return go(request, reverse("knowledge:article", args=[pk]), _("已删掉这个问法。"))
