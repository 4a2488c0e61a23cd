"""Backup and restore by the command line, on real files and databases: whole, readable with the keys, erased for good."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.db import connection

from keyue.cases.actions.files import Upload, path_of
from keyue.cases.actions.intake import Intake, register
from keyue.cases.importing import actions as importing
from keyue.cases.models import Case, Message
from keyue.company.models import Installation
from keyue.customers import actions as customers
from keyue.customers import selectors as reading
from keyue.customers.enums import ErasureReason
from keyue.kernel import clock
from keyue.ledger.checkpoints import copies, seal_heads
from keyue.ledger.facts import Actor
from tests.journeys.test_kill import filing, finished, founded
from tests.journeys.world import World
from tests.support.crashing import Client, Product, running, seeded
from tests.support.databases import FreshDatabase, empty
from tests.support.environment import ROOT
from tests.support.server import environment_for

Keyue = Callable[..., subprocess.CompletedProcess[str]]
ADDRESSES = """
import django; django.setup()
from keyue.cases.models import Case
from keyue.cases.actions.files import path_of
from keyue.customers import selectors
from keyue.kernel.errors import KeyueError
for case in Case.objects.order_by("pk"):
    try:
        point = selectors.contact_points([case.contact_id]).get(case.contact_id)
        phone = point and point.phone
    except KeyueError as error:
        phone = error.code
    files = [path_of(a.sha256).exists() for m in case.messages.all() for a in m.attachments.all()]
    print(case.title, phone or "-", *files, sep="|")
"""


@dataclass
class Place:
    """A home and a database, and the command line there."""

    home: Path
    database: FreshDatabase
    more: dict[str, str] = field(default_factory=dict)

    def keyue(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        # whoever restores must be alone, and this process holds a connection
        connection.close()
        return self._run([sys.executable, "-m", "keyue.config.cli", *map(str, arguments)])

    def ok(self, *arguments: object) -> str:
        done = self.keyue(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def refused(self, *arguments: object) -> str:
        """The sentence of a refusal."""
        done = self.keyue(*arguments)
        assert done.returncode == 2, (done.returncode, done.stdout, done.stderr)
        assert "Traceback" not in done.stderr and done.stderr.startswith(f"keyue {arguments[0]}: ")
        return done.stderr

    def cases(self) -> dict[str, list[str]]:
        """By title: the customer's phone as it can be read here, and whether each file is there."""
        done = self._run([sys.executable, "-c", ADDRESSES])
        assert done.returncode == 0, done.stderr
        return {line.split("|")[0]: line.split("|")[1:] for line in done.stdout.splitlines()}

    def _run(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        environment = environment_for(self.home, {**self.database.environment, **self.more})
        return subprocess.run(
            command,
            env={**environment, "DJANGO_SETTINGS_MODULE": "keyue.config.settings"},
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
            timeout=200,
        )


@pytest.fixture
def here(fresh_database: FreshDatabase, home: Path) -> Place:
    return Place(home, fresh_database)


@pytest.fixture
def world(here: Place) -> World:
    return founded()


@pytest.fixture
def elsewhere(here: Place, tmp_path: Path) -> Iterator[Place]:
    """Another machine: nothing there, not even a table."""
    with empty(tmp_path) as database:
        yield Place(tmp_path / "elsewhere", database)


def complaint(title: str, phone: str) -> Case:
    intake = Intake(
        type="complaint",
        title=title,
        content="约好周六维保，人下午才到。",
        name="周叙白",
        phone=phone,
        uploads=[Upload("现场.txt", f"现场记录 {title}".encode())],
    )
    return register(intake, by=Actor("customer", "portal"), at=clock.now(), source="portal").case


@pytest.fixture
def two_cases(world: World) -> list[Case]:
    made = []
    for title, phone in (("甲件浊度超标", "13800000001"), ("乙件压差过高", "13800000002")):
        made.append(complaint(title, phone))
        # a checkpoint each, so that there are copies outside the database
        seal_heads(clock.now())
    assert len(copies()) == 2
    return made


READABLE = {"甲件浊度超标": ["+8613800000001", "True"], "乙件压差过高": ["+8613800000002", "True"]}


def erase(case: Case, world: World) -> None:
    assert case.customer is not None
    customers.erase(
        customer=case.customer,
        reason=ErasureReason.values[0],
        by=world.actor(world.supervisor),
        at=clock.now(),
    )


# --- whole -----------------------------------------------------------------------------------------------


def test_a_backup_taken_while_all_write_is_whole_on_another_machine(
    here: Place, elsewhere: Place, world: World, tmp_path: Path
) -> None:
    chance, stop = seeded("backup"), threading.Event()
    file = tmp_path / "kept" / "keyue.tar.gz"
    file.parent.mkdir()
    with running(here.home, here.database.environment) as product:
        serve = product.command("serve")
        serve.start()
        serve.wait_until_ready()
        filers = filing(world, product, chance, stop)
        time.sleep(2)
        acknowledged = [one.body["title"] for filer in filers for one in list(filer.filed)]
        done = product.run("backup", str(file))
        still = sum(len(filer.filed) for filer in filers)
        time.sleep(0.5)
        stop.set()
        filed = finished(filers)
        assert done.returncode == 0, done.stderr
    assert acknowledged and len(filed) > still
    elsewhere.ok("restore", file, "--keys", f"{file}.keys")
    assert "约定与事实一致" in elsewhere.ok("verify")
    there = elsewhere.cases()
    assert set(acknowledged) <= set(there) <= {one.body["title"] for one in filed}
    by_title = {one.body["title"]: one for one in filed}
    for title, (phone, *files) in there.items():
        body = by_title[title].body
        assert phone == f"+86{body['phone']}" and files == ["True"] * len(body.get("files", []))
    with running(elsewhere.home, elsewhere.database.environment) as restored:
        serve = restored.command("serve")
        serve.start()
        serve.wait_until_ready()
        answer_again(restored, filers[0].client.token, [by_title[title] for title in acknowledged[:3]])


def answer_again(product: Product, token: str, filed: list) -> None:
    """The restored product knows the token, and what it has answered."""
    client = Client(product.port, token)
    for one in filed:
        again = client.post("/cases", one.body, one.key)
        assert again.body == one.answer.body and again.headers["idempotent-replay"] == "true"


def test_nothing_half_written_is_in_a_backup(here: Place, two_cases: list[Case], tmp_path: Path) -> None:
    (here.home / "files" / "ab").mkdir(exist_ok=True)
    (here.home / "files" / "ab" / "abcd.123.new").write_bytes(b"half")
    here.ok("backup", tmp_path / "a.tar.gz")
    with tarfile.open(tmp_path / "a.tar.gz") as archive:
        names = archive.getnames()
    assert sum(name.startswith("files/") and len(Path(name).name) == 64 for name in names) == 2
    assert not [name for name in names if name.endswith(".new")]
    assert not [name for name in names if name.startswith("keys") or "key" in Path(name).name.split("-")]
    with tarfile.open(tmp_path / "a.tar.gz.keys") as archive:
        assert "keys/master.key" in archive.getnames()
        assert all(member.isfile() or member.isdir() for member in archive)
    assert [(tmp_path / name).stat().st_mode & 0o77 for name in ("a.tar.gz", "a.tar.gz.keys")] == [0, 0]
    assert [path.name for path in tmp_path.glob(".*")] == []


# --- keys ------------------------------------------------------------------------------------------------


def test_without_the_keys_it_says_so_and_nothing_personal_can_be_read(
    here: Place, elsewhere: Place, two_cases: list[Case], tmp_path: Path
) -> None:
    file = tmp_path / "a.tar.gz"
    here.ok("backup", file)
    kept = (tmp_path / "a.tar.gz.keys").rename(tmp_path / "vault")
    assert "没有这份备份的密钥" in elsewhere.refused("restore", file)
    done = elsewhere.keyue("restore", file, "--without-keys")
    assert done.returncode == 0 and "没有这份备份的密钥，个人信息读不出来" in done.stderr
    assert {title: rest[0] for title, rest in elsewhere.cases().items()} == dict.fromkeys(
        READABLE, "keys_missing"
    )
    again = elsewhere.keyue("restore", file, "--keys", kept, "--replace")
    assert (again.returncode, again.stderr) == (0, "")
    assert elsewhere.cases() == READABLE
    elsewhere.ok("verify")


def test_keys_that_lie_beside_the_backup_are_taken(
    here: Place, elsewhere: Place, two_cases: list[Case], tmp_path: Path
) -> None:
    here.ok("backup", tmp_path / "a.tar.gz")
    elsewhere.ok("restore", tmp_path / "a.tar.gz")
    assert elsewhere.cases() == READABLE


def test_under_the_test_clock_only_a_demo_comes_back(
    here: Place, elsewhere: Place, world: World, tmp_path: Path
) -> None:
    here.ok("backup", tmp_path / "real.tgz")
    moved = Place(elsewhere.home, elsewhere.database, more={"KEYUE_TEST_CLOCK": "1"})
    assert "真实数据" in moved.refused("restore", tmp_path / "real.tgz")
    Installation.objects.update(is_demo=True)
    here.ok("backup", tmp_path / "demo.tgz")
    moved.ok("restore", tmp_path / "demo.tgz")


def test_keys_of_another_installation_are_refused(
    here: Place, elsewhere: Place, two_cases: list[Case], tmp_path: Path
) -> None:
    file, other = tmp_path / "a.tar.gz", tmp_path / "b.tar.gz"
    here.ok("backup", file)
    elsewhere.ok("migrate")
    (elsewhere.home / "keys").mkdir(parents=True, exist_ok=True)
    (elsewhere.home / "keys" / "master.key").write_text("b3RoZXI=\n")
    elsewhere.ok("backup", other)
    assert "不是这份备份的" in elsewhere.refused("restore", file, "--keys", f"{other}.keys")
    assert elsewhere.cases() == {}


# --- erasures --------------------------------------------------------------------------------------------


def test_what_was_erased_since_is_erased_again(
    here: Place, world: World, two_cases: list[Case], tmp_path: Path
) -> None:
    file, (first, second) = tmp_path / "a.tar.gz", two_cases
    here.ok("backup", file)
    erase(first, world)
    later = complaint("丙件还没有备份", "13800000003")
    seal_heads(clock.now())
    said = here.ok("restore", file, "--keys", f"{file}.keys", "--replace")
    assert "重新执行了 1 次个人信息删除" in said and "before-restore-" in said
    assert here.cases() == {"（个人信息已删除）": ["-", "False"], second.title: READABLE[second.title]}
    assert Message.objects.get(case=first.pk).body == "" and not Case.objects.filter(pk=later.pk).exists()
    digest = Message.objects.get(case=second.pk).attachments.get().sha256
    assert path_of(digest).read_bytes() == f"现场记录 {second.title}".encode()
    here.ok("verify")
    # once more, and it is still so
    assert "重新执行了 1 次" in here.ok("restore", file, "--replace")
    assert list(here.cases()) == ["（个人信息已删除）", second.title]
    seal_heads(clock.now())
    here.ok("verify")
    [aside, _again] = sorted(here.home.glob("before-restore-*"))
    assert (aside / "files").is_dir() and (aside / "keys" / "master.key").exists()


def test_erasures_go_to_another_machine_with_their_journal_even_without_the_keys(
    here: Place, elsewhere: Place, world: World, two_cases: list[Case], tmp_path: Path
) -> None:
    file = tmp_path / "a.tar.gz"
    here.ok("backup", file)
    erase(two_cases[0], world)
    elsewhere.home.mkdir()
    shutil.copy(here.home / "erasures.jsonl", elsewhere.home)
    assert "重新执行了 1 次" in elsewhere.ok("restore", file, "--without-keys")
    again = elsewhere.ok("restore", file, "--keys", f"{file}.keys", "--replace")
    assert "重新执行了 1 次" in again
    assert elsewhere.cases() == {
        "（个人信息已删除）": ["-", "False"],
        "乙件压差过高": READABLE["乙件压差过高"],
    }
    elsewhere.ok("verify")


def test_a_sheet_that_brought_somebody_erased_since_does_not_come_back(
    here: Place, world: World, tmp_path: Path
) -> None:
    by, file = world.actor(world.supervisor), tmp_path / "a.tar.gz"
    sheet = "受理时间,内容,姓名,电话\n2026-09-03 14:05,膜壳开裂,沈自明,13900001234\n".encode()
    run = importing.draft(chunks=[sheet], name="a.csv", by=by, at=clock.now())
    importing.start(run_id=run.pk, by=by, at=clock.now())
    importing.work_to_end(run.pk, now=clock.now())
    here.ok("backup", file)
    erase(Case.objects.get(), world)
    assert not path_of(run.sha256).exists()
    # rows of an import of the database that is replaced
    lost = here.home / "imports" / "2.rows"
    lost.write_text("膜壳开裂")
    here.ok("restore", file, "--keys", f"{file}.keys", "--replace")
    assert not path_of(run.sha256).exists() and not lost.exists()
    run.refresh_from_db()
    assert run.cleared == "erasure"
    here.ok("verify")


# --- what is refused -------------------------------------------------------------------------------------


def test_data_that_is_here_is_not_replaced_unasked(
    here: Place, two_cases: list[Case], tmp_path: Path
) -> None:
    file = tmp_path / "a.tar.gz"
    here.ok("backup", file)
    complaint("丙件还没有备份", "13800000003")
    before = here.cases()
    assert "--replace" in here.refused("restore", file, "--keys", f"{file}.keys")
    assert here.cases() == before and len(before) == 3
    assert not list(here.home.glob("before-restore-*")) and not list(here.home.glob(".restore-*"))


def test_nothing_is_restored_under_a_running_product(
    here: Place, two_cases: list[Case], tmp_path: Path
) -> None:
    file = tmp_path / "a.tar.gz"
    here.ok("backup", file)
    with running(here.home, here.database.environment) as product:
        serve = product.command("serve")
        serve.start()
        serve.wait_until_ready()
        assert "数据库正在使用" in here.refused("restore", file, "--replace")
        assert len(here.cases()) == 2
    here.ok("verify")
    here.ok("restore", file, "--replace")


def test_what_is_no_backup_is_refused_before_anything_is_touched(
    here: Place, two_cases: list[Case], tmp_path: Path
) -> None:
    file, keys = tmp_path / "a.tar.gz", tmp_path / "a.tar.gz.keys"
    here.ok("backup", file)
    whole = file.read_bytes()
    damaged = bytearray(whole)
    damaged[len(whole) // 2 : len(whole) // 2 + 64] = b"\0" * 64
    for name, content in {
        "cut": whole[: len(whole) // 2],
        "damaged": bytes(damaged),
        "text": "不是备份".encode(),
    }.items():
        (tmp_path / name).write_bytes(content)
        assert "不是客约的备份" in here.refused("restore", tmp_path / name, "--replace")
    assert "不是客约的备份" in here.refused("restore", file, "--keys", tmp_path / "cut", "--replace")
    assert "不是客约的备份" in here.refused("restore", tmp_path / "nowhere", "--replace")
    assert "它是密钥文件" in here.refused("restore", keys, "--replace")
    assert "没有密钥" in here.refused("restore", file, "--keys", file, "--replace")
    here.refused("restore")
    assert here.cases() == READABLE
    assert not list(here.home.glob("before-restore-*")) and not list(here.home.glob(".restore-*"))


def test_a_backup_of_the_other_kind_of_database_is_refused(
    here: Place, two_cases: list[Case], tmp_path: Path
) -> None:
    file = tmp_path / "a.tar.gz"
    here.ok("backup", file)
    with tarfile.open(file) as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    manifest = tmp_path / "unpacked" / "keyue-backup.json"
    other = {"sqlite": "postgresql", "postgresql": "sqlite"}[here.database.vendor]
    manifest.write_text(manifest.read_text().replace(here.database.vendor, other))
    with tarfile.open(tmp_path / "other.tar.gz", "w:gz") as archive:
        for entry in (tmp_path / "unpacked").iterdir():
            archive.add(entry, entry.name)
    assert f"来自 {other}" in here.refused("restore", tmp_path / "other.tar.gz", "--replace")
    assert here.cases() == READABLE


def test_a_backup_overwrites_nothing_and_leaves_nothing_half(
    here: Place, two_cases: list[Case], tmp_path: Path
) -> None:
    file = tmp_path / "a.tar.gz"
    here.ok("backup", file)
    before = file.read_bytes()
    assert "已经存在" in here.refused("backup", file)
    file.rename(tmp_path / "b.tar.gz")
    assert "已经存在" in here.refused("backup", file)
    assert (tmp_path / "b.tar.gz").read_bytes() == before
    (tmp_path / "taken").write_text("")
    assert "没有文件夹" in here.refused("backup", tmp_path / "taken" / "c.tar.gz")
    assert "没有文件夹" in here.refused("backup", tmp_path / "not" / "there" / "c.tar.gz")
    assert not (tmp_path / "not").exists()
    here.refused("backup")
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == [
        "a.tar.gz.keys",
        "b.tar.gz",
        "taken",
    ]


@pytest.mark.sqlite
def test_a_database_that_is_not_there_is_said(tmp_path: Path) -> None:
    nowhere = Place(tmp_path / "x", FreshDatabase("sqlite", "", f"sqlite://{tmp_path}/none.sqlite3"))
    assert "读不了数据库" in nowhere.refused("backup", tmp_path / "a.tar.gz")
    assert not (tmp_path / "none.sqlite3").exists()


def test_readable_is_what_the_product_reads(two_cases: list[Case]) -> None:
    points = reading.contact_points([case.contact_id for case in two_cases])
    assert {point.phone for point in points.values()} == {phone for phone, _file in READABLE.values()}
