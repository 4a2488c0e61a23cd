"""Readings of the source: files, syntax trees and where something stands in them.

`python -m tests.support.source` lists the functions that have grown past 40 lines, to look at.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from tests.support.environment import ROOT

PRODUCT = ROOT / "keyue"
Function = ast.FunctionDef | ast.AsyncFunctionDef
LONG = 40


@dataclass(frozen=True)
class Source:
    """One Python file of the product; `name` is its path from the top of the checkout."""

    path: Path
    name: str
    text: str
    tree: ast.Module

    @property
    def lines(self) -> int:
        return len(self.text.splitlines())

    @property
    def room(self) -> str:
        """The room it stands in: `cases` of keyue/cases/actions.py."""
        parts = self.name.split("/")
        return parts[1] if len(parts) > 2 else ""

    @property
    def module(self) -> str:
        """Its dotted name."""
        return self.name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @cached_property
    def names(self) -> dict[str, str]:
        """What its imported names stand for."""
        package = self.module if self.path.name == "__init__.py" else self.module.rpartition(".")[0]
        return imported_names(self.tree, package)

    def is_kind(self, *kinds: str) -> bool:
        """Whether it is `kind.py` of a room, or stands in that room's folder `kind/`."""
        parts = self.name.removesuffix(".py").split("/")
        return any(kind in parts[2:] for kind in kinds)

    def calls(self) -> Iterator[ast.Call]:
        """Every call in it."""
        return (node for node in ast.walk(self.tree) if isinstance(node, ast.Call))

    def functions(self) -> Iterator[Function]:
        """Every function and method in it."""
        return (n for n in ast.walk(self.tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))

    def at(self, node: ast.AST, what: str = "") -> str:
        """`keyue/cases/views.py:12 what`, as editors open it."""
        return f"{self.name}:{getattr(node, 'lineno', 1)} {what}".rstrip()


def read(path: Path) -> Source:
    """Parse one file."""
    text = path.read_text(encoding="utf-8")
    return Source(path, path.relative_to(ROOT).as_posix(), text, ast.parse(text, str(path)))


@cache
def sources(*, migrations: bool = False) -> tuple[Source, ...]:
    """All Python files of the product, without the migrations unless asked for."""
    return tuple(
        read(path) for path in sorted(PRODUCT.rglob("*.py")) if migrations or "migrations" not in path.parts
    )


@cache
def templates() -> tuple[Path, ...]:
    """All templates of the product: pages, mails and texts."""
    return tuple(sorted(p for p in PRODUCT.rglob("templates/**/*") if p.is_file()))


@cache
def tracked() -> tuple[Path, ...]:
    """All files that git knows or would take in, so that a fault shows before it is committed."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        found = [ROOT / name for name in done.stdout.split("\0") if name]
    except (FileNotFoundError, subprocess.CalledProcessError):
        # an unpacked archive: everything that is not made by running
        made = re.compile(r"(^|/)(\.[^/]+|__pycache__|data|build|staticfiles|[^/]+\.egg-info)/")
        found = [path for path in ROOT.rglob("*") if not made.search(relative(path))]
    return tuple(path for path in sorted(found) if path.is_file())


def text_of(path: Path) -> str | None:
    """The text of a file, None for a binary one."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


def relative(path: Path) -> str:
    """The path from the top of the checkout."""
    return path.relative_to(ROOT).as_posix()


def dotted(node: ast.AST) -> str:
    """`timezone.now` of the expression timezone.now; calls and indexes inside are left out."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    if isinstance(node, ast.Call):
        return dotted(node.func)
    if isinstance(node, ast.Subscript):
        return dotted(node.value)
    return ""


def imported_names(tree: ast.Module, package: str = "") -> dict[str, str]:
    """What each name that an import bound stands for: {"now": "django.utils.timezone.now"}."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.split(".")[0]
                names[alias.asname or top] = alias.name if alias.asname else top
        elif isinstance(node, ast.ImportFrom):
            start = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            whole = ".".join([*start, *([node.module] if node.module else [])])
            for alias in node.names:
                names[alias.asname or alias.name] = f"{whole}.{alias.name}"
    return names


def full_name(node: ast.AST, names: dict[str, str]) -> str:
    """The dotted name of an expression with its imports resolved: `datetime.datetime.now`."""
    first, _, rest = dotted(node).partition(".")
    start = names.get(first, first)
    return f"{start}.{rest}" if rest else start


def docstrings(tree: ast.Module) -> set[int]:
    """The ids of the nodes that are docstrings: they may say what code may not."""
    found: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                found.add(id(first.value))
    return found


def strings(source: Source) -> Iterator[ast.Constant]:
    """Every string in a file that is not a docstring."""
    said = docstrings(source.tree)
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield node


def length(function: Function) -> int:
    """Lines of a function with its decorators and docstring."""
    first = min([function.lineno, *(d.lineno for d in function.decorator_list)])
    return (function.end_lineno or first) - first + 1


def report(faults: Iterable[str], rule: str) -> None:
    """Fail with the rule and every place that breaks it."""
    listed = list(faults)
    assert not listed, f"{rule}\n" + "\n".join(f"  {fault}" for fault in listed)


def main() -> int:
    """Print the longest functions."""
    places = [(length(f), s.at(f, f.name)) for s in sources() for f in s.functions()]
    for lines, place in sorted(places, reverse=True):
        if lines > LONG:
            print(f"{lines:4} {place}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
