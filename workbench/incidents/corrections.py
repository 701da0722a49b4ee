"""Notes and what corrected them: both are events, and both stay."""

from __future__ import annotations

from workbench.incidents.models import Correction, Event, Incident

Kind = Event.Kind


def versions_of(incident: Incident, seq: int) -> list[Event]:
    """A note and its corrections, oldest first, by the number of any of them; empty = there is no
    such note."""
    lines = Event.objects.filter(incident=incident)
    named = lines.filter(seq=seq, kind__in=(Kind.NOTE, Kind.CORRECTED)).first()
    if named is None:
        return []
    note = named.payload.get("note", seq)
    return list(lines.filter(seq=note)) + corrections_of(incident, note)


def corrections_of(incident: Incident, note: int) -> list[Event]:
    """The corrections of a note, oldest first."""
    rows = Event.objects.filter(incident=incident, kind=Kind.CORRECTED, payload__note=note)
    return list(rows.order_by("seq"))


def correction(event: Event) -> Correction | None:
    """What says what this note says now; None = it was not corrected, or is no note."""
    return getattr(event, "correction", None) if event.kind == Kind.NOTE else None


def newest(event: Event) -> Event:
    """The event whose words stand for this one."""
    corrected = correction(event)
    return corrected.newest if corrected is not None else event
