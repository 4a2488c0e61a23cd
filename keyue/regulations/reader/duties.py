"""Times in a sentence: which of them say by when somebody must do something, and which say something else. Pure Python.

A number becomes a duty only where the sentence asks for an act within it. What is vague stays a question; nothing is
guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from keyue.regulations.numerals import CHINESE, number_of

N = rf"(?:\d{{1,4}}(?:\.\d)?|[{CHINESE}]{{1,6}}|半)"
UNIT = r"(?:(?:min|[hH])(?![A-Za-z])|个?工作小时|个?小时|个?钟头|刻钟|分钟|秒钟?|个?工作日|个?工作天|个?自然日|个?日历日|日|天|个?星期|周|个?月|个?季度|年)"
GAP = r"\s*"
SPAN = re.compile(
    rf"{N}{GAP}(?:{UNIT})?{GAP}(?:至|到|-|－|—|~|～|–){GAP}(?P<n>{N}){GAP}(?P<unit>{UNIT})"
    rf"|(?P<n2>{N}){GAP}个半(?P<unit2>小时|钟头|月|星期)"
    rf"|(?P<n1>{N}){GAP}(?P<unit1>{UNIT})(?P<half>半)?"
)
UNITS = {
    "min": "minute", "h": "hour", "H": "hour", "秒": "second", "秒钟": "second", "分钟": "minute", "小时": "hour",
    "钟头": "hour", "刻钟": "minute", "工作小时": "hour", "工作日": "workday", "工作天": "workday", "日": "day", "天": "day", "自然日": "day",
    "日历日": "day", "周": "week", "星期": "week", "月": "month", "季度": "quarter", "季": "quarter", "年": "year",
}  # fmt: skip
HALVES = {
    "year": (6, "month"), "month": (15, "day"), "day": (12, "hour"), "hour": (30, "minute"), "week": (84, "hour"),
}  # fmt: skip
INSIDE = r"(?:内|以内|之内)"
GRADES = r"(?:特别?重大|重大|较大|特急|紧急|加急|一般|普通|简单|简易|复杂|疑难|重要|VIP|[一二三四五]级|[ⅠⅡⅢⅣ]+级|[A-D][类级])"

DATE = re.compile(
    r"[〇零一二三四五六七八九]{4}年[一二三四五六七八九十]{1,3}月(?:[一二三四五六七八九十]{1,3}日)?|"
    r"\d{4}\s*年\s*\d{1,2}\s*月(?:\s*\d{1,2}\s*日)?|\d{4}[-/.]\d{1,2}[-/.]\d{1,2}"
)
CLOCK = rf"(?:\d{{1,2}}[:：]\d{{2}}|[{CHINESE}\d]{{1,3}}(?:点半?|时(?!段|间)))"
CLOCKS = re.compile(
    rf"{CLOCK}\s*(?:-|－|—|~|～|–|至|到)\s*(?:次日|翌日|当日|第二天)?(?:上午|下午|凌晨|早上|晚上?)?\s*{CLOCK}"
)
EVERY = re.compile(
    rf"(?P<raw>每隔?(?P<n>{N}|双)?个?(?P<unit>工作日|自然日|日|天|周|星期|旬|月|季度|季|半年|年|小时|分钟)(?:(?<=周)[一二三四五六日天]|(?<=星期)[一二三四五六日天])?(?:度)?"
    r"(?:至少|不少于|开展|进行|组织|召开)?(?:[一二两三四五六七八九十\d]+次)?)"
)
# 签收时限/小时：8, and 1次/周
AFTER_SLASH = re.compile(
    r"(?:时限|期限|时间)\s*[/／（(]\s*(?P<unit>小时|分钟|工作日|日|天)\s*[)）]?\s*[：:为]?\s*(?P<n>\d{1,3})"
)
# T+1: so many working days after the day
AFTER_TODAY = re.compile(
    r"(?<![A-Za-z])T\s*[+＋]\s*(?P<n>\d{1,2})(?:\s*个?(?:工作日|日|天))?(?:内|之内|以内)?"
)
IN_MONTH = re.compile(
    rf"每(?:个)?(?P<unit>季度?|半年|年)的?(?:首|末|第[一二三]个?|最后一个?|最后)月(?:份)?的?{N}日(?:前|之前|以前)"
)
TIMES_A = re.compile(r"(?:\d{1,2}|[一二两三四五])次[/／每](?P<unit>工作日|日|天|周|月|季度|季|半年|年)")
BY_PERIOD = re.compile(r"按(?P<unit>月|季度|季|年|周|半年)(?!计算|结算的|份)")
SAME_DAY = re.compile(
    r"(?P<raw>当日|当天|次日|翌日|第二天|次一?工作日|下一(?:个)?工作日)(?P<before>前|内|之内|以内)?"
)
FIXED = re.compile(
    rf"(?P<raw>(?:每年)?(?P<month>{N})月(?:(?P<day>{N})日|底|末)(?:前|之前|以前)"
    rf"|(?:每月|次月|下月|翌月)(?P<mday>{N})日(?:前|之前|以前)|(?:每)?(?:月|季度|年)(?:底|末)(?:前|之前|以前)"
    rf"|(?P<clock>(?:上午|下午|晚上?)?(?:\d{{1,2}}[:：]\d{{2}}|[{CHINESE}\d]{{1,3}}(?:点半?|时))(?:前|之前|以前)))"
)
VAGUE = re.compile(
    r"(?<!不)定期|及时|立即|立刻|即时|即刻|尽快|尽早|实时|适时|随时|迅速|第一时间|马上|(?<!应)当即|经常|"
    r"(?:规定|承诺|约定|合理|要求)的?(?:时间|期限|时限)内?|时限期满|限期|按时|按期|提前(?![\d一二两三四五六七八九十]|半)"
)

WITHIN = re.compile(r"^\s*(?:内|以内|之内|里|之前|以前|前|完成|办结|答复|回复)")
LIMIT = re.compile(
    r"(?:不(?:得|应|能|可)?(?:超过|晚于|迟于|少于|低于|多于)|最迟|最长|最多|限|(?:期限|时限|时间)(?:分别)?为?|应当?在|须在|要在|必须在|在|于|提前|(?:延长|延期|顺延)至?|(?:延长|延期|顺延|放宽|缩短|压缩|压减)(?:至|到|为))\s*$"
)
AFTER_START = re.compile(r"(?:之日起|之时起|起|后|以后|之后)(?:的|，|,)?\s*$")
KEEPING = re.compile(
    r"保固|存储|储存|使用期限|使用年限|效期|维护期|服务期|租期|保存|保管|留存|存档|归档期|保留|质保|保修|包修|三包|有效期|保质|任期|聘期|试用期|合同期"
)
OPEN_ON = re.compile(r"(?:参观|开放|营业|服务|接待|办公|上班|配送|客服)时间(?:为|是|[:：])?\s*$")
RANGE_OF_DATES = r"\s*\d{1,2}\s*月\s*(?:\d{1,2}\s*日)?\s*(?:至|到|-|－|—|~)"
# 响应时间：4小时
LABELLED = re.compile(
    r"(?<!平均)(?:响应|到场|到达|修复|恢复|答复|回复|回话|处理|办理|办结|办毕|解决|反馈|发货|发件|派工|派单|出具|完成|回访)"
    r"[^，,。；;：:]{0,6}(?:时间|时限|期限)?\s*[:：]\s*(?:[^，,。；;：:]{0,6}后)?\s*$"
)
ORDINAL = re.compile(
    rf"(?P<latest>最迟|不得?晚于|不得?迟于|不应?超过)[^，,。；;]{{0,12}}第(?P<n>{N})个?(?P<unit>工作日|自然日|日|天)"
)
AGE = re.compile(r"^\s*(?:周岁|岁)|^岁")
PENALTY = re.compile(r"罚款|处分|警告|扣发|扣减|扣\d|责令|赔偿|吊销|停业|没收|违约金|通报批评")
OPEN_ALL_DAY = re.compile(
    r"(?:7|七)\s*[×xX*]\s*24|24\s*小时(?:服务)?(?:热线|值班|值守|客服|在线|服务|全天|人工|不间断)|全天候|全时段|全年无休"
)
SERVICE = re.compile(
    r"热线|专线|接听|值守|值班|人工服务|全天|不间断|营业|服务时间|开放|电话支持|提供服务|在线"
)
HAPPENING = re.compile(
    rf"^\s*{INSIDE}?(?:(?:出现|发生|发现|存在)[^，,。；;]{{0,30}}的(?:$|[，,。；;、])|"
    rf"[^，,。；;]{{0,10}}(?:再次|重复)[^，,。；;]{{2,30}}的|(?:提出|申请|要求|反映)[^，,。；;]{{1,30}}的[，,])"
)
OF_NOUN = re.compile(rf"^\s*{INSIDE}的")
# 会期不超过一小时, 误差不得超过2分钟: how long something lasts
LASTING = re.compile(
    r"(?:误差|会期|会议|例会|晨会|夕会|早会|周会|月会|培训|通话|讲解|发言|时长|每次)(?:时间|时长)?(?:一般|原则上|每次)?(?:应)?(?:不(?:得|应|能|可|宜)?(?:超过|多于|长于|少于)|控制在)\s*$"
)
LEAST = re.compile(r"(?:不(?:得)?(?:少于|低于)|至少)\s*$")
# 城镇48小时、农村72小时内: what ends the list holds for all of it
LISTED = re.compile(rf"^\s*[，,、][^，,、。；;]{{1,10}}?{N}\s*{UNIT}\s*(?:内|以内|之内|修复|完成)")
ALONE = re.compile(r"\s*(?:延长)?(?:[，,、；;。|｜)）+＋]|$)")
# 时限分别为10分钟、30分钟、2小时
IN_TURN = re.compile(r"(?:期限|时限|时间)分别(?:为|是)[^，,；;。]*$")
DESCRIBED = re.compile(
    r"(?:平均|最快|最短|大约|(?<![预合契邀履违签])约(?![定束谈见])|一般(?:用时|为|约|需要?)|(?:时间|用时|时长)一般|通常(?:用时|为|约|需要?)?)[^，,；;。]{0,12}$"
)
LIST_OF_LIMITS = re.compile(r"(?:下列|以下|如下)(?:时限|期限|时间)|(?:时限|期限)如下")
FAILING = re.compile(
    r"^\s*(?:内|以内|之内)?[，,]?\s*(?:仍|还)?(?:未|不能|没有|无法)[^，,。；;]{0,30}(?:的|时)(?:$|[，,。；;、])"
)
# 到期前三个月 counts back from an end; 前三个月 are the months before
COUNTING_BACK = re.compile(
    r"(?:期|满|束|止|终|效|施|付|住|店|房|院|始|用|更|行|动|议|业|餐|修|会|标|货|程|约|检|工|车|间|庭|除|停[水电气暖热]|限|术|疗|诊|航|赛|课|展|"
    r"\d日)(?:之|以)?前\s*$"
)
# 开演前3小时: any event will do where the unit is short; 统计前三天 are the days before
BEFORE_EVENT = re.compile(r"[一-鿿]{2}前\s*$")
NO_EVENT = re.compile(r"(?:统计|汇总|分析|整理|回顾|查看|[目此日当以之从先生空面眼提午])前\s*$")
SHORT_UNITS = frozenset({"second", "minute", "hour", "day", "workday"})
GRADED = re.compile(rf"{GRADES}[^，,；;。：:超满需]{{0,6}}(?:为|[：:|｜])?\s*$")
LATER = re.compile(r"^\s*(?:后|以后|之后)[，,]?(?:由|应|须|再|进行|对|向|组织|开展)")
WHOSE = re.compile(r"^(?:受理|收到|接到|登记|发生|产生|提交|录入|办结|新增)[^，,。；;]{0,8}的")
OBJECT = re.compile(r"(?:完成|报送|汇总|整理|统计|核对|登记|上报|公布|对|将|把)\s*$")
IDLE = re.compile(
    r"^(?:休息|轮休|上班|营业(?!结束|终了|前|后)|开放|工作[\d一二三四五六七])|^(?:不少于)?\s*\d+\s*小时|"
    r"^\s*\d{1,2}[:：]\d{2}\s*(?:-|－|—|~|～|–|至|到)"
)
MEASURED = re.compile(r"^[^，,。；;]{0,12}(?:超过|达到|低于|高于|不足)[^，,。；;]{0,12}的")
DAY_BEFORE_CLOCK = re.compile(
    r"(?:每?(?:日|天)|工作日|每周[一二三四五六日天]?|每月\S{1,3}日|当日|次日|第二天)\s*(?:上午|下午|晚上?)?\s*$"
)
CONDITION = re.compile(
    r"(?:超过|逾期|超出|长于|短于|多于|满|不足|未满|累计|达到?|连续)(?:[^，,。；;]{0,8}(?:时限|期限))?\s*$"
)
REPEATED = re.compile(
    r"^\s*(?:内|以内|之内)[^，,。；;]{0,20}(?:[\d一二两三四五六七八九十](?:次|起|件|例|人次)(?:以上|及以上|的|[^，,。；;]{1,16}的[，,])"
    r"|累计[^，,。；;]{0,8}的)"
)
MAY = re.compile(
    r"^\s*(?:内|以内|之内)?[，,]?(?:可以?|有权)(?:[^，,。；;]{0,8})(?:申请|要求|提出|投诉|退|换|撤|解除|选择|无理由|重新打开)"
)
VERB = re.compile(
    r"^\s*(?:响应|恢复|到场|到达|修复|解决|办结|办理|处理|回复|答复|反馈|完成|上门|赶到|再次|联系|退款|原路|付款|发布|送达|派单|转办|"
    r"发货|核实|告知|通知|给出|提出|提供)"
)
CUSTOMERS = (
    r"(?:客户|顾客|用户|消费者|申请人|投诉人|信访人|举报人|来电人|当事人|个人|员工|业主|住户|宾客|患者|近亲属|家属|家长|学员|会员|"
    r"旅客|乘客|收件人|寄件人|储户|被保险人)"
)
RIGHT = re.compile(
    rf"{CUSTOMERS}[^，。；]{{0,24}}(?:可以|可|有权|享有)|(?:可以|有权)\s*(?:自|在|于)|可\s*(?:自|在|于)[^，,；;。]*$"
)
# 客户应自签收之日起15日内提出索赔: a term for the other side
CLAIM = re.compile(
    r"^\s*(?:内|以内|之内)[^，,。；;]{0,14}(?:索赔|申请|申诉|复核|复议|退货|起诉|投诉|提出异议|调解)"
)
PAUSED = re.compile(r"不计算?(?:在|入)[^。；]{0,14}(?:期限|时限|时间)[^。；]{0,4}内?|不计入")
DEFINITION = re.compile(r"^[^，,；;。：:]{1,16}[：:]\s*(?:是?指|即)")
DEFINED = re.compile(r"是指|指的?是|计为|按\S{0,4}计算|计算[，。]|以\S{1,6}计")
DUTY = re.compile(
    r"应当?|须|必须|需|要|负责|不得|完成|办理|办结|办毕|处理|答复|回复|反馈|告知|通知|报|提交|回访|制定|登记|受理|核实|审核|"
    r"响应|解决|开展|组织|进行|整改|上传|更新|联系|派单|转办|移送|送达|公示|公告|出具|作出|支付|发出|录入|召开|分析|检查|汇总|培训|考核|提醒|确认"
)
EXTENSION = re.compile(r"延长|延期|顺延")
GRADE = re.compile(
    rf"(?P<grade>(?:重要|核心|战略|普通|一般|重点|VIP)客户|{GRADES})"
    r"(?:的|客户|投诉|事项|问题|类|级|诉求|工单|件|故障)?[^，,；;。]{0,12}$"
)
GRADE_WORD = re.compile(GRADES)
ACTOR = re.compile(
    r"(?:^|[，,；;。：:、\n])\s*(?:(?:经|对|在|其|该|并|且|同时|每个?|各)\s*)?"
    r"(?P<who>[^，,；;。：:、\s（）()“”\"]{2,18}?)(?=应当?|须|必须|需要?|负责|要在|在|于|每|自|接到|收到|不得|将|对)"
)
BY_WHOM = re.compile(
    r"由(?P<who>[^，,；;。：:、\s（）()“”\"由]{2,14}?)(?=应当?|须|必须|负责|在|于|每|自|按|定期|及时|进行|牵头|组织|审核|处理|完成|统一|不|将|对)"
)
NO_ACTOR = re.compile(
    rf"^(?:{GRADES}|首次|最终|结果|时限|期限|情况|问题|投诉$|事项$|工单$)|"
    r"^(?:应|在|于|对|将|须|需|要|可|能|如|若|因|当|经|自|从|按|其中|同时|并|且|以及|所有反馈|\d)|[内后前时的]$"
)


@dataclass(frozen=True, slots=True)
class Found:
    """A time in a sentence. `kind` is deadline or cadence for a duty, else why it is none; `value` of a range is its
    outer end."""

    is_duty: bool
    kind: str
    value: float
    unit: str
    raw: str
    position: int
    sentence: str
    is_extension: bool = False
    is_before: bool = False
    confidence: float = 0.9


@dataclass(frozen=True, slots=True)
class Length:
    """A length of time in a sentence, with the words around it."""

    value: float
    unit: str
    match: re.Match[str]

    @property
    def before(self) -> str:
        return self.match.string[: self.match.start()]

    @property
    def after(self) -> str:
        return self.match.string[self.match.end() :]

    @property
    def clause_before(self) -> str:
        """What stands before it since the last comma."""
        return re.split(r"[，,；;。：:]", self.before)[-1]


LONGEST_SENTENCE = 1000
"""Characters; what is longer is no sentence, and is looked at piece by piece."""


def sentences(text: str) -> Iterator[str]:
    for part in re.split(r"(?<=[。！？!?])|\n", text):
        said = part.strip()
        for start in range(0, len(said), LONGEST_SENTENCE):
            yield said[start : start + LONGEST_SENTENCE]


def _duty(kind: str, value: float, unit: str, match: re.Match[str], confidence: float) -> Found:
    return Found(True, kind, value, unit, match[0], match.start(), match.string, confidence=confidence)


def _other(kind: str, match: re.Match[str], value: float = 0, unit: str = "") -> Found:
    return Found(False, kind, value, unit, match[0], match.start(), match.string)


def times_in(sentence: str, *, are_limits: bool = False) -> list[Found]:
    """All times of a sentence that are numbers or words for exact days, in their order.

    `are_limits`: what stands alone is a limit, as in a list or a column that is headed so.
    """
    taken: list[tuple[int, int]] = []
    found: list[Found] = []
    readings: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Found | None]], ...] = (
        (OPEN_ALL_DAY, lambda match: _other("availability", match)),
        (CLOCKS, lambda match: _other("opening_hours", match)),
        (IN_MONTH, lambda match: _duty("cadence", *_period(match["unit"]), match, 0.8)),
        (
            ORDINAL,
            lambda match: _duty("deadline", number_of(match["n"]) or 0, UNITS[match["unit"]], match, 0.7),
        ),
        (AFTER_TODAY, lambda match: _duty("deadline", float(match["n"]), "workday", match, 0.7)),
        (FIXED, _fixed),
        (DATE, _date),
        (EVERY, _every),
        (SAME_DAY, _same_day),
        (AFTER_SLASH, lambda match: _duty("deadline", float(match["n"]), UNITS[match["unit"]], match, 0.7)),
        (TIMES_A, lambda match: _duty("cadence", *_period(match["unit"]), match, 0.7)),
        (SPAN, lambda match: _span(match, are_limits=are_limits)),
        (BY_PERIOD, lambda match: _duty("cadence", *_period(match["unit"]), match, 0.7)),
    )
    for pattern, read in readings:
        for match in pattern.finditer(sentence):
            if any(match.start() < end and start < match.end() for start, end in taken):
                continue
            taken.append(match.span())
            if (one := read(match)) is not None:
                found.append(one)
    found += [_other("clock_pause", match) for match in PAUSED.finditer(sentence)]
    return sorted(found, key=lambda one: one.position)


def _period(word: str) -> tuple[float, str]:
    """How long a named period is."""
    named = {"半年": (6.0, "month"), "旬": (10.0, "day")}
    return named[word] if word in named else (1.0, UNITS[word])


def _date(match: re.Match[str]) -> Found:
    rest = match.string[match.end() : match.end() + 8]
    begins = re.search(r"起(?:施行|实施|执行|生效)", rest)
    return _other("effective_date" if begins else "reference_date", match, unit="date")


def _fixed(match: re.Match[str]) -> Found | None:
    if re.search(r"可以?(?:在|于)?\s*$", match.string[: match.start()]):
        return _other("window", match)
    if match["clock"] and DAY_BEFORE_CLOCK.search(match.string[: match.start()]):
        # the day before it is the duty's time, and this is its hour
        return None
    ends = re.match(r"每(月|季度|年)(?:底|末)", match[0])
    if ends is not None:
        return _duty("cadence", 1, UNITS[ends[1]], match, 0.8)
    if match["mday"] and match[0].startswith("每"):
        return _duty("cadence", 1, "month", match, 0.8)
    unit = "time" if match["clock"] else "date"
    recurs = match[0].startswith(("每", "次月", "下月", "翌月"))
    value = _hour(match["clock"]) if match["clock"] else number_of(match["day"] or match["mday"] or "") or 0
    return _duty("cadence" if recurs else "deadline", value, unit, match, 0.7)


def _hour(clock: str) -> float:
    """Hours since midnight: 下午5:30 is 17.5."""
    found = re.search(rf"(\d{{1,2}})[:：](\d{{2}})|([{CHINESE}\d]{{1,3}})(?:点|时)(半?)", clock)
    if found is None:
        return 0
    hour = float(found[1] or number_of(found[3]) or 0) + (
        int(found[2]) / 60 if found[2] else 0.5 * bool(found[4])
    )
    return hour + 12 if hour < 12 and re.match(r"下午|晚", clock) else hour


def _every(match: re.Match[str]) -> Found | None:
    value, unit = _period(match["unit"])
    if match["n"] == "半":
        value, unit = HALVES.get(unit, (value, unit))
    elif match["n"]:
        value *= 2 if match["n"] == "双" else number_of(match["n"]) or 1
    rest = match.string[match.end() : match.end() + 30]
    if OPEN_ON.search(match.string[: match.start()]) or re.match(RANGE_OF_DATES, rest):
        return _other("opening_hours", match, value, unit)
    if re.match(r"(?:的|均|每)?(?:费用|价格|金额|收入|人|元)", rest) or IDLE.match(rest):
        return None
    if MEASURED.match(rest):
        return _other("condition", match, value, unit)
    return _duty("cadence", value, unit, match, 0.85 if DUTY.search(match.string) else 0.5)


def _same_day(match: re.Match[str]) -> Found | None:
    if not DUTY.search(match.string):
        return None
    rest = match.string[match.end() :]
    is_start = bool(re.match(r"\s*(?:有效|的(?!\s*(?:上午|下午))|起|为|提前)", rest)) and not match["before"]
    if is_start or WHOSE.match(rest) or OBJECT.search(match.string[: match.start()]):
        return _other("definition", match)
    value = 0 if match[0].startswith("当") else 1
    return _duty("deadline", value, "workday" if "工作日" in match[0] else "day", match, 0.75)


def _span(match: re.Match[str], *, are_limits: bool) -> Found | None:
    if match["n2"]:
        half, unit = HALVES[UNITS[match["unit2"]]]
        halves = 2 * (number_of(match["n2"]) or 0) + 1
        return _judged(Length(float(halves * half), unit, match), are_limits=are_limits)
    number, word = (match["n"], match["unit"]) if match["n"] else (match["n1"], match["unit1"])
    if not _is_length(number, word, match):
        return None
    unit = UNITS[word.removeprefix("个")]
    if number == "半":
        value, unit = HALVES.get(unit, (0.5, unit))
    else:
        whole = float(number) if "." in number else number_of(number)
        if whole is None:
            # 三五天: somebody has to say how many
            return _other("inexact", match, unit=unit)
        value = whole * (15 if word == "刻钟" else 1)
        if match["half"]:
            value, unit = (value * 12 + 6, "month") if unit == "year" else (value + 0.5, unit)
    return _judged(Length(float(value), unit, match), are_limits=are_limits)


def _is_length(number: str, word: str, match: re.Match[str]) -> bool:
    """Whether a number and a word for a unit are a length, and not the name of a month, a year, or the fifth day."""
    before, after = match.string[: match.start()], match.string[match.end() :]
    if word == "月" and number != "半":
        # 5月 is a month's name, 5个月 a time
        return False
    is_ordinal = before.endswith(("第", "前", "上", "周", "星期", "最后"))
    if is_ordinal and not (
        before.endswith(("以前", "之前", "提前"))
        or (_counts_back(before, UNITS[word.removeprefix("个")]) and not after.startswith("的"))
    ):
        return False
    if word == "年" and (len(number) == 4 or re.match(r"\d|度", after)):
        return False
    is_word = word == "日" and re.match(r"(?:常|志|程|报|历)", after) and not before.endswith("提前")
    return not is_word and number not in set("零百千万")


def _counts_back(before: str, unit: str) -> bool:
    """Whether a length of this unit is counted back from what the words before it name."""
    if COUNTING_BACK.search(before):
        return True
    return unit in SHORT_UNITS and bool(BEFORE_EVENT.search(before)) and not NO_EVENT.search(before)


def _judged(length: Length, *, are_limits: bool) -> Found | None:
    match, after = length.match, length.after
    kind = _no_limit(length)
    if kind is None and not (_is_limit(length) or (are_limits and ALONE.match(after))):
        # something else happens after it: no word on what it is
        kind = "" if DUTY.search(after[:20]) else "condition"
    elif kind is None:
        kind = _granted(length)
    if kind is not None:
        return _other(kind, match, length.value, length.unit) if kind else None
    within = re.match(rf"\s*({INSIDE})", after)
    sure = WITHIN.match(after) and DUTY.search(match.string)
    return Found(
        True,
        "deadline",
        length.value,
        length.unit,
        match[0] + (within[1] if within else ""),
        match.start(),
        match.string,
        is_extension=bool(EXTENSION.search(length.clause_before[-10:] + after[:4])),
        is_before=_counts_back(length.before, length.unit) or bool(re.search(r"提前\s*$", length.before)),
        confidence=0.95 if sure else 0.7,
    )


def _no_limit(length: Length) -> str | None:
    """What a length of time is that by its words is no limit for an act."""
    before, after, clause_before = length.before, length.after, length.clause_before
    near = before[-14:]
    if AGE.match(after):
        return "age"
    is_passed = CONDITION.search(near) and not re.search(r"不(?:得|应|能|可)?(?:超过|超出)\s*$", near)
    if is_passed or any(words.match(after) for words in (FAILING, HAPPENING, REPEATED)):
        return "condition"
    if OF_NOUN.match(after) or re.match(rf"\s*(?:的[，,]|{INSIDE}?有效)", after) or before.endswith("近"):
        return "definition"
    if LASTING.search(before):
        return "description"
    if LEAST.search(before) and "提前" not in clause_before:
        return "minimum"
    if _counts_back(before, length.unit):
        return None
    if DESCRIBED.search(clause_before):
        return "description"
    if KEEPING.search(clause_before[-16:] + after[:10]) and not WITHIN.match(after):
        return "retention"
    if DEFINITION.match(length.match.string):
        return "definition"
    if DEFINED.search(after[:14]) or re.search(r"(?:按|每|是指|指)\s*$|历时|耗时", near):
        return "definition"
    is_all_day = length.unit == "hour" and length.value in {12, 24} and not re.match(rf"\s*{INSIDE}", after)
    if is_all_day and SERVICE.search(after[:6] + near):
        return "availability"
    if PENALTY.search(length.match.string) and re.search(r"未|不|逾|违反|拒|迟|超时|延误", clause_before):
        return "penalty"
    if re.match(rf"\s*{INSIDE}?免费", after):
        return "description"
    return None


def _is_limit(length: Length) -> bool:
    """Whether the words around a length of time make it a limit for an act."""
    before, after, clause_before = length.before, length.after, length.clause_before
    if re.match(r"\s*(?:以|之)?后", after):
        return bool(LATER.match(after) and DUTY.search(after[:24]))
    if WITHIN.match(after) or LIMIT.search(before) or AFTER_START.search(before):
        return True
    if LISTED.match(after) or VERB.match(after) or IN_TURN.search(before) or LABELLED.search(before):
        return True
    if _counts_back(before, length.unit) and DUTY.search(length.match.string):
        return True
    ends = re.match(r"\s*[^的，,、；;。|｜)）]{0,6}(?:[，,、；;。|｜)）]|$)", after)
    return bool(GRADED.search(clause_before) and ends)


def _granted(length: Length) -> str | None:
    """What a limit is that gives the other side time, and asks nothing of us."""
    before, after, clause_before = length.before, length.after, length.clause_before
    if MAY.match(after):
        return "window"
    if EXTENSION.search(clause_before[-6:]):
        return None
    near = before[-60:]
    rights = list(RIGHT.finditer(near))
    # 应当告知近亲属可以在…: what is owed is the telling
    if rights and not re.search(r"应当?|须|必须", near[rights[-1].end() :] + after[:6]):
        return "window"
    if CLAIM.match(after) and re.search(rf"^\s*{CUSTOMERS}", clause_before):
        return "window"
    if re.search(r"保修|包修|质保|三包", clause_before + after[:12]) and not re.search(r"应当?", before):
        return "warranty"
    return None


def vague_in(sentence: str) -> Iterator[tuple[str, int]]:
    """Words that ask for an act in time and do not say when, with their places."""
    for match in VAGUE.finditer(sentence):
        if match[0] in {"随时", "实时"} and re.search(
            r"实时(?:沟通|通信|监控系统|数据库)", sentence[match.start() :]
        ):
            continue
        if re.match(r"(?:性|率)", sentence[match.end() :]):
            continue
        yield match[0], match.start()


def actor_of(sentence: str, position: int) -> str:
    """Who is meant to act at a place of a sentence: the last that is named before it."""
    before = sentence[: position + 2]
    named = [(match.start("who"), match["who"]) for match in ACTOR.finditer(before)]
    named += [(match.start("who") + 1, match["who"]) for match in BY_WHOM.finditer(before)]
    plain = ((at, who.split("由")[-1]) for at, who in sorted(named, reverse=True))
    return next((who for _at, who in plain if len(who) > 1 and not NO_ACTOR.search(who)), "")


def start_of(sentence: str, position: int) -> str:
    """The event a time is counted from, as the text says it."""
    clause = re.split(r"[；;。：:]", sentence[:position])[-1]
    found = re.search(
        r"(?:自|从)?([^，,；;。]{2,24}?(?:之日起|之时起|起|后))[，,的]?(?:应当?|须|必须)?(?:在|于)?\s*$",
        clause,
    )
    if found:
        return found[1]
    found = re.search(r"([^，,；;。]{2,24}?后)[，,]", clause)
    return found[1] if found else ""


def grade_of(sentence: str, position: int) -> str:
    clause = re.split(r"[；;。]", sentence[:position])[-1]
    found = GRADE.search(re.sub(r"[（(][^）)]*[）)]", "", clause))
    return found["grade"] if found else ""


def act_after(sentence: str, position: int) -> str:
    """What is to be done, as the text goes on after a time."""
    rest = re.sub(r"^\s*(?:内|以内|之内|前|之前|以前|里)?[，,]?", "", sentence[position:])
    return re.split(r"[，,；;。]", rest)[0].strip()[:80]
