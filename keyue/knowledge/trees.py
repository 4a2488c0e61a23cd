"""Troubleshooting trees, written as an indented list and walked one question at a time. Pure Python.

    指示灯亮吗？
      不亮
        电源插好了吗？
          没有
            请客户插好电源后再试
          插好了
            上门检修 [动作：交办协办]
      亮着
        换滤芯 [ZS-00012]

A question has choices, a choice leads to one question or one outcome. An outcome may name articles and acts in brackets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from keyue.kernel.errors import Invalid
from keyue.kernel.texts import sentence

DEEPEST = 30
MOST_LINES = 400
LONGEST = 300
MOST_CHOICES = 12
STEP = re.compile(r"0|[1-9]\d?")
_BULLET = re.compile(r"(?:[-*+•·]|\d{1,2}[.、)）])\s+")
_NAMED = re.compile(r"[\[【]\s*([^\]】]{1,40}?)\s*[\]】]")
_ACT = re.compile(r"(?:动作|操作|act)\s*[:：]?\s*(.+)", re.I)
_ARTICLE = re.compile(r"ZS-\d{5,}", re.I)


@dataclass(slots=True)
class Node:
    """A line of a tree; `choices` of a question, each with the node it leads to."""

    text: str
    line: int
    children: list[Node] = field(default_factory=list)

    @property
    def is_outcome(self) -> bool:
        """Whether nothing follows."""
        return not self.children

    @property
    def said(self) -> str:
        """Its words without what stands in brackets."""
        return " ".join(_NAMED.sub(lambda found: "" if _names(found[1]) else found[0], self.text).split())

    @property
    def articles(self) -> list[str]:
        """Numbers of articles that it names."""
        return [
            name.upper()
            for found in _NAMED.finditer(self.text)
            for name in [found[1]]
            if _ARTICLE.fullmatch(name)
        ]

    @property
    def acts(self) -> list[str]:
        """What is to be done in the case, as it was written."""
        return [act[1] for found in _NAMED.finditer(self.text) if (act := _ACT.fullmatch(found[1]))]


def _names(text: str) -> bool:
    return bool(_ARTICLE.fullmatch(text) or _ACT.fullmatch(text))


@dataclass(frozen=True, slots=True)
class Step:
    """A question that was asked, and the choice that was made."""

    question: str
    choice: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody stands in a tree: the steps that led there, and the question or outcome."""

    node: Node
    steps: Sequence[Step]
    path: str


def read(text: str) -> Node:
    """The tree that a text says. Raises Invalid with a sentence for each line at fault, at most ten."""
    lines = list(_lines(text))
    if not lines:
        raise _wrong([sentence("请写第一个问题。")])
    if len(lines) > MOST_LINES:
        raise _wrong([sentence("最多 %(most)d 行，现在是 %(n)d 行。", most=MOST_LINES, n=len(lines))])
    faults: list[object] = []
    root = Node(lines[0][2], lines[0][1])
    above: list[tuple[int, Node]] = [(lines[0][0], root)]
    for indent, number, said in lines[1:]:
        node = Node(said, number)
        while above and above[-1][0] >= indent:
            above.pop()
        if not above:
            faults.append(sentence("第 %(line)d 行：只能有一个开头的问题，请缩进。", line=number))
            above = [(lines[0][0], root)]
        above[-1][1].children.append(node)
        above.append((indent, node))
        if len(said) > LONGEST:
            faults.append(sentence("第 %(line)d 行：最多 %(most)d 字。", line=number, most=LONGEST))
    faults += _faults(root, 0)
    if faults:
        raise _wrong(faults)
    return root


def _lines(text: str) -> Iterator[tuple[int, int, str]]:
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), start=1):
        plain = line.replace("\t", "    ").replace("\u3000", "  ").replace("\xa0", " ")
        said = plain.strip()
        if said:
            yield len(plain) - len(plain.lstrip()), number, _BULLET.sub("", said, count=1).strip() or said


def _faults(node: Node, depth: int) -> Iterator[object]:
    """What is wrong below a question: `depth` counts questions and choices alike."""
    if depth > DEEPEST:
        yield sentence("第 %(line)d 行：层次太深，请拆成两个流程。", line=node.line)
        return
    is_choice = depth % 2 == 1
    if is_choice:
        if not node.children:
            yield sentence(
                "第 %(line)d 行：「%(text)s」选了以后怎么办？请在下一行再缩进写。",
                line=node.line,
                text=node.text,
            )
        if len(node.children) > 1:
            yield sentence(
                "第 %(line)d 行：一个选择只能接一个问题或一个结果，「%(text)s」是多出来的。",
                line=node.children[1].line,
                text=node.children[1].text,
            )
    elif len(node.children) == 1 or (depth == 0 and not node.children):
        yield sentence("第 %(line)d 行：「%(text)s」至少要有两个选择。", line=node.line, text=node.text)
    elif len(node.children) > MOST_CHOICES:
        yield sentence("第 %(line)d 行：最多 %(most)d 个选择。", line=node.line, most=MOST_CHOICES)
    for child in node.children:
        yield from _faults(child, depth + 1)


def _wrong(faults: Sequence[object]) -> Invalid:
    said = "\n".join(str(fault) for fault in faults[:10])
    return Invalid(said, fields={"body": said})


def walked(root: Node, path: str) -> Place:
    """Where a path of choices leads (`0.2`: the first choice, then the third). What is no choice ends it."""
    node, steps, taken = root, list[Step](), list[str]()
    for step in path.split(".") if path else ():
        if not STEP.fullmatch(step) or int(step) >= len(node.children):
            break
        choice = node.children[int(step)]
        steps.append(Step(node.said, choice.said))
        taken.append(step)
        node = choice.children[0]
    return Place(node, steps, ".".join(taken))


def flattened(root: Node, depth: int = 0) -> Iterator[tuple[int, str, Node]]:
    """All nodes in order: depth, what each is (`question`, `choice`, `outcome`), and itself."""
    kind = "choice" if depth % 2 else "outcome" if root.is_outcome else "question"
    yield depth, kind, root
    for child in root.children:
        yield from flattened(child, depth + 1)
