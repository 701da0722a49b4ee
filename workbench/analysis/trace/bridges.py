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
        if sight.reverse != path.reverse or not sight.came_in or sight.device not in case.bridging:
            continue
        at = _place(case, hops, sight)
        if at is not None and path.hop(sight.device) is None:
            hop = _hop(case, hops[at], sight)
            hops.insert(at + 1, replace(hop, boundary=boundary(case, hop, reply=path.reverse)))
    return replace(path, hops=tuple(hops)) if len(hops) != len(path.hops) else path


def mirrored(case: Case, path: Trace, other: Trace, seen: Iterable[Observation]) -> Trace:
    """Bridges that the other direction was seen to cross lie on the same link in this one, until
    packets say otherwise.

    They matter where this direction carries nothing: an answer that was never sent shows no bridge.
    """
    sent = {one.device for one in seen if one.reverse == path.reverse and one.went_out}
    spans = {(far.name, near.name, far.iif): between for near, between, far in _spans(case, other)}
    hops: list[Hop] = []
    for hop, following in pairwise(path.hops):
        between = (
            spans.get((hop.name, following.name, hop.oif), ()) if hop.device not in sent else ()
        )
        hops.extend((hop, *(_turned(case, one, hop, path.reverse) for one in reversed(between))))
    return replace(path, hops=(*hops, *path.hops[-1:]))


def _spans(case: Case, path: Trace) -> Iterator[tuple[Hop, tuple[Hop, ...], Hop]]:
    """The bridges in a row between two devices that route."""
    at = 0
    for to, hop in enumerate(path.hops):
        if to and not _bridges(case, hop):
            if to - at > 1:
                yield path.hops[at], path.hops[at + 1 : to], hop
            at = to


def _bridges(case: Case, hop: Hop) -> bool:
    port = case.interface(hop.device, hop.iif) if hop.device in case.bridging else None
    return port is not None and port.master is not None


def _turned(case: Case, bridge: Hop, before: Hop, reverse: bool) -> Hop:
    """The same bridge, crossed the other way."""
    flow = before.flow_out
    words = f"bridges {bridge.oif} to {bridge.iif}"
    turned = replace(
        bridge,
        iif=bridge.oif,
        oif=bridge.iif,
        next_hop=before.next_hop,
        flow_in=flow,
        flow_out=flow,
    )
    turned = replace(turned, basis=Basis.PREDICTED, decided=words)
    return replace(turned, boundary=boundary(case, turned, reply=reverse))


def _place(case: Case, hops: list[Hop], sight: Observation) -> int | None:
    """Behind which hop? The one whose interface sent what came in."""
    senders = {packet.source_mac.lower() for packet in sight.came_in if packet.source_mac}
    for at, hop in enumerate(hops[:-1]):
        out = case.interface(hop.device, hop.oif) if hop.device else None
        if out is not None and out.mac and out.mac.lower() in senders:
            return at
    return None


def _hop(case: Case, before: Hop, sight: Observation) -> Hop:
    flow, iif = before.flow_out, sight.came_in[0].interface
    left = [packet.interface for packet in sight.went_out if packet.interface != iif]
    others = [one.name for one in case.interfaces(sight.device) if one.master and one.name != iif]
    oif = next(iter((*left, *others)), None)
    words = f"bridges {iif} to {oif}"
    return Hop(
        sight.device,
        None,
        iif,
        oif,
        before.next_hop,
        flow,
        flow,
        Basis.OBSERVED,
        decided=words,
        evidence=sight.evidence,
    )
