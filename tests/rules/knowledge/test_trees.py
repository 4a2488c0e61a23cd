"""Troubleshooting trees as people type them, and walking them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyue.kernel.errors import Invalid
from keyue.knowledge import trees

TREE = """指示灯亮吗？
  不亮
    电源插好了吗？
      没有
        请插好电源再试
      插好了
        上门检修 [动作：交办协办]
  亮着
    换滤芯 [ZS-00012]
"""


def deep(questions: int) -> str:
    """A tree in which each question has one choice that ends it and one that goes on."""
    lines = []
    for n in range(questions):
        pad = "    " * n
        lines += [f"{pad}问{n}", f"{pad}  否", f"{pad}    结束", f"{pad}  是"]
    return "\n".join([*lines, "    " * questions + "结束"])


def test_a_tree_is_walked_to_its_end():
    root = trees.read(TREE)
    first = trees.walked(root, "")
    assert (first.node.said, [one.said for one in first.node.children]) == ("指示灯亮吗？", ["不亮", "亮着"])
    end = trees.walked(root, "0.1")
    assert end.node.is_outcome
    assert (end.node.said, end.node.acts, end.node.articles) == ("上门检修", ["交办协办"], [])
    assert [(step.question, step.choice) for step in end.steps] == [
        ("指示灯亮吗？", "不亮"), ("电源插好了吗？", "插好了"),
    ]  # fmt: skip
    assert trees.walked(root, "1").node.articles == ["ZS-00012"]


@pytest.mark.parametrize(("path", "taken"), [
    ("9", ""), ("0.9", "0"), ("0.1.0", "0.1"), ("x", ""), ("-1", ""), ("00", ""), ("0..1", "0"), ("1" * 400, ""),
])  # fmt: skip
def test_a_path_that_leads_nowhere_ends_where_it_does(path, taken):
    assert trees.walked(trees.read(TREE), path).path == taken


@pytest.mark.parametrize("text", [
    TREE.replace("  ", "\t"), TREE.replace("  ", "　"), "\n\n" + TREE.replace("\n", "\r\n\r\n"),
    "\n".join(line[: len(line) - len(line.lstrip())] + "- " + line.lstrip() for line in TREE.splitlines()),
])  # fmt: skip
def test_however_it_is_indented(text):
    root = trees.read(text)
    assert [kind for _depth, kind, _node in trees.flattened(root)] == [
        kind for _depth, kind, _node in trees.flattened(trees.read(TREE))
    ]
    assert next(node.said for *_more, node in trees.flattened(root)) == "指示灯亮吗？"


@pytest.mark.parametrize(("text", "said"), [
    ("", "请写第一个问题"),
    ("灯亮吗？", "至少要有两个选择"),
    ("灯亮吗？\n  亮\n    换芯", "至少要有两个选择"),
    ("灯亮吗？\n  亮\n  不亮\n    检修", "第 2 行：「亮」选了以后怎么办"),
    ("灯亮吗？\n  亮\n    换芯\n    再看\n  不亮\n    检修", "第 4 行：一个选择只能接一个"),
    ("灯亮吗？\n  亮\n    换芯\n  不亮\n    检修\n水流大吗？", "第 6 行：只能有一个开头"),
    ("灯亮吗？\n" + "\n".join(f"  选{n}\n    果" for n in range(13)), "最多 12 个选择"),
    (deep(20), "层次太深"),
    ("问\n" * 500, "最多 400 行"),
])  # fmt: skip
def test_what_is_wrong_is_said_with_its_line(text, said):
    assert trees.read(deep(10)).children
    with pytest.raises(Invalid) as caught:
        trees.read(text)
    assert said in str(caught.value.fields["body"])


@given(st.text(alphabet=st.sampled_from("问选果 \t\n-[]ZS0：动作"), max_size=200))
def test_any_text_is_a_tree_or_a_sentence(text):
    try:
        root = trees.read(text)
    except Invalid as error:
        assert str(error)
        return
    ends = [node for _depth, kind, node in trees.flattened(root) if kind == "outcome"]
    assert len(ends) >= 2
