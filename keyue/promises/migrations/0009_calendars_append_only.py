"""A deadline may rest on what a calendar said: the database refuses to change it, as it does for facts and editions.

The room of the calendars lies below the ledger and knows no protection of its own.
"""

from django.db import migrations

from keyue.ledger.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("promises", "0008_decided"), ("worktime", "0001_initial")]

    operations = [
        AppendOnly("worktime_calendarversion"),
        AppendOnly("worktime_workcalendar", columns=["id", "code"]),
    ]
