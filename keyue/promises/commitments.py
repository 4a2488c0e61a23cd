"""Promises made in words: which sentence of ours promises a customer something, and until when (S1 3.2). Pure Python.

Nothing is decided here: what is found is offered to whoever wrote it, who confirms it or not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from keyue.promises.when import day_in, times_in
from keyue.worktime.calendar import Calendar

YOU = r"(?:您们?|你们?|贵司|贵公司|贵单位|贵方|客户)"
REACHES = (
    r"(?:回|回复|答复|联系|回电|通知|告知|告诉|打给|打电话给|发|发给|发到|发送给|寄|寄给|寄到|送|送给|送到|交给|交付给|"
    r"提交给|拜访|找|补给|退给|还给|换给|带给|转给|到)"
)
DEED = (
    r"(?:答复|回复|回答|回话|回电|反馈|联系|告知|通知|说明|结果|消息|答案|方案|报价|处理|解决|安排|核实|查清|查明|确认|落实|"
    r"办好|办完|办理|发出|发货|寄出|送达|上门|到场|到达|赶到|派人|派师傅|更换|换新|换货|换好|维修|修好|修理|退款|退货|"
    r"退还|退回|补发|补寄|补开|开票|开具|赔付|到账|跟进|完成|提供|过去|去看|检修|调试|安装|装好|交付|送到|联络|恢复|回音|结论)"
)
THEIRS = r"(?:师傅|工程师|技术员|同事|专人|售后|快递|物流|经理|主任|[\u4e00-\u9fff]工|订单|货物?|备件|配件|材料|设备|退款|款项|发票)"
GIVES = re.compile(
    rf"(?:给|向|跟|同|为|帮|替|和|与){YOU}(?!的)|{REACHES}{YOU}"
    rf"|我们?(?!的).{{0,24}}?{DEED}"
    rf"|{THEIRS}.{{0,16}}?(?:{DEED}|到)"
    rf"|(?:一定|保证|承诺|争取|确保|尽快|尽早|马上|立刻|立即|稍后|回头|晚点|待会儿?|一会儿?).{{0,14}}?{DEED}"
)
# it is the customer who is asked, nothing is certain, or it has been done
ASKS = re.compile(
    rf"^\s*(?!客户){YOU}(?!的|放心|好)|[?？]\s*$|没有\s*$|吗\s*$|呢\s*$|是否|能否|可否|要不要|能不能|可不可以|行不行|好不好|有没有"
    rf"|(?:请|麻烦|劳烦|烦请|需要){YOU}|{YOU}(?:需要|可以|先|也可以|方便|最好|记得|得|要)"
    rf"|如果|要是|假如|万一|若|不能|无法|没法|没办法|不一定|不保证|不承诺"
)
DONE = re.compile(
    r"已经?(?:给|向|为|帮|把|发|寄|安排|联系|通知|处理|解决|退|换)|(?:过|好|完)了\s*$|昨[天日晚]|前[天日]|上周|上个月|刚才|刚刚"
)
VAGUE = re.compile(
    r"尽快|尽早|马上|立刻|立即|稍后|回头|晚点|待会|一会|及时|第一时间|随后|近期|这几天|过几天|这两天|过两天"
)
SENTENCE = re.compile(r"[^。！!？?；;\n]+[。！!？?；;]?")
PART = re.compile(r"(?:[^，,、：:]|(?<=\d)[：:](?=\d))+[，,、：:]?")


@dataclass(frozen=True, slots=True)
class Commitment:
    """A sentence that promises something: its words, its place in the text, and until when; None where it says 尽快 or
    names no time at all that is still to come, so that its author is asked for one."""

    text: str
    start: int
    end: int
    until: datetime | None


def commitments_in(text: str, at: datetime, calendar: Calendar) -> list[Commitment]:
    """What a text of ours, written at `at`, promises the customer. A sentence that names neither a time nor 尽快 and the
    like is no promise of a time, and is left out."""
    found = []
    for match in SENTENCE.finditer(text):
        sentence = match[0].strip()
        commitment = _read(
            sentence, match.start() + match[0].index(sentence) if sentence else 0, at, calendar
        )
        if commitment is not None:
            found.append(commitment)
    return found


def _read(sentence: str, start: int, at: datetime, calendar: Calendar) -> Commitment | None:
    """The sentence as a promise: the part in which we act, and the time that it or a part before it names."""
    if not GIVES.search(sentence):
        return None
    until, day, is_vague, is_ours = None, None, False, False
    for part in PART.finditer(sentence):
        words = part[0]
        times = times_in(words, at, calendar, day=day)
        named = day_in(words, at, calendar)
        day = named or day
        if ASKS.search(words.rstrip("，,、：:")) or DONE.search(words):
            continue
        acts = GIVES.search(words) is not None
        is_ours = is_ours or acts
        if times:
            until = times[-1].until
        is_vague = is_vague or VAGUE.search(words) is not None
    if not is_ours and not GIVES.search(_kept_parts(sentence)):
        return None
    if until is None and not is_vague:
        return None
    return Commitment(sentence, start, start + len(sentence), until)


def _kept_parts(sentence: str) -> str:
    """The sentence without the parts that ask, or tell of what is done."""
    parts = [part[0] for part in PART.finditer(sentence)]
    return "".join(p for p in parts if not ASKS.search(p.rstrip("，,、：:")) and not DONE.search(p))
