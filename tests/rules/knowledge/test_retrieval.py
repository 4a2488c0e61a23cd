"""Finding the article that answers: how good it is on the labelled set, and what it does with single questions."""

from __future__ import annotations

import random
import time

import pytest

from keyue.knowledge.retrieval import Document, Index
from keyue.knowledge.retrieval.index import paragraphs
from keyue.knowledge.retrieval.synonyms import Synonyms, groups_of
from tests.support.retrieval_figures import documents, figures, index, questions, unseen


def pairs(text: str) -> set[str]:
    return {text[k : k + 2] for k in range(len(text) - 1)}


def test_the_set_is_large_and_hard_enough():
    titles = {document.key: document.title for document in documents()}
    covered = [asked for asked in questions() if asked.article]
    alien = [asked for asked in covered if not pairs(asked.text) & pairs(titles[asked.article])]
    assert len(titles) >= 60
    assert len(covered) >= 240
    assert len(questions()) - len(covered) >= 120
    assert len(alien) >= len(covered) / 2
    assert len({asked.text for asked in questions()}) == len(questions())
    held_out = sum(asked.is_held_out for asked in questions())
    assert 0.28 <= held_out / len(questions()) <= 0.4
    phrases = {phrase for document in documents() for phrase in document.asked}
    assert not phrases & {asked.text for asked in covered}


@pytest.mark.parametrize("held_out", [False, True])
def test_questions_find_their_articles_and_others_get_no_answer(held_out: bool):
    found = figures(asked for asked in questions() if asked.is_held_out is held_out)
    assert found.among_three / found.covered >= 0.9
    assert found.silent / found.uncovered >= 0.95
    assert found.wrong / found.covered <= 0.05
    # what it answers at all: not silent by answering nothing
    assert found.right / found.covered >= 0.5


def test_a_question_gets_the_passage_that_answers_it():
    hit = index().answer("碱水弄到眼里去了，快说怎么办") or index().search("碱水弄到眼里去了")[0]
    assert hit.key == "chemical_safety"
    assert "清水冲洗" in hit.passage


@pytest.mark.parametrize(
    ("asked", "article"),
    [
        ("loushui", "leak"),
        ("kai fapiao", "invoice"),
        ("tuikuan 多久到", "return_goods"),
        ("用别家的滤心", "filter_buy"),
    ],
)
def test_pinyin_and_slips_of_the_input_method(asked: str, article: str):
    assert article in [hit.key for hit in index().search(asked)]


def test_nothing_is_found_where_nothing_was_said():
    for empty in ("", "   ", "？？？", "怎么办呢", "the"):
        assert index().answer(empty) is None
    assert Index([]).search("退款") == []
    assert Index([Document("a", "退款", "三天。")]).answer("你好") is None


def test_long_and_strange_questions_do_no_harm():
    for odd in ("水" * 5000, "a" * 5000, "\ud83d\ude00漏水", "漏水\n\n\n怎么办", "%%%___", "E2"):
        index().search(odd)


def test_a_company_adds_its_own_words():
    one = [Document("a", "滤芯更换", "半年换一次。"), Document("b", "开具发票", "当天开出。")]
    assert Index(one).search("大蓝瓶") == []
    assert Index(one, groups_of("大蓝瓶 滤芯")).search("大蓝瓶")[0].key == "a"


def test_the_longest_word_wins_and_letters_are_whole_words():
    synonyms = Synonyms(groups_of("甲乙丙 丁\n甲乙 戊\nxyz 己"))
    assert [(a, b) for a, b, _ in synonyms.found_in("甲乙丙甲乙")] == [(0, 3), (3, 5)]
    assert synonyms.found_in("axyzb") == []
    assert next((a, b) for a, b, _ in synonyms.found_in("用xyz洗")) == (1, 4)


def test_an_index_made_like_another_is_the_same():
    ours = list(documents())
    other = Index(ours[10:], like=index())
    fresh = Index(ours[10:])
    for asked in questions()[:40]:
        assert other.search(asked.text) == fresh.search(asked.text)


def test_paragraphs_stand_under_their_headings():
    table = "| 滤芯 | 间隔 |\n|---|:--|\n| PP 棉 | 半年 |"
    assert list(paragraphs(table)) == [("", "滤芯 间隔\nPP 棉 半年")]
    body = "开头。\n\n# 步骤\n\n- **一** [看](https://a.example)\n- 二\n\n## 再\n三"
    assert list(paragraphs(body)) == [("", "开头。"), ("步骤", "- 一 看\n- 二"), ("再", "三")]


def test_two_thousand_articles_are_asked_within_twenty_milliseconds():
    chance = random.Random(1)
    ours = documents()
    sentences = [part for document in ours for part in document.body.split("。")]
    many = Index(
        Document(f"d{k}", f"{chance.choice(ours).title}{k}", "\n\n".join(chance.sample(sentences, 5)))
        for k in range(2000)
    )
    spent = []
    for asked in questions()[::4]:
        started = time.process_time()
        many.search(asked.text)
        spent.append(time.process_time() - started)
    assert sorted(spent)[len(spent) // 2] < 0.02


def test_questions_of_another_hand_find_their_articles_too():
    """Written after reading the articles alone; nothing was tuned to them."""
    found = figures(unseen())
    assert (found.covered, found.uncovered) == (60, 40)
    assert found.among_three >= 0.9 * found.covered
    assert found.silent >= 0.95 * found.uncovered
    assert found.wrong <= 0.05 * found.covered
