"""Kernel routes with two equal next hops.

           +-- fw-a --+                     +-- r2 --+
client -- r1          r4 -- server    or   r1        r4
           +-- fw-b --+                     +-- r3 --+
"""

from __future__ import annotations

from workbench.analysis.case.verdict import Cause, Direction
from workbench.lab.declare.rules import PING, Firewall, RuleLine, default_deny, permit, stateless
from workbench.lab.declare.shapes import links, node, noise, plain
from workbench.lab.declare.words import ExtraRoute, Lab, Node, Talk, Truth
from workbench.lab.topologies.frr_ecmp import BOX, EDGES, SEGMENTS, WAYS, boxes, hashing

FIREWALLS = links("client r1 fw-a r4 server", "r1 fw-b r4")
ROUTERS = links("client r1 r2 r4 server", "r1 r3 r4")
STRICT = default_deny(permit(443), PING)
DATAGRAMS = default_deny(permit(443, "udp"), PING)
FLUSH_BOTH = (("fw-a", "flush"), ("fw-b", "flush"))


def edges(seed: int = 5, policy: str = "3") -> tuple[Node, ...]:
    """Two routers that hash on ports, each in its own way, and the two ends."""
    one, other = dict(hashing(seed)), dict(hashing(seed + 40))
    one["net.ipv4.fib_multipath_hash_policy"] = other["net.ipv4.fib_multipath_hash_policy"] = policy
    return (
        node("client"),
        node("r1", sysctls=tuple(one.items())),
        node("r4", sysctls=tuple(other.items())),
        node("server"),
    )


def both(way: str, *boxes: str) -> tuple[ExtraRoute, ...]:
    """Equal next hops on r1 towards the server, and with `back` on r4 towards the client too."""
    out = ExtraRoute("r1", "r4-server", boxes, weights=(2, 1) if way == "out" else ())
    return (out, ExtraRoute("r4", "client-r1", boxes)) if way == "back" else (out,)


def v6_hashing() -> tuple[tuple[str, str], ...]:
    """The same settings for IPv6."""
    return (
        ("net.ipv6.fib_multipath_hash_policy", "3"),
        ("net.ipv6.fib_multipath_hash_fields", "55"),
    )


LABS = (
    Lab(
        "ecmp-static",
        "Two equal next hops each way, a firewall on each: this source port leaves by one and"
        " returns by the other",
        (*edges(), node("fw-a", firewall=STRICT), node("fw-b", firewall=STRICT)),
        FIREWALLS,
        ("client r1 fw-a r4 server", "server r4 fw-a r1 client", "client r1 fw-b r4 server"),
        (Talk("client", "server", pick="fails"), *noise()),
        Truth(
            Cause.ECMP_ASYM_STATEFUL,
            "client r1 fw-b r4 server",
            "server r4 fw-a r1 client",
            "fw-a",
            "r4",
            Direction.REVERSE,
            FLUSH_BOTH,
        ),
        routes=both("back", "fw-a", "fw-b"),
    ),
    Lab(
        "ecmp-socket-hash",
        "Both routers use hash policy 1, and their kernels take the hash of the sending "
        "socket: no port keeps its path",
        (*edges(policy="1"), node("fw-a", firewall=DATAGRAMS), node("fw-b", firewall=DATAGRAMS)),
        FIREWALLS,
        ("client r1 fw-a r4 server", "server r4 fw-a r1 client", "client r1 fw-b r4 server"),
        (Talk("client", "server", "udp", source_port=None), *noise()),
        Truth(
            Cause.ECMP_ASYM_STATEFUL,
            "client r1 fw-b r4 server",
            "server r4 fw-a r1 client",
            "fw-a",
            "r4",
            Direction.REVERSE,
            FLUSH_BOTH,
            sometimes=True,
            swap=("fw-a", "fw-b"),
        ),
        routes=both("back", "fw-a", "fw-b"),
    ),
    Lab(
        "ecmp-lucky-port",
        "The same network, and a source port that crosses the same firewall in both directions",
        (*edges(), node("fw-a", firewall=STRICT), node("fw-b", firewall=STRICT)),
        FIREWALLS,
        ("client r1 fw-a r4 server", "server r4 fw-a r1 client", "client r1 fw-b r4 server"),
        (Talk("client", "server", pick="works"), *noise()),
        Truth(Cause.HEALTHY_SYMMETRIC, "client r1 fw-b r4 server", "server r4 fw-b r1 client"),
        routes=both("back", "fw-a", "fw-b"),
    ),
    Lab(
        "ecmp-leg-filter",
        "Two equal next hops; one of them drops this service, state or not",
        (
            *edges(21),
            node("r2"),
            node("r3", firewall=stateless(RuleLine("drop", protocol="tcp", dports=(443, 8443)))),
        ),
        ROUTERS,
        ("client r1 r2 r4 server", "server r4 r2 r1 client", "client r1 r3 r4 server"),
        (Talk("client", "server", pick="fails"), *noise()),
        Truth(
            Cause.ECMP_LEG_FAILURE,
            "client r1 r3 r4 server",
            "server r4 r2 r1 client",
            "r3",
            "r1",
            Direction.FORWARD,
            (("r3", "flush"),),
        ),
        routes=both("out", "r2", "r3"),
    ),
    Lab(
        "ecmp-leg-v6",
        "IPv6: of three equal next hops on the way back, one sends the packets into a blackhole",
        (
            node("client"),
            node("r1"),
            node("r4", sysctls=v6_hashing()),
            node("server"),
            *plain("r2 r3 r5"),
        ),
        links("client r1 r2 r4 server", "r1 r3 r4", "r1 r5 r4"),
        ("client r1 r2 r4 server", "server r4 r2 r1 client"),
        (Talk("client", "server", pick="fails"), *noise()),
        Truth(
            Cause.ECMP_LEG_FAILURE,
            "client r1 r2 r4 server",
            "server r4 r5",
            "r5",
            "r4",
            Direction.REVERSE,
            (("r5", "ip -6 route replace <net client> via <gw r1>"),),
            cured_reverse="server r4 r5 r1 client",
        ),
        routes=(
            ExtraRoute("r4", "client-r1", ("r2", "r3", "r5")),
            ExtraRoute("r5", "client", kind="blackhole"),
        ),
        family=6,
    ),
    Lab(
        "frr-ecmp-leg",
        "FRR with BGP and two equal next hops: one router announces the route and drops what "
        "is sent to it",
        (
            *EDGES,
            *boxes(
                None,
                Firewall(
                    stateless(
                        RuleLine("drop", destination="farm", protocol="tcp", dports=(443,))
                    ).chains
                ),
            ),
        ),
        SEGMENTS,
        WAYS,
        (Talk("client", "server", pick="fails"), *noise()),
        Truth(
            Cause.ECMP_LEG_FAILURE,
            "client r1 fw-b r2 server",
            "server r2 fw-a r1 client",
            "fw-b",
            "r1",
            Direction.FORWARD,
            (("fw-b", "flush"),),
        ),
        needs=("zebra", "bgpd", "vtysh"),
        settle=6.0,
    ),
    Lab(
        "frr-ecmp-lucky",
        "FRR with BGP, two equal next hops and firewalls, and a source port that returns "
        "through the same firewall",
        (*EDGES, *boxes(BOX, BOX)),
        SEGMENTS,
        WAYS,
        (Talk("client", "server", pick="works"), *noise()),
        Truth(Cause.HEALTHY_SYMMETRIC, "client r1 fw-a r2 server", "server r2 fw-a r1 client"),
        needs=("zebra", "bgpd", "vtysh"),
        settle=6.0,
    ),
)
