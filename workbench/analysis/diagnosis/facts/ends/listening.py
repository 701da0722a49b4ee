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
    if socket.interface is None:
        return _address(socket)
    if anywhere:
        return f"the interface {socket.interface}"
    return f"{_address(socket)} on the interface {socket.interface}"


def _address(socket: Socket) -> str:
    if socket.local is not None:
        return str(socket.local)
    return f"any address of IPv{socket.family}" if socket.family is not None else "any address"


def listening(context: Context) -> Listening | None:
    """Does a socket on the server take this flow? None = not known."""
    if context.server is None or context.flow.protocol is Protocol.ICMP:
        return None
    answer = context.case.answer(context.server, Question.LISTENERS)
    flow, iif = _arrival(context, context.server)
    if answer is None or flow is None:
        return None
    same = tuple(one for one in answer.of(Socket) if _listens_for(one, flow))
    taking = tuple(one for one in same if takes(one, flow, iif))
    if taking:
        return Listening(flow, True, (), taking, (answer.id,))
    if not answer.whole or _may_translate(context, context.server):
        return None
    return Listening(flow, False, same, (), (answer.id,))


def _listens_for(socket: Socket, flow: Flow) -> bool:
    if socket.remote:
        return False
    return socket.protocol is flow.protocol and socket.local_port == flow.dport


def _arrival(context: Context, server: str) -> tuple[Flow | None, str | None]:
    """The flow as it comes to the server, and by which interface, as far as that is known."""
    path = context.findings.forward
    if path.hops and path.disposition is Disposition.DELIVERED:
        return path.hops[-1].flow_out, path.hops[-1].iif
    return _as_it_arrives(context, server), None


def _as_it_arrives(context: Context, server: str) -> Flow | None:
    """What the server's own rules turn the flow into, by whichever interface. None = that makes a
    difference."""
    turned: set[Flow] = set()
    for port in context.case.interfaces(server):
        if port.name != "lo":
            turned.add(arriving(context.case, server, context.flow, port.name, (), False).flow)
    if len(turned) > 1:
        return None
    return turned.pop() if turned else context.flow


def _may_translate(context: Context, device: str) -> bool:
    """A translator that hides its rules needs no socket: it may send the flow on to another
    host."""
    translates = context.role(device) in (Role.LOAD_BALANCER, Role.NAT)
    return translates and not context.filters_known(device)


def takes(socket: Socket, flow: Flow, iif: str | None) -> bool:
    """Does this listening socket take a packet of that flow?"""
    elsewhere = iif is not None and socket.interface not in (None, iif)
    if elsewhere:
        return False
    if _takes_both_versions(socket):
        return socket.family in (None, flow.version)
    assert socket.local is not None
    if socket.local.is_unspecified:
        return socket.local.version == flow.version
    return socket.local == flow.dst


def _takes_both_versions(socket: Socket) -> bool:
    """Any address; or `[::]`, which takes IPv4 as well where it is not bound to IPv6 only."""
    if socket.local is None:
        return True
    return socket.local.is_unspecified and socket.local.version == 6 and socket.family is None
