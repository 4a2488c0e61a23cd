"""Which times in a sentence are limits or recurrences for an act, and which only look like it."""

from __future__ import annotations

import pytest

from keyue.regulations.reader.duties import actor_of, grade_of, sentences, times_in, vague_in
from keyue.regulations.reader.reading import read_regulation

DUTIES = [
    ("值班人员接到报修电话后，应在30分钟内到达现场。", [(30, "minute", "deadline")]),
    ("客服专员须在一周内完成回访。", [(1, "week", "deadline")]),
    ("物业管家应于两周内书面答复业主。", [(2, "week", "deadline")]),
    ("质量部应在三个月内完成整改。", [(3, "month", "deadline")]),
    ("一般投诉应在1－3个工作日内办结。", [(3, "workday", "deadline")]),
    ("复杂问题处理时间为24至48小时。", [(48, "hour", "deadline")]),
    ("经办人应在十五日内作出处理决定。", [(15, "day", "deadline")]),
    ("应当在收到之日起两个工作日内回复客户。", [(2, "workday", "deadline")]),
    ("半个月内提交书面报告。", [(15, "day", "deadline")]),
    ("当日受理的工单应当日派出。", [(0, "day", "deadline")]),
    ("责任部门应于次日上午10:00前反馈处理进展。", [(1, "day", "deadline")]),
    ("客服主管每周五汇总投诉情况。", [(1, "week", "cadence")]),
    ("各分公司每月5日前报送上月投诉统计表。", [(1, "month", "cadence")]),
    ("每季度至少走访一次重点客户。", [(1, "quarter", "cadence")]),
    ("市场部至少每半年组织一次满意度调查。", [(6, "month", "cadence")]),
    ("每年12月31日前完成年度客户满意度报告。", [(31, "date", "cadence")]),
    ("合同到期前三个月，客户经理应当与客户沟通续约事宜。", [(3, "month", "deadline")]),
    ("停暖检修应提前3天通知用户。", [(3, "day", "deadline")]),
    ("停水作业应提前24小时公告。", [(24, "hour", "deadline")]),
    ("首次响应时间不得超过15分钟。", [(15, "minute", "deadline")]),
    ("办理时限最迟不超过10个工作日。", [(10, "workday", "deadline")]),
    ("紧急工单限2小时处理完毕。", [(2, "hour", "deadline")]),
    (
        "一般投诉3个工作日，重大投诉24小时，由责任部门办结。",
        [(3, "workday", "deadline"), (24, "hour", "deadline")],
    ),
    (
        "处理时限：一般投诉3个工作日，重大投诉1个工作日。",
        [(3, "workday", "deadline"), (1, "workday", "deadline")],
    ),
    (
        "客服中心应在10分钟内派单，维修班应在2小时之内上门。",
        [(10, "minute", "deadline"), (2, "hour", "deadline")],
    ),
    ("情况复杂的，经主管批准可以延长15日。", [(15, "day", "deadline")]),
    ("系统每5分钟自动刷新一次。", [(5, "minute", "cadence")]),
    ("每两周召开一次投诉分析会。", [(2, "week", "cadence")]),
    ("客户服务部应在收到投诉的当天与客户取得联系。", [(0, "day", "deadline")]),
    ("次一工作日内完成派单。", [(1, "workday", "deadline")]),
    ("自受理次日起5个工作日内答复。", [(5, "workday", "deadline")]),
    ("维修人员应在接单后1小时/件内完成。", [(1, "hour", "deadline")]),
    ("电话铃响三声之内接听，或者20秒内接听。", [(20, "second", "deadline")]),
    ("１２小时内完成初步调查。", [(12, "hour", "deadline")]),
    ("一个月后由客户经理再次回访。", [(1, "month", "deadline")]),
    ("仓库应于每日18时前完成当日退货登记。", [(1, "day", "cadence")]),
    ("档案于项目结束后10日内归档。", [(10, "day", "deadline")]),
    ("客户投诉处理完毕后3日内进行回访，7日内完成总结。", [(3, "day", "deadline"), (7, "day", "deadline")]),
]
OTHERS = [
    "营业时间为每日8:30—17:30。",
    "本中心提供7×24小时热线服务。",
    "整机保修两年，压缩机保修五年。",
    "录音资料保存三年。",
    "投诉档案保存期限不少于5年。",
    "年满18周岁的客户可以办理。",
    "本制度自2026年1月1日起施行。",
    "逾期3日未办结的，扣当月绩效5分。",
    "逾期超过24小时的，处以200元罚款。",
    "按照第十二条规定的期限办理。",
    "超过30日未回复的视为同意。",
    "响应时间是指从接到电话到首次回复之间的时间，以分钟计。",
    "合同期限为三年。",
    "员工每周休息两天。",
    "投诉率同比下降10%，满意度达到95分以上。",
    "符合GB/T 19012-2019的要求。",
    "客户可以在收到结果之日起15日内申请复核。",
    "对每月投诉量超过10件的部门进行约谈。",
    "全年走访重点客户不少于两次。",
]


@pytest.mark.parametrize(("said", "wanted"), DUTIES)
def test_a_limit_is_found_with_its_number_and_unit(said, wanted):
    found = [(one.value, one.unit, one.kind) for one in times_in(said) if one.is_duty]
    assert found == wanted


@pytest.mark.parametrize("said", OTHERS)
def test_what_asks_for_no_act_is_no_duty(said):
    assert [one.raw for one in times_in(said) if one.is_duty] == []


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("录音资料保存三年。", "retention"),
        ("营业时间为每日8:30—17:30。", "opening_hours"),
        ("本中心提供7×24小时热线服务。", "availability"),
        ("本制度自2026年1月1日起施行。", "effective_date"),
        ("超过30日未回复的视为同意。", "condition"),
        ("年满18周岁的客户可以办理。", "age"),
        ("客户可以在收到结果之日起15日内申请复核。", "window"),
    ],
)
def test_other_times_say_what_they_are(said, kind):
    assert kind in [one.kind for one in times_in(said) if not one.is_duty]


def test_an_extension_is_no_limit_of_its_own():
    [one] = [one for one in times_in("情况复杂的，经主管批准可以延长15日。") if one.is_duty]
    assert one.is_extension and one.value == 15


def test_a_time_before_an_end_says_so():
    for said in ("停水作业应提前24小时公告。", "合同到期前三个月，客户经理应当与客户沟通续约事宜。"):
        [one] = [one for one in times_in(said) if one.is_duty]
        assert one.is_before, said


def test_two_actors_with_two_limits_are_two_duties():
    said = "客服中心应在10分钟内派单，维修班应在2小时之内上门。"
    found = [one for one in times_in(said) if one.is_duty]
    assert [actor_of(said, one.position) for one in found] == ["客服中心", "维修班"]


def test_limits_by_grade_name_their_grade():
    said = "一般投诉3个工作日，重大投诉24小时，由责任部门办结。"
    found = [one for one in times_in(said) if one.is_duty]
    assert [grade_of(said, one.position) for one in found] == ["一般", "重大"]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("各部门应定期走访客户，发现问题及时上报。", ["定期", "及时"]),
        ("应当即时报告值班经理。", ["即时"]),
        ("提高响应的及时性和及时率。", []),
        ("在规定的时间内答复，尽快解决。", ["规定的时间内", "尽快"]),
        ("提前告知客户停机安排。", ["提前"]),
        ("提前3天告知客户。", []),
    ],
)
def test_vague_words_become_questions(said, words):
    assert [word for word, _at in vague_in(said)] == words


def test_what_never_ends_is_read_in_pieces():
    said = "".join(f"第{n}组应当在三日内答复客户，" for n in range(400))
    pieces = list(sentences(said))
    assert "".join(pieces) == said and max(map(len, pieces)) <= 1000
    assert sum(one.is_duty for piece in pieces for one in times_in(piece)) > 390


def test_what_a_list_of_limits_holds_are_limits_and_its_items_are_for_whom_it_names(tmp_path):
    path = tmp_path / "规定.txt"
    path.write_text(
        "抱怨处理规定\n第一条 客服专员收到抱怨后，按下列时限办理：\n（一）口头抱怨，当场处理；\n（二）书面抱怨，3个工作日；\n"
        "（三）转办件，5个工作日。\n第二条 客服专员收到转办件后，按下列要求办理：\n（一）应当在2小时内登记；\n（二）保存两年。\n",
        encoding="utf-8",
    )
    found = [(d["item"], d["quantity"], d["unit"], d["who"]) for d in read_regulation(path)["timed_duties"]]
    assert found == [
        ("（二）", 3, "workday", "客服专员"), ("（三）", 5, "workday", "客服专员"), ("（一）", 2, "hour", "客服专员"),
    ]  # fmt: skip


@pytest.mark.parametrize("said", ["三五天内答复客户。", "接报后二三小时内到场。"])
def test_a_range_in_words_is_no_number(said):
    assert [(one.is_duty, one.kind) for one in times_in(said)] == [(False, "inexact")]


def test_a_limit_of_24_hours_is_no_opening_time():
    assert [one.value for one in times_in("营业所应当在24小时内恢复供水。") if one.is_duty] == [24]
    assert [one.kind for one in times_in("紧急专线24小时接听。")] == ["availability"]
