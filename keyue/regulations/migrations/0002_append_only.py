from django.db import migrations

from keyue.ledger.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("regulations", "0001_initial")]

    operations = [
        AppendOnly("regulations_edition", when="OLD.published_at IS NOT NULL"),
        AppendOnly("regulations_edition", columns=["regulation_id", "n", "drafted_at", "drafted_by"]),
        AppendOnly("regulations_regulation", columns=["id"]),
    ]
