"""Nothing has grown past what a person can hold in their head."""

from __future__ import annotations

from pathlib import Path

from tests.support.environment import ROOT
from tests.support.source import PRODUCT, length, read, relative, report, sources

LINES, FUNCTION, SCRIPT = 600, 60, 300
# files that may be longer, and why
LONGER = {
    "keyue/ui/static/ui/keyue.css": "one design system in layers, served in one request; its order is part of it",
}


def python_files() -> list[Path]:
    tests = [p for p in (ROOT / "tests").rglob("*.py")]
    return [s.path for s in sources()] + tests


def other_files() -> list[Path]:
    # a regulation of packs/ is one text, as long as the company's own
    kinds = {".html", ".css", ".txt", ".md"}
    pages = [p for p in PRODUCT.rglob("*") if p.suffix in kinds and "vendor" not in p.parts]
    return pages


def test_no_file_is_longer_than_600_lines():
    counted = {
        relative(p): len(p.read_text(encoding="utf-8").splitlines()) for p in python_files() + other_files()
    }
    long = [f"{name}: {n}" for name, n in counted.items() if n > LINES and name not in LONGER]
    report(long, f"split files above {LINES} lines")
    report([name for name in LONGER if counted.get(name, 0) <= LINES], "take these out of LONGER")


def test_no_function_is_longer_than_60_lines():
    faults = [
        source.at(function, f"{function.name}: {length(function)}")
        for source in [read(p) for p in python_files()]
        for function in source.functions()
        if length(function) > FUNCTION
    ]
    report(
        faults,
        f"split functions above {FUNCTION} lines (python -m tests.support.source lists those above 40)",
    )


def test_no_script_is_longer_than_300_lines():
    scripts = [p for p in PRODUCT.rglob("static/**/*.js") if "vendor" not in p.parts]
    counted = {relative(p): len(p.read_text(encoding="utf-8").splitlines()) for p in scripts}
    report(
        [f"{name}: {n}" for name, n in counted.items() if n > SCRIPT], f"split scripts above {SCRIPT} lines"
    )


def test_every_module_and_every_offered_function_says_what_it_is_for():
    import ast

    faults = []
    for source in sources():
        # a command says it in `help`
        exempt = source.path.name == "apps.py" or "/management/commands/" in source.name
        if source.text.strip() and not ast.get_docstring(source.tree) and not exempt:
            faults.append(f"{source.name}: the module has no docstring")
        for node in source.tree.body:
            offered = isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
            wanted = source.is_kind("actions", "selectors", "rules", "jobs", "permissions") and offered
            if wanted and not ast.get_docstring(node):
                faults.append(source.at(node, node.name))
    report(faults, "add a docstring")
