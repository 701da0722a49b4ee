"""Where does a tunnel's interface carry a packet, and in what? Some have one far end, some choose
it by destination."""

from __future__ import annotations

from dataclasses import replace

from collectors.model.evidence import Question
from collectors.model.flow import Address, Flow, Protocol
from collectors.model.records import Neighbour
from collectors.model.tunnels import Peer, Tunnel, TunnelLink
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import Hop
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
    listed = case.all_records(device, Question.TUNNELS, TunnelLink)
    told = next((one.tunnel for one, _ in listed if one.interface == interface), None)
    return told or (
        Tunnel(WIREGUARD, None)
        if any(one.allowed for one in peers(case, device, interface))
        else None
    )


def peers(case: Case, device: str, interface: str) -> tuple[Peer, ...]:
    """The far ends among which this interface chooses."""
    return tuple(
        one for one in case.records(device, Question.TUNNELS, Peer) if one.interface == interface
    )


def peer_for(case: Case, device: str, interface: str, to: Address) -> Peer | None:
    """The far end that takes packets to that address: the one with the longest prefix that holds
    it."""
    fitting = (
        (net.prefixlen, one)
        for one in peers(case, device, interface)
        for net in one.allowed
        if net.version == to.version and to in net
    )
    return max(fitting, key=lambda found: found[0], default=(0, None))[1]


def nobody_takes(case: Case, device: str, interface: str | None, to: Address) -> bool:
    """Did the device tell all far ends of this interface, and none takes packets to that
    address?"""
    known = interface is not None and any(one.allowed for one in peers(case, device, interface))
    return (
        known
        and case.asked(device, Question.TUNNELS)
        and peer_for(case, device, interface or "", to) is None
    )


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
    ports = (
        link for link in case.interfaces(device) if link.master == oif and link.tunnel is not None
    )
    mac = _next_mac(case, hop)
    for link in ports:
        if (
            mac
            and any(one.name == mac for one in peers(case, device, link.name))
            and link.tunnel is not None
        ):
            return link.name, _resolved(case, device, link.name, link.tunnel, hop)
    return None


def _resolved(case: Case, device: str, interface: str, tunnel: Tunnel, hop: Hop) -> Tunnel:
    """With the far end that it chooses for this packet, and that one's port."""
    if tunnel.remote is not None:
        return tunnel
    if tunnel.kind == WIREGUARD:
        peer = peer_for(case, device, interface, hop.flow_out.dst)
        return tunnel if peer is None else replace(tunnel, remote=peer.endpoint, port=peer.port)
    peer = behind(case, device, interface, _next_mac(case, hop))
    return (
        tunnel
        if peer is None
        else replace(tunnel, remote=peer.endpoint, port=peer.port or tunnel.port)
    )


_ALL_OTHERS = "00:00:00:00:00:00"


def behind(case: Case, device: str, interface: str, mac: str | None) -> Peer | None:
    """The far end behind which that hardware address is, else the only one that gets all others."""
    known = peers(case, device, interface)
    exact = [one for one in known if mac is not None and one.name == mac]
    flooded = [one for one in known if one.name == _ALL_OTHERS]
    only = flooded if len(flooded) == 1 else []
    return next(iter((*exact, *only)), None)


def _next_mac(case: Case, hop: Hop) -> str | None:
    entries = (one for one, _ in case.all_records(hop.device or "", Question.NEIGHBOURS, Neighbour))
    fitting = (
        one.mac
        for one in entries
        if one.address == hop.next_hop and one.interface == hop.oif and one.mac
    )
    return next((mac.lower() for mac in fitting), None)


def outer_flow(case: Case, hop: Hop) -> Flow | None:
    """In which flow does the hop's tunnel carry the packets? None = it is none, or does not tell
    where it leads.

    The source port of VXLAN and Geneve is another one for each inner flow.
    """
    found = carrier(case, hop)
    if found is None or hop.device is None:
        return None
    interface, tunnel = found
    protocol = _protocol(tunnel, hop.flow_out.version)
    if (
        tunnel.remote is None
        or protocol is None
        or (tunnel.kind == WIREGUARD and tunnel.port is None)
    ):
        return None
    local = tunnel.local or _chosen(case, hop.device, protocol, tunnel.remote, tunnel.port)
    if local is None or local.version != tunnel.remote.version:
        return None
    listening = (one.listening for one in peers(case, hop.device, interface))
    sport = next(listening, None) if tunnel.kind == WIREGUARD else None
    return Flow(protocol, local, sport, tunnel.remote, tunnel.port)


def _protocol(tunnel: Tunnel, inner: int) -> Protocol | None:
    if tunnel.port is not None:
        return Protocol.UDP
    if tunnel.kind in _GRE:
        return Protocol.GRE
    if tunnel.kind in _WHOLE:
        return Protocol.IPENCAP if inner == 4 else Protocol.IPV6
    return Protocol.ESP if tunnel.kind in _IPSEC else None


def _chosen(
    case: Case, device: str, protocol: Protocol, to: Address, port: int | None
) -> Address | None:
    """The address that the device would send from."""
    own = [held.address for held in case.ports_of(device) if held.address.version == to.version]
    if not own:
        return None
    found = fib.decide(case, device, Flow(protocol, own[0].ip, None, to, port))
    names = {hop.interface for hop in found.next_hops}
    near = (held.address.ip for held in case.ports_of(device) if held.interface in names)
    return found.source or next((one for one in near if one.version == to.version), None)


def around(tunnel: Tunnel, outer: int) -> int:
    """How many bytes does the tunnel put around each packet, with outer packets of that IP
    version?"""
    header = 20 if outer == 4 else 40
    keyed = 4 if tunnel.kind in _GRE and tunnel.key is not None else 0
    datagram = 8 if tunnel.port is not None or tunnel.kind == WIREGUARD else 0
    return header + datagram + keyed + _OWN.get(tunnel.kind, 0)


def far_end(
    case: Case, hop_device: str, oif: str | None, to: Address
) -> tuple[str, str | None] | None:
    """Which device, and by which interface, takes what this tunnel carries to that address?"""
    tunnel = tunnel_at(case, hop_device, oif)
    if tunnel is None or tunnel.kind not in ROUTED or oif is None:
        return None
    peer = peer_for(case, hop_device, oif, to) if tunnel.kind == WIREGUARD else None
    remote = peer.endpoint if peer is not None else tunnel.remote
    holders = case.holders(remote) if remote is not None else ()
    for name in dict.fromkeys(held.device for held in holders if held.device != hop_device):
        link = _facing(case, name, tunnel, hop_device)
        if link is not None:
            return name, link
    return None


def _facing(case: Case, device: str, tunnel: Tunnel, other: str) -> str | None:
    """Its interface of the same kind that leads back to the other device; one that tells no end
    may."""
    own = {held.address.ip for held in case.ports_of(other)}
    alike = _of_kind(case, device, tunnel.kind)
    leading = [(name, told) for name, told in alike if told.remote in own]
    exact = [name for name, told in leading if told.key == tunnel.key]
    facing = [name for name, _ in leading]
    back = [name for name, _ in alike if _has_peer_at(case, device, name, own)]
    open_ones = [name for name, told in alike if told.remote is None]
    return next(iter((*exact, *facing, *back, *open_ones)), None)


def _of_kind(case: Case, device: str, kind: str) -> list[tuple[str, Tunnel]]:
    """The tunnels of that kind that begin at the device, by interface."""
    found = ((link.name, tunnel_at(case, device, link.name)) for link in case.interfaces(device))
    return [(name, told) for name, told in found if told is not None and told.kind == kind]


def _has_peer_at(case: Case, device: str, interface: str, addresses: set[Address]) -> bool:
    return any(one.endpoint in addresses for one in peers(case, device, interface))
