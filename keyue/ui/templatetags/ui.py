"""The components as template tags. `keyue/ui/README.md` shows how a page is put together from them.

Tags that speak of time take `now` from the context, so that a whole page speaks of one instant.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from django import template
from django.core.paginator import Page
from django.forms import BaseForm, BoundField
from django.http import HttpRequest
from django.template import Context
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from keyue.kernel import clock as kernel_clock
from keyue.ui import fields, marks, wording
from keyue.ui.marks import EMPTY, attributes, css, mark_of

register = template.Library()
LONG_AGO = datetime(1970, 1, 2, tzinfo=UTC)
"""No instant that a page speaks of is of its year."""

# marks that need no context
for function in (
    marks.icon,
    marks.glyph,
    marks.state,
    marks.tag,
    marks.level,
    marks.grade,
    marks.avatar,
    marks.clause,
    marks.duration,
    marks.number,
    marks.percent,
    marks.money,
    marks.count,
    marks.delta,
    marks.meter,
    marks.cov,
    marks.progress,
    marks.spark,
    marks.revealed,
    marks.marked,
):
    register.simple_tag(function)


def _now(context: Context) -> datetime:
    """The instant that the page speaks of: `now`, else that of the request."""
    found = context.get("now") or getattr(context.get("request"), "at", None)
    return found if isinstance(found, datetime) else kernel_clock.now()


def _zone() -> tzinfo:
    return timezone.get_current_timezone()


def _cookie(context: Context, name: str) -> str:
    request = context.get("request")
    return str(request.COOKIES.get(name, "")) if isinstance(request, HttpRequest) else ""


# promises and time


@register.simple_tag(takes_context=True)
def tone(context: Context, promise: Any) -> str:
    """The tone of a promise, for `data-s` of its row."""
    return wording.read(promise, now=_now(context)).tone


@register.simple_tag(takes_context=True)
def due(context: Context, promise: Any, cls: str = "due", glyph: bool = True) -> SafeString:
    """The countdown. The browser keeps it fresh from `data-due` and `data-start`; the title has the exact time."""
    now = _now(context)
    reading = wording.read(promise, now=now)
    start, end = getattr(promise, "start", None), getattr(promise, "due", None)
    pairs: dict[str, object] = {"class": cls, "data-s": reading.tone}
    if end:
        pairs["title"] = wording.moment(end, now=now, zone=_zone(), weekday=True, due=True)
    if end and reading.runs:
        pairs |= {"data-due": end.isoformat(), "data-start": start.isoformat() if start else ""}
    return format_html(
        "<span{}>{}<span>{}</span></span>",
        attributes(pairs),
        marks.glyph(reading.tone) if glyph else EMPTY,
        reading.text,
    )


@register.simple_tag(takes_context=True)
def moment(
    context: Context,
    instant: datetime | date | None,
    before: bool = False,
    due: bool = False,
    weekday: bool = False,
    clock: bool = True,
    exact: bool = False,
    empty: str = wording.NOTHING,
) -> SafeString:
    """An instant as people say it. `before` and `due` word a deadline (see `wording.moment`), `exact` is for evidence;
    a plain date has no hour."""
    if instant is None:
        return format_html('<span class="mut">{}</span>', empty)
    machine = instant.isoformat()
    if not isinstance(instant, datetime):
        # noon: no deadline's midnight, and the same day in this zone
        instant, clock = datetime.combine(instant, time(12), _zone()), False
    text = wording.moment(
        instant, now=_now(context), zone=_zone(), before=before, due=due, weekday=weekday, clock=clock
    )
    full = wording.exact(instant, _zone())
    if not clock:
        full = full[:10]
    pairs: dict[str, object] = {"datetime": machine, "title": full}
    if before or due:
        # on paper with its word and its year, as far from today as this
        past = due or instant < _now(context)
        pairs["data-full"] = wording.moment(
            instant, now=LONG_AGO, zone=_zone(), before=not past, due=past, clock=clock
        )
    return format_html("<time{}>{}</time>", attributes(pairs), full if exact else text)


@register.simple_tag(takes_context=True)
def day(context: Context, value: date | datetime) -> str:
    """The heading of a day in a conversation."""
    if isinstance(value, datetime):
        value = value.astimezone(_zone()).date()
    return wording.day_heading(value, today=_now(context).astimezone(_zone()).date())


@register.simple_tag
def live(text: str = "", updated: datetime | None = None) -> SafeString:
    """The mark of a page that follows along; hollow when the connection is lost."""
    said = text or _("实时")
    if updated:
        said = _("%(live)s · %(time)s 更新") % {"live": said, "time": f"{updated.astimezone(_zone()):%H:%M}"}
    return format_html('<span class="live" data-live-mark>{}</span>', said)


@register.inclusion_tag("ui/_clock.html", takes_context=True)
def test_clock(context: Context) -> dict[str, object]:
    """A bar that says the clock has been moved; nothing outside test mode."""
    movable = kernel_clock.is_movable()
    # to the second: moving by a day takes some milliseconds itself
    moved = timedelta(seconds=round(kernel_clock.offset().total_seconds())) if movable else timedelta(0)
    return {
        "movable": movable,
        "now": _now(context),
        "moved": wording.span(abs(moved)) if moved else "",
        "back": moved < timedelta(0),
        "clock_url": context.get("clock_url", "") if movable else "",
        "here": getattr(context.get("request"), "path", "/"),
    }


# forms


@register.simple_tag(takes_context=True)
def masked(
    context: Context, text: str, url: str = "", purposes: Sequence[tuple[str, str]] = (), what: str = ""
) -> SafeString:
    """A personal field under its mask, with a way to see it that leaves a trace (see `marks.masked`)."""
    return marks.masked(text, url, purposes, what, str(context.get("csrf_token", "")))


@register.simple_tag
def field(
    bound: BoundField,
    kind: str = "",
    label: str = "",
    hint: str = "",
    cls: str = "",
    icons: str = "",
    **extra: str | bool,
) -> SafeString:
    """Label, required mark, control, hint and error. Choices: `kind` = `pick` (cards) or `seg` (a switch).

    `icons` names one for each choice; whatever else is given becomes an attribute of the control.
    """
    return fields.render(bound, kind=kind, label=label, hint=hint, css=cls, icons=icons, extra=extra)


@register.simple_tag
def form_errors(form: BaseForm) -> SafeString:
    """What is wrong with a form as a whole, above it; errors of fields stand beside the fields."""
    if not form.errors:
        return EMPTY
    whole = format_html_join(mark_safe("<br>"), "{}", ((e,) for e in form.non_field_errors()))
    n = sum(1 for name in form.errors if name != "__all__")
    parts = (
        ngettext("有 %(n)d 处要改，见下面标出的地方", "有 %(n)d 处要改，见下面标出的地方", n) % {"n": n}
        if n
        else ""
    )
    text = format_html("{}<br>{}", whole, parts) if whole and parts else whole or parts
    return format_html(
        '<div class="banner" role="alert" data-s="late">{}<span>{}</span></div>', marks.glyph("late"), text
    )


# pages


@register.simple_tag(takes_context=True)
def root_attributes(context: Context) -> SafeString:
    """Attributes of <html>: the language, what the reader prefers, and the server's clock for countdowns."""
    theme = _cookie(context, "ky_theme")
    return attributes(
        {
            "lang": "zh-CN" if wording.tongue() == "zh" else "en",
            "data-theme": theme if theme in {"light", "dark"} else "",
            "data-keys": "off" if _cookie(context, "ky_keys") == "off" else "",
            "data-now": _now(context).isoformat(),
        }
    )


@register.simple_tag
def script_words() -> str:
    """The words that the browser needs, as JSON for a <meta>."""
    return json.dumps(wording.for_script(), ensure_ascii=False)


@register.simple_tag(takes_context=True)
def nav_state(context: Context, preferred: str = "") -> str:
    """`rail` or `full`: what the reader chose, else what the page prefers."""
    chosen = _cookie(context, "ky_nav")
    return chosen if chosen in {"rail", "full"} else preferred or "full"


@register.simple_tag(takes_context=True)
def density(context: Context) -> SafeString:
    """The attribute of a list whose density the reader may choose."""
    return attributes({"data-density": "compact" if _cookie(context, "ky_density") == "compact" else "roomy"})


@register.inclusion_tag("ui/_density.html", takes_context=True)
def density_switch(context: Context) -> dict[str, object]:
    """The switch between roomy and compact lists."""
    return {"compact": _cookie(context, "ky_density") == "compact"}


@register.inclusion_tag("ui/_pagination.html", takes_context=True)
def pagination(context: Context, page: Page[Any], param: str = "page") -> dict[str, object]:
    """Which rows these are, and the ways to the others; keeps the other parameters of the address."""
    request = context.get("request")
    query = request.GET.copy() if isinstance(request, HttpRequest) else None

    def address(n: int) -> str:
        if query is None:
            return f"?{param}={n}"
        query[param] = str(n)
        return f"?{query.urlencode()}"

    return {
        "page": page,
        "previous": address(page.previous_page_number()) if page.has_previous() else "",
        "next": address(page.next_page_number()) if page.has_next() else "",
    }


@register.inclusion_tag("ui/_tabs.html")
def tabs(items: Sequence[Any], label: str = "", inset: bool = False) -> dict[str, object]:
    """Saved views, or the parts of a page: anything with `.label .url .count .current`."""
    return {"items": items, "label": label or _("内容"), "inset": inset}


@register.inclusion_tag("ui/_files.html")
def files(items: Sequence[Any]) -> dict[str, object]:
    """Attachments: anything with `.name`, and perhaps `.url .note .icon`."""
    return {"files": items}


@register.inclusion_tag("ui/_skeleton.html")
def skeleton(rows: int = 4) -> dict[str, object]:
    """The shape of rows to come, for `aria-busy` regions."""
    return {"rows": range(rows)}


# components that wrap content


@register.simple_block_tag
def card(
    content: str,
    title: str = "",
    note: str = "",
    more: str = "",
    url: str = "",
    id: str = "",
    bare: bool = False,
    cls: str = "",
    figure: str = "",
) -> SafeString:
    """A card with a head (`title`, a `note` beside it, at its end a `figure` or a link `more` to `url`); `bare` leaves out
    the padding."""
    total = format_html('<span class="end n">{}</span>', figure) if figure else EMPTY
    link = format_html('<a class="end sm" href="{}">{}</a>', url, more) if more else EMPTY
    small = format_html('<span class="n">{}</span>', note) if note else EMPTY
    head = (
        format_html('<div class="hd"><h2>{}</h2>{}{}{}</div>', title, small, total, link) if title else EMPTY
    )
    return format_html(
        '<section class="{}"{}>{}{}</section>',
        css("card", cls),
        attributes({"id": id}),
        head,
        content if bare else format_html('<div class="bd">{}</div>', content),
    )


@register.simple_block_tag
def banner(
    content: str,
    tone: str = "",
    title: str = "",
    alert: bool = False,
    icon: str = "",
    id: str = "",
    act: str = "",
    url: str = "",
) -> SafeString:
    """A message in place, with a way out: `act` links to `url`. `alert` interrupts a screen reader: for errors."""
    return format_html(
        '<div class="banner"{}>{}<span>{}{}</span>{}</div>',
        attributes({"data-s": tone, "role": "alert" if alert else "", "id": id}),
        mark_of(tone, icon),
        format_html("<b>{}</b><br>", title) if title else EMPTY,
        content,
        format_html('<a class="end btn sm" href="{}">{}</a>', url, act) if act else EMPTY,
    )


EMPTY_DRAWINGS = {
    # nothing yet: a page of promises not yet written; nothing found: a lens over nothing
    "none": SafeString(
        '<path d="M10 8v10M10 22v16M10 42v10" stroke-width="5" stroke-opacity=".5"/>'
        '<path d="M22 12h52M22 20h40M22 30h52M22 38h30M22 48h44" stroke-dasharray="3 3"/>'
    ),
    "filter": SafeString(
        '<circle cx="40" cy="26" r="16"/><path d="m52 38 14 14" stroke-width="3" stroke-linecap="round"/>'
        '<path d="M33 26h14" stroke-dasharray="3 3"/>'
    ),
}


@register.simple_block_tag
def empty(content: str, title: str, kind: str = "none") -> SafeString:
    """An empty list. `kind`: `none` (there is nothing yet) or `filter` (nothing matches). Content: what to do."""
    return format_html(
        '<div class="empty"><svg viewBox="0 0 88 60" fill="none" stroke="currentColor" stroke-width="1.5"'
        ' aria-hidden="true">{}</svg><h3>{}</h3>{}</div>',
        EMPTY_DRAWINGS[kind],
        title,
        content,
    )


@register.simple_block_tag
def dialog(content: str, id: str, title: str, width: str = "") -> SafeString:
    """A dialog that `data-open="ID"` opens; Esc and `data-close` close it. Content: a form of `.bd` and `footer`."""
    return format_html(
        '<dialog class="dlg" id="{}" aria-labelledby="{}-title"{}><header><h2 id="{}-title">{}</h2>'
        '<button type="button" class="btn ghost sm sq" data-close aria-label="{}">{}</button></header>{}</dialog>',
        id,
        id,
        attributes({"style": f"--w:{width}" if width else ""}),
        id,
        title,
        _("关闭"),
        marks.icon("x"),
        content,
    )


@register.simple_block_tag
def drop(
    content: str, label: str = "", icon: str = "more", cls: str = "btn ghost sq", left: bool = False
) -> SafeString:
    """A menu behind a button; works without scripts. Content: links, buttons, or forms of one button."""
    return format_html(
        '<details class="{}"><summary class="{}"{}>{}</summary><div class="menu">{}</div></details>',
        css("drop", "left" if left else ""),
        cls,
        attributes({"aria-label": label if icon else "", "title": label if icon else ""}),
        marks.icon(icon) if icon else label,
        content,
    )


@register.simple_block_tag(takes_context=True)
def toast(
    context: Context, content: str, tone: str = "kept", undo: str = "", oob: bool = False
) -> SafeString:
    """A passing message: 6 seconds, 10 with an undo, which Z presses. `oob` sends it along with another fragment."""
    form = (
        '<form method="post" action="{}" hx-post="{}" hx-swap="none">'
        '<input type="hidden" name="csrfmiddlewaretoken" value="{}">'
        '<button data-key="z">{} <kbd>Z</kbd></button></form>'
    )
    token = context.get("csrf_token", "")
    inner = format_html(
        '<div class="toast" data-s="{}">{}<span>{}</span>{}</div>',
        tone,
        marks.glyph(tone),
        content,
        format_html(form, undo, undo, token, _("撤销")) if undo else EMPTY,
    )
    return format_html('<div hx-swap-oob="beforeend:#toasts">{}</div>', inner) if oob else inner
