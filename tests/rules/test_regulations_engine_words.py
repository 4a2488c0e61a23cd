"""The engine contains no word of any business: a project or a channel becomes a subject without a line changed in it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ENGINE = ["engine", "clocks", "cadences", "notices"]
WORDS = frozenset(
    """
    agent appraisal assess assessed assessment assign assigned case cases category channel classified classify
    client collaborator collaborators company complaint complaints contact contract conversation crm customer
    customers department departments desk email eta feedback follow followup grade inquiry lead leads mail message
    misconduct phase phone plan planned praise priority product project region reopen reopened response
    responded review reviewed satisfied service sla solve solved staff suggestion supervisor
    survey task team ticket tickets unsatisfied urgent visit withdrawn
    """.split()
)
CHINESE = re.compile("客户|顾客|投诉|部门|事项|意见|建议|回访|派单|工单|岗位|客服|项目|合同|公司|员工")


def docstrings(tree: ast.AST) -> set[int]:
    """The constants that only explain."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and node.body:
            first = node.body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                found.add(id(first.value))
    return found


def texts(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every identifier and every string of a file, with its line; comments and docstrings aside."""
    said = docstrings(tree)
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 0)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield line, node.value
        for name in ("id", "attr", "arg", "name", "asname", "module"):
            value = getattr(node, name, None)
            if isinstance(value, str):
                yield line, value


def words_of(text: str) -> set[str]:
    parts = re.split(r"[^A-Za-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", text))
    return {part.lower() for part in parts if part}


def business_in(source: str) -> list[str]:
    return [
        f"{line}: {text}"
        for line, text in texts(ast.parse(source))
        if words_of(text) & WORDS or CHINESE.search(text)
    ]


@pytest.mark.parametrize("name", ENGINE)
def test_the_engine_knows_no_business(name: str):
    source = (ROOT / "keyue" / "promises" / f"{name}.py").read_text(encoding="utf-8")
    assert business_in(source) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("def case_of(x): ...", True),
        ("x.department", True),
        ("kind == 'case.received'", True),
        ("CustomerPromise = 1", True),
        ("raise ValueError('没有部门')", True),
        ("def f(lead=None): ...", True),
        ("def f():\n    '''The customer of a case.'''", False),
        ("x = 1  # the customer", False),
        ("misleading = 'unplanned'", False),
        ("match x:\n    case 1: ...", False),
    ],
)
def test_it_tells_business_from_the_rest(source: str, found: bool):
    assert bool(business_in(source)) is found
