"""The investigations of an incident."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models

from workbench.incidents.models.flow import FlowColumns, columns_of
from workbench.incidents.models.incident import Incident, name_of

PERSON = settings.AUTH_USER_MODEL


class Run(FlowColumns):
    """One investigation of a flow of the incident, as that flow was when it was asked for."""

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"
        INTERRUPTED = "interrupted"

    class Outcome(models.TextChoices):
        BROKEN = "broken"
        HEALTHY = "healthy"
        INCONCLUSIVE = "inconclusive"

    ACTIVE = (State.QUEUED, State.RUNNING)

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="runs")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=12, choices=State.choices, default=State.QUEUED)
    requested_by = models.ForeignKey(PERSON, models.PROTECT, null=True, related_name="+")
    # of an imported run: they are no user here
    requested_by_name = models.CharField(max_length=150, blank=True)
    requested_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    worker = models.CharField(max_length=100, blank=True)
    cancel_requested = models.BooleanField(default=False)
    options = models.JSONField(default=dict)
    recording = models.CharField(max_length=500, blank=True)
    verdict = models.JSONField(null=True)  # as `diagnose --json` prints it
    verdict_final = models.BooleanField(default=False)
    # of the verdict, for lists and searches
    outcome = models.CharField(max_length=12, choices=Outcome.choices, blank=True)
    root_cause = models.CharField(max_length=40, blank=True)
    # the earliest failure of the flow that a device had logged
    first_failure_at = models.DateTimeField(null=True)
    picture = models.JSONField(null=True)  # both paths, as report.picture.describe tells them
    packed_findings = models.BinaryField(null=True)
    problem = models.TextField(blank=True)  # one sentence: why it ended otherwise than done

    class Meta:
        ordering = ["incident", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["incident", "number"], name="run_numbers_are_unique"),
            models.UniqueConstraint(
                fields=["incident"],
                condition=models.Q(state__in=["queued", "running"]),
                name="one_active_run",
            ),
        ]
        indexes = [
            models.Index(fields=["incident", "outcome", "-number"], name="runs_by_outcome"),
            # all that is counted of runs: their rows are large
            models.Index(
                fields=["state", "incident", "started_at", "ended_at"], name="runs_counted"
            ),
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """A run that names no flow is about the main one."""
        if isinstance(kwargs.get("incident"), Incident) and "src" not in kwargs:
            kwargs |= columns_of(kwargs["incident"].flow)
        super().__init__(*args, **kwargs)

    def __str__(self) -> str:
        return f"{self.incident_id}/run {self.number} {self.state}"

    @property
    def who_asked(self) -> str:
        """The name of whoever asked for it; empty = Bothways itself."""
        return name_of(self.requested_by, self.requested_by_name)

    @property
    def active(self) -> bool:
        """Is it waiting or under way?"""
        return self.state in self.ACTIVE
