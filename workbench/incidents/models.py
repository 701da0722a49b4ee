"""The record as rows. Only `incidents.actions` writes them."""

from __future__ import annotations

import zlib
from ipaddress import ip_address
from typing import Any

from django.conf import settings
from django.db import models

from collectors.model.flow import FOLLOWED, Flow, Protocol
from workbench.incidents.append_only import AppendOnlyModel
from workbench.incidents.storage import codec

PERSON = settings.AUTH_USER_MODEL


class Incident(models.Model):
    """One failing flow, and everything that was done about it."""

    class State(models.TextChoices):
        OPEN = "open"
        MITIGATED = "mitigated"
        RESOLVED = "resolved"

    title = models.CharField(max_length=200)
    protocol = models.CharField(max_length=8, choices=[(p.value, p.value) for p in FOLLOWED])
    src = models.GenericIPAddressField()
    sport = models.PositiveIntegerField(null=True, blank=True)
    dst = models.GenericIPAddressField()
    dport = models.PositiveIntegerField(null=True, blank=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.OPEN)
    opened_by = models.ForeignKey(PERSON, models.PROTECT, null=True, related_name="+")
    opened_at = models.DateTimeField()
    last_seq = models.PositiveBigIntegerField(default=0)
    last_run_number = models.PositiveIntegerField(default=0)
    last_pasted_number = models.PositiveIntegerField(default=0)
    probes = models.CharField(max_length=8, default="gentle")
    # played instead of logging in; empty = real devices
    recording = models.CharField(max_length=500, blank=True)
    restricted = models.BooleanField(default=False)
    # a person's choice; None = as `incidents.fault` finds them
    chosen_fault = models.ForeignKey("Run", models.PROTECT, null=True, related_name="+")
    chosen_proof = models.ForeignKey("Run", models.PROTECT, null=True, related_name="+")
    invited: models.ManyToManyField[Any, Any] = models.ManyToManyField(
        PERSON, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["-opened_at", "-pk"]
        permissions = [("respond", "May open incidents, start runs, write notes and change states")]

    def __str__(self) -> str:
        return f"#{self.pk} {self.title}"

    @property
    def flow(self) -> Flow:
        """The 5-tuple that this is about."""
        return Flow(
            Protocol(self.protocol),
            ip_address(self.src),
            self.sport,
            ip_address(self.dst),
            self.dport,
        )

    @property
    def group(self) -> str:
        """The name under which changes of this incident are announced."""
        return f"incident.{self.pk}"


class Event(AppendOnlyModel):
    """One numbered line of an incident's history. Its payload is described in docs/api.md."""

    class Kind(models.TextChoices):
        OPENED = "opened"
        RUN_QUEUED = "run-queued"
        RUN_STARTED = "run-started"
        ASKING = "asking"
        ANSWERED = "answered"
        WALKED = "walked"
        JUDGED = "judged"
        CANCEL_ASKED = "cancel-asked"
        RUN_ENDED = "run-ended"
        STATE_CHANGED = "state-changed"
        RUN_CHOSEN = "run-chosen"
        NOTE = "note"
        PASTED = "pasted"
        HOST_KEY = "host-key"
        EXPORTED = "exported"

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="events")
    seq = models.PositiveBigIntegerField()
    kind = models.CharField(max_length=16, choices=Kind.choices)
    at = models.DateTimeField()  # when it was written
    happened_at = models.DateTimeField(null=True)  # when it happened, where it was written later
    # None = Bothways itself
    actor = models.ForeignKey(PERSON, models.PROTECT, null=True, related_name="+")
    actor_name = models.CharField(max_length=150, blank=True)
    run = models.ForeignKey("Run", models.PROTECT, null=True, related_name="events")
    device = models.CharField(max_length=100, blank=True)
    device_at = models.DateTimeField(null=True)  # by the device's own clock
    clock_offset = models.FloatField(null=True)  # device minus ours, seconds
    clock_uncertainty = models.FloatField(null=True)
    payload = models.JSONField(default=dict)
    # made by the page that sent it, so that what is sent twice is kept once
    client_id = models.CharField(max_length=64, null=True)

    DETAIL = (Kind.ASKING, Kind.ANSWERED)  # progress: too fine for the list of what happened

    class Meta:
        ordering = ["incident", "seq"]
        constraints = [
            models.UniqueConstraint(fields=["incident", "seq"], name="event_numbers_are_unique"),
            models.UniqueConstraint(
                fields=["incident", "client_id"],
                condition=models.Q(client_id__isnull=False),
                name="sent_twice_is_kept_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.incident_id}/{self.seq} {self.kind}"


class Run(models.Model):
    """One investigation of the incident's flow."""

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
        indexes = [models.Index(fields=["incident", "outcome", "-number"], name="runs_by_outcome")]

    def __str__(self) -> str:
        return f"{self.incident_id}/run {self.number} {self.state}"

    @property
    def active(self) -> bool:
        """Is it waiting or under way?"""
        return self.state in self.ACTIVE


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
        indexes = [models.Index(fields=["device"]), models.Index(fields=["actor"])]

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

    def __str__(self) -> str:
        return f"{self.record_id}: {self.status}"


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

    class Meta:
        ordering = ["run", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["run", "evidence_id"], name="evidence_ids_are_unique")
        ]
        indexes = [models.Index(fields=["run", "device", "question"])]

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
    pasted_by = models.ForeignKey(PERSON, models.PROTECT, related_name="+")
    pasted_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["incident", "number"]
        constraints = [
            models.UniqueConstraint(fields=["incident", "number"], name="pasted_numbers_are_unique")
        ]

    def __str__(self) -> str:
        return f"p{self.number} {self.device} {self.question}"
