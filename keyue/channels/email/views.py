"""Mails as they came: how a mailbox does, one mail with all that is folded away elsewhere, its raw bytes."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.html import escape, format_html
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_POST

from keyue.cases.timeline import size
from keyue.channels.email import actions, selectors
from keyue.channels.email.models import RawMail
from keyue.channels.email.reader.mail import Address, Mail
from keyue.channels.email.reader.reading import read_mail
from keyue.channels.email.taking import BEWARE
from keyue.conversations import selectors as conversations
from keyue.conversations.console import IMAGES
from keyue.kernel.errors import Denied, NotFound
from keyue.ledger.actions import record_access
from keyue.people.enums import Permission
from keyue.people.guards import staff_page
from keyue.people.http import StaffRequest, actor_of
from keyue.people.permissions import allows
from keyue.ui import pages
from keyue.ui.components import Crumb
from keyue.ui.pages import go, page

MOST = 100
MOST_PICTURES = 5_000_000
"""Bytes of pictures that a frame shows."""
PURPOSE = "handle_case"
# the frame of a mail: nothing in it runs, nothing is fetched from anywhere but the mail itself
FRAME = "default-src 'none'; img-src data:; style-src 'none'; sandbox; frame-ancestors 'self'"


def _trail(row: RawMail | None, *more: Crumb) -> list[Crumb]:
    if row is None or row.line is None:
        return list(more)
    talk = row.line.conversation
    return [Crumb(talk.number, reverse("conversations:conversation", args=[talk.pk])), *more]


@never_cache
@require_GET
@staff_page(Permission.CHANNELS_MANAGE, Permission.CONVERSATION_MANAGE, Permission.CONVERSATION_ANSWER)
def mailbox(request: StaffRequest, pk: int) -> HttpResponse:
    """How far a mailbox is read, and the newest mails with what became of each; for who looks after it."""
    channel = conversations.channel_by_id(pk)
    if channel.kind != selectors.KIND:
        raise NotFound(_("没有这个渠道。"))
    may_keep = selectors.may_keep(request.user, channel)
    if not (may_keep or allows(request.user, Permission.CHANNELS_MANAGE)):
        raise Denied(_("只有渠道专人或主管能看收到的邮件。"))
    context = {
        "channel": channel,
        "state": selectors.state_of(channel),
        "mails": selectors.mails_of(channel, MOST),
        "most": MOST,
        "may_keep": may_keep,
    }
    trail = [
        Crumb(channel.name, reverse("conversations:channel", args=[channel.pk])),
        Crumb(_("收到的邮件")),
    ]
    return page(request, "channels/mailbox.html", context, crumbs=trail)


def _content(row: RawMail) -> bytes:
    """The bytes of a mail. Raises NotFound."""
    path = actions.CONTENTS.path_of(row.sha256)
    if row.erased_at is not None:
        raise NotFound(_("这封邮件已按要求擦除。"))
    if not path.is_file():
        raise NotFound(_("文件不在了。请联系系统管理员，从备份恢复。"))
    return path.read_bytes()


def _opened(request: StaffRequest, pk: int, what: str) -> tuple[RawMail, bytes]:
    """A mail that this person may see and its bytes, with a trace that they saw it."""
    row = selectors.mail_for(request.user, pk)
    content = _content(row)
    subject = row.line.conversation.subject if row.line is not None else row.channel.subject
    record_access(
        by=actor_of(request),
        subject=subject,
        what=f"{what}/{row.pk}",
        purpose=PURPOSE,
        via="web",
        at=request.at,
    )
    return row, content


@never_cache
@require_GET
@staff_page(Permission.CONVERSATION_VIEW)
def mail(request: StaffRequest, pk: int) -> HttpResponse:
    """A mail with everything that is folded away in the conversation: the whole text, headers, files, what was odd."""
    row, content = _opened(request, pk, "mail")
    read = read_mail(content)
    files = [
        {"name": one.name, "size": size(one.size), "url": reverse("channels:mail_file", args=[pk, place])}
        for place, one in enumerate(read.attachments)
    ]
    context: dict[str, Any] = {
        "row": row,
        "mail": read,
        "writer": _shown(read.sender),
        "to": [_shown(one) for one in read.to],
        "cc": [_shown(one) for one in read.cc],
        "reply_to": [_shown(one) for one in read.reply_to],
        "files": files,
        "size": size(row.size),
        "beware": [one for one in BEWARE if one in read.warnings],
        "talk": row.line.conversation if row.line is not None else None,
        "may_look": row.result == "odd" and row.looked_at is None and _may_look(request, row),
    }
    return page(request, "channels/mail.html", context, crumbs=_trail(row, Crumb(_("原始邮件"))))


def _shown(one: Address) -> str:
    return f"{one.name} <{one.address}>" if one.name and one.address else one.name or one.address


def _may_look(request: StaffRequest, row: RawMail) -> bool:
    return selectors.may_keep(request.user, row.channel) or allows(
        request.user, Permission.CONVERSATION_ANSWER
    )


@never_cache
@require_GET
@xframe_options_sameorigin
@staff_page(Permission.CONVERSATION_VIEW)
def shown(request: StaffRequest, pk: int) -> HttpResponse:
    """The mail's own layout, for a frame: cleaned of everything that could run or call home."""
    row = selectors.mail_for(request.user, pk)
    read = read_mail(_content(row))
    # what the reader gives has been through the sanitizer
    body = mark_safe(_with_pictures(read))  # noqa: S308
    # mails are written for white paper
    head = mark_safe(
        '<!doctype html><meta charset="utf-8"><meta name="color-scheme" content="light"><title></title>'
    )
    answer = HttpResponse(format_html("{}{}", head, body))
    answer["Content-Security-Policy"] = FRAME
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Referrer-Policy"] = "no-referrer"
    return answer


def _with_pictures(read: Mail) -> str:
    """The layout with the pictures that came with the mail itself."""
    html, left = read.html, MOST_PICTURES
    for one in read.attachments:
        named = f'src="cid:{escape(one.cid)}"'
        if not one.cid or one.type not in IMAGES or one.size > left or named not in html:
            continue
        left -= one.size
        data = b64encode(one.content).decode("ascii")
        html = html.replace(named, f'src="data:{one.type};base64,{data}"')
    return html


@never_cache
@require_GET
@staff_page(Permission.CONVERSATION_VIEW)
def raw(request: StaffRequest, pk: int) -> HttpResponseBase:
    """The bytes as they came, to be saved."""
    row, _bytes = _opened(request, pk, "raw_mail")
    return pages.download(actions.CONTENTS.path_of(row.sha256), f"{row.pk}.eml", "message/rfc822")


@never_cache
@require_GET
@staff_page(Permission.CONVERSATION_VIEW)
def attachment(request: StaffRequest, pk: int, place: int) -> HttpResponseBase:
    """A file of a mail, also one that was not taken in: to be saved, and for nothing else."""
    _row, content = _opened(request, pk, f"mail_file/{place}")
    read = read_mail(content)
    if place >= len(read.attachments):
        raise NotFound(_("没有这个文件，或者您无权查看。"))
    found = read.attachments[place]
    answer = HttpResponse(found.content, content_type="application/octet-stream")
    answer.headers["Content-Disposition"] = _disposition(found.name)
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


def _disposition(name: str) -> str:
    from django.utils.http import content_disposition_header

    return content_disposition_header(True, name or "file") or "attachment"


@require_POST
@staff_page(Permission.CONVERSATION_ANSWER, Permission.CONVERSATION_MANAGE)
def looked(request: StaffRequest, pk: int) -> HttpResponse:
    """Say that a mail which could not be read has been looked at."""
    row = selectors.mail_for(request.user, pk)
    actions.look_at(mail=row, user=request.user, at=request.at)
    return go(request, reverse("channels:mail", args=[pk]), _("已登记：这封邮件看过了。"))


@require_POST
@staff_page(Permission.CONVERSATION_ANSWER, Permission.CONVERSATION_MANAGE)
def reread(request: StaffRequest, pk: int) -> HttpResponse:
    """Read a mail once more that could not be read when it came."""
    row = actions.reread(mail=selectors.mail_for(request.user, pk), user=request.user, at=request.at)
    said = _("读出来了，已收进会话。")
    if row.line is None:
        return go(request, reverse("channels:mail", args=[pk]), said)
    return go(request, reverse("conversations:conversation", args=[row.line.conversation_id]), said)
