"""Where does each device send exactly this packet?"""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.evidence import Evidence, Query, Question
from collectors.model.records import NextHop, RouteChoice
from collectors.model.step import Options, Phase, RunPhase, Step, View
from collectors.playbook.audience import at, unusable, visits


def queries(view: View, options: Options, run_phase: RunPhase) -> Iterator[Query]:
    """Every place that the forward direction visits, with its input interface, ports and mark."""
    for visit in visits(view, reverse=False):
        yield Query(visit.device, Question.ROUTE_CHOICE, at(visit), STEP.id)


def meaning(evidence: Evidence) -> str:
    """The choice in one sentence."""
    for choice in evidence.of(RouteChoice):
        return f"For {evidence.params.flow}{_came(evidence)} the kernel {_chose(choice)}."
    return unusable(evidence) or "The device did not say where it sends this packet."


def _came(evidence: Evidence) -> str:
    params = evidence.params
    words = ""
    if params.iif:
        words += f" arriving on {params.iif}"
    if params.mark:
        words += f" with mark {params.mark:#x}"
    if params.tos:
        words += f" with tos {params.tos:#x}"
    return words


def _chose(choice: RouteChoice) -> str:
    if choice.kind == "local":
        return "delivers the packet to itself"
    if choice.next_hop is None:
        return f"refuses the packet ({choice.error or choice.kind})"
    source = f", with source {choice.source}" if choice.source else ""
    table = f" (table {choice.table})" if choice.table else ""
    return f"sends the packet {_by(choice.next_hop)}{source}{table}"


def _by(hop: NextHop) -> str:
    if hop.gateway:
        return f"via {hop.gateway} dev {hop.interface}"
    return f"directly on {hop.interface}"


STEP = Step(
    id="route-get",
    title="Route for exactly this flow",
    question="Where does each device on the way send exactly this packet?",
    phase=Phase.PROVE,
    run_phases=(RunPhase.TRACK,),
    queries=queries,
    answers=(Question.ROUTE_CHOICE,),
    task=1,
    meaning=meaning,
    decision=(
        "If the interface, the gateway or the source is not the one you expect, look for policy"
        " rules or a route of better priority on this device before you search the network."
    ),
)
