"""Which incidents have to do with one device, or with the addresses of one network? As far as a
person may see them; nothing here writes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Count, QuerySet

from collectors.model.evidence import Question
from collectors.model.records.links import Interface
from workbench.incidents import queries
from workbench.incidents.models import (
    AddressMention,
    BoundaryRow,
    DeviceMention,
    EvidenceRow,
    FoundCause,
    Incident,
)
from workbench.incidents.search.asked import Network
from workbench.incidents.search.find import within

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User

    Person = User | AnonymousUser

MOST_CAUSES = 5
NEWEST = 3  # incidents whose devices are asked which of them has an address
MOST_ANSWERS = 60  # of these incidents


@dataclass(frozen=True, slots=True)
class Owner:
    """A device that has an address, and how that is known."""

    device: str
    address: str
    incident: int | None = None  # in whose evidence it stands; None = the inventory says so
    run: int | None = None
    evidence: str = ""


def of_device(user: Person, name: str, role: str = "") -> QuerySet[Incident]:
    """The incidents that have to do with a device, or in which it has this role."""
    return _incidents(user, DeviceMention.objects.filter(device=name), role)


def of_network(user: Person, network: Network, role: str = "") -> QuerySet[Incident]:
    """The incidents that have to do with an address of a network, or in which one has this role."""
    return _incidents(user, within(network), role)


def device_roles(user: Person, name: str) -> dict[str, int]:
    """In how many incidents a device has which role."""
    return _roles(user, DeviceMention.objects.filter(device=name), DeviceMention.Role.values)


def network_roles(user: Person, network: Network) -> dict[str, int]:
    """In how many incidents an address of a network has which role."""
    return _roles(user, within(network), AddressMention.Role.values)


def roles_of_device(name: str, incidents: Iterable[Incident]) -> dict[int, list[str]]:
    """What a device is in each of these incidents, which the person may see."""
    return _of_each(DeviceMention.objects.filter(device=name), incidents)


def roles_of_network(network: Network, incidents: Iterable[Incident]) -> dict[int, list[str]]:
    """What the addresses of a network are in each of these incidents, which the person may see."""
    return _of_each(within(network), incidents)


def causes_at(user: Person, name: str) -> list[tuple[str, int]]:
    """The causes for which verdicts name a device, the most frequent first."""
    found = _visible(user, FoundCause.objects.filter(guilty=name))
    counted = found.order_by().values_list("cause").annotate(n=Count("pk")).order_by("-n", "cause")
    return list(counted[:MOST_CAUSES])


def is_known(user: Person, name: str) -> bool:
    """Does an incident that this person may see have to do with a device of this name?"""
    mentioned = _visible(user, DeviceMention.objects.filter(device=name))
    kept = _visible(user, BoundaryRow.objects.filter(device=name))
    return mentioned.exists() or kept.exists()


def seen_owners(user: Person, network: Network) -> list[Owner]:
    """Which devices said that they have an address of this network: in the newest incidents that
    have to do with it."""
    newest = of_network(user, network).order_by("-opened_at", "-pk").values_list("pk", flat=True)
    answers = EvidenceRow.objects.filter(
        run__incident__in=list(newest[:NEWEST]),
        question=Question.INTERFACES.value,
        status="answered",
    )
    rows = answers.select_related("run").defer("packed_stdout", "packed_stderr", "run__picture")
    rows = rows.defer("run__packed_findings", "run__verdict").order_by("-pk")[:MOST_ANSWERS]
    found: dict[tuple[str, str], Owner] = {}
    for row in rows:
        for address in _addresses(row):
            if address in network and (row.device, str(address)) not in found:
                owner = Owner(
                    row.device, str(address), row.run.incident_id, row.run.number, row.evidence_id
                )
                found[row.device, str(address)] = owner
    return sorted(found.values(), key=lambda one: (one.device, one.address))


def _addresses(row: EvidenceRow) -> Iterator[Any]:
    for record in row.records:
        if isinstance(record, Interface):
            yield from (address.ip for address in record.addresses)


def _incidents(user: Person, mentions: QuerySet[Any], role: str) -> QuerySet[Incident]:
    wanted = mentions.filter(role=role) if role else mentions
    return queries.incidents(user).filter(pk__in=wanted.values("incident"))


def _visible(user: Person, rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows.exclude(incident__in=queries.hidden(user).order_by().values("pk"))


def _roles(user: Person, mentions: QuerySet[Any], order: Iterable[str]) -> dict[str, int]:
    rows = _visible(user, mentions).order_by().values_list("role")
    counted = dict(rows.annotate(n=Count("incident", distinct=True)))
    return {role: counted[role] for role in order if role in counted}


def _of_each(mentions: QuerySet[Any], incidents: Iterable[Incident]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    here = mentions.filter(incident__in=[one.pk for one in incidents])
    for incident, role in here.order_by("role").values_list("incident", "role").distinct():
        found.setdefault(incident, []).append(role)
    return found
