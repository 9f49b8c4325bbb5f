"""The number with which a text was said otherwise, so that an edit can be known to stand on an older one."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('hubbub', '0005_invitation'),
    ]

    operations = [
        migrations.AddField(
            model_name='earliertext',
            name='until_seq',
            field=models.BigIntegerField(db_default=0, default=0, editable=False, verbose_name='until the number'),
        ),
    ]
