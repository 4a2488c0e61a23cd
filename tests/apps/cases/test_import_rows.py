"""What a row says: opinion, sender, instants and what happened since; and the sentence for whatever it does not say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils.translation import override

from keyue.cases.importing import cells
from keyue.cases.importing.columns import COLUMNS, guess
from keyue.cases.importing.dry import kind_of
from keyue.cases.importing.rows import CHOICES, LABELS, Reader

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
GOOD = {"at": "2026-11-03 14:05", "content": "浊度超标", "name": "周叙白", "phone": "138 0000 6027"}
SOLVED = {"solved_at": "2026-11-04 10:00", "result": "更换膜元件"}
TOLD = {**SOLVED, "told_at": "2026-11-04 16:00"}


def read(default_type="feedback", now=NOW, **texts):
    """The row of these cells, in the order of their columns."""
    mapping = {code: place for place, code in enumerate(texts)}
    reader = Reader(mapping, zone=SHANGHAI, now=now, default_type=default_type)
    return reader.read(2, list(texts.values()))


def test_a_row_as_an_opinion():
    row = read(**GOOD, type="投诉", channel="热线", phase="售后", region="浙江杭州", title="膜组浊度")
    assert row.faults == []
    assert row.at == datetime(2026, 11, 3, 14, 5, tzinfo=SHANGHAI)
    said = row.intake
    assert (said.type, said.channel, said.phase, said.title) == ("complaint", "phone", "after", "膜组浊度")
    assert (said.name, said.phone, said.is_anonymous) == ("周叙白", "+8613800006027", False)


def test_what_a_row_does_not_say():
    row = read(at="2026-11-03 14:05", content="浊度超标", type="", name="", default_type="suggestion")
    assert row.faults == []
    assert (row.intake.type, row.intake.channel, row.intake.is_anonymous) == ("suggestion", "sheet", True)


def test_the_history_of_a_row_in_its_order():
    row = read(
        **GOOD,
        category="产品质量",
        classified_at="2026-11-03 15:00",
        **TOLD,
        reported_at="2026-11-04 11:00",
        told_via="电话",
        followed_at="2026-11-08 09:00",
        satisfied="不满意",
    )
    assert row.faults == []
    assert [h.what for h in row.later] == ["classified", "solved", "reported", "told", "followed_up"]
    assert row.later[0].category == "product"
    assert row.later[3].telling.via == "call"
    assert row.later[4].outcome == "unsatisfied"


def test_a_day_alone_counts_so_that_nothing_looks_better_kept():
    row = read(**{**GOOD, "at": "2026-11-03"}, **{**SOLVED, "solved_at": "2026年11月3日"})
    assert row.at == datetime(2026, 11, 3, tzinfo=SHANGHAI)
    assert row.later[0].at == datetime(2026, 11, 3, 23, 59, 59, tzinfo=SHANGHAI)
    today = read(**{**GOOD, "at": "2026-11-22"}, **{**SOLVED, "solved_at": "2026-11-22"})
    assert today.later[0].at == NOW


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ({"at": ""}, "受理时间：不能为空"),
        ({"at": "前天"}, "受理时间：看不懂「前天」"),
        ({"content": "#DIV/0!"}, "内容：公式出错，得到 #DIV/0!"),
        ({"content": "#n/a"}, "内容：公式出错，得到 #n/a"),
        ({"title": "#REF!"}, "主题：公式出错"),
        ({"region": "#NAME?"}, "地区：公式出错"),
        ({"at": "#VALUE!"}, "受理时间：公式出错"),
        ({"at": "2026-11-23 14:05"}, "受理时间：2026-11-23 14:05 晚于现在"),
        ({"content": "  "}, "内容：不能为空"),
        ({"content": "长" * 10_001}, "内容：最多 10000 字，现在是 10001 字"),
        ({"title": "长" * 121}, "主题：最多 120 字"),
        ({"phone": "1380000"}, "电话：手机号应为 11 位"),
        ({"email": "zhou"}, "邮箱：邮箱地址里应有一个 @"),
        ({"region": "华东"}, "地区：没有「华东」这个省级地区"),
        ({"name": "13800006027"}, "姓名：这里要填姓名"),
        ({"type": "其他"}, "类型：没有「其他」这个选项，可写：反馈、建议"),
        ({"channel": "飞鸽"}, "渠道：没有「飞鸽」这个选项"),
        ({"category": "产品"}, "类别：还要有分类时间"),
        ({"classified_at": "2026-11-03 15:00"}, "分类时间：还要有类别"),
        ({"solved_at": "2026-11-04 10:00"}, "解决时间：还要有处理结果"),
        ({"result": "换好了"}, "处理结果：还要有解决时间"),
        ({"told_at": "2026-11-04 10:00"}, "结果告知时间：还要有解决时间"),
        ({"told_via": "电话"}, "告知方式：还要有结果告知时间"),
        ({**TOLD, "satisfied": "是"}, "满意：还要有回访时间"),
        ({**SOLVED, "followed_at": "2026-11-08 10:00", "satisfied": "是"}, "回访时间：还要有结果告知时间"),
        ({**TOLD, "followed_at": "2026-11-08 10:00", "satisfied": "还行"}, "满意：看不懂「还行」"),
        ({**SOLVED, "solved_at": "2026-11-03 14:00"}, "解决时间：早于受理时间"),
        ({**TOLD, "told_at": "2026-11-04 09:00"}, "结果告知时间：早于解决时间"),
        ({"number": "9" * 201}, "单号：最多 200 个字符"),
    ],
)
def test_each_fault_names_its_column(texts, said):
    row = read(**{**GOOD, **texts})
    assert any(fault.startswith(said) for fault in row.faults), row.faults
    assert row.intake is None


def test_a_failed_formula_is_one_fault():
    row = read(**{**GOOD, "at": "#N/A", "phone": "#REF!"})
    assert [fault.split("：")[0] for fault in row.faults] == ["受理时间", "电话"]


def test_all_faults_of_a_row_are_named_at_once():
    assert len(read(at="前天", content="", phone="12", type="乱写").faults) == 4


def test_cells_of_another_sheet_are_not_missed():
    """A row that is shorter than the heading has empty cells."""
    mapping = {code: place for place, code in enumerate(COLUMNS)}
    reader = Reader(mapping, zone=SHANGHAI, now=NOW, default_type="feedback")
    assert reader.read(2, ["2026-11-03 14:05", "浊度超标"]).faults == []


def test_a_row_is_known_again_however_it_is_written():
    one = read(**GOOD, title="")
    other = read(
        title="", content="浊度超标", phone="138 0000 6027", at="2026年11月3日 14:05", name="周叙白\u200b"
    )
    assert one.identity == other.identity
    assert one.identity != read(**{**GOOD, "content": "浊度又超标"}).identity
    assert read(**GOOD, number="A-1").identity == read(at="2026-11-05", content="别的", number="A-1").identity


def test_when_a_row_is_read_does_not_say_what_it_is_known_by():
    today = {**GOOD, "solved_at": "2026-11-22", "result": "换了垫片", "told_at": "2026-11-22"}
    first = read(**today)
    for later in (timedelta(minutes=1), timedelta(hours=13), timedelta(days=9)):
        assert read(**today, now=NOW + later).identity == first.identity
    assert first.later[0].at == NOW
    assert read(**today, default_type="complaint").identity == first.identity


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_what_the_screen_calls_columns_and_choices_is_understood(language):
    """Who works in English gets an empty sheet with English headings, and is told the choices in English."""
    with override(language):
        assert set(guess([str(column.label) for column in COLUMNS.values()])) == set(COLUMNS)
        for code, choices in LABELS.items():
            for value, label in choices.choices:
                assert cells.choice(str(label), CHOICES[code]) == value


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_same_fault_of_two_rows_is_one_kind(language):
    with override(language):
        first, second = (read(**GOOD, type=text).faults for text in ("甲", "乙"))
    assert first != second
    assert kind_of(first[0]) == kind_of(second[0])
