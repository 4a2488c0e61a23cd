"""Every text that a person reads can be read in Chinese and in English."""

from __future__ import annotations

import ast
import re

import pytest

from tests.support import messages
from tests.support.source import PRODUCT, Source, relative, report, sources, strings, templates

CHINESE = re.compile(r"[\u4e00-\u9fff]")
GETTEXT = frozenset(messages.KEYWORDS)
# the parts of a room whose words reach the screen
SHOWN = ("views", "forms", "api", "actions", "permissions", "enums", "models", "templatetags", "roles")
# places whose Chinese is no text of the interface, and why
NOT_SHOWN = {
    "keyue/ui/samples.py": "what customers and colleagues might write, on the page of all components",
    "keyue/ui/templates/ui/_gallery.html": "the same",
    "keyue/channels/static/channels/embed.js": "runs in a foreign page that hands it nothing: holds both languages",
    "keyue/operations/demo": "what customers and staff of the demo company write",
}
# a language is named in itself
SAME_EVERYWHERE = {"简体中文"}


def catalogues() -> list[messages.Text]:
    """Every text of every catalogue."""
    return [text for room in messages.rooms() for text in messages.in_catalogue(room).values()]


@pytest.mark.parametrize("room", messages.rooms())
def test_every_text_has_its_english(room):
    known = messages.in_catalogue(room)
    faults = [
        f"{text.place}: {text.message}"
        for key, text in sorted(messages.in_source()[room].items())
        if key not in known or known[key].plural != text.plural or not known[key].is_translated
    ]
    po = relative(messages.po_of(room))
    report(faults, f"run make messages, then write the English into {po}, and once more")


@pytest.mark.parametrize("room", messages.rooms())
def test_the_catalogue_holds_nothing_else(room):
    gone = messages.in_catalogue(room).keys() - messages.in_source()[room].keys()
    report(sorted(message for _, message in gone), "nobody shows these any more: run make messages")


@pytest.mark.parametrize("room", messages.rooms())
def test_the_compiled_catalogue_is_fresh(room):
    known, compiled = messages.in_catalogue(room), messages.mo_of(room)
    if known or compiled.exists():
        assert compiled.exists() and compiled.read_bytes() == messages.as_mo(known), "run make messages"


def test_the_same_text_has_the_same_english_everywhere():
    """Django joins the catalogues of all rooms: of two translations one would win by chance."""
    said: dict[tuple[str, str], set[str]] = {}
    for text in catalogues():
        if text.is_translated:
            said.setdefault(text.key, set()).add(" | ".join(text.english))
    faults = [f"{key[1]}: {', '.join(sorted(ways))}" for key, ways in said.items() if len(ways) > 1]
    report(faults, "choose one, or tell them apart by a context: pgettext, {% translate … context … %}")


def test_django_reads_what_was_compiled():
    from django.utils.translation import gettext, override, pgettext

    faults = []
    with override("en"):
        for text in catalogues():
            if text.is_translated and not text.plural:
                said = pgettext(text.context, text.message) if text.context else gettext(text.message)
                if said != text.english[0]:
                    faults.append(f"{text.message}: {said}")
    report(faults, "Django says something else than the catalogue")


def test_translations_keep_their_placeholders():
    faults = []
    for text in catalogues():
        wanted = set(messages.PLACEHOLDER.findall(text.plural or text.message))
        # "1 day" may leave the number out, the plural may not
        said = text.english[-1] if text.english else ""
        if said and set(messages.PLACEHOLDER.findall(said)) != wanted:
            faults.append(f"{text.place}: {text.message} -> {said}")
    report(faults, "the same placeholders stand in both languages")


def test_the_english_is_english():
    """A Chinese name of a thing may stand in brackets beside its English word."""
    faults = []
    for text in catalogues():
        for said in text.english:
            if CHINESE.search(re.sub(r"[(（「《“\"][^)）」》”\"]*[)）」》”\"]", "", said)):
                faults.append(f"{text.place}: {text.message} -> {said}")
    report(faults, "write these in English")


def is_no_text(name: str) -> bool:
    return name.startswith(tuple(NOT_SHOWN))


def bare(template: str) -> str:
    """A template without what may hold Chinese: comments, translated blocks, and texts handed to gettext."""
    kept = template
    for pattern in (
        r"{#.*?#}",
        r"<!--.*?-->",
        r"{%\s*comment\b.*?endcomment\s*%}",
        r"{%\s*blocktrans(?:late)?\b.*?endblocktrans(?:late)?\s*%}",
        r"{%\s*trans(?:late)?\b.*?%}",
        r"""_\(\s*(?:"[^"]*"|'[^']*')\s*\)""",
    ):
        kept = re.sub(pattern, lambda m: "\n" * m.group().count("\n"), kept, flags=re.S)
    return kept


def test_templates_hold_no_text_that_cannot_be_translated():
    faults = [
        f"{relative(path)}:{number} {line.strip()[:80]}"
        for path in templates()
        if not is_no_text(relative(path))
        for number, line in enumerate(bare(path.read_text(encoding="utf-8")).splitlines(), 1)
        if CHINESE.search(line)
    ]
    report(faults, 'say it with {% translate "…" %}')


def handed_to_gettext(source: Source) -> set[int]:
    """The ids of the strings inside calls of gettext."""
    return {
        id(node)
        for call in source.calls()
        if ast.unparse(call.func).rsplit(".", 1)[-1] in GETTEXT
        for node in ast.walk(call)
    }


def examples(source: Source) -> set[int]:
    """The ids of the strings that show in the API's description what a customer might be called."""
    return {
        id(node)
        for call in source.calls()
        for keyword in call.keywords
        if keyword.arg in {"examples", "example"}
        for node in ast.walk(keyword.value)
    }


def raised(source: Source) -> set[int]:
    """The ids of the strings inside what is raised: a sentence for the user, wherever it is raised."""
    return {id(n) for node in ast.walk(source.tree) if isinstance(node, ast.Raise) for n in ast.walk(node)}


def test_code_holds_no_text_that_cannot_be_translated():
    """What is raised by a module without Django, which has no gettext, is worded by whoever catches it."""
    faults = []
    for source in sources():
        shown = source.is_kind(*SHOWN)
        knows_django = any(name.startswith("django.") for name in source.names.values())
        if is_no_text(source.name) or not (shown or knows_django):
            continue
        translated, said = handed_to_gettext(source) | examples(source), raised(source)
        for node in strings(source):
            text = str(node.value)
            if not CHINESE.search(text) or id(node) in translated or text in SAME_EVERYWHERE:
                continue
            if shown or id(node) in said:
                faults.append(source.at(node, ast.unparse(node)[:60]))
    report(faults, "hand it to gettext: _('…')")


def test_the_exceptions_are_needed():
    names = [s.name for s in sources()] + [relative(p) for p in PRODUCT.rglob("*.*")]
    unused = [n for n in NOT_SHOWN if not any(name.startswith(n) for name in names)]
    report(unused, "take these out of NOT_SHOWN")


def test_scripts_hold_no_text():
    faults = []
    for path in sorted(PRODUCT.rglob("static/**/*.js")):
        if "vendor" in path.parts or is_no_text(relative(path)):
            continue
        text = re.sub(
            r"/\*.*?\*/", lambda m: "\n" * m.group().count("\n"), path.read_text(encoding="utf-8"), flags=re.S
        )
        for number, line in enumerate(text.splitlines(), 1):
            if CHINESE.search(re.sub(r"//.*", "", line)):
                faults.append(f"{relative(path)}:{number} {line.strip()[:80]}")
    report(faults, "the page hands its texts to the script (data-…), translated")
