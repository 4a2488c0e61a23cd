"""The phrase index over `CaseText.grams`: FTS5 with external content on SQLite, GIN over tsvector on PostgreSQL."""

from django.db import migrations

SQLITE = [
    "CREATE VIRTUAL TABLE cases_casetext_fts USING fts5("
    "grams, content='cases_casetext', content_rowid='id', tokenize='ascii')",
    "CREATE TRIGGER cases_casetext_fts_insert AFTER INSERT ON cases_casetext BEGIN "
    "INSERT INTO cases_casetext_fts(rowid, grams) VALUES (new.id, new.grams); END",
    "CREATE TRIGGER cases_casetext_fts_delete AFTER DELETE ON cases_casetext BEGIN "
    "INSERT INTO cases_casetext_fts(cases_casetext_fts, rowid, grams) VALUES ('delete', old.id, old.grams); END",
    "CREATE TRIGGER cases_casetext_fts_update AFTER UPDATE ON cases_casetext BEGIN "
    "INSERT INTO cases_casetext_fts(cases_casetext_fts, rowid, grams) VALUES ('delete', old.id, old.grams); "
    "INSERT INTO cases_casetext_fts(rowid, grams) VALUES (new.id, new.grams); END",
]
POSTGRESQL = [
    "CREATE INDEX cases_casetext_grams ON cases_casetext USING gin (to_tsvector('simple', grams))",
]
UNDO = {
    "sqlite": ["DROP TABLE cases_casetext_fts"],
    "postgresql": ["DROP INDEX cases_casetext_grams"],
}


def build(apps, schema_editor):
    vendor = schema_editor.connection.vendor
    for statement in SQLITE if vendor == "sqlite" else POSTGRESQL:
        schema_editor.execute(statement, params=None)


def remove(apps, schema_editor):
    for statement in UNDO[schema_editor.connection.vendor]:
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [("cases", "0002_initial")]
    operations = [migrations.RunPython(build, remove)]
