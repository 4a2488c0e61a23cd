"""Values in conditions are shown by their names, wherever the vocabulary has a closed list of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from keyue.compliance.control_forms import ControlForm, Offered
from keyue.compliance.control_names import VALUES, value_code, value_name, values_of
from keyue.compliance.typed_conditions import Part, put_together, taken_apart, words
from keyue.compliance.typed_controls import typed_of
from keyue.regulations.document import read_document

PACKS = sorted(Path(__file__).parents[3].glob("packs/*/regulation.md"))


@pytest.mark.parametrize(
    ("text", "part", "said"),
    [
        ("fact.to == 'customer'", Part("fact.to", "==", "客户"), "这件事的告知对象是客户"),
        (
            "fact.reason == 'third_party'",
            Part("fact.reason", "==", "等第三方"),
            "这件事的原因是等第三方",
        ),
        (
            "fact.outcome in ['satisfied', 'unreachable']",
            Part("fact.outcome", "in", "满意、没有联系上"),
            "这件事的回访结果属于满意、没有联系上",
        ),
        ("fact.to == 'nobody'", Part("fact.to", "==", "nobody"), "这件事的告知对象是nobody"),
    ],
)
def test_a_value_is_shown_by_its_name_and_kept_by_its_code(text: str, part: Part, said: str) -> None:
    assert taken_apart(text) == ([part], "")
    assert put_together([part], "") == text
    assert words(text) == said


def test_names_of_one_list_are_no_two_codes() -> None:
    for field in VALUES:
        names = values_of(f"fact.{field}")
        assert len(set(names.values())) == len(names), field
        for code, name in names.items():
            assert (value_name(f"fact.{field}", code), value_code(f"fact.{field}", name)) == (name, code)


def test_the_form_offers_each_name_with_its_code_behind_it() -> None:
    raw = {"id": "x", "on": "case.eta_given if fact.to == 'customer'"}
    form = ControlForm(typed_of(raw), Offered("case", {}, {}))
    [group] = [group for group in form.groups if group.key == "on"]
    part = group.rows[0].condition.parts[0]
    assert part.values == {"customer": "客户"} and part.list_id == "values-on-0-0"
    assert 'value="客户"' in str(part.value)


def test_every_value_of_a_closed_list_in_the_packs_has_a_name() -> None:
    for path in PACKS:
        for block in read_document(path.read_text("utf-8")).blocks:
            control = block.control()
            if control.awaits:
                continue
            for occasion in (*control.on, *control.met_by):
                for part in taken_apart(occasion.condition.text)[0] if occasion.condition else ():
                    if part.value and values_of(part.field):
                        assert not part.value.isascii(), (path.parent.name, block.id, part)
