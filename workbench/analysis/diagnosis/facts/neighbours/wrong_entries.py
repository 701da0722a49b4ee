"""Whose neighbour entry sends packets to a machine that does not hold the address?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from collectors.model.evidence import Question, Status
from collectors.model.flow import Address
from collectors.model.records import Neighbour, ProbeResult
from workbench.analysis.case.findings import Hop
from workbench.analysis.case.interface_addresses import InterfaceAddress
from workbench.analysis.device.tunnel_far_ends import Misplaced, misplaced
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.neighbours.duplicate_gateways import (
    FIXED,
    answers_for,
    owner_of_mac,
)
from workbench.analysis.diagnosis.facts.neighbours.rightful_stand_ins import heard_from, stands_in
from workbench.analysis.trace.links import on_one_link
from workbench.analysis.trace.neighbour_entries import DEAD


@dataclass(frozen=True, slots=True)
class WrongEntry:
    """One neighbour entry whose MAC is not that of whoever holds the address."""

    hop: Hop
    reverse: bool
    address: Address
    mac: str  # what the entry says
    taker: str | None  # whose MAC that is, by its own list of interfaces
    # the MACs of those who hold the address on that link, or that answer for it
    right: tuple[str, ...]
    holder: str | None  # who holds it, by its own list of addresses
    fixed: bool  # it does not expire
    evidence: tuple[str, ...]
    # the entry is one of a tunnel's forwarding table, and names the wrong end
    far: Misplaced | None = None


def wrong_entries(context: Context) -> Iterator[WrongEntry]:
    """Every entry on either way that points at the wrong machine; who merely answers for others is
    none."""
    for reverse in (False, True):
        for hop in context.findings.trace(reverse).hops:
            found = _wrong(context, hop, reverse) or _wrong_end(context, hop, reverse)
            if found is not None:
                yield found


def wrong_entry_of(context: Context, hop: Hop) -> WrongEntry | None:
    """Is the entry by which this hop sends a wrong one?"""
    for one in wrong_entries(context):
        if one.hop.name == hop.name and one.address == hop.next_hop:
            return one
    return None


def _wrong(context: Context, hop: Hop, reverse: bool) -> WrongEntry | None:
    entry = entry_of(context, hop)
    if entry is None or hop.next_hop is None:
        return None
    record, number = entry
    mac = (record.mac or "").lower()
    taker, ports = owner_of_mac(context, mac), holders(context, hop)
    held = [port.mac.lower() for port in ports if port.mac]
    # an IPv6 probe tells what a fixed entry says
    answers = answering(context, hop) if not held else {}
    heard = heard_from(context, hop) if taker is not None and not held else {}
    right = tuple(dict.fromkeys((*held, *answers, *heard)))
    if mac in right or _holds(context, taker, hop.next_hop) or _claimed_twice(context, hop, mac):
        return None
    fixed = not FIXED.isdisjoint(record.states)
    rightly = not fixed and stands_in(context, hop, mac, taker, reverse)
    if rightly or not _contradicted(context, taker, right):
        return None
    holder = ports[0].device if ports else None
    proof = (number, *answers.values(), *heard.values(), *_lists(context, taker, holder))
    evidence = tuple(dict.fromkeys(proof))
    return WrongEntry(hop, reverse, hop.next_hop, mac, taker, right, holder, fixed, evidence)


def _wrong_end(context: Context, hop: Hop, reverse: bool) -> WrongEntry | None:
    """The neighbour's hardware address is right, and is looked for behind another end of the
    tunnel."""
    entry = entry_of(context, hop)
    if entry is None or hop.device is None or hop.next_hop is None:
        return None
    record, number = entry
    mac = (record.mac or "").lower()
    far = misplaced(context.case, hop.device, hop.oif, mac)
    if far is None or _next(context, hop, reverse) not in (far.taker, None):
        return None
    proof = tuple(dict.fromkeys((*far.evidence, number)))
    return WrongEntry(
        hop, reverse, hop.next_hop, mac, far.taker, (mac,), far.meant, True, proof, far
    )


def _next(context: Context, hop: Hop, reverse: bool) -> str | None:
    """Who comes next on that way? Whoever was seen to get the packets does not get them by a wrong
    entry."""
    hops = context.findings.trace(reverse).hops
    for one, following in pairwise(hops):
        if one is hop:
            return following.name
    return None


def entry_of(context: Context, hop: Hop) -> tuple[Neighbour, str] | None:
    """The newest live entry by which the hop sends; one that was wrong at the first look counts
    where it is fixed."""
    for record, item in context.case.all_records(hop.device or "", Question.NEIGHBOURS, Neighbour):
        if record.address != hop.next_hop or hop.oif not in (None, record.interface):
            continue
        if record.mac and DEAD.isdisjoint(record.states):
            return record, item.id
    return None


def holders(context: Context, hop: Hop) -> list[InterfaceAddress]:
    """Who holds the next address on that link, by its own list of addresses; others have link-local
    ones elsewhere."""
    if hop.next_hop is None:
        return []
    others = [port for port in context.case.holders(hop.next_hop) if port.device != hop.device]
    live = [port for port in others if port.interface and port.up]
    return [port for port in live if on_one_link(context.case, hop.device or "", hop.oif, port)]


def _holds(context: Context, taker: str | None, address: Address) -> bool:
    return taker is not None and any(port.device == taker for port in context.case.holders(address))


def _claimed_twice(context: Context, hop: Hop, mac: str) -> bool:
    """Did this MAC and another one answer one probe? Then two claim the address: the entry will be
    learned wrong again."""
    for record in context.case.records(hop.device or "", Question.ARP_PROBE, ProbeResult):
        answered = {one.lower() for one in answers_for(record, hop)}
        if mac in answered and len(answered) > 1:
            return True
    return False


def _contradicted(context: Context, taker: str | None, right: tuple[str, ...]) -> bool:
    """Somebody else is known to hold the address or to answer for it, or the machine's own list
    lacks it."""
    return bool(right) or (taker is not None and context.case.asked(taker, Question.INTERFACES))


def answering(context: Context, hop: Hop) -> dict[str, str]:
    """The MACs that were heard to answer for the next hop's address, each with its evidence."""
    found: dict[str, str] = {}
    for item in context.case.evidence:
        if item.device == hop.device and item.status is Status.ANSWERED:
            for record in item.records:
                found.update({mac.lower(): item.id for mac in answers_for(record, hop)})
    return found


def _lists(context: Context, *devices: str | None) -> Iterator[str]:
    for name in filter(None, devices):
        yield from context.evidence(name, Question.INTERFACES)
