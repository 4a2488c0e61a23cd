"""A model as bytes: hashes of runs of characters and numbers, never a text. Pure Python."""

from __future__ import annotations

import json
import sys
import zlib
from array import array

from keyue.sorting.model.linear import Question, Sorter

FORM = 1


def packed(sorter: Sorter) -> bytes:
    """The model, compressed: a line of JSON, then the buckets, then each row of weights."""
    head = {
        "form": FORM,
        "buckets": len(sorter.places),
        "questions": [
            {"name": name, "labels": list(question.labels), "heat": question.heat}
            for name, question in sorter.questions.items()
        ],
    }
    parts = [json.dumps(head, ensure_ascii=False, sort_keys=True).encode() + b"\n"]
    parts.append(_bytes(array("I", sorted(sorter.places, key=sorter.places.__getitem__))))
    for question in sorter.questions.values():
        parts += [_bytes(weights) for weights in question.weights]
    return zlib.compress(b"".join(parts), 6)


def unpacked(data: bytes) -> Sorter:
    """The model that was packed. Raises ValueError for what is none."""
    try:
        raw = zlib.decompress(data)
    except zlib.error as error:
        raise ValueError("not a packed model") from error
    line, _, rest = raw.partition(b"\n")
    head = json.loads(line)
    if head.get("form") != FORM:
        raise ValueError(f"a model of form {head.get('form')}")
    n = head["buckets"]
    buckets = _array("I", rest[: 4 * n])
    at, width = 4 * n, 4 * (n + 2)
    questions = {}
    for said in head["questions"]:
        rows = []
        for _label in said["labels"]:
            rows.append(_array("f", rest[at : at + width]))
            at += width
        questions[said["name"]] = Question(tuple(said["labels"]), tuple(rows), said["heat"])
    return Sorter({bucket: place for place, bucket in enumerate(buckets, start=2)}, questions)


def _bytes(values: array) -> bytes:
    """Little-endian, whatever the machine."""
    if sys.byteorder == "big":
        values = array(values.typecode, values)
        values.byteswap()
    return values.tobytes()


def _array(kind: str, data: bytes) -> array:
    found = array(kind, data)
    if sys.byteorder == "big":
        found.byteswap()
    return found
