"""Every address is in the permission matrix, and answers as the matrix says, whoever calls it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.architecture.permission_matrix import MATRIX, PUBLIC, STAFF, TO_LOGIN, Row
from tests.architecture.world import World, make
from tests.support.openapi import smallest_body
from tests.support.source import report

REFUSED = {403, 404}
METHODS = ("GET", "POST")


def addresses(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """The full name and pattern of every address; a name is empty where there is none."""
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            space = f"{prefix}{entry.namespace}:" if entry.namespace else prefix
            yield from addresses(entry, space)
        else:
            yield (f"{prefix}{entry.name}" if entry.name else "", entry)


def all_addresses() -> list[tuple[str, URLPattern]]:
    return list(addresses(get_resolver()))


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker) -> Iterator[World]:
    """One world for all rows, gone afterwards."""
    from django.db import transaction

    with django_db_blocker.unblock(), transaction.atomic():
        try:
            assert all_addresses()
            made = make()
        except Exception as error:
            # hundreds of rows wait for this one: the whole story is told by test_the_world_can_be_made
            pytest.fail(f"no world to walk in: {type(error).__name__}: {error}", pytrace=False)
        yield made
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_the_world_can_be_made():
    assert make().things


@pytest.fixture
def untouched(world: World, django_db_blocker, settings) -> Iterator[World]:
    """The world as it was made, with its files, whatever the test does to it."""
    from django.db import transaction

    settings.KEYUE_HOME, settings.MEDIA_ROOT = world.home, world.home / "files"
    with django_db_blocker.unblock(), transaction.atomic():
        yield world
        transaction.set_rollback(True)


def ask(client: Client, row: Row, world: World) -> int:
    """Call the address; the status of the answer."""
    from django.db import transaction

    address = reverse(row.name, kwargs=world.fill(row.at))
    # each call by itself, so that no caller finds what another one did
    with transaction.atomic():
        if row.token:
            # what the API cannot understand it refuses before it asks who calls
            body = (
                {} if row.method == "GET" else {**smallest_body(row.method, address), **world.fill(row.data)}
            )
            response = client.generic(row.method, address, json.dumps(body), content_type="application/json")
        else:
            response = getattr(client, row.method.lower())(address, world.fill(row.data))
        response.close()
        transaction.set_rollback(True)
    return response.status_code


def test_there_are_addresses():
    assert all_addresses(), "the address map is empty"


def test_every_address_has_a_name():
    report([str(p.pattern) for name, p in all_addresses() if not name], "name these: path(…, name=…)")


def test_every_address_is_in_the_matrix():
    listed = {row.name for row in MATRIX}
    missing = sorted({name for name, _ in all_addresses() if name} - listed)
    report(missing, "add rows for these to tests/architecture/permission_matrix.py")


def test_the_matrix_lists_nothing_else():
    known = {name for name, _ in all_addresses()}
    report(sorted({row.name for row in MATRIX} - known), "these addresses are gone; take out their rows")
    keys = [(row.name, row.method, str(row.at)) for row in MATRIX]
    report([str(k) for k in keys if keys.count(k) > 1], "these rows stand there twice")


def test_every_view_says_whom_it_is_for():
    """By a decorator of people/guards.py; the API asks for a token by itself."""
    faults = []
    for name, pattern in all_addresses():
        module = getattr(pattern.callback, "__module__", "")
        if module.startswith("keyue.") and not hasattr(pattern.callback, "audience"):
            faults.append(f"{name}: {module}.{getattr(pattern.callback, '__name__', '')}")
    report(faults, "put @staff_page(…) or @public_page on these views")


def test_the_roles_of_the_matrix_exist():
    from keyue.people.roles import ROLES

    known = {*ROLES, *STAFF, *PUBLIC}
    report([f"{row}: {r}" for row in MATRIX for r in row.roles if r not in known], "no such role")


@pytest.mark.parametrize("row", MATRIX, ids=str)
def test_strangers_and_those_who_may_see_nothing(row: Row, untouched: World):
    faults = []
    for who, user, expected in (
        ("a stranger", None, row.anonymous),
        ("staff without any role", untouched.nobody, row.nobody),
    ):
        got = ask(untouched.client(user, token=row.token), row, untouched)
        if got != expected:
            faults.append(f"{who} get {got}, {expected} is expected")
    report(faults, str(row))


@pytest.mark.parametrize("row", [r for r in MATRIX if r.roles not in (PUBLIC, STAFF)], ids=str)
def test_each_role(row: Row, untouched: World):
    faults = []
    for code, user in untouched.by_role.items():
        got = ask(untouched.client(user, token=row.token), row, untouched)
        if code in row.roles and (got in {401, *REFUSED} or got >= 500):
            faults.append(f"{code} may, and gets {got}")
        elif code not in row.roles and got not in REFUSED:
            faults.append(f"{code} may not, and gets {got}")
    report(faults, str(row))


@pytest.mark.parametrize("name", sorted({row.name for row in MATRIX}))
def test_methods_that_are_not_listed_do_nothing(name: str, untouched: World):
    """What the matrix does not list must not work for a person who may see nothing."""

    def address(row: Row) -> str:
        return reverse(row.name, kwargs=untouched.fill(row.at))

    rows = [row for row in MATRIX if row.name == name]
    # the API has several names for one address, one a method
    listed = {row.method for row in MATRIX if row.token == rows[0].token and address(row) == address(rows[0])}
    faults = []
    for method in set(METHODS) - listed:
        attempt = Row(name, method, (), TO_LOGIN, 403, rows[0].at, token=rows[0].token)
        got = ask(untouched.client(untouched.nobody, token=attempt.token), attempt, untouched)
        if got not in {401, 403, 404, 405}:
            faults.append(f"{method} gives {got}: add a row for it, or let the view refuse the method")
    report(faults, name)
