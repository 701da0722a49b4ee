"""Filters that say no: stateless on one way, a firewall's policy, the server's own.

client -- r1 -- fw -- r2 -- server
           \\         /
            +-- r3 -+
"""

from __future__ import annotations

from workbench.analysis.case.verdict import Cause, Direction
from workbench.lab.declare.rules import (
    KNOWN,
    PING,
    Chain,
    Firewall,
    RuleLine,
    default_deny,
    permit,
    stateless,
)
from workbench.lab.declare.shapes import back, links, node, noise, plain
from workbench.lab.declare.words import Account, Lab, Talk, Truth

LINE = links("client r1 r2 r3 server")
WAY = "client r1 r2 r3 server"
RING = links("client r1 r2 r4 server", "r1 r3 r4")
OUT, HOME = "client r1 r2 r4 server", "server r4 r3 r1 client"
THROUGH = "client r1 fw r2 server"
INGRESS = """nft -f - <<'END'
table netdev edge {
  chain in {
    type filter hook ingress device "<dev r1-r2>" priority 0;
    ip protocol tcp tcp dport 2049 counter drop
  }
}
END"""


def denied(
    cause: Cause, guilty: str, direction: Direction, forward: str = WAY, reverse: str | None = None
) -> Truth:
    """A device refuses; without its rules the flow works."""
    return Truth(
        cause, forward, reverse or back(forward), guilty, None, direction, ((guilty, "flush"),)
    )


LABS = (
    Lab(
        "acl-forward",
        "A router's stateless list drops the requests",
        (
            *plain("client r1 r3 server"),
            node(
                "r2",
                firewall=stateless(
                    RuleLine("drop", protocol="tcp", dports=(1433,), source="client-r1")
                ),
            ),
        ),
        LINE,
        (WAY, back(WAY)),
        (Talk("client", "server", port=1433), *noise()),
        denied(Cause.ACL_PATH, "r2", Direction.FORWARD),
    ),
    Lab(
        "acl-reverse",
        "The paths differ, and a stateless list on the reverse path drops the replies by "
        "their source port",
        (
            *plain("client r1 r2 r4 server"),
            node(
                "r3",
                firewall=stateless(
                    RuleLine("accept", protocol="icmp"),
                    RuleLine("drop", protocol="tcp", sports=(443, 8443)),
                ),
            ),
        ),
        RING,
        (OUT, HOME),
        (Talk("client", "server"), *noise()),
        denied(Cause.ACL_PATH, "r3", Direction.REVERSE, OUT, HOME),
    ),
    Lab(
        "acl-udp-v6",
        "IPv6: a stateless list that drops by default has no rule for the answers of a UDP service",
        (
            *plain("client r1 r3 server"),
            node(
                "r2",
                firewall=stateless(
                    PING, RuleLine("accept", protocol="udp", dports=(53,)), policy="drop"
                ),
            ),
        ),
        LINE,
        (WAY, back(WAY)),
        (Talk("client", "server", "udp", 53), *noise()),
        denied(Cause.ACL_PATH, "r2", Direction.REVERSE),
        family=6,
    ),
    Lab(
        "acl-ingress",
        "A router drops the requests as they come in, in an ingress chain of the interface, "
        "before routing",
        (*plain("client r1 r3 server"), node("r2", commands=(INGRESS,))),
        LINE,
        (WAY, back(WAY)),
        (Talk("client", "server", port=2049), *noise()),
        denied(Cause.ACL_PATH, "r2", Direction.FORWARD),
    ),
    Lab(
        "acl-before-tracking",
        "A stateless rule before connection tracking drops the replies of one server; IPv6",
        (
            *plain("client r1 r3 server"),
            node(
                "r2",
                firewall=Firewall(
                    (Chain("prerouting", (RuleLine("drop", source="server"),), raw=True),)
                ),
            ),
        ),
        LINE,
        (WAY, back(WAY)),
        (Talk("client", "server"), *noise()),
        denied(Cause.ACL_PATH, "r2", Direction.REVERSE),
        family=6,
    ),
    Lab(
        "transit-deny",
        "The firewall permits other ports, but not this one",
        (
            *plain("client r1 r2 server"),
            node("fw", firewall=default_deny(permit(80), permit(443), PING), account=Account.OPS),
        ),
        links(THROUGH),
        (THROUGH, back(THROUGH)),
        (Talk("client", "server", port=5432), *noise()),
        denied(Cause.TRANSIT_POLICY_DENY, "fw", Direction.FORWARD, THROUGH),
    ),
    Lab(
        "transit-reject-udp",
        "The firewall rejects a UDP flow with an ICMP message",
        (
            *plain("client r1 r2 server"),
            node(
                "fw",
                firewall=Firewall(
                    (Chain("forward", (KNOWN, RuleLine("reject", protocol="udp", dports=(161,)))),)
                ),
            ),
        ),
        links(THROUGH),
        (THROUGH, back(THROUGH)),
        (Talk("client", "server", "udp", 161), *noise()),
        denied(Cause.TRANSIT_POLICY_DENY, "fw", Direction.FORWARD, THROUGH),
    ),
    Lab(
        "server-deny",
        "The server's own firewall does not permit the port",
        (
            *plain("client r1 r2 r3"),
            node("server", firewall=default_deny(permit(22), PING, hook="input")),
        ),
        LINE,
        (WAY, back(WAY)),
        (Talk("client", "server", port=9200), *noise()),
        denied(Cause.SERVER_POLICY_DENY, "server", Direction.FORWARD),
    ),
    Lab(
        "server-deny-output",
        "The server's own firewall lets the request in, but not the reply out",
        (
            *plain("client r1 r2 r3"),
            node(
                "server",
                firewall=Firewall(
                    (Chain("output", (RuleLine("drop", protocol="tcp", sports=(8443,)),)),)
                ),
            ),
        ),
        LINE,
        (WAY, back(WAY)),
        (Talk("client", "server", port=8443), *noise()),
        denied(Cause.SERVER_POLICY_DENY, "server", Direction.REVERSE),
    ),
    Lab(
        "server-deny-subnet",
        "The server's firewall resets connections from the client's subnet only; IPv6",
        (
            *plain("client r1 r2 r3"),
            node(
                "server",
                firewall=Firewall(
                    (
                        Chain(
                            "input",
                            (
                                PING,
                                RuleLine(
                                    "reset", source="client-r1", protocol="tcp", dports=(443,)
                                ),
                            ),
                        ),
                    )
                ),
                account=Account.OPS,
            ),
        ),
        LINE,
        (WAY, back(WAY)),
        (Talk("client", "server"), *noise()),
        denied(Cause.SERVER_POLICY_DENY, "server", Direction.FORWARD),
        family=6,
    ),
    Lab(
        "two-faults",
        "The firewall denies the port, and nothing listens behind it either",
        (*plain("client r1 r2 server"), node("fw", firewall=default_deny(permit(443), PING))),
        links(THROUGH),
        (THROUGH, back(THROUGH)),
        (Talk("client", "server", port=6379, listen="none"), *noise()),
        Truth(
            Cause.TRANSIT_POLICY_DENY,
            THROUGH,
            back(THROUGH),
            "fw",
            None,
            Direction.FORWARD,
            also=(Cause.SERVICE_NOT_LISTENING,),
        ),
    ),
    Lab(
        "icmp-deny",
        "The firewall refuses only ping, and the flow is a ping",
        (*plain("client r1 r2 server"), node("fw", firewall=default_deny(permit(443)))),
        links(THROUGH),
        (THROUGH, back(THROUGH)),
        (
            Talk("client", "server", "icmp", 0, None, listen="none"),
            Talk("client", "server", source_port=None),
        ),
        denied(Cause.TRANSIT_POLICY_DENY, "fw", Direction.FORWARD, THROUGH),
    ),
)
