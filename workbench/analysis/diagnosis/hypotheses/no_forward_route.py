"""Does a device on the way to the server have no route for the flow?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from workbench.analysis.case.findings import Findings
from workbench.analysis.case.lookups import LookupOn, RouteLookup
from workbench.analysis.case.verdict import Cause, Direction, Hypothesis
from workbench.analysis.diagnosis import remedies
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.routing.dead_ends import (
    dead_end_reasons,
    dead_gateway,
    ending_words,
)
from workbench.analysis.diagnosis.facts.stops.complaints import (
    ComplaintKind,
    complaint,
    complaint_reasons,
    name_of,
)
from workbench.analysis.diagnosis.facts.stops.visibility_limit import context_of
from workbench.analysis.diagnosis.facts.tunnels.keyless import sender_refused
from workbench.analysis.trace.parting import dead_end


def no_forward_route(findings: Findings) -> Iterable[Hypothesis]:
    """Does a device on the way to the server have no route for the flow?"""
    context = context_of(findings)
    yield from _reported_to_sender(context)
    useless = dead_gateway(context, findings.forward)
    ending = dead_end(findings.forward) or sender_refused(context, reverse=False)
    hop, gateway = useless if useless is not None else (ending, None)
    if hop is not None:
        yield Hypothesis(
            Cause.NO_FORWARD_ROUTE,
            guilty_node=hop.name,
            decided_by=hop.name,
            direction=Direction.FORWARD,
            reasons=tuple(dead_end_reasons(context, findings.forward, hop, gateway)),
            fixes=tuple(remedies.add_route(context, hop, reverse=False)),
            lookup=LookupOn(
                hop.name,
                settles=RouteLookup("", f" on {hop.name} for exactly this packet"),
                refutes=RouteLookup("", f" on {hop.name} naming a next hop for this flow"),
            ),
            summary=ending_words(context, findings.forward, hop),
        )


def _reported_to_sender(context: Context) -> Iterator[Hypothesis]:
    """A router that cannot be asked told the sender that it has none."""
    found = complaint(context, ComplaintKind.NET)
    if found is not None and not found.reverse:
        name = name_of(context, found.by)
        yield Hypothesis(
            Cause.NO_FORWARD_ROUTE,
            guilty_node=name,
            decided_by=name,
            direction=Direction.FORWARD,
            reasons=tuple(complaint_reasons(context, found)),
            refuted_by=f"packets of the flow seen behind {name}",
            would_settle=f"the routes of {name} for {context.flow.dst}",
            summary=(
                f'{name} has no route to {context.flow.dst}: it told the sender "{found.kind}" about'
                f" {found.about}"
            ),
        )
