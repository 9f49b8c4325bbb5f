"""On SQLite, the note that something was removed from the index, so that its words leave the file as well."""

from django.db import migrations


def create(apps, schema_editor):
    from hubbub.journal.statements import Statements  # late: it needs the models
    from hubbub.search import scrub

    if schema_editor.connection.vendor == "sqlite":
        scrub.create(Statements(schema_editor.connection))


def drop(apps, schema_editor):
    from hubbub.journal.statements import Statements  # late, as above
    from hubbub.search import scrub

    scrub.drop(Statements(schema_editor.connection))


class Migration(migrations.Migration):

    dependencies = [
        ('hubbub', '0003_search'),
    ]

    operations = [
        migrations.RunPython(create, drop),
    ]
