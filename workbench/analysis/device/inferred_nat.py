"""A device that hides its translations: others' captures show what it made of a connection, by its
sequence number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from collectors.model.evidence import Evidence, Question
from collectors.model.flow import Flow, Protocol
from collectors.model.inventory import Device, Role
from collectors.model.records import Packet
from workbench.analysis.case.case import Case
from workbench.analysis.device.rulesets import ruleset

# seconds by which the time from point to point may vary, and how many datagrams are compared
STEP, MOST = 0.1, 64
LONGEST = 0.2  # seconds that a datagram may take from point to point: half way round the world
_TRANSLATORS = frozenset({Role.NAT, Role.FIREWALL, Role.LOAD_BALANCER})


@dataclass(slots=True)
class Opening:
    """The SYNs with one sequence number, or the datagrams of one size to one port, under one pair
    of addresses."""

    ttl: int = 0  # the highest: the nearest to the client
    times: list[float] = field(default_factory=list)  # by our clock
    evidence: dict[str, None] = field(default_factory=dict)
    # and when it was first seen there, by their own clocks
    devices: dict[str, float] = field(default_factory=dict)

    def before(self, later: Opening, alone: bool) -> bool:
        """Is the other one further from the client? Without TTLs only where there are no third
        addresses."""
        if not later.ttl or not self.ttl:
            return alone
        return later.ttl < self.ttl

    def add(self, packet: Packet, item: Evidence) -> None:
        """One more of its packets."""
        self.ttl = max(self.ttl, packet.ttl or 0)
        self.times.append(packet.time - item.clock_offset)
        self.evidence[item.id] = None
        first = self.devices.get(item.device, packet.time)
        self.devices[item.device] = min(first, packet.time)


def seen_as(case: Case, device: str, flow: Flow) -> tuple[Flow, tuple[str, ...]] | None:
    """What does the flow look like behind a device that shows neither its sessions nor its
    rules?"""
    if flow.protocol is Protocol.ICMP:
        return None
    own = _turned_here(case, device, flow)
    if own is not None or not _hides(case, device):
        return own
    found: list[tuple[int, Flow, tuple[str, ...]]] = []
    for shapes in _openings(case).values():
        here = _of_flow(shapes, flow)
        if here is None:
            continue
        later = list(_behind(shapes, here, flow, alone=len(shapes) == 2))
        if any(one.devices.keys() & here.devices.keys() for _, one in later):
            continue  # that device did it
        found += [(one.ttl, shape, (*here.evidence, *one.evidence)) for shape, one in later]
    if not found:
        return None
    _, shape, evidence = max(found, key=lambda one: one[0])
    return shape, evidence


def _of_flow(shapes: dict[Flow, Opening], flow: Flow) -> Opening | None:
    """The opening under the flow's own addresses."""
    return next((opening for shape, opening in shapes.items() if flow.covers(shape)), None)


def _behind(
    shapes: dict[Flow, Opening], here: Opening, flow: Flow, *, alone: bool
) -> Iterator[tuple[Flow, Opening]]:
    """What of these may be the same packets, further from the client and under other addresses."""
    datagrams = flow.protocol is not Protocol.TCP
    for shape, one in shapes.items():
        if flow.covers(shape) or not here.before(one, alone):
            continue
        if datagrams and not _in_step(here, one):
            continue
        yield shape, one


def _turned_here(case: Case, device: str, flow: Flow) -> tuple[Flow, tuple[str, ...]] | None:
    """The device's own captures show the SYN under other addresses, a moment after it came: it
    turned it itself."""
    if flow.protocol is not Protocol.TCP:
        return None
    for shapes in _openings(case).values():
        here = _of_flow(shapes, flow)
        if here is None or device not in here.devices:
            continue
        for shape, one in _behind(shapes, here, flow, alone=True):
            if _left_after(here, one, device):
                return shape, (*here.evidence, *one.evidence)
    return None


def _left_after(here: Opening, one: Opening, device: str) -> bool:
    """Was it seen at the device itself, a moment after the other came?"""
    left = one.devices.get(device)
    if left is None:
        return False
    return here.devices[device] < left < here.devices[device] + LONGEST


def _in_step(here: Opening, there: Opening) -> bool:
    """Datagrams have no sequence numbers: each that came out must be one that went in as long
    before as the others."""
    if len(there.times) < 2:
        return False
    compared = there.times[:MOST]
    lags = [compared[0] - went for went in here.times]
    possible = list(filter(_is_on_the_way, lags))
    return any(_shifted(here, compared, lag) for lag in possible[:MOST])


def _is_on_the_way(lag: float) -> bool:
    """Can a datagram have been on its way for so long?"""
    return -STEP < lag < LONGEST


def _shifted(here: Opening, times: list[float], lag: float) -> bool:
    """Did one go in before each of these, by that lag?"""
    return all(_went(here, came - lag) for came in times)


def _went(here: Opening, moment: float) -> bool:
    return any(abs(moment - went) < STEP for went in here.times)


def _hides(case: Case, device: str) -> bool:
    """Of several such devices those whose trade it is come before plain routers."""
    if not _silent(case, device):
        return False
    if not case.reached(device):
        return True  # nobody can ask it anything
    trade = {one.name for one in _hidden(case) if one.role in _TRANSLATORS}
    if not trade:
        return True
    return device in trade


def _hidden(case: Case) -> list[Device]:
    """The devices that can be asked, and show nothing of what they translate."""
    found = []
    for device in case.inventory.devices:
        if case.reached(device.name) and _silent(case, device.name):
            found.append(device)
    return found


def _silent(case: Case, device: str) -> bool:
    """Does it show nothing of what it translates?"""
    for question in (Question.SESSIONS, Question.CAPTURE):
        if case.answer(device, question) is not None:
            return False
    return not ruleset(case, device).evidence


def _openings(case: Case) -> dict[object, dict[Flow, Opening]]:
    if "openings" not in case.memo:
        case.memo["openings"] = _collected(case)
    found: dict[object, dict[Flow, Opening]] = case.memo["openings"]
    return found


def _collected(case: Case) -> dict[object, dict[Flow, Opening]]:
    """By sequence number (of datagrams: target and size), and then by addresses."""
    found: dict[object, dict[Flow, Opening]] = {}
    for item in case.evidence:
        if item.question is not Question.CAPTURE:
            continue
        for packet in item.of(Packet):
            key = _key(packet)
            if key is None or packet.flow is None:
                continue
            shapes = found.setdefault(key, {})
            shapes.setdefault(packet.flow, Opening()).add(packet, item)
    return found


def _key(packet: Packet) -> object | None:
    """What stays of a packet whose source is translated; of an opening SYN that is its sequence
    number alone. None = nothing of it can be compared."""
    if packet.flow is not None and packet.flow.protocol is Protocol.UDP:
        return _key_of_a_datagram(packet, packet.flow)
    return packet.seq if packet.control == "S" else None


def _key_of_a_datagram(packet: Packet, flow: Flow) -> object | None:
    """Its target and size."""
    if packet.ttl is None and packet.seq is None:
        return None
    return (flow.dst, flow.dport, packet.length)
