"""What was sent to devices: the record of commands as a person may see it, and what it is narrowed by.
Nothing here writes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Q, QuerySet

from workbench.incidents import queries, roles
from workbench.incidents.models import CommandRecord, DeviceMention, Incident, PersonMention

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User

    Person = User | AnonymousUser


@dataclass(frozen=True, slots=True)
class CommandFilter:
    """Which commands somebody wants to see; empty fields do not narrow."""

    device: str = ""
    person: str = ""
    incident: int | None = None
    run: int | None = None
    question: str = ""
    since: str = ""
    until: str = ""


def commands(
    user: Person, wanted: CommandFilter | None = None, *, imported: bool = False
) -> QuerySet[CommandRecord]:
    """What was sent to devices, newest first, as far as this person may see it. What another
    installation sent is left out, unless it is asked for or its incident is."""
    if not user.has_perm(roles.AUDIT):
        return CommandRecord.objects.none()
    wanted = wanted or CommandFilter()
    also_imported = imported or wanted.incident is not None
    rows = CommandRecord.objects.select_related("result", "incident", "run").order_by("-pk")
    rows = rows.defer(*queries.HEAVY).filter(_narrowed(wanted))
    return rows.exclude(incident__in=left_out(user, imported=also_imported))


def devices(user: Person) -> list[str]:
    """The names of the devices that were asked. Read from what incidents are found by: there are
    many commands for each of its rows."""
    if not user.has_perm(roles.AUDIT):
        return []
    asked = DeviceMention.objects.filter(role=DeviceMention.Role.ASKED)
    alone = CommandRecord.objects.filter(incident=None)  # sent outside of incidents
    found = (_names(asked.exclude(incident__in=left_out(user)), "device"), _names(alone, "device"))
    return sorted(set().union(*found) - {""})


def people(user: Person) -> list[str]:
    """The names of those for whom devices may have been asked."""
    if not user.has_perm(roles.AUDIT):
        return []
    alone = CommandRecord.objects.filter(incident=None)
    took_part = PersonMention.objects.exclude(incident__in=left_out(user))
    found = (_names(took_part, "name"), _names(alone, "actor_name"))
    return sorted(set().union(*found) - {""})


def _names(rows: QuerySet[Any], column: str) -> set[str]:
    return set(rows.order_by().values_list(column, flat=True).distinct())


def left_out(user: Person, *, imported: bool = False) -> QuerySet[Any, Any]:
    """The keys of the incidents that are hidden from somebody, and of those of other installations:
    few, so that these are left out instead of the others listed."""
    condition = Q(pk__in=queries.hidden(user).order_by().values("pk"))
    if not imported:
        condition |= ~Q(origin="")
    return Incident.objects.filter(condition).order_by().values("pk")


def _narrowed(wanted: CommandFilter) -> Q:
    conditions: dict[str, Any] = {
        "device": wanted.device,
        "actor_name": wanted.person,
        "incident_id": wanted.incident,
        "run__number": wanted.run,
        "question": wanted.question,
        "at__gte": _time(wanted.since),
        "at__lte": _time(wanted.until),
    }
    return Q(**{name: value for name, value in conditions.items() if value})


def _time(text: str) -> datetime | None:
    """A time as a form field writes it, in UTC unless it says otherwise; None = not a time."""
    try:
        time = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return time.replace(tzinfo=UTC) if time and time.tzinfo is None else time
