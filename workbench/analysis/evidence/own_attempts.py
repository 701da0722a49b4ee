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


def made(case: Case) -> Iterator[OwnAttempt]:
    """Every connection that this run made itself."""
    for device in case.inventory.devices:
        for question in (Question.CONNECT, Question.PORT_SWEEP):
            for reach, item in case.all_records(device.name, question, ProbeResult):
                if item.pasted_by is None and reach.failure is not Failure.NOT_ATTEMPTED:
                    yield OwnAttempt(
                        reach.sport, item.taken_at - CLOCKS, item.taken_at + item.duration + CLOCKS
                    )


def client_tried(case: Case) -> bool:
    """Did a capture at the client show packets of exactly this flow, or answers to it, that no
    probe of ours caused?"""
    ours, client = tuple(made(case)), case.client
    shapes = (case.flow, case.flow.reversed())
    return client is not None and any(
        packet.flow in shapes
        and not any(one.is_of(case.flow, packet.time - item.clock_offset) for one in ours)
        for item in case.answers(client.name, Question.CAPTURE)
        for packet in item.of(Packet)
    )


def probed(case: Case) -> Iterator[Attempt]:
    """Every connect and ping of ours, and those that people pasted, as an attempt of the flow."""
    for device in case.inventory.devices:
        for reach, item in case.all_records(device.name, Question.CONNECT, ProbeResult):
            # the port is in use: the flow's own socket lives
            if reach.failure is Failure.NOT_ATTEMPTED:
                continue
            if reach.kind != "connect":  # a tool that also pings
                continue
            params = item.params.flow or case.flow
            flow = params.translated(sport=reach.sport or None)  # a hostile 0 is no port
            ours = item.pasted_by is None
            how = (Use.OPENED, WatchedFrom.PROBE, ours, device.name)
            overheard = (
                ours and not reach.ok and _answered_all_the_same(case, device.name, flow, item)
            )
            end = ConnState.OPEN if overheard or (ours and _too_hasty(case, reach)) else _met(reach)
            yield Attempt(flow, end, True, item.taken_at, (item.id,), *how)
        yield from _pinged(case, device.name)


def _answered_all_the_same(case: Case, device: str, flow: Flow, item: Evidence) -> bool:
    """Did a datagram come back to the port of our attempt meanwhile? Another socket of that port
    may have taken it."""
    if flow.protocol is not Protocol.UDP:
        return False
    since, until = item.taken_at, item.taken_at + item.duration
    return any(
        packet.flow == flow.reversed()
        and packet.icmp is None
        and since <= packet.time - one.clock_offset <= until
        for one in case.answers(device, Question.CAPTURE)
        for packet in one.of(Packet)
    )


def _too_hasty(case: Case, reach: ProbeResult) -> bool:
    """Could the answer still be on its way when our attempt gave up?"""
    waits = PATIENCE.get(case.flow.protocol, inf)
    return reach.failure in SILENCE and (pace(case).round_trip or 0.0) + MARGIN > waits


def _pinged(case: Case, device: str) -> Iterator[Attempt]:
    """A ping of the flow's own addresses is an attempt of an ICMP flow; what the host itself
    refused to send is not."""
    for item in case.answers(device, Question.PING):
        if item.pasted_by is not None and (case.client is None or case.client.name != device):
            continue  # another machine's ping goes another way
        tried = (
            [one for one in item.of(ProbeResult) if one.ok or one.failure is Failure.TIMED_OUT]
            if item.params.flow
            else []
        )
        if tried and item.params.flow == case.flow:
            end = ConnState.WORKED if _enough(tried) else ConnState.NO_ANSWER
            ours = item.pasted_by is None
            yield Attempt(
                case.flow,
                end,
                True,
                item.taken_at,
                (item.id,),
                Use.USED,
                WatchedFrom.PROBE,
                ours,
                device,
            )


def _enough(tried: list[ProbeResult]) -> bool:
    """Was it answered, and did no large share of it get lost? The first one or two wait for a
    neighbour's answer."""
    lost = sum(not one.ok for one in tried)
    return lost < len(tried) and (lost <= FEW or lost < len(tried) * SHARE)


def _met(reach: ProbeResult) -> ConnState:
    if reach.ok or reach.failure is None:
        return ConnState.WORKED if reach.ok else ConnState.NO_ANSWER
    return _MET.get(reach.failure, ConnState.NO_ANSWER)


_MET = {
    Failure.NOT_ATTEMPTED: ConnState.OPEN,
    Failure.STALLED: ConnState.STALLED,
    # it was answered: packets tell by whom, and whether that was the service's own doing
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
    used = any(one.use is Use.USED for one in others)
    if not used or any(one.end is not ConnState.WORKED for one in others):
        return tried
    return tuple(_hung_up(one) for one in tried)


def _hung_up(attempt: Attempt) -> Attempt:
    hasty = attempt.ours and attempt.end is ConnState.HALF_OPEN
    return replace(attempt, end=ConnState.OPEN) if hasty else attempt
