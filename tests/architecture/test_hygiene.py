"""Nothing left half done, nothing skipped, nothing inline, no secrets, no place of one machine."""

from __future__ import annotations

import ast
import re

from tests.support.environment import ROOT
from tests.support.source import PRODUCT, full_name, read, relative, report, templates, text_of, tracked

# put together here, so that this file does not hold them
MARKS = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK")) + r")\b")
SECRETS = re.compile(
    "|".join(
        (
            "-----BEGIN (?:[A-Z]+ )*PRIVATE " + r"KEY-----\s+[A-Za-z0-9+/=]{40,}",
            r"\bAKIA[0-9A-Z]{16}\b",
            r"\bgh[pousr]_[A-Za-z0-9]{30,}\b",
            r"\bxox[abprs]-[A-Za-z0-9-]{10,}",
            r"\bsk-[A-Za-z0-9_-]{20,}",
            r"://[^/\s:@{}<$%…]+:[^/\s:@{}<$%…]{6,}@(?!localhost|127\.0\.0\.1|HOST|db\b|host\b)",
        )
    )
)
PLACES = re.compile(r"(?<![\w.~-])/(?:" + "|".join(("ro" + "ot", "wo" + "rk", "ho" + r"me/\w+")) + r")/")
SKIPS = {"skip", "skipif", "skipIf", "skipUnless", "xfail", "importorskip"}
SCRIPT_TAG = re.compile(r"<script\b([^>]*)>", re.I)
HANDLER = re.compile(r"<[a-z][^>]*?\s(on[a-z]+|hx-on[:\w-]*)\s*=", re.I)
STYLE = re.compile(r"""\sstyle\s*=\s*("([^"]*)"|'([^']*)')""", re.I)
FOREIGN = re.compile(
    r"""<(?:script|link|img|iframe|source)\b[^>]*\s(?:src|href)\s*=\s*["']?(?:https?:)?//""", re.I
)
OWN_PROPERTIES = re.compile(r"\s*(--[\w-]+\s*:[^;:]*;?\s*)*$")


def places_of(pattern: re.Pattern[str]) -> list[str]:
    """Where the pattern stands in any text that git keeps."""
    found = []
    for path in tracked():
        text = text_of(path) or ""
        for match in pattern.finditer(text):
            found.append(
                f"{relative(path)}:{text.count(chr(10), 0, match.start()) + 1} {match.group()[:80]!r}"
            )
    return found


def test_nothing_is_left_to_be_done_later():
    report(places_of(MARKS), "do it, or open an issue")


def test_there_are_no_secrets():
    report(places_of(SECRETS), "secrets do not stand in a repository")


def test_no_place_of_one_machine_is_named():
    report(places_of(PLACES), "say it so that it holds on every machine")


def test_no_test_is_skipped():
    faults = []
    for path in sorted((ROOT / "tests").rglob("*.py")):
        source = read(path)
        for node in ast.walk(source.tree):
            whole = full_name(node, source.names) if isinstance(node, ast.Attribute | ast.Name) else ""
            if whole.startswith(("pytest.", "unittest.")) and whole.rsplit(".", 1)[-1] in SKIPS:
                faults.append(source.at(node, whole))
    report(faults, "a test that is skipped proves nothing: mend it or take it away")


def pages() -> list[tuple[str, str]]:
    """Templates that end up in a browser, without their comments; mails may style their elements."""
    found = []
    for path in templates():
        if path.suffix == ".html" and "mail" not in path.parts and "email" not in path.parts:
            text = path.read_text(encoding="utf-8")
            text = re.sub(r"{%\s*comment\b.*?endcomment\s*%}|{#.*?#}|<!--.*?-->", _blank, text, flags=re.S)
            found.append((relative(path), text))
    return found


def _blank(match: re.Match[str]) -> str:
    """As many lines as were there, so that places stay right."""
    return "\n" * match.group().count("\n")


def places(name: str, text: str, position: int, what: str) -> str:
    return f"{name}:{text.count(chr(10), 0, position) + 1} {what}"


def test_pages_have_no_inline_script():
    faults = []
    for name, text in pages():
        for match in SCRIPT_TAG.finditer(text):
            # data for a script is no script
            if " src=" not in match.group(1) and "application/json" not in match.group(1):
                faults.append(places(name, text, match.start(), match.group()))
        faults += [places(name, text, m.start(), m.group(1)) for m in HANDLER.finditer(text)]
        faults += [
            places(name, text, m.start(), "javascript:") for m in re.finditer("javascript:", text, re.I)
        ]
    report(faults, "the content security policy refuses these; write a module under static/")


def test_pages_style_through_custom_properties_only():
    faults = []
    for name, text in pages():
        plain = re.sub(r"{%.*?%}", "", re.sub(r"{{.*?}}", "0", text))
        for match in STYLE.finditer(plain):
            if not OWN_PROPERTIES.match(match.group(2) or match.group(3) or ""):
                faults.append(places(name, plain, match.start(), match.group().strip()))
        faults += [places(name, text, m.start(), "<style>") for m in re.finditer(r"<style\b", text, re.I)]
    report(faults, "set custom properties (--v: 40%) and style them in the stylesheet")


def test_pages_fetch_nothing_from_elsewhere():
    faults = [
        places(name, text, m.start(), m.group()[:80])
        for name, text in pages()
        for m in FOREIGN.finditer(text)
    ]
    report(faults, "serve it from here")


def test_scripts_make_no_code_from_text():
    faults = []
    pattern = re.compile(
        r"\beval\(|new Function\(|\.innerHTML\s*=|\.outerHTML\s*=|document\.write\(|insertAdjacentHTML"
    )
    for path in PRODUCT.rglob("static/**/*.js"):
        if "vendor" in path.parts:
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if pattern.search(line):
                faults.append(f"{relative(path)}:{number} {line.strip()[:100]}")
    report(faults, "build elements, or let the server render them")


def test_nothing_is_marked_safe_by_hand():
    """Text of customers reaches the page escaped; what must not be escaped is built by format_html."""
    faults = []
    for name, text in pages():
        for match in re.finditer(r"\|\s*safe\b|{%\s*autoescape\s+off", text):
            faults.append(places(name, text, match.start(), match.group()))
    report(faults, "take format_html, or nh3 for foreign markup")
