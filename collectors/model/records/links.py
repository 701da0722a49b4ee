"""Interfaces of a device, and who answers on their links."""

from __future__ import annotations

from dataclasses import dataclass

from collectors.model.flow import Address
from collectors.model.inventory import AddressWithPrefix
from collectors.model.tunnels import Tunnel


@dataclass(frozen=True, slots=True)
class Interface:
    """One interface with its addresses (`ip -j -d addr`)."""

    name: str
    index: int  # 0 = not known
    mac: str | None
    mtu: int  # bytes; 0 = not known
    up: bool  # True also where the system does not say
    kind: str | None = None  # veth, bridge, vlan, bond, vrf, tun ... ; None for a plain port
    master: str | None = None
    addresses: tuple[AddressWithPrefix, ...] = ()
    tunnel: Tunnel | None = None
    # a bridge's port: nothing passes between it and another one that is isolated, too
    isolated: bool = False


@dataclass(frozen=True, slots=True)
class Neighbour:
    """One entry of the neighbour table (`ip -j neigh`)."""

    address: Address
    interface: str
    mac: str | None
    states: tuple[str, ...]  # REACHABLE, STALE, DELAY, PROBE, FAILED, INCOMPLETE, PERMANENT, NOARP
    router: bool = False

    @property
    def unanswered(self) -> bool:
        """Was the address asked for, and did no machine answer?"""
        return not {"FAILED", "INCOMPLETE"}.isdisjoint(self.states)
