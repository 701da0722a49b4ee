"""Do the members of a state group really share sessions?"""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.evidence import Evidence, Query, QueryParams, Question
from collectors.model.inventory import Device
from collectors.model.step import Options, Phase, RunPhase, Step, View
from collectors.playbook.audience import ask, involved, unusable


def queries(view: View, options: Options, run_phase: RunPhase) -> Iterator[Query]:
    """The stateful devices on the way and their partners."""
    devices = [device for device in involved(view) if _may_share_state(device)]
    return ask(devices, Question.STATE_SYNC, QueryParams(), STEP.id)


def _may_share_state(device: Device) -> bool:
    return device.stateful_by_role or bool(device.state_group)


def meaning(evidence: Evidence) -> str:
    """Is a synchronising or a failover daemon at work?"""
    if not evidence.records:
        return (
            unusable(evidence)
            or "Nothing that shares sessions or an address with a partner is running here."
        )
    return (
        "A daemon for shared state or a shared address runs here; whether it covers this session"
        " is shown by the session step."
    )


STEP = Step(
    id="state-sync",
    title="State synchronisation and failover",
    question=(
        "Is there anything at work that shares sessions with the partner, and does it cover this"
        " flow?"
    ),
    phase=Phase.CHOKEPOINT,
    run_phases=(RunPhase.TRACK,),
    queries=queries,
    answers=(Question.STATE_SYNC,),
    meaning=meaning,
    decision=(
        "A cluster is not shared state: believe it only when this very session shows on the other"
        " member."
    ),
)
