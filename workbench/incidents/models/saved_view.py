"""Searches that people keep."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models

PERSON = settings.AUTH_USER_MODEL


class SavedView(models.Model):
    """A search of the list of incidents under a name: its owner's, or shared with everybody. Who
    opens it finds what they may see themselves."""

    owner = models.ForeignKey(PERSON, models.CASCADE, related_name="+")
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=500, blank=True)  # as `search.asked` reads it
    sort = models.CharField(max_length=12, default="newest")  # one of `search.find.SORTS`
    shared = models.BooleanField(default=False)
    made_at = models.DateTimeField()
    # in whose list it is a tab
    pinned_by: models.ManyToManyField[Any, Any] = models.ManyToManyField(
        PERSON, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "name"], name="names_of_views_are_unique")
        ]

    def __str__(self) -> str:
        return self.name
