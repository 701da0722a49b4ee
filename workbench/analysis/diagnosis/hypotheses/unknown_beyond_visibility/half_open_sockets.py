"""What the two ends' sockets say, where nobody captured."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.evidence import Question
from collectors.model.flow import Flow
from collectors.model.records import Socket
from workbench.analysis.case.verdict import Direction, Reason
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.reasons import WEAK


def direction(context: Context) -> Direction | None:
    """Does the server's socket answer what the client's asks, or has it heard nothing?"""
    asks = {one.state for one in _sockets(context, context.client, reverse=False)}
    hears = {one.state for one in _sockets(context, context.server, reverse=True)}
    asked = context.server is not None and context.case.asked(context.server, Question.SOCKETS)
    if "SYN-SENT" not in asks or not asked:
        return None
    return Direction.of(reverse="SYN-RECV" in hears)


def reasons(context: Context) -> Iterator[Reason]:
    """The client waits for an answer that the server has given."""
    client, server = context.client, context.server
    if direction(context) is Direction.REVERSE and client and server:
        text = f"{client} waits for an answer (SYN-SENT), and {server} has given it (SYN-RECV)"
        ends = [context.evidence(end, Question.SOCKETS) for end in (client, server)]
        yield Reason(WEAK, text, (*ends[0], *ends[1]))


def _sockets(context: Context, device: str | None, reverse: bool) -> Iterator[Socket]:
    flows = [flow.reversed() if reverse else flow for flow in context.flows]
    for one, _ in context.case.all_records(device or "", Question.SOCKETS, Socket):
        if any(_is_of(one, flow) for flow in flows):
            yield one


def _is_of(socket: Socket, flow: Flow) -> bool:
    """A port that the flow does not know may be any."""
    near = (socket.local, socket.local_port) == (flow.src, flow.sport or socket.local_port)
    far = (socket.remote, socket.remote_port) == (flow.dst, flow.dport or socket.remote_port)
    return near and far
