"""Changing the head of an incident; each change keeps the earlier value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction

from workbench.incidents import head, timeline
from workbench.incidents.actions.common import ActionRefused, needs_respond
from workbench.incidents.head import FIELDS, BadField
from workbench.incidents.models import Event, Incident
from workbench.incidents.moments import TIMES

if TYPE_CHECKING:
    from django.contrib.auth.models import User

Kind = Event.Kind


@dataclass(frozen=True, slots=True)
class Clash:
    """A field that somebody else changed while it was edited."""

    field: str
    was: str  # from which this editor started
    now: str  # what somebody else made of it
    yours: str

    def __str__(self) -> str:
        title = FIELDS[self.field].title.lower()
        return f"{title} is {self.now or 'empty'!r} by now; yours was {self.yours or 'empty'!r}"


class HeadClash(ActionRefused):
    """Fields were changed by somebody else meanwhile; nothing was written."""

    def __init__(self, clashes: tuple[Clash, ...]) -> None:
        super().__init__(f"somebody else was faster: {'; '.join(map(str, clashes))}")
        self.clashes = clashes


def change_head(
    by: User | None,
    incident: Incident,
    values: Mapping[str, str],
    was: Mapping[str, str] | None = None,
    why: str = "",
) -> list[Event]:
    """Change fields of the head, all or none; an event for each that is different now.

    `was` are the values from which the editor started: a field that has another one by now is a
    clash. Raises HeadClash and ActionRefused.
    """
    needs_respond(by, incident)
    _refuse_unknown([*values, *(was or {})])
    with transaction.atomic():
        row = Incident.objects.select_for_update().get(pk=incident.pk)
        now = head.texts(row)
        wanted = {name: _read(row, name, text) for name, text in values.items()}
        changed = {
            name: value for name, value in wanted.items() if _differs(row, name, value, now[name])
        }
        _refuse_clashes(row, changed, now, was or {})
        written = [_change(by, row, name, value, now[name], why) for name, value in changed.items()]
    incident.refresh_from_db()
    return written


def _refuse_unknown(names: list[str]) -> None:
    unknown = [name for name in names if name not in FIELDS]
    if unknown:
        raise ActionRefused(f"the head has no field {unknown[0][:40]!r}")


def _read(incident: Incident, name: str, text: str) -> Any:
    field = FIELDS[name]
    try:
        return field.read(incident, text)
    except BadField as error:
        raise ActionRefused(f"{field.title}: {error}") from None


def _differs(incident: Incident, name: str, value: Any, now: str) -> bool:
    """An empty time takes back what a person gave."""
    if name in TIMES and value is None:
        return getattr(incident, head.column_of(name)) is not None
    return head.as_text(value) != now


def _refuse_clashes(
    incident: Incident, changed: Mapping[str, Any], now: Mapping[str, str], was: Mapping[str, str]
) -> None:
    started = {name: head.normal(incident, name, was[name]) for name in changed if name in was}
    clashes = tuple(
        Clash(name, old, now[name], head.as_text(changed[name]))
        for name, old in started.items()
        if old != now[name]
    )
    if clashes:
        raise HeadClash(clashes)


def _change(
    by: User | None, incident: Incident, name: str, value: Any, now: str, why: str
) -> Event:
    if name == "hands":
        incident.hands.set(value)
    else:
        _write(incident, head.column_of(name), value)
    payload = {"field": name, "from": now, "to": head.as_text(value)}
    why = why.strip()[:2000]
    return timeline.append(
        incident.pk, Kind.HEAD_CHANGED, payload | ({"why": why} if why else {}), by=by
    )


def _write(incident: Incident, column: str, value: Any) -> None:
    same = Incident.objects.filter(pk=incident.pk, **{column: getattr(incident, column)})
    if not same.update(**{column: value}):
        raise ActionRefused("this was changed by somebody else meanwhile; look again")


def take_role(by: User, incident: Incident, role: str) -> bool:
    """Become commander, scribe or one of the hands, by one click; one of the hands who clicks
    again leaves. False: nothing changed."""
    if role not in head.ROLES:
        raise ActionRefused("the roles are commander, scribe and hands")
    mine = by.get_username()
    if role != "hands":
        return bool(change_head(by, incident, {role: mine}))
    needs_respond(by, incident)
    others = head.names(head.hands(incident))
    wanted = [name for name in others if name != mine]
    joined = wanted if mine in others else [*others, mine]
    return bool(change_head(by, incident, {role: " ".join(joined)}, {role: " ".join(others)}))
