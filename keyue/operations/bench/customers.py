"""An archive of any size for the bench, as `keyue verify` accepts it, and what is measured on it: list, search and page.

Every customer has a key, a sealed contact, a chain with one fact, and the words by which it is found.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from keyue.company.selectors import is_founded
from keyue.customers import lists, rules
from keyue.customers.actions._ground import created
from keyue.customers.actions.searching import index_new
from keyue.customers.enums import Grade, Kind, LegalBasis, Source, Stage
from keyue.customers.models import Contact, Customer
from keyue.customers.models.archive import subject_of
from keyue.customers.profile import PARTS
from keyue.customers.sealed import Clear, columns
from keyue.kernel import clock
from keyue.ledger import sealing
from keyue.ledger.facts import chain_hash
from keyue.ledger.models import Fact, Stream
from keyue.operations.actions import Person, found
from keyue.operations.bench.data import BY, CACHE_KIB, Table, tidy
from keyue.operations.bench.inside import median, milliseconds
from keyue.operations.bench.installation import DEPARTMENTS, FOUNDING, PASSWORD, SINCE
from keyue.operations.serving import pending_migrations
from keyue.people import selectors as staff
from keyue.people.models import User

SELLER = Person("seller", "一个部门", PASSWORD, "", "", "d07", "", ["account_manager"])
WITH_SELLER = replace(FOUNDING, people=(*FOUNDING.people, SELLER))
AT_A_TIME = 2_000
SEED = 20260301
FILLED = {"organisation": ("company", "contact", "name", "phone"), "person": ("contact", "name", "phone")}
SPAN = timedelta(days=700)

PLACES = "杭州 宁波 温州 上海 苏州 南京 广州 深圳 成都 重庆 武汉 长沙 青岛 济南 西安 郑州 合肥 福州 厦门 昆明".split()
TRADES = (
    "水务 环保科技 机械制造 物业管理 文化传媒 建筑工程 餐饮服务 电子商务 精密仪器 生物医药 国际贸易 园林绿化 供应链管理 新材料 "
    "信息技术 装饰设计 汽车配件 能源开发 食品加工 服装纺织"
).split()
FORMS = ("有限公司", "有限公司", "有限公司", "股份有限公司", "有限责任公司", "集团有限公司")
# the commonest come first, as in life
BRAND = "华中德恒信达天鑫宏海明远东新安泰盛源龙金兴嘉瑞昌康永利丰成佳凯博诚联创通正隆辉澜屿绿江岚砚荟栖邺沄骋"
SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡林郭何高罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏程吕丁沈任"
)
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰志文建国春梅海燕晓红云飞宇浩然子轩梓涵欣怡俊知夏砚叙既舟"


class Names:
    """Names as frequent and as rare as in life; the same seed gives the same ones."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311  names, not secrets

    def _drawn(self, letters: str) -> str:
        # the first letters of the list more often than the last
        return letters[int(len(letters) * self.chance.random() ** 2)]

    def organisation(self) -> str:
        brand = "".join(self._drawn(BRAND) for _ in range(self.chance.choice((2, 2, 2, 3))))
        return f"{self.chance.choice(PLACES)}{brand}{self.chance.choice(TRADES)}{self.chance.choice(FORMS)}"

    def person(self) -> str:
        return self._drawn(SURNAMES) + "".join(
            self._drawn(GIVEN) for _ in range(self.chance.choice((1, 2, 2)))
        )

    def phone(self) -> str:
        return f"+861{self.chance.choice('35789')}{self.chance.randrange(10**9):09d}"


class Archive:
    """Writes customers into an empty installation."""

    def __init__(self, n: int, now: datetime) -> None:
        self.n, self.now = n, now
        self.names, self.chance = Names(SEED), random.Random(SEED)  # noqa: S311  data, not secrets
        self.managers = [user.pk for user in User.objects.filter(username__startswith="clerk").order_by("pk")]
        self.tables = {model: Table(model) for model in (Customer, Contact, Stream, Fact)}
        self.stream_base = Stream.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        self.fact_base = Fact.objects.order_by("-pk").values_list("pk", flat=True).first() or 0

    def build(self, report: Callable[[int], None] | None = None) -> None:
        """Write them all, a batch a transaction; the newest ids are the newest customers."""
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        for first in range(1, self.n + 1, AT_A_TIME):
            with transaction.atomic():
                self._batch(range(first, min(first + AT_A_TIME, self.n + 1)))
            if report and first % 20_000 == 1:
                report(first - 1)
        _finish()

    def _batch(self, ids: range) -> None:
        made = [(self._customer(pk), Clear(name=self.names.person(), phone=self.names.phone())) for pk in ids]
        keys = sealing.keys_of([subject_of(pk) for pk in ids])
        table = self.tables[Customer]
        for customer, clear in made:
            table.rows.append(_row(table, customer))
            contact = Contact(
                pk=customer.pk, customer=customer, is_self=customer.is_person, created_at=customer.created_at,
                created_by=customer.created_by, **columns(keys[customer.subject], asdict(clear)),
            )  # fmt: skip
            self.tables[Contact].rows.append(_row(self.tables[Contact], contact))
            self._fact(customer, contact)
        for table in self.tables.values():
            table.write()
        index_new(made)

    def _customer(self, pk: int) -> Customer:
        is_person = self.chance.random() < 0.5
        name = "" if is_person else self.names.organisation()
        managed = self.chance.random() < 0.9
        at = self.now - SPAN * (1 - pk / (self.n + 1))
        return Customer(
            pk=pk, kind=Kind.PERSON if is_person else Kind.ORGANISATION, name=name,
            name_key=rules.search_key(name) if name else None, region=self.chance.choice(("330000", "310000", "440000")),
            grade=self.chance.choice((None, *Grade.values)), stage=self.chance.choice(Stage.values), stage_since=at,
            completeness=0, source=Source.IMPORT, legal_basis=LegalBasis.CONTRACT, created_at=at, created_by="system:bench",
            department=self.chance.choice(DEPARTMENTS)[0],
            account_manager_id=self.chance.choice(self.managers) if managed else None,
        )  # fmt: skip

    def _fact(self, customer: Customer, contact: Contact) -> None:
        uid, at = UUID(int=(customer.pk << 16) | 1), customer.created_at
        data = created(customer, contact).data()
        kind = "customer.created"
        head = chain_hash(
            subject=customer.subject, rev=1, uid=uid, kind=kind, at=at, recorded_at=at, actor=BY, source="bench", data=data,
            sealed={}, evidence=(), voids=None, prev=b"",
        )  # fmt: skip
        stream = self.stream_base + customer.pk
        streams, facts = self.tables[Stream], self.tables[Fact]
        streams.rows.append(
            tuple(
                streams.prepared(
                    {
                        "id": stream,
                        "kind": "customer",
                        "ref": str(customer.pk),
                        "rev": 1,
                        "sealed_rev": 0,
                        "head": head,
                    }
                )
            )
        )
        row = {
            "id": self.fact_base + customer.pk, "uid": uid, "stream_id": stream, "rev": 1, "kind": kind, "at": at,
            "recorded_at": at, "actor_kind": BY.kind, "actor_id": BY.id, "source": "bench", "data": data, "sealed": {},
            "evidence": [], "prev": b"", "hash": head,
        }  # fmt: skip
        facts.rows.append(tuple(facts.prepared(row)))


def _row(table: Table, instance: Customer | Contact) -> tuple[Any, ...]:
    return tuple(
        table.prepared({str(field.column): getattr(instance, field.attname) for field in table.fields})
    )


def _finish() -> None:
    if connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            for table in ("customers_customer", "customers_contact", "ledger_stream", "ledger_fact"):
                cursor.execute(
                    f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"  # noqa: S608
                )
    tidy()


def ensure(n: int, report: Callable[[int], None] | None = None) -> bool:
    """Build the installation of this KEYUE_HOME with `n` customers, unless it is there; whether it was built now."""
    if pending_migrations():
        call_command("migrate", interactive=False, verbosity=0)
        tidy()
    if is_founded() and Customer.objects.count() >= n:
        return False
    with clock.telling(SINCE):
        found(WITH_SELLER, at=SINCE, is_demo=True, must_change_password=False)
    Archive(n, clock.now()).build(report)
    _yardstick()
    return True


# --- the yardstick: names and numbers in the clear, read row after row ---


def _yardstick() -> None:
    """What a product holds that seals nothing: a table of names and numbers in the clear."""
    names, chance = Names(SEED), Names(SEED + 1)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE bench_clear (id bigint PRIMARY KEY, name text, person text, phone text, department text)"
        )
        rows = Customer.objects.order_by("pk").values_list("pk", "name", "department")
        some: list[tuple[Any, ...]] = []
        for pk, name, department in rows.iterator(chunk_size=AT_A_TIME):
            some.append((pk, name, chance.person(), names.phone(), department))
            if len(some) == AT_A_TIME:
                cursor.executemany("INSERT INTO bench_clear VALUES (%s, %s, %s, %s, %s)", some)
                some.clear()
        cursor.executemany("INSERT INTO bench_clear VALUES (%s, %s, %s, %s, %s)", some)
    tidy()


# --- what is measured ---

READERS = ("all", "seller")
LISTED = ("州", "管理", "王")
"""Words of which a page is full at the full sizes, also within one department. With fewer customers it may not be, and
is not compared: it would be rows that are."""


def known(n: int = 6) -> dict[str, list[str]]:
    """Words that somebody who looks for a customer would type, from customers spread over the archive."""
    from keyue.customers.sealed import opened

    newest = Customer.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    ids = [max(1, newest * place // (n + 1)) for place in range(1, n + 1)]
    contacts = list(Contact.objects.filter(customer__in=ids))
    clear = opened(contacts)
    organisations = list(Customer.objects.filter(pk__gte=ids[0]).exclude(name="").order_by("pk")[:n])
    from keyue.customers.searching_words import readings

    return {
        "part": [customer.name[2:5] for customer in organisations],
        "common": ["水务", "恒信", "华", "砚"],
        "initials": ["".join(r[0] for r in readings(c.name[2:6], person=False)) for c in organisations],
        "person": [one.name for one in clear if len(one.name) > 1],
        "given": [one.name[1:] for one in clear if len(one.name) > 2],
        "tail4": [one.phone[-4:] for one in clear],
        "tail8": [one.phone[-8:] for one in clear],
    }


def search() -> dict[str, Any]:
    """Milliseconds of a search for every kind of word, for both readers; and of a LIKE scan of names in the clear."""
    results: dict[str, Any] = {"kinds": {}}
    ours, scans, slowest = 0.0, 0.0, 0.0
    for reader in READERS:
        user = _reader(reader)
        for kind, words in known().items():
            times = []
            for word in words:
                look = partial(lists.found_ids, user, word, lists.PAGE)
                times.append(median(milliseconds(look, runs=5, warm=1)))
                slowest = max(slowest, times[-1])
                if kind != "initials":
                    # no LIKE finds initials
                    ours += times[-1]
                    scans += median(milliseconds(partial(_scan, word, reader), runs=1, warm=0))
            results["kinds"][f"{kind}.{reader}"] = [round(min(times), 1), round(max(times), 1)]
    return {**results, "slowest": slowest, "ours": ours, "scan": scans, "ratio": scans / ours}


LIKE = (
    "SELECT id FROM bench_clear WHERE (name LIKE %s OR person LIKE %s OR phone LIKE %s) {scope} "
    "ORDER BY id DESC LIMIT %s"
)


def _scan(word: str, reader: str) -> list[int]:
    part = f"%{word}%"
    with connection.cursor() as cursor:
        cursor.execute(
            LIKE.format(scope="" if reader == "all" else "AND department = 'd07'"),
            [part, part, f"%{word}" if word.isdigit() else part, lists.PAGE],
        )
        return [row[0] for row in cursor.fetchall()]


def pages() -> dict[str, Any]:
    """Median of the list with a search word, as a page, for who sees all and for one department, and how many customers
    stand on it; with the scope alone."""
    results: dict[str, Any] = {}
    for reader in READERS:
        user = _reader(reader)
        client = Client()
        client.force_login(user)
        for word in ("", *LISTED):
            times = milliseconds(partial(_fetched, client, {"q": word} if word else {}), runs=9)
            rows = len(lists.customer_page(user, text=word).cards)
            results[f"{reader}.{word or '-'}"] = {"median": median(times), "rows": rows}
    return results


def files() -> dict[str, Any]:
    """Of each tab of a customer's page, for both readers: how many queries it takes, and the median of milliseconds."""
    results: dict[str, Any] = {}
    for reader in READERS:
        user = _reader(reader)
        client = Client()
        client.force_login(user)
        # a department may have none where there are few
        for newest in lists.customer_ids(user, filters=lists.Filters(), most=1):
            address = f"/customers/{rules.number_of(newest)}/"
            for tab in PARTS:
                look = partial(_fetched, client, {"tab": tab} if tab else {}, address)
                times = milliseconds(look, runs=5)
                with CaptureQueriesContext(connection) as captured:
                    look()
                results[f"{reader}.{tab or '-'}"] = {"queries": len(captured), "median": median(times)}
    return results


def _reader(username: str) -> User:
    user = staff.by_username(username)
    if user is None:
        raise LookupError(f"the bench installation has no {username}")
    return user


def _fetched(client: Client, query: dict[str, str], address: str = "/customers/") -> None:
    response = client.get(address, query, HTTP_HOST="127.0.0.1")
    if response.status_code != 200:
        raise RuntimeError(f"{address} answered {response.status_code}")
