"""Does the service accept what reaches it? A socket that listens may still refuse: its queue is full."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.evidence import Question
from collectors.model.flow import Protocol
from workbench.analysis.facts.deltas import counter_moved
from workbench.analysis.facts.listening import Listening
from workbench.analysis.facts.reasons import DIRECT, STRONG, WEAK
from workbench.analysis.facts.scene import Scene
from workbench.analysis.verdict import Reason

HALF = 1.5
_OVERFLOWS = {
    Protocol.TCP: ("TcpExtListenOverflows", "TcpExtTCPReqQFullDrop"),
    Protocol.UDP: ("UdpRcvbufErrors", "Udp6RcvbufErrors"),
}


def swamped(scene: Scene, found: Listening) -> Iterator[Reason]:
    """What says that the service takes nothing more: its full queue, and packets thrown away for want of room."""
    full = _fullest(scene, found)
    if full is not None:
        yield full
    yield from _overflows(scene, found, DIRECT if full is not None else HALF)


def _fullest(scene: Scene, found: Listening) -> Reason | None:
    """More connections wait for `accept()` than the socket lets wait (ss: Recv-Q above Send-Q)."""
    if found.flow.protocol is not Protocol.TCP or any(s.recv_queue <= s.send_queue for s in found.taking):
        return None
    most = max((s for s in found.taking if s.state == "LISTEN"), key=lambda s: s.recv_queue, default=None)
    if most is None:
        return None
    text = f"{most.recv_queue} connections wait for the service to accept them, and it lets {most.send_queue} wait"
    return Reason(STRONG, text, found.evidence)


def _overflows(scene: Scene, found: Listening, weight: float) -> Iterator[Reason]:
    """The counter is of the whole machine: without the full queue it may speak of another service."""
    for name in _OVERFLOWS.get(found.flow.protocol, ()):
        moved = counter_moved(scene.case, scene.server or "", name)
        if moved is not None and moved.amount > 0:
            yield Reason(weight, f"{scene.server} threw {moved.amount} away for want of room ({name})", moved.evidence)


def arrived_unanswered(scene: Scene) -> Iterator[Reason]:
    """Did the packets reach the server, and nothing came of them?"""
    for drop in scene.drops(reverse=False):
        if drop.node == scene.server:
            yield Reason(WEAK, f"the {drop.packet} reaches {drop.node} and is not answered", drop.evidence)
            return
    if scene.server and scene.case.asked(scene.server, Question.CAPTURE) and scene.saw(scene.server, False) is False:
        yield Reason(-STRONG, f"nothing of the flow reaches {scene.server}")
