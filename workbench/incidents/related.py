"""Which other incidents have to do with the same flow, the same addresses or the same devices? Only
those that a person may see are looked at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet
from django.utils import timezone

from collectors.model.flow import Flow
from workbench.incidents import queries
from workbench.incidents.flows import flows_of
from workbench.incidents.models import DeviceMention, FurtherFlow, Incident

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User

    Person = User | AnonymousUser

MOST = 5  # of one kind
LOOKED_AT = 10 * MOST  # among so many newest ones those of exactly this flow are sought
RECENT = timedelta(days=30)  # a resolved one is shown so long
Role = DeviceMention.Role
ON_THE_PATHS = (Role.GUILTY, Role.DECIDED, Role.PATH)


@dataclass(frozen=True, slots=True)
class RelatedIncident:
    """Another incident, and what it has in common with this one."""

    incident: Incident
    same_flow: bool = False
    devices: tuple[str, ...] = ()  # on the paths of both; empty = the addresses are the same

    @property
    def why(self) -> str:
        """What they have in common, in words."""
        if self.devices:
            return f"{', '.join(self.devices)} on the paths of both"
        return "the same flow" if self.same_flow else "the same addresses"


def on_flow(user: Person, flow: Flow, but: Incident | None = None) -> list[RelatedIncident]:
    """The unresolved incidents of which a flow is between the same two addresses, in either
    direction, newest first; those of exactly this flow before the others."""
    return _on_flows(user, (flow,), but)


def related(user: Person, incident: Incident) -> list[RelatedIncident]:
    """The unresolved incidents on any flow of this one, then those with the same devices on their
    paths, without those that are resolved for long."""
    found = _on_flows(user, [one.flow for one in flows_of(incident)], incident)
    known = {incident.pk, *(one.incident.pk for one in found)}
    return [*found, *_by_devices(user, incident, known)]


def _on_flows(
    user: Person, flows: Iterable[Flow], but: Incident | None = None
) -> list[RelatedIncident]:
    wanted = tuple(flows)
    between = Q()
    for flow in wanted:
        ends = (str(flow.src), str(flow.dst))
        between |= Q(src=ends[0], dst=ends[1]) | Q(src=ends[1], dst=ends[0])
    further = FurtherFlow.objects.filter(between).values("incident")
    rows = queries.incidents(user).filter(between | Q(pk__in=further))
    rows = _newest(rows.exclude(state=Incident.State.RESOLVED), {but.pk} if but else set())
    found = [RelatedIncident(one, _has(one, wanted)) for one in rows[:LOOKED_AT]]
    return sorted(found, key=lambda one: not one.same_flow)[:MOST]


def _has(incident: Incident, flows: tuple[Flow, ...]) -> bool:
    own = incident.flow in flows
    return own or any(one.flow in flows for one in incident.further_flows.all())


def _newest(rows: QuerySet[Incident], but: set[int]) -> QuerySet[Incident]:
    newest = rows.exclude(pk__in=but).order_by("-opened_at", "-pk")
    return newest.prefetch_related("further_flows")


def _by_devices(user: Person, incident: Incident, but: set[int]) -> Iterator[RelatedIncident]:
    here = DeviceMention.objects.filter(incident=incident, role__in=ON_THE_PATHS)
    names = sorted(set(here.values_list("device", flat=True)))
    there = DeviceMention.objects.filter(device__in=names, role__in=ON_THE_PATHS)
    recent = ~Q(state=Incident.State.RESOLVED) | Q(opened_at__gte=timezone.now() - RECENT)
    rows = queries.incidents(user).filter(recent, pk__in=there.values("incident"))
    for other in _newest(rows, but)[:MOST]:
        shared = there.filter(incident=other).values_list("device", flat=True)
        yield RelatedIncident(other, devices=tuple(sorted(set(shared))[:3]))
