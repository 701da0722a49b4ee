"""Of a flow that works: was what vanished sent again, and did it come through? Or is something
still missing?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from collectors.model.flow import Flow
from workbench.analysis.case.findings import Attempt, ConnState, Findings, Use
from workbench.analysis.case.verdict import Drop

ENOUGH = 2  # exchanges of the client's own that came through whole


def healed(findings: Findings) -> Drop | None:
    """The loss that every connection recovers from: it costs time, and nothing more.

    All that the client tried came through, or is still being tried; where a hash spreads
    connections over several ways, one that came through tells nothing of another.
    """
    own = [one for one in findings.attempts if not one.ours]
    used = [one for one in own if one.end is ConnState.WORKED and one.use is Use.USED]
    failed = any(one.end not in (ConnState.WORKED, ConnState.OPEN) for one in own)
    if len(used) < ENOUGH or failed or _split(findings):
        return None
    known = set(_either_way(findings.attempts))
    return next((drop for drop in _handshakes(findings) if known.issuperset(drop.flows)), None)


def still_missing(findings: Findings) -> Drop | None:
    """What stopped in a device and was not seen to go on, in a connection that is not over, of a
    flow that works."""
    done = set(_either_way(one for one in findings.attempts if one.end is ConnState.WORKED))
    data = [drop for drop in findings.drops if drop.flows and drop.packet == "data"]
    opening = [
        drop
        for drop in _handshakes(findings)
        if not done.issuperset(drop.flows) and not _usual(findings, drop)
    ]
    return next(iter((*data, *opening)), None)


def _usual(findings: Findings, drop: Drop) -> bool:
    """Have these connections only not asked as often yet as others had to before they came
    through?"""
    waiting = [
        one for one in findings.attempts if one.flow in drop.flows and one.end is ConnState.OPEN
    ]
    most = max((one.tries for one in waiting), default=0)
    longer = [one for one in findings.attempts if one.end is ConnState.WORKED and one.tries > most]
    return drop.packet == "SYN" and bool(waiting) and len(longer) >= ENOUGH


def _handshakes(findings: Findings) -> Iterator[Drop]:
    return (
        drop for drop in findings.drops if drop.flows and drop.packet in ("SYN", "SYN-ACK", "ACK")
    )


def _either_way(attempts: Iterable[Attempt]) -> Iterator[Flow]:
    return (flow for one in attempts for flow in (one.flow, one.flow.reversed()))


def _split(findings: Findings) -> bool:
    return any(hop.branches for path in (findings.forward, findings.reverse) for hop in path.hops)
