"""Whether somebody asks for a person, in whichever words. Pure Python.

What is meant is "let me speak to a human", not every word that begins with the same signs: 人工费 and 人工智能 are no wish.
"""

from __future__ import annotations

import re
import unicodedata

LONGEST = 200
_PLAIN = str.maketrans("轉請機無聯繫還說話", "转请机无联系还说话")
_PERSON = r"(?:人工(?!费|智能|成本|湖|草|合成|降雨|授粉|呼吸|关节|晶|授精|养殖|种植|繁殖|林|岛|心脏|耳蜗|皮)|真人|活人)"
_DESK = r"(?:客服|坐席|座席|专员|服务员|接线员|工作人员|客户经理|你们的人|人)"
_VERB = r"(?:转接|转给|转到|转|接通|接|找|要|叫|换|请|呼叫|联系|切换|切|喊|来|给我|安排|帮我|想和|想跟|想与|跟|和|与)"
_NOT = re.compile(
    r"(?:不用|不必|不需要|无需|不要|别|没必要|先不|不想)(?:再|给我|帮我|麻烦)*(?:转接|转|接|找|要|联系)*"
    rf"(?:{_PERSON}|{_DESK})"
)
_WISHES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_VERB}.{{0,6}}{_PERSON}",
        rf"{_PERSON}(?:$|客服|服务|坐席|座席|接|处理|回复|回答|答复|解答|在|吗|呢|吧|啊|呀|台|咨询|帮|来|谢谢|电话|通道|入口)",
        rf"(?:转接|转给|转到|转|接通|找|换|叫|呼叫|切换|安排|联系)(?:一下|一位|一个|个|位|你们的|你们|到|下)*{_DESK}(?:$|来|吧|啊|谢谢|处理|说|聊|回|吗)",
        r"(?:不要|别|不想|不跟|不和).{0,4}(?:机器人|自动回复|自动答复|智能客服)",
        r"(?:机器人|自动回复|自动答复).{0,6}(?:没用|不行|听不懂|答非所问|解决不了|滚)",
        r"(?:有没有|有没|有)(?:个|一个)?(?:真人|活人|人(?:在|吗|啊|工))",
        r"(?:和|跟|与|同)(?:一个|一位|个|位)?(?:真人|活人|人|客服)(?:说|聊|谈|讲|沟通|对话|交流)",
        r"zhuan\s*ren\s*gong|^ren\s*gong(?:\s*ke\s*fu)?$",
        r"\b(?:speak|talk|chat|connect|transfer|switch|need|want|get|give|reach|contact)\b.{0,30}"
        r"\b(?:human|person|someone|somebody|agent|representative|rep|operator|staff|people|customer service)\b",
        r"^(?:a )?(?:real |live )?(?:human|person|agent|representative|operator)(?: please)?$",
        r"\b(?:real|live) (?:human|person|agent)\b",
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
