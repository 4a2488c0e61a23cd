"""What customers of the demo say on all channels, and what they are answered. Pure Python; all names are made up.

An act is its name, the minutes since the act before, and what it needs; `talks.py` has a method of each name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Act = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation: by which channel (`way`), with whom (`brand`: how the customer's name begins; else a stranger with this
    `name`), when: at an `hour` of the `ago`-th working day before today, or `since` minutes ago."""

    key: str
    way: str
    acts: tuple[Act, ...]
    brand: str = ""
    name: str = ""
    ago: int = 0
    hour: float = 0.0
    since: float = 0.0
    subject: str = ""


def says(after: float, text: str, **more: Any) -> Act:
    """The customer says something: `file` names a file that comes along, `way` another channel."""
    return ("says", after, text, more)


def answers(after: float, who: str, text: str, **more: Any) -> Act:
    """A person answers: `promised` is (what, hours until it is due), `code` the canned answer that it was made from."""
    return ("answers", after, who, text, more)


def ends(after: float, who: str, summary: str, opinion: str = "none") -> tuple[Act, ...]:
    """The end, with what it was about."""
    return (("records", after, who, summary, opinion), ("ends", 0.4, who))


PAST: tuple[Talk, ...] = (
    Talk(
        "filter",
        "chat",
        (
            says(0, "滤芯多久换一次？"),
            says(2.1, "我们原水比较浑，还是转人工吧"),
            answers(1.2, "lin", "您好，原水浑浊的地区间隔要减半。您把设备编号发我，我查上次更换的日期。"),
            says(1.6, "CC-20231107，铭牌上写的"),
            answers(3.4, "lin", "查到了，上次是去年 9 月换的，PP 棉和活性炭都到期了。要安排师傅上门吗？"),
            says(0.8, "要的，周五上午方便"),
            ("needs", 1.0, "lin", "加购一套前置过滤耗材，并改为每季度更换"),
            *ends(1.5, "lin", "咨询滤芯更换周期，已说明并安排周五上午上门。"),
        ),
        brand="禾丰食品",
        ago=14,
        hour=10.2,
    ),
    Talk(
        "invoice",
        "email",
        (
            says(
                0,
                "您好：\n\n上个月的维保发票抬头开成了分公司，请帮忙重开一张，抬头和税号见附件。\n\n谢谢。",
                file="开票资料.txt",
            ),
            answers(
                47,
                "yu",
                "您好，已收到开票资料。原票今天红冲，新票两个工作日内发到您的邮箱。",
                promised=("重开维保发票并发到客户邮箱", 46),
            ),
            ("keeps", 60 * 21, "yu"),
            says(95, "收到了，抬头对的，谢谢。"),
            *ends(12, "yu", "发票抬头有误，已红冲重开，客户确认收到。"),
        ),
        brand="川野乳业",
        ago=13,
        hour=9.7,
        subject="维保发票抬头开错，请重开",
    ),
    Talk(
        "pressure",
        "wechat",
        (
            says(0, "你好，昨天开始进水压力忽高忽低，0.1 到 0.3 来回跳"),
            says(0.4, "拍了段压力表的照片", file="压力表.png"),
            answers(26, "ning", "收到。请先看一下增压泵前的 Y 型过滤器有没有堵，关阀后拧开就能看到。"),
            says(34, "确实堵了，全是泥沙，洗完压力稳了"),
            answers(4, "ning", "好的，这种情况说明前端来水变浑了，建议本月内加一次巡检。"),
            ("knows", 1, "ning"),
            ("notes", 2, "ning", "进水压力波动，Y 型过滤器堵塞，客户自行清洗后恢复；建议加一次巡检。"),
            *ends(3, "ning", "进水压力波动，指导客户清洗过滤器后恢复。"),
        ),
        brand="恒川制药",
        name="恒川设备部小何",
        ago=12,
        hour=14.3,
    ),
    Talk(
        "noise",
        "chat",
        (
            says(0, "风机房噪音特别大，隔壁宿舍投诉了"),
            answers(2.4, "yu", "您好，给您添麻烦了。请问是一直响，还是启动那几分钟响？"),
            says(1.4, "一直响，像是轴承"),
            ("becomes", 2.2, "yu", "complaint", "风机房噪音扰民", "噪声扰民"),
            answers(1.1, "yu", "已登记为投诉，编号会发到您的短信。工程服务部今天联系您约上门时间。"),
            *ends(2.0, "yu", "风机轴承异响影响宿舍，已登记投诉。", "said"),
        ),
        brand="清溪医院",
        ago=12,
        hour=16.1,
    ),
    Talk(
        "sms_time",
        "sms",
        (
            says(0, "请问明天师傅几点到？我们 11 点要开会"),
            answers(8, "lin", "您好，师傅明天上午 9 点到 10 点之间到，到前半小时会再打电话给您。"),
            says(3, "好的"),
            *ends(6, "lin", "确认上门时间。"),
        ),
        brand="澜庭物业",
        ago=11,
        hour=15.5,
    ),
    Talk(
        "price",
        "wechat",
        (
            says(0, "你们给小区直饮水的报价能发一份吗？200 户"),
            answers(
                190,
                "yu",
                "您好，让您久等了。200 户的方案要看管网和机房，方便留个电话吗？让客户经理跟您对一下。",
            ),
            says(15, "138 开头那个就是微信号，下午打吧"),
            answers(5, "yu", "好的，欧阳经理下午三点前给您打电话。"),
            *ends(4, "yu", "小区直饮水询价，转销售联系。"),
        ),
        name="云上人家",
        ago=11,
        hour=9.4,
    ),
    Talk(
        "delivery",
        "email",
        (
            says(
                0,
                "各位好，\n\n上周订的两支 8040 反渗透膜，物流显示已到县城三天了，一直没有派送，我们周末要停机换膜。\n\n请尽快协调。",
            ),
            answers(
                22,
                "lin",
                "您好，已联系物流，今天下午专车送到厂里，司机电话稍后短信发您。",
                promised=("协调两支膜当天送到厂里", 7),
            ),
            ("keeps", 60 * 5, "lin"),
            says(20, "膜已经收到，外包装完好。"),
            *ends(8, "lin", "膜元件配送滞留，协调专车当天送达。"),
        ),
        brand="桐湾纺织",
        ago=10,
        hour=8.9,
        subject="反渗透膜到县城三天没有派送",
    ),
    Talk(
        "app",
        "chat",
        (
            says(0, "小程序登录不进去，一直转圈"),
            says(6.5, "在吗？"),
            answers(11, "yu", "您好，抱歉让您等了。请先退出重进，仍然不行的话发一下手机型号。"),
            says(1.8, "重进就好了"),
            *ends(2.4, "yu", "小程序登录转圈，重进后恢复。"),
        ),
        ago=10,
        hour=13.9,
    ),
    Talk(
        "thanks",
        "wechat",
        (
            says(0, "昨天苏师傅来修的加药泵，讲得很清楚，替我谢谢他"),
            answers(6, "lin", "谢谢您的肯定，我们一定转告苏师傅。"),
            *ends(2, "lin", "客户表扬工程师苏慕遥，已转告。"),
        ),
        name="青岚王工",
        ago=9,
        hour=11.2,
    ),
    Talk(
        "tds",
        "chat",
        (
            says(0, "水质笔测出来 86，正常吗"),
            says(1.7, "明白了，谢谢"),
            ("leaves", 0.6, 5),
        ),
        ago=9,
        hour=15.7,
    ),
    Talk(
        "water_report",
        "email",
        (
            says(0, "请提供 2 月份的第三方水质检测报告，环保检查要用，周三之前。"),
            answers(
                64, "yu", "您好，2 月的报告已出，附件请查收。纸质盖章版今天寄出。", file="水质检测报告.txt"
            ),
            *ends(5, "yu", "补发 2 月水质检测报告。"),
        ),
        brand="东溟化工",
        ago=9,
        hour=10.6,
        subject="2 月水质检测报告",
    ),
    Talk(
        "night",
        "chat",
        (
            says(0, "晚上十点了还有人吗？机房在漏水", left="phone"),
            answers(9, "ning", "有的，我是夜班客服。请先关掉进水阀，再切断设备电源，我马上安排抢修。"),
            says(2, "阀门关了，不漏了"),
            ("becomes", 3, "ning", "request", "机房漏水，要求夜间抢修", ""),
            answers(2, "ning", "抢修已派出，四十分钟内到，师傅到前会给您打电话。"),
            *ends(58, "ning", "夜间机房漏水，已派抢修，师傅到场更换接头。", "said"),
        ),
        brand="云栖温泉",
        ago=8,
        hour=22.1,
    ),
    Talk(
        "contract",
        "email",
        (
            says(0, "合同盖章版收到了，谢谢。另外三月的付款节点想推迟到四月初，可以吗？"),
            answers(250, "lu", "您好，可以协商。请把调整后的付款计划发我，我这边走补充协议。"),
            *ends(3, "lu", "客户希望付款节点推迟到四月初，转合同补充协议。"),
        ),
        brand="望海产业园",
        ago=8,
        hour=9.1,
        subject="Re: 运维服务合同",
    ),
    Talk(
        "two_ways",
        "email",
        (
            says(0, "加药间的洗眼器一直没装，安监下周来查，请回复安装日期。"),
            answers(
                35,
                "lin",
                "您好，已在催供应链，今天下班前给您准确日期。",
                promised=("答复洗眼器的安装日期", 8),
            ),
            says(60 * 20, "昨天说下班前给日期，到现在没有消息", way="sms"),
            answers(14, "lin", "非常抱歉，昨天没有按时答复您。洗眼器周四到货，周五上午安装，师傅是方工。"),
            ("keeps", 3, "lin"),
            says(9, "好，周五见", way="sms"),
            *ends(5, "lin", "洗眼器迟迟未装；答应当天给日期没有做到，次日致歉并定在周五安装。"),
        ),
        brand="青岚新材料",
        ago=7,
        hour=9.9,
        subject="加药间洗眼器什么时候装",
    ),
    Talk(
        "alarm",
        "chat",
        (
            says(0, "面板上一直跳 E2，是什么意思"),
            says(3.2, "浓水阀我不会看，找个人吧"),
            answers(0.9, "lin", "您好，我来教您：阀门在机器右侧红色手柄，逆时针转半圈，看报警有没有消。"),
            says(4.1, "消了！"),
            *ends(1.6, "lin", "E2 高压报警，指导调浓水阀后消除。"),
        ),
        brand="白鹭温泉",
        ago=7,
        hour=16.6,
    ),
    Talk(
        "spam",
        "email",
        (
            says(0, "大量代开各类发票，点数低，加微信详聊。"),
            *ends(60 * 18, "yu", "广告邮件，与客户无关。"),
        ),
        name="财税服务",
        ago=6,
        hour=7.8,
        subject="财务合作",
    ),
    Talk(
        "move",
        "wechat",
        (
            says(0, "我们食堂要搬家，净水器拆装怎么收费"),
            answers(12, "ning", "您好，同城拆装一台 380 元，含管件。搬到哪个区？我看要不要加里程费。"),
            says(7, "就在隔壁楼，没多远"),
            ("knows", 1, "ning"),
            ("needs", 3, "ning", "食堂净水器移机，同城隔壁楼，4 台"),
            *ends(4, "ning", "食堂净水器移机，已记为需求转销售报价。"),
        ),
        brand="北屿文旅",
        name="北屿后勤",
        ago=5,
        hour=10.4,
    ),
    Talk(
        "transfer",
        "chat",
        (
            says(0, "请问保修是按到货还是按验收算？"),
            says(4, "我要合同上的说法，帮我转人工"),
            answers(1.5, "yu", "您好，这个由销售同事给您准确答复，我帮您转过去。"),
            ("hands", 0.8, "yu", "ouyang"),
            ("whispers", 0.6, "yu", "客户在比价，别家说按到货算 12 个月，注意口径。"),
            answers(
                5, "ouyang", "您好，我是客户经理欧阳。我们合同第九条写明自验收签字之日起算，整机 12 个月。"
            ),
            says(2, "好的，和你们销售说的一致"),
            *ends(3, "ouyang", "解释保修起算日，客户认可。"),
        ),
        name="",
        ago=5,
        hour=14.8,
    ),
    Talk(
        "late_report",
        "sms",
        (
            says(0, "上次说的月度运行报告一直没收到"),
            answers(60 * 5.5, "yu", "您好，2 月运行报告已发到您的邮箱，晚了两天，抱歉。"),
            *ends(7, "yu", "补发 2 月运行报告，晚两天，已致歉。"),
        ),
        brand="松岭",
        ago=4,
        hour=9.2,
    ),
    Talk(
        "valve",
        "wechat",
        (
            says(0, "电磁阀咔咔响，要不要紧"),
            answers(18, "lin", "您好，多半是进水压力偏低导致反复动作。压力表现在读数多少？"),
            says(40, "0.08"),
            answers(3, "lin", "低于 0.1 会保护停机，请先联系自来水公司确认来水压力，恢复后会自动启动。"),
            *ends(20, "lin", "来水压力低导致电磁阀反复动作，已说明。"),
        ),
        name="海岸线",
        ago=4,
        hour=15.1,
    ),
    Talk(
        "gift",
        "chat",
        (
            says(0, "你们公众号抽奖的滤芯怎么领？"),
            answers(3, "yu", "您好，请把中奖截图和收货地址发我，我登记后三天内寄出。"),
            says(5, "发了", file="中奖截图.png"),
            *ends(4, "yu", "公众号活动奖品登记，待寄。"),
        ),
        ago=3,
        hour=11.6,
    ),
    Talk(
        "turbid",
        "email",
        (
            says(
                0,
                "3# 膜组这周第三次浊度超标，连续两天在 0.5 以上，请安排工程师到厂。\n\n此前两次都是冲洗后恢复，没有查原因。",
            ),
            answers(
                29,
                "lin",
                "您好，已登记并通知工程服务部，今天 17:00 前给您上门时间。",
                promised=("答复膜组浊度的上门时间", 5),
            ),
            ("becomes", 4, "lin", "complaint", "3# 膜组浊度一周内三次超标", "产水浊度"),
            ("keeps", 60 * 3, "lin"),
        ),
        brand="临江第三水务",
        ago=3,
        hour=9.8,
        subject="3# 膜组浊度第三次超标",
    ),
    Talk(
        "hook",
        "webhook",
        (
            says(0, "【客户 App】报修：厨房净水器不出水，设备 CC-20240316"),
            answers(9, "yu", "已收到报修，师傅今天下午联系您。"),
            *ends(6, "yu", "App 报修不出水，已派单。"),
        ),
        name="App 用户 8823",
        ago=3,
        hour=13.2,
    ),
    Talk(
        "silent",
        "chat",
        (
            says(0, "我想问一下发票多久能开"),
            answers(2, "lin", "您好，电子普票当天，专票两个工作日。您的订单号是多少？"),
        ),
        ago=2,
        hour=10.9,
    ),
    Talk(
        "stop",
        "chat",
        (
            says(0, "厂里全停水了！净水站没有出水，工人都在等"),
            answers(1.1, "lin", "收到，我马上报抢修，请留在机房附近。控制柜上有没有红灯？"),
            says(0.9, "有，缺相报警"),
            ("becomes", 1.2, "lin", "complaint", "净水站停水，缺相报警", "跳闸"),
            answers(1.0, "lin", "抢修已派出，市区四小时内到场，师傅姓方，会先打电话给您。"),
            *ends(2.2, "lin", "净水站停水，控制柜缺相报警，已登记投诉并派抢修。", "said"),
        ),
        brand="禾丰食品",
        ago=1,
        hour=15.2,
    ),
    Talk(
        "stop2",
        "sms",
        (
            says(0, "净水站停水，控制柜缺相报警，请尽快派人"),
            ("becomes", 6, "yu", "complaint", "净水站停水，缺相报警（二厂）", "跳闸"),
            answers(2, "yu", "您好，已派抢修，师傅出发后会给您打电话。"),
        ),
        brand="川野乳业",
        ago=1,
        hour=16.4,
    ),
    Talk(
        "stop3",
        "wechat",
        (
            says(0, "我们这边净水站也停水了，柜子上缺相报警"),
            ("knows", 4, "ning"),
            ("becomes", 5, "ning", "complaint", "净水站停水，控制柜报缺相", "跳闸"),
            answers(3, "ning", "收到，已派抢修，请先不要自行合闸。"),
        ),
        brand="恒川制药",
        name="恒川设备部小何",
        ago=1,
        hour=17.3,
    ),
)

BURST = (
    # way, brand, name, since minutes, who registers it, what is said
    ("sms", "桐湾纺织", "", 1190, "yu", "净水站停水，控制柜报缺相报警，染缸都停了，请尽快派人。"),
    ("wechat", "望海产业园", "望海物业小吴", 1150, "ning", "园区净水站停水，控制柜上亮缺相报警，怎么处理？"),
    (
        "email",
        "东溟化工",
        "",
        1105,
        "lin",
        "今天下午净水站突然停水，控制柜缺相报警，工艺水已断，请立即安排抢修。",
    ),
    ("sms", "岚山化工", "", 1040, "yu", "净水站停水了，柜子报缺相报警，还要多久能来人"),
)
"""The same on several sites at once: the network of the district had lost a phase."""
PAST += tuple(
    Talk(
        f"burst{n}",
        way,
        (
            says(0, text),
            *((("knows", 2, who),) if name else ()),
            ("becomes", 5, who, "complaint", f"净水站停水，控制柜缺相报警（{brand[:2]}）", "跳闸"),
            answers(3, who, "收到，抢修已派出，请先不要自行合闸，师傅到前会给您打电话。"),
        ),
        brand=brand,
        name=name,
        since=since,
        subject="净水站停水，控制柜缺相报警",
    )
    for n, (way, brand, name, since, who, text) in enumerate(BURST)
)

NOW: tuple[Talk, ...] = (
    Talk("progress", "chat", (
        says(0, "3# 膜组的投诉现在到哪一步了？"),
        says(2, "在吗？没有回音的话转人工"),
        answers(0.4, "lin", "您好周主任，我是林知夏。工程师昨天已到厂取样，化验结果今天上午出。"),
        says(1, "今天下午能给方案吗？我们 15 点要开生产会。"),
        answers(1.4, "lin", "能。方案正在由工程服务部定稿，今天晚上八点前一定发到您手机和邮箱。", promised=("把 3# 膜组处理方案发到客户手机和邮箱", 9)),
        ("whispers", 0.7, "xu", "陈工说方案下午两点能定稿，你先别改口径。"),
        says(1.2, "好的，那我等方案。另外备件这次算质保吗？"),
    ), brand="临江第三水务", since=13),
    Talk("town", "chat", (
        says(0, "你们有县城的售后点吗"),
        says(1.1, "云溪县，家里装的净水机"),
    ), since=2.2),
    Talk("person", "chat", (
        says(0, "滤芯多久更换一次"),
        says(1.4, "不是这个意思，红灯一直亮，麻烦转人工"),
    ), brand="禾丰食品", since=5.5),
    Talk("report_late", "email", (
        says(0, "上个月的水质月报应该这个月 10 日前给到，到现在还没有收到，集团在催。\n\n请今天务必发来，并说明为什么晚。"),
    ), brand="金穗食品", since=232, subject="水质月报迟迟没有收到"),
    Talk("model", "wechat", (
        says(0, "这个型号还能买到滤芯吗？"),
        says(0.5, "铭牌拍给你们", file="设备铭牌.png"),
    ), name="晓风残月", since=14),
    Talk("reschedule", "sms", (
        says(0, "周三上门能不能改到周四下午？周三停电检修"),
    ), brand="澜庭物业", since=22),
    Talk("membrane", "email", (
        says(0, "膜元件报价单已收到。请再补一份清洗方案和停机时间安排，我们好排生产。", file="生产计划.csv"),
        answers(55, "lin", "您好，清洗方案附上，停机约 6 小时。建议安排在周六夜班，您看可以吗？", file="清洗方案.txt"),
        says(70, "周六夜班可以，但要避开 22 点到 24 点的交接班。"),
        ("whispers", 6, "lin", "@陈砚 清洗时间要避开 22:00 至 24:00，能做到吗？"),
    ), brand="青岚新材料", since=171, subject="Re: 膜元件报价"),
    Talk("spare", "wechat", (
        says(0, "加药泵的隔膜还有货吗？要两个"),
        answers(6, "lin", "您好，有现货，型号是 GM0120 对吗？"),
        says(3, "对的"),
        ("knows", 1, "lin"),
        ("needs", 2, "lin", "加药泵隔膜 GM0120 两个"),
        answers(1, "lin", "好的，已登记，今天下班前把报价单发给您。"),
    ), brand="松岭", name="松岭老赵", since=62),
    Talk("handed", "chat", (
        says(0, "我在网上买的净水器想退货，还没拆封"),
        answers(2, "yu", "您好，签收七天内没有安装的可以退。订单号方便发一下吗？"),
        says(1.5, "202603110087"),
        ("hands", 1.0, "yu", "lin"),
        ("whispers", 0.5, "yu", "我去开会，订单已核对：3 月 11 日签收，可退，运费客户承担。"),
        says(1.0, "运费谁出？"),
    ), since=9),
    Talk("yu_now", "chat", (
        says(0, "公众号里一键报修点了没反应"),
        answers(1.2, "yu", "您好，是点了提交没反应，还是照片传不上去？"),
        says(2.2, "照片一直转圈"),
        answers(1.0, "yu", "照片超过 10 MB 会传不上，您发到这里，我帮您登记。"),
    ), brand="北屿文旅", since=18),
    Talk("unsummed", "chat", (
        says(0, "请问维保合同快到期了怎么续"),
        answers(1.8, "lin", "您好，续签由客户经理办理，他今天会联系您。"),
        says(1.2, "好的谢谢"),
        ("ends", 2, "lin"),
    ), brand="清溪医院", since=48),
    Talk("stop4", "chat", (
        says(0, "净水站又停水了，控制柜缺相报警，这次谁来处理？"),
        answers(1.3, "yu", "您好，已看到您厂昨天的记录，我马上联系抢修负责人。"),
        ("becomes", 1.0, "yu", "complaint", "净水站再次停水，控制柜缺相报警", "跳闸"),
    ), brand="川野乳业", since=31),
)  # fmt: skip
"""Those that go on, or have just ended."""
