"""The answers of devices, with their raw outputs."""

from __future__ import annotations

import zlib
from typing import Any

from django.db import models

from workbench.incidents.models.command import CommandRecord
from workbench.incidents.models.redaction import Redaction
from workbench.incidents.models.run import Run
from workbench.incidents.storage import codec


class EvidenceRow(models.Model):
    """One answer of a device, with its raw output."""

    run = models.ForeignKey(Run, models.PROTECT, related_name="evidence")
    evidence_id = models.CharField(max_length=60)
    command_record = models.ForeignKey(
        CommandRecord, models.PROTECT, null=True, related_name="evidence"
    )
    device = models.CharField(max_length=100)
    question = models.CharField(max_length=24)
    step = models.CharField(max_length=60, blank=True)
    status = models.CharField(max_length=12)
    sample = models.CharField(max_length=12, blank=True)
    command = models.TextField(blank=True)
    reason = models.TextField(blank=True)
    exit_status = models.IntegerField(null=True)
    taken_at = models.FloatField()
    duration = models.FloatField()
    truncated = models.BooleanField(default=False)
    pasted_by = models.CharField(max_length=150, blank=True)
    clock_offset = models.FloatField(default=0.0)
    clock_uncertainty = models.FloatField(default=0.0)
    record_count = models.PositiveIntegerField(default=0)
    unread = models.JSONField(default=list)
    packed_inquiry = models.BinaryField()
    packed_records = models.BinaryField()
    packed_stdout = models.BinaryField()
    packed_stderr = models.BinaryField()
    size = models.PositiveBigIntegerField()
    digest = models.CharField(max_length=64)
    redaction = models.ForeignKey(Redaction, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["run", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["run", "evidence_id"], name="evidence_ids_are_unique")
        ]
        indexes = [
            models.Index(fields=["run", "device", "question"]),
            models.Index(fields=["device", "-id", "status", "run"], name="evidence_by_device"),
        ]

    def __str__(self) -> str:
        return f"{self.evidence_id} {self.device} {self.question}"

    @property
    def stdout(self) -> bytes:
        """The device's raw bytes."""
        return zlib.decompress(self.packed_stdout)

    @property
    def stderr(self) -> bytes:
        """The device's raw complaints."""
        return zlib.decompress(self.packed_stderr)

    @property
    def records(self) -> tuple[Any, ...]:
        """What the parser read."""
        found: tuple[Any, ...] = codec.unpack(self.packed_records)
        return found
