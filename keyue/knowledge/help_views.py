"""The help centre: public articles by topic, by search, and one by one. For everybody, without scripts."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from keyue.company.selectors import installation
from keyue.knowledge import searching, selectors
from keyue.knowledge.answering import answer_from
from keyue.knowledge.enums import Visibility
from keyue.knowledge.rendering import as_html
from keyue.people.guards import public_page

LONGEST = 100


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
    found = searching.search(text, audience=Visibility.PUBLIC) if text else []
    answered = answer_from(found)
    context = {
        "text": text,
        "answered": answered,
        "found": found[1:] if answered else found,
        "topics": topics,
    }
    return _page(request, "knowledge/help.html", context)


@never_cache
@public_page
@require_safe
def article(request: HttpRequest, number: str) -> HttpResponse:
    """A public article as it stands now."""
    edition = selectors.public_edition(number)
    beside = [one for one in selectors.public_of_topic(edition.topic) if one.pk != edition.pk]
    context = {"edition": edition, "body": as_html(edition.body), "beside": beside[:8]}
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
