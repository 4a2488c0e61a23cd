"""Small marks as HTML: shapes, labels, clauses, bars, masked fields. Functions of their arguments alone.

They are registered as template tags in `templatetags/ui.py` and may be called from Python as well.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keyue.ui import wording

EMPTY = SafeString("")
LEVELS = {1: gettext_lazy("一般"), 2: gettext_lazy("较大"), 3: gettext_lazy("重大")}


def get(thing: Any, name: str, default: Any = None) -> Any:
    """An attribute of an object or an item of a mapping."""
    if isinstance(thing, Mapping):
        return thing.get(name, default)
    return getattr(thing, name, default)


def css(*names: str) -> str:
    return " ".join(name for name in names if name)


def attributes(pairs: Mapping[str, object]) -> SafeString:
    """The attributes that have a value."""
    return format_html_join("", ' {}="{}"', ((k, v) for k, v in pairs.items() if v not in (None, "")))


def found_in(text: str, word: str) -> re.Match[str] | None:
    """Where a word first stands in a text, whatever the case of its letters."""
    return re.search(re.escape(word), text, re.IGNORECASE) if word else None


def marked(text: str, word: str) -> SafeString:
    """A text with a word that was looked for marked wherever it stands."""
    pieces = re.split(f"({re.escape(word)})", text, flags=re.IGNORECASE) if word else [text]
    # every second piece is the word itself
    return format_html_join(
        "",
        "{}",
        ((format_html("<mark>{}</mark>", piece) if n % 2 else piece,) for n, piece in enumerate(pieces)),
    )


# shapes and labels


def icon(name: str, label: str = "", cls: str = "") -> SafeString:
    """An icon of the sprite; with `label` it speaks for itself, else it is decoration."""
    return format_html(
        '<svg class="{}"{}><use href="#i-{}"/></svg>',
        css("i", cls),
        attributes({"role": "img", "aria-label": label} if label else {"aria-hidden": "true"}),
        name,
    )


def glyph(tone: str) -> SafeString:
    """The shape of a tone: every colour has one, so that the page reads without colours."""
    return format_html('<svg class="g" aria-hidden="true"><use href="#g-{}"/></svg>', tone)


def state(tone: str, text: str) -> SafeString:
    """A tone in words."""
    return format_html('<span class="st" data-s="{}">{}{}</span>', tone, glyph(tone), text)


def mark_of(tone: str, icon_name: str = "") -> SafeString:
    """The glyph of a tone, else an icon, else nothing."""
    if tone:
        return glyph(tone)
    return icon(icon_name) if icon_name else EMPTY


def tag(text: str, tone: str = "", icon: str = "", outline: bool = False) -> SafeString:
    """A label; neutral without a tone."""
    return format_html(
        '<span class="{}"{}>{}{}</span>',
        css("tag", "out" if outline else ""),
        attributes({"data-s": tone}),
        mark_of(tone, icon),
        text,
    )


def level(n: int, label: str = "") -> SafeString:
    """How grave a case is, 1 to 3, as bars: the colours of states are not for this."""
    return format_html(
        '<span class="lvl" data-l="{}"><i aria-hidden="true"><b></b></i>{}</span>',
        n,
        label or LEVELS.get(n, ""),
    )


def grade(letter: str, large: bool = False) -> SafeString:
    """A customer's grade."""
    if not letter:
        return EMPTY
    label = _("客户分级 %(grade)s") % {"grade": letter}
    return format_html(
        '<span class="{}" data-g="{}" role="img" aria-label="{}" title="{}">{}</span>',
        css("grade", "lg" if large else ""),
        letter,
        label,
        label,
        letter,
    )


def avatar(name: str, kind: str = "", large: bool = False, show: bool = False) -> SafeString:
    """The first character of a name; `kind`: `me`, `cust`. With `show` the name stands beside it."""
    initial = (name or "?").strip()[:1].upper() or "?"
    mark = format_html(
        '<span class="{}" aria-hidden="true">{}</span>', css("av", kind, "lg" if large else ""), initial
    )
    return format_html('<span class="who">{}{}</span>', mark, name) if show else mark


def clause(c: Any, short: bool = False) -> SafeString:
    """A clause of a regulation; its left edge shows how well that clause is kept this month."""
    if not c:
        return EMPTY
    label = "" if short else str(get(c, "label", "") or "")
    text = f"{get(c, 'number', c)} {label}".strip()
    url = get(c, "url", "")
    shown = attributes({"data-s": get(c, "tone", "") or "idle", "title": get(c, "title", "")})
    if not url:
        return format_html('<span class="clause"{}>{}</span>', shown, text)
    return format_html('<a class="clause"{} href="{}">{}</a>', shown, url, text)


# numbers and bars


def duration(value: timedelta | float | str | None, kind: str = "", working: bool = False) -> str:
    """A length of time. `kind`: `left`, `over`, `used`, `late`; ISO text (`PT24H`) keeps its own units."""
    if value is None or value == "":
        return wording.NOTHING
    if isinstance(value, str):
        return wording.limit(value, working=working)
    length = value if isinstance(value, timedelta) else timedelta(seconds=value)
    phrases = {
        "left": wording.remaining,
        "over": wording.overdue,
        "used": wording.used,
        "late": wording.late_by,
        "": wording.span,
    }
    return phrases[kind](length)


def number(value: Any, digits: int = 0) -> str:
    return wording.number(value, digits)


def percent(numerator: Any, denominator: Any = 100) -> str:
    return wording.percent(numerator, denominator)


def money(amount: Any, sign: str = "¥") -> str:
    return wording.money(amount, sign)


def count(n: int | None) -> str:
    return wording.count(n)


def delta(value: Any, digits: int = 1, good: str = "up") -> SafeString:
    """A change against the last period; `good` says which direction is the better one, `none` that neither is."""
    direction = ""
    if value and good != "none":
        direction = "up" if (value > 0) == (good == "up") else "down"
    return format_html('<span class="{}">{}</span>', css("delta", direction), wording.delta(value, digits))


def _segments(values: Mapping[str, Any], total: Any) -> SafeString:
    whole = total or sum(values.values()) or 1
    return format_html_join(
        "",
        '<i data-s="{}" style="--v:{}"></i>',
        ((tone, round(100 * n / whole, 2)) for tone, n in values.items() if n),
    )


def meter(
    label: str, value: Any = None, total: Any = 100, tall: bool = False, tone: str = "", **parts: Any
) -> SafeString:
    """A bar: `value` of `total`, or parts by tone (`late=2 soon=5`, of `total` or of their sum when it is 0)."""
    if value is None:
        bars = _segments(parts, total)
    else:
        share = round(100 * value / total, 2) if total else 0
        bars = format_html('<i{} style="--v:{}"></i>', attributes({"data-s": tone}), share)
    return format_html(
        '<span class="{}" role="img" aria-label="{}">{}</span>',
        css("meter", "tall" if tall else ""),
        label,
        bars,
    )


def cov(**parts: int) -> SafeString:
    """The coloured edge of a clause: how many of its promises have which tone, top to bottom."""
    bars = format_html_join("", '<i data-s="{}" style="--v:{}"></i>', ((t, n) for t, n in parts.items() if n))
    return format_html('<span class="cov" aria-hidden="true">{}</span>', bars)


def progress(label: str, value: float | None = None, tone: str = "") -> SafeString:
    """How far something has got, in per cent; without a value, that it runs."""
    values = format_html(' aria-valuenow="{}"', value) if value is not None else mark_safe(" data-busy")
    return format_html(
        '<span class="progress" role="progressbar" aria-label="{}" aria-valuemin="0" aria-valuemax="100"{}{}>'
        '<i style="--v:{}"></i></span>',
        label,
        values,
        attributes({"data-s": tone}),
        value if value is not None else 0,
    )


def spark(
    values: Sequence[float], width: int = 52, height: int = 18, target: float | None = None, tone: str = ""
) -> SafeString:
    """A small line of the last periods, with its last point and, where there is one, the target."""
    known = [float(v) for v in values]
    if len(known) < 2:
        return EMPTY
    low = min([*known, target] if target is not None else known)
    high = max([*known, target] if target is not None else known)
    reach = (high - low) or 1

    def y(value: float) -> float:
        return round(height - 1.7 - (value - low) / reach * (height - 3.4), 1)

    step = width / (len(known) - 1)
    path = "L".join(f"{round(i * step, 1)} {y(v)}" for i, v in enumerate(known))
    line = format_html('<path class="tgt" d="M0 {}H{}"/>', y(target), width) if target is not None else EMPTY
    return format_html(
        '<svg class="spark"{} width="{}" height="{}" viewBox="0 0 {} {}" aria-hidden="true">{}<path d="M{}"/>'
        '<circle cx="{}" cy="{}" r="2"/></svg>',
        attributes({"data-s": tone}),
        width,
        height,
        width,
        height,
        line,
        path,
        width,
        y(known[-1]),
    )


# personal fields


def masked(
    text: str, url: str = "", purposes: Sequence[tuple[str, str]] = (), what: str = "", token: str = ""
) -> SafeString:
    """A personal field under its mask, with a way to see it that leaves a trace.

    With `purposes` the viewer first says what for. The answer, `revealed`, takes the place of the mask; the
    browser puts the mask back after 30 seconds.
    """
    if not text:
        return format_html('<span class="mut">{}</span>', _("未登记"))
    shown = format_html('<span class="masked">{}</span>', text)
    if not url:
        return shown
    label = _("查看%(what)s，本次查看会留痕") % {"what": what}
    face = format_html("{}{}", icon("eye"), _("查看（留痕）"))
    if purposes:
        rows = format_html_join("", '<button name="purpose" value="{}">{}</button>', purposes)
        control = format_html(
            '<details class="drop left"><summary class="reveal" aria-label="{}">{}</summary>'
            '<div class="menu"><span class="label">{}</span>{}</div></details>',
            label,
            face,
            _("为什么要看？"),
            rows,
        )
    else:
        control = format_html('<button class="reveal" aria-label="{}">{}</button>', label, face)
    return format_html(
        '<form class="sensitive" method="post" action="{}" hx-post="{}" hx-target="this" hx-swap="innerHTML">'
        '<input type="hidden" name="csrfmiddlewaretoken" value="{}">{} {}</form>',
        url,
        url,
        token,
        shown,
        control,
    )


def revealed(text: str) -> SafeString:
    """The answer to a reveal: the plain value."""
    return format_html('<span class="masked" data-revealed>{}</span>', text)
