"""Adopting, answering and publishing; what is published stays."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from keyue.kernel.errors import Invalid, NotFound, Refused
from keyue.ledger.facts import Actor, Subject
from keyue.ledger.selectors import facts_of
from keyue.people import actions as people
from keyue.people.models import Post
from keyue.regulations import actions, selectors
from keyue.regulations.document import read_file
from keyue.regulations.models import Edition, Regulation
from keyue.worktime.actions import publish_calendar
from tests.apps.regulations.conftest import DAY, SYSTEM, TEXT

pytestmark = pytest.mark.django_db

INTAKE = Subject("regulation", "intake")


def adopt(pack, at, **more) -> Edition:
    return actions.adopt_pack(
        **{"pack": pack, "effective_from": at, "answers": {}, "by": SYSTEM, "at": at, **more}
    )


def test_adopting_puts_a_text_in_force(pack, at):
    edition = adopt(pack(), at)
    assert (edition.n, edition.title, edition.source) == (1, "来件登记制度", TEXT)
    assert (edition.drafted_by, edition.approved_by, edition.published_by) == ("system:test",) * 3
    regulation = selectors.regulation("intake")
    assert (regulation.title, regulation.code, regulation.keeper) == ("来件登记制度", "T-001", "head")
    assert [fact.kind for fact in facts_of(INTAKE)] == [
        "regulation.edition_drafted",
        "regulation.edition_approved",
        "regulation.edition_published",
    ]
    published = facts_of(INTAKE)[-1]
    assert published.data["effective_from"] == at.isoformat()
    assert published.data["digest"] == edition.digest


def test_adopting_the_same_again_changes_nothing(pack, at):
    first = adopt(pack(), at)
    again = adopt(pack(), at + DAY, effective_from=at + 2 * DAY)
    assert again.pk == first.pk
    assert Edition.objects.count() == 1
    assert len(facts_of(INTAKE)) == 3


def test_another_text_or_another_answer_is_the_next_edition(pack, at):
    adopt(pack(), at)
    second = adopt(pack(TEXT.replace("PT2H", "PT1H")), at + DAY, effective_from=at + 3 * DAY)
    third = adopt(
        pack(TEXT.replace("PT2H", "PT1H")),
        at + 2 * DAY,
        effective_from=at + 4 * DAY,
        answers={"rounds.every": "P1D"},
    )
    assert [second.n, third.n] == [2, 3]


def test_a_ready_pack_is_adopted_by_its_id(at):
    edition = adopt("feedback", at)
    assert edition.title == "客户意见建议收集处理制度"
    assert "classify" in {control.id for control in selectors.editions_for("case")[0].controls}


def test_a_date_before_publication_is_refused(pack, at):
    with pytest.raises(Refused, match="不能早于发布时间"):
        adopt(pack(), at, effective_from=at - timedelta(seconds=1))
    assert not Regulation.objects.exists() or not facts_of(INTAKE)


def test_editions_take_effect_in_order(pack, at):
    adopt(pack(), at, effective_from=at + 5 * DAY)
    with pytest.raises(Refused, match="要在它之后"):
        adopt(pack(TEXT.replace("PT2H", "PT1H")), at, effective_from=at + 5 * DAY)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (TEXT.replace('within   = "PT2H"', 'within   = "2 hrs"'), "第 22 行：within"),
        (TEXT.replace('subject = "parcel"', ""), "缺少 subject"),
        ("没有标题", "缺少一级标题"),
    ],
)
def test_a_text_that_does_not_run_is_refused(pack, at, text, sentence):
    with pytest.raises(Invalid, match=sentence):
        adopt(pack(text), at)
    assert not Regulation.objects.exists()


def test_a_calendar_that_the_company_has_not_published_is_refused(pack, at):
    text = TEXT.replace('within   = "PT2H"', 'within   = "PT2H working"\ncalendar = "plant"')
    with pytest.raises(Invalid, match="控制 register 按日历「plant」计时，公司还没有发布这个日历"):
        adopt(pack(text), at)
    with pytest.raises(Invalid, match="plant"):
        adopt(pack(), at, answers={"register.calendar": "plant"})
    assert not Regulation.objects.exists()
    publish_calendar(code="plant", name="车间", definition={"weekly": {}}, by="1", at=at)
    assert adopt(pack(text), at).n == 1


def test_a_pack_that_is_not_there_is_a_sentence(at, tmp_path):
    with pytest.raises(Invalid, match="找不到制度"):
        adopt(tmp_path / "nowhere", at)


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        ({"rounds.every": "often"}, "every"),
        ({"rounds.window": "hourly"}, "window"),
        ({"nobody.within": "PT1H"}, "nobody"),
        ({"rounds": "P1D"}, "rounds"),
    ],
)
def test_an_answer_that_does_not_run_is_refused(pack, at, answers, field):
    with pytest.raises(Invalid) as caught:
        adopt(pack(), at, answers=answers)
    assert set(caught.value.fields) == {field}
    assert not Edition.objects.exists()


def test_answering_makes_an_edition_of_the_same_text(pack, at):
    adopt(pack(), at)
    assert [question.key for question in selectors.open_questions("intake")] == ["rounds.every"]
    edition = actions.answer_questions(
        regulation="intake", answers={"rounds.every": "P2D"}, effective_from=at + DAY, by=SYSTEM, at=at + DAY
    )
    assert (edition.n, edition.source, edition.answers) == (2, TEXT, {"rounds.every": "P2D"})
    assert selectors.open_questions("intake") == ()
    again = actions.answer_questions(
        regulation="intake",
        answers={"rounds.every": "P2D"},
        effective_from=at + 2 * DAY,
        by=SYSTEM,
        at=at + 2 * DAY,
    )
    assert again.pk == edition.pk
    other = actions.answer_questions(
        regulation="intake",
        answers={"rounds.every": "P3D"},
        effective_from=at + 3 * DAY,
        by=SYSTEM,
        at=at + 2 * DAY,
    )
    assert (other.n, other.answers) == (3, {"rounds.every": "P3D"})


def test_only_what_is_asked_is_answered(pack, at):
    adopt(pack(), at)
    answer = {"effective_from": at + DAY, "by": SYSTEM, "at": at}
    with pytest.raises(Invalid, match="register"):
        actions.answer_questions(regulation="intake", answers={"register.within": "PT9H"}, **answer)
    with pytest.raises(NotFound):
        actions.answer_questions(regulation="nothing", answers={}, **answer)
    with pytest.raises(Refused, match="不能早于"):
        actions.answer_questions(
            regulation="intake", answers={"rounds.every": "P1D"}, **{**answer, "effective_from": at - DAY}
        )


def test_a_draft_governs_nothing_until_it_is_published(pack, at):
    lin = Actor("staff", "7")
    edition = actions.draft_edition(text=TEXT, answers={}, by=lin, at=at)
    assert selectors.editions_for("parcel") == ()
    with pytest.raises(Refused, match="已批准"):
        actions.publish_edition(edition=edition, effective_from=at, by=lin, at=at)
    actions.approve_edition(edition=edition, by=SYSTEM, at=at)
    with pytest.raises(Refused, match="已经批准"):
        actions.approve_edition(edition=edition, by=SYSTEM, at=at)
    assert selectors.editions_for("parcel") == ()
    actions.publish_edition(edition=edition, effective_from=at, by=lin, at=at)
    assert [e.id for e in selectors.editions_for("parcel")] == [edition.pk]
    with pytest.raises(Refused):
        actions.publish_edition(edition=edition, effective_from=at + DAY, by=lin, at=at)


@pytest.mark.parametrize(
    "change",
    [
        lambda rows: rows.update(source="# 别的"),
        lambda rows: rows.update(answers={"rounds.every": "P9D"}),
        lambda rows: rows.update(effective_from=None, published_at=None, published_by=""),
        lambda rows: rows._raw_delete(rows.db),
    ],
)
def test_the_database_keeps_what_is_published(pack, at, change):
    edition = adopt(pack(), at)
    with pytest.raises(DatabaseError), transaction.atomic():
        change(Edition.objects.filter(pk=edition.pk))
    assert Edition.objects.get().source == TEXT


def test_the_database_refuses_a_retroactive_edition(pack, at):
    edition = actions.draft_edition(text=TEXT, answers={}, by=SYSTEM, at=at)
    with pytest.raises(IntegrityError), transaction.atomic():
        Edition.objects.filter(pk=edition.pk).update(
            approved_at=at,
            approved_by="system:x",
            published_at=at,
            published_by="system:x",
            effective_from=at - DAY,
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        Edition.objects.filter(pk=edition.pk).update(approved_at=at)


# --- adopting a ready text, with its posts --------------------------------------------------------------------------


def adopt_ready(pack, at, **more) -> Edition:
    document = read_file(pack())
    return actions.adopt_ready(
        **{"document": document, "effective_from": at, "answers": {}, "by": SYSTEM, "at": at, **more}
    )


def test_the_posts_that_a_text_names_are_made_with_it(pack, at):
    people.create_department(code="chief", name="总务处", by=SYSTEM, at=at)
    lin = people.create_staff(username="lin", name="林知夏", by=SYSTEM, at=at)
    adopt_ready(pack, at, holders={"desk": [lin]})
    posts = {post.code: post for post in Post.objects.all()}
    # a department of that code owes it: no post takes its place
    assert posts.keys() == {"head", "desk"}
    assert posts["desk"].name == "收发室" and posts["desk"].holders.get() == lin
    assert not posts["head"].holders.exists()
    with pytest.raises(Refused, match="已经采用"):
        adopt_ready(pack, at + DAY)


def test_a_filled_post_is_nobody_s_to_fill_here(pack, at):
    lin = people.create_staff(username="lin", name="林知夏", by=SYSTEM, at=at)
    wu = people.create_staff(username="wu", name="吴桐", by=SYSTEM, at=at)
    people.create_post(code="desk", name="收发室", holders=[lin], by=SYSTEM, at=at)
    with pytest.raises(Invalid) as caught:
        adopt_ready(pack, at, holders={"desk": [wu], "moon": [wu]})
    assert caught.value.fields.keys() == {"desk", "moon"}
    assert not Edition.objects.exists() and Post.objects.count() == 1


def test_a_bad_answer_leaves_no_post_behind(pack, at):
    with pytest.raises(Invalid), transaction.atomic():
        adopt_ready(pack, at, answers={"rounds.every": "soon"})
    assert not Post.objects.exists() and not Regulation.objects.exists()


def test_an_answer_is_taken_back_and_an_older_reading_refused(pack, at):
    adopt(pack(), at, answers={"rounds.every": "P1D"})

    def answer(**more) -> Edition:
        return actions.answer_questions(
            **{"regulation": "intake", "effective_from": at + DAY, "by": SYSTEM, "at": at, **more}
        )

    with pytest.raises(Refused) as caught:
        answer(answers={"rounds.every": "P2D"}, revision=7)
    assert caught.value.code == "conflict" and Edition.objects.count() == 1
    assert answer(answers={"rounds.every": None}, revision=1).answers == {}
    assert [question.key for question in selectors.open_questions("intake")] == ["rounds.every"]
