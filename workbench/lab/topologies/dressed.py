"""Packets are distinguished by more than addresses and ports: type of service, the two bits of ECN.

                                            +-- a --+
client -- r1 -- r2 -- r3 -- server   client -- r1      r4 -- server
                                            +-- b --+
"""

from __future__ import annotations

from workbench.analysis.case.verdict import Cause, Direction
from workbench.lab.declare.shapes import back, links, node, noise, plain
from workbench.lab.declare.words import ExtraRoute, Lab, Node, Rule, Talk, Truth

WAY = "client r1 r2 r3 server"
OUT_A, OUT_B, HOME_A = "client r1 a r4 server", "client r1 b r4 server", "server r4 a r1 client"
MARKS = (
    (
        "nft add table ip voice && nft add chain ip voice out '{ type route hook output priority"
        " mangle; }' && nft add rule ip voice out tcp dport 443 ip dscp set 4"
    ),
)
NO_ECN = (
    (
        "nft add table ip old && nft add chain ip old pass '{ type filter hook forward priority"
        " -10; }' && nft add rule ip old pass 'tcp flags & (ecn | cwr) == ecn | cwr' counter drop"
    ),
)
ASKS = (("net.ipv4.tcp_ecn", "1"), ("net.ipv4.tcp_ecn_fallback", "0"))


def ecn(name: str, title: str, client: Node, truth: Truth) -> Lab:
    """The line, where r2 drops SYN packets that ask for ECN."""
    nodes = (client, *plain("r1 r3 server"), node("r2", commands=NO_ECN))
    return Lab(
        name,
        title,
        nodes,
        links(WAY),
        (WAY, back(WAY)),
        (Talk("client", "server"), *noise()),
        truth,
    )


LABS = (
    Lab(
        "tos-null-route",
        "The client marks the service's packets, and a router's rule for that mark (tos 0x10) "
        "points to a null route",
        (node("client", commands=MARKS), *plain("r1 r2 r3 server")),
        links(WAY),
        (WAY, back(WAY)),
        (Talk("client", "server"), *noise()),
        Truth(
            Cause.NO_FORWARD_ROUTE,
            "client r1 r2",
            back(WAY),
            "r2",
            None,
            Direction.FORWARD,
            (("r2", "ip rule del pref 100"),),
            cured_forward=WAY,
        ),
        routes=(ExtraRoute("r2", "r3-server", kind="blackhole", table="200"),),
        rules=(Rule("r2", "tos 0x10", "200"),),
    ),
    Lab(
        "tos-own-way",
        "Harmless: packets with that mark use another router than a route lookup without it shows",
        (node("client", commands=MARKS), *plain("r1 a b r4 server")),
        links("client r1 a r4 server", "r1 b r4"),
        (OUT_A, HOME_A),
        (Talk("client", "server"), *noise()),
        Truth(Cause.HEALTHY_ASYMMETRIC, OUT_B, HOME_A),
        routes=(ExtraRoute("r1", "r4-server", ("b",), table="200"),),
        rules=(Rule("r1", "tos 0x10", "200"),),
    ),
    ecn(
        "ecn-refused",
        "The client asks for ECN, and an old middlebox drops SYN packets with both ECN bits",
        node("client", sysctls=ASKS),
        Truth(
            Cause.ACL_PATH,
            WAY,
            back(WAY),
            "r2",
            None,
            Direction.FORWARD,
            (("r2", "nft delete table ip old"),),
        ),
    ),
    ecn(
        "ecn-not-asked",
        "Harmless: the same middlebox, and a client that does not ask for ECN",
        node("client", sysctls=(("net.ipv4.tcp_ecn", "0"),)),
        Truth(Cause.HEALTHY_SYMMETRIC, WAY, back(WAY)),
    ),
)
