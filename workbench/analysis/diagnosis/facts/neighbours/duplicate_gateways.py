"""Do two devices answer for one gateway address?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from collectors.model.evidence import Question, Status
from collectors.model.flow import Address
from collectors.model.records import Neighbour, Packet, ProbeResult
from workbench.analysis.case.findings import Hop
from workbench.analysis.case.interface_addresses import InterfaceAddress
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.trace.links import elsewhere, networks

# entries written by hand or by a program: never asked for
FIXED = frozenset({"PERMANENT", "NOARP"})


@dataclass(frozen=True, slots=True)
class SharedGateway:
    """One next hop address that more than one device (or MAC) claims, as a hop of a path sees
    it."""

    hop: Hop
    reverse: bool
    address: Address
    holders: tuple[str, ...]
    macs: tuple[str, ...]
    evidence: tuple[str, ...]

    @property
    def claimed_twice(self) -> bool:
        """Does more than one device, or more than one hardware address, claim it?"""
        return len(self.holders) > 1 or len(self.macs) > 1


def shared_gateways(context: Context) -> Iterator[SharedGateway]:
    """Every next hop on either way whose address is claimed twice."""
    for reverse in (True, False):
        for hop in context.findings.trace(reverse).hops:
            found = _shared(context, hop, reverse)
            if found is not None and found.claimed_twice:
                yield found


def shared_at(context: Context, hop: Hop) -> SharedGateway | None:
    """Is the next hop of this hop claimed twice?"""
    for shared in shared_gateways(context):
        if shared.hop.name == hop.name and shared.address == hop.next_hop:
            return shared
    return None


def _shared(context: Context, hop: Hop, reverse: bool) -> SharedGateway | None:
    if hop.next_hop is None or hop.device is None:
        return None
    if hop.next_hop in (context.flow.dst, context.flow.src):
        return None
    seen = dict(_macs(context, hop))
    holders = _holders(context, hop, hop.device, seen)
    evidence: list[str] = []
    for name in holders:
        evidence.extend(context.evidence(name, Question.INTERFACES))
    proof = tuple(dict.fromkeys((*evidence, *seen.values())))
    return SharedGateway(hop, reverse, hop.next_hop, holders, tuple(seen), proof)


def _holders(context: Context, hop: Hop, device: str, seen: Mapping[str, str]) -> tuple[str, ...]:
    """The devices that claim the address on this link, unless they share one MAC on purpose."""
    ports = []
    for port in _claimed(context, hop):
        if _heard(port, seen) or not elsewhere(context.case, port, device, hop.oif):
            ports.append(port)
    return () if _one_mac(ports) else tuple(dict.fromkeys(port.device for port in ports))


def _claimed(context: Context, hop: Hop) -> list[InterfaceAddress]:
    """Who else on the link holds the address? A link-local one is the same on every link, and tells
    nothing."""
    if hop.next_hop is None or hop.next_hop.is_link_local:
        return []
    others = [port for port in context.case.holders(hop.next_hop) if port.device != hop.device]
    on_links = [port for port in others if port.up and not port.on_loopback]
    return [port for port in on_links if _near(context, hop, port)]


def _heard(port: InterfaceAddress, seen: Mapping[str, str]) -> bool:
    """Did its hardware address answer?"""
    return (port.mac or "").lower() in seen


def _near(context: Context, hop: Hop, port: InterfaceAddress) -> bool:
    """Is that port on the hop's link: by the hop's own networks, else by those of the port, where
    it showed none?"""
    ports = context.case.ports_of(hop.device or "")
    links = [own.address.network for own in ports if own.interface == hop.oif is not None]
    if links:
        return any(port.address.ip in link for link in links)
    theirs = networks(context.case, port.device, port.interface)
    shared = [link for link in theirs if port.address.ip in link]
    unplaced = [own.address.ip for own in ports if own.interface is None]
    return any(address in link for address in unplaced for link in shared)


def _one_mac(ports: list[InterfaceAddress]) -> bool:
    """Several that use one hardware address share the gateway on purpose (anycast gateways)."""
    macs = {(port.mac or "").lower() for port in ports}
    return len(ports) > 1 and len(macs) == 1 and "" not in macs


def _macs(context: Context, hop: Hop) -> Iterator[tuple[str, str]]:
    """Every MAC that answered for the next hop: learned entries, ARP replies, probes; none that is
    written by hand."""
    for evidence in context.case.evidence:
        if evidence.device != hop.device or evidence.status is not Status.ANSWERED:
            continue
        for record in evidence.records:
            for mac in _named(record, hop):
                yield mac.lower(), evidence.id


def _named(record: object, hop: Hop) -> tuple[str, ...]:
    """The MACs that this record gives for the next hop."""
    if isinstance(record, Neighbour):
        return _learned(record, hop)
    return answers_for(record, hop)


def answers_for(record: object, hop: Hop) -> tuple[str, ...]:
    """The MACs that this record shows to answer for the next hop: of a probe, or of an ARP
    reply."""
    if isinstance(record, ProbeResult):
        asked = record.kind == "arping" and record.target == hop.next_hop
        return record.answered_by if asked else ()
    if isinstance(record, Packet):
        holder = record.arp_answer(hop.next_hop)
        return (holder,) if holder is not None else ()
    return ()


def _learned(entry: Neighbour, hop: Hop) -> tuple[str, ...]:
    by_hand = FIXED & set(entry.states)
    if entry.address != hop.next_hop or hop.oif not in (None, entry.interface):
        return ()
    return () if by_hand or not entry.mac else (entry.mac,)


def owner_of_mac(context: Context, mac: str) -> str | None:
    """Which device has that MAC?"""
    for device in context.case.inventory.devices:
        own = {(one.mac or "").lower() for one in context.case.interfaces(device.name)}
        if mac.lower() in own:
            return device.name
    return None
