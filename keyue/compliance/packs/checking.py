"""Checking a pack from its file alone: the container, the signature, and then all that it holds. Pure Python."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import islice
from pathlib import Path

from keyue.compliance.packs import container, proving, shape
from keyue.compliance.packs.container import BadPack, Files
from keyue.compliance.packs.form import CALENDARS, REGULATION
from keyue.compliance.packs.ground import Ground, Models
from keyue.compliance.packs.shape import Manifest
from keyue.compliance.packs.signing import fingerprint, is_signed
from keyue.kernel.errors import KeyueError
from keyue.kernel.texts import Sentence, sentence, sentence_of

MOST_TOLD = 200
MOST_TEXT = 64 << 20


@dataclass(slots=True)
class Verdict:
    """What was found. `manifest` is None where it could not be read; `key` says how the pack's key was recognised:
    "given" (it is the one that was named), "other" (it is not), "" (none was named)."""

    faults: list[Sentence | str] = field(default_factory=list)
    manifest: Manifest | None = None
    key: str = ""
    is_cut: bool = False

    @property
    def is_good(self) -> bool:
        return not self.faults


def check_pack(path: Path, models: Models, expected: str = "") -> Verdict:
    """Check the pack in a file; `expected` is the fingerprint of the key that must have signed it.

    Raises OSError for a file that cannot be read; whatever is wrong with its content is a fault.
    """
    verdict = Verdict()
    faults = _faults(path, models, expected, verdict)
    try:
        verdict.faults = list(islice(faults, MOST_TOLD))
        verdict.is_cut = next(faults, None) is not None
    except BadPack as error:
        verdict.faults.append(error.said)
    return verdict


def _faults(path: Path, models: Models, expected: str, verdict: Verdict) -> Iterator[Sentence | str]:
    """What is wrong, the frame first. What a pack says is looked at only once it is what was signed."""
    with path.open("rb") as file:
        try:
            front = container.read_front(file)
            verdict.manifest = manifest = _manifest(front.manifest, front.signature)
            found = False
            for fault in _check_key(manifest, expected, verdict):
                found = True
                yield fault
            files = Files(file, front, manifest.files)
            for said in files.check():
                found = True
                yield said
            if not found:
                yield from _inside(files, manifest, models)
        except BadPack as error:
            yield error.said


def _manifest(content: bytes, signature: bytes) -> Manifest:
    """The manifest, whose signature is its own key's. Raises BadPack: what was not signed says nothing."""
    manifest = shape.read_manifest(content)
    if fingerprint(manifest.public_key) != manifest.fingerprint:
        raise BadPack(sentence("清单里的公钥与指纹不符"))
    if not is_signed(manifest.public_key, signature, content):
        raise BadPack(sentence("签名不对：清单被改动，或签名不是清单里那把钥匙的"))
    return manifest


def _check_key(manifest: Manifest, expected: str, verdict: Verdict) -> Iterator[Sentence]:
    if not expected:
        return
    verdict.key = "given" if manifest.fingerprint == expected else "other"
    if verdict.key == "other":
        yield sentence(
            "证据包是另一把钥匙签的：指纹是 %(got)s，应为 %(expected)s",
            got=manifest.fingerprint,
            expected=expected,
        )


def _inside(files: Files, manifest: Manifest, models: Models) -> Iterator[Sentence | str]:
    try:
        ground = Ground(
            regulation=manifest.regulation,
            clause=manifest.clause,
            period=manifest.period,
            as_of=manifest.as_of,
            editions=shape.read_editions(manifest.editions, files.content(REGULATION, MOST_TEXT)),
            calendars=shape.read_calendars(files.content(CALENDARS, MOST_TEXT)),
            models=models,
        )
    except KeyueError as error:
        yield sentence_of(error)
        return
    for kind in sorted(ground.kinds - models.keys()):
        yield sentence("这个程序不认识对象 %(kind)s，推不出它的约定", kind=kind)
    yield from proving.prove(files, manifest, ground)


def digest_of_file(path: Path) -> str:
    """The SHA-256 of a whole file."""
    total = sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            total.update(chunk)
    return total.hexdigest()
