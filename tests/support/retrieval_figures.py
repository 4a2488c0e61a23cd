"""How well questions find their articles: `python -m tests.support.retrieval_figures [--misses] [--fit]`.

The labelled set stands in tests/rules/knowledge/data. A third of the questions was set aside by hash before anything was
tuned; the figures are given apart, and `--misses` and `--fit` see the other two thirds only.
"""

from __future__ import annotations

import hashlib
import math
import re
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from keyue.knowledge.retrieval import Document, Index
from keyue.knowledge.retrieval.confidence import THRESHOLD
from keyue.operations.demo.knowledge_texts import ARTICLES

DATA = Path(__file__).resolve().parents[1] / "rules" / "knowledge" / "data"


@dataclass(frozen=True)
class Asked:
    """A labelled question: the key of its article, "" where none covers it."""

    text: str
    article: str

    @property
    def is_held_out(self) -> bool:
        return hashlib.sha256(self.text.encode()).digest()[0] % 3 == 0


@dataclass(frozen=True)
class Figures:
    """What came out for some questions. `right` are covered ones answered from their article, `wrong` from another."""

    covered: int
    first: int
    among_three: int
    right: int
    wrong: int
    uncovered: int
    silent: int


@cache
def documents() -> tuple[Document, ...]:
    """The help centre of the set: its own articles and those of the demo company."""
    found = []
    for block in re.split(r"^## ", (DATA / "articles.md").read_text(encoding="utf-8"), flags=re.M)[1:]:
        head, _, rest = block.partition("\n")
        phrases, _, body = rest.partition("\n")
        key, _topic, title = (part.strip() for part in head.split("|"))
        asked = tuple(part.strip() for part in phrases.removeprefix("?").split("|"))
        found.append(Document(key, title, body.strip(), asked))
    shown = (Document(one.key, one.title, one.body, one.asked) for one in ARTICLES)
    return (*found, *shown)


@cache
def questions() -> tuple[Asked, ...]:
    """All questions, those that no article covers at the end."""
    covered = [
        Asked(text.strip(), key.strip())
        for key, _, text in (
            line.partition("|") for line in (DATA / "covered.txt").read_text(encoding="utf-8").splitlines()
        )
    ]
    lone = (DATA / "uncovered.txt").read_text(encoding="utf-8").splitlines()
    return (*covered, *(Asked(line.strip(), "") for line in lone if line.strip()))


@cache
def unseen() -> tuple[Asked, ...]:
    """A further batch, written by another hand who had read the articles alone: asked once, and nothing was tuned to it."""
    lines = (DATA / "unseen.txt").read_text(encoding="utf-8").splitlines()
    rows = (line.partition("|") for line in lines if not line.startswith("#"))
    return tuple(Asked(text.strip(), key.strip().strip("-")) for key, _bar, text in rows)


@cache
def index() -> Index:
    return Index(documents())


def figures(some: Iterable[Asked]) -> Figures:
    """Ask them all and count."""
    count = dict.fromkeys(Figures.__dataclass_fields__, 0)
    for asked in some:
        hits = index().search(asked.text)
        keys = [hit.key for hit in hits]
        spoke = bool(hits) and hits[0].confidence >= THRESHOLD
        if asked.article:
            count["covered"] += 1
            count["first"] += keys[:1] == [asked.article]
            count["among_three"] += asked.article in keys
            count["right"] += spoke and keys[0] == asked.article
            count["wrong"] += spoke and keys[0] != asked.article
        else:
            count["uncovered"] += 1
            count["silent"] += not spoke
    return Figures(**count)


def told(name: str, found: Figures) -> str:
    """A line of the report."""
    share = lambda n, of: f"{n / of:.1%} ({n}/{of})"  # noqa: E731
    return (
        f"{name:9} recall@1 {share(found.first, found.covered)}  recall@3 {share(found.among_three, found.covered)}  "
        f"answered rightly {share(found.right, found.covered)}  wrongly {share(found.wrong, found.covered)}  "
        f"silent on uncovered {share(found.silent, found.uncovered)}"
    )


def misses(some: Iterable[Asked]) -> None:
    """Print what went wrong."""
    for asked in some:
        hits = index().search(asked.text)
        keys = [f"{hit.key}:{hit.confidence:.2f}" for hit in hits]
        spoke = bool(hits) and hits[0].confidence >= THRESHOLD
        if asked.article and asked.article not in [hit.key for hit in hits]:
            print("MISS", asked.article, asked.text, keys)
        elif asked.article and hits[0].key != asked.article:
            print("2nd ", asked.article, asked.text, keys)
        elif not asked.article and spoke:
            print("SPOKE", asked.text, keys, [round(s, 2) for s in hits[0].signs])


def fit(some: Sequence[Asked]) -> None:
    """Weights of the confidence by logistic regression, and what a threshold would give."""
    rows = []
    for asked in some:
        hits = index().search(asked.text, most=1)
        if hits:
            rows.append((hits[0].signs, float(hits[0].key == asked.article)))
    size = len(rows[0][0])
    weights, bias = [0.0] * size, 0.0
    for _ in range(6000):
        slope, at_zero = [0.0] * size, 0.0
        for signs, right in rows:
            guess = 1 / (1 + math.exp(-(bias + sum(w * s for w, s in zip(weights, signs, strict=True)))))
            at_zero += guess - right
            for k, sign in enumerate(signs):
                slope[k] += (guess - right) * sign
        weights = [w - 0.5 * (s / len(rows) + 0.0005 * w) for w, s in zip(weights, slope, strict=True)]
        bias -= 0.5 * at_zero / len(rows)
    print("WEIGHTS =", tuple(round(w, 2) for w in weights), "BIAS =", round(bias, 2))
    sure = [
        (1 / (1 + math.exp(-(bias + sum(w * s for w, s in zip(weights, signs, strict=True))))), right)
        for signs, right in rows
    ]
    lone = [1 for asked in some if not asked.article]
    for percent in range(30, 95, 5):
        spoke = [right for value, right in sure if value >= percent / 100]
        print(percent, "spoke", len(spoke), "right", sum(spoke), "of", len(rows), "uncovered", len(lone))


def main() -> None:
    tuned = [asked for asked in questions() if not asked.is_held_out]
    print(told("tuned", figures(tuned)))
    print(told("held out", figures(asked for asked in questions() if asked.is_held_out)))
    print(told("unseen", figures(unseen())))
    started = time.perf_counter()
    for asked in questions():
        index().search(asked.text)
    print(f"{1000 * (time.perf_counter() - started) / len(questions()):.2f} ms a question")
    if "--misses" in sys.argv:
        misses(tuned)
    if "--fit" in sys.argv:
        fit(tuned)


if __name__ == "__main__":
    main()
