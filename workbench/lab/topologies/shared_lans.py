"""Boxes side by side on shared networks, and ends on one network.

             (outside)          (inside)
client -- r1 ---+--- fw-a ---+--- r2 -- server
                +--- fw-b ---+
"""

from __future__ import annotations

from dataclasses import replace

from workbench.analysis.case.verdict import Cause, Direction
from workbench.lab.declare.rules import PING, default_deny, permit
from workbench.lab.declare.shapes import links, node, noise, plain
from workbench.lab.declare.words import Account, Alias, ExtraRoute, Lab, Node, Segment, Talk, Truth
from workbench.lab.topologies.multi_homed import BACK_B, FORWARD, OTHER, SEGMENTS, nodes
from workbench.lab.topologies.static_ecmp import edges

OBJECTS = """( until ip link show <dev r1-fw-a> | grep -q LOWER_UP && ip link show <dev r1-fw-b> | grep -q LOWER_UP \\
  && ip link show <dev r1-fw-c> | grep -q LOWER_UP; do sleep 0.1; done
ip nexthop add id 11 via <gw fw-a> dev <dev r1-fw-a>
ip nexthop add id 12 via <gw fw-b> dev <dev r1-fw-b>
ip nexthop add id 13 via <gw fw-c> dev <dev r1-fw-c>
ip nexthop add id 20 group 11,2/12,1/13,1
ip route replace <net r4-server> nhid 20 ) >/dev/null 2>&1 &"""
LANS = (
    *links("client r1"),
    Segment("outside", "r1 fw-a fw-b", host_size=True),
    Segment("inside", "fw-a fw-b r2", host_size=True),
    *links("r2 server"),
)
STRICT = default_deny(permit(443), permit(5060, "udp"), PING)
OUT_A, HOME_B = "client r1 fw-a r2 server", "server r2 fw-b r1 client"
PAIR = (node("fw-a", firewall=STRICT), node("fw-b", firewall=STRICT, account=Account.OPS))
FLUSH_PAIR = (("fw-a", "flush"), ("fw-b", "flush"))
OFFICE = (Segment("office", "client server r1", host_size=True), *links("r1 r2"))
FLOORS = tuple(f"r{n}" for n in range(3, 24))


def campus() -> tuple[Segment, ...]:
    """A core of two routers with many others hanging off it that have nothing to do with the
    flow."""
    return (
        *LANS,
        *(
            link
            for name in FLOORS
            for link in links(f"r1 {name}" if int(name[1:]) % 2 else f"r2 {name}")
        ),
    )


def crossed(
    cause: Cause = Cause.ASYM_STATEFUL_FW, forward: str = OUT_A, reverse: str = HOME_B
) -> Truth:
    """Out by fw-a, back by fw-b, which drops."""
    return Truth(cause, forward, reverse, "fw-b", "r2", Direction.REVERSE, FLUSH_PAIR)


LABS = (
    Lab(
        "pair-on-lans",
        "Two firewalls between two shared networks; each router prefers a different one",
        (*plain("client r1 r2 server"), *PAIR),
        LANS,
        (OUT_A, HOME_B),
        (Talk("client", "server"), *noise()),
        crossed(),
    ),
    Lab(
        "pair-on-lans-v6-udp",
        "The same with IPv6, link-local gateways and UDP",
        (*plain("client r1 r2 server"), *PAIR),
        LANS,
        (OUT_A, HOME_B),
        (Talk("client", "server", "udp", 5060), *noise()),
        crossed(),
        family=6,
        link_local_gateways=True,
    ),
    Lab(
        "campus",
        "The firewall pair again, among twenty-one routers that have nothing to do with the flow",
        (*plain("client r1 r2 server"), *PAIR, *plain(" ".join(FLOORS))),
        campus(),
        (OUT_A, HOME_B),
        (Talk("client", "server"), *noise()),
        crossed(),
    ),
    Lab(
        "two-gateways-two-firewalls",
        "The server's only default route leads to the other firewall; no policy rule is involved",
        nodes(Node("server", node("server").role), STRICT, STRICT),
        SEGMENTS,
        (FORWARD, BACK_B),
        (Talk("client", "server@front"), OTHER),
        Truth(
            Cause.ASYM_STATEFUL_FW,
            FORWARD,
            BACK_B,
            "gw-b",
            "server",
            Direction.REVERSE,
            (("gw-a", "flush"), ("gw-b", "flush")),
        ),
    ),
    Lab(
        "hash-out-only",
        "Only the forward path is spread over two firewalls; the reverse path is fixed to "
        "one: some ports fail",
        (*(n if n.name != "r4" else node("r4") for n in edges(31)), *PAIR),
        links("client r1 fw-a r4 server", "r1 fw-b r4"),
        ("client r1 fw-a r4 server", "server r4 fw-b r1 client"),
        (Talk("client", "server", pick="fails"), *noise()),
        Truth(
            Cause.ECMP_ASYM_STATEFUL,
            "client r1 fw-a r4 server",
            "server r4 fw-b r1 client",
            "fw-b",
            "r1",
            Direction.REVERSE,
            FLUSH_PAIR,
        ),
        routes=(ExtraRoute("r1", "r4-server", ("fw-a", "fw-b")),),
    ),
    Lab(
        "nexthop-objects",
        "Equal next hops made of kernel next-hop objects, three firewalls, weights",
        (
            *(replace(n, commands=(OBJECTS,)) if n.name == "r1" else n for n in edges(63)),
            *PAIR,
            node("fw-c", firewall=STRICT),
        ),
        links("client r1 fw-a r4 server", "r1 fw-b r4", "r1 fw-c r4"),
        ("client r1 fw-a r4 server", "server r4 fw-c r1 client", "client r1 fw-b r4 server"),
        (Talk("client", "server", pick="fails"), *noise()),
        Truth(
            Cause.ECMP_ASYM_STATEFUL,
            "client r1 fw-b r4 server",
            "server r4 fw-c r1 client",
            "fw-c",
            "r1",
            Direction.REVERSE,
            (*FLUSH_PAIR, ("fw-c", "flush")),
        ),
    ),
    Lab(
        "same-network-deny",
        "Client and server share a network; the server's firewall refuses the client",
        (
            *plain("client r1 r2"),
            node("server", firewall=default_deny(permit(22), PING, hook="input")),
        ),
        OFFICE,
        ("client server", "server client"),
        (Talk("client", "server", port=5900), *noise()),
        Truth(
            Cause.SERVER_POLICY_DENY,
            "client server",
            "server client",
            "server",
            None,
            Direction.FORWARD,
            (("server", "flush"),),
        ),
    ),
    Lab(
        "service-address-on-loopback",
        "The service's address is on the server's loopback, reached by host routes: the flow works",
        (*plain("client r1 r2 server"), *PAIR),
        LANS,
        ("client r1 fw-a r2 server : service", "server r2 fw-a r1 client"),
        (Talk("client", "service", served_by="server"), *noise()),
        Truth(Cause.HEALTHY_SYMMETRIC, OUT_A, "server r2 fw-a r1 client"),
        aliases=(Alias("service", ("server@lo",)),),
    ),
)
