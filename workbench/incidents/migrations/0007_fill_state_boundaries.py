from django.db import migrations

from workbench.incidents.storage.boundary_rows import columns

AT_ONCE = 200


def fill(apps, editor):
    """Runs of earlier versions kept no table: their verdict and their picture tell what they
    found."""
    Run, BoundaryRow = (apps.get_model("incidents", name) for name in ("Run", "BoundaryRow"))
    judged = Run.objects.filter(state="done", verdict_final=True, verdict__isnull=False)
    wanted = ("pk", "incident_id", "verdict", "picture", "ended_at", "requested_at")
    seen = set()
    newest_first = judged.only(*wanted).order_by("incident", "-number")
    for run in newest_first.iterator(chunk_size=AT_ONCE):
        found = list(columns(run.verdict, run.picture, run.ended_at or run.requested_at))
        keys = [(run.incident_id, one["device"]) for one in found]
        BoundaryRow.objects.bulk_create(
            BoundaryRow(run_id=run.pk, incident_id=run.incident_id, newest=key not in seen, **one)
            for key, one in zip(keys, found)
        )
        seen.update(keys)


class Migration(migrations.Migration):

    dependencies = [
        ('incidents', '0006_state_boundaries'),
    ]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
