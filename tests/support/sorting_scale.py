"""What sorting costs in a company with very many cases, all of them open and confirmed.

    .venv/bin/python -m tests.support.sorting_scale [cases] [--postgres] [--train]

Fills a database of its own (SQLite, or a PostgreSQL that it starts), measures what one new case costs: what is proposed for
it, its words, the search for alike ones, the look for a burst; and with `--train` what a version costs that learns from as
many cases as there are, in a process as the worker starts it. Milliseconds are the median of forty, those of the processor
without a database server's; seconds of training are those of the processor.
"""

from __future__ import annotations

import os
import random
import resource
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

AT = datetime(2026, 3, 16, 2, 0, tzinfo=UTC)
BATCH = 2_000
ROUNDS = 40


def main() -> None:
    many = int(next((word for word in sys.argv[1:] if word.isdecimal()), "100000"))
    with ExitStack() as stack:
        home = stack.enter_context(tempfile.TemporaryDirectory(prefix="sorting-scale-"))
        url = f"sqlite:///{home}/keyue.sqlite3"
        if "--postgres" in sys.argv:
            from tests.support.postgres import running

            url = stack.enter_context(running()).url
        os.environ |= {
            "KEYUE_HOME": home,
            "KEYUE_DATABASE_URL": url,
            "DJANGO_SETTINGS_MODULE": "keyue.config.settings",
        }
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection

        call_command("migrate", verbosity=0)
        started = time.perf_counter()
        fill(many)
        if connection.vendor == "postgresql":
            with connection.cursor() as handle:
                handle.execute("ANALYZE")
        print(f"{connection.vendor}: {many} cases in {time.perf_counter() - started:.0f} s", flush=True)
        one_case()
        pages()
        if "--train" in sys.argv:
            train()
        connection.close()


def fill(many: int) -> None:
    """Cases of several sentences each, one of fifty about the same matter as the one before."""
    from keyue.cases.models import Case, CaseScope
    from keyue.sorting import alike
    from keyue.sorting.models import CaseTerm, TermCount

    chance = random.Random(5)
    counts: Counter[int] = Counter()
    for start in range(0, many, BATCH):
        rows = [made(chance, start + n, AT - timedelta(minutes=many - start - n)) for n in range(BATCH)]
        rows = Case.objects.bulk_create(rows[: many - start])
        CaseScope.objects.bulk_create([CaseScope(case=row, department=row.lead) for row in rows])
        terms = []
        for row in rows:
            numbers = {alike.number_of(term) for term in alike.terms_of(row)}
            counts.update([alike.ALL, *numbers])
            terms += [CaseTerm(case=row, term=number) for number in sorted(numbers)]
        CaseTerm.objects.bulk_create(terms, batch_size=5_000)
    TermCount.objects.bulk_create(
        [TermCount(term=term, n=n) for term, n in sorted(counts.items())], batch_size=5_000
    )


def made(chance: random.Random, n: int, at: datetime):  # type: ignore[no-untyped-def]
    """A confirmed case as long as a real one."""
    from keyue.cases.models import Case
    from tests.support.sorting_figures import cases

    some = cases()
    one = chance.choice(some)
    words = [one.text, *(chance.choice(some).text[: chance.randint(4, 20)] for _ in range(2))]
    lead = one.labels["lead"]
    return Case(
        received_type=one.labels["type"], type=one.labels["type"], category=one.labels["category"],
        level=one.labels["urgency"], severity=2, reach=2, consequence=1, lead=lead, phase="after", channel="phone",
        title=one.text[:30], content="，".join(words), received_at=at, registered_at=at, stage="solve",
        priority="normal", source_key=f"scale-{n}",
    )  # fmt: skip


def timed(name: str, work: Callable[[int], object]) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    walls, works = [], []
    for n in range(ROUNDS):
        wall, work_done = time.perf_counter(), time.process_time()
        work(n)
        walls.append(1000 * (time.perf_counter() - wall))
        works.append(1000 * (time.process_time() - work_done))
    with CaptureQueriesContext(connection) as found:
        work(ROUNDS)
    print(
        f"  {name}: {statistics.median(walls):.1f} ms, quickest {min(walls):.1f} ms, "
        f"{statistics.median(works):.1f} ms of the processor, {len(found)} queries",
        flush=True,
    )


def one_case() -> None:
    """What a new case costs, step by step."""
    from keyue.cases.models import Case
    from keyue.sorting import alike, selectors
    from keyue.sorting.actions import taking_in
    from keyue.sorting.proposing import Proposer

    chance = random.Random(7)
    fresh = [made(chance, 10**7 + n, AT) for n in range(6 * (ROUNDS + 1))]
    rows = Case.objects.bulk_create(fresh)
    proposer = Proposer()
    timed("what a new case costs: proposed by lists of words", lambda n: proposer.answers(rows[n]))
    timed("its words kept", lambda n: taking_in.index(rows[n]))
    for role, name in (("service_supervisor", "who sees all"), ("department_staff", "who sees a department")):
        user = reader(role)
        timed(
            f"alike open ones searched, by {name}", lambda n, user=user: alike.alike_open(user, rows[n], AT)
        )  # type: ignore[misc]
    timed("a burst looked for", lambda n: alike.of_one_matter(rows[n], AT - timedelta(days=7)))
    timed("the next to be taken in found", lambda _n: selectors.untaken(AT, 50))
    first = ROUNDS + 1

    def whole(n: int) -> None:
        row = rows[first + n]
        if taking_in.keep_proposal(row, proposer, at=AT) is not None:
            taking_in.index(row)
            taking_in._look_for_burst(row, AT)

    timed("all of it, with the alarm", whole)


def reader(role: str):  # type: ignore[no-untyped-def]
    """Somebody with this role, of the department of a part of the cases."""
    from keyue.ledger.facts import SYSTEM
    from keyue.people import actions as people
    from keyue.people.models import Department, User

    department, _new = Department.objects.get_or_create(code="tech", defaults={"name": "技术部"})
    user = people.create_staff(
        username=role, name="读者", password="Maple-Stone-7", department=department, by=SYSTEM, at=AT
    )
    people.grant_role(user=user, role=role, by=SYSTEM, at=AT)
    return User.objects.get(pk=user.pk)


def pages() -> None:
    """What asks for all of the ninety days."""
    from keyue.sorting import selectors

    timed("whether a training is due", lambda _n: selectors.confirmed_count(200))
    timed("how many are confirmed, for the page of figures", lambda _n: selectors.confirmed_count())


def train() -> None:
    """A version of as many as there are, in a process of its own."""
    from keyue.sorting import training

    started = time.process_time()
    question = training.asked()
    took = time.process_time() - started
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"  read {len(question['samples'])} cases in {took:.1f} s of the worker, {memory:.0f} MB at most",
        flush=True,
    )
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    answer = training.train_apart(question)
    child = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(
        f"  trained on {answer['learned']} in {child.ru_utime - before:.0f} s of the processor, "
        f"{child.ru_maxrss / 1024:.0f} MB at most, {len(answer['data']) * 3 / 4e6:.1f} MB kept",
        flush=True,
    )


if __name__ == "__main__":
    main()
