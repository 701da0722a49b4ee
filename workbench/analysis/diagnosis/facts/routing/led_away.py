"""Does the answer leave by another interface than that on which the request came in, and get lost
unseen?"""

from __future__ import annotations

from dataclasses import dataclass

from workbench.analysis.captures.flow_counts import counted_flows
from workbench.analysis.case.findings import Hop
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.trace.parting import dead_end, main_route


@dataclass(frozen=True, slots=True)
class LedAway:
    """The answer was seen to leave, the other way than by the main table, and is sent again."""

    text: str
    evidence: tuple[str, ...]


def led_away(context: Context, hop: Hop) -> LedAway | None:
    """At the hop where the way back leaves the way out; the main table would have answered where
    the request came in.

    Nothing where a device in sight loses the answer: that one tells more.
    """
    if hop.device is None or not _lost_on_the_way_back(context):
        return None
    if context.drops(reverse=True) or dead_end(context.findings.reverse):
        return None
    counts = counted_flows(context.case)
    request = counts.of(hop.device, hop.flow_out.reversed())
    answer = counts.of(hop.device, hop.flow_out)
    if request is None or answer is None:
        return None
    home = _usual_links(context, hop, hop.device) & set(request.came_in)
    left_by_another = hop.oif in answer.went_out and hop.oif not in home
    if not home or not left_by_another:
        return None
    text = (
        f"the request came in at {hop.name} on {next(iter(home))}, the answer leaves by {hop.oif}"
        " and does not arrive"
    )
    evidence = dict.fromkeys((*request.evidence, *answer.evidence))
    return LedAway(text, tuple(evidence))


def _usual_links(context: Context, hop: Hop, device: str) -> set[str | None]:
    """By which interfaces would the main table send what leaves here?"""
    route = main_route(context.case, device, hop.flow_out.dst)
    if route is None:
        return set()
    return {one.interface for one in route.next_hops}


def _lost_on_the_way_back(context: Context) -> bool:
    return any(one.loss is not None and one.loss.reverse is True for one in context.attempts)
