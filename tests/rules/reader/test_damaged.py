"""What texts go through on their way: pages' heads, sites' words within them, lost line breaks, spaces, wrong characters."""

from __future__ import annotations

import pytest

from keyue.regulations.reader.damage import repaired
from keyue.regulations.reader.notices import without_notices
from keyue.regulations.reader.paragraphs import joined, without_margins
from keyue.regulations.reader.reading import read_regulation


def read(tmp_path, *lines: str) -> dict:
    path = tmp_path / "制度.txt"
    path.write_text("\n".join(lines), encoding="utf-8")
    return read_regulation(path)


def units(found: dict) -> list[tuple[str, str, str]]:
    return [(one["type"], one["number"], one["heading"]) for one in found["structure"]]


def test_heads_and_numbers_of_pages_are_taken_out_of_a_sentence_and_shown(tmp_path):
    found = read(
        tmp_path,
        "投诉办法",
        "第一条 受理人员应当把投诉录入系统，并在",
        "- 1 -",
        "海汀银行　　内部资料",
        "24小时内与客户联系。",
        "第二条 主管应当在3日内复核。",
        "海汀银行　　内部资料",
        "第 2 页 共 3 页",
        "第三条 档案由客服部管理。",
    )
    assert [one["text"] for one in found["structure"]] == [
        "受理人员应当把投诉录入系统，并在24小时内与客户联系。",
        "主管应当在3日内复核。",
        "档案由客服部管理。",
    ]
    assert {one["text"] for one in found["removed"]} == {"- 1 -", "海汀银行　　内部资料", "第 2 页 共 3 页"}


def test_what_stands_beside_no_page_number_stays_and_so_does_the_title_that_pages_repeat():
    lines = [
        "客户投诉办法",
        "第 1 页",
        "客户投诉办法",
        "一、总则",
        "工作要求",
        "甲。",
        "二、办理",
        "工作要求",
        "乙。",
    ]
    kept, removed = without_margins(lines)
    assert kept == ["客户投诉办法", "一、总则", "工作要求", "甲。", "二、办理", "工作要求", "乙。"]
    assert removed == ["第 1 页", "客户投诉办法"]


def test_lines_broken_to_the_commonest_width_are_joined_though_some_are_longer():
    body = [
        "维保部负责电梯的日常维护和",
        "保养，每月检查一次，发现问",
        "题当日处理。",
        "第二条 客服部接到报修后",
        "应当在十分钟内派单，并告知",
    ]
    lines = [*body * 3, "这一行因为字间有两个空格  所以  比别的行长出很多很多"]
    assert "维保部负责电梯的日常维护和保养，每月检查一次，发现问题当日处理。" in joined(lines)


def test_whole_chapters_on_one_line(tmp_path):
    found = read(
        tmp_path,
        "售后制度",
        "一、总则（一）为了规范服务，制定本制度。（二）本制度适用于客服部。二、办理（一）按下列时限办理："
        "1.专员应在24小时内审核；2.仓库应在2个工作日内质检；4.财务应在1个工作日内退款。（二）主管每周抽查。",
        "第三条款不在此列。",
    )
    assert units(found) == [
        ("chapter", "一", "总则"), ("clause", "（一）", ""), ("clause", "（二）", ""),
        ("chapter", "二", "办理"), ("clause", "（一）", ""),
        ("item", "1", ""), ("item", "2", ""), ("item", "4", ""), ("clause", "（二）", ""),
    ]  # fmt: skip
    assert [(one["clause"], one["quantity"]) for one in found["timed_duties"]] == [
        ("二/（一）/1", 24), ("二/（一）/2", 2), ("二/（一）/4", 1), ("二/（二）", 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("head", "below"),
    [
        ("第三章办　理1、甲应在1小时内签收。2、乙应在2小时内答复。", ("第三章", "1", "2")),
        ("3 网络点评3.1 甲应在1小时内签收。3.2 乙应在2小时内答复。", ("3", "3.1", "3.2")),
        ("3.2 车辆交接3.2.1 甲应在1小时内签收。3.2.2 乙应在2小时内答复。", ("3.2", "3.2.1", "3.2.2")),
    ],
)
def test_a_heading_glued_to_the_first_number_below_it(tmp_path, head, below):
    before = {
        "第": ["第一章 总则", "1、丙。", "第二章 受理", "1、丁。"],
        "3": ["1 总则", "1.1 丙。", "2 受理", "2.1 丁。", "3 用车"],
    }
    first = (
        before["3"][:-1]
        if head.startswith("3 ")
        else [*before["3"], "3.1 己。"]
        if head[0] == "3"
        else before["第"]
    )
    found = read(tmp_path, "办法", *first, head)
    assert [one["number"] for one in found["structure"]][-3:] == list(below)
    assert found["structure"][-3]["heading"] in {"办理", "网络点评", "车辆交接"}


def test_figures_inside_a_line_are_no_numbers_of_units(tmp_path):
    found = read(
        tmp_path,
        "办法",
        "第一条 满意度按五档计分：1.5分以下为不合格；得分低于2.5分的，应当回访。",
        "第二条 二、三级投诉由部门办理。一、二级投诉由公司办理。",
        "第三条 依照第一条、第二条办理。按照第二条规定应当公告的，公告3日。",
    )
    assert [one["number"] for one in found["structure"]] == ["第一条", "第二条", "第三条"]


def test_numbers_given_twice_or_in_the_wrong_place_are_listed_as_they_stand(tmp_path):
    found = read(
        tmp_path,
        "办法",
        "第一条 甲。",
        "第二条 乙应在2日内答复。第二条 丙应在3日内答复。",
        "第四条 按下列办理：",
        "1、丁；",
        "3、戊；",
        "2、己；",
        "4、庚。",
    )
    assert [one["number"] for one in found["structure"]] == [
        "第一条",
        "第二条",
        "第二条",
        "第四条",
        "1",
        "3",
        "2",
        "4",
    ]
    # a number given twice by mistake does not begin the articles anew
    assert [one["clause"] for one in found["timed_duties"]] == ["第二条", "第二条"]


def test_a_reference_at_the_head_of_a_broken_line_is_no_article(tmp_path):
    found = read(
        tmp_path, "办法", "第一条 甲。", "第二条 乙。", "第三条 客户服务部应当依照", "第二条 规定的时间答复。"
    )
    assert [one["number"] for one in found["structure"]] == ["第一条", "第二条", "第三条"]


def test_the_words_of_a_site_are_cut_out_of_a_line_and_nothing_else():
    text = "第一条 应在5分钟内封存，（本文由文档天下网整理）并报告经理。更多范文请到人人文库下载！第二条 热线24小时接听，渠道客服详细记录。"
    kept, removed = without_notices(["投诉办法", text])
    assert kept == [
        "投诉办法",
        "第一条 应在5分钟内封存，并报告经理。第二条 热线24小时接听，渠道客服详细记录。",
    ]
    assert [said for said, _why in removed] == ["（本文由文档天下网整理）", "更多范文请到人人文库下载！"]


def test_a_whole_text_on_one_line_is_never_taken_for_a_notice():
    text = "第一条 甲应在1小时内答复。" * 40 + "温馨提示：最新文档以官方发布为准，猜你喜欢"
    kept, removed = without_notices(["办法", text, "- 范文一"])
    assert "".join(kept).count("第一条") == 40 and "温馨提示" not in "".join(kept)
    assert [said for said, _why in removed] == ["温馨提示：最新文档以官方发布为准，猜你喜欢", "- 范文一"]


def test_a_line_of_the_regulation_that_shares_a_word_with_notices_stays():
    lines = [
        "办法",
        "5. 无人认领行李保管90日。",
        "社交媒体平台：在公司微博、微信公众号上开设反馈渠道。",
        "会员积分由客服部每月核对。",
    ]
    assert without_notices(lines) == (lines, [])


@pytest.mark.parametrize(
    ("damaged", "right", "certain"),
    [
        ("3.3 回 复 前 应 当 与 记 录 核 对 ， 不 得 争 辩 。", "3.3 回复前应当与记录核对，不得争辩。", True),
        ("6.1 经 理 应 在 上 午 9 : 0 0 前 提 交 ，", "6.1 经理应在上午9:00前提交，", True),
        ("七 、 附 则", "七、附则", True),
        ("客​服应​答", "客服应答", True),
        (
            "应于当曰登记，三个工作曰内整改，十曰内办结。",
            "应于当日登记，三个工作日内整改，十日内办结。",
            True,
        ),
        ("投拆末及时处理的", "投诉未及时处理的", False),
    ],
)
def test_spaces_invisible_signs_and_lookalikes_are_put_right_and_said(damaged, right, certain):
    lines, repairs, _script = repaired([damaged])
    assert lines == [right] and repairs and all(one.why for one in repairs)
    assert all(one.certain for one in repairs) is certain


def test_words_in_columns_and_a_day_of_the_month_stay_as_they_are():
    lines = [
        "甲 乙 丙",
        "优 良 中 差 1 2",
        "1 2 3 4",
        "子曰：温故而知新。",
        "期末按成绩评定，月末能完成，周末答复。",
    ]
    assert repaired(lines) == (lines, [], "simplified")


def test_what_is_not_certain_is_asked_at_each_place():
    _lines, repairs, _script = repaired(["投诉末及时处理的扣分。", "工单末能办结的上报。"])
    assert [(one.before, one.after, one.certain) for one in repairs] == [("末", "未", False)] * 2
    assert [one.near for one in repairs] == ["投诉未及时处理的扣分。", "工单未能办结的上报。"]


def test_traditional_characters_in_a_simplified_text_are_turned_and_called_mixed():
    text = "客服部应当及时处理买家的投诉，並在两个工作日内说明原因，訂單与发货另行规定，质检报告归档保存，买家对结果仍有异议的，由店长亲自联系。"
    lines, repairs, script = repaired([text])
    assert script == "mixed" and "訂" not in lines[0] and [one.before for one in repairs] == ["繁体字 ×3"]


def test_a_table_without_strokes_at_its_ends(tmp_path):
    found = read(
        tmp_path,
        "服务规范",
        "1 时限",
        "1.1 各级时限见下表。",
        "级别 | 响应时限 | 恢复时限",
        "P1 | 15分钟 | 4小时",
        "P2 | 30分钟 | 12小时",
    )
    assert [row[0] for row in found["tables"][0]["rows"]] == ["级别", "P1", "P2"]
    assert [(one["quantity"], one["unit"]) for one in found["timed_duties"]] == [
        (15, "minute"), (4, "hour"), (30, "minute"), (12, "hour"),
    ]  # fmt: skip


def test_an_appendix_and_a_signature(tmp_path):
    found = read(
        tmp_path,
        "程序",
        "1 总则",
        "1.1 甲应在1日内答复。",
        "附录A 特殊情形",
        "A.1 乙应在2日内答复。",
        "A.2 丙应在3日内答复。",
        "启和物业服务有限公司",
        "2024年5月20日",
    )
    assert units(found)[2:] == [
        ("chapter", "附录A", "特殊情形"),
        ("clause", "A.1", ""),
        ("clause", "A.2", ""),
    ]
    assert found["closing"] == "启和物业服务有限公司\n2024年5月20日" and found["complete"]


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("装卸队须在靠泊前１小时完成就位。", [(1, "hour")]),
        ("各店每天点评前一天的差评，应当记录。", [(1, "day")]),
        ("夜间（二十二时至次日六时）签收时限放宽至四十分钟。", [(40, "minute")]),
        ("会议时长控制在90分钟以内，复盘报告应在2日内发出。", [(2, "day")]),
        ("客户离店后30日内提出补开发票的，前厅部应予协助。", []),
        ("三个月内同一故障再次出现的，免费返修，费用由公司承担。", []),
        ("投诉分析报告每季度末月25日前报送总行。", [(1, "quarter")]),
        ("临期食品应提前15日报品控部处置。", [(15, "day")]),
        ("访客证当日有效，应当归还。", []),
        ("客户可在次月15日前申请补偿。", []),
        ("应在下午5:30前送达。", [(17.5, "time")]),
        ("平均到场时间较上年缩短6分钟，应当保持。", []),
    ],
)
def test_times_of_later_texts(said, wanted):
    from keyue.regulations.reader.duties import times_in

    found = [(one.value, one.unit) for one in times_in(said) if one.is_duty]
    assert [one for one in found if one not in {(1, "day")} or (1, "day") in wanted] == wanted
