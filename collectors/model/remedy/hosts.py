"""Remedies on a host: its services, its addresses, its links."""

from __future__ import annotations

from dataclasses import dataclass

from collectors.model.flow import Address, Flow
from collectors.model.inventory import AddressWithPrefix
from collectors.model.remedy.base import Remedy, named


@dataclass(frozen=True, slots=True)
class StartService(Remedy):
    """Start the service that should answer."""

    flow: Flow

    @property
    def words(self) -> str:
        """What to do."""
        return f"start the service that serves {self.flow.protocol} port {self.flow.dport}"


@dataclass(frozen=True, slots=True)
class BindService(Remedy):
    """Let a service take connections where clients come; interface = the only one it serves now."""

    flow: Flow
    interface: str | None = None

    @property
    def words(self) -> str:
        """What to do."""
        if self.interface is not None:
            return (
                f"do not bind the service to the interface {named(self.interface)}, then restart it"
            )
        return f"let the service listen on {self.flow.dst} or on all addresses, then restart it"


@dataclass(frozen=True, slots=True)
class AnswerFromAsked(Remedy):
    """Let a service answer from the address that was asked."""

    flow: Flow

    @property
    def words(self) -> str:
        """What to do."""
        return (
            f"let the service listen on each of its addresses by itself ({self.flow.dst} among"
            " them), then restart it"
        )


@dataclass(frozen=True, slots=True)
class SignAlike(Remedy):
    """Give both ends of a connection the same key for its segments, or none."""

    client: Address
    counter: str  # which counts what is thrown away, as the server calls it

    @property
    def words(self) -> str:
        """What to do."""
        return (
            f"give the service and the client {self.client} the same key for their segments, or"
            " none to either"
        )


@dataclass(frozen=True, slots=True)
class AcceptFromAfar(Remedy):
    """Let a service take segments from as many routers away as the client is."""

    client: Address
    counter: str  # which counts what is thrown away, as the server calls it

    @property
    def words(self) -> str:
        """What to do."""
        return (
            f"set {self.client} to send with a TTL of 255, and the service to take it from that"
            " many hops away"
        )


@dataclass(frozen=True, slots=True)
class RemoveAddress(Remedy):
    """Take an address away from a device that should not have it."""

    address: AddressWithPrefix
    interface: str

    @property
    def words(self) -> str:
        """What to do."""
        return f"remove the address {self.address} from {named(self.interface)}"


@dataclass(frozen=True, slots=True)
class RestartStuckService(Remedy):
    """Let a service take the connections that wait for it."""

    flow: Flow
    target: str  # address and port, in words
    one_of_several: bool  # only some of the processes that share the port are stuck

    @property
    def words(self) -> str:
        """What to do."""
        which = "the stuck one of the processes" if self.one_of_several else "the process"
        verb = "share" if self.one_of_several else "serves"
        why = "find out why it does not accept connections"
        return f"{why}, then restart {which} that {verb} port {self.flow.dport}"


@dataclass(frozen=True, slots=True)
class UseSynCookies(Remedy):
    """Answer SYNs without keeping anything of them, as long as the queue is full."""

    flow: Flow

    @property
    def words(self) -> str:
        """What to do."""
        return "use SYN cookies while the queue of half-open connections is full"


@dataclass(frozen=True, slots=True)
class LengthenListenQueue(Remedy):
    """Let more connections wait until the service takes them."""

    target: str  # address and port of the service, in words

    @property
    def words(self) -> str:
        """What to do."""
        return "raise the number of connections that may wait for the service, and its own backlog"


@dataclass(frozen=True, slots=True)
class RestoreHost(Remedy):
    """Bring a host or its link back."""

    @property
    def words(self) -> str:
        """What to do."""
        return "bring the host or its link up: console, hypervisor, switch port"


@dataclass(frozen=True, slots=True)
class InspectLink(Remedy):
    """See what is wrong with a link that loses packets."""

    interface: str | None
    after: str | None  # the device at the other end

    @property
    def words(self) -> str:
        """What to do."""
        end = f" and on {self.after}" if self.after else ""
        return f"read the error counters of {named(self.interface)} here{end}"


@dataclass(frozen=True, slots=True)
class WidenQueue(Remedy):
    """Let a queue that overflows send faster, or hold more."""

    interface: str | None

    @property
    def words(self) -> str:
        """What to do."""
        return f"raise the rate or the length of the queue of {named(self.interface)}"
