"""What may merge by itself, what is only proposed, and what the command says."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyue.customers.matching.comparing import alike, edits
from keyue.customers.matching.identifiers import USCC_SIGNS, USCC_WEIGHTS, is_identity_number, is_uscc
from keyue.customers.matching.matcher import Matcher
from keyue.customers.matching.records import Record, phone_of
from keyue.customers.matching.tool import lines_of, read_arguments
from keyue.kernel.errors import Invalid

USCC = "91370200264574251E"
IDENTITY = "11010519491231002X"


def pairs(*values: dict[str, str]) -> list:
    return list(Matcher([Record.of(str(n), one) for n, one in enumerate(values)]).pairs())


@given(st.text(USCC_SIGNS, min_size=17, max_size=17))
def test_exactly_one_check_sign_fits(start):
    right = [sign for sign in USCC_SIGNS if is_uscc(start + sign)]
    total = sum(USCC_SIGNS.index(sign) * weight for sign, weight in zip(start, USCC_WEIGHTS, strict=True))
    assert right == [USCC_SIGNS[(31 - total % 31) % 31]]


def test_known_numbers():
    # the one of the standard's example, and that of a listed company
    assert is_identity_number(IDENTITY) and not is_identity_number("110105194912310021")
    assert is_uscc("91350100M000100Y43") and not is_uscc("91350100M000100Y44")


def test_a_checked_code_merges_by_itself_and_nothing_else_does():
    same = {"name": "青岛某某电器有限公司", "uscc": "91350100M000100Y43"}
    [one] = pairs(same, {**same, "name": "青岛市某某电器有限公司"})
    assert one.may_merge and one.score > 0.99
    # another name under one code is somebody's mistake, or a company renamed: a person looks
    [two] = pairs(same, {**same, "name": "福州完全不同餐饮有限公司"})
    assert not two.may_merge
    # a code that cannot be one
    [three] = pairs({**same, "uscc": "91350100M000100Y44"}, {**same, "uscc": "91350100M000100Y44"})
    assert not three.may_merge
    [four] = pairs(
        {"name": same["name"], "phone": "13812345678"}, {"name": same["name"], "phone": "13812345678"}
    )
    assert not four.may_merge and [str(reason) for reason in four.reasons] == ["名称相同", "电话相同"]


def test_a_persons_number_merges_with_the_name_beside_it():
    [one] = pairs({"name": "王小明", "id": IDENTITY}, {"name": "王小明", "id": IDENTITY.lower()})
    assert one.may_merge
    found = pairs({"name": "王小明", "id": IDENTITY}, {"name": "李大力", "id": IDENTITY})
    assert not any(pair.may_merge for pair in found)


@pytest.mark.parametrize(
    ("said", "digits"),
    [
        ("+86 138-1234-5678", "13812345678"),
        ("0086 13812345678", "13812345678"),
        ("021-63528888", "02163528888"),
        ("８６１３８１２３４５６７８", "13812345678"),
        ("12345", ""),
        ("", ""),
    ],
)
def test_telephone_numbers(said, digits):
    assert phone_of(said) == digits


@given(st.text("abc", max_size=7), st.text("abc", max_size=7))
def test_edits_are_counted_alike_from_both_sides(a, b):
    assert edits(a, b, 3) == edits(b, a, 3)
    assert (edits(a, b, 3) == 0) == (a == b)
    assert alike(a, b) == alike(b, a)


def test_a_pair_does_not_depend_on_the_order_of_the_rows():
    rows = [
        {"name": "上海恒达贸易有限公司", "phone": "021-63528888"},
        {"name": "恒达贸易（上海）有限公司", "phone": "63528888"},
        {"name": "王小明", "address": "上海市黄浦区人民路 1 号", "birth": "1980-01-02"},
        {"name": "王小明", "address": "上海黄浦人民路1号", "birth": "1980/01/02"},
    ]
    forth = [Record.of(str(n), row) for n, row in enumerate(rows)]
    told = [
        {frozenset((pair.a, pair.b)): pair.score for pair in Matcher(some).pairs()}
        for some in (forth, forth[::-1])
    ]
    assert told[0] == told[1] and len(told[0]) == 2


# --- the command ---


def test_the_command_prints_a_pair_a_line(tmp_path: Path):
    sheet = tmp_path / "客户.csv"
    sheet.write_bytes(
        "编号,公司名称,电话\r\nA1,上海恒达贸易有限公司,021-63528888\r\nA2,恒达贸易(上海)有限公司,63528888\r\nA3,青岛某某厂,\r\n".encode(
            "gb18030"
        )
    )
    done = subprocess.run(
        [sys.executable, "-m", "keyue.config.cli", "match", str(sheet)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    [said] = map(json.loads, done.stdout.splitlines())
    assert said["ids"] == ["A1", "A2"] and said["may_merge"] is False and 0.5 < said["score"] <= 1
    assert said["reasons"] == ["地名、字号相同", "电话相同"]


def test_against_another_sheet_only_pairs_across(tmp_path: Path):
    ours, theirs = tmp_path / "a.csv", tmp_path / "b.csv"
    ours.write_text("id,name\n1,上海恒达贸易有限公司\n2,上海恒达贸易有限公司\n", encoding="utf-8")
    theirs.write_text("id,name\n9,上海恒达贸易有限公司\n8,青岛某某厂\n", encoding="utf-8")
    found = [json.loads(line) for line in lines_of(read_arguments([str(ours), "--against", str(theirs)]))]
    assert sorted(tuple(one["ids"]) for one in found) == [("1", "9"), ("2", "9")]


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        ([], "请给一个文件"),
        (["a.csv", "b.csv"], "请给一个文件"),
        (["a.csv", "--fast"], "不认识的选项"),
        (["a.csv", "--against"], "后面要写内容"),
        (["a.csv", "--columns", "名称=x"], "--columns 里不认识"),
        (["a.csv", "--columns", "name"], "--columns 里不认识"),
    ],
)
def test_what_is_not_understood_gets_a_sentence(argv, said):
    with pytest.raises(Invalid, match=said):
        read_arguments(argv)


@pytest.mark.parametrize(
    ("content", "columns", "said"),
    [
        (b"", [], "至少要有两列"),
        (b"id\n1\n", [], "至少要有两列"),
        (b"a,b\n1,2\n", [], "表头都不认识"),
        ("id,名称\n1,甲\n".encode(), ["--columns", "name=title"], "没有这些列"),
        (b"\x00\x01\x02,\x00", [], "不是 CSV"),
    ],
)
def test_a_sheet_that_cannot_be_read_gets_a_sentence(tmp_path: Path, content, columns, said):
    sheet = tmp_path / "x.csv"
    sheet.write_bytes(content)
    with pytest.raises(Invalid, match=said):
        lines_of(read_arguments([str(sheet), *columns]))


@given(st.binary(max_size=300))
def test_any_sheet_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes):
    sheet = tmp_path_factory.mktemp("sheet") / "x.csv"
    sheet.write_bytes(b"id,name,phone\n" + content)
    try:
        lines_of(read_arguments([str(sheet)]))
    except Invalid as error:
        assert str(error)
