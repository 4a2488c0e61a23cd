"""`keyue verify --pack` without a database: a pack built by hand, and files that mean harm."""

from __future__ import annotations

import json
import random
import resource
import struct
import subprocess
import sys
import time
import zipfile
import zlib
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from keyue.compliance.packs import container, form
from keyue.compliance.packs.signing import fingerprint, raw_of
from keyue.config.cli import main
from keyue.config.tools import pack_command
from keyue.ledger.facts import canonical
from keyue.ledger.seals import SIGNED, digest_of
from keyue.regulations.rules import digest_of as edition_digest

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
RAW = raw_of(KEY.public_key())
MARK = fingerprint(RAW)
REGULATION = """# 试行办法

```regulation
id      = "trial"
subject = "case"
```

## 1 办理

### 1.1 分类

两小时内分类。

```control
id     = "classify"
name   = "分类"
on     = "case.received"
met_by = "case.classified"
within = "PT2H"
owner  = "service_desk"
```
"""
WEEKLY = {"tz": "Asia/Shanghai", "weekly": {"mon": [["09:00", "18:00"]]}}


def chain(kind: str, ref: str, facts: list[tuple[str, str, dict[str, Any]]]) -> list[dict[str, Any]]:
    """The lines of a chain, sealed by checkpoint 1."""
    lines: list[dict[str, Any]] = []
    before = ""
    for rev, (name, at, data) in enumerate(facts, start=1):
        fact = {
            "actor": ["system", "keyue"], "at": at, "data": data, "evidence": [], "kind": name,
            "prev": before, "recorded_at": at, "rev": rev, "sealed": {}, "source": "test",
            "stream": [kind, ref], "uid": f"{kind}-{ref}-{rev}", "v": 1, "voids": None,
        }  # fmt: skip
        before = sha256(canonical(fact)).hexdigest()
        lines.append({"fact": fact, "hash": before})
    head = {
        "chain": [kind, ref],
        "rev": len(facts),
        "hash": before,
        "sealed": {"checkpoint": 1, "rev": len(facts)},
    }
    return [head, *lines]


def _chains(published: dict[str, Any], calendar: str) -> list[list[dict[str, Any]]]:
    """The chains of the regulation, the calendar, and one case."""
    start = published["effective_from"]
    return [
        chain("regulation", "trial", [("regulation.edition_published", start, published)]),
        chain("calendar", "company", [("calendar.published", start, {"n": 1, "digest": calendar})]),
        chain(
            "case",
            "7",
            [
                ("case.received", "2026-11-02T01:00:00.000000Z", {"type": "complaint"}),
                ("case.classified", "2026-11-02T04:00:00.000000Z", {"type": "complaint"}),
            ],
        ),
    ]


def parts() -> tuple[dict[str, Any], dict[str, bytes]]:
    """A manifest without its files, and the files: one case whose classification was an hour late."""
    digest, start = edition_digest(REGULATION, {}), "2026-11-01T00:00:00.000000Z"
    published = {"edition": 1, "digest": digest, "effective_from": start}
    calendar = sha256(canonical(WEEKLY)).hexdigest()
    chains = _chains(published, calendar)
    heads = [(*one[0]["chain"], one[0]["rev"], bytes.fromhex(one[0]["hash"])) for one in chains]
    seal = digest_of(n=1, at=start, previous=b"", count=len(heads), heads=heads)
    checkpoint = {
        "n": 1, "at": start, "count": len(heads), "previous": "", "digest": seal.hex(),
        "signature": KEY.sign(SIGNED + seal).hex(),
        "heads": [[kind, ref, rev, mark.hex()] for kind, ref, rev, mark in heads],
    }  # fmt: skip
    row = {
        "subject": ["case", "7"], "regulation": "trial", "edition": 1, "control": "classify",
        "clause": "1.1", "cycle": 1, "seq": 1, "state": "met_late",
        "start": "2026-11-02T01:00:00.000000Z", "due": "2026-11-02T03:00:00.000000Z",
        "closed_at": "2026-11-02T04:00:00.000000Z", "breached_at": "2026-11-02T03:00:00.000000Z",
        "paused": False, "provisional": False, "owner": "service_desk", "breach_owner": "service_desk",
        "holder": None, "breach_holder": None, "triggered_by": "case-7-1", "closed_by": "case-7-2",
        "closed_by_kind": "case.classified", "counts": "broken", "excluded": None, "decisions": [],
        "shown": {"number": "TS-7"},
    }  # fmt: skip
    score = {"kept": 0, "broken": 1, "due": 1, "rate": "0.0", "pending": 0, "waived": 0, "cancelled": 0}
    control = {"id": "classify", "name": "分类", "runs": True, **score}
    clause = {"number": "1.1", "heading": "分类", "runs": True, **score, "controls": [control]}
    manifest = {
        "kind": "keyue.evidence-pack", "format": 1, "id": "hand-made", "program": "test",
        "regulation": {"id": "trial", "code": "", "title": "试行办法"},
        "scope": {"clause": "", "heading": "", "controls": ["classify"]},
        "period": {"first": "2026-11-01", "last": "2026-11-30", "tz": "Asia/Shanghai"},
        "as_of": "2026-11-10T00:00:00.000000Z", "made_at": "2026-11-10T00:00:00.000000Z",
        "editions": [
            {"n": 1, "effective_from": start, "answers": {}, "digest": digest, "offset": 0,
             "bytes": len(REGULATION.encode())}
        ],
        "figures": {"promises": 1, **score, "clauses": [clause]},
        "failures": [],
        "counts": {"chains": 3, "facts": 4, "unsealed": 0, "promises": 1, "checkpoints": 1},
        "public_key": RAW.hex(), "fingerprint": MARK,
    }  # fmt: skip
    version = {"code": "company", "n": 1, "recorded_at": start, "definition": WEEKLY}
    files = {
        form.REGULATION: REGULATION.encode(),
        form.CALENDARS: json.dumps({"calendars": [version]}).encode(),
        form.PROMISES: _lines([row]),
        form.FACTS: _lines([line for one in chains for line in one]),
        form.CHECKPOINTS: _lines([checkpoint]),
        **{name: b"a report" for name in form.REPORTS},
    }
    return manifest, files


def _lines(values: list[Any]) -> bytes:
    return b"".join(json.dumps(value).encode() + b"\n" for value in values)


def put(target: Path, manifest: dict[str, Any], files: dict[str, bytes], **changed: Any) -> Path:
    """The pack of these parts; `changed` replaces what the manifest lists of a file (`facts.jsonl` as `facts`)."""
    packed, listed = [], []
    for name in form.FILES:
        plain, small = target.with_name(f"plain-{name}"), target.with_name(f"packed-{name}")
        plain.write_bytes(files[name])
        entry, one = container.compress(plain, small, name)
        said = {field: getattr(one, field) for field in one.__slots__}
        listed.append({**said, **changed.get(name.partition(".")[0], {})})
        packed.append((entry, small))
    content = json.dumps({"files": listed, **manifest}).encode()
    container.assemble(target, content, KEY.sign(content), packed)
    return target


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return put(tmp_path / "good.zip", *parts())


def told(path: Path, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, str]:
    """The exit code, and everything that was said."""
    code = pack_command(["--pack", str(path), *more])
    said = capsys.readouterr()
    assert "Traceback" not in said.err
    return code, said.out + said.err


# ── what it says ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_pack_made_by_hand_to_the_documented_form_holds(good: Path, capsys) -> None:
    code, said = told(good, capsys, "--key", MARK)
    assert code == 0, said
    assert "证据包成立" in said and "到期 1 条，按约 0，逾期 1" in said


def test_without_a_key_it_says_what_is_proven(good: Path, capsys) -> None:
    code, said = told(good, capsys)
    assert code == 0 and "只证明证据包出自指纹如上的那把钥匙" in said
    assert MARK in said.replace(" ", "")


def test_the_key_is_a_fingerprint_in_any_writing_or_a_file(good: Path, tmp_path: Path, capsys) -> None:
    pem = tmp_path / "signing.pub"
    pem.write_bytes(
        KEY.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
    groups = " ".join(MARK[n : n + 4] for n in range(0, 64, 4)).upper()
    for key in (MARK, groups, ":".join(MARK[n : n + 2] for n in range(0, 64, 2)), str(pem)):
        code, said = told(good, capsys, "--key", key)
        assert code == 0 and "证据包成立" in said
    code, said = told(good, capsys, "--key", "0" * 64)
    assert code == 1 and "另一把钥匙" in said


def test_json_for_programs(good: Path, tmp_path: Path, capsys) -> None:
    assert main(["verify", "--json", f"--pack={good}", "--key", MARK]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["ok"] and said["faults"] == [] and said["key"] == "matches"
    assert said["figures"]["broken"] == 1 and said["fingerprint"] == MARK
    bad = tmp_path / "bad.zip"
    bad.write_bytes(good.read_bytes()[:-1])
    assert main(["verify", "--pack", str(bad), "--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert not said["ok"] and len(said["faults"]) == 1 and said["key"] == "not_given"


@pytest.mark.parametrize(
    "words",
    [
        ["--pack"], ["--pack="], ["--pack", "a", "--pack", "b"], ["--pack", "a", "--key"], ["--pack", "a", "b"],
        ["--pack", "/nowhere/at/all.zip"], ["--pack", "."], ["--pack", "a", "--key", "12"],
        ["--pack", "a", "--sample", "3"], ["--pack", "a\0b"],
    ],
)  # fmt: skip
def test_what_is_not_understood_is_one_sentence(words: list[str], capsys) -> None:
    assert pack_command(words) == 2
    said = capsys.readouterr()
    assert said.out == "" and len(said.err.strip().splitlines()) == 1


def test_it_loads_no_django(good: Path) -> None:
    probe = (
        "import sys; from keyue.config.cli import main; "
        f"code = main(['verify', '--pack', {str(good)!r}]); assert 'django' not in sys.modules; sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


# ── files that mean harm ──────────────────────────────────────────────────────────────────────────────────────


def test_every_single_byte_of_a_pack_is_watched(good: Path, tmp_path: Path, capsys) -> None:
    content, target = bytearray(good.read_bytes()), tmp_path / "changed.zip"
    missed = []
    for at in range(len(content)):
        content[at] ^= 1 << (at % 8)
        target.write_bytes(content)
        content[at] ^= 1 << (at % 8)
        if pack_command(["--pack", str(target)]) == 0:
            missed.append(at)
    capsys.readouterr()
    assert missed == []


def test_every_length_of_a_cut_pack_is_found(good: Path, tmp_path: Path, capsys) -> None:
    content, target = good.read_bytes(), tmp_path / "cut.zip"
    for length in range(0, len(content), 37):
        target.write_bytes(content[:length])
        assert told(target, capsys)[0] == 1, length


def test_noise_is_never_a_traceback(tmp_path: Path, capsys) -> None:
    chance, target = random.Random(11), tmp_path / "noise.zip"
    for n in range(200):
        target.write_bytes(b"PK\3\4" * (n % 2) + chance.randbytes(chance.randrange(400)))
        assert told(target, capsys)[0] == 1


def test_a_zip_of_the_usual_kind_is_no_pack(good: Path, tmp_path: Path, capsys) -> None:
    """The same files zipped again by any other tool."""
    target = tmp_path / "again.zip"
    with zipfile.ZipFile(good) as given, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as out:
        assert given.testzip() is None
        for name in given.namelist():
            out.writestr(name, given.read(name))
    assert told(target, capsys)[0] == 1


def bomb(size: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return b"".join([*(packer.compress(bytes(1 << 20)) for _n in range(size >> 20)), packer.flush()])


@pytest.mark.parametrize("says", ["the truth", "less"])
def test_a_bomb_is_not_unpacked(tmp_path: Path, capsys, says: str) -> None:
    manifest, files = parts()
    target = put(tmp_path / "good.zip", manifest, files)
    packed = bomb(1 << 30)
    listed = []
    entries = []
    for name in form.FILES:
        small = tmp_path / f"packed-{name}"
        if name == form.FACTS:
            small.write_bytes(packed)
            size = 1 << 30 if says == "the truth" else 1000
            entry = container.Entry(name, container.DEFLATED, 0, len(packed), size)
            one = container.Listed(name, size, "0" * 64, len(packed), sha256(packed).hexdigest())
        else:
            entry, one = container.compress(tmp_path / f"plain-{name}", small, name)
        entries.append((entry, small))
        listed.append({field: getattr(one, field) for field in one.__slots__})
    content = json.dumps({"files": listed, **manifest}).encode()
    container.assemble(target, content, KEY.sign(content), entries)
    before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    code, said = told(target, capsys)
    assert code == 1 and ("太大" in said or "解压不开" in said)
    assert time.monotonic() - started < 5
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000


def test_a_file_beyond_all_measure_is_refused_at_once(tmp_path: Path, capsys) -> None:
    target = tmp_path / "huge.zip"
    with target.open("wb") as file:
        file.write(b"PK\3\4")
        file.truncate(3 << 30)
    code, said = told(target, capsys)
    assert code == 1 and "2 GiB" in said


def test_a_manifest_that_says_it_is_huge_is_not_read(good: Path, tmp_path: Path, capsys) -> None:
    content = bytearray(good.read_bytes())
    struct.pack_into("<2I", content, 18, 0xFFFFFFF0, 0xFFFFFFF0)
    (tmp_path / "huge.zip").write_bytes(content)
    assert told(tmp_path / "huge.zip", capsys)[0] == 1


def test_a_later_format_is_named(tmp_path: Path, capsys) -> None:
    manifest, files = parts()
    code, said = told(put(tmp_path / "later.zip", {**manifest, "format": 2}, files), capsys)
    assert code == 1 and "格式是 2" in said


WRONG: list[dict[str, Any]] = [
    {"kind": "other"}, {"format": "1"}, {"format": True}, {"id": 5}, {"regulation": []}, {"regulation": {}},
    {"scope": {"clause": "", "controls": "classify"}}, {"period": {}},
    {"period": {"first": "2026-13-01", "last": "2026-11-30", "tz": "Asia/Shanghai"}},
    {"period": {"first": "2026-11-01", "last": "2026-11-30", "tz": "../../etc/passwd"}},
    {"as_of": "yesterday"}, {"as_of": "2026-11-10T00:00:00"}, {"editions": [5]}, {"editions": [{}] * 2000},
    {"editions": []}, {"figures": []}, {"figures": {}}, {"counts": {}}, {"counts": []}, {"failures": ["classify"]},
    {"public_key": "00" * 32}, {"public_key": "zz" * 32}, {"fingerprint": "0" * 64}, {"files": []},
    {"files": [{"name": "../../x"}]}, {"files": None}, {"made_at": None}, {"program": 1},
]  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: json.dumps(wrong)[:60])
def test_a_manifest_of_another_shape_is_one_sentence(tmp_path: Path, capsys, wrong: dict[str, Any]) -> None:
    manifest, files = parts()
    code, said = told(put(tmp_path / "wrong.zip", {**manifest, **wrong}, files), capsys)
    assert code == 1 and "✗" in said


@pytest.mark.parametrize(
    "name", [form.FACTS, form.PROMISES, form.CHECKPOINTS, form.CALENDARS, form.REGULATION]
)
@pytest.mark.parametrize(
    "content",
    [
        b"", b"\n\n", b"null\n", b"[]\n", b"{}\n", b"5\n", b'"x"\n', b"{\n", b"\xff\xfe\n", b"[" * 100_000 + b"\n",
        b"1" * 5_000 + b"\n", b'{"n": 1e999}\n', b'{"a": 1, "a": 2}\n', b'{"chain": ["case", "7"], "rev": 9e9}\n',
        b'{"chain": ["case", "7"], "rev": 99999999, "hash": "' + b"0" * 64 + b'", "sealed": null}\n',
        b'{"subject": ["case", "7"], "control": "x", "state": "met", "cycle": 1, "seq": 1}\n',
        b'{"n": 1, "at": "\\ud800", "previous": "", "digest": "", "signature": "", "heads": [], "count": 0}\n',
        b'{"n": 1, "at": "", "previous": "", "digest": "", "signature": "0g", "heads": [[1,2,3,4]], "count": 0}\n',
        b'{"calendars": [{"code": "company", "n": 1, "recorded_at": "x", "definition": {}}]}',
        b'{"calendars": [{"code": "company", "n": 1, "recorded_at": "2026-11-01T00:00:00Z", "definition": {"weekly": 3}}]}',
    ],
)  # fmt: skip
def test_files_of_another_shape_are_sentences(tmp_path: Path, capsys, name: str, content: bytes) -> None:
    manifest, files = parts()
    code, said = told(put(tmp_path / "wrong.zip", manifest, {**files, name: content}), capsys)
    assert code == 1 and "✗" in said


def test_a_line_without_end_does_not_fill_the_memory(tmp_path: Path, capsys) -> None:
    chance = random.Random(3)
    manifest, files = parts()
    # what does not shrink enough to look like a bomb
    line = b'"' + b"".join(b"%016x" % chance.getrandbits(64) for _n in range(1 << 20)) + b'"'
    code, said = told(put(tmp_path / "long.zip", manifest, {**files, form.FACTS: line}), capsys)
    assert code == 1 and "太长" in said


def test_promises_that_take_for_ever_are_given_up(tmp_path: Path, capsys, monkeypatch) -> None:
    from keyue.compliance.packs import proving

    def slow(*_args: object) -> list[object]:
        time.sleep(30)
        return []

    monkeypatch.setattr(proving, "PATIENCE", 0.2)
    monkeypatch.setattr("keyue.compliance.packs.ground.Ground.rows", slow)
    started = time.monotonic()
    code, said = told(put(tmp_path / "slow.zip", *parts()), capsys)
    assert code == 1 and "推算不出来" in said and time.monotonic() - started < 10
