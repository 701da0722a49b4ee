"""Which devices on the path only bridge? They have no part in routing: their captures and MACs tell
where they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import pairwise

from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import Basis, Hop, Observation, Trace
from workbench.analysis.device.state_boundary import boundary


def with_bridges(case: Case, path: Trace, seen: Iterable[Observation]) -> Trace:
    """The path with every bridging device that was seen to get its packets, after the device that
    sent them."""
    hops = list(path.hops)
    for sight in seen:
        at = _place(case, hops, sight) if _of_a_bridge(case, path, sight) else None
        if at is not None:
            hop = _observed(case, hops[at], sight)
            hops.insert(at + 1, replace(hop, boundary=boundary(case, hop, reply=path.reverse)))
    return replace(path, hops=tuple(hops)) if len(hops) > len(path.hops) else path


def _of_a_bridge(case: Case, path: Trace, sight: Observation) -> bool:
    """Did a device that may bridge, and that routing does not lead to, get packets of this
    path?"""
    of_this_direction = sight.reverse == path.reverse and bool(sight.came_in)
    if not of_this_direction or sight.device not in case.bridging:
        return False
    return path.hop(sight.device) is None


def mirrored(case: Case, path: Trace, other: Trace, seen: Iterable[Observation]) -> Trace:
    """Bridges that the other direction was seen to cross lie on the same link in this one, until
    packets say otherwise.

    They matter where this direction carries nothing: an answer that was never sent shows no bridge.
    """
    sent = {one.device for one in seen if one.reverse == path.reverse and one.went_out}
    between = dict(_between(case, other))
    hops: list[Hop] = []
    for hop, following in pairwise(path.hops):
        hops.append(hop)
        if hop.device not in sent:
            crossed = between.get((hop.name, following.name, hop.oif), ())
            hops.extend(_turned(case, bridge, hop, path.reverse) for bridge in reversed(crossed))
    return replace(path, hops=(*hops, *path.hops[-1:]))


def _between(
    case: Case, path: Trace
) -> Iterator[tuple[tuple[str, str, str | None], tuple[Hop, ...]]]:
    """The bridges in a row between two devices that route, by these as the other direction meets
    them, and by the interface on which it leaves."""
    at = 0
    for to, hop in enumerate(path.hops):
        if to == 0 or _bridges(case, hop):
            continue
        if to - at > 1:
            near = path.hops[at]
            yield (hop.name, near.name, hop.iif), path.hops[at + 1 : to]
        at = to


def _bridges(case: Case, hop: Hop) -> bool:
    port = case.interface(hop.device, hop.iif) if hop.device in case.bridging else None
    return port is not None and port.master is not None


def _turned(case: Case, bridge: Hop, before: Hop, reverse: bool) -> Hop:
    """The same bridge, crossed the other way."""
    flow = before.flow_out
    turned = replace(
        bridge,
        iif=bridge.oif,
        oif=bridge.iif,
        next_hop=before.next_hop,
        flow_in=flow,
        flow_out=flow,
        basis=Basis.PREDICTED,
        decided=f"bridges {bridge.oif} to {bridge.iif}",
    )
    return replace(turned, boundary=boundary(case, turned, reply=reverse))


def _place(case: Case, hops: list[Hop], sight: Observation) -> int | None:
    """Behind which hop? The one whose interface sent what came in."""
    senders = {packet.source_mac.lower() for packet in sight.came_in if packet.source_mac}
    for at, hop in enumerate(hops[:-1]):
        out = case.interface(hop.device, hop.oif) if hop.device else None
        mac = out.mac if out is not None else None
        if mac and mac.lower() in senders:
            return at
    return None


def _observed(case: Case, before: Hop, sight: Observation) -> Hop:
    flow, iif = before.flow_out, sight.came_in[0].interface
    oif = _other_side(case, sight, iif)
    return Hop(
        sight.device,
        None,
        iif,
        oif,
        before.next_hop,
        flow,
        flow,
        Basis.OBSERVED,
        decided=f"bridges {iif} to {oif}",
        evidence=sight.evidence,
    )


def _other_side(case: Case, sight: Observation, iif: str | None) -> str | None:
    """By which interface the packets leave the bridge: as seen, else another one of its ports."""
    for packet in sight.went_out:
        if packet.interface != iif:
            return packet.interface
    for one in case.interfaces(sight.device):
        if one.master and one.name != iif:
            return one.name
    return None
