"""Where does each device send exactly this packet?"""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.evidence import Evidence, Inquiry, Question
from collectors.model.records import RouteChoice
from collectors.model.step import Moment, Options, Phase, Step, View
from collectors.playbook.whom import at, unusable, visits


def inquiries(view: View, options: Options, moment: Moment) -> Iterator[Inquiry]:
    """Every place that the forward direction visits, with its input interface, ports and mark."""
    for visit in visits(view, reverse=False):
        yield Inquiry(visit.device, Question.ROUTE_CHOICE, at(visit), STEP.id)


def meaning(evidence: Evidence) -> str:
    """The choice in one sentence."""
    for choice in evidence.of(RouteChoice):
        return f"For {evidence.about.flow}{_came(evidence)} the kernel {_chose(choice)}."
    return unusable(evidence) or "The device did not say where it sends this packet."


def _came(evidence: Evidence) -> str:
    iif, mark, tos = evidence.about.iif, evidence.about.mark, evidence.about.tos
    marked = f" with mark {mark:#x}" if mark else ""
    return (f" arriving on {iif}" if iif else "") + marked + (f" with tos {tos:#x}" if tos else "")


def _chose(choice: RouteChoice) -> str:
    if choice.kind == "local":
        return "delivers the packet to itself"
    if choice.next_hop is None:
        return f"refuses the packet ({choice.error or choice.kind})"
    hop = choice.next_hop
    way = (
        f"via {hop.gateway} dev {hop.interface}" if hop.gateway else f"directly on {hop.interface}"
    )
    source = f", with source {choice.source}" if choice.source else ""
    return f"sends the packet {way}{source}{f' (table {choice.table})' if choice.table else ''}"


STEP = Step(
    id="route-get",
    title="Route for exactly this flow",
    question="Where does each device on the way send exactly this packet?",
    phase=Phase.PROVE,
    moments=(Moment.TRACK,),
    inquiries=inquiries,
    task=1,
    meaning=meaning,
    decision=(
        "If the interface, the gateway or the source is not the one you expect, look for policy"
        " rules or a route of better priority on this device before you search the network."
    ),
)
