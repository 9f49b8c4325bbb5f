"""The index for searching, and in it everything said so far."""

from django.db import migrations


def create(apps, schema_editor):
    from hubbub.journal.statements import Statements  # late: it needs the models
    from hubbub.search import index

    if schema_editor.connection.vendor not in ("sqlite", "postgresql"):
        return
    statements = Statements(schema_editor.connection)
    index.create(statements)
    for _ in index.rebuild(statements):
        pass


def drop(apps, schema_editor):
    from hubbub.journal.statements import Statements  # late, as above
    from hubbub.search import index

    index.drop(Statements(schema_editor.connection))


class Migration(migrations.Migration):

    dependencies = [
        ('hubbub', '0002_conversation'),
    ]

    operations = [
        migrations.RunPython(create, drop),
    ]
