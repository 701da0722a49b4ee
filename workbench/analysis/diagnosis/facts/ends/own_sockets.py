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
            return UnreadData(device, _peer(context, socket), socket.send_queue, (number,))
    return None


def _peer(context: Context, socket: Socket) -> str:
    """The device at the other end, else its address."""
    owner = context.case.owner(socket.remote) if socket.remote else None
    return owner.name if owner else str(socket.remote)


def cut_while_others_live(context: Context) -> Cut | None:
    """Does the flow's own connection hang, and did a later one from the same machine to the same
    service hear more?"""
    for device, socket, number in _own(context):
        if socket.quiet_ms is None or not _hangs(context, socket):
            continue
        quiet = socket.quiet_ms / 1000
        heard = _last_heard(context, device, socket)
        if heard is not None and heard < min(waited(socket), quiet):
            return Cut(device, quiet, heard, (number,))
    return None


def _hangs(context: Context, socket: Socket) -> bool:
    """Does data of a connection that stood wait too long, in packets that are not large?"""
    small = 0 < socket.send_queue < FULL
    return socket.established and small and overdue(socket, pace(context.case))


def _last_heard(context: Context, device: str, socket: Socket) -> float | None:
    """Seconds since anything came in the liveliest of the other connections."""
    quiet = [one.quiet_ms for one in _siblings(context, device, socket)]
    known = [milliseconds / 1000 for milliseconds in quiet if milliseconds is not None]
    return min(known, default=None)


def held_by_server(context: Context) -> tuple[str, ...]:
    """The answers in which the server's own socket of exactly this flow stands, with nothing that
    waits in it."""
    found = []
    for device, socket, number in _own(context):
        if device == context.server and socket.established and not socket.send_queue:
            found.append(number)
    return tuple(found)


def knocks(context: Context) -> tuple[str, ...]:
    """The answers in which the client's own sockets wait for a SYN-ACK of this service."""
    service = (context.flow.dst, context.flow.dport)
    found: dict[str, None] = {}
    for socket, item in context.case.all_records(context.client or "", Question.SOCKETS, Socket):
        waits = socket.state.upper() == "SYN-SENT"
        if waits and (socket.remote, socket.remote_port) == service:
            found[item.id] = None
    return tuple(found)


def _own(context: Context) -> Iterator[tuple[str, Socket, str]]:
    """The sockets of exactly this flow at its two ends, newest list first."""
    if context.case.flow.sport is None or not context.tcp:
        return
    ends = {((f.src, f.sport), (f.dst, f.dport)) for f in context.flows}
    for device in dict.fromkeys(context.ends):
        for item in reversed(context.case.usable(device, Question.SOCKETS)):
            for one in item.of(Socket):
                near, far = (one.local, one.local_port), (one.remote, one.remote_port)
                if (near, far) in ends or (far, near) in ends:
                    yield device, one, item.id


def _siblings(context: Context, device: str, socket: Socket) -> Iterator[Socket]:
    """Other connections between the same two machines and to the same service, that send nothing
    again."""
    for one, _ in context.case.all_records(device, Question.SOCKETS, Socket):
        well = one.established and not one.retransmits
        if well and _same_service(context, one, socket) and one.local_port != socket.local_port:
            yield one


def _same_service(context: Context, one: Socket, other: Socket) -> bool:
    if one.remote != other.remote:
        return False
    if other.remote_port == context.flow.dport:  # they are the client's
        return one.remote_port == other.remote_port
    return one.local_port == other.local_port
