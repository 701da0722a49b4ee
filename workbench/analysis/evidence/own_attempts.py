"""What did our own probes meet, and which connections did this run make itself?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import inf

from collectors.model.evidence import Evidence, Question
from collectors.model.flow import Flow, Protocol
from collectors.model.records import Failure, Packet, ProbeResult
from workbench.analysis.captures.pace import MARGIN, pace
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import Attempt, ConnState, Use, WatchedFrom


@dataclass(frozen=True)
class OwnAttempt:
    """An attempt of ours: from which port, and when."""

    sport: int | None
    began: float
    ended: float

    def is_of(self, flow: Flow, moment: float) -> bool:
        """Is a connection that began then this attempt?"""
        return self.sport in (None, flow.sport) and self.began <= moment <= self.ended


# seconds that an attempt of ours waits for its answer
PATIENCE = {Protocol.TCP: 3.0, Protocol.UDP: 2.0}
SILENCE = (Failure.TIMED_OUT, Failure.NO_REPLY)  # of a connection, and of a datagram
FEW, SHARE = 2, 0.1  # pings that may get lost: as many, or less than this share
CLOCKS = 0.5  # seconds that two clocks may differ after their offset was measured
_CONNECTING = (Question.CONNECT, Question.PORT_SWEEP)


def made(case: Case) -> Iterator[OwnAttempt]:
    """Every connection that this run made itself."""
    for probe, item in _connects(case):
        attempted = probe.failure is not Failure.NOT_ATTEMPTED
        if item.pasted_by is None and attempted:
            began, ended = item.taken_at - CLOCKS, item.taken_at + item.duration + CLOCKS
            yield OwnAttempt(probe.sport, began, ended)


def _connects(case: Case) -> Iterator[tuple[ProbeResult, Evidence]]:
    for device in case.inventory.devices:
        for question in _CONNECTING:
            yield from case.all_records(device.name, question, ProbeResult)


def client_tried(case: Case) -> bool:
    """Did a capture at the client show packets of exactly this flow, or answers to it, that no
    probe of ours caused?"""
    if case.client is None:
        return False
    ours = tuple(made(case))
    for moment in _moments_of_the_flow(case, case.client.name):
        if not any(one.is_of(case.flow, moment) for one in ours):
            return True
    return False


def _moments_of_the_flow(case: Case, client: str) -> Iterator[float]:
    """When packets of exactly this flow, or answers to it, passed the client, by our clock."""
    directions = (case.flow, case.flow.reversed())
    for item in case.answers(client, Question.CAPTURE):
        for packet in item.of(Packet):
            if packet.flow in directions:
                yield packet.time - item.clock_offset


def probed(case: Case) -> Iterator[Attempt]:
    """Every connect and ping of ours, and those that people pasted, as an attempt of the flow."""
    for device in case.inventory.devices:
        for probe, item in case.all_records(device.name, Question.CONNECT, ProbeResult):
            # not attempted: the port is in use, so the flow's own socket lives
            attempted = probe.failure is not Failure.NOT_ATTEMPTED
            if attempted and probe.kind == "connect":  # some tools also ping
                yield _connected(case, device.name, probe, item)
        yield from _pinged(case, device.name)


def _connected(case: Case, device: str, probe: ProbeResult, item: Evidence) -> Attempt:
    asked = item.params.flow or case.flow
    flow = asked.translated(sport=probe.sport or None)  # a hostile 0 is no port
    ours = item.pasted_by is None
    open_still = ours and _tells_nothing(case, device, flow, probe, item)
    return Attempt(
        flow,
        ConnState.OPEN if open_still else _met(probe),
        started=item.taken_at,
        evidence=(item.id,),
        use=Use.OPENED,
        watch=WatchedFrom.PROBE,
        ours=ours,
        place=device,
    )


def _tells_nothing(case: Case, device: str, flow: Flow, probe: ProbeResult, item: Evidence) -> bool:
    """Did our attempt fail to see an answer that came, or that may still come?"""
    if _too_hasty(case, probe):
        return True
    return not probe.ok and _answered_all_the_same(case, device, flow, item)


def _answered_all_the_same(case: Case, device: str, flow: Flow, item: Evidence) -> bool:
    """Did a datagram come back to the port of our attempt meanwhile? Another socket of that port
    may have taken it."""
    if flow.protocol is not Protocol.UDP:
        return False
    since, until = item.taken_at, item.taken_at + item.duration
    for capture in case.answers(device, Question.CAPTURE):
        for packet in capture.of(Packet):
            is_answer = packet.flow == flow.reversed() and packet.icmp is None
            if is_answer and since <= packet.time - capture.clock_offset <= until:
                return True
    return False


def _too_hasty(case: Case, probe: ProbeResult) -> bool:
    """Could the answer still be on its way when our attempt gave up?"""
    waits = PATIENCE.get(case.flow.protocol, inf)
    round_trip = pace(case).round_trip or 0.0
    return probe.failure in SILENCE and round_trip + MARGIN > waits


def _pinged(case: Case, device: str) -> Iterator[Attempt]:
    """A ping of the flow's own addresses is an attempt of an ICMP flow; what the host itself
    refused to send is not."""
    at_client = case.client is not None and case.client.name == device
    for item in case.answers(device, Question.PING):
        ours = item.pasted_by is None
        same_path = ours or at_client  # another machine's ping goes another way
        sent = [one for one in item.of(ProbeResult) if _was_sent(one)]
        if same_path and sent and item.params.flow == case.flow:
            yield Attempt(
                case.flow,
                ConnState.WORKED if _enough(sent) else ConnState.NO_ANSWER,
                started=item.taken_at,
                evidence=(item.id,),
                watch=WatchedFrom.PROBE,
                ours=ours,
                place=device,
            )


def _was_sent(ping: ProbeResult) -> bool:
    return ping.ok or ping.failure is Failure.TIMED_OUT


def _enough(pings: list[ProbeResult]) -> bool:
    """Was it answered, and did no large share of it get lost? The first one or two wait for a
    neighbour's answer."""
    lost = sum(not one.ok for one in pings)
    few = lost <= FEW or lost < len(pings) * SHARE
    return few and lost < len(pings)


def _met(probe: ProbeResult) -> ConnState:
    if probe.ok:
        return ConnState.WORKED
    if probe.failure is None:
        return ConnState.NO_ANSWER
    return _MET.get(probe.failure, ConnState.NO_ANSWER)


_MET = {
    Failure.NOT_ATTEMPTED: ConnState.OPEN,
    Failure.STALLED: ConnState.STALLED,
    # it was answered: packets show who answered, and whether that was the service's own doing
    Failure.RESET: ConnState.RESET,
    Failure.REFUSED: ConnState.REFUSED,
}


def with_hasty_probes_open(tried: tuple[Attempt, ...]) -> tuple[Attempt, ...]:
    """The same attempts; what a probe of ours did not wait for is open, where all ports take one
    way.

    A probe of ours hangs up before what was lost is sent again. Where every exchange of the
    client's own came through meanwhile, a handshake that the probe left half done tells of a delay,
    not of a failure.
    """
    others = [one for one in tried if not one.ours and one.end is not ConnState.OPEN]
    all_worked = all(one.end is ConnState.WORKED for one in others)
    used = any(one.use is Use.USED for one in others)
    if not (used and all_worked):
        return tried
    return tuple(_hung_up(one) for one in tried)


def _hung_up(attempt: Attempt) -> Attempt:
    hasty = attempt.ours and attempt.end is ConnState.HALF_OPEN
    return replace(attempt, end=ConnState.OPEN) if hasty else attempt
