"""Words that mean the same to a customer: the table that comes with the product, and rows that a company adds.

A row is one meaning. Where any of its words stands in a text, the text has that meaning; a longer word wins over a
shorter one inside it. Pure Python.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

READY = """
退款 退钱 退费 钱退 返款 把钱退 还钱 退给我 能退 怎么退 退还 退回来 拿回来 打给我们
退货 退掉 不想要 不要了 寄回 退回去
换货 换台新 换一台新 换新机 调换 换大 换小 调一个 换同型号
坏 坏了 故障 损坏 出毛病 失灵 不工作 不好使 不好用 出问题
报修 叫师傅 派人 修一下 来修 找谁修 找人修 上门修
维修 修理 检修 修好 修的 大修
发票 开票 票据 的票 开票 有票 专票 普票 电子票 纸质票 没票 票怎么开
抬头 公司名字 单位名称 名头
丢失 丢了 弄丢 寄丢 没收到 找不到 弄没 不见了 遗失
错 写错 填错 输错 开错 错了 不对 开成
漏水 渗水 滴水 滴答 漏了 一滩水 有水 跑水 往外渗
不出水 没水 没有水 出不来 不淌水 断水 一滴水都没有 一滴都 啥都没有 突然停水
水量小 水流细 水很小 出水慢 慢 流量小 产水量 产量 半天才 越来越慢 等好几分钟 水流很细
噪音 声音 吵 响 异响 嗡嗡 啸叫 轰隆 响声
震动 抖动 抖
开机 通电 插上电 插电 启动 开不了
跳闸 一合闸就跳 合不上 跳了
没反应 无反应 死机 黑屏 不亮 屏幕黑
报警 警报 嘀嘀 滴滴叫 故障码 代码 红灯 闪
消除 解除 消掉 清除 复位 归零 清零
滤芯 芯子 滤心 新芯 换芯 的芯 滤棒 旧芯
更换 换掉 换一回 要换 该换 换了 换吗 换个 换上
多久 多长时间 几天 几个月 几个小时 多少小时 什么时候 啥时候 何时 几时 几点 几年 几小时 多少天 寿命
多少钱 价格 价钱 价目 收费 费用 报价 花多少 怎么收 几块钱 贵 收多少 交什么费 单价 什么费 要钱
免费 不收费 不要钱 不用钱 白送
便宜 降价 优惠 打折 折扣 特价
购买 买 在哪买 下单 购货 选购 采购
真假 正品 防伪 原装 假货 真伪
备用机 备机 临时机 替代 代用 顶着 借一台 借用
零件 配件 备件 部件
停产 不生产 老型号 老机器 旧机 十年前
压力 水压
水垢 水碱 白垢 结垢 白色沉淀 一层白 碱
异味 怪味 味道 有味 味 腥味 霉味 臭味 股味 涩
浑浊 浑 发浑 泥汤 不清 浊
发黄 黄的 黄色 铁锈 锈 生锈
发白 白色 乳白 白的
颜色 变色
饮用 直接喝 喝 能喝 可以喝 直饮 生水 生喝
婴儿 宝宝 小孩 孩子 奶粉 婴幼儿
孕妇 怀孕
化验 检测 检验 测一下 送检 检查报告 化验单
报告 检测报告 报告单
超标 不达标 不合格 爆了 高了 超了
环保局 环保 罚款 被罚 罚钱 环保部门
污泥 泥饼 压滤出来的泥 的泥 泥
危废 危险废物 危险固废
药剂 药 药水 加药 投药 药品 化学品
投加 放多少 放几克 加多少 用量 剂量 配多少 配比 投多少
絮凝剂 混凝剂 PAC 聚合氯化铝 PAM 聚丙烯酰胺
计量泵 加药泵
气泡 空气 排气 有气 泡泡
风机 鼓风机 曝气机
好氧池 曝气池 池子
臭 臭气 臭味 恶臭 臭鸡蛋 难闻 太臭
邻居 居民 周围居民
有毒 毒气 有毒气体 中毒
反渗透 RO ro 逆渗透
膜污堵 膜堵 污堵 膜元件
清洗 洗 冲洗 刷洗 洗一趟 消杀 消毒
水箱 水池 蓄水池 储水罐 储罐 储水箱 水罐 二次供水
青苔 绿藻 长毛
盐 软水盐 食用盐 炒菜的盐 食盐
盐箱 盐桶
软化 软水 软水机
紫外线 紫外 紫外灯 UV 杀菌灯 灯管 消毒灯
防冻 结冰 冻住 零下 上冻 冻坏 保温 天冷 低温 冬天 冬季
停用 放假 停产 不用机器 出差 暑假 过年 长时间不用 长期 歇业 两个月不用
重新启用 重新开机 再开机 恢复使用
安装 装机 来装 装一台 安上 装
预约 约时间 约好 怎么约 约 改期 改时间 改到
师傅 工程师 维修工 安装工 工人 维修员 维修的人 上门的人 那个人 技术员
上门 来人 到家 到场 派人来 过来 上门服务 到场
等了 还没来 没人来 等半天 怎么还不来 没动静
验收 调试 签单子 验收单
试运行 试跑 连续跑
移机 搬家 搬厂 挪 挪到 换位置 换个位置 搬过去 换地方 搬新
拆 拆装 拆卸 拆掉 拆过去
培训 教 学习 操作视频 教我们 学会 再教 不会用 不会操作
操作证 上岗证
场地 地方 面积 房间 设备间 空间 留多大
电源 三相电 用电 三相 单相
承重 荷载
保修 质保 在保 还保 包修 过保 给保 给不给保 保几年 保吗 保不保
自己改 改装 改过 擅自
晚上 夜间 半夜 夜里
节假日 国庆 春节 放假 五一 过年 法定
周末 周六 周日 星期六 星期天 礼拜天 双休日
维保 保养 年保 维护保养
套餐 全包 基础套餐 标准套餐
到期 快到了 过期 期满
续签 续费 续期 续 再续
断保 断了 断档
记录 单子 台账 干了啥 做了什么
巡检 巡查 例行检查
手机 手机上 APP app 小程序
远程 手机看 远程看 线上看
离线 掉线 断网 连不上 不更新 看不到数据
权限 开通 邀请 加人 成员
指定 点名 还想让 专门
换人 换个人 派别人 不想再见 更换工程师 别的人 另派
态度 服务态度 态度差
红冲 冲红 作废 重开
税号 纳税人识别号
转账 对公 汇款 打款 账号 账户 对公账号
支付 付款 付钱 给钱 交钱 支付宝 微信支付 刷卡
分期 分批 分几次
个人账户 个人卡 私人账户 他个人 私户
诈骗 骗子 骗 骗人 假冒 是真的吗
押金 质保金 保证金 尾款 押的钱
租赁 租 租机器
型号 机型 哪款 选型 推荐 多大的
方案 设计方案
快递 物流 运单 单号 发货 到货 送到 货到 配送 送货
上楼 搬上楼 搬运
破损 磕碰 压坏 压扁 摔 摔了 碰坏 破了 刮花
少件 少发 缺件 漏发 缺少
签收 收货 收到货 拆箱 开箱
邮费 运费 快递费
价保 价格保护 补差 退差 差价 差的钱 补差价
取消 撤销 撤 撤回 不要了
地址 收货地址
合同 协议
复印件 扫描件 再给一份 盖章 盖红章 公章
资质 证书 资质证书 许可证
补贴 补助 奖励 政府补贴 补多少
以旧换新 折旧 抵多少钱 折价 抵
登录 登不上 登不上去 进不去 登陆
密码 口令
验证码 校验码
锁住 锁定 被锁 冻结
负责人 联系人 对接人 前任 管理员
离职 辞职 走了 不干了
换号 手机号 号码 换手机
短信 广告 推广短信 广告短信
个人信息 隐私 我的信息 我的资料 个人资料 资料 信息
删除 清掉 删掉 抹掉 销户 注销
投诉 举报 告你们 气死
没人管 没人理 不理 不管 没人处理
不满意 不满 有意见 异议 不服
答复 回复 给个说法 结果
进度 到哪一步 办到哪 处理情况 哪个部门 到哪了
查询码 编号 单号
上班 下班 营业时间 工作时间 服务时间 几点上班 几点下班
人工 转人工 人工客服 真人
电话 热线 打电话 哪个号码 接电话
网点 门店 服务站 站点 附近 最近 你们的点
路费 交通费 车费
代理 加盟 经销 经销商 代理商
供应商 供货 推销 供应
召回 有问题的 批次 那批
漏电 触电 麻手 发麻 麻 被电
接地 地线 接地线
雷 打雷 雷雨 雷雨天
眼睛 眼里
误食 误喝 喝了 误服
次氯酸钠 84 消毒液
盐酸 酸
泄漏 流一地 洒了 溢出
废水 浓水 排掉 废水比
耗电 电费 用电量 费电 耗电量 多少电
浪费水 费水 废水比
区别 差别 不同 哪个好 选哪个 有啥区别
锅炉 锅炉防结垢
浇花 浇水 冲厕所 拖地
洗澡 沐浴
超滤 UF
工具 扳手 随机扳手
步骤 流程 怎么弄 自己动手 自己换 方法
有害 危害 影响健康 对身体
指标 数据 数值
液位 药面 液面
拧紧 拧不动 拧不开
郊区 郊县 县城 县里 乡下
急 紧急 尽快 最快 马上 立刻
公司 单位 企业
地下水 井水 原水
电脑 网页 官网 网站
领导 经理 主管 老板
下载 导出 哪下
补发 补寄 再发 补
客户门户 门户 客户中心
钱 款 费
"""

Groups = tuple[tuple[str, ...], ...]


def groups_of(text: str) -> Groups:
    """The rows of a table as people type it: a line a meaning, its words parted by blanks, commas or slashes."""
    rows = (
        tuple(dict.fromkeys(re.split(r"[\s,，、/]+", line.strip().casefold()))) for line in text.splitlines()
    )
    return tuple(row for row in rows if len(row) > 1 and all(row))


class Synonyms:
    """Which meanings a text has."""

    def __init__(self, groups: Iterable[Iterable[str]] = ()) -> None:
        self._meanings: dict[str, set[int]] = {}
        for n, group in enumerate((*groups_of(READY), *groups)):
            for word in group:
                self._meanings.setdefault(word, set()).add(n)
        self._starts: dict[str, int] = {}
        for word in self._meanings:
            self._starts[word[0]] = max(self._starts.get(word[0], 0), len(word))

    def found_in(self, text: str) -> list[tuple[int, int, tuple[int, ...]]]:
        """Begin, end and meanings of the words of the table in a folded text, from left to right."""
        found, at = [], 0
        while at < len(text):
            size = min(self._starts.get(text[at], 0), len(text) - at)
            while size and text[at : at + size] not in self._meanings:
                size -= 1
            word = text[at : at + size]
            if size and _stands_alone(text, at, at + size):
                found.append((at, at + size, tuple(sorted(self._meanings[word]))))
                at += size
            else:
                at += 1
        return found


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Letters and digits are words as wholes only: no RO in PROBLEM."""
    if not text[start:end].isascii():
        return True
    before, after = text[start - 1 : start], text[end : end + 1]
    return not (before.isascii() and before.isalnum()) and not (after.isascii() and after.isalnum())
