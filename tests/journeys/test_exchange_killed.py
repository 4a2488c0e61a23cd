"""Customers in and out while the process dies: nothing twice, nothing lost, nothing half."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest

from keyue.customers.actions import exporting, importing, undoing
from keyue.customers.enums import ImportState
from keyue.customers.models import Customer, CustomerImport, CustomerImportRow, ExportRequest, Identifier
from keyue.kernel import clock
from keyue.ledger.facts import Actor
from keyue.ledger.models import Fact
from keyue.ledger.verification import verify_ledger
from keyue.promises.models import Notice
from tests.journeys.world import World, found
from tests.support.crashing import die_at, often, seeded
from tests.support.databases import FreshDatabase

ROWS = 12


@pytest.fixture
def world(fresh_database: FreshDatabase, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(importing, "BATCH", 5)
    monkeypatch.setattr(undoing, "BATCH", 5)
    return found()


def sheet(turn: int) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["客户名称", "种类", "联系人", "电话", "外部编号", "行业"])
    for n in range(ROWS):
        writer.writerow(
            [f"第{turn}轮{n}号公司", "单位", f"联系人{n}", f"139{turn:04d}{n:04d}", f"C-{turn}-{n}", "环保"]
        )
    return out.getvalue().encode()


def begun(world: World, turn: int) -> CustomerImport:
    by, at = world.actor(world.supervisor), clock.now()
    run = importing.draft(chunks=[sheet(turn)], name=f"{turn}.csv", user=world.supervisor, by=by, at=at)
    return importing.start(run=run, user=world.supervisor, by=by, at=at)


def deaths(
    begin: Callable[[int], Callable[[], object]], end: Callable[[int], None], *, stride: int = 25
) -> int:
    """Let work die at moments all over it, each in a turn of its own; how many turns died.

    From one death to the next are less than `stride` statements: four of them must fit into the work.
    """
    chance = seeded("exchange")
    moment, turn, died = 0, 0, 0
    while turn < often(14):
        work = begin(turn)
        if not die_at(moment, work):
            assert died > 3, "the work is too short to die in it"
            moment = chance.randrange(30)
        else:
            died += 1
            moment += chance.randrange(2, stride)
        end(turn)
        turn += 1
    return died


def whole() -> None:
    """Every chain is whole."""
    assert list(verify_ledger()) == []


def test_an_import_dies_anywhere_and_is_whole(world: World) -> None:
    runs: dict[int, CustomerImport] = {}

    def begin(turn: int) -> Callable[[], object]:
        runs[turn] = begun(world, turn)
        return lambda: importing.work_to_end(runs[turn].pk, now=clock.now())

    def end(turn: int) -> None:
        run = CustomerImport.objects.get(pk=runs[turn].pk)
        made = Customer.objects.filter(name__startswith=f"第{turn}轮")
        assert run.position == run.added == made.count()
        importing.work_to_end(run.pk, now=clock.now())
        run.refresh_from_db()
        assert (run.state, run.added, run.refused) == (ImportState.DONE, ROWS, 0)
        assert made.count() == Identifier.objects.filter(value__startswith=f"C-{turn}-").count() == ROWS
        assert CustomerImportRow.objects.filter(run=run).count() == ROWS
        assert Notice.objects.filter(key=f"customer_import:{run.pk}:finished").count() == 1

    assert deaths(begin, end) > 3
    whole()


def test_undoing_dies_anywhere_and_is_whole(world: World) -> None:
    runs: dict[int, CustomerImport] = {}

    def begin(turn: int) -> Callable[[], object]:
        runs[turn] = begun(world, turn)
        importing.work_to_end(runs[turn].pk, now=clock.now())
        by = world.actor(world.supervisor)
        undoing.undo_import(run=runs[turn], user=world.supervisor, by=by, at=clock.now())
        return lambda: undoing.undo_to_end(runs[turn].pk, now=clock.now())

    def end(turn: int) -> None:
        undoing.undo_to_end(runs[turn].pk, now=clock.now())
        run = CustomerImport.objects.get(pk=runs[turn].pk)
        assert (run.state, run.put_back, run.not_put_back) == (ImportState.UNDONE, ROWS, 0)
        made = Customer.objects.filter(name__startswith=f"第{turn}轮")
        assert made.filter(withdrawn_at__isnull=False).count() == ROWS
        refs = [str(pk) for pk in made.values_list("pk", flat=True)]
        assert Fact.objects.filter(kind="customer.withdrawn", stream__ref__in=refs).count() == ROWS

    assert deaths(begin, end) > 3
    whole()


def test_an_export_dies_anywhere_and_goes_out_once(world: World) -> None:
    importing.work_to_end(begun(world, 0).pk, now=clock.now())
    asked: dict[int, ExportRequest] = {}

    def begin(turn: int) -> Callable[[], object]:
        user, boss = world.agent, world.executive
        request = exporting.ask_export(
            user=user, narrowing={}, columns=["number", "name", "phone"], purpose="joint", remark="对账",
            form="csv", by=world.actor(user), at=clock.now(),
        )  # fmt: skip
        by = world.actor(boss)
        asked[turn] = exporting.approve_export(request=request, user=boss, by=by, at=clock.now())
        return lambda: exporting.make_export(asked[turn].pk, now=clock.now())

    def end(turn: int) -> None:
        exporting.make_export(asked[turn].pk, now=clock.now())
        request = ExportRequest.objects.get(pk=asked[turn].pk)
        assert (request.state, request.rows) == ("made", ROWS)
        for kind in ("customer.exported", "customer.sharing_approved"):
            assert Fact.objects.filter(kind=kind, data__request=request.number).count() == ROWS
        content = exporting.download_export(
            request=request, user=world.agent, by=Actor("staff", str(world.agent.pk)), at=clock.now()
        )
        rows = list(csv.reader(io.StringIO(b"".join(content).decode("utf-8-sig"))))
        assert len(rows) == ROWS + 3

    assert deaths(begin, end, stride=9) > 3
    whole()
