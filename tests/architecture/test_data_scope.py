"""Nobody learns of a customer whom their data scope does not reach, by any address of the product.

The permission matrix is the list: every address of the product stands in it, filled with things of a department that is
not the caller's, and an address that is missing there fails in test_permissions.py. So a new list, page, file or route of
the API over customers is walked without anybody thinking of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from keyue.api.assembly import api
from keyue.customers import actions as customers
from keyue.customers import rules, selectors
from keyue.customers.models import Contact, Customer
from keyue.customers.sealed import opened
from keyue.ledger.models import Fact
from keyue.people import actions as people
from keyue.people.enums import Scope
from keyue.people.models import User
from keyue.people.roles import ADMINISTRATORS, ROLES
from keyue.sales.models import PoolEntry
from tests.architecture.permission_matrix import MATRIX, Row
from tests.architecture.world import SYSTEM, World, make
from tests.support.openapi import smallest_body
from tests.support.source import report, sources

OWN = "近处自来水公司"
WORDS = ("远山", "ysjx", "6027", "知远", "xzy", "1111", "远山机械有限公司", "13800006027")
"""What finds the customers of the others: a part of a name, initials, ends of numbers, wholes."""
TELLS = {"api:openapi-json": "its examples bear the names of the test's customers"}
MARK = re.compile(r"</?mark[^>]*>")


@dataclass
class Walk:
    """Somebody who may do everything that is no administration, in a department of which no other customer is."""

    world: World
    user: User
    own: Customer
    others: list[Customer]
    telling: re.Pattern[str]

    def told(self, answer: Any, given: Iterable[object]) -> str:
        """The first that an answer tells of others' customers and that was not sent to it; empty where it tells nothing."""
        said = [str(value) for value in given]
        for found in self.telling.finditer(words_of(answer)):
            if not any(found.group() in one for one in said):
                return found.group()
        return ""


def words_of(answer: Any) -> str:
    """The head of an answer and what stands in it: a find without its marks, JSON in plain characters."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    text = MARK.sub("", body.decode("utf-8", "replace"))
    if "json" in answer.headers.get("Content-Type", "") and text:
        text = json.dumps(json.loads(text), ensure_ascii=False)
    return f"{answer.headers} {text}"


@pytest.fixture
def walk(db: None) -> Walk:
    world = make()
    far = people.create_department(
        code="far", name="远方营业部", parent=world.company, by=SYSTEM, at=world.at
    )
    user = people.create_staff(username="walker", name="独行", department=far, by=SYSTEM, at=world.at)
    User.objects.filter(pk=user.pk).update(must_change_password=False)
    user.refresh_from_db()
    for code in ROLES:
        if code not in ADMINISTRATORS:
            people.grant_role(user=user, role=code, scope=Scope.DEPARTMENT, by=SYSTEM, at=world.at)
    own = customers.create_customer(
        kind="organisation", name=OWN, contact_name="甲", phone="13511110000", source="phone",
        legal_basis="contract", department=far.code, by=SYSTEM, at=world.at,
    )  # fmt: skip
    seen = selectors.visible_to(user)
    assert list(seen) == [own]
    # what lies in the public pool is everybody's to pick
    pool = PoolEntry.objects.filter(left_at=None).values("customer")
    others = list(Customer.objects.exclude(pk=own.pk).exclude(pk__in=pool))
    return Walk(world, user, own, others, _telling(others))


def _telling(others: list[Customer]) -> re.Pattern[str]:
    """Numbers, names, telephone numbers and addresses of these customers, in the clear and under their masks."""
    words = {one.number for one in others} | {one.name for one in others if one.name}
    for clear in opened(list(Contact.objects.filter(customer__in=others))):
        words |= {clear.name, clear.phone, clear.email, rules.mask_phone(clear.phone)}
    return re.compile("|".join(re.escape(word) for word in sorted(words - {""}, key=len, reverse=True)))


def queries(row: Row, address: str, walk: Walk) -> Iterator[Mapping[str, str]]:
    """What a reading address is asked besides: by words that find the others, and by their numbers."""
    yield {}
    if row.method != "GET":
        return
    known = asked_of(address) if row.token else {"q", "text", "customer", "number"}
    for word in WORDS if known & {"q", "text"} else ():
        yield {name: word for name in known & {"q", "text"}}
    for number in (one.number for one in walk.others[:2]):
        if named := known & {"customer", "number"}:
            yield {name: number for name in named}


def asked_of(address: str) -> set[str]:
    """The parameters of the query of an address of the API that is read."""
    path = re.compile(r"\{[^}]+\}")
    for template, methods in api.get_openapi_schema()["paths"].items():
        if re.fullmatch(path.sub("[^/]+", template), address) and "get" in methods:
            return {one["name"] for one in methods["get"].get("parameters", ()) if one.get("in") == "query"}
    return set()


def faults_of(row: Row, walk: Walk, client: Client, before: set[int]) -> Iterator[str]:
    filled = walk.world.fill(row.at)
    address = reverse(row.name, kwargs=filled)
    for query in queries(row, address, walk):
        sent = walk.world.fill(row.data) | query
        with transaction.atomic():
            if row.token and row.method != "GET":
                sent = smallest_body(row.method, address) | sent
                answer = client.generic(
                    row.method, address, json.dumps(sent), content_type="application/json"
                )
            else:
                answer = getattr(client, row.method.lower())(address, sent)
            said = walk.told(answer, [*filled.values(), *sent.values()])
            written = facts_about(walk.others) - before
            transaction.set_rollback(True)
        if answer.status_code >= 500:
            yield f"{row} {query}: {answer.status_code}"
        if said:
            yield f"{row} {query}: {answer.status_code}, tells {said}"
        if written:
            kinds = sorted(Fact.objects.filter(pk__in=written).values_list("kind", flat=True))
            yield f"{row} {query}: {answer.status_code}, recorded {kinds or len(written)}"


def facts_about(those: list[Customer]) -> set[int]:
    rows = Fact.objects.filter(stream__kind="customer", stream__ref__in=[str(one.pk) for one in those])
    return set(rows.values_list("pk", flat=True))


def test_no_address_tells_of_a_customer_out_of_reach_or_writes_to_them(walk):
    before = facts_about(walk.others)
    assert before
    clients = {token: walk.world.client(walk.user, token=token) for token in (False, True)}
    faults: dict[str, list[str]] = {row.name: [] for row in MATRIX}
    for row in MATRIX:
        faults[row.name] += faults_of(row, walk, clients[row.token], before)
    report([name for name in TELLS if not faults[name]], "these exceptions are not needed")
    told = [fault for name, several in faults.items() if name not in TELLS for fault in several]
    report(told, "let these ask customers.selectors.visible_to, or what it covers")


def test_the_walker_may_and_sees_their_own(walk):
    """The walk above would pass for somebody who may nothing, or in an archive whose lists are empty."""
    page, program = walk.world.client(walk.user), walk.world.client(walk.user, token=True)
    for address, query in (("/customers/", {}), ("/customers/", {"q": "jczls"}), ("/search/", {"q": "近处"})):
        assert OWN in words_of(page.get(address, query))
    items = program.get("/api/v1/customers", {"q": "近处"}).json()["items"]
    assert [item["number"] for item in items] == [walk.own.number]
    assert page.get(f"/customers/{walk.own.number}/").status_code == 200
    everybody = walk.world.client(walk.world.by_role["archive_keeper"]).get("/customers/", {"q": "远山"})
    assert walk.telling.search(words_of(everybody))


def test_scope_is_asked_of_rows_and_never_gathered_first():
    """`customer__in=visible_to(…)` reads every customer whom somebody sees before it looks at a single row."""
    gathered = re.compile(r"__in=[\w.]*visible_to\(")
    found = [
        f"{source.name}:{n}"
        for source in sources()
        for n, line in enumerate(source.text.splitlines(), 1)
        if gathered.search(line)
    ]
    report(found, 'write Exists(….visible_to(viewer).filter(pk=OuterRef("customer")))')
