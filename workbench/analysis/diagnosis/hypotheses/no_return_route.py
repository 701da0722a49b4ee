"""Does a device on the way back to the client have no route for the replies?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from workbench.analysis.case.findings import Findings, Hop
from workbench.analysis.case.lookups import LookupOn, RouteLookup
from workbench.analysis.case.verdict import Cause, Direction, Hypothesis, Reason
from workbench.analysis.diagnosis import remedies
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.reasons import REFUTES
from workbench.analysis.diagnosis.facts.routing.dead_ends import (
    dead_end_reasons,
    dead_gateway,
    ending_words,
)
from workbench.analysis.diagnosis.facts.routing.who_parts_them import policy_deviates
from workbench.analysis.diagnosis.facts.stops.visibility_limit import context_of
from workbench.analysis.diagnosis.facts.tunnels.keyless import sender_refused
from workbench.analysis.trace.parting import dead_end, departure


def no_return_route(findings: Findings) -> Iterable[Hypothesis]:
    """Does a device on the way back to the client have no route for the replies?"""
    context = context_of(findings)
    useless = dead_gateway(context, findings.reverse)
    ending = dead_end(findings.reverse) or sender_refused(context, reverse=True)
    hop, gateway = useless if useless is not None else (ending, None)
    if hop is not None:
        yield Hypothesis(
            Cause.NO_RETURN_ROUTE,
            guilty_node=hop.name,
            decided_by=hop.name,
            direction=Direction.REVERSE,
            reasons=(
                *dead_end_reasons(context, findings.reverse, hop, gateway),
                *_led_astray(context, hop),
            ),
            fixes=tuple(remedies.add_route(context, hop, reverse=True)),
            lookup=LookupOn(
                hop.name,
                settles=RouteLookup("", f" on {hop.name} for exactly the reply"),
                refutes=RouteLookup("", f" on {hop.name} naming a next hop for the replies"),
            ),
            summary=ending_words(context, findings.reverse, hop),
        )


def _led_astray(context: Context, hop: Hop) -> Iterator[Reason]:
    """Only a policy rule sends the replies there at all: that the device has no way for them is no
    fault of its own."""
    parting = departure(context.findings)
    names = context.findings.reverse.names
    if (
        parting is None
        or parting.name not in names
        or names.index(parting.name) >= names.index(hop.name)
    ):
        return
    if policy_deviates(context, parting):
        text = (
            f"{parting.name} sends the replies there by a policy rule: its main table would not"
            " have"
        )
        yield Reason(REFUTES, text, parting.evidence)
