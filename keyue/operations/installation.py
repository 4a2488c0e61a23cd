"""What this installation holds, and so what may be done with it."""

from __future__ import annotations

from pathlib import Path

from django.db import DatabaseError, connection
from django.utils.translation import gettext as _

from keyue.cases.models import Case
from keyue.company.models import Installation
from keyue.company.selectors import is_demo, is_founded
from keyue.kernel import clock
from keyue.kernel.errors import Refused
from keyue.people.models import User


def require_clock() -> None:
    """Raises Refused where the test clock would reach real data. Any command that uses the database asks this first."""
    if clock.is_movable() and holds_anything() and not is_demo():
        raise Refused(_("KEYUE_TEST_CLOCK 只能用在演示数据或空数据库上；这里有真实数据，不能启动。"))


def may_move_clock() -> bool:
    """Only a demo's time, or that of an empty database, may be moved."""
    return is_demo() or not (User.objects.exists() or Case.objects.exists())


def holds_anything() -> bool:
    """Whether there is a company, an account or a case here; True also for a database that cannot be read."""
    if connection.vendor == "sqlite" and not Path(str(connection.settings_dict["NAME"])).exists():
        return False
    try:
        tables = set(connection.introspection.table_names())
        if not {model._meta.db_table for model in (Installation, User, Case)} <= tables:
            # nothing, or a first migration that was cut off
            return False
        return is_founded() or User.objects.exists() or Case.objects.exists()
    except DatabaseError:
        return True
