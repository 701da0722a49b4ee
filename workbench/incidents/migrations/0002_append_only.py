"""Lets the database itself refuse to change or remove history."""

from django.db import migrations

from workbench.incidents import append_only


class Migration(migrations.Migration):
    dependencies = [("incidents", "0001_initial")]
    operations = [
        migrations.RunPython(
            lambda apps, editor: append_only.install(editor.connection),
            lambda apps, editor: append_only.remove(editor.connection),
        )
    ]
