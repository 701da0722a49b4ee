"""Where a device sends packets: its routes, its policy rules, its choice for one packet."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network

from collectors.model.flow import Address, Protocol

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class NextHop:
    """One way out of a route. gateway None = the destination is on the link itself."""

    interface: str | None
    gateway: Address | None = None
    weight: int = 1
    up: bool = True


@dataclass(frozen=True, slots=True)
class Route:
    """One entry of one routing table (`ip -j -d route show table all`)."""

    destination: Network
    table: str  # "main", "local", "100": as the device writes it
    kind: str  # unicast, local, broadcast, blackhole, unreachable, prohibit, throw
    next_hops: tuple[NextHop, ...] = ()
    source: Address | None = None
    metric: int = 0
    protocol: str | None = None
    mtu: int | None = None
    # IPv6: only packets from there look at it (`default from 2001:db8:6::/64 via ..`)
    only_from: Network | None = None


@dataclass(frozen=True, slots=True)
class RouteChoice:
    """The device's own answer for exactly one packet (`ip route get ... iif ... sport ... dport
    ...`)."""

    kind: str  # unicast, local, blackhole, unreachable, prohibit, multicast, invalid
    next_hop: NextHop | None = None
    source: Address | None = None
    table: str | None = None
    mtu: int | None = None
    # the kernel's words where it refused: "Invalid argument", "No route to host"
    error: str | None = None
    sport: int | None = None  # for which source port, where many were asked about at once


@dataclass(frozen=True, slots=True)
class PolicyRule:
    """One policy routing rule (`ip -j rule`). None = the rule does not look at that field."""

    priority: int
    action: str  # lookup, blackhole, unreachable, prohibit, goto, nop
    table: str | None = None
    source: Network | None = None
    destination: Network | None = None
    iif: str | None = None
    oif: str | None = None
    mark: int | None = None
    mask: int = 0xFFFFFFFF
    protocol: Protocol | str | None = None
    sport: tuple[int, int] | None = None
    dport: tuple[int, int] | None = None
    tos: int | None = None
    goto: int | None = None
    inverted: bool = False
    # selectors that nobody can judge (uidrange, suppress_prefixlength ...)
    unread: tuple[str, ...] = ()
    # 4 or 6: rules of one family never see packets of the other; None = not known
    version: int | None = None
