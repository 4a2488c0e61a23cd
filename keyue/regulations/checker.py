"""Checking literate regulations: the text, what it names, and its example cases. Pure Python.

Nothing here knows the subjects of promises or the engine, which lie above: both are handed in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from keyue.kernel.texts import sentence
from keyue.regulations.document import Document, Fault, read_file
from keyue.regulations.examples import Derive, check_example
from keyue.regulations.stated import check_numbers
from keyue.regulations.vocabulary import Vocabularies, check_vocabulary, line_of

MAIN = "regulation.md"


@dataclass(slots=True)
class Report:
    """What was checked and what is wrong, in the order of files and lines."""

    regulations: int = 0
    controls: int = 0
    examples: int = 0
    faults: list[Fault] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        """Whether nothing is wrong; warnings do not count."""
        return all(fault.is_warning for fault in self.faults)


def check_path(path: Path, models: Vocabularies, derive_scenario: Derive) -> list[Fault]:
    """The faults and warnings of a regulation (file or folder) or of a folder of them; see `check`."""
    return check(path, models, derive_scenario).faults


def check(path: Path, models: Vocabularies, derive_scenario: Derive) -> Report:
    """Check every regulation at `path`, each with the example cases in the folder `cases` beside it.

    Raises FileNotFoundError with a sentence where there is no regulation.
    """
    report = Report()
    seen: dict[str, str] = {}
    for file in regulations_at(path):
        document = read_file(file)
        derive = None if document.faults else derive_scenario
        check_document(document, models)
        if document.id in seen:
            document.fault(
                line_of(document, "id"),
                sentence("制度 %(id)s 在 %(path)s 里已经有了", id=document.id, path=seen[document.id]),
            )
        elif document.id:
            seen[document.id] = document.path
        report.regulations += 1
        report.controls += len(document.blocks)
        report.faults += sorted(document.faults, key=lambda fault: fault.line)
        for example in sorted((file.parent / "cases").glob("*.json")):
            report.examples += 1
            vocabulary = models.get(document.subject)
            report.faults += check_example(example, file, vocabulary, models, derive)
    return report


def check_document(document: Document, models: Vocabularies) -> None:
    """Add to the document's faults what its subject does not know, and what its text says otherwise."""
    check_vocabulary(document, models)
    check_numbers(document)


def regulations_at(path: Path) -> list[Path]:
    """The Markdown files to check. Raises FileNotFoundError with a sentence where there is none."""
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise FileNotFoundError(sentence("找不到制度：%(path)s", path=path))
    found = list(_files_in(path)) or [file for folder in _folders_in(path) for file in _files_in(folder)]
    if not found:
        raise FileNotFoundError(
            sentence(
                "%(path)s 里没有制度：没有 %(main)s，也没有写着 ```regulation 的 .md 文件",
                path=path,
                main=MAIN,
            )
        )
    return found


def _folders_in(path: Path) -> list[Path]:
    return sorted(folder for folder in path.iterdir() if folder.is_dir() and not folder.name.startswith("."))


def _files_in(folder: Path) -> Iterator[Path]:
    """The regulation of a pack, else every Markdown file with a regulation block."""
    if (folder / MAIN).is_file():
        yield folder / MAIN
        return
    for file in sorted(folder.glob("*.md")):
        if b"```regulation" in file.read_bytes():
            yield file
