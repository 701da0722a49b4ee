"""The record of what was sent to devices."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from workbench.incidents.append_only import AppendOnlyModel
from workbench.incidents.models.incident import Incident
from workbench.incidents.models.run import Run

PERSON = settings.AUTH_USER_MODEL


class CommandRecord(AppendOnlyModel):
    """What was about to be sent to a device, written down before it was sent."""

    incident = models.ForeignKey(Incident, models.PROTECT, null=True, related_name="commands")
    run = models.ForeignKey(Run, models.PROTECT, null=True, related_name="commands")
    actor = models.ForeignKey(PERSON, models.PROTECT, null=True, related_name="+")
    actor_name = models.CharField(max_length=150, blank=True)
    device = models.CharField(max_length=100)
    account = models.CharField(max_length=150)
    question = models.CharField(max_length=24)
    step = models.CharField(max_length=60, blank=True)
    command = models.BinaryField()  # the exact bytes
    at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        # with the incident, by which the hidden ones are left out, a count reads the index only
        indexes = [
            models.Index(fields=["device", "-id"], name="commands_by_device"),
            models.Index(fields=["actor_name", "-id", "incident"], name="commands_by_person"),
            models.Index(fields=["question", "-id", "incident"], name="commands_by_question"),
            models.Index(fields=["at", "incident"], name="commands_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.device}: {self.command_text}"

    @property
    def command_text(self) -> str:
        """The command for reading; what is not text is shown escaped."""
        return bytes(self.command).decode("utf-8", "backslashreplace")


class CommandResult(AppendOnlyModel):
    """What came of a command. None for a record = it was about to be sent and nothing is known
    since."""

    record = models.OneToOneField(CommandRecord, models.PROTECT, related_name="result")
    at = models.DateTimeField()
    status = models.CharField(max_length=12)
    exit_status = models.IntegerField(null=True)
    reason = models.TextField(blank=True)
    duration = models.FloatField()
    size = models.PositiveBigIntegerField()  # bytes of stdout and stderr together
    digest = models.CharField(max_length=64)  # SHA-256 of stdout, then stderr
    truncated = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["status"], name="results_by_status")]

    def __str__(self) -> str:
        return f"{self.record_id}: {self.status}"
