"""What this installation holds, and so what may be done with it."""

from __future__ import annotations

from pathlib import Path

from django.db import DatabaseError, connection

from keyue.cases.models import Case
from keyue.company.selectors import is_demo, is_founded
from keyue.people.models import User


def may_move_clock() -> bool:
    """Only a demo's time, or that of an empty database, may be moved."""
    return is_demo() or not (User.objects.exists() or Case.objects.exists())


def holds_anything() -> bool:
    """Whether there is a company, an account or a case here; True also for a database that cannot be read."""
    if connection.vendor == "sqlite" and not Path(str(connection.settings_dict["NAME"])).exists():
        return False
    try:
        if User._meta.db_table not in connection.introspection.table_names():
            return False
        return is_founded() or User.objects.exists() or Case.objects.exists()
    except DatabaseError:
        return True
