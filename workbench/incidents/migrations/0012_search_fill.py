"""Makes the text engine's index, and fills what older incidents are found by."""

from django.db import migrations

from workbench.incidents.search import engines, filling


class Migration(migrations.Migration):
    dependencies = [("incidents", "0011_search_index"), ("inventory", "0001_initial")]
    operations = [
        migrations.RunPython(
            lambda apps, editor: engines.install(editor.connection),
            lambda apps, editor: engines.remove(editor.connection),
        ),
        migrations.RunPython(filling.fill, migrations.RunPython.noop),
    ]
