"""The index over articles, the search in it, and the answer with its source. Pure Python; see `retrieval/__init__.py`."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import nlargest

from keyue.knowledge.retrieval import words
from keyue.knowledge.retrieval.confidence import THRESHOLD, confidence_of
from keyue.knowledge.retrieval.sounds import Sounds
from keyue.knowledge.retrieval.synonyms import READY, Groups, Synonyms
from keyue.knowledge.retrieval.words import Term

TITLE, ASKED, HEADING, BODY = 3.0, 2.4, 1.8, 1.0
SATURATION, LENGTH_SHARE = 1.4, 0.5
CANDIDATES = 24
ENOUGH = 4.0
LONGEST_QUESTION = 300
LONGEST_PASSAGE = 600
QUALITY = {"w": 1.0, "m": 0.95, "l": 1.0, "u": 0.3}


@dataclass(frozen=True, slots=True)
class Document:
    """An article as the index takes it. `asked` is how customers ask for it, `body` Markdown."""

    key: str
    title: str
    body: str
    asked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of an article: its title, a phrase, or a paragraph under its heading."""

    text: str
    heading: str
    keys: frozenset[str]
    is_body: bool


@dataclass(frozen=True, slots=True)
class Hit:
    """An article that may answer: `passage` is the paragraph that fits best, `confidence` from 0 to 1."""

    key: str
    title: str
    passage: str
    heading: str
    score: float
    confidence: float
    signs: tuple[float, ...] = ()


Answer = Hit


@dataclass(slots=True)
class _Entry:
    document: Document
    passages: list[Passage]
    keys: dict[str, float] = field(default_factory=dict)
    length: float = 0.0


@dataclass(frozen=True, slots=True)
class _Question:
    """A question as the search reads it: what it says, where, and how much each place matters."""

    text: str
    terms: Sequence[Term]
    matters: Mapping[int, float]

    @property
    def weight(self) -> float:
        return sum(self.matters.values())


class Index:
    """Articles, ready to be asked. It never changes: another one is made when articles do."""

    def __init__(
        self, documents: Iterable[Document], synonyms: Groups = (), *, like: Index | None = None
    ) -> None:
        """`like` is an earlier index: what it has read through with the same synonyms is taken over."""
        self._groups, self.synonyms = synonyms, Synonyms(synonyms)
        read = {e.document: e for e in like._entries} if like is not None and like._groups == synonyms else {}
        self._entries: list[_Entry] = [read.get(document) or self._entry(document) for document in documents]
        self._places: dict[str, list[tuple[int, float]]] = {}
        for n, entry in enumerate(self._entries):
            for key, weight in entry.keys.items():
                self._places.setdefault(key, []).append((n, weight))
        self._average = sum(e.length for e in self._entries) / len(self._entries) if self._entries else 1.0
        self._rarest = self._rarity(0) or 1.0
        self._sounds = Sounds(self._vocabulary())

    def __len__(self) -> int:
        return len(self._entries)

    # -- building ------------------------------------------------------------------------------------------

    def _entry(self, document: Document) -> _Entry:
        entry = _Entry(document, [])
        parts = [(document.title, "", TITLE), *((phrase, "", ASKED) for phrase in document.asked)]
        for text, heading, weight in parts:
            self._add(entry, text, heading, weight, is_body=False)
        last = ""
        for heading, text in paragraphs(document.body):
            if heading != last:
                self._count(entry, words.terms(words.plain(heading), self.synonyms), HEADING)
                last = heading
            self._add(entry, text, heading, BODY, is_body=True)
        return entry

    def _add(self, entry: _Entry, text: str, heading: str, weight: float, *, is_body: bool) -> None:
        found = list(words.terms(words.plain(text), self.synonyms))
        self._count(entry, found, weight)
        entry.passages.append(Passage(text, heading, frozenset(term.key for term in found), is_body))

    @staticmethod
    def _count(entry: _Entry, found: Iterable[Term], weight: float) -> None:
        for term in found:
            entry.keys[term.key] = entry.keys.get(term.key, 0.0) + weight
            entry.length += term.weight

    def _vocabulary(self) -> Iterator[str]:
        for entry in self._entries:
            for passage in entry.passages:
                yield from words.words_of(words.plain(passage.text))
        for word in READY.split():
            if 2 <= len(word) <= 4 and words.HAN.fullmatch(word):
                yield word

    def _rarity(self, count: int) -> float:
        n = len(self._entries)
        return math.log(1 + (n - count + 0.5) / (count + 0.5))

    def _share(self, key: str) -> float:
        """How rare a term is, from 0 to 1; 1 where no article has it."""
        return self._rarity(len(self._places.get(key, ()))) / self._rarest

    # -- asking --------------------------------------------------------------------------------------------

    def search(self, question: str, *, most: int = 3) -> list[Hit]:
        """The likeliest articles, best first; none where nothing of the question stands in any."""
        asked = self._read(question)
        if not asked.weight:
            return []
        scores = self._scores(asked)
        found = []
        for n, base in nlargest(max(CANDIDATES, most), scores.items(), key=lambda row: row[1]):
            found.append((n, *self._weigh(asked, self._entries[n], base)))
        found.sort(key=lambda row: (-row[1], self._entries[row[0]].document.key))
        hits = []
        for place, (n, score, signs) in enumerate(found[:most]):
            others = found[1][1] if place == 0 and len(found) > 1 else found[0][1] if place else 0.0
            margin = (score - others) / score if score else 0.0
            hits.append(self._hit(asked, self._entries[n], score, (*signs, margin)))
        return hits

    def answer(self, question: str, *, threshold: float = THRESHOLD) -> Answer | None:
        """What answers the question, or None where nothing is sure enough."""
        found = self.search(question, most=1)
        return found[0] if found and found[0].confidence >= threshold else None

    def _read(self, question: str) -> _Question:
        text = words.plain(question[:LONGEST_QUESTION])
        text = self._sounds.mend(self._sounds.read(text), lambda pair: f"w:{pair}" in self._places)
        found = list(words.terms(text, self.synonyms))
        matters: dict[int, float] = {}
        for term in found:
            if term.key[0] == "m":
                continue
            share = self._share(term.key) * (0.6 if term.key[0] == "u" else 1.0)
            for place in range(term.start, term.end):
                matters[place] = max(matters.get(place, 0.0), share)
        # a meaning that the table knows matters as much as it is rare, however it is worded
        for term in found:
            if term.key[0] == "m":
                share = self._share(term.key)
                for place in range(term.start, term.end):
                    if place not in matters or term.key in self._places:
                        matters[place] = share
        return _Question(text, found, matters)

    def _scores(self, asked: _Question) -> dict[int, float]:
        scores: dict[int, float] = defaultdict(float)
        for key, term in {term.key: term for term in asked.terms}.items():
            rarity = self._share(key)
            for n, weight in self._places.get(key, ()):
                length = 1 - LENGTH_SHARE + LENGTH_SHARE * self._entries[n].length / self._average
                scores[n] += term.weight * rarity * weight / (weight + SATURATION * length)
        return scores

    def _weigh(self, asked: _Question, entry: _Entry, base: float) -> tuple[float, tuple[float, ...]]:
        whole = _cover(asked, entry.keys)
        best = max((_cover(asked, passage.keys) for passage in entry.passages), default=0.0)
        said = max((self._alike(asked, p) for p in entry.passages if not p.is_body), default=0.0)
        per_place = base / math.sqrt(asked.weight + 1.0)
        score = per_place + 1.2 * whole + 1.0 * best + 1.2 * said
        # one short word that fits proves little
        proof = min(1.0, best * asked.weight / ENOUGH)
        return score, (whole, said, per_place, proof)

    def _alike(self, asked: _Question, passage: Passage) -> float:
        """How much a phrase and the question say the same, from 0 to 1."""
        mine = {term.key: term.weight * self._share(term.key) for term in asked.terms}
        both = sum(weight for key, weight in mine.items() if key in passage.keys)
        theirs = sum(
            {"w": 0.7, "m": words.MEANING, "l": words.LATIN_WORD, "u": words.SINGLE}[key[0]]
            * self._share(key)
            for key in passage.keys
        )
        own = sum(mine.values())
        return both / math.sqrt(own * theirs) if own and theirs else 0.0

    @staticmethod
    def _hit(asked: _Question, entry: _Entry, score: float, signs: tuple[float, ...]) -> Hit:
        bodies = [passage for passage in entry.passages if passage.is_body]
        best = max(bodies, key=lambda passage: _cover(asked, passage.keys), default=None)
        return Hit(
            key=entry.document.key,
            title=entry.document.title,
            passage=best.text if best else "",
            heading=best.heading if best else "",
            score=score,
            confidence=confidence_of(signs),
            signs=signs,
        )


def _cover(asked: _Question, keys: Mapping[str, float] | frozenset[str]) -> float:
    """How much of what matters in the question stands in these terms, from 0 to 1."""
    covered: dict[int, float] = {}
    for term in asked.terms:
        if term.key in keys:
            quality = QUALITY[term.key[0]]
            for place in range(term.start, term.end):
                if quality > covered.get(place, 0.0):
                    covered[place] = quality
    whole = asked.weight
    return (
        sum(asked.matters.get(place, 0.0) * value for place, value in covered.items()) / whole
        if whole
        else 0.0
    )


HEADING_LINE = re.compile(r"#{1,6}\s+(.*)")
RULE = re.compile(r"[|:\s-]*-{2,}[|:\s-]*")
MARKS = re.compile(r"[*_`>|]+|!?\[([^\]]*)\]\([^)]*\)")


def paragraphs(body: str) -> Iterator[tuple[str, str]]:
    """The paragraphs of a Markdown text, each with the heading above it, marks taken away, long ones in parts."""
    heading, held = "", list[str]()
    for line in (*body.splitlines(), ""):
        found = HEADING_LINE.fullmatch(line.strip())
        if line.strip() and not found:
            if not RULE.fullmatch(line.strip()):
                held.append(" ".join(MARKS.sub(lambda mark: mark[1] or " ", line).split()))
            continue
        text = "\n".join(held).strip()
        for start in range(0, len(text), LONGEST_PASSAGE):
            yield heading, text[start : start + LONGEST_PASSAGE]
        held = []
        if found:
            heading = found[1].strip()
