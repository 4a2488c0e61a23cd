"""Seeded Chinese texts for the bench: words of a made-up trade, strung into sentences."""

from __future__ import annotations

import random

THINGS = (
    "膜组", "水泵", "风机", "阀门", "滤芯", "机房", "管道", "仪表", "电机", "控制柜", "加药罐", "换热器", "冷却塔", "传感器",
    "平台", "发票", "合同", "报价", "备件", "报告", "巡检", "维保", "培训", "热线", "物流", "仓库", "班组", "现场", "系统", "账号",
)  # fmt: skip
TROUBLES = (
    "漏水", "异响", "停机", "超标", "掉线", "延误", "开错", "破损", "堵塞", "过热", "报警", "短缺", "发错", "重复", "失效",
    "松动", "腐蚀", "偏高", "偏低", "中断", "缺货", "投诉", "拒收", "返修", "误报", "锈蚀", "跳闸", "结垢", "泄压", "振动",
)  # fmt: skip
WISHES = (
    "请尽快处理",
    "希望安排专人",
    "影响生产",
    "已经第三次",
    "请书面答复",
    "客户很着急",
    "要求赔偿",
    "请给出时间",
)
MARKS = tuple("甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥")


RARE = (
    "饕餮", "貔貅", "氤氲", "踟蹰", "龃龉", "旖旎", "踯躅", "觊觎", "蹉跎", "耄耋", "饕珍", "鳏寡", "囹圄", "魍魉", "霹雳", "缱绻",
)  # fmt: skip
ONE_IN = 4_000


class Texts:
    """Titles and contents; the same seed gives the same texts."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311  texts, not secrets

    def title(self) -> str:
        return f"{self.chance.choice(MARKS)}区{self.chance.choice(THINGS)}{self.chance.choice(TROUBLES)}"

    def content(self) -> str:
        """Two to five short sentences, some 60 characters; one in 4,000 names something that hardly ever occurs."""
        parts = []
        for _ in range(self.chance.randint(2, 5)):
            marks = self.chance.choice(MARKS) + self.chance.choice(MARKS)
            parts.append(
                f"{marks}{self.chance.choice(THINGS)}{self.chance.choice(TROUBLES)}，{self.chance.choice(WISHES)}"
            )
        if self.chance.randrange(ONE_IN) == 0:
            parts.append(f"型号{self.chance.choice(RARE)}")
        return "。".join(parts) + "。"
