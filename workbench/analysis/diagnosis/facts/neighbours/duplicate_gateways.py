"""Do two devices answer for one gateway address?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from collectors.model.evidence import Question, Status
from collectors.model.flow import Address
from collectors.model.records import Neighbour, Packet, Reach
from workbench.analysis.case.case import Port
from workbench.analysis.case.findings import Hop
from workbench.analysis.diagnosis.context import Scene
from workbench.analysis.trace.next_hops import elsewhere, networks

# entries written by hand or by a program: never asked for
FIXED = frozenset({"PERMANENT", "NOARP"})


@dataclass(frozen=True, slots=True)
class Shared:
    """One next hop address that more than one device (or MAC) claims, as a hop of a path sees
    it."""

    hop: Hop
    reverse: bool
    address: Address
    holders: tuple[str, ...]
    macs: tuple[str, ...]
    evidence: tuple[str, ...]


def shared_gateways(scene: Scene) -> Iterator[Shared]:
    """Every next hop on either way whose address is claimed twice."""
    for reverse in (True, False):
        for hop in scene.findings.path(reverse).hops:
            found = _shared(scene, hop, reverse)
            if found is not None and (len(found.holders) > 1 or len(found.macs) > 1):
                yield found


def shared_at(scene: Scene, hop: Hop) -> Shared | None:
    """Is the next hop of this hop claimed twice?"""
    return next(
        (s for s in shared_gateways(scene) if s.hop.name == hop.name and s.address == hop.next_hop),
        None,
    )


def _shared(scene: Scene, hop: Hop, reverse: bool) -> Shared | None:
    if (
        hop.next_hop is None
        or hop.device is None
        or hop.next_hop in (scene.flow.dst, scene.flow.src)
    ):
        return None
    seen = dict(_macs(scene, hop))
    ports = [
        p
        for p in _claimed(scene, hop)
        if _heard(p, seen) or not elsewhere(scene.case, p, hop.device, hop.oif)
    ]
    holders = tuple(dict.fromkeys(p.device for p in ports)) if not _one_mac(ports) else ()
    evidence = (
        *(i for name in holders for i in scene.evidence(name, Question.INTERFACES)),
        *seen.values(),
    )
    return Shared(hop, reverse, hop.next_hop, holders, tuple(seen), tuple(dict.fromkeys(evidence)))


def _claimed(scene: Scene, hop: Hop) -> list[Port]:
    """Who else on the link holds the address? A link-local one is the same on every link, and tells
    nothing."""
    if hop.next_hop is None or hop.next_hop.is_link_local:
        return []
    others = (
        p
        for p in scene.case.holders(hop.next_hop)
        if p.up and not p.on_loopback and p.device != hop.device
    )
    return [port for port in others if _near(scene, hop, port)]


def _heard(port: Port, seen: Mapping[str, str]) -> bool:
    """Did its hardware address answer?"""
    return (port.mac or "").lower() in seen


def _near(scene: Scene, hop: Hop, port: Port) -> bool:
    """Is that port on the hop's link: by the hop's own networks, else by those of the port, where
    it told none?"""
    own = [p for p in scene.case.ports_of(hop.device or "") if p.interface in (hop.oif, None)]
    links = [p.address.network for p in own if p.interface is not None]
    if links:
        return any(port.address.ip in link for link in links)
    theirs = networks(scene.case, port.device, port.interface)
    return any(p.address.ip in link and port.address.ip in link for p in own for link in theirs)


def _one_mac(ports: list[Port]) -> bool:
    """Several that use one hardware address share the gateway on purpose (anycast gateways)."""
    macs = {port.mac.lower() if port.mac else None for port in ports}
    return len(ports) > 1 and len(macs) == 1 and None not in macs


def _macs(scene: Scene, hop: Hop) -> Iterator[tuple[str, str]]:
    """Every MAC that answered for the next hop: learned entries, ARP replies, probes; none that is
    written by hand."""
    for evidence in scene.case.evidence:
        if evidence.device != hop.device or evidence.status is not Status.ANSWERED:
            continue
        for record in evidence.records:
            for mac in _named(record, hop):
                yield mac.lower(), evidence.id


def _named(record: object, hop: Hop) -> tuple[str, ...]:
    if (
        isinstance(record, Neighbour)
        and record.address == hop.next_hop
        and hop.oif in (None, record.interface)
    ):
        return (record.mac,) if record.mac and not FIXED & set(record.states) else ()
    if isinstance(record, Reach) and record.kind == "arping" and record.target == hop.next_hop:
        return record.answered_by
    if (
        isinstance(record, Packet)
        and record.arp
        and record.arp.startswith(f"reply {hop.next_hop} is-at ")
    ):
        return (record.arp.rsplit(" ", 1)[-1],)
    return ()


def owner_of_mac(scene: Scene, mac: str) -> str | None:
    """Which device has that MAC?"""
    for device in scene.case.inventory.devices:
        if any((i.mac or "").lower() == mac.lower() for i in scene.case.interfaces(device.name)):
            return device.name
    return None
