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
        "product": "质量 故障 坏了 损坏 漏水 漏电 漏油 漏气 渗漏 泄漏 冒烟 起火 异响 噪音 震动 振动 死机 闪退 卡顿 黑屏 花屏 失灵 失效 不工作 没反应 启动不了 打不开 开不了机 报警 停机 宕机 "
        "掉色 褪色 变形 裂 破损 生锈 发霉 霉味 变质 过期 异味 瑕疵 次品 不合格 超标 不达标 浊度 杂质 异物 头发 色差 脱落 气泡 短路 跳闸 不准 误差 做工 材料 材质 面料 口感 味道 "
        "尺寸 型号 规格 功能 界面 软件 系统 版本 升级 设备 机器 机组 仪表 滤芯 说明书 检测报告 检验 保质期 密码 好用 耐用 数据 屏幕 电池 水质 冰箱 洗衣机 热水器 微波炉 电饭煲 "
        "洗碗机 净化器 空调 制冷 不制冷 不制热 不冷 不热 不出水 不吸 不转 遥控器 涂层 掉漆 发烫 烫手 充电 耗电 脱水 咣当 咯吱 卡住 转盘 光猫 宽带 掉线 断网 断线 没信号 信号 网速 "
        "上不去网 红灯 闪烁 验证码 登录 登不上 乱码 导出 导入 同步 丢失 崩了 崩溃 卡死 转圈 bug app 小程序 网页 更新 模式 字体 批量 搜索 接口 权限 按钮 页面 首页 起球 缩水 "
        "线头 开胶 掉毛 铁锈味 发黄 黄水 停水 停电 水压 电压 煤气味 食堂 饭菜 吃坏 有毒 毒 甲醛 滤网 老化 不灵 不亮 不响 不动 失真 跳屏 蓝屏 触屏 闪屏 自动关机 自动重启 掉电 "
        "磨损 断裂 划痕 掉渣 串味 假货 仿品",
        "service": "态度 服务 客服 师傅 工作人员 业务员 前台 接线员 敷衍 推诿 踢皮球 不耐烦 爱理不理 没人接 不接电话 打不通 没人管 没人来 没人理 不回复 没有回复 没消息 没人联系 没人跟进 "
        "没有人跟进 爽约 失约 迟到 骂人 骂 说话难听 回访 上门 预约 排队 转来转去 转人工 热情 周到 耐心 敬业 负责 培训 维保 保养 保修 报修 登记错 承诺 答应 投诉 处理进度 效率 值班 "
        "联系人 关单 素质 专业 响应 骚扰 电梯 物业 保安 保洁 楼道 垃圾 下水道 堵了 车位 消防栓 装修 扰民 协调 邻居 窗口 柜台 柜员 大堂 挂失 护士 医生 医院 专家号 停诊 挂号 体检 "
        "病历 问诊 缴费机 老师 班主任 家长会 在读 转学 报名 占线 营业厅 网点 过户 销户 销号 抢修 通知 工单 没回复 不回 重置 离职 流水 盖章 清洗 通一下 来电显示 小姐姐 小哥 会员 "
        "办卡 办理 手续 处理结果 停电通知 监控 门禁 绿化 打扫 没影 保安室 业主 家政 导购 讲解 教我 一步步 排了 叫号 值机 投诉电话 不理 装死 推来推去 三天两头 跑了 来回跑 一问三不知 "
        "说话不算",
        "price": "价格 费用 收费 多收 乱收费 扣费 扣款 扣了 退款 退钱 退费 押金 保证金 定金 发票 账单 对账 开票 税号 税率 报价 报价单 涨价 降价 差价 太贵 便宜 优惠 折扣 打折 活动价 "
        "会员价 返利 回扣 好处费 手续费 滞纳金 违约金 运费险 续费 付款 付费 支付 转账 到账 分期 利息 多少钱 性价比 实惠 划算 账户 金额 货款 充值 起订量 套餐 优惠券 报销 物业费 "
        "电费 水费 燃气费 停车费 学费 年费 首年免 医保 收费单 存单 利率 阶梯 公摊 涨了 涨到 流量 彩铃 啥价 什么价 报个价 抬头 分两次 托管费 抄表 抄错 检查费 宰 坑钱 被扣 多扣 "
        "少退 不退 还贵 起算 服务费 会费 账户服务费 话费 工钱 上门费 拆装费 人工费 改价 原价 赠品 满减 红包 代金券 返现 计费 欠费 催缴",
        "delivery": "快递 物流 发货 送货 配送 到货 收货 没收到 未收到 签收 包裹 运输 运费 延误 延期 拖延 逾期 工期 交付 交货 交期 交房 安装排期 催单 缺货 断料 少发 漏发 发错 错发 换货 仓库 "
        "出库 卸货 装车 单号 超时 送到 送达 冷链 外卖 驿站 司机 自提 取件 加急 当天达 下单 订单 派送 派件 快递员 保价 碎了 压扁 挤压 寄出 寄到 没寄到 到哪了 几号能到 多久能到 "
        "到货了 还没到 改地址 上线 教材 发下来 面单 零担 整车 托运 放柜子 丢件 少件 送货上门 补发 退件 拒收 中转 滞留 揽收 发到 冷藏车 约好送 送来 没送 不送 配件没到 提货 竣工",
        "other": "网站 公众号 广告 宣传 短信 推销 招聘 实习 代理 加盟 参观 停车场 绿化 活动 年会 证明 宣传册 地址在哪 几点下班 几点上班 营业时间 上班时间 探视时间 备案 官网 区别 合影 捐赠 "
        "采访",
    },
    "type": {
        "misconduct": "举报 吃回扣 回扣 索要 好处费 受贿 贪污 私下收 私活 伪造 造假 假发票 冒用 偷换 偷 赌博 改日期 底价 没有检测就 实名举报 红包 私售 往外卖 小鞋 查处 索贿 违规收 虚报 吃拿卡要 "
        "勾结 贩卖 卖客户 挪用 截留 收黑钱 塞钱 私自收 给回扣 收钱办事 职务侵占 走后门",
        "praise": "表扬 感谢 点赞 好评 锦旗 很满意 非常满意 真不错 太好了 特别好 很好 给力 贴心 敬业 推荐给 热情 周到 耐心细致 下次还来 爽快 放心 惊人 精致 真高 太方便 很负责 实惠 性价比很高 "
        "很温柔 妥妥当当 有意义 感激 好人 辛苦了 大大的赞 爱了 念你们 挺好 真好 超好 太棒 很棒 真棒 暖心 细心 盼着 没得说 靠谱 五星 全靠 多亏 幸亏你们 谢谢你们 真的谢谢 特意感谢 "
        "活儿干得 干得漂亮 专业得很 又快又好",
        "suggestion": "建议 希望能 希望可以 希望 能不能改 能不能加 能不能给 能不能提供 可以考虑 最好 要是能 要是 就更好 就好了 不如 可以多 可以少 可以搞 改进 增加一个 能不能装 能不能放 能不能先 "
        "能不能关 能不能发 能不能每 能不能多 可不可以加 可不可以给 最好能 多放 多设 增设 加个 加一个 要有个 是不是可以 应该有 不妨 提个意见 提个建议 通知发",
        "inquiry": "请问 咨询 想问 想了解 想知道 怎么 怎样 如何 多少 几天 多久 是否 有没有 能否 吗 什么意思 什么条件 在哪里 多长 几点 哪里 谁出 什么时候能 啥 咋 咋整 咋弄 几号 到哪 啥价 "
        "什么价 报个价 利率 起算 区别 要带什么 什么材料 能报几 交多少 要不要 几个点 手续 能不能用 行不行 可不可以 多少吨 支持吗 好不好用 营业",
        "request": "请派 请安排 麻烦 请帮 请把 请给 请寄 请协助 申请 需要一 需要远程 帮我 请尽快派 想把 请发 协助 加急 帮忙 叫个人 派个 派人 重置 开通 补办 过户 复印 开一份 办一下 弄一下 "
        "改一下 修一下 通一下 查一下 开一下 寄给我 重开 报修 注销 变更 想复印 预约 改约 取消一下 加急一下 处理一下 帮我改 快派",
        "complaint": "投诉 不满 态度恶劣 太差 失望 气愤 恶心 骗 欺骗 忽悠 赔偿 退货 要求退 要个说法 说法 坏了 故障 漏 失灵 超标 不合格 拖 延误 没人 推诿 敷衍 乱收费 多收 骂 差点 危险 又坏 "
        "再也不 不接 不给 才 根本 还没 一直 结果 不肯 不退 破损 超时 迟迟 不一样 少发 发错 停产 冒烟 泄漏 起火 凭什么 莫名其妙 说好 第三回 困人 没影 到底 霸王条款 活该 宰 黄了 "
        "干等 碎了 坑 被扣 扣了我 退钱 怎么赔 损失 没人收 臭 堵着 停水 断网 没信号 掉线 崩了 丢了 输错 又停 又崩 跑了 反映了 回复没有 招呼不打 垃圾 服了 交代 给个说法 不认 太黑 "
        "欺负 黑心 上吐下泻 占线 打不通 发烫 塌 着火 困在 差评 没通知 煤气味 铁锈味 看不懂 抄错 不予 工信部 市场监管 消协 12315 威胁 没处理 没给 没人通知 没退 涨了一倍 泄露 "
        "疑似 全没 烫红 半天 白跑 活活 忍不了 气死 无语 呵呵 糊弄 骗人 耍赖 不作为 不负责任 什么素质 怎么又 还有没有 排了",
        "feedback": "反馈 跟你们说一声 说一声 记录一下 收到了 整体还行 可以接受 没有别的问题 略 不影响使用 不过 稍 留意一下 不严重 还凑合 好像 可能是 偶尔 有点 不影响 没事 提醒一下 反映一下 顺便说 "
        "告知一下 看不太清 麻烦留意",
    },
    "urgency": {
        "major": "起火 着火 爆炸 触电 漏电 电麻 冒烟 受伤 伤人 住院 医院 中毒 死亡 泄漏 停产 全厂 全线 瘫痪 宕机 危险 危及 撤离 报警关不掉 上吐下泻 拉肚子 刹车 安全阀 媒体 记者 曝光 起诉 "
        "律师 集体 食物中毒 消防 燃气 立即派 马上来人 人命 回扣 过期产品 盖章 人命关天 输错了药 煤气味 出人命 昏迷 抢救 骨折 流血 窒息 烧伤 烫伤 别人的账户 身份证号 全没了 三百多万 "
        "上不来气 爆管 坍塌 坠落 消防栓没水",
        "serious": "停工 断料 停机 反复 多次 第三次 又 三天两头 不合格 超标 被困 夹到 返工 返修 大面积 同批 全都 影响生产 违约金 万 泄露 伪造 举报 私下 冒用 骂人 丢在 一拖再拖 没有任何消息 "
        "漏油 温度 裂缝 死机 赔偿 尽快派 困人 冒烟 第三回 一栋楼 整栋楼 全小区 五万 六千 一千二 损失 停水 停电 停业 停诊 碎了 崩了 市场监管 工信部 全额退款 书面答复 红包 有毒 烫红 "
        "幼儿园 老人 孩子被 被打 威胁 凭什么",
        "ordinary": "建议 请问 希望 咨询 麻烦 感谢 表扬 一点 偶尔 顺便 几点 多少钱 谢谢",
    },
    "mood": {
        "angry": "恶劣 恶心 气愤 愤怒 欺骗 骗子 垃圾 冤大头 曝光 起诉 太过分 忍无可忍 投诉到 骂 说法 恶意 黑心 无耻 再也不 没有诚信 吓得 危险 还敢 凭什么 个屁 什么素质 活该 宰 霸王条款 "
        "太黑 服了 无语 气死 差劲 还有没有 坑人 不要脸 有病 交代 人命关天 莫名其妙 到底 忍不了 欺负",
        "negative": "失望 不满 太差 太慢 没人 不耐烦 敷衍 推诿 难听 坏了 故障 漏 失灵 超标 不合格 破损 多收 多扣 扣了两次 拖 延误 超时 没收到 没有收到 少发 发错 投诉 举报 不接 还没 一直 "
        "老是 又坏 不准 不退 根本 差点 死机 裂 掉色 异味 霉 噪音 停产 停工 断料 不一样 不肯 才来 冒烟 泄漏 错误 卡 生锈 塌 白等 催了 不合理 伪造 回扣 说好 困人 没影 损失 碎了 "
        "臭 堵 停水 断网 没信号 掉线 崩了 丢了 输错 跑了 反映了 占线 打不通 煤气味 铁锈味 看不懂 抄错 没处理 没退 涨了 发烫 烫红 干等 被扣 扣了 排了 黄了 歪了 不认 威胁 全没 "
        "暗示 骗 查处 偷偷 私售 回复没有",
        "positive": "感谢 谢谢 满意 表扬 点赞 好评 不错 很好 特别好 给力 热情 周到 耐心 敬业 贴心 惊人 实惠 爽快 放心 锦旗 辛苦 推荐 精致 真高 方便 负责 温柔 便宜 甜甜 到位 妥妥 感激 好人 "
        "辛苦了 爱了 念你们 挺好 真好 太棒 很棒 真棒 暖心 细心 盼着 没得说 靠谱 多亏 漂亮 大大的赞",
        "calm": "请问 建议 希望 咨询 麻烦 申请 请把 请给 请派 记录一下 收到 帮我 帮忙 能不能 几点 多少 啥 留意一下 说一声 不严重",
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
