"""Every text that a person reads can be read in Chinese and in English."""

from __future__ import annotations

import ast
import re

import pytest

from tests.support import messages
from tests.support.source import PRODUCT, Source, relative, report, sources, strings, templates

CHINESE = re.compile(r"[\u4e00-\u9fff]")
MARKS = re.compile(r"[：，。；、（）！？]")
# what takes a text apart that people typed
READERS = frozenset({"replace", "split", "strip", "rstrip", "compile", "search", "match", "sub"})
GETTEXT = frozenset(messages.KEYWORDS)
# places whose Chinese is no text of the interface, and why
NOT_SHOWN = {
    "keyue/ui/samples.py": "what customers and colleagues might write, on the page of all components",
    "keyue/ui/templates/ui/_gallery.html": "the same",
    "keyue/channels/static/channels/embed.js": "runs in a foreign page that hands it nothing: holds both languages",
    "keyue/operations/demo": "what customers and staff of the demo company write",
    "keyue/operations/bench": "what customers and staff of the measured company write",
    "keyue/cases/bodies.py": "what a request might hold, in the description of the API",
}
# places that read Chinese or hold both languages; what they raise is a text of the interface all the same
READ_OR_BOTH = {
    "keyue/api/document.py": "what an answer might hold, in the description of the API",
    "keyue/api/progress.py": "names a question of the portal as it stands there, in the same description",
    "keyue/customers/exchange": "how sheets of customers head and fill their columns, and a row that shows it",
    "keyue/cases/importing": "how sheets of all kinds head and fill their columns, and two rows that show it",
    "keyue/customers/regions.py": "the names of the regions, which are data",
    "keyue/customers/rules.py": "how people write names and numbers",
    "keyue/customers/upkeep_rules.py": "how people write yes and no",
    "keyue/customers/searching_words.py": "how names of companies end, which are data",
    "keyue/customers/likeness.py": "how several values stand in one cell, and a reason as the matcher words it",
    "keyue/customers/matching": "of what names of companies are made, and how sheets head their columns",
    "keyue/regulations/durations.py": "how people write lengths of time",
    "keyue/worktime/typed.py": "how people write hours and days",
    "keyue/channels/reviews/reading.py": "how exports of reviews head their columns and write ratings",
    "keyue/channels/wechat/sending.py": "where a sentence ends",
    "keyue/channels/chat/wishes.py": "how people ask for a person",
    "keyue/channels/email/reader": "how mails are written, dated, signed and quoted",
    "keyue/operations/first_run/pages.py": "a first department to write over",
    "keyue/operations/first_run/staff.py": "two rows that show how a sheet is filled",
    "keyue/people/actions/sheet.py": "what stands between the names in a cell",
    "keyue/people/names.py": "how names are read aloud",
    "keyue/people/sheets.py": "how sheets of staff head their columns",
    "keyue/regulations/document.py": "how regulations number their clauses",
    "keyue/regulations/numerals.py": "how people write numbers",
    "keyue/promises/commitments.py": "how people promise something",
    "keyue/promises/when.py": "how people say when",
    "keyue/sorting/model": "words that speak for an answer, and places of Chinese characters",
    "keyue/knowledge/masking.py": "how people write names, numbers and places, and what stands for them",
    "keyue/knowledge/placeholders.py": "the names of placeholders, which are typed into texts",
    "keyue/knowledge/rules.py": "what a draft asks to be written over",
    "keyue/knowledge/script_sheets.py": "how sheets of scripts head their columns",
    "keyue/knowledge/writing.py": "what a language model is told",
    "keyue/knowledge/model_views.py": "what a language model is asked when it is tried",
    "keyue/knowledge/retrieval": "words that mean the same, and words that say nothing",
    "keyue/regulations/reader": "how regulations are numbered, damaged and worded",
    "keyue/regulations/writing.py": "how regulations number their clauses",
    "keyue/compliance/typed_controls.py": "how people write lengths of time",
    "keyue/regulations/stated.py": "how clauses state lengths of time",
    "keyue/ui/wording.py": "holds both languages",
    "keyue/compliance/proposing.py": "how regulations call the department that leads",
    "keyue/compliance/coverage.py": "how clauses state lengths of time",
    "keyue/worktime/wording.py": "holds both languages",
}
# a language is named in itself
SAME_EVERYWHERE = {"简体中文", "客约 Keyue"}


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


def is_chinese(text: str) -> bool:
    """Whether it has Chinese in it, if only its punctuation."""
    return bool(CHINESE.search(text) or MARKS.search(text))


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
        if is_chinese(line)
    ]
    report(faults, 'say it with {% translate "…" %}')


def handed_over(source: Source) -> set[int]:
    """The ids of the strings that are handed as they stand to gettext or, without Django, to `sentence`.

    What fills their places does not count: the catalogues never see it.
    """
    return {
        id(argument)
        for call in source.calls()
        if ast.unparse(call.func).rsplit(".", 1)[-1] in GETTEXT
        for argument in call.args
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


def taking_apart(source: Source) -> set[int]:
    """The ids of the strings with which code takes a text apart that people typed."""
    return {
        id(argument)
        for call in source.calls()
        if isinstance(call.func, ast.Attribute) and call.func.attr in READERS
        for argument in call.args
    }


def names_a_room(source: Source) -> bool:
    """Whether it is the declaration of a Django app, whose name stands on no page."""
    return source.path.name == "apps.py"


def test_code_holds_no_text_that_cannot_be_translated():
    faults = []
    for source in sources():
        if is_no_text(source.name) or names_a_room(source):
            continue
        reads = source.name.startswith(tuple(READ_OR_BOTH))
        handed, told = handed_over(source) | examples(source) | taking_apart(source), raised(source)
        for node in strings(source):
            text = str(node.value)
            if not is_chinese(text) or id(node) in handed or text in SAME_EVERYWHERE:
                continue
            if not reads or id(node) in told:
                faults.append(source.at(node, ast.unparse(node)[:60]))
    report(
        faults, "hand it to gettext: _('…'), or where there is no Django to keyue.kernel.texts: sentence('…')"
    )


def test_sentences_are_literals():
    """The catalogues are collected from the source: what is put together on the way is never found in them."""
    faults = [
        source.at(call, ast.unparse(call)[:60])
        for source in sources()
        if source.names.get("sentence") == "keyue.kernel.texts.sentence"
        for call in source.calls()
        if ast.unparse(call.func) == "sentence"
        and not (len(call.args) == 1 and isinstance(call.args[0], ast.Constant))
    ]
    report(faults, "sentence('… %(name)s …', name=…)")


def test_places_are_filled():
    """A value that a sentence names and nobody gives would be an error in the middle of an error."""
    faults = []
    for source in sources():
        if source.names.get("sentence") != "keyue.kernel.texts.sentence":
            continue
        for call in source.calls():
            if (
                ast.unparse(call.func) != "sentence"
                or not call.args
                or not isinstance(call.args[0], ast.Constant)
            ):
                continue
            named = set(re.findall(r"%\((\w+)\)", str(call.args[0].value)))
            given = {keyword.arg for keyword in call.keywords}
            if named != given:
                faults.append(source.at(call, f"{sorted(named ^ given, key=str)}"))
    report(faults, "give each place its value, and nothing else")


def test_the_exceptions_are_needed():
    names = [s.name for s in sources()] + [relative(p) for p in PRODUCT.rglob("*.*")]
    given = [*NOT_SHOWN, *READ_OR_BOTH]
    unused = [n for n in given if not any(name.startswith(n) for name in names)]
    held = {
        source.name: {
            id(node)
            for node in strings(source)
            if is_chinese(str(node.value)) and id(node) not in handed_over(source) | examples(source)
        }
        for source in sources()
        if source.name.startswith(tuple(READ_OR_BOTH))
    }
    unused += [
        n for n in READ_OR_BOTH if not any(found for name, found in held.items() if name.startswith(n))
    ]
    report(unused, "take these out of NOT_SHOWN and READ_OR_BOTH")


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
