"""Word files: the numbers that Word counts and does not write, and the text as Word shows it."""

from __future__ import annotations

from pathlib import Path

import pytest

from keyue.regulations.numerals import number_of
from keyue.regulations.reader.files import read_text
from keyue.regulations.reader.reading import read_regulation
from keyue.regulations.reader.word import numeral

from .making import (
    CHAPTERS,
    ITEMS,
    THROUGH,
    WordFile,
    definition,
    level,
    number,
    repacked,
    starts_at,
)


@pytest.fixture
def save(tmp_path):
    return lambda word: word.save(tmp_path / "制度.docx")


def lines(path: Path) -> list[str]:
    return read_text(path).lines


def labels(path: Path) -> list[str]:
    """What stands before 甲 in each paragraph; paragraphs without it are no matter."""
    return [line.partition("甲")[0].strip() for line in lines(path) if "甲" in line]


def listed(save, lists: str, *places: tuple[int, int] | None) -> list[str]:
    """The labels of paragraphs in these lists and levels."""
    word = WordFile(lists, title="")
    for place in places:
        word.add("甲", *(() if place is None else (place[1], place[0])))
    return labels(save(word))


# --- lists ---


def test_chapters_articles_and_items_are_numbered_as_word_numbers_them(save):
    word = WordFile()
    word.add("总则", 0)
    word.add("为规范客户服务，制定本办法。", 1)
    word.add("本办法适用于各分公司。", 1)
    word.add("受理", 0)
    word.add("客服专员收到投诉以后，按下列要求办理：", 1)
    word.add("应当在2小时内登记；", 2)
    word.add("应当在3个工作日内答复客户。", 2)
    word.add("再次投诉的，按下列要求办理：", 1)
    word.add("客服主管应当当日受理；", 2)
    word.add("客服主管应当每月汇总一次。", 2)
    found = read_regulation(save(word))
    assert found["title"] == "客户服务管理办法"
    assert [(one["number"], one["type"], one["heading"], one["path"]) for one in found["structure"]] == [
        ("第一章", "chapter", "总则", "第一章"),
        ("第一条", "article", "", "第一章/第一条"),
        ("第二条", "article", "", "第一章/第二条"),
        ("第二章", "chapter", "受理", "第二章"),
        ("第三条", "article", "", "第二章/第三条"),
        ("（一）", "item", "", "第二章/第三条/（一）"),
        ("（二）", "item", "", "第二章/第三条/（二）"),
        ("第四条", "article", "", "第二章/第四条"),
        ("（一）", "item", "", "第二章/第四条/（一）"),
        ("（二）", "item", "", "第二章/第四条/（二）"),
    ]
    assert [(one["clause"], one["item"], one["quantity"], one["unit"]) for one in found["timed_duties"]] == [
        ("第三条", "（一）", 2, "hour"),
        ("第三条", "（二）", 3, "workday"),
        ("第四条", "（一）", 0, "day"),
        ("第四条", "（二）", 1, "month"),
    ]


def test_articles_that_begin_anew_in_each_chapter_are_named_with_it(save):
    anew = level(1, "chineseCountingThousand", "第%2条")
    word = WordFile(definition(0, CHAPTERS, anew) + number(1, 0))
    for chapter in ("总则", "受理"):
        word.add(chapter, 0)
        word.add("本章写明各部门的职责。", 1)
        word.add("客服专员应当在3日内答复客户。", 1)
    found = read_regulation(save(word))
    assert [one["path"] for one in found["structure"]] == [
        "第一章", "第一章/第一条", "第一章/第二条", "第二章", "第二章/第一条", "第二章/第二条",
    ]  # fmt: skip
    assert [one["clause"] for one in found["timed_duties"]] == ["第一章/第二条", "第二章/第二条"]


def test_numbers_of_several_levels_are_put_together(save):
    lists = definition(
        0, level(0, "decimal", "%1"), level(1, "decimal", "%1.%2"), level(2, "decimal", "%1.%2.%3")
    )
    word = WordFile(lists + number(1, 0))
    word.add("总则", 0)
    word.add("本办法由客服部解释。", 1)
    word.add("时限", 0)
    word.add("投诉的时限如下。", 1)
    word.add("客服专员应当在2小时内登记。", 2)
    word.add("客服专员应当在3日内答复客户。", 2)
    found = read_regulation(save(word))
    assert [(one["number"], one["heading"]) for one in found["structure"]] == [
        ("1", "总则"), ("1.1", ""), ("2", "时限"), ("2.1", ""), ("2.1.1", ""), ("2.1.2", ""),
    ]  # fmt: skip
    assert [(one["clause"].split("/")[-1], one["quantity"]) for one in found["timed_duties"]] == [
        ("2.1.1", 2),
        ("2.1.2", 3),
    ]


def test_a_level_begins_anew_when_a_level_above_is_used_or_never(save):
    never, after_first = '<w:lvlRestart w:val="0"/>', '<w:lvlRestart w:val="1"/>'
    lists = definition(
        0, level(0, "decimal", "%1"), level(1, "decimal", "b%2", never), level(2, "decimal", "c%3"),
        level(3, "decimal", "d%4", after_first),
    )  # fmt: skip
    places = [(1, at) for at in (0, 1, 2, 2, 3, 1, 2, 3, 0, 1, 2, 3)]
    assert listed(save, lists + number(1, 0), *places) == [
        "1", "b1", "c1", "c2", "d1", "b2", "c1", "d2", "2", "b3", "c1", "d1",
    ]  # fmt: skip


def test_a_level_that_asks_for_a_restart_by_a_deeper_one_is_as_usual(save):
    lists = definition(0, level(0, "decimal", "%1"), level(1, "decimal", "b%2", '<w:lvlRestart w:val="7"/>'))
    assert listed(save, lists + number(1, 0), (1, 0), (1, 1), (1, 1), (1, 0), (1, 1)) == [
        "1", "b1", "b2", "2", "b1",
    ]  # fmt: skip


def test_a_list_goes_on_after_other_paragraphs_and_other_lists(save):
    lists = definition(0, level(0, "decimal", "%1）")) + definition(1, level(0, "upperLetter", "%1）"))
    both = lists + number(1, 0) + number(2, 1)
    assert listed(save, both, (1, 0), (1, 0), None, (2, 0), (1, 0), (2, 0)) == [
        "1）", "2）", "", "A）", "3）", "B）",
    ]  # fmt: skip


def test_lists_of_one_definition_count_on_and_a_restart_holds_for_all_of_them(save):
    lists = definition(0, level(0, "decimal", "%1、")) + number(1, 0) + number(2, 0)
    assert listed(save, lists, (1, 0), (2, 0), (1, 0)) == ["1、", "2、", "3、"]
    anew = lists + number(3, 0, starts_at(0, 8))
    assert listed(save, anew, (1, 0), (1, 0), (3, 0), (3, 0), (1, 0), (2, 0)) == [
        "1、", "2、", "8、", "9、", "10、", "11、",
    ]  # fmt: skip


def test_a_restart_holds_for_its_level_only(save):
    lists = definition(0, CHAPTERS, THROUGH, ITEMS) + number(1, 0) + number(2, 0, starts_at(1, 1))
    assert listed(save, lists, (1, 0), (1, 1), (1, 1), (1, 0), (2, 1), (2, 1), (1, 1)) == [
        "第一章", "第一条", "第二条", "第二章", "第一条", "第二条", "第三条",
    ]  # fmt: skip


def test_a_list_may_have_a_level_of_its_own(save):
    own = f'<w:lvlOverride w:ilvl="0">{level(0, "chineseCounting", "（%1）", start=4)}</w:lvlOverride>'
    lists = definition(0, level(0, "decimal", "%1、")) + number(1, 0, own) + definition(1, ITEMS)
    assert listed(save, lists, (1, 0), (1, 0)) == ["（四）", "（五）"]


def test_a_list_begins_where_its_definition_says(save):
    lists = definition(0, level(0, "chineseCounting", "第%1条", start=12)) + number(1, 0)
    assert listed(save, lists, (1, 0), (1, 0)) == ["第十二条", "第十三条"]


def test_a_number_shown_before_its_level_was_used_is_the_first(save):
    lists = definition(0, level(0, "decimal", "%1"), level(1, "decimal", "%1.%2")) + number(1, 0)
    assert listed(save, lists, (1, 1), (1, 1)) == ["1.1", "1.2"]


def test_legal_numbering_shows_digits(save):
    lists = definition(0, CHAPTERS, level(1, "decimal", "%1.%2", "<w:isLgl/>")) + number(1, 0)
    assert listed(save, lists, (1, 0), (1, 0), (1, 1), (1, 1)) == ["第一章", "第二章", "2.1", "2.2"]
    off = definition(0, CHAPTERS, level(1, "decimal", "%1.%2", '<w:isLgl w:val="0"/>')) + number(1, 0)
    assert listed(save, off, (1, 0), (1, 1)) == ["第一章", "一.1"]


def test_bullets_and_list_0_are_no_numbers(save):
    lists = definition(0, level(0, "bullet", "•"), level(1, "decimal", "%2）")) + number(1, 0)
    assert listed(save, lists, (1, 0), (1, 1), (1, 1), (1, 0), (1, 1), (0, 0), (7, 0)) == [
        "", "1）", "2）", "", "1）", "", "",
    ]  # fmt: skip


def test_a_paragraph_takes_away_the_number_of_its_style(save):
    word = WordFile(title="")
    word.style("条", '<w:numPr><w:ilvl w:val="1"/><w:numId w:val="1"/></w:numPr>')
    word.add("甲", style="条")
    word.add("甲", 0, num=0, style="条")
    word.add("甲", style="条")
    assert labels(save(word)) == ["第一条", "", "第二条"]


def test_styles_have_numbers_of_their_own_of_their_bases_and_by_the_level_that_names_them(save):
    named = level(2, "chineseCounting", "（%3）", '<w:pStyle w:val="款"/>')
    word = WordFile(definition(0, CHAPTERS, THROUGH, named) + number(1, 0), title="")
    word.style("章", '<w:numPr><w:numId w:val="1"/></w:numPr>')
    word.style("条", '<w:numPr><w:ilvl w:val="1"/></w:numPr>', base="章")
    word.style("重点条", "<w:keepNext/>", base="条")
    word.style("款", '<w:numPr><w:numId w:val="1"/></w:numPr>')
    for style in ("章", "条", "重点条", "款", "款", "章", "条", "款"):
        word.add("甲", style=style)
    assert labels(save(word)) == [
        "第一章", "第一条", "第二条", "（一）", "（二）", "第二章", "第三条", "（一）",
    ]  # fmt: skip


def test_a_paragraph_may_name_only_the_level_within_the_list_of_its_style(save):
    word = WordFile(title="")
    word.style("章", '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>')
    word.add("甲", style="章")
    word.xml(
        '<w:p><w:pPr><w:pStyle w:val="章"/><w:numPr><w:ilvl w:val="1"/></w:numPr></w:pPr>'
        "<w:r><w:t>甲</w:t></w:r></w:p>"
    )
    assert labels(save(word)) == ["第一章", "第一条"]


def test_a_style_of_lists_stands_for_a_definition(save):
    linked = '<w:abstractNum w:abstractNumId="5"><w:numStyleLink w:val="公司制度"/></w:abstractNum>'
    real = f'<w:abstractNum w:abstractNumId="6"><w:styleLink w:val="公司制度"/>{CHAPTERS}</w:abstractNum>'
    assert listed(save, linked + real + number(1, 5) + number(2, 6), (1, 0), (2, 0)) == ["第一章", "第二章"]


def test_styles_that_are_based_on_each_other_end(save):
    word = WordFile(title="")
    word.style("甲样式", "")
    word.style("乙样式", "", base="甲样式")
    word.document.styles["甲样式"].base_style = word.document.styles["乙样式"]
    word.add("甲", style="甲样式")
    assert labels(save(word)) == [""]


@pytest.mark.parametrize(
    ("form", "first", "others"),
    [
        ("chineseCounting", "一", {10: "十", 11: "十一", 20: "二十", 105: "一百零五", 110: "一百一十", 1010: "一千零一十"}),
        ("lowerLetter", "a", {26: "z", 27: "aa", 0: "0"}),
        ("upperRoman", "I", {4: "IV", 1994: "MCMXCIV", 0: "0"}),
        ("decimalEnclosedCircleChinese", "①", {20: "⑳", 21: "21"}),
        ("decimalZero", "01", {12: "12"}),
        ("ordinal", "1", {10**12: str(10**12), -1: "-1"}),
        ("chineseLegalSimplified", "一", {10**12: str(10**12)}),
    ],
)  # fmt: skip
def test_the_forms_of_numbers(form, first, others):
    assert {n: numeral(n, form) for n in (1, *others)} == {1: first, **others}


def test_every_chinese_number_is_read_as_it_was_written():
    assert [n for n in range(10_000) if number_of(numeral(n, "chineseCounting")) != n] == []


def test_levels_and_starts_out_of_all_bounds_do_no_harm(save):
    lists = definition(
        0, level(10**9, "decimal", "x%1"), level(0, "upperRoman", "%1", start=10**9),
        '<w:lvl w:ilvl="一"><w:start w:val="-5"/></w:lvl>', level(1, "lowerLetter", "%1-%2-%9", start=-3),
    )  # fmt: skip
    overrides = ('<w:lvlOverride w:ilvl="99999999"><w:startOverride w:val="x"/></w:lvlOverride>',)
    huge = lists + number(1, 0, *overrides)
    assert listed(save, huge, (1, 0), (1, 1), (1, 10**9), (1, 8)) == ["I", "I-a-", "", ""]


# --- text ---


def test_headings_by_style_have_their_level(save):
    word = WordFile()
    word.style("标题 3", "")
    word.style("小标题", "", base="Heading 2")
    word.add("服务承诺", style="Heading 1")
    word.add("热线", style="小标题")
    word.add("夜间", style="标题 3")
    word.add("全天有人接听。")
    found = {one.text: one.level for one in read_text(save(word)).paragraphs}
    assert found == {"客户服务管理办法": 0, "服务承诺": 1, "热线": 2, "夜间": 3, "全天有人接听。": 0}


def test_tables_with_merged_cells_and_numbers_in_them(save):
    word = WordFile()
    table = word.document.add_table(4, 3)
    cells = [
        ["级别", "环节", "时限"],
        ["重大", "响应", "2小时"],
        ["", "答复", "2小时"],
        ["注：以工作时间计。", "", ""],
    ]
    for row, texts in zip(table.rows, cells, strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    table.cell(1, 0).merge(table.cell(2, 0))
    table.cell(3, 0).merge(table.cell(3, 2))
    word.add("以上时限由客服部解释。", 1)
    [found] = read_text(save(word)).tables
    assert found["after"] == "客户服务管理办法"
    assert found["rows"] == [
        ["级别", "环节", "时限"],
        ["重大", "响应", "2小时"],
        ["重大", "答复", "2小时"],
        ["注：以工作时间计。"],
    ]


def test_merged_cells_after_a_wide_cell_and_a_gap(save):
    cell = "<w:tc><w:tcPr>{}</w:tcPr><w:p><w:r><w:t>{}</w:t></w:r></w:p></w:tc>"
    wide, begun, goes_on = '<w:gridSpan w:val="2"/>', '<w:vMerge w:val="restart"/>', "<w:vMerge/>"
    word = WordFile()
    word.xml(
        f"<w:tbl><w:tr>{cell.format(wide, '宽')}{cell.format(begun, '合并')}</w:tr>"
        f"<w:tr>{cell.format('', '左')}{cell.format('', '右')}{cell.format(goes_on, '')}</w:tr>"
        f"<w:tr><w:trPr><w:gridBefore w:val='2'/></w:trPr>{cell.format(goes_on, '')}</w:tr></w:tbl>"
    )
    assert read_text(save(word)).tables[0]["rows"] == [["宽", "合并"], ["左", "右", "合并"], ["合并"]]


def test_neighbouring_cells_may_say_the_same(save):
    word = WordFile()
    for cell in word.document.add_table(1, 3).rows[0].cells:
        cell.text = "2小时"
    assert read_text(save(word)).tables[0]["rows"] == [["2小时"] * 3]


def test_a_table_within_a_cell_and_numbers_in_cells_are_read(save):
    word = WordFile(definition(0, level(0, "decimal", "%1.")) + number(1, 0))
    numbered = '<w:p><w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr></w:pPr><w:r><w:t>{}</w:t></w:r></w:p>'
    word.xml(
        f"<w:tbl><w:tr><w:tc>{numbered.format('登记')}</w:tc><w:tc><w:tbl><w:tr><w:tc><w:p><w:r><w:t>内表</w:t></w:r></w:p>"
        f"</w:tc></w:tr></w:tbl></w:tc></w:tr></w:tbl>"
    )
    word.add("答复", 0)
    assert lines(save(word))[1:] == ["1. 登记 ｜ 内表", "2. 答复"]


def test_a_frame_around_the_whole_text_is_no_table(save):
    word = WordFile(title="")
    cell = word.document.add_table(1, 1).rows[0].cells[0]
    cell.text = "投诉处理规定"
    cell.add_paragraph("第一条 为规范投诉处理，制定本规定。")
    cell.add_paragraph("第二条 客服专员应当在3日内答复客户。")
    found = read_regulation(save(word))
    assert found["title"] == "投诉处理规定" and found["tables"] == []
    assert [one["number"] for one in found["structure"]] == ["第一条", "第二条"]


def test_tracked_changes_are_taken_as_accepted(save):
    word = WordFile()
    word.xml(
        "<w:p><w:r><w:t>第一条 客服专员应当在</w:t></w:r><w:del><w:r><w:delText>5</w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t>3</w:t></w:r></w:ins><w:r><w:t>日内答复客户。</w:t></w:r></w:p>"
        "<w:p><w:moveFrom><w:r><w:t>移走的话。</w:t></w:r></w:moveFrom><w:moveTo><w:r><w:t>移来的话。</w:t></w:r></w:moveTo></w:p>"
    )
    path = save(word)
    assert lines(path)[1:] == ["第一条 客服专员应当在3日内答复客户。", "移来的话。"]
    assert [one["quantity"] for one in read_regulation(path)["timed_duties"]] == [3]


def test_deleted_paragraphs_and_rows_are_not_counted_and_a_deleted_end_joins(save):
    word = WordFile()
    gone = '<w:rPr><w:del w:id="1" w:author="甲"/></w:rPr>'
    number_one = '<w:numPr><w:ilvl w:val="1"/><w:numId w:val="1"/></w:numPr>'
    word.add("先登记。", 1)
    word.xml(
        f"<w:p><w:pPr>{number_one}{gone}</w:pPr><w:del><w:r><w:delText>删去的一条。</w:delText></w:r></w:del></w:p>"
        f"<w:p><w:pPr>{number_one}{gone}</w:pPr><w:r><w:t>应当在3日内</w:t></w:r></w:p>"
        f"<w:p><w:pPr>{number_one}</w:pPr><w:r><w:t>答复客户。</w:t></w:r></w:p>"
        "<w:tbl><w:tr><w:trPr><w:del/></w:trPr><w:tc><w:p><w:r><w:t>旧行</w:t></w:r></w:p></w:tc></w:tr>"
        "<w:tr><w:tc><w:p><w:r><w:t>新行</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"
        f"<w:p><w:pPr>{gone}</w:pPr><w:r><w:t>文末。</w:t></w:r></w:p>"
    )
    assert lines(save(word))[1:] == ["第一条 先登记。", "第二条 应当在3日内答复客户。", "新行", "文末。"]


def test_text_in_controls_links_fields_and_tags_is_read(save):
    word = WordFile()
    run = "<w:r><w:t>{}</w:t></w:r>"
    word.xml(
        f"<w:sdt><w:sdtPr/><w:sdtContent><w:p>{run.format('第一条 整段在控件里。')}</w:p></w:sdtContent></w:sdt>"
        f"<w:p>{run.format('第二条 由')}<w:sdt><w:sdtContent>{run.format('客服部')}</w:sdtContent></w:sdt>"
        f"<w:smartTag>{run.format('在')}</w:smartTag><w:hyperlink>{run.format('3日')}</w:hyperlink>"
        f'<w:fldSimple w:instr="X">{run.format("内")}</w:fldSimple><w:r><w:instrText>REF 代码</w:instrText></w:r>'
        f"{run.format('答复。')}</w:p><w:tbl><w:sdt><w:sdtContent><w:tr><w:sdt><w:sdtContent><w:tc><w:p>{run.format('格')}</w:p>"
        "</w:tc></w:sdtContent></w:sdt></w:tr></w:sdtContent></w:sdt></w:tbl>"
    )
    assert lines(save(word))[1:] == ["第一条 整段在控件里。", "第二条 由客服部在3日内答复。", "格"]


def test_text_boxes_are_read_once(save):
    word = WordFile()
    box = "<w:txbxContent><w:p><w:r><w:t>第一条 框里的字。</w:t></w:r></w:p></w:txbxContent>"
    word.xml(
        f"<w:p><w:r><w:t>框外的字。</w:t></w:r><w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing><wps:txbx>{box}"
        f"</wps:txbx></w:drawing></mc:Choice><mc:Fallback><w:pict>{box}</w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>"
    )
    assert lines(save(word))[1:] == ["框外的字。", "第一条 框里的字。"]


def test_line_breaks_within_a_paragraph_part_it(save):
    word = WordFile()
    word.add("客服专员收到投诉以后：\n（一）应当在2小时内登记；\n\n（二）应当在3日内答复。", 1)
    path = save(word)
    assert lines(path)[1] == "第一条 客服专员收到投诉以后："
    found = read_regulation(path)
    assert [one["number"] for one in found["structure"]] == ["第一条", "（一）", "（二）"]
    assert [(one["item"], one["quantity"]) for one in found["timed_duties"]] == [("（一）", 2), ("（二）", 3)]


def test_tabs_hyphens_and_readings(save):
    word = WordFile()
    word.xml(
        "<w:p><w:r><w:t>电话</w:t><w:tab/><w:t>400</w:t><w:noBreakHyphen/><w:t>100</w:t></w:r><w:r><w:ruby><w:rt><w:r><w:t>kè</w:t>"
        "</w:r></w:rt><w:rubyBase><w:r><w:t>客</w:t></w:r></w:rubyBase></w:ruby></w:r></w:p>"
    )
    assert lines(save(word))[1] == "电话\t400-100客"


def test_the_table_of_contents_is_no_part_of_the_text(save):
    word = WordFile()
    word.style("toc 1", "")
    word.add("第一章 总则\t1", style="toc 1")
    word.xml(
        '<w:sdt><w:sdtPr><w:docPartObj><w:docPartGallery w:val="Table of Contents"/></w:docPartObj></w:sdtPr>'
        "<w:sdtContent><w:p><w:r><w:t>第二章 受理 2</w:t></w:r></w:p></w:sdtContent></w:sdt>"
    )
    word.add("总则", 0)
    word.add("受理", 0)
    found = read_regulation(save(word))
    assert [(one["number"], one["heading"]) for one in found["structure"]] == [
        ("第一章", "总则"),
        ("第二章", "受理"),
    ]


# --- packages ---


def test_a_file_without_styles_and_lists_is_read(save, tmp_path):
    word = WordFile()
    word.add("第一条 客服专员应当在3日内答复客户。")
    path = save(word)
    bare = repacked(path, {"word/styles.xml": None, "word/numbering.xml": None}, tmp_path / "少.docx")
    assert lines(bare) == ["客户服务管理办法", "第一条 客服专员应当在3日内答复客户。"]


def test_a_link_to_nothing_does_no_harm(save, tmp_path):
    word = WordFile()
    word.add("第一条 客服专员应当在3日内答复客户。")
    path = save(word)
    links = (
        b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        b'<Relationship Id="a" Type="http://x/image" Target="NULL"/>'
        b'<Relationship Id="b" Type="http://x/numbering" Target="../../../etc/passwd"/></Relationships>'
    )
    broken = repacked(path, {"word/_rels/document.xml.rels": links}, tmp_path / "断.docx")
    assert lines(broken)[1] == "第一条 客服专员应当在3日内答复客户。"


def test_a_file_of_the_strict_form_with_its_text_elsewhere_is_read(tmp_path):
    main = (
        '<w:document xmlns:w="http://purl.oclc.org/ooxml/wordprocessingml/main"><w:body><w:p><w:r><w:t>第一条 先登记。'
        "</w:t></w:r></w:p></w:body></w:document>"
    ).encode()
    links = (
        b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="a" '
        b'Type="http://purl.oclc.org/ooxml/officeDocument/relationships/officeDocument" Target="/Text/Main.xml"/>'
        b"</Relationships>"
    )
    empty = WordFile().save(tmp_path / "空.docx")
    changes = {"word/document.xml": None, "Text/Main.xml": main, "_rels/.rels": links}
    assert lines(repacked(empty, changes, tmp_path / "严.docx")) == ["第一条 先登记。"]
