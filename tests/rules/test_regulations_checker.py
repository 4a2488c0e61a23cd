"""What the checker finds in a text: names that nobody knows, conditions that cannot hold, owners that may be nobody."""

from __future__ import annotations

from pathlib import Path

import pytest

from keyue.promises.scenario import derive_scenario
from keyue.regulations.checker import check, check_document, check_path, regulations_at
from keyue.regulations.document import Document, read_document
from keyue.regulations.numerals import number_of
from keyue.regulations.stated import stated_in

from .regulations_world import MODELS, TEXT


def checked(text: str) -> Document:
    document = read_document(text, "intake.md")
    check_document(document, MODELS)
    return document


def test_a_sound_text_has_nothing_to_mend():
    assert checked(TEXT).faults == []


@pytest.mark.parametrize(
    ("old", "new", "line", "sentence"),
    [
        ('subject = "parcel"', 'subject = "letter"', 5, "不认识的对象 'letter'"),
        ('"parcel.received", "round"', '"parcel.recieved"', 18, "是不是 parcel.received？"),
        ('"parcel.received", "round"', '"promise.broken"', 18, "没有 'promise.broken' 这种事实"),
        ('start       = "parcel.received"', 'start       = "parcel.came"', 20, "没有 'parcel.came'"),
        ('start       = "parcel.received"', 'start       = "round"', 20, "只能写在 on 里"),
        ('counts_from = "parcel.kept"', 'counts_from = "parcel.keept"', 21, "是不是 parcel.kept？"),
        ('"parcel.opened if fact.by != trigger.by"', '"round"', 22, "只能写在 on 里"),
        ("fact.by != trigger.by", "fact.who != trigger.by", 22, "fact 没有 'who' 这个字段"),
        ("fact.by != trigger.by", "fact.by != trigger.nobody", 22, "trigger 没有 'nobody'"),
        ("fact.by != trigger.by", "fact.score > 3", 22, "字段都还没有值时"),
        ("fact.by != trigger.by", "fact.by", 22, "应是真或假"),
        ("fact.by != trigger.by", "other.by == 'x'", 22, "这里没有 'other'"),
        ("!parcel.opened", "!parcel.open", 19, "是不是 opened？"),
        ("!parcel.opened", "parcel.weight > 3", 19, "先判断 != null"),
        ("!parcel.opened", "parcel.size", 19, "应是真或假"),
        ("!parcel.opened", "fact.by == 'x'", 19, "这里没有 'fact'"),
        ("!parcel.opened", "lower(parcel.size) == 'x'", 19, "字段都还没有值时"),
        ('by = "parcel.size"', 'by = "parcel.bulk"', 23, "parcel 没有 'bulk'"),
        ('by = "parcel.size"', 'by = "letter.size"', 23, "只能用 parcel 或 trigger"),
        ('["parcel.keeper", "desk"]', '["parcel.keper", "desk"]', 24, "是不是 keeper？"),
        ('["parcel.keeper", "desk"]', '"parcel.keeper"', 24, "最后要写一个岗位或部门"),
        ('["parcel.keeper", "desk"]', '["desk", "trigger.by"]', 24, "最后要写一个岗位或部门"),
        ('to = "head"', 'to = "parcel.keeper"', 26, "应是岗位或部门"),
        ("fact.of != null", "trigger.of != null", 33, "这里没有 'trigger'"),
        ("fact.of != null", "!fact.of", 33, "字段都还没有值时"),
        ("fact.due", "fact.until", 35, "fact 没有 'until'"),
        ("fact.due", "instant(fact.due)", 35, "条件无法求值"),
        ("fact.due", "parcel.due", 35, "parcel 没有 'due'"),
        ('again  = "each"', 'again  = "each"\nkind = "deadline"', 0, ""),
    ],
)
def test_a_fault_is_named_with_its_line(old, new, line, sentence):
    assert TEXT.count(old) == 1
    faults = [fault for fault in checked(TEXT.replace(old, new)).faults if not fault.is_warning]
    assert [fault.line for fault in faults] == ([line] if line else [])
    assert all(sentence in fault.message for fault in faults)


def test_a_condition_on_what_begins_a_subject_is_asked_without_one():
    """At the first fact there is no subject yet: all its fields are null."""
    early = TEXT.replace('"parcel.received", "round"', '"parcel.received if !parcel.opened"')
    assert [fault.line for fault in checked(early).faults] == [18]
    later = TEXT.replace('"parcel.received", "round"', '"parcel.kept if !parcel.opened"')
    assert checked(later).faults == []


CADENCE = """
## 3 巡查

```control
kind    = "cadence"
id      = "rounds"
subject = "parcel"
on      = "parcel.kept"
every   = "P1D"
met_by  = "parcel.opened"
owner   = "desk"
```
"""


def test_a_cadence_is_about_the_subject_of_its_regulation():
    assert checked(TEXT + CADENCE).faults == []
    faults = checked(TEXT + CADENCE.replace('subject = "parcel"', 'subject = "channel"')).faults
    assert [(fault.line, fault.is_warning) for fault in faults] == [(45, False)]


@pytest.mark.parametrize(
    ("old", "new", "line", "sentence"),
    [
        ('small = "PT2H", large = "PT4H" }', 'small = "2 days" }', 23, "within 却是 2 days"),
        (
            '{ by = "parcel.size", small = "PT2H", large = "PT4H" }',
            '"PT3H"',
            23,
            "「2 小时内」，within 却是 PT3H",
        ),
        ('{ at = "100%", to', '{ at = "75%", to', 0, ""),
        ('to = "head"', 'to = "haed"', 26, "没有写在 [roles] 里"),
        ('["parcel.keeper", "desk"]', '["desk", "head"]', 24, "不会用到"),
        ('owner  = ["trigger.of", "desk"]', 'owner  = "desk"\nremind = ["50%"]', 38, "50% 不会发生"),
        ('until  = "fact.due"\n', 'escalate = [{ at = "100%", to = "head" }]\n', 35, "没有期限"),
        (
            'until  = "fact.due"\n',
            'within = "3 days"\nescalate = [{ at = "75%", to = "head" }]\n',
            36,
            "75% 不会发生",
        ),
        ('until  = "fact.due"\n', 'within = "3 days"\nremind = ["75%"]\n', 0, ""),
        ('until  = "fact.due"\n', 'question = "多久？"\nremind = ["75%"]\n', 0, ""),
    ],
)
def test_what_is_worth_a_look_is_a_warning(old, new, line, sentence):
    assert TEXT.count(old) == 1
    faults = checked(TEXT.replace(old, new)).faults
    assert [(fault.line, fault.is_warning) for fault in faults] == ([(line, True)] if line else [])
    assert all(sentence in fault.message for fault in faults)


# -- numbers in the text --------------------------------------------------------------------------------------


def clause_of(text: str):
    return read_document(f"# 制度\n\n## 1 条\n\n{text}\n").clauses[0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("接到意见后 2 小时内完成", ["2 小时内"]),
        ("二十四小时以内回应；7日内回访", ["二十四小时以内", "7日内"]),
        ("三个工作日之内", ["三个工作日之内"]),
        ("6 个月内", ["6 个月内"]),
        ("紧急的 24 小时，等待不超过 5 天", []),
        ("设二十四小时热线，6 月内部审计，2024年内", []),
        ("每 3 天告知一次", []),
    ],
)
def test_only_times_that_the_text_calls_limits(text, words):
    assert [shown for _measures, shown in stated_in(clause_of(text))] == words


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("7", 7),
        ("二十四", 24),
        ("十", 10),
        ("十二", 12),
        ("一百二十", 120),
        ("一百零五", 105),
        ("两", 2),
        ("二四", None),
    ],
)
def test_numbers_in_words(text, number):
    assert number_of(text) == number


@pytest.mark.parametrize(
    ("said", "within", "warns"),
    [
        ("2 小时内", "PT2H", False),
        ("2 小时内", "PT3H", True),
        ("二小时内", "PT120M", False),
        ("1 天内", "PT24H", False),
        ("24 小时内", "1 day", False),
        ("3 个工作日内", "3 days", True),
        ("3 日内", "3 working days", True),
        ("3 日内", "3 working days, close", True),
        ("两周内", "P14D", False),
        ("6 个月内", "P6M", False),
        ("8 个工作小时内", "8 working hours", False),
        ("当日内", "same day", False),
        ("3 天内", "same day", False),
    ],
)
def test_a_text_that_says_otherwise(said, within, warns):
    text = f"""# 制度

```regulation
id      = "any"
subject = "parcel"
```

## 1 条

收到后 {said} 开箱。

```control
id     = "open"
on     = "parcel.received"
met_by = "parcel.opened"
within = "{within}"
owner  = "desk"
```
"""
    assert [fault.is_warning for fault in checked(text).faults] == [True] * warns


# -- files ----------------------------------------------------------------------------------------------------


@pytest.fixture
def packs(tmp_path: Path) -> Path:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        text = TEXT.replace('"intake"', f'"{name}"')
        (tmp_path / name / "regulation.md").write_text(text, encoding="utf-8")
    (tmp_path / "README.md").write_text("# 制度汇编\n", encoding="utf-8")
    return tmp_path


def test_a_file_a_pack_and_a_folder_of_packs(packs: Path):
    assert regulations_at(packs / "one" / "regulation.md") == [packs / "one" / "regulation.md"]
    assert regulations_at(packs / "one") == [packs / "one" / "regulation.md"]
    assert regulations_at(packs) == [packs / "one" / "regulation.md", packs / "two" / "regulation.md"]
    assert check(packs, MODELS, derive_scenario).regulations == 2
    assert check_path(packs, MODELS, derive_scenario) == []


def test_a_folder_of_texts(tmp_path: Path):
    for name in ("b", "a"):
        (tmp_path / f"{name}.md").write_text(TEXT.replace('"intake"', f'"{name}"'), encoding="utf-8")
    (tmp_path / "readme.md").write_text("# 说明\n", encoding="utf-8")
    assert [path.name for path in regulations_at(tmp_path)] == ["a.md", "b.md"]


def test_where_there_is_none(tmp_path: Path):
    with pytest.raises(FileNotFoundError, match="找不到制度"):
        regulations_at(tmp_path / "nowhere")
    with pytest.raises(FileNotFoundError, match="里没有制度"):
        regulations_at(tmp_path)


def test_two_regulations_with_one_id(packs: Path):
    (packs / "two" / "regulation.md").write_text(TEXT.replace('"intake"', '"one"'), encoding="utf-8")
    (fault,) = check_path(packs, MODELS, derive_scenario)
    assert (Path(fault.path).parent.name, fault.line) == ("two", 4)
    assert "已经有了" in fault.message


def test_faults_are_in_the_order_of_lines(packs: Path):
    file = packs / "one" / "regulation.md"
    file.write_text(
        file.read_text(encoding="utf-8")
        .replace("fact.due", "fact.until")
        .replace("!parcel.opened", "!parcel.open"),
        encoding="utf-8",
    )
    faults = check_path(packs / "one", MODELS, derive_scenario)
    assert [fault.line for fault in faults] == [19, 35]
    assert not check(packs, MODELS, derive_scenario).is_sound
