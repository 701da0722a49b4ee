"""The state boundaries that runs found, one row for each device: for the list over all incidents."""

from __future__ import annotations

from django.db import models

from workbench.incidents.models.incident import Incident
from workbench.incidents.models.run import Run


class BoundaryRow(models.Model):
    """One device that keeps state about the flow of one run. Its words are values of
    `workbench.analysis.case.state_boundary`; `keeps` are several, with commas."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="boundaries")
    run = models.ForeignKey(Run, models.PROTECT, related_name="boundaries")
    flow = models.CharField(max_length=200)
    device = models.CharField(max_length=100)
    keeps = models.CharField(max_length=100)
    request = models.CharField(max_length=10)
    reply = models.CharField(max_length=10)
    holds = models.CharField(max_length=10, blank=True)
    state_group = models.CharField(max_length=100, blank=True)
    sharing = models.CharField(max_length=10, blank=True)
    suspect = models.BooleanField(default=False)
    # of this incident, no later run saw the device
    newest = models.BooleanField(default=True)
    at = models.DateTimeField()  # when the run judged

    class Meta:
        ordering = ["device", "-at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["run", "device"], name="one_boundary_per_device")
        ]
        indexes = [
            models.Index(fields=["device", "-at"], name="boundaries_by_device"),
            # all that the list of devices counts, so that it reads no row
            models.Index(
                fields=[
                    *("device", "keeps", "state_group"),
                    *("incident", "request", "reply", "at", "newest"),
                ],
                condition=models.Q(newest=True),
                name="boundaries_counted",
            ),
            models.Index(
                fields=["device", "incident"],
                condition=models.Q(suspect=True),
                name="boundaries_suspected",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.run_id} {self.device}: {self.keeps}"
