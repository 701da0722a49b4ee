"""What notes say now, where somebody corrected them."""

from __future__ import annotations

from django.db import models

from workbench.incidents.models.event import Event


class Correction(models.Model):
    """The newest correction of a note. Note and corrections are events, which stay; this row says
    which of them speaks."""

    note = models.OneToOneField(Event, models.PROTECT, related_name="correction")
    newest = models.OneToOneField(Event, models.PROTECT, related_name="+")
    # what the note is about, as the newest correction has it; None = as the note has it
    happened_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.note_id} by {self.newest_id}"
