"""Of a flow that works: was what vanished sent again, and did it come through? Or is something
still missing?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from collectors.model.flow import Flow
from workbench.analysis.case.drop import Drop
from workbench.analysis.case.findings import Attempt, ConnState, Findings, Use

ENOUGH = 2  # exchanges of the client's own that came through whole


def healed(findings: Findings) -> Drop | None:
    """The loss that every connection recovers from: it costs time, and nothing more.

    All that the client tried came through, or is still being tried; where a hash spreads
    connections over several ways, one that came through tells nothing of another.
    """
    own = [one for one in findings.attempts if not one.ours]
    failed = {one.end for one in own} - {ConnState.WORKED, ConnState.OPEN}
    if len(list(filter(_whole, own))) < ENOUGH or failed or _split(findings):
        return None
    known = set(_either_way(findings.attempts))
    for drop in _handshakes(findings):
        if known.issuperset(drop.flows):
            return drop
    return None


def _whole(attempt: Attempt) -> bool:
    return attempt.end is ConnState.WORKED and attempt.use is Use.USED


def still_missing(findings: Findings) -> Drop | None:
    """What stopped in a device and was not seen to go on, in a connection that is not over, of a
    flow that works."""
    for drop in findings.drops:
        if drop.flows and drop.packet == "data":
            return drop
    over = set(_either_way(one for one in findings.attempts if one.end is ConnState.WORKED))
    for drop in _handshakes(findings):
        if not over.issuperset(drop.flows) and not _usual(findings, drop):
            return drop
    return None


def _usual(findings: Findings, drop: Drop) -> bool:
    """Have these connections only not asked as often yet as others had to before they came
    through?"""
    opening = [one for one in findings.attempts if one.end is ConnState.OPEN]
    waiting = [one.tries for one in opening if one.flow in drop.flows]
    if drop.packet != "SYN" or not waiting:
        return False
    worked = [one for one in findings.attempts if one.end is ConnState.WORKED]
    longer = [one for one in worked if one.tries > max(waiting)]
    return len(longer) >= ENOUGH


def _handshakes(findings: Findings) -> Iterator[Drop]:
    """What was lost of those that make a connection."""
    for drop in findings.drops:
        if drop.flows and drop.packet in ("SYN", "SYN-ACK", "ACK"):
            yield drop


def _either_way(attempts: Iterable[Attempt]) -> Iterator[Flow]:
    return (flow for one in attempts for flow in (one.flow, one.flow.reversed()))


def _split(findings: Findings) -> bool:
    return any(hop.branches for path in (findings.forward, findings.reverse) for hop in path.hops)
