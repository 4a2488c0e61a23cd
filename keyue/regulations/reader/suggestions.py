"""Which of the facts that Keyue knows a duty is about, as a control somebody may confirm. Pure Python."""

from __future__ import annotations

import re
from dataclasses import dataclass

from keyue.kernel.texts import Sentence, sentence


@dataclass(frozen=True, slots=True)
class Pattern:
    """`is_broad`: its words are said of everything; they speak of a case only beside a word for one."""

    words: re.Pattern[str]
    met_by: str
    on: str
    why: Sentence
    is_broad: bool = False


def _of(words: str, met_by: str, on: str, why: Sentence, *, is_broad: bool = False) -> Pattern:
    return Pattern(re.compile(words), met_by, on, why, is_broad)


CASE = re.compile(
    r"投诉|意见|建议|诉求|工单|事项|问题|咨询|反馈|来电|来信|举报|信访|任务|报修|案件|申请|请求"
)


# the first that fits; what is told to whom comes before what is done
PATTERNS = (
    _of(r"回访", "case.follow_up_call", "case.result_to_customer", sentence("办结以后回访客户")),
    _of(
        r"(?:反馈|报送?|告知|提交|通知)[^，。；]{0,8}(?:客户服务部|客服部|服务部门|服务中心|主管部门)",
        "case.result_to_service",
        "case.solved",
        sentence("把处理结果报给客服"),
    ),
    _of(
        r"(?:首次|初步|第一次)[^，。；]{0,4}(?:响应|回应|联系|答复)|响应|初步回应",
        "case.first_response",
        "case.received",
        sentence("对客户的第一次响应"),
    ),
    _of(
        r"(?:反馈|告知|答复|回复|通知)[^，。；]{0,12}(?:客户|顾客|用户|消费者|投诉人|来电人|当事人|举报人|信访人)|(?:客户|顾客|用户|投诉人)[^，。；]{0,6}(?:答复|回复)|书面告知",
        "case.result_to_customer",
        "case.solved",
        sentence("把结果告诉客户"),
    ),
    _of(
        r"(?:制定|提出|提交|报)[^，。；]{0,10}(?:方案|计划|措施)",
        "case.plan_filed",
        "case.assigned",
        sentence("责任部门提出方案"),
    ),
    _of(r"分类|归类", "case.classified", "case.received", sentence("收到以后分类"), is_broad=True),
    _of(r"审核|核实", "case.reviewed", "case.received", sentence("审核登记的事项"), is_broad=True),
    _of(r"评估|定级|研判", "case.assessed", "case.reviewed", sentence("评估严重程度和影响"), is_broad=True),
    _of(
        r"派单|转办|分派|分配|交办|转派|移送",
        "case.assigned",
        "case.assessed",
        sentence("派给责任部门"),
        is_broad=True,
    ),
    _of(r"受理|登记|录入|签收", "case.classified", "case.received", sentence("受理登记"), is_broad=True),
    _of(
        r"解决|处理完毕|办理完毕|办结|处理|办理|整改|修复|完成",
        "case.solved",
        "case.assigned",
        sentence("责任部门解决问题"),
        is_broad=True,
    ),
    _of(
        r"答复|回复|告知",
        "case.result_to_customer",
        "case.solved",
        sentence("把结果告诉客户"),
        is_broad=True,
    ),
)


def suggested(what: str, said: str) -> Pattern | None:
    """The kind of fact that would keep a promise of doing `what`, in a sentence that says `said`; None where Keyue sees
    no such fact yet."""
    for text in (what, said):
        for pattern in PATTERNS:
            if pattern.words.search(text) and (not pattern.is_broad or CASE.search(said)):
                return pattern
    return None
