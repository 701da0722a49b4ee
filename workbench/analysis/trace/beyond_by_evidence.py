"""What do captures, traceroutes, logs and state tables tell of the next device beyond a blind
spot?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from collectors.model.evidence import Question
from collectors.model.flow import Address, Flow
from collectors.model.records import Packet, Traceroute
from workbench.analysis.captures.flow_counts import captured, counted_flows
from workbench.analysis.case.case import Case
from workbench.analysis.trace.blind_spots import BlindSpot, arriving_on
from workbench.analysis.trace.links import address_on, facing
from workbench.analysis.trace.next_hops import NextHopDevice
from workbench.analysis.trace.witnesses import witnesses

# --- captures ---


def by_captures(case: Case, blind: BlindSpot) -> NextHopDevice | None:
    """The first device not yet visited whose capture saw the flow come in."""
    found = counted_flows(case)
    fresh = [name for name in found.watched - blind.visited if found.came_in(name, blind.flow)]
    if not fresh:
        return None
    moments = {name: _moment(case, name, blind.flow) for name in fresh}
    first = min(fresh, key=lambda name: moments[name])
    one = found.of(first, blind.flow)
    if one is None:
        return arriving_on(case, first, None)
    iif = next(iter(one.came_in), None)
    return arriving_on(case, first, iif, evidence=tuple(one.evidence))


def as_captured(case: Case, blind: BlindSpot, found: NextHopDevice) -> NextHopDevice:
    """That device, but by the only interface on which its capture saw the flow come in: routes only
    tell where it should."""
    count = counted_flows(case).of(found.device, blind.flow) if found.device else None
    if found.device is None or found.sure or count is None or len(count.came_in) != 1:
        return found
    (iif,) = count.came_in
    address = address_on(case, found.device, iif)
    if iif in (None, found.iif) or address is None:
        return found  # a port of a bridge holds no address: the bridge was meant
    return replace(found, iif=iif, address=address, evidence=tuple(count.evidence))


def _moment(case: Case, device: str, flow: Flow) -> tuple[int, float]:
    """When did the flow come in there? Its TTL is surer than the clocks of two devices."""
    ttl = _ttl(case, device, flow, outgoing=False) or 0
    count = counted_flows(case).of(device, flow)
    return -ttl, count.first if count is not None else 0.0


def next_by_captures(case: Case, blind: BlindSpot) -> NextHopDevice | None:
    """That device, if the TTL says that there is nobody else between."""
    found = by_captures(case, blind)
    if found is None or found.device is None or blind.watched is None:
        return None
    left = _ttl(case, blind.watched, blind.flow, outgoing=True)
    arrived = _ttl(case, found.device, blind.flow, outgoing=False)
    nobody_between = left is not None and arrived == left - blind.since
    return found if nobody_between else None


def _ttl(case: Case, device: str, flow: Flow, *, outgoing: bool) -> int | None:
    """With which TTL did the flow pass a capture point?"""
    found = []
    for packet in _packets(case, device, outgoing=outgoing):
        if packet.ttl is not None and packet.flow is not None and flow.matches(packet.flow):
            found.append(packet.ttl)
    return max(found, default=None)


def _packets(case: Case, device: str, *, outgoing: bool) -> Iterator[Packet]:
    for name, _, packet, out in captured(case):
        if name == device and out is outgoing:
            yield packet


# --- traceroutes ---


def by_traceroute(case: Case, blind: BlindSpot) -> NextHopDevice | None:
    """What answered right after the blind one in a traceroute from where the path began."""
    for trace, evidence in _traces(case, blind):
        following = _heard_after(case, blind, trace)
        if following is None or following == blind.flow.dst:
            continue
        owner = case.owner(following)
        if owner is None:
            return NextHopDevice(None, None, following, evidence=(evidence,))
        if owner.name not in blind.visited:
            iif = facing(case, owner.name, following)
            return NextHopDevice(owner.name, iif, following, evidence=(evidence,))
    return None


def _heard_after(case: Case, blind: BlindSpot, trace: Traceroute) -> Address | None:
    """Who answered next after the last answer of the blind spot? None = nobody, or it never
    answered."""
    following = None
    was_blind = False
    for reply in trace.replies:
        if was_blind:
            following = reply.address
        was_blind = reply.address is not None and _is_blind(case, blind, reply.address)
        if was_blind:
            following = None
    return following


def _traces(case: Case, blind: BlindSpot) -> Iterator[tuple[Traceroute, str]]:
    if blind.origin is None:
        return
    for trace, item in case.all_records(blind.origin, Question.TRACE, Traceroute):
        if trace.destination in (None, blind.flow.dst):
            yield trace, item.id


def _is_blind(case: Case, blind: BlindSpot, address: Address) -> bool:
    owner = case.owner(address)
    owned = owner is not None and owner.name == blind.device
    return owned or address == blind.address


# --- logs and state tables ---


def by_witness(case: Case, blind: BlindSpot) -> NextHopDevice | None:
    """The only device not yet visited whose own log or state table tells that the flow came to
    it."""
    found = [one for one in witnesses(case, blind.flow) if one.device not in blind.behind]
    if len(found) != 1:
        return None
    witness = found[0]
    return arriving_on(case, witness.device, witness.iif, evidence=(witness.evidence,))
