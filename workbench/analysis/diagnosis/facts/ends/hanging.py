"""Does the very connection of the flow hang, whatever other connections do?"""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.evidence import Evidence, Question
from collectors.model.flow import Address
from collectors.model.records import Socket
from workbench.analysis.captures.pace import pace
from workbench.analysis.case.findings import ConnState
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.evidence.waiting_sockets import overdue


def hanging(context: Context) -> tuple[str, ...]:
    """The answers in which an end's socket of exactly this flow repeats data that no one
    acknowledges."""
    if context.case.flow.sport is None or not context.tcp:
        return ()
    for device in context.ends:
        found = list(_repeating(context, device))
        late = [item for item, one in found if overdue(one, pace(context.case))]
        if late and not _recovered(context, device, late[-1]):
            return tuple(dict.fromkeys(item.id for item, _ in found))
    return ()


def _repeating(context: Context, device: str) -> Iterator[tuple[Evidence, Socket]]:
    for item in _tables(context, device):
        for socket in item.of(Socket):
            if _repeats(context, socket):
                yield item, socket


def _tables(context: Context, device: str) -> tuple[Evidence, ...]:
    return context.case.usable(device, Question.SOCKETS)


def _repeats(context: Context, socket: Socket) -> bool:
    """Does it send data of this flow again and again?"""
    if not socket.established or not _own(context, socket):
        return False
    return socket.send_queue > 0 and socket.retransmits > 0


def _recovered(context: Context, device: str, last: Evidence) -> bool:
    """Does a later list of sockets show it no more, while everything that was tried came
    through?"""
    if _tables(context, device)[-1] is last:
        return False
    ends = {one.end for one in context.attempts if not one.ours}
    return ends - {ConnState.OPEN} == {ConnState.WORKED}


End = tuple[Address | None, int | None]


def _own(context: Context, socket: Socket) -> bool:
    near: End = (socket.local, socket.local_port)
    far: End = (socket.remote, socket.remote_port)
    ends: set[tuple[End, End]] = {((f.src, f.sport), (f.dst, f.dport)) for f in context.flows}
    return not ends.isdisjoint({(near, far), (far, near)})
