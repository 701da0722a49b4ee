"""Has a socket waited longer for an acknowledgement than the way there and back takes?"""

from __future__ import annotations

from collectors.model.records import Socket
from workbench.analysis.captures.pace import UNMEASURED, Pace

# seconds: TCP's own timeout is never shorter (Linux, TCP_RTO_MIN); the first of a SYN is UNMEASURED
FASTEST = 0.2
_CLOSING = frozenset({"FIN-WAIT-1", "LAST-ACK", "CLOSING"})


def overdue(socket: Socket, pace: Pace) -> bool:
    """Does it repeat itself, and has it done so for longer than an answer takes? A FIN alone is no
    data."""
    only_a_fin = socket.state.upper() in _CLOSING and socket.send_queue <= 1
    if only_a_fin or closed_window(socket):
        return False
    return waited(socket) >= pace.patience


def closed_window(socket: Socket) -> bool:
    """Does it wait for room at the other end, which answers its probes? Unanswered ones are counted
    as repetitions."""
    waits_for_room = socket.timer == "persist" and socket.send_queue > 0
    return waits_for_room and socket.retransmits <= 1


def waited(socket: Socket) -> float:
    """For how many seconds, at least? Each repetition comes after twice the time of the one
    before."""
    opening = socket.state.upper().startswith("SYN-")
    trip = ((socket.rtt_ms or 0.0) + 4 * (socket.rtt_var_ms or 0.0)) / 1000
    timeout = UNMEASURED if opening else FASTEST + trip
    return timeout * ((1 << min(socket.retransmits, 16)) - 1)
