"""Two networks that a tunnel joins, and attempts that its captures show."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address, ip_network

from collectors.model.evidence import Question
from collectors.model.flow import Flow, Protocol
from collectors.model.records import Interface, Packet
from collectors.model.tunnels import Peer, Tunnel
from tests.analysis.handshake import came, went
from tests.analysis.topology import Net, chain, packet, rule
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import Findings
from workbench.analysis.evidence.read import read

FLOW = "tcp 10.0.1.10:4000 > 10.0.9.10:443"
ENDS = {"r1": ("172.16.1.1", "172.16.2.2"), "r2": ("172.16.2.2", "172.16.1.1")}
KINDS = {"gre": "gre", "ipip": "ipencap", "vti": "esp", "wireguard": "udp"}


def network(kind: str, middle: str = "r3") -> Net:
    """[c1] -- (r1) === tun0 over the middle === (r2) -- [s1]; the tunnel has no addresses of its
    own"""
    net = Net()
    net.link("c1 10.0.1.10/24", "r1 10.0.1.1/24")
    net.link("r1 172.16.1.1/24", f"{middle} 172.16.1.3/24")
    net.link(f"{middle} 172.16.2.3/24", "r2 172.16.2.2/24")
    net.link("r2 10.0.9.1/24", "s1 10.0.9.10/24")
    net.route("c1", "default", "10.0.1.1")
    net.route("s1", "default", "10.0.9.1")
    net.route("r1", "172.16.2.0/24", "172.16.1.3")
    net.route("r2", "172.16.1.0/24", "172.16.2.3")
    net.route("r1", "10.0.9.0/24", "%tun0")
    net.route("r2", "10.0.1.0/24", "%tun0")
    if kind == "wireguard":
        net.tell("r1", Question.TUNNELS, *peers("172.16.2.2", "10.0.9.0/24"))
        net.tell("r2", Question.TUNNELS, *peers("172.16.1.1", "10.0.1.0/24"))
    return net


def peers(endpoint: str, inside: str) -> tuple[Peer, ...]:
    """The other end, and a peer for everything else that is somewhere else."""
    default = Peer(
        "tun0", "DDDDDDDD", ip_address("192.0.2.99"), 51820, (ip_network("0.0.0.0/0"),), 51820, 5
    )
    other = Peer("tun0", "EEEEEEEE", ip_address(endpoint), 51820, (ip_network(inside),), 51820, 5)
    return default, other


def case_of(
    net: Net, kind: str, flow: str = FLOW, ends: dict[str, tuple[str, str]] | None = None
) -> Case:
    """With tun0 of both ends told as a tunnel of that kind."""
    found, evidence = net.case(flow), []
    for item in found.evidence:
        if item.question is Question.INTERFACES and item.device in ENDS:
            local, remote = (ends or ENDS)[item.device]
            one = Tunnel(
                kind,
                None if kind in ("wireguard", "tun") else ip_address(remote),
                ip_address(local),
            )
            known = {link.name: link for link in item.of(Interface)}
            plain = known.get("tun0", Interface("tun0", 9, None, 1400, True))
            known["tun0"] = replace(plain, mac=None, kind=kind, tunnel=one)
            item = replace(item, records=tuple(known.values()))
        evidence.append(item)
    return replace(found, evidence=tuple(evidence))


def findings(kind: str, net: Net | None = None) -> Findings:
    return read(case_of(net or network(kind), kind))


def outer(kind: str, back: bool = False) -> str:
    ports = (":51820", ":51820") if kind == "wireguard" else ("", "")
    ends = [f"{end}{port}" for end, port in zip(ENDS["r2" if back else "r1"], ports, strict=True)]
    return f"{KINDS[kind]} {ends[0]} > {ends[1]}"


def segment(flow: str, number: int, at: float, *, inside: bool = False) -> Packet:
    """A SYN of the flow (inside), or the tunnel's packet that carries it."""
    kind, src, _, dst = flow.partition(">")[0].split()[0], *flow.split()[1:]
    if inside:
        return replace(packet(flow, "S", 1000, at=at), ip_id=number)
    ends = [part.rpartition(":")[0] or part for part in (src, dst)]
    ports = [int(part.rpartition(":")[2]) if ":" in part else None for part in (src, dst)]
    made = Flow(Protocol(kind), ip_address(ends[0]), ports[0], ip_address(ends[1]), ports[1])
    return Packet(at, None, None, made, 104, ip_id=number, payload=84)


def attempted(net: Net, kind: str, middle: str = "r3", *, reaches: bool = False) -> None:
    """The SYN is sent three times; the middle device gets the tunnel's packets, and sends them on
    if `reaches`."""
    bare = [segment(FLOW, 10 + n, 1.0 + n, inside=True) for n in range(3)]
    wrapped = [segment(outer(kind), 20 + n, 1.0 + n) for n in range(3)]
    net.capture("c1", *map(went, bare))
    r1 = [
        *(came(p, "eth0") for p in bare),
        *(went(p, "tun0") for p in bare),
        *(went(p, "eth1") for p in wrapped),
    ]
    net.capture("r1", *r1)
    net.capture(
        middle,
        *(came(p, "eth0") for p in wrapped),
        *((went(p, "eth1") for p in wrapped) if reaches else ()),
    )
    net.capture("r2", *((came(p, "eth0") for p in wrapped) if reaches else ()))
    net.capture("s1")


def denied(kind: str, middle: str = "r3") -> Net:
    net = network(kind, middle)
    words = {"protocol": KINDS[kind]}
    net.nft(middle, chain("forward", "forward"), rule("forward", 0, "drop", iif="eth0", **words))
    return net
