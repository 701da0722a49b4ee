"""A server that answers no neighbour's question, but asks itself: whoever makes it speak heals the
flow for a while.

client -- r1 -- r2 -- server
"""

from __future__ import annotations

from workbench.analysis.case.verdict import Cause, Direction
from workbench.lab.declare.shapes import back, links, node, noise, plain
from workbench.lab.declare.words import Lab, Node, Talk, Truth

WAY = "client r1 r2 server"
NO_REQUESTS = """nft add table arp quiet
nft add chain arp quiet early '{ type filter hook input priority 0; }'
nft add rule arp quiet early arp operation request counter drop"""
QUICKLY_STALE = (("net.ipv4.neigh.default.base_reachable_time_ms", "400"),)


def mute(
    name: str, title: str, server: Node, cure: str, protocol: str = "tcp", port: int = 443
) -> Lab:
    """The last router finds no hardware address for the server."""
    return Lab(
        name,
        title,
        (*plain("client r1 r2"), server),
        links(WAY),
        (WAY, back(WAY)),
        (Talk("client", "server", protocol, port), *noise()),
        Truth(
            Cause.SERVER_POLICY_DENY,
            WAY,
            back(WAY),
            "server",
            "server",
            Direction.FORWARD,
            cure=(("server", cure),),
        ),
    )


LABS = (
    mute(
        "ignores-arp",
        "The server is set to answer no ARP request (arp_ignore 8)",
        node("server", sysctls=(("net.ipv4.conf.all.arp_ignore", "8"),)),
        "sysctl -w net.ipv4.conf.all.arp_ignore=0",
    ),
    mute(
        "filters-arp-udp",
        "The server's ARP filter drops requests; the flow is UDP",
        node("server", commands=(NO_REQUESTS,)),
        "nft delete table arp quiet",
        "udp",
        5060,
    ),
    Lab(
        "stale-entry",
        "The last router's neighbour entry for the server becomes stale again and again, and "
        "is renewed: the flow works",
        (*plain("client r1 server"), node("r2", sysctls=QUICKLY_STALE)),
        links(WAY),
        (WAY, back(WAY)),
        (Talk("client", "server"), *noise()),
        Truth(Cause.HEALTHY_SYMMETRIC, WAY, back(WAY)),
    ),
)
