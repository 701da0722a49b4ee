"""Where tunnels lead: records that interfaces, lists of tunnels and their peers tell."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network

from collectors.model.flow import Address


@dataclass(frozen=True, slots=True)
class Tunnel:
    """Where an interface's packets are carried to, inside of others (`ip -j -d link`:
    info_data)."""

    kind: str  # vxlan, geneve, gre, gretap, ipip, sit, ip6tnl, vti, wireguard, tun ...
    remote: Address | None  # None = it has several far ends, or does not tell where it leads
    local: Address | None = None  # None = as routing selects
    port: int | None = None  # UDP port of vxlan and geneve
    key: int | None = None  # network identifier or key


@dataclass(frozen=True, slots=True)
class TunnelLink:
    """An interface that is a tunnel, as a list of tunnels tells it (`ip tunnel show`)."""

    interface: str
    tunnel: Tunnel


@dataclass(frozen=True, slots=True)
class Peer:
    """One of several far ends of a tunnel, chosen by destination (`wg show`) or by hardware address
    (`bridge fdb`)."""

    interface: str
    # the beginning of its public key, or the hardware address behind it (all zeros = every other
    # one)
    name: str
    endpoint: Address | None = None  # None = it was never heard, and its place is not shown
    port: int | None = None
    # what is sent to it, and what it may send from
    allowed: tuple[IPv4Network | IPv6Network, ...] = ()
    listening: int | None = None  # this end's own port
    heard: int | None = None  # seconds since the latest handshake; None = never
