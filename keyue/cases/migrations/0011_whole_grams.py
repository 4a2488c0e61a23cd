"""PostgreSQL's index over the 2-grams themselves: its text parser takes some of them for numbers (`4e11x9149`)."""

from django.db import migrations

GRAMS = "CREATE INDEX cases_casetext_grams ON cases_casetext USING gin (string_to_array(grams, ' '))"
WORDS = "CREATE INDEX cases_casetext_grams ON cases_casetext USING gin (to_tsvector('simple', grams))"


def _instead(statement):
    def run(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute("DROP INDEX cases_casetext_grams", params=None)
            schema_editor.execute(statement, params=None)

    return run


class Migration(migrations.Migration):
    dependencies = [("cases", "0010_attachment_by_content")]
    operations = [migrations.RunPython(_instead(GRAMS), _instead(WORDS))]
