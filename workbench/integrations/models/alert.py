"""Alerts that other systems send, and how an administrator wants them read."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models

from workbench.incidents.models import Incident

PERSON = settings.AUTH_USER_MODEL


class AlertRules(models.Model):
    """How alerts are read, and what they may start. One row; without it the defaults hold."""

    src = models.CharField("source address", max_length=60, default="src")
    sport = models.CharField("source port", max_length=60, default="sport")
    dst = models.CharField("destination address", max_length=60, default="dst")
    dport = models.CharField("destination port", max_length=60, default="dport")
    protocol = models.CharField(max_length=60, default="protocol")
    # a label that has the flow as one text, where the addresses have none
    flow = models.CharField("the whole flow", max_length=60, default="flow")
    severity = models.CharField(max_length=60, default="severity")
    service = models.CharField(max_length=60, default="service")
    severities = models.CharField(
        max_length=300,
        default="critical=1 page=1 error=2 warning=3 info=4",
        help_text="What the severity label says, and what that is here: 1 (the worst) to 4.",
    )
    starts_runs = models.BooleanField(
        default=True, help_text="Start a run when an alert opens an incident."
    )
    runs_a_minute = models.PositiveSmallIntegerField(
        default=6, validators=[MaxValueValidator(60)], help_text="At most as many runs by alerts."
    )
    incidents_a_minute = models.PositiveSmallIntegerField(
        default=30,
        validators=[MaxValueValidator(600)],
        help_text="At most as many incidents by alerts; what is more is asked for again later.",
    )

    class Meta:
        verbose_name_plural = "alert rules"

    def __str__(self) -> str:
        return "How alerts are read"


class Alert(models.Model):
    """One flow of one group of alerts, from the first time that it was told."""

    class Status(models.TextChoices):
        FIRING = "firing"
        RESOLVED = "resolved"

    source = models.CharField(max_length=100)  # "alertmanager", or as a plain hook calls itself
    key_digest = models.CharField(max_length=64)  # of the group's key
    flow = models.CharField(max_length=200)
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="alerts")
    status = models.CharField(max_length=8, choices=Status.choices)
    told_by = models.ForeignKey(PERSON, models.PROTECT, related_name="+")
    first_at = models.DateTimeField()  # when it was told first
    changed_at = models.DateTimeField()  # when its status changed last

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "key_digest", "flow"], name="an_alert_is_kept_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.source}: {self.flow} {self.status}"
