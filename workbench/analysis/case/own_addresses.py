"""Which addresses does a device show to be its own, where it did not tell its interfaces?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from ipaddress import ip_address

from collectors.model.evidence import Evidence, Question
from collectors.model.flow import Address, Flow
from collectors.model.records import LogLine, ProbeResult, RouteChoice, Socket, Traceroute
from collectors.model.words import FLOODED

# ip-10-0-3-15, ip-10-0-3-15.eu-west-1.compute.internal: as clouds name machines; 10-0-3-15
_DASHED = re.compile(r"(?:ip-)?((?:\d{1,3}-){3}\d{1,3})(?:\.[\w.-]{1,80})?")


def own_sources(items: Iterable[Evidence]) -> Iterator[Address]:
    """What it says it sends from, asked for its own route: IPv4 lets it name only its own."""
    for item in items:
        if item.question is Question.ROUTE_CHOICE and item.params.iif is None:
            yield from (
                one.source for one in item.of(RouteChoice) if one.source and one.source.version == 4
            )


def socket_ends(items: Iterable[Evidence]) -> tuple[Address, ...]:
    """Its own ends of its connections; a transparent proxy answers in another's name."""
    sockets = (one for item in items for one in item.of(Socket))
    ends = [one.local for one in sockets if one.remote is not None]
    return tuple(dict.fromkeys(end for end in ends if end and _is_own(end)))


def own_words(device: str, items: Iterable[Evidence], flow: Flow) -> Iterator[Address]:
    """By its name, by what its services are bound to, and by its log: a packet for it leaves on no
    interface."""
    named = _named(device)
    if named is not None:
        yield named
    for item in items:
        if item.question is Question.LISTENERS:
            bound = (one.local for one in item.of(Socket) if one.remote is None)
            yield from (local for local in bound if local is not None and _is_own(local))
        if item.question is Question.LOGS and any(
            _for_itself(line, flow) for line in item.of(LogLine)
        ):
            yield flow.dst


def serves(items: Iterable[Evidence], flow: Flow) -> bool:
    """Does it wait for such connections on any address, and is it nobody's router, as far as a
    person pasted it?"""
    answers = list(items)
    routes = any(
        item.params.iif is not None or item.question is Question.NEXTHOP_SETS for item in answers
    )
    pasted = all(item.pasted_by is not None for item in answers)
    tries = any(_probes(item, flow) for item in answers)
    return pasted and not routes and not tries and any(_waits(item, flow) for item in answers)


def _probes(item: Evidence, flow: Flow) -> bool:
    """Did somebody try the target from there? Then it is another machine that serves the same
    port."""
    reached = any(one.target == flow.dst for one in item.of(ProbeResult))
    return reached or any(one.destination == flow.dst for one in item.of(Traceroute))


def _waits(item: Evidence, flow: Flow) -> bool:
    flooded = any(line.prefix == FLOODED and line.port == flow.dport for line in item.of(LogLine))
    return flooded or any(
        _takes(one, flow) for one in item.of(Socket) if item.question is Question.LISTENERS
    )


def _takes(socket: Socket, flow: Flow) -> bool:
    anywhere = socket.local is None or socket.local.is_unspecified
    same = socket.protocol is flow.protocol and socket.local_port == flow.dport
    return same and anywhere and socket.remote is None


def _for_itself(line: LogLine, flow: Flow) -> bool:
    ours = line.flow is not None and flow.covers(line.flow) and line.flow.dst == flow.dst
    return ours and line.bound_in and "PREROUTING" not in line.prefix.upper()


def _named(device: str) -> Address | None:
    dashed = _DASHED.fullmatch(device)
    try:
        return ip_address(dashed[1].replace("-", ".") if dashed else device)
    except ValueError:
        return None


def _is_own(address: Address) -> bool:
    return not (
        address.is_loopback
        or address.is_unspecified
        or address.is_multicast
        or address.is_link_local
    )
