"""The numbered lines of an incident's history."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from workbench.incidents.append_only import AppendOnlyModel
from workbench.incidents.models.incident import Incident

PERSON = settings.AUTH_USER_MODEL


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
        HEAD_CHANGED = "head-changed"
        FLOW_CHANGED = "flow-changed"
        FLOW_ADDED = "flow-added"
        CORRECTED = "corrected"
        REDACTED = "redacted"
        PINNED = "pinned"
        CHANGE = "change"
        CHECK = "check"
        POSTMORTEM = "postmortem"
        ACTION_ITEM = "action-item"
        ALERT = "alert"
        SHARED = "shared"
        IMPORTED = "imported"

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
