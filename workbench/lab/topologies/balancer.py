"""Load balancers: one arm, and direct server return.

                     +-- lb            client -- r1 -- lb --+
client -- r1 --(farm)                             |         (farm)-- web
                     +-- web                      +-- gw ---+
"""

from __future__ import annotations

from workbench.analysis.case.verdict import Cause, Direction
from workbench.lab.declare.rules import (
    PING,
    Chain,
    Firewall,
    NatRule,
    RuleLine,
    default_deny,
    permit,
)
from workbench.lab.declare.shapes import links, node, noise, plain
from workbench.lab.declare.words import Alias, ExtraRoute, Lab, Node, Segment, Talk, Truth

ONE_ARM = (*links("client r1"), Segment("farm", "r1 lb web", host_size=True))
DIRECT = (*links("client r1 lb", "r1 gw"), Segment("farm", "lb gw web", host_size=True))
VIP_LINE = RuleLine("accept", protocol="tcp", destination="vip", dports=(443,))
SPREAD = NatRule("dnat", VIP_LINE, "web", 8443)
QUIET_VIP = (("net.ipv4.conf.all.arp_ignore", "1"), ("net.ipv4.conf.all.arp_announce", "2"))
TALK = Talk("client", "vip", served_by="web", listen_port=8443)


def direct(gateway: Node, truth: Truth, name: str, title: str) -> Lab:
    """The balancer passes packets on unchanged; the server owns the address and answers by
    itself."""
    return Lab(
        name,
        title,
        (*plain("client r1 lb"), node("web", sysctls=QUIET_VIP), gateway),
        DIRECT,
        ("client r1 lb : vip", "web gw r1 client", "r1 lb web"),
        (Talk("client", "vip", served_by="web"), *noise("client", "web")),
        truth,
        routes=(ExtraRoute("lb", "vip", ("web",)),),
        aliases=(Alias("vip", ("web@lo",)),),
    )


LABS = (
    Lab(
        "lb-one-arm",
        "A one-armed balancer translates the target only; the server answers the client directly",
        (*plain("client r1"), node("lb", firewall=Firewall(translations=(SPREAD,))), node("web")),
        ONE_ARM,
        ("client r1 web", "web r1 client", "lb r1 client"),
        (TALK, *noise("client", "web")),
        Truth(
            Cause.LB_PARTIAL_NAT_RETURN,
            "client r1 lb web",
            "web r1 client",
            "lb",
            "web",
            Direction.REVERSE,
            (("web", "ip route replace <net client-r1> via <gw lb>"),),
            cured_reverse="web lb r1 client",
        ),
        aliases=(Alias("vip", ("lb@farm",), "farm"),),
    ),
    Lab(
        "lb-full-nat",
        "A one-armed balancer that translates both ends: healthy",
        (
            *plain("client r1"),
            node(
                "lb",
                firewall=Firewall(
                    translations=(SPREAD, NatRule("snat", RuleLine("accept", goes_to="farm"), None))
                ),
            ),
            node("web"),
        ),
        ONE_ARM,
        ("client r1 web", "web r1 client", "lb r1 client"),
        (TALK, *noise("client", "web")),
        Truth(Cause.HEALTHY_SYMMETRIC, "client r1 lb web", "web lb r1 client"),
        aliases=(Alias("vip", ("lb@farm",), "farm"),),
    ),
    direct(
        node("gw"),
        Truth(Cause.HEALTHY_ASYMMETRIC, "client r1 lb web", "web gw r1 client"),
        "lb-dsr-healthy",
        "Direct server return, set up correctly",
    ),
    direct(
        Node("gw", node("fw").role, firewall=default_deny(permit(443), PING)),
        Truth(
            Cause.LB_PARTIAL_NAT_RETURN,
            "client r1 lb web",
            "web gw r1 client",
            "gw",
            "web",
            Direction.REVERSE,
            (("gw", "flush"),),
        ),
        "lb-dsr-filtered",
        "Direct server return through a firewall that never saw the request",
    ),
    direct(
        Node(
            "gw",
            node("fw").role,
            firewall=Firewall((Chain("forward", (RuleLine("drop", source="vip"),)),)),
        ),
        Truth(
            Cause.LB_PARTIAL_NAT_RETURN,
            "client r1 lb web",
            "web gw r1 client",
            "gw",
            "web",
            Direction.REVERSE,
            (("gw", "flush"),),
        ),
        "lb-dsr-spoof-filter",
        "Direct server return through a gateway that treats the balancer's address as spoofed",
    ),
)
