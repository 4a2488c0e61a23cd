from django.db import migrations

from keyue.ledger.append_only import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]

    operations = [
        AppendOnly("ledger_fact"),
        AppendOnly("ledger_checkpoint"),
        AppendOnly("ledger_checkpointhead"),
        AppendOnly("ledger_accessentry"),
        AppendOnly("ledger_stream", columns=["kind", "ref"]),
        AppendOnly("ledger_sealkey", columns=["owner_kind", "owner_ref", "created_at"]),
        AppendOnly("ledger_sealkey", when="OLD.destroyed_at IS NOT NULL"),
    ]
