"""What the two ends' sockets say, where nobody captured."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.evidence import Question
from collectors.model.flow import Flow
from collectors.model.records import Socket
from workbench.analysis.case.verdict import Direction, Reason
from workbench.analysis.diagnosis.context import Scene
from workbench.analysis.diagnosis.facts.reasons import WEAK


def direction(scene: Scene) -> Direction | None:
    """Does the server's socket answer what the client's asks, or has it heard nothing?"""
    asks = {one.state for one in _sockets(scene, scene.client, reverse=False)}
    hears = {one.state for one in _sockets(scene, scene.server, reverse=True)}
    told = scene.server is not None and scene.case.asked(scene.server, Question.SOCKETS)
    if "SYN-SENT" not in asks or not told:
        return None
    return Direction.REVERSE if "SYN-RECV" in hears else Direction.FORWARD


def reasons(scene: Scene) -> Iterator[Reason]:
    """The client waits for an answer that the server has given."""
    client, server = scene.client, scene.server
    if direction(scene) is Direction.REVERSE and client and server:
        text = f"{client} waits for an answer (SYN-SENT), and {server} has given it (SYN-RECV)"
        ends = [scene.evidence(end, Question.SOCKETS) for end in (client, server)]
        yield Reason(WEAK, text, (*ends[0], *ends[1]))


def _sockets(scene: Scene, device: str | None, reverse: bool) -> Iterator[Socket]:
    flows = [flow.reversed() if reverse else flow for flow in scene.flows]
    for one, _ in scene.case.all_records(device or "", Question.SOCKETS, Socket):
        if any(_is_of(one, flow) for flow in flows):
            yield one


def _is_of(socket: Socket, flow: Flow) -> bool:
    """A port that the flow does not know may be any."""
    near = (socket.local, socket.local_port) == (flow.src, flow.sport or socket.local_port)
    far = (socket.remote, socket.remote_port) == (flow.dst, flow.dport or socket.remote_port)
    return near and far
