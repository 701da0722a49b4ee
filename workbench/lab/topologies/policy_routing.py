"""Policy routing and reverse-path checks beyond the server with two interfaces.

           +-- r2 --+                       +-- fw-a --+
client -- r1        r4 -- server     client -- r1      r4 -- server
           +-- r3 --+                       +-- fw-b --+
"""

from __future__ import annotations

from workbench.analysis.case.verdict import Cause, Direction
from workbench.lab.declare.rules import (
    PING,
    Chain,
    Firewall,
    MarkRule,
    RuleLine,
    default_deny,
    permit,
)
from workbench.lab.declare.shapes import links, node, noise, plain
from workbench.lab.declare.words import ExtraRoute, Lab, Node, Rule, Talk, Truth
from workbench.lab.topologies.multi_homed import BACK_B, FORWARD, LOOSEN, OTHER, SEGMENTS, nodes

ROUTERS = links("client r1 r2 r4 server", "r1 r3 r4")
FIREWALLS = links("client r1 fw-a r4 server", "r1 fw-b r4")
OUT, HOME = "client r1 r2 r4 server", "server r4 r3 r1 client"
THROUGH_A, BACK_A = "client r1 fw-a r4 server", "server r4 fw-a r1 client"
STRICT = default_deny(permit(443), permit(443, "udp"), PING)
MARK_REPLIES = Firewall(
    marks=(MarkRule(RuleLine("accept", protocol="tcp", sports=(443,), comes_from="r4-server"), 7),)
)

LABS = (
    Lab(
        "rp-filter-transit",
        "A router with strict rp_filter on one interface drops replies that come in by "
        "another path",
        (
            *plain("client r2 r3 r4 server"),
            node("r1", sysctls=(("net.ipv4.conf.<dev r1-r3>.rp_filter", "1"),)),
        ),
        ROUTERS,
        (OUT, HOME),
        (Talk("client", "server", "udp", 8125), *noise()),
        Truth(Cause.RP_FILTER_STRICT, OUT, HOME, "r1", "r4", Direction.REVERSE, (("r1", LOOSEN),)),
    ),
    Lab(
        "rpf-rule",
        "A router's packet filter drops packets that come in where it would not send the answer",
        (
            *plain("client r2 r3 r4 server"),
            node(
                "r1",
                firewall=Firewall(
                    (Chain("prerouting", (RuleLine("drop", no_way_back=True),), raw=True),)
                ),
            ),
        ),
        ROUTERS,
        (OUT, HOME),
        (Talk("client", "server"), *noise()),
        Truth(Cause.RP_FILTER_STRICT, OUT, HOME, "r1", "r4", Direction.REVERSE, (("r1", "flush"),)),
    ),
    Lab(
        "rp-filter-loose",
        "The server with two interfaces again, with loose rp_filter: harmless",
        nodes(Node("server", node("server").role, sysctls=(("net.ipv4.conf.all.rp_filter", "2"),))),
        SEGMENTS,
        (FORWARD, BACK_B),
        (Talk("client", "server@front"), OTHER),
        Truth(Cause.HEALTHY_ASYMMETRIC, FORWARD, BACK_B),
    ),
    Lab(
        "pbr-mark",
        "A router marks the replies and a rule sends marked packets out to the other firewall",
        (
            *plain("client r1 server"),
            node("fw-a", firewall=STRICT),
            node("fw-b", firewall=STRICT),
            node("r4", firewall=MARK_REPLIES),
        ),
        FIREWALLS,
        (THROUGH_A, BACK_A, "fw-b r1 client"),
        (Talk("client", "server"), *noise()),
        Truth(
            Cause.PBR_WRONG_RETURN_GATEWAY,
            THROUGH_A,
            "server r4 fw-b r1 client",
            "fw-b",
            "r4",
            Direction.REVERSE,
            (("fw-a", "flush"), ("fw-b", "flush")),
        ),
        routes=(ExtraRoute("r4", "client-r1", ("fw-b",), table="200"),),
        rules=(Rule("r4", "fwmark 7", "200"),),
    ),
    Lab(
        "pbr-v6",
        "IPv6: a rule on the server sends replies to another gateway, a firewall that never saw the"
        " request",
        nodes(Node("server", node("server").role), STRICT, STRICT),
        SEGMENTS,
        (FORWARD, "server gw-a r1 client", "gw-b r1 client"),
        (Talk("client", "server@front", "udp", 443), OTHER),
        Truth(
            Cause.PBR_WRONG_RETURN_GATEWAY,
            FORWARD,
            BACK_B,
            "gw-b",
            "server",
            Direction.REVERSE,
            (("gw-a", "flush"), ("gw-b", "flush")),
        ),
        routes=(ExtraRoute("server", "default", ("gw-b",), table="100"),),
        rules=(Rule("server", "from <net front>", "100"),),
        family=6,
    ),
    Lab(
        "pbr-harmless",
        "The same rule on the server, but both gateways are plain routers",
        nodes(Node("server", node("server").role)),
        SEGMENTS,
        (FORWARD, "server gw-a r1 client", "gw-b r1 client"),
        (Talk("client", "server@front"), OTHER),
        Truth(Cause.HEALTHY_ASYMMETRIC, FORWARD, BACK_B),
        routes=(ExtraRoute("server", "default", ("gw-b",), table="100"),),
        rules=(Rule("server", "from <net front>", "100"),),
    ),
)
