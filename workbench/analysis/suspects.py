"""Of several devices in a row that cannot be watched: which one is the likeliest to keep the packet?"""

from __future__ import annotations

from collections.abc import Sequence

from collectors.model.evidence import Question
from collectors.model.records import Trace
from workbench.analysis.case import Case
from workbench.analysis.facts.deltas import counter_moved, forward_drops
from workbench.analysis.findings import Hop, Path


def suspect(case: Case, path: Path, hidden: Sequence[Hop], least: int = 1) -> Hop:
    """The last of them that answered a traceroute of this flow's protocol, else the first that may have kept it.

    Of one that answered something, routes for instance, nothing was found to stop the packet: one that nobody could
    ask anything comes before it.
    """
    traced = last_to_answer(case, path, hidden)
    if traced is not None:
        return traced
    open_ones = [hop for hop in hidden if not _sent_all(case, hop.device or "", least)] or list(hidden)
    dark = [hop for hop in open_ones if not case.reached(hop.device or "")]
    return (dark or open_ones)[0]


def last_to_answer(case: Case, path: Path, hidden: Sequence[Hop]) -> Hop | None:
    """A packet that dies of age is answered before a forward filter sees it: who answers last kept those that follow.

    None where nobody of them answered, or where the trace came further than they are.
    """
    origin = path.hops[0].device
    if origin is None or len(hidden) < 2:
        return None
    for trace, _ in case.all_records(origin, Question.TRACE, Trace):
        if trace.protocol == path.flow.protocol and trace.destination in (None, path.flow.dst):
            return _last(case, trace, hidden)
    return None


def _last(case: Case, trace: Trace, hidden: Sequence[Hop]) -> Hop | None:
    heard = [reply.address for reply in trace.replies if reply.address is not None]
    owner = case.owner(heard[-1]) if heard else None
    name = owner.name if owner else None
    return next((hop for hop in hidden if heard and (hop.address == heard[-1] or name and hop.device == name)), None)


def _sent_all(case: Case, device: str, least: int) -> bool:
    """Do the device's counters say that it sent on all that it took for forwarding, the flow's packets among them?"""
    taken, kept = counter_moved(case, device, "IpForwDatagrams"), forward_drops(case, device)
    return taken is not None and kept is not None and taken.amount >= least and kept.amount == 0
