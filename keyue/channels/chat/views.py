"""The window on a company's page: the script that brings it, the frame, and what its own script calls."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

import keyue.channels
from keyue.channels.actions import take
from keyue.channels.chat import actions, hours, selectors
from keyue.channels.chat.actions import CUSTOMER, SCORES, Saying
from keyue.channels.chat.http import ChatRequest, called, framed, json_of, spoken, visitor_at, whole
from keyue.channels.chat.limits import VISITORS_OF_ADDRESS
from keyue.channels.chat.setup import Setup, setup_of
from keyue.channels.chat.shown import read_file_mark, shown
from keyue.channels.chat.tokens import Identity, Visitor, named, read_identity, stranger, token_of, visitor_of
from keyue.channels.chat.words import words
from keyue.channels.webform.http import about, sender_of
from keyue.channels.webform.notice import notice_of
from keyue.channels.webform.selectors import agreed_notice
from keyue.company.selectors import installation
from keyue.conversations.actions._ground import CONTENTS
from keyue.conversations.sealed import secrets_of
from keyue.conversations.seeing import hint_of
from keyue.kernel.errors import NotFound
from keyue.people.guards import public_page
from keyue.promises import live
from keyue.ui import pages
from keyue.ui.uploads import uploads_from

SCRIPT = Path(keyue.channels.__file__).parent / "static" / "channels" / "chat-embed.js"
THEMES = ("light", "dark")


@public_page
@require_safe
def script(request: HttpRequest, pk: int) -> HttpResponse:
    """The script of the tag on the company's pages, with what it has to know of this window."""
    setup = setup_of(selectors.channel_of(pk).options)
    told = {
        "id": pk,
        "colour": setup.colour,
        "ink": setup.ink,
        "side": setup.side,
        "labels": {"zh": _labels("zh-hans"), "en": _labels("en")},
    }
    response = HttpResponse(
        _script().replace(b"/*told*/ {}", json.dumps(told).encode()),
        content_type="text/javascript; charset=utf-8",
    )
    response["Cache-Control"] = "public, max-age=300"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _labels(language: str) -> dict[str, str]:
    with translation.override(language):
        return {"open": _("在线客服"), "close": _("收起在线客服"), "new": _("条新消息")}


@cache
def _script() -> bytes:
    return SCRIPT.read_bytes()


@never_cache
@public_page
@require_safe
def window(request: ChatRequest, pk: int) -> HttpResponseBase:
    """The frame: its own small page, shown on the pages that the channel allows."""
    setup = setup_of(selectors.channel_of(pk).options)
    return framed(spoken(_window), setup)(request, pk, setup)


def _window(request: ChatRequest, pk: int, setup: Setup) -> HttpResponse:
    theme = request.GET.get("theme", "")
    context = {
        **about(installation()),
        "pk": pk,
        "setup": setup,
        "theme": theme if theme in THEMES else "",
        "greeting": setup.greeting or _("您好，请问有什么可以帮您？"),
        "notice": notice_of(installation()),
        "words": words(),
        "scores": SCORES,
        "is_framed": request.GET.get("framed") == "1",
    }
    return render(request, "channels/chat.html", context)


@called
def begin(request: ChatRequest) -> dict[str, Any]:
    """Who the visitor is, what was said, and how it stands: asked when a window opens and after each loss of the network."""
    given = json_of(request)
    kept = visitor_of(str(given.get("token") or ""), request.channel.pk, request.at)
    identity = _identity(request, str(given.get("identity") or ""))
    visitor = _visitor(request, kept, identity)
    if visitor != kept:
        take(VISITORS_OF_ADDRESS, sender_of(request), by=CUSTOMER, at=request.at)
    party = selectors.party_of(visitor)
    setup = setup_of(request.channel.options)
    lines = selectors.lines_of(party, request.channel.pk, after=whole(given.get("after"))) if party else []
    return {
        "token": token_of(visitor, request.at),
        "name": identity.name if identity else "",
        "lines": [shown(line) for line in lines],
        "standing": selectors.standing_of(party, request.channel.pk).as_dict(),
        "closed": hours.described(setup, request.at),
        "begun": party is not None,
        "other": kept is not None and kept != visitor,
    }


def _identity(request: ChatRequest, claimed: str) -> Identity | None:
    """Whom the page around the window vouches for. Raises Denied."""
    if not claimed:
        return None
    return read_identity(claimed, str(secrets_of(request.channel).get("identity_secret", "")), request.at)


def _visitor(request: ChatRequest, kept: Visitor | None, identity: Identity | None) -> Visitor:
    """Who is at the window. What belongs to a signed-in user is shown to nobody else: without their page's word the token
    of a named visitor is not taken."""
    if identity is not None:
        return named(request.channel.pk, identity)
    return kept if kept is not None and not kept.is_named else stranger(request.channel.pk)


@called
def say(request: ChatRequest) -> dict[str, Any]:
    """Take a message in, once for its key."""
    visitor = visitor_at(request)
    given = request.POST
    identity = _identity(request, given.get("identity", "")) if visitor.is_named else None
    if identity is not None and named(request.channel.pk, identity) != visitor:
        identity = None
    saying = Saying(
        key=given.get("key", ""),
        body=given.get("body", ""),
        uploads=uploads_from(request.FILES.getlist("files")),
        email=given.get("email", ""),
        phone=given.get("phone", ""),
        person=given.get("person") == "1",
        notice=agreed_notice(given["notice"]) if given.get("notice") else None,
        identity=identity,
        address=sender_of(request),
    )
    received = actions.say(request.channel, visitor, saying, by=CUSTOMER, at=request.at)
    has_files = bool(saying.uploads) or not received.is_new
    return {"line": shown(received.line, has_files=has_files), "again": not received.is_new}


@called
def typing(request: ChatRequest) -> dict[str, Any]:
    """The visitor is writing: told to who answers, kept nowhere."""
    visitor = visitor_at(request)
    party = selectors.party_of(visitor)
    talk = selectors.talk_of(party, request.channel.pk) if party is not None else None
    if talk is not None and not talk.is_over:
        live.hint_after_commit(hint_of("typing", talk))
    return {}


@called
def read(request: ChatRequest) -> dict[str, Any]:
    """The visitor has seen what was answered up to a line."""
    visitor, upto = visitor_at(request), whole(json_of(request).get("upto"))
    return {
        "n": actions.note_read(
            channel=request.channel, visitor=visitor, upto=upto, by=CUSTOMER, at=request.at
        )
    }


@called
def end(request: ChatRequest) -> dict[str, Any]:
    """The visitor ends it, and may say how it was."""
    visitor, score = visitor_at(request), whole(json_of(request).get("score"))
    actions.end(channel=request.channel, visitor=visitor, score=score or None, by=CUSTOMER, at=request.at)
    return {"standing": selectors.standing_of(selectors.party_of(visitor), request.channel.pk).as_dict()}


@never_cache
@public_page
@require_safe
def file(request: HttpRequest, pk: int, mark: str) -> HttpResponseBase:
    """A file of a conversation, by the signed address that the window was given. The browser saves it and runs nothing."""
    named_file = read_file_mark(mark)
    found = selectors.file_at(pk, *named_file) if named_file else None
    if found is None:
        raise NotFound(_("没有这个文件，或者您无权查看。"))
    path = CONTENTS.path_of(found.sha256)
    if not path.is_file():
        raise NotFound(_("文件不在了。"))
    return pages.download(path, found.name, found.content_type)


def address_of(pk: int) -> str:
    """Where the script of a window is."""
    return reverse("channels:chat_script", args=[pk])
