from django.db import migrations, models

from keyue.ledger.append_only import AppendOnly


class Migration(migrations.Migration):

    dependencies = [
        ('regulations', '0003_editions_under_review'),
    ]

    operations = [
        migrations.AddField(
            model_name='regulation',
            name='scope',
            field=models.CharField(blank=True, default='', max_length=60, verbose_name='适用对象'),
        ),
        migrations.AddIndex(
            model_name='regulation',
            index=models.Index(fields=['scope'], name='regulation_scope'),
        ),
        AppendOnly("regulations_regulation", columns=["id"]),
        AppendOnly("regulations_regulation", columns=["scope"]),
    ]
