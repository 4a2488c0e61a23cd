"""What stands in the demo's archive beyond the rows of the beginning. All made up; names carry 演示."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from keyue.customers.matching.identifiers import USCC_SIGNS, USCC_WEIGHTS

MOVED = {
    "临江第三水务": "ouyang", "禾丰食品": "mo", "川野乳业": "mo", "青岚新材料": "ouyang", "东溟化工": "ouyang",
    "云栖温泉": "mo", "北屿文旅": "ouyang", "澜庭物业": "mo", "恒川制药": "ouyang", "清溪医院": "mo",
    "桐湾纺织": "ouyang", "松岭第三": "mo",
}  # fmt: skip
"""Who looks after the important customers since they were shared out anew."""
FIELDS: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("capacity", "日处理水量（吨）", "number", ()),
    ("buying", "采购方式", "choice", ("公开招标", "邀请招标", "竞争性谈判", "直接采购")),
    ("safety_briefing", "进厂须安全交底", "yes_no", ()),
)


def uscc(stem: str) -> str:
    """A code that a company could have, from its first 17 signs: the check sign of GB 32100-2015 added."""
    total = sum(USCC_SIGNS.index(sign) * weight for sign, weight in zip(stem, USCC_WEIGHTS, strict=True))
    return stem + USCC_SIGNS[-total % 31]


# ── notes of contacts ───────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Talked:
    """On which working days ago a customer was spoken to; `verified`: (days ago, how, fields)."""

    brand: str
    days: tuple[int, ...]
    verified: tuple[tuple[int, str, tuple[str, ...]], ...] = ()


TALKED = (
    Talked("禾丰食品", (54, 41, 27, 13, 4), ((38, "phone", ("phone", "address")),)),
    Talked("川野乳业", (50, 36, 19, 6), ((33, "visit", ("address", "contact")),)),
    Talked("青岚新材料", (55, 37, 22, 9), ((20, "phone", ("phone",)),)),
    Talked("东溟化工", (48, 30, 12), ((28, "registry", ("name", "address")),)),
    # nobody has called them for more than a month now
    Talked("云栖温泉", (51, 33)),
    Talked("北屿文旅", (53, 40, 26, 11, 2), ((25, "phone", ("phone",)),)),
    Talked("澜庭物业", (46,)),
    Talked("恒川制药", (52, 35, 17, 3), ((16, "document", ("name", "credit")),)),
    Talked("清溪医院", (49, 34, 20, 5), ((31, "phone", ("phone", "contact")),)),
    Talked("桐湾纺织", (47, 29)),
    Talked("松岭第三", (45, 28, 14, 1), ((27, "visit", ("address",)),)),
)


@dataclass(frozen=True, slots=True)
class Note:
    """What a note says; `present` are contacts by name, `steps` what was agreed to be done next."""

    way: str
    topics: str
    feedback: str
    next_steps: str = ""
    present: tuple[str, ...] = ()
    attendees: str = ""
    steps: tuple[str, ...] = ()
    is_important: bool = False


VISIT = Note(
    "visit",
    "交接拜访：介绍新的客户经理，走看 3# 膜组安装现场，对清单逐项确认停机窗口。",
    "认可施工组织，要求夜间作业提前一天报备；希望运维月报附药耗曲线。",
    "整理停机窗口清单，发双方签认。",
    present=("周叙白", "苏棠"),
    attendees="何苒",
    steps=("发出停机窗口清单并取得签认",),
    is_important=True,
)
CALL = Note(
    "phone",
    "核对 3# 膜组产水浊度趋势，约定取样时间。",
    "化验室每天 8 点、20 点取样，数据可以直接发我们。",
    present=("陆青野",),
)
QUARTER = Note(
    "visit",
    "季度走访：回顾运维服务执行情况，更新年度采购计划与组织变动两处。",
    "总体满意，对夜间响应提出改进意见；采购主管今后负责合同付款流程。",
    "按新组织架构更新档案，补充年度采购计划。",
    present=("方既明", "周叙白"),
    attendees="顾清和",
    steps=("把年度采购计划补进档案",),
    is_important=True,
)
CHAT = Note("wechat", "发送上月运维月报与药耗曲线。", "已转总经理，曲线清楚。", present=("周叙白",))
MEETING = Note(
    "meeting",
    "3# 膜组通水前协调会：调试步骤、值守人员、应急备用水源；顺带谈续约的时间安排。",
    "要求通水当天双方技术负责人到场；续约先看今年的到场及时率。",
    "出调试方案；准备到场及时率的统计。",
    present=("周叙白", "何以宁"),
    attendees="何苒、陈砚",
    steps=("提交近一年到场及时率统计", "提交 3# 膜组调试方案"),
    is_important=True,
)

# ── the customer of the design ──────────────────────────────────────────────────────────────────────────────

HERO: Mapping[str, Any] = {
    "address": "临江市北岸区净水路 18 号（演示）",
    "region": "浙江",
    "city": "杭州",
    "scale": "大型",
    "credit": "good",
    "credit_limit": "2000000",
    "category": "省属国企",
    "needs": "日供水 12 万吨，产水浊度不高于 0.1 NTU；停机只能在 23 点至次日 5 点。",
    "history": "2021 年公开招标中标加药间改造，其后签三年运维；去年底签 3# 膜组扩容 EPC。",
    "strategy": "作为省内膜法水厂的示范项目：每季走访高层，技术交流会一年两次，备件常驻现场。",
}
HERO_NEEDS = "日供水 12 万吨，产水浊度不高于 0.1 NTU；停机只能在 23 点至次日 5 点；运维月报须附药耗曲线。"
HERO_CODES = (
    ("uscc", uscc("91330106MA27X8Y7K"), ""),
    ("short_name", "临江三水", ""),
    ("former_name", "临江市第三自来水厂", ""),
    ("external", "C-00317", "ERP"),
)
HERO_OWN = {"capacity": "120000", "buying": "公开招标", "safety_briefing": "yes"}
PURCHASES = "季度,项目,预算（万元）\n一季度,膜元件备件,86\n二季度,药剂框架,120\n三季度,仪表更新,45\n"


@dataclass(frozen=True, slots=True)
class Known:
    """A contact; `under` is whom they report to."""

    name: str
    role: str
    part: str
    stance: str
    phone: str = ""
    email: str = ""
    under: str = ""


HEAD = "方既明"
HERO_PEOPLE = (
    Known(HEAD, "总经理", "approver", "neutral", "13800009001", "fang.jm@example.com"),
    Known("何以宁", "总工程师", "influencer", "supports", "13800009002", "he.yn@example.com", HEAD),
    Known("苏棠", "采购主管", "buyer", "supports", "13800007742", "su.t@example.com", HEAD),
    Known("秦既白", "财务科长", "finance", "unknown", "13800009004", "", HEAD),
    Known("陆青野", "化验室", "user", "unknown", "", "lu.qy@example.com", "何以宁"),
)

# ── doubles ─────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Double:
    """A file that may be another's; `entered` and `found` are working days ago, `ends` merged, distinct or not yet."""

    of: str
    name: str
    person: str
    phone: str
    by: str
    entered: int
    found: int
    score: float
    reasons: tuple[str, ...]
    ends: str = ""


DOUBLES = (
    Double(
        "临江第三水务", "临江第三水务公司（演示）", "苏棠", "13800007742", "mo", 43, 41, 0.97,
        ("名称只差公司形式", "有相同的联系电话"), "merged",
    ),
    Double(
        "北屿文旅", "北屿文化旅游开发有限公司（演示）", "沈嘉树", "13800009021", "mo", 39, 36, 0.71,
        ("名称中的字号相同", "所在地相同"), "distinct",
    ),
    Double(
        "川野乳业", "川野乳业集团股份有限公司（演示）", "钱若宁", "13800009022", "ouyang", 6, 2, 0.88,
        ("名称中的字号和行业相同", "联系人同姓同名"),
    ),
)  # fmt: skip
