"""Whatever is changed in an evidence pack is found, even by who signs it again."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from keyue.compliance.models import EvidencePack
from keyue.compliance.packs.signing import fingerprint, raw_of
from keyue.ledger.facts import canonical
from tests.apps.compliance.evidence.taken import Taken, digest, faults, own_key, path_of

# a file is checked without any database: once is enough
pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


def test_any_byte_changed_is_found(pack: EvidencePack, tmp_path: Path) -> None:
    """Every byte of the frame, the signature and the ends of each entry, and others by chance, each by one bit."""
    content = bytearray(path_of(pack).read_bytes())
    taken = Taken(path_of(pack))
    chosen = set(random.Random(7).sample(range(len(content)), 250))
    manifest_ends = 30 + len("manifest.json") + len(taken.front.manifest)
    chosen |= set(range(50)) | set(range(manifest_ends - 5, taken.front.length + 50))
    place = taken.front.length
    for one in taken.manifest["files"]:
        head = 30 + len(one["name"])
        # the last byte of what is compressed has bits that no decompressor reads
        chosen |= set(range(place, place + head)) | {place + head + one["packed_size"] - 1}
        place += head + one["packed_size"]
    chosen |= set(range(place, len(content)))
    target = tmp_path / "changed.zip"
    missed = []
    for at in sorted(chosen):
        bit = 1 << (at % 8)
        content[at] ^= bit
        target.write_bytes(content)
        content[at] ^= bit
        if not faults(target):
            missed.append(at)
    assert missed == []


def test_every_byte_of_manifest_and_signature_is_signed(pack: EvidencePack, tmp_path: Path) -> None:
    from keyue.compliance.packs import container, signing

    with path_of(pack).open("rb") as file:
        front = container.read_front(file)
    raw = bytes.fromhex(json.loads(front.manifest)["public_key"])
    assert signing.is_signed(raw, front.signature, front.manifest)
    for name in ("manifest", "signature"):
        good = getattr(front, name)
        for at in range(len(good)):
            bad = bytearray(good)
            bad[at] ^= 1 << (at % 8)
            said = {"manifest": front.manifest, "signature": front.signature, name: bytes(bad)}
            assert not signing.is_signed(raw, said["signature"], said["manifest"]), (name, at)


@pytest.mark.parametrize("tail", [b"\0", b"PK\5\6" + bytes(18), b"a comment"])
def test_what_follows_or_is_cut_off_is_found(pack: EvidencePack, tmp_path: Path, tail: bytes) -> None:
    content, target = path_of(pack).read_bytes(), tmp_path / "changed.zip"
    target.write_bytes(content + tail)
    assert faults(target)
    target.write_bytes(tail + content)
    assert faults(target)
    for length in (0, 3, 40, len(content) // 2, len(content) - 1):
        target.write_bytes(content[:length])
        assert faults(target), length


def leave_out_a_fact(taken: Taken) -> None:
    lines = taken.lines("facts.jsonl")
    at = next(n for n, line in enumerate(lines) if line.get("fact", {}).get("kind") == "case.classified")
    head = max(n for n in range(at) if "chain" in lines[n])
    lines[head]["rev"] -= 1
    del lines[at]
    taken.manifest["counts"]["facts"] -= 1
    taken.set_lines("facts.jsonl", lines)


def leave_out_the_last_facts(taken: Taken) -> None:
    """The tail of a chain, with everything that names its length put right."""
    lines = taken.lines("facts.jsonl")
    head = max(n for n, line in enumerate(lines) if "chain" in line and line["rev"] > 1)
    last = head + lines[head]["rev"]
    del lines[last]
    lines[head] |= {"rev": lines[head]["rev"] - 1, "hash": lines[last - 1]["hash"]}
    lines[head]["sealed"]["rev"] -= 1
    taken.manifest["counts"]["facts"] -= 1
    taken.set_lines("facts.jsonl", lines)


def change_a_fact(taken: Taken) -> None:
    lines = taken.lines("facts.jsonl")
    line = next(line for line in lines if line.get("fact", {}).get("kind") == "case.classified")
    line["fact"]["at"] = line["fact"]["recorded_at"] = "2026-11-18T02:30:00.000000Z"
    taken.set_lines("facts.jsonl", lines)


def rebuild_a_chain(taken: Taken) -> None:
    """A late classification made early, and its chain hashed again to the end."""
    lines = taken.lines("facts.jsonl")
    before, head = "", lines[0]
    for line in lines:
        if "chain" in line:
            head, before = line, ""
            continue
        fact = line["fact"]
        if fact["kind"] == "case.classified" and fact["at"].startswith("2026-11-18T07"):
            fact["at"] = "2026-11-18T02:30:00.000000Z"
        fact["prev"] = before
        line["hash"] = before = digest(canonical(fact))
        head["hash"] = before
    taken.set_lines("facts.jsonl", lines)


def leave_out_a_promise(taken: Taken) -> None:
    """A broken one, its figures put right."""
    lines = taken.lines("promises.jsonl")
    at = next(n for n, row in enumerate(lines) if row["counts"] == "broken")
    gone = lines.pop(at)
    figures = taken.manifest["figures"]
    figures["promises"] -= 1
    for clause in [figures, *figures["clauses"]]:
        if clause is figures or gone["control"] in {one["id"] for one in clause["controls"]}:
            clause["broken"] -= 1
            clause["due"] -= 1
            clause["rate"] = "100.0"
    taken.manifest["counts"]["promises"] -= 1
    taken.set_lines("promises.jsonl", lines)


def change_a_promise(taken: Taken) -> None:
    lines = taken.lines("promises.jsonl")
    row = next(row for row in lines if row["counts"] == "broken")
    row |= {"state": "met", "counts": "kept"}
    taken.set_lines("promises.jsonl", lines)


def excuse_a_promise(taken: Taken) -> None:
    """A broken one given a reason and an approver that no fact knows."""
    lines = taken.lines("promises.jsonl")
    row = next(row for row in lines if row["counts"] == "broken")
    row |= {"state": "waived", "counts": None, "excluded": "waived"}
    row["decisions"] = [{"what": "waiver", "fact": row["closed_by"], "approved_by": "1"}]
    taken.set_lines("promises.jsonl", lines)


def change_a_figure(taken: Taken) -> None:
    taken.manifest["figures"]["rate"] = "100.0"


def change_a_clause_s_figure(taken: Taken) -> None:
    clause = next(one for one in taken.manifest["figures"]["clauses"] if one["broken"])
    clause["controls"][0]["broken"] = 0


def change_an_approver(taken: Taken) -> None:
    lines = taken.lines("promises.jsonl")
    row = next(row for row in lines if row["excluded"] == "waived")
    row["decisions"][0]["approved_by"] = "1"
    taken.set_lines("promises.jsonl", lines)


def change_the_text(taken: Taken) -> None:
    text = taken.files["regulation.md"]
    changed = text.replace(b'within   = "PT2H"', b'within   = "PT9H"')
    assert changed != text
    taken.files["regulation.md"] = changed


def change_an_answer(taken: Taken) -> None:
    taken.manifest["editions"][0]["answers"]["progress.every"] = "P9D"


def change_the_calendar(taken: Taken) -> None:
    said = json.loads(taken.files["calendars.json"])
    said["calendars"][0]["definition"]["holidays"] = ["2026-11-18"]
    taken.files["calendars.json"] = json.dumps(said).encode()


def leave_out_the_calendar(taken: Taken) -> None:
    taken.files["calendars.json"] = b'{"calendars": []}'


def leave_out_a_checkpoint(taken: Taken) -> None:
    taken.files["checkpoints.jsonl"] = b""
    taken.manifest["counts"]["checkpoints"] = 0


def change_a_checkpoint(taken: Taken) -> None:
    lines = taken.lines("checkpoints.jsonl")
    lines[0]["at"] = "2026-11-01T00:00:00.000000Z"
    taken.set_lines("checkpoints.jsonl", lines)


def deny_a_seal(taken: Taken) -> None:
    """A head of a checkpoint taken out, the digest made anew without a key to sign it."""
    from keyue.ledger.seals import digest_of

    lines = taken.lines("checkpoints.jsonl")
    said = lines[0]
    said["heads"].pop()
    said["count"] -= 1
    said["digest"] = digest_of(
        n=said["n"],
        at=said["at"],
        previous=bytes.fromhex(said["previous"]),
        count=said["count"],
        heads=[(kind, ref, rev, bytes.fromhex(mark)) for kind, ref, rev, mark in said["heads"]],
    ).hex()
    taken.set_lines("checkpoints.jsonl", lines)


def narrow_the_scope(taken: Taken) -> None:
    taken.manifest["scope"]["controls"].remove("classify")


CHANGES: list[tuple[Callable[[Taken], None], str]] = [
    (leave_out_a_fact, "断开"),
    (leave_out_the_last_facts, "少了事实"),
    (change_a_fact, "与它的散列不符"),
    (rebuild_a_chain, "封存的不同"),
    (leave_out_a_promise, "事实推得出，包里没有"),
    (change_a_promise, "与事实推出的不同"),
    (excuse_a_promise, "与事实推出的不同"),
    (change_a_figure, "数字与约定的条数不符"),
    (change_a_clause_s_figure, "数字与约定的条数不符"),
    (change_an_approver, "decisions"),
    (change_the_text, "与它的摘要不符"),
    (change_an_answer, "与它的摘要不符"),
    (change_the_calendar, "与发布它的事实不符"),
    (leave_out_the_calendar, "已发布，包里没有"),
    (leave_out_a_checkpoint, "缺少检查点"),
    (change_a_checkpoint, "与它的摘要不符"),
    (deny_a_seal, "不是这把钥匙签的"),
    (narrow_the_scope, "不是这一条款绑定的"),
]


@pytest.mark.parametrize(("change", "said"), CHANGES, ids=[change.__name__ for change, _said in CHANGES])
def test_what_is_changed_and_signed_again_is_found(
    taken: Taken, tmp_path: Path, change: Callable[[Taken], None], said: str
) -> None:
    """By somebody who even holds the installation's key: what does not follow from the sealed facts shows."""
    assert faults(taken.put(tmp_path / "same.zip")) == []
    change(taken)
    told = faults(taken.put(tmp_path / "changed.zip"))
    assert any(said in fault for fault in told), told


def test_another_key_is_found_where_the_right_one_is_named(taken: Taken, tmp_path: Path) -> None:
    """A forger signs all of it with a key of their own, the checkpoints as well."""
    forger = Ed25519PrivateKey.generate()
    raw = raw_of(forger.public_key())
    taken.manifest |= {"public_key": raw.hex(), "fingerprint": fingerprint(raw)}
    lines = taken.lines("checkpoints.jsonl")
    for line in lines:
        line["signature"] = forger.sign(b"keyue checkpoint 1\n" + bytes.fromhex(line["digest"])).hex()
    taken.set_lines("checkpoints.jsonl", lines)
    forged = taken.put(tmp_path / "forged.zip", forger.sign)
    assert faults(forged) == []
    assert any("另一把钥匙" in fault for fault in faults(forged, own_key()))
