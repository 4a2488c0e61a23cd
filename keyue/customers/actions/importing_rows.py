"""Some rows of a sheet on their way into the archive: who is added, who is changed, and what is refused."""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import DatabaseError, InterfaceError, OperationalError, transaction
from django.utils.translation import gettext as _

from keyue.customers.actions.archive import assign_account_manager, change_customer, plain
from keyue.customers.actions.bulk import NewCustomer, enter_many
from keyue.customers.actions.contacts import add_contact, change_contact
from keyue.customers.actions.identifiers import add_identifier
from keyue.customers.actions.lifecycle import change_stage
from keyue.customers.enums import IdentifierKind, ImportMode, ImportOutcome, Kind, Source, Stage
from keyue.customers.exchange import differing
from keyue.customers.exchange.finding import Found, find
from keyue.customers.exchange.rows import Row, said_in
from keyue.customers.models import Customer, CustomerImport, CustomerImportRow
from keyue.customers.rules import number_of
from keyue.kernel.errors import KeyueError
from keyue.ledger import sealing
from keyue.ledger.facts import Actor
from keyue.people import selectors as people
from keyue.people.enums import Permission
from keyue.people.permissions import allows

logger = logging.getLogger(__name__)
CHANGED = "customers.CustomerImportRow.changed"
WHY = "import"
# columns that `enter_many` takes by themselves
OWN_FIELDS = ("region", "city", "address", "stage", "grade", "source")


@dataclass(slots=True)
class Fate:
    """What becomes of one row."""

    row: Row
    outcome: ImportOutcome
    customer: int | None = None
    reasons: list[str] = field(default_factory=list)
    difference: differing.Difference | None = None
    changed: Mapping[str, Any] = field(default_factory=dict)
    alike: Sequence[int] = ()


def refused(row: Row, code: str = "", said: str = "") -> Fate:
    """A row that is not taken, with its sentences; a fault of no column stands by itself."""
    if said:
        row.faults.append((code, said))
    return Fate(row, ImportOutcome.REFUSED, reasons=row.sentences)


def fates_of(run: CustomerImport, rows: Sequence[Row], *, alike: bool = False) -> list[Fate]:
    """What would become of these rows of a sheet as the archive stands, without writing anything."""
    if run.user is None:
        return [refused(row) for row in rows]
    found = find(rows, key=run.key, system=run.external_system, viewer=run.user, alike=alike)
    ids = {match.customer for match in found.matches.values() if match.customer}
    files = differing.standing(sorted(ids))
    here = _earlier(run, ids)
    fates, seen = [], dict(here)
    keys: dict[tuple[str, str], int] = {}
    for row in rows:
        fate = _fate(run, row, found, files, seen, keys)
        if fate.customer is not None and fate.outcome != ImportOutcome.REFUSED:
            seen[fate.customer] = row.line
        fate.alike = found.alike.get(row.line, ())
        fates.append(fate)
    return fates


def _earlier(run: CustomerImport, ids: set[int]) -> dict[int, int]:
    """Customers that an earlier row of the same sheet was about, with its line."""
    rows = CustomerImportRow.objects.filter(run=run, customer__in=ids).exclude(outcome=ImportOutcome.REFUSED)
    return dict(rows.values_list("customer_id", "line"))


def _fate(
    run: CustomerImport,
    row: Row,
    found: Found,
    files: Mapping[int, differing.Standing],
    seen: Mapping[int, int],
    keys: dict[tuple[str, str], int],
) -> Fate:
    if row.faults:
        return refused(row)
    match = found.matches[row.line]
    if match.fault is not None:
        return refused(row, *match.fault)
    twice = _twice(run, row, keys)
    if match.customer is not None and match.customer in seen:
        twice = seen[match.customer]
    if twice:
        return refused(row, "", _("与第 %(line)d 行是同一位客户，一位客户只能有一行") % {"line": twice})
    if match.customer is None:
        return _new(run, row)
    if run.mode == ImportMode.ADD:
        said = _("已有这位客户（%(number)s）；只新增时不改动已有的客户") % {
            "number": number_of(match.customer)
        }
        return refused(row, "", said)
    file = files[match.customer]
    difference = differing.difference(row, file)
    if difference.faults:
        row.faults += difference.faults
        return refused(row)
    outcome = ImportOutcome.UPDATED if difference else ImportOutcome.UNCHANGED
    return Fate(row, outcome, match.customer, difference=difference)


def _twice(run: CustomerImport, row: Row, keys: dict[tuple[str, str], int]) -> int:
    """The line of an earlier row with the same key or code; 0 where there is none."""
    first = 0
    for key in dict.fromkeys([(run.key, row.key(run.key)), *row.codes.items()]):
        if key[1]:
            first = first or keys.get(key, 0)
            keys.setdefault(key, row.line)
    return first


def _new(run: CustomerImport, row: Row) -> Fate:
    if row.customer.get("grade") and not (run.user and allows(run.user, Permission.GRADE_DECIDE)):
        return refused(row, "grade", _("等级由有权定级的人评定，您的导入里不能带等级；请去掉这一格"))
    if run.mode == ImportMode.UPDATE:
        return refused(row, "", _("档案里没有这位客户；只更新时不新增客户"))
    if (row.kind or run.default_kind) == Kind.ORGANISATION:
        if not row.name:
            return refused(row, "name", _("请填写单位名称。"))
    elif not any(row.contact.get(name) for name in ("name", "phone", "email")):
        return refused(row, "name", _("请至少填写姓名、电话、邮箱中的一项。"))
    return Fate(row, ImportOutcome.ADDED)


class Batch:
    """The rows of one transaction."""

    def __init__(
        self, run: CustomerImport, rows: Sequence[Row], by: Actor, now: datetime, source: str
    ) -> None:
        self.run, self.by, self.now, self.source = run, by, now, source
        self.fates = fates_of(run, rows)

    def work(self) -> None:
        """Write what the fates say; a row that the rules did not foresee is refused and keeps no other out."""
        fresh = [fate for fate in self.fates if fate.outcome == ImportOutcome.ADDED]
        if fresh:
            self._add(fresh)
        for fate in self.fates:
            if fate.outcome == ImportOutcome.UPDATED:
                self._alone(fate, self._update)

    def _add(self, fresh: Sequence[Fate]) -> None:
        try:
            self._enter(fresh)
        except (OperationalError, InterfaceError):
            raise
        except (KeyueError, DatabaseError):
            for fate in fresh:
                self._alone(fate, lambda one: self._enter([one]))

    @transaction.atomic
    def _enter(self, fresh: Sequence[Fate]) -> None:
        given = [new_customer_of(self.run, fate.row) for fate in fresh]
        homes = people.departments_of({one.account_manager_id for one in given if one.account_manager_id})
        given = [_at_home(one, homes) for one in given]
        made = enter_many(customers=given, by=self.by, at=self.now, via=self.source)
        for fate, customer in zip(fresh, made, strict=True):
            fate.customer = customer.pk

    def _alone(self, fate: Fate, act: Any) -> None:
        try:
            with transaction.atomic():
                act(fate)
        except KeyueError as error:
            fields = dict(getattr(error, "fields", {}))
            said = [said_in(code, str(text)) for code, text in fields.items()] or [str(error)]
            fate.outcome, fate.reasons, fate.customer = ImportOutcome.REFUSED, said, None
        except (OperationalError, InterfaceError):
            raise
        except DatabaseError:
            logger.exception("customer import %s: row %s failed", self.run.pk, fate.row.line)
            said = [_("这一行引起了内部错误，请联系管理员查看日志")]
            fate.outcome, fate.reasons, fate.customer = ImportOutcome.REFUSED, said, None

    def _update(self, fate: Fate) -> None:
        found = fate.difference
        if found is None or fate.customer is None:
            return
        customer = Customer.objects.get(pk=fate.customer)
        act: dict[str, Any] = {"by": self.by, "at": self.now, "via": self.source}
        said: dict[str, Any] = {}
        if found.customer:
            change_customer(
                customer=customer,
                changes={n: new for n, (_old, new) in found.customer.items()},
                why=WHY,
                **act,
            )
            said["customer"] = {n: [plain(old), plain(new)] for n, (old, new) in found.customer.items()}
        if found.stage:
            change_stage(customer=customer, stage=found.stage[1], reason=_("表格导入"), **act)
            said["stage"] = list(found.stage)
        if found.contact is not None:
            changes = {n: new for n, (_old, new) in found.of_contact.items()}
            change_contact(contact=found.contact, changes=changes, **act)
            said["contact"] = {
                "id": found.contact.pk,
                "fields": {n: list(p) for n, p in found.of_contact.items()},
            }
        if found.new_contact:
            said["added_contact"] = add_contact(customer=customer, **(act | found.new_contact)).pk
        if found.codes:
            said["codes"] = [
                add_identifier(customer=customer, kind=kind, value=value, system=self._system(kind), **act).pk
                for kind, value in found.codes.items()
            ]
        if found.manager:
            said["manager"] = [list(one) for one in found.manager]
            self._assign(customer, *found.manager[1], act)
        fate.changed = said

    def _system(self, kind: str) -> str:
        return self.run.external_system if kind == IdentifierKind.EXTERNAL else ""

    def _assign(
        self, customer: Customer, user_id: int | None, department: str | None, act: Mapping[str, Any]
    ) -> None:
        user = people.find_user(user_id) if user_id else None
        assign_account_manager(customer=customer, user=user, department=department or "", **act)

    def rows(self) -> list[CustomerImportRow]:
        """What became of each row; what changed is sealed under the customer's key."""
        keyed = {f.customer for f in self.fates if f.changed and f.customer}
        keys = sealing.keys_of([Customer(pk=pk).subject for pk in sorted(keyed)])
        return [
            CustomerImportRow(
                run=self.run,
                line=fate.row.line,
                outcome=fate.outcome,
                customer_id=fate.customer,
                reasons=fate.reasons,
                changed=keys[Customer(pk=fate.customer).subject].seal(_json(fate.changed), CHANGED)
                if fate.changed
                else "",
            )
            for fate in self.fates
        ]

    def counts(self) -> Counter[str]:
        """How many rows became what."""
        return Counter(str(fate.outcome) for fate in self.fates)


def _json(said: Mapping[str, Any]) -> str:
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


def new_customer_of(run: CustomerImport, row: Row) -> NewCustomer:
    """A row as somebody who is not on file yet."""
    kind = row.kind or run.default_kind
    is_person = kind == Kind.PERSON
    values = row.customer
    more = {name: value for name, value in values.items() if name not in OWN_FIELDS}
    codes = [
        (code, run.external_system if code == IdentifierKind.EXTERNAL else "", value)
        for code, value in row.codes.items()
    ]
    return NewCustomer(
        kind=kind,
        name=row.contact.get("name", "") if is_person else row.name,
        contact_name="" if is_person else row.contact.get("name", ""),
        phone=row.contact.get("phone", ""),
        email=row.contact.get("email", ""),
        role=row.contact.get("role", ""),
        address=row.contact.get("address", "") if is_person else values.get("address", ""),
        region=values.get("region", ""),
        city=values.get("city", ""),
        grade=values.get("grade"),
        account_manager_id=row.manager,
        department=row.department or None,
        source=values.get("source", Source.IMPORT.value),
        legal_basis=run.default_basis,
        stage=values.get("stage", Stage.PROSPECT.value),
        more=more,
        codes=codes,
    )


def _at_home(given: NewCustomer, homes: Mapping[int, str]) -> NewCustomer:
    """A customer without a department belongs to the account manager's."""
    home = homes.get(given.account_manager_id or 0)
    return given if given.department or home is None else replace(given, department=home)
