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
from workbench.analysis.trace.next_hops import elsewhere, networks

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


def shared_gateways(context: Context) -> Iterator[SharedGateway]:
    """Every next hop on either way whose address is claimed twice."""
    for reverse in (True, False):
        for hop in context.findings.trace(reverse).hops:
            found = _shared(context, hop, reverse)
            if found is not None and (len(found.holders) > 1 or len(found.macs) > 1):
                yield found


def shared_at(context: Context, hop: Hop) -> SharedGateway | None:
    """Is the next hop of this hop claimed twice?"""
    return next(
        (
            s
            for s in shared_gateways(context)
            if s.hop.name == hop.name and s.address == hop.next_hop
        ),
        None,
    )


def _shared(context: Context, hop: Hop, reverse: bool) -> SharedGateway | None:
    if (
        hop.next_hop is None
        or hop.device is None
        or hop.next_hop in (context.flow.dst, context.flow.src)
    ):
        return None
    seen = dict(_macs(context, hop))
    ports = [
        p
        for p in _claimed(context, hop)
        if _heard(p, seen) or not elsewhere(context.case, p, hop.device, hop.oif)
    ]
    holders = tuple(dict.fromkeys(p.device for p in ports)) if not _one_mac(ports) else ()
    evidence = (
        *(i for name in holders for i in context.evidence(name, Question.INTERFACES)),
        *seen.values(),
    )
    return SharedGateway(
        hop, reverse, hop.next_hop, holders, tuple(seen), tuple(dict.fromkeys(evidence))
    )


def _claimed(context: Context, hop: Hop) -> list[InterfaceAddress]:
    """Who else on the link holds the address? A link-local one is the same on every link, and tells
    nothing."""
    if hop.next_hop is None or hop.next_hop.is_link_local:
        return []
    others = (
        p
        for p in context.case.holders(hop.next_hop)
        if p.up and not p.on_loopback and p.device != hop.device
    )
    return [port for port in others if _near(context, hop, port)]


def _heard(port: InterfaceAddress, seen: Mapping[str, str]) -> bool:
    """Did its hardware address answer?"""
    return (port.mac or "").lower() in seen


def _near(context: Context, hop: Hop, port: InterfaceAddress) -> bool:
    """Is that port on the hop's link: by the hop's own networks, else by those of the port, where
    it told none?"""
    own = [p for p in context.case.ports_of(hop.device or "") if p.interface in (hop.oif, None)]
    links = [p.address.network for p in own if p.interface is not None]
    if links:
        return any(port.address.ip in link for link in links)
    theirs = networks(context.case, port.device, port.interface)
    return any(p.address.ip in link and port.address.ip in link for p in own for link in theirs)


def _one_mac(ports: list[InterfaceAddress]) -> bool:
    """Several that use one hardware address share the gateway on purpose (anycast gateways)."""
    macs = {port.mac.lower() if port.mac else None for port in ports}
    return len(ports) > 1 and len(macs) == 1 and None not in macs


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
    if (
        isinstance(record, Neighbour)
        and record.address == hop.next_hop
        and hop.oif in (None, record.interface)
    ):
        return (record.mac,) if record.mac and not FIXED & set(record.states) else ()
    if (
        isinstance(record, ProbeResult)
        and record.kind == "arping"
        and record.target == hop.next_hop
    ):
        return record.answered_by
    if (
        isinstance(record, Packet)
        and record.arp
        and record.arp.startswith(f"reply {hop.next_hop} is-at ")
    ):
        return (record.arp.rsplit(" ", 1)[-1],)
    return ()


def owner_of_mac(context: Context, mac: str) -> str | None:
    """Which device has that MAC?"""
    for device in context.case.inventory.devices:
        if any((i.mac or "").lower() == mac.lower() for i in context.case.interfaces(device.name)):
            return device.name
    return None
