"""How long the archive takes to be looked through for duplicates, and how long a merge takes in it.

    .venv/bin/python -m tests.support.many_duplicates [customers] [database file]

Fills an archive of its own (two thirds organisations, a third persons, every fiftieth a double of another), runs the
search as a worker does, and prints the seconds of each. An archive that is there already is used as it is.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

AT = datetime(2026, 3, 16, 2, 0, tzinfo=UTC)
BATCH = 2_000
PLACES = "上海 北京 广州 深圳 杭州 南京 苏州 成都 武汉 西安 重庆 天津 宁波 青岛 长沙 郑州 济南 合肥 福州 厦门".split()
TRADES = "科技 环保科技 贸易 建筑工程 物流 机械设备 电子商务 食品 医疗器械 信息技术 新材料 装饰工程 农业科技 文化传媒".split()
SIGNS = "恒达瑞丰华盛鑫源宏远金泰博雅康宁德润天成永安嘉禾中元国信正大同创新海洋明辉卓越盈科联合佳美锦绣方圆万通百川"
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉梅建国志文斌宇浩轩子涵雨晨"


def main() -> None:
    """Fill, search, merge; print."""
    many = int(sys.argv[1]) if len(sys.argv) > 1 else 500_000
    folder = Path(tempfile.mkdtemp(prefix="many-duplicates-"))
    file = Path(sys.argv[2]) if len(sys.argv) > 2 else folder / "archive.sqlite3"
    os.environ["KEYUE_HOME"] = str(file.parent)
    os.environ["KEYUE_DATABASE_URL"] = f"sqlite:///{file}"
    os.environ["DJANGO_SETTINGS_MODULE"] = "keyue.config.settings"
    is_new = not file.exists()
    import django

    django.setup()
    from django.core.management import call_command

    if is_new:
        call_command("migrate", verbosity=0)
        started = time.perf_counter()
        fill(many)
        print(f"filled with {many} customers in {time.perf_counter() - started:.0f} s", flush=True)
    search()
    merges()


def fill(many: int) -> None:
    """Rows as the actions make them, without their facts."""
    from django.db import transaction

    from keyue.customers.actions._ground import new_contact, new_customer
    from keyue.customers.enums import Kind
    from keyue.customers.models import Contact, Customer
    from keyue.customers.sealed import Clear
    from keyue.ledger import sealing
    from keyue.ledger.facts import SYSTEM

    rng = random.Random(4)
    doubles: list[tuple[str, Clear]] = []
    for start in range(0, many, BATCH):
        with transaction.atomic():
            rows = [_one(rng, start + n, doubles) for n in range(min(BATCH, many - start))]
            customers = [
                new_customer(
                    Kind.ORGANISATION if name else Kind.PERSON,
                    name,
                    by=SYSTEM,
                    at=AT,
                    region="330000",
                    city=rng.choice(PLACES),
                    source="import",
                    legal_basis="contract",
                )
                for name, _clear in rows
            ]
            Customer.objects.bulk_create(customers)
            keys = sealing.keys_of([customer.subject for customer in customers])
            contacts = []
            for customer, (name, clear) in zip(customers, rows, strict=True):
                contact = new_contact(customer, keys[customer.subject], clear, by=SYSTEM, at=AT)
                contact.is_self = not name
                contacts.append(contact)
            Contact.objects.bulk_create(contacts)


def _one(rng: random.Random, n: int, doubles: list):  # type: ignore[no-untyped-def, type-arg]
    """A name (empty: a person) and a contact; now and then one that was there before, a little otherwise."""
    from keyue.customers.sealed import Clear

    if doubles and n % 50 == 0:
        name, clear = doubles[rng.randrange(len(doubles))]
        return name.replace("有限公司", "有限责任公司"), clear
    person = rng.choice(SURNAMES) + "".join(rng.choices(GIVEN, k=2))
    phone = f"+861{rng.choice('3456789')}{rng.randrange(10**9):09d}"
    clear = Clear(name=person, phone=phone)
    name = ""
    if n % 3:
        brand = "".join(rng.choices(SIGNS, k=rng.choice((2, 3, 3))))
        name = f"{rng.choice(PLACES)}{brand}{rng.choice(TRADES)}有限公司"
    if n % 97 == 0:
        doubles.append((name, clear))
    return name, clear


def search() -> None:
    """As `keyue work` does it, without other jobs between."""
    import resource

    from keyue.customers import actions
    from keyue.customers.models import DuplicateSearch
    from keyue.ledger.facts import SYSTEM

    run = actions.start_search(by=SYSTEM, at=AT)
    started = phase = time.perf_counter()
    said = ""
    while DuplicateSearch.objects.filter(pk=run.pk, state="running").exists():
        actions.work_search(now=AT)
        row = DuplicateSearch.objects.get(pk=run.pk)
        what = "compare" if row.candidates else "gather" if row.read == row.total else "read"
        if what != said:
            print(f"  {said or 'start'}: {time.perf_counter() - phase:.1f} s", flush=True)
            said, phase = what, time.perf_counter()
    print(f"  {said}: {time.perf_counter() - phase:.1f} s")
    run.refresh_from_db()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{run.total} customers searched in {time.perf_counter() - started:.0f} s: "
        f"{run.compared} pairs compared, {run.found} proposed; {memory:.0f} MB at most",
        flush=True,
    )


def merges() -> None:
    """The slowest and the usual of twenty merges and un-merges."""
    from keyue.customers import actions
    from keyue.customers.models import DuplicatePair
    from keyue.ledger.facts import SYSTEM

    taken: list[float] = []
    for pair in (
        DuplicatePair.objects.filter(state="open").select_related("a", "b").order_by("-score", "pk")[:20]
    ):
        started = time.perf_counter()
        merge = actions.merge_pair(pair=pair, keep=pair.a, by=SYSTEM, at=AT)
        taken.append(time.perf_counter() - started)
        started = time.perf_counter()
        actions.unmerge(merge=merge, by=SYSTEM, at=AT)
        taken.append(time.perf_counter() - started)
    if taken:
        taken.sort()
        print(
            f"merge or un-merge: {taken[len(taken) // 2] * 1000:.1f} ms usual, {taken[-1] * 1000:.1f} ms slowest"
        )


if __name__ == "__main__":
    main()
