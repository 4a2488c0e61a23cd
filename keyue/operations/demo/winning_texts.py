"""Leads, needs and opportunities of the demo. All made up; names carry 演示. Days are working days ago."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lead:
    """Somebody to be won: registered `day` days ago by `staff`; `contacts` and `end` (how, day) follow."""

    name: str
    staff: str
    day: int
    person: str
    phone: str
    region: str
    source: str
    note: str
    contacts: tuple[int, ...] = ()
    end: tuple[str, int] = ("", 0)
    late: bool = False


LEADS = (
    Lead("苍梧矿泉水有限公司（演示）", "ouyang", 52, "程叙", "13800009101", "浙江", "exhibition", "新建灌装线，水处理要重新招标。", (51, 46), ("won", 40)),
    Lead("抱朴中药饮片有限公司（演示）", "mo", 50, "姚怀瑾", "13800009102", "安徽", "referral", "提取废水不达标，老客户介绍。", (49,)),
    Lead("漱石精酿啤酒有限公司（演示）", "mo", 44, "姜云舒", "13800009103", "江苏", "exhibition", "想上反渗透，预算年底前下来。", (43, 38), ("won", 35)),
    Lead("漱石精酿啤酒有限公司（演示）", "ouyang", 43, "姜云舒", "13800009103", "江苏", "phone", "对方来电询价。"),
    Lead("霁川半导体材料有限公司（演示）", "ouyang", 38, "许景行", "13800009104", "上海", "tender", "超纯水扩容，公开招标。", (37, 33), ("won", 30)),
    Lead("折桂职业技术学院（演示）", "mo", 31, "孔思远", "13800009105", "江苏", "visit", "直饮水改造。", (30, 25), ("no_need", 22)),
    Lead("雁回数据中心有限公司（演示）", "ouyang", 29, "何清扬", "13800009106", "广东", "phone", "冷却水处理，正在比选。", (28,), ("competitor", 17)),
    Lead("棠梨小镇开发有限公司（演示）", "ouyang", 19, "陶若宁", "13800009107", "四川", "referral", "分散式污水，十二个点。", (18, 11)),
    Lead("云岫冷链物流有限公司（演示）", "mo", 13, "严知遥", "13800009108", "山东", "exhibition", "冲洗废水回用。", (12,)),
    Lead("鹿鸣生态养殖有限公司（演示）", "ouyang", 9, "魏明澈", "13800009109", "湖北", "visit", "养殖尾水，环保限期整改。", (8, 3)),
    Lead("听泉山庄酒店管理有限公司（演示）", "mo", 7, "金书禾", "13800009110", "浙江", "phone", "泳池水处理维保到期。", (6,)),
    Lead("观澜电镀科技有限公司（演示）", "mo", 5, "尤嘉树", "13800009111", "广东", "exhibition", "含镍废水提标改造。", (4,)),
    Lead("百工包装印刷有限公司（演示）", "mo", 2, "吕子衿", "13800009112", "江苏", "referral", "印刷废水委托运维。", late=True),
    Lead("观澜电镀科技有限公司（演示）", "ouyang", 2, "尤嘉树", "13800009111", "广东", "phone", "对方设备科来电咨询。"),
)  # fmt: skip
SETTLED = (
    "漱石精酿啤酒有限公司（演示）",
    "ouyang",
    42,
    "先报备的已上门两次并有记录，归先报备人；来电请转给先报备人跟进。",
)
"""Of which conflict the head of sales has decided, whose was the second, when, and why; the other conflict waits."""

RELEASED = (("望海产业园", 26, 15), ("", 18, 0), ("", 10, 0), ("", 6, 0), ("", 3, 0))
"""Who was put into the pool and when, and on which day picked again; without a name the next prospect."""


@dataclass(frozen=True, slots=True)
class Need:
    """What a customer needs, and its plan: `sent` on a day, `end` (confirmed, changes, dropped) on another."""

    brand: str
    staff: str
    day: int
    what: str
    items: tuple[str, ...] = ()
    sent: int = 0
    end: tuple[str, int] = ("", 0)


NEEDS = (
    Need("苍梧矿泉水", "ouyang", 38, "两条灌装线的水处理，产水电导低于 5 μS/cm，含三年维保。", ("双级反渗透 2×20 吨/时", "臭氧杀菌与在线监测", "三年维保，4 小时到场"), 34, ("confirmed", 29)),
    Need("漱石精酿", "mo", 33, "酿造水除氯除硬，余氯低于 0.05 mg/L。", ("活性炭与软化", "小型反渗透 5 吨/时"), 27, ("changes", 22)),
    Need("霁川半导体", "ouyang", 28, "超纯水扩容 60 吨/时，电阻率 18.2 MΩ·cm。", ("预处理与双级反渗透", "EDI 与抛光混床", "TOC 在线监测"), 16),
    Need("临江第三水务", "ouyang", 24, "运维续约时增加夜间值守和药耗月报。", ("夜间值守一人", "药耗月报", "备件常驻现场"), 9),
    Need("禾丰食品", "mo", 21, "污水站总磷提标到 0.3 mg/L。", ("除磷加药改造", "在线总磷仪"), 12, ("confirmed", 5)),
    Need("北屿文旅", "ouyang", 14, "景区分散式污水站十二座，要求无人值守。"),
    Need("云栖温泉", "mo", 34, "换热机组加软水。", (), 0, ("dropped", 20)),
    Need("清溪医院", "mo", 4, "透析用水双路供应，停一路不停机。"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Deal:
    """An opportunity: opened `day` days ago, moved (stage, day), expected in so many working days."""

    brand: str
    title: str
    staff: str
    day: int
    amount: str
    expected: int
    path: tuple[tuple[str, int], ...] = ()
    next_step: str = ""
    next_in: int = 3
    need: str = ""


DEALS = (
    Deal("苍梧矿泉水", "灌装线水处理与三年维保", "ouyang", 37, "1860000", -20, (("need", 35), ("offer", 33), ("talks", 27), ("won", 10)), need="苍梧矿泉水"),
    Deal("漱石精酿", "酿造水处理系统", "mo", 32, "420000", 25, (("need", 30), ("offer", 26)), "按修改意见出第二版方案", 2, "漱石精酿"),
    Deal("霁川半导体", "超纯水扩容 60 吨/时", "ouyang", 27, "9680000", 40, (("need", 25), ("offer", 15), ("talks", 6)), "技术澄清会，答复 TOC 指标", 4, "霁川半导体"),
    Deal("临江第三水务", "水厂运维服务续约（三年）", "ouyang", 23, "4560000", 60, (("need", 20), ("offer", 8)), "准备到场及时率统计", 4, "临江第三水务"),
    Deal("禾丰食品", "污水站除磷提标", "mo", 20, "760000", 15, (("need", 18), ("offer", 11), ("talks", 4)), "商务谈判，确认付款节点", 1, "禾丰食品"),
    Deal("北屿文旅", "景区分散式污水站", "ouyang", 13, "2350000", 50, (("need", 7),), "踏勘十二个点位", 5, "北屿文旅"),
    Deal("青岚新材料", "循环水零排放", "ouyang", 17, "5200000", 70, (("need", 12),), "等对方中试数据", 8),
    Deal("川野乳业", "CIP 废水回用", "mo", 11, "1280000", 45, (), "约设备部看样板工程", 3),
    Deal("清溪医院", "透析用水双路改造", "mo", 3, "680000", 35, (), "勘查机房", 2, "清溪医院"),
    Deal("澜庭物业", "二次供水泵房维保", "mo", 45, "310000", -12, (("need", 40), ("offer", 31), ("talks", 24), ("won", 18))),
    Deal("云栖温泉", "换热机组软水改造", "mo", 33, "180000", -15, (("need", 29), ("no_need", 20))),
    Deal("恒川制药", "纯化水系统大修", "ouyang", 41, "940000", -8, (("need", 36), ("offer", 28), ("price", 13))),
    Deal("东溟化工", "浓盐水减量", "ouyang", 9, "3100000", 80, (("need", 2),), "送样做小试", 6),
)  # fmt: skip
TARGETS = {"lu": (4, "6000000"), "ouyang": (5, "8000000"), "mo": (4, "3500000")}
"""New customers and yuan a quarter."""
