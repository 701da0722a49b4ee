"""Do the sockets of both ends tell that their connection is alive: each got what the other sent, not
long ago?"""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.evidence import Question
from collectors.model.flow import Flow, Protocol
from collectors.model.records import Socket
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import Attempt, ConnState, Use, WatchedFrom

RECENT = 60_000  # milliseconds: what was silent for longer may have been forgotten on the way since

_Owned = tuple[str, Socket, str]  # device, its socket, the answer in which it stands


def standing(case: Case) -> Iterator[Attempt]:
    """The connections of the flow that are alive at both ends, where nobody captured and all that
    the client holds are."""
    names = [device.name for device in case.inventory.devices]
    captured = any(case.answers(name, Question.CAPTURE) for name in names)
    if captured or case.flow.protocol is not Protocol.TCP:
        return
    at_client = _sockets(case, case.flow)
    at_server = _sockets(case, case.flow.reversed())
    if not at_client or at_client.keys() != at_server.keys():
        return
    every = [*at_client.values(), *at_server.values()]
    if not all(_alive(socket) for _, socket, _ in every):
        return
    for flow, (place, _, number) in at_client.items():
        evidence = tuple(dict.fromkeys((number, at_server[flow][2])))
        yield Attempt(
            flow,
            ConnState.WORKED,
            fresh=False,
            evidence=evidence,
            use=Use.USED,
            watch=WatchedFrom.BOTH_SOCKETS,
            place=place,
        )


def _sockets(case: Case, flow: Flow) -> dict[Flow, _Owned]:
    """The newest socket of each connection at the machine that sends this direction, by the flow
    that the client began."""
    found: dict[Flow, _Owned] = {}
    for device in case.inventory.devices:
        for socket, item in case.all_records(device.name, Question.SOCKETS, Socket):
            held = _flow_of(socket)
            if held is None or not flow.matches(held):
                continue
            began = held if flow == case.flow else held.reversed()
            found.setdefault(began, (device.name, socket, item.id))
    return found


def _flow_of(socket: Socket) -> Flow | None:
    if socket.local is None or socket.remote is None or socket.remote_port is None:
        return None
    return Flow(socket.protocol, socket.local, socket.local_port, socket.remote, socket.remote_port)


def _alive(socket: Socket) -> bool:
    waits = socket.send_queue or socket.recv_queue or socket.retransmits
    both_ways = bool(socket.acked_bytes and socket.received_bytes)
    heard = socket.quiet_ms is not None and socket.quiet_ms <= RECENT
    return socket.established and not waits and both_ways and heard
