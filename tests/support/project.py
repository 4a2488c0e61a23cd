"""What pyproject.toml says of the project."""

from __future__ import annotations

import re
import tomllib
from functools import cache

from tests.support.environment import ROOT
from tests.support.source import sources


@cache
def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def contract(name: str) -> dict:
    contracts = project()["tool"]["importlinter"]["contracts"]
    return next(c for c in contracts if c["id"] == name)


def pure_files() -> list[str]:
    pure = contract("pure")["source_modules"]
    patterns = [
        re.compile(p.replace(".", r"\.").replace(r"\.**\.", r"\.(.+\.)?") + r"(\..*)?$") for p in pure
    ]
    return [s.name for s in sources() if any(p.match(s.module) for p in patterns)]
