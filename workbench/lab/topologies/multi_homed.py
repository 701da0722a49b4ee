"""A server with two interfaces and two gateways.

            +-- gw-a --(front)--+
client -- r1                    server
            +-- gw-b --(back)---+
"""

from __future__ import annotations

from collectors.model.inventory import Role
from workbench.analysis.case.verdict import Cause, Direction
from workbench.lab.declare.rules import PING, Firewall, default_deny, permit
from workbench.lab.declare.words import Account, ExtraRoute, Lab, Node, Rule, Segment, Talk, Truth

SEGMENTS = (
    Segment("users", "client r1"),
    Segment("core-a", "r1 gw-a"),
    Segment("core-b", "r1 gw-b"),
    Segment("front", "gw-a server"),
    Segment("back", "gw-b server"),
)
FORWARD, BACK_A, BACK_B = "client r1 gw-a server", "server gw-a r1 client", "server gw-b r1 client"
OTHER = Talk("client", "server", port=22, source_port=None, listen="none", every=1.7)


def nodes(
    server: Node, other: Firewall | None = None, own: Firewall | None = None
) -> tuple[Node, ...]:
    """Client, router, two gateways (firewalls where they filter) and the given server."""
    return (
        Node("client", Role.CLIENT, Account.OPS),
        Node("r1", Role.ROUTER),
        Node("gw-a", Role.FIREWALL if own else Role.ROUTER, firewall=own),
        Node("gw-b", Role.FIREWALL if other else Role.ROUTER, firewall=other),
        server,
    )


STRICT = (
    ("net.ipv4.conf.all.rp_filter", "1"),
    ("net.ipv4.conf.<dev front>.rp_filter", "1"),
    ("net.ipv4.conf.<dev back>.rp_filter", "1"),
)
LOOSEN = "for f in /proc/sys/net/ipv4/conf/*/rp_filter; do echo 0 > $f; done"
STATEFUL = default_deny(permit(443), PING)

LABS = (
    Lab(
        "rp-filter",
        "Strict rp_filter on a server with two interfaces: requests come in where replies would not"
        " go out",
        nodes(Node("server", Role.SERVER, Account.OPS, sysctls=STRICT)),
        SEGMENTS,
        (FORWARD, BACK_B),
        (Talk("client", "server@front"), OTHER),
        Truth(
            Cause.RP_FILTER_STRICT,
            FORWARD,
            BACK_B,
            guilty="server",
            decided_by="server",
            direction=Direction.FORWARD,
            cure=(("server", LOOSEN),),
        ),
    ),
    Lab(
        "pbr-table100",
        "A policy rule on the server sends replies out by table 100, to a firewall that never saw"
        " the request",
        nodes(Node("server", Role.SERVER), STATEFUL, STATEFUL),
        SEGMENTS,
        (FORWARD, BACK_A, "gw-b r1 client"),
        (Talk("client", "server@front"), OTHER),
        Truth(
            Cause.PBR_WRONG_RETURN_GATEWAY,
            FORWARD,
            BACK_B,
            guilty="gw-b",
            decided_by="server",
            direction=Direction.REVERSE,
            cure=(("gw-a", "flush"), ("gw-b", "flush")),
        ),
        routes=(ExtraRoute("server", "default", ("gw-b",), table="100"),),
        rules=(Rule("server", "from <net front>", "100"),),
    ),
)
