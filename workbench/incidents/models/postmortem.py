"""What people write after an incident: versions of sections, the review, and what is to be done."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from workbench.incidents.append_only import AppendOnlyModel
from workbench.incidents.models.incident import Incident

PERSON = settings.AUTH_USER_MODEL


class SectionVersion(AppendOnlyModel):
    """One version of one section of a postmortem, as somebody saved it."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="sections")
    section = models.CharField(max_length=20)
    number = models.PositiveIntegerField()
    text = models.TextField()
    # true = this section follows the record again; `text` is what the record said then
    follows = models.BooleanField(default=False)
    record = models.TextField(blank=True)  # what the record said when this was written
    base = models.PositiveIntegerField(default=0)  # written over this version; 0 = the record
    # somebody else had saved meanwhile: kept beside that, until a later version settles it
    beside = models.BooleanField(default=False)
    settles = models.JSONField(default=list)  # numbers of the versions that stood beside
    by = models.ForeignKey(PERSON, models.PROTECT, null=True, related_name="+")
    by_name = models.CharField(max_length=150, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["incident", "section", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "section", "number"], name="versions_are_unique"
            )
        ]

    def __str__(self) -> str:
        return f"{self.incident_id}/{self.section} {self.number}"


class PostmortemReview(models.Model):
    """Was the postmortem reviewed, by whom, and as which text?"""

    class State(models.TextChoices):
        DRAFT = "draft"
        REVIEWED = "reviewed"

    incident = models.OneToOneField(Incident, models.PROTECT, related_name="review")
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    edits = models.PositiveIntegerField(default=0)  # saved versions; a review says which it saw
    reviewed_by = models.ForeignKey(PERSON, models.PROTECT, null=True, related_name="+")
    reviewed_by_name = models.CharField(max_length=150, blank=True)
    reviewed_at = models.DateTimeField(null=True)
    reviewed_text = models.JSONField(default=dict)  # section -> its text, as it was reviewed

    def __str__(self) -> str:
        return f"{self.incident_id} {self.state}"


class ActionItem(models.Model):
    """What is to be done so that it does not happen again, is seen earlier, or costs less."""

    class Kind(models.TextChoices):
        PREVENT = "prevent"
        DETECT = "detect"
        MITIGATE = "mitigate"

    class State(models.TextChoices):
        OPEN = "open"
        DONE = "done"
        DROPPED = "dropped"

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="action_items")
    number = models.PositiveIntegerField()
    text = models.CharField(max_length=1000)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    why = models.CharField(max_length=1000, blank=True)  # it was dropped
    owner = models.ForeignKey(PERSON, models.PROTECT, null=True, related_name="+")
    owner_name = models.CharField(max_length=150, blank=True)
    due = models.DateField(null=True)
    link = models.URLField(max_length=500, blank=True)
    seed = models.CharField(max_length=40, blank=True)  # the proposal that was accepted
    made_by = models.ForeignKey(PERSON, models.PROTECT, null=True, related_name="+")
    made_by_name = models.CharField(max_length=150, blank=True)
    made_at = models.DateTimeField()
    edits = models.PositiveIntegerField(default=0)  # so that two people do not undo each other

    class Meta:
        ordering = ["incident", "number"]
        constraints = [
            models.UniqueConstraint(fields=["incident", "number"], name="item_numbers_are_unique"),
            models.UniqueConstraint(
                fields=["incident", "seed"],
                condition=~models.Q(seed=""),
                name="accepted_once",
            ),
        ]
        indexes = [models.Index(fields=["state", "due"], name="items_by_state")]

    def __str__(self) -> str:
        return f"{self.incident_id}/a{self.number} {self.text[:60]}"
