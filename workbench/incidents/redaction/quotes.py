"""Where an incident quotes what is removed: other events, the postmortem in all its versions, action
items, and the head."""

from __future__ import annotations

from collections.abc import Iterable

from workbench.incidents.models import (
    ActionItem,
    Event,
    Incident,
    PostmortemReview,
    Redaction,
    SectionVersion,
)
from workbench.incidents.redaction.forms import become
from workbench.incidents.redaction.removed import Removed

OF_A_SECTION = ("text", "record")
OF_THE_HEAD = ("title", "service", "impact", "links")
OF_AN_ITEM = ("text", "why", "link")


def remove_quotes(redaction: Redaction, removed: Removed) -> None:
    """Take the words out of everything that people and Bothways wrote about this incident."""
    incident = redaction.incident
    for version in SectionVersion.objects.filter(incident=incident):
        form = {name: removed.from_section(getattr(version, name)) for name in OF_A_SECTION}
        if form != {name: getattr(version, name) for name in OF_A_SECTION}:
            become(redaction, version, **form)
    for review in PostmortemReview.objects.filter(incident=incident):
        texts = review.reviewed_text.items()
        review.reviewed_text = {name: removed.from_section(text) for name, text in texts}
        review.save(update_fields=["reviewed_text"])
    if removed.words:
        _from_events(redaction, removed)
        for item in ActionItem.objects.filter(incident=incident):
            _without(item, OF_AN_ITEM, removed)
        _without(Incident.objects.get(pk=incident.pk), OF_THE_HEAD, removed)


def _from_events(redaction: Redaction, removed: Removed) -> None:
    rows = Event.objects.filter(incident=redaction.incident).only("payload")
    changed = [(row, removed.from_value(row.payload)) for row in rows]
    for event, payload in changed:
        if payload != event.payload:
            become(redaction, event, payload=payload)


def _without(row: ActionItem | Incident, fields: Iterable[str], removed: Removed) -> None:
    changed = []
    for name in fields:
        value = removed.from_value(getattr(row, name))
        if value != getattr(row, name):
            setattr(row, name, value)
            changed.append(name)
    if changed:
        row.save(update_fields=changed)
