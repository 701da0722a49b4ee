"""More of silent hosts, missing routes and loops.

client -- r1 -- r2 -- r3 -- server        (office)-- client, server, r1        client -- r1 -- nat
-- server
"""

from __future__ import annotations

from workbench.analysis.case.verdict import Cause, Direction
from workbench.lab.declare.rules import (
    PING,
    Firewall,
    NatRule,
    RuleLine,
    default_deny,
    permit,
    stateless,
)
from workbench.lab.declare.shapes import back, links, node, noise, plain
from workbench.lab.declare.words import Account, Alias, ExtraRoute, Lab, Node, Segment, Talk, Truth
from workbench.lab.topologies.frr_ecmp import bgp

WAY = "client r1 r2 r3 server"
HOME = back(WAY)
LINE = links(WAY)
OFFICE = (Segment("office", "client server r1", host_size=True), *links("r1 r2"))
PORT_FORWARD = Firewall(
    default_deny(permit(8080), PING).chains,
    (
        NatRule(
            "dnat",
            RuleLine("accept", protocol="tcp", destination="public", dports=(80,)),
            "server",
            8080,
        ),
    ),
)


def speaker(
    name: str, asn: int, neighbours: dict[str, int], networks: tuple[str, ...] = ()
) -> Node:
    """A router that speaks BGP."""
    return node(name, frr=bgp(name, asn, neighbours, networks))


LABS = (
    Lab(
        "host-down-neighbour",
        "The server next door is powered off: client and server share a network",
        (*plain("client r1 r2"), node("server", down=True)),
        OFFICE,
        ("client server", "server client", "client r1 : r1-r2"),
        (Talk("client", "server", port=22, listen="none"), *noise()),
        Truth(Cause.HOST_DOWN, "client server", "server client", "server", None, Direction.FORWARD),
    ),
    Lab(
        "host-down-published",
        "A port forward leads to a server that is powered off",
        (*plain("client r1"), node("nat", firewall=PORT_FORWARD), node("server", down=True)),
        links("client r1 nat server"),
        ("client r1 nat : public", "server nat r1 client"),
        (Talk("client", "public", port=80, served_by="server", listen="none"), *noise()),
        Truth(
            Cause.HOST_DOWN,
            "client r1 nat server",
            "server nat r1 client",
            "server",
            None,
            Direction.FORWARD,
        ),
        aliases=(Alias("public"),),
    ),
    Lab(
        "frr-not-announced",
        "BGP: the router at the server's network does not announce that network",
        (
            *plain("client server"),
            speaker("r1", 65001, {"r2@r1-r2": 65002}, ("client-r1",)),
            speaker("r2", 65002, {"r1@r1-r2": 65001, "r3@r2-r3": 65003}),
            speaker("r3", 65003, {"r2@r2-r3": 65002}),
        ),
        LINE,
        ("client r1 : r3-server", "server r3 : client-r1"),
        (Talk("client", "server"), *noise()),
        Truth(
            Cause.NO_FORWARD_ROUTE,
            "client r1",
            HOME,
            "r1",
            "r1",
            Direction.FORWARD,
            (
                (
                    "r3",
                    (
                        "vtysh -c 'conf t' -c 'router bgp 65003' -c 'address-family ipv4' -c"
                        " 'network <net r3-server>'"
                    ),
                ),
            ),
            cured_forward=WAY,
        ),
        needs=("zebra", "bgpd", "vtysh"),
        settle=8.0,
    ),
    Lab(
        "prohibited-route-v6",
        "IPv6: a router answers that the server's network is administratively prohibited",
        (*plain("client r1 r2 r3"), node("server")),
        LINE,
        (WAY, HOME),
        (Talk("client", "server", "udp", 3478), *noise()),
        Truth(
            Cause.NO_FORWARD_ROUTE,
            "client r1",
            HOME,
            "r1",
            "r1",
            Direction.FORWARD,
            (
                (
                    "r1",
                    (
                        "ip -6 route del prohibit <net r3-server>; ip -6 route add <net r3-server>"
                        " via <gw r2>"
                    ),
                ),
            ),
            cured_forward=WAY,
        ),
        routes=(ExtraRoute("r1", "r3-server", kind="prohibit"),),
        family=6,
    ),
    Lab(
        "loop-default-v6",
        "IPv6: the last router lost the route to the service's address, and its default leads back",
        (*plain("client r1 r2 r3"), node("server")),
        (*links("client r1 r2 r3"), Segment("r3-server", "r3 server", host_size=True)),
        ("client r1 r2 r3 : everything", HOME),
        (Talk("client", "everything", "udp", 4500, served_by="server"), *noise()),
        Truth(
            Cause.ROUTING_LOOP,
            "client r1 r2 r3",
            HOME,
            "r3",
            "r3",
            Direction.FORWARD,
            (("r3", "ip -6 route add <everything> via <server@r3-server>"),),
            cured_forward=WAY,
        ),
        routes=(ExtraRoute("r3", "default", ("r2",)),),
        aliases=(Alias("everything", ("server@lo",)),),
        family=6,
    ),
    Lab(
        "unmanaged-two",
        "Nobody can log in to two devices in a row; the second one drops the requests",
        (
            *plain("client r1 r4 server"),
            node("r2", account=Account.NONE),
            node(
                "r3",
                account=Account.NONE,
                firewall=stateless(RuleLine("drop", protocol="udp", dports=(1812,))),
            ),
        ),
        links("client r1 r2 r3 r4 server"),
        ("client r1 r2 r3 r4 server", "server r4 r3 r2 r1 client"),
        (Talk("client", "server", "udp", 1812), *noise()),
        Truth(
            Cause.UNKNOWN_BEYOND_VISIBILITY,
            "client r1 r2 r3 r4 server",
            "server r4 r3 r2 r1 client",
            "r3",
            None,
            Direction.FORWARD,
            (("r3", "flush"),),
        ),
    ),
    Lab(
        "unmanaged-drop-v6",
        "IPv6 and UDP: a router that nobody can log in to drops the answers",
        (
            *plain("client r1 r3 server"),
            node(
                "r2",
                account=Account.NONE,
                firewall=stateless(RuleLine("drop", protocol="udp", sports=(5349,))),
            ),
        ),
        LINE,
        (WAY, HOME),
        (Talk("client", "server", "udp", 5349), *noise()),
        Truth(
            Cause.UNKNOWN_BEYOND_VISIBILITY,
            WAY,
            HOME,
            "r2",
            None,
            Direction.REVERSE,
            (("r2", "flush"),),
        ),
        family=6,
    ),
)
