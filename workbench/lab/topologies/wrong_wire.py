"""Routes that say "on this link" of addresses that are elsewhere.

client -- r1 -- r2 -- server === (a network of its own, where nobody is)
"""

from __future__ import annotations

from workbench.analysis.case.verdict import Cause, Direction
from workbench.lab.declare.shapes import back, links, node, noise, plain
from workbench.lab.declare.words import Lab, Talk, Truth

WAY = "client r1 r2 server"
LINE = links(WAY)
ALONE = "ip link add vpn0 type vxlan id 7 dstport 4790 dev <dev r2-server> && ip link set vpn0 up"


LABS = (
    Lab(
        "vpn-covers-client",
        "A VPN on the server covers the client's addresses, but the client is not in it",
        (
            *plain("client r1 r2"),
            node("server", commands=(ALONE, "ip route add <net client-r1> dev vpn0")),
        ),
        LINE,
        (WAY, back(WAY)),
        (Talk("client", "server"), *noise()),
        Truth(
            Cause.NO_RETURN_ROUTE,
            WAY,
            "server",
            "server",
            "server",
            Direction.REVERSE,
            (("server", "ip route del <net client-r1> dev vpn0"),),
            cured_reverse=back(WAY),
        ),
    ),
    Lab(
        "vpn-beside",
        "The same VPN, which covers other addresses: the flow works",
        (
            *plain("client r1 r2"),
            node("server", commands=(ALONE, "ip route add 10.255.254.0/24 dev vpn0")),
        ),
        LINE,
        (WAY, back(WAY)),
        (Talk("client", "server"), *noise()),
        Truth(Cause.HEALTHY_SYMMETRIC, WAY, back(WAY)),
    ),
)
