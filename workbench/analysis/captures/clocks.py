"""How far apart are the clocks of capture points, where nobody could measure them? The packets
themselves tell."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.evidence import Question
from workbench.analysis.captures.observations import Print, fingerprint, loosely
from workbench.analysis.captures.pace import pace
from workbench.analysis.case.findings import Findings

COMPARED = 500  # packets of one direction at one point

_CAPTURE = Question.CAPTURE
Times = dict[Print, list[float]]


def offsets(findings: Findings) -> dict[str, float]:
    """How far each device's clock is ahead of ours: as measured, else as its packets say against
    the point before."""
    known = {item.device: item.clock_offset for item in findings.case.evidence if item.clock_offset}
    points = _points(findings)
    brought = {
        item.device
        for item in findings.case.evidence
        if item.question is _CAPTURE and item.pasted_by
    }
    measured = [name for name in points if name not in brought]
    for name in points:
        reference = (measured or points)[0]
        if name in brought and name not in known and name != reference:
            known[name] = known.get(reference, 0.0) + _against(findings, reference, name)
    return {name: off for name, off in known.items() if off}


def _points(findings: Findings) -> list[str]:
    """The points of the forward path in their order, then those that only the way back passes."""
    watching = {one.device for one in findings.observations}
    names = dict.fromkeys((*findings.forward.names, *reversed(findings.reverse.names)))
    return [name for name in names if name in watching]


def _against(findings: Findings, reference: str, name: str) -> float:
    """The clock of one point against another's: packets must not arrive before they were sent, nor
    much later."""
    early, late = (
        _differences(findings, reference, name, False),
        _differences(findings, reference, name, True),
    )
    if not early and not late:
        return 0.0
    trip = pace(findings.case)
    longest, usual = trip.one_way, (trip.shortest or 0.002) / 2
    low = max(late) if late else min(early) - 2 * usual
    high = min(early) if early else max(late) + 2 * usual
    agrees = (not early or 0.0 <= min(early) <= longest) and (
        not late or -longest <= max(late) <= 0.0
    )
    return 0.0 if agrees else (low + high) / 2


def _differences(findings: Findings, reference: str, name: str, reverse: bool) -> list[float]:
    """By how much later was the same packet seen there? Downstream that holds a delay, upstream one
    is taken off."""
    here, there = _times(findings, reference, reverse), _times(findings, name, reverse)
    return [
        t - h for mark in here.keys() & there.keys() for h, t in _pairs(here[mark], there[mark])
    ]


def _pairs(here: list[float], there: list[float]) -> Iterator[tuple[float, float]]:
    if len(here) == len(there):
        yield from zip(here, there, strict=True)


def _times(findings: Findings, device: str, reverse: bool) -> Times:
    found: Times = {}
    sight = findings.observation(device, reverse)
    for packet in (sight.went_out or sight.came_in)[:COMPARED] if sight else ():
        mark = loosely(packet) if packet.seq is not None else fingerprint(packet)
        found.setdefault(mark, []).append(packet.time)
    return found
