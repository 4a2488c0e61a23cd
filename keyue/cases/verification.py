"""Proving what the facts carry as proof: the texts by their salted digests, the files by their content. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby, islice
from operator import itemgetter

from django.utils.translation import gettext as _

from keyue.cases.actions.files import CONTENTS
from keyue.cases.models import Attachment, Case, Message
from keyue.kernel.contents import Contents
from keyue.ledger import selectors as ledger
from keyue.ledger.facts import EvidenceKind, FactRecord, Subject

AT_A_TIME = 200


@dataclass(frozen=True, slots=True)
class Loss:
    """A proof that is not there any more, or not what was recorded; `str()` is a sentence."""

    number: str
    what: str

    def __str__(self) -> str:
        return _("%(number)s：%(what)s") % {"number": self.number, "what": self.what}


def verify_proofs(sample: int | None = None) -> Iterator[Loss]:
    """Every text that the facts of cases prove by, against its digest; of all cases, or of `sample` spread evenly.

    What was erased is gone by right: the digest in the chain is all that is left of it.
    """
    rows = Case.objects.order_by("pk").values_list("pk", flat=True)
    chosen: Iterable[int] = rows.iterator(chunk_size=2_000)
    if sample is not None:
        step = max(1, rows.count() // sample)
        chosen = islice((pk for n, pk in enumerate(chosen) if n % step == 0), sample)
    every = iter(chosen)
    while batch := list(islice(every, AT_A_TIME)):
        yield from _verify(batch)


def _verify(ids: Sequence[int]) -> Iterator[Loss]:
    # the facts first: a text is written before the fact that names it, and both at once
    facts = ledger.facts_of_many(Subject("case", str(pk)) for pk in ids)
    found = Message.objects.filter(case__in=ids).select_related("case").prefetch_related("attachments")
    messages = {str(message.uid): message for message in found}
    numbers = {case.pk: case.number for case in Case.objects.filter(pk__in=ids)}
    for pk in ids:
        for fact in facts[Subject("case", str(pk))]:
            for what in _lost(fact, messages):
                yield Loss(numbers[pk], what)


def _lost(fact: FactRecord, messages: dict[str, Message]) -> Iterator[str]:
    for proof in fact.evidence:
        if "message" not in proof or "sha256" not in proof:
            continue
        message = messages.get(str(proof["message"]))
        if message is None:
            yield _("作为证据的往来 %(uid)s 不见了") % {"uid": proof["message"]}
        elif message.erased_at is None and proof["sha256"] not in _digests(message, proof["type"]):
            said = (
                _("往来 %(uid)s 的附件与留证时的散列不符")
                if proof["type"] == EvidenceKind.FILE
                else _("往来 %(uid)s 的文字与留证时的散列不符")
            )
            yield said % {"uid": proof["message"]}


def _digests(message: Message, kind: str) -> set[str]:
    """What the message proves by now; see `cases.actions.core`."""
    of_files = {f"{message.salt}{file.sha256}" for file in message.attachments.all()}
    texts = of_files if kind == EvidenceKind.FILE else {f"{message.salt}{message.body}"}
    return {sha256(text.encode()).hexdigest() for text in texts}


def verify_files() -> Iterator[Loss]:
    """Every file that came with a message, read and compared with its SHA-256; each content once."""
    rows = Attachment.objects.filter(erased_at=None).select_related("message__case").order_by("sha256", "pk")
    named = ((row.sha256, row.message.case.number, row.pk) for row in rows.iterator(chunk_size=500))
    return lost_contents(CONTENTS, named)


def lost_contents(contents: Contents, named: Iterable[tuple[str, str, int]]) -> Iterator[Loss]:
    """What of some contents is gone or altered: `named` are digest, number of what it proves, and id, by digest."""
    for digest, rows in groupby(named, key=itemgetter(0)):
        _digest, number, n = next(rows)
        try:
            is_whole = contents.is_whole(digest)
        except FileNotFoundError:
            # what was erased meanwhile is gone by right
            if contents.needed([digest]):
                yield Loss(number, _("附件 %(n)s 的文件不见了") % {"n": n})
            continue
        except OSError as error:
            yield Loss(number, _("附件 %(n)s 读不了：%(why)s") % {"n": n, "why": error})
            continue
        if not is_whole:
            yield Loss(number, _("附件 %(n)s 的文件被改动过") % {"n": n})
