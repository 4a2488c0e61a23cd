"""`keyue regulation`: what the company has adopted, adopting a text, and answering what one leaves open.

`keyue regulation check` needs no database and stands in `keyue.config.tools`.
"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from keyue.company.selectors import is_founded
from keyue.compliance.forms import answer_words
from keyue.kernel import clock
from keyue.kernel.errors import Invalid, NotFound, Refused
from keyue.ledger.facts import Actor
from keyue.operations import serving
from keyue.operations.terminal import CLI, local, person, read_json, table
from keyue.people.api import YEARS
from keyue.people.models import User
from keyue.regulations import actions
from keyue.regulations import selectors as regulations
from keyue.regulations.answering import asked, read_answers
from keyue.regulations.document import Document, read_file
from keyue.regulations.models import Edition
from keyue.regulations.packs import ready_pack


class Command(BaseCommand):
    help = (
        "Regulations: list, questions ID, adopt PACK, answer ID --answers FILE; check PATH needs no database."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
        acts.add_parser("list", help="what is adopted, and the ready regulations that are not")
        questions = acts.add_parser(
            "questions", help="what a regulation leaves to the company, with the answers"
        )
        questions.add_argument("regulation", metavar="ID")
        questions.add_argument("--json", action="store_true", help="the answers as a document for `answer`")
        adopt = acts.add_parser("adopt", help="adopt a ready regulation, or a text of your own")
        adopt.add_argument("pack", metavar="PACK", help="an id that `list` prints, else a folder or file")
        adopt.add_argument(
            "--post",
            action="append",
            default=[],
            metavar="CODE=USERNAME",
            help="who stands behind a post that is empty or not there yet; again for more",
        )
        answer = acts.add_parser("answer", help="answer what a regulation leaves open")
        answer.add_argument("regulation", metavar="ID")
        answer.add_argument(
            "--edition", type=int, metavar="N", help="refuse where this is no longer the newest edition"
        )
        for parser_ in (adopt, answer):
            parser_.add_argument(
                "--answers",
                metavar="FILE",
                required=parser_ is answer,
                help='JSON such as {"progress.every": "2 days"}; null switches off; - reads standard input',
            )
            parser_.add_argument(
                "--from", dest="start", metavar="INSTANT", help="in force from; now where absent"
            )
            parser_.add_argument(
                "--by", metavar="USERNAME", help="who publishes; the command line where absent"
            )
        acts.add_parser("check", help="PATH: check a text and run its example cases")

    def handle(self, *args: Any, act: str, **options: Any) -> None:
        serving.require_schema()
        at = clock.now()
        if act == "list":
            said = self._list(at)
        elif act == "questions":
            said = self._questions(options)
        else:
            if not is_founded():
                raise Refused(_("还没有建立公司。请先运行 keyue serve 并完成首次设置，或运行 keyue demo。"))
            said = self._adopt(options, at) if act == "adopt" else self._answer(options, at)
        self.stdout.write(said)

    def _list(self, at: datetime) -> str:
        rows = []
        for row in regulations.regulations():
            newest = regulations.newest_edition(row.pk)
            if newest is not None:
                open_ = len(regulations.open_questions(row.pk))
                rows.append(
                    (row.pk, row.code, row.title, str(newest.n), local(newest.effective_from), str(open_))
                )
        for pack in regulations.packs_to_adopt():
            rows.append((pack.id, pack.code, pack.title, "—", _("没有采用"), str(len(pack.questions()))))
        headings = (_("标识"), _("文号"), _("名称"), _("版本"), _("施行"), _("待回答"))
        return table(headings, rows, empty=_("没有制度。"))

    def _questions(self, options: dict[str, Any]) -> str:
        newest = regulations.newest_edition(options["regulation"])
        document = regulations.read(newest).document if newest else ready_pack(options["regulation"])
        if document is None:
            raise NotFound(_("没有这项制度：%(id)s") % {"id": options["regulation"]})
        found = asked(document, newest.answers if newest else {})
        if options["json"]:
            given = {one.question.key: one.answer for one in found}
            return json.dumps(given, ensure_ascii=False, indent=2)
        rows = [
            (one.question.key, one.question.clause, answer_words(one) or _("未启用"), one.question.text)
            for one in found
        ]
        headings = (_("标识"), _("条款"), _("回答"), _("制度的问题"))
        return table(headings, rows, empty=_("这项制度没有留给公司定的期限"))

    def _adopt(self, options: dict[str, Any], at: datetime) -> str:
        document = _document(options["pack"])
        answers = read_answers(document, _json(options["answers"])) if options["answers"] else {}
        edition = actions.adopt_ready(
            document=document,
            effective_from=_instant(options["start"], at),
            answers={key: value for key, value in answers.items() if value is not None},
            holders=_holders(options["post"]),
            by=_by(options["by"]),
            at=at,
            source="cli",
        )
        lines = [_told(edition)]
        empty = [post.name for post in regulations.posts_named(document, at) if not post.people]
        if empty:
            lines.append(_("没有人担任的岗位：%(names)s") % {"names": _("、").join(empty)})
        open_ = len(regulations.open_questions(edition.regulation_id))
        if open_:
            lines.append(_("还有 %(n)d 个问题没有回答：keyue regulation questions %(id)s")
                         % {"n": open_, "id": edition.regulation_id})  # fmt: skip
        return "\n".join(lines)

    def _answer(self, options: dict[str, Any], at: datetime) -> str:
        newest = regulations.newest_edition(options["regulation"])
        if newest is None:
            raise NotFound(_("还没有采用这项制度：%(id)s") % {"id": options["regulation"]})
        edition = actions.answer_questions(
            regulation=newest.regulation_id,
            answers=read_answers(regulations.read(newest).document, _json(options["answers"])),
            effective_from=_instant(options["start"], at),
            revision=newest.n if options["edition"] is None else options["edition"],
            by=_by(options["by"]),
            at=at,
            source="cli",
        )
        if edition.n == newest.n:
            return _("没有改动，仍是第 %(n)d 版") % {"n": edition.n}
        return _told(edition)


def _told(edition: Edition) -> str:
    if edition.published_at is None:
        return _("《%(title)s》第 %(n)d 版已送审，通过并公告以后才施行") % {
            "title": edition.title,
            "n": edition.n,
        }
    return _("《%(title)s》第 %(n)d 版已发布，%(when)s 起施行") % {
        "title": edition.title,
        "n": edition.n,
        "when": local(edition.effective_from),
    }


def _by(username: str | None) -> Actor:
    return Actor("staff", str(person(username).pk)) if username else CLI


def _document(name: str) -> Document:
    """A ready regulation by its id, else the text of a folder or file. Raises Invalid."""
    found = ready_pack(name)
    if found is not None:
        return found
    try:
        return read_file(Path(name))
    except OSError as error:
        raise Invalid(_("没有这项现成的制度，也没有这个文件：%(name)s") % {"name": name}) from error


def _json(name: str) -> dict[str, Any]:
    """The object of a JSON file. Raises Invalid with a sentence for anything that is none."""
    found = read_json(name, most=1)
    if not isinstance(found, dict):
        raise Invalid(_('%(file)s 应是一个对象，如 {"progress.every": "2 天"}') % {"file": name})
    return found


def _instant(text: str | None, at: datetime) -> datetime:
    """An instant with its offset. Raises Invalid for a wall time, which is nobody's in particular."""
    if text is None:
        return at
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise Invalid(_("看不懂时刻「%(text)s」，请连同时区写明，如 2026-12-01T00:00+08:00") % {"text": text})
    if found.year not in YEARS:
        raise Invalid(_("年份要在 2000 与 2100 之间。"))
    return found


def _holders(named: list[str]) -> dict[str, list[User]]:
    found: dict[str, list[User]] = {}
    for text in named:
        code, equals, username = text.partition("=")
        if not (code and equals and username):
            raise Invalid(_("看不懂「%(text)s」，请写成 岗位代码=工号，如 service_head=gu") % {"text": text})
        found.setdefault(code, []).append(person(username))
    return found
