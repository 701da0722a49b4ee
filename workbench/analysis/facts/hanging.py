"""Does the very connection of the flow hang, whatever other connections do?"""

from __future__ import annotations

from collectors.model.evidence import Question
from collectors.model.records import Socket
from workbench.analysis.facts.scene import Scene
from workbench.analysis.pace import pace
from workbench.analysis.sockets import overdue


def hanging(scene: Scene) -> tuple[str, ...]:
    """The answers in which an end's socket of exactly this flow repeats data that nobody acknowledges."""
    if scene.case.flow.sport is None or not scene.tcp:
        return ()
    for device in (scene.client, scene.server):
        found = [
            (item.id, one)
            for item in scene.case.answers(device or "", Question.SOCKETS)
            for one in item.of(Socket)
            if _own(scene, one) and one.state.upper().startswith("ESTAB") and one.send_queue and one.retransmits
        ]
        if any(overdue(one, pace(scene.case)) for _, one in found):
            return tuple(dict.fromkeys(number for number, _ in found))
    return ()


def _own(scene: Scene, socket: Socket) -> bool:
    near, far = (socket.local, socket.local_port), (socket.remote, socket.remote_port)
    ends = [((f.src, f.sport), (f.dst, f.dport)) for f in scene.flows]
    return any((near, far) in ((one, other), (other, one)) for one, other in ends)
