"""Every device that was seen to keep state, over all incidents that a person may see: who answers
for it, and which flows cross it in which direction? Nothing here writes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Max, Q, QuerySet

from workbench.analysis.case.state_boundary import Sight
from workbench.incidents import queries
from workbench.incidents.models import BoundaryRow
from workbench.inventory.models import Device

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User

    Person = User | AnonymousUser

MOST_EXPORTED = 200_000  # rows in one file
CROSSES = (Sight.SEEN.value, Sight.ROUTED.value)
OUT, BACK = Q(request__in=CROSSES), Q(reply__in=CROSSES)
EXPORTED = (
    "device",
    "owner",
    "keeps",
    "state_group",
    "flow",
    "direction",
    "request",
    "reply",
    "holds",
    "sharing",
    "suspect",
    "incident",
    "run",
    "at",
)
_COLUMNS = (*(set(EXPORTED) - {"owner", "direction", "run"}), "run__number")
_OF_OTHERS = ("incident", "run__number")
INVENTORY = "inventory.view_device"


@dataclass(frozen=True, slots=True)
class BoundaryFilter:
    """Which boundaries somebody wants to see; empty fields do not narrow."""

    device: str = ""
    incident: int | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class StatefulDevice:
    """One device, and how many incidents have flows that cross it."""

    device: str
    owner: str
    keeps: tuple[str, ...]
    groups: tuple[str, ...]
    incidents: int
    both: int  # incidents whose flow crosses it out and back
    out_only: int
    back_only: int
    suspected: int
    last_seen: datetime


def rows(user: Person, wanted: BoundaryFilter | None = None) -> QuerySet[BoundaryRow]:
    """What runs found, by device, the newest first, as far as this person may see it."""
    narrow = wanted or BoundaryFilter()
    given = {"device": narrow.device, "incident": narrow.incident, "at__gte": narrow.since}
    seen = BoundaryRow.objects.exclude(incident__in=queries.hidden(user).order_by().values("pk"))
    kept = seen.filter(**{name: value for name, value in given.items() if value})
    return kept.select_related("incident", "run").defer(*queries.HEAVY)


def devices(user: Person, wanted: BoundaryFilter | None = None) -> list[StatefulDevice]:
    """Every device that keeps state about a flow, by name; an incident counts as the newest run
    saw it that saw the device."""
    visible = rows(user, wanted).select_related(None).order_by("device", "keeps", "state_group")
    counted = visible.filter(newest=True).values("device", "keeps", "state_group")
    by_kind = counted.annotate(
        incidents=Count("pk"),
        both=Count("pk", filter=OUT & BACK),
        out_only=Count("pk", filter=OUT & ~BACK),
        back_only=Count("pk", filter=BACK & ~OUT),
        last_seen=Max("at"),
    )
    suspects = visible.filter(suspect=True).order_by("device").values_list("device")
    suspected = dict(suspects.annotate(Count("incident", distinct=True)))
    owned = owners(user)
    together = groupby(by_kind, key=itemgetter("device"))
    return [
        _device(name, [dict(one) for one in found], owned.get(name, ""), suspected.get(name, 0))
        for name, found in together
    ]


_SUMS = ("incidents", "both", "out_only", "back_only")


def _device(name: str, found: list[dict[str, Any]], owner: str, suspected: int) -> StatefulDevice:
    """One device, whatever it was seen to keep for one flow and another."""
    keeps = dict.fromkeys(kept for one in found for kept in one["keeps"].split(","))
    groups = dict.fromkeys(one["state_group"] for one in found if one["state_group"])
    return StatefulDevice(
        device=name,
        owner=owner,
        keeps=tuple(keeps),
        groups=tuple(groups),
        suspected=suspected,
        last_seen=max(one["last_seen"] for one in found),
        **{what: sum(one[what] for one in found) for what in _SUMS},
    )


def owners(user: Person) -> dict[str, str]:
    """Who answers for each device of the inventory; nothing for those who may not see it."""
    if not user.has_perm(INVENTORY):
        return {}
    owned = Device.objects.exclude(owner="")
    return dict(owned.values_list("name", "owner"))


def direction(request: str, reply: str) -> str:
    """In which direction does the flow cross the device?"""
    out, back = request in CROSSES, reply in CROSSES
    if out and back:
        return "both"
    unknown = Sight.UNKNOWN.value in (request, reply)
    if not out and not back:
        return "unknown" if unknown else "neither"
    way = "forward" if out else "reverse"
    return f"{way}, other unknown" if unknown else way


def exported(user: Person, wanted: BoundaryFilter | None = None) -> Iterator[dict[str, Any]]:
    """Each row as plain values, for a file."""
    return as_dicts(user, rows(user, wanted)[:MOST_EXPORTED])


def as_dicts(user: Person, found: QuerySet[BoundaryRow]) -> Iterator[dict[str, Any]]:
    """These rows as plain values, as EXPORTED names them."""
    owned = owners(user)
    for row in found.select_related(None).values(*_COLUMNS).iterator(chunk_size=2000):
        yield _plain(row, owned)


def as_dict(row: BoundaryRow, owned: dict[str, str]) -> dict[str, Any]:
    """One row as plain values."""
    columns = {name: getattr(row, name) for name in _COLUMNS if name not in _OF_OTHERS}
    others = {"incident": row.incident_id, "run__number": row.run.number}
    return _plain(columns | others, owned)


def _plain(row: dict[str, Any], owned: dict[str, str]) -> dict[str, Any]:
    derived = {
        "owner": owned.get(row["device"], ""),
        "direction": direction(row["request"], row["reply"]),
        "run": row["run__number"],
        "at": row["at"].isoformat(),
    }
    both = row | derived
    return {name: both[name] for name in EXPORTED}
