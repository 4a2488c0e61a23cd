"""Proving what stands in a pack: chains, checkpoints, editions, calendars, promises, figures. Pure Python.

Everything is read as a stream, by turns from facts and promises, so that memory does not follow the size of the pack.
What is not found here: a subject that was left out with all its facts, by who holds the installation's key.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from types import FrameType
from typing import Any

from keyue.compliance.packs import shape
from keyue.compliance.packs.container import BadPack, Files
from keyue.compliance.packs.form import CHECKPOINTS, COUNTS, FACTS, PROMISES, SHOWN, Figures, Row
from keyue.compliance.packs.ground import Ground
from keyue.compliance.packs.shape import Manifest
from keyue.compliance.packs.signing import is_signed
from keyue.kernel.texts import Sentence, sentence
from keyue.ledger.facts import FactRecord, Subject, canonical
from keyue.ledger.seals import SIGNED, Head, digest_of
from keyue.regulations.rules import digest_of as edition_digest

LONGEST_LINE = 8 << 20
MOST_FACTS = 100_000
"""A chain of more facts than this is none of ours."""
PATIENCE = 60.0
"""Seconds for the promises of one subject; it takes milliseconds."""
FIRST = ""


class TooLong(Exception):
    """The promises of one subject take longer than anybody waits."""


@dataclass(slots=True)
class Chain:
    """A chain as the pack has it: its facts' forms, and which checkpoint seals it up to where."""

    subject: Subject
    rev: int
    head: str
    sealed: tuple[int, int] | None
    forms: list[tuple[str, dict[str, Any]]]


@dataclass(slots=True)
class Proven:
    """What was counted on the way."""

    chains: int = 0
    facts: int = 0
    unsealed: int = 0
    promises: int = 0
    checkpoints: int = 0
    ends: dict[Subject, int] = field(default_factory=dict)
    seals: dict[int, dict[Subject, tuple[int, str]]] = field(default_factory=dict)


def prove(files: Files, manifest: Manifest, ground: Ground) -> Iterator[Sentence]:
    """A sentence for each fault. Raises BadPack for what cannot be read at all."""
    proven = Proven()
    yield from _prove_facts(files, manifest, ground, proven)
    yield from _prove_checkpoints(files, manifest, proven)
    for name in COUNTS:
        counted = getattr(proven, name)
        if manifest.counts.get(name) != counted:
            yield sentence(
                "清单说 %(name)s 有 %(said)s，包里是 %(counted)d",
                name=name,
                said=str(manifest.counts.get(name)),
                counted=counted,
            )


# ── chains, and what they derive ──────────────────────────────────────────────────────────────────────────────


def _prove_facts(files: Files, manifest: Manifest, ground: Ground, proven: Proven) -> Iterator[Sentence]:
    rows = _Rows(files)
    published: dict[str, list[FactRecord]] = {"regulation": [], "calendar": []}
    calendars: list[tuple[str, FactRecord]] = []
    for chain in _chains(files):
        subject = chain.subject
        if subject in proven.ends:
            yield sentence("事实链 %(subject)s 出现了两次", subject=subject)
            continue
        is_sound = True
        for fault in _follow(chain, proven):
            is_sound = False
            yield fault
        records = [shape.fact_of(form, FACTS) for _hash, form in chain.forms]
        if subject == Subject("regulation", ground.regulation):
            published["regulation"] = records
        elif subject.kind == "calendar":
            calendars += [(subject.ref, record) for record in records]
        if subject.kind in ground.kinds:
            yield from _prove_rows(subject, records, rows, ground, is_sound=is_sound)
    for left in rows.rest():
        yield sentence("约定 %(promise)s：包里没有它的事实链，或不在应在的位置", promise=_named(left))
    yield from _prove_editions(manifest, ground, published["regulation"])
    yield from _prove_calendars(ground, calendars)
    yield from _prove_figures(manifest, ground, rows.figures)
    proven.promises = rows.figures.rows


def _chains(files: Files) -> Iterator[Chain]:
    lines = files.lines(FACTS, LONGEST_LINE)
    for line in lines:
        said = shape.read_json(line, FACTS)
        subject = shape.subject_of(said.get("chain") if isinstance(said, dict) else None, FACTS)
        rev, sealed = shape.natural(said, "rev", FACTS), said.get("sealed")
        if rev > MOST_FACTS:
            raise BadPack(sentence("事实链 %(subject)s 有 %(n)d 条，太长了", subject=subject, n=rev))
        forms: list[tuple[str, dict[str, Any]]] = []
        for _n in range(rev):
            fact = shape.read_json(next(lines, b"null"), FACTS)
            if not isinstance(fact, dict) or "chain" in fact:
                raise BadPack(
                    sentence(
                        "事实链 %(subject)s 应有 %(n)d 条，只有 %(got)d 条",
                        subject=subject,
                        n=rev,
                        got=len(forms),
                    )
                )
            forms.append((shape.digest(fact, "hash", FACTS), shape.member(fact, "fact", dict, FACTS)))
        place = (
            None
            if sealed is None
            else (shape.natural(sealed, "checkpoint", FACTS), shape.natural(sealed, "rev", FACTS))
        )
        yield Chain(subject, rev, shape.digest(said, "hash", FACTS), place, forms)


def _follow(chain: Chain, proven: Proven) -> Iterator[Sentence]:
    """Each fact against its hash and the one before it; where it is sealed is remembered for the checkpoints."""
    subject, before = chain.subject, FIRST
    for rev, (mark, form) in enumerate(chain.forms, start=1):
        if not _is_hashed(form, mark):
            yield sentence("事实链 %(subject)s 第 %(rev)d 条被改动：与它的散列不符", subject=subject, rev=rev)
        elif form.get("stream") != [subject.kind, subject.ref]:
            yield sentence("事实链 %(subject)s 第 %(rev)d 条属于别的对象", subject=subject, rev=rev)
        elif form.get("rev") != rev or form.get("prev") != before:
            yield sentence(
                "事实链 %(subject)s 在第 %(rev)d 条断开：前面少了事实，或被换过", subject=subject, rev=rev
            )
        before = mark
    if before != chain.head:
        yield sentence("事实链 %(subject)s 的链头不是最后一条的散列", subject=subject)
    proven.chains += 1
    proven.facts += chain.rev
    proven.ends[subject] = chain.rev
    sealed = 0
    if chain.sealed is not None:
        n, sealed = chain.sealed
        if not 1 <= sealed <= chain.rev:
            yield sentence("事实链 %(subject)s 封存到第 %(rev)d 条，链里没有", subject=subject, rev=sealed)
        else:
            proven.seals.setdefault(n, {})[subject] = (sealed, chain.forms[sealed - 1][0])
    proven.unsealed += chain.rev - sealed


def _is_hashed(form: dict[str, Any], mark: str) -> bool:
    try:
        return sha256(canonical(form)).hexdigest() == mark
    except (ValueError, RecursionError):
        return False


class _Rows:
    """The promises of the pack, subject by subject, in the order of the chains."""

    def __init__(self, files: Files) -> None:
        self.lines = files.lines(PROMISES, LONGEST_LINE)
        self.figures = Figures()
        self.held = self._next()

    def _next(self) -> Row | None:
        line = next(self.lines, None)
        if line is None:
            return None
        row = shape.read_json(line, PROMISES)
        for name in ("control", "state"):
            shape.member(row, name, str, PROMISES)
        for name in ("cycle", "seq"):
            shape.natural(row, name, PROMISES)
        self.figures.add(row)
        return dict(row)

    def of(self, subject: Subject) -> Iterator[Row]:
        """The next rows, as long as they are about this subject."""
        while self.held is not None and self.held.get("subject") == [subject.kind, subject.ref]:
            yield self.held
            self.held = self._next()

    def rest(self) -> Iterator[Row]:
        while self.held is not None:
            yield self.held
            self.held = self._next()


def _prove_rows(
    subject: Subject, records: list[FactRecord], rows: _Rows, ground: Ground, *, is_sound: bool
) -> Iterator[Sentence]:
    """The promises that the facts of one subject give, against those in the pack."""
    stored: dict[tuple[str, int, int], Row] = {}
    for row in rows.of(subject):
        key = _key(row)
        if key in stored:
            yield sentence("约定 %(promise)s 出现了两次", promise=_named(row))
        stored[key] = row
    if not is_sound:
        # of facts that are not what was recorded nothing follows
        return
    try:
        with patience(PATIENCE):
            derived = {_key(row): row for row in ground.rows(subject, records)}
    except Exception as error:
        yield sentence("%(subject)s 的约定推算不出来（%(kind)s）", subject=subject, kind=type(error).__name__)
        return
    for key in sorted(derived.keys() - stored.keys()):
        yield sentence("约定 %(promise)s：事实推得出，包里没有", promise=_named(derived[key]))
    for key in sorted(stored.keys() - derived.keys()):
        yield sentence("约定 %(promise)s：包里有，事实推不出", promise=_named(stored[key]))
    for key in sorted(stored.keys() & derived.keys()):
        said, due = stored[key], derived[key]
        wrong = [name for name in due if said.get(name) != due[name]]
        wrong += sorted(said.keys() - due.keys() - {SHOWN})
        if wrong:
            yield sentence("约定 %(promise)s 与事实推出的不同：%(names)s", promise=_named(said), names=wrong)


def _key(row: Mapping[str, Any]) -> tuple[str, int, int]:
    return str(row["control"]), int(row["cycle"]), int(row["seq"])


def _named(row: Mapping[str, Any]) -> str:
    subject = row.get("subject")
    name = "/".join(map(str, subject)) if isinstance(subject, list) else "?"
    return f"{name} {row['control']} {row['cycle']}.{row['seq']}"


@contextmanager
def patience(seconds: float) -> Iterator[None]:
    """Raises TooLong within it after so long; only in a main thread, which the command line has."""
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return

    def over(_number: int, _frame: FrameType | None) -> None:
        raise TooLong

    before = signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


# ── what they are derived from ────────────────────────────────────────────────────────────────────────────────


def _prove_editions(manifest: Manifest, ground: Ground, facts: list[FactRecord]) -> Iterator[Sentence]:
    """Every edition against the fact of its publication, and every such fact against the editions."""
    published = {
        fact.data.get("edition"): fact
        for fact in facts
        if fact.kind == "regulation.edition_published" and fact.recorded_at <= ground.as_of
    }
    texts = {edition.n: edition for edition in ground.editions}
    for placed in manifest.editions:
        fact, text = published.pop(placed.n, None), texts[placed.n]
        if edition_digest(text.source, text.answers) != placed.digest:
            yield sentence("制度第 %(n)d 版的全文或回答与它的摘要不符", n=placed.n)
        elif fact is None:
            yield sentence("制度第 %(n)d 版没有发布它的事实", n=placed.n)
        elif fact.data.get("digest") != placed.digest:
            yield sentence("制度第 %(n)d 版与发布时记下的摘要不同", n=placed.n)
        elif shape.instant(fact.data, "effective_from", FACTS) != placed.effective:
            yield sentence("制度第 %(n)d 版的施行时间与发布时记下的不同", n=placed.n)
    for n in published:
        yield sentence("制度第 %(n)s 版已发布，包里没有", n=str(n))
    if sorted(ground.scope) != manifest.controls:
        yield sentence("清单里的控制不是这一条款绑定的控制")


def _prove_calendars(ground: Ground, facts: list[tuple[str, FactRecord]]) -> Iterator[Sentence]:
    published = {
        (code, fact.data.get("n")): fact
        for code, fact in facts
        if fact.kind == "calendar.published" and fact.recorded_at <= ground.as_of
    }
    for version in ground.calendars:
        fact = published.pop((version.code, version.n), None)
        said = sha256(canonical(version.definition)).hexdigest()
        if fact is None or fact.data.get("digest") != said or fact.at != version.recorded_at:
            yield sentence("日历 %(code)s 第 %(n)d 版与发布它的事实不符", code=version.code, n=version.n)
    for code, n in published:
        yield sentence("日历 %(code)s 第 %(n)s 版已发布，包里没有", code=code, n=str(n))


def _prove_figures(manifest: Manifest, ground: Ground, figures: Figures) -> Iterator[Sentence]:
    counted = figures.result(ground.clauses())
    wrong = [name for name in counted if manifest.figures.get(name) != counted[name]]
    if wrong or manifest.figures.keys() - counted.keys():
        yield sentence("清单里的数字与约定的条数不符：%(names)s", names=wrong or sorted(manifest.figures))
    if sorted(ground.failures) != manifest.failures:
        yield sentence("清单里算不出的控制与推算的不同")


# ── checkpoints ───────────────────────────────────────────────────────────────────────────────────────────────


def _prove_checkpoints(files: Files, manifest: Manifest, proven: Proven) -> Iterator[Sentence]:
    """Every checkpoint against its digest and its signature, and the chains against what it seals."""
    last, before = 0, ""
    for line in files.lines(CHECKPOINTS, LONGEST_LINE):
        said = shape.read_json(line, CHECKPOINTS)
        n = shape.natural(said, "n", CHECKPOINTS)
        if n <= last:
            raise BadPack(sentence("检查点不是按序号排列的"))
        heads = [_head(one) for one in shape.member(said, "heads", list, CHECKPOINTS)]
        made = _digest(said, n, heads)
        signature = shape.member(said, "signature", str, CHECKPOINTS)
        if said.get("digest") != made.hex() or said.get("count") != len(heads):
            yield sentence("检查点 %(n)d 被改动：与它的摘要不符", n=n)
        elif not is_signed(manifest.public_key, _bytes(signature), SIGNED + made):
            yield sentence("检查点 %(n)d 不是这把钥匙签的", n=n)
        elif n == last + 1 and last and said.get("previous") != before:
            yield sentence("检查点 %(n)d 与前一个接不上", n=n)
        yield from _against_heads(n, heads, proven)
        last, before = n, made.hex()
        proven.checkpoints += 1
    for n in sorted(proven.seals):
        yield sentence("缺少检查点 %(n)d，%(chains)d 条事实链说由它封存", n=n, chains=len(proven.seals[n]))


def _against_heads(n: int, heads: list[Head], proven: Proven) -> Iterator[Sentence]:
    expected = proven.seals.pop(n, {})
    for kind, ref, rev, mark in heads:
        subject = Subject(kind, ref)
        if rev > proven.ends.get(subject, rev):
            yield sentence(
                "事实链 %(subject)s 少了事实：检查点 %(n)d 封存到第 %(rev)d 条，包里只有 %(end)d 条",
                subject=subject, n=n, rev=rev, end=proven.ends[subject],
            )  # fmt: skip
        sealed = expected.pop(subject, None)
        if sealed is not None and sealed != (rev, mark.hex()):
            yield sentence("事实链 %(subject)s 与检查点 %(n)d 封存的不同", subject=subject, n=n)
    for subject in expected:
        yield sentence("检查点 %(n)d 没有封存事实链 %(subject)s", subject=subject, n=n)


def _head(said: Any) -> Head:
    if not (isinstance(said, list) and len(said) == 4 and isinstance(said[2], int)):
        raise BadPack(sentence("%(where)s 的「%(name)s」缺少或不对", where=CHECKPOINTS, name="heads"))
    return str(said[0]), str(said[1]), said[2], _bytes(said[3])


def _digest(said: Any, n: int, heads: list[Head]) -> bytes:
    try:
        return digest_of(
            n=n,
            at=shape.member(said, "at", str, CHECKPOINTS),
            previous=_bytes(shape.member(said, "previous", str, CHECKPOINTS)),
            count=len(heads),
            heads=heads,
        )
    except UnicodeEncodeError as error:
        raise BadPack(sentence("%(where)s 不是合法的 JSON", where=CHECKPOINTS)) from error


def _bytes(text: Any) -> bytes:
    try:
        return bytes.fromhex(text)
    except (ValueError, TypeError) as error:
        raise BadPack(sentence("%(where)s 里有一处不是十六进制", where=CHECKPOINTS)) from error
