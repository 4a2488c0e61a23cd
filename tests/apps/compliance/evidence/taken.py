"""Evidence packs for tests: a company with every kind of outcome, and packs taken apart and put together again."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from keyue.cases.models import Case
from keyue.compliance import actions
from keyue.compliance.models import EvidencePack
from keyue.compliance.packs import checking, container, gathering, making
from keyue.compliance.packs.form import FILES
from keyue.compliance.packs.signing import fingerprint, raw_of
from keyue.kernel import clock
from keyue.ledger import keys
from keyue.ledger.facts import Actor
from keyue.people.models import User
from keyue.promises import actions as promises
from keyue.promises.models import Promise
from keyue.promises.scenario import subject_models
from tests.journeys.test_complaint_loop import act, complaint, to_assigned
from tests.journeys.world import World

FIRST, LAST = date(2026, 11, 1), date(2026, 11, 30)


def live_through(world: World) -> dict[str, Case]:
    """Cases of which promises were kept, late, overdue, waived, cancelled, extended, and are still pending."""
    start = clock.now()
    cases = {"kept": complaint()}
    to_assigned(world, cases["kept"])
    act(world.engineer, cases["kept"], "file_plan", body="清洗膜组", steps="清洗,陈砚,明天")
    act(world.engineer, cases["kept"], "solve", result="更换 2 支元件")
    cases["late"] = complaint(phone="13900001111", title="迟了才分类")
    cases["waived"] = complaint(phone="13900002222", title="客户要求先不动")
    to_assigned(world, cases["waived"])
    plan = promise(cases["waived"], "plan")
    asked = promises.request(
        plan.pk, kind="waiver", reason="周叙白要求先不动", user=world.engineer, at=clock.now()
    )
    promises.decide(asked.pk, approve=True, user=world.supervisor, at=clock.now())
    solve = promise(cases["waived"], "solve")
    asked = promises.request(
        solve.pk,
        kind="extension",
        reason="备件未到",
        due=solve.due + timedelta(days=1),  # type: ignore[operator]
        user=world.engineer,
        at=clock.now(),
    )
    promises.decide(asked.pk, approve=True, user=world.supervisor, at=clock.now())
    cases["cancelled"] = complaint(phone="13900003333", title="不用了")
    act(world.agent, cases["cancelled"], "withdraw", via="call", spoke_to="周叙白", note="不用了")
    move(start + timedelta(hours=5))
    act(world.agent, cases["late"], "classify", type="complaint", category="product")
    cases["pending"] = complaint(phone="13900004444", title="刚来的")
    return cases


def move(instant: Any) -> None:
    clock.move_to(instant)
    promises.look(now=clock.now())


def promise(case: Case, control: str) -> Promise:
    return Promise.objects.get(subject_kind="case", subject_id=case.pk, control=control, is_open=True)


def ask(user: User, clause: str = "", **changes: Any) -> EvidencePack:
    said = {
        "regulation": "feedback",
        "clause": clause,
        "first": FIRST,
        "last": LAST,
        "purpose": "supervision",
    }
    by = Actor("staff", str(user.pk))
    return actions.ask_pack(**{**said, **changes}, user=user, by=by, at=clock.now())


def work() -> int:
    """What the worker does, until nothing is left to make; how many turns."""
    turns = 0
    while making.turn(clock.now()):
        turns += 1
        assert turns < 200
    return turns


def made(user: User, clause: str = "", **changes: Any) -> EvidencePack:
    pack = ask(user, clause, **changes)
    work()
    pack.refresh_from_db()
    assert pack.state == "ready", pack.problem
    return pack


def path_of(pack: EvidencePack) -> Path:
    return gathering.file_of(pack)


class Taken:
    """A pack taken apart: change `manifest` or a file of `files`, and `put` it together as one who knows how would."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            self.front = container.read_front(file)
            self.manifest: dict[str, Any] = json.loads(self.front.manifest)
            self.files: dict[str, bytes] = {}
            for one in self.manifest["files"]:
                file.seek(self._place(one["name"]))
                self.files[one["name"]] = zlib.decompress(file.read(one["packed_size"]), -zlib.MAX_WBITS)

    def _place(self, name: str) -> int:
        place = self.front.length
        for one in self.manifest["files"]:
            place += 30 + len(one["name"])
            if one["name"] == name:
                return place
            place += one["packed_size"]
        raise KeyError(name)

    def lines(self, name: str) -> list[Any]:
        return [json.loads(line) for line in self.files[name].splitlines()]

    def set_lines(self, name: str, lines: list[Any]) -> None:
        self.files[name] = b"".join(json.dumps(line, ensure_ascii=False).encode() + b"\n" for line in lines)

    def put(self, target: Path, sign: Callable[[bytes], bytes] | None = None) -> Path:
        """Compressed and listed again; signed by `sign`, else by the installation itself."""
        parts, listed = [], []
        for name in FILES:
            plain = target.with_name(f"{target.name}.{name}")
            plain.write_bytes(self.files[name])
            packed = target.with_name(f"{target.name}.{name}.packed")
            entry, one = container.compress(plain, packed, name)
            parts.append((entry, packed))
            listed.append({field: getattr(one, field) for field in one.__slots__})
        content = json.dumps({**self.manifest, "files": listed}, ensure_ascii=False).encode()
        signature = sign(content) if sign else keys.signing_key().sign(content)
        container.assemble(target, content, signature, parts)
        return target


def digest(content: bytes) -> str:
    return sha256(content).hexdigest()


def faults(path: Path, key: str = "") -> list[str]:
    """What is wrong with a pack, in sentences."""
    return [str(fault) for fault in checking.check_pack(path, subject_models(), key).faults]


def own_key() -> str:
    """The fingerprint of the installation's key."""
    return fingerprint(raw_of(keys.signing_key().public_key()))
