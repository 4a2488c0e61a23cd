"""A linear classifier: multinomial logistic regression over buckets, one for each question. Pure Python.

Everything is decided by the samples: the same samples in any order give the same model, bit for bit. A fifth of them, by a
hash of the case, is held back from training and only measured. A run of characters counts only where several cases of at
least two customers hold it, so that what one person alone wrote is in no model.
"""

from __future__ import annotations

import math
from array import array
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from operator import itemgetter
from random import Random

from keyue.sorting.model import base, features
from keyue.sorting.model.guessing import Guess

ENOUGH_CASES = 3
ENOUGH_OWNERS = 2
PASSES = 14
RATE = 3.0
DECAY = 0.0015
LEARNED = 0.04
"""A sample that the model is this sure of is looked at in every fourth pass only."""
CALIBRATING = 4000
"""Samples that the probabilities are fitted with, at most."""
FEWEST = 8
"""A label with fewer samples in the learning part is not learned: nobody could say how well."""
# two features that every text has: the bias, and one that keeps a text without any other from standing alone
ALWAYS = (0, 1)


@dataclass(frozen=True, slots=True)
class Sample:
    """A confirmed case: `owner` is whose it is, `labels` the answer to each question that has one."""

    key: str
    owner: str
    text: str
    marks: tuple[str, ...]
    labels: Mapping[str, str]

    @property
    def tenth(self) -> int:
        """0 to 9, by the key alone."""
        return sha256(f"sorting:{self.key}".encode()).digest()[0] % 10

    @property
    def is_held_back(self) -> bool:
        """Whether no model may learn from it."""
        return self.tenth < 2


@dataclass(frozen=True, slots=True)
class Question:
    """One classifier: a row of weights for each label; `heat` makes the probabilities honest."""

    labels: tuple[str, ...]
    weights: tuple[array[float], ...]
    heat: float = 1.0

    def probabilities(self, row: Sequence[int]) -> list[float]:
        """One for each label, in their order."""
        take = itemgetter(*row)
        scale = 1 / (self.heat * math.sqrt(len(row)))
        return _softmax([scale * sum(take(weights)) for weights in self.weights])


@dataclass(frozen=True)
class Sorter:
    """A model: which buckets it knows, and a classifier for each question."""

    places: Mapping[int, int]
    questions: Mapping[str, Question]

    def row(self, buckets: Sequence[int]) -> tuple[int, ...]:
        """The known features of a text."""
        known = self.places
        return (*ALWAYS, *(known[bucket] for bucket in buckets if bucket in known))

    def guesses(self, text: str, marks: Sequence[str] = (), *, why: bool = True) -> dict[str, Guess]:
        """The most probable answer to each question, with its reasons unless nobody wants them."""
        plain = features.plain(text)
        row = self.row(features.buckets(plain, (*marks, *base.marks(plain))))
        found = {}
        for name, question in self.questions.items():
            shares = question.probabilities(row)
            best = max(range(len(shares)), key=shares.__getitem__)
            reasons = self._why(question, best, plain) if why else ()
            found[name] = Guess(question.labels[best], shares[best], reasons)
        return found

    def _why(self, question: Question, best: int, plain: str, most: int = 3) -> tuple[str, ...]:
        """The words of the text that speak most for a label against the others."""
        mine, others = question.weights[best], [w for k, w in enumerate(question.weights) if k != best]
        speaks = [0.0] * len(plain)
        for bucket, start, end in features.places(plain):
            place = self.places.get(bucket)
            if place is not None:
                said = mine[place] - sum(w[place] for w in others) / max(len(others), 1)
                for at in range(start, end):
                    speaks[at] += said / (end - start)
        found: dict[str, float] = {}
        for word, start, end in features.words(plain):
            if len(word) > 1 and word.strip():
                found[word] = max(found.get(word, 0.0), sum(speaks[start:end]) / math.sqrt(end - start))
        ranked = sorted(found, key=lambda word: (-found[word], word))
        return tuple(word for word in ranked[:most] if found[word] > 0)


def train(samples: Sequence[Sample]) -> Sorter:
    """A model of all samples that are not held back. Questions with fewer than two labels are left out."""
    learned = sorted((one for one in samples if not one.is_held_back), key=lambda one: one.key)
    rows = [_buckets(one) for one in learned]
    places = _places(rows, [one.owner for one in learned])
    known = [(*ALWAYS, *(places[b] for b in row if b in places)) for row in rows]
    names = sorted({name for one in learned for name in one.labels})
    questions = {}
    for name in names:
        chosen = [k for k, one in enumerate(learned) if name in one.labels]
        counts = Counter(learned[k].labels[name] for k in chosen)
        labels = tuple(sorted(label for label, n in counts.items() if n >= FEWEST))
        if len(labels) < 2:
            continue
        chosen = [k for k in chosen if learned[k].labels[name] in labels]
        answers = [labels.index(learned[k].labels[name]) for k in chosen]
        tenths = [learned[k].tenth for k in chosen]
        questions[name] = _question(labels, [known[k] for k in chosen], answers, tenths, len(places) + 2)
    return Sorter(places, questions)


def _buckets(one: Sample) -> tuple[int, ...]:
    plain = features.plain(one.text)
    return features.buckets(plain, (*one.marks, *base.marks(plain)))


def _places(rows: Sequence[Sequence[int]], owners: Sequence[str]) -> dict[int, int]:
    """The buckets that several cases of several owners hold, numbered in their order."""
    counts: Counter[int] = Counter(bucket for row in rows for bucket in row)
    often = {bucket for bucket, n in counts.items() if n >= ENOUGH_CASES}
    first: dict[int, str] = {}
    shared: set[int] = set()
    for row, owner in zip(rows, owners, strict=True):
        for bucket in row:
            if bucket in often and first.setdefault(bucket, owner) != owner:
                shared.add(bucket)
    return {bucket: place for place, bucket in enumerate(sorted(shared), start=len(ALWAYS))}


def _question(
    labels: tuple[str, ...],
    rows: Sequence[tuple[int, ...]],
    answers: Sequence[int],
    tenths: Sequence[int],
    size: int,
) -> Question:
    """Learn it twice: without a tenth, to fit the probabilities to that tenth, and then with everything."""
    apart = [k for k, tenth in enumerate(tenths) if tenth == 2]
    rest = [k for k, tenth in enumerate(tenths) if tenth != 2][: 9 * CALIBRATING]
    heat = 1.0
    if apart and len({answers[k] for k in rest}) > 1:
        some = rest[: 2 * CALIBRATING]
        trial = Question(
            labels,
            tuple(_fit([rows[k] for k in some], [answers[k] for k in some], len(labels), size)),
        )
        heat = _heat(trial, [rows[k] for k in apart[:CALIBRATING]], [answers[k] for k in apart[:CALIBRATING]])
    return Question(labels, tuple(_fit(rows, answers, len(labels), size)), heat)


def _fit(rows: Sequence[tuple[int, ...]], answers: Sequence[int], n: int, size: int) -> list[array[float]]:
    """Weights by stochastic gradient descent, a row of them for each of `n` labels."""
    # lists are read faster than arrays
    weights = [[0.0] * size for _ in range(n)]
    takes = [itemgetter(*row) for row in rows]
    scales = [1 / math.sqrt(len(row)) for row in rows]
    sure = [False] * len(rows)
    order = list(range(len(rows)))
    for turn in range(PASSES):
        Random(turn).shuffle(order)  # noqa: S311 - an order that is the same each time
        rate = RATE / (1 + 0.35 * turn)
        for k in order:
            if sure[k] and (k + turn) % 4:
                continue
            take, scale, answer = takes[k], scales[k], answers[k]
            shares = _softmax([scale * sum(take(row)) for row in weights])
            sure[k] = shares[answer] > 1 - LEARNED
            for label, share in enumerate(shares):
                step = share - (label == answer)
                if abs(step) > 0.01:
                    step *= rate * scale
                    row = weights[label]
                    for place in rows[k]:
                        row[place] -= step
        for row in weights:
            row[:] = [(1 - DECAY * rate) * weight for weight in row]
    return [array("f", row) for row in weights]


def _heat(question: Question, rows: Sequence[tuple[int, ...]], answers: Sequence[int]) -> float:
    """What the scores are divided by so that the probabilities fit what came out: of a fixed row, the likeliest."""

    def loss(heat: float) -> float:
        tried = Question(question.labels, question.weights, heat)
        return -sum(
            math.log(max(tried.probabilities(row)[answer], 1e-9))
            for row, answer in zip(rows, answers, strict=True)
        )

    return min((0.5 * 1.2**step for step in range(14)), key=loss)


def _softmax(scores: Sequence[float]) -> list[float]:
    top = max(scores)
    powers = [math.exp(score - top) for score in scores]
    total = sum(powers)
    return [power / total for power in powers]


# --- how good it is ---


@dataclass(frozen=True, slots=True)
class Measured:
    """What came out for the held-back samples that have an answer: by label how many, how many of them were proposed
    rightly, and how often the label was proposed; `promised` is the sum of the probabilities."""

    of: Mapping[str, int]
    right: Mapping[str, int]
    proposed: Mapping[str, int]
    promised: float

    @property
    def total(self) -> int:
        return sum(self.of.values())

    @property
    def hits(self) -> int:
        return sum(self.right.values())


def measure(answering: Mapping[str, Mapping[str, Guess]], samples: Sequence[Sample]) -> dict[str, Measured]:
    """Compare proposals, by the key of their sample, with what was confirmed; a question by itself each."""
    of: dict[str, Counter[str]] = defaultdict(Counter)
    right: dict[str, Counter[str]] = defaultdict(Counter)
    proposed: dict[str, Counter[str]] = defaultdict(Counter)
    promised: Counter[str] = Counter()
    for one in samples:
        for name, label in one.labels.items():
            of[name][label] += 1
            guess = answering.get(one.key, {}).get(name)
            if guess is not None:
                proposed[name][guess.label] += 1
                right[name][label] += guess.label == label
                promised[name] += guess.probability  # type: ignore[assignment]
    return {
        name: Measured(dict(of[name]), dict(right[name]), dict(proposed[name]), float(promised[name]))
        for name in sorted(of)
    }
