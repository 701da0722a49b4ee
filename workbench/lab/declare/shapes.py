"""Short hands for declarations: nodes by name, links by chains of names."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from collectors.model.inventory import Role
from workbench.lab.declare.words import Node, Segment, Talk

ROLES = {
    "client": Role.CLIENT,
    "server": Role.SERVER,
    "web": Role.SERVER,
    "fw": Role.FIREWALL,
    "nat": Role.NAT,
    "lb": Role.LOAD_BALANCER,
    "ids": Role.IDS,
}


def node(name: str, role: Role | None = None, **more: Any) -> Node:
    """A node whose role its name tells: client, server, web, fw-a, nat-b, lb, ids; anything else is
    a router."""
    return Node(
        name, role or ROLES.get(name.rstrip("0123456789").partition("-")[0], Role.ROUTER), **more
    )


def plain(names: str) -> tuple[Node, ...]:
    """Nodes without anything special."""
    return tuple(node(name) for name in names.split())


def links(*chains: str, mtu: dict[str, int] | None = None) -> tuple[Segment, ...]:
    """`links("client r1 server")` are the links client-r1 and r1-server."""
    sizes = mtu or {}
    found = list[Segment]()
    for chain in chains:
        for one, other in pairwise(chain.split()):
            name = f"{one}-{other}"
            found.append(Segment(name, f"{one} {other}", mtu=sizes.get(name)))
    return tuple(found)


def back(way: str) -> str:
    """The same way in the other direction."""
    return " ".join(reversed(way.split()))


def noise(client: str = "client", server: str = "server") -> tuple[Talk, ...]:
    """Other traffic of the same two hosts that moves counters: a closed port, a lookup that no
    device answers."""
    return (
        Talk(client, server, port=8088, source_port=None, listen="none", every=1.3),
        Talk(client, server, "udp", 5353, source_port=None, listen="none", every=0.9),
    )
