"""What an export holds: which customers, which columns, how each cell is written, and whose copy it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _t
from django.utils.translation import ngettext, pgettext_lazy

from keyue.customers import rules, selectors, stops
from keyue.customers.enums import Credit, ExportState, Grade, Kind, LegalBasis, Secrecy, Source, Stage
from keyue.customers.exchange.differing import Standing, standing
from keyue.customers.models import Customer, ExportRequest
from keyue.customers.regions import REGIONS, region_name
from keyue.kernel.errors import NotFound
from keyue.ledger import selectors as ledger
from keyue.people import selectors as people
from keyue.people.enums import Permission
from keyue.people.models import User
from keyue.people.permissions import allows, check
from keyue.ui.workbooks import stamp

A_PAGE = 20
AT_A_TIME = 500
MOST_COUNTED = 10_000
# how a filter narrows, by its name
NARROWINGS = ("kind", "stage", "grade", "region", "department", "account_manager")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an export; a personal one stands under its mask unless the request says otherwise."""

    label: Promise
    write: Callable[[Line], str]
    width: int = 14
    is_personal: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A customer on the way out."""

    file: Standing
    is_clear: bool
    zone: ZoneInfo
    names: Mapping[str, str]

    @property
    def customer(self) -> Customer:
        return self.file.customer

    def said(self, name: str) -> str:
        """A value of the first contact, masked or not."""
        if not self.file.contacts:
            return ""
        text: str = getattr(self.file.contacts[0][1], name)
        if name == "phone":
            return rules.format_phone(text) if self.is_clear else rules.mask_phone(text)
        if name == "email":
            return text if self.is_clear else rules.mask_email(text)
        if name == "name":
            return text if self.is_clear else rules.mask_name(text)
        return text if self.is_clear or name == "role" else (rules.STARS if text else "")

    def name(self) -> str:
        """The customer's name: an organisation's own, a person's from their own contact."""
        return self.said("name") if self.customer.is_person else self.customer.name

    def address(self) -> str:
        """An organisation's address is public, a person's is not."""
        return self.said("address") if self.customer.is_person else self.customer.address

    def own(self, name: str) -> str:
        """A sealed text of the file."""
        text = self.file.own[name]
        return text if self.is_clear else (rules.STARS if text else "")


def _label(
    choices: type[Kind | Stage | Grade | Credit | Secrecy | Source | LegalBasis], value: str | None
) -> str:
    return str(choices(value).label) if value else ""


def _code(line: Line, kind: str) -> str:
    return next((value for one, value in sorted(line.file.codes) if one == kind), "")


COLUMNS: dict[str, Column] = {
    "number": Column(_t("客户编号"), lambda line: line.customer.number, 12),
    "name": Column(_t("客户名称"), Line.name, 30),
    "kind": Column(_t("种类"), lambda line: _label(Kind, line.customer.kind), 8),
    "stage": Column(_t("阶段"), lambda line: _label(Stage, line.customer.stage), 10),
    "grade": Column(_t("分级"), lambda line: _label(Grade, line.customer.grade), 8),
    "category": Column(_t("分类"), lambda line: line.customer.category),
    "industry": Column(_t("行业"), lambda line: line.customer.industry),
    "scale": Column(_t("规模"), lambda line: line.customer.scale),
    "region": Column(_t("地区"), lambda line: region_name(line.customer.region)),
    "city": Column(_t("城市"), lambda line: line.customer.city),
    "address": Column(_t("地址"), Line.address, 30, is_personal=True),
    "uscc": Column(_t("统一社会信用代码"), lambda line: _code(line, "uscc"), 22),
    "account_manager": Column(
        _t("客户经理"), lambda line: line.names.get(f"user:{line.customer.account_manager_id}", ""), 10
    ),
    "department": Column(_t("归属部门"), lambda line: line.names.get(line.customer.department or "", ""), 14),
    "contact_name": Column(_t("联系人"), lambda line: line.said("name"), 12, is_personal=True),
    "role": Column(_t("职务"), lambda line: line.said("role"), 12),
    "phone": Column(_t("电话"), lambda line: line.said("phone"), 18, is_personal=True),
    "email": Column(_t("邮箱"), lambda line: line.said("email"), 24, is_personal=True),
    "credit": Column(_t("信用状况"), lambda line: _label(Credit, line.customer.credit), 8),
    "credit_limit": Column(
        _t("信用额度"),
        lambda line: "" if line.customer.credit_limit is None else f"{line.customer.credit_limit:.2f}",
    ),
    "needs": Column(_t("业务需求"), lambda line: line.own("needs"), 30, is_personal=True),
    "history": Column(_t("合作历史"), lambda line: line.own("history"), 30, is_personal=True),
    "completeness": Column(_t("完整度"), lambda line: str(line.customer.completeness), 8),
    "source": Column(_t("来源"), lambda line: _label(Source, line.customer.source), 10),
    "legal_basis": Column(
        _t("个人信息处理依据"), lambda line: _label(LegalBasis, line.customer.legal_basis), 20
    ),
    "secrecy": Column(pgettext_lazy("客户", "密级"), lambda line: _label(Secrecy, line.customer.secrecy), 8),
    "created_at": Column(_t("建档时间"), lambda line: stamp(line.customer.created_at, line.zone), 20),
}
DEFAULT = (
    *("number", "name", "kind", "stage", "grade", "region", "city", "account_manager", "department"),
    *("contact_name", "phone"),
)


def customers_of(
    viewer: User, narrowing: Mapping[str, str], *, until: datetime | None = None
) -> QuerySet[Customer]:
    """The customers that an export of this person holds: of those they see, whose data has not been erased."""
    rows = selectors.visible_to(viewer).filter(merged_into=None, erased_at=None)
    rows = rows.filter(_condition(narrowing))
    return rows if until is None else rows.filter(created_at__lte=until)


def _condition(narrowing: Mapping[str, str]) -> Q:
    columns = {"account_manager": "account_manager_id"}
    return Q(**{columns.get(name, name): value for name, value in narrowing.items() if name in NARROWINGS})


def known_narrowing(narrowing: Mapping[str, str]) -> dict[str, str]:
    """Those of the filters that mean something. Raises KeyError with the name of one that does not."""
    choices: dict[str, Sequence[str]] = {
        "kind": Kind.values,
        "stage": Stage.values,
        "grade": Grade.values,
        "region": list(REGIONS),
    }
    found = {name: value for name, value in narrowing.items() if value}
    for name, value in found.items():
        if name not in NARROWINGS or (name in choices and value not in choices[name]):
            raise KeyError(name)
        if name == "account_manager" and not value.isdecimal():
            raise KeyError(name)
    return found


def lines_of(request: ExportRequest, viewer: User, zone: ZoneInfo) -> Iterator[list[Line]]:
    """The customers of an approved request, some at a time, by id: what is held in memory does not grow."""
    last = 0
    rows = customers_of(viewer, request.narrowing, until=request.decided_at).order_by("pk")
    while True:
        ids = list(rows.filter(pk__gt=last).values_list("pk", flat=True)[:AT_A_TIME])
        if not ids:
            return
        last = ids[-1]
        files = standing(ids)
        codes = {file.customer.department or "" for file in files.values()} - {""}
        codes |= {
            f"user:{file.customer.account_manager_id}"
            for file in files.values()
            if file.customer.account_manager_id
        }
        names = people.owner_names(codes) if codes else {}
        yield [Line(files[pk], request.is_clear, zone, names) for pk in ids if pk in files]


def words_of(narrowing: Mapping[str, str]) -> list[str]:
    """What an export holds, in words."""
    labels: dict[str, type[Kind | Stage | Grade]] = {"kind": Kind, "stage": Stage, "grade": Grade}
    said = [str(labels[name](value).label) for name, value in narrowing.items() if name in labels]
    if "region" in narrowing:
        said.append(region_name(narrowing["region"]))
    owners = [narrowing["department"]] if "department" in narrowing else []
    if "account_manager" in narrowing:
        owners.append(f"user:{narrowing['account_manager']}")
    names = people.owner_names(owners) if owners else {}
    return [*said, *(names[code] for code in owners)] or [_("我能看到的全部客户")]


# --- requests ---


def requests_for(user: User) -> QuerySet[ExportRequest]:
    """The requests that concern this person: their own, and for who approves those of everybody."""
    rows = ExportRequest.objects.select_related("user", "decided_by").order_by("-pk")
    return rows if allows(user, Permission.EXPORT_APPROVE) else rows.filter(user=user)


def page_of_requests(
    user: User, *, before: int | None = None, size: int = A_PAGE
) -> tuple[Sequence[ExportRequest], int | None]:
    """A page of them, newest first, and where the next one begins."""
    rows = requests_for(user)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows[: size + 1])
    return found[:size], found[size - 1].pk if len(found) > size else None


def request_for(user: User, pk: int) -> ExportRequest:
    """One of them. Raises NotFound."""
    found = requests_for(user).filter(pk=pk).first()
    if found is None:
        raise NotFound(_("没有这项导出申请，或者您无权查看。"))
    return found


def may_download(user: User, request: ExportRequest, at: datetime) -> bool:
    """Whether this person may take the file now: the asker alone, until it expires."""
    return (
        request.user_id == user.pk
        and request.state == ExportState.MADE
        and request.expires_at is not None
        and at < request.expires_at
    )


def exported_key(request_id: int, customer_ref: str) -> str:
    """By which the fact stands that a customer left in the file of a request: once, however often it is made."""
    return f"export:{request_id}:exported:{customer_ref}"


def why_resting(request: ExportRequest) -> str:
    """Why a file that was made is not given out now: some whose data is no longer used stand in it. Empty where none do.

    The row keeps no list of whom the file holds; the fact in the chain of each of them does.
    """
    keys = [exported_key(request.pk, str(pk)) for pk in sorted(stops.all_stopped())]
    n = len(ledger.keys_recorded(keys))
    if not n:
        return ""
    said = ngettext(
        "文件里有 %(n)d 位客户的个人信息已经只保存、不再使用，这份文件不能再下载。请重新申请导出：新文件不含这些客户，批准后就能下载。",
        "文件里有 %(n)d 位客户的个人信息已经只保存、不再使用，这份文件不能再下载。请重新申请导出：新文件不含这些客户，批准后就能下载。",
        n,
    )
    return said % {"n": n}


def estimate(user: User, narrowing: Mapping[str, str]) -> int:
    """How many customers a request is about now, up to MOST_COUNTED. Raises Denied."""
    check(user, Permission.EXPORT_REQUEST)
    return customers_of(user, narrowing)[:MOST_COUNTED].count()


def waiting() -> ExportRequest | None:
    """The approved request that a worker should make next."""
    return (
        ExportRequest.objects.select_related("user", "decided_by")
        .filter(state=ExportState.APPROVED)
        .order_by("pk")
        .first()
    )
