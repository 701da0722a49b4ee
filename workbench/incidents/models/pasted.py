"""Outputs that people pasted."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from workbench.incidents.models.incident import Incident, name_of
from workbench.incidents.models.redaction import Redaction

PERSON = settings.AUTH_USER_MODEL


class Pasted(models.Model):
    """An output that a person pasted for a device that cannot be asked; every later run counts it
    as evidence."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="pasted")
    number = models.PositiveIntegerField()
    device = models.CharField(max_length=100)
    question = models.CharField(max_length=24)
    status = models.CharField(max_length=12)
    record_count = models.PositiveIntegerField()
    unread = models.JSONField(default=list)
    packed_evidence = models.BinaryField()
    # None = of an imported incident: they are no user here
    pasted_by = models.ForeignKey(PERSON, models.PROTECT, null=True, related_name="+")
    pasted_by_name = models.CharField(max_length=150, blank=True)
    pasted_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    redaction = models.ForeignKey(Redaction, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["incident", "number"]
        constraints = [
            models.UniqueConstraint(fields=["incident", "number"], name="pasted_numbers_are_unique")
        ]

    def __str__(self) -> str:
        return f"p{self.number} {self.device} {self.question}"

    @property
    def who_pasted(self) -> str:
        """The name of whoever pasted it."""
        return name_of(self.pasted_by, self.pasted_by_name)
