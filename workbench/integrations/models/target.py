"""Where news of incidents is sent, and what became of each piece of news."""

from __future__ import annotations

import uuid

from django.core.exceptions import ValidationError
from django.db import models

from workbench.incidents.models import Event, Incident
from workbench.inventory import vault


class News(models.TextChoices):
    """What a target can be told of."""

    OPENED = "opened", "an incident was opened"
    VERDICT = "verdict", "a run came to its verdict"
    STATE = "state", "the state was changed"
    MENTION = "mention", "somebody was mentioned in a note"


def check_news(value: object) -> None:
    """Refuse what is not a list of kinds of news."""
    if not isinstance(value, list) or not set(value) <= set(News.values):
        raise ValidationError(f"Choose from {', '.join(News.values)}.")


class Target(models.Model):
    """Somebody else's system that is told of incidents. Address and secret are sealed, are never
    shown again and never appear in a log."""

    class Kind(models.TextChoices):
        WEBHOOK = "webhook", "signed webhook"
        APPRISE = "apprise", "chat or mail (Apprise)"

    name = models.CharField(max_length=100, unique=True)
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.WEBHOOK)
    news = models.JSONField(default=list, validators=[check_news])
    active = models.BooleanField(default=True)
    sealed_address = models.TextField(editable=False)
    sealed_secret = models.TextField(blank=True, editable=False)  # of webhooks: what signs them
    changed_at = models.DateTimeField(auto_now=True)

    SEALED = ("sealed_address", "sealed_secret")

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def keep(self, what: str, secret: str) -> None:
        """Seal the `address` or the `secret` into this row; the caller saves."""
        setattr(self, f"sealed_{what}", vault.seal(secret))

    def reveal(self, what: str) -> str:
        """The `address` or the `secret` in clear, for sending only. Raises vault.Sealed."""
        return vault.unseal(getattr(self, f"sealed_{what}"))


class Delivery(models.Model):
    """One piece of news for one target. What it says is made from the event when it is sent."""

    class State(models.TextChoices):
        WAITING = "waiting"
        SENT = "sent"
        FAILED = "failed"
        WITHHELD = "withheld"  # the incident was restricted, or the target switched off, meanwhile

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    target = models.ForeignKey(Target, models.CASCADE, related_name="deliveries")
    incident = models.ForeignKey(Incident, models.PROTECT, related_name="+")
    event = models.ForeignKey(Event, models.PROTECT, related_name="+")
    news = models.CharField(max_length=8, choices=News.choices)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    made_at = models.DateTimeField()
    due_at = models.DateTimeField()  # the next try; while one is under way: when it counts as lost
    tries = models.PositiveSmallIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)
    status = models.PositiveSmallIntegerField(null=True)  # of the last answer over HTTP
    problem = models.CharField(max_length=300, blank=True)  # of the last try

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "deliveries"
        indexes = [models.Index(fields=["state", "due_at"])]

    def __str__(self) -> str:
        return f"{self.news} to {self.target_id}: {self.state}"
