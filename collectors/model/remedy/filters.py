"""Remedies that change what a packet filter, a limit or a bridge lets pass."""

from __future__ import annotations

from dataclasses import dataclass

from collectors.model.flow import Address, Flow
from collectors.model.records import FilterChain, FilterRule
from collectors.model.remedy.base import Remedy, between, named


@dataclass(frozen=True, slots=True)
class PermitFlow(Remedy):
    """Let a flow pass the chain that drops it, ahead of the rules that are there."""

    flow: Flow
    chain: FilterChain

    @property
    def words(self) -> str:
        """What to do."""
        return f"permit {between(self.flow)} ahead of the rules of {named(self.chain.name)}"


@dataclass(frozen=True, slots=True)
class AcceptUntracked(Remedy):
    """Keep a flow out of connection tracking, and let it pass."""

    flow: Flow
    chain: FilterChain

    @property
    def words(self) -> str:
        """What to do."""
        return f"pass {between(self.flow)} without keeping state for it"


@dataclass(frozen=True, slots=True)
class PermitNeighbourDiscovery(Remedy):
    """Let a host hear who asks for its IPv6 address, and the answers to its own questions."""

    chain: FilterChain

    @property
    def words(self) -> str:
        """What to do."""
        return f"permit IPv6 neighbour discovery ahead of the rules of {named(self.chain.name)}"


@dataclass(frozen=True, slots=True)
class PermitVrrp(Remedy):
    """Let the members of a redundancy group hear each other."""

    chain: FilterChain

    @property
    def words(self) -> str:
        """What to do."""
        return f"permit VRRP ahead of the rules of {named(self.chain.name)}"


@dataclass(frozen=True, slots=True)
class PermitTooBig(Remedy):
    """Let the message pass that tells a sender that its packets are too big."""

    version: int  # of IP
    chain: FilterChain | None = None  # None = the device did not show its chains

    @property
    def words(self) -> str:
        """What to do."""
        if self.version == 4:
            return "permit the ICMP message that fragmentation is needed (type 3, code 4)"
        return "permit the ICMPv6 message that a packet is too big (type 2)"


@dataclass(frozen=True, slots=True)
class PassOnTooBig(Remedy):
    """Let a tunnel's end tell senders behind it what it learnt of smaller links."""

    @property
    def words(self) -> str:
        """What to do."""
        return "tell senders the smaller packet size that the path of the tunnel allows"


@dataclass(frozen=True, slots=True)
class ClampMss(Remedy):
    """Let both ends of new TCP connections ask for small segments."""

    mss: int  # bytes
    version: int  # of IP
    chain: FilterChain | None = None

    @property
    def words(self) -> str:
        """What to do."""
        return f"set the maximum segment size of new TCP connections to {self.mss} bytes"


@dataclass(frozen=True, slots=True)
class AnswerEcho(Remedy):
    """Let a host answer pings."""

    version: int  # of IP

    @property
    def words(self) -> str:
        """What to do."""
        return f"answer IPv{self.version} pings (ICMP echo requests)"


@dataclass(frozen=True, slots=True)
class AnswerNeighbourRequests(Remedy):
    """Let a host tell its hardware address to who asks."""

    interface: str  # "all" = whatever the interface

    @property
    def words(self) -> str:
        """What to do."""
        where = "every interface" if self.interface == "all" else named(self.interface)
        return f"answer ARP requests on {where}"


@dataclass(frozen=True, slots=True)
class RemoveArpRule(Remedy):
    """Take a rule away that keeps a host from answering who asks for its hardware address."""

    rule: FilterRule

    @property
    def words(self) -> str:
        """What to do."""
        return f"remove the rule that drops ARP requests: {named(self.rule.text)}"


@dataclass(frozen=True, slots=True)
class JoinBridgePorts(Remedy):
    """Let a bridge pass frames between two of its ports again."""

    port: str

    @property
    def words(self) -> str:
        """What to do."""
        return f"end the isolation of the bridge port {named(self.port)}"


@dataclass(frozen=True, slots=True)
class TrackInOneZone(Remedy):
    """Let a device know the answers of a session that it tracks in another zone."""

    @property
    def words(self) -> str:
        """What to do."""
        return "track both directions of the flow in the same zone"


@dataclass(frozen=True, slots=True)
class TrackBothOrNone(Remedy):
    """Let a device track both directions of a flow, or neither."""

    @property
    def words(self) -> str:
        """What to do."""
        return "track both directions of the flow, or neither of them"


@dataclass(frozen=True, slots=True)
class ChangeLossRule(Remedy):
    """Change a rule that picks what it drops: a limit of a rate, or chance."""

    rule: FilterRule
    limit: bool  # of a rate; else it drops by chance

    @property
    def words(self) -> str:
        """What to do."""
        what = "raise the rate of" if self.limit else "remove"
        return f"{what} the rule {named(self.rule.text)}"


@dataclass(frozen=True, slots=True)
class RaiseConnectionLimit(Remedy):
    """Let a rule permit more connections at once."""

    flow: Flow
    rule: FilterRule | None
    rule_text: str  # the rule in the device's own words

    @property
    def words(self) -> str:
        """What to do."""
        return f"raise the number of connections in the rule {named(self.rule_text)}"


@dataclass(frozen=True, slots=True)
class SetPacketLifeSetting(Remedy):
    """Let what a device sends pass more routers: by the setting that makes its life short."""

    setting: str  # as the device calls it
    was: str
    life: int  # routers that a packet may pass

    @property
    def words(self) -> str:
        """What to do."""
        return f"set the time to live to {self.life} ({named(self.setting)}, now {named(self.was)})"


@dataclass(frozen=True, slots=True)
class RemovePacketLifeRule(Remedy):
    """Take a rule away that makes the life of packets short."""

    rule: FilterRule

    @property
    def words(self) -> str:
        """What to do."""
        return f"remove the rule {named(self.rule.text)}"


@dataclass(frozen=True, slots=True)
class SetPacketLife(Remedy):
    """Let what a device sends to one address pass more routers, by a rule."""

    destination: Address
    life: int  # routers that a packet may pass

    @property
    def words(self) -> str:
        """What to do."""
        return f"set the time to live of packets for {self.destination} to {self.life}"
