"""A form field as HTML: label, required mark, control, hint, and its error right beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import zip_longest
from typing import Any

from django import forms
from django.forms import BoundField, widgets
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from keyue.ui.marks import EMPTY, attributes, glyph, icon

Extra = Mapping[str, str | bool]


def ask_by_name(form: forms.BaseForm) -> None:
    """Let what is missing be asked for by its name: 「请填写理由。」, not 「这个字段是必填项。」."""
    for field in form.fields.values():
        if field.label:
            choosing = isinstance(field, forms.ChoiceField | forms.FileField)
            pattern = _("请选择%(label)s。") if choosing else _("请填写%(label)s。")
            field.error_messages["required"] = pattern % {"label": field.label}


def offer(form: forms.BaseForm, name: str, choices: Iterable[tuple[Any, Any]]) -> None:
    """Let a field be chosen from what is there now: a list of a form that is known only when it is shown."""
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)  # noqa: S101  declared so
    field.choices = list(choices)


def _error(bound: BoundField) -> SafeString:
    if not bound.errors:
        return EMPTY
    return format_html(
        '<span class="err" id="{}_error" data-s="late">{}<span>{}</span></span>',
        bound.auto_id,
        glyph("late"),
        format_html_join(mark_safe("<br>"), "{}", ((e,) for e in bound.errors)),
    )


def _hint(bound: BoundField, text: str) -> SafeString:
    if not text:
        return EMPTY
    return format_html('<span class="hint" id="{}_helptext">{}</span>', bound.auto_id, text)


def _described(bound: BoundField, hint: str) -> str:
    parts = [f"{bound.auto_id}_helptext"] if hint else []
    if bound.errors:
        parts.append(f"{bound.auto_id}_error")
    return " ".join(parts)


def _attributes(bound: BoundField, hint: str, css: str, extra: Extra) -> dict[str, str | bool]:
    attrs = {name.replace("_", "-"): value for name, value in extra.items()}
    described = _described(bound, hint)
    if described:
        attrs["aria-describedby"] = described
    own = str(bound.field.widget.attrs.get("class", ""))
    joined = " ".join(part for part in (css, own) if part)
    if joined:
        attrs["class"] = joined
    return attrs


def _checkbox(bound: BoundField, label: str, hint: str, extra: Extra) -> SafeString:
    attrs = _attributes(bound, hint, "", extra)
    note = (
        format_html('<br><span class="n" id="{}_helptext">{}</span>', bound.auto_id, hint) if hint else EMPTY
    )
    return format_html(
        '<div class="field"><label class="check">{}<span>{}{}</span></label>{}</div>',
        bound.as_widget(attrs=attrs),
        label,
        note,
        _error(bound),
    )


def _choices(bound: BoundField, label: str, hint: str, kind: str, icons: list[str]) -> SafeString:
    """Radio buttons or boxes: `pick` as cards, `seg` as a switch, else a plain list."""
    plain = kind not in {"pick", "seg"}
    rows = format_html_join(
        "",
        '<label class="check">{}{}<span>{}</span></label>' if plain else "<label>{}{}{}</label>",
        (
            (choice.tag(), icon(name) if name else EMPTY, choice.choice_label)
            for choice, name in zip_longest(bound, icons)
            if choice is not None
        ),
    )
    described = _described(bound, hint)
    return format_html(
        '<fieldset class="field"{}><legend class="label{}">{}</legend><div class="{}">{}</div>{}{}</fieldset>',
        attributes({"aria-describedby": described}),
        " req" if bound.field.required else "",
        label,
        "checks" if plain else kind,
        rows,
        _hint(bound, hint),
        _error(bound),
    )


def _upload(bound: BoundField, label: str, hint: str, extra: Extra) -> SafeString:
    """A button that takes files; the browser shows each chosen one as a chip, made from the template."""
    attrs = _attributes(bound, hint, "", extra)
    chip = format_html(
        '<template><span class="file">{}<span></span><span class="n"></span>'
        '<button type="button" aria-label="{}">{}</button></span></template>',
        icon("clip"),
        _("移除"),
        icon("x"),
    )
    return format_html(
        '<div class="field"><span class="label{}" id="{}_label">{}</span><div class="upload" data-upload>{}'
        '<div class="files" aria-live="polite"></div><div><label class="btn sm">{}{}{}</label></div></div>{}{}</div>',
        " req" if bound.field.required else "",
        bound.auto_id,
        label,
        chip,
        icon("plus"),
        _("添加文件"),
        bound.as_widget(attrs={**attrs, "aria-labelledby": f"{bound.auto_id}_label"}),
        _hint(bound, hint),
        _error(bound),
    )


def render(
    bound: BoundField,
    *,
    kind: str = "",
    label: str = "",
    hint: str = "",
    css: str = "",
    icons: str = "",
    extra: Extra | None = None,
) -> SafeString:
    """The whole field. `kind` chooses how a choice looks, `icons` names one for each; `extra` are attributes."""
    widget = bound.field.widget
    if bound.is_hidden:
        return bound.as_widget()
    label = label or str(bound.label)
    hint = hint or str(bound.help_text or "")
    if isinstance(widget, widgets.CheckboxInput):
        return _checkbox(bound, label, hint, extra or {})
    if isinstance(widget, widgets.RadioSelect):
        return _choices(bound, label, hint, kind, icons.split())
    if isinstance(widget, widgets.FileInput):
        return _upload(bound, label, hint, extra or {})
    attrs = _attributes(bound, hint, f"input {css}".strip(), extra or {})
    return format_html(
        '<div class="field"><label for="{}"{}>{}</label>{}{}{}</div>',
        bound.id_for_label,
        mark_safe(' class="req"') if bound.field.required else EMPTY,
        label,
        bound.as_widget(attrs=attrs),
        _hint(bound, hint),
        _error(bound),
    )
