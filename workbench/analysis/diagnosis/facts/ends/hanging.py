"""Does the very connection of the flow hang, whatever other connections do?"""

from __future__ import annotations

from collectors.model.evidence import Evidence, Question
from collectors.model.records import Socket
from workbench.analysis.captures.pace import pace
from workbench.analysis.case.findings import AttemptEnd
from workbench.analysis.diagnosis.context import Scene
from workbench.analysis.evidence.waiting_sockets import overdue


def hanging(scene: Scene) -> tuple[str, ...]:
    """The answers in which an end's socket of exactly this flow repeats data that nobody
    acknowledges."""
    if scene.case.flow.sport is None or not scene.tcp:
        return ()
    for device in (scene.client, scene.server):
        found = [
            (item, one)
            for item in _tables(scene, device)
            for one in item.of(Socket)
            if _repeats(scene, one)
        ]
        late = [item for item, one in found if overdue(one, pace(scene.case))]
        if late and not _recovered(scene, device, late[-1]):
            return tuple(dict.fromkeys(item.id for item, _ in found))
    return ()


def _tables(scene: Scene, device: str | None) -> tuple[Evidence, ...]:
    return scene.case.usable(device or "", Question.SOCKETS)


def _repeats(scene: Scene, socket: Socket) -> bool:
    waits = socket.state.upper().startswith("ESTAB") and socket.send_queue and socket.retransmits
    return bool(waits) and _own(scene, socket)


def _recovered(scene: Scene, device: str | None, last: Evidence) -> bool:
    """Does a later list of sockets show it no more, while everything that was tried came
    through?"""
    tried = [one.end for one in scene.attempts if not one.ours and one.end is not AttemptEnd.OPEN]
    through = bool(tried) and all(end is AttemptEnd.WORKED for end in tried)
    return through and _tables(scene, device)[-1] is not last


def _own(scene: Scene, socket: Socket) -> bool:
    near, far = (socket.local, socket.local_port), (socket.remote, socket.remote_port)
    ends = [((f.src, f.sport), (f.dst, f.dport)) for f in scene.flows]
    return any((near, far) in ((one, other), (other, one)) for one, other in ends)
