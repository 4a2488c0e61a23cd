"""Making packs, a moment at a time: the worker's other jobs have their turn between two of them."""

from __future__ import annotations

import json
import logging
import os
import shutil
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from django.db import InterfaceError, OperationalError
from django.utils.translation import gettext as _

from keyue.company import selectors as company
from keyue.compliance.actions import packs as actions
from keyue.compliance.models import EvidencePack
from keyue.compliance.packs import (
    checking,
    container,
    gathering,
    report_docx,
    report_pdf,
    report_xlsx,
)
from keyue.compliance.packs.container import MANIFEST
from keyue.compliance.packs.form import CALENDARS, FILES, FORMAT, KIND, PROMISES, REGULATION, Figures, Row
from keyue.compliance.packs.gathering import State
from keyue.compliance.packs.ground import Ground
from keyue.compliance.packs.report import Report, report_of
from keyue.compliance.packs.signing import fingerprint, raw_of
from keyue.kernel.errors import KeyueError
from keyue.kernel.texts import in_chinese, sentence_of
from keyue.ledger import keys
from keyue.ledger.checkpoints import seal_heads
from keyue.ledger.facts import stamp

logger = logging.getLogger(__name__)
WRITERS: Mapping[str, Callable[[Report, Path], None]] = {
    "report.pdf": report_pdf.write,
    "report.docx": report_docx.write,
    "report.xlsx": report_xlsx.write,
}
STEPS = len(WRITERS) + 2
"""Turns after the gathering: the manifest, the reports, and the file itself."""


def turn(now: datetime) -> int:
    """A moment of the oldest pack that waits; how many there were to work on, 0 or 1."""
    worker = f"{socket.gethostname()}:{os.getpid()}:{threading.get_ident()}"[:80]
    pack = actions.take_pack(worker=worker, now=now)
    if pack is None:
        return 0
    try:
        _go_on(pack, now)
    except (OperationalError, InterfaceError):
        # the database is busy or away: the next turn tries again
        raise
    except KeyueError as error:
        actions.fail_pack(pack=pack, problem=in_chinese(sentence_of(error)), now=now)
    except Exception:
        logger.exception("evidence pack %s", pack.uid)
        actions.fail_pack(pack=pack, problem=_("制作时出错，详情在运行日志里。请告诉系统管理员。"), now=now)
    return 1


def _go_on(pack: EvidencePack, now: datetime) -> None:
    assert pack.as_of is not None  # noqa: S101  set when it is taken
    place = gathering.workshop(pack)
    state = State.load(place)
    if state is None:
        # sealed first, so that the facts behind the figures are
        seal_heads(now)
    ground = gathering.ground_of(
        regulation=pack.regulation_id,
        clause=pack.clause,
        first=pack.first,
        last=pack.last,
        as_of=pack.as_of,
    )
    if state is None:
        state = gathering.begin(pack, ground)
    elif state.done < state.total:
        gathering.go_on(pack, state, ground)
    elif MANIFEST not in state.written:
        _begin_manifest(pack, state, ground, now)
        _written(place, state, MANIFEST)
    elif left := [name for name in WRITERS if name not in state.written]:
        manifest = json.loads((place / MANIFEST).read_bytes())
        WRITERS[left[0]](report_of(manifest, ground, place), place / left[0])
        _written(place, state, left[0])
    else:
        actions.finish_pack(pack=pack, made=_assemble(pack, state), now=now)
        shutil.rmtree(place, ignore_errors=True)
        return
    actions.keep_pack(pack=pack, done=state.done + len(state.written), total=state.total + STEPS, now=now)


def _written(place: Path, state: State, name: str) -> None:
    state.written.append(name)
    state.save(place)


def _begin_manifest(pack: EvidencePack, state: State, ground: Ground, now: datetime) -> None:
    """The manifest without its files, and the files that need no report."""
    place = gathering.workshop(pack)
    gathering.write_checkpoints(place, state.checkpoints)
    calendars = [
        {
            "code": one.code,
            "n": one.n,
            "recorded_at": stamp(one.recorded_at),
            "definition": one.definition,
        }
        for one in ground.calendars
    ]
    (place / CALENDARS).write_bytes(_pretty({"calendars": calendars}))
    editions = _write_editions(pack, place)
    figures = Figures()
    with (place / PROMISES).open("rb") as lines:
        for line in lines:
            figures.add(json.loads(line))
    raw = raw_of(keys.signing_key().public_key())
    installation = company.installation()
    heading = next((heading for number, heading, _c in ground.clauses() if number == pack.clause), "")
    manifest = {
        "kind": KIND,
        "format": FORMAT,
        "id": str(pack.uid),
        "company": installation.company if installation else "",
        "regulation": {
            "id": pack.regulation_id,
            "code": pack.regulation.code,
            "title": pack.regulation.title,
        },
        "scope": {"clause": pack.clause, "heading": heading, "controls": sorted(ground.scope)},
        "period": {
            "first": pack.first.isoformat(),
            "last": pack.last.isoformat(),
            "tz": ground.period.tz,
        },
        "as_of": stamp(ground.as_of),
        "made_at": stamp(now),
        "made_by": {"id": str(pack.asked_by_id), "name": pack.asked_by.name},
        "purpose": pack.purpose,
        "program": version("keyue"),
        "figures": figures.result(ground.clauses()),
        "failures": state.failures,
        "counts": {
            "subjects": state.total,
            "chains": state.chains,
            "facts": state.facts,
            "unsealed": state.unsealed,
            "promises": state.promises,
            "checkpoints": len(state.checkpoints),
        },
        "editions": editions,
        "public_key": raw.hex(),
        "fingerprint": fingerprint(raw),
    }
    (place / MANIFEST).write_bytes(_pretty(manifest))


def _write_editions(pack: EvidencePack, place: Path) -> list[Row]:
    """The texts of all editions in one file, and where each of them stands in it."""
    assert pack.as_of is not None  # noqa: S101  set when it is taken
    said = []
    with (place / REGULATION).open("wb") as out:
        for edition in gathering.published(pack.regulation_id, pack.as_of):
            head = _("第 %(n)d 版，%(since)s 起施行") % {
                "n": edition.n,
                "since": stamp(edition.effective_from),
            }
            answers = json.dumps(edition.answers, ensure_ascii=False, sort_keys=True).replace("--", "- -")
            out.write(f"<!-- {head} {edition.digest}\n{answers}\n-->\n\n".encode())
            source, offset = edition.source.encode(), out.tell()
            out.write(source + b"\n\n")
            said.append(
                {
                    "n": edition.n,
                    "title": edition.title,
                    "effective_from": stamp(edition.effective_from),
                    "published_at": stamp(edition.published_at),
                    "published_by": edition.published_by,
                    "approved_by": edition.approved_by,
                    "digest": edition.digest,
                    "answers": edition.answers,
                    "offset": offset,
                    "bytes": len(source),
                }
            )
    return said


def _assemble(pack: EvidencePack, state: State) -> dict[str, Any]:
    """Compress, list, sign and write the file; what the row keeps of it. Raises KeyueError for one that is too large."""
    place, target = gathering.workshop(pack), gathering.file_of(pack)
    parts, listed = [], []
    for name in FILES:
        packed = place / f"{name}.packed"
        entry, one = container.compress(place / name, packed, name)
        parts.append((entry, packed))
        listed.append(asdict(one))
    manifest = json.loads((place / MANIFEST).read_bytes())
    content = _pretty({**manifest, "files": listed})
    fresh = place / "pack.zip"
    container.assemble(fresh, content, keys.signing_key().sign(content), parts)
    if fresh.stat().st_size > container.MOST_BYTES:
        raise gathering.too_many(state.promises)
    made = {
        "figures": {name: value for name, value in manifest["figures"].items() if name != "clauses"},
        "promises": state.promises,
        "size": fresh.stat().st_size,
        "sha256": checking.digest_of_file(fresh),
        "fingerprint": manifest["fingerprint"],
    }
    fresh.replace(target)
    return made


def _pretty(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n"
