"""Which addresses and links does each device have?"""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.evidence import Evidence, Query, QueryParams, Question
from collectors.model.records import Interface
from collectors.model.step import Options, Phase, RunPhase, Step, View
from collectors.playbook.audience import ask, everyone, unusable, with_login


def queries(view: View, options: Options, run_phase: RunPhase) -> Iterator[Query]:
    """The devices near the flow, and those of which it must be known whether they are; all of them,
    however many, while it is not known who the ends are."""
    devices = with_login(dict.fromkeys((*everyone(view), *view.unplaced)))
    return ask(devices, Question.INTERFACES, QueryParams(), STEP.id)


def meaning(evidence: Evidence) -> str:
    """How many links, which are down, which MTUs."""
    links = [one for one in evidence.of(Interface) if one.name != "lo"]
    if not links:
        return unusable(evidence) or "It shows no interfaces."
    words = f"{len(links)} interfaces{_sizes(links)}"
    down = ", ".join(one.name for one in links if not one.up)
    return f"{words}; down: {down}." if down else f"{words}, all up."


def _sizes(links: list[Interface]) -> str:
    """`, MTU 1400 and 1500`: those that are known."""
    known = sorted({one.mtu for one in links if one.mtu})
    return f", MTU {' and '.join(map(str, known))}" if known else ""


STEP = Step(
    id="interfaces",
    title="Addresses and interfaces",
    question="Which addresses and links does each device have?",
    phase=Phase.PROVE,
    run_phases=(RunPhase.SURVEY,),
    queries=queries,
    answers=(Question.INTERFACES,),
    meaning=meaning,
    decision="A link that is down, or links of different MTU, narrow down where to look first.",
)
