"""A run asks those near the flow. When must it ask the others too?"""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.evidence import Question
from collectors.model.records import Neighbour
from collectors.model.step import Audience
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import Disposition, Findings, Hop, Trace
from workbench.analysis.case.run_events import Widening
from workbench.analysis.case.verdict import Cause, Outcome, Verdict
from workbench.analysis.window import SURE

# the walk came to an end that another device may explain
_OPEN = frozenset(
    {
        Disposition.INVISIBLE,
        Disposition.UNRESOLVED,
        Disposition.UNANSWERED,
        Disposition.WRONG_HOST,
        Disposition.NOT_TAKEN,
    }
)
# what another machine does that holds an address, answers for it, or lies between
_BY_OTHERS = frozenset(
    {
        Cause.DUPLICATE_GATEWAY,
        Cause.STALE_NEIGHBOUR,
        Cause.HOST_DOWN,
        Cause.UNKNOWN_BEYOND_VISIBILITY,
    }
)


def wider(audience: Audience) -> Audience:
    """Whom to ask when those who were asked do not suffice."""
    return Audience.PLACES if audience is Audience.NEAR else Audience.ALL


def stuck(findings: Findings) -> Widening | None:
    """Does the walk lack a device? Or does a machine answer for a next hop that nobody knows?"""
    if any(map(_incomplete, _ways(findings))):
        return Widening.WALK_STUCK
    if any(_unknown_machine(findings.case, hop) for way in _ways(findings) for hop in way.hops):
        return Widening.UNKNOWN_MACHINE
    return None


def unexplained(findings: Findings, verdict: Verdict) -> Widening | None:
    """Is the verdict not sure, or one that depends on devices that were not asked?"""
    found = stuck(findings)
    if found is not None:
        return found
    depends_on_others = verdict.best.hypothesis.cause in _BY_OTHERS
    unsure = verdict.outcome is Outcome.INCONCLUSIVE or verdict.best.confidence < SURE
    return Widening.NOT_SURE if unsure or depends_on_others else None


def _ways(findings: Findings) -> Iterator[Trace]:
    """Both directions, their branches, those of other targets, and what carries tunnels."""
    for way in (findings.forward, findings.reverse, *findings.targets, *findings.below):
        yield from _with_branches(way)


def _with_branches(way: Trace) -> Iterator[Trace]:
    yield way
    for branch in way.alternates:
        yield from _with_branches(branch)


def _incomplete(way: Trace) -> bool:
    return not way.hops or way.disposition in _OPEN or way.partly_unknown


def _unknown_machine(case: Case, hop: Hop) -> bool:
    """Is the hardware address of its next hop, as it learned it, of no device that was asked?"""
    if hop.device is None or hop.next_hop is None:
        return False
    known = {port.mac.lower() for port in case.ports if port.mac}
    holders = [port for port in case.holders(hop.next_hop) if port.mac]
    learned = _learned(case, hop)
    return bool(holders) and not learned <= known


def _learned(case: Case, hop: Hop) -> set[str]:
    entries = case.all_records(hop.device or "", Question.NEIGHBOURS, Neighbour)
    wanted = (hop.next_hop, hop.oif)
    return {
        entry.mac.lower()
        for entry, _ in entries
        if entry.mac and (entry.address, entry.interface) == wanted
    }
