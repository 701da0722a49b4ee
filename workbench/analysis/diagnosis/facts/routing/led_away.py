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
    reverse = context.findings.reverse
    if (
        hop.device is None
        or context.drops(reverse=True)
        or dead_end(reverse)
        or not _lost_on_the_way_back(context)
    ):
        return None
    crossed, left = (
        counted_flows(context.case).of(hop.device, flow)
        for flow in (hop.flow_out.reversed(), hop.flow_out)
    )
    plain = main_route(context.case, hop.device, hop.flow_out.dst)
    home = (
        {one.interface for one in plain.next_hops} & set(crossed.came_in if crossed else ())
        if plain
        else set()
    )
    if not home or hop.oif in home or left is None or hop.oif not in left.went_out:
        return None
    way = next(iter(home))
    text = (
        f"the request came in at {hop.name} on {way}, the answer leaves by {hop.oif} and does not"
        " arrive"
    )
    return LedAway(
        text, tuple(dict.fromkeys((*(crossed.evidence if crossed else ()), *left.evidence)))
    )


def _lost_on_the_way_back(context: Context) -> bool:
    return any(one.loss is not None and one.loss.reverse is True for one in context.attempts)
