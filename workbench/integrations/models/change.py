"""Changes of devices: those that other systems report, and those that responders make."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.db import models

from workbench.incidents.models import Incident, Run
from workbench.incidents.models.incident import name_of

PERSON = settings.AUTH_USER_MODEL


def new_key() -> str:
    """A name that nobody else can guess."""
    return secrets.token_hex(16)


class Change(models.Model):
    """A change of one device that another system reported."""

    source = models.CharField(max_length=100)  # who says so: "ansible", "netbox", "ci"
    device = models.CharField(max_length=100)
    summary = models.CharField(max_length=500)
    at = models.DateTimeField()  # when it was made
    url = models.CharField(max_length=500, blank=True)
    commands = models.JSONField(default=list)
    reported_by = models.ForeignKey(PERSON, models.PROTECT, related_name="+")
    reported_at = models.DateTimeField()
    # by which a timeline knows that it has this change already
    key = models.CharField(max_length=32, unique=True, default=new_key, editable=False)

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["at"]), models.Index(fields=["device", "at"])]

    def __str__(self) -> str:
        return f"{self.device}: {self.summary}"


class ManualChange(models.Model):
    """A change that a responder makes: a proposed fix, from the claim on, or one of their own."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="manual_changes")
    # the proposal: the run and the place in its verdict's list, from 1; None = no proposal
    run = models.ForeignKey(Run, models.PROTECT, null=True, related_name="manual_changes")
    fix = models.PositiveSmallIntegerField(null=True)
    title = models.CharField(max_length=200, blank=True)
    device = models.CharField(max_length=100, blank=True)
    commands = models.JSONField(default=list)
    why = models.TextField(blank=True)
    # None = of an imported incident: they are no user here
    by = models.ForeignKey(PERSON, models.PROTECT, null=True, related_name="+")
    by_name = models.CharField(max_length=150, blank=True)
    claimed_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)
    applied_at = models.DateTimeField(null=True)
    rolled_back_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["device", "applied_at"], name="changes_by_device")]
        constraints = [
            models.UniqueConstraint(
                fields=["run", "fix"],
                condition=models.Q(released_at=None, rolled_back_at=None, fix__isnull=False),
                name="one_person_applies_a_fix",
            )
        ]

    def __str__(self) -> str:
        return f"{self.incident_id}: {self.title or self.device}"

    @property
    def who(self) -> str:
        """The name of whoever makes it."""
        return name_of(self.by, self.by_name)
