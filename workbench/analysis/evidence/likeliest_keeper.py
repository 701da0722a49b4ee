"""Of several devices in a row that cannot be watched: which one is the likeliest to keep the
packet?"""

from __future__ import annotations

from collections.abc import Sequence

from collectors.model.evidence import Question
from collectors.model.flow import Address
from collectors.model.records import Traceroute
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import Hop, Trace
from workbench.analysis.evidence.counter_deltas import forward_drops, taken_to_forward


def likeliest_keeper(case: Case, path: Trace, hidden: Sequence[Hop], least: int = 1) -> Hop:
    """The last of them that answered a traceroute of this flow's protocol, else one that may have
    kept the packet.

    The first whose counters say that it kept packets; then one that nobody could ask anything, as
    nothing was found in what another one showed; then the first whose counters do not clear it.
    """
    traced = last_to_answer(case, path, hidden)
    if traced is not None:
        return traced
    version = path.flow.version
    kept = {hop: _kept(case, hop.device or "", version, least) for hop in hidden}
    accused = [hop for hop in hidden if kept[hop]]
    never_asked = [hop for hop in hidden if not case.reached(hop.device or "")]
    not_cleared = [hop for hop in hidden if kept[hop] is None]
    for likely in (accused, never_asked, not_cleared):
        if likely:
            return likely[0]
    return hidden[0]


def last_to_answer(case: Case, path: Trace, hidden: Sequence[Hop]) -> Hop | None:
    """A packet that expires is answered before a forward filter sees it: who answers last kept
    those that follow.

    None where nobody of them answered, or where the trace came further than they are.
    """
    trace = _traceroute(case, path) if len(hidden) > 1 else None
    answered = _answered(trace) if trace is not None else []
    return _hop_with(case, hidden, answered[-1]) if answered else None


def _traceroute(case: Case, path: Trace) -> Traceroute | None:
    """The newest one of the flow's protocol from where the path begins."""
    origin = path.hops[0].device
    if origin is None:
        return None
    for trace, _ in case.all_records(origin, Question.TRACE, Traceroute):
        to_the_end = trace.destination in (None, path.flow.dst)
        if to_the_end and trace.protocol == path.flow.protocol:
            return trace
    return None


def _answered(trace: Traceroute) -> list[Address]:
    """The addresses that answered, in the order of the path."""
    return [reply.address for reply in trace.replies if reply.address is not None]


def _hop_with(case: Case, hidden: Sequence[Hop], address: Address) -> Hop | None:
    """The hop that was reached by that address, or whose device holds it."""
    owner = case.owner(address)
    for hop in hidden:
        owned = owner is not None and hop.device == owner.name
        if owned or hop.address == address:
            return hop
    return None


def _kept(case: Case, device: str, version: int, least: int) -> bool | None:
    """Did it take the flow's packets to forward and not send as many? None = its counters do not
    tell."""
    taken = taken_to_forward(case, device, version)
    kept = forward_drops(case, device, version)
    if taken is None or kept is None:
        return None
    too_few_taken = taken.amount < least
    too_few_kept = 0 < kept.amount < least
    if too_few_taken or too_few_kept:
        return None
    return kept.amount > 0
