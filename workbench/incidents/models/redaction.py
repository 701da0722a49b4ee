"""What was taken out of the record for good, because it should never have been written there."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from workbench.incidents.append_only import AppendOnlyModel
from workbench.incidents.models.incident import Incident

PERSON = settings.AUTH_USER_MODEL


class Redaction(AppendOnlyModel):
    """What stands in the place of redacted bytes: who took them out, when, why, and what shows
    later whether some bytes were these."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="redactions")
    number = models.PositiveIntegerField()
    what = models.CharField(max_length=80)  # n12, image 3, p2, run 1 e7
    why = models.CharField(max_length=500)
    digest = models.CharField(max_length=64)  # SHA-256 of the bytes
    size = models.PositiveBigIntegerField()  # bytes
    by = models.ForeignKey(PERSON, models.PROTECT, null=True, related_name="+")
    by_name = models.CharField(max_length=150, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["incident", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "number"], name="redaction_numbers_are_unique"
            )
        ]

    def __str__(self) -> str:
        return f"{self.incident_id}/r{self.number} {self.what}"


class RedactedForm(models.Model):
    """What one append-only row may become, and nothing else. It is there only inside of the
    transaction that redacts; `append_only.guard` makes the database ask for it."""

    redaction = models.ForeignKey(Redaction, models.PROTECT, related_name="+")
    table = models.CharField(max_length=60)
    row = models.BigIntegerField()
    form = models.JSONField()  # column -> its value from now on

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["table", "row"], name="one_redacted_form_of_a_row")
        ]

    def __str__(self) -> str:
        return f"{self.table}/{self.row}"
