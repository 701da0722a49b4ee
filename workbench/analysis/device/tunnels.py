"""Where does a tunnel's interface carry a packet, and in what? Some have one far end, some choose
it by destination."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from collectors.model.evidence import Question
from collectors.model.flow import Address, Flow, Protocol
from collectors.model.records import Neighbour, NextHop
from collectors.model.tunnels import Peer, Tunnel, TunnelLink
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import Hop
from workbench.analysis.case.interface_addresses import InterfaceAddress
from workbench.analysis.device import fib

WIREGUARD = "wireguard"
_GRE = frozenset({"gre", "gretap", "erspan", "ip6gre", "ip6gretap", "ip6erspan"})
_WHOLE = frozenset({"ipip", "sit", "ip6tnl"})  # a packet in a packet, and nothing between them
_IPSEC = frozenset({"vti", "vti6", "xfrm"})
# they carry packets, not frames: no neighbour is asked for
ROUTED = _WHOLE | _IPSEC | {"gre", "ip6gre", WIREGUARD}

# bytes: Ethernet, ERSPAN, WireGuard, ESP at most
_FRAMED, _ERSPAN, _SECRET, _ENCRYPTED = 14, 12, 32, 53
_OWN = {**dict.fromkeys(_GRE, 4), "vxlan": 8 + _FRAMED, "geneve": 8 + _FRAMED, WIREGUARD: _SECRET}
_OWN |= {"gretap": 4 + _FRAMED, "ip6gretap": 4 + _FRAMED, **dict.fromkeys(_IPSEC, _ENCRYPTED)}
_OWN |= {"erspan": 4 + _FRAMED + _ERSPAN, "ip6erspan": 4 + _FRAMED + _ERSPAN}


def tunnel_at(case: Case, device: str | None, interface: str | None) -> Tunnel | None:
    """The tunnel that this interface is, None for another one."""
    if device is None or interface is None:
        return None
    link = case.interface(device, interface)
    if link is not None and link.tunnel is not None:
        return link.tunnel
    return _listed(case, device, interface)


def _listed(case: Case, device: str, interface: str) -> Tunnel | None:
    """The tunnel as the device's list of tunnels shows it, or its list of far ends."""
    for one, _ in case.all_records(device, Question.TUNNELS, TunnelLink):
        if one.interface == interface:
            return one.tunnel
    return Tunnel(WIREGUARD, None) if _has_peers(case, device, interface) else None


def _has_peers(case: Case, device: str, interface: str) -> bool:
    """Are there far ends that take only certain addresses, as WireGuard's do?"""
    return any(one.allowed for one in peers(case, device, interface))


def peers(case: Case, device: str, interface: str) -> tuple[Peer, ...]:
    """The far ends among which this interface chooses."""
    every = case.records(device, Question.TUNNELS, Peer)
    return tuple(one for one in every if one.interface == interface)


def peer_for(case: Case, device: str, interface: str, to: Address) -> Peer | None:
    """The far end that takes packets to that address: the one with the longest prefix that holds
    it."""
    found, longest = None, -1
    for one in peers(case, device, interface):
        for network in one.allowed:
            if to in network and network.prefixlen > longest:
                found, longest = one, network.prefixlen
    return found


def nobody_takes(case: Case, device: str, interface: str | None, to: Address) -> bool:
    """Did the device show all far ends of this interface, and none takes packets to that
    address?"""
    if interface is None or not _has_peers(case, device, interface):
        return False
    if not case.asked(device, Question.TUNNELS):
        return False
    return peer_for(case, device, interface, to) is None


def carrier(case: Case, hop: Hop) -> tuple[str, Tunnel] | None:
    """The tunnel interface into which the hop sends the packet, with the far end that it takes,
    where that is known.

    A bridge sends by what its ports learned of the next hop's hardware address.
    """
    device, oif = hop.device, hop.oif
    if device is None or oif is None:
        return None
    tunnel = tunnel_at(case, device, oif)
    if tunnel is not None:
        return oif, _resolved(case, device, oif, tunnel, hop)
    mac = _next_mac(case, hop)
    for link in case.interfaces(device):
        if link.master != oif or link.tunnel is None:
            continue
        if _learned(case, device, link.name, mac):
            return link.name, _resolved(case, device, link.name, link.tunnel, hop)
    return None


def _learned(case: Case, device: str, interface: str, mac: str | None) -> bool:
    """Does the tunnel know behind which far end that hardware address is?"""
    if not mac:
        return False
    return any(one.name == mac for one in peers(case, device, interface))


def _resolved(case: Case, device: str, interface: str, tunnel: Tunnel, hop: Hop) -> Tunnel:
    """With the far end that it chooses for this packet, and that one's port."""
    if tunnel.remote is not None:
        return tunnel
    if tunnel.kind == WIREGUARD:
        peer = peer_for(case, device, interface, hop.flow_out.dst)
        port = None
    else:
        peer = behind(case, device, interface, _next_mac(case, hop))
        port = tunnel.port
    if peer is None:
        return tunnel
    return replace(tunnel, remote=peer.endpoint, port=peer.port or port)


_ALL_OTHERS = "00:00:00:00:00:00"


def behind(case: Case, device: str, interface: str, mac: str | None) -> Peer | None:
    """The far end behind which that hardware address is, else the only one that gets all others."""
    flooded = []
    for one in peers(case, device, interface):
        if one.name == mac:
            return one
        if one.name == _ALL_OTHERS:
            flooded.append(one)
    return flooded[0] if len(flooded) == 1 else None


def _next_mac(case: Case, hop: Hop) -> str | None:
    wanted = (hop.next_hop, hop.oif)
    for entry, _ in case.all_records(hop.device or "", Question.NEIGHBOURS, Neighbour):
        if entry.mac and (entry.address, entry.interface) == wanted:
            return entry.mac.lower()
    return None


def outer_flow(case: Case, hop: Hop) -> Flow | None:
    """In which flow does the hop's tunnel carry the packets? None = it is none, or does not show
    where it leads.

    The source port of VXLAN and Geneve is another one for each inner flow.
    """
    found = carrier(case, hop)
    if found is None or hop.device is None:
        return None
    interface, tunnel = found
    protocol = _protocol(tunnel, hop.flow_out.version)
    if protocol is None or tunnel.remote is None:
        return None
    local = tunnel.local or _chosen(case, hop.device, protocol, tunnel.remote, tunnel.port)
    if local is None or local.version != tunnel.remote.version:
        return None
    sport = None
    if tunnel.kind == WIREGUARD:
        sport = _listening(case, hop.device, interface)
    return Flow(protocol, local, sport, tunnel.remote, tunnel.port)


def _listening(case: Case, device: str, interface: str) -> int | None:
    """The port of WireGuard's own end."""
    return next((one.listening for one in peers(case, device, interface)), None)


def _protocol(tunnel: Tunnel, inner: int) -> Protocol | None:
    """What carries the packets? None = that is not known."""
    if tunnel.port is not None:
        return Protocol.UDP
    if tunnel.kind in _WHOLE:
        return Protocol.IPENCAP if inner == 4 else Protocol.IPV6
    return _CARRIERS.get(tunnel.kind)


_CARRIERS = {**dict.fromkeys(_GRE, Protocol.GRE), **dict.fromkeys(_IPSEC, Protocol.ESP)}


def _chosen(
    case: Case, device: str, protocol: Protocol, to: Address, port: int | None
) -> Address | None:
    """The address that the device would send from."""
    ports = [held for held in case.ports_of(device) if held.address.version == to.version]
    if not ports:
        return None
    found = fib.decide(case, device, Flow(protocol, ports[0].address.ip, None, to, port))
    return found.source or _address_of(ports, found.next_hops)


def _address_of(ports: Iterable[InterfaceAddress], hops: Iterable[NextHop]) -> Address | None:
    """The first address of an interface by which one of these next hops is reached."""
    out = {hop.interface for hop in hops}
    return next((held.address.ip for held in ports if held.interface in out), None)


def around(tunnel: Tunnel, outer: int) -> int:
    """How many bytes does the tunnel put around each packet, with outer packets of that IP
    version?"""
    size = 20 if outer == 4 else 40
    size += _OWN.get(tunnel.kind, 0)
    if tunnel.kind in _GRE and tunnel.key is not None:
        size += 4
    if tunnel.kind == WIREGUARD or tunnel.port is not None:
        size += 8
    return size


def far_end(
    case: Case, hop_device: str, oif: str | None, to: Address
) -> tuple[str, str | None] | None:
    """Which device, and by which interface, takes what this tunnel carries to that address?"""
    tunnel = tunnel_at(case, hop_device, oif)
    if tunnel is None or tunnel.kind not in ROUTED or oif is None:
        return None
    for name in _holders(case, _remote(case, hop_device, oif, tunnel, to)):
        if name == hop_device:
            continue
        link = _facing(case, name, tunnel, hop_device)
        if link is not None:
            return name, link
    return None


def _remote(case: Case, device: str, oif: str, tunnel: Tunnel, to: Address) -> Address | None:
    """The outer address of the far end that takes packets to that address."""
    if tunnel.kind != WIREGUARD:
        return tunnel.remote
    peer = peer_for(case, device, oif, to)
    return tunnel.remote if peer is None else peer.endpoint


def _holders(case: Case, address: Address | None) -> tuple[str, ...]:
    """The devices that hold that address."""
    if address is None:
        return ()
    return tuple(dict.fromkeys(held.device for held in case.holders(address)))


def _facing(case: Case, device: str, tunnel: Tunnel, other: str) -> str | None:
    """Its interface of the same kind that leads back to the other device; one that shows no end
    may."""
    own = {held.address.ip for held in case.ports_of(other)}
    ranked = []
    for name, one in _of_kind(case, device, tunnel.kind):
        rank = _rank(case, device, name, one, tunnel, own)
        if rank is not None:
            ranked.append((rank, name))
    return min(ranked, key=lambda found: found[0])[1] if ranked else None


def _rank(
    case: Case, device: str, name: str, one: Tunnel, tunnel: Tunnel, ends: set[Address]
) -> int | None:
    """How sure is it that this interface leads back? The lowest is the surest; None = it does
    not."""
    if one.remote in ends:
        return 0 if one.key == tunnel.key else 1
    if _has_peer_at(case, device, name, ends):
        return 2
    if one.remote is None:
        return 3
    return None


def _of_kind(case: Case, device: str, kind: str) -> list[tuple[str, Tunnel]]:
    """The tunnels of that kind that begin at the device, by interface."""
    found = []
    for link in case.interfaces(device):
        tunnel = tunnel_at(case, device, link.name)
        if tunnel is not None and tunnel.kind == kind:
            found.append((link.name, tunnel))
    return found


def _has_peer_at(case: Case, device: str, interface: str, addresses: set[Address]) -> bool:
    return any(one.endpoint in addresses for one in peers(case, device, interface))
