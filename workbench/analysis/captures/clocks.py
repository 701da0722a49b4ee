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
    known = _measured(findings)
    points, pasted = _points(findings), _pasted(findings)
    reference = _reference(points, pasted)
    for name in points:
        if name not in pasted or name in (reference, *known):
            continue
        known[name] = known.get(reference, 0.0) + _against(findings, reference, name)
    return {name: ahead for name, ahead in known.items() if ahead}


def _reference(points: list[str], pasted: set[str]) -> str:
    """The first point of which the clock was measured, else the first one."""
    for name in points:
        if name not in pasted:
            return name
    return points[0] if points else ""


def _measured(findings: Findings) -> dict[str, float]:
    evidence = findings.case.evidence
    return {item.device: item.clock_offset for item in evidence if item.clock_offset}


def _pasted(findings: Findings) -> set[str]:
    """The devices of which somebody pasted a capture: nobody measured their clocks."""
    found = set()
    for item in findings.case.evidence:
        if item.question is _CAPTURE and item.pasted_by:
            found.add(item.device)
    return found


def _points(findings: Findings) -> list[str]:
    """The points of the forward path in their order, then those that only the way back passes."""
    watching = {one.device for one in findings.observations}
    names = dict.fromkeys((*findings.forward.names, *reversed(findings.reverse.names)))
    return [name for name in names if name in watching]


def _against(findings: Findings, reference: str, name: str) -> float:
    """The clock of one point against another's: packets must not arrive before they were sent, nor
    much later."""
    early = _differences(findings, reference, name, False)
    late = _differences(findings, reference, name, True)
    if not early and not late:
        return 0.0
    trip = pace(findings.case)
    if _in_time(early, trip.one_way) and _in_time([-one for one in late], trip.one_way):
        return 0.0
    usual = (trip.shortest or 0.002) / 2
    return _middle(early, late, there_and_back=2 * usual)


def _middle(early: list[float], late: list[float], *, there_and_back: float) -> float:
    """Half way between the soonest that came and the soonest that went; a direction without packets
    is taken to be as long as usual."""
    if not early:
        return (max(late) + (max(late) + there_and_back)) / 2
    if not late:
        return ((min(early) - there_and_back) + min(early)) / 2
    return (max(late) + min(early)) / 2


def _in_time(delays: list[float], longest: float) -> bool:
    """Can packets have taken as long as the soonest of them, had both clocks been right?"""
    return not delays or 0.0 <= min(delays) <= longest


def _differences(findings: Findings, reference: str, name: str, reverse: bool) -> list[float]:
    """By how much later was the same packet seen there? Downstream that holds a delay, upstream one
    is taken off."""
    here, there = _times(findings, reference, reverse), _times(findings, name, reverse)
    found = []
    for mark in here.keys() & there.keys():
        found += [t - h for h, t in _pairs(here[mark], there[mark])]
    return found


def _pairs(here: list[float], there: list[float]) -> Iterator[tuple[float, float]]:
    if len(here) == len(there):
        yield from zip(here, there, strict=True)


def _times(findings: Findings, device: str, reverse: bool) -> Times:
    found: Times = {}
    seen = findings.observation(device, reverse)
    if seen is None:
        return found
    for packet in (seen.went_out or seen.came_in)[:COMPARED]:
        mark = loosely(packet) if packet.seq is not None else fingerprint(packet)
        found.setdefault(mark, []).append(packet.time)
    return found
