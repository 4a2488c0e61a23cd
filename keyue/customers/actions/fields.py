"""Setting the archive up without code: the company's own fields, what is required and how it weighs, intervals."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.customers import upkeep_events as events
from keyue.customers.actions._ground import WEB, member, signature
from keyue.customers.enums import FieldKind, Grade, Stage
from keyue.customers.models import FieldDefinition, UpkeepSettings
from keyue.customers.rules import WORD_LONGEST, tidy_name
from keyue.customers.upkeep_rules import LARGEST_WEIGHT, LEAST, STANDARD
from keyue.customers.wording import checked
from keyue.kernel.errors import Invalid, NotFound, Refused
from keyue.kernel.events import Event
from keyue.ledger import actions as ledger
from keyue.ledger.facts import Actor, Draft

KEY = re.compile(r"[a-z][a-z0-9_]{1,38}")
MOST_FIELDS = 200
MOST_OPTIONS = 60
MOST_DAYS = 3650
# what may be changed of a field of the company's own; of the product's, only the last three
CHANGEABLE = ("label", "options", "for_organisations", "for_persons", "required", "weight", "order")
CHANGEABLE_OF_STANDARD = ("required", "weight", "order")


def _record(event: Event, *, by: Actor, at: datetime, via: str) -> None:
    ledger.record(events.THE_ARCHIVE, [Draft(event.kind, event.data())], by=by, at=at, source=via)


@transaction.atomic
def define_field(
    *,
    key: str,
    label: str,
    kind: str,
    by: Actor,
    at: datetime,
    required: bool = False,
    weight: int = 5,
    is_personal: bool = False,
    is_sensitive: bool = False,
    options: Collection[str] = (),
    for_organisations: bool = True,
    for_persons: bool = True,
    order: int = 500,
    via: str = WEB,
) -> FieldDefinition:
    """Give the archive a field of the company's own. Its key, kind and sensitivity never change afterwards.

    `is_sensitive`: what 个人信息保护法 article 28 means; such a field is a personal one too.
    Raises Invalid (a key that is taken or not small letters, digits and underscores; a choice without options).
    """
    if not KEY.fullmatch(key):
        sentence = _("字段代码用小写字母开头，只含小写字母、数字和下划线，2 至 39 个字符。")
        raise Invalid(sentence, fields={"key": sentence})
    standard = {rule.key for rule in STANDARD}
    if key in standard or FieldDefinition.objects.filter(key=key).exists():
        sentence = _("字段代码「%(key)s」已经有了。") % {"key": key}
        raise Invalid(sentence, fields={"key": sentence})
    if FieldDefinition.objects.count() >= MOST_FIELDS:
        raise Refused(_("自定义字段最多 %(most)s 个。") % {"most": MOST_FIELDS}, code="too_many_fields")
    sort = member(FieldKind, kind, "kind")
    values = _clean(
        {"label": label, "options": options, "weight": weight, "order": order, "required": required}
        | {"for_organisations": for_organisations, "for_persons": for_persons},
        sort,
    )
    row = FieldDefinition.objects.create(
        key=key,
        kind=sort,
        is_personal=is_personal or is_sensitive,
        is_sensitive=is_sensitive,
        created_at=at,
        created_by=signature(by),
        **values,
    )
    event = events.FieldDefined(
        key, row.label, sort.value, row.required, row.weight, row.is_personal, is_sensitive
    )
    _record(event, by=by, at=at, via=via)
    return row


def _clean(values: Mapping[str, Any], kind: FieldKind | str) -> dict[str, Any]:
    cleaned = dict(values)
    if "label" in values:
        label = checked({"label": (lambda text: tidy_name(text, longest=WORD_LONGEST), values["label"])})
        if not label["label"]:
            raise Invalid(_("请填写字段名称。"), fields={"label": _("请填写字段名称")})
        cleaned["label"] = label["label"]
    if "options" in values:
        options = list(dict.fromkeys(text for one in values["options"] if (text := str(one).strip())))
        if kind == FieldKind.CHOICE and not options:
            raise Invalid(_("选项字段至少要有一个选项。"), fields={"options": _("请每行写一个选项")})
        if len(options) > MOST_OPTIONS or any(len(one) > WORD_LONGEST for one in options):
            sentence = _("选项最多 %(most)s 个，每个最多 %(long)s 个字。") % {
                "most": MOST_OPTIONS,
                "long": WORD_LONGEST,
            }
            raise Invalid(sentence, fields={"options": sentence})
        cleaned["options"] = options if kind == FieldKind.CHOICE else []
    for name, most in (("weight", LARGEST_WEIGHT), ("order", 9999)):
        if name in values and not 0 <= int(values[name]) <= most:
            sentence = _("请填 0 到 %(most)s 之间的整数。") % {"most": most}
            raise Invalid(sentence, fields={name: sentence})
    return cleaned


@transaction.atomic
def change_field(
    *, key: str, changes: Mapping[str, Any], by: Actor, at: datetime, via: str = WEB
) -> FieldDefinition:
    """Change what the company says of a field: CHANGEABLE of its own, CHANGEABLE_OF_STANDARD of the product's.

    Scores follow by and by, with the daily check. Raises Invalid, Refused (what the regulation names stays required),
    NotFound.
    """
    row = FieldDefinition.objects.select_for_update().filter(key=key).first()
    rule = next((one for one in STANDARD if one.key == key), None)
    if row is None and rule is None:
        raise NotFound(_("没有这个字段。"))
    if row is None and rule is not None:
        row = FieldDefinition(
            key=key, is_standard=True, required=rule.required, weight=rule.weight, order=rule.order,
            created_at=at, created_by=signature(by),
        )  # fmt: skip
    assert row is not None  # noqa: S101  one of the two
    may = CHANGEABLE_OF_STANDARD if row.is_standard else CHANGEABLE
    unknown = sorted(set(changes) - set(may))
    if unknown:
        raise Invalid(
            _("这些不能改：%(names)s") % {"names": _("、").join(unknown)}, fields=dict.fromkeys(unknown, "")
        )
    if key in LEAST and changes.get("required") is False:
        raise Refused(_("制度规定档案至少要有这一项，不能改为选填。"), code="least")
    cleaned = _clean(changes, row.kind)
    changed = {name: value for name, value in cleaned.items() if getattr(row, name) != value}
    if not changed:
        return row
    old = {name: getattr(row, name) for name in changed}
    for name, value in changed.items():
        setattr(row, name, value)
    row.revision += 1
    row.save()
    _record(events.FieldChanged(key, old, changed), by=by, at=at, via=via)
    return row


@transaction.atomic
def retire_field(*, key: str, by: Actor, at: datetime, via: str = WEB) -> FieldDefinition:
    """Use a field of the company's own no more; what stands in it stays, and can be read as of a date.

    Doing it twice does it once. Raises NotFound.
    """
    row = _own(key)
    if row.retired_at is None:
        row.retired_at, row.retired_by = at, signature(by)
        row.save(update_fields=["retired_at", "retired_by"])
        _record(events.FieldRetired(key), by=by, at=at, via=via)
    return row


@transaction.atomic
def restore_field(*, key: str, by: Actor, at: datetime, via: str = WEB) -> FieldDefinition:
    """Use a retired field again. Raises NotFound."""
    row = _own(key)
    if row.retired_at is not None:
        row.retired_at, row.retired_by = None, ""
        row.save(update_fields=["retired_at", "retired_by"])
        _record(events.FieldRestored(key), by=by, at=at, via=via)
    return row


def _own(key: str) -> FieldDefinition:
    row = FieldDefinition.objects.select_for_update().filter(key=key, is_standard=False).first()
    if row is None:
        raise NotFound(_("没有这个字段，或它是内置的。"))
    return row


@transaction.atomic
def set_upkeep(
    *, stages: Collection[str], contact_days: Mapping[str, int], by: Actor, at: datetime, via: str = WEB
) -> UpkeepSettings:
    """Say of which stages the daily check looks files over, and after how many days each grade is to be contacted.

    A grade that is left out has no interval. Raises Invalid.
    """
    named = [str(member(Stage, one, "stages").value) for one in dict.fromkeys(stages)]
    days: dict[str, int] = {}
    for grade, n in contact_days.items():
        code = member(Grade, grade, "contact_days")
        if not 1 <= int(n) <= MOST_DAYS:
            sentence = _("联系间隔应在 1 到 %(most)s 天之间。") % {"most": MOST_DAYS}
            raise Invalid(sentence, fields={f"days_{code.value}": sentence})
        days[code.value] = int(n)
    row, _made = UpkeepSettings.objects.update_or_create(
        pk=1,
        defaults={"stages": named, "contact_days": days, "changed_at": at, "changed_by": signature(by)},
    )
    _record(events.UpkeepSet(tuple(named), days), by=by, at=at, via=via)
    return row
