"""The help centre: public articles by topic, by search, and one by one. For everybody, without scripts."""

from __future__ import annotations

from itertools import groupby
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from keyue.company.selectors import installation
from keyue.kernel import clock
from keyue.knowledge import actions, asked, searching, selectors
from keyue.knowledge.actions import Reply
from keyue.knowledge.enums import Useful, Visibility
from keyue.knowledge.rendering import as_html
from keyue.ledger.facts import Actor
from keyue.people.guards import public_page
from keyue.ui.pages import see_other

LONGEST = 100
PUBLIC_FILES = "/help/files/"
VISITOR = Actor("customer", "help")


@never_cache
@public_page
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """All topics with their articles, or what a search finds."""
    text = request.GET.get("q", "").strip()[:LONGEST]
    topics = [
        {"name": name, "editions": list(rows)}
        for name, rows in groupby(selectors.public_titles(), key=lambda edition: edition.topic)
    ]
    judged = _judged(request)
    reply = actions.answer(text, via="help", by=VISITOR, at=clock.now()) if text and not judged else None
    found = searching.search(text, audience=Visibility.PUBLIC) if text else []
    context = {
        "text": text,
        "reply": reply if reply and reply.text else None,
        "judged": judged,
        "useful": Useful,
        "found": _beside(found, reply),
        "topics": topics,
    }
    return _page(request, "knowledge/help.html", context)


def _judged(request: HttpRequest) -> str:
    """What who asked has just said of the answer; the question is not asked a second time for it."""
    try:
        row = asked.answered_question(UUID(request.GET.get("said", "")))
    except ValueError:
        return ""
    return row.useful if row is not None else ""


def _beside(found: list[searching.Source], reply: Reply | None) -> list[searching.Source]:
    if reply is None or not reply.text:
        return found
    shown = {source.article_id for source in reply.sources}
    return [source for source in found if source.article_id not in shown]


@never_cache
@public_page
@require_POST
def judge(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Who asked says whether the answer helped."""
    useful = request.POST.get("useful", "")
    row = actions.judge(uid=uid, useful=useful, by=VISITOR, at=clock.now())
    text = request.POST.get("q", "").strip()[:LONGEST] or row.text
    return see_other(f"{reverse('knowledge:help')}?{urlencode({'q': text, 'said': str(row.uid)})}")


@never_cache
@public_page
@require_safe
def article(request: HttpRequest, number: str) -> HttpResponse:
    """A public article as it stands now."""
    edition = selectors.public_edition(number)
    beside = [one for one in selectors.public_of_topic(edition.topic) if one.pk != edition.pk]
    context = {"edition": edition, "body": as_html(edition.body, PUBLIC_FILES), "beside": beside[:8]}
    return _page(request, "knowledge/help_article.html", context)


def _page(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    found = installation()
    about = {
        "company": _("%(company)s 客户服务") % {"company": found.company} if found else "",
        "phone": found.service_phone if found else "",
        "portal_url": reverse("knowledge:help"),
        "demo": found.is_demo if found else False,
    }
    return render(request, template, {**about, **context})
