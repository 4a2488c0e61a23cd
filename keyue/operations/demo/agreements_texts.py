"""Contracts and projects of the demo. All made up. Days are working days ago, behind a minus ahead; months likewise."""

from __future__ import annotations

from dataclasses import dataclass

from keyue.contracts.levels import Level

COMPLAINTS = ("complaint", "feedback", "request")
OPERATION_LEVELS = (
    Level(1, "first_response", 4, "hours", "5.1", urgent=1),
    Level(2, "plan", 8, "working_hours", "5.2", COMPLAINTS, pauses=True),
    Level(3, "solve", 5, "working_days", "5.3", COMPLAINTS, urgent=2, pauses=True),
    Level(4, "result", 1, "working_days", "5.4", COMPLAINTS),
)
SHORT_LEVELS = (
    Level(1, "first_response", 8, "hours", "4.1"),
    Level(2, "solve", 7, "working_days", "4.2", COMPLAINTS, pauses=True),
)


@dataclass(frozen=True, slots=True)
class Contract:
    """`number` without its year; `begins` and `ends` in months from today; `entered` on a day, `steps` (what, day)
    after it. `payments`: (days ago, share in per cent, paid on day, or 0)."""

    brand: str
    number: str
    years_ago: int
    title: str
    kind: str
    amount: str
    staff: str
    begins: float
    ends: float
    entered: int
    steps: tuple[tuple[str, int], ...] = ()
    renew: float = 0.0
    levels: tuple[Level, ...] = ()
    payments: tuple[tuple[int, int, int], ...] = ()
    chased: int = 0
    limit: str = ""


CONTRACTS = (
    Contract("临江第三水务", "0117", 2, "水厂运维服务（三年）", "service", "4180000", "ouyang", -29, 7, 57,
             (("review", 56), ("sign", 55), ("archive", 53)), 5, OPERATION_LEVELS,
             ((50, 25, 48), (30, 25, 29), (11, 25, 0), (-40, 25, 0)), 9, "2000000"),
    Contract("临江第三水务", "0088", 1, "3# 膜组扩容 EPC", "construction", "8346000", "ouyang", -3, 9, 56,
             (("review", 55), ("sign", 54), ("archive", 51)), 0, (), ((45, 30, 44), (15, 40, 14), (-30, 30, 0))),
    Contract("临江第三水务", "0041", 4, "加药间改造", "construction", "320000", "ouyang", -46, 2, 56,
             (("review", 55), ("sign", 54), ("archive", 51))),
    Contract("苍梧矿泉水", "0012", 0, "灌装线水处理与三年维保", "service", "1860000", "ouyang", -0.3, 36, 14,
             (("give_back", 13), ("change", 12), ("review", 11), ("sign", 9), ("archive", 3)), 30, SHORT_LEVELS,
             ((4, 30, 0), (-25, 40, 0), (-80, 30, 0)), 0, "500000"),
    Contract("禾丰食品", "0063", 1, "污水站委托运维", "service", "1260000", "mo", -13, 1.6, 52,
             (("review", 51), ("sign", 50), ("archive", 42)), 0.6, SHORT_LEVELS, ((35, 50, 33), (20, 50, 12)), 16),
    Contract("青岚新材料", "0009", 0, "药剂框架供货", "framework", "2400000", "ouyang", -1, 11, 18,
             (("review", 16), ("sign", 12)), 9, (), ((-10, 50, 0), (-60, 50, 0))),
    Contract("澜庭物业", "0015", 0, "二次供水泵房维保", "service", "310000", "mo", -0.6, 12, 19,
             (("review", 18), ("sign", 17), ("archive", 15)), 10, (), ((13, 100, 0),), 6),
    Contract("恒川制药", "0034", 2, "纯化水系统年度维保", "service", "540000", "ouyang", -26, -2, 57,
             (("review", 56), ("sign", 55), ("archive", 54))),
    Contract("桐湾纺织", "0052", 1, "印染废水提标", "construction", "3650000", "ouyang", -10, 4, 49,
             (("review", 48), ("sign", 46), ("archive", 45), ("terminate", 7)), 0, (), ((38, 40, 36), (21, 30, 0)), 19),
    Contract("云栖温泉", "0021", 0, "泳池水处理维保", "service", "168000", "mo", 0.3, 12, 8, (("review", 4),)),
    Contract("霁川半导体", "0026", 0, "超纯水扩容 60 吨/时", "construction", "9680000", "ouyang", 1, 14, 3),
    Contract("川野乳业", "0024", 0, "CIP 废水回用意向书", "other", "1280000", "mo", 0.5, 6, 5, (("give_back", 2),)),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Project:
    """`stages`: (name, weight, planned day); `steps`: (what, day, stage, per cent or words)."""

    brand: str
    number: str
    years_ago: int
    title: str
    stages: tuple[tuple[str, int, int], ...]
    created: int
    steps: tuple[tuple[str, int, int, object], ...]


PROJECTS = (
    Project("临江第三水务", "0088", 1, "3# 膜组扩容 EPC", (("设计", 15, 44), ("采购", 25, 25), ("安装", 40, 2), ("通水", 20, -9)), 53, (
        ("confirm", 51, 0, "方案评审会签字确认，增加应急旁路。"), ("start", 50, 0, ""),
        ("finish", 43, 1, ""), ("talk", 42, 1, "设计完成，图纸一式四份送达，客户总工签收。"),
        ("progress", 35, 2, 60), ("finish", 23, 2, ""), ("talk", 22, 2, "膜元件全部到场，开箱验收无破损。"),
        ("progress", 19, 3, 25), ("say", 16, 3, "通报安装进度，商定两次夜间停机窗口。"), ("progress", 9, 3, 55),
        ("progress", 2, 3, 72), ("say", 1, 3, "安装完成 72%，剩余管道试压，通水日期不变。"),
    )),
    Project("临江第三水务", "0041", 4, "加药间改造", (("拆除", 20, 56), ("安装", 60, 55), ("验收", 20, 54)), 55, (
        ("confirm", 54, 0, "历史项目补录，客户早已书面确认。"), ("start", 54, 0, ""), ("finish", 53, 1, ""), ("finish", 53, 2, ""),
        ("talk", 52, 1, "旧加药间拆除完毕，场地已移交。"), ("talk", 52, 2, "两套投加系统安装到位，单机试车通过。"),
        ("finish", 52, 3, ""), ("talk", 51, 3, "验收合格，双方签字，进入质保期。"), ("complete", 50, 0, ""),
    )),
    Project("桐湾纺织", "0052", 1, "印染废水提标", (("设计", 20, 40), ("土建", 30, 20), ("安装调试", 50, -15)), 44, (
        ("confirm", 43, 0, "按环评批复口径确认。"), ("start", 42, 0, ""), ("finish", 37, 1, ""),
        ("talk", 36, 1, "设计图纸交底，客户对臭氧段位置提了意见。"), ("progress", 24, 2, 40), ("hear", 18, 0, "施工噪声影响夜班休息，希望调整作业时间。"),
    )),
    Project("苍梧矿泉水", "0012", 0, "灌装线水处理", (("设计", 20, 3), ("制造", 40, -30), ("安装调试", 40, -60)), 8, (
        ("confirm", 6, 0, "客户设备部邮件确认。"), ("start", 5, 0, ""), ("progress", 3, 1, 80), ("finish", 2, 1, ""),
    )),
)  # fmt: skip
