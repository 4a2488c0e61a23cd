"""Whether somebody asks for a person, in whichever words. Pure Python.

What is meant is "let me speak to a human", not every word that begins with the same signs: 人工费 and 人工智能 are no wish.
"""

from __future__ import annotations

import re
import unicodedata

LONGEST = 200
_PLAIN = str.maketrans("轉請機無聯繫還說話機搵揾專員絡", "转请机无联系还说话机找找专员络")
# work that is done by hand, and things that are made
_WORK = (
    "费|智能|成本|湖|草|合成|降雨|授粉|呼吸|关节|晶|授精|养殖|种植|繁殖|林|岛|心脏|耳蜗|皮|清洗|清理|清洁|清掏|加药|加料|"
    "加盐|加水|加还是|安装|拆装|复位|操作|检测|检查|巡检|采样|取样|抄表|更换|控制|调节|干预|搬运|打扫|维护|保养|单价|工资|多少|贵|便宜|怎么收|另算|也算"
)
_PERSON = rf"(?:(?<![几两多]个)人工(?!{_WORK}|客服的?(?:电话|号码|热线))|真人(?!试|秀|案例|照)|活人)"
_STAFF = r"(?:人员|小姐姐|小哥哥?|小妹|妹妹|同志|同事|小二|姐姐|老师)?"
_DESK = rf"(?:客服{_STAFF}|坐席|座席|专员|服务员|接线员|话务员|工作人员|客户经理|你们的人|人)"
_BOSS = r"(?:管事的?|经理|领导|主管|负责人|老板|组长|上级|头儿|当家的|说了算的)"
_VERB = r"(?:转接|转给|转到|转|接通|接|找|要|叫|换|请|呼叫|联系|切换|切|喊|来|给我|安排|帮我|想和|想跟|想与|跟|和|与|同|寻)"
_SPEAK = r"(?:说|聊|谈|讲|唠|倾|沟通|对话|交流|通话|白话)"
_ROBOT = r"(?:机器人|机械人|智能客服|自动回复|自动答复|ai(?![a-z])|robot|bot)"
_NOT = re.compile(
    r"(?:不用|不必|不需要|无需|不要|别|没必要|先不|不想)(?:再|给我|帮我|麻烦)*(?:转接|转|接|找|要|联系)*"
    rf"(?:{_PERSON}|{_DESK})"
)
_WISHES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_VERB}.{{0,6}}{_PERSON}",
        rf"{_PERSON}(?:$|客服|服务|坐席|座席|接|处理|回复|回答|答复|解答|在|吗|呢|吧|啊|呀|台|咨询|帮|来|谢谢|电话|通道|入口|别|快|马上|赶|立[刻即])",
        # typed with another character of the same sound or shape
        r"(?:转接?|接|要|找)(?:一下)?(?:人[功公攻供宫]|[入仁任认忍]工)(?!费|作|程|资)",
        rf"(?:转接|转给|转到|转|接通|找|换|叫|呼叫|切换|安排|联系)(?:一下|一位|一个|个|位|你们的|你们|到|下)*{_DESK}(?:$|来|吧|啊|谢谢|处理|说|聊|回|吗)",
        rf"(?:找|换|叫|喊|派|来|寻)(?:一个|一位|个|位)(?:别的|其他|明白|懂的?)?人(?:来)?(?:$|跟|和|同|与|帮|给我|{_SPEAK}|处理|解决|行|吗|吧|啊)",
        r"(?:找|换|叫|喊|派|来)(?:一个|一位|个|位)(?:能|会|懂).{1,8}人|(?:找|要|来|给我|换)人$|^人呢|找个人(?:电话|问|聊|说|讲|谈)",
        rf"(?:喊|叫|让|找|请|换|要)(?:一下)?(?:你们?|您们?|贵司|咱)?(?:的|家|那边)?{_BOSS}(?:$|来|接|出来|{_SPEAK}|跟|和|给我|处理|联系|打)",
        rf"(?:不要|别|不想|不跟|不和|不用|唔好|唔要|莫).{{0,4}}{_ROBOT}",
        rf"{_ROBOT}.{{0,6}}(?:没用|不行|听不懂|答非所问|解决不了|滚|走开|傻|笨|智障)",
        r"^(?:请问|你好|您好|喂|哈喽|在吗|这里|那边|还|到底)*有人(?:在线|在)?(?:吗|么|嘛|没|没有|没得|不|啊|呀|呢|理我|管)*$",
        r"有(?:没有|没|冇)(?:个|一个)?(?:真人|活人|人(?:$|在|吗|啊|呀|管|理|能|可以|帮)|客服)",
        rf"有(?:没有)?(?:个|一个)?(?:{_PERSON}|(?:值班|在线|当班|管事)的?(?:人|客服))",
        rf"(?:和|跟|与|同)(?:你们的?|一个|一位|个|位)?(?:真人|活人|人|客服|工作人员|{_BOSS}){_SPEAK}",
        rf"^(?:我|俺|咱|还)?(?:就|只)?(?:要|想要|需要|得要|找|叫|喊|来)(?:一?[个位])?(?:在线|你们)?客服{_STAFF}(?:啊|呀|吧|谢谢|快点|处理)*$",
        rf"^(?:你们)?(?:的)?(?:在线|真人)?客服{_STAFF}(?:人)?(?:呢|在吗|在么|在不在|在哪|在哪里|哪去了|去哪了|死哪去了|死了吗|死了|睡着了)?(?:啊|呀)*$",
        rf"^{_DESK}$|客服(?:接入|介入|快?出来)",
        r"(?:专员|客服|工作人员|你们的?人|真人|师傅|经理|负责人)(?:尽快|马上|赶紧|赶快|来)?(?:联系|回电|打给|打电话给|回个?电话给)我",
        r"(?:让|叫|请|安排|派)(?:个|一个|你们的?)?人(?:来|给我|跟我|和我|联系我|打给我|回我)",
        r"zhuan\s*ren\s*gong|^ren\s*gong(?:\s*ke\s*fu)?$|^(?:zrg|rg|rgkf|zhen\s*ren|zhao\s*ke\s*fu|ke\s*fu)$",
        r"\b(?:speak|talk|chat|connect|transfer|switch|need|want|get|give|reach|contact)\b.{0,30}"
        r"\b(?:human|person|someone|somebody|agent|representative|rep|operator|staff|people|manager|supervisor|customer service)\b",
        r"^(?:an? )?(?:real |live |human |customer service |customer support |support )?"
        r"(?:human|person|agent|representative|rep|operator|customer service|customer support)(?: please| pls| now)?$",
        r"\b(?:real|live) (?:human|person|agent)\b|\banybody (?:there|here)\b|\banyone (?:there|here)\b",
    )
)


def asks_for_person(text: str) -> bool:
    """Whether these words ask for a person."""
    plain = _plain(text)
    if not plain or len(plain) > LONGEST:
        return False
    kept = _NOT.sub("", plain)
    return any(wish.search(kept) for wish in _WISHES)


def _plain(text: str) -> str:
    """Lower case, one script, without marks between the signs."""
    folded = unicodedata.normalize("NFKC", text).lower().translate(_PLAIN)
    words = re.sub(r"[^\w\s]|_", " ", folded)
    words = re.sub(r"\s+", " ", words).strip()
    # Chinese is written without gaps: 转 人工, 转-人-工
    return re.sub(r"(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])", "", words)
