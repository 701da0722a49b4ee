"""The incident: one failing flow, and its head."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models

from workbench.incidents.models.flow import FlowColumns

PERSON = settings.AUTH_USER_MODEL


def name_of(user: Any, name: str) -> str:
    """The name of a user, or of somebody who is none here."""
    return str(user.get_username()) if user is not None else name


class Incident(FlowColumns):
    """One failing flow, the main one where there are several, and everything that was done about
    it."""

    class State(models.TextChoices):
        OPEN = "open"
        MITIGATED = "mitigated"
        RESOLVED = "resolved"

    class Severity(models.IntegerChoices):
        """1 is the worst."""

        SEV1 = 1
        SEV2 = 2
        SEV3 = 3
        SEV4 = 4

    title = models.CharField(max_length=200)
    severity = models.PositiveSmallIntegerField(choices=Severity.choices, null=True, blank=True)
    service = models.CharField(max_length=100, blank=True)
    impact = models.CharField(max_length=500, blank=True)  # one sentence
    # each between spaces, so that `tags__contains=" vpn "` finds one
    tags = models.CharField(max_length=500, blank=True)
    links = models.JSONField(default=list, blank=True)
    commander = models.ForeignKey(PERSON, models.PROTECT, null=True, related_name="+")
    scribe = models.ForeignKey(PERSON, models.PROTECT, null=True, related_name="+")
    hands: models.ManyToManyField[Any, Any] = models.ManyToManyField(
        PERSON, blank=True, related_name="+"
    )
    # as a person corrected them; None = as the record says (`incidents.moments`)
    started_at = models.DateTimeField(null=True)
    detected_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    mitigated_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)
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
    # where it was made, in words; empty = here. One that was imported is only read
    origin = models.CharField(max_length=200, blank=True)
    # of an imported incident, whose people are no users here
    opened_by_name = models.CharField(max_length=150, blank=True)
    commander_name = models.CharField(max_length=150, blank=True)
    scribe_name = models.CharField(max_length=150, blank=True)
    hands_names = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ["-opened_at", "-pk"]
        indexes = [
            models.Index(fields=["severity", "-opened_at"], name="incidents_by_severity"),
            models.Index(fields=["service", "-opened_at"], name="incidents_by_service"),
            models.Index(fields=["-opened_at", "-id"], name="incidents_newest_first"),
            models.Index(fields=["state", "-opened_at", "-id"], name="incidents_by_state"),
            models.Index(fields=["title", "-opened_at", "-id"], name="incidents_by_title"),
            models.Index(fields=["src", "dst"], name="incidents_by_ends"),
            models.Index(
                fields=["restricted"], condition=models.Q(restricted=True), name="incidents_hidden"
            ),
        ]
        permissions = [
            ("respond", "May open incidents, start runs, write notes and change states"),
            ("import_incident", "May import incidents of other installations"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.title}"

    @property
    def who_opened(self) -> str:
        """The name of whoever opened it; empty = Bothways itself."""
        return name_of(self.opened_by, self.opened_by_name)

    @property
    def who_commands(self) -> str:
        """The commander's name; empty = nobody."""
        return name_of(self.commander, self.commander_name)

    @property
    def who_writes(self) -> str:
        """The scribe's name; empty = nobody."""
        return name_of(self.scribe, self.scribe_name)

    @property
    def tag_list(self) -> list[str]:
        """The tags, in their order."""
        return self.tags.split()

    @property
    def group(self) -> str:
        """The name under which changes of this incident are announced."""
        return f"incident.{self.pk}"
