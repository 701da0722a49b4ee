"""The head of an incident: which fields it has, how each is written as text, and how a text is
read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.contrib.auth.models import User
from django.utils import timezone

from workbench.incidents import roles, when
from workbench.incidents.models import Incident
from workbench.incidents.moments import TIMES, Moments, moments_of

if TYPE_CHECKING:
    Reader = Callable[[Incident, str], Any]

MOST_TAGS, MOST_LINKS, MOST_HANDS = 12, 12, 20
TAG = re.compile(r"[a-z0-9][a-z0-9._:/-]{0,39}")


class BadField(ValueError):
    """A text is no value of its field; the message says why in words for the page."""


@dataclass(frozen=True, slots=True)
class HeadField:
    """One field of the head."""

    name: str
    title: str
    read: Reader  # a text as the value of the column; raises BadField
    hint: str = ""  # how it is written


def line(text: str, longest: int) -> str:
    """A text as one line of printable characters. Raises BadField when it is too long."""
    kept = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    if len(kept) > longest:
        raise BadField(f"at most {longest} characters, not {len(kept)}")
    return kept


def _title(incident: Incident, text: str) -> str:
    title = line(text, 200)
    if not title:
        raise BadField("a title is needed")
    return title


def _short(longest: int) -> Reader:
    return lambda incident, text: line(text, longest)


def _severity(incident: Incident, text: str) -> int | None:
    text = text.strip().upper().removeprefix("SEV")
    if not text:
        return None
    if text not in ("1", "2", "3", "4"):
        raise BadField("1, 2, 3 or 4; 1 is the worst")
    return int(text)


def _tags(incident: Incident, text: str) -> str:
    found = list(dict.fromkeys(text.replace(",", " ").lower().split()))
    for tag in found:
        if not TAG.fullmatch(tag):
            raise BadField(f"{tag[:40]!r} is no tag: letters, digits and . _ : / - only")
    if len(found) > MOST_TAGS:
        raise BadField(f"at most {MOST_TAGS} tags")
    return f" {' '.join(found)} " if found else ""


def _links(incident: Incident, text: str) -> list[str]:
    found = list(dict.fromkeys(text.split()))
    for link in found:
        if len(link) > 1000 or not link.isprintable() or not _is_web(link):
            raise BadField(f"{link[:80]!r} is no link that starts with http:// or https://")
    if len(found) > MOST_LINKS:
        raise BadField(f"at most {MOST_LINKS} links")
    return found


def _is_web(link: str) -> bool:
    try:
        parts = urlsplit(link)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def person(incident: Incident, name: str) -> User | None:
    """Whom does a name mean; None for an empty one. Raises BadField when there is nobody of that
    name who may see the incident: who may not is not told from who is not there."""
    name = name.strip()
    if not name:
        return None
    found = User.objects.filter(username=name, is_active=True).first()
    if found is None or not roles.may_view(found, incident):
        raise BadField(f"nobody of the name {name[:60]!r} may see this incident")
    return found


def _hands(incident: Incident, text: str) -> list[User]:
    names = dict.fromkeys(text.replace(",", " ").split())
    if len(names) > MOST_HANDS:
        raise BadField(f"at most {MOST_HANDS} people")
    return _sorted(found for name in names if (found := person(incident, name)))


def _sorted(people: Iterable[User]) -> list[User]:
    return sorted(people, key=lambda one: one.get_username())


def _time(incident: Incident, text: str) -> datetime | None:
    now = timezone.now()
    try:
        at = when.moment(text, now)
    except when.NotATime as error:
        raise BadField(str(error)) from None
    if at is not None and at > now + when.AHEAD:
        raise BadField("that time is still to come")
    return at


WRITTEN_AS = "UTC; empty: as the record says"
FIELDS = {
    field.name: field
    for field in (
        HeadField("title", "Title", _title),
        HeadField("severity", "Severity", _severity, "1 to 4; 1 is the worst"),
        HeadField("service", "Service", _short(100)),
        HeadField("impact", "Impact", _short(500), "one sentence: who cannot do what"),
        HeadField("tags", "Tags", _tags, "separated by spaces"),
        HeadField("links", "Links", _links, "one on each line, http or https"),
        HeadField("commander", "Commander", person),
        HeadField("scribe", "Scribe", person),
        HeadField("hands", "Hands", _hands, "user names, separated by spaces"),
        *(HeadField(name, name.capitalize(), _time, WRITTEN_AS) for name in TIMES),
    )
}
ROLES = ("commander", "scribe", "hands")


def column_of(name: str) -> str:
    """The column that keeps a field."""
    return f"{name}_at" if name in TIMES else name


def as_text(value: Any) -> str:
    """A value of any column as the text that a person edits, and that is kept as earlier value."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, User):
        return value.get_username()
    if isinstance(value, list):
        between = "\n" if any(isinstance(item, str) for item in value) else " "
        return between.join(as_text(item) for item in value)
    return str(value).strip()


def texts(incident: Incident, moments: Moments | None = None) -> dict[str, str]:
    """Every field of the head as text, the five times as they stand now."""
    times = {moment.name: moment.at for moment in (moments or moments_of(incident)).all}
    return {name: as_text(_value(incident, name, times)) for name in FIELDS}


def _value(incident: Incident, name: str, times: dict[str, datetime | None]) -> Any:
    if name in times:
        return times[name]
    if name in ROLES:
        return " ".join(role(incident, name))
    return getattr(incident, name)


def role(incident: Incident, name: str) -> list[str]:
    """The names of who has a role: commander and scribe are one at most."""
    one = {"commander": incident.who_commands, "scribe": incident.who_writes}
    if name in one:
        return [one[name]] if one[name] else []
    return names(hands(incident)) or list(incident.hands_names)


def hands(incident: Incident) -> list[User]:
    """Who helps, by name."""
    return _sorted(incident.hands.all())


def written(value: object) -> str:
    """A value of JSON as the text of its field: a list is written as a person writes it."""
    if value is None:
        return ""
    if isinstance(value, list):
        return "\n".join(str(item) for item in value)
    return str(value)


def normal(incident: Incident, name: str, text: str) -> str:
    """A text as the same field would show it; what cannot be read stays as it is."""
    try:
        return as_text(FIELDS[name].read(incident, text))
    except BadField:
        return text.strip()


def names(people: Iterable[User]) -> list[str]:
    """Their user names."""
    return [person.get_username() for person in people]
