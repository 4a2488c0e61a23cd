"""Writes live in actions.py; views ask selectors, never the tables."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.support.environment import ROOT
from tests.support.source import (
    Source,
    docstrings,
    dotted,
    full_name,
    read,
    report,
    sources,
)

METHODS = frozenset(
    ["save", "create", "update", "delete", "bulk_create", "bulk_update", "get_or_create", "update_or_create"]
)
SQL_WRITE = re.compile(
    r"\s*(insert\s+(or\s+\w+\s+)?into|update\s+\S+\s+set\b|delete\s+from\b|replace\s+into\b|truncate\s+\S)",
    re.I,
)
# functions that write for whoever calls them
WRITERS = frozenset({"keyue.ledger.insertion.insert", "keyue.ledger.insertion.insert_new"})
RECORDERS = frozenset({"record", "record_many", "note", "enqueue", "enqueue_many"})

# who else may write, and why
ALLOWED = {
    "keyue/ledger/checkpoints.py": "seals what is recorded; called by a job, with nobody acting",
    "keyue/ledger/sealing.py": "makes a subject's key at its first use, inside the action that seals",
    "keyue/ledger/insertion.py": "the statement that actions insert with",
    "keyue/operations/first_run/answers.py": "keeps the last page in the founder's session, in the founding's transaction",
    "keyue/operations/bench/baseline.py": "the bare insert that an intake is measured against",
    "keyue/operations/bench/data.py": "fills a database of the bench's own in bulk; verify accepts it",
    "keyue/operations/bench/customers.py": "fills a database of the bench's own, and the table that the search is measured against",
}
# actions that nobody of the staff performs, and why; they still take at= (a job's may be called now=)
WITHOUT_ACTOR = {
    "people.record_failure": "nobody is signed in yet",
    "people.record_unknown_failure": "nobody has that name",
    "people.record_sign_in": "the user is the actor",
    "people.use_code": "the user is the actor, half signed in",
    "people.touch_token": "when a token was last used: no fact",
    "ledger.enqueue_many": "part of an action, which says who",
    "promises.tell": "the product tells somebody; no fact",
    "promises.tell_each": "the product tells somebody; no fact",
    "promises.mark_mailed": "a mail went out; its fact is the outbox's",
}
# jobs that put rows in order, record nothing and may be cut off anywhere
HOUSEKEEPING = {
    "channels.tidy": "removes counts that limit nothing any more",
    "people.tidy": "removes sessions and counters that are over",
    "api.keep": "an answer kept for a repeated request",
    "api.release": "lets a failed request be tried again",
    "api.forget_old_answers": "drops answers that nobody repeats any more",
    "promises.see_notices": "how far a person has read",
    "promises.fold_tallies": "adds up figures that say the same before and after",
}


def dictionaries(tree: ast.AST) -> frozenset[str]:
    """Names that hold a dict or a set somewhere in a file: their update() is no write."""
    found: set[str] = set()
    for node in ast.walk(tree):
        value, targets = None, []
        if isinstance(node, ast.Assign):
            value, targets = node.value, node.targets
        elif isinstance(node, ast.AnnAssign):
            value, targets = node.value, [node.target]
            if re.match(r"(dict|set|defaultdict|Counter|MutableMapping)\b", ast.unparse(node.annotation)):
                found.add(ast.unparse(node.target))
        elif isinstance(node, ast.arguments) and node.kwarg:
            found.add(node.kwarg.arg)
        elif isinstance(node, ast.arg) and re.match(r"(dict|set|MutableMapping)\b", _annotation(node)):
            found.add(node.arg)
        made = isinstance(value, ast.Dict | ast.DictComp | ast.Set | ast.SetComp) or (
            isinstance(value, ast.Call) and dotted(value.func) in {"dict", "set", "defaultdict", "Counter"}
        )
        if made:
            found |= {ast.unparse(target) for target in targets}
    return frozenset(found)


def _annotation(node: ast.arg) -> str:
    return "" if node.annotation is None else ast.unparse(node.annotation)


def is_write(call: ast.Call, plain: frozenset[str] = frozenset()) -> bool:
    """Whether a call looks like a write to the database.

    The forms tell them from their namesakes: dict.update(other) and digest.update(data) take a positional
    argument where QuerySet.update takes keywords; storage.save(name, content) takes two, a model's save none.
    """
    if not isinstance(call.func, ast.Attribute):
        return False
    name = call.func.attr
    if name not in METHODS:
        name = name.removeprefix("a")
    if name not in METHODS:
        return False
    if name in {"update", "save", "delete", "create"}:
        return not call.args and ast.unparse(call.func.value) not in plain
    return True


def writes_in(source: Source, within: ast.AST | None = None) -> list[str]:
    """Every place of a file (or of one function in it) that writes to the database."""
    plain, names = dictionaries(source.tree), source.names
    said = docstrings(source.tree)
    found = []

    def writes_sql(node: ast.AST) -> bool:
        text = node.value if isinstance(node, ast.Constant) and id(node) not in said else None
        return isinstance(text, str) and SQL_WRITE.match(text) is not None

    for node in ast.walk(within or source.tree):
        if isinstance(node, ast.Call):
            if is_write(node, plain) or full_name(node.func, names) in WRITERS:
                found.append(source.at(node, ast.unparse(node)[:80]))
        elif writes_sql(node):
            found.append(source.at(node, "SQL that writes"))
    return found


def may_write(source: Source) -> bool:
    return source.is_kind("actions") or source.name in ALLOWED


def offered_actions() -> Iterator[tuple[Source, ast.FunctionDef]]:
    """The functions of a room's actions that others may call: of a folder, what its __init__.py names."""
    for source in sources():
        if not source.is_kind("actions") or source.path.name == "__init__.py":
            continue
        functions = [
            n for n in source.tree.body if isinstance(n, ast.FunctionDef) and not n.name.startswith("_")
        ]
        if source.path.parent.name == "actions" and source.path.with_name("__init__.py").exists():
            public = set(read(source.path.with_name("__init__.py")).names.values())
            functions = [n for n in functions if f"{source.module}.{n.name}" in public]
        yield from ((source, n) for n in functions)


def test_writes_stand_in_actions_only():
    faults = [fault for source in sources() if not may_write(source) for fault in writes_in(source)]
    report(faults, "only actions.py writes; move these into an action that takes by= and at=")


def test_the_exceptions_are_needed():
    faults = [
        f"{name}: {'writes nothing' if (ROOT / name).exists() else 'is gone'}"
        for name in ALLOWED
        if not (ROOT / name).exists() or not writes_in(read(ROOT / name))
    ]
    report(faults, "take these out of ALLOWED")


def test_views_never_touch_the_tables():
    managers = {"objects", "_default_manager", "_base_manager", "all_objects"}
    faults = [
        source.at(node, ast.unparse(node))
        for source in sources()
        if source.is_kind("views", "api", "urls", "middleware", "templatetags", "context_processors")
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Attribute) and node.attr in managers
    ]
    report(faults, "fetching is authorising: ask a selector that takes the user")


def test_actions_ask_who_and_when():
    """Every action that writes takes required keyword-only by= and at=, so that its fact can say both."""
    faults = []
    for source, node in offered_actions():
        if not writes_in(source, node) or f"{source.room}.{node.name}" in HOUSEKEEPING:
            continue
        required = {
            a.arg for a, d in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True) if d is None
        }
        if not required & {"at", "now"}:
            faults.append(source.at(node, f"{node.name}: at= is not required"))
        # `user` is a member of staff who is checked for the permission in the action itself
        if not required & {"by", "user", "now"} and f"{source.room}.{node.name}" not in WITHOUT_ACTOR:
            faults.append(source.at(node, f"{node.name}: by= is not required"))
    report(faults, "a write needs its evidence as an argument")


def test_actions_run_in_one_transaction():
    """Two writes, or a write and its fact, stand or fall together."""
    faults = []
    for source, node in offered_actions():
        if f"{source.room}.{node.name}" in HOUSEKEEPING:
            continue
        called = [dotted(c.func).rsplit(".", 1)[-1] for c in ast.walk(node) if isinstance(c, ast.Call)]
        together = len(writes_in(source, node)) + sum(name in RECORDERS for name in called)
        if together > 1 and "atomic" not in ast.unparse(node):
            faults.append(source.at(node, node.name))
    report(faults, "an action that writes runs in transaction.atomic")


def test_every_exception_names_an_action():
    offered = {f"{source.room}.{node.name}" for source, node in offered_actions()}
    report(
        sorted({*WITHOUT_ACTOR, *HOUSEKEEPING} - offered), "take these out of WITHOUT_ACTOR or HOUSEKEEPING"
    )


def test_the_reading_tells_writes_from_their_namesakes():
    cases = {
        "Case.objects.create(number='1')": True,
        "case.save()": True,
        "case.save(update_fields=['a'])": True,
        "Case.objects.filter(x=1).update(state='a')": True,
        "case.delete()": True,
        "Case.objects.bulk_create(rows)": True,
        "await case.asave()": True,
        "totals.update(other)": False,
        "totals = {}; totals.update(a=1)": False,
        "digest.update(data)": False,
        "storage.save(name, content)": False,
        "cache.delete('key')": False,
    }
    for text, expected in cases.items():
        tree = ast.parse(f"async def f():\n    {text}")
        calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call)]
        assert any(is_write(c, dictionaries(tree)) for c in calls) is expected, text
