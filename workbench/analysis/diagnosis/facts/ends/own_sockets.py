"""What do the ends' sockets say of the flow, where no packet need be captured?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from collectors.model.evidence import Question
from collectors.model.records import Socket
from workbench.analysis.captures.pace import pace
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.evidence.waiting_sockets import closed_window, overdue, waited

FULL = 1000  # bytes: who waits with less has no packet that could be too large for a link


@dataclass(frozen=True, slots=True)
class UnreadData:
    """`peer` acknowledges what it gets, and takes nothing more: what runs on it does not read."""

    at: str
    peer: str
    waiting: int  # bytes that wait at `at`
    evidence: tuple[str, ...]

    @property
    def text(self) -> str:
        """The sentence."""
        return (
            f"{self.peer} accepts no more data: its receive window is closed because the"
            f" application"
            f" there does not read (at {self.at} {self.waiting} bytes wait, with the persist timer)"
        )

    @property
    def settle(self) -> str:
        """What would tell more."""
        return f"what the process on {self.peer} waits for: its own log, or its stack"


@dataclass(frozen=True, slots=True)
class Cut:
    """A connection that stood, whose data nobody acknowledges any more, while another one of the
    same two is alive."""

    at: str
    quiet: float  # seconds since anything came in it
    heard: float  # and since the other one was heard
    evidence: tuple[str, ...]


def unread(context: Context) -> UnreadData | None:
    """Does an end's socket of exactly this flow wait for room at the other end?"""
    for device, socket, number in _own(context):
        if closed_window(socket):
            target = context.case.owner(socket.remote) if socket.remote else None
            peer = target.name if target else str(socket.remote)
            return UnreadData(device, peer, socket.send_queue, (number,))
    return None


def cut_while_others_live(context: Context) -> Cut | None:
    """Does the flow's own connection hang, and did a later one from the same machine to the same
    service hear more?"""
    for device, socket, number in _own(context):
        stood = socket.state.upper().startswith("ESTAB") and socket.quiet_ms is not None
        if not stood or not 0 < socket.send_queue < FULL or not overdue(socket, pace(context.case)):
            continue
        tried = waited(socket)
        alive = [
            s.quiet_ms / 1000 for s in _siblings(context, device, socket) if s.quiet_ms is not None
        ]
        quiet = (socket.quiet_ms or 0) / 1000
        if alive and min(alive) < min(tried, quiet):
            return Cut(device, quiet, min(alive), (number,))
    return None


def held_by_server(context: Context) -> tuple[str, ...]:
    """The answers in which the server's own socket of exactly this flow stands, with nothing that
    waits in it."""
    own = (one for one in _own(context) if one[0] == context.server)
    return tuple(
        number
        for _, one, number in own
        if one.state.upper().startswith("ESTAB") and not one.send_queue
    )


def knocks(context: Context) -> tuple[str, ...]:
    """The answers in which the client's own sockets wait for a SYN-ACK of this service."""
    flow = context.flow
    return tuple(
        dict.fromkeys(
            item.id
            for one, item in context.case.all_records(
                context.client or "", Question.SOCKETS, Socket
            )
            if one.state.upper() == "SYN-SENT"
            and (one.remote, one.remote_port) == (flow.dst, flow.dport)
        )
    )


def _own(context: Context) -> Iterator[tuple[str, Socket, str]]:
    """The sockets of exactly this flow at its two ends, newest list first."""
    if context.case.flow.sport is None or not context.tcp:
        return
    ends = {((f.src, f.sport), (f.dst, f.dport)) for f in context.flows}
    for device in dict.fromkeys(name for name in (context.client, context.server) if name):
        for item in reversed(context.case.usable(device, Question.SOCKETS)):
            for one in item.of(Socket):
                near, far = (one.local, one.local_port), (one.remote, one.remote_port)
                if (near, far) in ends or (far, near) in ends:
                    yield device, one, item.id


def _siblings(context: Context, device: str, socket: Socket) -> Iterator[Socket]:
    """Other connections between the same two machines and to the same service, that send nothing
    again."""
    client_side = socket.remote_port == context.flow.dport
    for one, _ in context.case.all_records(device, Question.SOCKETS, Socket):
        same_port = (
            one.remote_port == socket.remote_port
            if client_side
            else one.local_port == socket.local_port
        )
        well = one.state.upper().startswith("ESTAB") and not one.retransmits
        if (
            one.remote == socket.remote
            and same_port
            and well
            and one.local_port != socket.local_port
        ):
            yield one
