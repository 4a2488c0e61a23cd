"""The columns that a sheet of customers may have, and the headings by which they are recognised."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

REASON = "原因"
"""The heading under which refused rows come back; a file that has it may be imported again as it is."""


@dataclass(frozen=True, slots=True)
class Column:
    """What a column of a sheet can be for. `synonyms` are headings as other systems write them, in small letters."""

    code: str
    label: Promise
    synonyms: str


COLUMNS: dict[str, Column] = {
    column.code: column
    for column in (
        Column("number", _("客户编号"), "客户编号 编号 客户号 客户代码 number customernumber customerno"),
        Column(
            "name",
            _("客户名称"),
            "客户名称 名称 客户 单位名称 公司名称 企业名称 公司 单位 客户全称 全称 姓名 客户姓名 name customer company organisation organization",
        ),
        Column("kind", _("种类"), "种类 客户种类 客户性质 类型 客户类型 kind type"),
        Column(
            "contact_name",
            _("联系人"),
            "联系人 联系人姓名 主要联系人 对接人 经办人 contact contactname contactperson",
        ),
        Column(
            "phone",
            _("电话"),
            "电话 手机 手机号 手机号码 电话号码 联系电话 联系方式 联系人电话 phone mobile tel telephone",
        ),
        Column("email", _("邮箱"), "邮箱 电子邮箱 邮件 电子邮件 邮箱地址 email emailaddress mail"),
        Column("role", _("职务"), "职务 职位 联系人职务 岗位 role position jobtitle"),
        Column(
            "uscc",
            _("统一社会信用代码"),
            "统一社会信用代码 社会信用代码 信用代码 税号 纳税人识别号 uscc creditcode taxnumber",
        ),
        Column(
            "external",
            _("外部编号"),
            "外部编号 原系统编号 旧编号 erp编号 erp编码 外部id externalid external erpid",
        ),
        Column("region", _("地区"), "地区 所在地区 省份 省 省市 区域 所在地 region province area"),
        Column("city", _("城市"), "城市 市 所在城市 city"),
        Column("address", _("地址"), "地址 详细地址 单位地址 联系地址 通讯地址 注册地址 address"),
        Column("category", _("分类"), "分类 客户分类 客户类别 类别 category"),
        Column("industry", _("行业"), "行业 所属行业 industry"),
        Column("scale", _("规模"), "规模 企业规模 人员规模 scale size"),
        Column("stage", _("阶段"), "阶段 客户阶段 客户状态 stage status"),
        Column("grade", _("分级"), "分级 等级 客户等级 客户分级 级别 grade level"),
        Column("credit", _("信用状况"), "信用状况 信用等级 信用 credit creditrating"),
        Column("credit_limit", _("信用额度"), "信用额度 授信额度 creditlimit"),
        Column("needs", _("业务需求"), "业务需求 需求 客户需求 needs"),
        Column("history", _("合作历史"), "合作历史 合作情况 历史合作 history"),
        Column(
            "account_manager",
            _("客户经理"),
            "客户经理 负责人 销售 业务员 销售负责人 跟进人 accountmanager owner salesperson",
        ),
        Column("department", _("归属部门"), "归属部门 所属部门 部门 department"),
        Column("source", _("来源"), "来源 客户来源 渠道 source channel"),
        Column("secrecy", pgettext_lazy("客户", "密级"), "密级 保密级别 secrecy"),
    )
}

_BESIDE = re.compile(r"[（(\[【].*?[)）\]】]")
_NOISE = re.compile(r"[\s*＊:：_\-/·]+")


def plain(heading: str) -> str:
    """A heading as it is compared: without remarks in brackets, stars, blanks and case."""
    text = unicodedata.normalize("NFKC", heading).casefold()
    return _NOISE.sub("", _BESIDE.sub("", text)) or _NOISE.sub("", text)


_BY_HEADING = {plain(word): code for code, column in COLUMNS.items() for word in column.synonyms.split()}


def guess(headings: Sequence[str]) -> dict[str, int]:
    """Which column is which, by its heading; of two that mean the same the first. A name beside a contact's is the
    customer's."""
    found: dict[str, int] = {}
    for place, heading in enumerate(headings):
        code = _BY_HEADING.get(plain(heading))
        if code is not None and code not in found:
            found[code] = place
    return found


def recognised(cells: Sequence[str]) -> int:
    """How many headings of a row are known: what tells the heading from the rows above it."""
    return len(guess(cells))


def fingerprint(headings: Sequence[str]) -> str:
    """What the mapping of a sheet is remembered by: its headings, without the column of our reasons."""
    words = [plain(heading) for heading in headings if not is_reason(heading)]
    return sha256("\n".join(words).encode()).hexdigest()


def is_reason(heading: str) -> bool:
    """Whether a column is ours: the reasons of an earlier run."""
    return heading.strip() == REASON
