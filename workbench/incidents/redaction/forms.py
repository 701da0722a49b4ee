"""Lets a guarded row become what a redaction says."""

from __future__ import annotations

from typing import Any

from django.db import models

from workbench.incidents.models import RedactedForm, Redaction


def become(redaction: Redaction, row: models.Model, **form: Any) -> None:
    """Give a guarded row these values; in the transaction of the redaction. The database takes
    them because, and only while, the row of `RedactedForm` is there."""
    table = row._meta.db_table
    permit = RedactedForm.objects.create(redaction=redaction, table=table, row=row.pk, form=form)
    models.QuerySet(type(row)).filter(pk=row.pk).update(**form)
    permit.delete()
