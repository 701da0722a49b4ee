"""Which devices on the path only bridge? They have no part in routing: their captures and MACs tell where they are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from workbench.analysis.case import Case
from workbench.analysis.findings import Basis, Hop, Path, Sighting


def with_bridges(case: Case, path: Path, seen: Iterable[Sighting]) -> Path:
    """The path with every bridging device that was seen to get its packets, after the device that sent them."""
    hops = list(path.hops)
    for sight in seen:
        if sight.reverse != path.reverse or not sight.came_in or sight.device not in case.bridging:
            continue
        at = _place(case, hops, sight)
        if at is not None and path.hop(sight.device) is None:
            hops.insert(at + 1, _hop(case, hops[at], sight))
    return replace(path, hops=tuple(hops)) if len(hops) != len(path.hops) else path


def _place(case: Case, hops: list[Hop], sight: Sighting) -> int | None:
    """Behind which hop? The one whose interface sent what came in."""
    senders = {packet.source_mac.lower() for packet in sight.came_in if packet.source_mac}
    for at, hop in enumerate(hops[:-1]):
        out = case.interface(hop.device, hop.oif) if hop.device else None
        if out is not None and out.mac and out.mac.lower() in senders:
            return at
    return None


def _hop(case: Case, before: Hop, sight: Sighting) -> Hop:
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
