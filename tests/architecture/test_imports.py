"""Rooms are placed, imports point downwards, and what is imported is declared."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions

from tests.support.environment import ROOT
from tests.support.project import contract, project, pure_files
from tests.support.source import PRODUCT, report, sources


def rooms() -> set[str]:
    """Every folder of Python under keyue/."""
    return {p.parent.name for p in PRODUCT.glob("*/*.py")}


def test_the_import_contracts_hold(tmp_path):
    code = "import sys; from importlinter.cli import lint_imports_command as c; c()"
    command = [sys.executable, "-c", code, "--cache-dir", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    said = done.stdout.partition("Broken contracts")[2] or done.stdout
    assert done.returncode == 0, said + done.stderr


def test_every_room_is_placed():
    placed = set(contract("layers")["layers"])
    report(sorted(rooms() - placed), "give these rooms a place among the layers in pyproject.toml")
    report(sorted(placed - rooms()), "these layers are no rooms; take them out of pyproject.toml")


def test_every_room_with_tables_is_installed(settings):
    with_tables = {s.room for s in sources() if s.is_kind("models") and "channels/" not in s.name}
    installed = {app.removeprefix("keyue.") for app in settings.INSTALLED_APPS}
    report(sorted(with_tables - installed), "add these rooms to INSTALLED_APPS")


def test_every_room_says_what_it_is():
    """A room is found by its name and understood by the first line of its package or of the architecture page."""
    page = (ROOT / "docs/developers/architecture.md").read_text(encoding="utf-8")
    report(
        [r for r in sorted(rooms()) if f"| `{r}` |" not in page],
        "docs/developers/architecture.md lacks these",
    )


def test_the_pure_contract_covers_rules_and_events():
    pure = set(pure_files())
    faults = [s.name for s in sources() if s.path.name in {"rules.py", "events.py"} and s.name not in pure]
    report(faults, "rules.py and events.py are pure: name them in the contract `pure`")
    assert "keyue/kernel/clock.py" in pure


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def required_by(name: str, extras: tuple[str, ...] = ()) -> set[str]:
    """The distributions that `name` asks for directly."""
    from packaging.requirements import Requirement

    asked = [Requirement(text) for text in distribution(name).requires or []]
    scopes = [{"extra": extra} for extra in ("", *extras)]
    return {normal(r.name) for r in asked if r.marker is None or any(r.marker.evaluate(s) for s in scopes)}


@cache
def runtime() -> frozenset[str]:
    """All distributions that an installation of the product brings."""
    found: set[str] = set()
    to_see = {normal(re.split(r"[\[<>=;~! ]", text)[0]) for text in project()["project"]["dependencies"]}
    while to_see:
        name = to_see.pop()
        found.add(name)
        try:
            to_see |= required_by(name, ("mfa", "binary")) - found
        except PackageNotFoundError:
            continue
    return frozenset(found)


def test_what_is_imported_is_declared():
    """A package that only the tests bring, or another package by chance, is missing at the operator's."""
    declared = {normal(re.split(r"[\[<>=;~! ]", text)[0]) for text in project()["project"]["dependencies"]}
    owners = packages_distributions()
    faults = []
    for source in sources(migrations=True):
        for node in ast.walk(source.tree):
            modules = []
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                modules = [node.module]
            for module in modules:
                top = module.split(".")[0]
                if top == "keyue" or top in sys.stdlib_module_names:
                    continue
                if not {normal(o) for o in owners.get(top, [])} & declared:
                    faults.append(source.at(node, top))
    report(faults, "declare these packages in [project] dependencies of pyproject.toml")


def licence_of(name: str) -> str:
    data = distribution(name).metadata
    classifiers = [c for c in data.get_all("Classifier") or [] if c.startswith("License ::")]
    return " ".join([data.get("License-Expression") or "", (data.get("License") or "")[:80], *classifiers])


def test_no_dependency_is_under_the_gpl():
    """The LGPL (psycopg) may be linked to; the GPL and AGPL would reach the whole product."""
    faults = []
    for name in sorted(runtime()):
        try:
            said = licence_of(name)
        except PackageNotFoundError:
            continue  # for another platform
        if re.search(r"(?<!L)\b(GPL|AGPL)|(?<!Lesser )General Public License", said):
            faults.append(f"{name}: {said}")
    report(faults, "take another package")


def test_the_constraints_pin_everything_that_is_needed():
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    lines = text.splitlines()
    assert lines == sorted(lines, key=lambda line: line.lower()), "constraints.txt is not sorted"
    faults = [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!]+", line)]
    report(faults, "only NAME==VERSION stands in constraints.txt")
    pinned = {normal(line.split("==")[0]) for line in lines}
    dev = {
        normal(re.split(r"[\[<>=;~! ]", text)[0])
        for text in project()["project"]["optional-dependencies"]["dev"]
    }
    installed = {n for n in runtime() | dev if _is_installed(n)}
    report(sorted(installed - pinned), "pin these in constraints.txt")


def _is_installed(name: str) -> bool:
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True
