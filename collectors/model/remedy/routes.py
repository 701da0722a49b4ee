"""Remedies that change where packets go: routes, policy rules, tunnels' ends."""

from __future__ import annotations

from dataclasses import dataclass

from collectors.model.flow import Address
from collectors.model.records import PolicyRule, Route
from collectors.model.remedy.base import Remedy, named
from collectors.model.tunnels import Peer


@dataclass(frozen=True, slots=True)
class LookupMarks:
    """What a packet carries in addition to its addresses when the device looks for its route."""

    mark: int = 0
    tos: int = 0


@dataclass(frozen=True, slots=True)
class SetRoute(Remedy):
    """Send one address by a neighbour. gateway = destination: it is on the link itself."""

    destination: Address
    gateway: Address
    interface: str | None = None
    table: str | None = None  # None = the main one
    standing: Route | None = None  # for exactly this address, there now
    # prove it by asking the device for the route of such a packet; None = proved in another way
    lookup: LookupMarks | None = None

    @property
    def words(self) -> str:
        """What to do."""
        by = "directly" if self.gateway == self.destination else f"via {self.gateway}"
        link = f" on {named(self.interface)}" if self.interface else ""
        table = f" in table {named(self.table)}" if self.table not in (None, "main") else ""
        return f"route packets for {self.destination} {by}{link}{table}"

    @property
    def gateway_before(self) -> Address | None:
        """The gateway of the route that stands there now; None = there is none, or no single one."""
        plain = self.standing is not None and self.standing.kind == "unicast"
        hops = self.standing.next_hops if self.standing is not None and plain else ()
        return hops[0].gateway if len(hops) == 1 else None


@dataclass(frozen=True, slots=True)
class FindRoute(Remedy):
    """A route is missing, and nothing tells by which neighbour it should go."""

    node: str
    destination: Address

    @property
    def words(self) -> str:
        """What to do."""
        return f"add a route to {self.destination}: no neighbour on the way is known"


@dataclass(frozen=True, slots=True)
class RouteToTranslator(Remedy):
    """Send replies back to the device that translated their requests."""

    destination: Address
    gateway: Address  # the translator's own address on this side

    @property
    def words(self) -> str:
        """What to do."""
        return f"route packets for {self.destination} via the translator at {self.gateway}"


@dataclass(frozen=True, slots=True)
class SetSymmetricHash(Remedy):
    """Let both directions of a flow hash to the same one of several next hops."""

    version: int  # of IP

    @property
    def words(self) -> str:
        """What to do."""
        return (
            "choose among next hops by addresses and ports, with the same hash seed on every router"
        )


@dataclass(frozen=True, slots=True)
class StartForwarding(Remedy):
    """Let the device pass on what is not for itself."""

    interface: str | None
    destination: Address

    @property
    def words(self) -> str:
        """What to do."""
        return (
            f"forward IPv{self.destination.version} packets that come in on {named(self.interface)}"
        )


@dataclass(frozen=True, slots=True)
class RemovePolicyRules(Remedy):
    """Take away the policy rules that send the flow to another table."""

    rules: tuple[PolicyRule, ...]
    version: int  # of IP

    @property
    def words(self) -> str:
        """What to do."""
        which = ", ".join(f"{one.priority} (table {named(one.table)})" for one in self.rules)
        return f"remove the policy rule {which}"


@dataclass(frozen=True, slots=True)
class AddSourceRule(Remedy):
    """Ask a table for packets of one source before another rule has its turn."""

    source: Address
    table: str | None
    priority: int

    @property
    def words(self) -> str:
        """What to do."""
        return (
            f"look up packets from {self.source} in table {named(self.table)},"
            f" at priority {self.priority}"
        )


@dataclass(frozen=True, slots=True)
class RouteBySource(Remedy):
    """Send what has one source address by a gateway of its own; destination None = everywhere."""

    source: Address
    gateway: Address
    interface: str | None
    destination: Address | None = None

    @property
    def words(self) -> str:
        """What to do."""
        to = f" to {self.destination}" if self.destination else ""
        link = named(self.interface)
        return f"route packets from {self.source}{to} via {self.gateway} on {link}"


@dataclass(frozen=True, slots=True)
class TeachPeerEndpoint(Remedy):
    """Tell a tunnel where the other end of one of its peers is."""

    link: str | None

    @property
    def words(self) -> str:
        """What to do."""
        return f"set the address of the peer of {named(self.link)} that has none"


@dataclass(frozen=True, slots=True)
class SendThroughPeer(Remedy):
    """Let a peer of a tunnel carry packets for one address."""

    link: str | None
    destination: Address

    @property
    def words(self) -> str:
        """What to do."""
        return f"allow {self.destination} for the right peer of {named(self.link)}"


@dataclass(frozen=True, slots=True)
class LetPeerIn(Remedy):
    """Take packets of one source address from a peer of a tunnel."""

    peer: Peer
    source: Address

    @property
    def words(self) -> str:
        """What to do."""
        link, name = named(self.peer.interface), named(self.peer.name)
        return f"let the peer {name} of {link} send packets from {self.source}"


@dataclass(frozen=True, slots=True)
class SetTunnelEnd(Remedy):
    """Correct the far end that a tunnel's forwarding table names for a hardware address."""

    mac: str
    interface: str
    wrong: Address | None  # what the entry says
    right: Address | None  # None = not known
    holder: str  # the device that has the hardware address

    @property
    def words(self) -> str:
        """What to do."""
        end = self.right or f"the address that {self.holder} has itself"
        return f"send frames for {named(self.mac)} on {named(self.interface)} to {end}"
