"""The timeline in stretches: the newest first, older ones when somebody asks for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from workbench.incidents import queries
from workbench.incidents.models import Event, Incident


@dataclass(frozen=True, slots=True)
class TimelinePage:
    """A stretch of the timeline, newest first."""

    events: list[Event]
    older: int  # how many there are before it


PAGE_OF_EVENTS = 100
Kind = Event.Kind
KINDS: dict[str, tuple[str, ...]] = {
    "people": (Kind.NOTE, Kind.PASTED, Kind.CORRECTED, Kind.REDACTED, Kind.PINNED),
    "changes": (
        *(Kind.OPENED, Kind.STATE_CHANGED, Kind.CHANGE, Kind.ALERT, Kind.HEAD_CHANGED),
        *(Kind.FLOW_CHANGED, Kind.FLOW_ADDED, Kind.HOST_KEY),
    ),
    "runs": (
        *(Kind.RUN_QUEUED, Kind.RUN_STARTED, Kind.WALKED, Kind.JUDGED, Kind.CANCEL_ASKED),
        *(Kind.RUN_ENDED, Kind.RUN_CHOSEN),
    ),
}
WORDS_IN = ("text", "summary", "why", "problem")  # fields of payloads in which words are looked for


@dataclass(frozen=True, slots=True)
class TimelineFilter:
    """Which lines somebody wants to see; empty fields do not narrow."""

    kinds: str = ""  # a key of KINDS
    who: str = ""
    words: str = ""
    until: datetime | None = None  # nothing that happened later

    def condition(self) -> Q:
        """As a condition of the database."""
        found = Q()
        if self.kinds:
            found &= Q(kind__in=KINDS.get(self.kinds, ()))
        if self.who:
            found &= Q(actor_name__iexact=self.who)
        if self.until is not None:
            found &= Q(when__lte=self.until)
        return found & self._words() if self.words else found

    def _words(self) -> Q:
        found = Q(device__icontains=self.words) | Q(actor_name__icontains=self.words)
        own = Q()
        for name in WORDS_IN:
            own |= Q(**{f"payload__{name}__icontains": self.words})
        corrected = Q(correction__newest__payload__text__icontains=self.words)
        return found | (own & Q(correction=None) & ~Q(kind=Kind.CORRECTED)) | corrected


def people_in(incident: Incident) -> list[str]:
    """The names of those who did something here."""
    names = Event.objects.filter(incident=incident).exclude(actor_name="")
    return sorted(names.order_by().values_list("actor_name", flat=True).distinct())


def timeline_page(
    incident: Incident,
    before: int | None = None,
    upto: int | None = None,
    wanted: TimelineFilter | None = None,
) -> TimelinePage:
    """The newest events; with `before` those that happened before the event of that number, with
    `upto` also all down to the event of that number (within MOST_EVENTS)."""
    rows = queries.timeline(incident)
    if wanted is not None:
        rows = rows.filter(wanted.condition())
    if (
        before is not None
        and (last := queries.timeline(incident).filter(seq=before).first()) is not None
    ):
        rows = rows.filter(_earlier_than(last))
    most = PAGE_OF_EVENTS
    if upto is not None and (oldest := rows.filter(seq=upto).first()) is not None:
        newer = rows.exclude(_earlier_than(oldest)).count()
        most = min(queries.MOST_EVENTS, max(most, newer))
    return TimelinePage(list(rows.reverse()[:most]), max(0, rows.count() - most))


def _earlier_than(event: Event) -> Q:
    when = event.when  # type: ignore[attr-defined]  # as `queries.timeline` has it
    return Q(when__lt=when) | Q(when=when, seq__lt=event.seq)
