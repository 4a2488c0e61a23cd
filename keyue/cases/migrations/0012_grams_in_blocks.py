"""PostgreSQL's index over the 2-grams of each block of 32,768 cases: the newest matches are found without the others."""

from django.db import migrations

BLOCKS = (
    "CREATE INDEX cases_casetext_grams ON cases_casetext USING gin (string_to_array("
    "(id >> 27)::text || ':' || replace(grams, ' ', ' ' || (id >> 27)::text || ':'), ' '))"
)
WHOLE = "CREATE INDEX cases_casetext_grams ON cases_casetext USING gin (string_to_array(grams, ' '))"


def _instead(statement):
    def run(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute("DROP INDEX cases_casetext_grams", params=None)
            schema_editor.execute(statement, params=None)

    return run


class Migration(migrations.Migration):
    dependencies = [("cases", "0011_whole_grams")]
    operations = [migrations.RunPython(_instead(BLOCKS), _instead(WHOLE))]
