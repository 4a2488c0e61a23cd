"""Things of the exchange and the guard that the walk over all addresses needs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from keyue.customers import rules
from keyue.customers.actions import attaching, exporting, granting, importing
from keyue.customers.models import Customer, MassReading
from keyue.ledger.facts import Actor
from keyue.ui.uploads import Upload

if TYPE_CHECKING:
    from tests.architecture.world import World

SYSTEM = Actor("system", "test")


def exchange(world: World) -> object:
    """A sheet of customers whose columns wait to be confirmed; a request for an export, a request for access, reading in
    bulk, and a file, none of them of anybody who walks."""
    keeper = world.by_role["archive_keeper"]
    run = importing.draft(
        chunks=["客户名称,电话\n远山二厂,13800002222\n".encode()],
        name="客户.csv",
        user=keeper,
        by=SYSTEM,
        at=world.at,
    )
    asked = exporting.ask_export(
        user=world.agent, narrowing={}, columns=["number"], purpose="joint", remark="对账",
        by=SYSTEM, at=world.at,
    )  # fmt: skip
    grant = granting.ask_access(
        user=world.agent, number="KH-99999", purpose="joint", remark="联合", until=world.at + timedelta(days=3),
        by=SYSTEM, at=world.at,
    )  # fmt: skip
    number = str(world.things["customer"])
    customer = Customer.objects.get(pk=rules.parse_number(number))
    reading = MassReading.objects.create(
        user=world.somebody, day=world.at.date(), window="hour", n=2, most=1, usual=0, noticed_at=world.at
    )
    [file] = attaching.add_files(
        customer=customer, uploads=[Upload("名片.txt", "名片".encode())], by=SYSTEM, at=world.at
    )
    world.things |= {"export": asked.pk, "grant": grant.pk, "reading": reading.pk, "customer_file": file.pk}
    return run.pk


EXCHANGE: dict[str, Callable[[World], object]] = {"customer_import": exchange}
