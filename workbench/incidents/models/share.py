"""Links by which somebody without a login may read an incident."""

from __future__ import annotations

import hashlib

from django.conf import settings
from django.db import models
from django.utils import timezone

from workbench.incidents.models.incident import Incident

PERSON = settings.AUTH_USER_MODEL


class ShareLink(models.Model):
    """A link that shows parts of an incident, until it expires or is revoked. Only a digest of its
    token is kept; the link itself is shown once."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="share_links")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    label = models.CharField(max_length=100)  # for whom
    # what it shows beside head, verdict and paths
    letters = models.BooleanField(default=False)  # "device A" instead of names
    people = models.BooleanField(default=False)  # the names of people
    timeline = models.BooleanField(default=False)  # the lines that are marked as important
    made_by = models.ForeignKey(PERSON, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_by = models.ForeignKey(PERSON, models.PROTECT, null=True, related_name="+")
    revoked_at = models.DateTimeField(null=True)
    opened = models.PositiveIntegerField(default=0)  # how often
    first_opened_at = models.DateTimeField(null=True)
    last_opened_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.incident_id}: {self.label}"

    @staticmethod
    def digest_of(token: str) -> str:
        """What is kept of a token: it is long and random, so a plain digest cannot be turned
        round."""
        return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()

    @property
    def valid(self) -> bool:
        """Is it neither revoked nor expired?"""
        return self.revoked_at is None and timezone.now() < self.expires_at
