"""Who listens on the server for what the flow asks?"""

from __future__ import annotations

from dataclasses import dataclass

from collectors.model.evidence import Question
from collectors.model.flow import Flow, Protocol
from collectors.model.inventory import Role
from collectors.model.records import Socket
from workbench.analysis.case.findings import Disposition
from workbench.analysis.device.translation import arriving
from workbench.analysis.diagnosis.context import Context


@dataclass(frozen=True, slots=True)
class Listening:
    """What the server's list of listening sockets says about the flow as it arrives there."""

    flow: Flow
    serves: bool
    same_port: tuple[Socket, ...] = ()  # listeners on that port that this flow does not reach
    taking: tuple[Socket, ...] = ()  # listeners that it does reach
    evidence: tuple[str, ...] = ()

    @property
    def target(self) -> str:
        """Protocol, address and port in words."""
        return f"{self.flow.protocol} {self.flow.dst} port {self.flow.dport}"

    @property
    def elsewhere(self) -> str:
        """Where the port is served instead."""
        bound = sorted(set(map(_bound_to, self.same_port)))
        return f" (the port is bound to {', '.join(bound)} only)" if bound else ""


def _bound_to(socket: Socket) -> str:
    """The address, and the device where the socket is bound to one (SO_BINDTODEVICE:
    `0.0.0.0%eth1`)."""
    anywhere = socket.local is None or socket.local.is_unspecified
    every = f"any address of IPv{socket.family}" if socket.family is not None else "any address"
    address = every if socket.local is None else str(socket.local)
    if socket.interface is None:
        return address
    return (
        f"the interface {socket.interface}"
        if anywhere
        else f"{address} on the interface {socket.interface}"
    )


def listening(context: Context) -> Listening | None:
    """Does a socket on the server take this flow? None = not known."""
    path = context.findings.forward
    if context.server is None or context.flow.protocol is Protocol.ICMP:
        return None
    hop = path.hops[-1] if path.hops and path.disposition is Disposition.DELIVERED else None
    flow, iif = (hop.flow_out, hop.iif) if hop else (_as_it_arrives(context, context.server), None)
    answer = context.case.answer(context.server, Question.LISTENERS)
    if answer is None or flow is None:
        return None
    same = [
        s
        for s in answer.of(Socket)
        if s.protocol is flow.protocol and s.local_port == flow.dport and not s.remote
    ]
    taking = tuple(s for s in same if takes(s, flow, iif))
    if not taking and (not answer.whole or _may_translate(context, context.server)):
        return None
    return Listening(flow, bool(taking), () if taking else tuple(same), taking, (answer.id,))


def _as_it_arrives(context: Context, server: str) -> Flow | None:
    """What the server's own rules turn the flow into, by whichever interface. None = that makes a
    difference."""
    ports = [one.name for one in context.case.interfaces(server) if one.name != "lo"]
    turned = {arriving(context.case, server, context.flow, port, (), False).flow for port in ports}
    return next(iter(turned), context.flow) if len(turned) < 2 else None


def _may_translate(context: Context, device: str) -> bool:
    """A translator that hides its rules needs no socket: it may send the flow on to another
    host."""
    return context.role(device) in (Role.LOAD_BALANCER, Role.NAT) and not context.filters_known(
        device
    )


def takes(socket: Socket, flow: Flow, iif: str | None) -> bool:
    """Does this listening socket take a packet of that flow?"""
    if socket.interface not in (None, iif) and iif is not None:
        return False
    if socket.local is None or (
        socket.local.is_unspecified and socket.local.version == 6 and socket.family is None
    ):
        return socket.family in (None, flow.version)
    return socket.local == flow.dst or (
        socket.local.is_unspecified and socket.local.version == flow.version
    )
