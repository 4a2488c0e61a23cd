"""`keyue clock`: show or move the clock of a demo."""

import re
from argparse import ArgumentParser
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from keyue.kernel import clock
from keyue.operations import serving
from keyue.promises.selectors import zone

UNITS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}


class Command(BaseCommand):
    help = "Show or move the clock of a demo: keyue clock show | set 2026-12-01T09:00 | advance 2h30m"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("act", choices=["show", "set", "advance"])
        parser.add_argument("value", nargs="?")

    def handle(self, *args: Any, act: str, value: str | None, **options: Any) -> None:
        serving.prepare(migrate=True)
        if act != "show":
            if not clock.is_movable():
                raise CommandError(_("时钟只有在 KEYUE_TEST_CLOCK=1 时才能拨动。"), returncode=2)
            if value is None:
                raise CommandError(
                    _(
                        "%(act)s 后面要写时刻或时长，如 keyue clock set 2026-12-01T09:00、keyue clock advance 2h30m。"
                    )
                    % {"act": act},
                    returncode=2,
                )
            clock.move_to(self._target(act, value))
        self.stdout.write(clock.now().astimezone(zone()).isoformat(timespec="seconds"))

    def _target(self, act: str, value: str) -> datetime:
        try:
            if act == "advance":
                return clock.now() + duration(value)
            instant = datetime.fromisoformat(value)
        except ValueError as error:
            raise CommandError(
                _("看不懂「%(value)s」：set 后写时刻，advance 后写 2h30m 这样的时长。") % {"value": value},
                returncode=2,
            ) from error
        return instant if instant.tzinfo else instant.replace(tzinfo=zone())


def duration(text: str) -> timedelta:
    """`1d2h30m10s` as a timedelta; raises ValueError for anything else."""
    parts = re.findall(r"(\d+)([dhms])", text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError(text)
    return timedelta(seconds=sum(int(number) * UNITS[unit] for number, unit in parts))
