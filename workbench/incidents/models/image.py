"""Images that people put into notes."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from workbench.incidents.models.incident import Incident
from workbench.incidents.models.redaction import Redaction

PERSON = settings.AUTH_USER_MODEL


class Image(models.Model):
    """An image that a note of the incident may show as `![words](image:3)`."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="images")
    number = models.PositiveIntegerField()
    content_type = models.CharField(max_length=20)  # image/png or image/jpeg
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    size = models.PositiveIntegerField()  # bytes
    digest = models.CharField(max_length=64)  # SHA-256 of the bytes
    data = models.BinaryField()  # empty once it was redacted
    added_by = models.ForeignKey(PERSON, models.PROTECT, null=True, related_name="+")
    # of an imported image: they are no user here
    added_by_name = models.CharField(max_length=150, blank=True)
    added_at = models.DateTimeField()
    redaction = models.ForeignKey(Redaction, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["incident", "number"]
        constraints = [
            models.UniqueConstraint(fields=["incident", "number"], name="image_numbers_are_unique")
        ]

    def __str__(self) -> str:
        return f"{self.incident_id}/image {self.number}"
