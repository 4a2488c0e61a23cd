"""`keyue found FILE`: the first run from one JSON document, for a machine that nobody sits at."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _
from pydantic import ValidationError

from keyue.api.faults import sentences
from keyue.kernel import clock
from keyue.kernel.errors import Invalid
from keyue.operations import serving
from keyue.operations.first_run.document import EXAMPLE, FoundingIn
from keyue.operations.first_run.headless import Started, found_by
from keyue.operations.terminal import read_json, table


class Command(BaseCommand):
    help = "Set up the company from a JSON document (- for standard input); --template prints one to fill in."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", help="- reads standard input")
        parser.add_argument("--template", action="store_true", help="print a document to fill in")

    def handle(self, *args: Any, file: str | None, template: bool, **options: Any) -> None:
        if template:
            self.stdout.write(json.dumps(EXAMPLE, ensure_ascii=False, indent=2))
            return
        if file is None:
            raise Invalid(_("请写明文件：keyue found 文件.json；keyue found --template 给出一份可以照填的。"))
        said = _read(file)
        serving.require_schema()
        self.stdout.write(_told(found_by(said, at=clock.now())))


def _read(name: str) -> FoundingIn:
    document = read_json(name)
    try:
        return FoundingIn.model_validate(document)
    except ValidationError as error:
        fields = sentences([{**fault, "loc": ("body", *fault["loc"])} for fault in error.errors()])
        raise Invalid(_("有 %(n)d 处需要修改。") % {"n": len(fields)}, fields=fields) from error


def _told(done: Started) -> str:
    lines = [
        _("已建立「%(company)s」，%(name)s 现在可以登录。")
        % {"company": done.company, "name": done.administrator}
    ]
    if done.passwords:
        lines += ["", _("首次密码只显示这一次，登录后要改："), ""]
        lines.append(table((_("姓名"), _("工号"), _("密码")), done.passwords, empty=""))
    if done.empty_posts:
        names = _("、").join(done.empty_posts)
        lines += [
            "",
            _("没有人的岗位：%(names)s。制度把约定交给它们，请到「设置」里指定。") % {"names": names},
        ]
    return "\n".join(lines)
