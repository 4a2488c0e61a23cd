"""`keyue calendar`: the company's calendar as JSON, and publishing another one."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from keyue.company.selectors import is_founded
from keyue.kernel import clock
from keyue.kernel.errors import Invalid, NotFound, Refused
from keyue.kernel.texts import sentence_of
from keyue.ledger.facts import Actor
from keyue.operations import serving
from keyue.operations.terminal import CLI, local, person, read_json, table
from keyue.promises import actions
from keyue.promises.projection import COMPANY_CALENDAR
from keyue.workbench.calendar_page import names_of
from keyue.worktime import selectors as worktime
from keyue.worktime.calendar import Calendar

LONGEST_NOTE = 500
VERSIONS = 50


class Command(BaseCommand):
    help = "The company's calendar: show (JSON, as `keyue due` takes it), versions, publish FILE (- for standard input)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True, metavar="ACT")
        show = acts.add_parser("show", help="the calendar that holds now, as JSON")
        show.add_argument("--revision", type=int, metavar="N", help="another version of it")
        acts.add_parser("versions", help="who published what, when and why")
        publish = acts.add_parser("publish", help="publish the calendar in a JSON file")
        publish.add_argument("file", help="- reads standard input")
        publish.add_argument("--note", default="", help="why")
        publish.add_argument("--by", metavar="USERNAME", help="who publishes; the command line where absent")
        publish.add_argument(
            "--revision", type=int, metavar="N", help="refuse where this is no longer the newest version"
        )

    def handle(self, *args: Any, act: str, **options: Any) -> None:
        serving.require_schema()
        if act == "publish":
            said = self._publish(options)
        else:
            said = self._show(options["revision"]) if act == "show" else self._versions()
        self.stdout.write(said)

    def _show(self, revision: int | None) -> str:
        rows = worktime.versions_of(COMPANY_CALENDAR)
        found = (rows.filter(n=revision) if revision is not None else rows).first()
        if found is None:
            if revision is None:
                raise NotFound(_("还没有工作日历"))
            raise NotFound(_("工作日历没有第 %(n)d 版") % {"n": revision})
        return json.dumps(found.definition, ensure_ascii=False, indent=2)

    def _versions(self) -> str:
        rows = list(worktime.versions_of(COMPANY_CALENDAR)[:VERSIONS])
        names = names_of(rows)
        listed = [(str(row.n), local(row.recorded_at), names[row.by], row.note or "—") for row in rows]
        return table((_("版本"), _("发布"), _("发布人"), _("说明")), listed, empty=_("还没有工作日历"))

    def _publish(self, options: dict[str, Any]) -> str:
        if not is_founded():
            raise Refused(_("还没有建立公司。请先运行 keyue serve 并完成首次设置，或运行 keyue demo。"))
        note = options["note"].strip()
        if len(note) > LONGEST_NOTE:
            raise Invalid(_("说明最多 %(most)d 个字。") % {"most": LONGEST_NOTE})
        by = Actor("staff", str(person(options["by"]).pk)) if options["by"] else CLI
        before = worktime.newest_version(COMPANY_CALENDAR)
        try:
            version = actions.publish_calendar(
                definition=_definition(options["file"]),
                note=note,
                revision=options["revision"],
                by=by,
                at=clock.now(),
                source="cli",
            )
        except Invalid as error:
            # one sentence: the fields of a calendar say what theirs is about
            raise Invalid(sentence_of(error)) from error
        if before is not None and version.n == before.n:
            return _("没有改动，仍是第 %(n)d 版") % {"n": version.n}
        return _("已发布第 %(n)d 版") % {"n": version.n}


def _definition(name: str) -> object:
    """The JSON of a file. Raises Invalid with a sentence for anything that is no calendar."""
    found: object = read_json(name)
    Calendar.from_dict(found)
    return found
