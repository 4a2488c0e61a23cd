"""What every table must say of itself: what it is, in whose words, and which columns tell who somebody is."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import models

from tests.support.environment import ROOT
from tests.support.source import report

CHINESE = re.compile(r"[\u4e00-\u9fff]")
GLOSSARY = ROOT / "docs" / "reference" / "glossary.md"
# a column whose name holds one of these words may tell who somebody is, or what somebody said
SUSPICIOUS = frozenset(
    """name phone mobile telephone tel email mail address addr contact content body text message note notes remark
    comment summary title subject description detail details data payload birthday birth gender sex wechat qq openid
    idcard passport license plate account bank region location ip agent avatar signature quote answer reply recipient
    recipients sender to cc headers""".split()
)
# what a column says that ends so is a key or a kind, whatever it is of
HARMLESS = ("_id", "_kind", "_ref", "_code", "_type", "_state", "_hash")
# columns that hold free values; a number, an instant or a key into another table tells nothing by itself
FREE = (models.CharField, models.TextField, models.JSONField, models.FileField, models.GenericIPAddressField)


def tables() -> list[type[models.Model]]:
    """The models of all rooms; tables that only join two others are made by Django."""
    return [m for m in apps.get_models() if m.__module__.startswith("keyue.")]


def label(model: type[models.Model]) -> str:
    return f"{model._meta.app_label}.{model.__name__}"


def own_fields(model: type[models.Model]) -> Iterator[models.Field]:
    """Its columns and links, without those that Django's abstract models bring, named in Django's words."""
    foreign = {
        field.name
        for base in model.__mro__
        if hasattr(base, "_meta") and not base.__module__.startswith("keyue.")
        for field in base._meta.get_fields()
    }
    return (f for f in model._meta.get_fields() if isinstance(f, models.Field) and f.name not in foreign)


def glossary() -> set[str]:
    """The Chinese words of the glossary: the first cell of each row, several parted by strokes."""
    words: set[str] = set()
    for line in GLOSSARY.read_text(encoding="utf-8").splitlines():
        if line.startswith("| ") and not line.startswith("| 中文"):
            words |= {w.strip() for w in line.split("|")[1].split("/")}
    return words - {""}


def test_every_table_says_what_it_is():
    faults = []
    for model in tables():
        generated = f"{model.__name__}({', '.join(f.name for f in model._meta.fields)})"
        if (model.__doc__ or "").strip() in {"", generated}:
            faults.append(f"{label(model)}: no docstring")
        if not CHINESE.search(str(model._meta.verbose_name)):
            faults.append(f"{label(model)}: verbose_name is not Chinese")
        faults += [
            f"{label(model)}.{field.name}: verbose_name is not Chinese"
            for field in own_fields(model)
            if not (field.auto_created or field.name == "id")
            and not CHINESE.search(str(field.verbose_name))
            and not str(field.verbose_name).isupper()  # IP, SHA-256: no words of any language
        ]
    report(faults, "people read these names on screen and in exports")


def test_the_names_of_tables_stand_in_the_glossary():
    words = glossary()
    rooms = [c for c in apps.get_app_configs() if c.name.startswith("keyue.")]
    names = {str(m._meta.verbose_name): label(m) for m in tables()} | {
        str(c.verbose_name): c.name for c in rooms
    }
    missing = [f"{name} ({where})" for name, where in sorted(names.items()) if name not in words]
    report(missing, "add a row for each to docs/reference/glossary.md: | 中文 | English | meaning |")


def test_the_glossary_is_sound():
    rows = [
        r for r in GLOSSARY.read_text(encoding="utf-8").splitlines() if r.startswith("| ") and "中文" not in r
    ]
    faults, seen = [], set()
    for row in rows:
        cells = [c.strip() for c in row.strip("|").split("|")]
        if len(cells) != 3 or not all(cells):
            faults.append(f"{row}: three cells, none empty")
            continue
        for word in (w.strip() for w in cells[0].split("/")):
            if word in seen:
                faults.append(f"{word} stands there twice")
            seen.add(word)
    report(faults, str(GLOSSARY.relative_to(ROOT)))


def test_every_column_that_may_be_personal_is_declared():
    """`personal = ("name",)` or `plain = ("code",)` on the model; `blind` for keyed digests."""
    faults = []
    for model in tables():
        declared = {
            name
            for kind in ("personal", "plain", "blind")
            for base in model.__mro__
            for name in base.__dict__.get(kind, ())
        }
        for field in own_fields(model):
            words = set() if field.name.endswith(HARMLESS) else set(re.split(r"[_\d]+", field.name))
            if (
                isinstance(field, FREE)
                and words & SUSPICIOUS
                and not field.choices
                and field.name not in declared
            ):
                faults.append(f"{label(model)}.{field.name}")
    report(
        faults,
        "say of each whether it can tell who somebody is: name it in `personal` or in `plain` of its model",
    )


def test_what_is_declared_exists_and_once():
    faults = []
    for model in tables():
        names = {f.name for f in own_fields(model)}
        lists = {kind: tuple(getattr(model, kind, ())) for kind in ("personal", "plain", "blind")}
        for kind, listed in lists.items():
            faults += [f"{label(model)}.{kind}: no column {name}" for name in listed if name not in names]
        both = set(lists["personal"]) & set(lists["plain"])
        faults += [f"{label(model)}: {name} is both personal and plain" for name in sorted(both)]
    report(faults, "the declarations of personal data")


def test_who_and_when_stand_together():
    """`closed_by` has its `closed_at`, and the database refuses one without the other.

    An exception is documented where it is made: `unpaired = {"x_by": "why"}` on the model.
    """
    faults = []
    for model in tables():
        fields = {f.name: f for f in own_fields(model)}
        excused = getattr(model, "unpaired", {})
        checks = " ".join(
            str(c.condition) for c in model._meta.constraints if isinstance(c, models.CheckConstraint)
        )
        for name in fields:
            stem = name.removesuffix("_by")
            if stem == name or name in excused:
                continue
            at = fields.get(f"{stem}_at")
            if at is None:
                faults.append(f"{label(model)}.{name} has no {stem}_at")
            elif at.null and not (f"'{name}" in checks and f"'{stem}_at" in checks):
                faults.append(f"{label(model)}: no CheckConstraint ties {stem}_at and {name}")
        faults += [f"{label(model)}.unpaired: no column {n}" for n in excused if n not in fields]
    report(faults, "a deed has its doer and its instant, or neither")


@pytest.mark.parametrize("word", ["客户", "约定", "制度", "事实"])
def test_the_glossary_is_read(word):
    assert word in glossary()
