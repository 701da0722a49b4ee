"""Does anything listen for this flow at the server?"""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.evidence import Evidence, Query, QueryParams, Question
from collectors.model.inventory import Device, Role
from collectors.model.records import Socket
from collectors.model.step import Options, Phase, RunPhase, Step, View
from collectors.playbook.audience import ask, involved, near, unusable, with_login


def queries(view: View, options: Options, run_phase: RunPhase) -> Iterator[Query]:
    """The server, and every host that a translated flow may end at."""
    devices = near(view) if run_phase is RunPhase.SURVEY else involved(view)
    hosts = [device for device in devices if _may_be_the_end(device, view.server)]
    return ask(with_login(hosts), Question.LISTENERS, QueryParams(), STEP.id)


def _may_be_the_end(device: Device, server: Device | None) -> bool:
    is_server = server is not None and device.name == server.name
    return is_server or device.role in (Role.SERVER, Role.HOST)


def meaning(evidence: Evidence) -> str:
    """Who listens, and on which addresses."""
    sockets = [one for one in evidence.of(Socket) if one.remote is None]
    if not sockets:
        return unusable(evidence) or "Nothing listens here at all."
    ports = sorted(set(map(_words, sockets)))
    return f"Listening: {', '.join(ports[:12])}."


def _words(socket: Socket) -> str:
    return f"{socket.local or '*'}:{socket.local_port}/{socket.protocol.value}"


STEP = Step(
    id="listeners",
    title="Listening sockets",
    question=(
        "Does a process listen on the flow's port, on the address that the packets really have?"
    ),
    phase=Phase.PROVE,
    run_phases=(RunPhase.SURVEY, RunPhase.TRACK),
    queries=queries,
    answers=(Question.LISTENERS,),
    meaning=meaning,
    decision="If nothing listens there, or only on another address, the network is innocent.",
)
