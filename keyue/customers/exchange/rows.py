"""What a row of a sheet says of a customer: every cell through the rule of its field, with a sentence for each fault."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.db.models import TextChoices
from django.utils import translation
from django.utils.translation import gettext as _

from keyue.customers import identity_rules, rules
from keyue.customers.actions._ground import contact_checks
from keyue.customers.actions.archive import clean_values
from keyue.customers.enums import Credit, Grade, IdentifierKind, ImportKey, Kind, Secrecy, Source, Stage
from keyue.customers.exchange.columns import COLUMNS
from keyue.customers.faults import Fault, shown
from keyue.customers.regions import clean_city, parse_place
from keyue.customers.wording import sentence
from keyue.kernel.errors import Invalid
from keyue.people import selectors as people

FAILED = frozenset("#DIV/0! #N/A #NAME? #NULL! #NUM! #REF! #VALUE!".split())
# as other systems write them
KINDS = {
    "企业": Kind.ORGANISATION,
    "公司": Kind.ORGANISATION,
    "机构": Kind.ORGANISATION,
    "企业客户": Kind.ORGANISATION,
    "单位客户": Kind.ORGANISATION,
    "个人客户": Kind.PERSON,
    "自然人": Kind.PERSON,
}
STAGES = {
    "潜在": Stage.PROSPECT,
    "意向": Stage.INTENT,
    "签约": Stage.SIGNED,
    "历史": Stage.PAST,
}
CONTACT = ("phone", "email", "role")
TEXTS = ("category", "industry", "scale", "credit_limit", "needs", "history")
KEYS = (ImportKey.NUMBER, ImportKey.USCC, ImportKey.EXTERNAL, ImportKey.PHONE)
"""What finds a customer, the surest first."""


def _names(choices: type[TextChoices], more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The names of a choice in both languages, folded, and its code."""
    found = {value.casefold(): str(value) for value in choices.values}
    for language in ("zh-hans", "en"):
        with translation.override(language):
            found |= {fold(str(label)): str(value) for value, label in choices.choices}
    return found | {fold(name): str(value) for name, value in (more or {}).items()}


def fold(text: str) -> str:
    """A name as it is compared."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


@dataclass(slots=True)
class Row:
    """A row as it is understood. What is empty in the sheet is in none of these: it changes nothing.

    `customer` and `contact` are cleaned values by the names of the columns in the tables; of a person the name is in
    `contact`. `kind` is empty where the row does not say. `faults` are (column, sentence).
    """

    line: int
    texts: Mapping[str, str]
    kind: str = ""
    name: str = ""
    customer: dict[str, Any] = field(default_factory=dict)
    contact: dict[str, str] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    number: int | None = None
    manager: int | None = None
    department: str = ""
    faults: list[tuple[str, str]] = field(default_factory=list)

    @property
    def sentences(self) -> list[str]:
        """What is wrong, each with the name of its column."""
        return [said_in(code, said) for code, said in self.faults]

    def key(self, by: str) -> str:
        """What this row is recognised by; empty where it does not have it. ANY: the first of them that it has."""
        if by == ImportKey.ANY:
            return next((f"{key}:{text}" for key in KEYS if (text := self.key(key))), "")
        if by == ImportKey.NUMBER:
            return str(self.number or "")
        return self.contact.get("phone", "") if by == ImportKey.PHONE else self.codes.get(by, "")


def said_in(code: str, said: str) -> str:
    """A fault with the name of its column; one of no column stands by itself."""
    return _("%(column)s：%(fault)s") % {"column": label_of(code), "fault": said} if code else said


def _cleaned(code: str, text: str) -> Any:
    return clean_values({code: text})[code]


def label_of(code: str) -> str:
    """A column's name."""
    column = COLUMNS.get(code)
    return str(column.label) if column else code


class Reader:
    """Reads the rows of one sheet; names of staff, departments and choices are looked up once."""

    def __init__(self, columns: Mapping[str, int], *, default_kind: str) -> None:
        self._columns = {code: place for code, place in columns.items() if code in COLUMNS}
        self._default_kind = default_kind
        self._choices = {
            "kind": _names(Kind, KINDS),
            "stage": _names(Stage, STAGES),
            "grade": _names(Grade),
            "credit": _names(Credit),
            "secrecy": _names(Secrecy),
            "source": _names(Source),
        }
        self._staff = people.staff_by_name()
        self._departments = people.departments_by_name()

    def read(self, line: int, cells: Sequence[str]) -> Row:
        """One row. Nothing is raised: what is wrong stands in `faults`."""
        texts = {
            code: cells[place].strip()
            for code, place in self._columns.items()
            if place < len(cells) and cells[place].strip()
        }
        row = Row(line, texts)
        for code, text in texts.items():
            if text in FAILED:
                row.faults.append((code, _("单元格里的公式出错了（%(text)s）") % {"text": text}))
        if row.faults:
            return row
        self._choose(row)
        self._name(row)
        self._contact(row)
        self._codes(row)
        self._place(row)
        self._values(row)
        self._people(row)
        return row

    def _check(self, row: Row, code: str, rule: Callable[[str], Any]) -> Any:
        """A cell through its rule; None where it is empty or wrong."""
        text = row.texts.get(code, "")
        if not text:
            return None
        try:
            return rule(text)
        except Fault as fault:
            row.faults.append((code, sentence(fault)))
        except Invalid as error:
            row.faults.append((code, str(error)))
        return None

    def _choose(self, row: Row) -> None:
        for code, names in self._choices.items():
            text = row.texts.get(code, "")
            if not text:
                continue
            found = names.get(fold(text))
            if found is None:
                known = _("不认识「%(text)s」") % {"text": shown(text)}
                row.faults.append((code, known))
            elif code == "kind":
                row.kind = found
            else:
                row.customer[code] = found

    def _name(self, row: Row) -> None:
        kind = row.kind or self._default_kind
        rule = rules.tidy_person if kind == Kind.PERSON else rules.tidy_organisation
        name = self._check(row, "name", rule)
        if not name:
            return
        row.name = name
        if kind == Kind.PERSON:
            row.contact["name"] = name

    def _contact(self, row: Row) -> None:
        is_person = (row.kind or self._default_kind) == Kind.PERSON
        of_contact = {code: row.texts[code] for code in CONTACT if row.texts.get(code)}
        for code, (rule, _text) in contact_checks(of_contact).items():
            value = self._check(row, code, rule)
            if value:
                row.contact[code] = value
        name = self._check(row, "contact_name", rules.tidy_person)
        if name and not is_person:
            row.contact["name"] = name
        elif name and name != row.contact.get("name", name):
            row.faults.append(("contact_name", _("个人客户的联系人就是本人，请留空")))
        address = self._check(
            row, "address", lambda text: rules.tidy_name(text, longest=rules.ADDRESS_LONGEST)
        )
        if address:
            (row.contact if is_person else row.customer)["address"] = address

    def _codes(self, row: Row) -> None:
        if row.texts.get("number"):
            row.number = rules.parse_number(row.texts["number"])
            if row.number is None:
                row.faults.append(
                    ("number", _("应为 KH-00317 这样的编号；这一列不是本系统的编号时请选「外部编号」"))
                )
        is_person = (row.kind or self._default_kind) == Kind.PERSON
        uscc = self._check(row, "uscc", identity_rules.clean_uscc)
        if uscc and is_person:
            row.faults.append(("uscc", _("个人客户没有统一社会信用代码。")))
        elif uscc:
            row.codes[IdentifierKind.USCC.value] = uscc
        external = self._check(row, "external", identity_rules.clean_external)
        if external:
            row.codes[IdentifierKind.EXTERNAL.value] = external

    def _place(self, row: Row) -> None:
        place = self._check(row, "region", parse_place)
        city = self._check(row, "city", clean_city) or (place.city if place else "")
        if place and place.region:
            row.customer["region"] = place.region
        if city:
            row.customer["city"] = city

    def _values(self, row: Row) -> None:
        for code in TEXTS:
            value = self._check(row, code, partial(_cleaned, code))
            if value not in (None, ""):
                row.customer[code] = value

    def _people(self, row: Row) -> None:
        text = row.texts.get("account_manager", "")
        if text:
            found = self._staff.get(fold(text), ())
            if len(found) == 1:
                row.manager = found[0]
            else:
                said = _("在职人员里没有「%(text)s」") if not found else _("有多位「%(text)s」，请改填登录名")
                row.faults.append(("account_manager", said % {"text": shown(text)}))
        text = row.texts.get("department", "")
        if text:
            row.department = self._departments.get(fold(text), "")
            if not row.department:
                row.faults.append(("department", _("没有「%(text)s」这个部门") % {"text": shown(text)}))
