"""Do two machines on one wire answer for one end of the flow? Then which of them gets a packet is
chance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from collectors.model.evidence import Question
from collectors.model.flow import Address
from collectors.model.records import Neighbour
from workbench.analysis.captures.flow_counts import captured
from workbench.analysis.captures.order_of_points import begins
from workbench.analysis.case.findings import Hop
from workbench.analysis.case.interface_addresses import InterfaceAddress
from workbench.analysis.case.wording import listed
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.neighbours.duplicate_gateways import owner_of_mac
from workbench.analysis.trace.links import elsewhere, on_one_link
from workbench.analysis.trace.neighbour_entries import neighbour_mac


@dataclass(frozen=True, slots=True)
class Twins:
    """One address of the flow that two machines on one wire use, or seem to."""

    address: Address
    holders: tuple[str, ...]
    text: str
    router: str | None = None  # the last one before that end
    link: str = ""  # by which it sends to that end
    evidence: tuple[str, ...] = ()


def twins(context: Context) -> Iterator[Twins]:
    """Every end of the flow that is doubled: by what machines say of themselves, or by what a
    router sees."""
    for reverse in (False, True):
        yield from _both_hold(context, reverse)
        yield from _other_mac(context, reverse)


def misdirected(context: Context, device: str | None) -> Twins | None:
    """Do packets for the server reach this device, while another one on the same wire holds the
    address, too?"""
    target = _end(context, reverse=False)
    for one in twins(context):
        two_hold_it = device in one.holders and len(one.holders) > 1
        if two_hold_it and one.address == target and one.router is not None:
            return one
    return None


def _both_hold(context: Context, reverse: bool) -> Iterator[Twins]:
    """Two machines tell that they hold the address, and share the last router's link."""
    address, last = _end(context, reverse), _last_hop(context, reverse)
    router = last.device if last is not None else None
    live = [port for port in context.case.holders(address) if _is_live(port)]
    ports = [port for port in live if port.device != router]
    names = tuple(dict.fromkeys(port.device for port in ports))
    if len(names) < 2 or last is None or not _one_wire(context, ports, last):
        return
    lists: list[str] = []
    for name in names:
        lists.extend(context.evidence(name, Question.INTERFACES))
    text = f"{listed(list(names))} both hold {address} on one link"
    yield Twins(address, names, text, router, last.oif or "", tuple(lists))


def _is_live(port: InterfaceAddress) -> bool:
    """Does the address stand on a real interface that is up?"""
    return port.up and not port.on_loopback and port.interface is not None


def _one_wire(context: Context, ports: list[InterfaceAddress], last: Hop) -> bool:
    """Are they on the last router's link, as subnets and neighbour tables say? Sites may number
    alike elsewhere."""
    router = last.device
    if router is None:
        return False
    if not all(on_one_link(context.case, router, last.oif, port) for port in ports):
        return False
    if any(elsewhere(context.case, port, router, last.oif) for port in ports):
        return False
    return any(_knows(context, port, last) for port in ports)


def _knows(context: Context, port: InterfaceAddress, router: Hop) -> bool:
    """Does that device hold the router's hardware address on this link?"""
    link = context.case.interface(router.device or "", router.oif)
    if link is None or not link.mac:
        return False
    for entry, _ in context.case.all_records(port.device, Question.NEIGHBOURS, Neighbour):
        same = (entry.mac or "").lower() == link.mac.lower()
        if same and entry.interface == port.interface:
            return True
    return False


def _other_mac(context: Context, reverse: bool) -> Iterator[Twins]:
    """The last router sends to one hardware address, and got what this end sent itself from
    another."""
    address, last = _end(context, reverse), _last_hop(context, reverse)
    if last is None or last.device is None or last.oif is None:
        return
    entry, proof = neighbour_mac(context.case, last.device, last.oif, address)
    senders = dict(_senders(context, last, not reverse))
    if entry is None or not senders or entry.lower() in senders:
        return
    mine, theirs = owner_of_mac(context, entry), [owner_of_mac(context, mac) for mac in senders]
    if mine is not None and mine in theirs:
        return
    sender = next(iter(senders))
    text = (
        f"{last.device} sends what is for {address} to {entry}, and gets what comes from there from"
        f" {sender}"
    )
    holders = tuple(dict.fromkeys(name for name in (mine, *theirs) if name))
    yield Twins(address, holders, text, last.device, last.oif, (*proof, *senders.values()))


def _senders(context: Context, last: Hop, reverse: bool) -> Iterator[tuple[str, str]]:
    """The hardware addresses by which packets of the other direction came straight from the end,
    with the capture."""
    here = context.findings.trace(reverse).hop(last.device or "")
    if here is None:
        return
    for device, item, packet, outgoing in captured(context.case):
        came_in = device == last.device and outgoing is False
        if not came_in or packet.interface != last.oif or packet.flow is None:
            continue
        straight = here.flow_in.matches(packet.flow) and begins(packet.ttl)
        if straight and packet.source_mac:
            yield packet.source_mac.lower(), item.id


def _end(context: Context, reverse: bool) -> Address:
    """The receiver of the direction, as its last router sees it."""
    last = _last_hop(context, reverse)
    return last.flow_out.dst if last is not None else context.findings.trace(reverse).flow.dst


def _last_hop(context: Context, reverse: bool) -> Hop | None:
    hops = context.findings.trace(reverse).hops
    return hops[-2] if len(hops) > 1 else None
