"""What lies below a tunnel: its outer packets are a flow of their own, with a way of their own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from collectors.model.flow import Address, Flow, Protocol
from collectors.model.records import Tunnel
from workbench.analysis import fib
from workbench.analysis.case import Case
from workbench.analysis.findings import Hop, Path
from workbench.analysis.path import walk

DEEPEST = 3  # tunnels in tunnels


def below(case: Case, paths: Iterable[Path], depth: int = DEEPEST) -> tuple[Path, ...]:
    """The ways of the outer packets of every tunnel that these paths take, in the same order."""
    found: dict[Flow, Path] = {}
    for path in paths:
        for hop in path.hops:
            outer = outer_flow(case, hop)
            if outer is not None and outer not in found:
                found[outer] = replace(walk(outer, case), reverse=path.reverse)
    if not found or depth <= 1:
        return tuple(found.values())
    return (*found.values(), *below(case, found.values(), depth - 1))


def outer_flow(case: Case, hop: Hop) -> Flow | None:
    """In which flow does the hop's tunnel carry the packets? The source port is another one for each inner flow."""
    link = case.interface(hop.device, hop.oif) if hop.device and hop.oif else None
    if hop.device is None or link is None or link.tunnel is None or link.tunnel.port is None:
        return None
    local = link.tunnel.local or _chosen(case, hop.device, link.tunnel)
    if local is None or local.version != link.tunnel.remote.version:
        return None
    return Flow(Protocol.UDP, local, None, link.tunnel.remote, link.tunnel.port)


def _chosen(case: Case, device: str, tunnel: Tunnel) -> Address | None:
    """The address that the device would send from."""
    own = [port.address for port in case.ports_of(device) if port.address.version == tunnel.remote.version]
    if not own:
        return None
    trial = Flow(Protocol.UDP, own[0].ip, None, tunnel.remote, tunnel.port)
    found = fib.decide(case, device, trial)
    names = {hop.interface for hop in found.next_hops}
    near = (port.address.ip for port in case.ports_of(device) if port.interface in names)
    return found.source or next((one for one in near if one.version == tunnel.remote.version), None)


def carriers(case: Case, path: Path) -> Iterator[Hop]:
    """The hops of a path whose packets go on inside of a tunnel."""
    yield from (hop for hop in path.hops if outer_flow(case, hop) is not None)
