"""The columns that a sheet may have, the headings by which they are recognised, and how they are matched. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

REASON = "原因"
"""The heading under which bad rows come back; a file that has it may be imported again as it is."""


@dataclass(frozen=True, slots=True)
class Column:
    """What a column of a sheet can be for. `synonyms` are headings as other systems write them, in small letters."""

    code: str
    label: Promise
    synonyms: tuple[str, ...]
    is_time: bool = False
    is_required: bool = False


COLUMNS: dict[str, Column] = {
    column.code: column
    for column in (
        Column(
            "at",
            _("受理时间"),
            tuple(
                "受理时间 受理日期 收到时间 收到日期 接收时间 接到时间 登记时间 登记日期 反馈时间 反馈日期 投诉时间 投诉日期 "
                "来电时间 提交时间 创建时间 发生时间 时间 日期 received receivedat receivedtime createdat date time".split()
            ),
            is_time=True,
            is_required=True,
        ),
        Column(
            "content",
            _("内容"),
            tuple(
                "内容 具体内容 详细内容 反馈内容 投诉内容 意见内容 建议内容 问题描述 问题 描述 诉求 诉求内容 详情 正文 "
                "content description detail details body".split()
            ),
            is_required=True,
        ),
        Column("type", _("类型"), tuple("类型 事项类型 反馈类型 意见类型 诉求类型 type kind".split())),
        Column("title", _("主题"), tuple("主题 标题 题目 摘要 topic subject title".split())),
        Column(
            "name",
            _("姓名"),
            tuple(
                "姓名 客户 客户姓名 客户名称 联系人 联系人姓名 反馈人 投诉人 来电人 称呼 name customer contact".split()
            ),
        ),
        Column(
            "phone",
            _("电话"),
            tuple(
                "电话 手机 手机号 手机号码 电话号码 联系电话 联系方式 客户电话 来电号码 phone mobile tel telephone".split()
            ),
        ),
        Column(
            "email", _("邮箱"), tuple("邮箱 电子邮箱 邮件 电子邮件 邮箱地址 email emailaddress mail".split())
        ),
        Column(
            "region", _("地区"), tuple("地区 所在地区 省份 省 省市 区域 所在地 region province area".split())
        ),
        Column(
            "channel",
            _("渠道"),
            tuple("渠道 来源 反馈渠道 来源渠道 受理渠道 反馈方式 channel source".split()),
        ),
        Column(
            "phase", _("阶段"), tuple("阶段 销售阶段 售前售中售后 服务阶段 phase stage salesstage".split())
        ),
        Column(
            "number",
            _("单号"),
            tuple(
                "单号 编号 工单号 工单编号 事项编号 投诉编号 反馈编号 流水号 订单号 id no no. number ticket ticketnumber".split()
            ),
        ),
        Column(
            "category", _("类别"), tuple("类别 分类 问题类别 问题分类 投诉类别 一级分类 category".split())
        ),
        Column(
            "classified_at",
            _("分类时间"),
            tuple("分类时间 分类日期 归类时间 classifiedat classified".split()),
            is_time=True,
        ),
        Column(
            "solved_at",
            _("解决时间"),
            tuple(
                "解决时间 解决日期 处理时间 处理完成时间 处理日期 完成时间 办结时间 solvedat solved resolvedat".split()
            ),
            is_time=True,
        ),
        Column(
            "result",
            _("处理结果"),
            tuple("处理结果 处理情况 解决方案 处理内容 办理结果 结果 result resolution".split()),
        ),
        Column(
            "reported_at",
            _("结果报客服时间"),
            tuple("结果报客服时间 报客服时间 结果上报时间 报结果时间 resultreportedat reportedat".split()),
            is_time=True,
        ),
        Column(
            "told_at",
            _("结果告知时间"),
            tuple(
                "结果告知时间 告知时间 反馈结果时间 答复时间 回复时间 告知客户时间 customertoldat toldat replied repliedat".split()
            ),
            is_time=True,
        ),
        Column(
            "told_via", _("告知方式"), tuple("告知方式 答复方式 回复方式 告知渠道 howtold toldvia".split())
        ),
        Column(
            "followed_at",
            _("回访时间"),
            tuple("回访时间 回访日期 followedupat followupat followup".split()),
            is_time=True,
        ),
        Column(
            "satisfied",
            pgettext_lazy("回访", "满意"),
            tuple("满意 是否满意 满意度 回访结果 客户是否满意 satisfied satisfaction".split()),
        ),
    )
}
TIMES = tuple(code for code, column in COLUMNS.items() if column.is_time)
REQUIRED = tuple(code for code, column in COLUMNS.items() if column.is_required)

Mapping_ = Mapping[str, int]
"""Column codes with the place of the column in the sheet, from 0."""

_BESIDE = re.compile(r"[（(\[【].*?[)）\]】]")
_NOISE = re.compile(r"[\s*＊:：_\-/·]+")


def plain(heading: str) -> str:
    """A heading as it is compared: without remarks in brackets, stars, blanks and case."""
    text = unicodedata.normalize("NFKC", heading).casefold()
    return _NOISE.sub("", _BESIDE.sub("", text)) or _NOISE.sub("", text)


_BY_HEADING = {plain(synonym): code for code, column in COLUMNS.items() for synonym in column.synonyms}


def guess(headings: Sequence[str]) -> dict[str, int]:
    """Which column is which, by its heading; of two that mean the same the first."""
    found: dict[str, int] = {}
    for place, heading in enumerate(headings):
        code = _BY_HEADING.get(plain(heading))
        if code is not None and code not in found:
            found[code] = place
    return found


def recognised(cells: Sequence[str]) -> int:
    """How many headings of a row are known: what tells the heading from the rows above it."""
    return len(guess(cells))


def is_reason(heading: str) -> bool:
    """Whether a column is ours: the reasons of an earlier run."""
    return heading.strip() == REASON
