"""How well new opinions are sorted: `python -m tests.support.sorting_figures [--misses] [--speed 20000]`.

The labelled set stands in tests/rules/sorting/data. A third was set aside by hash before anything was tuned; the figures are
given apart, and `--misses` sees the other two thirds only. The rule base is asked for all; the model learns from the two
thirds and answers for the third. Two further batches were written by another hand, who had read neither the set nor the
lists: for them the model learns from all of the set.
"""

from __future__ import annotations

import hashlib
import random
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path

from keyue.sorting.model import base, store
from keyue.sorting.model.guessing import Guess
from keyue.sorting.model.linear import Sample, measure, train

DATA = Path(__file__).resolve().parents[1] / "rules" / "sorting" / "data"
URGENCY = {"1": "ordinary", "2": "serious", "3": "major"}
MOODS = {"-": "negative", "0": "calm", "+": "positive"}
Ask = Callable[[str], Mapping[str, Guess]]


BATCHES = ("unseen", "unseen_second")


@cache
def cases(name: str = "cases") -> tuple[Sample, ...]:
    """The labelled cases, or those of a further batch, each of a customer of its own."""
    found = []
    for n, line in enumerate((DATA / f"{name}.txt").read_text(encoding="utf-8").splitlines()):
        if not line.strip() or line.startswith("#"):
            continue
        labels, _, text = line.partition("|")
        category, type_, urgency, lead, mood = labels.split()
        said = {
            "category": category,
            "type": type_,
            "urgency": URGENCY[urgency],
            "lead": lead,
            "mood": MOODS[mood],
        }
        found.append(Sample(str(n), str(n), text.strip(), (), said))
    return tuple(found)


def is_set_aside(one: Sample) -> bool:
    """The third that nothing was tuned to."""
    return hashlib.sha256(one.text.encode()).digest()[0] % 3 == 0


def learnable(samples: Iterable[Sample], copies: int = 1) -> list[Sample]:
    """The same cases under keys of which none is held back: here the third that was set aside measures."""
    found, n = [], 0
    for one in samples:
        for _ in range(copies):
            n += 1
            while (kept := Sample(f"learn{n}", str(n), one.text, one.marks, one.labels)).is_held_back:
                n += 1
            found.append(kept)
    return found


def words_say(text: str) -> Mapping[str, Guess]:
    """The rule base; an angry customer is a negative one here."""
    found = dict(base.guesses(text))
    if "mood" in found and found["mood"].label == "angry":
        found["mood"] = Guess("negative", found["mood"].probability)
    return found


def figures(ask: Ask, samples: Iterable[Sample]) -> dict[str, tuple[int, int]]:
    """Right answers and all, for each question."""
    some = list(samples)
    found = measure({one.key: ask(one.text) for one in some}, some)
    return {name: (one.hits, one.total) for name, one in found.items()}


def spoken(ask: Ask, samples: Iterable[Sample]) -> dict[str, tuple[int, int]]:
    """Right answers and all for which a word spoke: with none nothing is proposed, or what is usual."""
    found: dict[str, tuple[int, int]] = {}
    for one in samples:
        for name, guess in ask(one.text).items():
            if guess.why and name in one.labels:
                right, of = found.get(name, (0, 0))
                found[name] = (right + (guess.label == one.labels[name]), of + 1)
    return found


def told(name: str, found: Mapping[str, tuple[int, int]]) -> str:
    shown = "  ".join(f"{question} {n / of:.1%} ({n}/{of})" for question, (n, of) in found.items())
    return f"{name:28} {shown}"


def misses(ask: Ask) -> None:
    """Print what went wrong in what may be tuned."""
    for one in cases():
        if not is_set_aside(one):
            said = ask(one.text)
            for name, label in one.labels.items():
                guess = said.get(name)
                if guess is None or guess.label != label:
                    print(name, label, "<-", guess and (guess.label, guess.why), one.text)


def speed(n: int) -> None:
    """Train on `n` made-up cases as long as real ones, and say how long it takes."""
    chance = random.Random(5)
    some = cases()
    made = []
    for k in range(n):
        one = chance.choice(some)
        words = [one.text, *(chance.choice(some).text[: chance.randint(4, 20)] for _ in range(2))]
        made.append(Sample(f"made{k}", str(k), "，".join(words), ("channel:phone",), one.labels))
    started = time.perf_counter()
    sorter = train(made)
    took = time.perf_counter() - started
    data = store.packed(sorter)
    length = sum(len(one.text) for one in made) / n
    print(
        f"trained on {n} cases of {length:.0f} characters in {took:.1f} s, {len(data) / 1e6:.1f} MB, {len(sorter.places)} runs"
    )
    started = time.perf_counter()
    for one in made[:500]:
        sorter.guesses(one.text, one.marks)
    print(f"{(time.perf_counter() - started) * 2:.2f} ms a proposal")


def main() -> None:
    tuned = [one for one in cases() if not is_set_aside(one)]
    aside = [one for one in cases() if is_set_aside(one)]
    print(told("words, tuned", figures(words_say, tuned)))
    print(told("words, set aside", figures(words_say, aside)))
    sorter = train(learnable(tuned))
    print(told("model, set aside", figures(sorter.guesses, aside)))
    whole = train(learnable(cases()))
    for name in BATCHES:
        print(told(f"words, {name}", figures(words_say, cases(name))))
        print(told("  of those that it spoke for", spoken(words_say, cases(name))))
        print(told(f"model, {name}", figures(whole.guesses, cases(name))))
    print(f"{len(tuned)} to learn from, {len(aside)} set aside")
    if "--misses" in sys.argv:
        misses(words_say)
    if "--speed" in sys.argv:
        speed(int(sys.argv[sys.argv.index("--speed") + 1]))


if __name__ == "__main__":
    main()
