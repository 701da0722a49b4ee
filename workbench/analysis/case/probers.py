"""Who sent the probes that somebody pasted? A device that tells no address of its own may be an end
of the flow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from collectors.model.evidence import Evidence, Question
from collectors.model.flow import Address
from collectors.model.records import (
    FilterRule,
    Network,
    Packet,
    ProbeResult,
    Record,
    Route,
    Session,
    Traceroute,
)

# times to live with which systems begin; None = the capture does not show it
_FRESH = (None, 64, 128, 255)
_TRANSLATES = frozenset({"dnat", "snat", "masquerade", "redirect"})
_PROBES = frozenset({Question.PING, Question.PATH_MTU, Question.CONNECT, Question.TRACE})


def sits_at(pasted: Iterable[Evidence], address: Address, other_end: Address) -> bool:
    """May a device that names no address of its own hold this one? `pasted` is all that somebody
    pasted of it.

    Who pastes probes of one end pastes them from the other; not from a device whose links lead
    elsewhere, or to several networks, and not from one that was asked what it does with packets
    that come in.
    """
    items = tuple(pasted)
    if not items or not all(item.pasted_by for item in items):
        return False
    if any(item.question is Question.ROUTE_CHOICE and item.params.iif for item in items):
        return False
    if not _on_its_only_link(items, address):
        return False
    probes = (item for item in items if item.question in _PROBES)
    return any(_targets(item) == other_end for item in probes) or _ends_at(items, address)


def _on_its_only_link(items: Iterable[Evidence], address: Address) -> bool:
    """Is the address on the one link of its routes? Without any links it may be."""
    links = links_of((route for item in items for route in item.of(Route)), address.version)
    if not links:
        return True
    alone = len({name for name, _ in links}) == 1
    return alone and any(address in network for _, network in links)


def _ends_at(items: Iterable[Evidence], address: Address) -> bool:
    """Did a capture on all interfaces see packets from this address leave that never came in, and
    those to it stay?

    Not where the device translates: what goes out in the name of another begins there as well.
    """
    records = [record for item in items for record in item.records]
    if any(map(_translates, records)):
        return False
    packets = [record for record in records if isinstance(record, Packet)]
    sent = [one for one in packets if one.flow is not None and one.flow.src == address]
    got = [one for one in packets if one.flow is not None and one.flow.dst == address]
    if not sent or not got:
        return False
    all_begin = all(one.outgoing and one.ttl in _FRESH for one in sent)
    all_stay = all(one.outgoing is False for one in got)
    return all_begin and all_stay


def _translates(record: object) -> bool:
    """Does a rule or a session of the device rewrite addresses?"""
    if isinstance(record, FilterRule):
        return record.verdict in _TRANSLATES
    return isinstance(record, Session) and record.translated


def links_of(routes: Iterable[Route], version: int) -> tuple[tuple[str | None, Network], ...]:
    """The interfaces with networks of neighbours, by routes without a gateway; loopback and groups
    left out."""
    return tuple(dict.fromkeys(_links(routes, version)))


def _links(routes: Iterable[Route], version: int) -> Iterator[tuple[str | None, Network]]:
    for route in routes:
        hop = route.next_hops[0] if route.next_hops and not route.next_hops[0].gateway else None
        if (
            hop is not None
            and hop.interface != "lo"
            and route.destination.version == version
            and _wide(route)
        ):
            yield hop.interface, route.destination


def _wide(route: Route) -> bool:
    """Is it a network of neighbours, and not one address, everything, loopback or a group?"""
    network, prefix = route.destination, route.destination.prefixlen
    special = network.is_loopback or network.is_multicast or network.is_link_local
    return 0 < prefix < network.max_prefixlen and not special


def _targets(item: Evidence) -> Address | None:
    return next((target for one in item.records if (target := _target(one)) is not None), None)


def _target(record: Record) -> Address | None:
    if isinstance(record, ProbeResult):
        return record.target
    return record.destination if isinstance(record, Traceroute) else None
