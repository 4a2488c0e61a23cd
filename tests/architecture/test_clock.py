"""One clock: only kernel.clock asks what time it is, and only the edges ask kernel.clock."""

from __future__ import annotations

import ast

from tests.support.source import Source, full_name, report, sources, strings

ASKS = frozenset(
    {
        "datetime.datetime.now",
        "datetime.datetime.utcnow",
        "datetime.datetime.today",
        "datetime.date.today",
        "django.utils.timezone.now",
        "time.time",
        "time.time_ns",
        "time.localtime",
        "time.gmtime",
        "time.ctime",
        "time.clock_gettime",
        "django.db.models.functions.Now",
    }
)
# with no argument these ask the clock, with one they convert
ASKS_WHEN_EMPTY = frozenset({"django.utils.timezone.localtime", "django.utils.timezone.localdate"})

# who else may ask the machine, and why
ALLOWED = {
    "keyue/kernel/clock.py": "it is the clock",
    "keyue/kernel/ids.py": "the leading bits of an id only sort it; nobody reads a time out of it",
}
# who may ask kernel.clock though it is not an edge, and why
ASKS_THE_CLOCK = {
    "keyue/ledger/actions": "recorded_at is when the row is written, whatever `at` says",
    "keyue/promises/actions": "what is known now of a subject, whatever `at` of the fact says",
    "keyue/conversations/actions": "recorded_at of lines",
    "keyue/conversations/sending.py": "when the outbox found that a line had gone out",
    "keyue/cases/actions": "recorded_at of messages; whether `at` lies too far back for a word without proof",
    "keyue/people/selectors.py": "people_behind(code) may be asked about now by callers that hold no instant",
}
# the parts of a room that are handed the time as at= or now=
TOLD = ("actions", "selectors", "rules", "events", "models", "forms", "engine", "permissions", "enums")


def questions(source: Source) -> list[str]:
    """Every place of a file that asks the machine for the time."""
    names = source.names
    found = []
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute | ast.Name) and full_name(node, names) in ASKS:
            found.append(source.at(node, full_name(node, names)))
        if isinstance(node, ast.Call):
            if not node.args and full_name(node.func, names) in ASKS_WHEN_EMPTY:
                found.append(source.at(node, full_name(node.func, names)))
            for keyword in node.keywords:
                if keyword.arg in {"auto_now", "auto_now_add"}:
                    found.append(source.at(node, keyword.arg))
    found += [
        source.at(s, "SQL clock") for s in strings(source) if "CURRENT_TIMESTAMP" in str(s.value).upper()
    ]
    return found


def test_only_the_clock_asks_for_the_time():
    faults = [fault for source in sources() if source.name not in ALLOWED for fault in questions(source)]
    report(faults, "ask kernel.clock.now() at the edge and pass the instant on as at=")


def test_the_time_is_passed_on_not_asked_again():
    faults = []
    for source in sources():
        if not source.is_kind(*TOLD) or source.name.startswith(tuple(ASKS_THE_CLOCK)):
            continue
        names = source.names
        for call in source.calls():
            if full_name(call.func, names) == "keyue.kernel.clock.now":
                faults.append(source.at(call, ast.unparse(call)))
    report(faults, "the clock is asked once a request and once a job; take at= from the caller")


def test_the_exceptions_are_needed():
    by_name = {source.name: source for source in sources()}
    faults = [name for name in ALLOWED if name not in by_name or not questions(by_name[name])]
    report(faults, "take these out of ALLOWED")
