"""What is proposed before there are enough confirmed cases: words that speak for an answer. Pure Python.

The lists are general, of no trade in particular; each company changes its own on the page of words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise

from keyue.sorting.model.features import plain
from keyue.sorting.model.guessing import Guess

Lists = Mapping[str, Mapping[str, Sequence[str]]]

WORDS: dict[str, dict[str, str]] = {
    "category": {
        "product": "质量 故障 坏了 损坏 漏水 漏电 漏油 漏气 渗漏 泄漏 冒烟 起火 异响 噪音 震动 振动 死机 闪退 卡顿 黑屏 花屏 失灵 失效 不工作 "
        "没反应 启动不了 打不开 开不了机 报警 停机 宕机 掉色 褪色 变形 裂 破损 生锈 发霉 霉味 变质 过期 异味 瑕疵 次品 不合格 超标 不达标 "
        "浊度 杂质 异物 头发 色差 脱落 气泡 短路 跳闸 不准 误差 做工 材料 材质 面料 口感 味道 尺寸 型号 规格 功能 界面 软件 系统 版本 升级 "
        "设备 机器 机组 仪表 滤芯 说明书 检测报告 检验 保质期 密码 好用 耐用 数据 屏幕 电池 水质",
        "service": "态度 服务 客服 师傅 工作人员 业务员 前台 接线员 敷衍 推诿 踢皮球 不耐烦 爱理不理 没人接 不接电话 打不通 没人管 没人来 没人理 不回复 "
        "没有回复 没消息 没人联系 没人跟进 没有人跟进 爽约 失约 迟到 骂人 骂 说话难听 回访 上门 预约 排队 转来转去 转人工 热情 周到 耐心 敬业 负责 "
        "培训 维保 保养 保修 报修 登记错 承诺 答应 投诉 处理进度 效率 值班 联系人 关单 素质 专业 响应 骚扰",
        "price": "价格 费用 收费 多收 乱收费 扣费 扣款 扣了 退款 退钱 退费 押金 保证金 定金 发票 账单 对账 开票 税号 税率 报价 报价单 涨价 降价 差价 太贵 "
        "便宜 优惠 折扣 打折 活动价 会员价 返利 回扣 好处费 手续费 滞纳金 违约金 运费险 续费 付款 付费 支付 转账 到账 分期 利息 多少钱 性价比 实惠 划算 "
        "账户 金额 货款 充值 起订量 套餐 优惠券 报销",
        "delivery": "快递 物流 发货 送货 配送 到货 收货 没收到 未收到 签收 包裹 运输 运费 延误 延期 拖延 逾期 工期 交付 交货 交期 交房 安装排期 催单 "
        "缺货 断料 少发 漏发 发错 错发 换货 仓库 出库 卸货 装车 单号 超时 送到 送达 冷链 外卖 驿站 司机 自提 取件 加急 当天达 下单 订单",
        "other": "网站 公众号 广告 宣传 短信 推销 招聘 实习 代理 加盟 参观 停车场 绿化 活动 年会 证明 宣传册 地址在哪",
    },
    "type": {
        "misconduct": "举报 吃回扣 回扣 索要 好处费 受贿 贪污 私下收 私活 伪造 造假 假发票 冒用 偷换 偷 赌博 改日期 底价 没有检测就",
        "praise": "表扬 感谢 点赞 好评 锦旗 很满意 非常满意 真不错 太好了 特别好 很好 给力 贴心 敬业 推荐给 热情 周到 耐心细致 下次还来 爽快 放心 惊人 "
        "精致 真高 太方便 很负责 实惠 性价比很高 很温柔 妥妥当当 有意义",
        "suggestion": "建议 希望能 希望可以 希望 能不能改 能不能加 能不能给 能不能提供 可以考虑 最好 要是能 要是 就更好 就好了 不如 可以多 可以少 可以搞 改进 增加一个",
        "inquiry": "请问 咨询 想问 想了解 想知道 怎么 怎样 如何 多少 几天 多久 是否 有没有 能否 吗 什么意思 什么条件 在哪里 多长 几点 哪里 谁出 什么时候能",
        "request": "请派 请安排 麻烦 请帮 请把 请给 请寄 请协助 申请 需要一 需要远程 帮我 请尽快派 想把 请发 协助 加急",
        "complaint": "投诉 不满 态度恶劣 太差 失望 气愤 恶心 骗 欺骗 忽悠 赔偿 退货 要求退 要个说法 说法 坏了 故障 漏 失灵 超标 不合格 拖 延误 没人 推诿 敷衍 "
        "乱收费 多收 骂 差点 危险 又坏 再也不 不接 不给 才 根本 还没 一直 结果 不肯 不退 破损 超时 迟迟 不一样 少发 发错 停产 冒烟 泄漏 起火",
        "feedback": "反馈 跟你们说一声 说一声 记录一下 收到了 整体还行 可以接受 没有别的问题 略 不影响使用 不过 稍",
    },
    "urgency": {
        "major": "起火 着火 爆炸 触电 漏电 电麻 冒烟 受伤 伤人 住院 医院 中毒 死亡 泄漏 停产 全厂 全线 瘫痪 宕机 危险 危及 撤离 报警关不掉 上吐下泻 拉肚子 刹车 "
        "安全阀 媒体 记者 曝光 起诉 律师 集体 食物中毒 消防 燃气 立即派 马上来人 人命 回扣 过期产品 盖章",
        "serious": "停工 断料 停机 反复 多次 第三次 又 三天两头 不合格 超标 被困 夹到 返工 返修 大面积 同批 全都 影响生产 违约金 万 泄露 伪造 举报 私下 冒用 骂人 丢在 "
        "一拖再拖 没有任何消息 漏油 温度 裂缝 死机 赔偿 尽快派",
        "ordinary": "建议 请问 希望 咨询 麻烦 感谢 表扬 一点 偶尔",
    },
    "mood": {
        "angry": "恶劣 恶心 气愤 愤怒 欺骗 骗子 垃圾 冤大头 曝光 起诉 太过分 忍无可忍 投诉到 骂 说法 恶意 黑心 无耻 再也不 没有诚信 吓得 危险 还敢",
        "negative": "失望 不满 太差 太慢 没人 不耐烦 敷衍 推诿 难听 坏了 故障 漏 失灵 超标 不合格 破损 多收 多扣 扣了两次 拖 延误 超时 没收到 没有收到 少发 发错 投诉 举报 "
        "不接 还没 一直 老是 又坏 不准 不退 根本 差点 死机 裂 掉色 异味 霉 噪音 停产 停工 断料 不一样 不肯 才来 冒烟 泄漏 错误 卡 生锈 塌 白等 催了 不合理 伪造 回扣",
        "positive": "感谢 谢谢 满意 表扬 点赞 好评 不错 很好 特别好 给力 热情 周到 耐心 敬业 贴心 惊人 实惠 爽快 放心 锦旗 辛苦 推荐 精致 真高 方便 负责 温柔 便宜 甜甜 到位 妥妥",
        "calm": "请问 建议 希望 咨询 麻烦 申请 请把 请给 请派 记录一下 收到",
    },
}
NO = "不没无未别"
SURE = {"category": 0.75, "type": 0.75, "urgency": 0.7, "mood": 0.8}
"""What a list that nothing contradicts is worth at most: words are no proof."""
COPIES = 3
FALLBACK = {"urgency": "ordinary", "mood": "calm"}
"""What is proposed where no word speaks."""


@dataclass(frozen=True, slots=True)
class _Found:
    score: float
    words: tuple[str, ...]


def lists(changed: Lists | None = None) -> dict[str, dict[str, tuple[str, ...]]]:
    """The lists with what a company has changed."""
    found = {
        question: {label: tuple(words.split()) for label, words in labels.items()}
        for question, labels in WORDS.items()
    }
    for question, labels in (changed or {}).items():
        for label, words in labels.items():
            found.setdefault(question, {})[label] = tuple(words)
    return found


def guesses(text: str, known: Lists | None = None) -> dict[str, Guess]:
    """The answer to each question for which most words speak; none where no word does, but for `FALLBACK`."""
    said = plain(text)
    found = {}
    for question, labels in (known or lists()).items():
        spoken = {label: _spoken(said, words) for label, words in labels.items()}
        best = max(spoken, key=lambda label: spoken[label].score) if spoken else ""
        top = spoken[best].score if best else 0.0
        if top:
            rest = sum(one.score for label, one in spoken.items() if label != best)
            share = SURE.get(question, 0.75) * top / (top + 0.7 * rest + 0.5)
            found[question] = Guess(best, share, spoken[best].words[:3])
        elif question in FALLBACK:
            found[question] = Guess(FALLBACK[question], 0.5)
    return found


@lru_cache(maxsize=4096)
def _plain(word: str) -> str:
    return plain(word)


@cache
def _own() -> dict[str, dict[str, tuple[str, ...]]]:
    return lists()


def marks(said: str) -> tuple[str, ...]:
    """What the lists of the product, which no company has changed, say of a plain text: a model learns how much that is
    worth. Each several times, to weigh as much as a few words."""
    found = []
    for question, labels in _own().items():
        for label, words in labels.items():
            if _spoken(said, words).score:
                found += [f"words:{question}={label}:{k}" for k in range(COPIES)]
    return tuple(found)


def _spoken(said: str, words: Sequence[str]) -> _Found:
    """How much of a text a list of words speaks for: longer words more, a word after a negation nothing."""
    places: list[tuple[int, int, str]] = []
    for word in words:
        at = said.find(_plain(word)) if word else -1
        if at >= 0 and not (at and said[at - 1] in NO and word[0] not in NO):
            places.append((at, at + len(word), word))
    # of words within each other, the longest
    places.sort(key=lambda place: (place[0], -place[1]))
    kept = places[:1]
    for (_start, _end, _word), place in pairwise(places):
        if place[1] > kept[-1][1]:
            kept.append(place)
    score = sum(1.0 + 0.5 * (end - start - 2) for start, end, _word in kept)
    return _Found(
        max(score, 0.0), tuple(word for _start, _end, word in sorted(kept, key=lambda p: p[0] - p[1]))
    )
