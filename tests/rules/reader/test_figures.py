"""The reader holds what it has to reach on every text beside which somebody wrote what stands in it."""

from __future__ import annotations

import json

import pytest

from tests.support import reader_figures as figures

TEXTS = list(figures.expectations())


@pytest.mark.parametrize(("path", "wanted"), TEXTS, ids=[path.stem for path, _ in TEXTS])
def test_each_text_is_read_as_it_should_be(path, wanted):
    assert figures.faults_of(figures.figures_of(path, wanted)) == []


def test_over_all_texts_what_has_to_be_reached_is():
    found = figures.all_figures()
    assert len(found) >= 13 and figures.faults(found) == []


def test_the_figures_can_fall():
    path, wanted = next((path, wanted) for path, wanted in TEXTS if len(wanted["timed_duties"]) > 5)
    other = json.loads(json.dumps(wanted))
    other["structure"] = other["structure"][: len(other["structure"]) // 2]
    for duty in other["timed_duties"]:
        duty["quantity"] += 1
    one = figures.figures_of(path, other)
    assert one.structure < 0.8 and one.duties_found == 0 and one.duties_extra > 5
    assert len(figures.faults([one])) == 2


@pytest.mark.parametrize(("path", "wanted"), TEXTS, ids=[path.stem for path, _ in TEXTS])
def test_what_was_put_around_a_text_is_no_part_of_it(path, wanted):
    found = figures.read_regulation(path)
    body = json.dumps(found["structure"], ensure_ascii=False)
    gone = " ".join(one["text"] for one in found["removed"])
    for phrase in wanted.get("removed", []):
        assert phrase in gone and phrase not in body, phrase
