"""The head of the incident as the page shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from workbench.incidents import head
from workbench.incidents.head import FIELDS
from workbench.incidents.models import Event, Incident
from workbench.incidents.moments import Duration, Moments, moments_of


@dataclass(frozen=True, slots=True)
class MomentView:
    """One of the five times, with how long it took to come there."""

    name: str
    at: datetime | None
    by_hand: bool
    took: str = ""
    since: str = ""
    contradicts: bool = False  # it is before the time that it is counted from


@dataclass(frozen=True, slots=True)
class LinkView:
    """A link, and the short text that stands for it."""

    address: str
    text: str


@dataclass(frozen=True, slots=True)
class HeadView:
    """What the head says."""

    commander: str
    scribe: str
    hands: list[str]
    moments: list[MomentView]
    links: list[LinkView]

    @property
    def empty(self) -> bool:
        """Does nobody have a role yet?"""
        return not (self.commander or self.scribe or self.hands)


def head_view(incident: Incident) -> HeadView:
    """The roles, the times and the links of an incident."""
    return HeadView(
        commander=incident.who_commands,
        scribe=incident.who_writes,
        hands=head.role(incident, "hands"),
        moments=moment_views(moments_of(incident)),
        links=[LinkView(address, _short(address)) for address in incident.links],
    )


def moment_views(moments: Moments) -> list[MomentView]:
    """The five times, each with the duration that it ends."""
    ends = dict(zip(ENDS, ("detected", "acknowledged", "mitigated", "resolved"), strict=True))
    took = {ends[one.name]: one for one in moments.durations}
    return [
        MomentView(one.name, one.at, one.by_hand, *_took(took.get(one.name))) for one in moments.all
    ]


ENDS = ("detect", "acknowledge", "mitigate", "resolve")


def _took(duration: Duration | None) -> tuple[str, str, bool]:
    if duration is None:
        return "", "", False
    return span(duration.took), duration.since, duration.took < timedelta(0)


def span(took: timedelta) -> str:
    """A duration in its two largest units."""
    seconds = round(abs(took.total_seconds()))
    sign = "−" if took < timedelta(0) and seconds else ""
    days, rest = divmod(seconds, 86400)
    hours, rest = divmod(rest, 3600)
    minutes, seconds = divmod(rest, 60)
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (seconds, "s")]
    first = next((at for at, (count, _) in enumerate(parts) if count), 3)
    shown = [f"{count} {unit}" for count, unit in parts[first : first + 2] if count]
    return sign + (" ".join(shown) or "0 s")


def _short(address: str) -> str:
    parts = urlsplit(address)
    path = parts.path.rstrip("/").rpartition("/")[2]
    return f"{parts.hostname}/…/{path}"[:60] if path else str(parts.hostname)[:60]


def head_facts(incident: Incident) -> tuple[tuple[str, str], ...]:
    """The head as rows of a document; what was never given is left out."""
    said = head.texts(incident)
    plain = ("severity", "service", "impact", "tags", "links", *head.ROLES)
    rows = [(FIELDS[name].title, " ".join(said[name].split())) for name in plain if said[name]]
    rows += [_time_row(one) for one in moment_views(moments_of(incident)) if one.at]
    return tuple(rows)


def _time_row(moment: MomentView) -> tuple[str, str]:
    at = f"{head.as_text(moment.at)} UTC"
    took = f", {moment.took} after it was {moment.since}" if moment.took else ""
    return moment.name.capitalize(), at + took


@dataclass(frozen=True, slots=True)
class FieldView:
    """One field in the form, with the value from which the editor starts."""

    name: str
    title: str
    value: str
    hint: str
    choices: tuple[tuple[str, str], ...] = ()
    rows: int = 0  # of a text of several lines
    people: bool = False


SEVERITIES = (
    ("", "not set"),
    ("1", "1: everything of a service is down"),
    ("2", "2: an important part is down"),
    ("3", "3: a small part, or there is a way round it"),
    ("4", "4: a nuisance"),
)
SHAPES: dict[str, dict[str, object]] = {
    "severity": {"choices": SEVERITIES},
    "impact": {"rows": 2},
    "links": {"rows": 2},
    "commander": {"people": True},
    "scribe": {"people": True},
}


def field_views(incident: Incident) -> list[FieldView]:
    """The fields of the form as they stand now."""
    values = head.texts(incident)
    return [
        FieldView(name, field.title, values[name], field.hint, **SHAPES.get(name, {}))  # type: ignore[arg-type]
        for name, field in FIELDS.items()
    ]


@dataclass(frozen=True, slots=True)
class EarlierValue:
    """What a field said before."""

    seq: int
    field: str
    value: str
    at: datetime
    who: str  # changed it then
    why: str


def earlier_values(incident: Incident, most: int = 100) -> list[EarlierValue]:
    """The earlier values of the head, newest change first."""
    changes = Event.objects.filter(incident=incident, kind=Event.Kind.HEAD_CHANGED)
    return [_earlier(change) for change in changes.order_by("-seq")[:most]]


def _earlier(change: Event) -> EarlierValue:
    said = change.payload
    name = str(said.get("field", ""))
    title = FIELDS[name].title if name in FIELDS else name
    value, why = str(said.get("from") or ""), str(said.get("why") or "")
    return EarlierValue(change.seq, title, value, change.at, change.actor_name or "Bothways", why)
