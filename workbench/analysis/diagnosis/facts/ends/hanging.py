"""Does the very connection of the flow hang, whatever other connections do?"""

from __future__ import annotations

from collectors.model.evidence import Evidence, Question
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
    for device in (context.client, context.server):
        found = [
            (item, one)
            for item in _tables(context, device)
            for one in item.of(Socket)
            if _repeats(context, one)
        ]
        late = [item for item, one in found if overdue(one, pace(context.case))]
        if late and not _recovered(context, device, late[-1]):
            return tuple(dict.fromkeys(item.id for item, _ in found))
    return ()


def _tables(context: Context, device: str | None) -> tuple[Evidence, ...]:
    return context.case.usable(device or "", Question.SOCKETS)


def _repeats(context: Context, socket: Socket) -> bool:
    waits = socket.state.upper().startswith("ESTAB") and socket.send_queue and socket.retransmits
    return bool(waits) and _own(context, socket)


def _recovered(context: Context, device: str | None, last: Evidence) -> bool:
    """Does a later list of sockets show it no more, while everything that was tried came
    through?"""
    tried = [one.end for one in context.attempts if not one.ours and one.end is not ConnState.OPEN]
    through = bool(tried) and all(end is ConnState.WORKED for end in tried)
    return through and _tables(context, device)[-1] is not last


def _own(context: Context, socket: Socket) -> bool:
    near, far = (socket.local, socket.local_port), (socket.remote, socket.remote_port)
    ends = [((f.src, f.sport), (f.dst, f.dport)) for f in context.flows]
    return any((near, far) in ((one, other), (other, one)) for one, other in ends)
