"""What is in force when, and what is read once and remembered."""

from __future__ import annotations

import pytest

from keyue.kernel.errors import NotFound
from keyue.people import selectors as people
from keyue.regulations import actions, selectors
from keyue.regulations.enums import EditionState
from keyue.regulations.kinds import FIELDS, ControlKind
from tests.apps.regulations.conftest import DAY, SYSTEM, TEXT

pytestmark = pytest.mark.django_db

SHORTER = TEXT.replace("PT2H", "PT1H").replace("2 小时内", "1 小时内")


@pytest.fixture
def two(pack, at):
    first = actions.adopt_pack(pack=pack(), effective_from=at, answers={}, by=SYSTEM, at=at)
    second = actions.adopt_pack(
        pack=pack(SHORTER), effective_from=at + 10 * DAY, answers={}, by=SYSTEM, at=at + 5 * DAY
    )
    return first, second


def test_editions_follow_each_other(two, at):
    first, second = two
    editions = selectors.editions_for("parcel")
    assert [(e.id, e.regulation, e.effective) for e in editions] == [
        (first.pk, "intake", at),
        (second.pk, "intake", at + 10 * DAY),
    ]
    assert editions[0].control("register").clause == "1"
    assert editions[0].control("nothing") is None
    assert selectors.editions_for("case") == ()


def test_states_are_computed(two, at):
    def states(moment):
        return [state for _edition, state in selectors.editions_of("intake", at=moment)]

    draft = actions.draft_edition(text=TEXT, answers={}, by=SYSTEM, at=at + 6 * DAY)
    assert states(at + 6 * DAY) == [EditionState.DRAFTED, EditionState.ANNOUNCED, EditionState.IN_FORCE]
    actions.approve_edition(edition=draft, by=SYSTEM, at=at + 7 * DAY)
    assert states(at + 10 * DAY) == [EditionState.APPROVED, EditionState.IN_FORCE, EditionState.SUPERSEDED]


def test_the_text_in_force(two, at):
    assert selectors.documents_in_force(at - DAY) == []
    assert [reading.edition.n for reading in selectors.documents_in_force(at)] == [1]
    (reading,) = selectors.documents_in_force(at + 10 * DAY)
    assert (reading.edition.n, reading.document.title) == (2, "来件登记制度")
    (clause,) = [c for c in reading.document.clauses if c.number == "1"]
    assert [control.id for control in reading.controls_of(clause)] == ["register"]


def test_a_clause_is_that_of_its_edition(two, at):
    assert selectors.clause("intake", "1", at=at).text == "收到后 2 小时内登记。"
    assert selectors.clause("intake", "1", at=at + 11 * DAY).text == "收到后 1 小时内登记。"
    for number, moment in (("9", at), ("1", at - DAY)):
        with pytest.raises(NotFound):
            selectors.clause("intake", number, at=moment)


def test_roles_and_keeper(two, at):
    named = selectors.roles_named(selectors.documents_in_force(at))
    assert named == {"desk": "收发室", "head": "head", "chief": "chief"}
    assert selectors.keeper_of("intake") == "head"
    assert selectors.keeper_of("nothing") == ""


def test_reading_again_asks_one_question(two, at, django_assert_num_queries):
    selectors.editions_for("parcel")
    with django_assert_num_queries(1):
        again = selectors.editions_for("parcel")
    assert again is selectors.editions_for("parcel")


def test_a_new_edition_is_seen_at_once(two, at):
    before = selectors.editions_for("parcel")
    actions.answer_questions(
        regulation="intake",
        answers={"rounds.every": "P1D"},
        effective_from=at + 20 * DAY,
        by=SYSTEM,
        at=at + 11 * DAY,
    )
    after = selectors.editions_for("parcel")
    assert after[:2] == before
    assert len(after) == 3
    assert not after[2].control("rounds").is_unanswered


def test_an_edition_by_its_number(two):
    assert selectors.edition("intake", 2).pk == two[1].pk
    with pytest.raises(NotFound):
        selectors.edition("intake", 3)
    with pytest.raises(NotFound):
        selectors.regulation("nothing")
    assert [regulation.pk for regulation in selectors.regulations()] == ["intake"]


def test_a_control_that_this_version_no_longer_takes_governs_nothing(pack, at, monkeypatch, caplog):
    """A text published under an older version of the program must not stop the work of today."""
    edition = actions.adopt_pack(pack=pack(), effective_from=at, answers={}, by=SYSTEM, at=at)
    monkeypatch.setattr(selectors, "_read", {})
    monkeypatch.setattr(selectors, "_in_force", ((), {}))
    monkeypatch.setitem(FIELDS, ControlKind.CADENCE, frozenset())
    (in_force,) = selectors.editions_for("parcel")
    assert [control.id for control in in_force.controls] == ["register"]
    assert "governs nothing" in caplog.text
    assert selectors.open_questions("intake") == ()
    assert edition.pk == in_force.id


def test_posts_that_a_regulation_names_and_nobody_fills_are_shown(at):
    assert selectors.named_codes(at) == {}
    actions.adopt_pack(pack="feedback", effective_from=at, answers={}, by=SYSTEM, at=at)
    assert selectors.named_codes(at - DAY) == {}
    named = selectors.named_codes(at)
    assert {"service_desk", "service_supervisor", "service_head"} <= set(named)
    assert {"KY-ZD-003 4.1.1", "KY-ZD-003 4.3.3"} <= set(named["service_desk"])
    # the page of posts asks every room that names some
    rows = {row.code: row for row in people.post_rows(at)}
    assert rows["service_desk"].is_empty
    assert "KY-ZD-003 4.1.1" in rows["service_desk"].named_in
