"""The console of conversations: who waits, what was said, and what is done about it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from secrets import token_hex
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase, JsonResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _t
from django.utils.translation import pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from keyue.cases.actions.files import uploads_from
from keyue.cases.actions.intake import Intake
from keyue.cases.book import face_of
from keyue.conversations import actions, console, downloads, selectors
from keyue.conversations.actions._ground import Words
from keyue.conversations.enums import Delivery, Ending, State
from keyue.conversations.forms import CaseForm, EmptyForm, Form, HandOverForm, RecordForm, SayForm
from keyue.conversations.models import Conversation, Line
from keyue.conversations.seeing import hint_of
from keyue.customers import notes
from keyue.customers.promised import offers_in, steps_from
from keyue.kernel.errors import Invalid, KeyueError, NotFound
from keyue.people.enums import Permission
from keyue.people.guards import passive, staff_page
from keyue.people.http import StaffRequest, actor_of
from keyue.people.permissions import allows, check
from keyue.promises import live
from keyue.promises import selectors as promises
from keyue.sorting.enums import Question
from keyue.sorting.proposing import Proposer
from keyue.ui.addresses import address
from keyue.ui.components import Crumb
from keyue.ui.pages import CONFLICT, MISTAKEN, go, is_fragment, page

MOST_ROWS = 50
TABS: dict[str, Promise] = {
    "mine": _t("我的"),
    "queue": _t("排队"),
    "all": _t("全部"),
    "unrecorded": _t("没有小结"),
}
PARTS = ("list", "head", "log", "side")


@dataclass(frozen=True, slots=True)
class Act:
    """What can be done with a conversation: its form asks for the arguments of `do`."""

    label: Promise
    form: type[Form]
    do: Callable[..., Any]
    said: Promise
    explained: Promise | str = ""


def _take(row: Conversation, request: StaffRequest) -> None:
    actions.take(conversation=row, user=request.user, at=request.at)


def _hand_over(row: Conversation, request: StaffRequest, **given: Any) -> None:
    actions.hand_over(conversation=row, by=actor_of(request), at=request.at, **given)


def _end(row: Conversation, request: StaffRequest) -> None:
    actions.end(conversation=row, ending=Ending.STAFF, by=actor_of(request), at=request.at)


def _record(row: Conversation, request: StaffRequest, **given: Any) -> None:
    actions.record_summary(conversation=row, user=request.user, at=request.at, **given)


def _unknow(row: Conversation, request: StaffRequest) -> None:
    actions.unknow(conversation=row, by=actor_of(request), at=request.at)


ACTS = {
    "take": Act(_t("接入"), EmptyForm, _take, _t("已接入。")),
    "hand_over": Act(_t("转接"), HandOverForm, _hand_over, _t("已转接。")),
    "end": Act(
        _t("结束会话"), EmptyForm, _end, _t("已结束。请写会话小结。"), _t("结束后不能再回复；客户再来消息会开始新的会话。")
    ),
    "record": Act(_t("会话小结"), RecordForm, _record, _t("小结已登记。")),
    "unknow": Act(
        _t("不是这位客户"),
        EmptyForm,
        _unknow,
        _t("已撤回匹配。"),
        _t("这个地址说的话不再算作这位客户的，以后也不会自动归到他名下。"),
    ),
}  # fmt: skip


@never_cache
@require_GET
@staff_page(Permission.CONVERSATION_VIEW)
def inbox(request: StaffRequest) -> HttpResponse:
    """The list, and nothing chosen."""
    return _page(request, None)


@never_cache
@require_GET
@staff_page(Permission.CONVERSATION_VIEW)
def conversation(request: StaffRequest, pk: int) -> HttpResponse:
    """One conversation beside the list; a fragment request gets the part that it names."""
    row = selectors.conversation_for(request.user, pk)
    part = request.GET.get("part", "")
    if is_fragment(request) and part in PARTS:
        context = _list(request, row) if part == "list" else _one(request, row)
        return page(request, f"conversations/_{part}.html", context)
    return _page(request, row)


def _page(
    request: StaffRequest, row: Conversation | None, extra: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    context = _list(request, row) | (_one(request, row) if row is not None else {}) | (extra or {})
    trail = [Crumb(pgettext("列表", "会话"), reverse("conversations:inbox"))]
    if row is not None:
        trail.append(Crumb(row.number))
    return page(request, "conversations/console.html", context, crumbs=trail, status=status)


def _list(request: StaffRequest, row: Conversation | None) -> dict[str, Any]:
    show = request.GET.get("show", "mine")
    show = show if show in TABS else "mine"
    rows = _rows(request, show)
    found = list(rows[: MOST_ROWS + 1])
    waiting = selectors.queue_for(request.user).count()
    return {
        "show": show,
        "tabs": [(code, label, waiting if code == "queue" else None) for code, label in TABS.items()],
        "rows": console.rows_of(
            found[:MOST_ROWS], request.at, current=row.pk if row else None, is_queue=show == "queue"
        ),
        "is_more": len(found) > MOST_ROWS,
        "most": MOST_ROWS,
        "list_url": reverse("conversations:conversation", args=[row.pk])
        if row
        else reverse("conversations:inbox"),
    }


def _rows(request: StaffRequest, show: str) -> QuerySet[Conversation]:
    if show == "queue":
        return selectors.queue_for(request.user)
    if show == "unrecorded":
        return selectors.unrecorded(request.user)
    if show == "all":
        rows = selectors.visible_to(request.user).select_related("channel", "party")
        return rows.order_by("-last_at", "-id")
    return selectors.held_by(request.user)


def _one(request: StaffRequest, row: Conversation) -> dict[str, Any]:
    user = request.user
    may_answer = allows(user, Permission.CONVERSATION_ANSWER)
    lines = selectors.lines_of(row)
    owed = list(promises.promises_of(row.case.subject))[:5] if row.case is not None else []
    return {
        "talk": row,
        "url": reverse("conversations:conversation", args=[row.pk]),
        "other": console.other_of(user, row),
        "headline": console.headline(row),
        "groups": console.groups_of(user, lines, may_answer=may_answer),
        "newest": f"l{lines[-1].pk}" if lines else "",
        "is_sending": any(line.delivery == Delivery.WAITING for line in lines),
        "may_answer": may_answer,
        "may_say": may_answer and not row.is_over and row.agent_id in {None, user.pk},
        "may_whisper": may_answer and not row.is_over,
        "may_take": may_answer and row.state == State.QUEUED,
        "calls": selectors.calls_of(row) if any(hasattr(line, "call") for line in lines) else [],
        "said_steps": notes.open_steps_of(row.customer, most=5) if row.customer is not None else [],
        "promises": [(one.name, face_of(one, row.case)) for one in owed if one.is_open],
        **_offered(request, row),
        "acts": {code: reverse("conversations:act", args=[row.pk, code]) for code in ACTS},
        "opinion": row.get_opinion_display() if row.recorded_at else "",
    }


def _canned(row: Conversation) -> str:
    """What the composer offers of canned answers, by the channel and about this conversation."""
    base = address("knowledge:canned")
    query = {"way": row.channel.kind, "about": "conversation", "number": row.pk}
    return f"{base}?{urlencode(query)}" if base else ""


@never_cache
@passive
@require_POST
@staff_page(Permission.CONVERSATION_ANSWER)
def typing(request: StaffRequest, pk: int) -> HttpResponse:
    """Somebody is writing an answer: the customer's window says so, and nothing is kept."""
    row = selectors.row_for(request.user, pk)
    if not row.is_over:
        live.hint_after_commit(hint_of("answering", row))
    return HttpResponse(status=204)


@never_cache
@passive
@require_POST
@staff_page(Permission.CONVERSATION_ANSWER)
def seen_talk(request: StaffRequest, pk: int) -> HttpResponse:
    """Whoever has the conversation has seen what the customer said up to a line."""
    row = selectors.row_for(request.user, pk)
    upto = request.POST.get("upto", "")
    if upto.isdecimal() and len(upto) < 16:
        actions.note_seen(conversation=row, upto=int(upto), user=request.user, at=request.at)
    return HttpResponse(status=204)


@never_cache
@passive
@require_GET
@staff_page(Permission.CONVERSATION_VIEW)
def waiting(request: StaffRequest) -> JsonResponse:
    """How many wait for this person's answer, and how many for anybody's: for the alert of a page in the background."""
    mine = selectors.held_by(request.user).filter(waiting_since__isnull=False)
    newest = mine.order_by("-last_at").values_list("last_at", flat=True).first()
    queue = selectors.queue_for(request.user).count()
    return JsonResponse({"mine": mine.count(), "last": newest.isoformat() if newest else "", "queue": queue})


@never_cache
@require_POST
@staff_page(Permission.CONVERSATION_ANSWER)
def say(request: StaffRequest, pk: int) -> HttpResponse:
    """Answer the customer, or whisper to colleagues. What was written stays in the form where it does not go."""
    row = selectors.row_for(request.user, pk)
    form = SayForm(request.POST)
    form.is_valid()
    data = form.cleaned_data
    try:
        files = uploads_from(request.FILES.getlist("files"))
        words = Words(data.get("body", ""), files, form.detail(request.user))
        if data.get("whisper"):
            line = actions.whisper(conversation=row, words=words, user=request.user, at=request.at)
        else:
            line = actions.answer(
                conversation=row,
                words=words,
                user=request.user,
                at=request.at,
                once=data.get("once", ""),
                promised=steps_from(request.POST, request.user, request.at),
            )
    except KeyueError as error:
        if isinstance(error, NotFound):
            raise
        row = selectors.conversation_for(request.user, pk)
        wrong = {"fault": str(error), "said": request.POST.get("body", ""), "whispered": data.get("whisper")}
        wrong["scripts"] = data.get("scripts", "")
        if not data.get("whisper"):
            wrong["offers"] = offers_in(request.POST.get("body", ""), request.at, request.POST)
        status = MISTAKEN if isinstance(error, Invalid) else CONFLICT
        if is_fragment(request):
            return page(request, "conversations/_talk.html", _one(request, row) | wrong, status=status)
        return _page(request, row, wrong, status=status)
    if is_fragment(request):
        return _said(request, line)
    return go(request, reverse("conversations:conversation", args=[pk]))


def _said(request: StaffRequest, line: Line) -> HttpResponse:
    """The line at the end of the log; the composer is emptied by the page. What else has changed, the page fetches itself:
    an answer in a chat must cost little."""
    row, user = line.conversation, request.user
    one = console.bubble_of(user, line, promises.zone(), may_answer=True, is_bare=not request.FILES)
    answer = HttpResponse(render_to_string("conversations/_bubble.html", {"talk": row, "one": one}))
    answer["HX-Retarget"], answer["HX-Reswap"] = "#talk-log .chatlog", "beforeend"
    answer["HX-Trigger-After-Swap"] = json.dumps({"said": {"once": token_hex(16)}})
    return answer


def _offered(request: StaffRequest, row: Conversation) -> dict[str, Any]:
    """What a composer needs: the identity of this very form, and what it offers."""
    return {
        "once": token_hex(16),
        "canned_url": _canned(row),
        "find_url": address("knowledge:suggestions") if allows(request.user, Permission.ARTICLE_VIEW) else "",
    }


@never_cache
@staff_page(Permission.CONVERSATION_ANSWER)
def act(request: StaffRequest, pk: int, code: str) -> HttpResponse:
    """Take, hand over, end, record, or take a match back: the form, and the act itself."""
    if code not in ACTS:
        raise NotFound(_("没有这个操作。"))
    chosen, row = ACTS[code], selectors.conversation_for(request.user, pk)
    if code == "hand_over" and row.agent_id != request.user.pk:
        check(request.user, Permission.CONVERSATION_MANAGE)
    back = reverse("conversations:conversation", args=[pk])
    posted = request.method == "POST"
    form = chosen.form(request.POST) if posted else chosen.form(initial=_initial(row))
    if posted and form.is_valid():
        try:
            chosen.do(row, request, **form.cleaned_data)
            return go(request, back, str(chosen.said))
        except Invalid as error:
            form.take(error.fields or {"": str(error)})
    return _form(request, form, str(chosen.label), row, back, str(chosen.explained), posted)


def _initial(row: Conversation) -> dict[str, Any]:
    return {"summary": row.summary, "opinion": row.opinion}


def _form(
    request: StaffRequest,
    form: Form,
    label: str,
    row: Conversation,
    back: str,
    explained: str,
    posted: bool,
) -> HttpResponse:
    context = {
        "form": form,
        "label": label,
        "about": row.number,
        "back": back,
        "explained": explained,
        "url": request.get_full_path(),
        "is_dialog": is_fragment(request),
    }
    trail = [
        Crumb(pgettext("列表", "会话"), reverse("conversations:inbox")),
        Crumb(row.number, back),
        Crumb(label),
    ]
    template = "conversations/act.html" + ("#dialog" if context["is_dialog"] else "")
    return page(request, template, context, crumbs=trail, status=MISTAKEN if posted else 200)


@never_cache
@staff_page(Permission.CASE_REGISTER)
def open_case(request: StaffRequest, pk: int) -> HttpResponse:
    """A case made of lines of the customer: those that are named, else all that are no case yet."""
    check(request.user, Permission.CONVERSATION_ANSWER)
    row = selectors.conversation_for(request.user, pk)
    named = request.GET.getlist("line")
    lines = selectors.lines_by_uid(row, uids(named)) if named else selectors.unregistered(row)
    back = reverse("conversations:conversation", args=[pk])
    posted = request.method == "POST"
    words = "\n".join(line.body for line in lines if line.body)
    form = CaseForm(request.POST) if posted else _begun(words)
    if row.contact_id is not None:
        form.leave_out_sender()
    if posted and form.is_valid():
        try:
            intake = Intake(**form.cleaned_data)
            registered = actions.open_case(
                conversation=row, lines=lines, intake=intake, by=actor_of(request), at=request.at
            )
            return go(request, back, _("已登记为 %(number)s。") % {"number": registered.case.number})
        except Invalid as error:
            form.take(error.fields or {"": str(error)})
    return _form(request, form, _("登记为事项"), row, back, "", posted)


def _begun(words: str) -> CaseForm:
    """The form of a case with what was said, and the type that is proposed for it, with its reason."""
    guess = Proposer().answers_to(words).by.get(Question.TYPE)
    if guess is None or not guess.why:
        return CaseForm(initial={"content": words})
    form = CaseForm(initial={"content": words, "type": guess.label})
    said = _("建议，因为提到 %(words)s") % {"words": _("、").join(guess.why)}
    form.fields["type"].help_text = said
    return form


def uids(named: list[str]) -> list[UUID]:
    """The lines that somebody named. Raises NotFound."""
    try:
        return [UUID(text) for text in named]
    except ValueError:
        raise NotFound(_("选择的消息不在这个会话里。")) from None


@never_cache
@require_GET
@staff_page(Permission.CONVERSATION_VIEW)
def file(request: StaffRequest, pk: int) -> HttpResponseBase:
    """A file as it was sent, with a trace of who took it. The browser saves it and runs nothing of it."""
    return downloads.download(request.user, pk, by=actor_of(request), at=request.at, via="web")
