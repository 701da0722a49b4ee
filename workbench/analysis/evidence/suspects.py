"""Of several devices in a row that cannot be watched: which one is the likeliest to keep the
packet?"""

from __future__ import annotations

from collections.abc import Sequence

from collectors.model.evidence import Question
from collectors.model.records import Traceroute
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import Hop, Trace
from workbench.analysis.evidence.counter_deltas import forward_drops, taken_to_forward


def suspect(case: Case, path: Trace, hidden: Sequence[Hop], least: int = 1) -> Hop:
    """The last of them that answered a traceroute of this flow's protocol, else one that may have
    kept the packet.

    The first whose counters say that it kept packets; then one that nobody could ask anything, as
    nothing was found in what another one showed; then the first whose counters do not clear it.
    """
    traced = last_to_answer(case, path, hidden)
    if traced is not None:
        return traced
    kept = {hop: _kept(case, hop.device or "", path.flow.version, least) for hop in hidden}
    accused = [hop for hop in hidden if kept[hop]]
    dark = [hop for hop in hidden if not case.reached(hop.device or "")]
    open_ones = [hop for hop in hidden if kept[hop] is None]
    return (accused or dark or open_ones or list(hidden))[0]


def last_to_answer(case: Case, path: Trace, hidden: Sequence[Hop]) -> Hop | None:
    """A packet that expires is answered before a forward filter sees it: who answers last kept
    those that follow.

    None where nobody of them answered, or where the trace came further than they are.
    """
    origin = path.hops[0].device
    if origin is None or len(hidden) < 2:
        return None
    for trace, _ in case.all_records(origin, Question.TRACE, Traceroute):
        if trace.protocol == path.flow.protocol and trace.destination in (None, path.flow.dst):
            return _last(case, trace, hidden)
    return None


def _last(case: Case, trace: Traceroute, hidden: Sequence[Hop]) -> Hop | None:
    heard = [reply.address for reply in trace.replies if reply.address is not None]
    owner = case.owner(heard[-1]) if heard else None
    name = owner.name if owner else None
    return next(
        (
            hop
            for hop in hidden
            if heard and (hop.address == heard[-1] or (name and hop.device == name))
        ),
        None,
    )


def _kept(case: Case, device: str, version: int, least: int) -> bool | None:
    """Did it take the flow's packets to forward and not send as many? None = its counters do not
    tell."""
    taken, kept = taken_to_forward(case, device, version), forward_drops(case, device, version)
    if taken is None or kept is None or taken.amount < least or 0 < kept.amount < least:
        return None
    return kept.amount > 0
