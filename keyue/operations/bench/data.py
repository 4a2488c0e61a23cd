"""Bulk data: a million cases in minutes, such that `keyue verify` accepts them.

A few shapes of a case are derived by the engine; every case is a shape moved by whole weeks, which moves its promises
by the same (invariant I14). Its facts get a chain of their own, hashed one by one.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import connection, models, transaction

from keyue.cases.models import NO_DUE, Case, CaseScope, CaseText, Message
from keyue.cases.projection import columns_of
from keyue.cases.rules import CASE
from keyue.cases.search import PARTS_A_CASE
from keyue.kernel.grams import parts
from keyue.ledger.facts import Actor, FactRecord, Subject, chain_hash
from keyue.ledger.models import Fact, Stream
from keyue.operations.bench.texts import Texts
from keyue.promises import engine
from keyue.promises.models import Promise
from keyue.promises.notices import Told
from keyue.promises.projection import Law, law_for, values_of

CACHE_KIB = 512 << 10
BATCH = 2_000
WEEKS = 52
BY = Actor("system", "bench")
SHAPES_SEED = 7
PROMISED = datetime(2035, 6, 1, 4, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Shape:
    """A case as it stands in one week: its facts, what they derive, and its columns."""

    facts: Sequence[FactRecord]
    promises: Sequence[engine.Promise]
    state: Any
    ended_at: datetime | None


def story(chance: random.Random, start: datetime, lead: str, closed: bool) -> list[FactRecord]:
    """The facts of one case: seven where it waits for a promised time, eleven where it is closed."""
    at = start
    facts: list[FactRecord] = []

    def then(kind: str, low: float, high: float, **data: Any) -> None:
        nonlocal at
        at = at + HOUR * chance.uniform(low, high)
        at = at.replace(microsecond=0)
        facts.append(FactRecord(str(UUID(int=len(facts) + 1)), kind, at, at, data))

    then("case.received", 0, 0.1, type="feedback", channel="webform")
    then(
        "case.classified", 0.2, 2.4, type="feedback", category=chance.choice(["product", "service", "price"])
    )
    then("case.reviewed", 0.5, 6, valid=True)
    then("case.assessed", 0.2, 2, priority="normal", level="ordinary")
    then("case.assigned", 0.2, 2, lead=lead, collaborators=[])
    then("case.plan_filed", 2, 26)
    if not closed:
        then("case.eta_given", 1, 10, eta=PROMISED.isoformat(), to="customer")
        return facts
    then("case.solved", 2, 20)
    then("case.result_to_service", 1, 20)
    then("case.result_to_customer", 1, 30)
    then("case.follow_up_call", 20, 140, outcome="satisfied")
    then("case.closed", 1, 5, exit="satisfied")
    return facts


def shapes(leads: Sequence[str], law: Law, now: datetime) -> list[Shape]:
    """Sixteen shapes a department, one in eight of them closed."""
    chance = random.Random(SHAPES_SEED)  # noqa: S311  data, not secrets
    base = now - timedelta(weeks=3)
    made = []
    for lead in leads:
        for n in range(16):
            start = base + HOUR * chance.uniform(0, 160)
            facts = story(chance, start, lead, closed=n % 8 == 0)
            derived = engine.derive(facts, law.editions, law.calendars, CASE, now)
            made.append(Shape(facts, derived.promises, derived.state, derived.ended_at))
    return made


@dataclass(frozen=True, slots=True)
class Stencil:
    """A shape in one week, as rows that lack only what is a case's own.

    `causes`: for each promise the numbers of the facts that began and closed it; `next_promise`: which one is due first.
    """

    facts: list[tuple[FactRecord, list[Any]]]
    promises: list[list[Any]]
    causes: list[tuple[int | None, int | None]]
    next_promise: int | None
    case: list[Any]
    scope: list[Any]
    message: list[Any]
    stream: list[Any]


class Table:
    """Rows on their way into a table, by the fastest way the database has."""

    def __init__(self, model: type[models.Model]) -> None:
        self.fields = [field for field in model._meta.local_concrete_fields]
        self.name = model._meta.db_table
        self.columns = [field.column for field in self.fields]
        self.places = {column: n for n, column in enumerate(self.columns)}
        self.rows: list[tuple[Any, ...]] = []
        self.convert: list[Callable[[Any], Any]] = [self._converter(field) for field in self.fields]

    def _converter(self, field: models.Field[Any, Any]) -> Callable[[Any], Any]:
        kind = field.get_internal_type()
        if kind in {"DateTimeField", "UUIDField", "JSONField", "BooleanField"}:
            return lambda value: field.get_db_prep_save(value, connection)
        return lambda value: value

    def prepared(self, values: dict[str, Any]) -> list[Any]:
        """A row as the database takes it, missing values by their default."""
        row = []
        for field, convert in zip(self.fields, self.convert, strict=True):
            value = values[field.column] if field.column in values else field.get_default()
            row.append(convert(value))
        return row

    def add(self, row: list[Any], own: dict[str, Any]) -> None:
        """A row like `row`, with its own values of some columns, already as the database takes them."""
        copy = row.copy()
        for column, value in own.items():
            copy[self.places[column]] = value
        self.rows.append(tuple(copy))

    def write(self) -> None:
        """Insert what has been gathered."""
        names = ", ".join(f'"{column}"' for column in self.columns)
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                with cursor.copy(f"COPY {self.name} ({names}) FROM STDIN") as copy:
                    for row in self.rows:
                        copy.write_row(row)
            else:
                marks = ", ".join(["%s"] * len(self.columns))
                cursor.executemany(f"INSERT INTO {self.name} ({names}) VALUES ({marks})", self.rows)  # noqa: S608
        self.rows.clear()


class Builder:
    """Writes cases first + 1 … first + n into an empty installation."""

    def __init__(
        self, leads: Sequence[str], customers: Sequence[tuple[int, int]], now: datetime, seed: int
    ) -> None:
        self.law, self.now = law_for("case"), now
        self.shapes = shapes(leads, self.law, now)
        self.customers, self.texts = customers, Texts(seed)
        self.chance = random.Random(seed)  # noqa: S311  data, not secrets
        self.tables = {
            model: Table(model) for model in (Case, CaseScope, Message, CaseText, Stream, Fact, Promise)
        }
        self.next_promise = self.first_promise = 1
        self.weeks, self.stencils = -1, dict[int, Stencil]()
        # the company's own chains and facts are there already
        self.stream_base, self.fact_base = _newest(Stream), _newest(Fact)

    def build(self, n: int, report: Callable[[int], None] | None = None) -> None:
        """Write `n` cases, a batch a transaction."""
        if connection.vendor == "sqlite":
            # a batch whose pages do not fit is written to the log over and over, and each time its sums anew
            with connection.cursor() as cursor:
                cursor.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        for first in range(0, n, BATCH):
            with transaction.atomic():
                for identity in range(first + 1, min(first + BATCH, n) + 1):
                    self._case(identity, n)
                for table in self.tables.values():
                    table.write()
            if report:
                report(min(first + BATCH, n))
        _finish()

    def _case(self, identity: int, n: int) -> None:
        # the newest ids are the newest cases, as they are in life
        weeks = WEEKS - round(WEEKS * identity / n)
        if weeks != self.weeks:
            self.weeks, self.stencils = weeks, {}
        number = self.chance.randrange(len(self.shapes))
        stencil = self.stencils.get(number)
        if stencil is None:
            stencil = self.stencils[number] = self._stencil(self.shapes[number], -timedelta(weeks=weeks))
        self._facts(identity, stencil)
        self._promises(identity, stencil)
        self._texts(identity, stencil)

    def _stencil(self, shape: Shape, shift: timedelta) -> Stencil:
        facts = [replace(fact, at=fact.at + shift, recorded_at=fact.at + shift) for fact in shape.facts]
        moved = [_moved(promise, shift) for promise in shape.promises]
        rows = [self._promise(promise, n) for n, promise in enumerate(moved)]
        columns = columns_of(shape.state, rows)
        ended = shape.ended_at + shift if shape.ended_at else None
        received = facts[0].at
        queue_at = columns["queue_at"] if columns["is_open"] else NO_DUE
        scope = {"department": shape.state.lead, "is_open": columns["is_open"], "queue_at": queue_at}
        case = {
            "received_type": "feedback", "channel": "webform", "received_at": received, "registered_at": received,
            "ended_at": ended, "eta": None if ended else PROMISED, **columns,
        }  # fmt: skip
        message = {
            "kind": "in", "via": "webform", "detail": {}, "salt": "", "at": received, "recorded_at": received,
            "is_public": True,
        }  # fmt: skip
        tables = self.tables
        return Stencil(
            facts=[
                (fact, tables[Fact].prepared(_fact_values(fact, rev))) for rev, fact in enumerate(facts, 1)
            ],
            promises=[
                tables[Promise].prepared(
                    {str(field.column): getattr(row, field.attname) for field in tables[Promise].fields}
                )
                for row in rows
            ],
            causes=[(_number(promise.triggered_by), _number(promise.closed_by)) for promise in moved],
            next_promise=columns["next_promise_id"],
            case=tables[Case].prepared(case),
            scope=tables[CaseScope].prepared(scope),
            message=tables[Message].prepared(message),
            stream=tables[Stream].prepared({"kind": "case", "rev": len(facts), "sealed_rev": 0}),
        )

    def _promise(self, promise: engine.Promise, n: int) -> Promise:
        overdue = bool(promise.breached_at and promise.is_open)
        told = Told(100 if overdue else 0, overdue)
        return Promise(
            pk=n, subject_kind="case", subject_id=0, regulation=promise.regulation, control=promise.control,
            cycle=promise.cycle, seq=promise.seq, told_level=told.level, told_breach=told.breach, as_of=self.now,
            **values_of(promise, self.law, told),
        )  # fmt: skip

    def _facts(self, identity: int, stencil: Stencil) -> None:
        subject, head, table = Subject("case", str(identity)), b"", self.tables[Fact]
        first, stream = self.fact_base + (identity - 1) * 16, self.stream_base + identity
        for rev, (fact, row) in enumerate(stencil.facts, 1):
            uid = UUID(int=(identity << 16) | rev)
            previous, head = head, chain_hash(
                subject=subject, rev=rev, uid=uid, kind=fact.kind, at=fact.at, recorded_at=fact.at, actor=BY,
                source="bench", data=fact.data, sealed={}, evidence=(), voids=None, prev=head,
            )  # fmt: skip
            table.add(
                row, {"id": first + rev, "uid": uid.hex, "stream_id": stream, "prev": previous, "hash": head}
            )
        self.tables[Stream].add(stencil.stream, {"id": stream, "ref": subject.ref, "head": head})

    def _promises(self, identity: int, stencil: Stencil) -> None:
        table = self.tables[Promise]
        for n, (row, (cause, closing)) in enumerate(zip(stencil.promises, stencil.causes, strict=True)):
            table.add(
                row,
                {
                    "id": self.next_promise + n,
                    "subject_id": identity,
                    "triggered_by": _identity(identity, cause),
                    "closed_by": _identity(identity, closing),
                },
            )
        self.first_promise, self.next_promise = self.next_promise, self.next_promise + len(stencil.promises)

    def _texts(self, identity: int, stencil: Stencil) -> None:
        title, content = self.texts.title(), self.texts.content()
        customer, contact = self.customers[identity % len(self.customers)]
        following = stencil.next_promise
        self.tables[Case].add(
            stencil.case,
            {
                "id": identity,
                "title": title,
                "content": content,
                "customer_id": customer,
                "contact_id": contact,
                "next_promise_id": None if following is None else self.first_promise + following,
            },
        )
        self.tables[CaseScope].add(stencil.scope, {"id": identity, "case_id": identity})
        message = {"id": identity, "uid": _identity(identity, 0xFFFF), "case_id": identity, "body": content}
        self.tables[Message].add(stencil.message, message)
        pieces = [("title", piece) for piece in parts(title)] + [
            (f"message:{identity}", piece) for piece in parts(content)
        ]
        texts = self.tables[CaseText]
        for part, (source, piece) in enumerate(pieces):
            texts.rows.append((identity * PARTS_A_CASE + part, identity, source, part, piece))


def _fact_values(fact: FactRecord, rev: int) -> dict[str, Any]:
    return {
        "rev": rev, "kind": fact.kind, "at": fact.at, "recorded_at": fact.at, "actor_kind": BY.kind,
        "actor_id": BY.id, "source": "bench", "data": dict(fact.data), "sealed": {}, "evidence": [],
    }  # fmt: skip


def _number(uid: str | None) -> int | None:
    return UUID(uid).int if uid else None


def _identity(case: int, number: int | None) -> str | None:
    """The uid of a case's fact as both databases take it."""
    return None if number is None else f"{(case << 16) | number:032x}"


def _newest(model: type[models.Model]) -> int:
    return model._default_manager.order_by("-pk").values_list("pk", flat=True).first() or 0


def _moved(promise: engine.Promise, shift: timedelta) -> engine.Promise:
    """The promise a number of weeks earlier; what was promised for a day stays on that day."""

    def move(instant: datetime | None) -> datetime | None:
        return instant if instant is None or instant >= PROMISED else instant + shift

    return replace(
        promise,
        start=promise.start + shift,
        due=move(promise.due),
        closed_at=move(promise.closed_at),
        breached_at=move(promise.breached_at),
        look_at=move(promise.look_at),
        levels={percent: move(at) for percent, at in promise.levels.items()},
    )


def _finish() -> None:
    """Tallies by counting, sequences behind the ids that were given, and fresh statistics."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO promises_tally (regulation, control, month, owner, state, n) "
            "SELECT regulation, control, month, coalesce(breach_owner, owner), state, count(*) FROM promises_promise "
            "GROUP BY regulation, control, month, coalesce(breach_owner, owner), state"
        )
        if connection.vendor == "postgresql":
            for model in (Case, CaseScope, Message, Stream, Fact, Promise):
                table = model._meta.db_table
                cursor.execute(
                    f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"  # noqa: S608
                )
    tidy()


def tidy() -> None:
    """What the database does by itself in a quiet hour: statistics, and on PostgreSQL the remains of what was changed."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


def counts() -> dict[str, int]:
    """Rows of every table of the product, for counting what one intake inserts."""
    found = {}
    with connection.cursor() as cursor:
        for model in apps.get_models():
            cursor.execute(f"SELECT count(*) FROM {model._meta.db_table}")  # noqa: S608
            found[model._meta.db_table] = cursor.fetchone()[0]
    return found
