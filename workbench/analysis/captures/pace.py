"""How long do the flow's packets travel, and how often does its client try?

Measured; where it was not, bounds that hold anywhere.

Everything that concludes from time asks here: an answer that could still be on its way is not
missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from collectors.model.evidence import Question
from collectors.model.flow import Flow
from collectors.model.records import Failure, Packet, ProbeResult, Socket, Traceroute
from workbench.analysis.captures.flow_counts import captured
from workbench.analysis.captures.observations import Print, fingerprint
from workbench.analysis.captures.probes import is_probe
from workbench.analysis.captures.round_trips import round_trips
from workbench.analysis.captures.time_spans import offset, unsure
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import Observation

# seconds: TCP itself waits so long for the first answer over an unknown path (RFC 6298)
UNMEASURED = 1.0
MARGIN = 0.5  # seconds that an end may need: delayed acknowledgements (0.2), a busy machine
LONGEST = 10.0  # seconds: a longer round trip is no measurement
PASSING = 0.05  # seconds that a packet may need through a device, at least
MATCHED = 500  # packets of one point that are compared with another's


@dataclass(frozen=True, slots=True)
class Pace:
    """What is known of time. Seconds; None = nothing measured it."""

    round_trip: float | None = None  # the longest of those measured, jitter and all
    shortest: float | None = None
    rhythm: float | None = None  # from one attempt of the client to its next, usually
    pause: float | None = None  # the longest that it waited between two
    tries: int = 0  # of the client, as far as they were seen

    @property
    def patience(self) -> float:
        """The seconds after which an answer would have come, had there been any."""
        return UNMEASURED if self.round_trip is None else self.round_trip + MARGIN

    @property
    def one_way(self) -> float:
        """The seconds after which a packet has crossed the whole path, had nothing stopped it."""
        return UNMEASURED if self.round_trip is None else self.round_trip + PASSING


def pace(case: Case) -> Pace:
    """The flow's pace, worked out once per case."""
    if "pace" not in case.memo:
        case.memo["pace"] = _pace(case)
    found: Pace = case.memo["pace"]
    return found


def _pace(case: Case) -> Pace:
    trips = [trip for trip in _measured(case) if 0 <= trip <= LONGEST]
    tries = _tries(case)
    gaps = _gaps(tries)
    return Pace(
        max(trips, default=None),
        min(trips, default=None),
        median(gaps) if gaps else None,
        max(gaps, default=None),
        len(tries),
    )


def _measured(case: Case) -> Iterator[float]:
    yield from round_trips(case)
    for device in case.inventory.devices:
        yield from _by_sockets(case, device.name)
        yield from _by_probes(case, device.name)
        yield from _by_traces(case, device.name)


def _by_sockets(case: Case, device: str) -> Iterator[float]:
    """The kernel's own estimate for the sockets between the flow's two ends, with four times its
    variation."""
    ends = {case.flow.src, case.flow.dst}
    for socket, _ in case.all_records(device, Question.SOCKETS, Socket):
        if socket.rtt_ms is not None and socket.remote in ends:
            variation = socket.rtt_var_ms or 0.0
            yield (socket.rtt_ms + 4 * variation) / 1000


def _by_probes(case: Case, device: str) -> Iterator[float]:
    """Pings and connects to the other end that were answered."""
    ends = {case.flow.src, case.flow.dst}
    for question in (Question.CONNECT, Question.PING):
        for probe, _ in case.all_records(device, question, ProbeResult):
            if probe.rtt_ms is None or probe.target not in ends:
                continue
            if probe.ok or probe.failure is Failure.REFUSED:
                yield probe.rtt_ms / 1000


def _by_traces(case: Case, device: str) -> Iterator[float]:
    """Traceroutes that came to the other end."""
    ends = {case.flow.src, case.flow.dst}
    for trace, _ in case.all_records(device, Question.TRACE, Traceroute):
        if trace.destination not in ends:
            continue
        for reply in trace.replies:
            if reply.reached:
                yield from (rtt / 1000 for rtt in reply.rtts_ms)


# --- the client's rhythm ---


def _tries(case: Case) -> list[float]:
    """When did the client send what opens a connection or asks a question? What it sends again is a
    try as well."""
    if case.client is None:
        return []
    client = case.client.name
    return sorted(
        packet.time
        for device, _, packet, out in captured(case)
        if out and device == client and _is_try(case, packet)
    )


def _is_try(case: Case, packet: Packet) -> bool:
    if not _opens(packet) or is_probe(case, packet):
        return False
    return packet.flow is not None and _from_the_client(case, packet.flow)


def _opens(packet: Packet) -> bool:
    """Is it a SYN, or a datagram?"""
    if packet.seq is None:
        return not packet.flags
    return "S" in packet.flags and "." not in packet.flags


def _from_the_client(case: Case, flow: Flow) -> bool:
    """Is it the flow, or another connection of the same client to the same service?"""
    own = case.flow
    if own.matches(flow):
        return True
    ends = (flow.protocol, flow.src, flow.dst, flow.dport)
    return ends == (own.protocol, own.src, own.dst, own.dport)


def _gaps(times: list[float]) -> list[float]:
    return [later - earlier for earlier, later in pairwise(times)]


# --- through one device, and between two ---


def passing(point: Observation) -> float:
    """The seconds within which a packet has gone on from this device: twice the slowest that was
    seen to."""
    came, went = _once(point.came_in), _once(point.went_out)
    took = [went[mark] - came[mark] for mark in came.keys() & went.keys()]
    return max(PASSING, 2 * max(took, default=0.0))


def _once(packets: tuple[Packet, ...]) -> dict[Print, float]:
    """The packets that were seen once, by their fingerprints; a repeated one says nothing of
    time."""
    times: dict[Print, list[float]] = {}
    for packet in packets[:MATCHED]:
        times.setdefault(fingerprint(packet), []).append(packet.time)
    return {mark: moments[0] for mark, moments in times.items() if len(moments) == 1}


@dataclass(frozen=True, slots=True)
class TimedLeg:
    """The path between two capture points, one direction. `unsure`: how far clocks may be
    wrong. All in seconds."""

    least: float
    most: float
    unsure: float


def leg(case: Case, here: Observation, there: Observation) -> TimedLeg | None:
    """How long do packets take from leaving one device to reaching another? None = no packet was
    seen at both."""
    sent, got = _once(here.went_out), _once(there.came_in)
    apart = offset(case, there.device) - offset(case, here.device)
    took = [got[mark] - sent[mark] - apart for mark in sent.keys() & got.keys()]
    if not took:
        return None
    unsafe = unsure(case, here.device) + unsure(case, there.device)
    return TimedLeg(min(took), max(took), unsafe)
