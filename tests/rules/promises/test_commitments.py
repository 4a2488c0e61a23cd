"""Promises made in words are found with their time; questions, requests and what is done are not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyue.promises.commitments import commitments_in
from keyue.promises.when import times_in
from keyue.worktime.calendar import Calendar

CHINA = timezone(timedelta(hours=8))
HOURS = [["09:00", "12:00"], ["13:30", "18:00"]]
CALENDAR = Calendar.from_dict(
    {"weekly": {d: HOURS for d in ("mon", "tue", "wed", "thu", "fri")}, "holidays": ["2026-04-06"]}
)
# a Tuesday morning
AT = datetime(2026, 3, 17, 10, 18, tzinfo=CHINA)

PROMISES = [
    ("明天下午三点前给您答复。", "03-18 15:00"),
    ("明天下午3点前给您答复", "03-18 15:00"),
    ("我明天上午给您回电话", "03-18 12:00"),
    ("今天下班前给您回复", "03-17 18:00"),
    ("今天 15:30 前把方案发给您", "03-17 15:30"),
    ("能。方案正在由工程服务部定稿，13:40 前发到您手机和邮箱。", "03-17 13:40"),
    ("我们会在24小时内给您答复", "03-18 10:18"),
    ("两小时内安排师傅联系您", "03-17 12:18"),
    ("半小时内给您回电", "03-17 10:48"),
    ("一个半小时之内给您结果", "03-17 11:48"),
    ("三到五个工作日内退款会到账，我们会给您办好", "03-24 18:00"),
    ("3个工作日内给您答复", "03-20 18:00"),
    ("工程师周四上午上门", "03-19 12:00"),
    ("师傅下周一上午九点到场", "03-23 09:00"),
    ("下周三前给您反馈处理结果", "03-25 24:00"),
    ("本周五下班前一定给您解决", "03-20 18:00"),
    ("周末之前给您答复", "03-22 24:00"),
    ("后天中午以前给您消息", "03-19 13:00"),
    ("大后天给您寄出新滤芯", "03-20 24:00"),
    ("3月20日之前给您回复", "03-20 24:00"),
    ("20号下午给您送到", "03-20 18:00"),
    ("下个月5号给您补开发票", "04-05 24:00"),
    ("月底前给您更换新的膜元件", "03-31 24:00"),
    ("今晚八点前给您答复", "03-17 20:00"),
    ("明早九点给您打电话联系", "03-18 09:00"),
    ("晚上8点半之前我们会给您反馈", "03-17 20:30"),
    ("三点一刻给您回电", "03-17 15:15"),
    ("十一点前给您答复", "03-17 11:00"),
    ("明天十点二十分前给您答复", "03-18 10:20"),
    ("明天我们派人去看，下午四点前给您答复", "03-18 16:00"),
    ("我们三天内给您处理好", "03-20 10:18"),
    ("一周之内给您解决", "03-24 10:18"),
    ("我们1-2小时内赶到", "03-17 12:18"),
    ("十五分钟后给您回话", "03-17 10:33"),
    ("您放心，明天下午三点前给您答复。", "03-18 15:00"),
    ("抱歉让您久等，我们今天下午五点前一定给您一个说明", "03-17 17:00"),
    ("我这边核实一下，二十分钟内回复您", "03-17 10:38"),
    ("快递后天送达", "03-19 24:00"),
    ("客户经理明天上午会联系您", "03-18 12:00"),
    ("我们争取月底前完成维修", "03-31 24:00"),
    ("这个问题我记下了，明天给您一个准信", "03-18 24:00"),
    ("您稍等，我查一下，五分钟内回您", "03-17 10:23"),
    ("张工明天一早过去看看", "03-18 09:00"),
    ("最晚后天下午六点，我们把检测报告发您邮箱", "03-19 18:00"),
    ("您的订单预计3月20日送达", "03-20 24:00"),
    ("这周内一定给您换好", "03-22 24:00"),
    ("我们承诺：48小时内解决问题", "03-19 10:18"),
    ("今天太晚了，明早第一时间给您处理", "03-18 09:00"),
    ("三月底之前会给贵司提交整改报告", "03-31 24:00"),
    ("我周三休息，周四给您办", "03-19 24:00"),
    ("下午两点到四点之间师傅上门", "03-17 16:00"),
    ("退款1-3个工作日原路退回", "03-20 18:00"),
    ("好的王总，那就后天上午十点，我带方案过去拜访您", "03-19 10:00"),
    ("会在元旦前给您安排好", "12-31 24:00"),
    ("这批货12月31日前保证交付给贵公司", "12-31 24:00"),
    ("下个星期给您送过去", "03-29 24:00"),
    ("我下午3点半给你打电话", "03-17 15:30"),
    ("师傅这会儿在路上，大概二十分钟到", "03-17 10:38"),
    ("今天晚些时候给您答复", "03-17 24:00"),
    ("我20分钟后到您楼下", "03-17 10:38"),
    ("备件已经在路上了，明天中午应该能到", "03-18 13:00"),
    ("明后天给您答复", "03-19 24:00"),
]
VAGUE = [
    "尽快给您答复",
    "我们马上安排师傅联系您",
    "稍后给您回电",
    "我核实一下，一会儿回复您",
    "我们会第一时间给您处理",
    "过两天给您寄出",
    "麻烦稍等，马上给您查",
]
NONE = [
    "请您明天下午三点前把照片发给我们",
    "麻烦您今天把合同寄过来",
    "您明天下午三点方便吗？",
    "明天下午三点给您回电话可以吗？",
    "您是否可以明天上午联系我们？",
    "如果您明天不在家，我们可以改天上门",
    "昨天下午已经给您答复了",
    "已经给您寄出，单号是 SF1234567",
    "质保期自验收之日起 24 个月",
    "我们的营业时间是上午九点到下午六点",
    "客服热线 24 小时有人接听",
    "3号楼的水泵在二层",
    "投诉 2931 正在制定处理方案",
    "很高兴为您服务",
    "好的，收到",
    "您可以在三天内申请退货",
    "刚才给您打电话没有人接",
    "我们不能保证三天内给您解决",
    "合同编号 2026-03-18 已登记",
    "明天是工作日",
    "明天见",
    "4月1日起我们调整服务时间",
    "您三天后再看一下到账没有",
    "等工程师到了我再给您电话",
    "十分钟",
    "节后第一个工作日联系您",
    "我们每周一上午九点开例会",
    "抱歉，这个问题我们解决不了",
]


def said(until: datetime) -> str:
    local = until.astimezone(CHINA)
    if (local.hour, local.minute) == (0, 0):
        return f"{local - timedelta(days=1):%m-%d} 24:00"
    return f"{local:%m-%d %H:%M}"


@pytest.mark.parametrize(("text", "until"), PROMISES)
def test_a_promise_is_found_with_its_time(text: str, until: str):
    [found] = commitments_in(text, AT, CALENDAR)
    assert found.until is not None
    assert said(found.until) == until
    assert text[found.start : found.end] == found.text


@pytest.mark.parametrize("text", VAGUE)
def test_a_promise_without_a_time_is_asked_for_one(text: str):
    [found] = commitments_in(text, AT, CALENDAR)
    assert found.until is None


@pytest.mark.parametrize("text", NONE)
def test_what_promises_nothing_is_left_alone(text: str):
    assert commitments_in(text, AT, CALENDAR) == []


def test_each_sentence_is_looked_at_by_itself():
    text = "您好，已收到您的照片。明天上午给您答复；备件下周一前给您寄出！还有别的问题吗？"
    assert [said(one.until) for one in commitments_in(text, AT, CALENDAR) if one.until] == [
        "03-18 12:00",
        "03-23 24:00",
    ]


def test_a_time_that_is_over_is_none():
    assert [one.until for one in commitments_in("今天上午九点前给您答复", AT, CALENDAR)] == []
    late = datetime(2026, 3, 17, 20, 0, tzinfo=CHINA)
    assert [one.until for one in commitments_in("今天下班前给您答复", late, CALENDAR)] == []


def test_working_days_pass_over_a_holiday():
    friday = datetime(2026, 4, 3, 10, 0, tzinfo=CHINA)
    [found] = commitments_in("1个工作日内给您答复", friday, CALENDAR)
    assert found.until is not None
    assert said(found.until) == "04-07 18:00"


@given(
    st.text(
        alphabet="今明后天下周一二三四五六日号月底前内小时分钟半点上午晚给您答复，。0123456789:工作",
        max_size=40,
    )
)
def test_no_text_is_too_odd(text: str):
    for one in commitments_in(text, AT, CALENDAR):
        assert one.until is None or one.until > AT
    assert all(when.until > AT for when in times_in(text, AT.astimezone(UTC), CALENDAR))
