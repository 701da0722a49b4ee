"""A device that hides its translations: others' captures tell what it made of a connection, by its
sequence number."""

from __future__ import annotations

from dataclasses import dataclass, field

from collectors.model.evidence import Question
from collectors.model.flow import Flow, Protocol
from collectors.model.inventory import Role
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
        return later.ttl < self.ttl if later.ttl and self.ttl else alone


def seen_as(case: Case, device: str, flow: Flow) -> tuple[Flow, tuple[str, ...]] | None:
    """What does the flow look like behind a device that tells neither its sessions nor its
    rules?"""
    if flow.protocol is Protocol.ICMP:
        return None
    own = _turned_here(case, device, flow)
    if own is not None or not _hides(case, device):
        return own
    found: list[tuple[int, Flow, tuple[str, ...]]] = []
    for shapes in _openings(case).values():
        here = next((opening for shape, opening in shapes.items() if flow.covers(shape)), None)
        if here is not None:
            alone = len(shapes) == 2
            later = [
                (o, shape)
                for shape, o in shapes.items()
                if here.before(o, alone) and not flow.covers(shape)
            ]
            later = [
                (one, shape)
                for one, shape in later
                if flow.protocol is Protocol.TCP or _in_step(here, one)
            ]
            later = (
                [] if any(one.devices.keys() & here.devices.keys() for one, _ in later) else later
            )  # that device did it
            found += [(one.ttl, shape, (*here.evidence, *one.evidence)) for one, shape in later]
    if not found:
        return None
    _, shape, evidence = max(found, key=lambda one: one[0])
    return shape, evidence


def _turned_here(case: Case, device: str, flow: Flow) -> tuple[Flow, tuple[str, ...]] | None:
    """The device's own captures show the SYN under other addresses, a moment after it came: it
    turned it itself."""
    for shapes in _openings(case).values() if flow.protocol is Protocol.TCP else ():
        here = next((opening for shape, opening in shapes.items() if flow.covers(shape)), None)
        came = here.devices.get(device) if here is not None else None
        if here is None or came is None:
            continue
        for shape, one in shapes.items():
            left = one.devices.get(device)
            if (
                left is not None
                and came < left < came + LONGEST
                and not flow.covers(shape)
                and here.before(one, True)
            ):
                return shape, (*here.evidence, *one.evidence)
    return None


def _in_step(here: Opening, there: Opening) -> bool:
    """Datagrams have no sequence numbers: each that came out must be one that went in as long
    before as the others."""
    if len(there.times) < 2:
        return False
    first = there.times[0]
    lags = [first - went for went in here.times if -STEP < first - went < LONGEST]
    return any(all(_went(here, came - lag) for came in there.times[:MOST]) for lag in lags[:MOST])


def _went(here: Opening, moment: float) -> bool:
    return any(abs(moment - went) < STEP for went in here.times)


def _hides(case: Case, device: str) -> bool:
    """Of several such devices those whose trade it is come before plain routers."""
    if not _silent(case, device):
        return False
    if not case.reached(device):
        return True  # nobody can ask it anything
    hidden = [
        one for one in case.inventory.devices if case.reached(one.name) and _silent(case, one.name)
    ]
    trade = [one for one in hidden if one.role in _TRANSLATORS]
    return device in [one.name for one in trade or hidden]


def _silent(case: Case, device: str) -> bool:
    told = any(case.answer(device, question) for question in (Question.SESSIONS, Question.CAPTURE))
    return not told and not ruleset(case, device).evidence


def _openings(case: Case) -> dict[object, dict[Flow, Opening]]:
    if "openings" not in case.memo:
        case.memo["openings"] = _collected(case)
    found: dict[object, dict[Flow, Opening]] = case.memo["openings"]
    return found


def _collected(case: Case) -> dict[object, dict[Flow, Opening]]:
    """By sequence number (of datagrams: target and size), and then by addresses."""
    found: dict[object, dict[Flow, Opening]] = {}
    for item in case.evidence:
        for packet in item.of(Packet) if item.question is Question.CAPTURE else ():
            key = _key(packet)
            if (
                key is not None
                and packet.flow is not None
                and (packet.ttl is not None or packet.seq is not None)
            ):
                one = found.setdefault(key, {}).setdefault(packet.flow, Opening())
                one.ttl = max(one.ttl, packet.ttl or 0)
                one.times.append(packet.time - item.clock_offset)
                one.evidence[item.id] = None
                one.devices[item.device] = min(
                    one.devices.get(item.device, packet.time), packet.time
                )
    return found


def _key(packet: Packet) -> object | None:
    """What stays of a packet whose source is translated; of an opening SYN that is its sequence
    number alone."""
    flow = packet.flow
    if flow is not None and flow.protocol is Protocol.UDP:
        return (flow.dst, flow.dport, packet.length)
    return packet.seq if packet.control == "S" else None
